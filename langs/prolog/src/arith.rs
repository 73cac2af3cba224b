//! Arithmetic in clauses: integers and floats are generic code; whatever else is residual.

use crate::Prolog;
use crate::code::{Code, Expr, ExprId, Relation};
use crate::evaluate::{COMPARE_NUMBERS, EVALUATE, EVALUATE_BINARY, EVALUATE_UNARY};
use crate::terms::{ATOMIC, Big};
use crate::unify::deref;
use framework::heap::{BoxedFloat, BoxedInt};
use framework::{Float, Int, Raised, Val, World};

macro_rules! functions {
    ($kind:ident, $doc:literal, $( $name:ident $text:literal; )*) => {
        #[doc = $doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        #[allow(missing_docs)]
        pub enum $kind { $($name),* }
        impl $kind {
            /// All of them, in order of their numbers.
            pub const ALL: &'static [$kind] = &[$($kind::$name),*];
            /// The functor's name.
            pub fn name(self) -> &'static str { match self { $($kind::$name => $text),* } }
            /// By name.
            pub fn from_name(s: &str) -> Option<$kind> { match s { $($text => Some($kind::$name),)* _ => None } }
        }
    };
}

functions! { Binary, "Evaluable functors of two arguments.",
    Add "+"; Sub "-"; Mul "*"; Div "/"; IntDiv "//"; DivFloor "div"; Mod "mod"; Rem "rem"; Min "min"; Max "max"; Shl "<<"; Shr ">>"; And "/\\"; Or "\\/";
    Xor "xor"; Pow "**"; Caret "^"; Atan2 "atan2"; Atan "atan"; CopySign "copysign"; Gcd "gcd"; Lcm "lcm"; Log "log"; Truncate "truncate"; TDiv "tdiv"; CmpFlags "cmpflags";
}

functions! { Unary, "Evaluable functors of one argument.",
    Neg "-"; Plus "+"; Abs "abs"; Sign "sign"; Not "\\"; Sqrt "sqrt"; Sin "sin"; Cos "cos"; Tan "tan"; Asin "asin"; Acos "acos"; Atan "atan"; Exp "exp";
    Log "log"; Log2 "log2"; Sinh "sinh"; Cosh "cosh"; Tanh "tanh"; Asinh "asinh"; Acosh "acosh"; Atanh "atanh"; Float "float"; Integer "integer";
    Truncate "truncate"; Round "round"; Ceiling "ceiling"; Floor "floor"; FractionalPart "float_fractional_part"; IntegerPart "float_integer_part"; Msb "msb";
    Succ "succ"; Random "random"; RandomFloat "random_float"; Eval "eval";
}

/// A number while an expression is evaluated.
pub enum Num<W: World> {
    I(Int<W>),
    F(Float<W>),
    /// Any other.
    V(Val<W>),
}

/// The number as a value.
pub fn boxed<W: World<Lang = Prolog>>(w: &mut W, n: Num<W>) -> Val<W> {
    match n {
        Num::I(i) => w.from_int(i),
        Num::F(f) => w.from_float(f),
        Num::V(v) => v,
    }
}

fn unboxed<W: World<Lang = Prolog>>(w: &mut W, v: Val<W>) -> Num<W> {
    if w.is_int(v) {
        Num::I(w.to_int(v))
    } else if w.is_float(v) {
        Num::F(w.to_float(v))
    } else {
        Num::V(v)
    }
}

#[inline]
fn leaf<W: World<Lang = Prolog>>(w: &mut W, r: u32) -> Result<Num<W>, Raised> {
    let v = w.get(r);
    let t = deref(w, v);
    match t.tag {
        ATOMIC => {
            if w.is_int(t.v) {
                return Ok(Num::I(w.to_int(t.v)));
            }
            if w.is_float(t.v) {
                return Ok(Num::F(w.to_float(t.v)));
            }
        }
        BoxedInt::ID => return Ok(Num::I(w.to_int(t.v))),
        BoxedFloat::ID => return Ok(Num::F(w.to_float(t.v))),
        Big::ID => return Ok(Num::V(t.v)),
        _ => {}
    }
    let v = w.call_raising(&EVALUATE, (t.v,))?;
    Ok(unboxed(w, v))
}

/// Evaluates an expression.
#[inline]
pub fn evaluate<W: World<Lang = Prolog>>(w: &mut W, code: &Code, e: ExprId) -> Result<Num<W>, Raised> {
    match &code.exprs[e as usize] {
        Expr::Reg(r) => leaf(w, *r),
        Expr::Int(i) => Ok(Num::I(w.constant(*i))),
        _ => evaluate_inner(w, code, e),
    }
}

fn evaluate_inner<W: World<Lang = Prolog>>(w: &mut W, code: &Code, e: ExprId) -> Result<Num<W>, Raised> {
    match &code.exprs[e as usize] {
        Expr::Reg(r) => leaf(w, *r),
        Expr::Int(i) => Ok(Num::I(w.constant(*i))),
        Expr::Const(k) => {
            let v = w.constant(*k);
            Ok(unboxed(w, v))
        }
        Expr::Unary(op, a) => {
            let a = evaluate(w, code, *a)?;
            unary(w, *op, a)
        }
        Expr::Binary(op, a, b) => {
            let a = evaluate(w, code, *a)?;
            let b = evaluate(w, code, *b)?;
            binary(w, *op, a, b)
        }
    }
}

fn unary<W: World<Lang = Prolog>>(w: &mut W, op: Unary, a: Num<W>) -> Result<Num<W>, Raised> {
    match (op, &a) {
        (Unary::Plus, _) => return Ok(a),
        (Unary::Neg, Num::I(i)) => {
            let zero = w.constant(0i64);
            if let Some(n) = w.sub_ovf(zero, *i) {
                return Ok(Num::I(n));
            }
        }
        (Unary::Neg, Num::F(f)) => return Ok(Num::F(w.fneg(*f))),
        (Unary::Abs, Num::F(f)) => return Ok(Num::F(w.fabs(*f))),
        (Unary::Abs, Num::I(i)) => {
            let zero = w.constant(0i64);
            if !w.lt(*i, zero) {
                return Ok(a);
            }
            if let Some(n) = w.sub_ovf(zero, *i) {
                return Ok(Num::I(n));
            }
        }
        (Unary::Sqrt, Num::F(f)) => {
            let zero = w.constant(0.0);
            if w.fle(zero, *f) {
                return Ok(Num::F(w.fsqrt(*f)));
            }
        }
        (Unary::Float, Num::I(i)) => return Ok(Num::F(w.int_to_float(*i))),
        (Unary::Float, Num::F(_)) | (Unary::Integer | Unary::Truncate, Num::I(_)) => return Ok(a),
        (Unary::Truncate, Num::F(f)) => {
            if let Some(i) = w.float_to_int(*f) {
                return Ok(Num::I(i));
            }
        }
        (Unary::Not, Num::I(i)) => {
            let ones = w.constant(-1i64);
            return Ok(Num::I(w.xor(*i, ones)));
        }
        _ => {}
    }
    let v = boxed(w, a);
    let op = w.constant(op as i64);
    let r = w.call_raising(&EVALUATE_UNARY, (op, v))?;
    Ok(unboxed(w, r))
}

fn binary<W: World<Lang = Prolog>>(w: &mut W, op: Binary, a: Num<W>, b: Num<W>) -> Result<Num<W>, Raised> {
    let done = match (&a, &b) {
        (Num::I(x), Num::I(y)) => integers(w, op, *x, *y),
        (Num::F(x), Num::F(y)) => floats(w, op, *x, *y),
        (Num::F(x), Num::I(y)) => {
            let y = w.int_to_float(*y);
            floats(w, op, *x, y)
        }
        (Num::I(x), Num::F(y)) => {
            let x = w.int_to_float(*x);
            floats(w, op, x, *y)
        }
        _ => None,
    };
    if let Some(n) = done {
        return Ok(n);
    }
    let (a, b) = (boxed(w, a), boxed(w, b));
    let op = w.constant(op as i64);
    let r = w.call_raising(&EVALUATE_BINARY, (op, a, b))?;
    Ok(unboxed(w, r))
}

/// The common cases on integers; `None` leaves it to the residual function.
fn integers<W: World<Lang = Prolog>>(w: &mut W, op: Binary, x: Int<W>, y: Int<W>) -> Option<Num<W>> {
    use Binary::*;
    let i = match op {
        Add => w.add_ovf(x, y)?,
        Sub => w.sub_ovf(x, y)?,
        Mul => w.mul_ovf(x, y)?,
        And => w.and(x, y),
        Or => w.or(x, y),
        Xor => w.xor(x, y),
        Min => {
            if w.lt(y, x) {
                y
            } else {
                x
            }
        }
        Max => {
            if w.lt(x, y) {
                y
            } else {
                x
            }
        }
        IntDiv | Mod | Rem | DivFloor | Div => {
            // -1 is left out for the quotient of the smallest integer.
            if w.is(y, 0) || w.is(y, -1) {
                return None;
            }
            match op {
                IntDiv => w.div_trunc(x, y),
                Mod => w.mod_floor(x, y),
                Rem => w.rem_trunc(x, y),
                DivFloor => w.div_floor(x, y),
                _ => {
                    let r = w.rem_trunc(x, y);
                    if !w.is(r, 0) {
                        return None;
                    }
                    w.div_trunc(x, y)
                }
            }
        }
        Shr => {
            let n = w.constant(64i64);
            if !w.ult(y, n) {
                return None;
            }
            w.shr(x, y)
        }
        _ => return None,
    };
    Some(Num::I(i))
}

/// The common cases on floats. Results that are no finite numbers are errors, which the residual function raises.
fn floats<W: World<Lang = Prolog>>(w: &mut W, op: Binary, x: Float<W>, y: Float<W>) -> Option<Num<W>> {
    let f = match op {
        Binary::Add => w.fadd(x, y),
        Binary::Sub => w.fsub(x, y),
        Binary::Mul => w.fmul(x, y),
        Binary::Div => w.fdiv(x, y),
        _ => return None,
    };
    let (size, largest) = (w.fabs(f), w.constant(f64::MAX));
    if w.fle(size, largest) { Some(Num::F(f)) } else { None }
}

/// Compares two expressions.
#[inline]
pub fn compare<W: World<Lang = Prolog>>(w: &mut W, code: &Code, relation: Relation, a: ExprId, b: ExprId) -> Result<bool, Raised> {
    let a = evaluate(w, code, a)?;
    let b = evaluate(w, code, b)?;
    match (&a, &b) {
        (Num::I(x), Num::I(y)) => {
            let (x, y) = (*x, *y);
            Ok(match relation {
                Relation::Eq => w.eq(x, y),
                Relation::Ne => !w.eq(x, y),
                Relation::Lt => w.lt(x, y),
                Relation::Le => w.le(x, y),
                Relation::Gt => w.lt(y, x),
                Relation::Ge => w.le(y, x),
            })
        }
        (Num::F(x), Num::F(y)) => {
            let (x, y) = (*x, *y);
            Ok(match relation {
                Relation::Eq => w.feq(x, y),
                Relation::Ne => !w.feq(x, y),
                Relation::Lt => w.flt(x, y),
                Relation::Le => w.fle(x, y),
                Relation::Gt => w.flt(y, x),
                Relation::Ge => w.fle(y, x),
            })
        }
        _ => {
            let (a, b) = (boxed(w, a), boxed(w, b));
            let order = w.call(&COMPARE_NUMBERS, (a, b));
            // 2 means unordered.
            Ok(match relation {
                Relation::Eq => w.is(order, 0),
                Relation::Ne => !w.is(order, 0),
                Relation::Lt => w.is(order, -1),
                Relation::Gt => w.is(order, 1),
                Relation::Le => w.is(order, -1) || w.is(order, 0),
                Relation::Ge => w.is(order, 1) || w.is(order, 0),
            })
        }
    }
}
