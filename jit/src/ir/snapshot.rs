//! Snapshots: what it takes to leave a trace at a guard.
//!
//! A snapshot describes the state at the **start** of the instruction the guard is in, plus the log of what that instruction
//! has done since (prefix replay). All its values are recipes over the **leaves**, the distinct non-constant
//! references that machine code must keep until the guard.

use super::Ref;
use framework::heap::{ElemsInfo, FieldInfo, TypeId, TypeInfo};
use framework::{Frame, Ty};

/// How to get a word when leaving a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Recipe {
    /// The leaf with this number, as it is.
    Leaf(u32),
    /// A constant.
    Const(u64),
    /// The leaf is an integer, to be boxed.
    BoxInt(u32),
    /// The leaf is a float, to be boxed.
    BoxFloat(u32),
    /// The virtual object with this number, allocated on the way out.
    Virtual(u32),
    /// Nothing: the result of a store in the log.
    Nothing,
}

/// An object that has not been allocated. Its identity is its number: two recipes with the same number are one object.
#[derive(Clone, Debug)]
pub struct VirtualObject {
    /// The `Virtual` instruction it comes from.
    pub id: Ref,
    /// Its type.
    pub ty: &'static TypeInfo,
    /// Number of elements, for arrays.
    pub len: Option<u32>,
    /// The header's language bits.
    pub aux: Recipe,
    /// Fields in order of offset, then elements.
    pub fields: Vec<Recipe>,
}

/// What an impure operation of the interrupted instruction was; checked when it is replayed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogKind {
    /// Read of mutable memory.
    Load,
    /// Write; its entry has no value.
    Store,
    /// Allocation.
    New,
    /// Residual call.
    Call,
}

/// A word of an object.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// A field.
    Field(&'static FieldInfo),
    /// The element with this number, of a word's size.
    Elem(&'static ElemsInfo, u32),
}

impl Place {
    /// What it holds.
    pub fn ty(self) -> Ty {
        match self {
            Place::Field(f) => f.ty,
            Place::Elem(e, _) => e.ty,
        }
    }
    /// The type whose objects have it.
    pub fn owner(self) -> TypeId {
        match self {
            Place::Field(f) => f.owner,
            Place::Elem(e, _) => e.owner,
        }
    }
    /// Bytes from the object's start.
    pub fn offset(self) -> usize {
        match self {
            Place::Field(f) => f.offset as usize,
            Place::Elem(e, k) => e.offset as usize + k as usize * 8,
        }
    }
    /// Its number among a virtual object's fields and elements.
    pub fn part(self, ty: &TypeInfo) -> usize {
        match self {
            Place::Field(f) => (f.offset as usize - 8) / 8,
            Place::Elem(_, k) => ty.fields.len() + k as usize,
        }
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Place) -> bool {
        (self.owner(), self.offset()) == (other.owner(), other.offset())
    }
}

/// A store that the trace has put off: done when it is left.
#[derive(Clone, Copy, Debug)]
pub struct PendingStore {
    /// The object.
    pub object: Recipe,
    /// Where in it.
    pub place: Place,
    /// What to store.
    pub value: Recipe,
}

impl Snapshot {
    /// Type of an entry of the log.
    pub fn log_type(&self, k: usize) -> Ty {
        self.log_types.get(k).copied().unwrap_or(Ty::Value)
    }
}

/// See the module's text.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The running activation; `base` is relative to the entry activation's (an `i32`).
    pub cur: Option<Frame>,
    /// After a `CallTrace`: its result. The running activation is the one that was called; `VmCore::returned` tells where
    /// it is, its registers are in memory.
    pub returned: Option<Recipe>,
    /// Frames pushed since, outermost first; `base` relative as above.
    pub pushed: Vec<Frame>,
    /// Changed VM-stack words: offset from the entry activation's register 0, and content.
    pub slots: Vec<(i32, Recipe)>,
    /// What the instruction has done so far, if it had an effect; else empty, and the instruction is simply run again.
    pub log: Vec<(LogKind, Recipe)>,
    /// Types of the log's entries: a constant's bits do not tell.
    pub log_types: Vec<Ty>,
    /// What memory lacks of what the trace has stored, the interrupted instruction included. In order.
    pub stores: Vec<PendingStore>,
    /// The virtual objects that slots, log, stores and their fields mention.
    pub virtuals: Vec<VirtualObject>,
    /// The distinct non-constant references.
    pub leaves: Vec<Ref>,
    /// Which guard of its instruction this is, counting every evaluation from 1, folded ones too.
    pub ordinal: u32,
}
