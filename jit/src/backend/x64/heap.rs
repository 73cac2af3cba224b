//! Allocation, fields and elements, and the collector's write barrier.

use super::asm::{Cc, Label, Mem, Src};
use super::lower::Lower;
use super::regs::*;
use super::runtime::SCRATCH_WORD;
use crate::backend::loc::{Loc, Reg};
use crate::backend::regalloc::canonical;
use crate::ir::*;
use framework::heap::{BARRIER_MASK, ElemsInfo, GC_BYTE_OFFSET, HEAP_CURSOR_OFFSET, HEAP_LIMIT_OFFSET, TypeInfo};
use framework::vm::VmCore;
use std::mem::offset_of;

/// Where the heap allocates, and where it has to stop.
const CURSOR: Mem = Mem::Base(VM, (offset_of!(VmCore, heap) + HEAP_CURSOR_OFFSET) as i32);
const LIMIT: Mem = Mem::Base(VM, (offset_of!(VmCore, heap) + HEAP_LIMIT_OFFSET) as i32);
/// Larger objects are left to the slow path.
const MAX_INLINE: usize = 4096;
impl<'a> Lower<'a> {
    pub(super) fn load(&mut self, d: Reg, m: Mem) {
        if d.is_vector() { self.asm.movsd(d, Src::Mem(m)) } else { self.asm.mov(d, Src::Mem(m)) }
    }

    /// Address of an element; may be in the scratch register.
    pub(super) fn element(&mut self, e: &ElemsInfo, o: Loc, index: Loc) -> Mem {
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
    pub(super) fn new_object(&mut self, d: Reg, ty: &'static TypeInfo) {
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
    pub(super) fn new_array(&mut self, d: Reg, ty: &'static TypeInfo, len: Loc) {
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
    pub(super) fn bump(&mut self, d: Reg, ty: &'static TypeInfo, slow: Label) {
        self.asm.cmp(SCRATCH, Src::Mem(LIMIT));
        self.asm.jcc(Cc::A, slow);
        self.asm.store(CURSOR, SCRATCH);
        self.asm.store_imm(Mem::Base(d, 0), ty.id as i32);
    }

    /// May objects of this type and size be allocated by bumping alone?
    pub(super) fn may_bump(&self, ty: &'static TypeInfo, size: usize) -> bool {
        // SAFETY: the environment's VM is alive while its code is compiled, and compiling borrows nothing of its heap.
        size <= MAX_INLINE && unsafe { (*self.env.vm).heap.prepare_type(ty) }
    }

    /// Tells the collector that `object` is about to get a pointer, unless it is fresh or the word stored is none.
    pub(super) fn write_barrier(&mut self, object: Ref, place: Loc, index: Option<Loc>, stored: Loc) {
        let is_pointer = |bits: u64| framework::Value(bits).is_obj();
        if matches!(stored, Loc::Const(c) if !is_pointer(self.bits(c))) || self.fresh.contains(&canonical(self.t, object)) {
            return;
        }
        self.emit_write_barrier(place, index);
    }

    /// A test of the object's header; storing an element, the slow path gets its index.
    pub(super) fn emit_write_barrier(&mut self, place: Loc, index: Option<Loc>) {
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
}
