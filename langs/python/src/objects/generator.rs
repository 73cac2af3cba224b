//! Generators: states, and the methods of generators and coroutines.

use super::class::Known;
use super::exception::{catch, raise, raise_value, type_error};
use super::layouts::*;
use crate::builtins::Args;
use crate::bytecode::{Code, CodeKind, Op};
use crate::perm::P;
use crate::runtime::{PyVm, R};
use framework::{Obj, Value};

/// Not started, or waiting at a `yield`.
pub const SUSPENDED: i64 = 0;
/// Running.
pub const RUNNING: i64 = 1;
/// Returned or raised.
pub const DONE: i64 = 2;

crate::builtins! { METHODS:
    "__next__" next, 1, 1 => Next;
    "send" send, 2, 2 => Send;
    "throw" throw, 2, 4 => Throw;
    "close" close, 1, 1;
    "__iter__" itself, 1, 1;
}
crate::builtins! { COROUTINE:
    "send" send, 2, 2 => Send;
    "throw" throw, 2, 4 => Throw;
    "close" close, 1, 1;
    "__await__" itself, 1, 1;
}
crate::builtins! { ASYNC_GENERATOR:
    "__aiter__" itself, 1, 1;
    "__anext__" anext, 1, 1;
    "asend" asend, 2, 2;
    "athrow" athrow, 2, 2;
    "aclose" aclose, 1, 1;
}
crate::builtins! { STEP:
    "step" step, 3, 3;
}

/// The class of what a call of the code makes.
pub fn class_of_code(c: P<Code>) -> Known {
    match c.kind {
        CodeKind::Coroutine => Known::Coroutine,
        CodeKind::AsyncGenerator => Known::AsyncGenerator,
        _ => Known::Generator,
    }
}

/// Has it run at all?
pub fn started(g: Obj) -> bool {
    let code = super::ops::generator_code(g);
    code.insts[g.get(Generator::pc) as usize - 1].op == Op::Yield
}

/// Goes on with a generator from Rust: sends the value, or throws it.
pub fn resume(vm: &mut PyVm, g: Value, v: Value, throw: bool) -> R {
    let code = vm.rt.resume_codes[throw as usize];
    crate::call::run(vm, code, &[g, v])
}

fn receiver(vm: &mut PyVm, a: Args) -> R<Obj> {
    match super::as_type(a.pos[0], Generator::TYPE) {
        Some(o) => Ok(o),
        None => type_error(vm, "descriptor requires a 'generator' object"),
    }
}
fn itself(_: &mut PyVm, a: Args) -> R {
    Ok(a.pos[0])
}
fn next(vm: &mut PyVm, a: Args) -> R {
    receiver(vm, a)?;
    resume(vm, a.pos[0], NONE, false)
}
fn send(vm: &mut PyVm, a: Args) -> R {
    receiver(vm, a)?;
    resume(vm, a.pos[0], a.pos[1], false)
}
fn throw(vm: &mut PyVm, a: Args) -> R {
    receiver(vm, a)?;
    let e = if a.get(2) != MISSING && a.get(2) != NONE { a.pos[2] } else { a.pos[1] };
    resume(vm, a.pos[0], e, true)
}
fn close(vm: &mut PyVm, a: Args) -> R {
    let g = receiver(vm, a)?;
    if g.get(Generator::state) == DONE {
        return Ok(NONE);
    }
    if g.get(Generator::state) == SUSPENDED && !started(g) {
        g.init(Generator::state, DONE);
        return Ok(NONE);
    }
    let e = vm.rt.class(Known::GeneratorExit).object.get();
    match resume(vm, a.pos[0], e, true) {
        Ok(_) => Err(raise(vm, Known::RuntimeError, "generator ignored GeneratorExit")),
        Err(e) => {
            if catch(vm, Known::GeneratorExit).is_some() {
                return Ok(NONE);
            }
            match catch(vm, Known::StopIteration) {
                Some(s) => Ok(super::exception::attr(s.as_obj(), crate::names::VALUE).unwrap_or(NONE)),
                None => Err(e),
            }
        }
    }
}

/// An awaitable that goes on with an asynchronous generator: written in Python, in module `_async`.
fn awaitable(vm: &mut PyVm, g: Value, how: &str, v: Value) -> R {
    let m = crate::modules::import(vm, "_async")?;
    let n = crate::runtime::intern(vm, how);
    let f = super::attr::get(vm, m, n)?;
    crate::call::call(vm, f, &[g, v])
}
fn anext(vm: &mut PyVm, a: Args) -> R {
    awaitable(vm, a.pos[0], "asend", NONE)
}
fn asend(vm: &mut PyVm, a: Args) -> R {
    awaitable(vm, a.pos[0], "asend", a.pos[1])
}
fn athrow(vm: &mut PyVm, a: Args) -> R {
    awaitable(vm, a.pos[0], "athrow", a.pos[1])
}
fn aclose(vm: &mut PyVm, a: Args) -> R {
    awaitable(vm, a.pos[0], "aclose", NONE)
}

/// `step(generator, throw, value)`: a tuple of whether it yielded itself (not an inner `await`), and the value.
fn step(vm: &mut PyVm, a: Args) -> R {
    match resume(vm, a.pos[0], a.pos[2], a.pos[1] == TRUE) {
        Ok(v) => {
            let cell = super::as_type(v, CellObj::TYPE);
            let v = cell.map_or(v, |c| c.get(CellObj::value));
            Ok(super::new_tuple(vm, &[bool_value(cell.is_some()), v]))
        }
        Err(e) => match catch(vm, Known::StopIteration) {
            Some(_) => {
                let class = vm.rt.class(Known::StopAsyncIteration);
                let e = super::exception::new_exception(vm, class, &[]);
                Err(raise_value(vm, e))
            }
            None => Err(e),
        },
    }
}
