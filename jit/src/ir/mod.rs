//! The trace IR: linear SSA in blocks with parameters. A plain trace is one block plus guards; a peeled loop is two.

pub mod ops;
pub mod parse;
pub mod print;
pub mod registry;
pub mod semantics;
pub mod snapshot;

pub use ops::{Class, DescSort, Op, Operand};
pub use parse::{ParseError, parse};
pub use registry::Registry;
pub use snapshot::{LogEntry, LogKind, PendingStore, Place, Recipe, Snapshot, SnapshotView, Snapshots, Span, VirtualObject};

use framework::call::FunInfo;
use framework::heap::{ElemsInfo, FieldInfo, TypeInfo};
use framework::{Frame, Ty};

/// A reference to the result of an instruction (its index) or to a constant (high bit set).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Ref(pub u32);

impl Ref {
    /// No reference.
    pub const NONE: Ref = Ref(u32::MAX);
    const CONST: u32 = 1 << 31;

    /// The constant at this index of `Trace::consts`.
    pub fn constant(i: usize) -> Ref {
        Ref(i as u32 | Ref::CONST)
    }
    /// Index into `Trace::consts`, if it is a constant.
    #[inline]
    pub fn as_const(self) -> Option<usize> {
        if self.0 & Ref::CONST != 0 && self != Ref::NONE { Some((self.0 & !Ref::CONST) as usize) } else { None }
    }
    /// Index into `Trace::insts`, if it is the result of an instruction.
    #[inline]
    pub fn as_inst(self) -> Option<usize> {
        if self.0 & Ref::CONST == 0 { Some(self.0 as usize) } else { None }
    }
}

/// A typed constant word.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Const {
    /// Its type.
    pub ty: Ty,
    /// Its bits.
    pub bits: u64,
}

/// One instruction: 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Inst {
    /// The operation.
    pub op: Op,
    /// Type of the result, if there is one.
    pub ty: Ty,
    /// Guards: 1 if the condition is expected to hold, 0 if not. Operations with a descriptor: its index in `Trace::descs` in the low
    /// 15 bits (a `HasType` guard's expectation is then bit 15). `BoxInt`: 1 if the integer is known to be small.
    pub imm: u16,
    /// First operand (see `Op::operands`).
    pub a: u32,
    /// Second operand.
    pub b: u32,
    /// Guards and `Exit`: index of the snapshot. `StoreElem`: the value stored. `Enter`, `CallTrace`: index of a frame descriptor.
    pub c: u32,
}

const _: () = assert!(size_of::<Inst>() == 16);

impl Inst {
    /// Is the guard's condition expected to hold?
    pub fn expect(&self) -> bool {
        if self.op.desc().is_some() { self.imm >> 15 != 0 } else { self.imm != 0 }
    }
    /// `BoxInt`: is the integer known to be small?
    pub fn is_small(&self) -> bool {
        self.op == Op::BoxInt && self.imm != 0
    }
    /// Index of the descriptor.
    pub fn desc_index(&self) -> usize {
        (self.imm & 0x7fff) as usize
    }
    /// First operand as a reference.
    pub fn ra(&self) -> Ref {
        Ref(self.a)
    }
    /// Second operand as a reference.
    pub fn rb(&self) -> Ref {
        Ref(self.b)
    }
}

/// What an instruction's `imm` may refer to.
#[derive(Clone, Copy, Debug)]
pub enum Desc {
    /// A field of a heap layout.
    Field(&'static FieldInfo),
    /// The elements of a heap layout.
    Elems(&'static ElemsInfo),
    /// A heap type.
    Type(&'static TypeInfo),
    /// A residual function.
    Fun(&'static FunInfo),
    /// A frame. `base` is relative to the entry activation's, as an `i32`.
    Frame(Frame),
    /// Where a jump goes.
    Target(Target),
}

/// Where a `Jump`, an `Enter` or a `CallTrace` goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// `Jump`: this trace's own label.
    Own,
    /// `Jump`: the label of another trace of the same tree, which shares the native frame.
    Label(TraceId),
    /// `Enter`, `CallTrace`: the entry of a root trace.
    Entry(TraceId),
}

/// Number of a trace in its VM's list.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct TraceId(pub u32);

/// A recorded, optimised trace.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// The instructions, in order.
    pub insts: Vec<Inst>,
    /// The constants, each once.
    pub consts: Vec<Const>,
    /// Operand lists.
    pub extra: Vec<Ref>,
    /// Descriptors.
    pub descs: Vec<Desc>,
    /// What guards need to leave the trace.
    pub snapshots: Snapshots,
}

impl Op {
    /// Does it give a result unless it overflows?
    pub fn is_checked(self) -> bool {
        self.unchecked() != self
    }
    /// The pure operation that gives the same result where a checked one does not overflow; any other operation is itself.
    pub fn unchecked(self) -> Op {
        match self {
            Op::IntAddOvf => Op::IntAdd,
            Op::IntSubOvf => Op::IntSub,
            Op::IntMulOvf => Op::IntMul,
            op => op,
        }
    }
}

impl Trace {
    /// Empties it.
    pub fn clear(&mut self) {
        self.insts.clear();
        self.consts.clear();
        self.extra.clear();
        self.descs.clear();
        self.snapshots.clear();
    }
    /// Becomes like another one, in its own memory.
    pub fn copy_from(&mut self, other: &Trace) {
        self.insts.clone_from(&other.insts);
        self.consts.clone_from(&other.consts);
        self.extra.clone_from(&other.extra);
        self.descs.clone_from(&other.descs);
        self.snapshots.copy_from(&other.snapshots);
    }
    /// The constant a reference names, if it names one.
    #[inline]
    pub fn const_of(&self, r: Ref) -> Option<Const> {
        r.as_const().map(|i| self.consts[i])
    }
    /// Type of what a reference names.
    pub fn ty(&self, r: Ref) -> Ty {
        match r.as_const() {
            Some(i) => self.consts[i].ty,
            None => self.insts[r.0 as usize].ty,
        }
    }
    /// The descriptor of an instruction that has one.
    pub fn desc(&self, i: &Inst) -> &Desc {
        &self.descs[i.desc_index()]
    }
    /// The operand list of an instruction that has one.
    pub fn list(&self, i: &Inst) -> &[Ref] {
        &self.extra[i.a as usize..(i.a + i.b) as usize]
    }
    /// Calls `f` with every reference the instruction itself uses; not those of its snapshot.
    pub fn for_operands(&self, i: &Inst, mut f: impl FnMut(Ref)) {
        let [a, b] = i.op.operands();
        match a {
            Operand::Ref(_) | Operand::Any => f(Ref(i.a)),
            Operand::List => {
                self.list(i).iter().copied().for_each(&mut f);
                return;
            }
            Operand::Imm | Operand::None => {}
        }
        if matches!(b, Operand::Ref(_) | Operand::Any) {
            f(Ref(i.b));
        }
        if i.op == Op::StoreElem {
            f(Ref(i.c));
        }
    }
    /// Index of the snapshot of an instruction that may leave the trace.
    pub fn snapshot_of(&self, i: &Inst) -> Option<usize> {
        if i.op.class() == Class::Guard || i.op == Op::Exit { Some(i.c as usize) } else { None }
    }
}
