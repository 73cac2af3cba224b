//! Errors: ISO's terms, in SWI-Prolog's dress.

use crate::database::Pred;
use crate::runtime::{self, Machine as Vm};
use crate::structural;
use crate::symbols::{Functor, NONE, atoms};
use crate::terms::{Place, STRUCT_ARGS, Struct, View, new_struct, new_var, view, view_at};
use framework::{Obj, Value};

/// What a built-in predicate can complain of.
#[derive(Clone, Debug)]
pub enum Error {
    Instantiation,
    Type(&'static str, Value),
    Domain(&'static str, Value),
    Existence(&'static str, Value),
    Permission(&'static str, &'static str, Value),
    Representation(&'static str),
    Evaluation(&'static str),
    Resource(&'static str),
    Syntax(String),
    /// A whole ball.
    Ball(Value),
}

/// Builds a compound term from parts that are safe from the collector.
pub fn compound(vm: &mut Vm, name: &str, args: &[Value]) -> Value {
    let name = vm.rt.shared.symbols.atom(name);
    compound_of(vm, name, args)
}

/// As `compound`, with the name as an atom.
pub fn compound_of(vm: &mut Vm, name: Value, args: &[Value]) -> Value {
    let stamp = runtime::stamp(vm);
    let heap = &mut vm.core.heap;
    if name == atoms::DOT && args.len() == 2 {
        return crate::terms::cons(heap, stamp, args[0], args[1]);
    }
    let f = vm.rt.shared.symbols.functor(name, args.len());
    let o = new_struct(heap, stamp, f, args.len());
    for (i, a) in args.iter().enumerate() {
        heap.set_elem(o, Struct::args, i, *a);
    }
    o.into()
}

/// `Name/Arity`
pub fn indicator(vm: &mut Vm, name: Value, arity: usize) -> Value {
    compound_of(vm, atoms::SLASH, &[name, Value::small_int(arity as i64)])
}

/// `type_error(evaluable, Name/Arity)`
pub fn evaluable(vm: &mut Vm, name: Value, arity: usize) -> Error {
    let pi = indicator(vm, name, arity);
    Error::Type("evaluable", pi)
}

/// The ball of an error.
pub fn ball(vm: &mut Vm, e: Error) -> Value {
    let a = |vm: &mut Vm, s: &str| vm.rt.shared.symbols.atom(s);
    let formal = match e {
        Error::Ball(b) => return b,
        Error::Instantiation => a(vm, "instantiation_error"),
        Error::Type(t, culprit) => {
            let t = a(vm, t);
            compound(vm, "type_error", &[t, culprit])
        }
        Error::Domain(t, culprit) => {
            let t = a(vm, t);
            compound(vm, "domain_error", &[t, culprit])
        }
        Error::Existence(t, culprit) => {
            let t = a(vm, t);
            compound(vm, "existence_error", &[t, culprit])
        }
        Error::Permission(action, t, culprit) => {
            let (action, t) = (a(vm, action), a(vm, t));
            compound(vm, "permission_error", &[action, t, culprit])
        }
        Error::Representation(t) => {
            let t = a(vm, t);
            compound(vm, "representation_error", &[t])
        }
        Error::Evaluation(t) => {
            let t = a(vm, t);
            compound(vm, "evaluation_error", &[t])
        }
        Error::Resource(t) => {
            let t = a(vm, t);
            compound(vm, "resource_error", &[t])
        }
        Error::Syntax(t) => {
            let t = a(vm, &t);
            compound(vm, "syntax_error", &[t])
        }
    };
    let stamp = runtime::stamp(vm);
    let context = new_var(&mut vm.core.heap, stamp);
    compound_of(vm, atoms::ERROR, &[formal, context])
}

/// Leaves the exception; `context` is the predicate that raised it.
pub fn raise(vm: &mut Vm, e: Error, context: Option<Functor>) {
    let b = ball(vm, e);
    raise_term(vm, b);
    if let Some(f) = context {
        add_context(vm, f);
    }
}

/// The error as one of a predicate, whatever helper it was found by.
pub fn in_name_of(vm: &mut Vm, e: Error, name: &str, arity: usize) -> Error {
    let f = vm.rt.shared.symbols.functor(vm.rt.shared.symbols.atom(name), arity);
    raise(vm, e, Some(f));
    Error::Ball(take(vm))
}

/// Leaves a copy of the term as the exception.
pub fn raise_term(vm: &mut Vm, ball: Value) {
    vm.rt.ball = structural::copy(vm, ball, 0);
}

/// The error term's object, if the ball is one.
fn error_object(vm: &Vm, ball: Value) -> Option<Obj> {
    match view(ball) {
        View::Struct(o) if vm.rt.shared.symbols.functor_parts(o.get(Struct::functor) as Functor) == (atoms::ERROR, 2) => Some(o),
        _ => None,
    }
}

/// Fills in which predicate an error is about, if nothing has.
pub fn add_context(vm: &mut Vm, f: Functor) {
    let Some(o) = error_object(vm, vm.rt.ball) else { return };
    let View::Unbound(Place { obj, offset }) = view_at(o, STRUCT_ARGS + 8) else { return };
    let (name, arity) = vm.rt.shared.symbols.functor_parts(f);
    let pi = indicator(vm, name, arity);
    let system = vm.rt.shared.symbols.atom("system");
    let pi = compound_of(vm, atoms::COLON, &[system, pi]);
    let message = new_var(&mut vm.core.heap, 0);
    let context = compound(vm, "context", &[pi, message]);
    vm.core.heap.write_barrier(Obj(obj));
    Obj(obj).set_word(offset, context.0);
}

/// Does the flag `unknown` say `fail`?
pub fn unknown_is_failure(vm: &Vm) -> bool {
    vm.rt.flags.get(&atoms::UNKNOWN) == Some(&atoms::FAIL)
}

/// `existence_error(procedure, PI)`
pub fn unknown_procedure(vm: &mut Vm, pred: &Pred) -> Value {
    let pi = indicator(vm, pred.name, pred.arity);
    let procedure = vm.rt.shared.symbols.atom("procedure");
    let formal = compound(vm, "existence_error", &[procedure, pi]);
    compound_of(vm, atoms::ERROR, &[formal, pi])
}

/// The ball of an exception, taken from the runtime.
pub fn take(vm: &mut Vm) -> Value {
    std::mem::replace(&mut vm.rt.ball, NONE)
}
