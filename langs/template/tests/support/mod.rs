//! Runs programs inside the test process.
#![allow(dead_code)]

use framework::Vm;
use jit::options::{MODES, Mode};
use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use template::{Failure, Runtime, Source, Sprig, run};

/// What `print` writes to.
#[derive(Clone, Default)]
struct Buffer(Rc<RefCell<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How a program ended.
#[derive(Debug)]
pub struct Outcome {
    pub printed: String,
    pub failure: Option<Failure>,
    pub report: String,
}

/// Every mode of the JIT.
pub fn modes() -> impl Iterator<Item = (&'static str, Mode)> {
    MODES.iter().map(|&(word, mode, _)| (word, mode))
}

/// Runs a program in a mode of the JIT, on a VM whose stack is small enough to be filled quickly.
pub fn run_in(mode: Mode, name: &str, text: &str) -> Outcome {
    run_limited(mode, name, text, None)
}

/// The same, with so many bytes of heap at most.
pub fn run_limited(mode: Mode, name: &str, text: &str, limit: Option<usize>) -> Outcome {
    let buffer = Buffer::default();
    let mut vm = Vm::<Sprig>::with_stack(Runtime::new(buffer.clone()), 1 << 16, 1 << 12);
    jit::install(&mut vm, jit::Options::with_mode(mode)).expect("no files are to be made");
    limit.into_iter().for_each(|bytes| vm.core.heap.set_limit(bytes));
    let source = Source::new(name, text);
    let failure = run(&mut vm, &source, false).err();
    let printed = String::from_utf8(buffer.0.take()).expect("programs print UTF-8");
    let report = failure.as_ref().map_or(String::new(), |f| f.report(&source));
    Outcome { printed, failure, report }
}
