//! The native backend: from a trace to machine code, and the ways in and out of it.
//!
//! [`compile`] allocates registers ([`regalloc`]), checks the result in debug builds ([`check`]) and has the target's `lower`
//! emit the code, which goes into the [`arena`]. Rust runs it by [`Arena::enter`]; it comes back with an [`ExitState`], out of
//! which [`ExitState::leaf`] reads the leaves of the exit's snapshot.
//!
//! **A native frame** belongs to an activation and is shared by a root trace, its bridges, and whatever they `Enter`. Its size is the tree's:
//! trees that call or return have small ones. Another activation's trace is called as a function, with a frame of its own; `Room` looks
//! after the native stack, too. A bridge is entered by patching the exit stub's jump ([`Arena::patch`]); values stay in the parent's places.
//!
//! Invariants:
//! - the VM's and the entry activation's base addresses stay in two registers; `VmCore` describes the entry state until an exit;
//! - at a call all live words are in registers that survive it or in the native frame, where the conservative collector sees them;
//! - slots of values that live through a label are written once, before the label, and by nobody below it in the tree.

pub mod arena;
pub mod check;
pub mod dump;
pub mod loc;
mod moves;
mod perf;
pub mod regalloc;
mod stack;
mod x64;

// The only target yet. It assembles on any machine; `AVAILABLE` says whether the code can run on this one.
use x64 as target;

use crate::ir::*;
pub use arena::{Arena, ExitState};
use framework::vm::VmCore;
use loc::*;
use regalloc::{Allocation, Outside};
use std::fmt;

/// Can this machine run the code?
pub const AVAILABLE: bool = cfg!(all(target_arch = "x86_64", target_os = "linux"));

/// Why a trace cannot be compiled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CompileError {
    /// The native frame has no room for so many values.
    TooManySpills,
    /// The arena is full: free old code.
    ArenaFull,
    /// A bridge jumps to a label of a trace that has none or is not there.
    NoSuchLabel(TraceId),
    /// A bridge jumps to a label that relies on values its path does not have: the exit it starts from is not below the label.
    LabelOutOfReach(TraceId),
    /// `Enter` or `CallTrace` of a trace that is not there.
    NoSuchTrace(TraceId),
    /// The trace breaks the IR's rules.
    Malformed(&'static str),
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CompileError::TooManySpills => f.write_str("too many values live at once"),
            CompileError::ArenaFull => f.write_str("no room for machine code"),
            CompileError::NoSuchLabel(t) => write!(f, "trace {} has no label", t.0),
            CompileError::LabelOutOfReach(t) => write!(f, "the label of trace {} cannot be jumped to from here", t.0),
            CompileError::NoSuchTrace(t) => write!(f, "there is no trace {} to enter", t.0),
            CompileError::Malformed(why) => write!(f, "malformed trace: {why}"),
        }
    }
}

impl std::error::Error for CompileError {}

/// Where a label wants a word: in either place or both; in none if it does not need it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Place {
    /// This register.
    pub reg: Option<Reg>,
    /// This spill slot.
    pub slot: Option<u16>,
}

impl Place {
    /// The places, as locations.
    pub fn locs(self) -> impl Iterator<Item = Loc> {
        self.reg.map(Loc::Reg).into_iter().chain(self.slot.map(Loc::Slot))
    }
}

/// What jumps to a label have to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelInfo {
    /// Where it wants its parameters.
    pub params: Vec<Place>,
    /// Where it wants the values that are defined above it and used below it. Each has a slot that keeps it.
    pub live: Vec<Place>,
    /// Slots that traces above in the tree keep values in.
    pub reserved: SlotSet,
}

impl LabelInfo {
    /// Must whoever jumps here come from below?
    pub fn needs_context(&self) -> bool {
        !self.live.is_empty() || self.reserved != SlotSet::default()
    }
    /// The slots of the values that live through it.
    pub fn live_slots(&self) -> SlotSet {
        let mut all = SlotSet::default();
        self.live.iter().filter_map(|p| p.slot).for_each(|s| all.add(s));
        all
    }
}

/// What a trace is compiled as.
#[derive(Clone, Copy, Debug)]
pub enum Kind<'a> {
    /// Called from Rust or by `CallTrace`, or entered by `Enter`; all values come from memory.
    Root,
    /// Entered from an exit of another trace, whose leaves are its first parameters.
    Bridge {
        /// The trace it leaves.
        parent: &'a Compiled,
        /// Number of the exit.
        exit: u32,
    },
}

/// What compiled code refers to outside itself.
pub struct Env<'a> {
    /// The VM the code runs on.
    pub vm: *mut VmCore,
    /// Number of the trace, reported by its exits.
    pub trace: TraceId,
    /// Compiled traces, for `Jump`, `Enter` and `CallTrace`.
    pub compiled: &'a dyn Fn(TraceId) -> Option<&'a Compiled>,
}

/// An exit of compiled code.
#[derive(Clone, Debug)]
pub struct Exit {
    /// Index of the guard or `Exit` in the trace.
    pub inst: u32,
    /// Index of its snapshot.
    pub snapshot: u32,
    /// Where its snapshot's leaves are in [`Compiled::leaf_locs`]: from here on, this many.
    first_leaf: u32,
    leaf_count: u32,
    /// Offset in the code of the jump that a bridge is patched into.
    pub patch: u32,
    /// Is it below the trace's label?
    pub in_loop: bool,
}

/// A jump into the root of another tree.
#[derive(Clone, Copy, Debug)]
struct Enter {
    /// Offset in the code of its displacement.
    at: u32,
    /// Code address and pc of the root's header.
    header: (u64, u32),
    /// Slots of the native frame as the jump leaves it.
    frame_slots: u16,
}

/// A trace in machine code.
#[derive(Debug)]
pub struct Compiled {
    /// The code.
    pub code: arena::Code,
    /// What jumps to its label must know, if it has one.
    pub label: Option<LabelInfo>,
    /// Offset of the exits' stubs.
    exits_offset: u32,
    /// Offset of the code that exits without a bridge go to.
    leave_offset: u32,
    /// Offset of the label in the code.
    pub label_offset: u32,
    /// Offset of the entry for jumps; before it, roots make their native frame.
    entry_offset: u32,
    /// Spill slots of the tree's native frame.
    frame_slots: u16,
    /// Its exits, by the numbers that [`ExitState`] reports.
    pub exits: Vec<Exit>,
    /// Where the exits' leaves are.
    leaf_locs: Vec<Loc>,
    /// Where a jump is written when the trace is invalidated, and the offset of the exit stub it goes to.
    valid: Vec<(u32, u32)>,
    /// Jumps into other trees.
    enters: Vec<Enter>,
    /// Slots that traces above in the tree keep values in.
    reserved: SlotSet,
    /// The traces above whose labels have all they need while this trace runs.
    reachable: Vec<TraceId>,
    trace: TraceId,
    /// Offset in the code of each instruction, for dumps: (offset, index).
    pub lines: Vec<(u32, u32)>,
}

impl Compiled {
    /// Address to jump to with a native frame: by `Enter`, or for a bridge from an exit.
    pub fn entry(&self) -> usize {
        self.code.address() + self.entry_offset as usize
    }
    /// Address to call, for roots.
    pub fn call_entry(&self) -> usize {
        self.code.address()
    }
    /// Address of the label.
    pub fn label_address(&self) -> usize {
        self.code.address() + self.label_offset as usize
    }
    /// Where the leaves of an exit's snapshot are.
    pub fn leaves(&self, exit: &Exit) -> &[Loc] {
        &self.leaf_locs[exit.first_leaf as usize..][..exit.leaf_count as usize]
    }
    /// Slots a bridge from this exit must leave alone.
    fn reserved_below(&self, exit: &Exit) -> SlotSet {
        match &self.label {
            Some(l) if exit.in_loop => self.reserved.or(&l.live_slots()),
            _ => self.reserved,
        }
    }
    /// Labels that have all they need at this exit.
    fn reachable_from(&self, exit: &Exit) -> Vec<TraceId> {
        let own = (self.label.is_some() && exit.in_loop).then_some(self.trace);
        self.reachable.iter().copied().chain(own).collect()
    }
}

/// What the allocator has to know of the trace that a bridge leaves.
struct Context<'a> {
    inputs: &'a [Loc],
    reserved: SlotSet,
    reachable: Vec<TraceId>,
    /// Slots of the native frame, if a parent has fixed their number.
    frame_slots: Option<u16>,
}

/// Slots that bridges may need beyond those of a root whose frame is to be small.
const SPARE_SLOTS: u16 = 40;

impl<'a> Context<'a> {
    fn new(kind: Kind<'a>) -> Context<'a> {
        match kind {
            Kind::Root => Context { inputs: &[], reserved: SlotSet::default(), reachable: vec![], frame_slots: None },
            Kind::Bridge { parent, exit } => {
                let exit = &parent.exits[exit as usize];
                Context {
                    inputs: parent.leaves(exit),
                    reserved: parent.reserved_below(exit),
                    reachable: parent.reachable_from(exit),
                    frame_slots: Some(parent.frame_slots),
                }
            }
        }
    }

    fn allocate(&self, t: &Trace, env: &Env) -> Result<Allocation, CompileError> {
        let label_of = |id: TraceId| (env.compiled)(id).and_then(|c| c.label.as_ref());
        let slots = self.frame_slots.map_or(MAX_SLOTS, usize::from);
        let outside = Outside { inputs: self.inputs, reserved: self.reserved, reachable: &self.reachable, slots, label_of: &label_of };
        let allocation = regalloc::allocate(t, &outside)?;
        if cfg!(debug_assertions)
            && let Err(e) = check::check(t, &outside, &allocation)
        {
            panic!("register allocation is wrong: {e}\n{}", dump::allocation(t, &allocation, &Registry::of(t)));
        }
        Ok(allocation)
    }
}

/// Allocates registers for a trace: the first half of [`compile`], for tests and dumps.
pub fn allocate(t: &Trace, kind: Kind, env: &Env) -> Result<Allocation, CompileError> {
    Context::new(kind).allocate(t, env)
}

/// Compiles a trace.
pub fn compile<'a>(t: &'a Trace, kind: Kind, env: &'a Env<'a>, arena: &mut Arena) -> Result<Compiled, CompileError> {
    let context = Context::new(kind);
    let allocation = context.allocate(t, env)?;
    let label = t.insts.iter().position(|i| i.op == Op::Label).unwrap_or(t.insts.len());
    let frame_slots = context.frame_slots.unwrap_or_else(|| {
        // Recursion wants small frames, loops never fill the stack.
        let nests = t.insts.iter().any(|i| matches!(i.op, Op::CallTrace | Op::Return));
        if nests { (allocation.slots_used() + SPARE_SLOTS).min(MAX_SLOTS as u16) } else { MAX_SLOTS as u16 }
    });
    let is_root = matches!(kind, Kind::Root);
    let lowered = target::lower(t, &allocation, is_root, frame_slots, env, arena)?;
    let exits: Vec<Exit> = allocation
        .exits
        .iter()
        .zip(lowered.patches)
        .map(|(e, patch)| Exit {
            inst: e.inst,
            snapshot: t.insts[e.inst as usize].c,
            first_leaf: e.start,
            leaf_count: allocation.leaves(t, e).len() as u32,
            patch,
            in_loop: e.inst as usize > label,
        })
        .collect();
    let valid = lowered.valid.iter().map(|&(at, exit)| (at, exits[exit as usize].patch - target::STUB)).collect();
    Ok(Compiled {
        code: lowered.code,
        exits_offset: lowered.exits_offset,
        leave_offset: lowered.leave_offset,
        label_offset: lowered.label_offset,
        entry_offset: lowered.entry_offset,
        frame_slots,
        exits,
        leaf_locs: allocation.leaf_locs,
        valid,
        enters: lowered.enters,
        label: allocation.label,
        reserved: context.reserved,
        reachable: context.reachable,
        trace: env.trace,
        lines: lowered.lines,
    })
}
