//! The part of the system that is written in Prolog: `library/*.pl`. A predicate is read and compiled when it is first called;
//! `build.rs` has made the index by which it is found.
//!
//! Library code calls the library: a program that defines, say, its own `append/3` does not change what `flatten/2` does. So a
//! library predicate has a record of its own (`Symbols::library_pred`), which only library clauses call; the record that
//! programs know borrows its index until the program defines the predicate anew.

use crate::code::Shared;
use crate::consult;
use crate::database::{self, Pred, PredKind};
use crate::read::ops::Ops;
use crate::read::{Quotes, Settings};
use crate::runtime::Machine as Vm;
use crate::symbols::Functor;

/// A predicate of the library: where its clauses stand, and their text.
struct Entry {
    name: &'static str,
    arity: usize,
    file: &'static str,
    line: usize,
    text: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/library.rs"));

fn entry(name: &str, arity: usize) -> Option<&'static Entry> {
    let i = LIBRARY.binary_search_by(|e| e.name.cmp(name).then(e.arity.cmp(&arity))).ok()?;
    Some(&LIBRARY[i])
}

/// Does the library define it?
pub fn defines(name: &str, arity: usize) -> bool {
    entry(name, arity).is_some()
}

/// Predicates of the standard that happen to be written in Prolog. Programs may not define them anew, as they may what else is in the library.
const STANDARD: &[(&str, &[usize])] = &[
    ("=", &[2]),
    ("==", &[2]),
    ("\\==", &[2]),
    ("is", &[2]),
    ("=:=", &[2]),
    ("=\\=", &[2]),
    ("<", &[2]),
    ("=<", &[2]),
    (">", &[2]),
    (">=", &[2]),
    ("var", &[1]),
    ("nonvar", &[1]),
    ("atom", &[1]),
    ("integer", &[1]),
    ("float", &[1]),
    ("number", &[1]),
    ("atomic", &[1]),
    ("compound", &[1]),
    ("callable", &[1]),
    ("true", &[0]),
    ("fail", &[0]),
    ("false", &[0]),
    ("!", &[0]),
    ("repeat", &[0]),
    (",", &[2]),
    (";", &[2]),
    ("->", &[2]),
    ("*->", &[2]),
    ("\\+", &[1]),
    ("once", &[1]),
    ("arg", &[3]),
    ("findall", &[3, 4]),
    ("bagof", &[3]),
    ("setof", &[3]),
    ("atom_concat", &[3]),
    ("sub_atom", &[5]),
    ("clause", &[2]),
    ("retract", &[1]),
    ("current_op", &[3]),
    ("current_prolog_flag", &[2]),
    ("open", &[3]),
    ("close", &[1]),
    ("read_term", &[2]),
    ("read", &[1, 2]),
    ("stream_property", &[2]),
    ("subsumes_term", &[2]),
];

/// Is it a predicate of the standard?
pub fn is_standard(name: &str, arity: usize) -> bool {
    STANDARD.iter().any(|(n, arities)| *n == name && arities.contains(&arity))
}

/// The predicate that a goal in a library clause means.
pub fn callee(shared: &'static Shared, f: Functor) -> &'static Pred {
    let (name, arity) = shared.symbols.functor_parts(f);
    if defines(&shared.symbols.name(name), arity) { own(shared, f) } else { Pred::of(shared, f) }
}

/// The library's own record.
fn own(shared: &'static Shared, f: Functor) -> &'static Pred {
    shared.symbols.library_pred(f).unwrap_or_else(|| Pred::new_library(shared, f))
}

/// Has the record that programs know refer to the library's clauses, which are read if need be.
pub fn link(vm: &mut Vm, pred: &'static Pred) {
    let own = own(vm.rt.shared, pred.functor);
    if own.kind.get() == PredKind::Library {
        read(vm, own);
    }
    if own.index.get().is_null() {
        database::build_index(vm, own);
    }
    if !std::ptr::eq(pred, own) {
        pred.index.set(own.index.get());
    }
}

fn read(vm: &mut Vm, own: &'static Pred) {
    own.kind.set(PredKind::Static);
    let name = vm.rt.shared.symbols.name(own.name);
    let entry = entry(&name, own.arity).expect("a predicate of the library");
    // Whatever operators and flags the program has set.
    let ops = vm.rt.library_ops.get_or_insert_with(|| Ops::initial().into()).clone();
    let settings = Settings { ops: &ops, double_quotes: Quotes::Codes };
    let file = vm.rt.shared.symbols.permanent_atom(&format!("library({})", entry.file));
    let mut at = 0;
    loop {
        let line = entry.line + entry.text[..at].matches('\n').count();
        match consult::read_with(vm, entry.text, at, &settings) {
            consult::Reading::Term(t, end) => {
                consult::add_library_clause(vm, own, t.term, file, line as u32);
                at = end;
            }
            consult::Reading::End => return,
            consult::Reading::Error(e, _) => panic!("library({}): {}/{}: {}", entry.file, entry.name, entry.arity, e.message),
        }
    }
}
