//! What is known of the bits of integers. It is worked out when an operation on bits or a comparison asks, from how the integers were made:
//! to note it for each would cost more than it gives.

use super::Builder;
use crate::bits::Bits;
use crate::ir::{Op, Ref};
use crate::mutants::{Mutant, planted};

/// So many operations are looked back.
const DEPTH: u32 = 4;

impl Builder {
    /// What is known of an integer's bits, as far as the trace has come.
    pub fn known_bits(&self, r: Ref) -> Bits {
        self.bits_from(r, DEPTH)
    }

    fn bits_from(&self, r: Ref, depth: u32) -> Bits {
        let r = self.resolve(r);
        if let Some(k) = self.bits_of(r) {
            return Bits::constant(k);
        }
        let mut known = Bits::of_range(self.range(r));
        // What contradicts the rest is never reached.
        let mut learn = |more: Bits| known = known.meet(more).unwrap_or(known);
        if let Some(&tested) = self.tested_bits.get(&r) {
            learn(tested);
        }
        if depth > 0
            && let Some(i) = self.inst(r).filter(|i| Bits::is_tracked(i.op))
        {
            learn(Bits::of(i.op, self.bits_from(i.ra(), depth - 1), self.bits_from(i.rb(), depth - 1)));
        }
        known
    }

    /// What the operation gives, if it is one on bits; one of its operands, if it gives that, or a constant.
    pub(super) fn simplify_bits(&mut self, op: Op, a: Ref, b: Ref) -> Option<(Bits, Option<Ref>)> {
        let on_bits = match op {
            Op::IntAnd | Op::IntOr | Op::IntXor => true,
            Op::IntShl | Op::IntShr => b.as_const().is_some(),
            _ => false,
        };
        if !on_bits {
            return None;
        }
        let (x, y) = (self.known_bits(a), self.known_bits(b));
        let result = Bits::of(op, x, y);
        if let Some(k) = result.as_constant() {
            return Some((result, Some(self.constant(k as i64))));
        }
        // All that the mask lets through, and all that may be set already.
        let same = match op {
            Op::IntAnd if x.possible() & !y.ones == 0 => Some(a),
            Op::IntAnd if y.possible() & !x.ones == 0 => Some(b),
            Op::IntOr if y.possible() & !x.ones == 0 => Some(a),
            Op::IntOr if x.possible() & !y.ones == 0 => Some(b),
            _ => None,
        };
        Some((result, same))
    }

    /// Are two integers known to differ, by their bits?
    pub(super) fn bits_differ(&self, a: Ref, b: Ref) -> bool {
        let tells = |r: Ref| self.tested_bits.contains_key(&r) || self.inst(r).is_some_and(|i| Bits::is_tracked(i.op));
        (tells(a) || tells(b)) && self.known_bits(a).meet(self.known_bits(b)).is_none()
    }

    /// Learns from a comparison of some bits of an integer with a constant.
    pub(super) fn learn_bits(&mut self, masked: Ref, k: Ref, equal: bool) {
        let (masked, k) = if masked.as_const().is_some() { (k, masked) } else { (masked, k) };
        let (Some(&i), Some(k)) = (self.inst(masked), self.bits_of(k)) else { return };
        let (x, mask) = match (i.op, self.bits_of(i.ra()), self.bits_of(i.rb())) {
            (Op::IntAnd, None, Some(mask)) => (i.ra(), mask),
            (Op::IntAnd, Some(mask), None) => (i.rb(), mask),
            _ => return,
        };
        let single = mask.is_power_of_two() || planted(Mutant::MaskIsOneBit);
        let learned = match equal {
            true => Bits::masked(mask, k),
            // A bit that is not the one is the other.
            false if single && k & !mask == 0 => Bits::masked(mask, !k),
            false => return,
        };
        let x = self.resolve(x);
        if let Some(known) = self.tested_bits.get(&x).copied().unwrap_or(Bits::UNKNOWN).meet(learned) {
            self.tested_bits.insert(x, known);
        }
    }
}
