//! What is known of integers: a range for each, narrowed by guards as the trace goes on. (RPython's `intbounds`, LuaJIT's narrowing.)

use super::Builder;
use crate::ir::{Desc, Op, Ref};
use crate::mutants::{Mutant, planted};
use crate::range::Range;
use framework::Ty;

impl Builder {
    /// The range of an integer, as far as the trace has come.
    pub fn range(&self, r: Ref) -> Range {
        let r = self.resolve(r);
        if let Some(bits) = self.bits_of(r) {
            return Range::point(bits as i64);
        }
        self.ranges.get(&r).copied().unwrap_or_else(|| self.range_of_any(r))
    }

    /// The range of what an operation gives, whatever its operands.
    fn range_of_any(&self, r: Ref) -> Range {
        match self.inst(r) {
            Some(i) if i.op == Op::UnboxInt && !self.unboxed_is_small => Range::FULL,
            Some(i) if i.op == Op::LoadElem => match self.trace.desc(i) {
                Desc::Elems(e) if e.size == 1 => Range::new(0, u8::MAX as i64),
                _ => Range::FULL,
            },
            Some(i) => Range::of(i.op, Range::FULL, Range::FULL),
            None => Range::FULL,
        }
    }

    /// Notes what is known of an integer from its definition on: bridges inherit it.
    pub fn define_range(&mut self, r: Ref, range: Range) {
        if range != Range::FULL {
            self.ranges.insert(r, range);
            self.defined_ranges.insert(r, range);
        }
    }

    /// Notes that an integer is in a range, from here on.
    pub(super) fn narrow(&mut self, r: Ref, range: Range) {
        let r = self.resolve(r);
        let was = self.range(r);
        // Nothing in common: this is never reached.
        let Some(now) = was.intersect(range) else { return };
        if now == was || r.as_const().is_some() {
            return;
        }
        self.ranges.insert(r, now);
        // What is known of x + k is known of x.
        let Some(&i) = self.inst(r) else { return };
        let (a, b) = (i.ra(), i.rb());
        let back = match i.op {
            Op::IntAdd | Op::IntAddOvf => Op::IntSubOvf,
            Op::IntSub | Op::IntSubOvf => Op::IntAddOvf,
            _ => return,
        };
        let exact = i.op.is_checked() || Range::never_overflows(i.op, self.range(a), self.range(b));
        if exact && let Some(k) = self.bits_of(self.resolve(b)) {
            self.narrow(a, Range::of(back, now, Range::point(k as i64)));
        }
    }

    /// Learns from `x + k < n` as unsigned numbers, with constants: the sum may wrap around, and `x` is in the range from `-k` all the same.
    fn narrow_offset(&mut self, sum: Ref, n: Ref) {
        let Some(&i) = self.inst(self.resolve(sum)).filter(|i| i.op == Op::IntAdd) else { return };
        if let (Some(k), Some(n)) = (self.bits_of(self.resolve(i.rb())), self.bits_of(n))
            && let (k, n @ 1..) = (k as i64, n as i64)
            && let Some(lo) = k.checked_neg()
            && let Some(hi) = (n - 1).checked_sub(k)
        {
            self.narrow(i.ra(), Range::new(lo, hi));
        }
    }

    /// Learns from a comparison or a checked operation of integers.
    pub(super) fn narrow_by_guard(&mut self, op: Op, a: Ref, b: Ref, holds: bool, result: Ref) {
        if !matches!(op, Op::IntLt | Op::IntLe | Op::IntEq | Op::IntUlt) {
            if holds && result != Ref::NONE && op.is_checked() {
                let range = Range::of(op, self.range(a), self.range(b));
                self.narrow(result, range);
            }
            return;
        }
        let (ra, rb) = (self.range(a), self.range(b));
        let narrowed =
            if holds || planted(Mutant::FailureNarrowsLikeSuccess) { Range::narrowed(op, ra, rb) } else { Range::narrowed_by_failure(op, ra, rb) };
        if let Some((na, nb)) = narrowed {
            self.narrow(a, na);
            self.narrow(b, nb);
        }
        if holds && op == Op::IntUlt {
            self.narrow_offset(a, b);
        }
    }

    /// The outcome of a guard on integers whose ranges decide it.
    pub(super) fn compare_ranges(&self, op: Op, a: Ref, b: Ref) -> Option<bool> {
        match op {
            Op::IntLt | Op::IntLe => Range::compare(op, self.range(a), self.range(b)),
            Op::IntEq => Range::compare(op, self.range(a), self.range(b)).or_else(|| self.bits_differ(a, b).then_some(false)),
            // Below a length, and not below zero.
            Op::IntUlt if self.range(a).is_natural() && self.facts.get(&Self::key(Op::IntLt, 0, a, b)) == Some(&true) => Some(true),
            Op::IntUlt => Range::compare(op, self.range(a), self.range(b)),
            Op::IsSmallInt | Op::IsObj => {
                let i = self.inst(a).filter(|i| i.op == Op::BoxInt)?;
                self.range(i.ra()).is_within(Range::SMALL).then_some(op == Op::IsSmallInt)
            }
            _ => None,
        }
    }

    /// Works ranges out again, knowing that what is unboxed has been small: for a preamble, which will not be copied any more.
    /// (While recording this must not be known: the loop's copy has an unboxed number there, of any size.)
    pub(crate) fn find_ranges(&mut self) {
        self.each_range(Self::narrow);
    }

    /// The same for a whole trace that is finished and will not be copied: what is known of its integers where they are defined.
    pub(crate) fn find_defined_ranges(&mut self) {
        self.ranges.clear();
        self.defined_ranges.clear();
        self.each_range(Self::define_range);
    }

    /// Goes through the trace, learns from its guards, and notes the range of each result.
    fn each_range(&mut self, note: impl Fn(&mut Self, Ref, Range)) {
        self.unboxed_is_small = true;
        for n in 0..self.trace.insts.len() {
            let i = self.trace.insts[n];
            let (r, a, b) = (Ref(n as u32), i.ra(), i.rb());
            if i.op.is_checked() || i.op.ret() == Some(Ty::Int) && i.op.operands()[1] != crate::ir::Operand::None && i.op.has_result() {
                if !i.op.is_checked() || i.expect() {
                    note(self, r, Range::of(i.op, self.range(a), self.range(b)));
                }
            } else if matches!(i.op, Op::IntLt | Op::IntLe | Op::IntEq | Op::IntUlt) {
                self.narrow_by_guard(i.op, a, b, i.expect(), Ref::NONE);
            }
        }
    }
}
