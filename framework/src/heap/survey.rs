//! A look at everything that is alive.
//!
//! Languages number things that are not on the heap: atoms, code that objects refer to by address. To find out which of them are in use they
//! survey the heap.

use super::block::for_granules;
use super::collect::Kind;
use super::roots::{Tracer, Visitor, for_words, stack_base, with_stack};
use super::{Heap, Obj, is_traced};
use crate::value::Value;

/// Someone who wants to see what is alive.
pub trait Surveyor {
    /// An object is alive.
    fn object(&mut self, o: Obj);
    /// A word is held by a live object, the runtime, another source of roots or, as it may be, by a stack. It may be a pointer.
    fn word(&mut self, v: Value);
}

struct Words<'a, S>(&'a mut S);

impl<S: Surveyor> Visitor for Words<'_, S> {
    fn visit(&mut self, o: Obj) {
        self.0.word(o.into());
    }
    fn immediate(&mut self, v: Value) {
        self.0.word(v);
    }
}

impl Heap {
    /// Collects everything, then shows what is left. `false`, and nothing done, if the collector may not run.
    pub fn survey(&mut self, surveyor: &mut impl Surveyor) -> bool {
        if !self.collector_may_run() {
            return false;
        }
        self.collect_now(Kind::Full);
        let mut stack = |from: usize, to: usize| {
            // SAFETY: stacks are readable from where they have grown to, to their base.
            unsafe { for_words(from, to, |word| surveyor.word(Value(word as u64))) };
        };
        with_stack(|top| stack(top, stack_base()));
        for parked in &self.parked {
            stack(parked.from, parked.to);
        }
        if let Some(owner) = self.owner {
            // SAFETY: as in a collection.
            let used = unsafe { (owner.trace)(owner.vm, &mut Tracer::of_all_words(&mut Words(surveyor))) };
            // SAFETY: the part of the VM stack in use.
            unsafe { for_words(used.start, used.end, |word| surveyor.word(Value(word as u64))) };
        }
        for (_, source) in &self.sources {
            source(&mut Tracer::of_all_words(&mut Words(surveyor)));
        }
        for block in self.blocks.blocks() {
            for_granules(&block.meta().marks, block, |address| self.show(Obj(address as u64), surveyor));
        }
        for o in self.large.objects() {
            self.show(o, surveyor);
        }
        true
    }

    fn show(&self, o: Obj, surveyor: &mut impl Surveyor) {
        surveyor.object(o);
        let info = self.types.of(o).info;
        for f in info.fields.iter().filter(|f| is_traced(f.ty)) {
            surveyor.word(Value(o.word(f.offset as usize)));
        }
        if let Some(e) = info.elems.filter(|e| is_traced(e.ty)) {
            for i in 0..o.len() {
                surveyor.word(Value(o.word(e.offset as usize + 8 * i)));
            }
        }
        if let Some(trace) = info.trace {
            // SAFETY: the hook was declared for objects of this type.
            unsafe { trace(o, &mut Tracer::of_all_words(&mut Words(surveyor))) };
        }
    }
}
