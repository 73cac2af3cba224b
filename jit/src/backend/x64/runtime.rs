//! The code around traces, made once for each arena: the way in, the way out, and calls from slow paths.
//!
//! The native frame of an activation, from the stack pointer up; above it is the return address:
//!
//! | offset         | what                                                          |
//! |----------------|---------------------------------------------------------------|
//! | `SCRATCH_WORD` | a word for the moment                                         |
//! | `TRACE`        | at an exit: number of the trace                               |
//! | `SLOT_COUNT`   | at an exit: how many slots the `ExitState` gets               |
//! | `FRAME_TOP`    | around a call: `VmCore::frame_top` of the caller               |
//! | `SLOTS`        | spill slots                                                   |
//!
//! An exit drops the native frames of all callers: before a call, the state of their activations was written to memory.

use super::asm::{Asm, Mem, Src};
use super::regs::*;
use crate::backend::arena::{ABANDONED, ExitState, RETURNED};
use crate::backend::loc::Reg;
use framework::Obj;
use framework::heap::{TypeInfo, gc_alloc, gc_alloc_array, gc_write_barrier, gc_write_barrier_elem};
use framework::vm::VmCore;
use std::mem::offset_of;

pub const SCRATCH_WORD: i32 = 0;
pub const TRACE: i32 = 8;
pub const SLOT_COUNT: i32 = 12;
pub const FRAME_TOP: i32 = 16;
pub const SLOTS: i32 = 24;

/// Bytes of a native frame with so many slots: together with the return address a multiple of 16.
pub fn frame_bytes(slots: u16) -> i32 {
    SLOTS + 8 * slots.next_multiple_of(2) as i32
}

const EXIT_STATE: Mem = Mem::Base(VM, offset_of!(VmCore, exit_state) as i32);

/// What the entry code saves for its caller; six of them.
const SAVED: [Reg; 6] = [RBX, RBP, R12, Reg(13), Reg(14), R15];

/// Addresses of the pieces.
#[derive(Clone, Copy, Debug, Default)]
pub struct Runtime {
    /// `extern "C" fn(*mut VmCore, entry, *mut ExitState)`.
    pub enter: usize,
    /// Jumped to by all exits, with the exit's number in `eax`; trace and slot count are in the frame.
    pub exit: usize,
    /// Jumped to instead of a root that is gone: all state is in memory.
    pub abandon: usize,
    /// Slow paths: argument and result in `rax`, all other registers are kept.
    pub alloc: usize,
    /// The type in `rax`, the length in `SCRATCH_WORD`.
    pub alloc_array: usize,
    /// The integer in `rax`.
    pub box_int: usize,
    /// The float's bits in `rax`.
    pub box_float: usize,
    /// The object in `rax`.
    pub write_barrier: usize,
    /// The array in `rax`, the element's index in `SCRATCH_WORD`.
    pub write_barrier_elem: usize,
}

impl Runtime {
    /// The same, placed at an address.
    pub fn at(self, base: usize) -> Runtime {
        Runtime {
            enter: self.enter + base,
            exit: self.exit + base,
            abandon: self.abandon + base,
            alloc: self.alloc + base,
            alloc_array: self.alloc_array + base,
            box_int: self.box_int + base,
            box_float: self.box_float + base,
            write_barrier: self.write_barrier + base,
            write_barrier_elem: self.write_barrier_elem + base,
        }
    }
}

/// Makes the code; the addresses are offsets yet.
pub fn build() -> (Vec<u8>, Runtime) {
    let mut a = Asm::new(1 << 11);
    let runtime = Runtime {
        enter: enter(&mut a),
        exit: exit(&mut a),
        abandon: abandon(&mut a),
        alloc: slow_call(&mut a, alloc as *const () as usize, false),
        alloc_array: slow_call(&mut a, alloc_array as *const () as usize, true),
        box_int: slow_call(&mut a, box_int as *const () as usize, false),
        box_float: slow_call(&mut a, box_float as *const () as usize, false),
        write_barrier: slow_call(&mut a, write_barrier as *const () as usize, false),
        write_barrier_elem: slow_call(&mut a, write_barrier_elem as *const () as usize, true),
    };
    (a.finish().0, runtime)
}

fn enter(a: &mut Asm) -> usize {
    a.pad(16, 0);
    let start = a.offset();
    SAVED.iter().for_each(|&r| a.push(r));
    a.sub(RSP, Src::Imm(8));
    a.mov(VM, Src::Reg(RDI));
    a.store(EXIT_STATE, RDX);
    a.store(Mem::Base(RDX, offset_of!(ExitState, stack) as i32), RSP);
    a.mov(BASE, Src::Mem(Mem::Base(VM, offset_of!(VmCore, base_ptr) as i32)));
    a.call(RSI);
    // Back by `Return`.
    a.mov(RCX, Src::Mem(EXIT_STATE));
    a.store(Mem::Base(RCX, (offset_of!(ExitState, regs) + 8 * RESULT.0 as usize) as i32), RESULT);
    a.store32_imm(Mem::Base(RCX, offset_of!(ExitState, exit) as i32), RETURNED as i32);
    leave(a);
    start
}

fn exit(a: &mut Asm) -> usize {
    a.pad(16, 0);
    let start = a.offset();
    a.store(Mem::Stack(SCRATCH_WORD), RAX);
    a.mov(RAX, Src::Mem(EXIT_STATE));
    let word = |r: Reg| Mem::Base(RAX, (offset_of!(ExitState, regs) + 8 * r.0 as usize) as i32);
    GENERAL.for_each(|r| a.store(word(r), r));
    VECTOR.for_each(|r| a.store_sd(word(r), r));
    a.mov(RDI, Src::Reg(RAX));
    a.load32(RCX, Mem::Stack(SCRATCH_WORD));
    a.store32(Mem::Base(RDI, offset_of!(ExitState, exit) as i32), RCX);
    a.load32(RCX, Mem::Stack(TRACE));
    a.store32(Mem::Base(RDI, offset_of!(ExitState, trace) as i32), RCX);
    a.load32(RCX, Mem::Stack(SLOT_COUNT));
    a.lea(RSI, Mem::Stack(SLOTS));
    a.add(RDI, Src::Imm(offset_of!(ExitState, slots) as i32));
    a.rep_movsq();
    a.mov(RSP, Src::Mem(Mem::Base(RAX, offset_of!(ExitState, stack) as i32)));
    leave(a);
    start
}

/// Back to Rust with the state in memory, from wherever the stack pointer is.
fn abandon(a: &mut Asm) -> usize {
    a.pad(16, 0);
    let start = a.offset();
    a.mov(RAX, Src::Mem(EXIT_STATE));
    a.store32_imm(Mem::Base(RAX, offset_of!(ExitState, exit) as i32), ABANDONED as i32);
    a.mov(RSP, Src::Mem(Mem::Base(RAX, offset_of!(ExitState, stack) as i32)));
    leave(a);
    start
}

/// Back to Rust, from the stack pointer that the first trace was called with.
fn leave(a: &mut Asm) {
    a.add(RSP, Src::Imm(8));
    SAVED.iter().rev().for_each(|&r| a.pop(r));
    a.ret();
}

/// A call that keeps every register but `rax`. What it saves is on the native stack, where the collector looks.
fn slow_call(a: &mut Asm, function: usize, second: bool) -> usize {
    a.pad(16, 0);
    let start = a.offset();
    let general = GENERAL.minus(CALLEE_SAVED);
    general.for_each(|r| a.push(r));
    let pushed = 8 * general.count() as i32;
    let vectors = 8 * VECTOR.count() as i32;
    // The return address and what is saved keep the stack aligned to 16.
    let room = vectors + (8 + pushed + vectors) % 16;
    a.sub(RSP, Src::Imm(room));
    VECTOR.enumerate().for_each(|(i, r)| a.store_sd(Mem::Stack(8 * i as i32), r));
    a.mov(RSI, Src::Reg(RAX));
    if second {
        a.mov(RDX, Src::Mem(Mem::Stack(room + pushed + 8 + SCRATCH_WORD)));
    }
    a.mov(RDI, Src::Reg(VM));
    a.mov_imm(RAX, function as u64);
    a.call(RAX);
    VECTOR.enumerate().for_each(|(i, r)| a.movsd(r, Src::Mem(Mem::Stack(8 * i as i32))));
    a.add(RSP, Src::Imm(room));
    let mut reversed: Vec<Reg> = general.collect();
    reversed.reverse();
    reversed.into_iter().for_each(|r| a.pop(r));
    a.ret();
    start
}

// Slow paths in Rust. Compiled code passes the address of its own VM, which nothing else borrows meanwhile.

unsafe extern "C" fn alloc(core: *mut VmCore, ty: &'static TypeInfo) -> u64 {
    // SAFETY: see above; the type is a static whose address the code was compiled with.
    unsafe { gc_alloc(&raw mut (*core).heap, ty) }
}

unsafe extern "C" fn alloc_array(core: *mut VmCore, ty: &'static TypeInfo, len: u64) -> u64 {
    // SAFETY: as in `alloc`.
    unsafe { gc_alloc_array(&raw mut (*core).heap, ty, len) }
}

unsafe extern "C" fn box_int(core: *mut VmCore, i: i64) -> u64 {
    // SAFETY: see above.
    unsafe { (*core).heap.int(i).0 }
}

unsafe extern "C" fn box_float(core: *mut VmCore, bits: u64) -> u64 {
    // SAFETY: see above.
    unsafe { (*core).heap.float(f64::from_bits(bits)).0 }
}

unsafe extern "C" fn write_barrier(core: *mut VmCore, o: Obj) {
    // SAFETY: see above; the object's header has been tested.
    unsafe { gc_write_barrier(&raw mut (*core).heap, o) };
}

unsafe extern "C" fn write_barrier_elem(core: *mut VmCore, o: Obj, i: u64) {
    // SAFETY: as in `write_barrier`; the index is within the array's length.
    unsafe { gc_write_barrier_elem(&raw mut (*core).heap, o, i) };
}
