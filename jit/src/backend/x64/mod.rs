//! x86-64: registers, instruction encoding, lowering, and the code that leads in and out of traces.

mod asm;
mod lower;
mod ops;
pub mod regs;
pub mod runtime;

pub use lower::lower;
