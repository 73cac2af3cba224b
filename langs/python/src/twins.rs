//! Twins: what takes all items of an iterable (`sum`, `list` …) is written in Rust, which is best for lists and the like, and again in Python,
//! in `lib/_twins.py`. The twin is called where the items come from Python code, from a generator say: then that code and the
//! loop over it are one trace. From Rust each item would be a run of the interpreter of its own.
//!
//! Twins have no lines in tracebacks.

use crate::builtins::{Intrinsic, SORTING};
use crate::bytecode::INTERNAL;
use crate::modules::{define, run_module};
use crate::names;
use crate::objects::class::{Class, Known};
use crate::objects::exception::take;
use crate::objects::layouts::*;
use crate::objects::str::as_str;
use crate::perm::P;
use crate::runtime::{PyVm, Python, Realm, intern, new_module};
use crate::step::{Res, attr, call, items, residual};
use framework::{Val, Value, World};

macro_rules! twins {
    ($($name:ident $function:literal;)*) => {
        /// What has a twin.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[allow(missing_docs)]
        pub enum Twin { $($name),* }

        /// The functions' names in their module.
        const FUNCTIONS: &[&str] = &[$($function),*];
    };
}
twins! {
    Sum "sum_";
    Any "any_";
    All "all_";
    Min "min_";
    Max "max_";
    Sorted "sorted_";
    Join "join_";
    List "list_";
    Tuple "tuple_";
    Set "set_";
    FrozenSet "frozenset_";
    SortedBy "sorted_by";
    MinBy "min_by";
    MaxBy "max_by";
    SortBy "sort_by";
}

/// The twin of a builtin called with `n` arguments, and which of them is the iterable.
pub fn of_builtin(i: Intrinsic, n: u32) -> Option<(Twin, u32)> {
    Some(match (i, n) {
        (Intrinsic::Sum, 1 | 2) => (Twin::Sum, 0),
        (Intrinsic::Any, 1) => (Twin::Any, 0),
        (Intrinsic::All, 1) => (Twin::All, 0),
        (Intrinsic::Min, 1) => (Twin::Min, 0),
        (Intrinsic::Max, 1) => (Twin::Max, 0),
        (Intrinsic::Sorted, 1) => (Twin::Sorted, 0),
        (Intrinsic::Join, 2) => (Twin::Join, 1),
        _ => return None,
    })
}

/// The twin of a class called with one argument.
pub fn of_class(realm: &Realm, class: P<Class>) -> Option<Twin> {
    const CLASSES: [(Known, Twin); 4] =
        [(Known::List, Twin::List), (Known::Tuple, Twin::Tuple), (Known::Set, Twin::Set), (Known::FrozenSet, Twin::FrozenSet)];
    CLASSES.into_iter().find(|(k, _)| class == realm.class(*k)).map(|(_, t)| t)
}

/// If the items of a value come from Python code: calls the twin with the `n` arguments from register `first` on.
pub fn call<W: World<Lang = Python>>(w: &mut W, twin: Twin, iterable: Val<W>, first: u32, n: u32, dst: u32) -> Option<Res> {
    let from_python = w.is_a(iterable, Generator::TYPE)
        || attr::instance_class(w, iterable).is_some_and(|class| attr::find_function(w, class, names::ITER).is_some())
        || items::mapped(w, iterable).is_some()
        || items::enumerated(w, iterable).is_some();
    if !from_python {
        return None;
    }
    push(w, twin, first, n, dst)
}

/// If a builtin is called with a `key` that is a Python function, and perhaps `reverse`: calls its twin for that. The iterable is in register `first`.
pub fn call_with_key<W: World<Lang = Python>>(w: &mut W, i: Intrinsic, first: u32, n: u32, names: Value, dst: u32) -> Option<Res> {
    let (twin, sorts) = match (i, n) {
        (Intrinsic::Sorted, 1) => (Twin::SortedBy, true),
        (Intrinsic::ListSort, 1) => (Twin::SortBy, true),
        (Intrinsic::Min, 1) => (Twin::MinBy, false),
        (Intrinsic::Max, 1) => (Twin::MaxBy, false),
        _ => return None,
    };
    let mut names = names.as_obj().elems::<Value>(Tuple::items).iter().map(|s| as_str(*s));
    let reverse = match (names.next()?, names.next(), names.next()) {
        (Some("key"), None, _) => false,
        (Some("key"), Some(Some("reverse")), None) if sorts => true,
        _ => return None,
    };
    let key = w.get(first + 1);
    if !w.is_a(key, Function::TYPE) {
        return None;
    }
    if sorts && !reverse {
        let no = w.constant(FALSE);
        w.set(first + 2, no);
    }
    push(w, twin, first, if sorts { 3 } else { 2 }, dst)
}

fn push<W: World<Lang = Python>>(w: &mut W, twin: Twin, first: u32, n: u32, dst: u32) -> Option<Res> {
    let k = w.constant(twin as i64);
    let f = w.call(&residual::TWIN, (k,));
    w.is_a(f, Function::TYPE).then(|| call::push_function(w, f, first, n, call::cont(call::RESULT, dst, 0)))
}

/// The Python function, or `None` if there is no memory to load it.
pub fn load(vm: &mut PyVm, twin: usize) -> Value {
    if vm.rt.twins.is_empty() {
        let m = new_module(vm, "_twins");
        define(vm, m, SORTING);
        if run_module(vm, m, INTERNAL, include_bytes!("../lib/_twins.py")).is_err() {
            take(vm);
            return NONE;
        }
        for name in FUNCTIONS {
            let n = intern(vm, name);
            let f = m.value(n).unwrap_or(NONE);
            vm.rt.twins.push(f);
        }
    }
    vm.rt.twins[twin]
}
