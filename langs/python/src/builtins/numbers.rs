//! Methods of `int` and `float`.

use super::{Args, add_methods};
use crate::objects::class::Known;
use crate::objects::exception::{raise, type_error, value_error};
use crate::objects::layouts::*;
use crate::objects::{float, int, new_tuple, ops, str as string, unwrap};
use crate::runtime::{PyVm, R};
use dashu_int::IBig;
use framework::Value;

crate::builtins! { INT:
    "bit_length" bit_length, 1, 1;
    "bit_count" bit_count, 1, 1;
    "conjugate" itself, 1, 1;
    "as_integer_ratio" int_ratio, 1, 1;
    "is_integer" always, 1, 1;
    "to_bytes" to_bytes, 1, 3, kw;
    "@from_bytes" from_bytes, 2, 3, kw;
    ".real" itself, 1, 1;
    ".imag" zero, 1, 1;
    ".numerator" itself, 1, 1;
    ".denominator" one, 1, 1;
}
crate::builtins! { FLOAT:
    "is_integer" is_integer, 1, 1;
    "conjugate" itself, 1, 1;
    "as_integer_ratio" float_ratio, 1, 1;
    "hex" hex, 1, 1;
    "@fromhex" fromhex, 2, 2;
    ".real" itself, 1, 1;
    ".imag" float_zero, 1, 1;
}

/// Gives the classes their methods.
pub fn install(vm: &mut PyVm) {
    for (k, table) in [(Known::Int, INT), (Known::Float, FLOAT)] {
        let class = vm.rt.class(k);
        add_methods(vm, class, table);
    }
}

fn bit_length(vm: &mut PyVm, a: Args) -> R {
    Ok(vm.core.heap.int(int::bit_length(a.pos[0]) as i64))
}
fn bit_count(_: &mut PyVm, a: Args) -> R {
    let s = int::to_radix(a.pos[0], 2);
    Ok(Value::small_int(s.bytes().filter(|b| *b == b'1').count() as i64))
}
fn itself(vm: &mut PyVm, a: Args) -> R {
    let v = unwrap(a.pos[0]);
    if v.float().is_some() { Ok(v) } else { ops::unary(vm, '+', v) }
}
fn zero(_: &mut PyVm, _: Args) -> R {
    Ok(Value::small_int(0))
}
fn one(_: &mut PyVm, _: Args) -> R {
    Ok(Value::small_int(1))
}
fn always(_: &mut PyVm, _: Args) -> R {
    Ok(TRUE)
}
fn float_zero(vm: &mut PyVm, _: Args) -> R {
    Ok(vm.core.heap.float(0.0))
}
fn int_ratio(vm: &mut PyVm, a: Args) -> R {
    let n = itself(vm, a)?;
    Ok(new_tuple(vm, &[n, Value::small_int(1)]))
}
fn byte_order(vm: &mut PyVm, v: Value) -> R<bool> {
    match string::as_str(v) {
        Some("big") => Ok(true),
        Some("little") => Ok(false),
        None if v == MISSING => Ok(true),
        _ => value_error(vm, "byteorder must be either 'little' or 'big'"),
    }
}
fn signed(vm: &mut PyVm, a: Args) -> R<bool> {
    match a.keyword("signed") {
        MISSING => Ok(false),
        v => ops::truth(vm, v),
    }
}
fn to_bytes(vm: &mut PyVm, a: Args) -> R {
    let (n, big, signed) = (int::small(a.named(1, "length")).unwrap_or(1), byte_order(vm, a.named(2, "byteorder"))?, signed(vm, a)?);
    let i = int::big(a.pos[0]).unwrap_or_default();
    if n < 0 {
        return value_error(vm, "length argument must be non-negative");
    }
    if i < IBig::ZERO && !signed {
        return Err(raise(vm, Known::OverflowError, "can't convert negative int to unsigned"));
    }
    let n = n as usize;
    let modulus = IBig::ONE << (8 * n);
    let fits = if signed {
        let half = if n == 0 { IBig::ZERO } else { IBig::ONE << (8 * n - 1) };
        (i >= -half.clone() && i < half) || i == IBig::ZERO
    } else {
        i < modulus
    };
    if !fits {
        return Err(raise(vm, Known::OverflowError, "int too big to convert"));
    }
    let u = if i < IBig::ZERO { i + modulus } else { i };
    let mut out = vec![0u8; n];
    let bytes = dashu_int::UBig::try_from(u).map(|u| u.to_le_bytes()).unwrap_or_default();
    out[..bytes.len().min(n)].copy_from_slice(&bytes[..bytes.len().min(n)]);
    if big {
        out.reverse();
    }
    Ok(super::bytes::new_bytes(vm, &out))
}
fn from_bytes(vm: &mut PyVm, a: Args) -> R {
    let mut b = super::bytes::construct(vm, Args { pos: &[a.named(1, "bytes")], kw: &[] })?;
    if byte_order(vm, a.named(2, "byteorder"))? {
        b.reverse();
    }
    let negative = signed(vm, a)? && b.last().is_some_and(|x| x & 0x80 != 0);
    let mut i = IBig::from(dashu_int::UBig::from_le_bytes(&b));
    if negative {
        i -= IBig::ONE << (8 * b.len());
    }
    let v = int::from_big(vm, i);
    if crate::objects::class::as_class(a.pos[0]).is_some_and(|c| !c.builtin) { crate::call::call(vm, a.pos[0], &[v]) } else { Ok(v) }
}

fn number(a: Args) -> f64 {
    unwrap(a.pos[0]).float().unwrap_or(0.0)
}
fn is_integer(_: &mut PyVm, a: Args) -> R {
    let f = number(a);
    Ok(bool_value(f.is_finite() && f == f.floor()))
}
fn float_ratio(vm: &mut PyVm, a: Args) -> R {
    let f = number(a);
    if f.is_nan() {
        return value_error(vm, "cannot convert NaN to integer ratio");
    }
    if f.is_infinite() {
        return Err(raise(vm, Known::OverflowError, "cannot convert Infinity to integer ratio"));
    }
    let (m, e) = float::frexp(f.abs());
    let mut n = (m * 2f64.powi(53)) as i64;
    let mut e = e - 53;
    while n != 0 && n % 2 == 0 && e < 0 {
        n /= 2;
        e += 1;
    }
    let n = IBig::from(if f < 0.0 { -n } else { n });
    let (p, q) = if n == IBig::ZERO {
        (n, IBig::ONE)
    } else if e >= 0 {
        (n << e as usize, IBig::ONE)
    } else {
        (n, IBig::ONE << (-e) as usize)
    };
    let (p, q) = (int::from_big(vm, p), int::from_big(vm, q));
    Ok(new_tuple(vm, &[p, q]))
}
fn hex(vm: &mut PyVm, a: Args) -> R {
    let f = number(a);
    if !f.is_finite() {
        return Ok(string::new_str(vm, &float::repr(f)));
    }
    let sign = if f.is_sign_negative() { "-" } else { "" };
    let bits = f.to_bits();
    let (e, m) = ((bits >> 52 & 0x7ff) as i64, bits & ((1 << 52) - 1));
    let (lead, e) = match (e, m) {
        (0, 0) => (0, 0),
        (0, _) => (0, -1022),
        (e, _) => (1, e - 1023),
    };
    let s = if f == 0.0 { format!("{sign}0x0.0p+0") } else { format!("{sign}0x{lead}.{m:013x}p{e:+}") };
    Ok(string::new_str(vm, &s))
}
fn fromhex(vm: &mut PyVm, a: Args) -> R {
    let Some(text) = string::as_str(a.pos[1]) else { return type_error(vm, "bad argument type for built-in operation") };
    let t = text.trim().to_ascii_lowercase();
    let (negative, u) = match t.strip_prefix('-') {
        Some(u) => (true, u),
        None => (false, t.strip_prefix('+').unwrap_or(&t)),
    };
    let f = if matches!(u, "inf" | "infinity") {
        Some(f64::INFINITY)
    } else if u == "nan" {
        Some(f64::NAN)
    } else {
        let u = u.strip_prefix("0x").unwrap_or(u);
        let (m, e) = u.split_once('p').unwrap_or((u, "0"));
        let (whole, rest) = m.split_once('.').unwrap_or((m, ""));
        let digits = format!("{whole}{rest}");
        match (IBig::from_str_radix(&digits, 16), e.parse::<i64>()) {
            (Ok(n), Ok(e)) if !digits.is_empty() => {
                let e = e - 4 * rest.len() as i64;
                int::scaled(&n, e)
            }
            _ => None,
        }
    };
    match f {
        Some(f) => Ok(vm.core.heap.float(if negative { -f } else { f })),
        None => value_error(vm, "invalid hexadecimal floating-point string"),
    }
}
