//! The tracing JIT that serves every language: recorder, optimiser, backend, driver.
#![deny(unsafe_op_in_unsafe_fn)]

pub mod backend;
pub mod ir;
