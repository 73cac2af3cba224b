//! Floats: arithmetic as CPython's, shortest decimal form.

use super::class::Known;
use super::exception::raise;
use super::int;
use crate::bytecode::BinOp;
use crate::runtime::{PyVm, R};
use framework::Value;

/// The float of a float, int or bool.
pub fn from_number(vm: &mut PyVm, v: Value) -> Option<R<f64>> {
    if let Some(f) = v.float().or_else(|| super::payload(v.obj()?)?.float()) {
        return Some(Ok(f));
    }
    if int::is_integer(v) { Some(int::to_float(vm, v)) } else { None }
}

/// An operation on two floats.
pub fn binary(vm: &mut PyVm, op: BinOp, a: f64, b: f64) -> R {
    let r = match op {
        BinOp::Add => a + b,
        BinOp::Sub => a - b,
        BinOp::Mul => a * b,
        BinOp::TrueDiv | BinOp::FloorDiv | BinOp::Mod if b == 0.0 => {
            let text = match op {
                BinOp::TrueDiv => "division by zero",
                _ => "division by zero",
            };
            return Err(raise(vm, Known::ZeroDivisionError, text));
        }
        BinOp::TrueDiv => a / b,
        BinOp::FloorDiv => div_mod(a, b).0,
        BinOp::Mod => div_mod(a, b).1,
        BinOp::Pow => return pow(vm, a, b),
        _ => unreachable!("not a float operation"),
    };
    Ok(vm.core.heap.float(r))
}

/// Floor quotient and remainder with the divisor's sign, as CPython computes them.
pub fn div_mod(a: f64, b: f64) -> (f64, f64) {
    let mut m = a % b;
    let mut d = (a - m) / b;
    if m != 0.0 {
        if (b < 0.0) != (m < 0.0) {
            m += b;
            d -= 1.0;
        }
    } else {
        m = 0f64.copysign(b);
    }
    let q = if d != 0.0 {
        let q = d.floor();
        if d - q > 0.5 { q + 1.0 } else { q }
    } else {
        0f64.copysign(a / b)
    };
    (q, m)
}

/// `a ** b`.
pub fn pow(vm: &mut PyVm, a: f64, b: f64) -> R {
    if a == 0.0 && b < 0.0 {
        return Err(raise(vm, Known::ZeroDivisionError, "zero to a negative power"));
    }
    if a < 0.0 && a.is_finite() && b.is_finite() && b != b.floor() {
        return Err(raise(vm, Known::ValueError, "negative number cannot be raised to a fractional power: complex numbers are not supported"));
    }
    let r = libm_pow(a, b);
    if r.is_infinite() && a.is_finite() && b.is_finite() {
        return Err(raise(vm, Known::OverflowError, "(34, 'Numerical result out of range')"));
    }
    Ok(vm.core.heap.float(r))
}

unsafe extern "C" {
    #[link_name = "pow"]
    fn c_pow(a: f64, b: f64) -> f64;
}

/// The C library's `pow`, which CPython uses too: results agree to the last bit.
pub fn libm_pow(a: f64, b: f64) -> f64 {
    // SAFETY: a pure function of two floats.
    unsafe { c_pow(a, b) }
}

/// `repr` of a float: the shortest digits that read back the same.
pub fn repr(f: f64) -> String {
    if f.is_nan() {
        return "nan".into();
    }
    if f.is_infinite() {
        return if f > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let (negative, digits, exp) = shortest(f);
    let body = if (-4..16).contains(&exp) { positional(&digits, exp, true) } else { scientific(&digits, exp) };
    if negative { format!("-{body}") } else { body }
}

/// Sign, shortest digits (no trailing zeros) and the decimal exponent of the first digit.
pub fn shortest(f: f64) -> (bool, String, i32) {
    if f == 0.0 {
        return (f.is_sign_negative(), "0".into(), 0);
    }
    let mut buffer = zmij::Buffer::new();
    let s = buffer.format_finite(f.abs());
    let (mantissa, exp) = s.split_once(['e', 'E']).unwrap_or((s, "0"));
    let exp: i32 = exp.parse().unwrap_or(0);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let lead = all.len() - all.trim_start_matches('0').len();
    let digits = all[lead..].trim_end_matches('0');
    (f.is_sign_negative(), digits.to_string(), exp + whole.len() as i32 - 1 - lead as i32)
}

/// Digits written without an exponent.
pub fn positional(digits: &str, exp: i32, dot_zero: bool) -> String {
    if exp < 0 {
        return format!("0.{}{}", "0".repeat((-exp - 1) as usize), digits);
    }
    let n = exp as usize + 1;
    if digits.len() <= n {
        format!("{}{}{}", digits, "0".repeat(n - digits.len()), if dot_zero { ".0" } else { "" })
    } else {
        format!("{}.{}", &digits[..n], &digits[n..])
    }
}

/// Digits written with an exponent of at least two digits.
pub fn scientific(digits: &str, exp: i32) -> String {
    let sign = if exp < 0 { '-' } else { '+' };
    let rest = if digits.len() > 1 { format!(".{}", &digits[1..]) } else { String::new() };
    format!("{}{rest}e{sign}{:02}", &digits[..1], exp.abs())
}

/// Parses `float()`'s argument.
pub fn parse(s: &str) -> Option<f64> {
    let t = s.trim();
    let lower = t.to_ascii_lowercase();
    match lower.trim_start_matches(['+', '-']) {
        "inf" | "infinity" | "nan" => {
            if lower.len() - lower.trim_start_matches(['+', '-']).len() > 1 {
                return None;
            }
            let v = if lower.contains("nan") { f64::NAN } else { f64::INFINITY };
            return Some(if lower.starts_with('-') { -v } else { v });
        }
        _ => {}
    }
    if !t.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E' | b'_')) {
        return None;
    }
    if t.contains('_') {
        let b = t.as_bytes();
        let ok =
            b.iter().enumerate().all(|(i, c)| *c != b'_' || (i > 0 && b[i - 1].is_ascii_digit() && b.get(i + 1).is_some_and(|d| d.is_ascii_digit())));
        if !ok {
            return None;
        }
        return t.replace('_', "").parse().ok();
    }
    t.parse().ok()
}

/// CPython's hash of a float: equal to that of an equal integer.
pub fn hash(f: f64) -> i64 {
    if f.is_nan() {
        return 0;
    }
    if f.is_infinite() {
        return if f > 0.0 { 314159 } else { -314159 };
    }
    const M: u64 = (1 << 61) - 1;
    let (mut m, mut e) = frexp(f.abs());
    let mut x: u64 = 0;
    while m != 0.0 {
        x = ((x << 28) & M) | (x >> (61 - 28));
        m *= 268_435_456.0;
        e -= 28;
        let y = m as u64;
        m -= y as f64;
        x += y;
        if x >= M {
            x -= M;
        }
    }
    let e = e.rem_euclid(61);
    let x = ((x << e) & M) | (x >> (61 - e) as u32);
    let h = if f < 0.0 { -(x as i64) } else { x as i64 };
    if h == -1 { -2 } else { h }
}

/// Mantissa in [0.5, 1) and exponent of a non-negative float.
pub fn frexp(f: f64) -> (f64, i32) {
    if f == 0.0 || !f.is_finite() {
        return (f, 0);
    }
    let (f, extra) = if f.abs() < f64::MIN_POSITIVE { (f * 2f64.powi(64), -64) } else { (f, 0) };
    let bits = f.to_bits();
    let e = ((bits >> 52) & 0x7ff) as i32 - 1022;
    (f64::from_bits((bits & !(0x7ff << 52)) | (1022 << 52)), e + extra)
}
