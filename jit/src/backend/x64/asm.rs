//! Instruction encoding: each form is wrapped once, since the macro that makes it is slow to compile.

// The macro converts register numbers that are bytes already.
#![allow(clippy::useless_conversion)]

use crate::backend::loc::Reg;
use dynasmrt::x64::X64Relocation;
use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi, VecAssembler, dynasm};

/// Where a label will be.
pub type Label = DynamicLabel;

/// A place in memory.
#[derive(Clone, Copy, Debug)]
pub enum Mem {
    /// `[base + disp]`
    Base(Reg, i32),
    /// `[base + index * 8 + disp]`
    Words(Reg, Reg, i32),
    /// `[base + index + disp]`
    Bytes(Reg, Reg, i32),
    /// `[rsp + disp]`
    Stack(i32),
    /// `[rip + …]`
    Label(Label),
}

/// A source operand.
#[derive(Clone, Copy, Debug)]
pub enum Src {
    /// A register.
    Reg(Reg),
    /// Memory.
    Mem(Mem),
    /// A number, sign-extended.
    Imm(i32),
}

/// Conditions, by their x86 encoding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Cc {
    O = 0,
    No = 1,
    B = 2,
    Ae = 3,
    E = 4,
    Ne = 5,
    Be = 6,
    A = 7,
    S = 8,
    Ns = 9,
    P = 10,
    Np = 11,
    L = 12,
    Ge = 13,
    Le = 14,
    G = 15,
}

impl Cc {
    /// The opposite condition.
    pub fn not(self) -> Cc {
        const ALL: [Cc; 16] =
            [Cc::O, Cc::No, Cc::B, Cc::Ae, Cc::E, Cc::Ne, Cc::Be, Cc::A, Cc::S, Cc::Ns, Cc::P, Cc::Np, Cc::L, Cc::Ge, Cc::Le, Cc::G];
        ALL[self as usize ^ 1]
    }
}

/// An assembler for one piece of code.
pub struct Asm {
    ops: VecAssembler<X64Relocation>,
    /// Distances to absolute addresses, filled in when the code has its place: (offset, target).
    pub fixups: Vec<(usize, usize)>,
    /// 64-bit constants, at the end of the code.
    pool: Vec<(u64, Label)>,
    /// Up to here a jump may be written over what there is: nothing jumps or returns into it.
    overwritable: usize,
}

/// An instruction of one byte that is not to be run.
pub const TRAP: u8 = 0xcc;
/// What a jump to anywhere in the arena starts with.
pub const JUMP_OPCODE: u8 = 0xe9;
/// Its length.
const JUMP: usize = 5;

/// One instruction with a memory operand in the middle, in its addressing modes.
macro_rules! mem {
    ($asm:expr, $mem:expr, [$($before:tt)*] [$($after:tt)*]) => {
        match $mem {
            Mem::Base(b, d) => match i8::try_from(d) {
                Ok(d) => dynasm!($asm.ops ; .arch x64 ; $($before)* [BYTE Rq(b.number()) + d] $($after)*),
                Err(_) => dynasm!($asm.ops ; .arch x64 ; $($before)* [DWORD Rq(b.number()) + d] $($after)*),
            },
            Mem::Words(b, i, d) => dynasm!($asm.ops ; .arch x64 ; $($before)* [DWORD Rq(b.number()) + 8 * Rq(i.number()) + d] $($after)*),
            Mem::Bytes(b, i, d) => dynasm!($asm.ops ; .arch x64 ; $($before)* [DWORD Rq(b.number()) + 1 * Rq(i.number()) + d] $($after)*),
            Mem::Stack(d) => match i8::try_from(d) {
                Ok(d) => dynasm!($asm.ops ; .arch x64 ; $($before)* [BYTE rsp + d] $($after)*),
                Err(_) => dynasm!($asm.ops ; .arch x64 ; $($before)* [DWORD rsp + d] $($after)*),
            },
            Mem::Label(l) => dynasm!($asm.ops ; .arch x64 ; $($before)* [=>l] $($after)*),
        }
    };
}

macro_rules! arithmetic {
    ($($(#[$doc:meta])* $name:ident $mnemonic:ident)*) => { $(
        $(#[$doc])*
        pub fn $name(&mut self, d: Reg, s: Src) {
            match s {
                Src::Reg(r) => dynasm!(self.ops ; .arch x64 ; $mnemonic Rq(d.number()), Rq(r.number())),
                Src::Mem(m) => mem!(self, m, [$mnemonic Rq(d.number()),] []),
                Src::Imm(i) => match i8::try_from(i) {
                    Ok(i) => dynasm!(self.ops ; .arch x64 ; $mnemonic Rq(d.number()), BYTE i),
                    Err(_) => dynasm!(self.ops ; .arch x64 ; $mnemonic Rq(d.number()), DWORD i),
                },
            }
        }
    )* };
}

macro_rules! vector {
    ($($(#[$doc:meta])* $name:ident)*) => { $(
        $(#[$doc])*
        pub fn $name(&mut self, d: Reg, s: Src) {
            match s {
                Src::Reg(r) => dynasm!(self.ops ; .arch x64 ; $name Rx(d.number()), Rx(r.number())),
                Src::Mem(m) => mem!(self, m, [$name Rx(d.number()),] []),
                Src::Imm(_) => unreachable!("no such form"),
            }
        }
    )* };
}

macro_rules! vector_pair {
    ($($(#[$doc:meta])* $name:ident)*) => { $(
        $(#[$doc])*
        pub fn $name(&mut self, d: Reg, s: Reg) {
            dynasm!(self.ops ; .arch x64 ; $name Rx(d.number()), Rx(s.number()))
        }
    )* };
}

macro_rules! shift {
    ($($name:ident)*) => { $(
        pub fn $name(&mut self, d: Reg, n: u8) {
            dynasm!(self.ops ; .arch x64 ; $name Rq(d.number()), n as i8)
        }
    )* };
}

#[allow(missing_docs)]
impl Asm {
    pub fn new(capacity: usize) -> Asm {
        Asm {
            ops: VecAssembler::new_with_capacity(0, capacity, 0, 0, capacity / 32, 0, capacity / 32),
            fixups: vec![],
            pool: vec![],
            overwritable: 0,
        }
    }

    // ---- places

    pub fn offset(&self) -> usize {
        self.ops.offset().0
    }
    pub fn label(&mut self) -> Label {
        self.ops.new_dynamic_label()
    }
    pub fn bind(&mut self, l: Label) {
        self.end_overwritable();
        dynasm!(self.ops ; .arch x64 ; =>l)
    }
    pub fn bind_new(&mut self) -> Label {
        let l = self.label();
        self.bind(l);
        l
    }
    /// A place, free of instructions of its own, over which a jump can be written later on. What there is then is never run again.
    pub fn patch_point(&mut self) -> usize {
        self.end_overwritable();
        self.overwritable = self.offset() + JUMP;
        self.offset()
    }
    /// What follows may be jumped to, returned to or patched.
    fn end_overwritable(&mut self) {
        self.nops(self.overwritable.saturating_sub(self.offset()));
    }
    /// Fills up until `offset % align == rest`; never run.
    pub fn pad(&mut self, align: usize, rest: usize) {
        self.end_overwritable();
        while self.offset() % align != rest {
            self.ops.push(TRAP);
        }
    }
    /// Fills up with instructions that do nothing until the offset is a multiple of `align`.
    pub fn align(&mut self, align: usize) {
        self.nops(self.offset().next_multiple_of(align) - self.offset());
    }
    fn nops(&mut self, mut rest: usize) {
        while rest > 0 {
            // `nop [rax+0]` with ever longer displacements and prefixes: as few instructions as possible.
            const NOPS: [&[u8]; 9] = [
                &[0x90],
                &[0x66, 0x90],
                &[0x0f, 0x1f, 0],
                &[0x0f, 0x1f, 0x40, 0],
                &[0x0f, 0x1f, 0x44, 0, 0],
                &[0x66, 0x0f, 0x1f, 0x44, 0, 0],
                &[0x0f, 0x1f, 0x80, 0, 0, 0, 0],
                &[0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0],
                &[0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0],
            ];
            let n = rest.min(NOPS.len());
            self.ops.extend(NOPS[n - 1]);
            rest -= n;
        }
    }
    /// A 64-bit constant in memory.
    pub fn constant(&mut self, bits: u64) -> Mem {
        if let Some((_, l)) = self.pool.iter().find(|(b, _)| *b == bits) {
            return Mem::Label(*l);
        }
        let l = self.label();
        self.pool.push((bits, l));
        Mem::Label(l)
    }
    /// Writes the constants; nothing may follow.
    pub fn finish(mut self) -> (Vec<u8>, Vec<(usize, usize)>) {
        self.end_overwritable();
        if !self.pool.is_empty() {
            self.pad(8, 0);
        }
        for (bits, l) in std::mem::take(&mut self.pool) {
            self.bind(l);
            self.ops.push_u64(bits);
        }
        (self.ops.finalize().expect("all labels are bound, and near"), self.fixups)
    }

    // ---- jumps

    pub fn jmp(&mut self, l: Label) {
        dynasm!(self.ops ; .arch x64 ; jmp =>l)
    }
    pub fn jcc(&mut self, cc: Cc, l: Label) {
        match cc {
            Cc::O => dynasm!(self.ops ; .arch x64 ; jo =>l),
            Cc::No => dynasm!(self.ops ; .arch x64 ; jno =>l),
            Cc::B => dynasm!(self.ops ; .arch x64 ; jb =>l),
            Cc::Ae => dynasm!(self.ops ; .arch x64 ; jae =>l),
            Cc::E => dynasm!(self.ops ; .arch x64 ; je =>l),
            Cc::Ne => dynasm!(self.ops ; .arch x64 ; jne =>l),
            Cc::Be => dynasm!(self.ops ; .arch x64 ; jbe =>l),
            Cc::A => dynasm!(self.ops ; .arch x64 ; ja =>l),
            Cc::S => dynasm!(self.ops ; .arch x64 ; js =>l),
            Cc::Ns => dynasm!(self.ops ; .arch x64 ; jns =>l),
            Cc::P => dynasm!(self.ops ; .arch x64 ; jp =>l),
            Cc::Np => dynasm!(self.ops ; .arch x64 ; jnp =>l),
            Cc::L => dynasm!(self.ops ; .arch x64 ; jl =>l),
            Cc::Ge => dynasm!(self.ops ; .arch x64 ; jge =>l),
            Cc::Le => dynasm!(self.ops ; .arch x64 ; jle =>l),
            Cc::G => dynasm!(self.ops ; .arch x64 ; jg =>l),
        }
    }
    /// To an address outside this code.
    pub fn jmp_to(&mut self, target: usize) {
        self.end_overwritable();
        dynasm!(self.ops ; .arch x64 ; .bytes [JUMP_OPCODE, 0, 0, 0, 0]);
        let at = self.offset() - 4;
        self.fixups.push((at, target));
    }
    pub fn call_to(&mut self, target: usize) {
        self.end_overwritable();
        dynasm!(self.ops ; .arch x64 ; .bytes [0xe8u8, 0, 0, 0, 0]);
        let at = self.offset() - 4;
        self.fixups.push((at, target));
    }
    pub fn call_label(&mut self, l: Label) {
        self.end_overwritable();
        dynasm!(self.ops ; .arch x64 ; call =>l)
    }
    /// A jump that can be patched: the offset of its displacement, which is a multiple of 4 if the jump starts at 3 modulo 4.
    pub fn jmp_patchable(&mut self, l: Label) -> usize {
        // `jmp rel32` is one byte of opcode and the displacement; dynamic labels always get the long form.
        dynasm!(self.ops ; .arch x64 ; jmp =>l);
        self.offset() - 4
    }
    pub fn call(&mut self, r: Reg) {
        self.end_overwritable();
        dynasm!(self.ops ; .arch x64 ; call Rq(r.number()))
    }
    pub fn ret(&mut self) {
        dynasm!(self.ops ; .arch x64 ; ret)
    }
    pub fn push(&mut self, r: Reg) {
        dynasm!(self.ops ; .arch x64 ; push Rq(r.number()))
    }
    pub fn pop(&mut self, r: Reg) {
        dynasm!(self.ops ; .arch x64 ; pop Rq(r.number()))
    }

    // ---- general registers

    pub fn mov(&mut self, d: Reg, s: Src) {
        match s {
            Src::Reg(r) if r == d => {}
            Src::Reg(r) => dynasm!(self.ops ; .arch x64 ; mov Rq(d.number()), Rq(r.number())),
            Src::Mem(m) => mem!(self, m, [mov Rq(d.number()),] []),
            Src::Imm(i) => dynasm!(self.ops ; .arch x64 ; mov Rq(d.number()), DWORD i),
        }
    }
    /// Any 64-bit constant, in the shortest form. Leaves the flags alone.
    pub fn mov_imm(&mut self, d: Reg, bits: u64) {
        if let Ok(small) = u32::try_from(bits) {
            self.mov32_imm(d, small);
        } else if let Ok(small) = i32::try_from(bits as i64) {
            self.mov(d, Src::Imm(small));
        } else {
            dynasm!(self.ops ; .arch x64 ; mov Rq(d.number()), QWORD bits as i64)
        }
    }
    pub fn mov32_imm(&mut self, d: Reg, i: u32) {
        dynasm!(self.ops ; .arch x64 ; mov Rd(d.number()), DWORD i as i32)
    }
    pub fn store(&mut self, m: Mem, r: Reg) {
        mem!(self, m, [mov] [, Rq(r.number())])
    }
    pub fn store_imm(&mut self, m: Mem, i: i32) {
        mem!(self, m, [mov QWORD] [, DWORD i])
    }
    pub fn store32(&mut self, m: Mem, r: Reg) {
        mem!(self, m, [mov] [, Rd(r.number())])
    }
    pub fn store32_imm(&mut self, m: Mem, i: i32) {
        mem!(self, m, [mov DWORD] [, i])
    }
    pub fn store8(&mut self, m: Mem, r: Reg) {
        mem!(self, m, [mov] [, Rb(r.number())])
    }
    pub fn store8_imm(&mut self, m: Mem, i: i8) {
        mem!(self, m, [mov BYTE] [, i])
    }
    pub fn load32(&mut self, d: Reg, m: Mem) {
        mem!(self, m, [mov Rd(d.number()),] [])
    }
    pub fn load16(&mut self, d: Reg, m: Mem) {
        mem!(self, m, [movzx Rd(d.number()), WORD] [])
    }
    pub fn load8(&mut self, d: Reg, m: Mem) {
        mem!(self, m, [movzx Rd(d.number()), BYTE] [])
    }
    pub fn lea(&mut self, d: Reg, m: Mem) {
        mem!(self, m, [lea Rq(d.number()),] [])
    }
    pub fn lea32(&mut self, d: Reg, m: Mem) {
        mem!(self, m, [lea Rd(d.number()),] [])
    }
    /// Compares a byte in memory.
    pub fn cmp8_imm(&mut self, m: Mem, i: i8) {
        mem!(self, m, [cmp BYTE] [, i])
    }
    /// Compares a byte at an address in reach with 0.
    pub fn cmp8_zero_at(&mut self, address: usize) {
        self.ops.extend([0x80u8, 0x3d, 0, 0, 0, 0, 0]);
        // The distance counts from the end of the instruction, a byte further on than a fixup's.
        self.fixups.push((self.offset() - 5, address - 1));
    }
    /// Tests bits of a byte in memory.
    pub fn test8_imm(&mut self, m: Mem, i: i8) {
        mem!(self, m, [test BYTE] [, i])
    }
    /// Compares a word in memory with a register or number.
    pub fn cmp_mem(&mut self, m: Mem, s: Src) {
        match s {
            Src::Reg(r) => mem!(self, m, [cmp] [, Rq(r.number())]),
            Src::Imm(i) => mem!(self, m, [cmp QWORD] [, DWORD i]),
            Src::Mem(_) => unreachable!("no such form"),
        }
    }
    pub fn cmp_mem32_imm(&mut self, m: Mem, i: i32) {
        mem!(self, m, [cmp DWORD] [, i])
    }
    pub fn cmp32_imm(&mut self, d: Reg, i: i32) {
        match i8::try_from(i) {
            Ok(i) => self.cmp_byte(0x40, d, i),
            Err(_) => dynasm!(self.ops ; .arch x64 ; cmp Rd(d.number()), DWORD i),
        }
    }
    pub fn test(&mut self, a: Reg, b: Reg) {
        dynasm!(self.ops ; .arch x64 ; test Rq(a.number()), Rq(b.number()))
    }
    pub fn test_imm(&mut self, d: Reg, i: i32) {
        dynasm!(self.ops ; .arch x64 ; test Rq(d.number()), DWORD i)
    }
    /// Tests bits of the lowest byte.
    pub fn test8_reg(&mut self, d: Reg, i: i8) {
        dynasm!(self.ops ; .arch x64 ; test Rb(d.number()), BYTE i)
    }
    /// Tests bits of the scratch register's lowest byte.
    pub fn test_al(&mut self, i: i8) {
        dynasm!(self.ops ; .arch x64 ; test al, BYTE i)
    }
    arithmetic! {
        add add
        sub sub
        and and
        or or
        xor xor
    }
    pub fn cmp(&mut self, d: Reg, s: Src) {
        match s {
            Src::Reg(r) => dynasm!(self.ops ; .arch x64 ; cmp Rq(d.number()), Rq(r.number())),
            Src::Mem(m) => mem!(self, m, [cmp Rq(d.number()),] []),
            Src::Imm(i) => match i8::try_from(i) {
                Ok(i) => self.cmp_byte(0x48, d, i),
                Err(_) => dynasm!(self.ops ; .arch x64 ; cmp Rq(d.number()), DWORD i),
            },
        }
    }
    /// `cmp` with a sign-extended byte, a form the macro does not choose.
    fn cmp_byte(&mut self, rex: u8, d: Reg, i: i8) {
        let n = d.number();
        self.ops.extend([rex | n >> 3, 0x83, 0xf8 | n & 7, i as u8]);
    }
    pub fn imul(&mut self, d: Reg, s: Src) {
        match s {
            Src::Reg(r) => dynasm!(self.ops ; .arch x64 ; imul Rq(d.number()), Rq(r.number())),
            Src::Mem(m) => mem!(self, m, [imul Rq(d.number()),] []),
            Src::Imm(i) => dynasm!(self.ops ; .arch x64 ; imul Rq(d.number()), Rq(d.number()), DWORD i),
        }
    }
    /// `d = s * i`
    pub fn imul_imm(&mut self, d: Reg, s: Reg, i: i32) {
        dynasm!(self.ops ; .arch x64 ; imul Rq(d.number()), Rq(s.number()), DWORD i)
    }
    pub fn neg(&mut self, d: Reg) {
        dynasm!(self.ops ; .arch x64 ; neg Rq(d.number()))
    }
    pub fn cqo(&mut self) {
        dynasm!(self.ops ; .arch x64 ; cqo)
    }
    pub fn idiv(&mut self, s: Src) {
        match s {
            Src::Reg(r) => dynasm!(self.ops ; .arch x64 ; idiv Rq(r.number())),
            Src::Mem(m) => mem!(self, m, [idiv QWORD] []),
            Src::Imm(_) => unreachable!("no such form"),
        }
    }
    shift! {
        shl
        sar
        rol
        ror
    }
    pub fn shl_cl(&mut self, d: Reg) {
        dynasm!(self.ops ; .arch x64 ; shl Rq(d.number()), cl)
    }
    pub fn sar_cl(&mut self, d: Reg) {
        dynasm!(self.ops ; .arch x64 ; sar Rq(d.number()), cl)
    }
    pub fn rep_movsq(&mut self) {
        dynasm!(self.ops ; .arch x64 ; rep movsq)
    }

    // ---- vector registers

    pub fn movsd(&mut self, d: Reg, s: Src) {
        match s {
            Src::Reg(r) if r == d => {}
            Src::Reg(r) => dynasm!(self.ops ; .arch x64 ; movapd Rx(d.number()), Rx(r.number())),
            Src::Mem(m) => mem!(self, m, [movsd Rx(d.number()),] []),
            Src::Imm(_) => unreachable!("no such form"),
        }
    }
    pub fn store_sd(&mut self, m: Mem, r: Reg) {
        mem!(self, m, [movsd] [, Rx(r.number())])
    }
    pub fn movd_load(&mut self, d: Reg, m: Mem) {
        mem!(self, m, [movd Rx(d.number()), DWORD] [])
    }
    pub fn movd_store(&mut self, m: Mem, r: Reg) {
        mem!(self, m, [movd DWORD] [, Rx(r.number())])
    }
    /// Bits of a vector register into a general one.
    pub fn movq_from(&mut self, d: Reg, s: Reg) {
        dynasm!(self.ops ; .arch x64 ; movq Rq(d.number()), Rx(s.number()))
    }
    /// Bits of a general register into a vector one.
    pub fn movq_to(&mut self, d: Reg, s: Reg) {
        dynasm!(self.ops ; .arch x64 ; movq Rx(d.number()), Rq(s.number()))
    }
    vector! {
        addsd
        subsd
        mulsd
        divsd
        sqrtsd
        ucomisd
    }
    vector_pair! {
        xorpd
        andpd
        xorps
    }
    pub fn cvtsi2sd(&mut self, d: Reg, s: Src) {
        match s {
            Src::Reg(r) => dynasm!(self.ops ; .arch x64 ; cvtsi2sd Rx(d.number()), Rq(r.number())),
            Src::Mem(m) => mem!(self, m, [cvtsi2sd Rx(d.number()), QWORD] []),
            Src::Imm(_) => unreachable!("no such form"),
        }
    }
    pub fn cvttsd2si(&mut self, d: Reg, s: Src) {
        match s {
            Src::Reg(r) => dynasm!(self.ops ; .arch x64 ; cvttsd2si Rq(d.number()), Rx(r.number())),
            Src::Mem(m) => mem!(self, m, [cvttsd2si Rq(d.number()), QWORD] []),
            Src::Imm(_) => unreachable!("no such form"),
        }
    }
}
