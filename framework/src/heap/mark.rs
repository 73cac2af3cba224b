//! Marking: finds everything that can be reached, with a stack of its own.

use super::Obj;
use super::block::{BLOCK, Block, granule};
use super::header::{EPOCH, LARGE, UNLOGGED};
use super::large::{CARD, Dirty, cards, prefix};
use super::roots::{Tracer, Visitor};
use super::types::{TypeDesc, TypeTable, size_with};
use crate::value::Value;

/// The state of marking during one collection.
pub struct Marker<'h> {
    /// What objects look like.
    pub types: &'h TypeTable,
    /// Objects that are marked, but not yet looked into.
    pub stack: Vec<Obj>,
    /// The epoch an object is marked with.
    pub epoch: u8,
    /// Bytes marked.
    pub bytes: usize,
}

impl Marker<'_> {
    /// Is the object marked (or, in a nursery collection, old)?
    #[inline(always)]
    pub fn is_marked(&self, o: Obj) -> bool {
        o.gc_byte() & EPOCH == self.epoch
    }

    /// Marks an object that is reachable.
    #[inline(always)]
    pub fn mark(&mut self, o: Obj) {
        let byte = o.gc_byte();
        if byte & EPOCH != self.epoch {
            o.set_gc_byte((byte & !EPOCH) | self.epoch | UNLOGGED);
            self.stack.push(o);
        }
    }

    #[inline(always)]
    fn word(&mut self, word: u64) {
        if Value(word).is_obj() {
            self.mark(Obj(word));
        }
    }

    /// Goes on until everything reachable from what was marked so far is marked.
    pub fn drain(&mut self) {
        while let Some(o) = self.stack.pop() {
            let d = self.types.of(o);
            self.account(o, size_with(d, o));
            self.scan_as(o, d);
        }
    }

    /// Enters a newly marked object in its block's tables.
    #[inline(always)]
    fn account(&mut self, o: Obj, size: usize) {
        self.bytes += size;
        if o.gc_byte() & LARGE == 0 {
            let address = o.0 as usize;
            let meta = Block::of(address).meta();
            let (i, bit) = granule(address);
            meta.marks[i] |= bit;
            meta.lines.add(address & (BLOCK - 1), size);
        }
    }

    /// Marks what an object points to.
    pub fn scan(&mut self, o: Obj) {
        self.scan_as(o, self.types.of(o));
    }

    #[inline(always)]
    fn scan_as(&mut self, o: Obj, d: &TypeDesc) {
        let mut pointers = d.pointers;
        while pointers != 0 {
            self.word(o.word(8 * pointers.trailing_zeros() as usize));
            pointers &= pointers - 1;
        }
        if d.traced_elems != 0 {
            self.elems(o, d.traced_elems, 0, o.len());
        }
        if let Some(trace) = d.info.trace {
            // SAFETY: the hook was declared for objects of this type.
            unsafe { trace(o, &mut Tracer::new(self)) };
        }
    }

    /// Marks what elements `from .. to` point to.
    fn elems(&mut self, o: Obj, base: usize, from: usize, to: usize) {
        for i in from..to {
            self.word(o.word(base + 8 * i));
        }
    }

    /// Marks what the parts of a large array point to that were stored to; they count as clean then.
    pub fn scan_dirty(&mut self, o: Obj) {
        let dirty = std::mem::replace(&mut prefix(o).dirty, Dirty::Clean);
        let d = self.types.of(o);
        debug_assert_eq!(prefix(o).size, size_with(d, o));
        if dirty == Dirty::All || d.traced_elems == 0 {
            cards(o).fill(0);
            return self.scan(o);
        }
        let first = d.traced_elems;
        for (k, card) in cards(o).iter_mut().enumerate() {
            if std::mem::take(card) != 0 {
                // Card k covers the object's bytes from k * CARD on; elements are words.
                let from = (k * CARD).saturating_sub(first) / 8;
                let to = ((k + 1) * CARD).saturating_sub(first) / 8;
                self.elems(o, first, from, to.min(o.len()));
            }
        }
    }
}

impl Visitor for Marker<'_> {
    fn visit(&mut self, o: Obj) {
        self.mark(o);
    }
}
