//! x86-64's registers, and what each operation demands of them: all that the register allocator knows of the machine.

use crate::backend::loc::{Reg, RegSet};
use crate::ir::{Inst, Op, Trace};

pub const RAX: Reg = Reg(0);
pub const RCX: Reg = Reg(1);
pub const RDX: Reg = Reg(2);
pub const RBX: Reg = Reg(3);
pub const RSP: Reg = Reg(4);
pub const RBP: Reg = Reg(5);
pub const RSI: Reg = Reg(6);
pub const RDI: Reg = Reg(7);
pub const R8: Reg = Reg(8);
pub const R9: Reg = Reg(9);
pub const R12: Reg = Reg(12);
pub const R15: Reg = Reg(15);

/// Holds the address of the `VmCore`.
pub const VM: Reg = RBX;
/// Holds the address of register 0 of the activation the tree was entered in.
pub const BASE: Reg = RBP;
/// Never allocated: lowering computes in it, parallel moves break cycles with it, results of calls arrive in it.
pub const SCRATCH: Reg = RAX;
/// Never allocated: words on their way from memory to memory pass through it.
pub const VECTOR_SCRATCH: Reg = Reg(31);

const fn range(from: u8, to: u8) -> RegSet {
    RegSet(((1u64 << to) - (1u64 << from)) as u32)
}

/// General registers the allocator hands out.
pub const GENERAL: RegSet = range(0, 16).minus(RegSet::of(&[RAX, RBX, RSP, RBP]));
/// Vector registers the allocator hands out.
pub const VECTOR: RegSet = range(16, 31);
/// Registers that survive a call.
pub const CALLEE_SAVED: RegSet = range(R12.0, R15.0 + 1);
/// Where a residual function's arguments go; the VM's address is in `rdi`.
pub const ARGS: [Reg; framework::call::MAX_ARGS] = [RSI, RDX, RCX, R8, R9];
/// Where its result arrives, floats as bits.
pub const RESULT: Reg = RAX;

/// What an operation demands. Any operand may otherwise be in a register, a spill slot or a constant.
#[derive(Clone, Copy, Default)]
pub struct Demands {
    /// The result replaces the first operand: they share a register if the operand dies, and the second operand is elsewhere.
    pub reuse: bool,
    /// The result is written before the operands are read for the last time: it shares no register with them.
    pub apart: bool,
    /// The operand `c` must be in a register or constant.
    pub c_in_reg: bool,
    /// Overwritten before the operands `b` and `c` are read; nothing that lives on may be there.
    pub clobbers: RegSet,
    /// The result arrives here and is moved on.
    pub result: Option<Reg>,
}

/// What an instruction demands.
pub fn demands(t: &Trace, i: &Inst) -> Demands {
    use Op::*;
    let d = Demands::default();
    let constant_b = || t.const_of(i.rb()).map(|c| c.bits as i64);
    match i.op {
        IntAdd | IntSub | IntMul | IntAnd | IntOr | IntXor | IntAddOvf | IntSubOvf | IntMulOvf => Demands { reuse: true, ..d },
        FloatAdd | FloatSub | FloatMul | FloatDiv | FloatNeg | FloatAbs | UnboxInt => Demands { reuse: true, ..d },
        IntDivFloor | IntModFloor if constant_b().is_some_and(is_power_of_two) => Demands { reuse: true, ..d },
        IntDivFloor | IntModFloor | IntDivTrunc | IntRemTrunc => Demands { clobbers: RegSet::of(&[RDX]), ..d },
        IntShl | IntShr if constant_b().is_some() => Demands { reuse: true, ..d },
        IntShl | IntShr => Demands { clobbers: RegSet::of(&[RCX]), ..d },
        NewArray => Demands { apart: true, ..d },
        // Bytes are stored from a register.
        StoreElem => Demands { c_in_reg: true, ..d },
        Call => Demands { clobbers: GENERAL.or(VECTOR).minus(CALLEE_SAVED), result: Some(RESULT), ..d },
        // The callee is compiled code, which keeps nothing.
        CallTrace => Demands { clobbers: GENERAL.or(VECTOR), result: Some(RESULT), ..d },
        _ => d,
    }
}

/// Is division by it a shift?
pub fn is_power_of_two(n: i64) -> bool {
    n > 0 && n & (n - 1) == 0
}

/// The register's name.
pub fn name(r: Reg) -> &'static str {
    const NAMES: [&str; 32] = [
        "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0", "xmm1", "xmm2", "xmm3",
        "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15",
    ];
    NAMES[r.0 as usize]
}
