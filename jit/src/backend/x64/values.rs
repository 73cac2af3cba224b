//! Tagged values, by the table in `framework::value`: tests, boxing, identity.

use super::asm::{Cc, Label, Mem, Src};
use super::lower::Lower;
use super::regs::*;
use super::runtime::SCRATCH_WORD;
use crate::backend::loc::{Loc, Reg};
use crate::ir::*;
use framework::Ty;

impl<'a> Lower<'a> {
    /// Low bits 01 or 10, or the words 0 and 4, which are the two zeros.
    pub(super) fn is_float(&mut self, i: &Inst, a: Loc, exit: Label) {
        let r = self.in_reg(a);
        self.asm.lea32(SCRATCH, Mem::Base(r, 1));
        self.asm.test_al(2);
        let zero = move |l: &mut Lower| match a {
            Loc::Reg(r) => l.asm.test_imm(r, !4),
            a => {
                l.move_word(a, Loc::Reg(SCRATCH));
                l.asm.test_imm(SCRATCH, !4)
            }
        };
        if i.expect() {
            let (there, back) = self.cold(move |l| {
                zero(l);
                l.asm.jcc(Cc::Ne, exit);
            });
            self.asm.jcc(Cc::E, there);
            self.asm.bind(back);
        } else {
            self.asm.jcc(Cc::Ne, exit);
            zero(self);
            self.asm.jcc(Cc::E, exit);
        }
    }

    /// Low bits 000, and not the word 0.
    pub(super) fn is_obj(&mut self, i: &Inst, a: Loc, exit: Label) {
        let r = self.in_reg(a);
        if i.expect() {
            self.asm.test8_reg(r, 7);
            self.asm.jcc(Cc::Ne, exit);
            self.asm.test(r, r);
            self.asm.jcc(Cc::E, exit);
        } else {
            let other = self.asm.label();
            self.asm.test8_reg(r, 7);
            self.asm.jcc(Cc::Ne, other);
            self.asm.test(r, r);
            self.asm.jcc(Cc::Ne, exit);
            self.asm.bind(other);
        }
    }

    /// Boxes an integer that is known to be small.
    pub(super) fn tag_int(&mut self, d: Reg, a: Loc) {
        self.move_word(a, Loc::Reg(SCRATCH));
        self.asm.shl(SCRATCH, 2);
        self.asm.lea(d, Mem::Base(SCRATCH, 3));
    }

    pub(super) fn box_int(&mut self, d: Reg, a: Loc) {
        let (there, back) = self.cold(move |l| {
            l.move_word(a, Loc::Reg(SCRATCH));
            l.slow_call(l.runtime.box_int);
            l.asm.mov(d, Src::Reg(SCRATCH));
        });
        self.move_word(a, Loc::Reg(SCRATCH));
        // Two doublings overflow just where 62 bits do not do.
        self.asm.add(SCRATCH, Src::Reg(SCRATCH));
        self.asm.jcc(Cc::O, there);
        self.asm.add(SCRATCH, Src::Reg(SCRATCH));
        self.asm.jcc(Cc::O, there);
        self.asm.lea(d, Mem::Base(SCRATCH, 3));
        self.asm.bind(back);
        self.fresh.clear();
    }

    pub(super) fn box_float(&mut self, d: Reg, a: Loc) {
        let (there, back) = self.cold(move |l| {
            let immediate = l.asm.label();
            l.asm.test_imm(SCRATCH, !4);
            l.asm.jcc(Cc::E, immediate);
            l.move_word(a, Loc::Reg(SCRATCH));
            l.slow_call(l.runtime.box_float);
            l.asm.bind(immediate);
        });
        self.move_word(a, Loc::Reg(SCRATCH));
        self.asm.rol(SCRATCH, 3);
        self.asm.lea(d, Mem::Base(SCRATCH, 1));
        self.asm.test8_reg(d, 2);
        self.asm.jcc(Cc::E, there);
        self.asm.bind(back);
        self.asm.mov(d, Src::Reg(SCRATCH));
        self.fresh.clear();
    }

    pub(super) fn same(&mut self, i: &Inst, a: Loc, b: Loc, exit: Label) {
        if self.t.ty(i.ra()) == Ty::Float || self.t.ty(i.rb()) == Ty::Float {
            self.move_word(b, Loc::Reg(SCRATCH));
            self.asm.store(Mem::Stack(SCRATCH_WORD), SCRATCH);
            self.move_word(a, Loc::Reg(SCRATCH));
            self.asm.cmp(SCRATCH, Src::Mem(Mem::Stack(SCRATCH_WORD)));
        } else {
            self.compare(a, b);
        }
        self.guard(Cc::E, i, exit);
    }
}
