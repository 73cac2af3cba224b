//! Floats as bits, for module `struct`; and tracebacks as text, for module `traceback`.

use crate::builtins::Args;
use crate::objects::class::Known;
use crate::objects::exception::raise;
use crate::objects::{float, int, str as string};
use crate::runtime::{PyVm, R};

crate::builtins! { MODULE:
    "float_bits" float_bits, 2, 2;
    "bits_float" bits_float, 2, 2;
}
crate::builtins! { ERRORS:
    "format" format, 1, 1;
}

fn float_bits(vm: &mut PyVm, a: Args) -> R {
    let f = match float::from_number(vm, a.pos[0]) {
        Some(f) => f?,
        None => 0.0,
    };
    let overflow = |vm: &mut PyVm| Err(raise(vm, Known::OverflowError, "float too large to pack with this format"));
    let bits = match int::small(a.pos[1]) {
        Some(4) => {
            let x = f as f32;
            if x.is_infinite() && f.is_finite() {
                return overflow(vm);
            }
            x.to_bits() as u64
        }
        Some(2) => match half(f) {
            Some(b) => b as u64,
            None => return overflow(vm),
        },
        _ => f.to_bits(),
    };
    Ok(int::from_big(vm, bits.into()))
}

/// IEEE half precision, rounded to even; `None` if too large.
fn half(f: f64) -> Option<u16> {
    let sign = if f.is_sign_negative() { 0x8000 } else { 0 };
    let a = f.abs();
    if a.is_nan() {
        return Some(sign | 0x7e00);
    }
    if a.is_infinite() {
        return Some(sign | 0x7c00);
    }
    let (_, e) = float::frexp(a);
    let e = (e - 1).max(-14);
    let m = (a * 2f64.powi(10 - e)).round_ties_even() as u32;
    let bits = (((e + 15) as u32) << 10) + m - 1024;
    let bits = if a < 2f64.powi(-14) { m } else { bits };
    if bits >= 0x7c00 { None } else { Some(sign | bits as u16) }
}

fn bits_float(vm: &mut PyVm, a: Args) -> R {
    let bits = int::big(a.pos[0]).and_then(|b| u64::try_from(&b).ok()).unwrap_or(0);
    let f = match int::small(a.pos[1]) {
        Some(4) => f32::from_bits(bits as u32) as f64,
        Some(2) => {
            let (e, m) = ((bits >> 10 & 31) as i32, (bits & 1023) as f64);
            let x = match e {
                0 => m * 2f64.powi(-24),
                31 if m == 0.0 => f64::INFINITY,
                31 => f64::NAN,
                _ => (1024.0 + m) * 2f64.powi(e - 25),
            };
            if bits & 0x8000 != 0 { -x } else { x }
        }
        _ => f64::from_bits(bits),
    };
    Ok(vm.core.heap.float(f))
}

fn format(vm: &mut PyVm, a: Args) -> R {
    let s = crate::traceback::format(vm, a.pos[0]);
    Ok(string::new_str(vm, &s))
}
