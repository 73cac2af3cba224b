//! What each operation of the IR's table becomes.

use super::asm::{Cc, Label, Mem, Src};
use super::lower::Lower;
use super::regs::*;
use crate::backend::loc::Loc;
use crate::ir::*;
use framework::Ty;
use framework::heap::{TypeInfo, is_traced};

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
            Op::Param | Op::Label | Op::Virtual | Op::Valid | Op::Jump | Op::Enter | Op::CallTrace | Op::StoreFrame | Op::Return | Op::Exit => {
                unreachable!("structure")
            }
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
                // Low bits 11: one more, and they are 00.
                let r = self.in_reg(a);
                self.asm.lea32(SCRATCH, Mem::Base(r, 1));
                self.asm.test_al(3);
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
            Op::BoxInt if i.is_small() => self.tag_int(d, a),
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
                if self.reach.has(f.addr as usize) {
                    self.asm.call_to(f.addr as usize);
                } else {
                    self.asm.mov_imm(SCRATCH, f.addr as u64);
                    self.asm.call(SCRATCH);
                }
                self.fresh.clear();
            }

            Op::Poll => {
                self.test_interrupt_flag();
                self.asm.jcc(Cc::Ne, exit);
            }
            Op::Room => self.room(i.a as i32, i.b as i32, exit),
            Op::ReturnedAt => self.returned_at(i.a as i32, exit),
            Op::StoreSlot => self.store_loc(Mem::Base(BASE, 8 * i.a as i32), b),
        }
    }
}
