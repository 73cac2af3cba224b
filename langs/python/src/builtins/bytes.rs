//! `bytes` and `bytearray`, and text encodings.

use super::{Args, add_methods};
use crate::objects::class::Known;
use crate::objects::exception::{new_exception, raise, raise_value, type_error, value_error};
use crate::objects::layouts::*;
use crate::objects::{as_type, int, iter, list, new_tuple, ops, repr, str as string, type_name};
use crate::runtime::{PyVm, R};
use framework::{Obj, Value};

crate::builtins! { COMMON:
    "decode" decode, 1, 3, kw;
    "hex" hex, 1, 2;
    "find" find, 2, 4;
    "rfind" rfind, 2, 4;
    "index" index, 2, 4;
    "rindex" rindex, 2, 4;
    "count" count, 2, 4;
    "startswith" startswith, 2, 4;
    "endswith" endswith, 2, 4;
    "split" split, 1, 3, kw;
    "rsplit" rsplit, 1, 3, kw;
    "splitlines" splitlines, 1, 2;
    "partition" partition, 2, 2;
    "rpartition" rpartition, 2, 2;
    "join" join, 2, 2;
    "replace" replace, 3, 4;
    "strip" strip, 1, 2;
    "lstrip" lstrip, 1, 2;
    "rstrip" rstrip, 1, 2;
    "lower" lower, 1, 1;
    "upper" upper, 1, 1;
    "title" title, 1, 1;
    "capitalize" capitalize, 1, 1;
    "swapcase" swapcase, 1, 1;
    "isdigit" isdigit, 1, 1;
    "isalpha" isalpha, 1, 1;
    "isalnum" isalnum, 1, 1;
    "isspace" isspace, 1, 1;
    "isupper" isupper, 1, 1;
    "islower" islower, 1, 1;
    "isascii" isascii, 1, 1;
    "ljust" ljust, 2, 3;
    "rjust" rjust, 2, 3;
    "center" center, 2, 3;
    "zfill" zfill, 2, 2;
    "removeprefix" removeprefix, 2, 2;
    "removesuffix" removesuffix, 2, 2;
    "translate" translate, 2, 3, kw;
    "expandtabs" expandtabs, 1, 2, kw;
    "@fromhex" fromhex, 2, 2;
    "=maketrans" maketrans, 2, 2;
}
crate::builtins! { ARRAY:
    "append" append, 2, 2;
    "extend" extend, 2, 2;
    "insert" insert, 3, 3;
    "pop" pop, 1, 2;
    "remove" remove, 2, 2;
    "clear" clear, 1, 1;
    "reverse" reverse, 1, 1;
    "copy" copy, 1, 1;
}

/// Gives the classes their methods.
pub fn install(vm: &mut PyVm) {
    for (k, table) in [(Known::Bytes, COMMON), (Known::ByteArray, COMMON), (Known::ByteArray, ARRAY)] {
        let class = vm.rt.class(k);
        add_methods(vm, class, table);
    }
}

/// A bytes object.
pub fn new_bytes(vm: &mut PyVm, data: &[u8]) -> Value {
    let o = vm.core.heap.alloc_array(Bytes::TYPE, data.len());
    o.bytes_mut(Bytes::data).copy_from_slice(data);
    o.into()
}

/// A bytearray.
pub fn new_bytearray(vm: &mut PyVm, data: &[u8]) -> Value {
    let b = new_bytes(vm, data).as_obj();
    let o = vm.core.heap.alloc(ByteArray::TYPE);
    o.init(ByteArray::size, data.len() as i64);
    o.init(ByteArray::data, b);
    o.into()
}

/// The bytes of a bytes object or bytearray, good until the next allocation or store.
pub fn as_bytes<'a>(v: Value) -> Option<&'a [u8]> {
    if let Some(o) = as_type(v, Bytes::TYPE) {
        return Some(o.bytes(Bytes::data));
    }
    as_type(v, ByteArray::TYPE).map(|o| &o.get(ByteArray::data).bytes(Bytes::data)[..o.get(ByteArray::size) as usize])
}

/// Replaces the content of a bytearray.
pub fn set_data(vm: &mut PyVm, o: Obj, data: &[u8]) {
    if o.get(ByteArray::data).len() < data.len() {
        let room = vm.core.heap.alloc_array(Bytes::TYPE, data.len() + data.len() / 2 + 8);
        room.bytes_mut(Bytes::data).fill(0);
        vm.core.heap.set(o, ByteArray::data, room);
    }
    o.get(ByteArray::data).bytes_mut(Bytes::data)[..data.len()].copy_from_slice(data);
    o.init(ByteArray::size, data.len() as i64);
}

/// A number as a byte.
pub fn byte(vm: &mut PyVm, v: Value) -> R<u8> {
    match ops::index_of(vm, v)? {
        Some(i) => u8::try_from(i).or_else(|_| value_error(vm, "byte must be in range(0, 256)")),
        None => {
            let t = type_name(vm, v);
            type_error(vm, &format!("'{t}' object cannot be interpreted as an integer"))
        }
    }
}

/// The content of `bytes(…)`.
pub fn construct(vm: &mut PyVm, a: Args) -> R<Vec<u8>> {
    let (v, encoding) = (a.named(0, "source"), a.named(1, "encoding"));
    if v == MISSING {
        return Ok(vec![]);
    }
    if let Some(s) = string::as_str(v) {
        if encoding == MISSING {
            return type_error(vm, "string argument without an encoding");
        }
        return encode(vm, v, s, encoding, a.named(2, "errors"));
    }
    if encoding != MISSING {
        return type_error(vm, "encoding without a string argument");
    }
    if let Some(b) = as_bytes(v) {
        return Ok(b.to_vec());
    }
    if ops::is_instance(v)
        && let Some(r) = crate::objects::attr::call_special(vm, v, crate::names::BYTES, &[])?
    {
        return Ok(as_bytes(r).unwrap_or_default().to_vec());
    }
    if let Some(n) = ops::index_of(vm, v)? {
        if n < 0 {
            return value_error(vm, "negative count");
        }
        crate::objects::need_room(vm, 2 * n as usize)?;
        return Ok(vec![0; n as usize]);
    }
    let mut out = vec![];
    let it = match iter::get_iter(vm, v) {
        Ok(it) => it,
        Err(_) => {
            crate::objects::exception::take(vm);
            let t = type_name(vm, v);
            return type_error(vm, &format!("cannot convert '{t}' object to bytes"));
        }
    };
    while let Some(x) = iter::next(vm, it)? {
        out.push(match byte(vm, x) {
            Ok(b) => b,
            Err(e) => {
                if crate::objects::exception::catch(vm, Known::ValueError).is_some() {
                    return value_error(vm, "bytes must be in range(0, 256)");
                }
                return Err(e);
            }
        });
    }
    Ok(out)
}

fn word<'a>(v: Value, default: &'a str) -> &'a str {
    match string::as_str(v) {
        Some(s) => s,
        None => default,
    }
}

fn canonical(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', ' '], "-")
}

/// Text to bytes.
pub fn encode(vm: &mut PyVm, v: Value, s: &str, encoding: Value, errors: Value) -> R<Vec<u8>> {
    let name = canonical(word(encoding, "utf-8"));
    let limit = match name.as_str() {
        "utf-8" | "utf8" => return Ok(s.as_bytes().to_vec()),
        "ascii" | "us-ascii" => 128,
        "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" => 256,
        "utf-16-le" | "utf-16le" => return Ok(s.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        "utf-16-be" | "utf-16be" => return Ok(s.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        "utf-16" => return Ok([0xff, 0xfe].into_iter().chain(s.encode_utf16().flat_map(u16::to_le_bytes)).collect()),
        "utf-32-le" => return Ok(s.chars().flat_map(|c| (c as u32).to_le_bytes()).collect()),
        "utf-8-sig" => return Ok([0xef, 0xbb, 0xbf].into_iter().chain(s.bytes()).collect()),
        _ => return Err(raise(vm, Known::LookupError, &format!("unknown encoding: {}", word(encoding, "")))),
    };
    let mut out = vec![];
    for (i, c) in s.chars().enumerate() {
        match (c as u32) < limit {
            true => out.push(c as u8),
            false => match word(errors, "strict") {
                "ignore" => {}
                "replace" => out.push(b'?'),
                "backslashreplace" => out.extend(repr::escape(c).bytes()),
                "xmlcharrefreplace" => out.extend(format!("&#{};", c as u32).bytes()),
                _ => {
                    let shown = if limit == 128 { "ascii" } else { "latin-1" };
                    let class = vm.rt.class(Known::UnicodeEncodeError);
                    let reason = string::new_str(vm, &format!("ordinal not in range({limit})"));
                    let (e, a, b) = (string::new_str(vm, shown), Value::small_int(i as i64), Value::small_int(i as i64 + 1));
                    let e = new_exception(vm, class, &[e, v, a, b, reason]);
                    return Err(raise_value(vm, e));
                }
            },
        }
    }
    Ok(out)
}

/// Bytes to text.
pub fn decode_bytes(vm: &mut PyVm, v: Value, b: &[u8], encoding: Value, errors: Value) -> R<String> {
    let name = canonical(word(encoding, "utf-8"));
    let fail = |vm: &mut PyVm, shown: &str, start: usize, end: usize, reason: &str| -> R<String> {
        let class = vm.rt.class(Known::UnicodeDecodeError);
        let (e, r) = (string::new_str(vm, shown), string::new_str(vm, reason));
        let e = new_exception(vm, class, &[e, v, Value::small_int(start as i64), Value::small_int(end as i64), r]);
        Err(raise_value(vm, e))
    };
    let errors = word(errors, "strict").to_string();
    match name.as_str() {
        "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" => Ok(b.iter().map(|c| *c as char).collect()),
        "ascii" | "us-ascii" => {
            let mut s = String::new();
            for (i, c) in b.iter().enumerate() {
                match (c.is_ascii(), errors.as_str()) {
                    (true, _) => s.push(*c as char),
                    (_, "ignore") => {}
                    (_, "replace") => s.push('\u{fffd}'),
                    (_, "backslashreplace") => s.push_str(&format!("\\x{c:02x}")),
                    _ => return fail(vm, "ascii", i, i + 1, "ordinal not in range(128)"),
                }
            }
            Ok(s)
        }
        "utf-16" | "utf-16-le" | "utf-16le" | "utf-16-be" | "utf-16be" => {
            let big = name.contains("be") || (name == "utf-16" && b.starts_with(&[0xfe, 0xff]));
            let b = if name == "utf-16" && (b.starts_with(&[0xfe, 0xff]) || b.starts_with(&[0xff, 0xfe])) { &b[2..] } else { b };
            let units: Vec<u16> =
                b.chunks_exact(2).map(|c| if big { u16::from_be_bytes([c[0], c[1]]) } else { u16::from_le_bytes([c[0], c[1]]) }).collect();
            String::from_utf16(&units).or_else(|_| fail(vm, &name, 0, b.len(), "illegal UTF-16 surrogate"))
        }
        "utf-8" | "utf8" | "utf-8-sig" => {
            let b = if name == "utf-8-sig" { b.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(b) } else { b };
            let (mut s, mut rest, mut at) = (String::new(), b, 0);
            loop {
                match std::str::from_utf8(rest) {
                    Ok(t) => {
                        s.push_str(t);
                        return Ok(s);
                    }
                    Err(e) => {
                        let ok = e.valid_up_to();
                        s.push_str(std::str::from_utf8(&rest[..ok]).unwrap_or(""));
                        let bad = e.error_len().unwrap_or(rest.len() - ok);
                        match errors.as_str() {
                            "ignore" => {}
                            "replace" => s.push('\u{fffd}'),
                            "backslashreplace" => rest[ok..ok + bad].iter().for_each(|c| s.push_str(&format!("\\x{c:02x}"))),
                            _ => {
                                let reason = match (e.error_len(), rest[ok]) {
                                    (None, _) => "unexpected end of data",
                                    (_, 0x80..=0xc1 | 0xf5..) => "invalid start byte",
                                    _ => "invalid continuation byte",
                                };
                                return fail(vm, "utf-8", at + ok, at + ok + bad, reason);
                            }
                        }
                        rest = &rest[ok + bad..];
                        at += ok + bad;
                    }
                }
            }
        }
        _ => Err(raise(vm, Known::LookupError, &format!("unknown encoding: {}", word(encoding, "")))),
    }
}

/// `str(bytes, encoding, errors)`.
pub fn decode_value(vm: &mut PyVm, v: Value, encoding: Value, errors: Value) -> R {
    match as_bytes(v) {
        Some(b) => decode_bytes(vm, v, b, encoding, errors).map(|s| string::new_str(vm, &s)),
        None if string::as_str(v).is_some() => type_error(vm, "decoding str is not supported"),
        None => {
            let t = type_name(vm, v);
            type_error(vm, &format!("decoding to str: need a bytes-like object, {t} found"))
        }
    }
}

fn data<'a>(vm: &mut PyVm, v: Value) -> R<&'a [u8]> {
    match as_bytes(v) {
        Some(b) => Ok(b),
        None => {
            let t = type_name(vm, v);
            type_error(vm, &format!("a bytes-like object is required, not '{t}'"))
        }
    }
}
/// A result of the receiver's type.
fn like(vm: &mut PyVm, a: Args, b: &[u8]) -> R {
    crate::objects::need_room(vm, b.len())?;
    Ok(if as_type(a.pos[0], ByteArray::TYPE).is_some() { new_bytearray(vm, b) } else { new_bytes(vm, b) })
}
/// A part to look for: bytes, or the number of one.
fn needle(vm: &mut PyVm, v: Value) -> R<Vec<u8>> {
    if int::is_integer(v) { byte(vm, v).map(|b| vec![b]) } else { data(vm, v).map(|b| b.to_vec()) }
}
fn range(vm: &mut PyVm, a: Args, n: usize) -> R<(usize, usize)> {
    super::text::range(vm, a, 2, n)
}
fn search(vm: &mut PyVm, a: Args, last: bool) -> R<i64> {
    let (b, n) = (data(vm, a.pos[0])?, needle(vm, a.pos[1])?);
    let (from, to) = range(vm, a, b.len())?;
    if from > to || from + n.len() > b.len() {
        return Ok(if n.is_empty() && from <= b.len() && from <= to { from as i64 } else { -1 });
    }
    let h = &b[from..to];
    let mut places = 0..=(h.len().saturating_sub(n.len()));
    let hit = |i: &usize| h.get(*i..*i + n.len()) == Some(&n[..]);
    Ok(if last { places.rev().find(hit) } else { places.find(hit) }.map_or(-1, |i| (i + from) as i64))
}
fn find(vm: &mut PyVm, a: Args) -> R {
    search(vm, a, false).map(Value::small_int)
}
fn rfind(vm: &mut PyVm, a: Args) -> R {
    search(vm, a, true).map(Value::small_int)
}
fn index(vm: &mut PyVm, a: Args) -> R {
    match search(vm, a, false)? {
        -1 => value_error(vm, "subsection not found"),
        i => Ok(Value::small_int(i)),
    }
}
fn rindex(vm: &mut PyVm, a: Args) -> R {
    match search(vm, a, true)? {
        -1 => value_error(vm, "subsection not found"),
        i => Ok(Value::small_int(i)),
    }
}
fn count(vm: &mut PyVm, a: Args) -> R {
    let (b, n) = (data(vm, a.pos[0])?, needle(vm, a.pos[1])?);
    let (from, to) = range(vm, a, b.len())?;
    if from > to {
        return Ok(Value::small_int(0));
    }
    let h = &b[from..to];
    if n.is_empty() {
        return Ok(Value::small_int(h.len() as i64 + 1));
    }
    let (mut c, mut i) = (0, 0);
    while i + n.len() <= h.len() {
        if h[i..i + n.len()] == n[..] {
            c += 1;
            i += n.len();
        } else {
            i += 1;
        }
    }
    Ok(Value::small_int(c))
}
fn affix(vm: &mut PyVm, a: Args, end: bool) -> R {
    let b = data(vm, a.pos[0])?;
    let (from, to) = range(vm, a, b.len())?;
    let h = if from <= to { &b[from..to] } else { return Ok(FALSE) };
    let options = as_type(a.pos[1], Tuple::TYPE).map_or(vec![a.pos[1]], |t| t.elems(Tuple::items).to_vec());
    for o in options {
        let n = data(vm, o)?;
        if if end { h.ends_with(n) } else { h.starts_with(n) } {
            return Ok(TRUE);
        }
    }
    Ok(FALSE)
}
fn startswith(vm: &mut PyVm, a: Args) -> R {
    affix(vm, a, false)
}
fn endswith(vm: &mut PyVm, a: Args) -> R {
    affix(vm, a, true)
}
fn decode(vm: &mut PyVm, a: Args) -> R {
    let b = data(vm, a.pos[0])?;
    let s = decode_bytes(vm, a.pos[0], b, a.named(1, "encoding"), a.named(2, "errors"))?;
    Ok(string::new_str(vm, &s))
}
fn hex(vm: &mut PyVm, a: Args) -> R {
    let sep = string::as_str(a.get(1)).unwrap_or("").to_string();
    let s: Vec<String> = data(vm, a.pos[0])?.iter().map(|b| format!("{b:02x}")).collect();
    Ok(string::new_str(vm, &s.join(&sep)))
}
fn fromhex(vm: &mut PyVm, a: Args) -> R {
    let s: Vec<char> = string::as_str(a.pos[1]).unwrap_or("").chars().collect();
    let (mut out, mut i) = (vec![], 0);
    while i < s.len() {
        if s[i].is_ascii_whitespace() {
            i += 1;
            continue;
        }
        match (s[i].to_digit(16), s.get(i + 1).and_then(|c| c.to_digit(16))) {
            (Some(x), Some(y)) => out.push((x * 16 + y) as u8),
            (x, _) => {
                let at = if x.is_none() { i } else { i + 1 };
                return value_error(vm, &format!("non-hexadecimal number found in fromhex() arg at position {at}"));
            }
        }
        i += 2;
    }
    let b = new_bytes(vm, &out);
    crate::call::call(vm, a.pos[0], &[b])
}
fn maketrans(vm: &mut PyVm, a: Args) -> R {
    let (from, to) = (data(vm, a.pos[0])?, data(vm, a.pos[1])?);
    if from.len() != to.len() {
        return value_error(vm, "maketrans arguments must have same length");
    }
    let mut t: Vec<u8> = (0..=255).collect();
    from.iter().zip(to).for_each(|(f, x)| t[*f as usize] = *x);
    Ok(new_bytes(vm, &t))
}
fn pieces(vm: &mut PyVm, a: Args, parts: Vec<Vec<u8>>) -> R {
    let l = list::with_capacity(vm, parts.len());
    for p in parts {
        let v = like(vm, a, &p)?;
        list::push(vm, l, v)?;
    }
    Ok(l.into())
}
fn split_at(vm: &mut PyVm, a: Args, right: bool) -> R {
    let b = data(vm, a.pos[0])?.to_vec();
    let max = int::small(a.named(2, "maxsplit")).filter(|n| *n >= 0).map_or(usize::MAX, |n| n as usize);
    let mut parts: Vec<Vec<u8>> = vec![];
    match a.named(1, "sep") {
        MISSING | NONE => {
            let mut words: Vec<(usize, usize)> = vec![];
            let mut i = 0;
            while i < b.len() {
                if b[i].is_ascii_whitespace() {
                    i += 1;
                    continue;
                }
                let start = i;
                while i < b.len() && !b[i].is_ascii_whitespace() {
                    i += 1;
                }
                words.push((start, i));
            }
            if words.len() > max {
                if right {
                    let cut = words.len() - max;
                    let (first, last) = (words[0].0, words[cut - 1].1);
                    words.splice(..cut, [(first, last)]);
                    // What is left of the cut keeps its leading space away only.
                    words[0].0 = first;
                } else {
                    let end = b.iter().rposition(|c| !c.is_ascii_whitespace()).map_or(0, |i| i + 1);
                    let first = words[max].0;
                    words.splice(max.., [(first, end)]);
                }
            }
            parts.extend(words.into_iter().map(|(s, e)| b[s..e].to_vec()));
        }
        sep => {
            let n = needle(vm, sep)?;
            if n.is_empty() {
                return value_error(vm, "empty separator");
            }
            let mut cuts: Vec<usize> = vec![];
            if right {
                let mut end = b.len();
                while cuts.len() < max && end >= n.len() {
                    match (0..=end - n.len()).rev().find(|i| b[*i..*i + n.len()] == n[..]) {
                        Some(i) => {
                            cuts.insert(0, i);
                            end = i;
                        }
                        None => break,
                    }
                }
            } else {
                let mut i = 0;
                while cuts.len() < max && i + n.len() <= b.len() {
                    if b[i..i + n.len()] == n[..] {
                        cuts.push(i);
                        i += n.len();
                    } else {
                        i += 1;
                    }
                }
            }
            let mut start = 0;
            for c in cuts {
                parts.push(b[start..c].to_vec());
                start = c + n.len();
            }
            parts.push(b[start..].to_vec());
        }
    }
    pieces(vm, a, parts)
}
fn split(vm: &mut PyVm, a: Args) -> R {
    split_at(vm, a, false)
}
fn rsplit(vm: &mut PyVm, a: Args) -> R {
    split_at(vm, a, true)
}
fn splitlines(vm: &mut PyVm, a: Args) -> R {
    let b = data(vm, a.pos[0])?.to_vec();
    let keep = a.get(1) != MISSING && ops::truth(vm, a.pos[1])?;
    let (mut parts, mut start, mut i) = (vec![], 0, 0);
    while i < b.len() {
        let end = match b[i] {
            b'\r' if b.get(i + 1) == Some(&b'\n') => i + 2,
            b'\r' | b'\n' => i + 1,
            _ => {
                i += 1;
                continue;
            }
        };
        parts.push(b[start..if keep { end } else { i }].to_vec());
        start = end;
        i = end;
    }
    if start < b.len() {
        parts.push(b[start..].to_vec());
    }
    pieces(vm, a, parts)
}
fn part(vm: &mut PyVm, a: Args, last: bool) -> R {
    let (b, n) = (data(vm, a.pos[0])?.to_vec(), data(vm, a.pos[1])?.to_vec());
    if n.is_empty() {
        return value_error(vm, "empty separator");
    }
    let at = search(vm, Args { pos: &a.pos[..2], kw: &[] }, last)?;
    let (x, y, z): (&[u8], &[u8], &[u8]) = match usize::try_from(at) {
        Ok(i) => (&b[..i], &n, &b[i + n.len()..]),
        Err(_) if last => (&[], &[], &b),
        Err(_) => (&b, &[], &[]),
    };
    let (x, y, z) = (like(vm, a, x)?, like(vm, a, y)?, like(vm, a, z)?);
    Ok(new_tuple(vm, &[x, y, z]))
}
fn partition(vm: &mut PyVm, a: Args) -> R {
    part(vm, a, false)
}
fn rpartition(vm: &mut PyVm, a: Args) -> R {
    part(vm, a, true)
}
fn join(vm: &mut PyVm, a: Args) -> R {
    let sep = data(vm, a.pos[0])?.to_vec();
    let l = iter::to_list(vm, a.pos[1])?;
    let mut out = vec![];
    for (i, v) in list::items(l).iter().enumerate() {
        let Some(b) = as_bytes(*v) else {
            let t = type_name(vm, *v);
            return type_error(vm, &format!("sequence item {i}: expected a bytes-like object, {t} found"));
        };
        if i > 0 {
            out.extend_from_slice(&sep);
        }
        out.extend_from_slice(b);
    }
    like(vm, a, &out)
}
fn replace(vm: &mut PyVm, a: Args) -> R {
    let (b, from, to) = (data(vm, a.pos[0])?, data(vm, a.pos[1])?, data(vm, a.pos[2])?);
    let max = int::small(a.get(3)).filter(|n| *n >= 0).map_or(usize::MAX, |n| n as usize);
    let (mut out, mut i, mut done) = (vec![], 0, 0);
    while i < b.len() {
        if done < max && !from.is_empty() && b[i..].starts_with(from) {
            out.extend_from_slice(to);
            i += from.len();
            done += 1;
        } else {
            if from.is_empty() && done < max {
                out.extend_from_slice(to);
                done += 1;
            }
            out.push(b[i]);
            i += 1;
        }
    }
    if from.is_empty() && done < max {
        out.extend_from_slice(to);
    }
    like(vm, a, &out)
}
fn stripped(vm: &mut PyVm, a: Args, left: bool, right: bool) -> R {
    let mut b = data(vm, a.pos[0])?;
    let set: Vec<u8> = match a.get(1) {
        MISSING | NONE => b" \t\n\r\x0b\x0c".to_vec(),
        s => data(vm, s)?.to_vec(),
    };
    while left && b.first().is_some_and(|c| set.contains(c)) {
        b = &b[1..];
    }
    while right && b.last().is_some_and(|c| set.contains(c)) {
        b = &b[..b.len() - 1];
    }
    let b = b.to_vec();
    like(vm, a, &b)
}
fn strip(vm: &mut PyVm, a: Args) -> R {
    stripped(vm, a, true, true)
}
fn lstrip(vm: &mut PyVm, a: Args) -> R {
    stripped(vm, a, true, false)
}
fn rstrip(vm: &mut PyVm, a: Args) -> R {
    stripped(vm, a, false, true)
}
fn mapped(vm: &mut PyVm, a: Args, f: impl FnMut(u8) -> u8) -> R {
    let b: Vec<u8> = data(vm, a.pos[0])?.iter().copied().map(f).collect();
    like(vm, a, &b)
}
fn lower(vm: &mut PyVm, a: Args) -> R {
    mapped(vm, a, |c| c.to_ascii_lowercase())
}
fn upper(vm: &mut PyVm, a: Args) -> R {
    mapped(vm, a, |c| c.to_ascii_uppercase())
}
fn swapcase(vm: &mut PyVm, a: Args) -> R {
    mapped(vm, a, |c| if c.is_ascii_uppercase() { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() })
}
fn title(vm: &mut PyVm, a: Args) -> R {
    let mut inside = false;
    mapped(vm, a, |c| {
        let r = if inside { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() };
        inside = c.is_ascii_alphabetic();
        r
    })
}
fn capitalize(vm: &mut PyVm, a: Args) -> R {
    let mut first = true;
    mapped(vm, a, |c| if std::mem::take(&mut first) { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
}
fn all(vm: &mut PyVm, a: Args, f: impl Fn(&u8) -> bool) -> R {
    let b = data(vm, a.pos[0])?;
    Ok(bool_value(!b.is_empty() && b.iter().all(f)))
}
fn isdigit(vm: &mut PyVm, a: Args) -> R {
    all(vm, a, u8::is_ascii_digit)
}
fn isalpha(vm: &mut PyVm, a: Args) -> R {
    all(vm, a, u8::is_ascii_alphabetic)
}
fn isalnum(vm: &mut PyVm, a: Args) -> R {
    all(vm, a, u8::is_ascii_alphanumeric)
}
fn isspace(vm: &mut PyVm, a: Args) -> R {
    all(vm, a, |c| c.is_ascii_whitespace() || *c == 11)
}
fn isupper(vm: &mut PyVm, a: Args) -> R {
    let b = data(vm, a.pos[0])?;
    Ok(bool_value(b.iter().any(u8::is_ascii_uppercase) && !b.iter().any(u8::is_ascii_lowercase)))
}
fn islower(vm: &mut PyVm, a: Args) -> R {
    let b = data(vm, a.pos[0])?;
    Ok(bool_value(b.iter().any(u8::is_ascii_lowercase) && !b.iter().any(u8::is_ascii_uppercase)))
}
fn isascii(vm: &mut PyVm, a: Args) -> R {
    let b = data(vm, a.pos[0])?;
    Ok(bool_value(b.is_ascii()))
}
fn justify(vm: &mut PyVm, a: Args, left: fn(usize, usize) -> usize) -> R {
    let b = data(vm, a.pos[0])?.to_vec();
    let width = super::text::width(vm, a.pos[1])?;
    let fill = as_bytes(a.get(2)).and_then(|f| f.first().copied()).unwrap_or(b' ');
    let missing = width.saturating_sub(b.len());
    let l = left(missing, width);
    let mut out = vec![fill; l];
    out.extend(&b);
    out.resize(b.len() + missing, fill);
    like(vm, a, &out)
}
fn ljust(vm: &mut PyVm, a: Args) -> R {
    justify(vm, a, |_, _| 0)
}
fn rjust(vm: &mut PyVm, a: Args) -> R {
    justify(vm, a, |m, _| m)
}
fn center(vm: &mut PyVm, a: Args) -> R {
    justify(vm, a, |m, w| m / 2 + (m & w & 1))
}
fn zfill(vm: &mut PyVm, a: Args) -> R {
    let b = data(vm, a.pos[0])?.to_vec();
    let width = super::text::width(vm, a.pos[1])?;
    let (sign, digits) = if b.first().is_some_and(|c| b"+-".contains(c)) { b.split_at(1) } else { b.split_at(0) };
    let out: Vec<u8> = sign.iter().copied().chain(std::iter::repeat_n(b'0', width.saturating_sub(b.len()))).chain(digits.iter().copied()).collect();
    like(vm, a, &out)
}
fn removeprefix(vm: &mut PyVm, a: Args) -> R {
    let (b, p) = (data(vm, a.pos[0])?, data(vm, a.pos[1])?);
    let b = b.strip_prefix(p).unwrap_or(b).to_vec();
    like(vm, a, &b)
}
fn removesuffix(vm: &mut PyVm, a: Args) -> R {
    let (b, p) = (data(vm, a.pos[0])?, data(vm, a.pos[1])?);
    let b = b.strip_suffix(p).unwrap_or(b).to_vec();
    like(vm, a, &b)
}
fn translate(vm: &mut PyVm, a: Args) -> R {
    let b = data(vm, a.pos[0])?.to_vec();
    let table = as_bytes(a.pos[1]).map(|t| t.to_vec());
    let delete = as_bytes(a.named(2, "delete")).unwrap_or_default().to_vec();
    if table.as_ref().is_some_and(|t| t.len() != 256) {
        return value_error(vm, "translation table must be 256 characters long");
    }
    let out: Vec<u8> = b.into_iter().filter(|c| !delete.contains(c)).map(|c| table.as_ref().map_or(c, |t| t[c as usize])).collect();
    like(vm, a, &out)
}
fn expandtabs(vm: &mut PyVm, a: Args) -> R {
    let b = data(vm, a.pos[0])?.to_vec();
    let size = int::small(a.named(1, "tabsize")).unwrap_or(8).max(0) as usize;
    let s = super::text::expand(&String::from_utf8_lossy(&b), size);
    like(vm, a, s.as_bytes())
}

fn array(vm: &mut PyVm, a: Args) -> R<(Obj, Vec<u8>)> {
    match as_type(a.pos[0], ByteArray::TYPE) {
        Some(o) => Ok((o, data(vm, a.pos[0])?.to_vec())),
        None => type_error(vm, "descriptor requires a 'bytearray' object"),
    }
}
fn append(vm: &mut PyVm, a: Args) -> R {
    let (o, b) = (array(vm, a)?.0, byte(vm, a.pos[1])?);
    let n = o.get(ByteArray::size) as usize;
    if n < o.get(ByteArray::data).len() {
        o.get(ByteArray::data).bytes_mut(Bytes::data)[n] = b;
        o.init(ByteArray::size, n as i64 + 1);
    } else {
        let mut d = data(vm, a.pos[0])?.to_vec();
        d.push(b);
        set_data(vm, o, &d);
    }
    Ok(NONE)
}
fn extend(vm: &mut PyVm, a: Args) -> R {
    let (o, mut d) = array(vm, a)?;
    d.extend(construct(vm, Args { pos: &a.pos[1..2], kw: &[] })?);
    set_data(vm, o, &d);
    Ok(NONE)
}
fn insert(vm: &mut PyVm, a: Args) -> R {
    let (o, mut d) = array(vm, a)?;
    let (i, b) = (int::small(a.pos[1]).unwrap_or(0), byte(vm, a.pos[2])?);
    let n = d.len() as i64;
    d.insert(if i < 0 { (i + n).max(0) } else { i.min(n) } as usize, b);
    set_data(vm, o, &d);
    Ok(NONE)
}
fn pop(vm: &mut PyVm, a: Args) -> R {
    let (o, mut d) = array(vm, a)?;
    if d.is_empty() {
        return Err(raise(vm, Known::IndexError, "pop from empty bytearray"));
    }
    let i = list::index(vm, int::small(a.get(1)).unwrap_or(-1), d.len(), "pop")?;
    let b = d.remove(i);
    set_data(vm, o, &d);
    Ok(Value::small_int(b as i64))
}
fn remove(vm: &mut PyVm, a: Args) -> R {
    let (o, mut d) = array(vm, a)?;
    let b = byte(vm, a.pos[1])?;
    match d.iter().position(|c| *c == b) {
        Some(i) => d.remove(i),
        None => return value_error(vm, "value not found in bytearray"),
    };
    set_data(vm, o, &d);
    Ok(NONE)
}
fn clear(vm: &mut PyVm, a: Args) -> R {
    array(vm, a)?.0.init(ByteArray::size, 0);
    Ok(NONE)
}
fn reverse(vm: &mut PyVm, a: Args) -> R {
    let (o, mut d) = array(vm, a)?;
    d.reverse();
    set_data(vm, o, &d);
    Ok(NONE)
}
fn copy(vm: &mut PyVm, a: Args) -> R {
    let d = array(vm, a)?.1;
    Ok(new_bytearray(vm, &d))
}
