//! Jumps, labels and the entry of bridges: where words have to be in agreed places.

use super::state::{Allocator, FRESH, NEVER, NO_SLOT, Noted, Val};
use super::{Allocation, Step, canonical, constant_loc};
use crate::backend::loc::*;
use crate::backend::moves;
use crate::backend::target::regs;
use crate::backend::{CompileError, LabelInfo, Place};
use crate::ir::*;

impl Allocator<'_> {
    pub(super) fn jump(&mut self, n: usize) -> Result<(), CompileError> {
        let i = self.t.insts[n];
        let Desc::Target(target) = *self.t.desc(&i) else { return Err(CompileError::Malformed("a jump without a target")) };
        self.out.push(Step::Op { inst: n as u32, dst: Loc::None, args: [Loc::None; 3] });
        let outside = self.outside;
        let label = match target {
            Target::Own => self.label.clone(),
            Target::Label(t) => Some((outside.label_of)(t).ok_or(CompileError::NoSuchLabel(t))?.clone()),
            Target::Entry(_) => return Err(CompileError::Malformed("a jump to an entry")),
        };
        let Some(label) = label else {
            if !self.has_label {
                return Err(CompileError::Malformed("a jump to a label that is not there"));
            }
            // The back edge: what the label wants is known when the walk gets there.
            return self.back_edge_args(n);
        };
        if let Target::Label(t) = target
            && label.needs_context()
            && !outside.reachable.contains(&t)
        {
            return Err(CompileError::LabelOutOfReach(t));
        }
        let list = self.t.list(&i);
        if list.len() != label.params.len() {
            return Err(CompileError::Malformed("a jump with the wrong number of arguments"));
        }
        self.pass_list(n);
        let mut all = vec![];
        for (&r, p) in list.iter().zip(&label.params) {
            if *p != Place::default() {
                let from = self.source(r, p.reg.map_or(RegSet::EMPTY, |r| RegSet::of(&[r])), n)?;
                all.extend(p.locs().map(|to| (from, to)));
            }
        }
        if let Target::Label(_) = target {
            all.extend(label.live.iter().filter_map(|l| Some((Loc::Slot(l.slot?), Loc::Reg(l.reg?)))));
        }
        self.moves = all;
        self.sequence_moves();
        Ok(())
    }

    /// Arguments of the jump back to a label that the walk has not reached yet.
    pub(super) fn back_edge_args(&mut self, n: usize) -> Result<(), CompileError> {
        self.pass_list(n);
        for &r in self.t.list(&self.t.insts[n]) {
            self.source(r, RegSet::EMPTY, n)?;
            if let Some(v) = self.value(r) {
                // An exit's slot is as good until an instruction needs the register.
                self.vals[v as usize].soft = true;
            }
        }
        Ok(())
    }

    /// A trace with a label: the loop's body twice, then what comes before it.
    pub(super) fn loop_and_preamble(&mut self, label: usize) -> Result<(), CompileError> {
        let t = self.t;
        let params = t.insts[label + 1..].iter().take_while(|i| i.op == Op::Param).count();
        let body = label + 1 + params;
        self.block(body, t.insts.len())?;
        let through: Vec<u32> = (0..label as u32).filter(|&v| self.vals[v as usize].live).collect();
        let hints: Vec<Option<Reg>> = self.vals.iter().map(|v| v.reg).collect();
        let soft: Vec<bool> = self.vals[label + 1..body].iter().map(|v| v.soft).collect();
        self.restart();
        let jump = t.insts.last().filter(|i| i.op == Op::Jump && matches!(t.desc(i), Desc::Target(Target::Own))).copied();
        if let Some(jump) = &jump {
            if jump.b as usize != params {
                return Err(CompileError::Malformed("a jump with the wrong number of arguments"));
            }
            for (k, &arg) in t.list(jump).iter().enumerate() {
                // Passed on for several parameters, the one that instructions use tells where it is best computed.
                if let Some(v) = self.value(arg)
                    && (self.vals[v as usize].hint.is_none() || !soft[k])
                {
                    self.vals[v as usize].hint = hints[label + 1 + k];
                }
            }
        }
        for &v in &through {
            self.slot(v)?;
            self.vals[v as usize].live = true;
            self.vals[v as usize].hint = hints[v as usize];
        }
        for (p, hint) in hints.iter().enumerate().skip(label + 1).take(params) {
            if self.vals[p].hint.is_none() {
                self.vals[p].hint = *hint;
            }
        }
        let mut back = vec![];
        let mut start = t.insts.len();
        if let Some(jump) = &jump {
            start -= 1;
            self.now = start as u32;
            self.jump(start)?;
            for &v in &through {
                if let Some(r) = hints[v as usize]
                    && self.free.has(r)
                {
                    self.occupy(v, r, true);
                }
            }
            let edge: Vec<Noted> = t.list(jump).iter().map(|&r| self.noted(r)).collect();
            let live: Vec<Noted> = through.iter().map(|&v| self.noted(Ref(v))).collect();
            back.push((edge, live));
        }
        let edge_at = self.out.len();
        self.block(body, start)?;
        // What only exits need is in its slot as well; the label need not have it in a register.
        for &v in &through {
            let Val { reg, slot, soft, interval, .. } = self.vals[v as usize];
            if let (Some(r), true) = (reg, soft) {
                self.intervals[interval as usize] = Loc::Slot(slot);
                self.vals[v as usize].reg = None;
                self.free.add(r);
            }
        }
        // Here the label is: what it wants, it wants from the preamble, from the back edge and from bridges.
        let place = |v: &Val| if v.live { Place { reg: v.reg, slot: (v.slot != NO_SLOT).then_some(v.slot) } } else { Place::default() };
        let info = LabelInfo {
            params: self.vals[body - params..body].iter().map(place).collect(),
            live: through.iter().map(|&v| place(&self.vals[v as usize])).collect(),
            reserved: self.outside.reserved,
        };
        if let Some((edge, live)) = back.pop() {
            let mut moves = vec![];
            for (from, p) in edge.iter().zip(&info.params) {
                moves.extend(p.locs().map(|to| (*from, to)));
            }
            for (from, p) in live.iter().zip(&info.live) {
                moves.extend(p.reg.map(|to| (*from, Loc::Reg(to))));
            }
            self.back_edge = Some((edge_at, moves));
        }
        for p in body - params..body {
            self.release(p);
        }
        self.out.push(Step::Op { inst: label as u32, dst: Loc::None, args: [Loc::None; 3] });
        // Upwards of the label, a value's next use is its last one there.
        for &v in &through {
            self.vals[v as usize].next = label as u32;
        }
        if params > 0 && !t.insts[..label].last().is_some_and(|i| i.op.class() == Class::End) {
            return Err(CompileError::Malformed("a label with parameters that code falls into"));
        }
        self.label = Some(info);
        self.block(0, label)
    }

    /// Where a reference is now, noted before it is known for good.
    pub(super) fn noted(&self, r: Ref) -> Noted {
        let r = canonical(self.t, r);
        let Some(v) = r.as_inst() else { return Noted::Loc(constant_loc(r)) };
        match self.vals[v].reg {
            Some(_) => Noted::Interval(self.vals[v].interval),
            None => Noted::Loc(Loc::Slot(self.vals[v].slot)),
        }
    }

    /// The definition of a value that no instruction defines has been reached.
    pub(super) fn release(&mut self, v: usize) {
        let val = self.vals[v];
        if let Some(r) = val.reg {
            self.free.add(r);
        }
        if val.slot != NO_SLOT {
            self.free_slot(val.slot);
        }
        self.vals[v] = FRESH;
    }

    /// Forgets a walk.
    pub(super) fn restart(&mut self) {
        self.vals.fill(FRESH);
        self.free = regs::GENERAL.or(regs::VECTOR);
        self.busy_slots = self.outside.reserved;
        self.intervals.clear();
        self.interval_ends.clear();
        self.slot_free_from = [NEVER; MAX_SLOTS];
        self.out.clear();
        self.exits.clear();
        self.leaf_notes.clear();
        self.place_inputs();
    }

    // ---- the end, which is the start of the code

    /// Brings a bridge's inputs from where the parent has them to where the bridge wants them.
    pub(super) fn entry_moves(&mut self) -> Result<(), CompileError> {
        let params = self.t.insts.iter().take_while(|i| i.op == Op::Param).count();
        let inputs = self.outside.inputs;
        if params != inputs.len() {
            return Err(CompileError::Malformed("a first block whose parameters are not the parent's leaves"));
        }
        self.moves.clear();
        for (val, &from) in self.vals.iter().zip(inputs).filter(|(val, _)| val.live) {
            self.moves.extend(val.reg.map(|r| (from, Loc::Reg(r))));
            if val.slot != NO_SLOT {
                self.moves.push((from, Loc::Slot(val.slot)));
            }
        }
        self.sequence_moves();
        Ok(())
    }

    pub(super) fn finish(mut self) -> Allocation {
        let resolve = |n: Noted| match n {
            Noted::Loc(l) => l,
            Noted::Interval(i) => self.intervals[i as usize],
        };
        let mut steps: Vec<Step> = Vec::with_capacity(self.out.len() + 8);
        let mut jump = 0;
        if let Some((at, moves)) = &self.back_edge {
            jump = *at;
            steps.extend(self.out[..jump].iter());
            let mut moves: Vec<(Loc, Loc)> = moves.iter().map(|&(from, to)| (resolve(from), to)).collect();
            let start = steps.len();
            moves::sequence(&mut moves, regs::SCRATCH, |from, to| steps.push(Step::Move { from, to }));
            steps[start..].reverse();
        }
        steps.extend(self.out[jump..].iter());
        steps.reverse();
        self.exits.reverse();
        let leaf_locs = self.leaf_notes.iter().map(|&n| resolve(n)).collect();
        Allocation { steps, exits: std::mem::take(&mut self.exits), leaf_locs, label: self.label.take() }
    }
}
