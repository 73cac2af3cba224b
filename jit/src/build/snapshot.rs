//! Encoding snapshots: the state at the start of the bytecode instruction, plus the log of what it has done since.

use super::{Builder, Liveness, State};
use crate::ir::{Op, PendingStore, Recipe, Ref, Snapshot, Trace, VirtualObject};
use crate::mutants::{Mutant, planted};
use framework::Ty;
use std::rc::Rc;

/// A snapshot being encoded. Its leaves and virtual objects are few: looking through them beats a hash table.
#[derive(Clone, Default)]
pub struct Encoder {
    /// What has been encoded.
    pub snapshot: Snapshot,
}

impl Encoder {
    /// What has been encoded, no larger than it must be: a trace has hundreds of them. The encoder's lists, once grown, serve all.
    fn finish(&mut self) -> Rc<Snapshot> {
        let s = &mut self.snapshot;
        Rc::new(Snapshot {
            cur: s.cur.take(),
            returned: s.returned.take(),
            pushed: take_copy(&mut s.pushed),
            slots: take_copy(&mut s.slots),
            log: take_copy(&mut s.log),
            log_types: take_copy(&mut s.log_types),
            stores: take_copy(&mut s.stores),
            virtuals: s.virtuals.drain(..).collect(),
            leaves: take_copy(&mut s.leaves),
            ordinal: std::mem::take(&mut s.ordinal),
        })
    }

    fn leaf(&mut self, r: Ref) -> u32 {
        let leaves = &mut self.snapshot.leaves;
        leaves.iter().position(|&l| l == r).unwrap_or_else(|| {
            leaves.push(r);
            leaves.len() - 1
        }) as u32
    }
}

fn take_copy<T: Copy>(list: &mut Vec<T>) -> Vec<T> {
    let copy = list.to_vec();
    list.clear();
    copy
}

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

/// The words that are not what they were on entry and that anything may read.
fn changed_slots<'a>(trace: &'a Trace, liveness: &'a Liveness, s: &'a State) -> impl Iterator<Item = (i32, Ref)> + 'a {
    s.slots.iter().filter(move |&(i, r)| !is_unchanged(trace, i, r) && is_live(liveness, s, i))
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
    pub(super) fn changed_slots(&self) -> impl Iterator<Item = (i32, Ref)> + '_ {
        changed_slots(&self.trace, &self.liveness, &self.state)
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
            self.state.at_start(|s| at_start.slots.extend(changed_slots(trace, liveness, s)));
        }
        let mut e = std::mem::take(&mut self.encoder);
        self.encode_state(&mut e, &at_start.slots, ordinal);
        let snapshot = e.finish();
        (self.encoder, self.at_start) = (e, at_start);
        self.file(snapshot)
    }

    fn file(&mut self, snapshot: Rc<Snapshot>) -> u32 {
        self.trace.snapshots.push(snapshot);
        (self.trace.snapshots.len() - 1) as u32
    }

    /// Takes the snapshot for where a called trace has come back: the running activation is the callee's, in memory but for `result`.
    pub fn returned_snapshot(&mut self, result: Ref) -> u32 {
        debug_assert!(self.pending.is_empty(), "a pending store at a call");
        let mut e = Encoder::default();
        e.snapshot.returned = Some(self.encode(&mut e, result));
        for (i, r) in self.changed_slots().filter(|&(i, _)| i < self.state.cur.base as i32) {
            let recipe = self.encode(&mut e, r);
            e.snapshot.slots.push((i, recipe));
        }
        self.keep(&mut e);
        e.snapshot.cur = Some(self.state.cur);
        e.snapshot.pushed = self.state.pushed.clone();
        self.file(e.finish())
    }

    fn encode_state(&self, e: &mut Encoder, slots: &[(i32, Ref)], ordinal: u32) {
        for &(i, r) in slots {
            let recipe = self.encode(e, r);
            e.snapshot.slots.push((i, recipe));
        }
        if planted(Mutant::LogHasItsOwnObjects) {
            e.snapshot.virtuals.iter_mut().for_each(|v| v.id = Ref::NONE);
        }
        if self.dirty && !planted(Mutant::DirtyGuardsWithoutLog) {
            for &(kind, r) in &self.log {
                let stale = planted(Mutant::LoggedObjectsStayVirtual) && self.resolve(r) != r;
                let recipe = match r {
                    Ref::NONE => Recipe::Nothing,
                    _ if stale => Recipe::Const(framework::Value::small_int(0).0),
                    r => self.encode(e, r),
                };
                e.snapshot.log.push((kind, recipe));
                e.snapshot.log_types.push(if r == Ref::NONE { Ty::Int } else { self.trace.ty(self.resolve(r)) });
            }
        }
        for p in &self.pending {
            let store = PendingStore { object: self.encode(e, p.object), place: p.place, value: self.encode(e, p.value) };
            e.snapshot.stores.push(store);
        }
        self.keep(e);
        let (cur, pushed) = self.state.frames_at_start();
        e.snapshot.cur = Some(cur);
        e.snapshot.pushed.extend_from_slice(pushed);
        e.snapshot.ordinal = ordinal;
    }

    fn keep(&self, e: &mut Encoder) {
        for &o in self.kept.iter().filter(|o| o.as_const().is_none()) {
            e.leaf(o);
        }
    }

    /// How to get the word a reference stands for, outside the trace.
    pub fn encode(&self, e: &mut Encoder, r: Ref) -> Recipe {
        let r = self.resolve(r);
        if let Some(bits) = self.bits_of(r) {
            return Recipe::Const(bits);
        }
        if self.is_virtual(r) {
            let v = &self.virtuals[&r];
            if let Some(n) = e.snapshot.virtuals.iter().position(|v| v.id == r) {
                return Recipe::Virtual(n as u32);
            }
            let n = e.snapshot.virtuals.len() as u32;
            e.snapshot.virtuals.push(VirtualObject { id: r, ty: v.ty, len: v.len, aux: Recipe::Nothing, fields: vec![] });
            let aux = self.encode(e, v.aux);
            let fields = v.fields.iter().map(|&f| self.encode(e, f)).collect();
            let o = &mut e.snapshot.virtuals[n as usize];
            (o.aux, o.fields) = (aux, fields);
            return Recipe::Virtual(n);
        }
        // A box that only snapshots need is made on the way out.
        let (op, operand) = self.inst(r).map_or((Op::Param, r), |i| (i.op, i.ra()));
        let unboxed = matches!(op, Op::BoxInt | Op::BoxFloat).then(|| self.resolve(operand)).filter(|u| u.as_const().is_none());
        let leaf = unboxed.unwrap_or(r);
        let n = e.leaf(leaf);
        match (unboxed, op) {
            (Some(_), Op::BoxInt) => Recipe::BoxInt(n),
            (Some(_), _) => Recipe::BoxFloat(n),
            (None, _) => Recipe::Leaf(n),
        }
    }
}
