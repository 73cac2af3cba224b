//! Lists: sorting and length.

use super::{Answer, Builtin, atom, integer, list, unify};
use crate::errors::Error;
use crate::runtime::Machine as Vm;
use crate::structural;
use crate::symbols::atoms;
use crate::terms::{STRUCT_ARGS, Struct, View, cell, view, view_at};
use framework::Value;
use std::cmp::Ordering;

pub const TABLE: &[Builtin] = &[
    ("msort", 2, |vm, a| sort_by(vm, a[0], a[1], None, false, false)),
    ("sort", 2, |vm, a| sort_by(vm, a[0], a[1], None, false, true)),
    ("sort", 4, sort4),
    ("keysort", 2, keysort),
    ("$length", 2, length),
    ("$skip_list", 3, skip_list),
];

/// Sorts; with `key`, by that argument of each item.
fn sort_by(vm: &mut Vm, l: Value, out: Value, key: Option<usize>, descending: bool, unique: bool) -> Answer {
    let items = list(vm, l)?;
    let mut keyed: Vec<(Value, Value)> = Vec::with_capacity(items.len());
    for &i in &items {
        let k = match key {
            None => i,
            Some(n) => match view(i) {
                View::Struct(o) if n <= o.len() => cell_at(vm, o, n),
                View::Cons(o) if n <= 2 => cell_at(vm, o, n),
                View::Unbound(_) => return Err(Error::Instantiation),
                _ => return Err(Error::Type("compound", i)),
            },
        };
        keyed.push((k, i));
    }
    order(vm, &mut keyed, descending);
    if unique {
        keyed.dedup_by(|b, a| structural::compare(vm, a.0, b.0) == Ordering::Equal);
    }
    let sorted: Vec<Value> = keyed.into_iter().map(|p| p.1).collect();
    let l = structural::make_list(vm, &sorted, atoms::NIL);
    unify(vm, out, l)
}

fn cell_at(vm: &mut Vm, o: framework::Obj, n: usize) -> Value {
    let v = cell(&mut vm.core.heap, o, n - 1);
    vm.rt.protected.push(v);
    v
}

/// Sorts by key, stably. Small integers, the common case, are compared as words.
fn order(vm: &Vm, items: &mut [(Value, Value)], descending: bool) {
    if items.iter().all(|(k, _)| k.is_small_int()) {
        match descending {
            false => items.sort_by_key(|(k, _)| k.as_small_int()),
            true => items.sort_by_key(|(k, _)| std::cmp::Reverse(k.as_small_int())),
        }
        return;
    }
    items.sort_by(|a, b| {
        let o = structural::compare(vm, a.0, b.0);
        if descending { o.reverse() } else { o }
    });
}

fn sort4(vm: &mut Vm, a: &[Value]) -> Answer {
    let key = integer(a[0])?;
    if key < 0 {
        return Err(Error::Domain("not_less_than_zero", a[0]));
    }
    let name = atom(a[1])?;
    let (descending, unique) = match vm.rt.shared.symbols.name(name).as_ref() {
        "@<" => (false, true),
        "@=<" => (false, false),
        "@>" => (true, true),
        "@>=" => (true, false),
        _ => return Err(Error::Domain("order", a[1])),
    };
    sort_by(vm, a[2], a[3], if key == 0 { None } else { Some(key as usize) }, descending, unique)
}

fn keysort(vm: &mut Vm, a: &[Value]) -> Answer {
    let items = list(vm, a[0])?;
    let pair = vm.rt.shared.symbols.functor(atoms::MINUS, 2) as i64;
    let mut keyed = Vec::with_capacity(items.len());
    for i in items {
        match view(i) {
            View::Struct(o) if o.get(Struct::functor) == pair => {
                let k = match view_at(o, STRUCT_ARGS) {
                    View::Unbound(_) => cell_at(vm, o, 1),
                    View::Int(n) if Value::fits_small(n) => Value::small_int(n),
                    View::Atom(a) => a,
                    _ => Value(o.word(STRUCT_ARGS)),
                };
                keyed.push((k, i));
            }
            View::Unbound(_) => return Err(Error::Instantiation),
            _ => return Err(Error::Type("pair", i)),
        }
    }
    order(vm, &mut keyed, false);
    let sorted: Vec<Value> = keyed.into_iter().map(|p| p.1).collect();
    let l = structural::make_list(vm, &sorted, atoms::NIL);
    unify(vm, a[1], l)
}

/// `'$skip_list'(List, Length, Tail)`
fn skip_list(vm: &mut Vm, a: &[Value]) -> Answer {
    let mut n = 0;
    let mut o = None;
    let mut now = view(a[0]);
    let mut patience = structural::Patience::default();
    while let View::Cons(next) = now {
        if patience.is_lost() && !structural::is_acyclic_list(a[0]) {
            return Err(Error::Type("list", a[0]));
        }
        (n, o) = (n + 1, Some(next));
        now = view_at(next, 16);
    }
    let tail = match o {
        Some(o) => cell(&mut vm.core.heap, o, 1),
        None => a[0],
    };
    Ok(unify(vm, a[1], Value::small_int(n))? && unify(vm, a[2], tail)?)
}

/// `length/2` for proper lists and for partial ones with a known length; fails for partial lists of unknown length.
fn length(vm: &mut Vm, a: &[Value]) -> Answer {
    let mut n = 0;
    let mut now = view(a[0]);
    let mut patience = structural::Patience::default();
    while let View::Cons(o) = now {
        if patience.is_lost() && !structural::is_acyclic_list(a[0]) {
            return Err(Error::Type("list", a[0]));
        }
        n += 1;
        now = view_at(o, 16);
    }
    match view(a[1]) {
        View::Unbound(_) | View::Int(_) => {}
        View::Big(_) => return Err(Error::Resource("memory")),
        _ => return Err(Error::Type("integer", a[1])),
    }
    match now {
        View::Atom(x) if x == atoms::NIL => match view(a[1]) {
            View::Int(i) if i < 0 => Err(Error::Domain("not_less_than_zero", a[1])),
            _ => unify(vm, a[1], Value::small_int(n)),
        },
        View::Unbound(p) => {
            let want = integer(a[1])?;
            if want < 0 {
                return Err(Error::Domain("not_less_than_zero", a[1]));
            }
            if want < n {
                return Ok(false);
            }
            super::need_room(vm, usize::try_from(want - n).unwrap_or(0).saturating_mul(32))?;
            let stamp = crate::runtime::stamp(vm);
            let mut rest = atoms::NIL;
            for _ in n..want {
                rest = crate::terms::cons(&mut vm.core.heap, stamp, crate::symbols::UNBOUND, rest);
            }
            structural::bind(vm, p, rest);
            Ok(true)
        }
        _ => Err(Error::Type("list", a[0])),
    }
}
