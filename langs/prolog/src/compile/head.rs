//! Heads, and guards: the version of a clause's first tests that runs before there is a choice point.
//!
//! A guard binds nothing, so that the next clause can be tried if it fails as if nothing had been. One argument may be unbound
//! and get its value after the guard: that cannot fail.

use super::body::Emitted;
use super::goal::{Goal, Kind};
use super::{Compiler, Shape, arg};
use crate::code::{A, Cell, Insn, PatId};
use crate::terms::{View, view};
use framework::Value;

/// What the compiler remembers of a head.
pub struct Head {
    /// Arguments that are constants.
    constants: Vec<(u32, Value)>,
    /// Arguments that are compound.
    compounds: Vec<(u32, PatId)>,
    /// Does the head itself have variables twice at the top, or is it otherwise not for a guard?
    plain: bool,
}

impl Compiler<'_> {
    /// Emits the head.
    pub fn head(&mut self, head: Value) -> Head {
        let arity = match view(head) {
            View::Struct(o) => o.len(),
            View::Cons(_) => 2,
            _ => 0,
        };
        let mut h = Head { constants: vec![], compounds: vec![], plain: true };
        let mut compounds = vec![];
        for i in 0..arity {
            let reg = A + i as u32;
            match self.shape(arg(head, i)) {
                Shape::Var(v) if self.variables[v].count == 1 => {}
                Shape::Var(v) if self.known.contains(v) => {
                    h.plain = false;
                    let home = self.reg(v);
                    self.emit(Insn::Unify { a: crate::code::Operand::Reg(reg), b: crate::code::Operand::Reg(home) });
                }
                Shape::Var(v) => {
                    self.variables[v].reg = reg;
                    self.known.insert(v);
                }
                Shape::Const(k) if matches!(view(k), View::Cons(_)) => compounds.push((reg, k)),
                Shape::Const(k) => {
                    let value = self.constant(k);
                    h.plain &= !value.is_obj();
                    h.constants.push((reg, value));
                }
                Shape::Compound(c) => compounds.push((reg, c)),
            }
        }
        for &(reg, value) in &h.constants {
            self.emit(Insn::GetConst { reg, value });
        }
        for (reg, c) in compounds {
            let pat = self.pattern(c, true, 0);
            h.compounds.push((reg, pat));
            self.get_pattern(reg, pat);
            h.plain &= self.deferred.is_empty();
            self.get_deferred();
        }
        h
    }

    /// Emits the guard, if the clause is one that profits: `prefix` says what the body begins with.
    pub fn guard(&mut self, head: &Head, prefix: Option<Emitted>) {
        let Some(prefix) = prefix else { return };
        if !head.plain {
            return;
        }
        // With tests none may be unbound, as they could look at it through another name.
        let softness = prefix.start == prefix.end;
        // The argument that may be unbound is the last compound one or, if there is none, the last constant.
        let (hard_compounds, soft_compound) = match head.compounds.split_last() {
            Some((last, rest)) if softness && head.compounds.len() + head.constants.len() > 1 => (rest, Some(*last)),
            _ => (&head.compounds[..], None),
        };
        let (hard_constants, soft_constant) = match head.constants.split_last() {
            Some((last, rest)) if softness && soft_compound.is_none() && head.constants.len() + head.compounds.len() > 1 => (rest, Some(*last)),
            _ => (&head.constants[..], None),
        };
        if !hard_compounds.iter().all(|&(_, p)| self.is_linear(p)) {
            return;
        }
        self.code.guarded = self.here();
        for &(reg, value) in hard_constants {
            self.emit(Insn::GuardConst { reg, value });
        }
        for &(reg, pat) in hard_compounds {
            self.guard_pattern(reg, pat);
        }
        if let Some((reg, _)) = soft_compound {
            self.emit(Insn::GuardUnbound { reg });
        }
        if let Some((reg, _)) = soft_constant {
            self.emit(Insn::GuardUnbound { reg });
        }
        // The tests again, with the next clause as where they fail to.
        let fixed: Vec<usize> = (prefix.start..prefix.end)
            .map(|i| {
                let insn = self.code.insns[i].clone();
                self.emit(insn)
            })
            .collect();
        if !prefix.cut {
            self.emit(Insn::PushNext);
        }
        if let Some((reg, pat)) = soft_compound {
            self.get_pattern(reg, pat);
        }
        if let Some((reg, value)) = soft_constant {
            self.emit(Insn::GetConst { reg, value });
        }
        self.emit(Insn::Jump { to: prefix.resume as u32 });
        let try_next = self.here();
        self.emit(Insn::TryNext);
        for i in fixed {
            if let Insn::Compare { fail, .. } | Insn::Test { fail, .. } | Insn::Identical { fail, .. } = &mut self.code.insns[i] {
                *fail = try_next;
            }
        }
    }

    fn guard_pattern(&mut self, reg: u32, pat: PatId) {
        self.emit(Insn::GuardGet { reg, pat });
        for (r, p) in self.subpatterns(pat) {
            self.guard_pattern(r, p);
        }
    }

    /// Can the pattern be matched without unifying?
    fn is_linear(&self, pat: PatId) -> bool {
        self.code.pats[pat as usize].cells().iter().all(|c| match c {
            Cell::First(_) | Cell::Void => true,
            Cell::Const(k) => !k.is_obj(),
            Cell::Var(_) => false,
            Cell::Sub(_, p) => self.is_linear(*p),
        })
    }
}

/// How many of the goals make a guard, and whether a cut ends it.
pub fn guard_length(goals: &[Goal]) -> Option<(usize, bool)> {
    let tests = goals.iter().take_while(|g| matches!(g.kind, Kind::Test(..) | Kind::Compare(..) | Kind::Identical(..))).count();
    let cut = matches!(goals.get(tests), Some(Goal { kind: Kind::Cut, .. }));
    if tests > 0 || cut { Some((tests, cut)) } else { None }
}
