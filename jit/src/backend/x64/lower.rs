//! Emits machine code for allocated traces: structure, exits, moves. What single operations become is in the files beside.

use super::asm::{Asm, Cc, Label, Mem, Src};
use super::regs::*;
use super::runtime::{SLOT_COUNT, SLOTS, TRACE, frame_bytes};
use crate::backend::arena::{ALIGN, Arena, Code, Reach};
use crate::backend::loc::{Loc, Reg};
use crate::backend::regalloc::{Allocation, Step};
use crate::backend::{CompileError, Enter, Env};
use crate::ir::*;

/// Code in its place, and what is where in it.
pub struct Lowered {
    pub code: Code,
    pub label_offset: u32,
    /// Where jumps enter: behind the making of a root's native frame.
    pub entry_offset: u32,
    /// For each exit, the displacement of its jump.
    pub patches: Vec<u32>,
    /// For each `Valid` guard, where it is and the number of its exit.
    pub valid: Vec<(u32, u32)>,
    /// Jumps into other trees.
    pub enters: Vec<Enter>,
    /// Where the exits' stubs start.
    pub exits_offset: u32,
    /// Where exits go that have no bridge.
    pub leave_offset: u32,
    pub lines: Vec<(u32, u32)>,
}

/// Bytes of an exit's stub before the displacement of its jump.
pub const STUB: u32 = 6;
/// Where loops are best aligned to: what a processor fetches at once.
const LOOP_ALIGN: usize = ALIGN;

/// Code that is rarely run, to be emitted after the rest.
type Cold<'a> = Box<dyn FnOnce(&mut Lower<'a>) + 'a>;

pub(super) struct Lower<'a> {
    pub t: &'a Trace,
    pub env: &'a Env<'a>,
    pub runtime: super::runtime::Runtime,
    pub asm: Asm,
    pub cold: Vec<Cold<'a>>,
    /// Objects allocated since the last safepoint: stores to them need no barrier.
    pub fresh: Vec<Ref>,
    pub is_root: bool,
    /// Spill slots of the tree's native frame.
    pub frame_slots: u16,
    pub call_entry: Label,
    pub start: Label,
    label: Label,
    label_offset: u32,
    /// A loop that starts with a poll does it at its end instead, and saves a jump: where the loop then starts, and the poll's exit.
    poll_at_end: Option<(Label, Label)>,
    pub reach: Reach,
    /// Places of the `Valid` guards, with the numbers of their exits.
    valid: Vec<(u32, u32)>,
    pub enters: Vec<Enter>,
    /// For each exit, its stub.
    exits: Vec<Label>,
}

/// Emits the code of a trace and puts it into the arena.
pub fn lower<'a>(
    t: &'a Trace,
    allocation: &Allocation,
    is_root: bool,
    frame_slots: u16,
    env: &'a Env<'a>,
    arena: &mut Arena,
) -> Result<Lowered, CompileError> {
    let mut asm = Asm::new(16 * allocation.steps.len() + 64);
    let call_entry = asm.bind_new();
    if is_root {
        asm.sub(RSP, Src::Imm(frame_bytes(frame_slots)));
    }
    let entry_offset = asm.offset() as u32;
    let (start, label) = (asm.bind_new(), asm.label());
    let exits = allocation.exits.iter().map(|_| asm.label()).collect();
    let mut l = Lower {
        t,
        env,
        runtime: *arena.runtime(),
        asm,
        cold: vec![],
        fresh: vec![],
        is_root,
        frame_slots,
        call_entry,
        start,
        label,
        label_offset: 0,
        poll_at_end: None,
        reach: arena.reach(),
        valid: vec![],
        enters: vec![],
        exits,
    };
    let mut lines = Vec::with_capacity(t.insts.len());
    let op_at = |n: usize| match allocation.steps.get(n) {
        Some(Step::Op { inst, .. }) => Some(t.insts[*inst as usize].op),
        _ => None,
    };
    let mut exit = 0;
    for (n, step) in allocation.steps.iter().enumerate() {
        match *step {
            Step::Move { from, to } => l.move_word(from, to),
            Step::Op { inst, dst, args } => {
                lines.push((l.asm.offset() as u32, inst));
                let i = &t.insts[inst as usize];
                let exit_label = l.exits.get(exit).copied();
                let mut undo = false;
                if t.snapshot_of(i).is_some() {
                    undo = allocation.exits[exit].undo;
                    exit += 1;
                }
                match i.op {
                    Op::Label => l.bind_label(),
                    // Costs nothing: invalidating the trace writes a jump to the exit here.
                    Op::Valid => {
                        let at = l.asm.patch_point() as u32;
                        l.valid.push((at, exit as u32 - 1));
                    }
                    Op::Jump => l.jump(i, op_at(n + 1) == Some(Op::Label))?,
                    Op::Exit => l.asm.jmp(exit_label.unwrap_or(start)),
                    Op::Enter => l.enter(i)?,
                    Op::CallTrace => l.call_trace(i)?,
                    Op::Return => l.give_back(args[0], i.b as i32),
                    // All of a call's at once: they share where the activation's registers are.
                    Op::StoreFrame if n > 0 && op_at(n - 1) == Some(Op::StoreFrame) => {}
                    Op::StoreFrame => {
                        let end = (n..).find(|&n| op_at(n) != Some(Op::StoreFrame)).expect("steps end");
                        if !matches!(op_at(end), Some(Op::CallTrace | Op::Enter)) {
                            return Err(CompileError::Malformed("frames are written, and nobody is called or entered"));
                        }
                        l.store_frames(&allocation.steps[n..end]);
                    }
                    _ => {
                        let exit = exit_label.unwrap_or(start);
                        let exit = if undo { l.undoing(i, dst, args, exit) } else { exit };
                        l.op(inst, i, dst, args, exit);
                        if i.op == Op::Poll && n > 0 && op_at(n - 1) == Some(Op::Label) {
                            l.start_loop(exit);
                        }
                    }
                }
            }
        }
    }
    while !l.cold.is_empty() {
        for emit in std::mem::take(&mut l.cold) {
            emit(&mut l);
        }
    }
    let slots = allocation.leaf_locs.iter().filter_map(|l| if let Loc::Slot(s) = l { Some(s + 1) } else { None }).max().unwrap_or(0);
    let exits_offset = l.asm.offset() as u32;
    let (patches, leave_offset) = l.stubs(slots);
    let (label_offset, valid, enters) = (l.label_offset, l.valid, l.enters);
    if l.label_offset == 0 {
        l.asm.bind(label);
    }
    let (bytes, fixups) = l.asm.finish();
    Ok(Lowered { code: arena.add(&bytes, &fixups)?, label_offset, entry_offset, patches, valid, enters, exits_offset, leave_offset, lines })
}

impl<'a> Lower<'a> {
    fn bind_label(&mut self) {
        self.fresh.clear();
        self.asm.bind(self.label);
        self.label_offset = self.asm.offset() as u32;
    }

    /// After the poll a loop starts with: rounds start here.
    fn start_loop(&mut self, exit: Label) {
        self.asm.align(LOOP_ALIGN);
        self.poll_at_end = Some((self.asm.bind_new(), exit));
    }

    /// Exit stubs, each `mov eax, number; jmp`: the jump is what bridges are patched into.
    fn stubs(&mut self, slots: u16) -> (Vec<u32>, u32) {
        let leave = self.asm.label();
        let mut patches = Vec::with_capacity(self.exits.len());
        for (n, stub) in std::mem::take(&mut self.exits).into_iter().enumerate() {
            // Then the jump's displacement is aligned.
            self.asm.pad(4, (4 - STUB as usize % 4) % 4);
            self.asm.bind(stub);
            self.asm.mov32_imm(SCRATCH, n as u32);
            patches.push(self.asm.jmp_patchable(leave) as u32);
        }
        self.asm.bind(leave);
        let leave_offset = self.asm.offset() as u32;
        self.asm.store32_imm(Mem::Stack(TRACE), self.env.trace.0 as i32);
        self.asm.store32_imm(Mem::Stack(SLOT_COUNT), slots as i32);
        self.asm.jmp_to(self.runtime.exit);
        (patches, leave_offset)
    }

    fn jump(&mut self, i: &Inst, next_is_label: bool) -> Result<(), CompileError> {
        match *self.t.desc(i) {
            Desc::Target(Target::Own) if next_is_label => {}
            Desc::Target(Target::Own) => match self.poll_at_end {
                Some((start, exit)) => {
                    self.test_interrupt_flag();
                    self.asm.jcc(Cc::E, start);
                    self.asm.jmp(exit);
                }
                None => self.asm.jmp(self.label),
            },
            Desc::Target(Target::Label(id)) => {
                let to = (self.env.compiled)(id).ok_or(CompileError::NoSuchLabel(id))?;
                self.asm.jmp_to(to.label_address());
            }
            _ => return Err(CompileError::Malformed("a jump without a target")),
        }
        Ok(())
    }

    // ---- operands

    pub fn slot(s: u16) -> Mem {
        Mem::Stack(SLOTS + 8 * s as i32)
    }

    pub fn bits(&self, c: u32) -> u64 {
        self.t.consts[c as usize].bits
    }

    /// The operand of a general instruction.
    pub fn src(&mut self, l: Loc) -> Src {
        match l {
            Loc::Reg(r) => Src::Reg(r),
            Loc::Slot(s) => Src::Mem(Self::slot(s)),
            Loc::Const(c) => {
                let bits = self.bits(c);
                match i32::try_from(bits as i64) {
                    Ok(i) => Src::Imm(i),
                    Err(_) => Src::Mem(self.asm.constant(bits)),
                }
            }
            Loc::None => unreachable!("the allocator gave every operand a place"),
        }
    }

    /// The operand of an instruction that takes registers and memory only.
    pub fn src_memory(&mut self, l: Loc) -> Src {
        match l {
            Loc::Const(c) => {
                let bits = self.bits(c);
                Src::Mem(self.asm.constant(bits))
            }
            l => self.src(l),
        }
    }

    /// The register a general operand is in, after loading it into the scratch register if it is in none.
    pub fn in_reg(&mut self, l: Loc) -> Reg {
        if let Loc::Reg(r) = l {
            return r;
        }
        self.move_word(l, Loc::Reg(SCRATCH));
        SCRATCH
    }

    /// The same for floats.
    pub fn in_vector(&mut self, l: Loc) -> Reg {
        if let Loc::Reg(r) = l {
            return r;
        }
        self.move_word(l, Loc::Reg(VECTOR_SCRATCH));
        VECTOR_SCRATCH
    }

    /// Stores a constant word. Never as two halves: a load of the whole would then wait for both.
    pub fn store_word(&mut self, m: Mem, bits: u64) {
        match i32::try_from(bits as i64) {
            Ok(i) => self.asm.store_imm(m, i),
            Err(_) => {
                let c = self.asm.constant(bits);
                self.asm.movsd(VECTOR_SCRATCH, Src::Mem(c));
                self.asm.store_sd(m, VECTOR_SCRATCH);
            }
        }
    }

    /// Stores a word from wherever it is. Touches no general register.
    pub fn store_loc(&mut self, m: Mem, l: Loc) {
        match l {
            Loc::Reg(r) if r.is_vector() => self.asm.store_sd(m, r),
            Loc::Reg(r) => self.asm.store(m, r),
            Loc::Slot(s) => {
                self.asm.movsd(VECTOR_SCRATCH, Src::Mem(Self::slot(s)));
                self.asm.store_sd(m, VECTOR_SCRATCH);
            }
            Loc::Const(c) => self.store_word(m, self.bits(c)),
            Loc::None => unreachable!("the allocator gave every operand a place"),
        }
    }

    /// Moves a word. Changes no flag, and no register but the destination and the vector scratch.
    pub fn move_word(&mut self, from: Loc, to: Loc) {
        match (from, to) {
            (_, Loc::Slot(s)) => self.store_loc(Self::slot(s), from),
            (Loc::Reg(f), Loc::Reg(t)) => match (f.is_vector(), t.is_vector()) {
                (false, false) => self.asm.mov(t, Src::Reg(f)),
                (true, true) => self.asm.movsd(t, Src::Reg(f)),
                (true, false) => self.asm.movq_from(t, f),
                (false, true) => self.asm.movq_to(t, f),
            },
            (Loc::Slot(s), Loc::Reg(t)) if t.is_vector() => self.asm.movsd(t, Src::Mem(Self::slot(s))),
            (Loc::Slot(s), Loc::Reg(t)) => self.asm.mov(t, Src::Mem(Self::slot(s))),
            (Loc::Const(c), Loc::Reg(t)) if t.is_vector() => match self.bits(c) {
                0 => self.asm.xorps(t, t),
                bits => {
                    let m = self.asm.constant(bits);
                    self.asm.movsd(t, Src::Mem(m));
                }
            },
            (Loc::Const(c), Loc::Reg(t)) => self.asm.mov_imm(t, self.bits(c)),
            (Loc::None, _) | (_, Loc::Const(_) | Loc::None) => unreachable!("no such move"),
        }
    }

    /// Jumps to the exit if the condition is not as expected.
    pub fn guard(&mut self, cc: Cc, i: &Inst, exit: Label) {
        self.asm.jcc(if i.expect() { cc.not() } else { cc }, exit);
    }

    /// Defers code to the end. It starts at the first label and comes back to the second.
    pub fn cold(&mut self, emit: impl FnOnce(&mut Lower<'a>) + 'a) -> (Label, Label) {
        let (there, back) = (self.asm.label(), self.asm.label());
        self.cold.push(Box::new(move |l| {
            l.asm.bind(there);
            emit(l);
            l.asm.jmp(back);
        }));
        (there, back)
    }
}
