//! Built-in predicates in Rust: all deterministic. Those that have several solutions are written in Prolog, in `library`, on
//! top of helpers here whose names begin with `$`.

pub mod bag;
pub mod database;
pub mod format;
pub mod io;
pub mod list;
pub mod read;
pub mod streams;
pub mod sub_text;
pub mod system;
pub mod term;
pub mod text;

use crate::code::{A, Insn, Operand};
use crate::database::Pred;
use crate::errors::{self, Error};
use crate::runtime::Machine as Vm;
use crate::structural;
use crate::symbols::{FALSE, Functor, TRUE};
use crate::terms::{View, view};
use framework::{RAISED, Value};

/// Outcome of a built-in predicate.
pub type Answer = Result<bool, Error>;

/// A built-in predicate: name, number of arguments, code.
pub type Builtin = (&'static str, usize, fn(&mut Vm, &[Value]) -> Answer);

const TABLES: &[&[Builtin]] = &[
    term::TABLE,
    bag::TABLE,
    text::TABLE,
    sub_text::TABLE,
    list::TABLE,
    io::TABLE,
    read::TABLE,
    streams::TABLE,
    format::TABLE,
    database::TABLE,
    system::TABLE,
];

/// Predicates that are instructions: name, arity.
const CONTROL: &[(&str, usize)] =
    &[("catch", 3), ("call", 1), ("call", 2), ("call", 3), ("call", 4), ("call", 5), ("call", 6), ("call", 7), ("call", 8)];

fn all() -> impl Iterator<Item = &'static Builtin> {
    TABLES.iter().flat_map(|t| t.iter())
}

/// Registers the built-in predicates.
pub fn install(vm: &mut Vm) {
    let shared = vm.rt.shared;
    for (id, (name, arity, _)) in all().enumerate() {
        let f = shared.symbols.functor(shared.symbols.atom(name), *arity);
        let args = (0..*arity as u32).map(|i| Operand::Reg(A + i)).collect();
        Pred::of(shared, f).set_builtin(vec![Insn::Builtin { id: id as u32, args }, Insn::Proceed]);
        vm.rt.builtin_ids.insert(f, id as u32);
        vm.rt.builtin_functors.push(f);
    }
    for (name, arity) in [("term_expansion", 2), ("goal_expansion", 2), ("message_hook", 3)] {
        let f = shared.symbols.functor(shared.symbols.atom(name), arity);
        Pred::of(shared, f).kind.set(crate::database::PredKind::Dynamic);
    }
    for (name, arity) in CONTROL {
        let f = shared.symbols.functor(shared.symbols.atom(name), *arity);
        let insn = if *name == "catch" { Insn::Catch } else { Insn::CallN { n: *arity as u32 } };
        Pred::of(shared, f).set_builtin(vec![insn]);
    }
}

/// The number of a built-in predicate.
pub fn id_of(vm: &Vm, f: Functor) -> Option<u32> {
    vm.rt.builtin_ids.get(&f).copied()
}

/// Runs a built-in predicate.
pub fn run(vm: &mut Vm, id: usize, args: &[Value]) -> Value {
    let (_, arity, body) = vm.rt.builtin_table[id];
    let mark = vm.rt.protected.len();
    let mut answer = body(vm, &args[..arity]);
    if vm.core.heap.is_exhausted() && answer.is_ok() {
        vm.core.heap.take_exhausted();
        answer = Err(Error::Resource("memory"));
    }
    vm.rt.protected.truncate(mark);
    if vm.rt.shared.symbols.is_crowded() {
        vm.look_up();
    }
    match answer {
        Ok(true) => TRUE,
        Ok(false) => FALSE,
        Err(e) => {
            let context = match e {
                Error::Ball(_) => None,
                _ => Some(vm.rt.builtin_functors[id]),
            };
            errors::raise(vm, e, context);
            RAISED
        }
    }
}

/// The table by number.
pub fn table() -> Vec<Builtin> {
    all().copied().collect()
}

/// To be asked before anything is made of a size that the program chooses: is there room for so many bytes?
///
/// # Errors
/// A resource error if not.
pub fn need_room(vm: &mut Vm, bytes: usize) -> Result<(), Error> {
    if bytes < 1 << 20 || vm.core.heap.has_room(bytes) { Ok(()) } else { Err(Error::Resource("memory")) }
}

/// Unifies, for a builtin's answer.
pub fn unify(vm: &mut Vm, a: Value, b: Value) -> Answer {
    Ok(structural::unify(vm, a, b))
}

/// An integer argument.
pub fn integer(v: Value) -> Result<i64, Error> {
    match view(v) {
        View::Int(i) => Ok(i),
        View::Unbound(_) => Err(Error::Instantiation),
        View::Big(_) => Err(Error::Representation("int64_t")),
        _ => Err(Error::Type("integer", v)),
    }
}

/// An atom argument.
pub fn atom(v: Value) -> Result<Value, Error> {
    match view(v) {
        View::Atom(a) => Ok(a),
        View::Unbound(_) => Err(Error::Instantiation),
        _ => Err(Error::Type("atom", v)),
    }
}

/// Complains of an unbound or partial list, or of what is no list.
pub fn list(vm: &mut Vm, v: Value) -> Result<Vec<Value>, Error> {
    structural::list_items(vm, v).map_err(|tail| match view(tail) {
        View::Unbound(_) => Error::Instantiation,
        _ => Error::Type("list", v),
    })
}
