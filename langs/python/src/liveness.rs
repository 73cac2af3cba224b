//! Liveness of registers, for snapshots: computed once per code object.

use crate::bytecode::{Code, Op, Operand};
use crate::runtime::operands;
use framework::liveness::Liveness;

/// What lives before each instruction, and in an activation that waits for a callee there.
#[derive(Debug)]
pub struct Live {
    running: Liveness,
    waiting: Liveness,
}

/// Is register `r` read before it is written, from `pc` on?
pub fn is_live(code: &Code, pc: u32, r: u32) -> bool {
    code.live.get_or_init(|| compute(code)).running.get(pc, r)
}

/// The same while a callee of the instruction before `pc` runs.
pub fn is_live_waiting(code: &Code, pc: u32, r: u32) -> bool {
    code.live.get_or_init(|| compute(code)).waiting.get(pc, r)
}

fn never_falls_through(op: Op) -> bool {
    matches!(op, Op::Jump | Op::Loop | Op::Return | Op::ReturnK | Op::Raise | Op::Reraise | Op::ClassEnd)
}

fn compute(code: &Code) -> Live {
    let n = code.insts.len();
    // A generator saves registers wholesale.
    if code.generator_reg.is_some() {
        let everything = Liveness::everything(n, code.registers);
        return Live { running: everything.clone(), waiting: everything };
    }
    let running = Liveness::solve(n, code.registers, |pc, set| {
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
    // While a callee runs: the continuation may look at what the instruction has read, jump or raise.
    let mut waiting = running.clone();
    for (before, i) in code.insts.iter().enumerate().take(n.saturating_sub(1)).filter(|(_, i)| !never_falls_through(i.op)) {
        if i.op.operands()[3] == Operand::J {
            waiting.may_go_on(before, i.d as usize, None);
        }
        for h in code.handlers.iter().filter(|h| h.start as usize <= before && before < h.end as usize) {
            waiting.may_go_on(before, h.target as usize, Some(h.reg as u32));
        }
        operands(i, |r| waiting.add(before + 1, r), |_| {});
        // An instance is kept while its `__init__` runs: where the callee was, or in a scratch register.
        match i.op {
            Op::Call | Op::CallGlobal | Op::CallMethod => waiting.add(before + 1, i.b as u32),
            Op::CallKw | Op::CallEx => {
                (code.registers.saturating_sub(crate::compile::SCRATCH)..code.registers).for_each(|r| waiting.add(before + 1, r))
            }
            _ => {}
        }
    }
    Live { running, waiting }
}
