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

use super::loc::*;
use super::moves;
use super::target::regs::{self, Demands};
use super::{CompileError, LabelInfo, Place};
use crate::ir::*;
use framework::Ty;

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
    /// Where the leaves of an exit's snapshot are.
    pub fn leaves(&self, t: &Trace, e: &ExitLocs) -> &[Loc] {
        &self.leaf_locs[e.start as usize..][..t.snapshots[t.insts[e.inst as usize].c as usize].leaves.len()]
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
    let leaves = t.snapshots.iter().flat_map(|s| &s.leaves);
    if leaves.into_iter().any(|r| r.as_inst().is_none()) {
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

const NO_SLOT: u16 = u16::MAX;
const NO_INTERVAL: u32 = u32::MAX;
const NEVER: u32 = u32::MAX;

/// What is known of a value at the present point of the walk.
#[derive(Clone, Copy)]
struct Val {
    reg: Option<Reg>,
    slot: u16,
    /// Used further down.
    live: bool,
    /// No instruction needs it in its present register, only exits do.
    soft: bool,
    interval: u32,
    /// The nearest use or the definition, further up.
    next: u32,
    /// Register wanted.
    hint: Option<Reg>,
}

const FRESH: Val = Val { reg: None, slot: NO_SLOT, live: false, soft: true, interval: NO_INTERVAL, next: 0, hint: None };

/// A place noted while the walk goes on.
#[derive(Clone, Copy)]
enum Noted {
    Loc(Loc),
    Interval(u32),
}

struct Allocator<'t> {
    t: &'t Trace,
    outside: &'t Outside<'t>,
    vals: Vec<Val>,
    /// For every operand of every instruction, the use before it.
    earlier: Vec<u32>,
    /// Where the operands of an instruction start in `earlier`.
    first_operand: Vec<u32>,
    /// The nearest call above each instruction.
    call_above: Vec<u32>,
    owner: [u32; 32],
    free: RegSet,
    busy_slots: SlotSet,
    /// The instruction at which each slot became free; `NEVER` if nothing has been in it.
    slot_free_from: [u32; MAX_SLOTS],
    /// The instruction the walk is at.
    now: u32,
    /// Where each interval ended up; register unless it was given up softly.
    intervals: Vec<Loc>,
    /// The instruction each interval ends at: walking up, it starts there.
    interval_ends: Vec<u32>,
    /// The code, last step first.
    out: Vec<Step>,
    exits: Vec<ExitLocs>,
    leaf_notes: Vec<Noted>,
    /// Moves that follow the present instruction.
    after: Vec<(Loc, Loc)>,
    moves: Vec<(Loc, Loc)>,
    label: Option<LabelInfo>,
    has_label: bool,
    /// Length of `out` where the loop body's jump goes, and the moves before it.
    back_edge: Option<(usize, Vec<(Noted, Loc)>)>,
}

impl<'t> Allocator<'t> {
    fn new(t: &'t Trace, outside: &'t Outside<'t>) -> Allocator<'t> {
        let n = t.insts.len();
        let mut a = Allocator {
            t,
            outside,
            vals: vec![FRESH; n],
            earlier: Vec::with_capacity(2 * n),
            first_operand: Vec::with_capacity(n),
            call_above: Vec::with_capacity(n),
            owner: [0; 32],
            free: regs::GENERAL.or(regs::VECTOR),
            busy_slots: outside.reserved,
            slot_free_from: [NEVER; MAX_SLOTS],
            now: 0,
            intervals: vec![],
            interval_ends: vec![],
            out: Vec::with_capacity(n + n / 4),
            exits: vec![],
            leaf_notes: vec![],
            after: vec![],
            moves: vec![],
            label: None,
            has_label: t.insts.iter().any(|i| i.op == Op::Label),
            back_edge: None,
        };
        a.link_uses();
        a.place_inputs();
        a
    }

    /// A bridge's parameters stay where the parent has them as long as that goes well.
    fn place_inputs(&mut self) {
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
    fn link_uses(&mut self) {
        let mut last: Vec<u32> = (0..self.t.insts.len() as u32).collect();
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
    }

    fn value(&self, r: Ref) -> Option<u32> {
        canonical(self.t, r).as_inst().map(|v| v as u32)
    }

    fn is_float(&self, v: u32) -> bool {
        self.t.insts[v as usize].ty == Ty::Float
    }

    fn class(&self, v: u32) -> RegSet {
        if self.is_float(v) { regs::VECTOR } else { regs::GENERAL }
    }

    // ---- slots and registers

    /// The spill slot of `v`.
    fn slot(&mut self, v: u32) -> Result<u16, CompileError> {
        self.slot_until(v, 0)
    }

    /// The spill slot of `v`; a new one has been free down to the instruction `end` at least.
    fn slot_until(&mut self, v: u32, end: u32) -> Result<u16, CompileError> {
        if self.vals[v as usize].slot == NO_SLOT {
            let is_free = |&s: &u16| !self.busy_slots.has(s) && self.slot_free_from[s as usize] >= end;
            let s = (0..MAX_SLOTS as u16).find(is_free).ok_or(CompileError::TooManySpills)?;
            self.busy_slots.add(s);
            self.vals[v as usize].slot = s;
        }
        Ok(self.vals[v as usize].slot)
    }

    fn free_slot(&mut self, s: u16) {
        self.busy_slots.remove(s);
        self.slot_free_from[s as usize] = self.now;
    }

    /// Gives `v` the free register `r` from here upwards.
    fn occupy(&mut self, v: u32, r: Reg, soft: bool) {
        self.free.remove(r);
        self.owner[r.0 as usize] = v;
        let val = &mut self.vals[v as usize];
        (val.reg, val.soft, val.live, val.interval) = (Some(r), soft, true, self.intervals.len() as u32);
        self.intervals.push(Loc::Reg(r));
        self.interval_ends.push(self.now);
    }

    /// The register `v` should get out of `set`, which is not empty.
    fn choose(&self, v: u32, set: RegSet, at: u32) -> Option<Reg> {
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
    fn evict(&mut self, r: Reg) -> Result<(), CompileError> {
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
    fn victim(&self, set: RegSet) -> Option<(Reg, u32)> {
        let key = |r: Reg| {
            let val = &self.vals[self.owner[r.0 as usize] as usize];
            if val.soft { 0 } else { val.next + 1 }
        };
        set.minus(self.free).min_by_key(|&r| key(r)).map(|r| (r, key(r)))
    }

    /// A register for `v` out of `set`, whatever it takes.
    fn demand(&mut self, v: u32, set: RegSet, at: u32) -> Result<Reg, CompileError> {
        if let Some(r) = self.choose(v, set.and(self.free), at) {
            return Ok(r);
        }
        let (r, _) = self.victim(set).ok_or(CompileError::TooManySpills)?;
        self.evict(r)?;
        Ok(r)
    }

    // ---- one block

    /// Walks over the instructions `start .. end`, last first.
    fn block(&mut self, start: usize, end: usize) -> Result<(), CompileError> {
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

    fn is_needed(&self, n: usize, i: &Inst) -> bool {
        match i.op.class() {
            Class::Pure | Class::Load | Class::Alloc => self.vals[n].live,
            Class::Call => match self.t.desc(i) {
                Desc::Fun(f) => f.effect == framework::Effect::Any || self.vals[n].live,
                _ => true,
            },
            _ => true,
        }
    }

    fn inst(&mut self, n: usize, i: &Inst) -> Result<(), CompileError> {
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
        if let Some(s) = snapshot {
            for &leaf in &self.t.snapshots[s].leaves {
                self.keep_leaf(leaf, written, n)?;
            }
        }
        let args = if i.op == Op::Call { self.call_args(n, i)? } else { self.operands(n, i, &d, written)? };
        if let Some(s) = snapshot {
            self.note_exit(n, s, written);
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
    fn clobber(&mut self, set: RegSet, free_after: RegSet) -> Result<(), CompileError> {
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

    /// Makes sure that a leaf is somewhere while the instruction runs.
    fn keep_leaf(&mut self, leaf: Ref, dst: RegSet, at: usize) -> Result<(), CompileError> {
        let Some(v) = self.value(leaf) else { return Ok(()) };
        if self.vals[v as usize].live {
            return Ok(());
        }
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
    fn note_exit(&mut self, n: usize, snapshot: usize, dst: RegSet) {
        let start = self.leaf_notes.len() as u32;
        for &leaf in &self.t.snapshots[snapshot].leaves {
            let Some(v) = canonical(self.t, leaf).as_inst() else { continue };
            let val = &self.vals[v];
            self.leaf_notes.push(match val.reg {
                Some(reg) if !dst.has(reg) => Noted::Interval(val.interval),
                _ => Noted::Loc(Loc::Slot(val.slot)),
            });
        }
        self.exits.push(ExitLocs { inst: n as u32, start });
    }

    /// Places for the operands; `dst` is where the result goes.
    fn operands(&mut self, n: usize, i: &Inst, d: &Demands, dst: RegSet) -> Result<[Loc; 3], CompileError> {
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
    fn pass_use(&mut self, v: usize, n: usize, link: usize) {
        let next = self.earlier[self.first_operand[n] as usize + link];
        if (next as usize) < n {
            self.vals[v].next = next;
        }
    }

    /// A place for one operand: where it is, a free register, one that is worth taking away, or its slot.
    fn operand(&mut self, v: u32, barred: RegSet, wish: RegSet, in_reg: bool, at: usize) -> Result<Loc, CompileError> {
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
    fn call_args(&mut self, n: usize, i: &Inst) -> Result<[Loc; 3], CompileError> {
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
    fn pass_list(&mut self, n: usize) {
        for (k, &r) in self.t.list(&self.t.insts[n]).iter().enumerate() {
            if let Some(v) = self.value(r) {
                self.pass_use(v as usize, n, k);
            }
        }
    }

    /// Where a word comes from that is about to be moved: anywhere will do, best a wished-for register.
    fn source(&mut self, r: Ref, wish: RegSet, at: usize) -> Result<Loc, CompileError> {
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
    fn sequence_moves(&mut self) {
        let at = self.out.len();
        let out = &mut self.out;
        moves::sequence(&mut self.moves, regs::SCRATCH, |from, to| out.push(Step::Move { from, to }));
        self.out[at..].reverse();
    }

    // ---- jumps and labels

    fn jump(&mut self, n: usize) -> Result<(), CompileError> {
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
    fn back_edge_args(&mut self, n: usize) -> Result<(), CompileError> {
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
    fn loop_and_preamble(&mut self, label: usize) -> Result<(), CompileError> {
        let t = self.t;
        let params = t.insts[label + 1..].iter().take_while(|i| i.op == Op::Param).count();
        let body = label + 1 + params;
        self.block(body, t.insts.len())?;
        let through: Vec<u32> = (0..label as u32).filter(|&v| self.vals[v as usize].live).collect();
        let hints: Vec<Option<Reg>> = self.vals.iter().map(|v| v.reg).collect();
        self.restart();
        let jump = t.insts.last().filter(|i| i.op == Op::Jump && matches!(t.desc(i), Desc::Target(Target::Own))).copied();
        if let Some(jump) = &jump {
            if jump.b as usize != params {
                return Err(CompileError::Malformed("a jump with the wrong number of arguments"));
            }
            for (k, &arg) in t.list(jump).iter().enumerate() {
                if let Some(v) = self.value(arg) {
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
    fn noted(&self, r: Ref) -> Noted {
        let r = canonical(self.t, r);
        let Some(v) = r.as_inst() else { return Noted::Loc(constant_loc(r)) };
        match self.vals[v].reg {
            Some(_) => Noted::Interval(self.vals[v].interval),
            None => Noted::Loc(Loc::Slot(self.vals[v].slot)),
        }
    }

    /// The definition of a value that no instruction defines has been reached.
    fn release(&mut self, v: usize) {
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
    fn restart(&mut self) {
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
    fn entry_moves(&mut self) -> Result<(), CompileError> {
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

    fn finish(self) -> Allocation {
        let resolve = |n: Noted| match n {
            Noted::Loc(l) => l,
            Noted::Interval(i) => self.intervals[i as usize],
        };
        let mut steps: Vec<Step> = vec![];
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
        let mut exits = self.exits;
        exits.reverse();
        let leaf_locs = self.leaf_notes.iter().map(|&n| resolve(n)).collect();
        Allocation { steps, exits, leaf_locs, label: self.label }
    }
}

fn constant_loc(r: Ref) -> Loc {
    r.as_const().map_or(Loc::None, |c| Loc::Const(c as u32))
}
