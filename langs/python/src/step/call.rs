//! Calls and returns.

use super::{Res, attr, exc, function_code, items, iter, make, params, residual};
use crate::builtins::{BuiltinDef, Intrinsic};
use crate::bytecode::{BinOp, CmpOp, Code, Inst, Op};
use crate::compile::SCRATCH;
use crate::names;
use crate::objects::class::Maker;
use crate::objects::layouts::*;
use crate::perm::P;
use crate::runtime::{Python, code_ref};
use crate::twins;
use framework::{CodeRef, Flow, Hot, Ref, Val, Value, World};

/// Continuations: what to do with a callee's result. The result goes to the register.
pub const RESULT: u64 = 0;
/// `__init__` returned: the result is the instance in register `extra`.
pub const INIT: u64 = 1;
/// A binary operator's method: after NotImplemented, stage `extra` is next.
pub const BINARY: u64 = 2;
/// A comparison's method; `extra` is the operator.
pub const COMPARE: u64 = 3;
/// `__next__` or a generator for `ForIter`.
pub const FOR: u64 = 4;
/// A class body; `extra` is the register of its parts.
pub const CLASS: u64 = 5;
/// A generator for `Send`.
pub const SEND: u64 = 6;

/// A generator for a `map` in a `ForIter`.
pub const MAP: u64 = 7;
/// A generator for an `enumerate` in a `ForIter`.
pub const ENUMERATE: u64 = 8;

/// `__len__` for `len()`.
pub const LEN: u64 = 9;

/// Does a `ForIter` wait, whose loop ends where a generator does?
pub fn takes_items(cont: u64) -> bool {
    matches!(cont & 255, FOR | MAP | ENUMERATE)
}

/// A continuation word.
pub fn cont(kind: u64, dst: u32, extra: u32) -> u64 {
    kind | (dst as u64) << 8 | (extra as u64) << 24
}

/// Where calls in the middle of an instruction put their arguments.
pub fn scratch(code: CodeRef<Python>) -> u32 {
    code.get().registers - SCRATCH
}

/// Calls the value with `n` arguments from register `base + 2` on; the result goes to `dst`.
#[inline(always)]
pub fn call_value<W: World<Lang = Python>>(w: &mut W, f: Val<W>, base: u32, n: u32, dst: u32) -> Res {
    if w.is_a(f, Function::TYPE) {
        return push_function(w, f, base + 2, n, cont(RESULT, dst, 0));
    }
    call_other(w, f, base, n, dst)
}

#[inline(never)]
fn call_other<W: World<Lang = Python>>(w: &mut W, f: Val<W>, base: u32, n: u32, dst: u32) -> Res {
    if w.is_obj(f) {
        let o = w.to_obj(f);
        if w.has_type(o, Builtin::TYPE) {
            return call_builtin(w, f, o, base + 2, n, dst);
        }
        if w.has_type(o, ClassObj::TYPE) {
            let class = attr::class_data(w, o);
            return make::call_class(w, f, class, base, n, dst);
        }
        if w.has_type(o, BoundMethod::TYPE) {
            let (g, receiver) = (w.load(o, BoundMethod::func), w.load(o, BoundMethod::receiver));
            if w.is_a(g, Function::TYPE) {
                w.set(base + 1, receiver);
                return push_function(w, g, base + 1, n + 1, cont(RESULT, dst, 0));
            }
        }
        if let Some(class) = attr::instance_class(w, f)
            && let Some(g) = attr::find_function(w, class, names::CALL)
        {
            w.set(base + 1, f);
            let g = w.constant(g);
            return push_function(w, g, base + 1, n + 1, cont(RESULT, dst, 0));
        }
    }
    let t = tuple_of(w, base + 2, n);
    let none = w.constant(NONE);
    let v = w.call_raising(&residual::CALL_ANY, (f, t, none))?;
    w.set(dst, v);
    Ok(Flow::Next)
}

/// A tuple of `n` registers.
pub fn tuple_of<W: World<Lang = Python>>(w: &mut W, first: u32, n: u32) -> Val<W> {
    let len = w.constant(n as i64);
    let t = w.new_array(Tuple::TYPE, len);
    for k in 0..n {
        let (v, at) = (w.get(first + k), w.constant(k as i64));
        w.store_elem(t, Tuple::items, at, v);
    }
    w.from_obj(t)
}

/// Starts a Python function whose `n` arguments are in the registers from `base` on.
#[inline(always)]
pub fn push_function<W: World<Lang = Python>>(w: &mut W, f: Val<W>, base: u32, n: u32, cont: u64) -> Res {
    let o = w.to_obj(f);
    let code = function_code(w, o);
    if n != code.params.positional as u32 || !code.params.simple() {
        fill_parameters(w, o, code, base, n)?;
    }
    enter(w, o, code, base, cont)
}

#[inline(always)]
fn enter<W: World<Lang = Python>>(w: &mut W, f: Ref<W>, code: P<Code>, base: u32, cont: u64) -> Res {
    if let Some(r) = code.closure_reg {
        let c = w.load(f, Function::closure);
        w.set(base + r as u32, c);
    }
    if !w.push_frame(code_ref(code), base, cont) {
        w.call_raising(&residual::RAISE_RECURSION, ())?;
    }
    Ok(Flow::Header(Hot::new(&code.hot[0])))
}

#[inline(never)]
fn fill_parameters<W: World<Lang = Python>>(w: &mut W, f: Ref<W>, code: P<Code>, base: u32, n: u32) -> Res<()> {
    if params::fill(w, f, code, base, n, &[], base) {
        return Ok(());
    }
    let args = tuple_of(w, base, n);
    let none = w.constant(NONE);
    bind(w, f, code, base, args, none)
}

/// The general way of matching arguments with parameters.
fn bind<W: World<Lang = Python>>(w: &mut W, f: Ref<W>, code: P<Code>, base: u32, args: Val<W>, kw: Val<W>) -> Res<()> {
    let f = w.from_obj(f);
    let t = w.call_raising(&residual::BIND, (f, args, kw))?;
    let t = w.to_obj(t);
    for k in 0..code.params.registers() as u32 {
        let at = w.constant(k as i64);
        let v = w.load_elem(t, Tuple::items, at);
        w.set(base + k, v);
    }
    Ok(())
}

/// The definition behind a builtin, as a constant.
fn builtin_def<W: World<Lang = Python>>(w: &mut W, o: Ref<W>) -> &'static BuiltinDef {
    let def = w.load(o, Builtin::def);
    let def = w.promote(def);
    // SAFETY: `def` of a `Builtin` is the address of a static.
    unsafe { &*(def as *const BuiltinDef) }
}

fn call_builtin<W: World<Lang = Python>>(w: &mut W, f: Val<W>, o: Ref<W>, first: u32, n: u32, dst: u32) -> Res {
    let def = builtin_def(w, o);
    match def.intrinsic {
        Intrinsic::Len if n == 1 => {
            let v = w.get(first);
            if let Some(size) = items::len(w, v) {
                let v = w.from_int(size);
                w.set(dst, v);
                return Ok(Flow::Next);
            }
            if let Some(class) = attr::instance_class(w, v)
                && let Some(f) = attr::find_function(w, class, names::LEN)
            {
                let f = w.constant(f);
                return push_function(w, f, first, 1, cont(LEN, dst, 0));
            }
        }
        Intrinsic::Next if n == 1 => {
            let v = w.get(first);
            if w.is_a(v, Generator::TYPE) {
                let none = w.constant(NONE);
                return iter::resume(w, v, none, cont(RESULT, dst, 0));
            }
        }
        Intrinsic::IsInstance if n == 2 => {
            let (v, c) = (w.get(first), w.get(first + 1));
            if w.is_a(c, ClassObj::TYPE) {
                let c = w.to_obj(c);
                let class = attr::class_data(w, c);
                if let (Some(of), None) = (attr::class_of(w, v), class.meta.get()) {
                    let r = w.constant(bool_value(of.is_subclass(class)));
                    w.set(dst, r);
                    return Ok(Flow::Next);
                }
            }
        }
        intrinsic => {
            if let Some((twin, iterable)) = twins::of_builtin(intrinsic, n) {
                let v = w.get(first + iterable);
                if let Some(called) = twins::call(w, twin, v, first, n, dst) {
                    return called;
                }
            }
        }
    }
    let v = match n {
        0 => w.call_raising(&residual::CALL0, (f,))?,
        1 => {
            let a = w.get(first);
            w.call_raising(&residual::CALL1, (f, a))?
        }
        2 => {
            let (a, b) = (w.get(first), w.get(first + 1));
            w.call_raising(&residual::CALL2, (f, a, b))?
        }
        3 => {
            let (a, b, c) = (w.get(first), w.get(first + 1), w.get(first + 2));
            w.call_raising(&residual::CALL3, (f, a, b, c))?
        }
        _ => {
            let t = tuple_of(w, first, n);
            let none = w.constant(NONE);
            w.call_raising(&residual::CALL_BUILTIN, (f, t, none))?
        }
    };
    w.set(dst, v);
    Ok(Flow::Next)
}

/// A call with keywords: their values follow the positional arguments, their names are a constant.
pub fn call_kw<W: World<Lang = Python>>(w: &mut W, code: CodeRef<Python>, i: Inst) -> Res {
    let names = code.get().consts[i.e as usize];
    let k = names.as_obj().len() as u32;
    let (base, n, dst) = (i.b as u32, i.c as u32 - k, i.a as u32);
    let f = w.get(base);
    if w.is_a(f, Function::TYPE) {
        let f = w.to_obj(f);
        if let Some(called) = push_with_keywords(w, f, base + 2, n, names, cont(RESULT, dst, 0)) {
            return called;
        }
    } else if w.is_a(f, BoundMethod::TYPE) {
        let o = w.to_obj(f);
        let (g, receiver) = (w.load(o, BoundMethod::func), w.load(o, BoundMethod::receiver));
        if w.is_a(g, Function::TYPE) {
            w.set(base + 1, receiver);
            let g = w.to_obj(g);
            if let Some(called) = push_with_keywords(w, g, base + 1, n + 1, names, cont(RESULT, dst, 0)) {
                return called;
            }
        } else if w.is_a(g, Builtin::TYPE) {
            let g = w.to_obj(g);
            let def = builtin_def(w, g);
            w.set(base + 1, receiver);
            if let Some(called) = twins::call_with_key(w, def.intrinsic, base + 1, n + 1, names, dst) {
                return called;
            }
        }
    } else if w.is_a(f, Builtin::TYPE) {
        let o = w.to_obj(f);
        let def = builtin_def(w, o);
        if let Some(called) = twins::call_with_key(w, def.intrinsic, base + 2, n, names, dst) {
            return called;
        }
    } else if w.is_a(f, ClassObj::TYPE) {
        let o = w.to_obj(f);
        let class = attr::class_data(w, o);
        let _ = w.quasi(&class.version);
        if let Maker::Plain(root, Some(init)) = class.maker() {
            let o = make::fresh(w, root);
            let (v, keep) = (w.from_obj(o), scratch(code));
            w.set(keep, v);
            w.set(base + 1, v);
            let init = w.constant(init);
            let init = w.to_obj(init);
            if let Some(called) = push_with_keywords(w, init, base + 1, n + 1, names, cont(INIT, dst, keep)) {
                return called;
            }
        }
    }
    let args = tuple_of(w, base + 2, n);
    let values = tuple_of(w, base + 2 + n, k);
    let names = w.constant(names);
    let kw = w.call(&residual::KW_DICT, (names, values));
    call_ex(w, f, args, kw, base, dst)
}

/// Starts a function with `n` arguments from register `from` on, and after them those with these names. `None` if matching them with
/// the parameters takes more than a look.
fn push_with_keywords<W: World<Lang = Python>>(w: &mut W, f: Ref<W>, from: u32, n: u32, names: Value, cont: u64) -> Option<Res> {
    let code = function_code(w, f);
    let keywords = params::positions(w, code, n, names)?;
    let base = w.code().get().registers;
    params::fill(w, f, code, from, n, &keywords, base).then(|| enter(w, f, code, base, cont))
}

/// A call with a tuple and a dictionary of arguments.
pub fn call_ex<W: World<Lang = Python>>(w: &mut W, f: Val<W>, args: Val<W>, kw: Val<W>, _base: u32, dst: u32) -> Res {
    if w.is_a(f, Function::TYPE) {
        let o = w.to_obj(f);
        let target = function_code(w, o);
        let base = w.code().get().registers;
        bind(w, o, target, base, args, kw)?;
        return enter(w, o, target, base, cont(RESULT, dst, 0));
    }
    if w.is_a(f, ClassObj::TYPE) {
        let o = w.to_obj(f);
        let class = attr::class_data(w, o);
        let _ = w.quasi(&class.version);
        if let Maker::Plain(root, Some(init)) = class.maker() {
            let o = make::fresh(w, root);
            let v = w.from_obj(o);
            let keep = scratch(w.code());
            w.set(keep, v);
            let args = w.call_raising(&residual::PREPEND, (v, args))?;
            let init = w.constant(init);
            let init = w.to_obj(init);
            let target = function_code(w, init);
            let base = w.code().get().registers;
            bind(w, init, target, base, args, kw)?;
            return enter(w, init, target, base, cont(INIT, dst, keep));
        }
    }
    if w.is_a(f, BoundMethod::TYPE) {
        let o = w.to_obj(f);
        let (g, receiver) = (w.load(o, BoundMethod::func), w.load(o, BoundMethod::receiver));
        if w.is_a(g, Function::TYPE) {
            let args = w.call_raising(&residual::PREPEND, (receiver, args))?;
            return call_ex(w, g, args, kw, _base, dst);
        }
    }
    let v = w.call_raising(&residual::CALL_ANY, (f, args, kw))?;
    w.set(dst, v);
    Ok(Flow::Next)
}

/// Returns from the running activation.
#[inline(always)]
pub fn return_value<W: World<Lang = Python>>(w: &mut W, v: Val<W>) -> Res {
    let Some(c) = w.pop_frame() else {
        w.finish(v);
        return Ok(Flow::Done);
    };
    let dst = (c >> 8) as u32 & 0xffff;
    if c & 255 == RESULT {
        w.set(dst, v);
        return Ok(Flow::Next);
    }
    resume_caller(w, c, v)
}

#[inline(never)]
fn resume_caller<W: World<Lang = Python>>(w: &mut W, c: u64, v: Val<W>) -> Res {
    let (dst, extra) = ((c >> 8) as u32 & 0xffff, (c >> 24) as u32);
    let code = w.code();
    let i = code.get().inst(w.pc() - 1);
    match c & 255 {
        INIT => {
            if !w.is(v, NONE) {
                w.call_raising(&residual::RAISE_INIT, (v,))?;
            }
            let v = w.get(extra);
            w.set(dst, v);
        }
        LEN => {
            let zero = w.constant(0);
            let is_length = w.is_int(v) && {
                let n = w.to_int(v);
                w.le(zero, n)
            };
            let v = if is_length { v } else { w.call_raising(&residual::LENGTH, (v,))? };
            w.set(dst, v);
        }
        BINARY => {
            if w.is(v, NOT_IMPLEMENTED) {
                let op = BinOp::from_u8(i.x);
                let x = w.get(i.b as u32);
                let constant = i.op.operands()[2] == crate::bytecode::Operand::K;
                let y = if constant { w.constant(code.get().consts[i.c as usize]) } else { w.get(i.c as u32) };
                return super::arith::binary_slow(w, op, i.e != 0, x, y, i.a, extra);
            }
            w.set(dst, v);
        }
        COMPARE => {
            let branch = i.op != Op::Compare;
            let v = if w.is(v, NOT_IMPLEMENTED) {
                let (ra, rb) = if branch { (i.a, i.b) } else { (i.b, i.c) };
                let x = w.get(ra as u32);
                let constant = branch && i.op.operands()[1] == crate::bytecode::Operand::K;
                let y = if constant { w.constant(code.get().consts[rb as usize]) } else { w.get(rb as u32) };
                match super::arith::compare_slow(w, CmpOp::from_u8(extra as u8), x, y, 1)? {
                    Some(v) => v,
                    None => return Ok(Flow::Next),
                }
            } else {
                v
            };
            if !branch {
                w.set(i.a as u32, v);
            } else if super::truth(w, v)? == (i.x != 0) {
                return super::jump(w, code, i.d, i.e);
            }
        }
        MAP => {
            let it = w.get(i.a as u32);
            let it = w.to_obj(it);
            let (f, base) = (w.load(it, Iter::b), scratch(code));
            w.set(base, v);
            return push_function(w, f, base, 1, cont(FOR, 0, 0));
        }
        FOR | ENUMERATE => {
            let v = if c & 255 == FOR {
                v
            } else {
                let it = w.get(i.a as u32);
                let it = w.to_obj(it);
                items::numbered(w, it, v)
            };
            w.set(i.b as u32, v);
            w.set_pc(i.d);
            if i.e > 0 {
                return Ok(Flow::Header(Hot::new(&code.get().hot[i.e as usize - 1])));
            }
        }
        CLASS => {
            let parts = w.get(extra + 1);
            let name = w.constant(code.get().consts[i.e as usize]);
            let body = w.get(extra);
            let class = w.call_raising(&residual::BUILD_CLASS, (name, parts, v, body))?;
            w.set(dst, class);
        }
        SEND => {
            // A yield: what it yields goes on outwards.
            w.set(i.b as u32, v);
            w.set_pc(i.d);
        }
        _ => {}
    }
    let _ = exc::handled::<W>;
    Ok(Flow::Next)
}
