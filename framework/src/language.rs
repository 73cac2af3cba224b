//! What a language supplies.

use crate::heap::Tracer;
use crate::vm::Vm;
use crate::world::World;
use std::cell::Cell;
use std::fmt;
use std::ops::Deref;

/// Data that interpreters read as constants while recording.
///
/// # Safety
/// Nothing reachable through `&Self` by the language's `step` may change, except memo tables whose
/// content is a pure function of immutable data, [`HotCell`]s, and `QuasiCell`s read by `World::quasi`. A plain read of
/// mutable memory would become an unguarded constant in a trace: the one unsoundness the type system does not catch.
pub unsafe trait Green {}

/// A language: its code objects, its runtime and its interpreter.
pub trait Language: Sized + 'static {
    /// A function's or clause's bytecode. Immutable once it can run, and kept until the VM is dropped.
    type Code: Green;
    /// What residual functions work on: symbol tables, modules, output … Never read by `step`.
    type Runtime;

    /// Runs the instruction at `w.pc()` and moves `pc` on. No Rust local survives to the next instruction.
    fn step<W: World<Lang = Self>>(w: &mut W) -> Flow;

    /// Number of registers of a frame of `code`: all slots an activation uses lie below it.
    fn registers(code: &Self::Code) -> u32;

    /// Is register `r` read before it is written, from the instruction at `pc` on? Saying `true` is always right.
    fn is_live(code: &Self::Code, pc: u32, r: u32) -> bool;

    /// The same for an activation that waits at `pc` for a callee. It need not go on there: the callee may raise, and what is done with its
    /// result may depend on the instruction that called.
    fn is_live_waiting(code: &Self::Code, pc: u32, r: u32) -> bool {
        Self::is_live(code, pc, r)
    }

    /// If the instruction at `pc` does nothing but end its activation and give the caller what is in one register: that register. Wherever
    /// in its code an activation ends so, it is all the same: compiled code passes the value on, and forgets the rest.
    fn given_back(_code: &Self::Code, _pc: u32) -> Option<u32> {
        None
    }

    /// Name, file and line of an instruction, for logs: `main (sum.my:3)`.
    fn location(code: &Self::Code, pc: u32) -> String;

    /// The instruction at `pc` as text, for dumps.
    fn disassemble(code: &Self::Code, pc: u32) -> String;

    /// Reports the heap pointers the runtime holds.
    fn trace_roots(rt: &Self::Runtime, tracer: &mut Tracer);

    /// The interrupt flag was seen at a loop header (and has been cleared). Several things may have happened: an `Interrupter` was used
    /// (Ctrl-C, a timer: `Vm::take_asked`); the heap is exhausted (`Heap::take_exhausted`), has cleared weak references
    /// (`Heap::take_cleared`) or objects to finalise (`Heap::take_finalizable`). May change the VM's state, for instance to raise an exception.
    /// `Flow::Done` ends the run.
    fn interrupt(vm: &mut Vm<Self>) -> Flow;
}

/// What the interpreter loop does after an instruction.
#[derive(Clone, Copy)]
pub enum Flow {
    /// Goes on with the instruction at `pc`.
    Next,
    /// The instruction at `pc` (already set) is a loop header or function entry: a place where traces may start and end.
    Header(Hot),
    /// The run is over; its result is in `Vm::result`.
    Done,
}

/// The JIT's mark on one loop header: a counter and the trace compiled for it. A language keeps one in its code object for each header.
#[derive(Default, Debug)]
pub struct HotCell {
    /// Executions still to be counted before recording is tried; set up by the driver.
    pub counter: Cell<u32>,
    /// 0, or 1 + the index of the compiled trace.
    pub trace: Cell<u32>,
}

/// A reference to a [`HotCell`] inside a code object.
#[derive(Clone, Copy)]
pub struct Hot(*const HotCell);

impl Hot {
    /// The cell lives as long as its code object, that is as long as the VM.
    #[inline(always)]
    pub fn new(cell: &HotCell) -> Hot {
        Hot(cell)
    }
}

impl Deref for Hot {
    type Target = HotCell;
    #[inline(always)]
    fn deref(&self) -> &HotCell {
        // SAFETY: see `new`: code objects are kept until the VM is dropped.
        unsafe { &*self.0 }
    }
}

/// A code object, as green data: a pointer that is compared by identity.
pub struct CodeRef<L: Language>(*const L::Code);

impl<L: Language> CodeRef<L> {
    /// `code` must be kept, unmoved, until the VM that runs it is dropped.
    #[inline(always)]
    pub fn new(code: &L::Code) -> CodeRef<L> {
        CodeRef(code)
    }
    /// From the address in a frame or in a heap field written by [`CodeRef::addr`].
    ///
    /// # Safety
    /// `addr` came from `CodeRef::addr` for the same language.
    #[inline(always)]
    pub unsafe fn from_addr(addr: u64) -> CodeRef<L> {
        CodeRef(addr as *const L::Code)
    }
    /// The address, to be stored in a frame or as an `i64` heap field.
    #[inline(always)]
    pub fn addr(self) -> u64 {
        self.0 as u64
    }
    /// The code object, for as long as the VM lives.
    #[inline(always)]
    pub fn get<'a>(self) -> &'a L::Code {
        // SAFETY: see `new`.
        unsafe { &*self.0 }
    }
}

impl<L: Language> Clone for CodeRef<L> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<L: Language> Copy for CodeRef<L> {}
impl<L: Language> PartialEq for CodeRef<L> {
    fn eq(&self, o: &Self) -> bool {
        self.0 == o.0
    }
}
impl<L: Language> Eq for CodeRef<L> {}
impl<L: Language> fmt::Debug for CodeRef<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "code@{:x}", self.addr())
    }
}
impl<L: Language> Deref for CodeRef<L> {
    type Target = L::Code;
    #[inline(always)]
    fn deref(&self) -> &L::Code {
        // SAFETY: see `new`.
        unsafe { &*self.0 }
    }
}
