//! Terms: taking apart, making, comparing, copying.

use super::{Answer, Builtin, atom, integer, list, unify};
use crate::errors::{Error, compound_of};
use crate::runtime::{self, Machine as Vm};
use crate::structural;
use crate::symbols::atoms;
use crate::terms::{Place, View, cell, cells, cons, functor_of, new_struct, new_var, view, view_at};
use framework::{Obj, Value};
use std::cmp::Ordering;
use std::collections::HashMap;

pub const TABLE: &[Builtin] = &[
    ("functor", 3, functor),
    ("$arg", 3, arg),
    ("=..", 2, univ),
    ("copy_term", 2, copy_term),
    ("compare", 3, compare),
    ("@<", 2, |vm, a| Ok(structural::compare(vm, a[0], a[1]) == Ordering::Less)),
    ("@>", 2, |vm, a| Ok(structural::compare(vm, a[0], a[1]) == Ordering::Greater)),
    ("@=<", 2, |vm, a| Ok(structural::compare(vm, a[0], a[1]) != Ordering::Greater)),
    ("@>=", 2, |vm, a| Ok(structural::compare(vm, a[0], a[1]) != Ordering::Less)),
    ("\\=", 2, not_unifiable),
    ("unify_with_occurs_check", 2, unify_with_occurs_check),
    ("term_variables", 2, term_variables),
    ("ground", 1, |_, a| Ok(structural::is_ground(a[0]))),
    ("is_list", 1, |_, a| Ok(is_list(a[0]))),
    ("string", 1, |_, a| Ok(matches!(view(a[0]), View::Str(_)))),
    ("is_assoc", 1, |_, a| Ok(matches!(view(a[0]), View::Struct(_) | View::Atom(_)))),
    ("=@=", 2, |vm, a| Ok(variant(vm, a[0], a[1]))),
    ("\\=@=", 2, |vm, a| Ok(!variant(vm, a[0], a[1]))),
    ("setarg", 3, |vm, a| set_argument(vm, a, true)),
    ("nb_setarg", 3, |vm, a| set_argument(vm, a, false)),
    ("compound_name_arity", 3, compound_name_arity),
    ("compound_name_arguments", 3, compound_name_arguments),
    ("cyclic_term", 1, |_, a| Ok(!structural::is_finite(a[0]))),
    ("acyclic_term", 1, |_, a| Ok(structural::is_finite(a[0]))),
    ("blob", 2, |_, _| Ok(false)),
];

fn functor(vm: &mut Vm, a: &[Value]) -> Answer {
    match view(a[0]) {
        View::Unbound(_) => {
            let n = integer(a[2])?;
            match view(a[1]) {
                View::Unbound(_) => return Err(Error::Instantiation),
                View::Struct(_) | View::Cons(_) => return Err(Error::Type("atomic", a[1])),
                _ => {}
            }
            if n == 0 {
                return unify(vm, a[0], a[1]);
            }
            if n < 0 {
                return Err(Error::Domain("not_less_than_zero", a[2]));
            }
            if n > 1 << 24 {
                return Err(Error::Resource("memory"));
            }
            let View::Atom(name) = view(a[1]) else {
                return Err(if view_is_compound(a[1]) { Error::Type("atomic", a[1]) } else { Error::Type("callable", a[1]) });
            };
            let t = new_compound(vm, name, n as usize);
            unify(vm, a[0], t)
        }
        View::Struct(o) | View::Cons(o) => {
            let (name, n) = functor_of(&vm.rt.shared.symbols, o);
            Ok(unify(vm, a[1], name)? && unify(vm, a[2], Value::small_int(n as i64))?)
        }
        _ => Ok(unify(vm, a[1], a[0])? && unify(vm, a[2], Value::small_int(0))?),
    }
}

fn view_is_compound(v: Value) -> bool {
    matches!(view(v), View::Struct(_) | View::Cons(_))
}

/// A compound term with unbound arguments.
fn new_compound(vm: &mut Vm, name: Value, n: usize) -> Value {
    let stamp = runtime::stamp(vm);
    let heap = &mut vm.core.heap;
    if name == atoms::DOT && n == 2 {
        return cons(heap, stamp, crate::symbols::UNBOUND, crate::symbols::UNBOUND);
    }
    let f = vm.rt.shared.symbols.functor(name, n);
    new_struct(heap, stamp, f, n).into()
}

/// `arg/3` with a number; the library enumerates.
fn arg(vm: &mut Vm, a: &[Value]) -> Answer {
    let o = match view(a[1]) {
        View::Struct(o) | View::Cons(o) => o,
        View::Unbound(_) => return Err(Error::Instantiation),
        _ => return Err(Error::Type("compound", a[1])),
    };
    let n = integer(a[0])?;
    if n < 0 {
        return Err(Error::Domain("not_less_than_zero", a[0]));
    }
    if n == 0 || n as usize > cells(o).0 {
        return Ok(false);
    }
    let v = cell(&mut vm.core.heap, o, n as usize - 1);
    unify(vm, a[2], v)
}

/// `Term =.. [Name|Args]`
pub fn construct(vm: &mut Vm, name: Value, args: &[Value]) -> Result<Value, Error> {
    match view(name) {
        View::Unbound(_) => Err(Error::Instantiation),
        View::Atom(n) if args.is_empty() => Ok(n),
        View::Atom(n) => Ok(compound_of(vm, n, args)),
        View::Struct(_) | View::Cons(_) => Err(if args.is_empty() { Error::Type("atomic", name) } else { Error::Type("atom", name) }),
        _ if args.is_empty() => Ok(name),
        _ => Err(Error::Type("callable", name)),
    }
}

fn arguments(vm: &mut Vm, o: Obj) -> Vec<Value> {
    let n = cells(o).0;
    let keep = vm.core.heap.alloc_array(crate::terms::Args::TYPE, n);
    vm.rt.protected.push(keep.into());
    (0..n)
        .map(|i| {
            let v = cell(&mut vm.core.heap, o, i);
            vm.core.heap.set_elem(keep, crate::terms::Args::items, i, v);
            v
        })
        .collect()
}

fn univ(vm: &mut Vm, a: &[Value]) -> Answer {
    match view(a[0]) {
        View::Struct(o) | View::Cons(o) => {
            let (name, _) = functor_of(&vm.rt.shared.symbols, o);
            let mut items = vec![name];
            items.extend(arguments(vm, o));
            let l = structural::make_list(vm, &items, atoms::NIL);
            unify(vm, a[1], l)
        }
        View::Unbound(_) => {
            let items = list(vm, a[1])?;
            let Some((name, args)) = items.split_first() else { return Err(Error::Domain("non_empty_list", atoms::NIL)) };
            let t = construct(vm, *name, args)?;
            unify(vm, a[0], t)
        }
        _ => {
            let l = structural::make_list(vm, &[a[0]], atoms::NIL);
            unify(vm, a[1], l)
        }
    }
}

fn copy_term(vm: &mut Vm, a: &[Value]) -> Answer {
    let stamp = runtime::stamp(vm);
    let c = structural::copy(vm, a[0], stamp);
    unify(vm, a[1], c)
}

fn compare(vm: &mut Vm, a: &[Value]) -> Answer {
    match view(a[0]) {
        View::Unbound(_) => {}
        View::Atom(atoms::LT | atoms::GT | atoms::EQ) => {}
        View::Atom(_) => return Err(Error::Domain("order", a[0])),
        _ => return Err(Error::Type("atom", a[0])),
    }
    let order = match structural::compare(vm, a[1], a[2]) {
        Ordering::Less => atoms::LT,
        Ordering::Equal => atoms::EQ,
        Ordering::Greater => atoms::GT,
    };
    unify(vm, a[0], order)
}

fn not_unifiable(vm: &mut Vm, a: &[Value]) -> Answer {
    Ok(!tentatively(vm, |vm| structural::unify(vm, a[0], a[1])))
}

/// Does something with all bindings on the trail, then undoes them.
fn tentatively(vm: &mut Vm, f: impl FnOnce(&mut Vm) -> bool) -> bool {
    use crate::terms::Machine;
    let m = vm.rt.shared.machine();
    let (newest, mark) = (m.get(Machine::choice_stamp), m.get(Machine::trail));
    vm.core.heap.set(m, Machine::choice_stamp, i64::MAX);
    let r = f(vm);
    runtime::undo(vm, mark);
    vm.core.heap.set(m, Machine::choice_stamp, newest);
    r
}

fn unify_with_occurs_check(vm: &mut Vm, a: &[Value]) -> Answer {
    // Unify, then look for a cycle through what was bound: a term that contains itself has an endless walk, which is
    // found by walking with the path marked. Binding by binding is dearer but needs no marks: unify pairs one by one.
    let mut work = vec![(a[0], a[1])];
    let keep = vm.rt.protected.len();
    let mut patience = structural::Patience::default();
    while let Some((x, y)) = work.pop() {
        if patience.is_lost() && !(structural::is_acyclic(a[0]) && structural::is_acyclic(a[1])) {
            return Ok(false);
        }
        match (view(x), view(y)) {
            (View::Unbound(p), View::Unbound(q)) if p == q => {}
            (View::Unbound(p), other) | (other, View::Unbound(p)) => {
                let t = if view(x) == other { x } else { y };
                let occurs = !matches!(other, View::Unbound(_)) && !structural::walk(t, |s| s != View::Unbound(p));
                if occurs || !structural::unify(vm, x, y) {
                    return Ok(false);
                }
            }
            (View::Cons(o) | View::Struct(o), View::Cons(q) | View::Struct(q)) => {
                if functor_of(&vm.rt.shared.symbols, o) != functor_of(&vm.rt.shared.symbols, q) {
                    return Ok(false);
                }
                for i in (0..cells(o).0).rev() {
                    let (s, t) = (cell(&mut vm.core.heap, o, i), cell(&mut vm.core.heap, q, i));
                    vm.rt.protected.extend([s, t]);
                    work.push((s, t));
                }
            }
            _ => {
                if !structural::unify(vm, x, y) {
                    return Ok(false);
                }
            }
        }
    }
    vm.rt.protected.truncate(keep);
    Ok(true)
}

fn term_variables(vm: &mut Vm, a: &[Value]) -> Answer {
    let places = structural::variables(a[0]);
    let l = list_of_places(vm, &places);
    unify(vm, a[1], l)
}

/// A list of references to unbound cells.
pub fn list_of_places(vm: &mut Vm, places: &[Place]) -> Value {
    let stamp = runtime::stamp(vm);
    let mut l = atoms::NIL;
    for p in places.iter().rev() {
        let r = p.reference(&mut vm.core.heap);
        l = cons(&mut vm.core.heap, stamp, r, l);
    }
    l
}

/// Is it a proper list?
pub fn is_list(v: Value) -> bool {
    let mut now = view(v);
    let mut patience = structural::Patience::default();
    loop {
        if patience.is_lost() && !structural::is_acyclic_list(v) {
            return false;
        }
        match now {
            View::Cons(o) => now = view_at(o, 16),
            View::Atom(a) => return a == atoms::NIL,
            _ => return false,
        }
    }
}

/// Are the terms equal up to the names of variables?
fn variant(vm: &Vm, a: Value, b: Value) -> bool {
    let mut forth: HashMap<Place, Place> = HashMap::new();
    let mut back: HashMap<Place, Place> = HashMap::new();
    let mut work = vec![(view(a), view(b))];
    let mut patience = structural::Patience::default();
    let mut seen: Option<std::collections::HashSet<(u64, u64)>> = None;
    while let Some((x, y)) = work.pop() {
        if patience.is_lost() && !(structural::is_acyclic(a) && structural::is_acyclic(b)) {
            seen = Some(Default::default());
        }
        match (x, y) {
            (View::Unbound(p), View::Unbound(q)) => {
                if *forth.entry(p).or_insert(q) != q || *back.entry(q).or_insert(p) != p {
                    return false;
                }
            }
            (View::Cons(o) | View::Struct(o), View::Cons(q) | View::Struct(q)) => {
                if functor_of(&vm.rt.shared.symbols, o) != functor_of(&vm.rt.shared.symbols, q) {
                    return false;
                }
                if seen.as_mut().is_some_and(|s| !s.insert((o.0, q.0))) {
                    continue;
                }
                let (n, first) = cells(o);
                work.extend((0..n).rev().map(|i| (view_at(o, first + 8 * i), view_at(q, first + 8 * i))));
            }
            (View::Str(o), View::Str(q)) => {
                if crate::terms::string_text(o) != crate::terms::string_text(q) {
                    return false;
                }
            }
            (View::Big(o), View::Big(q)) => {
                if crate::terms::big(o) != crate::terms::big(q) {
                    return false;
                }
            }
            _ if x == y => {}
            _ => return false,
        }
    }
    true
}

fn set_argument(vm: &mut Vm, a: &[Value], undo: bool) -> Answer {
    let n = integer(a[0])?;
    let o = match view(a[1]) {
        View::Struct(o) | View::Cons(o) => o,
        View::Unbound(_) => return Err(Error::Instantiation),
        _ => return Err(Error::Type("compound", a[1])),
    };
    let (count, first) = cells(o);
    if n < 1 || n as usize > count {
        return Ok(false);
    }
    let offset = first + 8 * (n as usize - 1);
    let v = if undo { a[2] } else { structural::copy(vm, a[2], 0) };
    if undo {
        let old = Value(o.word(offset));
        structural::trail_old(vm, Place { obj: o.0, offset }, old);
    }
    let v = crate::terms::deref(v, &mut vm.core.heap);
    vm.core.heap.write_barrier(o);
    o.set_word(offset, v.0);
    Ok(true)
}

fn compound_name_arity(vm: &mut Vm, a: &[Value]) -> Answer {
    match view(a[0]) {
        View::Struct(o) | View::Cons(o) => {
            let (name, n) = functor_of(&vm.rt.shared.symbols, o);
            Ok(unify(vm, a[1], name)? && unify(vm, a[2], Value::small_int(n as i64))?)
        }
        View::Unbound(_) => {
            let (name, n) = (atom(a[1])?, integer(a[2])?);
            let t = new_compound(vm, name, n.max(0) as usize);
            unify(vm, a[0], t)
        }
        _ => Err(Error::Type("compound", a[0])),
    }
}

fn compound_name_arguments(vm: &mut Vm, a: &[Value]) -> Answer {
    match view(a[0]) {
        View::Struct(o) | View::Cons(o) => {
            let (name, _) = functor_of(&vm.rt.shared.symbols, o);
            let items = arguments(vm, o);
            let l = structural::make_list(vm, &items, atoms::NIL);
            Ok(unify(vm, a[1], name)? && unify(vm, a[2], l)?)
        }
        View::Unbound(_) => {
            let name = atom(a[1])?;
            let items = list(vm, a[2])?;
            let t = compound_of(vm, name, &items);
            unify(vm, a[0], t)
        }
        _ => Err(Error::Type("compound", a[0])),
    }
}

/// A fresh variable, for other builtins.
pub fn fresh(vm: &mut Vm) -> Value {
    let stamp = runtime::stamp(vm);
    new_var(&mut vm.core.heap, stamp)
}
