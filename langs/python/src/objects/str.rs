//! Strings.

use super::as_type;
use super::layouts::*;
use crate::runtime::{PyVm, R};
use framework::{Obj, Value};

/// A string object.
pub fn new_str(vm: &mut PyVm, s: &str) -> Value {
    let o = vm.core.heap.alloc_array(Str::TYPE, s.len());
    o.bytes_mut(Str::bytes).copy_from_slice(s.as_bytes());
    o.init(Str::chars, if s.is_ascii() { s.len() as i64 } else { s.chars().count() as i64 });
    o.init(Str::hash, 0);
    o.into()
}

/// The text of a string object, good while the object lives.
pub fn text<'a>(o: Obj) -> &'a str {
    // SAFETY: string objects are only ever filled from `str`.
    unsafe { std::str::from_utf8_unchecked(o.bytes(Str::bytes)) }
}

/// The text, if the value is a string.
pub fn as_str<'a>(v: Value) -> Option<&'a str> {
    as_type(v, Str::TYPE).map(text)
}

/// Are all characters ASCII?
#[inline(always)]
pub fn is_ascii(o: Obj) -> bool {
    o.get(Str::chars) as usize == o.len()
}

/// The string of one character.
pub fn char_str(vm: &mut PyVm, c: char) -> Value {
    if c.is_ascii() {
        return vm.rt.realm().ascii.elem(Tuple::items, c as usize);
    }
    new_str(vm, c.encode_utf8(&mut [0; 4]))
}

/// Character `i` of a string.
pub fn char_at(vm: &mut PyVm, o: Obj, i: usize) -> Value {
    let c = if is_ascii(o) { text(o).as_bytes()[i] as char } else { text(o).chars().nth(i).unwrap_or('\u{fffd}') };
    char_str(vm, c)
}

/// Byte offset of character `i` (up to the length).
pub fn byte_offset(o: Obj, i: usize) -> usize {
    if is_ascii(o) { i } else { text(o).char_indices().nth(i).map_or(o.len(), |(b, _)| b) }
}

/// Index of the character at a byte offset.
pub fn char_index(o: Obj, byte: usize) -> usize {
    if is_ascii(o) { byte } else { text(o)[..byte].chars().count() }
}

/// The hash of a string: FNV-like over words, never 0.
pub fn hash(o: Obj) -> i64 {
    let h = o.get(Str::hash);
    if h != 0 {
        return h;
    }
    let h = hash_bytes(o.bytes(Str::bytes));
    o.init(Str::hash, h);
    h
}

/// Hash of bytes, never 0.
pub fn hash_bytes(b: &[u8]) -> i64 {
    let mut h: u64 = 0xcbf2_9ce4_8422_2325 ^ b.len() as u64;
    let mut chunks = b.chunks_exact(8);
    for c in &mut chunks {
        let w = u64::from_le_bytes([c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]]);
        h = (h ^ w).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    }
    for &c in chunks.remainder() {
        h = (h ^ c as u64).wrapping_mul(0x0000_0100_0000_01b3);
    }
    h ^= h >> 32;
    h = h.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    h ^= h >> 29;
    (h as i64).max(i64::MIN + 1) | 1
}

/// Two strings as one.
pub fn concat(vm: &mut PyVm, a: Obj, b: Obj) -> R {
    if a.is_empty() {
        return Ok(b.into());
    }
    if b.is_empty() {
        return Ok(a.into());
    }
    let n = a.len();
    super::need_room(vm, n + b.len())?;
    let o = vm.core.heap.alloc_array(Str::TYPE, n + b.len());
    let bytes = o.bytes_mut(Str::bytes);
    bytes[..n].copy_from_slice(a.bytes(Str::bytes));
    bytes[n..].copy_from_slice(b.bytes(Str::bytes));
    o.init(Str::chars, a.get(Str::chars) + b.get(Str::chars));
    o.init(Str::hash, 0);
    Ok(o.into())
}
