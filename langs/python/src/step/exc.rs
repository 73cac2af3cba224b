//! Raising and unwinding: exceptions are interpreter code popping frames.

use super::{Res, attr, call, residual};
use crate::bytecode::Op;
use crate::names;
use crate::objects::class::{Class, Known, SLOT_ARGS, SLOT_CAUSE, SLOT_CONTEXT, SLOT_SUPPRESS, SLOT_TRACEBACK};
use crate::objects::generator;
use crate::objects::layouts::*;
use crate::perm::P;
use crate::runtime::{PyVm, Python};
use framework::{CodeRef, Flow, RAISED, Val, World};

/// The exception being handled.
pub fn handled<W: World<Lang = Python>>(w: &mut W, code: CodeRef<Python>) -> Val<W> {
    let s = w.constant(code.get().realm.get().state);
    w.load(s, State::handled)
}

/// Sets the exception being handled.
pub fn set_handled<W: World<Lang = Python>>(w: &mut W, code: CodeRef<Python>, v: Val<W>) {
    let s = w.constant(code.get().realm.get().state);
    w.store(s, State::handled, v);
}

/// An instance of an exception class that is `plain_exception`, with `n` arguments from register `first` on.
pub fn new_exception<W: World<Lang = Python>>(w: &mut W, class: P<Class>, first: u32, n: u32) -> Val<W> {
    let root = class.root.get().expect("exception classes have a root shape");
    let len = w.constant(root.inline as i64);
    let (o, args) = (w.new_array(Instance::TYPE, len), call::tuple_of(w, first, n));
    let (shape, none, no) = (w.constant(root.addr()), w.constant(NONE), w.constant(FALSE));
    w.store(o, Instance::shape, shape);
    w.store(o, Instance::extra, none);
    for (slot, v) in [(SLOT_ARGS, args), (SLOT_TRACEBACK, none), (SLOT_CAUSE, none), (SLOT_CONTEXT, none), (SLOT_SUPPRESS, no)] {
        let slot = w.constant(slot);
        w.store_elem(o, Instance::slots, slot, v);
    }
    w.from_obj(o)
}

/// `raise x from y`; `chained`: is there a `y`?
#[inline(never)]
pub fn raise<W: World<Lang = Python>>(w: &mut W, x: Val<W>, y: Val<W>, chained: bool, handled: Val<W>) -> Res {
    if w.is(x, MISSING) && !w.is(handled, NONE) {
        // A bare `raise` goes on with what is being handled: its traceback has what it has.
        return Ok(unwind(w, handled, false));
    }
    let e = match if chained { None } else { easily_raised(w, x) } {
        Some(e) => {
            if !w.is(handled, NONE) {
                w.call(&residual::SET_CONTEXT, (e, handled));
            }
            e
        }
        None => w.call_raising(&residual::MAKE_EXCEPTION, (x, y, handled))?,
    };
    Ok(unwind(w, e, true))
}

/// The exception that raising a value raises, if that is an exception, or a class that makes one without running anything.
fn easily_raised<W: World<Lang = Python>>(w: &mut W, x: Val<W>) -> Option<Val<W>> {
    if let Some(class) = attr::instance_class(w, x) {
        return class.exception.then_some(x);
    }
    if !w.is_a(x, ClassObj::TYPE) {
        return None;
    }
    let o = w.to_obj(x);
    let class = attr::class_data(w, o);
    let _ = w.quasi(&class.version);
    let realm = w.code().get().realm;
    let builtin_init = || class.lookup(names::INIT).is_some_and(|i| i.obj().is_some_and(|o| o.is(Builtin::TYPE)));
    (class.plain_exception(realm.get()) && builtin_init()).then(|| new_exception(w, class, 0, 0))
}

/// Longest tuple of classes in an `except` that is gone through one by one.
const MOST_CLASSES: u64 = 8;

/// Does an exception match what `except` names? `None` if that takes more than looking.
pub fn matches<W: World<Lang = Python>>(w: &mut W, e: Val<W>, t: Val<W>) -> Option<bool> {
    let of = attr::instance_class(w, e)?;
    if !w.is_a(t, Tuple::TYPE) {
        return is_caught(w, of, t);
    }
    let t = w.to_obj(t);
    let len = w.len(t, Tuple::TYPE);
    let len = w.promote(len) as u64;
    if len > MOST_CLASSES {
        return None;
    }
    for k in 0..len {
        let k = w.constant(k as i64);
        let c = w.load_elem(t, Tuple::items, k);
        if is_caught(w, of, c)? {
            return Some(true);
        }
    }
    Some(false)
}

fn is_caught<W: World<Lang = Python>>(w: &mut W, of: P<Class>, t: Val<W>) -> Option<bool> {
    if !w.is_a(t, ClassObj::TYPE) {
        return None;
    }
    let t = w.to_obj(t);
    let class = attr::class_data(w, t);
    class.exception.then(|| of.is_subclass(class))
}

/// Is the exception a StopIteration?
fn is_stop<W: World<Lang = Python>>(w: &mut W, e: Val<W>) -> bool {
    let realm = w.code().get().realm;
    attr::instance_class(w, e).is_none_or(|c| c.is_subclass(realm.get().class(Known::StopIteration)))
}

/// Unwinds with the exception a residual function left in the runtime.
#[inline(never)]
pub fn unwind_raised<W: World<Lang = Python>>(w: &mut W) -> Flow {
    let e = w.call(&residual::TAKE, ());
    let code = w.code();
    let h = handled(w, code);
    // What is being handled becomes the context of an exception that has none.
    if !w.is(h, NONE) {
        w.call(&residual::SET_CONTEXT, (e, h));
    }
    unwind(w, e, true)
}

/// Pops activations until one has a handler. `note`: the running activation gets a traceback entry.
#[inline(never)]
pub fn unwind<W: World<Lang = Python>>(w: &mut W, exc: Val<W>, note: bool) -> Flow {
    let (mut e, mut note) = (exc, note);
    loop {
        let code = w.code();
        let pc = w.pc() - 1;
        if note {
            let o = w.to_obj(e);
            let at = w.constant(SLOT_TRACEBACK);
            let next = w.load_elem(o, Instance::slots, at);
            let t = w.new(Traceback::TYPE);
            let (c, p) = (w.constant(code.addr() as i64), w.constant(pc as i64));
            w.store(t, Traceback::next, next);
            w.store(t, Traceback::code, c);
            w.store(t, Traceback::pc, p);
            let t = w.from_obj(t);
            w.store_elem(o, Instance::slots, at, t);
        }
        note = true;
        if let Some(h) = code.get().handler(pc) {
            w.set(h.reg as u32, e);
            w.set_pc(h.target);
            return Flow::Next;
        }
        if let Some(g) = code.get().generator_reg {
            let g = w.get(g as u32);
            let g = w.to_obj(g);
            let done = w.constant(generator::DONE);
            w.store(g, Generator::state, done);
            if is_stop(w, e) {
                e = w.call(&residual::LEAVE_GENERATOR, (e,));
            }
        }
        let Some(c) = w.pop_frame() else {
            w.call(&residual::LEAVE, (e,));
            let r = w.constant(RAISED);
            w.finish(r);
            return Flow::Done;
        };
        if (c & 255 == call::FOR || c & 255 == call::SEND) && is_stop(w, e) {
            let code = w.code();
            let i = code.get().inst(w.pc() - 1);
            let v = w.call(&residual::STOP_VALUE, (e,));
            if !w.is(v, MISSING) && !w.is(v, RAISED) {
                // The iterator's own StopIteration ends the loop.
                if i.op == Op::Send {
                    w.set(i.b as u32, v);
                }
                return Flow::Next;
            }
        }
    }
}

/// The flag is up at a loop header: Ctrl-C or an exhausted heap raises where the program stands. What else the heap
/// tells by the flag is no business of the running program.
pub fn interrupt(vm: &mut PyVm) -> Flow {
    let kind = if vm.take_asked() {
        Known::KeyboardInterrupt
    } else if vm.core.heap.take_exhausted() {
        Known::MemoryError
    } else {
        return Flow::Next;
    };
    crate::objects::exception::raise(vm, kind, "");
    // The header's instruction has not run yet: let it look like the one that raised.
    vm.core.cur.pc += 1;
    let w = framework::direct::Direct::on(vm);
    unwind_raised(w)
}
