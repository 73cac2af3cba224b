//! Register allocation: one walk backwards over the trace.
//!
//! Walking backwards, a value gets a register at its last use and gives it up at its definition, so it is always known how long
//! a register is needed. Each value has at most one spill slot, filled right where the value is defined: from there on the
//! slot is good wherever the value is needed, and a register is given away by reloading its value *after* the instruction that took it.
//!
//! - A value that only exits need holds its register *softly*: whoever needs the register takes it, and those exits find the
//!   value in its slot instead. Exits note *intervals* (a stay in a register), resolved at the end.
//! - When all registers are in use, the value whose next use (backwards) is farthest goes (Belady); uses are linked in a forward scan.
//! - A loop body is walked twice: the first walk shows where the label wants its parameters and the values that live through
//!   the loop, the second starts from there, so that most of the moves at the back edge fall away.
//! - Values that live through a loop always have a spill slot of their own, **reserved in the whole tree** of bridges below
//!   the label: a bridge that jumps back to the label reloads them from there.
//! - `ToObj` and `FromObj` leave no code: their results are the same word, and share its place.

mod block;
mod jumps;
mod state;

use super::loc::*;
use super::{CompileError, LabelInfo};
use crate::ir::*;
use state::Allocator;

/// One step of the allocated code, in order of execution.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// An instruction: where its result goes and its operands are. The arguments of calls are in `regs::ARGS`.
    Op { inst: u32, dst: Loc, args: [Loc; 3] },
    /// A word moves.
    Move { from: Loc, to: Loc },
}

/// What an exit has to know: for a guard or an `Exit`, where the leaves of its snapshot are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExitLocs {
    /// The instruction.
    pub inst: u32,
    /// Its leaves' first place in `Allocation::leaf_locs`; they are as many as the snapshot's.
    pub start: u32,
    /// The operation has put its result where its first operand was, and the exit takes that back first: see `can_undo`.
    pub undo: bool,
}

/// The result.
#[derive(Default, Debug)]
pub struct Allocation {
    /// The code.
    pub steps: Vec<Step>,
    /// The exits, in order of the code.
    pub exits: Vec<ExitLocs>,
    /// Places of the exits' leaves.
    pub leaf_locs: Vec<Loc>,
    /// Where the label wants its parameters and what lives through it.
    pub label: Option<LabelInfo>,
}

impl Allocation {
    /// One more than the highest slot in use.
    pub fn slots_used(&self) -> u16 {
        let mut n = 0;
        let mut see = |l: Loc| {
            if let Loc::Slot(s) = l {
                n = n.max(s + 1);
            }
        };
        for s in &self.steps {
            match *s {
                Step::Op { dst, args, .. } => args.into_iter().chain([dst]).for_each(&mut see),
                Step::Move { from, to } => [from, to].into_iter().for_each(&mut see),
            }
        }
        self.leaf_locs.iter().copied().for_each(see);
        n
    }

    /// Where the leaves of an exit's snapshot are.
    pub fn leaves(&self, t: &Trace, e: &ExitLocs) -> &[Loc] {
        &self.leaf_locs[e.start as usize..][..t.snapshots.get(t.insts[e.inst as usize].c as usize).leaves.len()]
    }
}

/// Finds the label of a trace.
pub type LabelOf<'a> = dyn Fn(TraceId) -> Option<&'a LabelInfo> + 'a;

/// What is fixed from outside.
pub struct Outside<'a> {
    /// Bridges: where the parameters of the first block are on entry.
    pub inputs: &'a [Loc],
    /// Slots that traces above in the tree keep values in.
    pub reserved: SlotSet,
    /// Traces above whose labels have all they need.
    pub reachable: &'a [TraceId],
    /// How many slots the native frame has.
    pub slots: usize,
    /// The labels of other traces that may be jumped to.
    pub label_of: &'a LabelOf<'a>,
}

/// The same word under another type is the same value: the reference that stands for all of them.
pub fn canonical(t: &Trace, mut r: Ref) -> Ref {
    while let Some(i) = r.as_inst()
        && is_alias(t, &t.insts[i])
    {
        r = t.insts[i].ra();
    }
    r
}

/// Does the instruction only give a word that is somewhere another type? (A constant's is in no place to share.)
fn is_alias(t: &Trace, i: &Inst) -> bool {
    matches!(i.op, Op::ToObj | Op::FromObj) && t.const_of(i.ra()).is_none()
}

/// Allocates registers and spill slots.
pub fn allocate<'t>(t: &'t Trace, outside: &'t Outside<'t>) -> Result<Allocation, CompileError> {
    if t.snapshots.all_leaves().iter().any(|r| r.as_inst().is_none()) {
        return Err(CompileError::Malformed("a leaf that is no value"));
    }
    let mut a = Allocator::new(t, outside);
    match t.insts.iter().position(|i| i.op == Op::Label) {
        None => a.block(0, t.insts.len())?,
        Some(label) => a.loop_and_preamble(label)?,
    }
    a.entry_moves()?;
    Ok(a.finish())
}

/// Can the first operand be had back from the result and the second operand? Where the check of an addition fails, the
/// sum is there all the same, wrapped around.
fn can_undo(t: &Trace, i: &Inst) -> bool {
    matches!(i.op, Op::IntAddOvf | Op::IntSubOvf) && i.expect() && canonical(t, i.ra()) != canonical(t, i.rb())
}

fn constant_loc(r: Ref) -> Loc {
    r.as_const().map_or(Loc::None, |c| Loc::Const(c as u32))
}
