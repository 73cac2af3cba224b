//! Integer ranges: an abstract domain of lower and upper bounds. (RPython's `intutils.IntBound`.)

use crate::ir::Op;
use framework::arith;
use framework::value::{SMALL_MAX, SMALL_MIN};

/// All integers from `lo` to `hi`. Never empty.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Range {
    /// The smallest.
    pub lo: i64,
    /// The largest.
    pub hi: i64,
}

/// Objects have no more elements than this: addresses have 47 bits.
const MAX_LEN: i64 = 1 << 47;

impl Range {
    /// Nothing is known.
    pub const FULL: Range = Range { lo: i64::MIN, hi: i64::MAX };
    /// Integers that need no heap box.
    pub const SMALL: Range = Range { lo: SMALL_MIN, hi: SMALL_MAX };

    /// The range from `lo` to `hi`, which is not below it.
    pub const fn new(lo: i64, hi: i64) -> Range {
        assert!(lo <= hi);
        Range { lo, hi }
    }

    /// One integer.
    pub const fn point(k: i64) -> Range {
        Range { lo: k, hi: k }
    }

    /// The integer, if it is only one.
    pub fn as_point(self) -> Option<i64> {
        (self.lo == self.hi).then_some(self.lo)
    }

    /// Is it in the range?
    pub fn contains(self, k: i64) -> bool {
        self.lo <= k && k <= self.hi
    }

    /// Are all its integers in the other?
    pub fn is_within(self, o: Range) -> bool {
        o.lo <= self.lo && self.hi <= o.hi
    }

    /// What is in both; `None` if nothing is.
    pub fn intersect(self, o: Range) -> Option<Range> {
        let (lo, hi) = (self.lo.max(o.lo), self.hi.min(o.hi));
        (lo <= hi).then_some(Range { lo, hi })
    }

    /// Are they never negative?
    pub fn is_natural(self) -> bool {
        self.lo >= 0
    }

    /// The bounds as they are without overflow, if 64 bits can hold them.
    fn exact(lo: i128, hi: i128) -> Option<Range> {
        Some(Range { lo: i64::try_from(lo).ok()?, hi: i64::try_from(hi).ok()? })
    }

    /// The integers that 64 bits can hold of those between the bounds; `None` if there are none.
    fn clamped(lo: i128, hi: i128) -> Option<Range> {
        let (min, max) = (i64::MIN as i128, i64::MAX as i128);
        (lo <= max && hi >= min).then(|| Range { lo: lo.max(min) as i64, hi: hi.min(max) as i64 })
    }

    /// The smallest range that holds all of them.
    fn around<const N: usize>(corners: [i64; N]) -> Range {
        Range { lo: corners.into_iter().min().expect("some"), hi: corners.into_iter().max().expect("some") }
    }

    /// The mathematical bounds of a sum, difference or product.
    fn bounds(op: Op, a: Range, b: Range) -> Option<(i128, i128)> {
        let (al, ah, bl, bh) = (a.lo as i128, a.hi as i128, b.lo as i128, b.hi as i128);
        Some(match op {
            Op::IntAdd | Op::IntAddOvf => (al + bl, ah + bh),
            Op::IntSub | Op::IntSubOvf => (al - bh, ah - bl),
            Op::IntMul | Op::IntMulOvf => {
                let corners = [al * bl, al * bh, ah * bl, ah * bh];
                (corners.into_iter().min()?, corners.into_iter().max()?)
            }
            _ => return None,
        })
    }

    /// Can an addition, subtraction or multiplication of two such integers never overflow?
    pub fn never_overflows(op: Op, a: Range, b: Range) -> bool {
        Range::bounds(op, a, b).is_some_and(|(lo, hi)| Range::exact(lo, hi).is_some())
    }

    /// What an operation with an integer result may give. Checked operations: when they do not overflow.
    pub fn of(op: Op, a: Range, b: Range) -> Range {
        // All bits up to the highest that either may have.
        let mask = |k: i64| ((1u64 << (64 - k.leading_zeros())) - 1) as i64;
        match op {
            Op::IntAdd | Op::IntSub | Op::IntMul => Range::bounds(op, a, b).and_then(|(lo, hi)| Range::exact(lo, hi)).unwrap_or(Range::FULL),
            Op::IntAddOvf | Op::IntSubOvf | Op::IntMulOvf => {
                Range::bounds(op, a, b).and_then(|(lo, hi)| Range::clamped(lo, hi)).unwrap_or(Range::FULL)
            }
            Op::IntAnd => match (a.is_natural(), b.is_natural()) {
                (true, true) => Range::new(0, a.hi.min(b.hi)),
                (true, false) => Range::new(0, a.hi),
                (false, true) => Range::new(0, b.hi),
                (false, false) => Range { lo: i64::MIN, hi: a.hi.max(b.hi) },
            },
            Op::IntOr if a.is_natural() && b.is_natural() => Range::new(a.lo.max(b.lo), mask(a.hi | b.hi)),
            Op::IntXor if a.is_natural() && b.is_natural() => Range::new(0, mask(a.hi | b.hi)),
            Op::IntShl => match b.as_point() {
                Some(k @ 0..=62) => Range::exact((a.lo as i128) << k, (a.hi as i128) << k).unwrap_or(Range::FULL),
                _ => Range::FULL,
            },
            Op::IntShr if b.lo >= 0 && b.hi < 64 => Range::around([a.lo >> b.lo, a.lo >> b.hi, a.hi >> b.lo, a.hi >> b.hi]),
            Op::IntDivFloor if b.lo > 0 => {
                Range::around([(a.lo, b.lo), (a.lo, b.hi), (a.hi, b.lo), (a.hi, b.hi)].map(|(x, y)| arith::div_floor(x, y)))
            }
            Op::IntDivTrunc if b.lo > 0 => Range::around([a.lo / b.lo, a.lo / b.hi, a.hi / b.lo, a.hi / b.hi]),
            Op::IntModFloor if b.lo > 0 => {
                if a.is_natural() && a.hi < b.lo {
                    a
                } else {
                    Range::new(0, if a.is_natural() { a.hi.min(b.hi - 1) } else { b.hi - 1 })
                }
            }
            Op::IntRemTrunc if b.lo > 0 => {
                let lo = if a.is_natural() { 0 } else { a.lo.max(1 - b.hi) };
                let hi = if a.hi <= 0 { 0 } else { a.hi.min(b.hi - 1) };
                Range::new(lo, hi)
            }
            Op::UnboxInt => Range::SMALL,
            Op::Len => Range::new(0, MAX_LEN),
            Op::Aux => Range::new(0, u32::MAX as i64),
            _ => Range::FULL,
        }
    }

    /// What is known of the operands of a comparison that holds. `None` if it cannot hold.
    pub fn narrowed(op: Op, a: Range, b: Range) -> Option<(Range, Range)> {
        let below = |k: i64| Range { lo: i64::MIN, hi: k };
        let above = |k: i64| Range { lo: k, hi: i64::MAX };
        Some(match op {
            Op::IntLt => (a.intersect(below(b.hi.checked_sub(1)?))?, b.intersect(above(a.lo.checked_add(1)?))?),
            Op::IntLe => (a.intersect(below(b.hi))?, b.intersect(above(a.lo))?),
            Op::IntEq => {
                let both = a.intersect(b)?;
                (both, both)
            }
            Op::IntUlt if b.is_natural() => {
                let a = a.intersect(Range::new(0, b.hi.checked_sub(1)?.max(0)))?;
                (a, b.intersect(above(a.lo.checked_add(1)?))?)
            }
            _ => (a, b),
        })
    }

    /// What is known of the operands of a comparison that does not hold.
    pub fn narrowed_by_failure(op: Op, a: Range, b: Range) -> Option<(Range, Range)> {
        Some(match op {
            Op::IntLt => Range::narrowed(Op::IntLe, b, a).map(|(b, a)| (a, b))?,
            Op::IntLe => Range::narrowed(Op::IntLt, b, a).map(|(b, a)| (a, b))?,
            Op::IntEq => (a.without(b)?, b.without(a)?),
            // a >= b as unsigned numbers, a being natural.
            Op::IntUlt if a.is_natural() && b.is_natural() => Range::narrowed(Op::IntLe, b, a).map(|(b, a)| (a, b))?,
            _ => (a, b),
        })
    }

    /// Without an integer at one of its ends.
    fn without(self, k: Range) -> Option<Range> {
        match k.as_point() {
            Some(k) if self.as_point() == Some(k) => None,
            Some(k) if k == self.lo => Some(Range { lo: k + 1, ..self }),
            Some(k) if k == self.hi => Some(Range { hi: k - 1, ..self }),
            _ => Some(self),
        }
    }

    /// The outcome of a comparison, if it is the same for all such integers.
    pub fn compare(op: Op, a: Range, b: Range) -> Option<bool> {
        let known = |yes: bool, no: bool| {
            if yes {
                Some(true)
            } else if no {
                Some(false)
            } else {
                None
            }
        };
        match op {
            Op::IntLt => known(a.hi < b.lo, a.lo >= b.hi),
            Op::IntLe => known(a.hi <= b.lo, a.lo > b.hi),
            Op::IntEq => known(a.as_point().is_some() && a == b, a.intersect(b).is_none()),
            Op::IntUlt if a.is_natural() && b.is_natural() => known(a.hi < b.lo, a.lo >= b.hi),
            // A negative number is a huge one.
            Op::IntUlt if a.hi < 0 && b.is_natural() => Some(false),
            Op::IntUlt if b.hi < 0 && a.is_natural() => Some(true),
            _ => None,
        }
    }
}
