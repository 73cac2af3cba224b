//! Looking for trouble: collections at every allocation, poisoned memory, and a check of the whole heap.

use super::block::{Block, for_granules, granule};
use super::collect::Kind;
use super::header::{EPOCH, UNLOGGED};
use super::roots::{Tracer, Visitor};
use super::{Heap, Obj, TypeInfo, fatal, is_traced};

/// How to stress the collector. The default is not at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stress {
    /// Collect at every so manieth allocation; 0: only when it is due.
    pub every: u32,
    /// Of these collections every so manieth is a full one; 0: none.
    pub full_every: u32,
    /// Overwrite dead memory, so that its use shows.
    pub poison: bool,
    /// Check the heap after each collection.
    pub verify: bool,
}

impl Stress {
    /// A collection at every allocation, full ones now and then, dead memory poisoned.
    pub fn every_allocation() -> Stress {
        Stress { every: 1, full_every: 64, poison: true, ..Stress::default() }
    }

    /// The collection to be done at the `n`-th allocation.
    pub(super) fn due(self, n: u32) -> Option<Kind> {
        if self.every == 0 || !n.is_multiple_of(self.every) {
            return None;
        }
        let full = self.full_every != 0 && (n / self.every).is_multiple_of(self.full_every);
        Some(if full { Kind::Full } else { Kind::Nursery })
    }
}

/// Checks the pointers of one object.
struct Checker<'h> {
    heap: &'h Heap,
    holder: Obj,
}

impl Visitor for Checker<'_> {
    fn visit(&mut self, o: Obj) {
        let address = o.0 as usize;
        let known = match self.heap.blocks.block_of(address) {
            Some(_) => {
                let (i, bit) = granule(address);
                address % 8 == 0 && Block::of(address).meta().marks[i] & bit != 0
            }
            None => self.heap.large.find(address) == Some(o),
        };
        if !known || o.gc_byte() & EPOCH != self.heap.policy.epoch {
            let name = self.heap.types.of(self.holder).info.name;
            fatal(&format!("corrupt heap: a {name} at {:x} points to {address:x}, which is no live object", self.holder.0));
        }
    }
}

impl Heap {
    /// Sets how to stress the collector.
    pub fn set_stress(&mut self, stress: Stress) {
        self.stress = stress;
        self.go_slow();
    }

    /// Checks that all live objects are well-formed and point to live objects only. To be called right after a collection; ends the process
    /// with a message if not.
    pub fn verify(&self) {
        for block in self.blocks.blocks() {
            for_granules(&block.meta().marks, block, |address| self.verify_object(Obj(address as u64)));
        }
        for o in self.large.objects() {
            self.verify_object(o);
        }
    }

    fn verify_object(&self, o: Obj) {
        let info: &'static TypeInfo = self.types.of(o).info;
        if o.gc_byte() & (EPOCH | UNLOGGED) != self.policy.epoch | UNLOGGED {
            fatal(&format!("corrupt heap: the {} at {:x} is not marked as it should be", info.name, o.0));
        }
        let mut checker = Checker { heap: self, holder: o };
        let mut tracer = Tracer::new(&mut checker);
        for f in info.fields.iter().filter(|f| is_traced(f.ty)) {
            tracer.value(crate::Value(o.word(f.offset as usize)));
        }
        if let Some(e) = info.elems.filter(|e| is_traced(e.ty)) {
            for i in 0..o.len() {
                tracer.value(crate::Value(o.word(e.offset as usize + 8 * i)));
            }
        }
        if let Some(trace) = info.trace {
            // SAFETY: the hook was declared for objects of this type.
            unsafe { trace(o, &mut tracer) };
        }
    }
}
