//! Calls, choice points, cuts, exceptions and meta-calls, generic over the world.

use crate::Prolog;
use crate::code::{A, ALT, Alt, AltKind, BARRIER, CHOICE, CONT, Code, Operand, Put, Return};
use crate::database::{Index, Pred};
use crate::facts;
use crate::residuals::*;
use crate::symbols::{FALSE, Functor, NONE, TRUE, atoms};
use crate::terms::{ATOMIC, Args, Choice, Clause, Cons, Cont, Machine, Struct};
use crate::unify::{GuardMatch, Term, bind, build, deref, fresh, load_arg, machine, operand, stamp};
use framework::{CodeRef, Flow, Hot, Int, RAISED, Val, World};

/// Puts arguments into their registers.
#[inline(always)]
pub fn put<W: World<Lang = Prolog>>(w: &mut W, code: &Code, args: &[Put]) {
    for p in args {
        match p {
            Put::Move { to, from } => {
                let v = w.get(*from);
                w.set(*to, v);
            }
            Put::Const { to, value } => {
                let v = w.constant(*value);
                w.set(*to, v);
            }
            Put::NewVar { to } => {
                let v = fresh(w);
                w.set(*to, v);
            }
            Put::Build { to, pat } => {
                let v = build(w, code, *pat);
                w.set(*to, v);
            }
            Put::Save { ret } => {
                let cont = new_cont(w, ret);
                w.set(CONT, cont);
            }
        }
    }
}

/// Goes to a predicate's entry; the arguments and the continuation are in place.
#[inline(always)]
pub fn call<W: World<Lang = Prolog>>(w: &mut W, pred: &'static Pred) -> Flow {
    let entry = pred.entry();
    w.jump(CodeRef::new(entry), 0);
    Flow::Header(Hot::new(&entry.hot))
}

/// A continuation that goes on at `ret` with the registers as they are now.
#[inline(always)]
pub fn new_cont<W: World<Lang = Prolog>>(w: &mut W, ret: &'static Return) -> Val<W> {
    let n = w.constant(ret.regs.len() as i64);
    let o = w.new_array(Cont::TYPE, n);
    let next = w.get(CONT);
    w.store(o, Cont::next, next);
    let addr = w.constant(ret.addr());
    w.store(o, Cont::ret, addr);
    for (i, r) in ret.regs.iter().enumerate() {
        let (i, v) = (w.constant(i as i64), w.get(*r));
        w.store_elem(o, Cont::saved, i, v);
    }
    w.from_obj(o)
}

/// Goes on at the continuation.
#[inline(always)]
pub fn proceed<W: World<Lang = Prolog>>(w: &mut W) -> Flow {
    let cont = w.get(CONT);
    let o = w.to_obj(cont);
    let ret = w.load(o, Cont::ret);
    let ret = w.promote(ret);
    // SAFETY: `Cont::ret` holds addresses of `Return`s, which are leaked.
    let ret: &'static Return = unsafe { &*(ret as *const Return) };
    for (i, r) in ret.regs.iter().enumerate() {
        let i = w.constant(i as i64);
        let v = w.load_elem(o, Cont::saved, i);
        w.set(*r, v);
    }
    let next = w.load(o, Cont::next);
    w.set(CONT, next);
    // SAFETY: a return's code is set before it can be called, and leaked.
    w.jump(CodeRef::new(unsafe { &*ret.code.get() }), ret.pc.get());
    Flow::Next
}

/// Makes a choice point; the alternative says which registers it keeps.
#[inline(always)]
pub fn push_choice<W: World<Lang = Prolog>>(w: &mut W, alt: &'static Alt) {
    let m = machine(w);
    let (old, one) = (w.load(m, Machine::stamp), w.constant(1i64));
    let stamp = w.add(old, one);
    let n = w.constant(alt.regs.len() as i64);
    let o = w.new_array(Choice::TYPE, n);
    let (prev, cont, trail, addr) = (w.get(CHOICE), w.get(CONT), w.load(m, Machine::trail), w.constant(alt.addr()));
    w.store(o, Choice::prev, prev);
    w.store(o, Choice::alt, addr);
    w.store(o, Choice::cont, cont);
    w.store(o, Choice::trail, trail);
    w.store(o, Choice::stamp, stamp);
    for (i, r) in alt.regs.iter().enumerate() {
        let (i, v) = (w.constant(i as i64), w.get(*r));
        w.store_elem(o, Choice::saved, i, v);
    }
    w.store(m, Machine::stamp, stamp);
    w.store(m, Machine::choice_stamp, stamp);
    let o = w.from_obj(o);
    w.set(CHOICE, o);
    let limit = w.constant(crate::runtime::STAMP_LIMIT);
    if !w.lt(stamp, limit) {
        w.call(&REQUEST_RENUMBERING, ());
    }
}

fn make_newest<W: World<Lang = Prolog>>(w: &mut W, choice: Val<W>) {
    let o = w.to_obj(choice);
    let s = w.load(o, Choice::stamp);
    let m = machine(w);
    w.store(m, Machine::choice_stamp, s);
    w.set(CHOICE, choice);
}

/// Drops the given choice point, the newest.
#[inline]
pub fn pop_choice<W: World<Lang = Prolog>>(w: &mut W, choice: Val<W>) {
    let o = w.to_obj(choice);
    let prev = w.load(o, Choice::prev);
    make_newest(w, prev);
}

/// Drops all choice points newer than `to`.
#[inline]
pub fn cut_to<W: World<Lang = Prolog>>(w: &mut W, to: Val<W>) {
    let newest = w.get(CHOICE);
    if w.same(newest, to) {
        return;
    }
    let o = w.to_obj(newest);
    let prev = w.load(o, Choice::prev);
    if w.same(prev, to) {
        make_newest(w, to);
        // Entries for cells newer than the choice point that is now the newest are dead.
        let m = machine(w);
        let (mark, top) = (w.load(o, Choice::trail), w.load(m, Machine::trail));
        if !w.same(mark, top) {
            w.call(&TIDY_TRAIL, (mark,));
        }
    } else {
        let mark = w.call(&OLDEST_MARK, (newest, to));
        make_newest(w, to);
        w.call(&TIDY_TRAIL, (mark,));
    }
}

/// Has a choice point fail when it is gone back to.
pub fn soft_cut<W: World<Lang = Prolog>>(w: &mut W, choice: Val<W>) {
    let newest = w.get(CHOICE);
    if w.same(newest, choice) {
        return pop_choice(w, choice);
    }
    let o = w.to_obj(choice);
    let pop = w.code().get().shared.system().pop;
    let addr = w.constant(pop.addr());
    w.store(o, Choice::alt, addr);
}

fn alternative(addr: i64) -> &'static Alt {
    // SAFETY: `Choice::alt` and the register `ALT` hold addresses of `Alt`s, which are leaked.
    unsafe { &*(addr as *const Alt) }
}

/// Goes on at `label` or, if that is `BACKTRACK`, backtracks.
#[inline(always)]
pub fn fail_to<W: World<Lang = Prolog>>(w: &mut W, label: u32) -> Flow {
    if label == crate::code::BACKTRACK {
        return fail(w);
    }
    w.set_pc(label);
    Flow::Next
}

/// Goes back to the newest choice point.
#[inline]
pub fn fail<W: World<Lang = Prolog>>(w: &mut W) -> Flow {
    let choice = w.get(CHOICE);
    let o = w.to_obj(choice);
    let alt = w.load(o, Choice::alt);
    let alt = alternative(w.promote(alt));
    let m = machine(w);
    let (mark, top) = (w.load(o, Choice::trail), w.load(m, Machine::trail));
    if !w.same(mark, top) {
        w.call(&UNDO, (mark,));
    }
    for (i, r) in alt.regs.iter().enumerate() {
        let i = w.constant(i as i64);
        let v = w.load_elem(o, Choice::saved, i);
        w.set(*r, v);
    }
    let cont = w.load(o, Choice::cont);
    w.set(CONT, cont);
    match (alt.kind, alt.next) {
        (AltKind::Clause, Some(next)) if alt.code().guarded == 0 => {
            // The choice point stays, for what is left.
            let addr = w.constant(next.addr());
            w.store(o, Choice::alt, addr);
            if alt.code().uses_barrier {
                let prev = w.load(o, Choice::prev);
                w.set(BARRIER, prev);
            }
            w.jump(alt.code(), 0);
            Flow::Next
        }
        (AltKind::Clause, _) => {
            pop_choice(w, choice);
            try_clause(w, alt)
        }
        (AltKind::Goto, _) => {
            pop_choice(w, choice);
            w.jump(alt.code(), alt.pc.get());
            Flow::Next
        }
        (AltKind::Row, _) => {
            pop_choice(w, choice);
            facts::go(w, alt.code().get().pred.expect("the alternative of a predicate"))
        }
        (AltKind::Dynamic, _) => {
            pop_choice(w, choice);
            retry_dynamic(w, alt)
        }
        (AltKind::Pop, _) => {
            pop_choice(w, choice);
            w.jump(w.code().get().shared.system().code(), crate::system::FAIL);
            Flow::Next
        }
    }
}

/// Tries a clause, there being no choice point for the predicate.
#[inline]
pub fn try_clause<W: World<Lang = Prolog>>(w: &mut W, alt: &'static Alt) -> Flow {
    let code = alt.code();
    if code.uses_barrier {
        let newest = w.get(CHOICE);
        w.set(BARRIER, newest);
    }
    match alt.next {
        None => w.jump(code, 0),
        Some(next) if code.guarded != 0 => {
            let addr = w.constant(next.addr());
            let addr = w.from_int(addr);
            w.set(ALT, addr);
            w.jump(code, code.guarded);
        }
        Some(next) => {
            push_choice(w, next);
            w.jump(code, 0);
        }
    }
    Flow::Next
}

/// In a guard: the alternative for which there is no choice point yet.
#[inline]
pub fn next_alternative<W: World<Lang = Prolog>>(w: &mut W) -> &'static Alt {
    let v = w.get(ALT);
    let addr = w.to_int(v);
    alternative(w.promote(addr))
}

/// Goes on after a guard's match.
#[inline]
pub fn guarded<W: World<Lang = Prolog>>(w: &mut W, code: &Code, m: GuardMatch) -> Flow {
    match m {
        GuardMatch::Matched => {
            let pc = w.pc();
            w.set_pc(pc + 1);
            Flow::Next
        }
        GuardMatch::Failed => {
            let alt = next_alternative(w);
            try_clause(w, alt)
        }
        GuardMatch::NeedsBinding => {
            let alt = next_alternative(w);
            push_choice(w, alt);
            w.jump(CodeRef::new(code), 0);
            Flow::Next
        }
    }
}

/// The entry of a predicate.
#[inline(always)]
pub fn enter<W: World<Lang = Prolog>>(w: &mut W, code: &Code) -> Flow {
    let pred = code.pred.expect("an entry belongs to a predicate");
    let index = w.quasi(&pred.index);
    if index.is_null() {
        return enter_unindexed(w, pred);
    }
    // SAFETY: indices are leaked: old ones may still be in use by choice points.
    let index: &'static Index = unsafe { &*index };
    if W::RECORDS {
        index.recorded.set(true);
    }
    if let Some(facts) = &index.facts {
        return facts::enter(w, pred, facts);
    }
    match select(w, index) {
        Some(alt) if alt.simple.get() => {
            w.jump(alt.code(), 0);
            Flow::Next
        }
        Some(alt) => try_clause(w, alt),
        None => fail(w),
    }
}

#[inline(always)]
fn select<W: World<Lang = Prolog>>(w: &mut W, index: &'static Index) -> Option<&'static Alt> {
    for s in &index.switches {
        let v = w.get(A + s.arg);
        let t = deref(w, v);
        if t.is_unbound() {
            continue;
        }
        return match t.tag {
            ATOMIC => {
                if s.constants.len() > crate::database::LINEAR {
                    let addr = w.constant(&raw const *s as i64);
                    let found = w.call(&LOOKUP_CONSTANT, (addr, t.v));
                    let found = w.promote(found);
                    return if found == 0 { None } else { Some(alternative(found)) };
                }
                for &(k, alt) in &s.constants {
                    if w.is(t.v, k) {
                        return alt;
                    }
                }
                s.other
            }
            Cons::ID => s.list,
            Struct::ID => {
                let o = w.to_obj(t.v);
                let f = w.load(o, Struct::functor);
                if s.functors.len() > crate::database::LINEAR {
                    let f = w.promote(f);
                    return s.functor_table.get(&f).copied().unwrap_or(s.other);
                }
                for &(k, alt) in &s.functors {
                    if w.is(f, k) {
                        return alt;
                    }
                }
                s.other
            }
            _ => s.other,
        };
    }
    index.all
}

fn enter_unindexed<W: World<Lang = Prolog>>(w: &mut W, pred: &'static Pred) -> Flow {
    let addr = w.constant(pred.addr());
    let r = w.call(&PREPARE, (addr,));
    if w.is(r, RAISED) {
        return raised(w);
    }
    if w.is(r, TRUE) {
        // Now there is an index.
        return Flow::Next;
    }
    if w.is(r, FALSE) {
        return fail(w);
    }
    let now = w.call(&GENERATION, ());
    let before = w.constant(i64::MIN);
    let clause = next_clause(w, pred, before, now);
    if w.is(clause, NONE) {
        return fail(w);
    }
    try_dynamic(w, pred, clause, now)
}

fn next_clause<W: World<Lang = Prolog>>(w: &mut W, pred: &'static Pred, after: Int<W>, generation: Int<W>) -> Val<W> {
    let key = if pred.arity > 0 { w.get(A) } else { w.constant(NONE) };
    let addr = w.constant(pred.addr());
    w.call(&NEXT_CLAUSE, (addr, key, after, generation))
}

fn retry_dynamic<W: World<Lang = Prolog>>(w: &mut W, alt: &'static Alt) -> Flow {
    let pred = alt.code().get().pred.expect("the alternative of a predicate");
    let n = A + pred.arity as u32;
    let (clause, generation) = (w.get(n), w.get(n + 1));
    let generation = w.to_int(generation);
    try_dynamic(w, pred, clause, generation)
}

/// Tries a clause of a predicate that changes often: the next one is looked for now, so that the last leaves no choice point.
fn try_dynamic<W: World<Lang = Prolog>>(w: &mut W, pred: &'static Pred, clause: Val<W>, generation: Int<W>) -> Flow {
    let o = w.to_obj(clause);
    let seq = w.load(o, Clause::seq);
    let next = next_clause(w, pred, seq, generation);
    let code = w.load(o, Clause::code);
    let newest = w.get(CHOICE);
    w.set(BARRIER, newest);
    if !w.is(next, NONE) {
        let n = A + pred.arity as u32;
        w.set(n, next);
        let generation = w.from_int(generation);
        w.set(n + 1, generation);
        push_choice(w, pred.dynamic_alt());
    }
    if w.is(code, Clause::FLAT) {
        return match_flat(w, pred, o);
    }
    let one = w.constant(1i64);
    // A trace that knew all clauses that a program ever makes would have no end.
    let known = if w.lt(code, one) { None } else { w.promote_poly(code, MAX_KNOWN) };
    match known {
        Some(code) => {
            // SAFETY: the clause's code: leaked.
            w.jump(unsafe { CodeRef::from_addr(code as u64) }, 0);
            Flow::Next
        }
        None => interpret_clause(w, pred, clause, newest),
    }
}

/// So many clauses of a changing predicate are known to a trace by their code.
const MAX_KNOWN: usize = 8;

/// Matches the arguments with a fact that has only atoms and small numbers.
fn match_flat<W: World<Lang = Prolog>>(w: &mut W, pred: &'static Pred, clause: framework::Ref<W>) -> Flow {
    let head = w.load(clause, Clause::head);
    let head = w.to_obj(head);
    for bound in [true, false] {
        // First it is compared, then bound: what fails leaves nothing to be undone.
        for i in 0..pred.arity {
            let v = w.get(A + i as u32);
            let t = deref(w, v);
            let i = w.constant(i as i64);
            let k = w.load_elem(head, Struct::args, i);
            if !t.is_unbound() {
                if t.tag != ATOMIC || !w.same(t.v, k) {
                    return fail(w);
                }
            } else if !bound {
                bind(w, t, k);
            }
        }
    }
    proceed(w)
}

/// Runs a clause as the term it is: matches its head, and calls its body.
fn interpret_clause<W: World<Lang = Prolog>>(w: &mut W, pred: &'static Pred, clause: Val<W>, barrier: Val<W>) -> Flow {
    let n = w.constant(pred.arity as i64);
    let items = w.new_array(Args::TYPE, n);
    for i in 0..pred.arity {
        let (index, v) = (w.constant(i as i64), w.get(A + i as u32));
        w.store_elem(items, Args::items, index, v);
    }
    let items = w.from_obj(items);
    let body = w.call(&MATCH_CLAUSE, (clause, items));
    if w.is(body, NONE) {
        return fail(w);
    }
    if w.is(body, atoms::TRUE_) {
        return proceed(w);
    }
    w.set(A, body);
    w.set(A + 1, barrier);
    w.jump(w.code().get().shared.system().code(), crate::system::CALL);
    Flow::Next
}

/// An instruction's residual function raised: the context is the predicate that the instruction stands for.
pub fn raised_in<W: World<Lang = Prolog>>(w: &mut W, f: Functor) -> Flow {
    let f = w.constant(f as i64);
    w.call(&ADD_CONTEXT, (f,));
    raised(w)
}

/// The ball is in the runtime: goes to the recovery goal of the innermost `catch/3` that takes it.
pub fn raised<W: World<Lang = Prolog>>(w: &mut W) -> Flow {
    let cont = w.get(CONT);
    let choice = w.call(&FIND_CATCH, (cont,));
    if w.is(choice, NONE) {
        let code = w.constant(w.code().addr() as i64);
        w.call(&NOTE_PLACE, (code, cont));
        let r = w.constant(RAISED);
        w.finish(r);
        return Flow::Done;
    }
    let o = w.to_obj(choice);
    let cont = w.load(o, Choice::cont);
    w.set(CONT, cont);
    pop_choice(w, choice);
    let two = w.constant(2i64);
    let recovery = w.load_elem(o, Choice::saved, two);
    w.set(A, recovery);
    start_goal(w)
}

/// Calls the goal in the first argument register; cuts in it are local.
pub fn start_goal<W: World<Lang = Prolog>>(w: &mut W) -> Flow {
    let newest = w.get(CHOICE);
    w.set(A + 1, newest);
    w.jump(w.code().get().shared.system().code(), crate::system::CALL_CHECKED);
    Flow::Next
}

/// `catch(Goal, Catcher, Recovery)`
pub fn catch<W: World<Lang = Prolog>>(w: &mut W) -> Flow {
    let system = w.code().get().shared.system();
    push_choice(w, system.catch_alt);
    let (goal, choice) = (w.get(A), w.get(CHOICE));
    w.set(A, choice);
    let cont = new_cont(w, system.catch_return);
    w.set(CONT, cont);
    w.set(A, goal);
    start_goal(w)
}

/// `call/N`: adds the further arguments to the goal.
pub fn call_n<W: World<Lang = Prolog>>(w: &mut W, code: &Code, n: u32) -> Flow {
    if n == 1 {
        return start_goal(w);
    }
    let v = w.get(A);
    let t = deref(w, v);
    let extra = n as usize - 1;
    let symbols = &code.shared.symbols;
    match t.tag {
        ATOMIC => {
            let name = w.promote(t.v);
            if crate::symbols::is_atom(name) {
                let f = symbols.functor(name, extra);
                if !code.shared.system().is_control(f) {
                    let mut filler = [v; 8];
                    for (i, x) in filler[..extra].iter_mut().enumerate() {
                        *x = w.get(A + 1 + i as u32);
                    }
                    for (i, x) in filler[..extra].iter().enumerate() {
                        w.set(A + i as u32, *x);
                    }
                    return call(w, Pred::of(code.shared, f));
                }
            }
        }
        Struct::ID => {
            let o = w.to_obj(t.v);
            let g = w.load(o, Struct::functor);
            let g = w.promote(g) as Functor;
            let (name, arity) = symbols.functor_parts(g);
            let f = symbols.functor(name, arity + extra);
            if !code.shared.system().is_control(f) {
                let mut filler = [v; 8];
                for (i, x) in filler[..extra].iter_mut().enumerate() {
                    *x = w.get(A + 1 + i as u32);
                }
                for i in 0..arity {
                    let x = load_arg(w, o, i);
                    w.set(A + i as u32, x);
                }
                for (i, x) in filler[..extra].iter().enumerate() {
                    w.set(A + (arity + i) as u32, *x);
                }
                return call(w, Pred::of(code.shared, f));
            }
        }
        _ => {}
    }
    // Lists, control constructs and errors: the goal is built, then called.
    let extras = w.constant(extra as i64);
    let items = w.new_array(Args::TYPE, extras);
    for i in 0..extra {
        let (index, x) = (w.constant(i as i64), w.get(A + 1 + i as u32));
        w.store_elem(items, Args::items, index, x);
    }
    let r = {
        let items = w.from_obj(items);
        w.call(&ADD_ARGUMENTS, (t.v, items))
    };
    if w.is(r, RAISED) {
        return raised(w);
    }
    w.set(A, r);
    start_goal(w)
}

/// Calls the goal in the first argument register, interpreting control constructs; a cut goes back to the choice point in the second.
pub fn call_goal<W: World<Lang = Prolog>>(w: &mut W) -> Flow {
    let shared = w.code().get().shared;
    let system = shared.system();
    let v = w.get(A);
    let t = deref(w, v);
    let pc = w.pc();
    let checked = pc == crate::system::CALL_CHECKED;
    match t.tag {
        ATOMIC => {
            let name = w.promote(t.v);
            if name == atoms::CUT {
                let barrier = w.get(A + 1);
                cut_to(w, barrier);
                return proceed(w);
            }
            if name == atoms::TRUE_ {
                return proceed(w);
            }
            if crate::symbols::is_atom(name) {
                let f = shared.symbols.functor(name, 0);
                return call(w, Pred::of(shared, f));
            }
        }
        Struct::ID => {
            let o = w.to_obj(t.v);
            let f = w.load(o, Struct::functor);
            let f = w.promote(f) as Functor;
            if !system.is_control(f) {
                let (_, arity) = shared.symbols.functor_parts(f);
                for i in 0..arity {
                    let x = load_arg(w, o, i);
                    w.set(A + i as u32, x);
                }
                return call(w, Pred::of(shared, f));
            }
            if checked {
                // The whole body must be callable before any of it runs.
                let ok = w.call(&CHECK_BODY, (t.v,));
                if w.is(ok, RAISED) {
                    return raised(w);
                }
            }
            let first = load_arg(w, o, 0);
            if f == system.conjunction {
                let second = load_arg(w, o, 1);
                w.set(A, second);
                let cont = new_cont(w, system.goal_return);
                w.set(CONT, cont);
                w.set(A, first);
            } else if f == system.negation {
                let newest = w.get(CHOICE);
                w.set(A, newest);
                push_choice(w, system.not_alt);
                let cont = new_cont(w, system.not_return);
                w.set(CONT, cont);
                local_goal(w, first);
            } else if f == system.if_then || f == system.soft_if_then {
                let then = load_arg(w, o, 1);
                if_then(w, None, first, then, f == system.soft_if_then);
            } else if f == system.module_call {
                let goal = load_arg(w, o, 1);
                w.set(A, goal);
            } else {
                disjunction(w, first, o);
            }
            w.jump(system.code(), crate::system::CALL);
            return Flow::Next;
        }
        _ => {}
    }
    w.call(&NOT_CALLABLE, (t.v,));
    raised(w)
}

/// The goal to be called next, with a barrier of its own.
fn local_goal<W: World<Lang = Prolog>>(w: &mut W, goal: Val<W>) {
    let newest = w.get(CHOICE);
    w.set(A, goal);
    w.set(A + 1, newest);
}

fn disjunction<W: World<Lang = Prolog>>(w: &mut W, first: Val<W>, o: framework::Ref<W>) {
    let system = w.code().get().shared.system();
    let or_else = load_arg(w, o, 1);
    let t: Term<W> = deref(w, first);
    if t.tag == Struct::ID {
        let c = w.to_obj(t.v);
        let f = w.load(c, Struct::functor);
        let f = w.promote(f) as Functor;
        if f == system.if_then || f == system.soft_if_then {
            let (condition, then) = (load_arg(w, c, 0), load_arg(w, c, 1));
            return if_then(w, Some(or_else), condition, then, f == system.soft_if_then);
        }
    }
    w.set(A, or_else);
    push_choice(w, system.goal_alt);
    w.set(A, first);
}

/// `Condition -> Then ; Else`, with a soft cut if `soft`. The barrier is in the second argument register.
fn if_then<W: World<Lang = Prolog>>(w: &mut W, or_else: Option<Val<W>>, condition: Val<W>, then: Val<W>, soft: bool) {
    let system = w.code().get().shared.system();
    let before = w.get(CHOICE);
    match or_else {
        Some(e) => {
            w.set(A, e);
            push_choice(w, system.goal_alt);
        }
        None => push_choice(w, system.pop),
    }
    let mark = if soft { w.get(CHOICE) } else { before };
    w.set(A, then);
    w.set(A + 2, mark);
    let cont = new_cont(w, if soft { system.soft_then_return } else { system.then_return });
    w.set(CONT, cont);
    local_goal(w, condition);
}

/// A deterministic built-in predicate.
#[inline]
pub fn builtin<W: World<Lang = Prolog>>(w: &mut W, code: &Code, id: u32, args: &[Operand]) -> Flow {
    let number = w.constant(id as i64);
    let r = if args.len() <= 4 {
        let filler = w.constant(NONE);
        let mut v = [filler; 4];
        for (v, a) in v.iter_mut().zip(args) {
            *v = operand(w, code, a);
        }
        w.call(&BUILTIN, (number, v[0], v[1], v[2], v[3]))
    } else {
        let n = w.constant(args.len() as i64);
        let items = w.new_array(Args::TYPE, n);
        for (i, a) in args.iter().enumerate() {
            let v = operand(w, code, a);
            let i = w.constant(i as i64);
            w.store_elem(items, Args::items, i, v);
        }
        {
            let items = w.from_obj(items);
            w.call(&BUILTIN_MANY, (number, items))
        }
    };
    if w.is(r, TRUE) {
        let pc = w.pc();
        w.set_pc(pc + 1);
        Flow::Next
    } else if w.is(r, FALSE) {
        fail(w)
    } else {
        raised(w)
    }
}

/// `Term =.. [Name|Args]` with `Term` new.
pub fn construct<W: World<Lang = Prolog>>(w: &mut W, code: &Code, reg: u32, name: &Operand, args: &[Operand]) -> Flow {
    let v = operand(w, code, name);
    let t = deref(w, v);
    if t.tag == ATOMIC && !args.is_empty() {
        let name = w.promote(t.v);
        if crate::symbols::is_atom(name) && !(name == atoms::DOT && args.len() == 2) {
            let f = code.shared.symbols.functor(name, args.len());
            let s = stamp(w);
            let n = w.constant(args.len() as i64);
            let o = w.new_array(Struct::TYPE, n);
            let f = w.constant(f as i64);
            w.store(o, Struct::functor, f);
            w.set_aux(o, s);
            for (i, a) in args.iter().enumerate() {
                let v = operand(w, code, a);
                let i = w.constant(i as i64);
                w.store_elem(o, Struct::args, i, v);
            }
            let v = w.from_obj(o);
            w.set(reg, v);
            let pc = w.pc();
            w.set_pc(pc + 1);
            return Flow::Next;
        }
    }
    let n = w.constant(args.len() as i64);
    let items = w.new_array(Args::TYPE, n);
    for (i, a) in args.iter().enumerate() {
        let v = operand(w, code, a);
        let i = w.constant(i as i64);
        w.store_elem(items, Args::items, i, v);
    }
    let r = {
        let items = w.from_obj(items);
        w.call(&CONSTRUCT, (t.v, items))
    };
    if w.is(r, RAISED) {
        return raised_in(w, code.shared.system().univ);
    }
    w.set(reg, r);
    let pc = w.pc();
    w.set_pc(pc + 1);
    Flow::Next
}
