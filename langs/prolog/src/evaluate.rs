//! Arithmetic in full: big integers, all functions, errors, expressions only known at run time.

use crate::arith::{Binary, Unary};
use crate::builtins::need_room;
use crate::errors::{self, Error};
use crate::runtime::Machine as Vm;
use crate::symbols::{atoms, is_atom};
use crate::terms::{View, big, cell, functor_of, new_big, view};
use dashu_int::ops::{Abs, BitTest, DivRem, DivRemEuclid, Gcd, RemEuclid};
use dashu_int::{IBig, UBig};
use framework::{RAISED, Value, residual};
use std::cmp::Ordering;

/// A number of any kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    Int(i64),
    Big(IBig),
    Float(f64),
}
use Number::*;

/// The number a value is, if it is one.
pub fn number(v: Value) -> Option<Number> {
    match view(v) {
        View::Int(i) => Some(Int(i)),
        View::Big(o) => Some(Big(big(o))),
        View::Float(f) => Some(Float(f)),
        _ => None,
    }
}

impl Number {
    /// As a term.
    pub fn value(self, vm: &mut Vm) -> Value {
        let heap = &mut vm.core.heap;
        match self {
            Int(i) => heap.int(i),
            Big(i) => new_big(heap, &i),
            Float(f) => heap.float(f),
        }
    }
    fn big(&self) -> Option<IBig> {
        match self {
            Int(i) => Some(IBig::from(*i)),
            Big(i) => Some(i.clone()),
            Float(_) => None,
        }
    }
    fn normal(i: IBig) -> Number {
        match i64::try_from(&i) {
            Ok(i) => Int(i),
            Err(_) => Big(i),
        }
    }
    /// As a float; too large integers are an error.
    pub fn float(&self) -> Result<f64, Error> {
        match self {
            Int(i) => Ok(*i as f64),
            Float(f) => Ok(*f),
            Big(i) => check(big_to_float(i)),
        }
    }
}

/// The nearest float.
pub fn big_to_float(i: &IBig) -> f64 {
    i.to_f64().value()
}

fn check(f: f64) -> Result<f64, Error> {
    if f.is_finite() {
        Ok(f)
    } else if f.is_nan() {
        Err(Error::Evaluation("undefined"))
    } else {
        Err(Error::Evaluation("float_overflow"))
    }
}

/// Compares numbers by value; `None` with NaN.
pub fn compare(a: &Number, b: &Number) -> Option<Ordering> {
    match (a, b) {
        (Int(x), Int(y)) => Some(x.cmp(y)),
        (Float(x), Float(y)) => x.partial_cmp(y),
        (Float(x), _) => compare_to_float(b, *x).map(Ordering::reverse),
        (_, Float(y)) => compare_to_float(a, *y),
        (Big(x), Big(y)) => Some(x.cmp(y)),
        (Big(x), Int(y)) => Some(x.cmp(&(*y).into())),
        (Int(x), Big(y)) => Some(IBig::from(*x).cmp(y)),
    }
}

fn compare_to_float(a: &Number, f: f64) -> Option<Ordering> {
    if f.is_nan() {
        return None;
    }
    if f.is_infinite() {
        return Some(if f > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let whole = IBig::try_from(f.trunc()).ok()?;
    Some(a.big()?.cmp(&whole).then_with(|| 0.0.partial_cmp(&f.fract()).unwrap_or(Ordering::Equal)))
}

fn integer(n: Number, vm: &mut Vm) -> Result<IBig, Error> {
    match n {
        Float(_) => Err(Error::Type("integer", n.value(vm))),
        Int(i) => Ok(i.into()),
        Big(i) => Ok(i),
    }
}

fn float_to_integer(f: f64, vm: &mut Vm) -> Result<Number, Error> {
    if let Some(i) = framework::arith::float_to_int(f) {
        return Ok(Int(i));
    }
    match IBig::try_from(f) {
        Ok(i) => Ok(Number::normal(i)),
        Err(_) => Err(Error::Type("integer", vm.core.heap.float(f))),
    }
}

/// Applies a function of one argument.
pub fn unary(vm: &mut Vm, op: Unary, a: Number) -> Result<Number, Error> {
    use Unary::*;
    let float = |f: f64| check(f).map(Number::Float);
    Ok(match op {
        Plus | Eval => a,
        Neg => match a {
            Int(i) => i.checked_neg().map_or_else(|| Big(-IBig::from(i)), Int),
            Big(i) => Number::normal(-i),
            Number::Float(f) => Number::Float(-f),
        },
        Abs => match a {
            Int(i) => i.checked_abs().map_or_else(|| Big(-IBig::from(i)), Int),
            Big(i) => Big(i.abs()),
            Number::Float(f) => Number::Float(f.abs()),
        },
        Sign => match a {
            Int(i) => Int(i.signum()),
            Big(i) => Int(if i < IBig::ZERO { -1 } else { 1 }),
            Number::Float(f) => Number::Float(if f == 0.0 || f.is_nan() { f } else { f.signum() }),
        },
        Not => Number::normal(!integer(a, vm)?),
        Succ => Number::normal(integer(a, vm)? + 1),
        Msb => {
            let i = integer(a.clone(), vm)?;
            if i <= IBig::ZERO {
                return Err(Error::Type("not_less_than_one", a.value(vm)));
            }
            Int(i.bit_len() as i64 - 1)
        }
        Unary::Float => Number::Float(a.float()?),
        Integer => match a {
            Number::Float(f) => float_to_integer(f.round(), vm)?,
            _ => a,
        },
        Unary::Truncate | Round | Ceiling | Floor => match a {
            Number::Float(f) => float_to_integer(
                match op {
                    Unary::Truncate => f.trunc(),
                    Round => f.round(),
                    Ceiling => f.ceil(),
                    _ => f.floor(),
                },
                vm,
            )?,
            _ => a,
        },
        FractionalPart => match a {
            Number::Float(f) => Number::Float(f.fract()),
            _ => Int(0),
        },
        IntegerPart => match a {
            Number::Float(f) => Number::Float(f.trunc()),
            _ => a,
        },
        Sqrt => {
            let f = a.float()?;
            if f < 0.0 {
                return Err(Error::Evaluation("undefined"));
            }
            Number::Float(f.sqrt())
        }
        Unary::Log | Log2 => {
            let f = a.float()?;
            if f == 0.0 && matches!(a, Int(_)) || f <= 0.0 {
                return Err(Error::Evaluation("undefined"));
            }
            Number::Float(if op == Unary::Log { f.ln() } else { f.log2() })
        }
        Sin => float(a.float()?.sin())?,
        Cos => float(a.float()?.cos())?,
        Tan => float(a.float()?.tan())?,
        Asin => float(a.float()?.asin())?,
        Acos => float(a.float()?.acos())?,
        Unary::Atan => float(a.float()?.atan())?,
        Exp => float(a.float()?.exp())?,
        Sinh => float(a.float()?.sinh())?,
        Cosh => float(a.float()?.cosh())?,
        Tanh => float(a.float()?.tanh())?,
        Asinh => float(a.float()?.asinh())?,
        Acosh => float(a.float()?.acosh())?,
        Atanh => float(a.float()?.atanh())?,
        Random => {
            let n = integer(a, vm)?;
            let r = vm.rt.random();
            Number::normal(IBig::from(r).rem_euclid(n.max(IBig::ONE)).into())
        }
        RandomFloat => Number::Float(vm.rt.random() as f64 / u64::MAX as f64),
    })
}

/// Applies a function of two arguments.
pub fn binary(vm: &mut Vm, op: Binary, a: Number, b: Number) -> Result<Number, Error> {
    use Binary::*;
    let floats = matches!(a, Number::Float(_)) || matches!(b, Number::Float(_));
    match op {
        Add | Sub | Mul if floats => {
            let (x, y) = (a.float()?, b.float()?);
            return check(match op {
                Add => x + y,
                Sub => x - y,
                _ => x * y,
            })
            .map(Float);
        }
        Div if floats => {
            let (x, y) = (a.float()?, b.float()?);
            return if y == 0.0 {
                Err(if x == 0.0 { Error::Evaluation("undefined") } else { Error::Evaluation("zero_divisor") })
            } else {
                check(x / y).map(Float)
            };
        }
        Min | Max => {
            let less = match compare(&a, &b) {
                Some(Ordering::Less) => true,
                // Of an integer and a float that are equal, the float.
                Some(Ordering::Equal) => return Ok(if matches!(a, Number::Float(_)) { a } else { b }),
                _ => false,
            };
            return Ok(if less == (op == Min) { a } else { b });
        }
        Pow | Caret if floats => {
            let (x, y) = (a.float()?, b.float()?);
            if x == 0.0 && y < 0.0 {
                return Err(Error::Evaluation("zero_divisor"));
            }
            return check(x.powf(y)).map(Float);
        }
        Pow if b.big().is_some_and(|y| y < IBig::ZERO) && !a.big().is_some_and(|x| x.clone().abs() <= IBig::ONE) => {
            return check(a.float()?.powf(b.float()?)).map(Float);
        }
        Pow | Caret => return power(vm, a, b),
        Atan2 | Binary::Atan => return check(a.float()?.atan2(b.float()?)).map(Float),
        CopySign => return Ok(Float(a.float()?.copysign(b.float()?))),
        Binary::Log => {
            let (x, y) = (a.float()?, b.float()?);
            return if x <= 0.0 || y <= 0.0 { Err(Error::Evaluation("undefined")) } else { check(y.ln() / x.ln()).map(Float) };
        }
        Binary::Truncate => return unary(vm, Unary::Truncate, a),
        _ => {}
    }
    let (x, y) = (integer(a, vm)?, integer(b, vm)?);
    // Sum, product, quotient, and what large products take on the way.
    need_room(vm, 8 * (x.bit_len() + y.bit_len()))?;
    let zero = y == IBig::ZERO;
    if zero && matches!(op, Div | IntDiv | DivFloor | Mod | Rem | TDiv) {
        return Err(Error::Evaluation("zero_divisor"));
    }
    Ok(Number::normal(match op {
        Add => x + y,
        Sub => x - y,
        Mul => x * y,
        Div => {
            let (q, r) = (&x).div_rem(&y);
            if r != IBig::ZERO {
                return quotient(&x, &y).map(Float);
            }
            q
        }
        IntDiv | TDiv => x / y,
        Rem => x % y,
        DivFloor => div_mod_floor(&x, &y).0,
        Mod => div_mod_floor(&x, &y).1,
        And => x & y,
        Or => x | y,
        Xor => x ^ y,
        Shl | Shr => {
            let left = (op == Shl) == (y >= IBig::ZERO);
            let n = usize::try_from(&y.clone().abs()).unwrap_or(usize::MAX);
            if !left {
                x >> n.min(1 << 40)
            } else if x == IBig::ZERO {
                x
            } else {
                need_room(vm, n / 4)?;
                x << n
            }
        }
        Binary::Gcd => IBig::from(x.gcd(y)),
        Lcm => {
            if x == IBig::ZERO || zero {
                IBig::ZERO
            } else {
                let g = IBig::from((&x).gcd(&y));
                (x / g * y).abs()
            }
        }
        CmpFlags => IBig::ZERO,
        _ => IBig::ZERO,
    }))
}

/// The quotient as the nearest float, also if the integers themselves are too large for floats.
fn quotient(x: &IBig, y: &IBig) -> Result<f64, Error> {
    let (fx, fy) = (big_to_float(x), big_to_float(y));
    if fx.is_finite() && fy.is_finite() {
        return check(fx / fy);
    }
    let shift = x.bit_len().max(y.bit_len()).saturating_sub(1000);
    check(big_to_float(&(x >> shift)) / big_to_float(&(y >> shift)))
}

fn div_mod_floor(x: &IBig, y: &IBig) -> (IBig, IBig) {
    let (q, r) = x.div_rem_euclid(y);
    let r = IBig::from(r);
    if r != IBig::ZERO && *y < IBig::ZERO { (q - 1, r + y) } else { (q, r) }
}

fn power(vm: &mut Vm, a: Number, b: Number) -> Result<Number, Error> {
    let (x, y) = (a.big().unwrap_or_default(), b.big().unwrap_or_default());
    if y < IBig::ZERO {
        return match i64::try_from(&x) {
            Ok(1) => Ok(Int(1)),
            Ok(-1) => Ok(Int(if y.bit(0) { -1 } else { 1 })),
            Ok(0) => Err(Error::Evaluation("zero_divisor")),
            _ => Err(Error::Type("float", a.value(vm))),
        };
    }
    match i64::try_from(&x) {
        Ok(0) => return Ok(Int((y == IBig::ZERO) as i64)),
        Ok(1) => return Ok(Int(1)),
        Ok(-1) => return Ok(Int(if y.bit(0) { -1 } else { 1 })),
        _ => {}
    }
    match usize::try_from(&y) {
        Ok(n) => {
            need_room(vm, x.bit_len().saturating_mul(n).saturating_mul(8))?;
            Ok(Number::normal(x.pow(n)))
        }
        _ => Err(Error::Resource("memory")),
    }
}

fn constant(vm: &mut Vm, name: &str) -> Option<Number> {
    Some(match name {
        "pi" => Float(std::f64::consts::PI),
        "e" => Float(std::f64::consts::E),
        "inf" | "infinite" => Float(f64::INFINITY),
        "nan" => Float(f64::NAN),
        "epsilon" => Float(f64::EPSILON),
        "max_tagged_integer" => Int(framework::value::SMALL_MAX),
        "min_tagged_integer" => Int(framework::value::SMALL_MIN),
        "max_integer" => Int(i64::MAX),
        "min_integer" => Int(i64::MIN),
        "random" => Int((vm.rt.random() >> 8) as i64),
        "random_float" => Float(vm.rt.random() as f64 / u64::MAX as f64),
        "cputime" => Float(crate::builtins::system::cpu_time()),
        "realtime" => Int(crate::builtins::system::wall_time() as i64),
        "max_tagged" => return None,
        _ => return None,
    })
}

/// Evaluates a term.
pub fn eval(vm: &mut Vm, v: Value) -> Result<Number, Error> {
    enum Work {
        Eval(Value),
        Unary(Unary),
        Binary(Binary),
    }
    // The values are all parts of `v`, or references to its cells that are looked at before the next allocation.
    let mut work = vec![Work::Eval(v)];
    let mut done: Vec<Number> = vec![];
    let mut patience = crate::structural::Patience::default();
    while let Some(item) = work.pop() {
        if patience.is_lost() && !crate::structural::is_acyclic(v) {
            return Err(Error::Type("acyclic_term", v));
        }
        match item {
            Work::Unary(op) => {
                let a = done.pop().unwrap_or(Int(0));
                done.push(unary(vm, op, a)?);
            }
            Work::Binary(op) => {
                let b = done.pop().unwrap_or(Int(0));
                let a = done.pop().unwrap_or(Int(0));
                done.push(binary(vm, op, a, b)?);
            }
            Work::Eval(v) => match view(v) {
                View::Int(i) => done.push(Int(i)),
                View::Float(f) => done.push(Float(f)),
                View::Big(o) => done.push(Big(big(o))),
                View::Unbound(_) => return Err(Error::Instantiation),
                View::Atom(a) => {
                    let name = vm.rt.shared.symbols.name(a);
                    match constant(vm, &name) {
                        Some(n) => done.push(n),
                        None => return Err(errors::evaluable(vm, a, 0)),
                    }
                }
                View::Str(o) => {
                    let mut chars = crate::terms::string_text(o).chars();
                    match (chars.next(), chars.next()) {
                        (Some(c), None) => done.push(Int(c as i64)),
                        _ => return Err(Error::Type("character", v)),
                    }
                }
                View::Cons(o) => {
                    // `[X]` evaluates to X.
                    let tail = cell(&mut vm.core.heap, o, 1);
                    if view(tail) != View::Atom(atoms::NIL) {
                        return Err(Error::Type("evaluable", v));
                    }
                    work.push(Work::Eval(cell(&mut vm.core.heap, o, 0)));
                }
                View::Struct(o) => {
                    let (name, arity) = functor_of(&vm.rt.shared.symbols, o);
                    let text = vm.rt.shared.symbols.name(name);
                    match arity {
                        1 => match Unary::from_name(&text) {
                            Some(op) => work.push(Work::Unary(op)),
                            None => return Err(errors::evaluable(vm, name, arity)),
                        },
                        2 => match Binary::from_name(&text) {
                            Some(op) => work.push(Work::Binary(op)),
                            None => return Err(errors::evaluable(vm, name, arity)),
                        },
                        _ => return Err(errors::evaluable(vm, name, arity)),
                    }
                    for i in (0..arity).rev() {
                        if let View::Unbound(_) = crate::terms::view_at(o, crate::terms::STRUCT_ARGS + 8 * i) {
                            return Err(Error::Instantiation);
                        }
                        work.push(Work::Eval(cell(&mut vm.core.heap, o, i)));
                    }
                }
                View::Other(_) => return Err(Error::Type("evaluable", v)),
            },
        }
    }
    Ok(done.pop().unwrap_or(Int(0)))
}

fn finish(vm: &mut Vm, r: Result<Number, Error>) -> Value {
    match r {
        Ok(n) => n.value(vm),
        Err(e) => {
            errors::raise(vm, e, None);
            RAISED
        }
    }
}

residual! {
    /// Evaluates a term.
    pub fn EVALUATE[Any](vm: &mut Vm, v: Value) -> Value {
        let r = eval(vm, v);
        finish(vm, r)
    }
    /// Applies a function of one argument to a number.
    pub fn EVALUATE_UNARY[Any](vm: &mut Vm, op: i64, a: Value) -> Value {
        let op = Unary::ALL[op as usize];
        let r = unary(vm, op, number(a).unwrap_or(Int(0)));
        finish(vm, r)
    }
    /// Applies a function of two arguments to numbers.
    pub fn EVALUATE_BINARY[Any](vm: &mut Vm, op: i64, a: Value, b: Value) -> Value {
        let op = Binary::ALL[op as usize];
        let r = binary(vm, op, number(a).unwrap_or(Int(0)), number(b).unwrap_or(Int(0)));
        finish(vm, r)
    }
    /// -1, 0, 1, or 2 if unordered.
    pub fn COMPARE_NUMBERS[Pure](vm: &mut Vm, a: Value, b: Value) -> i64 {
        match (number(a), number(b)) {
            (Some(a), Some(b)) => compare(&a, &b).map_or(2, |o| o as i64),
            _ => 2,
        }
    }
}

/// Is the atom's name that of a number-valued constant?
pub fn is_evaluable_atom(vm: &mut Vm, v: Value) -> bool {
    is_atom(v) && {
        let name = vm.rt.shared.symbols.name(v);
        constant(vm, &name).is_some()
    }
}

/// The magnitude, for formatting.
pub fn magnitude(i: &IBig) -> UBig {
    i.clone().into_parts().1
}
