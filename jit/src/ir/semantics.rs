//! What pure operations and guards compute, on raw words: shared by constant folding and the evaluator.

use super::Op;
use framework::arith;
use framework::{Ty, Value};

/// Result of a pure operation on constant words, or `None` if it needs memory or may not be computed now
/// (`Slot`, `Len`, boxing that would allocate, a zero divisor).
pub fn pure(op: Op, a: u64, b: u64) -> Option<u64> {
    let (ia, ib) = (a as i64, b as i64);
    let (fa, fb) = (f64::from_bits(a), f64::from_bits(b));
    Some(match op {
        Op::IntAdd => ia.wrapping_add(ib) as u64,
        Op::IntSub => ia.wrapping_sub(ib) as u64,
        Op::IntMul => ia.wrapping_mul(ib) as u64,
        Op::IntDivFloor | Op::IntModFloor | Op::IntDivTrunc | Op::IntRemTrunc if ib == 0 => return None,
        Op::IntDivFloor => arith::div_floor(ia, ib) as u64,
        Op::IntModFloor => arith::mod_floor(ia, ib) as u64,
        Op::IntDivTrunc => ia.wrapping_div(ib) as u64,
        Op::IntRemTrunc => ia.wrapping_rem(ib) as u64,
        Op::IntAnd => a & b,
        Op::IntOr => a | b,
        Op::IntXor => a ^ b,
        Op::IntShl => ia.wrapping_shl(b as u32) as u64,
        Op::IntShr => ia.wrapping_shr(b as u32) as u64,
        Op::FloatAdd => (fa + fb).to_bits(),
        Op::FloatSub => (fa - fb).to_bits(),
        Op::FloatMul => (fa * fb).to_bits(),
        Op::FloatDiv => (fa / fb).to_bits(),
        Op::FloatNeg => (-fa).to_bits(),
        Op::FloatAbs => fa.abs().to_bits(),
        Op::FloatSqrt => fa.sqrt().to_bits(),
        Op::IntToFloat => (ia as f64).to_bits(),
        Op::UnboxInt => Value(a).as_small_int() as u64,
        Op::UnboxFloat => Value(a).as_immediate_float().to_bits(),
        Op::ToObj | Op::FromObj => a,
        Op::BoxInt if Value::fits_small(ia) => Value::small_int(ia).0,
        Op::BoxFloat => Value::immediate_float(fa)?.0,
        _ => return None,
    })
}

/// Outcome of a guard on constant words: whether its condition holds, and the result it gives if it does. `None` for guards on the VM's state or on memory.
pub fn guard(op: Op, a: u64, b: u64) -> Option<(bool, u64)> {
    let (ia, ib) = (a as i64, b as i64);
    let (fa, fb) = (f64::from_bits(a), f64::from_bits(b));
    let checked = |r: Option<i64>| (r.is_some(), r.unwrap_or(0) as u64);
    Some(match op {
        Op::IntAddOvf => checked(ia.checked_add(ib)),
        Op::IntSubOvf => checked(ia.checked_sub(ib)),
        Op::IntMulOvf => checked(ia.checked_mul(ib)),
        Op::FloatToInt => checked(arith::float_to_int(fa)),
        Op::IntEq => (ia == ib, 0),
        Op::IntLt => (ia < ib, 0),
        Op::IntLe => (ia <= ib, 0),
        Op::IntUlt => (a < b, 0),
        Op::FloatEq => (fa == fb, 0),
        Op::FloatLt => (fa < fb, 0),
        Op::FloatLe => (fa <= fb, 0),
        Op::IsSmallInt => (Value(a).is_small_int(), 0),
        Op::IsFloat => (Value(a).is_immediate_float(), 0),
        Op::IsObj => (Value(a).is_obj(), 0),
        Op::Same => (a == b, 0),
        _ => return None,
    })
}

/// What a word of a type is to a program: a number for boxed numbers (boxing may be repeated, and the box may be dead by the time it is compared),
/// else the word. Two words are the same to it if these are equal.
pub fn identity(ty: Ty, word: u64) -> (u8, u64) {
    let float = |f: f64| (2, if f.is_nan() { f64::NAN.to_bits() } else { f.to_bits() });
    match ty {
        Ty::Int => (1, word),
        Ty::Float => float(f64::from_bits(word)),
        Ty::Value | Ty::Ref => match (Value(word).int(), Value(word).float()) {
            (Some(i), _) => (1, i as u64),
            (_, Some(f)) => float(f),
            _ => (0, word),
        },
    }
}
