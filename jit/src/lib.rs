//! The tracing JIT that serves every language: recorder, optimiser, backend, driver.
#![deny(unsafe_op_in_unsafe_fn)]

pub mod backend;
pub mod bits;
pub mod build;
pub mod driver;
pub mod eval;
mod invariant;
pub mod ir;
pub mod mutants;
pub mod native;
pub mod options;
pub mod peel;
pub mod range;
pub mod recorder;
pub mod roots;
pub mod shape;
pub mod tree;

pub use driver::{finish, install, of};
pub use options::{Mode, Options};
