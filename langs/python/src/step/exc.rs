//! Raising and unwinding: exceptions are interpreter code popping frames.

use super::{Res, attr, call, make, residual};
use crate::bytecode::Op;
use crate::names;
use crate::objects::class::{Class, Known, Maker, SLOT_CAUSE, SLOT_CONTEXT, SLOT_SUPPRESS, SLOT_TRACEBACK};
use crate::objects::generator;
use crate::objects::layouts::*;
use crate::perm::P;
use crate::runtime::{PyVm, Python, R};
use framework::{CodeRef, Flow, RAISED, Ref, Val, World};

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

/// `raise`, `raise x`, `raise x from y`. The first leaves the traceback as it is.
#[inline(never)]
pub fn raise<W: World<Lang = Python>>(w: &mut W, x: Option<Val<W>>, y: Option<Val<W>>) -> Res {
    let code = w.code();
    let h = handled(w, code);
    if x.is_none() && !w.is(h, NONE) {
        return Ok(unwind(w, h, false));
    }
    if let Some(e) = quick(w, x, y) {
        set_context(w, e, h);
        return Ok(unwind(w, e, true));
    }
    let missing = w.constant(MISSING);
    let e = w.call_raising(&residual::MAKE_EXCEPTION, (x.unwrap_or(missing), y.unwrap_or(missing), h))?;
    Ok(unwind(w, e, true))
}

/// The exception that is raised, where no more is to be done than to make it from its class or to take note of its cause.
fn quick<W: World<Lang = Python>>(w: &mut W, x: Option<Val<W>>, y: Option<Val<W>>) -> Option<Val<W>> {
    let x = x?;
    let cause = match y {
        Some(y) if w.is(y, NONE) || is_exception(w, y) => Some(y),
        Some(_) => return None,
        None => None,
    };
    let e = if is_exception(w, x) { x } else { instantiate(w, x)? };
    if let Some(cause) = cause {
        let (o, at, suppress, yes) = (w.to_obj(e), w.constant(SLOT_CAUSE), w.constant(SLOT_SUPPRESS), w.constant(TRUE));
        w.store_elem(o, Instance::slots, at, cause);
        w.store_elem(o, Instance::slots, suppress, yes);
    }
    Some(e)
}

fn is_exception<W: World<Lang = Python>>(w: &mut W, v: Val<W>) -> bool {
    attr::instance_class(w, v).is_some_and(|c| c.exception)
}

/// An instance of an exception class without an `__init__` in Python.
fn instantiate<W: World<Lang = Python>>(w: &mut W, class: Val<W>) -> Option<Val<W>> {
    if !w.is_a(class, ClassObj::TYPE) {
        return None;
    }
    let o = w.to_obj(class);
    let class = attr::class_data(w, o);
    let _ = w.quasi(&class.get().version);
    if class == w.code().get().realm.class(Known::StopIteration) {
        let none = w.constant(NONE);
        return Some(stop(w, none));
    }
    let Maker::Exception(root, None) = class.maker() else { return None };
    let args = call::tuple_of(w, 0, 0);
    Some(make::exception(w, root, args))
}

/// A StopIteration with the result of a generator.
pub fn stop<W: World<Lang = Python>>(w: &mut W, v: Val<W>) -> Val<W> {
    let some = !w.is(v, NONE);
    let len = w.constant(some as i64);
    let t = w.new_array(Tuple::TYPE, len);
    if some {
        let at = w.constant(0);
        w.store_elem(t, Tuple::items, at, v);
    }
    let args = w.from_obj(t);
    make::stop_iteration(w, args, v)
}

/// What is being handled becomes the context of an exception that has none.
fn set_context<W: World<Lang = Python>>(w: &mut W, e: Val<W>, handled: Val<W>) {
    if w.is(handled, NONE) || w.same(handled, e) {
        return;
    }
    let (o, h, at) = (w.to_obj(e), w.to_obj(handled), w.constant(SLOT_CONTEXT));
    let own = w.load_elem(o, Instance::slots, at);
    if !w.is(own, NONE) {
        return;
    }
    let next = w.load_elem(h, Instance::slots, at);
    if w.is(next, NONE) {
        w.store_elem(o, Instance::slots, at, handled);
    } else {
        // There may be a cycle.
        w.call(&residual::SET_CONTEXT, (e, handled));
    }
}

/// Longest tuple of classes in an `except` that is gone through one by one.
const MOST_CLASSES: i64 = 8;

/// Does an exception match what `except` names?
#[inline(never)]
pub fn matches<W: World<Lang = Python>>(w: &mut W, e: Val<W>, t: Val<W>) -> Res<bool> {
    if let Some(of) = attr::instance_class(w, e) {
        if let Some(r) = matches_class(w, of, t) {
            return Ok(r);
        }
        if w.is_a(t, Tuple::TYPE) {
            let t = w.to_obj(t);
            let len = w.len(t, Tuple::TYPE);
            let len = w.promote(len);
            if len <= MOST_CLASSES
                && let Some(r) = matches_any(w, of, t, len)
            {
                return Ok(r);
            }
        }
    }
    let v = w.call_raising(&residual::MATCHES, (e, t))?;
    Ok(w.is(v, TRUE))
}

/// The same of a tuple; `None` if not all that is looked at are exception classes.
fn matches_any<W: World<Lang = Python>>(w: &mut W, of: P<Class>, t: Ref<W>, len: i64) -> Option<bool> {
    for k in 0..len {
        let k = w.constant(k);
        let c = w.load_elem(t, Tuple::items, k);
        if matches_class(w, of, c)? {
            return Some(true);
        }
    }
    Some(false)
}

/// The same of one exception class; `None` if it is none.
fn matches_class<W: World<Lang = Python>>(w: &mut W, of: P<Class>, t: Val<W>) -> Option<bool> {
    if !w.is_a(t, ClassObj::TYPE) {
        return None;
    }
    let t = w.to_obj(t);
    let class = attr::class_data(w, t);
    class.exception.then(|| of.is_subclass(class))
}

/// The value of a StopIteration; `None` for other exceptions.
fn stop_value<W: World<Lang = Python>>(w: &mut W, e: Val<W>) -> Option<Val<W>> {
    let o = w.to_obj(e);
    let s = attr::shape(w, o);
    if !s.class.is_subclass(w.code().get().realm.class(Known::StopIteration)) {
        return None;
    }
    Some(match s.slot(names::VALUE) {
        Some(k) => attr::load_slot(w, o, s, k),
        None => w.constant(NONE),
    })
}

/// Unwinds with the exception a residual function left in the runtime.
#[inline(never)]
pub fn unwind_raised<W: World<Lang = Python>>(w: &mut W) -> Flow {
    let e = w.call(&residual::TAKE, ());
    let code = w.code();
    let h = handled(w, code);
    set_context(w, e, h);
    unwind(w, e, true)
}

/// Pops activations until one has a handler. `note`: the running activation gets a traceback entry.
#[inline(never)]
pub fn unwind<W: World<Lang = Python>>(w: &mut W, exc: Val<W>, note: bool) -> Flow {
    let (mut e, mut note) = (exc, note);
    loop {
        let code = w.code();
        let pc = w.pc() - 1;
        if note && !code.get().internal {
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
            if stop_value(w, e).is_some() {
                e = w.call(&residual::LEAVE_GENERATOR, (e,));
            }
        }
        let Some(c) = w.pop_frame() else {
            w.call(&residual::LEAVE, (e,));
            let r = w.constant(RAISED);
            w.finish(r);
            return Flow::Done;
        };
        if call::takes_items(c) || c & 255 == call::SEND {
            let code = w.code();
            let i = code.get().inst(w.pc() - 1);
            if let Some(v) = stop_value(w, e) {
                // The iterator's own StopIteration ends the loop.
                if i.op == Op::Send {
                    w.set(i.b as u32, v);
                }
                return Flow::Next;
            }
        }
    }
}

/// The interrupt flag was up: raises what is asked for, if anything is.
pub fn raise_asked(vm: &mut PyVm) -> R<()> {
    let kind = if vm.take_asked() {
        Known::KeyboardInterrupt
    } else if vm.core.heap.take_exhausted() {
        Known::MemoryError
    } else {
        return Ok(());
    };
    Err(crate::objects::exception::raise(vm, kind, ""))
}

/// The flag is up at a loop header: Ctrl-C or an exhausted heap raises where the program stands. What else the heap
/// tells by the flag is no business of the running program.
pub fn interrupt(vm: &mut PyVm) -> Flow {
    if raise_asked(vm).is_ok() {
        return Flow::Next;
    }
    // The header's instruction has not run yet: let it look like the one that raised.
    vm.core.cur.pc += 1;
    let w = framework::direct::Direct::on(vm);
    unwind_raised(w)
}
