//! A collection from start to end, and when there is one.
//!
//! **Sticky mark bits**: a *nursery* collection keeps the marks of the last one, so that marked objects count as old and alive, and
//! looks only at what was allocated since: from the roots and from the old objects that were stored to. A *full* one begins with no marks.

use super::block::BLOCK;
use super::header::EPOCH;
use super::mark::Marker;
use super::roots::{Finder, Tracer, for_words, stack_base, with_stack};
use super::{Heap, Obj, fatal};
use std::mem::take;
use std::time::Instant;

/// What a collection looks at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// What was allocated since the last collection.
    Nursery,
    /// Everything.
    Full,
}

/// Bytes allocated between two collections, at least.
const NURSERY: usize = 4 << 20;
/// A heap of fewer bytes gets no full collection.
const MIN_FULL: usize = 24 << 20;

/// When to collect.
pub(super) struct Policy {
    /// Bytes between two collections, at least.
    pub nursery: usize,
    /// The next collection comes after so many bytes.
    pub budget: usize,
    /// And it is a full one if the heap has come to so many.
    pub full_at: usize,
    /// No collection may run while this is not 0.
    pub paused: u32,
    /// A collection is running.
    running: bool,
    /// Allocations that went the slow way: all of them, under stress.
    slow_allocations: u32,
    /// Number of the last collection.
    pub number: u32,
    /// What objects are marked with: 1 or 2.
    pub epoch: u8,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy { nursery: NURSERY, budget: NURSERY, full_at: MIN_FULL, paused: 0, running: false, slow_allocations: 0, number: 0, epoch: 1 }
    }
}

impl Heap {
    /// Collects now, unless collections are paused.
    pub fn collect(&mut self, kind: Kind) {
        if self.collector_may_run() {
            self.collect_now(kind);
        }
    }

    /// Runs `f` with no collection, whatever it allocates: for code that holds pointers where the collector does not look.
    pub fn without_collection<T>(&mut self, f: impl FnOnce(&mut Heap) -> T) -> T {
        self.pause();
        let result = f(self);
        self.resume();
        result
    }

    /// No collection until [`Heap::resume`] has been called as often.
    pub fn pause(&mut self) {
        self.policy.paused += 1;
    }

    /// Takes back one [`Heap::pause`].
    pub fn resume(&mut self) {
        self.policy.paused -= 1;
        self.check_budget();
    }

    /// Memory outside the heap that belongs to heap objects has grown by so many bytes (or shrunk, if negative): it counts when to collect, and
    /// towards the limit. Native finalisers report what they free by [`Heap::external_freed`].
    pub fn external(&mut self, bytes: isize) {
        self.external = self.external.saturating_add_signed(bytes);
        if bytes > 0 {
            self.allocator.allocated = self.allocator.allocated.saturating_add(bytes as usize);
            self.check_budget();
        }
    }

    /// Sees to it that the next allocation notices if a collection is due.
    #[inline]
    pub(super) fn check_budget(&mut self) {
        if self.allocator.allocated >= self.policy.budget {
            self.go_slow();
        }
    }

    pub(super) fn collector_may_run(&self) -> bool {
        self.policy.paused == 0 && !self.policy.running
    }

    pub(super) fn collect_if_due(&mut self) {
        if self.policy.running {
            fatal("a finaliser or trace function allocates");
        }
        if self.policy.paused != 0 {
            return;
        }
        self.policy.slow_allocations = self.policy.slow_allocations.wrapping_add(1);
        if let Some(kind) = self.stress.due(self.policy.slow_allocations) {
            self.collect_now(kind);
        } else if self.allocator.allocated >= self.policy.budget {
            self.reserve(0);
            let full = self.used_bytes() >= self.policy.full_at;
            // `reserve` may have collected.
            if self.allocator.allocated >= self.policy.budget {
                self.collect_now(if full { Kind::Full } else { Kind::Nursery });
            }
        }
    }

    #[inline(never)]
    pub(super) fn collect_now(&mut self, kind: Kind) {
        let start = Instant::now();
        self.stats.allocated += self.allocator.allocated as u64;
        self.stats.peak = self.stats.peak.max(self.used_bytes());
        self.policy.running = true;
        let full = kind == Kind::Full;
        let scanned = with_stack(|stack| self.cycle(full, stack));
        self.policy.running = false;
        self.allocator.allocated = 0;
        // The deeper the stack, the rarer its inspection.
        self.policy.budget = self.policy.nursery.max(2 * scanned);
        if full {
            self.policy.full_at = MIN_FULL.max(self.used_bytes() / 4 * 7);
            self.blocks.release(self.policy.full_at - self.used_bytes());
            self.check_limit();
        }
        if self.weak.is_pending() || self.finalizers.is_pending() {
            self.raise_interrupt();
        }
        self.stats.collected(full, start.elapsed());
        if self.stress.verify {
            self.verify();
        }
    }

    /// Marks and sweeps. Returns how many bytes of stack were looked through.
    fn cycle(&mut self, full: bool, stack: usize) -> usize {
        self.retire();
        self.policy.number += 1;
        if full {
            self.policy.epoch ^= EPOCH;
            for block in self.blocks.blocks() {
                let meta = block.meta();
                meta.starts = meta.marks;
                meta.marks.fill(0);
                meta.lines.clear();
            }
        }
        let mut marker = Marker { types: &self.types, stack: take(&mut self.mark_stack), epoch: self.policy.epoch, bytes: 0 };
        let finder = Finder { blocks: &self.blocks, large: &self.large, types: &self.types, full, collection: self.policy.number };
        if full {
            self.remembered.clear();
        } else {
            self.remembered.scan(&mut marker);
        }

        let mut scanned = 0;
        let mut conservative = |marker: &mut Marker, from: usize, to: usize, interior: bool| {
            scanned += to.saturating_sub(from);
            // SAFETY: stacks are readable from where they have grown to, to their base.
            unsafe { for_words(from, to, |word| finder.find(word, interior).into_iter().for_each(|o| marker.mark(o))) };
        };
        conservative(&mut marker, stack, stack_base(), true);
        for parked in &self.parked {
            conservative(&mut marker, parked.from, parked.to, true);
        }
        if let Some(owner) = self.owner {
            // SAFETY: the VM is alive and has `trace` for its type; what `trace` looks at is none of the heap's own fields.
            let used = unsafe { (owner.trace)(owner.vm, &mut Tracer::of_collection(&mut marker, full)) };
            conservative(&mut marker, used.start, used.end, false);
        }
        for (_, source) in &self.sources {
            source(&mut Tracer::of_collection(&mut marker, full));
        }
        for o in self.weak.roots().chain(self.finalizers.roots()) {
            marker.mark(o);
        }
        marker.drain();

        self.weak.clear_dead(full, &mut marker);
        self.finalizers.resurrect(full, &mut marker);
        self.weak.drop_dead(full, &marker);
        let freed = self.finalizers.finalize_dead(full, &marker);
        self.external = self.external.saturating_sub(freed);

        self.stats.promoted += if full { 0 } else { marker.bytes as u64 };
        self.stats.live = if full { marker.bytes } else { self.stats.live + marker.bytes };
        self.mark_stack = take(&mut marker.stack);
        self.mark_stack.shrink_to(BLOCK);
        let epoch = self.policy.epoch;
        self.large.sweep(full, |o: Obj| o.gc_byte() & EPOCH == epoch);
        self.blocks.sweep(full, self.stress.poison);
        scanned
    }
}
