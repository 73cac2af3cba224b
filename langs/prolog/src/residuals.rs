//! What `step` calls and does not look inside.

use crate::copy::{Renaming, rename, unify_renamed};
use crate::database::{self, Pred, PredKind, Switch};
use crate::errors::{self, Error};
use crate::runtime::{self, Machine as Vm};
use crate::structural;
use crate::symbols::{FALSE, NONE, TRUE, atoms};
use crate::terms::{Args, Choice, Clause, Cont, Machine, TrailEntry, View, cell, cells, new_struct, view, view_at};
use framework::{Obj, RAISED, Value, residual};

residual! {
    /// Unifies two terms: 1 or 0.
    pub fn UNIFY[Any](vm: &mut Vm, a: Value, b: Value) -> i64 {
        structural::unify(vm, a, b) as i64
    }
    /// Have two structures of the same functor different constants somewhere? 1 or 0.
    pub fn DIFFER[ReadOnly](vm: &mut Vm, a: Value, b: Value) -> i64 {
        structural::differ(a.as_obj(), b.as_obj()) as i64
    }
    /// Unifies the arguments of two structures of the same functor: 1 or 0.
    pub fn UNIFY_ARGUMENTS[Any](vm: &mut Vm, a: Value, b: Value) -> i64 {
        structural::unify_arguments(vm, a.as_obj(), b.as_obj()) as i64
    }
    /// Are two terms identical? 1 or 0.
    pub fn IDENTICAL[ReadOnly](vm: &mut Vm, a: Value, b: Value) -> i64 {
        (structural::compare(vm, a, b) == std::cmp::Ordering::Equal) as i64
    }
    /// Undoes bindings back to a trail mark.
    pub fn UNDO[Any](vm: &mut Vm, mark: Value) -> i64 {
        runtime::undo(vm, mark);
        0
    }
    /// After a cut: drops the trail entries newer than `mark` whose cells are newer than the choice point that is now the newest.
    pub fn TIDY_TRAIL[Any](vm: &mut Vm, mark: Value) -> i64 {
        let m = vm.rt.shared.machine();
        let newest = m.get(Machine::choice_stamp);
        let mut top = m.get(Machine::trail);
        let mut kept: Option<Obj> = None;
        let mut result = mark;
        while top != mark {
            let Some(e) = top.obj() else { break };
            top = e.get(TrailEntry::prev);
            if (e.get(TrailEntry::cell).aux() as i64) < newest {
                match kept {
                    Some(k) => vm.core.heap.set(k, TrailEntry::prev, e.into()),
                    None => result = e.into(),
                }
                kept = Some(e);
            }
        }
        if let Some(k) = kept {
            vm.core.heap.set(k, TrailEntry::prev, mark);
        }
        vm.core.heap.set(m, Machine::trail, result);
        0
    }
    /// The trail mark of the oldest choice point newer than `to`.
    pub fn OLDEST_MARK[ReadOnly](vm: &mut Vm, newest: Value, to: Value) -> Value {
        let mut c = newest;
        loop {
            let Some(o) = c.obj() else { return NONE };
            let prev = o.get(Choice::prev);
            if prev == to || prev == c {
                return o.get(Choice::trail);
            }
            c = prev;
        }
    }
    /// Asks for new stamps at the next predicate call.
    pub fn REQUEST_RENUMBERING[Any](vm: &mut Vm) -> i64 {
        if !vm.rt.renumber {
            vm.rt.renumber = true;
            vm.look_up();
        }
        0
    }
    /// The chain for a constant: an address, or 0.
    pub fn LOOKUP_CONSTANT[Pure](vm: &mut Vm, switch: i64, v: Value) -> i64 {
        // SAFETY: switches belong to indices, which are leaked.
        let s = unsafe { &*(switch as *const Switch) };
        s.constant_table.get(&v.0).copied().unwrap_or(s.other).map_or(0, |a| a.addr())
    }
    /// A predicate without an index is called: `TRUE` if it has one now, `FALSE` if the call fails, `NONE` if its clauses
    /// are to be looked up one by one; or `RAISED`.
    pub fn PREPARE[Any](vm: &mut Vm, pred: i64) -> Value {
        let pred = Pred::at(pred);
        match pred.kind.get() {
            PredKind::Undefined => {
                if errors::unknown_is_failure(vm) {
                    return FALSE;
                }
                let e = errors::unknown_procedure(vm, pred);
                errors::raise_term(vm, e);
                RAISED
            }
            PredKind::Library => {
                crate::library::link(vm, pred);
                TRUE
            }
            PredKind::Builtin => TRUE,
            PredKind::Static | PredKind::Dynamic => {
                if !database::worth_indexing(pred) {
                    return NONE;
                }
                database::build_index(vm, pred);
                TRUE
            }
        }
    }
    /// The number of the database's present state.
    pub fn GENERATION[ReadOnly](vm: &mut Vm) -> i64 {
        vm.rt.generation
    }
    /// The next clause that may match, compiled if it is tried often; or `NONE`.
    pub fn NEXT_CLAUSE[Any](vm: &mut Vm, pred: i64, key: Value, after: i64, generation: i64) -> Value {
        let pred = Pred::at(pred);
        let key = if pred.arity == 0 { database::Key::Any } else { database::key_of(view(key)) };
        match database::next_clause(pred, key, after, generation, generation == vm.rt.generation) {
            Some(c) => {
                count_trial(vm, c);
                c.into()
            }
            None => NONE,
        }
    }
    /// Unifies the arguments with a clause's head: its body, or `NONE`.
    pub fn MATCH_CLAUSE[Any](vm: &mut Vm, clause: Value, items: Value) -> Value {
        let (clause, items) = (clause.as_obj(), items.as_obj());
        let stamp = runtime::stamp(vm);
        let mut variables = Renaming::default();
        for (i, &v) in items.elems::<Value>(Args::items).iter().enumerate() {
            let (_, first) = cells(clause.get(Clause::head).as_obj());
            let argument = view_at(clause.get(Clause::head).as_obj(), first + 8 * i);
            if !unify_renamed(vm, argument, view(v), stamp, &mut variables) {
                return NONE;
            }
        }
        rename(vm, clause.get(Clause::body), stamp, &mut variables)
    }
    /// Fills in which predicate an error is about, if nothing has.
    pub fn ADD_CONTEXT[Any](vm: &mut Vm, functor: i64) -> i64 {
        errors::add_context(vm, functor as u32);
        0
    }
    /// The choice point of the innermost active `catch/3` whose catcher unifies with the ball, all bindings since undone; or `NONE`.
    pub fn FIND_CATCH[Any](vm: &mut Vm, cont: Value) -> Value {
        let ret = vm.rt.shared.system().catch_return.addr();
        let mut cont = cont;
        let stamp = vm.rt.shared.machine().get(Machine::choice_stamp);
        while let Some(o) = cont.obj() {
            if o.get(Cont::ret) == ret
                && let Some(choice) = o.elem(Cont::saved, 0).obj()
            {
                runtime::undo(vm, choice.get(Choice::trail));
                // Bindings of the catcher are made with the choice point gone.
                let prev = choice.get(Choice::prev).as_obj();
                vm.core.heap.set(vm.rt.shared.machine(), Machine::choice_stamp, prev.get(Choice::stamp));
                let mark = vm.rt.shared.machine().get(Machine::trail);
                let catcher = choice.elem(Choice::saved, 1);
                let ball = vm.rt.ball;
                let ball = structural::copy(vm, ball, prev.get(Choice::stamp) as u32);
                if structural::unify(vm, ball, catcher) {
                    vm.rt.ball = NONE;
                    return choice.into();
                }
                // What a failed unification has bound of older variables is on the trail; of newer ones, nothing is left.
                runtime::undo(vm, mark);
            }
            cont = o.get(Cont::next);
        }
        vm.core.heap.set(vm.rt.shared.machine(), Machine::choice_stamp, stamp);
        NONE
    }
    /// Notes where an exception that nothing catches was raised: in this code or, if it has no place in a program, where that was called.
    pub fn NOTE_PLACE[Any](vm: &mut Vm, code: i64, cont: Value) -> i64 {
        vm.rt.raised_at = runtime::place(vm, code, cont);
        0
    }
    /// Raises unless the body of a control construct is callable throughout.
    pub fn CHECK_BODY[Any](vm: &mut Vm, goal: Value) -> Value {
        let mut work = vec![goal];
        let mut patience = structural::Patience::default();
        while let Some(g) = work.pop() {
            if patience.is_lost() && !structural::is_acyclic(goal) {
                errors::raise(vm, Error::Type("acyclic_term", goal), None);
                return RAISED;
            }
            match view(g) {
                View::Unbound(_) | View::Atom(_) => {}
                View::Struct(o) => {
                    let system = vm.rt.shared.system();
                    let f = o.get(crate::terms::Struct::functor) as u32;
                    if system.is_control(f) && f != system.module_call {
                        let (n, first) = cells(o);
                        for i in 0..n {
                            if !matches!(view_at(o, first + 8 * i), View::Unbound(_)) {
                                work.push(Value(o.word(first + 8 * i)));
                            }
                        }
                    }
                }
                View::Cons(_) => {}
                _ => {
                    errors::raise(vm, Error::Type("callable", goal), None);
                    return RAISED;
                }
            }
        }
        TRUE
    }
    /// Leaves the error for a goal that cannot be called.
    pub fn NOT_CALLABLE[Any](vm: &mut Vm, goal: Value) -> i64 {
        let e = if let View::Unbound(_) = view(goal) { Error::Instantiation } else { Error::Type("callable", goal) };
        errors::raise(vm, e, None);
        0
    }
    /// A goal with further arguments.
    pub fn ADD_ARGUMENTS[Any](vm: &mut Vm, goal: Value, items: Value) -> Value {
        let items = items.as_obj();
        let (name, old): (Value, Option<Obj>) = match view(goal) {
            View::Atom(a) => (a, None),
            View::Struct(o) => (crate::terms::functor_of(&vm.rt.shared.symbols, o).0, Some(o)),
            View::Cons(o) => (atoms::DOT, Some(o)),
            View::Unbound(_) => {
                errors::raise(vm, Error::Instantiation, None);
                return RAISED;
            }
            _ => {
                errors::raise(vm, Error::Type("callable", goal), None);
                return RAISED;
            }
        };
        let n = old.map_or(0, |o| cells(o).0);
        let f = vm.rt.shared.symbols.functor(name, n + items.len());
        let stamp = runtime::stamp(vm);
        let o = new_struct(&mut vm.core.heap, stamp, f, n + items.len());
        for i in 0..n {
            let v = cell(&mut vm.core.heap, old.expect("it has arguments"), i);
            vm.core.heap.set_elem(o, crate::terms::Struct::args, i, v);
        }
        for (i, v) in items.elems::<Value>(Args::items).iter().enumerate() {
            vm.core.heap.set_elem(o, crate::terms::Struct::args, n + i, *v);
        }
        o.into()
    }
    /// `=..` with the arguments in a temporary list.
    pub fn CONSTRUCT[Any](vm: &mut Vm, name: Value, items: Value) -> Value {
        vm.rt.protected.push(items);
        let r = crate::builtins::term::construct(vm, name, items.as_obj().elems::<Value>(Args::items));
        vm.rt.protected.pop();
        match r {
            Ok(v) => v,
            Err(e) => {
                errors::raise(vm, e, None);
                RAISED
            }
        }
    }
    /// Runs a deterministic built-in predicate of up to four arguments.
    pub fn BUILTIN[Any](vm: &mut Vm, id: i64, a: Value, b: Value, c: Value, d: Value) -> Value {
        crate::builtins::run(vm, id as usize, &[a, b, c, d])
    }
    /// Runs a deterministic built-in predicate with its arguments in a temporary list.
    pub fn BUILTIN_MANY[Any](vm: &mut Vm, id: i64, items: Value) -> Value {
        vm.rt.protected.push(items);
        let r = crate::builtins::run(vm, id as usize, items.as_obj().elems::<Value>(Args::items));
        vm.rt.protected.pop();
        r
    }
}

/// A clause is interpreted so often before it is compiled: most of a predicate that changes all the time will not live to see it again.
const TRIALS: i64 = 8;

fn count_trial(vm: &mut Vm, clause: Obj) {
    let code = clause.get(Clause::code);
    if code > 0 {
        return;
    }
    vm.core.heap.set(clause, Clause::code, code - 1);
    if code - 1 == -TRIALS {
        ensure_code(vm, clause);
    }
}

/// Compiles a clause of the database if that has not been done.
pub fn ensure_code(vm: &mut Vm, clause: Obj) {
    if !Clause::is_compiled(clause) {
        let pred = Pred::at(clause.get(Clause::pred));
        let code = crate::compile::compile_clause(vm, pred, clause.get(Clause::head), clause.get(Clause::body), atoms::USER, 0);
        vm.core.heap.set(clause, Clause::code, code as *const crate::code::Code as i64);
    }
}
