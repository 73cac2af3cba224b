//! What residual functions work on, and how errors are raised and reported.

use crate::Sprig;
use crate::bytecode::Code;
use crate::objects::{Definition, Error, NIL, Shape, UNSET, as_text, display, new_str, type_name};
use crate::step::unwind;
use framework::direct::Direct;
use framework::{CodeRef, Flow, Obj, RAISED, Tracer, Value, Vm, residual};
use std::collections::HashMap;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Instant;

/// The language's own part of a VM.
pub struct Runtime {
    /// All code, kept as long as the VM.
    pub codes: Vec<Box<Code>>,
    /// All shapes, kept as long as the VM.
    pub shapes: Vec<Box<Shape>>,
    /// Constants of code, kept alive here.
    pub constants: Vec<Value>,
    /// Top-level functions and record types.
    pub definitions: HashMap<String, Rc<Definition>>,
    /// The boxes of top-level variables that later inputs to the REPL may use.
    pub globals: HashMap<String, Obj>,
    /// Where `print` goes.
    pub out: Box<dyn Write>,
    /// The error on its way to a handler.
    pub pending: Option<Pending>,
    /// What `clock` counts from.
    pub started: Instant,
}

/// An error on its way to a handler.
pub struct Pending {
    error: Obj,
    trace: Vec<(CodeRef<Sprig>, u32)>,
    left_out: usize,
}

/// Calls a trace shows before it says only how many more there are.
const TRACE_LINES: usize = 20;

/// An error that no handler took.
#[derive(Clone, Debug)]
pub struct Uncaught {
    /// What happened.
    pub message: String,
    /// One line for each call it went through, innermost first.
    pub trace: String,
}

impl Runtime {
    /// A runtime that prints to `out`.
    pub fn new(out: impl Write + 'static) -> Runtime {
        Runtime {
            codes: vec![],
            shapes: vec![],
            constants: vec![],
            definitions: HashMap::new(),
            globals: HashMap::new(),
            out: Box::new(out),
            pending: None,
            started: Instant::now(),
        }
    }

    /// A runtime that prints to standard output.
    pub fn stdout() -> Runtime {
        Runtime::new(io::BufWriter::with_capacity(1 << 16, io::stdout()))
    }

    /// Keeps a value alive for ever.
    pub fn keep(&mut self, v: Value) -> Value {
        self.constants.push(v);
        v
    }

    /// Keeps code for ever.
    pub fn add_code(&mut self, code: Code) -> CodeRef<Sprig> {
        self.codes.push(Box::new(code));
        CodeRef::new(&**self.codes.last().expect("just pushed"))
    }

    /// Keeps a shape for ever; gives its address.
    pub fn add_shape(&mut self, shape: Shape) -> i64 {
        self.shapes.push(Box::new(shape));
        &**self.shapes.last().expect("just pushed") as *const Shape as i64
    }

    /// Reports the heap pointers held here.
    pub fn trace(&self, tracer: &mut Tracer) {
        self.constants.iter().for_each(|&v| tracer.value(v));
        self.globals.values().for_each(|&o| tracer.obj(o));
        self.definitions.values().for_each(|d| tracer.value(d.value.get()));
        if let Some(p) = &self.pending {
            tracer.obj(p.error);
        }
    }

    /// The error a run ended with.
    pub fn take_uncaught(&mut self) -> Option<Uncaught> {
        let pending = self.pending.take()?;
        Some(Uncaught { message: display(pending.error.get(Error::message), false), trace: pending.trace_text() })
    }
}

impl Pending {
    fn trace_text(&self) -> String {
        let mut lines: Vec<String> = self.trace.iter().map(|(code, pc)| format!("at {} ({})", code.name, code.locate(*pc))).collect();
        if self.left_out > 0 {
            lines.push(format!("… and {} more calls", self.left_out));
        }
        lines.join("\n")
    }
}

/// Raises an error with a message. What a residual function that fails returns.
pub fn raise(vm: &mut Vm<Sprig>, message: &str) -> Value {
    let message = new_str(&mut vm.core.heap, message);
    let error = new_error(vm, message, NIL);
    raise_error(vm, error)
}

/// Makes an error that has not been raised yet.
pub fn new_error(vm: &mut Vm<Sprig>, message: Value, value: Value) -> Obj {
    let empty = new_str(&mut vm.core.heap, "");
    let error = vm.core.heap.alloc(Error::TYPE);
    error.init(Error::message, message);
    error.init(Error::value, value);
    error.init(Error::trace, empty);
    error
}

fn raise_error(vm: &mut Vm<Sprig>, error: Obj) -> Value {
    vm.rt.pending = Some(Pending { error, trace: vec![], left_out: 0 });
    RAISED
}

/// What is raised when the heap is full.
pub const OUT_OF_MEMORY: &str = "out of memory";

/// The interrupt flag was seen between two instructions. Ctrl-C ends the run and no handler sees it; a full heap is an error like any other.
pub fn interrupt(vm: &mut Vm<Sprig>) -> Flow {
    let pc = vm.core.cur.pc;
    if vm.take_asked() {
        raise(vm, "interrupted");
        // SAFETY: the running frame's code came from a `CodeRef`.
        let code = unsafe { CodeRef::from_addr(vm.core.cur.code) };
        vm.rt.pending.iter_mut().for_each(|p| p.trace.push((code, pc)));
        vm.result = RAISED;
        return Flow::Done;
    }
    if vm.core.heap.take_exhausted() {
        raise(vm, OUT_OF_MEMORY);
        return unwind(Direct::on(vm), pc);
    }
    Flow::Next
}

/// Reasons for errors that `step` finds by itself: numbers, since they travel through residual calls.
macro_rules! reasons {
    ($($name:ident $text:literal;)*) => {
        /// Why an error is raised.
        #[derive(Clone, Copy)]
        #[repr(i64)]
        pub enum Reason { $( #[doc = $text] $name ),* }
        const REASONS: &[&str] = &[$($text),*];
    };
}

reasons! {
    Overflow "integer overflow";
    ZeroDivision "division by zero";
    StackOverflow "stack overflow";
    Unset "this variable is used before its `let` has run";
    ForRange "a range in `for` needs two integers";
    NoFloatInt "this float does not fit an integer";
    EmptyPop "pop from an empty list";
}

residual! {
    /// Raises an error that needs no details.
    pub fn RAISE[Any](vm: &mut Vm<Sprig>, reason: i64) -> Value {
        raise(vm, REASONS[reason as usize])
    }

    /// A call with the wrong number of arguments; `wanted` is one for each parameter.
    pub fn RAISE_ARITY[Any](vm: &mut Vm<Sprig>, wanted: i64, given: i64) -> Value {
        raise(vm, &format!("{} given, {wanted} wanted", count(given, "argument")))
    }

    /// A call of something that is no function.
    pub fn RAISE_CALL[Any](vm: &mut Vm<Sprig>, callee: Value) -> Value {
        raise(vm, &format!("a value of type {} cannot be called", type_name(callee)))
    }

    /// `throw`: an error goes on its way again, anything else is wrapped in one.
    pub fn THROW[Any](vm: &mut Vm<Sprig>, v: Value) -> Value {
        let error = match v.obj() {
            Some(o) if o.is(Error::TYPE) => o,
            _ => {
                let message = match as_text(v) {
                    Some(_) => v,
                    None => new_str(&mut vm.core.heap, &display(v, true)),
                };
                new_error(vm, message, v)
            }
        };
        raise_error(vm, error)
    }

    /// The error passes an instruction: the unwinder tells, because compiled code keeps no frames one could look at.
    pub fn TRACE[Any](vm: &mut Vm<Sprig>, code: i64, pc: i64) -> Value {
        if let Some(p) = &mut vm.rt.pending {
            if p.trace.len() < TRACE_LINES {
                // SAFETY: the unwinder passes the address of the running code.
                p.trace.push((unsafe { CodeRef::from_addr(code as u64) }, pc as u32));
            } else {
                p.left_out += 1;
            }
        }
        NIL
    }

    /// A handler takes the error.
    pub fn CATCH[Any](vm: &mut Vm<Sprig>) -> Value {
        let Some(p) = vm.rt.pending.take() else { return UNSET };
        let trace = new_str(&mut vm.core.heap, &p.trace_text());
        vm.core.heap.set(p.error, Error::trace, trace);
        p.error.into()
    }
}

/// `1 argument`, `2 arguments`
pub fn count(n: i64, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
