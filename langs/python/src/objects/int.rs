//! Integers of any size. Those of 64 bits are the framework's; larger ones are `BigInt` objects, always normalised.

use super::as_type;
use super::layouts::*;
use crate::bytecode::BinOp;
use crate::objects::class::Known;
use crate::objects::exception::raise;
use crate::runtime::{PyVm, R};
use dashu_int::IBig;
use dashu_int::ops::{BitTest, DivRemEuclid};
use framework::Value;
use std::cmp::Ordering;

/// An integer value.
pub fn from_big(vm: &mut PyVm, i: IBig) -> Value {
    match i64::try_from(&i) {
        Ok(i) => vm.core.heap.int(i),
        Err(_) => {
            let o = vm.core.heap.alloc(BigInt::TYPE);
            o.init(BigInt::ptr, Box::into_raw(Box::new(i)) as i64);
            o.into()
        }
    }
}

/// The big integer of a `BigInt` object.
pub fn as_big<'a>(v: Value) -> Option<&'a IBig> {
    // SAFETY: `ptr` came from `Box::into_raw`, and is freed only when the object dies.
    as_type(v, BigInt::TYPE).map(|o| unsafe { &*(o.get(BigInt::ptr) as *const IBig) })
}

/// The integer of an int or bool, if it fits 64 bits.
pub fn small(v: Value) -> Option<i64> {
    match v {
        TRUE => Some(1),
        FALSE => Some(0),
        _ => v.int().or_else(|| super::payload(v.obj()?)?.int()),
    }
}

/// The integer of an int or bool, if it fits 128 bits.
fn medium(v: Value) -> Option<i128> {
    match small(v) {
        Some(i) => Some(i as i128),
        None => i128::try_from(as_big(v)?).ok(),
    }
}

/// The integer of an int or bool.
pub fn big(v: Value) -> Option<IBig> {
    small(v).map(IBig::from).or_else(|| as_big(v).cloned())
}

/// Is it an int or bool?
pub fn is_integer(v: Value) -> bool {
    small(v).is_some() || as_big(v).is_some()
}

/// An operation on two ints or bools.
pub fn binary(vm: &mut PyVm, op: BinOp, a: Value, b: Value) -> R {
    if let (Some(x), Some(y)) = (small(a), small(b)) {
        let fast = match op {
            BinOp::Add => x.checked_add(y),
            BinOp::Sub => x.checked_sub(y),
            BinOp::Mul => x.checked_mul(y),
            BinOp::And => Some(x & y),
            BinOp::Or => Some(x | y),
            BinOp::Xor => Some(x ^ y),
            BinOp::RShift if y >= 0 => Some(x >> y.min(63)),
            BinOp::FloorDiv if y != 0 && y != -1 => Some(framework::arith::div_floor(x, y)),
            BinOp::Mod if y != 0 => Some(framework::arith::mod_floor(x, y)),
            _ => None,
        };
        if let Some(i) = fast {
            if matches!(op, BinOp::And | BinOp::Or | BinOp::Xor) && a.int().is_none() && b.int().is_none() {
                return Ok(bool_value(i != 0));
            }
            return Ok(vm.core.heap.int(i));
        }
    }
    if let (Some(x), Some(y)) = (medium(a), medium(b)) {
        let fast = match op {
            BinOp::Add => x.checked_add(y),
            BinOp::Sub => x.checked_sub(y),
            BinOp::Mul => x.checked_mul(y),
            BinOp::And => Some(x & y),
            BinOp::Or => Some(x | y),
            BinOp::Xor => Some(x ^ y),
            BinOp::LShift if (0..64).contains(&y) && i64::try_from(x).is_ok() => Some(x << y),
            BinOp::RShift if y >= 0 => Some(x >> y.min(127)),
            BinOp::FloorDiv if y > 0 => Some(x.div_euclid(y)),
            BinOp::Mod if y > 0 => Some(x.rem_euclid(y)),
            _ => None,
        };
        if let Some(i) = fast {
            return Ok(match i64::try_from(i) {
                Ok(i) => vm.core.heap.int(i),
                Err(_) => from_big(vm, IBig::from(i)),
            });
        }
    }
    let (Some(x), Some(y)) = (big(a), big(b)) else { unreachable!("both are integers") };
    // Sum, product, quotient, and what large products take on the way.
    crate::objects::need_room(vm, 512 * (x.as_sign_words().1.len() + y.as_sign_words().1.len()))?;
    let zero = y == IBig::ZERO;
    let r = match op {
        BinOp::Add => x + y,
        BinOp::Sub => x - y,
        BinOp::Mul => x * y,
        BinOp::And => x & y,
        BinOp::Or => x | y,
        BinOp::Xor => x ^ y,
        BinOp::FloorDiv | BinOp::Mod if zero => {
            return Err(raise(
                vm,
                Known::ZeroDivisionError,
                if op == BinOp::Mod { "integer modulo by zero" } else { "integer division or modulo by zero" },
            ));
        }
        BinOp::FloorDiv => div_mod(&x, &y).0,
        BinOp::Mod => div_mod(&x, &y).1,
        BinOp::TrueDiv if zero => return Err(raise(vm, Known::ZeroDivisionError, "division by zero")),
        BinOp::TrueDiv => {
            return match true_div(&x, &y) {
                Some(f) => Ok(vm.core.heap.float(f)),
                None => Err(raise(vm, Known::OverflowError, "integer division result too large for a float")),
            };
        }
        BinOp::Pow => return pow(vm, a, b, x, y),
        BinOp::LShift | BinOp::RShift => {
            if y < IBig::ZERO {
                return Err(raise(vm, Known::ValueError, "negative shift count"));
            }
            let n = usize::try_from(&y).unwrap_or(usize::MAX);
            if op == BinOp::RShift {
                if n > x.as_sign_words().1.len() * 64 { if x < IBig::ZERO { IBig::NEG_ONE } else { IBig::ZERO } } else { x >> n }
            } else if x == IBig::ZERO {
                x
            } else if n == usize::MAX {
                return Err(raise(vm, Known::OverflowError, "too many digits in integer"));
            } else {
                crate::objects::need_room(vm, n / 4)?;
                x << n
            }
        }
        BinOp::MatMul => unreachable!("ints have no @"),
    };
    Ok(from_big(vm, r))
}

/// Quotient rounded down and remainder of the divisor's sign.
pub fn div_mod(x: &IBig, y: &IBig) -> (IBig, IBig) {
    let (q, r) = x.clone().div_rem_euclid(y.clone());
    let r = IBig::from(r);
    // Euclid's remainder is never negative; Python's has the sign of the divisor.
    if *y < IBig::ZERO && r != IBig::ZERO { (q - IBig::ONE, r + y) } else { (q, r) }
}

fn true_div(x: &IBig, y: &IBig) -> Option<f64> {
    if let (Ok(a), Ok(b)) = (i64::try_from(x), i64::try_from(y))
        && a.unsigned_abs() <= 1 << 53
        && b.unsigned_abs() <= 1 << 53
    {
        return Some(a as f64 / b as f64);
    }
    if *x == IBig::ZERO {
        return Some(0.0);
    }
    // Scale so that the quotient has at least 66 significant bits, keep a sticky bit, and let the conversion round once.
    let negative = (*x < IBig::ZERO) != (*y < IBig::ZERO);
    let (a, b) = (abs(x), abs(y));
    let shift = 66 - (a.bit_len() as i64 - b.bit_len() as i64);
    let (n, d) = if shift > 0 { (a << shift as usize, b) } else { (a, b << (-shift) as usize) };
    let (q, r) = n.div_rem_euclid(d);
    let q = (q << 1usize) | IBig::from((IBig::from(r) != IBig::ZERO) as u8);
    scale(&q, -shift - 1).map(|f| if negative { -f } else { f })
}

/// `q * 2**exp` rounded once to a float, `q` positive; `None` if too large.
fn scale(q: &IBig, exp: i64) -> Option<f64> {
    let bits = q.bit_len() as i64;
    let top = bits + exp;
    if top > 1024 {
        return None;
    }
    // Bits that a float of this size keeps: fewer for subnormal numbers.
    let keep = 53.min(top + 1074);
    if keep < 0 {
        return Some(0.0);
    }
    let drop = (bits - keep).max(0) as usize;
    let mut m = q.clone() >> drop;
    if drop > 0 {
        let rest = q.clone() - (m.clone() << drop);
        let half = IBig::ONE << (drop - 1);
        let odd = m.bit(0);
        if rest > half || (rest == half && odd) {
            m += IBig::ONE;
        }
    }
    let m = u64::try_from(&m).ok()? as f64;
    let e = exp + drop as i64;
    let f = if e >= -1000 {
        m * 2f64.powi(e.min(1000) as i32) * 2f64.powi((e - e.min(1000)) as i32)
    } else {
        m * 2f64.powi(-1000) * 2f64.powi((e + 1000) as i32)
    };
    if f.is_infinite() { None } else { Some(f) }
}

fn abs(x: &IBig) -> IBig {
    if *x < IBig::ZERO { -x.clone() } else { x.clone() }
}

fn pow(vm: &mut PyVm, a: Value, b: Value, x: IBig, y: IBig) -> R {
    if y < IBig::ZERO {
        let (fx, fy) = (to_float(vm, a)?, to_float(vm, b)?);
        return crate::objects::float::pow(vm, fx, fy);
    }
    if x == IBig::ZERO || x == IBig::ONE {
        return Ok(from_big(vm, if y == IBig::ZERO { IBig::ONE } else { x }));
    }
    let n = usize::try_from(&y).unwrap_or(usize::MAX);
    if x == IBig::NEG_ONE {
        return Ok(from_big(vm, if y.bit(0) { x } else { IBig::ONE }));
    }
    crate::objects::need_room(vm, n.saturating_mul(x.bit_len()).saturating_mul(8))?;
    Ok(from_big(vm, x.pow(n)))
}

/// `x ** y % m`, with Python's signs.
pub fn pow_mod(vm: &mut PyVm, x: IBig, y: IBig, m: IBig) -> R {
    if m == IBig::ZERO {
        return Err(raise(vm, Known::ValueError, "pow() 3rd argument cannot be 0"));
    }
    let (mut base, mut e) = (div_mod(&x, &m).1, y);
    if e < IBig::ZERO {
        base = match inverse(&base, &m) {
            Some(i) => i,
            None => return Err(raise(vm, Known::ValueError, "base is not invertible for the given modulus")),
        };
        e = -e;
    }
    let mut result = div_mod(&IBig::ONE, &m).1;
    for i in (0..e.bit_len()).rev() {
        result = div_mod(&(&result * &result), &m).1;
        if e.bit(i) {
            result = div_mod(&(&result * &base), &m).1;
        }
    }
    Ok(from_big(vm, result))
}

fn inverse(a: &IBig, m: &IBig) -> Option<IBig> {
    let (mut r0, mut r1, mut s0, mut s1) = (abs(m), div_mod(a, &abs(m)).1, IBig::ZERO, IBig::ONE);
    while r1 != IBig::ZERO {
        let (q, r) = div_mod(&r0, &r1);
        (r0, r1) = (r1, r);
        let s = &s0 - &q * &s1;
        (s0, s1) = (s1, s);
    }
    if r0 == IBig::ONE { Some(div_mod(&s0, m).1) } else { None }
}

/// The float nearest to an int or bool.
pub fn to_float(vm: &mut PyVm, v: Value) -> R<f64> {
    if let Some(i) = small(v) {
        return Ok(i as f64);
    }
    let Some(i) = as_big(v) else { unreachable!("an integer") };
    match scale(&abs(i), 0) {
        Some(f) => Ok(if *i < IBig::ZERO { -f } else { f }),
        None => Err(raise(vm, Known::OverflowError, "int too large to convert to float")),
    }
}

/// The integer part of a finite float.
pub fn from_float(vm: &mut PyVm, f: f64) -> R {
    if let Some(i) = framework::arith::float_to_int(f) {
        return Ok(vm.core.heap.int(i));
    }
    if f.is_nan() {
        return Err(raise(vm, Known::ValueError, "cannot convert float NaN to integer"));
    }
    if f.is_infinite() {
        return Err(raise(vm, Known::OverflowError, "cannot convert float infinity to integer"));
    }
    Ok(from_big(vm, big_from_float(f)))
}

/// The integer part of a finite float.
pub fn big_from_float(f: f64) -> IBig {
    let bits = f.to_bits();
    let e = ((bits >> 52) & 0x7ff) as i64 - 1075;
    if e < -1074 {
        return IBig::ZERO;
    }
    let m = IBig::from((bits & ((1 << 52) - 1)) | (1 << 52));
    let m = if e >= 0 { m << e as usize } else { m >> ((-e) as usize) };
    if f < 0.0 { -m } else { m }
}

/// Order of two ints or bools.
pub fn compare(a: Value, b: Value) -> Ordering {
    match (small(a), small(b)) {
        (Some(x), Some(y)) => x.cmp(&y),
        // A big one is normalised: its sign tells.
        (Some(_), None) => as_big(b).map_or(Ordering::Equal, |b| IBig::ZERO.cmp(b)),
        (None, Some(_)) => as_big(a).map_or(Ordering::Equal, |a| a.cmp(&IBig::ZERO)),
        (None, None) => as_big(a).cmp(&as_big(b)),
    }
}

/// Order of an int and a float; `None` if the float is NaN.
pub fn compare_float(a: Value, f: f64) -> Option<Ordering> {
    if f.is_nan() {
        return None;
    }
    if f.is_infinite() {
        return Some(if f > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    if let Some(i) = small(a)
        && i.unsigned_abs() < 1 << 53
    {
        return (i as f64).partial_cmp(&f);
    }
    let whole = big_from_float(f);
    let a = big(a)?;
    Some(a.cmp(&whole).then_with(|| 0.0f64.partial_cmp(&(f - f.trunc())).unwrap_or(Ordering::Equal)))
}

/// CPython's hash of an integer: modulo 2**61 - 1.
pub fn hash(v: Value) -> i64 {
    const M: i64 = (1 << 61) - 1;
    let h = match small(v) {
        Some(i) => i % M,
        None => {
            let i = big(v).unwrap_or_default();
            let r = i64::try_from(abs(&i) % IBig::from(M)).unwrap_or(0);
            if i < IBig::ZERO { -r } else { r }
        }
    };
    if h == -1 { -2 } else { h }
}

/// Parses the text of an int literal or `int()` argument in a base (0: by prefix). Underscores and surrounding space allowed.
pub fn parse(s: &str, base: u32) -> Option<IBig> {
    let s = s.trim();
    let (negative, s) = match s.as_bytes().first()? {
        b'-' => (true, &s[1..]),
        b'+' => (false, &s[1..]),
        _ => (false, s),
    };
    let lower = s.to_ascii_lowercase();
    let prefix = |p: &str| lower.strip_prefix(p).map(|r| r.strip_prefix('_').unwrap_or(r));
    let (base, digits) = match base {
        0 | 16 if prefix("0x").is_some() => (16, prefix("0x")?),
        0 | 8 if prefix("0o").is_some() => (8, prefix("0o")?),
        0 | 2 if prefix("0b").is_some() => (2, prefix("0b")?),
        0 if lower.starts_with('0') && lower.bytes().any(|b| b != b'0' && b != b'_') => return None,
        0 => (10, lower.as_str()),
        b => (b, lower.as_str()),
    };
    if digits.is_empty() || digits.starts_with('_') || digits.ends_with('_') || digits.contains("__") {
        return None;
    }
    let digits: String = digits.chars().filter(|c| *c != '_').map(|c| c.to_digit(36).map_or(c, |d| char::from_digit(d, 36).unwrap_or(c))).collect();
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let i = IBig::from_str_radix(&digits, base).ok()?;
    Some(if negative { -i } else { i })
}

/// Digits of an integer in a base, with a minus sign if negative.
pub fn to_radix(v: Value, base: u32) -> String {
    match small(v) {
        Some(i) if base == 10 => i.to_string(),
        _ => big(v).unwrap_or_default().in_radix(base as u8).to_string(),
    }
}

/// Number of bits of the absolute value.
pub fn bit_length(v: Value) -> usize {
    abs(&big(v).unwrap_or_default()).bit_len()
}

/// Rounded to a multiple of `10**digits`, half to even.
pub fn round(vm: &mut PyVm, v: Value, digits: u64) -> R {
    if digits > 100_000 {
        return Ok(vm.core.heap.int(0));
    }
    let (i, p) = (big(v).unwrap_or_default(), IBig::from(10).pow(digits as usize));
    let (q, r) = div_mod(&i, &p);
    let twice = r * IBig::from(2);
    let up = twice > p || (twice == p && q.bit(0));
    let q = if up { q + IBig::ONE } else { q };
    Ok(from_big(vm, q * p))
}

/// `n * 2**exp` as a float; `None` if too large.
pub fn scaled(n: &IBig, exp: i64) -> Option<f64> {
    if *n == IBig::ZERO { Some(0.0) } else { scale(n, exp) }
}
