//! The walk over the instructions of one block.

use super::state::{Allocator, NO_SLOT, Noted};
use super::{ExitLocs, Step, can_undo, canonical, constant_loc, is_alias};
use crate::backend::CompileError;
use crate::backend::loc::*;
use crate::backend::moves;
use crate::backend::target::regs::{self, Demands};
use crate::ir::*;

impl Allocator<'_> {
    /// Walks over the instructions `start .. end`, last first.
    pub(super) fn block(&mut self, start: usize, end: usize) -> Result<(), CompileError> {
        for n in (start..end).rev() {
            let i = self.t.insts[n];
            self.now = n as u32;
            match i.op {
                Op::Param | Op::Virtual => {}
                Op::ToObj | Op::FromObj if is_alias(self.t, &i) => {}
                Op::Jump => self.jump(n)?,
                _ if self.is_needed(n, &i) => self.inst(n, &i)?,
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn is_needed(&self, n: usize, i: &Inst) -> bool {
        match i.op.class() {
            Class::Pure | Class::Load | Class::Alloc => self.vals[n].live,
            Class::Call => match self.t.desc(i) {
                Desc::Fun(f) => f.effect == framework::Effect::Any || self.vals[n].live,
                _ => true,
            },
            _ => true,
        }
    }

    pub(super) fn inst(&mut self, n: usize, i: &Inst) -> Result<(), CompileError> {
        let d = regs::demands(self.t, i);
        self.after.clear();
        let free_after = self.free;
        let val = self.vals[n];
        let mut dst = Loc::None;
        // Where the result is while leaves are still needed.
        let mut written = RegSet::EMPTY;
        if val.live {
            let r = match (d.result, val.reg) {
                (Some(r), _) | (None, Some(r)) => r,
                (None, None) => self.demand(n as u32, self.class(n as u32), n as u32)?,
            };
            dst = Loc::Reg(r);
            written.add(val.reg.unwrap_or(r));
            if let Some(r) = val.reg {
                self.free.add(r);
            }
        }
        self.clobber(d.clobbers, free_after.minus(written))?;
        let snapshot = self.t.snapshot_of(i);
        // An operand that only the exit needs further down may give its register to the result.
        let mut undone = None;
        if let Some(s) = snapshot {
            if val.live && can_undo(self.t, i) {
                undone = self.value(i.ra()).filter(|&v| !self.vals[v as usize].live);
            }
            for &leaf in self.t.snapshots.get(s).leaves {
                // Most leaves are live already.
                if let Some(v) = self.value(leaf)
                    && !self.vals[v as usize].live
                    && undone != Some(v)
                {
                    self.keep(v, written, n)?;
                }
            }
        }
        let args = if i.op == Op::Call { self.call_args(n, i)? } else { self.operands(n, i, &d, written)? };
        if let Some(s) = snapshot {
            self.note_exit(n, s, written, undone);
        }
        // Backwards: what was taken away last comes back first.
        self.out.extend(self.after.iter().map(|&(from, to)| Step::Move { from, to }));
        if val.live && val.slot != NO_SLOT {
            self.out.push(Step::Move { from: dst, to: Loc::Slot(val.slot) });
            self.free_slot(val.slot);
        }
        if let (Some(from), Some(to)) = (d.result, val.reg) {
            self.out.push(Step::Move { from: Loc::Reg(from), to: Loc::Reg(to) });
        }
        self.out.push(Step::Op { inst: n as u32, dst, args });
        if i.op == Op::Call {
            self.sequence_moves();
        }
        Ok(())
    }

    /// Empties the clobbered registers of what lives on: into registers that survive, if some are free, else slots.
    pub(super) fn clobber(&mut self, set: RegSet, free_after: RegSet) -> Result<(), CompileError> {
        for r in set.and(regs::GENERAL.or(regs::VECTOR)).minus(self.free) {
            let w = self.owner[r.0 as usize];
            let safe = free_after.and(self.free).and(self.class(w)).minus(set);
            match safe.first() {
                Some(q) if !self.vals[w as usize].soft && self.vals[w as usize].slot == NO_SLOT => {
                    self.after.push((Loc::Reg(q), Loc::Reg(r)));
                    self.free.add(r);
                    self.occupy(w, q, false);
                }
                _ => self.evict(r)?,
            }
        }
        Ok(())
    }

    /// Finds a place for a leaf, which nothing needs further down, while the instruction runs.
    fn keep(&mut self, v: u32, dst: RegSet, at: usize) -> Result<(), CompileError> {
        self.vals[v as usize].live = true;
        match self.choose(v, self.free.and(self.class(v)).minus(dst), at as u32) {
            Some(r) => self.occupy(v, r, true),
            None => {
                self.slot(v)?;
            }
        }
        Ok(())
    }

    /// Notes where the leaves are while the instruction runs, its result perhaps already written.
    pub(super) fn note_exit(&mut self, n: usize, snapshot: usize, dst: RegSet, undone: Option<u32>) {
        let mut undo = false;
        let start = self.leaf_notes.len() as u32;
        for &leaf in self.t.snapshots.get(snapshot).leaves {
            let Some(v) = canonical(self.t, leaf).as_inst() else { continue };
            let val = &self.vals[v];
            self.leaf_notes.push(match val.reg {
                Some(reg) if dst.has(reg) && undone == Some(v as u32) => {
                    undo = true;
                    Noted::Interval(val.interval)
                }
                Some(reg) if !dst.has(reg) => Noted::Interval(val.interval),
                _ => Noted::Loc(Loc::Slot(val.slot)),
            });
        }
        self.exits.push(ExitLocs { inst: n as u32, start, undo });
    }

    /// Places for the operands; `dst` is where the result goes.
    pub(super) fn operands(&mut self, n: usize, i: &Inst, d: &Demands, dst: RegSet) -> Result<[Loc; 3], CompileError> {
        let mut args = [Loc::None; 3];
        let [a, b] = i.op.operands().map(|o| matches!(o, Operand::Ref(_) | Operand::Any));
        let refs = [a.then_some(i.ra()), b.then_some(i.rb()), (i.op == Op::StoreElem).then_some(Ref(i.c))].map(|r| r.map(|r| canonical(self.t, r)));
        // Registers that operands of this instruction are in, and may not be taken from them.
        let mut taken = RegSet::EMPTY;
        for (link, r) in refs.iter().flatten().enumerate() {
            if let Some(v) = r.as_inst() {
                self.pass_use(v, n, link);
                if let Some(r) = self.vals[v].reg {
                    taken.add(r);
                }
            }
        }
        for (k, r) in refs.iter().enumerate() {
            let Some(r) = *r else { continue };
            let Some(v) = r.as_inst() else {
                args[k] = constant_loc(r);
                continue;
            };
            let mut barred = taken;
            let mut wish = RegSet::EMPTY;
            if refs[1..].contains(&Some(r)) {
                barred = barred.or(d.clobbers);
            }
            if d.reuse && (k == 0 || refs[0] == Some(r)) {
                wish = dst;
            } else if d.reuse || d.apart {
                barred = barred.or(dst);
            }
            args[k] = self.operand(v as u32, barred, wish, k == 2 && d.c_in_reg, n)?;
            if let Loc::Reg(r) = args[k] {
                taken.add(r);
            }
        }
        Ok(args)
    }

    /// The walk has come to a use: from here on the one above it counts.
    pub(super) fn pass_use(&mut self, v: usize, n: usize, link: usize) {
        let next = self.earlier[self.first_operand[n] as usize + link];
        if (next as usize) < n {
            self.vals[v].next = next;
        }
    }

    /// A place for one operand: where it is, a free register, one that is worth taking away, or its slot.
    pub(super) fn operand(&mut self, v: u32, barred: RegSet, wish: RegSet, in_reg: bool, at: usize) -> Result<Loc, CompileError> {
        let val = self.vals[v as usize];
        if let Some(r) = val.reg {
            self.vals[v as usize].soft = false;
            return Ok(Loc::Reg(r));
        }
        let class = self.class(v).minus(barred);
        let free = class.and(self.free);
        let hinted = val.hint.is_some_and(|h| free.has(h));
        let r = match wish.and(free).first() {
            Some(r) if !hinted => Some(r),
            _ => self.choose(v, free, at as u32),
        };
        if let Some(r) = r {
            self.occupy(v, r, false);
            return Ok(Loc::Reg(r));
        }
        match self.victim(class) {
            Some((r, key)) if in_reg || key <= val.next => {
                self.evict(r)?;
                self.occupy(v, r, false);
                Ok(Loc::Reg(r))
            }
            None if in_reg => Err(CompileError::TooManySpills),
            _ => {
                self.vals[v as usize].live = true;
                Ok(Loc::Slot(self.slot(v)?))
            }
        }
    }

    /// Arguments of a call, on their way to the registers it wants them in: left in `self.moves`.
    pub(super) fn call_args(&mut self, n: usize, i: &Inst) -> Result<[Loc; 3], CompileError> {
        let list = self.t.list(i);
        let mut moves = std::mem::take(&mut self.moves);
        moves.clear();
        self.pass_list(n);
        for (k, &r) in list.iter().enumerate() {
            let to = regs::ARGS[k];
            let wish = if self.free.has(to) { RegSet::of(&[to]) } else { RegSet::EMPTY };
            let from = self.source(r, wish, n)?;
            moves.push((from, Loc::Reg(to)));
        }
        self.moves = moves;
        Ok([Loc::None; 3])
    }

    /// The walk has come to the uses in an operand list.
    pub(super) fn pass_list(&mut self, n: usize) {
        for (k, &r) in self.t.list(&self.t.insts[n]).iter().enumerate() {
            if let Some(v) = self.value(r) {
                self.pass_use(v as usize, n, k);
            }
        }
    }

    /// Where a word comes from that is about to be moved: anywhere will do, best a wished-for register.
    pub(super) fn source(&mut self, r: Ref, wish: RegSet, at: usize) -> Result<Loc, CompileError> {
        let r = canonical(self.t, r);
        let Some(v) = r.as_inst() else { return Ok(constant_loc(r)) };
        let v = v as u32;
        let val = self.vals[v as usize];
        if let Some(r) = val.reg {
            self.vals[v as usize].soft = false;
            return Ok(Loc::Reg(r));
        }
        let free = self.class(v).and(self.free);
        let r = match wish.and(free).first() {
            Some(r) => Some(r),
            None => self.choose(v, free, at as u32),
        };
        match r {
            Some(r) => {
                self.occupy(v, r, false);
                Ok(Loc::Reg(r))
            }
            None => {
                self.vals[v as usize].live = true;
                Ok(Loc::Slot(self.slot(v)?))
            }
        }
    }

    /// Puts the parallel moves in `self.moves` before what is out.
    pub(super) fn sequence_moves(&mut self) {
        let at = self.out.len();
        let out = &mut self.out;
        moves::sequence(&mut self.moves, regs::SCRATCH, |from, to| out.push(Step::Move { from, to }));
        self.out[at..].reverse();
    }
}
