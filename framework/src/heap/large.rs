//! The large-object space: objects too big for blocks, each a memory block of the system's allocator.
//!
//! In front of a large object is a [`Prefix`], and behind it one byte for every [`CARD`] bytes of it: the **cards**. Stores to a large
//! array mark the card they hit, so that a nursery collection does not look through a whole array for one store.

use super::Obj;
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::collections::BTreeMap;

/// Objects above this are large.
pub const MAX_SMALL: usize = 8 << 10;
/// Bytes for each card.
pub const CARD: usize = 512;

/// What is known of a large object apart from its header.
#[repr(C)]
pub struct Prefix {
    /// Its bytes.
    pub size: usize,
    /// What was stored to since the last collection.
    pub dirty: Dirty,
}

/// What was stored to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub enum Dirty {
    /// Nothing.
    Clean = 0,
    /// What the cards say.
    Cards = 1,
    /// Anything.
    All = 2,
}

/// The large objects of a heap.
#[derive(Default)]
pub struct LargeSpace {
    /// Address and size of every object.
    objects: BTreeMap<usize, usize>,
    /// Those allocated since the last collection.
    young: Vec<Obj>,
    bytes: usize,
}

/// The prefix of a large object.
#[inline]
pub fn prefix<'a>(o: Obj) -> &'a mut Prefix {
    // SAFETY: `LargeSpace::alloc` put one there, zeros being valid for it; no caller keeps the reference.
    unsafe { &mut *((o.0 as usize - size_of::<Prefix>()) as *mut Prefix) }
}

/// The cards of a large object.
pub fn cards<'a>(o: Obj) -> &'a mut [u8] {
    let size = prefix(o).size;
    // SAFETY: `LargeSpace::alloc` made room for them; no caller keeps the reference.
    unsafe { std::slice::from_raw_parts_mut((o.0 as usize + size) as *mut u8, size.div_ceil(CARD)) }
}

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size_of::<Prefix>().checked_add(size)?.checked_add(size.div_ceil(CARD))?, 16).ok()
}

impl LargeSpace {
    /// Memory for an object of `size` bytes, zeroed; `None` if the system has none.
    pub fn alloc(&mut self, size: usize) -> Option<Obj> {
        let layout = layout(size)?;
        // SAFETY: the layout is not empty.
        let p = unsafe { alloc_zeroed(layout) };
        if p.is_null() {
            return None;
        }
        let o = Obj((p as usize + size_of::<Prefix>()) as u64);
        prefix(o).size = size;
        self.objects.insert(o.0 as usize, size);
        self.young.push(o);
        self.bytes += size;
        Some(o)
    }

    /// Bytes of all objects.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The object that an arbitrary word points to, or into.
    pub fn find(&self, word: usize) -> Option<Obj> {
        let (&start, &size) = self.objects.range(..=word).next_back()?;
        (word < start + size).then_some(Obj(start as u64))
    }

    /// Every object.
    pub fn objects(&self) -> impl Iterator<Item = Obj> + '_ {
        self.objects.keys().map(|&a| Obj(a as u64))
    }

    /// Frees the objects that are not live, among the young ones or among all.
    pub fn sweep(&mut self, all: bool, live: impl Fn(Obj) -> bool) {
        let young = std::mem::take(&mut self.young);
        let dead: Vec<Obj> = if all { self.objects().filter(|&o| !live(o)).collect() } else { young.into_iter().filter(|&o| !live(o)).collect() };
        for o in dead {
            self.free(o);
        }
    }

    fn free(&mut self, o: Obj) {
        let size = self.objects.remove(&(o.0 as usize)).expect("a large object");
        self.bytes -= size;
        // SAFETY: allocated by `alloc` with this layout, and not reachable any more.
        unsafe { dealloc((o.0 as usize - size_of::<Prefix>()) as *mut u8, layout(size).expect("as allocated")) };
    }
}

impl Drop for LargeSpace {
    fn drop(&mut self) {
        let all: Vec<Obj> = self.objects().collect();
        all.into_iter().for_each(|o| self.free(o));
    }
}
