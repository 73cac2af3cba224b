//! Encoding snapshots: the state at the start of the bytecode instruction, plus the log of what it has done since.

use super::Builder;
use crate::ir::{Op, Recipe, Ref, Snapshot, VirtualObject};
use crate::mutants::{Mutant, planted};
use framework::Ty;

/// A snapshot being encoded. Its leaves and virtual objects are few: looking through them beats a hash table.
#[derive(Default)]
pub struct Encoder {
    /// What has been encoded.
    pub snapshot: Snapshot,
}

impl Encoder {
    fn leaf(&mut self, r: Ref) -> u32 {
        let leaves = &mut self.snapshot.leaves;
        leaves.iter().position(|&l| l == r).unwrap_or_else(|| {
            leaves.push(r);
            leaves.len() - 1
        }) as u32
    }
}

impl Builder {
    /// Is the word on the VM stack what it was on entry?
    pub fn is_unchanged(&self, offset: i32, r: Ref) -> bool {
        self.inst(r).is_some_and(|i| i.op == Op::Slot && i.a as i32 == offset)
    }

    /// Can anything still read this stack word, given the frames as they are?
    pub fn is_live_slot(&self, offset: i32) -> bool {
        let s = &self.state;
        let frame = std::iter::once(&s.cur).chain(s.pushed.iter().rev()).find(|f| offset >= f.base as i32);
        frame.is_some_and(|f| {
            let r = (offset - f.base as i32) as u32;
            r < (self.liveness.registers)(f.code) && (self.liveness.is_live)(f.code, f.pc, r)
        })
    }

    /// Registers of the running activation that are live, and known or changed stack words that anything may read.
    pub fn live_slots(&self) -> impl Iterator<Item = i32> + '_ {
        let cur = self.state.cur;
        let own = (0..(self.liveness.registers)(cur.code))
            .filter(move |&r| (self.liveness.is_live)(cur.code, cur.pc, r))
            .map(move |r| (cur.base as i32) + r as i32);
        own.chain(self.state.slots.iter().map(|(i, _)| i).filter(|&i| i < self.state.cur.base as i32 && self.is_live_slot(i)))
    }

    /// Takes the snapshot for a guard of the current bytecode instruction.
    pub fn take_snapshot(&mut self, ordinal: u32) -> u32 {
        let mut state = std::mem::replace(&mut self.state, super::State::new(framework::Frame { code: 0, pc: 0, base: 0, cont: 0 }));
        let s = state.at_start(|start| {
            std::mem::swap(&mut self.state, start);
            let s = self.encode_state(ordinal);
            std::mem::swap(&mut self.state, start);
            s
        });
        self.state = state;
        self.trace.snapshots.push(s);
        (self.trace.snapshots.len() - 1) as u32
    }

    /// Takes the snapshot for where a called trace has come back: the running activation is the callee's, in memory but for `result`.
    pub fn returned_snapshot(&mut self, result: Ref) -> u32 {
        let mut e = Encoder::default();
        e.snapshot.returned = Some(self.encode(&mut e, result));
        let waiting: Vec<(i32, Ref)> = self.state.slots.iter().filter(|&(i, _)| i < self.state.cur.base as i32).collect();
        for (i, r) in waiting {
            if !self.is_unchanged(i, r) && self.is_live_slot(i) {
                let recipe = self.encode(&mut e, r);
                e.snapshot.slots.push((i, recipe));
            }
        }
        e.snapshot.cur = Some(self.state.cur);
        e.snapshot.pushed = self.state.pushed.clone();
        self.trace.snapshots.push(e.snapshot);
        (self.trace.snapshots.len() - 1) as u32
    }

    fn encode_state(&self, ordinal: u32) -> Snapshot {
        let mut e = Encoder::default();
        for (i, r) in self.state.slots.iter() {
            if !self.is_unchanged(i, r) && self.is_live_slot(i) {
                let recipe = self.encode(&mut e, r);
                e.snapshot.slots.push((i, recipe));
            }
        }
        if planted(Mutant::LogHasItsOwnObjects) {
            e.snapshot.virtuals.iter_mut().for_each(|v| v.id = Ref::NONE);
        }
        if self.dirty && !planted(Mutant::DirtyGuardsWithoutLog) {
            for &(kind, r) in &self.log {
                let stale = planted(Mutant::LoggedObjectsStayVirtual) && self.forward.contains_key(&r);
                let recipe = match r {
                    Ref::NONE => Recipe::Nothing,
                    _ if stale => Recipe::Const(framework::Value::small_int(0).0),
                    r => self.encode(&mut e, r),
                };
                e.snapshot.log.push((kind, recipe));
                e.snapshot.log_types.push(if r == Ref::NONE { Ty::Int } else { self.trace.ty(self.resolve(r)) });
            }
        }
        e.snapshot.cur = Some(self.state.cur);
        e.snapshot.pushed = self.state.pushed.clone();
        e.snapshot.ordinal = ordinal;
        e.snapshot
    }

    /// How to get the word a reference stands for, outside the trace.
    pub fn encode(&self, e: &mut Encoder, r: Ref) -> Recipe {
        let r = self.resolve(r);
        if let Some(bits) = self.bits_of(r) {
            return Recipe::Const(bits);
        }
        if let Some(v) = self.virtuals.get(&r) {
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
