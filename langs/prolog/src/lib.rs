//! Prolog on Twofold.
//!
//! `read` turns text into terms, `compile` clauses into the instructions of `code`, `step` runs one of them in any world.
//! Terms, continuations and choice points are heap objects (`terms`); there is one frame, and nothing recurses on the Rust stack.
#![deny(unsafe_op_in_unsafe_fn)]

pub mod arith;
mod atom_table;
pub mod builtins;
pub mod code;
mod command;
pub mod compile;
pub mod consult;
pub mod control;
pub mod copy;
pub mod database;
mod deep;
pub mod errors;
pub mod evaluate;
mod facts;
pub mod inspect;
pub mod library;
mod liveness;
pub mod messages;
pub mod read;
pub mod reclaim;
mod residuals;
pub mod runtime;
mod step;
pub mod streams;
pub mod structural;
pub mod symbols;
pub mod system;
pub mod terms;
mod toplevel;
pub mod unify;
pub mod write;

pub use command::main;
pub use runtime::{Machine, new_machine};

use code::{A, Code};
use framework::{Flow, Language, Tracer, Vm, World};

/// The language.
pub struct Prolog;

impl Language for Prolog {
    type Code = Code;
    type Runtime = runtime::Runtime;

    #[inline(always)]
    fn step<W: World<Lang = Prolog>>(w: &mut W) -> Flow {
        step::step(w)
    }

    fn registers(code: &Code) -> u32 {
        code.registers
    }

    fn is_live(code: &Code, pc: u32, r: u32) -> bool {
        liveness::is_live(code, pc, r)
    }

    fn location(code: &Code, pc: u32) -> String {
        let symbols = &code.shared.symbols;
        let name = match code.pred {
            Some(p) => format!("{}/{}", symbols.name(p.name), p.arity),
            None => format!("engine+{pc}"),
        };
        match (code.line, code.pred) {
            (0, Some(p)) => format!("{name} ({})", symbols.name(p.file.get())),
            (0, None) => name,
            (line, _) => format!("{name} ({}:{line})", symbols.name(code.file)),
        }
    }

    fn disassemble(code: &Code, pc: u32) -> String {
        code.insns.get(pc as usize).map_or_else(String::new, |i| code::disassemble(code, i))
    }

    fn trace_roots(rt: &runtime::Runtime, tracer: &mut Tracer) {
        rt.trace(tracer);
    }

    fn interrupt(vm: &mut Vm<Prolog>) -> Flow {
        if vm.rt.renumber {
            runtime::renumber_stamps(vm);
        }
        if vm.rt.shared.retired.is_due() || vm.rt.shared.symbols.is_crowded() {
            reclaim::run(vm);
        }
        let error = if vm.core.heap.take_exhausted() {
            errors::Error::Resource("memory")
        } else if vm.take_asked() {
            errors::Error::Ball(symbols::atoms::ABORTED)
        } else {
            return Flow::Next;
        };
        errors::raise(vm, error, None);
        control::raised(framework::direct::Direct::on(vm))
    }
}

/// Number of the first argument register, for tests and tools.
pub const FIRST_ARGUMENT: u32 = A;
