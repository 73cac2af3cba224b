//! Methods of `set` and `frozenset`.

use super::{Args, add_methods, set_update};
use crate::objects::class::Known;
use crate::objects::exception::{raise, type_error};
use crate::objects::layouts::*;
use crate::objects::{as_type, dict, ops, type_name};
use crate::runtime::{PyVm, R};
use framework::{Obj, Value};

crate::builtins! { COMMON:
    "copy" copy, 1, 1;
    "union" union, 1, usize::MAX;
    "intersection" intersection, 1, usize::MAX;
    "difference" difference, 1, usize::MAX;
    "symmetric_difference" symmetric_difference, 2, 2;
    "issubset" issubset, 2, 2;
    "issuperset" issuperset, 2, 2;
    "isdisjoint" isdisjoint, 2, 2;
}
crate::builtins! { SET:
    "add" add, 2, 2;
    "discard" discard, 2, 2;
    "remove" remove, 2, 2;
    "pop" pop, 1, 1;
    "clear" clear, 1, 1;
    "update" update, 1, usize::MAX;
    "intersection_update" intersection_update, 1, usize::MAX;
    "difference_update" difference_update, 1, usize::MAX;
    "symmetric_difference_update" symmetric_difference_update, 2, 2;
}

/// Gives the classes their methods.
pub fn install(vm: &mut PyVm) {
    for (k, table) in [(Known::Set, COMMON), (Known::FrozenSet, COMMON), (Known::Set, SET)] {
        let class = vm.rt.class(k);
        add_methods(vm, class, table);
    }
    let class = vm.rt.class(Known::DictKeys);
    add_methods(vm, class, &COMMON[7..]);
}

/// The dictionary behind the receiver.
fn own(vm: &mut PyVm, a: Args) -> R<Obj> {
    match ops::set_dict(a.pos[0]) {
        Some(d) => Ok(d),
        None => {
            let t = type_name(vm, a.pos[0]);
            type_error(vm, &format!("descriptor requires a 'set' object but received a '{t}'"))
        }
    }
}
/// The items of an iterable as a dictionary's keys.
fn keys(vm: &mut PyVm, v: Value) -> R<Obj> {
    if let Some(d) = ops::set_dict(v).or_else(|| as_type(v, Dict::TYPE)) {
        return Ok(d);
    }
    let d = dict::new(vm);
    set_update(vm, d, v)?;
    Ok(d)
}
/// A new set of the receiver's kind.
fn like(vm: &mut PyVm, a: Args, d: Obj) -> R {
    Ok(ops::new_set(vm, d, as_type(a.pos[0], FrozenSet::TYPE).is_some()))
}
/// The keys of `d` that are (or are not) in `other`.
fn filtered(vm: &mut PyVm, d: Obj, other: Obj, inside: bool) -> R<Obj> {
    let out = dict::new(vm);
    let mut i = 0;
    while let Some((at, k, _)) = dict::next_entry(d, i) {
        i = at + 1;
        if dict::get(vm, other, k)?.is_some() == inside {
            dict::set(vm, out, k, NONE)?;
        }
    }
    Ok(out)
}
fn copied(vm: &mut PyVm, d: Obj) -> R<Obj> {
    let out = dict::new(vm);
    let mut i = 0;
    while let Some((at, k, _)) = dict::next_entry(d, i) {
        i = at + 1;
        dict::set(vm, out, k, NONE)?;
    }
    Ok(out)
}
fn replace(vm: &mut PyVm, d: Obj, with: Obj) -> R {
    dict::clear(vm, d);
    dict::update(vm, d, with)?;
    Ok(NONE)
}

fn copy(vm: &mut PyVm, a: Args) -> R {
    let d = own(vm, a)?;
    let d = copied(vm, d)?;
    like(vm, a, d)
}
fn union(vm: &mut PyVm, a: Args) -> R {
    let d = own(vm, a)?;
    let d = copied(vm, d)?;
    for v in &a.pos[1..] {
        set_update(vm, d, *v)?;
    }
    like(vm, a, d)
}
fn common(vm: &mut PyVm, a: Args, inside: bool) -> R<Obj> {
    let d = own(vm, a)?;
    let mut d = copied(vm, d)?;
    for v in &a.pos[1..] {
        let other = keys(vm, *v)?;
        d = filtered(vm, d, other, inside)?;
    }
    Ok(d)
}
fn intersection(vm: &mut PyVm, a: Args) -> R {
    let d = common(vm, a, true)?;
    like(vm, a, d)
}
fn difference(vm: &mut PyVm, a: Args) -> R {
    let d = common(vm, a, false)?;
    like(vm, a, d)
}
fn either(vm: &mut PyVm, a: Args) -> R<Obj> {
    let (x, y) = (own(vm, a)?, keys(vm, a.pos[1])?);
    let out = filtered(vm, x, y, false)?;
    let more = filtered(vm, y, x, false)?;
    dict::update(vm, out, more)?;
    Ok(out)
}
fn symmetric_difference(vm: &mut PyVm, a: Args) -> R {
    let d = either(vm, a)?;
    like(vm, a, d)
}
fn subset(vm: &mut PyVm, small: Obj, big: Obj) -> R {
    let rest = filtered(vm, small, big, false)?;
    Ok(bool_value(dict::len(rest) == 0))
}
fn issubset(vm: &mut PyVm, a: Args) -> R {
    let (x, y) = (own(vm, a)?, keys(vm, a.pos[1])?);
    subset(vm, x, y)
}
fn issuperset(vm: &mut PyVm, a: Args) -> R {
    let (x, y) = (own(vm, a)?, keys(vm, a.pos[1])?);
    subset(vm, y, x)
}
fn isdisjoint(vm: &mut PyVm, a: Args) -> R {
    let (x, y) = (own(vm, a)?, keys(vm, a.pos[1])?);
    let both = filtered(vm, x, y, true)?;
    Ok(bool_value(dict::len(both) == 0))
}
fn add(vm: &mut PyVm, a: Args) -> R {
    let d = own(vm, a)?;
    dict::set(vm, d, a.pos[1], NONE).map(|_| NONE)
}
/// A set as an item to look for stands for a frozen one.
fn item(vm: &mut PyVm, v: Value) -> Value {
    match as_type(v, Set::TYPE) {
        Some(s) => ops::new_set(vm, s.get(Set::dict), true),
        None => v,
    }
}
fn discard(vm: &mut PyVm, a: Args) -> R {
    let (d, v) = (own(vm, a)?, item(vm, a.pos[1]));
    dict::remove(vm, d, v).map(|_| NONE)
}
fn remove(vm: &mut PyVm, a: Args) -> R {
    let (d, v) = (own(vm, a)?, item(vm, a.pos[1]));
    match dict::remove(vm, d, v)? {
        Some(_) => Ok(NONE),
        None => Err(ops::key_error(vm, a.pos[1])),
    }
}
fn pop(vm: &mut PyVm, a: Args) -> R {
    let d = own(vm, a)?;
    match dict::next_entry(d, 0) {
        Some((_, k, _)) => dict::remove(vm, d, k).map(|_| k),
        None => Err(raise(vm, Known::KeyError, "pop from an empty set")),
    }
}
fn clear(vm: &mut PyVm, a: Args) -> R {
    let d = own(vm, a)?;
    dict::clear(vm, d);
    Ok(NONE)
}
fn update(vm: &mut PyVm, a: Args) -> R {
    let d = own(vm, a)?;
    a.pos[1..].iter().try_for_each(|v| set_update(vm, d, *v)).map(|_| NONE)
}
fn intersection_update(vm: &mut PyVm, a: Args) -> R {
    let (d, new) = (own(vm, a)?, common(vm, a, true)?);
    replace(vm, d, new)
}
fn difference_update(vm: &mut PyVm, a: Args) -> R {
    let (d, new) = (own(vm, a)?, common(vm, a, false)?);
    replace(vm, d, new)
}
fn symmetric_difference_update(vm: &mut PyVm, a: Args) -> R {
    let (d, new) = (own(vm, a)?, either(vm, a)?);
    replace(vm, d, new)
}
