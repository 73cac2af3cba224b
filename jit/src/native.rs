//! Machine code of traces: the driver's side of the backend.

use crate::eval::Exit;
use crate::ir::TraceId;
use crate::options::Options;
use crate::tree::{CompiledTrace, Traces};
use framework::{Language, Vm};
use std::cell::RefCell;
use std::rc::Rc;

/// Is there a backend for this machine?
pub const AVAILABLE: bool = false;

/// The compiled form of one trace.
pub struct Native {}

/// The code arena and what belongs to it.
pub struct Engine {}

impl Engine {
    /// For one VM.
    pub fn new(_options: &Options) -> Engine {
        Engine {}
    }
}

/// Compiles a trace; a bridge starts in its parent's registers.
pub fn compile(
    _e: &RefCell<Engine>,
    _traces: &Traces,
    _t: &Rc<CompiledTrace>,
    _parent: Option<&(Rc<CompiledTrace>, usize)>,
) -> Result<(), &'static str> {
    Ok(())
}

/// Has an exit of `parent` go to `bridge`.
pub fn attach(_e: &RefCell<Engine>, _parent: &CompiledTrace, _exit: usize, _bridge: &CompiledTrace) {}

/// Runs a root trace until it exits.
pub fn run<L: Language>(_vm: &mut Vm<L>, _e: &RefCell<Engine>, _traces: &Traces, _id: TraceId) -> Exit {
    unreachable!("no backend")
}

/// The machine code as text.
pub fn disassemble(_n: &Native) -> String {
    String::new()
}
