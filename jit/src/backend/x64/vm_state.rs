//! What operations do with the VM's stacks.

use super::asm::{Cc, Label, Mem, Src};
use super::lower::Lower;
use super::regs::*;
use super::runtime::{FRAME_TOP, frame_bytes};
use crate::backend::loc::{Loc, Reg};
use crate::backend::regalloc::Step;
use crate::backend::{CompileError, Compiled, Enter};
use crate::ir::{Desc, Inst, Target};
use framework::Frame;
use framework::vm::VmCore;
use std::mem::offset_of;

/// Registers that hold nothing when frames are written.
const FREE_AT_CALLS: [Reg; 3] = [RCX, RDX, RSI];

const RETURNED: Mem = Mem::Base(VM, offset_of!(VmCore, returned) as i32);

impl<'a> Lower<'a> {
    pub(super) fn room(&mut self, words: i32, frames: i32, exit: Label) {
        // SAFETY: the environment's VM is alive while its code is compiled; its stacks never move.
        let (end, limit) = unsafe {
            let vm = &*self.env.vm;
            (vm.stack.wrapping_add(vm.stack_words) as u64, vm.frame_limit as u64)
        };
        let end = self.asm.constant(end - 8 * words as u64);
        self.asm.cmp(BASE, Src::Mem(end));
        self.asm.jcc(Cc::A, exit);
        if frames > 0 {
            self.asm.mov(SCRATCH, Src::Mem(Mem::Base(VM, offset_of!(VmCore, frame_top) as i32)));
            let limit = self.asm.constant(limit - (frames as usize * size_of::<Frame>()) as u64);
            self.asm.cmp(SCRATCH, Src::Mem(limit));
            self.asm.jcc(Cc::A, exit);
        }
        self.asm.cmp(RSP, Src::Mem(Mem::Base(VM, offset_of!(VmCore, native_limit) as i32)));
        self.asm.jcc(Cc::B, exit);
    }

    /// Sets the flags: equal if no interrupt is asked for.
    pub(super) fn test_interrupt_flag(&mut self) {
        // SAFETY: the environment's VM is alive while its code is compiled.
        let flag = unsafe { (*self.env.vm).interrupt_flag_addr() };
        if self.reach.has(flag as usize) {
            self.asm.cmp8_zero_at(flag as usize);
        } else {
            self.asm.mov_imm(SCRATCH, flag);
            self.asm.cmp8_imm(Mem::Base(SCRATCH, 0), 0);
        }
    }

    /// Goes to the entry of a root trace of the same activation. `VmCore::cur` is not kept up to date: exits write all of it.
    pub(super) fn enter(&mut self, i: &Inst) -> Result<(), CompileError> {
        let (to, f) = self.other_trace(i)?;
        match to {
            None => self.asm.jmp(self.start),
            Some(to) => {
                // Should that trace be gone, the interpreter goes on here.
                self.asm.store32_imm(RETURNED, i.a as i32);
                let more = frame_bytes(to.frame_slots) - frame_bytes(self.frame_slots);
                if more != 0 {
                    self.asm.sub(RSP, Src::Imm(more));
                }
                self.asm.jmp_to(to.entry());
                let at = self.asm.offset() as u32 - 4;
                self.enters.push(Enter { at, header: (f.code, f.pc), frame_slots: to.frame_slots });
            }
        }
        Ok(())
    }

    /// Calls the root trace of the activation that the frames just written lead to, and makes the entry activation the running one again
    /// when it comes back. `VmCore::cur` is not kept up to date: exits write all of it.
    pub(super) fn call_trace(&mut self, i: &Inst) -> Result<(), CompileError> {
        let (to, f) = self.other_trace(i)?;
        let (base, frames) = (f.base as i32, (i.a as usize * size_of::<Frame>()) as i32);
        let base_ptr = Mem::Base(VM, offset_of!(VmCore, base_ptr) as i32);
        let top = Mem::Base(VM, offset_of!(VmCore, frame_top) as i32);
        self.asm.lea(BASE, Mem::Base(BASE, 8 * base));
        self.asm.store(base_ptr, BASE);
        // Kept here rather than subtracted again: adding to memory and back would chain all calls one after the other.
        self.asm.mov(SCRATCH, Src::Mem(top));
        self.asm.store(Mem::Stack(FRAME_TOP), SCRATCH);
        self.asm.add(SCRATCH, Src::Imm(frames));
        self.asm.store(top, SCRATCH);
        match to {
            None => self.asm.call_label(self.call_entry),
            Some(to) => self.asm.call_to(to.call_entry()),
        }
        // `BASE` is the callee's still.
        self.asm.lea(BASE, Mem::Base(BASE, -8 * base));
        self.asm.store(base_ptr, BASE);
        self.asm.movsd(VECTOR_SCRATCH, Src::Mem(Mem::Stack(FRAME_TOP)));
        self.asm.store_sd(top, VECTOR_SCRATCH);
        self.fresh.clear();
        Ok(())
    }

    pub(super) fn returned_at(&mut self, place: i32, exit: Label) {
        self.asm.cmp_mem32_imm(RETURNED, place);
        self.asm.jcc(Cc::Ne, exit);
    }

    /// Goes back to whoever called the trace.
    pub(super) fn give_back(&mut self, value: Loc, place: i32) {
        self.move_word(value, Loc::Reg(RESULT));
        self.asm.store32_imm(RETURNED, place);
        self.asm.add(RSP, Src::Imm(frame_bytes(self.frame_slots)));
        self.asm.ret();
    }

    /// The target and frame of an `Enter` or a `CallTrace`; no target is the root being compiled itself.
    fn other_trace(&self, i: &Inst) -> Result<(Option<&'a Compiled>, Frame), CompileError> {
        let (Desc::Target(Target::Entry(id)), Some(Desc::Frame(f))) = (*self.t.desc(i), self.t.descs.get(i.c as usize).copied()) else {
            return Err(CompileError::Malformed("no target or no frame"));
        };
        if id == self.env.trace && self.is_root {
            return Ok((None, f));
        }
        Ok((Some((self.env.compiled)(id).ok_or(CompileError::NoSuchTrace(id))?), f))
    }

    /// Writes the activations that wait for a call, or for the activation that another trace is entered in. Neither is handed anything in
    /// registers, and no value outlives a call in one: they are free.
    pub(super) fn store_frames(&mut self, steps: &[Step]) {
        // SAFETY: as in `room`.
        let stack = unsafe { (*self.env.vm).stack as u64 };
        let frames = steps.iter().map(|s| {
            let Step::Op { inst, .. } = *s else { unreachable!("an operation") };
            let i = &self.t.insts[inst as usize];
            let Desc::Frame(f) = *self.t.desc(i) else { unreachable!("a frame") };
            (i.a as i32 * size_of::<Frame>() as i32, f)
        });
        let [top, base, word] = FREE_AT_CALLS;
        // The entry activation's base where `Frame` has it: above pc, counted in words of 8 bytes.
        const { assert!(offset_of!(Frame, base) == offset_of!(Frame, pc) + 4) };
        self.asm.mov(base, Src::Reg(BASE));
        let stack = self.asm.constant(stack);
        self.asm.sub(base, Src::Mem(stack));
        self.asm.shl(base, 32 - 3);
        self.asm.mov(top, Src::Mem(Mem::Base(VM, offset_of!(VmCore, frame_top) as i32)));
        let mut code = None;
        for (at, f) in frames {
            let field = |offset: usize| Mem::Base(top, offset as i32 + at);
            self.asm.mov_imm(SCRATCH, (f.base as u64) << 32 | f.pc as u64);
            self.asm.add(SCRATCH, Src::Reg(base));
            self.asm.store(field(offset_of!(Frame, pc)), SCRATCH);
            if code.replace(f.code) != Some(f.code) {
                self.asm.mov_imm(word, f.code);
            }
            self.asm.store(field(offset_of!(Frame, code)), word);
            self.store_word(field(offset_of!(Frame, cont)), f.cont);
        }
    }
}
