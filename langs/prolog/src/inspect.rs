//! `arg/3`, `functor/3` and `compare/3` as instructions: the plain cases, generic over the world. All others, errors among them, are the built-in predicates'.

use crate::Prolog;
use crate::code::{Code, Operand};
use crate::control;
use crate::symbols::{Functor, UNBOUND, atoms, is_atom};
use crate::terms::{ATOMIC, ArgRef, Cons, Struct};
use crate::unify::{Term, bind, deref, load_list_cell, operand, stamp, unify};
use framework::{Flow, Int, Ref, Val, World};

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inspect {
    Arg,
    Functor,
    Compare,
}

/// Sites that have seen more functors than this leave it to the built-in predicate.
const MAX_FUNCTORS: usize = 8;
/// So many arguments at most are made unbound one by one.
const MAX_NEW: i64 = 16;

/// Runs the instruction; `id` is the built-in predicate's number.
pub fn inspect<W: World<Lang = Prolog>>(w: &mut W, code: &Code, what: Inspect, id: u32, args: &[Operand]) -> Flow {
    let done = match what {
        Inspect::Arg => arg(w, code, args),
        Inspect::Functor => functor(w, code, args),
        Inspect::Compare => compare(w, code, args),
    };
    match done {
        Some(true) => {
            let pc = w.pc();
            w.set_pc(pc + 1);
            Flow::Next
        }
        Some(false) => control::fail(w),
        None => control::builtin(w, code, id, args),
    }
}

/// Unifies a result with what it is wanted for.
fn give<W: World<Lang = Prolog>>(w: &mut W, code: &Code, to: &Operand, v: Val<W>) -> bool {
    match to {
        Operand::Fresh(r) => {
            w.set(*r, v);
            true
        }
        Operand::Void => true,
        _ => {
            let x = operand(w, code, to);
            unify(w, x, v)
        }
    }
}

fn arg<W: World<Lang = Prolog>>(w: &mut W, code: &Code, args: &[Operand]) -> Option<bool> {
    let (n, t) = (operand(w, code, &args[0]), operand(w, code, &args[1]));
    let (n, t) = (deref(w, n), deref(w, t));
    if n.tag != ATOMIC || !w.is_int(n.v) {
        return None;
    }
    let (i, one) = (w.to_int(n.v), w.constant(1i64));
    let i = w.sub(i, one);
    let v = match t.tag {
        Struct::ID => {
            let o = w.to_obj(t.v);
            let len = w.len(o, Struct::TYPE);
            if !w.ult(i, len) {
                return None;
            }
            argument(w, o, i)
        }
        Cons::ID => {
            let o = w.to_obj(t.v);
            let second = w.is(i, 1);
            if !second && !w.is(i, 0) {
                return None;
            }
            load_list_cell(w, o, second)
        }
        _ => return None,
    };
    Some(give(w, code, &args[2], v))
}

fn argument<W: World<Lang = Prolog>>(w: &mut W, o: Ref<W>, i: Int<W>) -> Val<W> {
    let v = w.load_elem(o, Struct::args, i);
    if !w.is(v, UNBOUND) {
        return v;
    }
    let r = w.new(ArgRef::TYPE);
    w.store(r, ArgRef::cell, o);
    w.store(r, ArgRef::index, i);
    w.from_obj(r)
}

fn functor<W: World<Lang = Prolog>>(w: &mut W, code: &Code, args: &[Operand]) -> Option<bool> {
    let v = operand(w, code, &args[0]);
    let t = deref(w, v);
    let (name, arity) = match t.tag {
        Struct::ID => {
            let o = w.to_obj(t.v);
            let f = w.load(o, Struct::functor);
            let f = w.promote_poly(f, MAX_FUNCTORS)?;
            let (name, arity) = code.shared.symbols.functor_parts(f as Functor);
            (w.constant(name), arity)
        }
        Cons::ID => (w.constant(atoms::DOT), 2),
        ATOMIC => (t.v, 0),
        _ if t.is_unbound() => return make(w, code, t, args),
        _ => return None,
    };
    let arity = w.constant(framework::Value::small_int(arity as i64));
    Some(give(w, code, &args[1], name) && give(w, code, &args[2], arity))
}

fn compare<W: World<Lang = Prolog>>(w: &mut W, code: &Code, args: &[Operand]) -> Option<bool> {
    // A given order is to be checked.
    if !matches!(args[0], Operand::Fresh(_)) {
        return None;
    }
    let (a, b) = (operand(w, code, &args[1]), operand(w, code, &args[2]));
    let (a, b) = (deref(w, a), deref(w, b));
    if a.tag != ATOMIC || b.tag != ATOMIC || !w.is_int(a.v) || !w.is_int(b.v) {
        return None;
    }
    let (x, y) = (w.to_int(a.v), w.to_int(b.v));
    let order = if w.eq(x, y) {
        atoms::EQ
    } else if w.lt(x, y) {
        atoms::LT
    } else {
        atoms::GT
    };
    let order = w.constant(order);
    Some(give(w, code, &args[0], order))
}

/// A term with this functor and unbound arguments.
fn make<W: World<Lang = Prolog>>(w: &mut W, code: &Code, t: Term<W>, args: &[Operand]) -> Option<bool> {
    let (name, n) = (operand(w, code, &args[1]), operand(w, code, &args[2]));
    let (name, n) = (deref(w, name), deref(w, n));
    if name.tag != ATOMIC || n.tag != ATOMIC || !w.is_int(n.v) {
        return None;
    }
    let n = w.to_int(n.v);
    let n = w.promote_poly(n, MAX_FUNCTORS)?;
    if n == 0 {
        bind(w, t, name.v);
        return Some(true);
    }
    let name = w.promote_poly(name.v, MAX_FUNCTORS)?;
    if !is_atom(name) || !(1..=MAX_NEW).contains(&n) || (name == atoms::DOT && n == 2) {
        return None;
    }
    let (s, len) = (stamp(w), w.constant(n));
    let o = w.new_array(Struct::TYPE, len);
    let f = w.constant(code.shared.symbols.functor(name, n as usize) as i64);
    w.store(o, Struct::functor, f);
    w.set_aux(o, s);
    for i in 0..n {
        let (i, unbound) = (w.constant(i), w.constant(UNBOUND));
        w.store_elem(o, Struct::args, i, unbound);
    }
    let v = w.from_obj(o);
    bind(w, t, v);
    Some(true)
}
