//! Numbers that do not fit a tagged word.

use super::{Heap, Obj};
use crate::value::Value;

crate::layout! {
    /// An integer of 63 or 64 bits. Integers that fit 62 bits are never boxed.
    pub BoxedInt = 1 { value: i64 }
    /// A float whose exponent has no immediate tag. Floats that have one are never boxed.
    pub BoxedFloat = 2 { value: f64 }
}

impl Heap {
    /// The integer as a value, boxed if it needs more than 62 bits.
    #[inline(always)]
    pub fn int(&mut self, i: i64) -> Value {
        if Value::fits_small(i) { Value::small_int(i) } else { self.boxed_int(i) }
    }

    #[cold]
    #[inline(never)]
    fn boxed_int(&mut self, i: i64) -> Value {
        let o: Obj = self.alloc(BoxedInt::TYPE);
        o.init(BoxedInt::value, i);
        o.into()
    }

    /// The float as a value, boxed if its exponent is rare.
    #[inline(always)]
    pub fn float(&mut self, f: f64) -> Value {
        match Value::immediate_float(f) {
            Some(v) => v,
            None => self.boxed_float(f),
        }
    }

    #[cold]
    #[inline(never)]
    fn boxed_float(&mut self, f: f64) -> Value {
        let o = self.alloc(BoxedFloat::TYPE);
        o.init(BoxedFloat::value, f);
        o.into()
    }
}
