//! The four kinds of word a program computes with: in Rust types and, for the IR, as a tag.

use crate::heap::Obj;
use crate::value::Value;

/// Type of a word in the IR.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
pub enum Ty {
    /// A tagged language value.
    Value,
    /// A 64-bit integer.
    Int,
    /// A 64-bit float.
    Float,
    /// A pointer to a heap object, not null.
    Ref,
}

/// A Rust type that a red value can have.
pub trait Kind: Copy + PartialEq + std::fmt::Debug + 'static {
    /// The IR's name for it.
    const TY: Ty;
    /// The raw word.
    fn to_bits(self) -> u64;
    /// Back from the raw word.
    fn from_bits(bits: u64) -> Self;
}

impl Kind for Value {
    const TY: Ty = Ty::Value;
    #[inline(always)]
    fn to_bits(self) -> u64 {
        self.0
    }
    #[inline(always)]
    fn from_bits(bits: u64) -> Value {
        Value(bits)
    }
}

impl Kind for i64 {
    const TY: Ty = Ty::Int;
    #[inline(always)]
    fn to_bits(self) -> u64 {
        self as u64
    }
    #[inline(always)]
    fn from_bits(bits: u64) -> i64 {
        bits as i64
    }
}

impl Kind for f64 {
    const TY: Ty = Ty::Float;
    #[inline(always)]
    fn to_bits(self) -> u64 {
        f64::to_bits(self)
    }
    #[inline(always)]
    fn from_bits(bits: u64) -> f64 {
        f64::from_bits(bits)
    }
}

impl Kind for Obj {
    const TY: Ty = Ty::Ref;
    #[inline(always)]
    fn to_bits(self) -> u64 {
        self.0
    }
    #[inline(always)]
    fn from_bits(bits: u64) -> Obj {
        Obj(bits)
    }
}
