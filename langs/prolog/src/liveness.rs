//! Which registers an instruction's successors may read. Guards lie behind the body they jump back to, so backward passes are repeated until
//! nothing changes.

use crate::code::{A, ALT, Cell, Code, Insn, Operand, PatId, Put};
use crate::step::ALWAYS_LIVE;
use framework::liveness::{LiveSet, Liveness};

/// Is the register read before it is written, from `pc` on?
pub fn is_live(code: &Code, pc: u32, r: u32) -> bool {
    ALWAYS_LIVE.contains(&r) || code.live.get_or_init(|| compute(code)).get(pc, r)
}

fn compute(code: &Code) -> Liveness {
    let arity = code.pred.map_or(0, |p| p.arity as u32);
    // Engine code, and predicate entries, are short: all of their registers count.
    let everything = code.pred.is_none()
        || matches!(code.insns.first(), Some(Insn::Enter | Insn::Builtin { .. } | Insn::CallN { .. } | Insn::Catch | Insn::TryRow));
    if everything {
        return Liveness::everything(code.insns.len(), code.registers);
    }
    Liveness::solve(code.insns.len(), code.registers, |pc, set| {
        let insn = &code.insns[pc];
        match insn {
            Insn::Jump { to } => set.join(*to as usize),
            Insn::Get { next, .. } => {
                set.join(pc + 1);
                set.join(*next as usize);
            }
            Insn::Compare { fail, .. } | Insn::Test { fail, .. } | Insn::Identical { fail, .. } => {
                set.join(pc + 1);
                set.join(*fail as usize);
            }
            // Behind a call only what it saves is left.
            Insn::Call { .. } | Insn::Proceed | Insn::Fail | Insn::TryNext | Insn::Done { .. } => {}
            _ => set.join(pc + 1),
        }
        effect(code, insn, arity, set);
    })
}

fn pattern(code: &Code, p: PatId, write: bool, set: &mut LiveSet) {
    let mut work = vec![p];
    while let Some(p) = work.pop() {
        for c in code.pats[p as usize].cells() {
            cell(c, write, set, &mut work);
        }
    }
}

fn cell(c: &Cell, write: bool, set: &mut LiveSet, work: &mut Vec<PatId>) {
    match c {
        Cell::First(r) if write => set.remove(*r),
        Cell::Var(r) if !write => set.add(*r),
        Cell::Sub(_, p) => work.push(*p),
        _ => {}
    }
}

fn operands(code: &Code, args: &[Operand], set: &mut LiveSet) {
    for a in args {
        match a {
            Operand::Fresh(r) => set.remove(*r),
            Operand::Build(p) => pattern(code, *p, true, set),
            _ => {}
        }
    }
    for a in args {
        match a {
            Operand::Reg(r) => set.add(*r),
            Operand::Build(p) => pattern(code, *p, false, set),
            _ => {}
        }
    }
}

fn put(code: &Code, p: &Put, set: &mut LiveSet) {
    match p {
        Put::Move { to, from } => {
            set.remove(*to);
            set.add(*from);
        }
        Put::Const { to, .. } | Put::NewVar { to } => set.remove(*to),
        Put::Build { to, pat } => {
            set.remove(*to);
            pattern(code, *pat, true, set);
            pattern(code, *pat, false, set);
        }
        Put::Save { ret } => ret.regs.iter().for_each(|r| set.add(*r)),
    }
}

fn expression(code: &Code, e: u32, set: &mut LiveSet) {
    use crate::code::Expr;
    match &code.exprs[e as usize] {
        Expr::Reg(r) => set.add(*r),
        Expr::Unary(_, a) => expression(code, *a, set),
        Expr::Binary(_, a, b) => {
            expression(code, *a, set);
            expression(code, *b, set);
        }
        _ => {}
    }
}

/// Takes away what the instruction writes, then adds what it reads. Writes that only some ways through it do are not taken away.
fn effect(code: &Code, insn: &Insn, arity: u32, set: &mut LiveSet) {
    let arguments = |set: &mut LiveSet| (A..A + arity).for_each(|r| set.add(r));
    match insn {
        Insn::Get { reg, pat, .. } => {
            pattern(code, *pat, false, set);
            set.add(*reg);
        }
        Insn::GetList { reg, head, tail } => {
            [head, tail].into_iter().for_each(|c| cell(c, false, set, &mut vec![]));
            set.add(*reg);
        }
        Insn::GetConst { reg, .. } | Insn::CutTo { reg } | Insn::SoftCut { reg } | Insn::Test { reg, .. } => set.add(*reg),
        Insn::GuardGet { reg, .. } | Insn::GuardConst { reg, .. } | Insn::GuardUnbound { reg } => {
            set.add(*reg);
            set.add(ALT);
            arguments(set);
        }
        Insn::PushNext | Insn::TryNext => {
            set.add(ALT);
            arguments(set);
        }
        Insn::Unify { a, b } => operands(code, &[a.clone(), b.clone()], set),
        Insn::Identical { a, b, .. } => operands(code, &[a.clone(), b.clone()], set),
        Insn::Put { reg, pat } => {
            set.remove(*reg);
            pattern(code, *pat, true, set);
            pattern(code, *pat, false, set);
        }
        Insn::Move { to, from } => {
            set.remove(*to);
            set.add(*from);
        }
        Insn::Const { reg, .. } | Insn::NewVar { reg } | Insn::SaveChoice { reg } => set.remove(*reg),
        Insn::Call { pred, args } => {
            (A..A + pred.arity as u32).for_each(|r| set.add(r));
            args.iter().rev().for_each(|p| put(code, p, set));
        }
        Insn::Is { reg, first, expr } => {
            if *first {
                set.remove(*reg);
            } else {
                set.add(*reg);
            }
            expression(code, *expr, set);
        }
        Insn::Compare { a, b, .. } => {
            expression(code, *a, set);
            expression(code, *b, set);
        }
        Insn::Construct { reg, name, args } => {
            set.remove(*reg);
            operands(code, args, set);
            operands(code, std::slice::from_ref(name), set);
        }
        Insn::Builtin { args, .. } | Insn::Inspect { args, .. } => operands(code, args, set),
        Insn::PushAlt { alt } => alt.regs.iter().for_each(|r| set.add(*r)),
        _ => {}
    }
}
