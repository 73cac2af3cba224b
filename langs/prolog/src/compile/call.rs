//! Calls: putting the arguments into their registers.

use super::Compiler;
use super::goal::Vars;
use crate::code::{A, Cell, Insn, Operand, PatId, Put, Return};
use crate::inspect::Inspect;
use crate::symbols::{Functor, atoms};
use crate::terms::{STRUCT_ARGS, View, cells, view, view_at};
use framework::Value;

impl Compiler<'_> {
    /// Emits the call of a goal.
    pub fn call(&mut self, f: Functor, goal: Value, after: &Vars, tail: bool) {
        let args: Vec<View> = match view(goal) {
            View::Struct(o) => (0..cells(o).0).map(|i| view_at(o, STRUCT_ARGS + 8 * i)).collect(),
            _ => vec![],
        };
        let operands = args.into_iter().map(|a| self.operand(a)).collect();
        self.call_with(f, operands, after, tail);
    }

    /// Emits the call of a predicate.
    pub fn call_with(&mut self, f: Functor, args: Vec<Operand>, after: &Vars, tail: bool) {
        let pred = self.callee(f);
        if let Some(id) = crate::builtins::id_of(self.vm, f) {
            let what = match (pred.name, pred.arity) {
                (atoms::ARG_AT, 3) => Some(Inspect::Arg),
                (atoms::FUNCTOR, 3) => Some(Inspect::Functor),
                (atoms::COMPARE, 3) => Some(Inspect::Compare),
                _ => None,
            };
            let args = args.into();
            self.emit(match what {
                Some(what) => Insn::Inspect { what, id, args },
                None => Insn::Builtin { id, args },
            });
            if tail {
                self.emit(Insn::Proceed);
            }
            return;
        }
        let ret = (!tail).then(|| {
            let saved = after.intersect(&self.known);
            self.ret(&saved)
        });
        let args = self.puts(&args, ret);
        let at = self.emit(Insn::Call { pred, args });
        if let Some(ret) = ret {
            ret.pc.set(at as u32 + 1);
        }
    }

    /// The arguments in the order in which they can be put in place one after the other.
    fn puts(&mut self, args: &[Operand], ret: Option<&'static Return>) -> Box<[Put]> {
        // Registers of its own lie above all the arguments.
        self.next_reg = self.next_reg.max(A + args.len() as u32);
        let mut puts = vec![];
        // What is new comes first: others may refer to variables in it.
        let mut moves: Vec<(u32, u32)> = vec![];
        for (i, a) in args.iter().enumerate() {
            let target = A + i as u32;
            match *a {
                Operand::Reg(r) => moves.push((target, r)),
                Operand::Fresh(r) => {
                    puts.push(Put::NewVar { to: r });
                    moves.push((target, r));
                }
                Operand::Build(pat) => {
                    let free = !ret.is_some_and(|r| r.regs.contains(&target))
                        && args.iter().enumerate().all(|(j, b)| j == i || !self.mentions(b, target))
                        && !self.writes(pat, target);
                    let to = if free { target } else { self.new_reg() };
                    puts.push(Put::Build { to, pat });
                    moves.push((target, to));
                }
                Operand::Const(_) | Operand::Void => {}
            }
        }
        if let Some(ret) = ret {
            puts.push(Put::Save { ret });
        }
        moves.retain(|(to, from)| to != from);
        // A parallel move: whatever nobody reads any more can be overwritten; a cycle is broken by a register of its own.
        while !moves.is_empty() {
            match moves.iter().position(|&(to, _)| moves.iter().all(|&(_, from)| from != to)) {
                Some(i) => {
                    let (to, from) = moves.swap_remove(i);
                    puts.push(Put::Move { to, from });
                }
                None => {
                    let (spare, from) = (self.new_reg(), moves[0].1);
                    puts.push(Put::Move { to: spare, from });
                    moves.iter_mut().filter(|m| m.1 == from).for_each(|m| m.1 = spare);
                }
            }
        }
        for (i, a) in args.iter().enumerate() {
            let to = A + i as u32;
            match *a {
                Operand::Const(value) => puts.push(Put::Const { to, value }),
                Operand::Void => puts.push(Put::NewVar { to }),
                _ => {}
            }
        }
        puts.into()
    }

    /// Does the operand read or write the register?
    fn mentions(&self, o: &Operand, reg: u32) -> bool {
        match o {
            Operand::Reg(r) | Operand::Fresh(r) => *r == reg,
            Operand::Build(p) => self.reads(*p, reg) || self.writes(*p, reg),
            Operand::Const(_) | Operand::Void => false,
        }
    }

    fn reads(&self, pat: PatId, reg: u32) -> bool {
        self.code.pats[pat as usize].cells().iter().any(|c| match c {
            Cell::Var(r) => *r == reg,
            Cell::Sub(_, p) => self.reads(*p, reg),
            _ => false,
        })
    }

    fn writes(&self, pat: PatId, reg: u32) -> bool {
        self.code.pats[pat as usize].cells().iter().any(|c| match c {
            Cell::First(r) => *r == reg,
            Cell::Sub(_, p) => self.writes(*p, reg),
            _ => false,
        })
    }
}
