//! What each operation of the IR's table becomes.

use super::asm::{Cc, Label, Mem, Src};
use super::lower::Lower;
use super::regs::*;
use super::runtime::SCRATCH_WORD;
use crate::backend::loc::{Loc, Reg};
use crate::backend::regalloc::canonical;
use crate::ir::*;
use framework::heap::{BARRIER_MASK, ElemsInfo, GC_BYTE_OFFSET, HEAP_CURSOR_OFFSET, HEAP_LIMIT_OFFSET, TypeInfo, is_traced};
use framework::vm::VmCore;
use framework::{Frame, Ty};
use std::mem::offset_of;

/// Where the heap allocates, and where it has to stop.
const CURSOR: Mem = Mem::Base(VM, (offset_of!(VmCore, heap) + HEAP_CURSOR_OFFSET) as i32);
const LIMIT: Mem = Mem::Base(VM, (offset_of!(VmCore, heap) + HEAP_LIMIT_OFFSET) as i32);
/// Larger objects are left to the slow path.
const MAX_INLINE: usize = 4096;

impl<'a> Lower<'a> {
    /// Emits one operation. `exit` is where a guard goes when it fails.
    pub fn op(&mut self, n: u32, i: &Inst, dst: Loc, [a, b, c]: [Loc; 3], exit: Label) {
        // A guard whose result nobody wants still computes it.
        let d = match dst {
            Loc::Reg(r) => r,
            _ if i.op.ret() == Some(Ty::Float) => VECTOR_SCRATCH,
            _ => SCRATCH,
        };
        match i.op {
            Op::Param | Op::Label | Op::Virtual | Op::Jump | Op::Enter | Op::Exit => unreachable!("structure"),
            Op::Slot => self.asm.mov(d, Src::Mem(Mem::Base(BASE, 8 * i.a as i32))),

            Op::IntAdd => self.int_add(d, a, b),
            Op::IntSub => self.int_sub(d, a, b),
            Op::IntMul => self.int_mul(d, a, b),
            Op::IntAnd => self.commutative(d, a, b, |l, d, s| l.asm.and(d, s)),
            Op::IntOr => self.commutative(d, a, b, |l, d, s| l.asm.or(d, s)),
            Op::IntXor => self.commutative(d, a, b, |l, d, s| l.asm.xor(d, s)),
            Op::IntShl | Op::IntShr => self.shift(i.op, d, a, b),
            Op::IntDivFloor | Op::IntModFloor | Op::IntDivTrunc | Op::IntRemTrunc => self.divide(i.op, d, a, b),
            Op::IntAddOvf | Op::IntSubOvf | Op::IntMulOvf => {
                // Where overflow is expected there is no result.
                let d = if i.expect() { d } else { SCRATCH };
                match i.op {
                    Op::IntAddOvf => self.commutative(d, a, b, |l, d, s| l.asm.add(d, s)),
                    Op::IntSubOvf => {
                        self.move_word(a, Loc::Reg(d));
                        let s = self.src(b);
                        self.asm.sub(d, s);
                    }
                    _ => self.int_mul(d, a, b),
                }
                self.guard(Cc::No, i, exit);
            }
            Op::IntEq => self.int_compare(i, a, b, Cc::E, Cc::E, exit),
            Op::IntLt => self.int_compare(i, a, b, Cc::L, Cc::G, exit),
            Op::IntLe => self.int_compare(i, a, b, Cc::Le, Cc::Ge, exit),
            Op::IntUlt => self.int_compare(i, a, b, Cc::B, Cc::A, exit),

            Op::FloatAdd => self.float_binary(d, a, b, |l, d, s| l.asm.addsd(d, s)),
            Op::FloatSub => self.float_binary(d, a, b, |l, d, s| l.asm.subsd(d, s)),
            Op::FloatMul => self.float_binary(d, a, b, |l, d, s| l.asm.mulsd(d, s)),
            Op::FloatDiv => self.float_binary(d, a, b, |l, d, s| l.asm.divsd(d, s)),
            Op::FloatNeg | Op::FloatAbs => {
                self.move_word(a, Loc::Reg(d));
                let sign = 1 << 63;
                let mask = self.asm.constant(if i.op == Op::FloatNeg { sign } else { !sign });
                self.asm.movsd(VECTOR_SCRATCH, Src::Mem(mask));
                if i.op == Op::FloatNeg { self.asm.xorpd(d, VECTOR_SCRATCH) } else { self.asm.andpd(d, VECTOR_SCRATCH) }
            }
            Op::FloatSqrt => {
                // Through the destination itself: the instruction keeps the upper half, so it would wait for an old one.
                self.move_word(a, Loc::Reg(d));
                self.asm.sqrtsd(d, Src::Reg(d));
            }
            Op::IntToFloat => {
                self.asm.xorps(d, d);
                let s = self.src_memory(a);
                self.asm.cvtsi2sd(d, s);
            }
            Op::FloatToInt => {
                let d = if i.expect() { d } else { SCRATCH };
                let s = self.src_memory(a);
                self.asm.cvttsd2si(d, s);
                // What does not fit gives the smallest integer, the only one from which taking 1 overflows.
                self.asm.cmp(d, Src::Imm(1));
                self.guard(Cc::No, i, exit);
            }
            Op::FloatEq => self.float_eq(i, a, b, exit),
            Op::FloatLt => self.float_order(i, a, b, Cc::A, exit),
            Op::FloatLe => self.float_order(i, a, b, Cc::Ae, exit),

            Op::IsSmallInt => {
                self.move_word(a, Loc::Reg(SCRATCH));
                self.asm.and32_imm(SCRATCH, 3);
                self.asm.cmp32_imm(SCRATCH, 3);
                self.guard(Cc::E, i, exit);
            }
            Op::IsFloat => self.is_float(i, a, exit),
            Op::IsObj => self.is_obj(i, a, exit),
            Op::UnboxInt => {
                self.move_word(a, Loc::Reg(d));
                self.asm.sar(d, 2);
            }
            Op::UnboxFloat => {
                self.move_word(a, Loc::Reg(SCRATCH));
                self.asm.ror(SCRATCH, 3);
                self.asm.movq_to(d, SCRATCH);
            }
            Op::ToObj | Op::FromObj => self.move_word(a, Loc::Reg(d)),
            Op::BoxInt => self.box_int(d, a),
            Op::BoxFloat => self.box_float(d, a),
            Op::Same => self.same(i, a, b, exit),

            Op::HasType => {
                let o = self.in_reg(a);
                let Desc::Type(ty) = self.t.desc(i) else { unreachable!("a type") };
                self.asm.load16(SCRATCH, Mem::Base(o, 0));
                self.asm.cmp32_imm(SCRATCH, ty.id as i32);
                self.guard(Cc::E, i, exit);
            }
            Op::LoadField => {
                let o = self.in_reg(a);
                let Desc::Field(f) = self.t.desc(i) else { unreachable!("a field") };
                self.load(d, Mem::Base(o, f.offset as i32));
            }
            Op::StoreField => {
                let Desc::Field(f) = *self.t.desc(i) else { unreachable!("a field") };
                if is_traced(f.ty) {
                    self.write_barrier(i.ra(), a, None, b);
                }
                let o = self.in_reg(a);
                self.store_loc(Mem::Base(o, f.offset as i32), b);
            }
            Op::LoadElem => {
                let Desc::Elems(e) = *self.t.desc(i) else { unreachable!("elements") };
                let m = self.element(e, a, b);
                if e.size == 1 { self.asm.load8(d, m) } else { self.load(d, m) }
            }
            Op::StoreElem => {
                let Desc::Elems(e) = *self.t.desc(i) else { unreachable!("elements") };
                if is_traced(e.ty) {
                    self.write_barrier(i.ra(), a, Some(b), c);
                }
                let m = self.element(e, a, b);
                match c {
                    Loc::Reg(r) if e.size == 1 => self.asm.store8(m, r),
                    Loc::Const(k) if e.size == 1 => self.asm.store8_imm(m, self.bits(k) as i8),
                    c => self.store_loc(m, c),
                }
            }
            Op::Len => {
                let o = self.in_reg(a);
                self.asm.mov(d, Src::Mem(Mem::Base(o, TypeInfo::LEN_OFFSET as i32)));
            }
            Op::Aux => {
                let o = self.in_reg(a);
                self.asm.load32(d, Mem::Base(o, 4));
            }
            Op::SetAux => {
                // A word that is in no register goes by way of the frame, since the scratch register may have the object.
                let o = self.in_reg(a);
                let m = Mem::Base(o, 4);
                match b {
                    Loc::Reg(r) => self.asm.store32(m, r),
                    Loc::Const(k) => self.asm.store32_imm(m, self.bits(k) as i32),
                    Loc::Slot(s) => {
                        self.asm.movd_load(VECTOR_SCRATCH, Self::slot(s));
                        self.asm.movd_store(m, VECTOR_SCRATCH);
                    }
                    Loc::None => unreachable!("the allocator gave every operand a place"),
                }
            }
            Op::New => {
                let Desc::Type(ty) = *self.t.desc(i) else { unreachable!("a type") };
                self.new_object(d, ty);
                self.fresh.push(Ref(n));
            }
            Op::NewArray => {
                let Desc::Type(ty) = *self.t.desc(i) else { unreachable!("a type") };
                self.new_array(d, ty, a);
                self.fresh.push(Ref(n));
            }
            Op::Call => {
                let Desc::Fun(f) = *self.t.desc(i) else { unreachable!("a function") };
                self.asm.mov(RDI, Src::Reg(VM));
                self.asm.mov_imm(SCRATCH, f.addr as u64);
                self.asm.call(SCRATCH);
                self.fresh.clear();
            }

            Op::Valid => {
                self.asm.mov_imm(SCRATCH, self.env.valid as u64);
                self.asm.cmp8_imm(Mem::Base(SCRATCH, 0), 0);
                self.asm.jcc(Cc::E, exit);
            }
            Op::Poll => {
                // SAFETY: the environment's VM is alive while its code is compiled.
                let flag = unsafe { (*self.env.vm).interrupt_flag_addr() };
                self.asm.mov_imm(SCRATCH, flag);
                self.asm.cmp8_imm(Mem::Base(SCRATCH, 0), 0);
                self.asm.jcc(Cc::Ne, exit);
            }
            Op::Room => self.room(i.a as i32, i.b as i32, exit),
            Op::WaitingFrame => {
                let Desc::Frame(f) = *self.t.desc(i) else { unreachable!("a frame") };
                self.waiting_frame(i.a as i32, &f, exit);
            }
            Op::StoreSlot => self.store_loc(Mem::Base(BASE, 8 * i.a as i32), b),
            Op::StoreFrame => {
                let Desc::Frame(f) = *self.t.desc(i) else { unreachable!("a frame") };
                self.store_frame(i.a as i32, &f);
            }
        }
    }

    // ---- integers

    fn commutative(&mut self, d: Reg, a: Loc, b: Loc, op: impl Fn(&mut Lower<'a>, Reg, Src)) {
        let (a, b) = if let Loc::Const(_) = a { (b, a) } else { (a, b) };
        // The allocator keeps the second operand out of the destination; swapped, it may be the first that is there.
        self.move_word(a, Loc::Reg(d));
        let s = self.src(b);
        op(self, d, s);
    }

    fn int_add(&mut self, d: Reg, a: Loc, b: Loc) {
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

    fn int_sub(&mut self, d: Reg, a: Loc, b: Loc) {
        match (a, self.src(b)) {
            (Loc::Reg(a), Src::Imm(i)) if d != a && i != i32::MIN => self.asm.lea(d, Mem::Base(a, -i)),
            (a, s) => {
                self.move_word(a, Loc::Reg(d));
                self.asm.sub(d, s);
            }
        }
    }

    fn int_mul(&mut self, d: Reg, a: Loc, b: Loc) {
        let (a, b) = if let Loc::Const(_) = a { (b, a) } else { (a, b) };
        match (a, self.src(b)) {
            (Loc::Reg(a), Src::Imm(i)) => self.asm.imul_imm(d, a, i),
            (a, s) => {
                self.move_word(a, Loc::Reg(d));
                self.asm.imul(d, s);
            }
        }
    }

    fn shift(&mut self, op: Op, d: Reg, a: Loc, b: Loc) {
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

    fn divide(&mut self, op: Op, d: Reg, a: Loc, b: Loc) {
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
    fn compare(&mut self, a: Loc, b: Loc) -> bool {
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

    fn int_compare(&mut self, i: &Inst, a: Loc, b: Loc, cc: Cc, swapped: Cc, exit: Label) {
        let cc = if self.compare(a, b) { swapped } else { cc };
        self.guard(cc, i, exit);
    }

    // ---- floats

    fn float_binary(&mut self, d: Reg, a: Loc, b: Loc, op: impl Fn(&mut Lower<'a>, Reg, Src)) {
        self.move_word(a, Loc::Reg(d));
        let s = self.src_memory(b);
        op(self, d, s);
    }

    /// `a < b` as `b > a`: with a NaN the flags then say no.
    fn float_order(&mut self, i: &Inst, a: Loc, b: Loc, cc: Cc, exit: Label) {
        let r = self.in_vector(b);
        let s = self.src_memory(a);
        self.asm.ucomisd(r, s);
        self.guard(cc, i, exit);
    }

    fn float_eq(&mut self, i: &Inst, a: Loc, b: Loc, exit: Label) {
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

    // ---- tagged values: see the table in `framework::value`

    /// Low bits 01 or 10, or the words 0 and 4, which are the two zeros.
    fn is_float(&mut self, i: &Inst, a: Loc, exit: Label) {
        self.move_word(a, Loc::Reg(SCRATCH));
        self.asm.add32_imm(SCRATCH, 1);
        self.asm.test32_imm(SCRATCH, 2);
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
    fn is_obj(&mut self, i: &Inst, a: Loc, exit: Label) {
        let r = self.in_reg(a);
        if i.expect() {
            self.asm.test32_imm(r, 7);
            self.asm.jcc(Cc::Ne, exit);
            self.asm.test(r, r);
            self.asm.jcc(Cc::E, exit);
        } else {
            let other = self.asm.label();
            self.asm.test32_imm(r, 7);
            self.asm.jcc(Cc::Ne, other);
            self.asm.test(r, r);
            self.asm.jcc(Cc::Ne, exit);
            self.asm.bind(other);
        }
    }

    fn box_int(&mut self, d: Reg, a: Loc) {
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

    fn box_float(&mut self, d: Reg, a: Loc) {
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
        self.asm.test32_imm(d, 2);
        self.asm.jcc(Cc::E, there);
        self.asm.bind(back);
        self.asm.mov(d, Src::Reg(SCRATCH));
        self.fresh.clear();
    }

    fn same(&mut self, i: &Inst, a: Loc, b: Loc, exit: Label) {
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

    // ---- heap

    fn load(&mut self, d: Reg, m: Mem) {
        if d.is_vector() { self.asm.movsd(d, Src::Mem(m)) } else { self.asm.mov(d, Src::Mem(m)) }
    }

    /// Address of an element; may be in the scratch register.
    fn element(&mut self, e: &ElemsInfo, o: Loc, index: Loc) -> Mem {
        let offset = e.offset as i32;
        let shift = if e.size == 1 { 0 } else { 3 };
        if let Loc::Const(c) = index
            && let Some(disp) = (self.bits(c) as i64).checked_mul(1 << shift).and_then(|d| i32::try_from(d + offset as i64).ok())
        {
            return Mem::Base(self.in_reg(o), disp);
        }
        let (base, index) = match (o, index) {
            (o, Loc::Reg(index)) => (self.in_reg(o), index),
            (Loc::Reg(base), index) => (base, self.in_reg(index)),
            (o, index) => {
                let r = self.in_reg(index);
                self.asm.shl(r, shift);
                let s = self.src_memory(o);
                self.asm.add(r, s);
                return Mem::Base(r, offset);
            }
        };
        if e.size == 1 { Mem::Bytes(base, index, offset) } else { Mem::Words(base, index, offset) }
    }

    /// An object, by bump allocation if it goes well; it comes zeroed.
    fn new_object(&mut self, d: Reg, ty: &'static TypeInfo) {
        let slow = move |l: &mut Lower<'a>| {
            l.asm.mov_imm(SCRATCH, ty as *const TypeInfo as u64);
            l.slow_call(l.runtime.alloc);
            l.asm.mov(d, Src::Reg(SCRATCH));
        };
        self.fresh.clear();
        if !self.may_bump(ty, ty.size as usize) {
            return slow(self);
        }
        let (there, back) = self.cold(slow);
        self.asm.mov(d, Src::Mem(CURSOR));
        self.asm.lea(SCRATCH, Mem::Base(d, ty.size as i32));
        self.bump(d, ty, there);
        self.asm.bind(back);
    }

    /// An array of zeros. The length is read again after the destination is written: they are in different places.
    fn new_array(&mut self, d: Reg, ty: &'static TypeInfo, len: Loc) {
        let slow = move |l: &mut Lower<'a>| {
            l.store_loc(Mem::Stack(SCRATCH_WORD), len);
            l.asm.mov_imm(SCRATCH, ty as *const TypeInfo as u64);
            l.slow_call(l.runtime.alloc_array);
            l.asm.mov(d, Src::Reg(SCRATCH));
        };
        self.fresh.clear();
        let size = ty.elems.as_ref().map_or(1, |e| e.size as usize);
        let most = (MAX_INLINE - ty.size as usize) / size;
        let constant = if let Loc::Const(c) = len { Some(self.bits(c)) } else { None };
        if !self.may_bump(ty, MAX_INLINE) || constant.is_some_and(|n| n > most as u64) {
            return slow(self);
        }
        let (there, back) = self.cold(slow);
        if let Some(n) = constant {
            let bytes = (ty.size as usize + n as usize * size).next_multiple_of(8);
            self.asm.mov(d, Src::Mem(CURSOR));
            self.asm.lea(SCRATCH, Mem::Base(d, bytes as i32));
        } else {
            self.move_word(len, Loc::Reg(SCRATCH));
            // Unsigned, so that a negative length is too long.
            self.asm.cmp(SCRATCH, Src::Imm(most as i32));
            self.asm.jcc(Cc::A, there);
            if size == 1 {
                self.asm.add(SCRATCH, Src::Imm(ty.size as i32 + 7));
                self.asm.and(SCRATCH, Src::Imm(-8));
            } else {
                self.asm.shl(SCRATCH, 3);
                self.asm.add(SCRATCH, Src::Imm(ty.size as i32));
            }
            self.asm.mov(d, Src::Mem(CURSOR));
            self.asm.add(SCRATCH, Src::Reg(d));
        }
        self.bump(d, ty, there);
        self.store_loc(Mem::Base(d, TypeInfo::LEN_OFFSET as i32), len);
        self.asm.bind(back);
    }

    /// Takes the memory from `d` to the scratch register for an object, if there is so much.
    fn bump(&mut self, d: Reg, ty: &'static TypeInfo, slow: Label) {
        self.asm.cmp(SCRATCH, Src::Mem(LIMIT));
        self.asm.jcc(Cc::A, slow);
        self.asm.store(CURSOR, SCRATCH);
        self.asm.store_imm(Mem::Base(d, 0), ty.id as i32);
    }

    /// May objects of this type and size be allocated by bumping alone?
    fn may_bump(&self, ty: &'static TypeInfo, size: usize) -> bool {
        // SAFETY: the environment's VM is alive while its code is compiled, and compiling borrows nothing of its heap.
        size <= MAX_INLINE && unsafe { (*self.env.vm).heap.prepare_type(ty) }
    }

    /// Tells the collector that `object` is about to get a pointer, unless it is fresh or the word stored is none.
    fn write_barrier(&mut self, object: Ref, place: Loc, index: Option<Loc>, stored: Loc) {
        let is_pointer = |bits: u64| framework::Value(bits).is_obj();
        if matches!(stored, Loc::Const(c) if !is_pointer(self.bits(c))) || self.fresh.contains(&canonical(self.t, object)) {
            return;
        }
        self.emit_write_barrier(place, index);
    }

    /// A test of the object's header; storing an element, the slow path gets its index.
    fn emit_write_barrier(&mut self, place: Loc, index: Option<Loc>) {
        let o = self.in_reg(place);
        let (there, back) = self.cold(move |l| {
            l.asm.mov(SCRATCH, Src::Reg(o));
            match index {
                None => l.slow_call(l.runtime.write_barrier),
                Some(index) => {
                    l.store_loc(Mem::Stack(SCRATCH_WORD), index);
                    l.slow_call(l.runtime.write_barrier_elem);
                }
            }
        });
        self.asm.test8_imm(Mem::Base(o, GC_BYTE_OFFSET as i32), BARRIER_MASK as i8);
        self.asm.jcc(Cc::Ne, there);
        self.asm.bind(back);
    }

    /// Calls a slow path of the runtime: argument and result are in the scratch register, the others are kept.
    pub fn slow_call(&mut self, target: usize) {
        self.asm.call_to(target);
    }

    // ---- VM state

    fn room(&mut self, words: i32, frames: i32, exit: Label) {
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

    fn waiting_frame(&mut self, depth: i32, f: &Frame, exit: Label) {
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

    fn store_frame(&mut self, above: i32, f: &Frame) {
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
