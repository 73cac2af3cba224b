//! Liveness of registers, for snapshots: computed once per code object.

use crate::bytecode::{Code, Op, Operand};
use crate::runtime::operands;
use framework::liveness::Liveness;

/// Is register `r` read before it is written, from `pc` on?
pub fn is_live(code: &Code, pc: u32, r: u32) -> bool {
    code.live.get_or_init(|| compute(code)).get(pc, r)
}

fn never_falls_through(op: Op) -> bool {
    matches!(op, Op::Jump | Op::Loop | Op::Return | Op::ReturnK | Op::Raise | Op::Reraise | Op::ClassEnd)
}

fn compute(code: &Code) -> Liveness {
    let n = code.insts.len();
    // A generator saves registers wholesale.
    if code.generator_reg.is_some() {
        return Liveness::everything(n, code.registers);
    }
    let mut live = Liveness::solve(n, code.registers, |pc, set| {
        let i = code.insts[pc];
        if !never_falls_through(i.op) {
            set.join(pc + 1);
        }
        if i.op.operands()[3] == Operand::J {
            set.join(i.d as usize);
        }
        operands(&i, |_| {}, |w| set.remove(w));
        // What a handler reads must survive any instruction it covers, even one that would overwrite it.
        for h in code.handlers.iter().filter(|h| h.start as usize <= pc && pc < h.end as usize) {
            set.join_without(h.target as usize, h.reg as u32);
        }
        operands(&i, |r| set.add(r), |_| {});
    });
    // An activation that waits for a callee: the continuation may look at what the instruction has read, jump or raise.
    for (before, i) in code.insts.iter().enumerate().take(n.saturating_sub(1)).filter(|(_, i)| !never_falls_through(i.op)) {
        if i.op.operands()[3] == Operand::J {
            live.may_go_on(before, i.d as usize, None);
        }
        for h in code.handlers.iter().filter(|h| h.start as usize <= before && before < h.end as usize) {
            live.may_go_on(before, h.target as usize, Some(h.reg as u32));
        }
        operands(i, |r| live.add(before + 1, r), |_| {});
        // An instance is kept while its `__init__` runs: where the callee was, or in a scratch register.
        match i.op {
            Op::Call | Op::CallGlobal | Op::CallMethod => live.add(before + 1, i.b as u32),
            Op::CallKw | Op::CallEx => (code.registers.saturating_sub(crate::compile::SCRATCH)..code.registers).for_each(|r| live.add(before + 1, r)),
            _ => {}
        }
    }
    live
}
