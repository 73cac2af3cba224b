//! Sprig: a small dynamic language. Source text goes through one file per stage: [`lexer`], `grammar.lalrpop` ([`parse`]), [`ast`],
//! [`resolve`], [`compile`], [`bytecode`], [`step`](mod@step).
#![deny(unsafe_op_in_unsafe_fn)]
#![warn(missing_docs)]

pub mod ast;
pub mod builtins;
pub mod bytecode;
mod cli;
pub mod compile;
pub mod errors;
pub mod lexer;
pub mod map;
pub mod objects;
pub mod operators;
pub mod parse;
mod repl;
pub mod resolve;
pub mod runtime;
pub mod step;

pub use cli::main;
pub use errors::{Source, SyntaxError};
pub use runtime::{Runtime, Uncaught};

use bytecode::Code;
use framework::{CodeRef, Flow, Language, RAISED, Tracer, Value, Vm, World};
use std::io::Write;
use std::rc::Rc;

/// The language.
pub struct Sprig;

impl Language for Sprig {
    type Code = Code;
    type Runtime = Runtime;

    #[inline(always)]
    fn step<W: World<Lang = Sprig>>(w: &mut W) -> Flow {
        step::step(w)
    }

    #[inline(always)]
    fn registers(code: &Code) -> u32 {
        code.registers
    }

    fn is_live(code: &Code, pc: u32, r: u32) -> bool {
        code.is_live(pc, r)
    }

    fn given_back(code: &Code, pc: u32) -> Option<u32> {
        code.given_back(pc)
    }

    fn location(code: &Code, pc: u32) -> String {
        let (line, _) = code.source.line_column(code.positions[pc as usize]);
        format!("{} ({}:{line})", code.name, code.source.name)
    }

    fn disassemble(code: &Code, pc: u32) -> String {
        code.disassemble(pc)
    }

    fn trace_roots(rt: &Runtime, tracer: &mut Tracer) {
        rt.trace(tracer)
    }

    fn interrupt(vm: &mut Vm<Sprig>) -> Flow {
        runtime::interrupt(vm)
    }
}

/// Why a program did not run to its end.
#[derive(Clone, Debug)]
pub enum Failure {
    /// It is no program.
    Syntax(SyntaxError),
    /// An error that it did not catch.
    Uncaught(Uncaught),
}

impl Failure {
    /// The message, with file, line and column.
    pub fn report(&self, source: &Source) -> String {
        match self {
            Failure::Syntax(e) => e.report(source),
            Failure::Uncaught(u) if u.trace.is_empty() => format!("error: {}", u.message),
            Failure::Uncaught(u) => format!("error: {}\n  {}", u.message, u.trace.replace('\n', "\n  ")),
        }
    }
}

/// Compiles and runs a program. See [`compile::compile`] for `interactive`; the result is that of the last expression then.
pub fn run(vm: &mut Vm<Sprig>, source: &Rc<Source>, interactive: bool) -> Result<Value, Failure> {
    let code = compile::compile(vm, source, interactive).map_err(Failure::Syntax)?;
    let result = run_compiled(vm, code);
    let _ = vm.rt.out.flush();
    result.map_err(Failure::Uncaught)
}

/// Runs compiled code.
fn run_compiled(vm: &mut Vm<Sprig>, code: CodeRef<Sprig>) -> Result<Value, Uncaught> {
    let result = match vm.run_code(code, &[]) {
        Some(v) => v,
        None => runtime::raise(vm, "stack overflow"),
    };
    if result != RAISED {
        return Ok(result);
    }
    Err(vm.rt.take_uncaught().unwrap_or(Uncaught { message: "the program was stopped".into(), trace: String::new() }))
}
