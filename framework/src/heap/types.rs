//! What the collector knows of each type, in the form marking wants it.

use super::{Obj, TypeInfo, is_traced};

/// Type ids are below this.
pub const MAX_TYPES: usize = 1024;

/// A type as the collector sees it.
#[derive(Clone, Copy)]
pub struct TypeDesc {
    /// Bytes of the fixed part.
    pub size: usize,
    /// Bytes per element; 0 if there are none.
    pub elem_size: usize,
    /// Byte offset of element 0, if elements are to be traced; else 0.
    pub traced_elems: usize,
    /// Bit `i` is set if word `i` of the fixed part is to be traced.
    pub pointers: u64,
    /// All the rest.
    pub info: &'static TypeInfo,
}

impl TypeDesc {
    fn new(info: &'static TypeInfo) -> TypeDesc {
        let mut pointers = 0u64;
        for f in info.fields.iter().filter(|f| is_traced(f.ty)) {
            assert!(f.offset / 8 < 64, "type {}: pointer fields must be among the first 63", info.name);
            pointers |= 1 << (f.offset / 8);
        }
        TypeDesc {
            size: info.size as usize,
            elem_size: info.elems.map_or(0, |e| e.size as usize),
            traced_elems: info.elems.filter(|e| is_traced(e.ty) && e.size == 8).map_or(0, |e| e.offset as usize),
            pointers,
            info,
        }
    }
}

/// The types of a heap: a type is entered when its first object is allocated.
pub struct TypeTable(Box<[Option<TypeDesc>]>);

impl Default for TypeTable {
    fn default() -> TypeTable {
        TypeTable(vec![None; 64].into())
    }
}

impl TypeTable {
    /// Enters a type.
    pub fn add(&mut self, info: &'static TypeInfo) {
        let id = info.id as usize;
        assert!(0 < id && id < MAX_TYPES, "type {}: ids are 1 to {}", info.name, MAX_TYPES - 1);
        if id >= self.0.len() {
            let mut larger = std::mem::take(&mut self.0).into_vec();
            larger.resize((id + 1).next_power_of_two(), None);
            self.0 = larger.into();
        }
        let entry = self.0[id].get_or_insert_with(|| TypeDesc::new(info));
        assert!(std::ptr::eq(entry.info, info), "types {} and {} have the same id {id}", entry.info.name, info.name);
    }

    /// The type of an object.
    #[inline(always)]
    pub fn of(&self, o: Obj) -> &TypeDesc {
        match self.0.get(o.type_id() as usize) {
            Some(Some(d)) => d,
            _ => corrupt(o),
        }
    }

    /// Bytes of an object.
    #[inline(always)]
    pub fn size(&self, o: Obj) -> usize {
        size_with(self.of(o), o)
    }
}

/// Bytes of an object of this type.
#[inline(always)]
pub fn size_with(d: &TypeDesc, o: Obj) -> usize {
    if d.elem_size == 0 { d.size } else { (d.size + o.len() * d.elem_size + 7) & !7 }
}

#[cold]
#[inline(never)]
fn corrupt(o: Obj) -> ! {
    super::fatal(&format!("corrupt heap: what should be an object at {:x} begins with {:x}", o.0, o.word(0)))
}
