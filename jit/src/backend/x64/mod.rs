//! x86-64: registers, instruction encoding, lowering, and the code that leads in and out of traces.

mod asm;
mod heap;
mod lower;
mod numbers;
mod ops;
pub mod regs;
pub mod runtime;
mod values;
mod vm_state;

pub use asm::{JUMP_OPCODE, TRAP};
pub use lower::{STUB, lower};
