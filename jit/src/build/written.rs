//! What the last call has left in memory. Before a call, frames and registers of the activations that wait are written there; a second call from
//! among the same activations need not write again what is still the same. (Caller-saved registers that are saved once: Click's and
//! Cooper's compilers call it save placement.)
//!
//! Nothing else writes there until then: the callee's activations are above, and came to an end. A residual call may run the
//! interpreter over it (rule R13), and forgets it all. A register's value that is not written again is kept alive for the collector by the
//! snapshot after the call, which mentions it; a box that was made only to be written is not, so boxed numbers count only if they are small.

use super::Builder;
use crate::ir::{Op, Recipe, Ref, SnapshotView, Trace};
use crate::mutants::{Mutant, planted};
use crate::range::Range;
use framework::Frame;

/// See the module's text.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// Frames above those that were there on entry.
    frames: Vec<Frame>,
    /// Stack words, and what they hold.
    slots: Vec<(i32, Ref)>,
    /// The first snapshot of which this is not true any more.
    until: Option<usize>,
}

impl Written {
    /// What is in memory after a call, in a bridge that begins there. `slots` is what has been made of the snapshot's.
    pub fn after_call(s: &SnapshotView, slots: &[Ref]) -> Written {
        Written { frames: s.pushed.to_vec(), slots: s.slots.iter().map(|s| s.0).zip(slots.iter().copied()).collect(), until: None }
    }

    /// What a bridge from snapshot number `n` of a trace knows, which itself knew this. `slots` is what has been made of the snapshot's.
    pub fn inherited(&self, ir: &Trace, n: usize, slots: &[Ref]) -> Written {
        if self.until.is_some_and(|until| n >= until) {
            return Written::default();
        }
        let s = ir.snapshots.get(n);
        let is_same = |recipe: Recipe, was: Ref| match recipe {
            Recipe::Leaf(k) => s.leaves[k as usize] == was,
            Recipe::Const(bits) => ir.const_of(was).is_some_and(|c| c.bits == bits),
            Recipe::BoxInt(k) => was.as_inst().is_some_and(|i| ir.insts[i].op == Op::BoxInt && ir.insts[i].ra() == s.leaves[k as usize]),
            _ => false,
        };
        let still = s.slots.iter().zip(slots).filter(|((i, recipe), _)| self.slots.iter().any(|&(j, was)| *i == j && is_same(*recipe, was)));
        Written { frames: self.frames.clone(), slots: still.map(|((i, _), &r)| (*i, r)).collect(), until: None }
    }
}

impl Builder {
    /// From here on memory above the entry activation may hold anything.
    pub(super) fn forget_written(&mut self) {
        if !planted(Mutant::WrittenOutlivesResidualCalls) {
            self.written.until.get_or_insert(self.trace.snapshots.len());
        }
    }

    /// Does this word of an activation that waits hold this value?
    pub(super) fn is_written_slot(&self, i: i32, r: Ref) -> bool {
        let r = self.resolve(r);
        let w = &self.written;
        w.until.is_none()
            && i < self.state.cur.base as i32
            && w.slots.iter().any(|&(j, was)| i == j && (self.resolve(was) == r || planted(Mutant::WrittenIsNeverOld)))
            && self.inst(r).is_none_or(|inst| match inst.op {
                Op::BoxInt => self.range(inst.ra()).is_within(Range::SMALL),
                op => op != Op::BoxFloat,
            })
    }

    /// Is this frame, the `k`th above those that were there on entry, in its place?
    pub(super) fn is_written_frame(&self, k: usize, f: &Frame) -> bool {
        self.written.until.is_none() && self.written.frames.get(k) == Some(f)
    }
}
