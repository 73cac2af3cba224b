//! Arithmetic, comparison and indexing: the frequent cases in generic code, which is traced; the rest in residual functions.

use crate::Sprig;
use crate::map;
use crate::objects::{Items, List, Map, NIL, Str, boolean, concat, list_items, list_push, new_str, text, try_new_list, type_name};
use crate::runtime::{OUT_OF_MEMORY, Reason, raise};
use crate::step::{Res, fail};
use framework::{Float, Int, Raised, Val, Value, Vm, World, residual};

/// The operands of an arithmetic operator.
enum Numbers<W: World> {
    Ints(Int<W>, Int<W>),
    Floats(Float<W>, Float<W>),
    Other,
}

/// Two integers, or two floats if one is a float, or something else.
#[inline(always)]
fn numbers<W: World<Lang = Sprig>>(w: &mut W, a: Val<W>, b: Val<W>) -> Numbers<W> {
    if w.is_int(a) {
        if w.is_int(b) {
            return Numbers::Ints(w.to_int(a), w.to_int(b));
        }
        if w.is_float(b) {
            let a = w.to_int(a);
            return Numbers::Floats(w.int_to_float(a), w.to_float(b));
        }
    } else if w.is_float(a) {
        if w.is_float(b) {
            return Numbers::Floats(w.to_float(a), w.to_float(b));
        }
        if w.is_int(b) {
            let b = w.to_int(b);
            return Numbers::Floats(w.to_float(a), w.int_to_float(b));
        }
    }
    Numbers::Other
}

/// Boxes the result of an integer operation; `None` is an overflow.
#[inline(always)]
fn int_result<W: World<Lang = Sprig>>(w: &mut W, i: Option<Int<W>>) -> Res<Val<W>> {
    match i {
        Some(i) => Ok(w.from_int(i)),
        None => fail(w, Reason::Overflow),
    }
}

/// `a + b`: numbers, strings and lists.
#[inline(always)]
pub fn add<W: World<Lang = Sprig>>(w: &mut W, a: Val<W>, b: Val<W>) -> Res<Val<W>> {
    match numbers(w, a, b) {
        Numbers::Ints(x, y) => {
            let sum = w.add_ovf(x, y);
            int_result(w, sum)
        }
        Numbers::Floats(x, y) => {
            let sum = w.fadd(x, y);
            Ok(w.from_float(sum))
        }
        Numbers::Other => w.call_raising(&ADD, (a, b)),
    }
}

/// `a - b`
#[inline(always)]
pub fn sub<W: World<Lang = Sprig>>(w: &mut W, a: Val<W>, b: Val<W>) -> Res<Val<W>> {
    match numbers(w, a, b) {
        Numbers::Ints(x, y) => {
            let difference = w.sub_ovf(x, y);
            int_result(w, difference)
        }
        Numbers::Floats(x, y) => {
            let difference = w.fsub(x, y);
            Ok(w.from_float(difference))
        }
        Numbers::Other => no_operator(w, Operator::Sub, a, b),
    }
}

/// `a * b`
#[inline(always)]
pub fn mul<W: World<Lang = Sprig>>(w: &mut W, a: Val<W>, b: Val<W>) -> Res<Val<W>> {
    match numbers(w, a, b) {
        Numbers::Ints(x, y) => {
            let product = w.mul_ovf(x, y);
            int_result(w, product)
        }
        Numbers::Floats(x, y) => {
            let product = w.fmul(x, y);
            Ok(w.from_float(product))
        }
        Numbers::Other => no_operator(w, Operator::Mul, a, b),
    }
}

/// `a / b`: always a float.
#[inline(always)]
pub fn div<W: World<Lang = Sprig>>(w: &mut W, a: Val<W>, b: Val<W>) -> Res<Val<W>> {
    let (x, y) = match numbers(w, a, b) {
        Numbers::Ints(x, y) => {
            if w.is(y, 0) {
                return fail(w, Reason::ZeroDivision);
            }
            (w.int_to_float(x), w.int_to_float(y))
        }
        Numbers::Floats(x, y) => (x, y),
        Numbers::Other => return no_operator(w, Operator::Div, a, b),
    };
    let quotient = w.fdiv(x, y);
    Ok(w.from_float(quotient))
}

/// `a // b`: rounded down.
#[inline(always)]
pub fn floor_div<W: World<Lang = Sprig>>(w: &mut W, a: Val<W>, b: Val<W>) -> Res<Val<W>> {
    match numbers(w, a, b) {
        Numbers::Ints(x, y) => {
            if w.is(y, 0) {
                return fail(w, Reason::ZeroDivision);
            }
            // The one quotient that overflows is that of the smallest integer and -1.
            if w.is(y, -1) {
                let zero = w.constant(0);
                let quotient = w.sub_ovf(zero, x);
                return int_result(w, quotient);
            }
            let quotient = w.div_floor(x, y);
            Ok(w.from_int(quotient))
        }
        Numbers::Floats(x, y) => {
            let quotient = w.fdiv(x, y);
            let floor = w.call(&FLOOR, (quotient,));
            Ok(w.from_float(floor))
        }
        Numbers::Other => no_operator(w, Operator::FloorDiv, a, b),
    }
}

/// `a % b`: has the sign of `b`.
#[inline(always)]
pub fn modulo<W: World<Lang = Sprig>>(w: &mut W, a: Val<W>, b: Val<W>) -> Res<Val<W>> {
    match numbers(w, a, b) {
        Numbers::Ints(x, y) => {
            if w.is(y, 0) {
                return fail(w, Reason::ZeroDivision);
            }
            let remainder = w.mod_floor(x, y);
            Ok(w.from_int(remainder))
        }
        Numbers::Floats(x, y) => {
            let remainder = w.call(&FLOAT_MOD, (x, y));
            Ok(w.from_float(remainder))
        }
        Numbers::Other => no_operator(w, Operator::Mod, a, b),
    }
}

/// `-a`
#[inline(always)]
pub fn neg<W: World<Lang = Sprig>>(w: &mut W, a: Val<W>) -> Res<Val<W>> {
    if w.is_int(a) {
        let (zero, a) = (w.constant(0), w.to_int(a));
        let negated = w.sub_ovf(zero, a);
        return int_result(w, negated);
    }
    if w.is_float(a) {
        let a = w.to_float(a);
        let negated = w.fneg(a);
        return Ok(w.from_float(negated));
    }
    no_operator(w, Operator::Neg, a, a)
}

/// `a == b`: numbers by value, strings by content, everything else by identity.
#[inline(always)]
pub fn equal<W: World<Lang = Sprig>>(w: &mut W, a: Val<W>, b: Val<W>) -> bool {
    match numbers(w, a, b) {
        Numbers::Ints(x, y) => w.eq(x, y),
        Numbers::Floats(x, y) => w.feq(x, y),
        Numbers::Other => {
            w.same(a, b)
                || w.is_a(a, Str::TYPE) && w.is_a(b, Str::TYPE) && {
                    let order = w.call(&STR_ORDER, (a, b));
                    w.is(order, 0)
                }
        }
    }
}

/// `a < b`: numbers and strings.
#[inline(always)]
pub fn less<W: World<Lang = Sprig>>(w: &mut W, a: Val<W>, b: Val<W>) -> Res<bool> {
    match numbers(w, a, b) {
        Numbers::Ints(x, y) => Ok(w.lt(x, y)),
        Numbers::Floats(x, y) => Ok(w.flt(x, y)),
        Numbers::Other => {
            let (order, zero) = (str_order(w, a, b)?, w.constant(0));
            Ok(w.lt(order, zero))
        }
    }
}

/// `a <= b`: numbers and strings.
#[inline(always)]
pub fn less_equal<W: World<Lang = Sprig>>(w: &mut W, a: Val<W>, b: Val<W>) -> Res<bool> {
    match numbers(w, a, b) {
        Numbers::Ints(x, y) => Ok(w.le(x, y)),
        Numbers::Floats(x, y) => Ok(w.fle(x, y)),
        Numbers::Other => {
            let (order, zero) = (str_order(w, a, b)?, w.constant(0));
            Ok(w.le(order, zero))
        }
    }
}

fn str_order<W: World<Lang = Sprig>>(w: &mut W, a: Val<W>, b: Val<W>) -> Res<Int<W>> {
    if !w.is_a(a, Str::TYPE) || !w.is_a(b, Str::TYPE) {
        no_operator(w, Operator::Compare, a, b)?;
        return Err(Raised);
    }
    Ok(w.call(&STR_ORDER, (a, b)))
}

/// `o[index]`: lists and maps.
#[inline(always)]
pub fn get_index<W: World<Lang = Sprig>>(w: &mut W, o: Val<W>, index: Val<W>) -> Res<Val<W>> {
    if w.is_a(o, List::TYPE) && w.is_int(index) {
        let (list, i) = (w.to_obj(o), w.to_int(index));
        let size = w.load(list, List::size);
        if w.ult(i, size) {
            let items = w.load(list, List::items);
            return Ok(w.load_elem(items, Items::items, i));
        }
    } else if w.is_a(o, Map::TYPE) {
        return Ok(w.call(&MAP_GET, (o, index)));
    }
    w.call_raising(&OTHER_INDEX, (o, index))
}

/// `o[index] = v`
#[inline(always)]
pub fn set_index<W: World<Lang = Sprig>>(w: &mut W, o: Val<W>, index: Val<W>, v: Val<W>) -> Res<()> {
    if w.is_a(o, List::TYPE) && w.is_int(index) {
        let (list, i) = (w.to_obj(o), w.to_int(index));
        let size = w.load(list, List::size);
        if w.ult(i, size) {
            let items = w.load(list, List::items);
            w.store_elem(items, Items::items, i, v);
            return Ok(());
        }
    }
    w.call_raising(&OTHER_SET_INDEX, (o, index, v)).map(|_| ())
}

macro_rules! operators {
    ($($name:ident $text:literal;)*) => {
        #[derive(Clone, Copy)]
        #[repr(i64)]
        enum Operator { $($name),* }
        /// What the operators are called in messages.
        const OPERATORS: &[&str] = &[$($text),*];
    };
}

operators! {
    Sub "-";
    Mul "*";
    Div "/";
    FloorDiv "//";
    Mod "%";
    Neg "-";
    Compare "<";
}

/// Raises: the operator does not go with these types.
#[cold]
fn no_operator<W: World<Lang = Sprig>>(w: &mut W, operator: Operator, a: Val<W>, b: Val<W>) -> Res<Val<W>> {
    let operator = w.constant(operator as i64);
    w.call_raising(&NO_OPERATOR, (operator, a, b))
}

fn type_error(vm: &mut Vm<Sprig>, operator: &str, a: Value, b: Value) -> Value {
    raise(vm, &format!("`{operator}` does not go with {} and {}", type_name(a), type_name(b)))
}

/// The element at an index, if there is one.
fn at<'a, T>(items: &'a [T], index: Value) -> Option<&'a T> {
    usize::try_from(index.int()?).ok().and_then(|i| items.get(i))
}

residual! {
    /// Raises for operators that have no meaning but for numbers.
    pub fn NO_OPERATOR[Any](vm: &mut Vm<Sprig>, operator: i64, a: Value, b: Value) -> Value {
        type_error(vm, OPERATORS[operator as usize], a, b)
    }

    /// Joins strings and lists.
    pub fn ADD[Any](vm: &mut Vm<Sprig>, a: Value, b: Value) -> Value {
        match (a.obj(), b.obj()) {
            (Some(x), Some(y)) if x.is(Str::TYPE) && y.is(Str::TYPE) => match concat(&mut vm.core.heap, x, y) {
                Some(joined) => joined,
                None => raise(vm, OUT_OF_MEMORY),
            },
            (Some(x), Some(y)) if x.is(List::TYPE) && y.is(List::TYPE) => {
                let heap = &mut vm.core.heap;
                let Some(joined) = try_new_list(heap, list_items(x).len() + list_items(y).len()) else { return raise(vm, OUT_OF_MEMORY) };
                list_items(x).iter().for_each(|&v| list_push(heap, joined, v));
                list_items(y).iter().for_each(|&v| list_push(heap, joined, v));
                joined.into()
            }
            _ => type_error(vm, "+", a, b),
        }
    }

    /// -1, 0 or 1: how two strings compare.
    pub fn STR_ORDER[Pure](vm: &mut Vm<Sprig>, a: Value, b: Value) -> i64 {
        text(a.as_obj()).cmp(text(b.as_obj())) as i64
    }

    /// Rounds down.
    pub fn FLOOR[Pure](vm: &mut Vm<Sprig>, x: f64) -> f64 {
        x.floor()
    }

    /// The remainder of a division rounded down.
    pub fn FLOAT_MOD[Pure](vm: &mut Vm<Sprig>, x: f64, y: f64) -> f64 {
        let r = x % y;
        if r != 0.0 && (r < 0.0) != (y < 0.0) { r + y } else { r }
    }

    /// A map's element, or nil.
    pub fn MAP_GET[ReadOnly](vm: &mut Vm<Sprig>, m: Value, key: Value) -> Value {
        map::get(m.as_obj(), key).unwrap_or(NIL)
    }

    /// A string's character; raises for everything else.
    pub fn OTHER_INDEX[Any](vm: &mut Vm<Sprig>, o: Value, index: Value) -> Value {
        match o.obj() {
            Some(s) if s.is(Str::TYPE) && index.int().is_some() => {
                let bytes = s.bytes(Str::bytes);
                let ascii = bytes.len() as i64 == s.get(Str::chars);
                let c = match usize::try_from(index.int().unwrap_or(-1)) {
                    Ok(_) if ascii => at(bytes, index).map(|&b| b as char),
                    Ok(i) => text(s).chars().nth(i),
                    Err(_) => None,
                };
                match c {
                    Some(c) => new_str(&mut vm.core.heap, c.encode_utf8(&mut [0; 4])),
                    None => out_of_range(vm, index, s.get(Str::chars)),
                }
            }
            Some(l) if l.is(List::TYPE) && index.int().is_some() => out_of_range(vm, index, l.get(List::size)),
            Some(x) if x.is(List::TYPE) || x.is(Str::TYPE) => raise(vm, &format!("an index must be an int, not {}", type_name(index))),
            _ => raise(vm, &format!("a value of type {} has no elements", type_name(o))),
        }
    }

    /// Sets a map's element; raises for everything else.
    pub fn OTHER_SET_INDEX[Any](vm: &mut Vm<Sprig>, o: Value, index: Value, v: Value) -> Value {
        match o.obj() {
            Some(m) if m.is(Map::TYPE) => {
                if !map::reserve(&mut vm.core.heap, m) {
                    return raise(vm, OUT_OF_MEMORY);
                }
                map::set(&mut vm.core.heap, m, index, v);
                NIL
            }
            Some(l) if l.is(List::TYPE) && index.int().is_some() => out_of_range(vm, index, l.get(List::size)),
            Some(l) if l.is(List::TYPE) => raise(vm, &format!("an index must be an int, not {}", type_name(index))),
            _ => raise(vm, &format!("the elements of a value of type {} cannot be set", type_name(o))),
        }
    }
}

fn out_of_range(vm: &mut Vm<Sprig>, index: Value, size: i64) -> Value {
    raise(vm, &format!("index {} is out of range: there are {size} elements", index.int().unwrap_or_default()))
}

/// A boolean from a comparison, as a constant of the trace.
pub fn from_bool<W: World<Lang = Sprig>>(w: &mut W, b: bool) -> Val<W> {
    w.constant(boolean(b))
}
