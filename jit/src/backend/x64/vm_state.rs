//! What operations do with the VM's stacks.

use super::asm::{Cc, Label, Mem, Src};
use super::lower::Lower;
use super::regs::*;
use framework::Frame;
use framework::vm::VmCore;
use std::mem::offset_of;

impl Lower<'_> {
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

    pub(super) fn waiting_frame(&mut self, depth: i32, f: &Frame, exit: Label) {
        let top = Src::Mem(Mem::Base(VM, offset_of!(VmCore, frame_top) as i32));
        let field = |offset: usize| Mem::Base(SCRATCH, offset as i32 - depth * size_of::<Frame>() as i32);
        for (offset, word) in [(offset_of!(Frame, code), f.code), (offset_of!(Frame, cont), f.cont)] {
            self.asm.mov(SCRATCH, top);
            match i32::try_from(word as i64) {
                Ok(i) => self.asm.cmp_mem(field(offset), Src::Imm(i)),
                Err(_) => {
                    let word = self.asm.constant(word);
                    self.asm.mov(SCRATCH, Src::Mem(field(offset)));
                    self.asm.cmp(SCRATCH, Src::Mem(word));
                }
            }
            self.asm.jcc(Cc::Ne, exit);
        }
        self.asm.mov(SCRATCH, top);
        self.asm.load32(SCRATCH, field(offset_of!(Frame, pc)));
        self.asm.cmp32_imm(SCRATCH, f.pc as i32);
        self.asm.jcc(Cc::Ne, exit);
        self.asm.mov(SCRATCH, top);
        self.asm.load32(SCRATCH, field(offset_of!(Frame, base)));
        self.asm.sub32(SCRATCH, Mem::Base(VM, (offset_of!(VmCore, cur) + offset_of!(Frame, base)) as i32));
        self.asm.cmp32_imm(SCRATCH, f.base as i32);
        self.asm.jcc(Cc::Ne, exit);
    }

    pub(super) fn store_frame(&mut self, above: i32, f: &Frame) {
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
