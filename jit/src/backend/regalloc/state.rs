//! What the allocator knows at the present point of its walk: values, registers, slots, intervals.

use super::{Outside, canonical};
use crate::backend::loc::*;
use crate::backend::regalloc::{ExitLocs, Step};
use crate::backend::target::regs;
use crate::backend::{CompileError, LabelInfo};
use crate::ir::*;
use framework::Ty;
use std::cell::Cell;
use std::mem::take;

/// No spill slot.
pub(super) const NO_SLOT: u16 = u16::MAX;
/// No stay in a register yet.
pub(super) const NO_INTERVAL: u32 = u32::MAX;
/// Later than any instruction.
pub(super) const NEVER: u32 = u32::MAX;

/// What is known of a value at the present point of the walk.
#[derive(Clone, Copy)]
pub(super) struct Val {
    pub(super) reg: Option<Reg>,
    pub(super) slot: u16,
    /// Used further down.
    pub(super) live: bool,
    /// No instruction needs it in its present register, only exits do.
    pub(super) soft: bool,
    pub(super) interval: u32,
    /// The nearest use or the definition, further up.
    pub(super) next: u32,
    /// Register wanted.
    pub(super) hint: Option<Reg>,
}

/// Nothing is known yet.
pub(super) const FRESH: Val = Val { reg: None, slot: NO_SLOT, live: false, soft: true, interval: NO_INTERVAL, next: 0, hint: None };

/// A place noted while the walk goes on.
#[derive(Clone, Copy)]
pub(super) enum Noted {
    Loc(Loc),
    Interval(u32),
}

/// The lists of a walk that is over, kept for the next: allocating them anew would take a good part of the time.
#[derive(Default)]
struct Lists {
    vals: Vec<Val>,
    uses: [Vec<u32>; 5],
    intervals: Vec<Loc>,
    out: Vec<Step>,
    leaf_notes: Vec<Noted>,
    moves: [Vec<(Loc, Loc)>; 2],
}

thread_local! {
    static SPARE: Cell<Option<Lists>> = const { Cell::new(None) };
}

/// An emptied list.
fn cleared<T>(mut list: Vec<T>) -> Vec<T> {
    list.clear();
    list
}

impl Drop for Allocator<'_> {
    fn drop(&mut self) {
        let uses = [&mut self.earlier, &mut self.first_operand, &mut self.call_above, &mut self.last_use, &mut self.interval_ends];
        SPARE.set(Some(Lists {
            vals: cleared(take(&mut self.vals)),
            uses: uses.map(|l| cleared(take(l))),
            intervals: cleared(take(&mut self.intervals)),
            out: cleared(take(&mut self.out)),
            leaf_notes: cleared(take(&mut self.leaf_notes)),
            moves: [&mut self.after, &mut self.moves].map(|l| cleared(take(l))),
        }));
    }
}

/// The walk's state.
pub(super) struct Allocator<'t> {
    pub(super) t: &'t Trace,
    pub(super) outside: &'t Outside<'t>,
    pub(super) vals: Vec<Val>,
    /// For every operand of every instruction, the use before it.
    pub(super) earlier: Vec<u32>,
    /// Where the operands of an instruction start in `earlier`.
    pub(super) first_operand: Vec<u32>,
    /// The nearest call above each instruction.
    pub(super) call_above: Vec<u32>,
    /// While uses are linked, the last one of each value.
    last_use: Vec<u32>,
    pub(super) owner: [u32; 32],
    pub(super) free: RegSet,
    pub(super) busy_slots: SlotSet,
    /// The instruction at which each slot became free; `NEVER` if nothing has been in it.
    pub(super) slot_free_from: [u32; MAX_SLOTS],
    /// The instruction the walk is at.
    pub(super) now: u32,
    /// Where each interval ended up; register unless it was given up softly.
    pub(super) intervals: Vec<Loc>,
    /// The instruction each interval ends at: walking up, it starts there.
    pub(super) interval_ends: Vec<u32>,
    /// The code, last step first.
    pub(super) out: Vec<Step>,
    pub(super) exits: Vec<ExitLocs>,
    pub(super) leaf_notes: Vec<Noted>,
    /// Moves that follow the present instruction.
    pub(super) after: Vec<(Loc, Loc)>,
    pub(super) moves: Vec<(Loc, Loc)>,
    pub(super) label: Option<LabelInfo>,
    pub(super) has_label: bool,
    /// Length of `out` where the loop body's jump goes, and the moves before it.
    pub(super) back_edge: Option<(usize, Vec<(Noted, Loc)>)>,
}
impl<'t> Allocator<'t> {
    pub(super) fn new(t: &'t Trace, outside: &'t Outside<'t>) -> Allocator<'t> {
        let Lists { mut vals, uses, intervals, out, leaf_notes, moves } = SPARE.take().unwrap_or_default();
        vals.resize(t.insts.len(), FRESH);
        let [earlier, first_operand, call_above, last_use, interval_ends] = uses;
        let [after, moves] = moves;
        let mut a = Allocator {
            t,
            outside,
            vals,
            earlier,
            first_operand,
            call_above,
            last_use,
            owner: [0; 32],
            free: regs::GENERAL.or(regs::VECTOR),
            busy_slots: outside.reserved,
            slot_free_from: [NEVER; MAX_SLOTS],
            now: 0,
            intervals,
            interval_ends,
            out,
            exits: Vec::with_capacity(t.snapshots.len()),
            leaf_notes,
            after,
            moves,
            label: None,
            has_label: t.insts.iter().any(|i| i.op == Op::Label),
            back_edge: None,
        };
        a.link_uses();
        a.place_inputs();
        a
    }

    /// A bridge's parameters stay where the parent has them as long as that goes well.
    pub(super) fn place_inputs(&mut self) {
        for (p, &input) in self.outside.inputs.iter().enumerate() {
            match input {
                Loc::Reg(r) => self.vals[p].hint = Some(r),
                Loc::Slot(s) => {
                    self.vals[p].slot = s;
                    self.busy_slots.add(s);
                }
                Loc::None | Loc::Const(_) => {}
            }
        }
    }

    /// Links every use to the one before it.
    pub(super) fn link_uses(&mut self) {
        let mut last = take(&mut self.last_use);
        last.extend(0..self.t.insts.len() as u32);
        let mut call = 0;
        for (n, i) in self.t.insts.iter().enumerate() {
            self.first_operand.push(self.earlier.len() as u32);
            self.call_above.push(call);
            if i.op == Op::Call {
                call = n as u32;
            }
            let earlier = &mut self.earlier;
            self.t.for_operands(i, |r| {
                earlier.push(match canonical(self.t, r).as_inst() {
                    Some(v) => std::mem::replace(&mut last[v], n as u32),
                    None => NEVER,
                })
            });
        }
        self.last_use = last;
    }

    pub(super) fn value(&self, r: Ref) -> Option<u32> {
        canonical(self.t, r).as_inst().map(|v| v as u32)
    }

    pub(super) fn is_float(&self, v: u32) -> bool {
        self.t.insts[v as usize].ty == Ty::Float
    }

    pub(super) fn class(&self, v: u32) -> RegSet {
        if self.is_float(v) { regs::VECTOR } else { regs::GENERAL }
    }

    /// The spill slot of `v`.
    pub(super) fn slot(&mut self, v: u32) -> Result<u16, CompileError> {
        self.slot_until(v, 0)
    }

    /// The spill slot of `v`; a new one has been free down to the instruction `end` at least.
    pub(super) fn slot_until(&mut self, v: u32, end: u32) -> Result<u16, CompileError> {
        if self.vals[v as usize].slot == NO_SLOT {
            let is_free = |&s: &u16| !self.busy_slots.has(s) && self.slot_free_from[s as usize] >= end;
            let s = (0..self.outside.slots as u16).find(is_free).ok_or(CompileError::TooManySpills)?;
            self.busy_slots.add(s);
            self.vals[v as usize].slot = s;
        }
        Ok(self.vals[v as usize].slot)
    }

    pub(super) fn free_slot(&mut self, s: u16) {
        self.busy_slots.remove(s);
        self.slot_free_from[s as usize] = self.now;
    }

    /// Gives `v` the free register `r` from here upwards.
    pub(super) fn occupy(&mut self, v: u32, r: Reg, soft: bool) {
        self.free.remove(r);
        self.owner[r.0 as usize] = v;
        let val = &mut self.vals[v as usize];
        (val.reg, val.soft, val.live, val.interval) = (Some(r), soft, true, self.intervals.len() as u32);
        self.intervals.push(Loc::Reg(r));
        self.interval_ends.push(self.now);
    }

    /// The register `v` should get out of `set`, which is not empty.
    pub(super) fn choose(&self, v: u32, set: RegSet, at: u32) -> Option<Reg> {
        if let Some(h) = self.vals[v as usize].hint
            && set.has(h)
        {
            return Some(h);
        }
        // What lives across a call wants a register that survives it, and only that.
        let across = self.call_above[at as usize] > v;
        let liked = if across { set.and(regs::CALLEE_SAVED) } else { set.minus(regs::CALLEE_SAVED) };
        liked.first().or(set.first())
    }

    /// Takes the register away from its value: from here upwards that is in its slot.
    pub(super) fn evict(&mut self, r: Reg) -> Result<(), CompileError> {
        let w = self.owner[r.0 as usize];
        let Val { soft, interval, .. } = self.vals[w as usize];
        if soft {
            // Exits further down will look there.
            let slot = self.slot_until(w, self.interval_ends[interval as usize])?;
            self.intervals[interval as usize] = Loc::Slot(slot);
        } else {
            let slot = self.slot(w)?;
            self.after.push((Loc::Slot(slot), Loc::Reg(r)));
        }
        self.vals[w as usize].reg = None;
        self.free.add(r);
        Ok(())
    }

    /// The register out of `set` whose value is needed last, looking up; soft ones first. With that value's next use.
    pub(super) fn victim(&self, set: RegSet) -> Option<(Reg, u32)> {
        let key = |r: Reg| {
            let val = &self.vals[self.owner[r.0 as usize] as usize];
            if val.soft { 0 } else { val.next + 1 }
        };
        set.minus(self.free).min_by_key(|&r| key(r)).map(|r| (r, key(r)))
    }

    /// A register for `v` out of `set`, whatever it takes.
    pub(super) fn demand(&mut self, v: u32, set: RegSet, at: u32) -> Result<Reg, CompileError> {
        if let Some(r) = self.choose(v, set.and(self.free), at) {
            return Ok(r);
        }
        let (r, _) = self.victim(set).ok_or(CompileError::TooManySpills)?;
        self.evict(r)?;
        Ok(r)
    }
}
