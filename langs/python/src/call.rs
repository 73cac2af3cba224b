//! Calling Python from Rust: rarely needed callbacks of residual functions.

use crate::builtins::{self, Args};
use crate::bytecode::Code;
use crate::objects::class::Known;
use crate::objects::exception::raise;
use crate::objects::layouts::*;
use crate::objects::{new_tuple, ops};
use crate::perm::P;
use crate::runtime::{PyVm, R, code_ref};
use framework::{RAISED, Raised, Value};

/// Most arguments for which calling code is made in advance.
pub const MAX_CALL: usize = 6;

/// Runs code with these first registers.
pub fn run(vm: &mut PyVm, code: P<Code>, registers: &[Value]) -> R {
    ops::enter(vm)?;
    match vm.run_code(code_ref(code), registers) {
        Some(RAISED) => Err(Raised),
        Some(v) => Ok(v),
        None => Err(raise(vm, Known::RecursionError, "maximum recursion depth exceeded")),
    }
}

/// Calls any callable with positional arguments.
pub fn call(vm: &mut PyVm, f: Value, args: &[Value]) -> R {
    if let Some(o) = f.obj().filter(|o| o.is(Builtin::TYPE)) {
        return builtins::invoke(vm, o, Args { pos: args, kw: &[] });
    }
    if args.len() <= MAX_CALL {
        let mut regs = [MISSING; MAX_CALL + 2];
        regs[0] = f;
        regs[2..2 + args.len()].copy_from_slice(args);
        let code = vm.rt.call_codes[args.len()];
        return run(vm, code, &regs[..2 + args.len()]);
    }
    let t = new_tuple(vm, args);
    let code = vm.rt.call_codes[MAX_CALL + 1];
    run(vm, code, &[f, t, NONE])
}

/// Calls any callable with positional arguments in a tuple and keyword arguments in a dictionary (or `None`).
pub fn call_ex(vm: &mut PyVm, f: Value, args: Value, kw: Value) -> R {
    let code = vm.rt.call_codes[MAX_CALL + 1];
    run(vm, code, &[f, args, kw])
}
