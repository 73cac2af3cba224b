//! Algebraic rules. Constant operands have been folded and operands resolved before these are asked.

use super::Builder;
use crate::ir::{Op, Ref};
use crate::range::Range;

/// May the operands be swapped?
pub fn commutes(op: Op) -> bool {
    matches!(op, Op::IntAdd | Op::IntMul | Op::IntAnd | Op::IntOr | Op::IntXor | Op::FloatAdd | Op::FloatMul)
}

fn is_power_of_two(k: i64) -> bool {
    k > 0 && k & (k - 1) == 0
}

impl Builder {
    /// A simpler reference with the same value, if a rule gives one.
    pub(super) fn simplify(&mut self, op: Op, a: Ref, b: Ref) -> Option<Ref> {
        let int = |r: Ref| self.bits_of(r).map(|k| k as i64);
        let def = |r: Ref| self.inst(r).copied();
        match op {
            // x + 0, x - 0, x * 1, x | 0, x ^ 0, x << 0, x >> 0  →  x
            Op::IntAdd | Op::IntOr | Op::IntXor if int(a) == Some(0) => Some(b),
            Op::IntAdd | Op::IntSub | Op::IntOr | Op::IntXor | Op::IntShl | Op::IntShr if int(b) == Some(0) => Some(a),
            Op::IntMul if int(a) == Some(1) => Some(b),
            Op::IntMul | Op::IntDivFloor | Op::IntDivTrunc if int(b) == Some(1) => Some(a),
            // x * 0, x & 0  →  0
            Op::IntMul | Op::IntAnd if int(a) == Some(0) || int(b) == Some(0) => Some(self.constant(0i64)),
            // x & -1, x & x, x | x  →  x
            Op::IntAnd if int(b) == Some(-1) => Some(a),
            Op::IntAnd | Op::IntOr if a == b => Some(a),
            // x mod m  →  x, if x is in that range already
            Op::IntModFloor | Op::IntRemTrunc if int(b).is_some_and(|m| m > 0 && self.range(a).is_within(Range::new(0, m - 1))) => Some(a),
            // x mod 2^k  →  x & (2^k - 1);  x div 2^k  →  x >> k
            Op::IntModFloor if int(b).is_some_and(is_power_of_two) => {
                let mask = self.constant(int(b)? - 1);
                Some(self.pure(Op::IntAnd, a, mask))
            }
            Op::IntDivFloor if int(b).is_some_and(is_power_of_two) => {
                let k = self.constant(int(b)?.trailing_zeros() as i64);
                Some(self.pure(Op::IntShr, a, k))
            }
            // (x << k) >> k  →  x, if no bit is lost
            Op::IntShr => {
                let d = def(a).filter(|d| d.op == Op::IntShl && d.rb() == b)?;
                let k = int(b).filter(|k| (0..63).contains(k))?;
                self.range(d.ra()).is_within(Range::new(i64::MIN >> k, i64::MAX >> k)).then_some(d.ra())
            }
            // x - x, x ^ x  →  0
            Op::IntSub | Op::IntXor if a == b => Some(self.constant(0i64)),
            // (x + k1) + k2, (x - k1) + k2 …  →  x + (k1 + k2)
            Op::IntAdd | Op::IntSub if int(b).is_some() => {
                let d = def(a)?;
                let k1 = int(d.rb())?;
                let k1 = match d.op {
                    Op::IntAdd | Op::IntAddOvf => k1,
                    Op::IntSub | Op::IntSubOvf => k1.wrapping_neg(),
                    _ => return None,
                };
                let k2 = if op == Op::IntAdd { int(b)? } else { int(b)?.wrapping_neg() };
                let k = self.constant(k1.wrapping_add(k2));
                Some(self.pure(Op::IntAdd, d.ra(), k))
            }
            // unbox(box(x))  →  x;  box(unbox(v))  →  v
            Op::UnboxInt => def(a).filter(|d| d.op == Op::BoxInt).map(|d| d.ra()),
            Op::UnboxFloat => def(a).filter(|d| d.op == Op::BoxFloat).map(|d| d.ra()),
            Op::BoxInt => def(a).filter(|d| d.op == Op::UnboxInt).map(|d| d.ra()),
            Op::BoxFloat => def(a).filter(|d| d.op == Op::UnboxFloat).map(|d| d.ra()),
            // -(-x)  →  x;  |−x|, ||x||  →  |x|
            Op::FloatNeg => def(a).filter(|d| d.op == Op::FloatNeg).map(|d| d.ra()),
            Op::FloatAbs => match def(a)? {
                d if d.op == Op::FloatAbs => Some(a),
                d if d.op == Op::FloatNeg => Some(self.pure(Op::FloatAbs, d.ra(), Ref::NONE)),
                _ => None,
            },
            // x / 2^k  →  x * 2^-k, exact when the reciprocal is
            Op::FloatDiv => {
                let k = f64::from_bits(self.bits_of(b)?);
                let inverse = 1.0 / k;
                if k.to_bits() << 12 == 0 && inverse.is_normal() && k.is_normal() {
                    let inverse = self.constant(inverse);
                    return Some(self.pure(Op::FloatMul, a, inverse));
                }
                None
            }
            // x * 1.0  →  x (also for NaN and -0.0)
            Op::FloatMul if self.bits_of(b) == Some(1f64.to_bits()) => Some(a),
            Op::FloatMul if self.bits_of(a) == Some(1f64.to_bits()) => Some(b),
            _ => None,
        }
    }
}
