//! Methods of `tuple`, `range`, `slice` and properties.

use super::{Args, add_methods};
use crate::objects::class::Known;
use crate::objects::exception::{type_error, value_error};
use crate::objects::layouts::*;
use crate::objects::{as_type, int, list, new_tuple, ops, repr, type_name};
use crate::runtime::{PyVm, R};
use framework::{Obj, Value};

crate::builtins! { SEQUENCE:
    "index" index, 2, 4;
    "count" count, 2, 2;
}
crate::builtins! { SLICE:
    "indices" indices, 2, 2;
}
crate::builtins! { PROPERTY:
    "getter" getter, 2, 2;
    "setter" setter, 2, 2;
    "deleter" deleter, 2, 2;
    "__get__" property_get, 2, 3;
    "__set__" property_set, 3, 3;
    "__delete__" property_delete, 2, 2;
}

/// Gives the classes their methods.
pub fn install(vm: &mut PyVm) {
    for (k, table) in
        [(Known::Tuple, SEQUENCE), (Known::List, SEQUENCE), (Known::Range, SEQUENCE), (Known::Slice, SLICE), (Known::Property, PROPERTY)]
    {
        let class = vm.rt.class(k);
        add_methods(vm, class, table);
    }
}

/// The next item that equals `v`, from index `i` on.
fn position(vm: &mut PyVm, seq: Value, v: Value, mut i: usize, end: usize) -> R<Option<usize>> {
    if let (Some(r), Some(n)) = (as_type(seq, Range::TYPE), v.int()) {
        // Where an int is in a range, arithmetic tells.
        let away = n as i128 - r.get(Range::start) as i128;
        let step = r.get(Range::step) as i128;
        let at = usize::try_from(away / step).ok().filter(|at| away % step == 0 && *at >= i && *at < end.min(ops::range_len(r) as usize));
        return Ok(at);
    }
    while i < end {
        let x = match list::sequence(crate::objects::unwrap(seq)) {
            Some(s) => s.get(i).copied(),
            None if i < ops::length(seq).unwrap_or(0) => Some(ops::get_item(vm, seq, Value::small_int(i as i64))?),
            None => None,
        };
        let Some(x) = x else { return Ok(None) };
        if x == v || ops::equal(vm, x, v)? {
            return Ok(Some(i));
        }
        i += 1;
    }
    Ok(None)
}
fn index(vm: &mut PyVm, a: Args) -> R {
    let n = ops::len(vm, crate::objects::unwrap(a.pos[0]))?;
    let (from, to) = super::text::range(vm, a, 2, n)?;
    match position(vm, a.pos[0], a.pos[1], from, to)? {
        Some(i) => Ok(Value::small_int(i as i64)),
        None => match as_type(a.pos[0], List::TYPE).is_some() {
            _ if as_type(a.pos[0], Tuple::TYPE).is_some() => value_error(vm, "tuple.index(x): x not in tuple"),
            true => {
                let r = repr::repr(vm, a.pos[1])?;
                value_error(vm, &format!("{r} is not in list"))
            }
            false => {
                let r = repr::repr(vm, a.pos[1])?;
                value_error(vm, &format!("{r} is not in range"))
            }
        },
    }
}
fn count(vm: &mut PyVm, a: Args) -> R {
    let (mut n, mut i) = (0, 0);
    while let Some(at) = position(vm, a.pos[0], a.pos[1], i, usize::MAX)? {
        n += 1;
        i = at + 1;
    }
    Ok(Value::small_int(n))
}
fn indices(vm: &mut PyVm, a: Args) -> R {
    let Some(s) = as_type(a.pos[0], Slice::TYPE) else { return type_error(vm, "descriptor 'indices' requires a 'slice' object") };
    let n = int::small(a.pos[1]).unwrap_or(0);
    if n < 0 {
        return value_error(vm, "length should not be negative");
    }
    let (x, y, z) = ops::slice_indices(vm, s, n as usize)?;
    Ok(new_tuple(vm, &[Value::small_int(x), Value::small_int(y), Value::small_int(z)]))
}

fn property(vm: &mut PyVm, v: Value) -> R<Obj> {
    match as_type(v, Property::TYPE) {
        Some(o) => Ok(o),
        None => {
            let t = type_name(vm, v);
            type_error(vm, &format!("descriptor requires a 'property' object but received a '{t}'"))
        }
    }
}
fn with(vm: &mut PyVm, a: Args, which: usize) -> R {
    let p = property(vm, a.pos[0])?;
    let o = vm.core.heap.alloc(Property::TYPE);
    for (i, f) in [Property::fget, Property::fset, Property::fdel].into_iter().enumerate() {
        o.init(f, if i == which { a.pos[1] } else { p.get(f) });
    }
    o.init(Property::doc, p.get(Property::doc));
    Ok(o.into())
}
fn getter(vm: &mut PyVm, a: Args) -> R {
    with(vm, a, 0)
}
fn setter(vm: &mut PyVm, a: Args) -> R {
    with(vm, a, 1)
}
fn deleter(vm: &mut PyVm, a: Args) -> R {
    with(vm, a, 2)
}
fn property_get(vm: &mut PyVm, a: Args) -> R {
    if a.pos[1] == NONE {
        return Ok(a.pos[0]);
    }
    let f = property(vm, a.pos[0])?.get(Property::fget);
    crate::call::call(vm, f, &[a.pos[1]])
}
fn property_set(vm: &mut PyVm, a: Args) -> R {
    let f = property(vm, a.pos[0])?.get(Property::fset);
    crate::call::call(vm, f, &[a.pos[1], a.pos[2]])
}
fn property_delete(vm: &mut PyVm, a: Args) -> R {
    let f = property(vm, a.pos[0])?.get(Property::fdel);
    crate::call::call(vm, f, &[a.pos[1]])
}
