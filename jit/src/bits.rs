//! The abstract domain of known bits: each bit of an integer is known to be 0, known to be 1, or not known. (Linux's `tnum`: Vishwanathan,
//! Shachnai, Narayana, Nagarakatte, CGO 2022; PyPy's blog post "A Knownbits Abstract Domain for the Toy Optimizer, Correctly".)

use crate::ir::Op;
use crate::mutants::{Mutant, planted};
use crate::range::Range;

/// What is known of an integer's bits. No bit is in both sets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bits {
    /// Those that are 1.
    pub ones: u64,
    /// Those of which nothing is known.
    pub unknown: u64,
}

impl Bits {
    /// Nothing is known.
    pub const UNKNOWN: Bits = Bits { ones: 0, unknown: u64::MAX };

    /// All is known.
    pub fn constant(k: u64) -> Bits {
        Bits { ones: k, unknown: 0 }
    }

    /// The bits of the mask are those of `k`.
    pub fn masked(mask: u64, k: u64) -> Bits {
        Bits { ones: k & mask, unknown: !mask }
    }

    /// The integer, if there is but one.
    pub fn as_constant(self) -> Option<u64> {
        (self.unknown == 0).then_some(self.ones)
    }

    /// Those that are 1 or may be.
    pub fn possible(self) -> u64 {
        self.ones | self.unknown
    }

    /// May it be this integer?
    pub fn contains(self, x: u64) -> bool {
        x & !self.unknown == self.ones
    }

    /// What both say. `None` if they contradict each other.
    pub fn meet(self, other: Bits) -> Option<Bits> {
        let both = Bits { ones: self.ones | other.ones, unknown: self.unknown & other.unknown };
        (both.ones & !self.possible() == 0 && both.ones & !other.possible() == 0).then_some(both)
    }

    /// What a range says of bits: its ends share the highest ones.
    pub fn of_range(r: Range) -> Bits {
        let differ = (r.lo ^ r.hi) as u64;
        let unknown = if differ == 0 { 0 } else { u64::MAX >> differ.leading_zeros() };
        Bits { ones: r.lo as u64 & !unknown, unknown }
    }

    /// The least and the greatest of these integers.
    pub fn range(self) -> Range {
        const SIGN: u64 = 1 << 63;
        let free = self.unknown & SIGN;
        Range::new((self.ones | free) as i64, (self.ones | self.unknown & !SIGN) as i64)
    }

    /// Is anything known of what the operation gives, given something of its operands?
    pub fn is_tracked(op: Op) -> bool {
        use Op::*;
        matches!(op, IntAnd | IntOr | IntXor | IntShl | IntShr | IntAdd | IntSub | IntMul | IntAddOvf | IntSubOvf | IntMulOvf)
    }

    /// What an operation with an integer result may give. Checked operations: when they do not overflow.
    pub fn of(op: Op, a: Bits, b: Bits) -> Bits {
        let either = a.unknown | b.unknown;
        match op {
            Op::IntAnd => {
                let ones = a.ones & b.ones;
                Bits { ones, unknown: a.possible() & b.possible() & !ones }
            }
            Op::IntOr => {
                let ones = a.ones | b.ones;
                Bits { ones, unknown: either & !ones }
            }
            Op::IntXor => Bits { ones: (a.ones ^ b.ones) & !either, unknown: either },
            // A bit is known if both operands' are and no carry can make a difference.
            Op::IntAdd | Op::IntAddOvf => {
                let least = a.ones.wrapping_add(b.ones);
                let most = a.possible().wrapping_add(b.possible());
                let carries = if planted(Mutant::CarriesForgotten) { 0 } else { least ^ most };
                let unknown = carries | either;
                Bits { ones: least & !unknown, unknown }
            }
            Op::IntSub | Op::IntSubOvf => {
                let middle = a.ones.wrapping_sub(b.ones);
                let unknown = (middle.wrapping_add(a.unknown) ^ middle.wrapping_sub(b.unknown)) | either;
                Bits { ones: middle & !unknown, unknown }
            }
            // Zeros at the end add up.
            Op::IntMul | Op::IntMulOvf => match a.possible().trailing_zeros() + b.possible().trailing_zeros() {
                k @ 0..64 => Bits { ones: 0, unknown: u64::MAX << k },
                _ => Bits::constant(0),
            },
            Op::IntShl => match b.as_constant() {
                Some(k @ 0..64) => Bits { ones: a.ones << k, unknown: a.unknown << k },
                _ => Bits::UNKNOWN,
            },
            Op::IntShr => match b.as_constant() {
                Some(k @ 0..64) => Bits { ones: (a.ones as i64 >> k) as u64, unknown: (a.unknown as i64 >> k) as u64 },
                _ => Bits::UNKNOWN,
            },
            _ => Bits::UNKNOWN,
        }
    }
}
