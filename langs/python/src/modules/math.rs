//! `math`.

use crate::builtins::Args;
use crate::bytecode::BinOp;
use crate::names;
use crate::objects::class::Known;
use crate::objects::exception::{raise, type_error, value_error};
use crate::objects::layouts::*;
use crate::objects::module::Module;
use crate::objects::{attr, float, int, iter, list, new_tuple, ops, type_name};
use crate::perm::P;
use crate::runtime::{PyVm, R, set_module_var};
use dashu_int::IBig;
use dashu_int::ops::{Gcd, SquareRoot};
use framework::Value;

/// Functions of one float.
macro_rules! floats {
    ($($name:literal $f:ident $body:expr;)*) => {
        $( fn $f(vm: &mut PyVm, a: Args) -> R { one(vm, a, $body) } )*
        crate::builtins! { FLOATS: $( $name $f, 1, 1; )* }
    };
}
unsafe extern "C" {
    #[link_name = "erf"]
    fn c_erf(x: f64) -> f64;
    #[link_name = "erfc"]
    fn c_erfc(x: f64) -> f64;
    #[link_name = "lgamma"]
    fn c_lgamma(x: f64) -> f64;
    #[link_name = "tgamma"]
    fn c_tgamma(x: f64) -> f64;
    #[link_name = "log1p"]
    fn c_log1p(x: f64) -> f64;
    #[link_name = "expm1"]
    fn c_expm1(x: f64) -> f64;
    #[link_name = "nextafter"]
    fn c_nextafter(x: f64, y: f64) -> f64;
    #[link_name = "remainder"]
    fn c_remainder(x: f64, y: f64) -> f64;
    #[link_name = "fmod"]
    fn c_fmod(x: f64, y: f64) -> f64;
}
macro_rules! c {
    ($f:ident) => {
        // SAFETY: a pure function of the C library.
        |x: f64| unsafe { $f(x) }
    };
}
floats! {
    "sin" sin f64::sin;
    "cos" cos f64::cos;
    "tan" tan f64::tan;
    "asin" asin f64::asin;
    "acos" acos f64::acos;
    "atan" atan f64::atan;
    "sinh" sinh f64::sinh;
    "cosh" cosh f64::cosh;
    "tanh" tanh f64::tanh;
    "asinh" asinh f64::asinh;
    "acosh" acosh f64::acosh;
    "atanh" atanh f64::atanh;
    "exp" exp f64::exp;
    "exp2" exp2 f64::exp2;
    "expm1" expm1 c!(c_expm1);
    "log1p" log1p c!(c_log1p);
    "cbrt" cbrt f64::cbrt;
    "erf" erf c!(c_erf);
    "erfc" erfc c!(c_erfc);
    "gamma" gamma c!(c_tgamma);
    "lgamma" lgamma c!(c_lgamma);
    "fabs" fabs f64::abs;
    "degrees" degrees |x: f64| x * (180.0 / std::f64::consts::PI);
    "radians" radians |x: f64| x * (std::f64::consts::PI / 180.0);
}
crate::builtins! { FUNCTIONS:
    "sqrt" sqrt, 1, 1;
    "floor" floor, 1, 1;
    "ceil" ceil, 1, 1;
    "trunc" trunc, 1, 1;
    "log" log, 1, 2;
    "log2" log2, 1, 1;
    "log10" log10, 1, 1;
    "pow" pow, 2, 2;
    "fmod" fmod, 2, 2;
    "remainder" remainder, 2, 2;
    "modf" modf, 1, 1;
    "frexp" frexp, 1, 1;
    "ldexp" ldexp, 2, 2;
    "atan2" atan2, 2, 2;
    "copysign" copysign, 2, 2;
    "nextafter" nextafter, 2, 2;
    "ulp" ulp, 1, 1;
    "hypot" hypot, 0, usize::MAX;
    "dist" dist, 2, 2;
    "fma" fma, 3, 3;
    "isnan" isnan, 1, 1;
    "isinf" isinf, 1, 1;
    "isfinite" isfinite, 1, 1;
    "isclose" isclose, 2, 2, kw;
    "gcd" gcd, 0, usize::MAX;
    "lcm" lcm, 0, usize::MAX;
    "factorial" factorial, 1, 1;
    "comb" comb, 2, 2;
    "perm" perm, 1, 2;
    "isqrt" isqrt, 1, 1;
    "fsum" fsum, 1, 1;
    "prod" prod, 1, 1, kw;
    "sumprod" sumprod, 2, 2;
}

pub fn install(vm: &mut PyVm, m: P<Module>) {
    super::define(vm, m, FUNCTIONS);
    super::define(vm, m, FLOATS);
    use std::f64::consts;
    for (n, f) in [("pi", consts::PI), ("e", consts::E), ("tau", consts::TAU), ("inf", f64::INFINITY), ("nan", f64::NAN)] {
        let v = vm.core.heap.float(f);
        set_module_var(vm, m, n, v);
    }
}

fn number(vm: &mut PyVm, v: Value) -> R<f64> {
    if let Some(f) = float::from_number(vm, v) {
        return f;
    }
    for n in [names::FLOAT, names::INDEX] {
        if let Some(r) = attr::call_special(vm, v, n, &[])?
            && let Some(f) = float::from_number(vm, r)
        {
            return f;
        }
    }
    let t = type_name(vm, v);
    type_error(vm, &format!("must be real number, not {t}"))
}
fn domain<T>(vm: &mut PyVm) -> R<T> {
    value_error(vm, "math domain error")
}
fn overflow<T>(vm: &mut PyVm) -> R<T> {
    Err(raise(vm, Known::OverflowError, "math range error"))
}
/// A function of one float: a NaN of a number is a domain error, an infinity of a finite one out of range (or a pole).
fn one(vm: &mut PyVm, a: Args, f: impl Fn(f64) -> f64) -> R {
    let x = number(vm, a.pos[0])?;
    let r = f(x);
    if r.is_nan() && !x.is_nan() {
        return domain(vm);
    }
    if r.is_infinite() && x.is_finite() {
        return if x <= 0.0 || x == 1.0 { domain(vm) } else { overflow(vm) };
    }
    Ok(vm.core.heap.float(r))
}
fn two(vm: &mut PyVm, a: Args, f: impl Fn(f64, f64) -> f64) -> R {
    let (x, y) = (number(vm, a.pos[0])?, number(vm, a.pos[1])?);
    let r = f(x, y);
    if r.is_nan() && !x.is_nan() && !y.is_nan() {
        return domain(vm);
    }
    if r.is_infinite() && x.is_finite() && y.is_finite() {
        return overflow(vm);
    }
    Ok(vm.core.heap.float(r))
}
fn sqrt(vm: &mut PyVm, a: Args) -> R {
    let f = number(vm, a.pos[0])?;
    if f < 0.0 {
        return domain(vm);
    }
    Ok(vm.core.heap.float(f.sqrt()))
}
fn whole(vm: &mut PyVm, a: Args, method: names::Name, f: fn(f64) -> f64) -> R {
    let v = crate::objects::unwrap(a.pos[0]);
    if int::is_integer(v) {
        return ops::unary(vm, '+', v);
    }
    if v.float().is_none()
        && let Some(r) = attr::call_special(vm, v, method, &[])?
    {
        return Ok(r);
    }
    let x = number(vm, v)?;
    int::from_float(vm, f(x))
}
fn floor(vm: &mut PyVm, a: Args) -> R {
    whole(vm, a, names::FLOOR, f64::floor)
}
fn ceil(vm: &mut PyVm, a: Args) -> R {
    whole(vm, a, names::CEIL, f64::ceil)
}
fn trunc(vm: &mut PyVm, a: Args) -> R {
    whole(vm, a, names::TRUNC, f64::trunc)
}
/// A logarithm; integers too large for floats are scaled down.
fn logarithm(vm: &mut PyVm, v: Value, f: fn(f64) -> f64) -> R<f64> {
    if let Some(b) = int::as_big(v) {
        if *b <= IBig::ZERO {
            return domain(vm);
        }
        let bits = int::bit_length(v) as i64;
        let top = int::scaled(b, -(bits - 60)).unwrap_or(1.0);
        return Ok(f(top) + (bits - 60) as f64 * f(2.0));
    }
    let x = number(vm, v)?;
    if x <= 0.0 {
        return domain(vm);
    }
    Ok(f(x))
}
fn log(vm: &mut PyVm, a: Args) -> R {
    let x = logarithm(vm, a.pos[0], f64::ln)?;
    if a.pos.len() == 1 {
        return Ok(vm.core.heap.float(x));
    }
    let b = logarithm(vm, a.pos[1], f64::ln)?;
    if b == 0.0 {
        return Err(raise(vm, Known::ZeroDivisionError, "division by zero"));
    }
    Ok(vm.core.heap.float(x / b))
}
fn log2(vm: &mut PyVm, a: Args) -> R {
    let x = logarithm(vm, a.pos[0], f64::log2)?;
    Ok(vm.core.heap.float(x))
}
fn log10(vm: &mut PyVm, a: Args) -> R {
    let x = logarithm(vm, a.pos[0], f64::log10)?;
    Ok(vm.core.heap.float(x))
}
fn pow(vm: &mut PyVm, a: Args) -> R {
    let (x, y) = (number(vm, a.pos[0])?, number(vm, a.pos[1])?);
    if x == 0.0 && y < 0.0 && y.is_finite() {
        return domain(vm);
    }
    two(vm, a, float::libm_pow)
}
fn fmod(vm: &mut PyVm, a: Args) -> R {
    // SAFETY: a pure function of the C library.
    two(vm, a, |x, y| unsafe { c_fmod(x, y) })
}
fn remainder(vm: &mut PyVm, a: Args) -> R {
    // SAFETY: a pure function of the C library.
    two(vm, a, |x, y| unsafe { c_remainder(x, y) })
}
fn atan2(vm: &mut PyVm, a: Args) -> R {
    two(vm, a, f64::atan2)
}
fn copysign(vm: &mut PyVm, a: Args) -> R {
    two(vm, a, f64::copysign)
}
fn nextafter(vm: &mut PyVm, a: Args) -> R {
    let (x, y) = (number(vm, a.pos[0])?, number(vm, a.pos[1])?);
    // SAFETY: a pure function of the C library.
    Ok(vm.core.heap.float(unsafe { c_nextafter(x, y) }))
}
fn ulp(vm: &mut PyVm, a: Args) -> R {
    let x = number(vm, a.pos[0])?.abs();
    // SAFETY: a pure function of the C library.
    let up = unsafe { c_nextafter(x, f64::INFINITY) };
    // SAFETY: as above.
    let r = if !x.is_finite() {
        x
    } else if up.is_infinite() {
        x - unsafe { c_nextafter(x, 0.0) }
    } else {
        up - x
    };
    Ok(vm.core.heap.float(r))
}
fn modf(vm: &mut PyVm, a: Args) -> R {
    let x = number(vm, a.pos[0])?;
    let (f, i) = if x.is_infinite() { (0f64.copysign(x), x) } else { ((x - x.trunc()).copysign(x), x.trunc()) };
    let (f, i) = (vm.core.heap.float(f), vm.core.heap.float(i));
    Ok(new_tuple(vm, &[f, i]))
}
fn frexp(vm: &mut PyVm, a: Args) -> R {
    let x = number(vm, a.pos[0])?;
    let (m, e) = float::frexp(x.abs());
    let m = vm.core.heap.float(m.copysign(x));
    Ok(new_tuple(vm, &[m, Value::small_int(e as i64)]))
}
fn ldexp(vm: &mut PyVm, a: Args) -> R {
    let (x, e) = (number(vm, a.pos[0])?, ops::index_of(vm, a.pos[1])?.unwrap_or(0));
    if x == 0.0 || !x.is_finite() {
        return Ok(vm.core.heap.float(x));
    }
    let (m, own) = float::frexp(x.abs());
    let n = IBig::from((m * 2f64.powi(53)) as i64);
    match int::scaled(&n, e.clamp(-1 << 40, 1 << 40) + own as i64 - 53) {
        Some(f) => Ok(vm.core.heap.float(f.copysign(x))),
        None => overflow(vm),
    }
}
fn norm(values: &[f64]) -> f64 {
    if values.iter().any(|v| v.is_infinite()) {
        return f64::INFINITY;
    }
    match values {
        [] => 0.0,
        [x] => x.abs(),
        [x, y] => x.hypot(*y),
        _ => {
            let top = values.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
            if top == 0.0 || top.is_nan() { top } else { top * values.iter().map(|v| (v / top) * (v / top)).sum::<f64>().sqrt() }
        }
    }
}
fn hypot(vm: &mut PyVm, a: Args) -> R {
    let mut values = vec![];
    for v in a.pos {
        values.push(number(vm, *v)?);
    }
    Ok(vm.core.heap.float(norm(&values)))
}
fn dist(vm: &mut PyVm, a: Args) -> R {
    let (p, q) = (iter::to_list(vm, a.pos[0])?, iter::to_list(vm, a.pos[1])?);
    if list::size(p) != list::size(q) {
        return value_error(vm, "both points must have the same number of dimensions");
    }
    let mut values = vec![];
    for i in 0..list::size(p) {
        values.push(number(vm, list::items(p)[i])? - number(vm, list::items(q)[i])?);
    }
    Ok(vm.core.heap.float(norm(&values)))
}
fn fma(vm: &mut PyVm, a: Args) -> R {
    let (x, y, z) = (number(vm, a.pos[0])?, number(vm, a.pos[1])?, number(vm, a.pos[2])?);
    Ok(vm.core.heap.float(x.mul_add(y, z)))
}
fn isnan(vm: &mut PyVm, a: Args) -> R {
    number(vm, a.pos[0]).map(|f| bool_value(f.is_nan()))
}
fn isinf(vm: &mut PyVm, a: Args) -> R {
    number(vm, a.pos[0]).map(|f| bool_value(f.is_infinite()))
}
fn isfinite(vm: &mut PyVm, a: Args) -> R {
    number(vm, a.pos[0]).map(|f| bool_value(f.is_finite()))
}
fn isclose(vm: &mut PyVm, a: Args) -> R {
    let (x, y) = (number(vm, a.pos[0])?, number(vm, a.pos[1])?);
    let mut part = |name: &str, default: f64| match a.keyword(name) {
        MISSING => Ok(default),
        v => number(vm, v),
    };
    let (rel, abs) = (part("rel_tol", 1e-9)?, part("abs_tol", 0.0)?);
    if rel < 0.0 || abs < 0.0 {
        return value_error(vm, "tolerances must be non-negative");
    }
    let close = x == y || (x.is_finite() && y.is_finite() && ((x - y).abs() <= rel * x.abs().max(y.abs()) || (x - y).abs() <= abs));
    Ok(bool_value(close))
}
fn integer(vm: &mut PyVm, v: Value) -> R<IBig> {
    if let Some(i) = int::big(v) {
        return Ok(i);
    }
    if let Some(r) = attr::call_special(vm, v, names::INDEX, &[])?
        && let Some(i) = int::big(r)
    {
        return Ok(i);
    }
    let t = type_name(vm, v);
    type_error(vm, &format!("'{t}' object cannot be interpreted as an integer"))
}
fn greatest(x: &IBig, y: &IBig) -> IBig {
    if *x == IBig::ZERO && *y == IBig::ZERO { IBig::ZERO } else { x.clone().gcd(y.clone()).into() }
}
fn absolute(x: IBig) -> IBig {
    if x < IBig::ZERO { -x } else { x }
}
fn gcd(vm: &mut PyVm, a: Args) -> R {
    let mut g = IBig::ZERO;
    for v in a.pos {
        let i = integer(vm, *v)?;
        g = greatest(&g, &i);
    }
    Ok(int::from_big(vm, g))
}
fn lcm(vm: &mut PyVm, a: Args) -> R {
    let mut l = IBig::ONE;
    for v in a.pos {
        let i = absolute(integer(vm, *v)?);
        let g = greatest(&l, &i);
        l = if g == IBig::ZERO { IBig::ZERO } else { l / &g * i };
    }
    Ok(int::from_big(vm, l))
}
/// The product of `from..=to`, by halves.
fn product(from: u64, to: u64) -> IBig {
    if from > to {
        return IBig::ONE;
    }
    if to - from < 8 {
        return (from..=to).fold(IBig::ONE, |p, i| p * IBig::from(i));
    }
    let mid = from + (to - from) / 2;
    product(from, mid) * product(mid + 1, to)
}
fn natural(vm: &mut PyVm, v: Value, what: &str) -> R<u64> {
    let i = integer(vm, v)?;
    if i < IBig::ZERO {
        return value_error(vm, what);
    }
    u64::try_from(&i).or_else(|_| Err(raise(vm, Known::OverflowError, "argument should not exceed 2**63 - 1")))
}
fn factorial(vm: &mut PyVm, a: Args) -> R {
    let n = natural(vm, a.pos[0], "factorial() not defined for negative values")?;
    Ok(int::from_big(vm, product(1, n)))
}
fn comb(vm: &mut PyVm, a: Args) -> R {
    let n = natural(vm, a.pos[0], "n must be a non-negative integer")?;
    let k = natural(vm, a.pos[1], "k must be a non-negative integer")?;
    if k > n {
        return Ok(Value::small_int(0));
    }
    let k = k.min(n - k);
    Ok(int::from_big(vm, product(n - k + 1, n) / product(1, k)))
}
fn perm(vm: &mut PyVm, a: Args) -> R {
    let n = natural(vm, a.pos[0], "n must be a non-negative integer")?;
    let k = match a.get(1) {
        MISSING | NONE => n,
        k => natural(vm, k, "k must be a non-negative integer")?,
    };
    if k > n {
        return Ok(Value::small_int(0));
    }
    Ok(int::from_big(vm, product(n - k + 1, n)))
}
fn isqrt(vm: &mut PyVm, a: Args) -> R {
    let i = integer(vm, a.pos[0])?;
    if i < IBig::ZERO {
        return value_error(vm, "isqrt() argument must be nonnegative");
    }
    let u = dashu_int::UBig::try_from(i).unwrap_or_default();
    Ok(int::from_big(vm, u.sqrt().into()))
}
/// Shewchuk's exact sum: partial sums that do not overlap.
fn exact_sum(values: impl Iterator<Item = f64>) -> f64 {
    let (mut partials, mut special): (Vec<f64>, f64) = (vec![], 0.0);
    for mut x in values {
        if !x.is_finite() {
            special += x;
            continue;
        }
        let mut kept = 0;
        for j in 0..partials.len() {
            let mut y = partials[j];
            if x.abs() < y.abs() {
                std::mem::swap(&mut x, &mut y);
            }
            let hi = x + y;
            let lo = y - (hi - x);
            if lo != 0.0 {
                partials[kept] = lo;
                kept += 1;
            }
            x = hi;
        }
        partials.truncate(kept);
        partials.push(x);
    }
    if special != 0.0 || special.is_nan() {
        return special;
    }
    // Summed from the top, rounded once.
    let Some(mut hi) = partials.pop() else { return 0.0 };
    let mut lo = 0.0;
    while let Some(y) = partials.pop() {
        let x = hi;
        hi = x + y;
        lo = y - (hi - x);
        if lo != 0.0 {
            break;
        }
    }
    if let Some(next) = partials.last()
        && ((lo < 0.0 && *next < 0.0) || (lo > 0.0 && *next > 0.0))
    {
        let y = lo * 2.0;
        let x = hi + y;
        if y == x - hi {
            hi = x;
        }
    }
    hi
}
fn fsum(vm: &mut PyVm, a: Args) -> R {
    let l = iter::to_list(vm, a.pos[0])?;
    let mut values = vec![];
    for i in 0..list::size(l) {
        values.push(number(vm, list::items(l)[i])?);
    }
    Ok(vm.core.heap.float(exact_sum(values.into_iter())))
}
fn prod(vm: &mut PyVm, a: Args) -> R {
    let it = iter::get_iter(vm, a.pos[0])?;
    let mut r = match a.keyword("start") {
        MISSING => Value::small_int(1),
        v => v,
    };
    while let Some(v) = iter::next(vm, it)? {
        r = ops::binary(vm, BinOp::Mul, false, r, v)?;
    }
    Ok(r)
}
fn sumprod(vm: &mut PyVm, a: Args) -> R {
    let (p, q) = (iter::to_list(vm, a.pos[0])?, iter::to_list(vm, a.pos[1])?);
    if list::size(p) != list::size(q) {
        return value_error(vm, "Inputs are not the same length");
    }
    let mut r = Value::small_int(0);
    for i in 0..list::size(p) {
        let x = ops::binary(vm, BinOp::Mul, false, list::items(p)[i], list::items(q)[i])?;
        r = ops::binary(vm, BinOp::Add, false, r, x)?;
    }
    Ok(r)
}
