//! Encoding snapshots: the state at the start of the bytecode instruction, plus the log of what it has done since.

use super::{Builder, Liveness, State};
use crate::ir::{LogEntry, Op, PendingStore, Recipe, Ref, Snapshot, Span, Trace, VirtualObject};
use crate::mutants::{Mutant, planted};
use framework::Ty;

/// Changed stack words at the start of an instruction that something may read, for all its guards.
#[derive(Default)]
pub struct AtStart {
    /// Has a guard of this instruction asked for them?
    pub known: bool,
    slots: Vec<(i32, Ref)>,
}

fn is_unchanged(trace: &Trace, offset: i32, r: Ref) -> bool {
    r.as_inst().is_some_and(|r| {
        let i = &trace.insts[r];
        i.op == Op::Slot && i.a as i32 == offset
    })
}

/// Adds the words that are not what they were on entry and that anything may read.
fn changed_slots(trace: &Trace, liveness: &Liveness, s: &State, changed: &mut Vec<(i32, Ref)>) {
    // Words and frames are in the same order.
    let waiting = s.pushed.iter().map(|f| (f, liveness.is_live_waiting));
    let mut frames = waiting.chain([(&s.cur, liveness.is_live)]).peekable();
    let (mut base, mut registers, mut here) = (0, 0, None);
    for (i, r) in s.slots.iter() {
        while let Some((f, is_live)) = frames.next_if(|(f, _)| f.base as i32 <= i) {
            (base, registers) = (f.base as i32, (liveness.registers)(f.code) as i32);
            here = Some((f, is_live));
        }
        if let Some((f, is_live)) = here
            && i - base < registers
            && !is_unchanged(trace, i, r)
            && is_live(f.code, f.pc, (i - base) as u32)
        {
            changed.push((i, r));
        }
    }
}

fn is_live(liveness: &Liveness, s: &State, offset: i32) -> bool {
    let running = offset >= s.cur.base as i32;
    let frame = if running { Some(&s.cur) } else { s.pushed.iter().rev().find(|f| offset >= f.base as i32) };
    frame.is_some_and(|f| {
        let r = (offset - f.base as i32) as u32;
        let is_live = if running { liveness.is_live } else { liveness.is_live_waiting };
        r < (liveness.registers)(f.code) && is_live(f.code, f.pc, r)
    })
}

impl Builder {
    /// Is the word on the VM stack what it was on entry?
    pub fn is_unchanged(&self, offset: i32, r: Ref) -> bool {
        is_unchanged(&self.trace, offset, r)
    }

    /// Can anything still read this stack word, given the frames as they are?
    pub fn is_live_slot(&self, offset: i32) -> bool {
        is_live(&self.liveness, &self.state, offset)
    }

    /// The stack words that are not what they were on entry and that anything may read.
    pub(super) fn changed_slots(&self) -> Vec<(i32, Ref)> {
        let mut changed = vec![];
        changed_slots(&self.trace, &self.liveness, &self.state, &mut changed);
        changed
    }

    /// Registers of the running activation that are live, and known or changed stack words that anything may read.
    pub fn live_slots(&self) -> impl Iterator<Item = i32> + '_ {
        let cur = self.state.cur;
        let own = (0..(self.liveness.registers)(cur.code))
            .filter(move |&r| (self.liveness.is_live)(cur.code, cur.pc, r))
            .map(move |r| (cur.base as i32) + r as i32);
        own.chain(self.state.slots.iter().map(|(i, _)| i).filter(|&i| i < self.state.cur.base as i32 && self.is_live_slot(i)))
    }

    /// The state now is the start of an instruction: snapshots describe it.
    pub fn mark_start(&mut self) {
        self.state.mark();
        self.at_start.known = false;
    }

    /// Takes the snapshot for a guard of the current bytecode instruction.
    pub fn take_snapshot(&mut self, ordinal: u32) -> u32 {
        let mut at_start = std::mem::take(&mut self.at_start);
        if !at_start.known {
            at_start.known = true;
            at_start.slots.clear();
            let (trace, liveness) = (&self.trace, &self.liveness);
            self.state.at_start(|s| changed_slots(trace, liveness, s, &mut at_start.slots));
        }
        let mut s = self.snapshot.take().unwrap_or_default();
        self.encode_state(&mut s, &at_start.slots, ordinal);
        let number = self.trace.snapshots.push(&mut s);
        (self.snapshot, self.at_start) = (Some(s), at_start);
        number
    }

    /// Takes the snapshot for where a called trace has come back: the running activation is the callee's, in memory but for `result`.
    pub fn returned_snapshot(&mut self, result: Ref) -> u32 {
        debug_assert!(self.pending.is_empty(), "a pending store at a call");
        let mut s = Snapshot::default();
        s.head.returned = Some(self.encode(&mut s, result));
        for (i, r) in self.changed_slots().into_iter().filter(|&(i, _)| i < self.state.cur.base as i32) {
            let recipe = self.encode(&mut s, r);
            s.slots.push((i, recipe));
        }
        self.keep(&mut s);
        s.head.cur = Some(self.state.cur);
        s.pushed = self.state.pushed.clone();
        self.trace.snapshots.push(&mut s)
    }

    fn encode_state(&self, s: &mut Snapshot, slots: &[(i32, Ref)], ordinal: u32) {
        for &(i, r) in slots {
            let recipe = self.encode(s, r);
            s.slots.push((i, recipe));
        }
        if planted(Mutant::LogHasItsOwnObjects) {
            s.virtuals.iter_mut().for_each(|v| v.id = Ref::NONE);
        }
        if self.dirty && !planted(Mutant::DirtyGuardsWithoutLog) {
            for &(kind, r) in &self.log {
                let stale = planted(Mutant::LoggedObjectsStayVirtual) && self.resolve(r) != r;
                let result = match r {
                    Ref::NONE => Recipe::Nothing,
                    _ if stale => Recipe::Const(framework::Value::small_int(0).0),
                    r => self.encode(s, r),
                };
                let ty = if r == Ref::NONE { Ty::Int } else { self.trace.ty(self.resolve(r)) };
                s.log.push(LogEntry { kind, result, ty });
            }
        }
        for p in &self.pending {
            let store = PendingStore { object: self.encode(s, p.object), place: p.place, value: self.encode(s, p.value) };
            s.stores.push(store);
        }
        self.keep(s);
        let (cur, pushed) = self.state.frames_at_start();
        s.head.cur = Some(cur);
        s.pushed.extend_from_slice(pushed);
        s.head.ordinal = ordinal;
    }

    fn keep(&self, s: &mut Snapshot) {
        for &o in self.kept.iter().filter(|o| o.as_const().is_none()) {
            s.leaf(o);
        }
    }

    /// How to get the word a reference stands for, outside the trace.
    pub fn encode(&self, s: &mut Snapshot, r: Ref) -> Recipe {
        let r = self.resolve(r);
        if let Some(bits) = self.bits_of(r) {
            return Recipe::Const(bits);
        }
        if self.is_virtual(r) {
            let v = &self.virtuals[&r];
            if let Some(n) = s.virtuals.iter().position(|v| v.id == r) {
                return Recipe::Virtual(n as u32);
            }
            let (n, first) = (s.virtuals.len(), s.parts.len());
            let fields = Span::next(first, v.fields.len());
            s.virtuals.push(VirtualObject { id: r, ty: v.ty, len: v.len, aux: Recipe::Nothing, fields });
            s.parts.resize(first + v.fields.len(), Recipe::Nothing);
            s.virtuals[n].aux = self.encode(s, v.aux);
            for (k, &f) in v.fields.iter().enumerate() {
                s.parts[first + k] = self.encode(s, f);
            }
            return Recipe::Virtual(n as u32);
        }
        // A box that only snapshots need is made on the way out.
        let (op, operand) = self.inst(r).map_or((Op::Param, r), |i| (i.op, i.ra()));
        let unboxed = matches!(op, Op::BoxInt | Op::BoxFloat).then(|| self.resolve(operand)).filter(|u| u.as_const().is_none());
        let leaf = unboxed.unwrap_or(r);
        let n = s.leaf(leaf);
        match (unboxed, op) {
            (Some(_), Op::BoxInt) => Recipe::BoxInt(n),
            (Some(_), _) => Recipe::BoxFloat(n),
            (None, _) => Recipe::Leaf(n),
        }
    }
}
