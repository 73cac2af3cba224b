//! The clause database.

use super::{Answer, Builtin, atom, integer, list, unify};
use crate::copy::{Renaming, unify_renamed};
use crate::database::{self, Key, Pred, PredKind, key_of};
use crate::errors::{self, Error, compound, compound_of, indicator};
use crate::runtime::{self, Machine as Vm};
use crate::structural;
use crate::symbols::{Functor, atoms};
use crate::terms::{Clause, STRUCT_ARGS, Struct, View, cell, view, view_at};
use framework::{Obj, Value};

pub const TABLE: &[Builtin] = &[
    ("assertz", 1, |vm, a| assert(vm, a[0], false).map(|_| true)),
    ("assert", 1, |vm, a| assert(vm, a[0], false).map(|_| true)),
    ("asserta", 1, |vm, a| assert(vm, a[0], true).map(|_| true)),
    ("assertz", 2, |vm, a| {
        let c = assert(vm, a[0], false)?;
        unify(vm, a[1], c.into())
    }),
    ("asserta", 2, |vm, a| {
        let c = assert(vm, a[0], true)?;
        unify(vm, a[1], c.into())
    }),
    ("$clause", 4, clause),
    ("$retract", 2, retract),
    ("$clause_next", 5, clause_next),
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
        View::Atom(_) | View::Cons(_) => Ok(body),
        View::Struct(o) if has_variable_goal(vm, o) => Ok(with_called_variables(vm, o)),
        View::Struct(_) => Ok(body),
        _ => Err(Error::Type("callable", body)),
    }
}

fn is_connective(vm: &Vm, o: Obj) -> bool {
    let (f, s) = (o.get(Struct::functor) as Functor, vm.rt.shared.system());
    [s.conjunction, s.disjunction, s.if_then, s.soft_if_then].contains(&f)
}

/// Is one of the goals that a control construct connects a variable?
fn has_variable_goal(vm: &Vm, o: Obj) -> bool {
    let mut work = vec![o];
    let mut patience = structural::Patience::default();
    while let Some(o) = work.pop() {
        if patience.is_lost() && !structural::is_acyclic(o.into()) {
            // Whoever stores it finds out.
            return false;
        }
        if is_connective(vm, o) {
            for i in 0..2 {
                match view_at(o, STRUCT_ARGS + 8 * i) {
                    View::Unbound(_) => return true,
                    View::Struct(o) => work.push(o),
                    _ => {}
                }
            }
        }
    }
    false
}

fn with_called_variables(vm: &mut Vm, o: Obj) -> Value {
    let stamp = runtime::stamp(vm);
    let fresh = |vm: &mut Vm, o: Obj| crate::terms::new_struct(&mut vm.core.heap, stamp, o.get(Struct::functor) as Functor, 2);
    let root = fresh(vm, o);
    let mut work = vec![(o, root)];
    while let Some((from, to)) = work.pop() {
        for i in 0..2 {
            let v = match view_at(from, STRUCT_ARGS + 8 * i) {
                View::Unbound(p) => {
                    let v = p.reference(&mut vm.core.heap);
                    compound_of(vm, atoms::CALL, &[v])
                }
                View::Struct(o) if is_connective(vm, o) => {
                    let c = fresh(vm, o);
                    work.push((o, c));
                    c.into()
                }
                _ => Value(from.word(STRUCT_ARGS + 8 * i)),
            };
            vm.core.heap.set_elem(to, Struct::args, i, v);
        }
    }
    root.into()
}

fn assert(vm: &mut Vm, clause: Value, first: bool) -> Result<Obj, Error> {
    let (head, body) = split_clause(vm, clause);
    let pred = pred_of(vm, head)?;
    let body = normal_body(vm, body)?;
    crate::consult::redefine(vm, pred)?;
    match pred.kind.get() {
        PredKind::Undefined => pred.kind.set(PredKind::Dynamic),
        PredKind::Dynamic => {}
        _ if vm.rt.loading.is_some() => {}
        _ => return Err(denied(vm, "modify", "static_procedure", pred)),
    }
    // One copy for both, so that they share their variables.
    let whole = compound_of(vm, atoms::NECK, &[head, body]);
    if !structural::is_finite(whole) {
        return Err(Error::Representation("cyclic_term"));
    }
    let whole = structural::copy(vm, whole, 0).as_obj();
    let (head, body) = (Value(whole.word(STRUCT_ARGS)), Value(whole.word(STRUCT_ARGS + 8)));
    Ok(database::add_clause(vm, pred, head, body, None, first))
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

/// Who wants clauses.
#[derive(Clone, Copy, PartialEq)]
enum Purpose {
    Clause,
    Retract,
}

/// Unifies a term for the head and one for the body with the clause, renamed.
fn match_clause(vm: &mut Vm, clause: Obj, head: Value, body: Value) -> bool {
    let stamp = runtime::stamp(vm);
    let mut variables = Renaming::default();
    unify_renamed(vm, view(clause.get(Clause::head)), view(head), stamp, &mut variables)
        && unify_renamed(vm, view(clause.get(Clause::body)), view(body), stamp, &mut variables)
}

/// `'$clause'(Head, Body, Ref, State)`: if only one clause can match, unifies with that; `State` is `[]` then. Else it is
/// `more(Clause, Next, Generation)`, see `'$clause_next'`.
fn clause(vm: &mut Vm, a: &[Value]) -> Answer {
    find_clause(vm, [a[0], a[1], a[2], a[3]], Purpose::Clause).map_err(|e| errors::in_name_of(vm, e, "clause", 2))
}

/// `'$retract'(Clause, State)`: as `'$clause'`; if there is only one that can match, it is erased.
fn retract(vm: &mut Vm, a: &[Value]) -> Answer {
    let (head, body) = split_clause(vm, a[0]);
    find_clause(vm, [head, body, atoms::NIL, a[1]], Purpose::Retract).map_err(|e| errors::in_name_of(vm, e, "retract", 1))
}

fn find_clause(vm: &mut Vm, [head, body, reference, state]: [Value; 4], purpose: Purpose) -> Answer {
    let head = plain(vm, head);
    let pred = pred_of(vm, head)?;
    let is_private = match pred.kind.get() {
        PredKind::Undefined => return Ok(false),
        PredKind::Dynamic => false,
        PredKind::Builtin => true,
        PredKind::Static | PredKind::Library => purpose == Purpose::Retract || pred.system.get(),
    };
    if is_private {
        return Err(denied(vm, "access", "private_procedure", pred));
    }
    let key = head_key(head);
    let generation = vm.rt.generation;
    let Some(c) = next_match(vm, pred, head, key, i64::MIN, generation) else { return Ok(false) };
    let Some(next) = next_match(vm, pred, head, key, c.get(Clause::seq), generation) else {
        if !match_clause(vm, c, head, body) {
            return Ok(false);
        }
        match purpose {
            Purpose::Clause => return Ok(unify(vm, reference, c.into())? && unify(vm, state, atoms::NIL)?),
            Purpose::Retract => return Ok(database::erase(vm, c) && unify(vm, state, atoms::NIL)?),
        }
    };
    let more = compound(vm, "more", &[c.into(), next.into(), Value::small_int(generation), head, body]);
    unify(vm, state, more)
}

/// `'$clause_next'(Head, Now, Generation, Clause, Next)`: clause `Now`, and the one after it that may match or `none`.
fn clause_next(vm: &mut Vm, a: &[Value]) -> Answer {
    let head = plain(vm, a[0]);
    let pred = pred_of(vm, head)?;
    let generation = integer(a[2])?;
    let Some(c) = clause_object(a[1]) else { return Ok(false) };
    let next = next_match(vm, pred, head, head_key(head), c.get(Clause::seq), generation);
    Ok(unify(vm, a[3], c.into())? && unify(vm, a[4], next.map_or(atoms::NONE, Value::from))?)
}

/// `'$clause_terms'(Clause, Head, Body)`
fn clause_terms(vm: &mut Vm, a: &[Value]) -> Answer {
    let Some(o) = clause_object(a[0]) else { return Ok(false) };
    let head = plain(vm, a[1]);
    Ok(match_clause(vm, o, head, a[2]))
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
            let r = unify_renamed(vm, view(c.get(Clause::head)), view(head), 1, &mut Renaming::default());
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
                    crate::consult::redefine(vm, pred)?;
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
