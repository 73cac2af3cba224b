//! The clause database.

use super::{Answer, Builtin, atom, integer, list, unify};
use crate::database::{self, Key, Pred, PredKind, key_of};
use crate::errors::{Error, compound_of, indicator};
use crate::runtime::{self, Machine as Vm};
use crate::structural;
use crate::symbols::{Functor, atoms};
use crate::terms::{Clause, STRUCT_ARGS, Struct, View, cell, view, view_at};
use framework::{Obj, Value};

pub const TABLE: &[Builtin] = &[
    ("assertz", 1, |vm, a| assert(vm, a[0], false)),
    ("assert", 1, |vm, a| assert(vm, a[0], false)),
    ("asserta", 1, |vm, a| assert(vm, a[0], true)),
    ("$clause_first", 5, clause_first),
    ("$clause_next", 6, clause_next),
    ("$clause_terms", 3, clause_terms),
    ("$erase", 1, |vm, a| Ok(clause_object(a[0]).is_some_and(|o| database::erase(vm, o)))),
    ("retractall", 1, retract_all),
    ("abolish", 1, abolish),
    ("$declare", 2, declare),
    ("$predicate_property", 2, predicate_property),
    ("$predicates", 2, predicates),
    ("$add_clause", 1, |vm, a| {
        crate::consult::add_clause(vm, a[0])?;
        Ok(true)
    }),
    ("consult", 1, consult),
];

fn strip_module(v: Value) -> Value {
    match view(v) {
        View::Struct(o) if o.len() == 2 => {
            if let View::Atom(_) = view_at(o, STRUCT_ARGS)
                && let View::Struct(_) | View::Atom(_) | View::Cons(_) = view_at(o, STRUCT_ARGS + 8)
            {
                Value(o.word(STRUCT_ARGS + 8))
            } else {
                v
            }
        }
        _ => v,
    }
}

fn is_functor(vm: &Vm, o: Obj, name: Value, arity: usize) -> bool {
    vm.rt.shared.symbols.functor_parts(o.get(Struct::functor) as Functor) == (name, arity)
}

/// A term without its `Module:`.
pub fn plain(vm: &Vm, v: Value) -> Value {
    match view(v) {
        View::Struct(o) if is_functor(vm, o, atoms::COLON, 2) => strip_module(v),
        _ => v,
    }
}

/// Head and body of a clause.
pub fn split_clause(vm: &mut Vm, v: Value) -> (Value, Value) {
    let v = plain(vm, v);
    match view(v) {
        View::Struct(o) if is_functor(vm, o, atoms::NECK, 2) => {
            let (h, b) = (cell(&mut vm.core.heap, o, 0), cell(&mut vm.core.heap, o, 1));
            (plain(vm, h), b)
        }
        _ => (v, atoms::TRUE_),
    }
}

/// The predicate a head belongs to.
pub fn pred_of(vm: &mut Vm, head: Value) -> Result<&'static Pred, Error> {
    let shared = vm.rt.shared;
    let f = match view(head) {
        View::Unbound(_) => return Err(Error::Instantiation),
        View::Atom(a) => shared.symbols.functor(a, 0),
        View::Struct(o) => o.get(Struct::functor) as Functor,
        View::Cons(_) => shared.symbols.functor(atoms::DOT, 2),
        _ => return Err(Error::Type("callable", head)),
    };
    Ok(Pred::of(shared, f))
}

/// `permission_error(Action, Type, PI)`
pub fn denied(vm: &mut Vm, action: &'static str, kind: &'static str, pred: &Pred) -> Error {
    let pi = indicator(vm, pred.name, pred.arity);
    Error::Permission(action, kind, pi)
}

/// The body as it is stored: a variable as a goal becomes `call(V)`.
pub fn normal_body(vm: &mut Vm, body: Value) -> Result<Value, Error> {
    match view(body) {
        View::Unbound(_) => Ok(compound_of(vm, atoms::CALL, &[body])),
        View::Atom(_) | View::Struct(_) | View::Cons(_) => Ok(body),
        _ => Err(Error::Type("callable", body)),
    }
}

fn assert(vm: &mut Vm, clause: Value, first: bool) -> Answer {
    let (head, body) = split_clause(vm, clause);
    let pred = pred_of(vm, head)?;
    let body = normal_body(vm, body)?;
    if pred.system.get() || pred.kind.get() == PredKind::Builtin {
        if pred.kind.get() == PredKind::Builtin {
            return Err(denied(vm, "modify", "static_procedure", pred));
        }
        crate::consult::override_library(pred);
    }
    match pred.kind.get() {
        PredKind::Undefined => pred.kind.set(PredKind::Dynamic),
        PredKind::Dynamic => {}
        _ if vm.rt.loading.is_some() => {}
        _ => return Err(denied(vm, "modify", "static_procedure", pred)),
    }
    // One copy for both, so that they share their variables.
    let whole = compound_of(vm, atoms::NECK, &[head, body]);
    let whole = structural::copy(vm, whole, 0).as_obj();
    let (head, body) = (Value(whole.word(STRUCT_ARGS)), Value(whole.word(STRUCT_ARGS + 8)));
    database::add_clause(vm, pred, head, body, None, first);
    Ok(true)
}

fn clause_object(v: Value) -> Option<Obj> {
    match view(v) {
        View::Other(v) => v.obj().filter(|o| o.type_id() == Clause::ID),
        _ => None,
    }
}

fn head_key(head: Value) -> Key {
    match view(head) {
        View::Struct(o) => key_of(view_at(o, STRUCT_ARGS)),
        _ => Key::Any,
    }
}

/// Could the clause's head unify with the head, as far as its arguments' functors tell?
fn may_match(head: Value, clause: Obj) -> bool {
    match (view(head), view(clause.get(Clause::head))) {
        (View::Struct(h), View::Struct(c)) => (0..h.len()).all(|i| {
            let (x, y) = (key_of(view_at(h, STRUCT_ARGS + 8 * i)), key_of(view_at(c, STRUCT_ARGS + 8 * i)));
            x == Key::Any || y == Key::Any || x == y
        }),
        _ => true,
    }
}

fn next_match(vm: &Vm, pred: &Pred, head: Value, key: Key, mut after: i64, generation: i64) -> Option<Obj> {
    loop {
        let c = database::next_clause(pred, key, after, generation, generation == vm.rt.generation)?;
        if may_match(head, c) {
            return Some(c);
        }
        after = c.get(Clause::seq);
    }
}

fn answer_clause(vm: &mut Vm, pred: &Pred, head: Value, key: Key, found: Option<Obj>, generation: i64, out: [Value; 2]) -> Answer {
    let Some(c) = found else { return Ok(false) };
    let next = next_match(vm, pred, head, key, c.get(Clause::seq), generation);
    let none = vm.rt.shared.symbols.atom("none");
    Ok(unify(vm, out[0], c.into())? && unify(vm, out[1], next.map_or(none, Value::from))?)
}

/// `'$clause_first'(Head, For, Clause, Next, Generation)`: the first clause that may match, and the one after it or `none`.
/// `For` is `clause` or `retract`, whose permissions differ.
fn clause_first(vm: &mut Vm, a: &[Value]) -> Answer {
    let head = plain(vm, a[0]);
    let pred = pred_of(vm, head)?;
    let retract = view(a[1]) != View::Atom(vm.rt.shared.symbols.atom("clause"));
    match pred.kind.get() {
        PredKind::Undefined => return Ok(false),
        PredKind::Dynamic => {}
        _ if retract => return Err(denied(vm, "access", "private_procedure", pred)),
        _ if pred.system.get() => return Err(denied(vm, "access", "private_procedure", pred)),
        PredKind::Builtin => return Err(denied(vm, "access", "private_procedure", pred)),
        PredKind::Static | PredKind::Library => {}
    }
    let key = head_key(head);
    let generation = vm.rt.generation;
    let found = next_match(vm, pred, head, key, i64::MIN, generation);
    Ok(unify(vm, a[4], Value::small_int(generation))? && answer_clause(vm, pred, head, key, found, generation, [a[2], a[3]])?)
}

/// `'$clause_next'(Head, Now, Generation, Clause, Next, _)`: goes on at clause `Now`.
fn clause_next(vm: &mut Vm, a: &[Value]) -> Answer {
    let head = plain(vm, a[0]);
    let pred = pred_of(vm, head)?;
    let generation = integer(a[2])?;
    let key = head_key(head);
    let found = clause_object(a[1]);
    answer_clause(vm, pred, head, key, found, generation, [a[3], a[4]])
}

/// Unifies with a renamed copy of the clause: `'$clause_terms'(Clause, Head, Body)`.
fn clause_terms(vm: &mut Vm, a: &[Value]) -> Answer {
    let Some(o) = clause_object(a[0]) else { return Ok(false) };
    let stamp = runtime::stamp(vm);
    let mut variables = structural::Renaming::default();
    let head = structural::copy_with(vm, o.get(Clause::head), stamp, &mut variables);
    let wanted = plain(vm, a[1]);
    if !structural::unify(vm, wanted, head) {
        return Ok(false);
    }
    let body = structural::copy_with(vm, o.get(Clause::body), stamp, &mut variables);
    unify(vm, a[2], body)
}

fn retract_all(vm: &mut Vm, a: &[Value]) -> Answer {
    let head = plain(vm, a[0]);
    let pred = pred_of(vm, head)?;
    match pred.kind.get() {
        PredKind::Undefined => pred.kind.set(PredKind::Dynamic),
        PredKind::Dynamic => {}
        _ => return Err(denied(vm, "modify", "static_procedure", pred)),
    }
    let key = head_key(head);
    let generation = vm.rt.generation;
    let general = structural::variables(head).len() == pred.arity;
    let mut after = i64::MIN;
    while let Some(c) = next_match(vm, pred, head, key, after, generation) {
        after = c.get(Clause::seq);
        let matches = general || {
            let m = vm.rt.shared.machine();
            let mark = m.get(crate::terms::Machine::trail);
            let newest = m.get(crate::terms::Machine::choice_stamp);
            vm.core.heap.set(m, crate::terms::Machine::choice_stamp, i64::MAX);
            let copy = structural::copy(vm, c.get(Clause::head), 1);
            let r = structural::unify(vm, head, copy);
            runtime::undo(vm, mark);
            vm.core.heap.set(m, crate::terms::Machine::choice_stamp, newest);
            r
        };
        if matches {
            database::erase(vm, c);
        }
    }
    Ok(true)
}

/// Name and arity of a predicate indicator.
pub fn read_indicator(vm: &mut Vm, v: Value) -> Result<&'static Pred, Error> {
    let v = plain(vm, v);
    match view(v) {
        View::Struct(o) if o.len() == 2 => {
            let (name, arity) = (cell(&mut vm.core.heap, o, 0), cell(&mut vm.core.heap, o, 1));
            let f = vm.rt.shared.symbols.functor_parts(o.get(Struct::functor) as Functor).0;
            let dcg = f == vm.rt.shared.symbols.atom("//");
            if f != atoms::SLASH && !dcg {
                return Err(Error::Type("predicate_indicator", v));
            }
            let (name, arity) = (atom(name)?, integer(arity)?);
            if arity < 0 {
                return Err(Error::Domain("not_less_than_zero", Value::small_int(arity)));
            }
            let f = vm.rt.shared.symbols.functor(name, arity as usize + if dcg { 2 } else { 0 });
            Ok(Pred::of(vm.rt.shared, f))
        }
        View::Unbound(_) => Err(Error::Instantiation),
        _ => Err(Error::Type("predicate_indicator", v)),
    }
}

fn abolish(vm: &mut Vm, a: &[Value]) -> Answer {
    let pred = read_indicator(vm, a[0])?;
    match pred.kind.get() {
        PredKind::Undefined => {}
        PredKind::Dynamic => {
            for c in pred.live() {
                database::erase(vm, c);
            }
        }
        _ => return Err(denied(vm, "modify", "static_procedure", pred)),
    }
    Ok(true)
}

/// `'$declare'(Property, Indicators)`
fn declare(vm: &mut Vm, a: &[Value]) -> Answer {
    let property = atom(a[0])?;
    let property = vm.rt.shared.symbols.name(property);
    let mut work = vec![a[1]];
    while let Some(v) = work.pop() {
        match view(v) {
            View::Struct(o) if is_functor(vm, o, atoms::COMMA, 2) => {
                work.push(cell(&mut vm.core.heap, o, 1));
                work.push(cell(&mut vm.core.heap, o, 0));
                continue;
            }
            View::Cons(_) => {
                work.extend(list(vm, v)?.into_iter().rev());
                continue;
            }
            View::Atom(a) if a == atoms::NIL => continue,
            _ => {}
        }
        let pred = read_indicator(vm, v)?;
        match &*property {
            "dynamic" => match pred.kind.get() {
                PredKind::Builtin => return Err(denied(vm, "modify", "static_procedure", pred)),
                PredKind::Library => {
                    crate::consult::override_library(pred);
                    pred.kind.set(PredKind::Dynamic);
                }
                PredKind::Static if pred.count() > 0 && vm.rt.loading.is_none() => return Err(denied(vm, "modify", "static_procedure", pred)),
                _ => pred.kind.set(PredKind::Dynamic),
            },
            "discontiguous" => {
                pred.discontiguous.set(true);
                if pred.kind.get() == PredKind::Undefined {
                    pred.kind.set(PredKind::Static);
                }
            }
            "multifile" => pred.multifile.set(true),
            _ => {}
        }
    }
    Ok(true)
}

fn predicate_property(vm: &mut Vm, a: &[Value]) -> Answer {
    let head = plain(vm, a[0]);
    let pred = pred_of(vm, head)?;
    let kind = pred.kind.get();
    let mut names: Vec<&str> = vec!["visible"];
    match kind {
        PredKind::Undefined => return unify(vm, a[1], atoms::NIL),
        PredKind::Dynamic => names.extend(["defined", "dynamic"]),
        PredKind::Static | PredKind::Library => names.extend(["defined", "static"]),
        PredKind::Builtin => names.extend(["defined", "static", "built_in", "system", "foreign"]),
    }
    if pred.system.get() && kind != PredKind::Builtin {
        names.extend(["built_in", "system"]);
    }
    if pred.multifile.get() {
        names.push("multifile");
    }
    let mut items: Vec<Value> = names.iter().map(|n| vm.rt.shared.symbols.atom(n)).collect();
    if kind != PredKind::Builtin {
        let n = crate::errors::compound(vm, "number_of_clauses", &[Value::small_int(pred.count() as i64)]);
        items.push(n);
    }
    let l = structural::make_list(vm, &items, atoms::NIL);
    unify(vm, a[1], l)
}

/// `'$predicates'(Name, Indicators)`: those that the user has defined, of this name if it is bound.
fn predicates(vm: &mut Vm, a: &[Value]) -> Answer {
    let wanted = match view(a[0]) {
        View::Atom(n) => Some(n),
        _ => None,
    };
    let stamp = runtime::stamp(vm);
    let mut l = atoms::NIL;
    for p in vm.rt.shared.symbols.all_preds().into_iter().rev() {
        let hidden = p.system.get() || matches!(p.kind.get(), PredKind::Undefined | PredKind::Builtin | PredKind::Library) || p.count() == 0;
        if hidden || wanted.is_some_and(|n| n != p.name) {
            continue;
        }
        let pi = indicator(vm, p.name, p.arity);
        l = crate::terms::cons(&mut vm.core.heap, stamp, pi, l);
    }
    unify(vm, a[1], l)
}

fn consult(vm: &mut Vm, a: &[Value]) -> Answer {
    let files = match view(a[0]) {
        View::Cons(_) => list(vm, a[0])?,
        _ => vec![a[0]],
    };
    for f in files {
        let name = super::text::text(vm, f).ok_or(Error::Type("atom", f))?;
        match crate::consult::find_file(vm, &name) {
            Some(path) => crate::consult::load_file(vm, &path),
            None => return Err(Error::Existence("source_sink", f)),
        }
    }
    Ok(true)
}
