//! Arithmetic and comparisons on integers and floats.

use super::asm::{Cc, Label, Mem, Src};
use super::lower::Lower;
use super::regs::*;
use crate::backend::loc::{Loc, Reg};
use crate::ir::*;

impl<'a> Lower<'a> {
    pub(super) fn commutative(&mut self, d: Reg, a: Loc, b: Loc, op: impl Fn(&mut Lower<'a>, Reg, Src)) {
        let (a, b) = if let Loc::Const(_) = a { (b, a) } else { (a, b) };
        // The allocator keeps the second operand out of the destination; swapped, it may be the first that is there.
        self.move_word(a, Loc::Reg(d));
        let s = self.src(b);
        op(self, d, s);
    }

    pub(super) fn int_add(&mut self, d: Reg, a: Loc, b: Loc) {
        let (a, b) = if let Loc::Const(_) = a { (b, a) } else { (a, b) };
        match (a, self.src(b)) {
            (Loc::Reg(a), Src::Reg(b)) if d != a => self.asm.lea(d, Mem::Bytes(a, b, 0)),
            (Loc::Reg(a), Src::Imm(i)) if d != a => self.asm.lea(d, Mem::Base(a, i)),
            (a, s) => {
                self.move_word(a, Loc::Reg(d));
                self.asm.add(d, s);
            }
        }
    }

    pub(super) fn int_sub(&mut self, d: Reg, a: Loc, b: Loc) {
        match (a, self.src(b)) {
            (Loc::Reg(a), Src::Imm(i)) if d != a && i != i32::MIN => self.asm.lea(d, Mem::Base(a, -i)),
            (a, s) => {
                self.move_word(a, Loc::Reg(d));
                self.asm.sub(d, s);
            }
        }
    }

    /// The way to the exit of an operation that has overwritten its first operand, which the exit wants: takes it back.
    pub(super) fn undoing(&mut self, i: &Inst, dst: Loc, [_, b, _]: [Loc; 3], exit: Label) -> Label {
        let undo = self.asm.label();
        let op = i.op;
        self.cold.push(Box::new(move |l| {
            l.asm.bind(undo);
            let (Loc::Reg(d), s) = (dst, l.src(b)) else { unreachable!("only a result in a register is taken back") };
            if op == Op::IntAddOvf {
                l.asm.sub(d, s)
            } else {
                l.asm.add(d, s)
            }
            l.asm.jmp(exit);
        }));
        undo
    }

    pub(super) fn int_mul(&mut self, d: Reg, a: Loc, b: Loc) {
        let (a, b) = if let Loc::Const(_) = a { (b, a) } else { (a, b) };
        match (a, self.src(b)) {
            (Loc::Reg(a), Src::Imm(i)) => self.asm.imul_imm(d, a, i),
            (a, s) => {
                self.move_word(a, Loc::Reg(d));
                self.asm.imul(d, s);
            }
        }
    }

    pub(super) fn shift(&mut self, op: Op, d: Reg, a: Loc, b: Loc) {
        if let Loc::Const(c) = b {
            let n = (self.bits(c) & 63) as u8;
            self.move_word(a, Loc::Reg(d));
            if op == Op::IntShl {
                self.asm.shl(d, n)
            } else {
                self.asm.sar(d, n)
            }
            return;
        }
        self.move_word(a, Loc::Reg(SCRATCH));
        self.move_word(b, Loc::Reg(RCX));
        if op == Op::IntShl {
            self.asm.shl_cl(SCRATCH)
        } else {
            self.asm.sar_cl(SCRATCH)
        }
        self.asm.mov(d, Src::Reg(SCRATCH));
    }

    pub(super) fn divide(&mut self, op: Op, d: Reg, a: Loc, b: Loc) {
        let divisor = if let Loc::Const(c) = b { Some(self.bits(c) as i64) } else { None };
        let floor = matches!(op, Op::IntDivFloor | Op::IntModFloor);
        let remainder = matches!(op, Op::IntModFloor | Op::IntRemTrunc);
        if let Some(k) = divisor.filter(|&k| floor && is_power_of_two(k)) {
            self.move_word(a, Loc::Reg(d));
            match i32::try_from(k - 1) {
                _ if !remainder => self.asm.sar(d, k.trailing_zeros() as u8),
                Ok(mask) => self.asm.and(d, Src::Imm(mask)),
                Err(_) => {
                    let mask = self.asm.constant(k as u64 - 1);
                    self.asm.and(d, Src::Mem(mask));
                }
            }
            return;
        }
        self.move_word(a, Loc::Reg(SCRATCH));
        let s = self.src_memory(b);
        let done = self.asm.label();
        if divisor.is_none_or(|k| k == -1) {
            // The machine traps where the smallest integer is divided by -1.
            match s {
                Src::Reg(r) => self.asm.cmp(r, Src::Imm(-1)),
                Src::Mem(m) => self.asm.cmp_mem(m, Src::Imm(-1)),
                Src::Imm(_) => unreachable!("in memory"),
            }
            let minus_one = self.asm.label();
            self.asm.jcc(Cc::E, minus_one);
            self.cold.push(Box::new(move |l| {
                l.asm.bind(minus_one);
                if remainder {
                    l.asm.mov32_imm(d, 0);
                } else {
                    l.asm.neg(SCRATCH);
                    l.asm.mov(d, Src::Reg(SCRATCH));
                }
                l.asm.jmp(done);
            }));
        }
        self.asm.cqo();
        self.asm.idiv(s);
        if floor {
            // One less, or one divisor more, where the remainder is not zero and its sign is not the divisor's.
            let exact = self.asm.label();
            self.asm.test(RDX, RDX);
            self.asm.jcc(Cc::E, exact);
            if remainder {
                self.asm.mov(SCRATCH, Src::Reg(RDX));
                self.asm.xor(SCRATCH, s);
                self.asm.jcc(Cc::Ns, exact);
                self.asm.add(RDX, s);
            } else {
                self.asm.xor(RDX, s);
                self.asm.jcc(Cc::Ns, exact);
                self.asm.sub(SCRATCH, Src::Imm(1));
            }
            self.asm.bind(exact);
        }
        self.asm.mov(d, Src::Reg(if remainder { RDX } else { SCRATCH }));
        self.asm.bind(done);
    }

    /// Compares two words; true if they were compared the other way round.
    pub(super) fn compare(&mut self, a: Loc, b: Loc) -> bool {
        match (a, b) {
            (Loc::Const(_), Loc::Reg(_) | Loc::Slot(_)) => {
                self.compare(b, a);
                return true;
            }
            (Loc::Slot(m), _) => match self.src(b) {
                Src::Mem(_) => {
                    let r = self.in_reg(a);
                    let s = self.src(b);
                    self.asm.cmp(r, s);
                }
                s => self.asm.cmp_mem(Self::slot(m), s),
            },
            (a, b) => {
                let r = self.in_reg(a);
                match self.src(b) {
                    Src::Imm(0) => self.asm.test(r, r),
                    s => self.asm.cmp(r, s),
                }
            }
        }
        false
    }

    pub(super) fn int_compare(&mut self, i: &Inst, a: Loc, b: Loc, cc: Cc, swapped: Cc, exit: Label) {
        let cc = if self.compare(a, b) { swapped } else { cc };
        self.guard(cc, i, exit);
    }

    // ---- floats

    pub(super) fn float_binary(&mut self, d: Reg, a: Loc, b: Loc, op: impl Fn(&mut Lower<'a>, Reg, Src)) {
        self.move_word(a, Loc::Reg(d));
        let s = self.src_memory(b);
        op(self, d, s);
    }

    /// `a < b` as `b > a`: with a NaN the flags then say no.
    pub(super) fn float_order(&mut self, i: &Inst, a: Loc, b: Loc, cc: Cc, exit: Label) {
        let r = self.in_vector(b);
        let s = self.src_memory(a);
        self.asm.ucomisd(r, s);
        self.guard(cc, i, exit);
    }

    pub(super) fn float_eq(&mut self, i: &Inst, a: Loc, b: Loc, exit: Label) {
        let r = self.in_vector(a);
        let s = self.src_memory(b);
        self.asm.ucomisd(r, s);
        if i.expect() {
            self.asm.jcc(Cc::Ne, exit);
            self.asm.jcc(Cc::P, exit);
        } else {
            let unordered = self.asm.label();
            self.asm.jcc(Cc::P, unordered);
            self.asm.jcc(Cc::E, exit);
            self.asm.bind(unordered);
        }
    }
}
