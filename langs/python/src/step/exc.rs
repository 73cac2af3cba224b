//! Raising and unwinding: exceptions are interpreter code popping frames.

use super::{Res, call, residual};
use crate::bytecode::Op;
use crate::objects::class::{Known, SLOT_CONTEXT, SLOT_TRACEBACK};
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

/// `raise x from y`.
#[inline(never)]
pub fn raise<W: World<Lang = Python>>(w: &mut W, x: Val<W>, y: Val<W>, handled: Val<W>) -> Res {
    let e = w.call_raising(&residual::MAKE_EXCEPTION, (x, y, handled))?;
    Ok(unwind(w, e, true))
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
    let _ = SLOT_CONTEXT;
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
            e = w.call(&residual::LEAVE_GENERATOR, (e,));
        }
        let Some(c) = w.pop_frame() else {
            w.call(&residual::LEAVE, (e,));
            let r = w.constant(RAISED);
            w.finish(r);
            return Flow::Done;
        };
        if c & 255 == call::FOR || c & 255 == call::SEND {
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

/// Keeps the type in scope for readers of the traceback layout.
pub type CodeAddress = P<crate::bytecode::Code>;
