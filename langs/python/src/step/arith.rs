//! Arithmetic, comparisons, subscripts.

use super::{Res, call, residual};
use crate::bytecode::{BinOp, CmpOp};
use crate::objects::layouts::*;
use crate::objects::ops::{BINARY_NAMES, COMPARE_NAMES, reflected_first};
use crate::runtime::Python;
use framework::{Float, Flow, RAISED, Val, World};

/// Both operands as floats, if they are floats or one is and the other an int.
#[inline(always)]
fn floats<W: World<Lang = Python>>(w: &mut W, x: Val<W>, y: Val<W>) -> Option<(Float<W>, Float<W>)> {
    if w.is_float(x) {
        let a = w.to_float(x);
        if w.is_float(y) {
            let b = w.to_float(y);
            return Some((a, b));
        }
        if w.is_int(y) {
            let b = w.to_int(y);
            let b = w.int_to_float(b);
            return Some((a, b));
        }
    } else if w.is_int(x) && w.is_float(y) {
        let a = w.to_int(x);
        let (a, b) = (w.int_to_float(a), w.to_float(y));
        return Some((a, b));
    }
    None
}

/// The same if an int that becomes a float stays the number it is: Python compares the numbers.
#[inline(always)]
fn exact_floats<W: World<Lang = Python>>(w: &mut W, x: Val<W>, y: Val<W>) -> Option<(Float<W>, Float<W>)> {
    if w.is_float(x) {
        let a = w.to_float(x);
        let b = if w.is_float(y) { w.to_float(y) } else { exact_float(w, y)? };
        return Some((a, b));
    }
    if w.is_float(y) {
        return Some((exact_float(w, x)?, w.to_float(y)));
    }
    None
}

fn exact_float<W: World<Lang = Python>>(w: &mut W, x: Val<W>) -> Option<Float<W>> {
    const MOST: i64 = 1 << f64::MANTISSA_DIGITS;
    if !w.is_int(x) {
        return None;
    }
    let i = w.to_int(x);
    let (least, most) = (w.constant(-MOST), w.constant(MOST));
    (w.le(least, i) && w.le(i, most)).then(|| w.int_to_float(i))
}

macro_rules! arithmetic {
    ($($name:ident $int:ident $float:ident;)*) => { $(
        #[inline(always)]
        pub fn $name<W: World<Lang = Python>>(w: &mut W, x: Val<W>, y: Val<W>) -> Option<Val<W>> {
            if w.is_int(x) && w.is_int(y) {
                let (a, b) = (w.to_int(x), w.to_int(y));
                return w.$int(a, b).map(|r| w.from_int(r));
            }
            let (a, b) = floats(w, x, y)?;
            let r = w.$float(a, b);
            Some(w.from_float(r))
        }
    )* };
}
arithmetic! { add add_ovf fadd; sub sub_ovf fsub; mul mul_ovf fmul; }

#[inline(always)]
pub fn div<W: World<Lang = Python>>(w: &mut W, x: Val<W>, y: Val<W>) -> Option<Val<W>> {
    let (a, b) = if w.is_int(x) && w.is_int(y) {
        let (a, b) = (w.to_int(x), w.to_int(y));
        // Beyond 53 bits the quotient must not be rounded twice.
        let (bias, limit) = (w.constant(1 << 53), w.constant(1 << 54));
        let (p, q) = (w.add(a, bias), w.add(b, bias));
        if !w.ult(p, limit) || !w.ult(q, limit) {
            return None;
        }
        (w.int_to_float(a), w.int_to_float(b))
    } else {
        floats(w, x, y)?
    };
    let zero = w.constant(0.0);
    if w.feq(b, zero) {
        return None;
    }
    let r = w.fdiv(a, b);
    Some(w.from_float(r))
}

macro_rules! int_division {
    ($($name:ident $int:ident;)*) => { $(
        #[inline(always)]
        pub fn $name<W: World<Lang = Python>>(w: &mut W, x: Val<W>, y: Val<W>) -> Option<Val<W>> {
            if !(w.is_int(x) && w.is_int(y)) {
                return None;
            }
            let (a, b) = (w.to_int(x), w.to_int(y));
            // Zero raises, and MIN / -1 overflows.
            let (one, two) = (w.constant(1), w.constant(2));
            let biased = w.add(b, one);
            if w.ult(biased, two) {
                return None;
            }
            let r = w.$int(a, b);
            Some(w.from_int(r))
        }
    )* };
}
int_division! { floor_div div_floor; modulo mod_floor; }

#[inline(always)]
pub fn and<W: World<Lang = Python>>(w: &mut W, x: Val<W>, y: Val<W>) -> Option<Val<W>> {
    if !(w.is_int(x) && w.is_int(y)) {
        return None;
    }
    let (a, b) = (w.to_int(x), w.to_int(y));
    let r = w.and(a, b);
    Some(w.from_int(r))
}

/// `|`, `^`, shifts of ints, and powers of floats.
#[inline(always)]
pub fn other<W: World<Lang = Python>>(w: &mut W, op: BinOp, x: Val<W>, y: Val<W>) -> Option<Val<W>> {
    if op == BinOp::Pow {
        let (a, b) = floats(w, x, y)?;
        let zero = w.constant(0.0);
        if !w.flt(zero, a) {
            return None;
        }
        let r = w.call(&residual::POW, (a, b));
        let max = w.constant(f64::MAX);
        return if w.fle(r, max) { Some(w.from_float(r)) } else { None };
    }
    if !(w.is_int(x) && w.is_int(y)) {
        return None;
    }
    let (a, b) = (w.to_int(x), w.to_int(y));
    let r = match op {
        BinOp::Or => w.or(a, b),
        BinOp::Xor => w.xor(a, b),
        BinOp::RShift | BinOp::LShift => {
            let limit = w.constant(64);
            if !w.ult(b, limit) {
                return None;
            }
            if op == BinOp::RShift {
                w.shr(a, b)
            } else {
                let r = w.shl(a, b);
                let back = w.shr(r, b);
                if !w.eq(back, a) {
                    return None;
                }
                r
            }
        }
        _ => return None,
    };
    Some(w.from_int(r))
}

/// A comparison of two numbers of the same kind. The operator is known when this is compiled.
#[inline(always)]
pub fn compare_fast<W: World<Lang = Python>>(w: &mut W, op: CmpOp, x: Val<W>, y: Val<W>) -> Option<bool> {
    if w.is_int(x) && w.is_int(y) {
        let (a, b) = (w.to_int(x), w.to_int(y));
        return Some(match op {
            CmpOp::Lt => w.lt(a, b),
            CmpOp::Le => w.le(a, b),
            CmpOp::Gt => w.lt(b, a),
            CmpOp::Ge => w.le(b, a),
            CmpOp::Eq => w.eq(a, b),
            CmpOp::Ne => !w.eq(a, b),
        });
    }
    let (a, b) = exact_floats(w, x, y)?;
    Some(match op {
        CmpOp::Lt => w.flt(a, b),
        CmpOp::Le => w.fle(a, b),
        CmpOp::Gt => w.flt(b, a),
        CmpOp::Ge => w.fle(b, a),
        CmpOp::Eq => w.feq(a, b),
        CmpOp::Ne => !w.feq(a, b),
    })
}

/// Longest tuples, and tuples in tuples, that are compared item by item.
const MAX_ITEMS: i64 = 4;
const MAX_DEPTH: u32 = 2;

/// Values whose equality no method decides.
#[derive(PartialEq)]
enum Plain {
    Number,
    None,
    Str,
    Tuple,
}

fn plain<W: World<Lang = Python>>(w: &mut W, v: Val<W>) -> Option<Plain> {
    if w.is_int(v) || w.is_float(v) {
        Some(Plain::Number)
    } else if w.is(v, NONE) {
        Some(Plain::None)
    } else if w.is_a(v, Str::TYPE) {
        Some(Plain::Str)
    } else if w.is_a(v, Tuple::TYPE) {
        Some(Plain::Tuple)
    } else {
        None
    }
}

/// Are two values equal, where no method need be asked?
pub fn equal<W: World<Lang = Python>>(w: &mut W, x: Val<W>, y: Val<W>, depth: u32) -> Option<bool> {
    let kind = plain(w, x)?;
    if kind != plain(w, y)? {
        return Some(false);
    }
    match kind {
        Plain::Number => compare_fast(w, CmpOp::Eq, x, y),
        Plain::None => Some(true),
        Plain::Str => {
            if w.same(x, y) {
                return Some(true);
            }
            let (a, b) = (w.to_obj(x), w.to_obj(y));
            let (m, n) = (w.len(a, Str::TYPE), w.len(b, Str::TYPE));
            if !w.eq(m, n) {
                return Some(false);
            }
            let same = w.call(&residual::SAME_TEXT, (x, y));
            Some(w.is(same, TRUE))
        }
        Plain::Tuple => {
            let (a, b) = (w.to_obj(x), w.to_obj(y));
            let (m, n) = (w.len(a, Tuple::TYPE), w.len(b, Tuple::TYPE));
            if !w.eq(m, n) {
                return Some(false);
            }
            let n = w.promote(n);
            if n > MAX_ITEMS || depth == MAX_DEPTH {
                return None;
            }
            for k in 0..n {
                let k = w.constant(k);
                let (v, u) = (w.load_elem(a, Tuple::items, k), w.load_elem(b, Tuple::items, k));
                if !w.same(v, u) && !equal(w, v, u, depth + 1)? {
                    return Some(false);
                }
            }
            Some(true)
        }
    }
}

/// As `compare_fast`, the operator in a variable.
pub fn compare_any<W: World<Lang = Python>>(w: &mut W, op: CmpOp, x: Val<W>, y: Val<W>) -> Option<bool> {
    compare_fast(w, op, x, y)
}

/// A binary operation the fast way has declined: pushes the frame of a method if an operand has one. `stage` says which
/// of in-place, reflected first, plain, reflected last to try next.
#[inline(never)]
pub fn binary_slow<W: World<Lang = Python>>(w: &mut W, op: BinOp, inplace: bool, x: Val<W>, y: Val<W>, dst: u16, stage: u32) -> Res {
    if op == BinOp::Add && w.is_a(x, Str::TYPE) && w.is_a(y, Str::TYPE) {
        let v = w.call_raising(&residual::CONCAT, (x, y))?;
        w.set(dst as u32, v);
        return Ok(Flow::Next);
    }
    let mut tried = stage;
    if stage > 0 || super::attr::is_instance(w, x) || super::attr::is_instance(w, y) {
        let (cx, cy) = (super::attr::class_of(w, x), super::attr::class_of(w, y));
        if let (Some(cx), Some(cy)) = (cx, cy) {
            let [plain, reflected, in_place] = BINARY_NAMES[op as usize];
            let _ = (w.quasi(&cx.get().version), w.quasi(&cy.get().version));
            let first = reflected_first(cx, cy, reflected);
            let order =
                [(inplace, cx, in_place, x, y), (first, cy, reflected, y, x), (true, cx, plain, x, y), (!first && cx != cy, cy, reflected, y, x)];
            for (n, (wanted, class, name, x, y)) in order.into_iter().enumerate().skip(stage as usize) {
                if !wanted || class.builtin {
                    continue;
                }
                if let Some(f) = super::attr::find_function(w, class, name) {
                    let base = call::scratch(w.code());
                    w.set(base, x);
                    w.set(base + 1, y);
                    let f = w.constant(f);
                    return call::push_function(w, f, base, 2, call::cont(call::BINARY, dst as u32, n as u32 + 1));
                }
                if class.lookup(name).is_some() {
                    // Not written in Python: it and what comes after it is the residual function's.
                    tried = n as u32;
                    break;
                }
            }
        }
    }
    let op = w.constant(op as i64 | (inplace as i64) << 8 | (tried as i64) << 9);
    let both_int = w.is_int(x) && w.is_int(y);
    let v = w.call_raising(if both_int { &residual::BINARY_INT } else { &residual::BINARY }, (op, x, y))?;
    w.set(dst as u32, v);
    Ok(Flow::Next)
}

/// Is one of them a number and the other a string or `None`? They are never equal.
fn are_unlike<W: World<Lang = Python>>(w: &mut W, x: Val<W>, y: Val<W>) -> bool {
    let other = if w.is_int(x) || w.is_float(x) {
        y
    } else if w.is_int(y) || w.is_float(y) {
        x
    } else {
        return false;
    };
    w.is(other, NONE) || w.is_a(other, Str::TYPE)
}

/// A comparison the fast way has declined: its value, or `None` if a method's frame was pushed.
#[inline(never)]
pub fn compare_slow<W: World<Lang = Python>>(w: &mut W, op: CmpOp, x: Val<W>, y: Val<W>, stage: u32) -> Res<Option<Val<W>>> {
    if stage == 0
        && matches!(op, CmpOp::Eq | CmpOp::Ne)
        && let Some(equal) = equal(w, x, y, 0)
    {
        return Ok(Some(w.constant(bool_value(equal == (op == CmpOp::Eq)))));
    }
    if stage == 0
        && let Some(class) = super::attr::instance_class(w, x)
        && let Some(f) = super::attr::find_function(w, class, COMPARE_NAMES[op as usize])
        && super::attr::instance_class(w, y).is_none_or(|other| other == class || !other.is_subclass(class))
    {
        let base = call::scratch(w.code());
        w.set(base, x);
        w.set(base + 1, y);
        let f = w.constant(f);
        call::push_function(w, f, base, 2, call::cont(call::COMPARE, 0, op as u32))?;
        return Ok(None);
    }
    if matches!(op, CmpOp::Eq | CmpOp::Ne) && are_unlike(w, x, y) {
        return Ok(Some(w.constant(if op == CmpOp::Ne { TRUE } else { FALSE })));
    }
    let op = w.constant(op as i64 | (stage as i64) << 8);
    w.call_raising(&residual::COMPARE, (op, x, y)).map(Some)
}

#[inline(always)]
pub fn get_item<W: World<Lang = Python>>(w: &mut W, x: Val<W>, k: Val<W>) -> Res<Val<W>> {
    if w.is_int(k) && w.is_obj(x) {
        let o = w.to_obj(x);
        let i = w.to_int(k);
        if w.has_type(o, List::TYPE) {
            let size = w.load(o, List::size);
            let i = wrap_index(w, i, size);
            if w.ult(i, size) {
                let items = w.load(o, List::items);
                return Ok(w.load_elem(items, Items::items, i));
            }
        } else if w.has_type(o, Tuple::TYPE) {
            let size = w.len(o, Tuple::TYPE);
            let i = wrap_index(w, i, size);
            if w.ult(i, size) {
                return Ok(w.load_elem(o, Tuple::items, i));
            }
        }
    }
    if let Some(Some(v)) = dict_get(w, x, k) {
        return Ok(v);
    }
    w.call_raising(&residual::GET_ITEM, (x, k))
}

/// What a dictionary has under a key, if anything; `None` if it is no dictionary, or takes more than a look.
pub fn dict_get<W: World<Lang = Python>>(w: &mut W, d: Val<W>, k: Val<W>) -> Option<Option<Val<W>>> {
    if !w.is_a(d, Dict::TYPE) || !(w.is_a(k, Str::TYPE) || w.is_int(k)) {
        return None;
    }
    let v = w.call(&residual::DICT_GET, (d, k));
    if w.is(v, MISSING) {
        return Some(None);
    }
    if w.is(v, RAISED) { None } else { Some(Some(v)) }
}

/// Is something in a container? `None` if it takes more than a look.
pub fn contains<W: World<Lang = Python>>(w: &mut W, container: Val<W>, item: Val<W>) -> Option<bool> {
    if !(w.is_int(item) || w.is_a(item, Str::TYPE)) || !w.is_obj(container) {
        return None;
    }
    let o = w.to_obj(container);
    let looked_into = [Dict::TYPE, Set::TYPE, List::TYPE, Tuple::TYPE, FrozenSet::TYPE, Str::TYPE];
    if !looked_into.into_iter().any(|t| w.has_type(o, t)) {
        return None;
    }
    let found = w.call(&residual::FIND, (container, item));
    if w.is(found, TRUE) {
        return Some(true);
    }
    if w.is(found, FALSE) { Some(false) } else { None }
}

/// Negative indices count from the end.
#[inline(always)]
fn wrap_index<W: World<Lang = Python>>(w: &mut W, i: framework::Int<W>, size: framework::Int<W>) -> framework::Int<W> {
    let zero = w.constant(0);
    if w.lt(i, zero) { w.add(i, size) } else { i }
}

#[inline(always)]
pub fn set_item<W: World<Lang = Python>>(w: &mut W, x: Val<W>, k: Val<W>, v: Val<W>) -> Res<()> {
    if w.is_int(k) && w.is_a(x, List::TYPE) {
        let o = w.to_obj(x);
        let i = w.to_int(k);
        let size = w.load(o, List::size);
        let i = wrap_index(w, i, size);
        if w.ult(i, size) {
            let items = w.load(o, List::items);
            w.store_elem(items, Items::items, i, v);
            return Ok(());
        }
    }
    w.call_raising(&residual::SET_ITEM, (x, k, v)).map(|_| ())
}

#[inline(always)]
pub fn list_append<W: World<Lang = Python>>(w: &mut W, l: Val<W>, v: Val<W>) -> Res<()> {
    let o = w.to_obj(l);
    let size = w.load(o, List::size);
    let items = w.load(o, List::items);
    let room = w.len(items, Items::TYPE);
    if w.lt(size, room) {
        w.store_elem(items, Items::items, size, v);
        let one = w.constant(1);
        let n = w.add(size, one);
        w.store(o, List::size, n);
    } else {
        w.call_raising(&residual::LIST_APPEND, (l, v))?;
    }
    Ok(())
}

/// Takes the last item off a list, if it has one.
pub fn list_pop<W: World<Lang = Python>>(w: &mut W, l: Val<W>) -> Option<Val<W>> {
    let o = w.to_obj(l);
    let (size, zero) = (w.load(o, List::size), w.constant(0));
    if !w.lt(zero, size) {
        return None;
    }
    let (items, one) = (w.load(o, List::items), w.constant(1));
    let last = w.sub(size, one);
    let v = w.load_elem(items, Items::items, last);
    let none = w.constant(NONE);
    w.store_elem(items, Items::items, last, none);
    w.store(o, List::size, last);
    Some(v)
}
