//! The one 64-bit word every language value is: the tagging choice lives in this file only.
//!
//! Self-tagging (Melançon, Serrano, Feeley 2025): a float is its own bits rotated left by three, so
//! that sign and the two top exponent bits land on the tag. Exponents 2^-511 … 2^512 get the
//! low bits `01` or `10`, which nothing else uses; the rest (infinities, NaN, very small and very
//! large numbers) are boxed on the heap.
//!
//! | low bits | meaning                                                        |
//! |----------|----------------------------------------------------------------|
//! | `…01`, `…10` | float, rotated                                             |
//! | `…11`    | small integer, 62 bits                                         |
//! | `000`    | pointer to a heap object; the word 0 itself is the float `0.0` |
//! | `100`    | singleton `id << 3 \| 4` with id ≥ 1; the word 4 is `-0.0`     |

use crate::heap::Obj;
use std::fmt;

/// A tagged word. Copying it is free; what it points to is kept alive by the collector as long as
/// the word is on the VM stack, on the native stack or in a heap object.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Value(pub u64);

/// Smallest integer that needs no heap box.
pub const SMALL_MIN: i64 = -(1 << 61);
/// Largest integer that needs no heap box.
pub const SMALL_MAX: i64 = (1 << 61) - 1;

impl Value {
    /// The singleton with number `id` (1 or more). What a number means is the language's choice.
    pub const fn singleton(id: u32) -> Value {
        assert!(id != 0);
        Value(((id as u64) << 3) | 4)
    }

    /// The number of a singleton, if the word is one.
    #[inline(always)]
    pub const fn singleton_id(self) -> Option<u32> {
        if self.0 & 7 == 4 && self.0 != 4 { Some((self.0 >> 3) as u32) } else { None }
    }

    /// Does `i` fit the 62 bits of a small integer?
    #[inline(always)]
    pub const fn fits_small(i: i64) -> bool {
        (i << 2) >> 2 == i
    }

    /// A small integer; the caller has checked [`Value::fits_small`].
    #[inline(always)]
    pub const fn small_int(i: i64) -> Value {
        debug_assert!(Value::fits_small(i));
        Value(((i as u64) << 2) | 3)
    }

    /// Is the word a small (unboxed) integer?
    #[inline(always)]
    pub const fn is_small_int(self) -> bool {
        self.0 & 3 == 3
    }

    /// The integer of a small-integer word. Meaningless for other words.
    #[inline(always)]
    pub const fn as_small_int(self) -> i64 {
        (self.0 as i64) >> 2
    }

    /// The float as an immediate word, or `None` if it needs a heap box.
    #[inline(always)]
    pub const fn immediate_float(f: f64) -> Option<Value> {
        let e = f.to_bits().rotate_left(3);
        if e.wrapping_add(1) & 2 != 0 || e & !4 == 0 { Some(Value(e)) } else { None }
    }

    /// Is the word an immediate float?
    #[inline(always)]
    pub const fn is_immediate_float(self) -> bool {
        self.0.wrapping_add(1) & 2 != 0 || self.0 & !4 == 0
    }

    /// The float of an immediate-float word. Meaningless for other words.
    #[inline(always)]
    pub const fn as_immediate_float(self) -> f64 {
        f64::from_bits(self.0.rotate_right(3))
    }

    /// Is the word a pointer to a heap object?
    #[inline(always)]
    pub const fn is_obj(self) -> bool {
        self.0 & 7 == 0 && self.0 != 0
    }

    /// The heap object pointed to. Meaningless unless [`Value::is_obj`].
    #[inline(always)]
    pub const fn as_obj(self) -> Obj {
        Obj(self.0)
    }

    /// The heap object pointed to, if the word is a pointer.
    #[inline(always)]
    pub fn obj(self) -> Option<Obj> {
        if self.is_obj() { Some(Obj(self.0)) } else { None }
    }

    /// The integer, if the word is one that fits 64 bits (small or boxed).
    #[inline(always)]
    pub fn int(self) -> Option<i64> {
        if self.is_small_int() {
            return Some(self.as_small_int());
        }
        match self.obj() {
            Some(o) if o.type_id() == crate::heap::BoxedInt::ID => Some(o.get(crate::heap::BoxedInt::value)),
            _ => None,
        }
    }

    /// The float, if the word is one (immediate or boxed).
    #[inline(always)]
    pub fn float(self) -> Option<f64> {
        if self.is_immediate_float() {
            return Some(self.as_immediate_float());
        }
        match self.obj() {
            Some(o) if o.type_id() == crate::heap::BoxedFloat::ID => Some(o.get(crate::heap::BoxedFloat::value)),
            _ => None,
        }
    }
}

impl From<Obj> for Value {
    #[inline(always)]
    fn from(o: Obj) -> Value {
        Value(o.0)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_small_int() {
            write!(f, "{}", self.as_small_int())
        } else if self.is_immediate_float() {
            write!(f, "{:?}", self.as_immediate_float())
        } else if let Some(id) = self.singleton_id() {
            write!(f, "#{id}")
        } else {
            write!(f, "@{:x}", self.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_round_trip_and_never_look_like_something_else() {
        for f in [1.0, -1.0, 0.5, 1e100, -1e-100, 0.0, -0.0, std::f64::consts::PI] {
            let v = Value::immediate_float(f).expect("common floats are immediate");
            assert!(v.is_immediate_float() && !v.is_small_int() && !v.is_obj() && v.singleton_id().is_none());
            assert_eq!(v.as_immediate_float().to_bits(), f.to_bits());
        }
        for f in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1e300, 1e-300, f64::MIN_POSITIVE] {
            assert!(Value::immediate_float(f).is_none(), "{f} is boxed");
        }
    }

    #[test]
    fn small_integers_round_trip() {
        for i in [0, 1, -1, 42, SMALL_MIN, SMALL_MAX] {
            let v = Value::small_int(i);
            assert!(v.is_small_int() && !v.is_immediate_float() && !v.is_obj());
            assert_eq!(v.as_small_int(), i);
        }
        assert!(!Value::fits_small(SMALL_MAX + 1) && !Value::fits_small(SMALL_MIN - 1));
    }
}
