//! A pointer to a heap object and the raw accessors that Rust runtime code uses.

use super::{Elems, Field, TypeId, TypeInfo};
use crate::kind::{Kind, Ty};

/// A heap object's address. Copying it is free; the collector finds it on the native stack, so
/// runtime code needs no handles. It is never null.
///
/// The 8-byte header is `type id (16) | collector byte (8) | flags (8) | aux (32)`, lowest bits first;
/// `flags` and `aux` are the language's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(transparent)]
pub struct Obj(pub u64);

impl Obj {
    /// The type number.
    #[inline(always)]
    pub fn type_id(self) -> TypeId {
        // SAFETY: an `Obj` is the address of a live object, whose first two bytes are its type.
        unsafe { *(self.0 as *const u16) }
    }

    /// Is it of this type?
    #[inline(always)]
    pub fn is(self, ty: &'static TypeInfo) -> bool {
        self.type_id() == ty.id
    }

    /// The 32 header bits that are the language's.
    #[inline(always)]
    pub fn aux(self) -> u32 {
        // SAFETY: the header is 8 bytes.
        unsafe { *((self.0 + 4) as *const u32) }
    }

    /// Sets the 32 header bits that are the language's.
    #[inline(always)]
    pub fn set_aux(self, aux: u32) {
        // SAFETY: as in `aux`; no reference to the header is ever live.
        unsafe { *((self.0 + 4) as *mut u32) = aux }
    }

    /// The word at a byte offset.
    #[inline(always)]
    pub fn word(self, offset: usize) -> u64 {
        // SAFETY: callers take offsets from the layout of the object's own type.
        unsafe { *((self.0 as usize + offset) as *const u64) }
    }

    /// Overwrites the word at a byte offset, with no write barrier.
    #[inline(always)]
    pub fn set_word(self, offset: usize, word: u64) {
        // SAFETY: as in `word`.
        unsafe { *((self.0 as usize + offset) as *mut u64) = word }
    }

    /// Reads a field.
    #[inline(always)]
    pub fn get<T: Kind>(self, f: Field<T>) -> T {
        debug_assert_eq!(self.type_id(), f.info.owner, "field {} of another type", f.info.name);
        T::from_bits(self.word(f.info.offset as usize))
    }

    /// Fills a field of an object nothing else has seen yet: no write barrier. For later stores see `Heap::set`.
    #[inline(always)]
    pub fn init<T: Kind>(self, f: Field<T>, v: T) {
        debug_assert_eq!(self.type_id(), f.info.owner, "field {} of another type", f.info.name);
        self.set_word(f.info.offset as usize, v.to_bits())
    }

    /// Number of elements of an array-like object.
    #[inline(always)]
    pub fn len(self) -> usize {
        self.word(TypeInfo::LEN_OFFSET as usize) as usize
    }

    /// Has the array-like object no elements?
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Reads element `i`, which the caller has checked against `len`.
    #[inline(always)]
    pub fn elem<T: Kind>(self, e: Elems<T>, i: usize) -> T {
        debug_assert!(self.type_id() == e.info.owner && i < self.len());
        let base = self.0 as usize + e.info.offset as usize;
        // SAFETY: the object is of the type the elements belong to and `i` is within its length.
        unsafe { if e.info.size == 1 { T::from_bits(*((base + i) as *const u8) as u64) } else { T::from_bits(*((base + 8 * i) as *const u64)) } }
    }

    /// Fills element `i` of an object nothing else has seen yet: no write barrier. For later stores see `Heap::set_elem`.
    #[inline(always)]
    pub fn init_elem<T: Kind>(self, e: Elems<T>, i: usize, v: T) {
        debug_assert!(self.type_id() == e.info.owner && i < self.len());
        let base = self.0 as usize + e.info.offset as usize;
        // SAFETY: as in `elem`.
        unsafe { if e.info.size == 1 { *((base + i) as *mut u8) = v.to_bits() as u8 } else { *((base + 8 * i) as *mut u64) = v.to_bits() } }
    }

    /// The bytes of a byte array. The slice is good until the object dies or is stored to.
    #[inline(always)]
    pub fn bytes<'a>(self, e: Elems<i64>) -> &'a [u8] {
        debug_assert!(e.info.size == 1 && self.type_id() == e.info.owner);
        // SAFETY: the object owns `len` bytes there, and the caller keeps it alive by holding `self`.
        unsafe { std::slice::from_raw_parts((self.0 as usize + e.info.offset as usize) as *const u8, self.len()) }
    }

    /// The bytes of a byte array nothing else has seen yet, to be filled.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)]
    pub fn bytes_mut<'a>(self, e: Elems<i64>) -> &'a mut [u8] {
        debug_assert!(e.info.size == 1 && self.type_id() == e.info.owner);
        // SAFETY: as in `bytes`; only the allocating code has the object.
        unsafe { std::slice::from_raw_parts_mut((self.0 as usize + e.info.offset as usize) as *mut u8, self.len()) }
    }

    /// The elements of an array of words as a slice, good until the next store to it.
    #[inline(always)]
    pub fn elems<'a, T: Kind>(self, e: Elems<T>) -> &'a [T] {
        debug_assert!(e.info.size == 8 && self.type_id() == e.info.owner && e.info.ty == T::TY);
        const { assert!(size_of::<T>() == 8) };
        // SAFETY: every `Kind` is a 64-bit word for which all bit patterns the heap stores are valid.
        unsafe { std::slice::from_raw_parts((self.0 as usize + e.info.offset as usize) as *const T, self.len()) }
    }
}

/// Does a word of this type hold something the collector must look at?
pub fn is_traced(ty: Ty) -> bool {
    matches!(ty, Ty::Value | Ty::Ref)
}
