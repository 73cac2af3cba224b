//! The heap: layouts, objects, allocation and the collector.

mod layout;
mod obj;

pub use layout::{Elems, ElemsInfo, Field, FieldInfo, Mutability, TypeId, TypeInfo};
pub use obj::{Obj, is_traced};

use crate::kind::Kind;
use crate::value::Value;

crate::layout! {
    /// An integer of 63 or 64 bits. Integers that fit 62 bits are never boxed.
    pub BoxedInt = 1 { value: i64 }
    /// A float whose exponent has no immediate tag. Floats that have one are never boxed.
    pub BoxedFloat = 2 { value: f64 }
}

/// Visits the heap pointers of an object or of a runtime.
pub struct Tracer<'a> {
    visit: &'a mut dyn FnMut(u64),
}

impl Tracer<'_> {
    /// Reports a word that may point to the heap.
    pub fn value(&mut self, v: Value) {
        (self.visit)(v.0)
    }
    /// Reports an object.
    pub fn obj(&mut self, o: Obj) {
        (self.visit)(o.0)
    }
}

/// The heap of one VM. `cursor` and `limit` come first: compiled code allocates inline.
#[repr(C)]
pub struct Heap {
    cursor: usize,
    limit: usize,
    chunks: Vec<Box<[u64]>>,
    types: Vec<Option<&'static TypeInfo>>,
    /// Collect at every allocation.
    pub stress: bool,
}

impl Default for Heap {
    fn default() -> Self {
        Heap { cursor: 0, limit: 0, chunks: vec![], types: vec![None; 1 << 16], stress: false }
    }
}

impl Heap {
    /// Allocates an object with all fields zero (the word 0 is the float `0.0`).
    #[inline(always)]
    pub fn alloc(&mut self, ty: &'static TypeInfo) -> Obj {
        debug_assert!(ty.elems.is_none());
        self.types[ty.id as usize] = Some(ty);
        self.alloc_bytes(ty.size as usize, ty.id)
    }

    /// The type of an object.
    pub fn type_info(&self, o: Obj) -> &'static TypeInfo {
        self.types[o.type_id() as usize].expect("an object of a type that was allocated")
    }

    /// Allocates an array-like object with `len` zero elements.
    #[inline]
    pub fn alloc_array(&mut self, ty: &'static TypeInfo, len: usize) -> Obj {
        let e = ty.elems.as_ref().expect("an array-like type");
        self.types[ty.id as usize] = Some(ty);
        let size = (ty.size as usize + len * e.size as usize + 7) & !7;
        let o = self.alloc_bytes(size, ty.id);
        o.set_word(TypeInfo::LEN_OFFSET as usize, len as u64);
        o
    }

    #[inline(always)]
    fn alloc_bytes(&mut self, size: usize, id: TypeId) -> Obj {
        let p = self.cursor;
        if p + size > self.limit {
            return self.alloc_slow(size, id);
        }
        self.cursor = p + size;
        let o = Obj(p as u64);
        o.set_word(0, id as u64);
        o
    }

    #[cold]
    #[inline(never)]
    fn alloc_slow(&mut self, size: usize, id: TypeId) -> Obj {
        let bytes = (1 << 20).max(size);
        let chunk = vec![0u64; bytes / 8].into_boxed_slice();
        self.cursor = chunk.as_ptr() as usize;
        self.limit = self.cursor + bytes;
        self.chunks.push(chunk);
        self.alloc_bytes(size, id)
    }

    /// Stores to a field of an object that may be old.
    #[inline(always)]
    pub fn set<T: Kind>(&mut self, o: Obj, f: Field<T>, v: T) {
        if is_traced(T::TY) {
            self.write_barrier(o);
        }
        debug_assert_eq!(o.type_id(), f.info.owner, "field {} of another type", f.info.name);
        o.set_word(f.info.offset as usize, v.to_bits());
    }

    /// Stores to an element of an object that may be old; `i` is within its length.
    #[inline(always)]
    pub fn set_elem<T: Kind>(&mut self, o: Obj, e: Elems<T>, i: usize, v: T) {
        if is_traced(T::TY) {
            self.write_barrier(o);
        }
        o.init_elem(e, i, v);
    }

    /// To be called before heap pointers are stored into `o` by any other way than `set` and `set_elem`.
    #[inline(always)]
    pub fn write_barrier(&mut self, _o: Obj) {}

    /// The integer as a value, boxed if it needs more than 62 bits.
    #[inline(always)]
    pub fn int(&mut self, i: i64) -> Value {
        if Value::fits_small(i) { Value::small_int(i) } else { self.boxed_int(i) }
    }

    #[cold]
    #[inline(never)]
    fn boxed_int(&mut self, i: i64) -> Value {
        let o = self.alloc(BoxedInt::TYPE);
        o.init(BoxedInt::value, i);
        o.into()
    }

    /// The float as a value, boxed if its exponent is rare.
    #[inline(always)]
    pub fn float(&mut self, f: f64) -> Value {
        match Value::immediate_float(f) {
            Some(v) => v,
            None => self.boxed_float(f),
        }
    }

    #[cold]
    #[inline(never)]
    fn boxed_float(&mut self, f: f64) -> Value {
        let o = self.alloc(BoxedFloat::TYPE);
        o.init(BoxedFloat::value, f);
        o.into()
    }
}
