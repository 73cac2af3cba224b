//! Liveness of registers, for snapshots: computed once per code object by backward data flow.

use crate::bytecode::{Code, Op, Operand};
use crate::runtime::operands;

/// Is register `r` read before it is written, from `pc` on?
pub fn is_live(code: &Code, pc: u32, r: u32) -> bool {
    // A waiting activation goes on at `pc`, but its continuation may look at what the instruction before has read.
    if let Some(before) = pc.checked_sub(1).and_then(|p| code.insts.get(p as usize)) {
        let mut read = false;
        operands(before, |o| read |= o == r, |_| {});
        // These keep an instance in a scratch register while its `__init__` runs.
        let keeps = matches!(before.op, Op::CallKw | Op::CallEx) && r + crate::compile::SCRATCH >= code.registers;
        if read || keeps {
            return true;
        }
    }
    let live = code.live.get_or_init(|| compute(code));
    live.get(pc as usize).is_none_or(|set| set[r as usize / 64] >> (r % 64) & 1 != 0)
}

fn compute(code: &Code) -> Vec<Box<[u64]>> {
    let words = (code.registers as usize).div_ceil(64) + 1;
    let n = code.insts.len();
    // A generator saves registers wholesale.
    if code.generator_reg.is_some() {
        return vec![vec![u64::MAX; words].into(); n];
    }
    let mut live: Vec<Box<[u64]>> = vec![vec![0; words].into(); n];
    loop {
        let mut changed = false;
        for pc in (0..n).rev() {
            let i = code.insts[pc];
            let mut set = vec![0u64; words];
            let mut join = |t: usize, except: Option<u16>| {
                if let Some(other) = live.get(t) {
                    for (k, w) in other.iter().enumerate() {
                        let mask = except.filter(|r| *r as usize / 64 == k).map_or(0, |r| 1u64 << (r % 64));
                        set[k] |= w & !mask;
                    }
                }
            };
            if !matches!(i.op, Op::Jump | Op::Loop | Op::Return | Op::ReturnK | Op::Raise | Op::Reraise | Op::ClassEnd) {
                join(pc + 1, None);
            }
            let ops = i.op.operands();
            if ops[3] == Operand::J {
                join(i.d as usize, None);
            }
            operands(&i, |_| {}, |w| set[w as usize / 64] &= !(1 << (w % 64)));
            // What a handler reads must survive any instruction it covers, even one that would overwrite it.
            for h in code.handlers.iter().filter(|h| h.start as usize <= pc && pc < h.end as usize) {
                for (k, w) in live[h.target as usize].iter().enumerate() {
                    let mask = if h.reg as usize / 64 == k { 1u64 << (h.reg % 64) } else { 0 };
                    set[k] |= w & !mask;
                }
            }
            operands(&i, |r| set[r as usize / 64] |= 1 << (r % 64), |_| {});
            if live[pc][..] != set[..] {
                live[pc] = set.into();
                changed = true;
            }
        }
        if !changed {
            return live;
        }
    }
}
