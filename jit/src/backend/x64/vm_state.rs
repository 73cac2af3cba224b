//! What operations do with the VM's stacks.

use super::asm::{Cc, Label, Mem, Src};
use super::lower::Lower;
use super::regs::*;
use super::runtime::frame_bytes;
use crate::backend::loc::Loc;
use crate::backend::{CompileError, Compiled};
use crate::ir::{Desc, Inst, Target};
use framework::Frame;
use framework::vm::VmCore;
use std::mem::offset_of;

/// A field of the running activation's description.
fn cur(offset: usize) -> Mem {
    Mem::Base(VM, (offset_of!(VmCore, cur) + offset) as i32)
}

impl<'a> Lower<'a> {
    pub(super) fn room(&mut self, words: i32, frames: i32, exit: Label) {
        // SAFETY: the environment's VM is alive while its code is compiled; its stacks never move.
        let (end, limit) = unsafe {
            let vm = &*self.env.vm;
            (vm.stack.wrapping_add(vm.stack_words) as u64, vm.frame_limit as u64)
        };
        self.asm.lea(SCRATCH, Mem::Base(BASE, 8 * words));
        let end = self.asm.constant(end);
        self.asm.cmp(SCRATCH, Src::Mem(end));
        self.asm.jcc(Cc::A, exit);
        if frames > 0 {
            self.asm.mov(SCRATCH, Src::Mem(Mem::Base(VM, offset_of!(VmCore, frame_top) as i32)));
            self.asm.add(SCRATCH, Src::Imm(frames * size_of::<Frame>() as i32));
            let limit = self.asm.constant(limit);
            self.asm.cmp(SCRATCH, Src::Mem(limit));
            self.asm.jcc(Cc::A, exit);
        }
        self.asm.cmp(RSP, Src::Mem(Mem::Base(VM, offset_of!(VmCore, native_limit) as i32)));
        self.asm.jcc(Cc::B, exit);
    }

    /// Goes to the entry of a root trace of the same activation.
    pub(super) fn enter(&mut self, i: &Inst) -> Result<(), CompileError> {
        let (to, f) = self.other_trace(i)?;
        self.store_word(cur(offset_of!(Frame, code)), f.code);
        self.asm.store32_imm(cur(offset_of!(Frame, pc)), f.pc as i32);
        self.store_word(cur(offset_of!(Frame, cont)), f.cont);
        match to {
            None => self.asm.jmp(self.start),
            Some(to) => {
                let more = frame_bytes(to.frame_slots) - frame_bytes(self.frame_slots);
                if more != 0 {
                    self.asm.sub(RSP, Src::Imm(more));
                }
                self.asm.jmp_to(to.entry());
            }
        }
        Ok(())
    }

    /// Calls the root trace of the activation that the frames just written lead to, and makes the entry activation the running one again
    /// when it comes back. The pc it leaves stays.
    pub(super) fn call_trace(&mut self, i: &Inst) -> Result<(), CompileError> {
        let (to, f) = self.other_trace(i)?;
        let caller = self.caller.ok_or(CompileError::Malformed("a call without a frame that waits"))?;
        let (base, frames) = (f.base as i32, (i.a as usize * size_of::<Frame>()) as i32);
        let base_ptr = Mem::Base(VM, offset_of!(VmCore, base_ptr) as i32);
        let top = Mem::Base(VM, offset_of!(VmCore, frame_top) as i32);
        self.store_word(cur(offset_of!(Frame, code)), f.code);
        self.asm.add_mem32(cur(offset_of!(Frame, base)), base);
        self.asm.lea(BASE, Mem::Base(BASE, 8 * base));
        self.asm.store(base_ptr, BASE);
        self.asm.add_mem(top, frames);
        match to {
            None => self.asm.call_label(self.call_entry),
            Some(to) => self.asm.call_to(to.call_entry()),
        }
        // `BASE` is the callee's still.
        self.store_word(cur(offset_of!(Frame, code)), caller);
        self.asm.add_mem32(cur(offset_of!(Frame, base)), -base);
        self.asm.lea(BASE, Mem::Base(BASE, -8 * base));
        self.asm.store(base_ptr, BASE);
        self.asm.add_mem(top, -frames);
        self.fresh.clear();
        Ok(())
    }

    pub(super) fn returned_at(&mut self, pc: i32, exit: Label) {
        self.asm.cmp_mem32_imm(cur(offset_of!(Frame, pc)), pc);
        self.asm.jcc(Cc::Ne, exit);
    }

    /// Goes back to whoever called the trace.
    pub(super) fn give_back(&mut self, value: Loc, pc: i32) {
        self.move_word(value, Loc::Reg(RESULT));
        self.asm.store32_imm(cur(offset_of!(Frame, pc)), pc);
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

    pub(super) fn store_frame(&mut self, above: i32, f: &Frame) {
        if above == 0 {
            self.caller = Some(f.code);
        }
        let top = Src::Mem(Mem::Base(VM, offset_of!(VmCore, frame_top) as i32));
        let field = |offset: usize| Mem::Base(SCRATCH, offset as i32 + above * size_of::<Frame>() as i32);
        const { assert!(offset_of!(Frame, base) == offset_of!(Frame, pc) + 4) };
        // The base is relative to the entry's: pc and base as one word.
        self.asm.load32(SCRATCH, Mem::Base(VM, (offset_of!(VmCore, cur) + offset_of!(Frame, base)) as i32));
        if f.base != 0 {
            self.asm.lea(SCRATCH, Mem::Base(SCRATCH, f.base as i32));
        }
        self.asm.shl(SCRATCH, 32);
        let pc = self.asm.constant(f.pc as u64);
        self.asm.or(SCRATCH, Src::Mem(pc));
        self.asm.movq_to(VECTOR_SCRATCH, SCRATCH);
        self.asm.mov(SCRATCH, top);
        self.asm.store_sd(field(offset_of!(Frame, pc)), VECTOR_SCRATCH);
        self.store_word(field(offset_of!(Frame, code)), f.code);
        self.store_word(field(offset_of!(Frame, cont)), f.cont);
    }
}
