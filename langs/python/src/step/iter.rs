//! Iteration and generators.

use super::items::{self, Next};
use super::{Res, attr, call, exc, jump, residual};
use crate::bytecode::{Code, Inst, Op};
use crate::names;
use crate::objects::generator::{DONE, RUNNING, SUSPENDED};
use crate::objects::layouts::*;
use crate::perm::P;
use crate::runtime::{Python, code_ref};
use framework::{CodeRef, Flow, Ref, Val, World};

/// The items of a value as a tuple of the wanted length: `before` items, or with a star (`after` not MAX) a list between.
#[inline(always)]
pub fn as_tuple<W: World<Lang = Python>>(w: &mut W, v: Val<W>, before: u32, after: u32) -> Res<Ref<W>> {
    if after == u32::MAX && w.is_a(v, Tuple::TYPE) {
        let t = w.to_obj(v);
        let len = w.len(t, Tuple::TYPE);
        let want = w.constant(before as i64);
        if w.eq(len, want) {
            return Ok(t);
        }
    }
    let (before, after) = (w.constant(before as i64), w.constant(after as i32 as i64));
    let t = w.call_raising(&residual::UNPACK, (v, before, after))?;
    Ok(w.to_obj(t))
}

#[inline(always)]
pub fn get_iter<W: World<Lang = Python>>(w: &mut W, v: Val<W>, dst: u32) -> Res {
    if w.is_a(v, Generator::TYPE) {
        w.set(dst, v);
        return Ok(Flow::Next);
    }
    if let Some(class) = attr::instance_class(w, v)
        && let Some(f) = attr::find_function(w, class, names::ITER)
    {
        let base = call::scratch(w.code());
        w.set(base, v);
        let f = w.constant(f);
        return call::push_function(w, f, base, 1, call::cont(call::RESULT, dst, 0));
    }
    let it = w.call_raising(&residual::GET_ITER, (v,))?;
    w.set(dst, it);
    Ok(Flow::Next)
}

#[inline(always)]
pub fn for_iter<W: World<Lang = Python>>(w: &mut W, code: CodeRef<Python>, i: Inst) -> Res {
    let it = w.get(i.a as u32);
    match items::next(w, it) {
        Next::Item(v) => {
            w.set(i.b as u32, v);
            return jump(w, code, i.d, i.e);
        }
        Next::End => return Ok(Flow::Next),
        Next::Unknown => {}
    }
    if w.is_a(it, Generator::TYPE) {
        let none = w.constant(NONE);
        return resume(w, it, none, call::cont(call::FOR, 0, 0));
    }
    for_iter_calling(w, code, i, it)
}

/// The same where the iterator calls, or only Rust code knows.
#[inline(never)]
fn for_iter_calling<W: World<Lang = Python>>(w: &mut W, code: CodeRef<Python>, i: Inst, it: Val<W>) -> Res {
    let none = w.constant(NONE);
    if let Some((f, from)) = items::mapped(w, it) {
        if w.is_a(from, Generator::TYPE) {
            return resume(w, from, none, call::cont(call::MAP, 0, 0));
        }
        if items::is_known(w, from, 0) {
            let Next::Item(v) = items::next(w, from) else { return Ok(Flow::Next) };
            let base = call::scratch(code);
            w.set(base, v);
            return call::push_function(w, f, base, 1, call::cont(call::FOR, 0, 0));
        }
    } else if let Some(g) = items::enumerated(w, it) {
        return resume(w, g, none, call::cont(call::ENUMERATE, 0, 0));
    }
    if let Some(class) = attr::instance_class(w, it)
        && let Some(f) = attr::find_function(w, class, names::NEXT)
    {
        let base = call::scratch(code);
        w.set(base, it);
        let f = w.constant(f);
        return call::push_function(w, f, base, 1, call::cont(call::FOR, 0, 0));
    }
    let v = w.call_raising(&residual::NEXT, (it,))?;
    if w.is(v, EXHAUSTED) {
        return Ok(Flow::Next);
    }
    w.set(i.b as u32, v);
    jump(w, code, i.d, i.e)
}

/// Makes the running activation a generator: its parameters move to the heap, and the caller gets the object.
pub fn make_generator<W: World<Lang = Python>>(w: &mut W, code: CodeRef<Python>) -> Res {
    let c = code.get();
    let n = c.registers as i64;
    let len = w.constant(n);
    let regs = w.new_array(Items::TYPE, len);
    let none = w.constant(NONE);
    let filled = c.params.registers() as i64 + c.closure_reg.is_some() as i64;
    for k in 0..n {
        let at = w.constant(k);
        let v = if k < filled { w.get(k as u32) } else { none };
        w.store_elem(regs, Items::items, at, v);
    }
    let g = w.new(Generator::TYPE);
    let (state, addr, pc) = (w.constant(SUSPENDED), w.constant(code.addr() as i64), w.pc());
    let pc = w.constant(pc as i64);
    w.store(g, Generator::state, state);
    w.store(g, Generator::code, addr);
    w.store(g, Generator::pc, pc);
    w.store(g, Generator::regs, regs);
    let v = w.from_obj(g);
    call::return_value(w, v)
}

/// Goes on with a generator; what it yields or returns goes by `cont`.
#[inline(never)]
pub fn resume<W: World<Lang = Python>>(w: &mut W, g: Val<W>, sent: Val<W>, cont: u64) -> Res {
    let o = w.to_obj(g);
    let state = w.load(o, Generator::state);
    if !w.is(state, SUSPENDED) {
        if !w.is(state, DONE) && cont & 255 != call::RESULT {
            w.call_raising(&residual::RAISE_GENERATOR, (state, g))?;
        }
        if w.is(state, DONE) && call::takes_items(cont) {
            return Ok(Flow::Next);
        }
        if w.is(state, DONE) && cont & 255 == call::SEND {
            let i = w.code().get().inst(w.pc() - 1);
            let none = w.constant(NONE);
            w.set(i.b as u32, none);
            return Ok(Flow::Next);
        }
        w.call_raising(&residual::RAISE_GENERATOR, (state, g))?;
    }
    wake(w, o, g, sent, cont, false).map(|_| Flow::Next)
}

/// Throws an exception (or an exception class) into a generator.
#[inline(never)]
pub fn throw<W: World<Lang = Python>>(w: &mut W, g: Val<W>, e: Val<W>, cont: u64) -> Res {
    let e = w.call_raising(&residual::THROWN, (e,))?;
    let o = w.to_obj(g);
    let state = w.load(o, Generator::state);
    if !w.is(state, SUSPENDED) {
        if !w.is(state, DONE) {
            w.call_raising(&residual::RAISE_GENERATOR, (state, g))?;
        }
        return Ok(exc::unwind(w, e, true));
    }
    wake(w, o, g, e, cont, true)?;
    Ok(exc::unwind(w, e, true))
}

/// Puts a suspended generator on the stack.
fn wake<W: World<Lang = Python>>(w: &mut W, o: Ref<W>, g: Val<W>, sent: Val<W>, cont: u64, throwing: bool) -> Res<()> {
    let c = w.load(o, Generator::code);
    let c = w.promote(c);
    // SAFETY: `code` of a `Generator` comes from `CodeRef::addr`, the address of the same `Code`.
    let code: P<Code> = unsafe { P::from_addr(c) };
    let pc = w.load(o, Generator::pc);
    let pc = w.promote(pc) as u32;
    let at_yield = code.insts[pc as usize - 1];
    if at_yield.op != Op::Yield && !throwing && !w.is(sent, NONE) {
        w.call_raising(&residual::RAISE_JUST_STARTED, (g,))?;
    }
    let regs = w.load(o, Generator::regs);
    let base = w.code().get().registers;
    if !w.push_frame(code_ref(code), base, cont) {
        w.call_raising(&residual::RAISE_RECURSION, ())?;
    }
    let n = if at_yield.op == Op::Yield { at_yield.c as u32 } else { code.registers };
    for k in 0..n {
        let at = w.constant(k as i64);
        let v = w.load_elem(regs, Items::items, at);
        w.set(k, v);
    }
    let running = w.constant(RUNNING);
    w.store(o, Generator::state, running);
    w.set(code.generator_reg.unwrap_or(0) as u32, g);
    if at_yield.op == Op::Yield {
        w.set(at_yield.a as u32, sent);
    }
    w.set_pc(pc);
    Ok(())
}

/// Yields.
pub fn yield_value<W: World<Lang = Python>>(w: &mut W, code: CodeRef<Python>, i: Inst) -> Res {
    let v = w.get(i.b as u32);
    let g = w.get(code.get().generator_reg.unwrap_or(0) as u32);
    let g = w.to_obj(g);
    let regs = w.load(g, Generator::regs);
    for k in 0..i.c as u32 {
        let (at, x) = (w.constant(k as i64), w.get(k));
        w.store_elem(regs, Items::items, at, x);
    }
    let (pc, state) = (w.pc(), w.constant(SUSPENDED));
    let pc = w.constant(pc as i64);
    w.store(g, Generator::pc, pc);
    w.store(g, Generator::state, state);
    call::return_value(w, v)
}

/// One step of `yield from`.
pub fn send<W: World<Lang = Python>>(w: &mut W, _code: CodeRef<Python>, i: Inst) -> Res {
    let (it, sent) = (w.get(i.a as u32), w.get(i.c as u32));
    let to = call::cont(call::SEND, 0, 0);
    if i.x != 0 {
        // An exception: `close` for GeneratorExit, else `throw`.
        let exit = w.call_raising(&residual::CLOSE_FOR_EXIT, (it, sent))?;
        if w.is(exit, TRUE) {
            return Ok(exc::unwind(w, sent, true));
        }
        if w.is_a(it, Generator::TYPE) {
            return throw(w, it, sent, to);
        }
    } else if w.is_a(it, Generator::TYPE) {
        return resume(w, it, sent, to);
    }
    let how = w.constant(i.x as i64);
    // A tuple: has it yielded, and what.
    let t = w.call_raising(&residual::SEND_OTHER, (it, sent, how))?;
    let (t, zero, one) = (w.to_obj(t), w.constant(0), w.constant(1));
    let (yielded, v) = (w.load_elem(t, Tuple::items, zero), w.load_elem(t, Tuple::items, one));
    w.set(i.b as u32, v);
    if w.is(yielded, TRUE) {
        w.set_pc(i.d);
    }
    Ok(Flow::Next)
}

/// A generator's end: the loop that waits goes on, `next()` raises StopIteration.
pub fn generator_return<W: World<Lang = Python>>(w: &mut W, code: CodeRef<Python>, i: Inst) -> Res {
    let v = w.get(i.a as u32);
    let g = w.get(code.get().generator_reg.unwrap_or(0) as u32);
    let g = w.to_obj(g);
    let done = w.constant(DONE);
    w.store(g, Generator::state, done);
    let Some(c) = w.pop_frame() else {
        let e = exc::stop(w, v);
        w.call(&residual::LEAVE, (e,));
        let r = w.constant(framework::RAISED);
        w.finish(r);
        return Ok(Flow::Done);
    };
    match c & 255 {
        _ if call::takes_items(c) => Ok(Flow::Next),
        call::SEND => {
            let i = w.code().get().inst(w.pc() - 1);
            w.set(i.b as u32, v);
            Ok(Flow::Next)
        }
        _ => {
            let e = exc::stop(w, v);
            Ok(exc::unwind(w, e, true))
        }
    }
}
