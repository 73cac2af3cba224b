//! Worlds, values, heap and VM state: what an interpreter is written against.
//!
//! A language implements [`language::Language`] once, generic over [`world::World`]. With [`direct::Direct`] it runs; with the
//! recorder of the `jit` crate the same code runs and is recorded. This crate never names `jit` or a language.
#![deny(unsafe_op_in_unsafe_fn)]
#![warn(missing_docs)]

pub mod arith;
pub mod call;
pub mod direct;
pub mod heap;
pub mod kind;
pub mod language;
pub mod liveness;
pub mod quasi;
pub mod value;
pub mod vm;
pub mod world;

pub use call::{Effect, Fun};
pub use heap::{Elems, Field, Heap, Obj, Tracer, TypeId, TypeInfo};
pub use kind::{Kind, Ty};
pub use language::{CodeRef, Flow, Green, Hot, HotCell, Language};
pub use quasi::QuasiCell;
pub use value::Value;
pub use vm::{Frame, Vm};
pub use world::{Float, Int, RAISED, Raised, Ref, Val, World};
