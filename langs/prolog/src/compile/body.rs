//! Bodies.

use super::goal::{Evaluable, Goal, Kind, Vars, evaluable};
use super::head::guard_length;
use super::{Compiler, Shape, arg};
use crate::code::{BACKTRACK, BARRIER, Expr, ExprId, Insn, Operand};
use crate::symbols::atoms;
use crate::terms::{STRUCT_ARGS, View, view, view_at};
use framework::Value;

/// Where a body's guard is.
pub struct Emitted {
    /// The tests' instructions.
    pub start: usize,
    pub end: usize,
    /// Where the body goes on behind tests and cut.
    pub resume: usize,
    pub cut: bool,
}

impl Compiler<'_> {
    /// Emits the body of a clause.
    pub fn clause_body(&mut self, goal: &Goal) -> Option<Emitted> {
        let goals = goal.sequence();
        let guard = guard_length(goals);
        let start = self.here() as usize;
        let mut emitted = None;
        // What lives after each goal.
        let mut after = vec![Vars::default(); goals.len()];
        for i in (1..goals.len()).rev() {
            after[i - 1] = after[i].union(&goals[i].vars);
        }
        for (i, g) in goals.iter().enumerate() {
            if let Some((tests, cut)) = guard
                && i == tests
                && emitted.is_none()
            {
                emitted = Some(self.emitted(start, cut));
            }
            self.goal(g, &after[i], i + 1 == goals.len(), BARRIER_VARIABLE);
            if let Some(e) = &mut emitted
                && e.cut
                && Some((i, true)) == guard
            {
                e.resume = self.here() as usize;
            }
        }
        if let Some((_, cut)) = guard
            && emitted.is_none()
        {
            emitted = Some(self.emitted(start, cut));
        }
        if !ends_by_itself(goals.last()) {
            if let Some(e) = &mut emitted
                && tests_are_all(guard, goals.len())
            {
                e.resume = self.here() as usize;
            }
            self.emit(Insn::Proceed);
        }
        emitted
    }

    fn emitted(&mut self, start: usize, cut: bool) -> Emitted {
        Emitted { start, end: self.here() as usize, resume: self.here() as usize, cut }
    }

    /// Emits a goal. With `tail`, whatever ends in a call or a branch leaves the clause by itself: see `ends_by_itself`.
    fn goal(&mut self, g: &Goal, after: &Vars, tail: bool, barrier: usize) {
        match &g.kind {
            Kind::True => {}
            Kind::Fail => {
                self.emit(Insn::Fail);
            }
            Kind::Cut => {
                let reg = self.reg(barrier);
                self.emit(Insn::CutTo { reg });
            }
            Kind::Sequence(goals) => {
                let mut rest = vec![after.clone(); goals.len()];
                for i in (1..goals.len()).rev() {
                    rest[i - 1] = rest[i].union(&goals[i].vars);
                    if barrier != BARRIER_VARIABLE && goals[i].has_cut() {
                        rest[i - 1].insert(barrier);
                    }
                }
                for (i, g) in goals.iter().enumerate() {
                    self.goal(g, &rest[i], tail && i + 1 == goals.len(), barrier);
                }
                if tail && !ends_by_itself(goals.last()) {
                    self.emit(Insn::Proceed);
                }
            }
            Kind::Or(a, b) => {
                self.make_shared_variables(&[&a.vars, &b.vars], after);
                let saved = self.needed(&b.vars, after, b.has_cut().then_some(barrier));
                let alt = self.alt(&saved);
                self.emit(Insn::PushAlt { alt });
                let known = self.known.clone();
                self.branch(a, after, tail, barrier);
                let jump = (!tail).then(|| self.emit(Insn::Jump { to: 0 }));
                alt.pc.set(self.here());
                self.known = known.clone();
                self.branch(b, after, tail, barrier);
                self.land(jump);
                self.known = known;
            }
            Kind::IfThenElse(c, t, e, soft) => self.if_then_else(c, t, e, *soft, after, tail, barrier),
            Kind::Not(c) => self.not(c, after),
            Kind::Unify(v) => self.unify(*v),
            Kind::Test(..) | Kind::Compare(..) | Kind::Identical(..) => {
                self.test(g);
            }
            Kind::Is(v) => self.is(*v),
            Kind::Univ(v) => self.univ(*v, after, tail),
            Kind::Call(f, v) => self.call(*f, *v, after, tail),
            Kind::Meta(v) => {
                let f = self.vm.rt.shared.symbols.functor(atoms::CALL, 1);
                let a = self.operand(view(*v));
                self.call_with(f, vec![a], after, tail);
            }
        }
    }

    /// A branch of a disjunction: in the tail it leaves the clause in any case.
    fn branch(&mut self, g: &Goal, after: &Vars, tail: bool, barrier: usize) {
        self.goal(g, after, tail, barrier);
        if tail && !matches!(g.kind, Kind::Sequence(_)) && !ends_by_itself(Some(g)) {
            self.emit(Insn::Proceed);
        }
    }

    fn land(&mut self, jump: Option<usize>) {
        let end = self.here();
        if let Some(j) = jump {
            self.code.insns[j] = Insn::Jump { to: end };
        }
    }

    /// Variables without a value that more than one branch, or a branch and what follows, know get one now.
    fn make_shared_variables(&mut self, branches: &[&Vars], after: &Vars) {
        let all = branches.iter().fold(Vars::default(), |v, b| v.union(b));
        for v in all.minus(&self.known).iter().collect::<Vec<_>>() {
            let places = branches.iter().filter(|b| b.contains(v)).count() + after.contains(v) as usize;
            if places > 1 {
                let reg = self.reg(v);
                self.emit(Insn::NewVar { reg });
                self.known.insert(v);
            }
        }
    }

    /// The variables to be saved for a branch and what follows.
    fn needed(&self, vars: &Vars, after: &Vars, barrier: Option<usize>) -> Vars {
        let mut all = vars.union(after);
        if let Some(b) = barrier {
            all.insert(b);
        }
        all.intersect(&self.known)
    }

    #[allow(clippy::too_many_arguments)]
    fn if_then_else(&mut self, c: &Goal, t: &Goal, e: &Goal, soft: bool, after: &Vars, tail: bool, barrier: usize) {
        self.make_shared_variables(&[&c.vars.union(&t.vars), &e.vars], after);
        if c.is_test() {
            let known = self.known.clone();
            let tests = self.tests(c);
            self.branch(t, after, tail, barrier);
            let jump = (!tail).then(|| self.emit(Insn::Jump { to: 0 }));
            let or_else = self.here();
            self.set_failure(&tests, or_else);
            self.known = known.clone();
            self.branch(e, after, tail, barrier);
            self.land(jump);
            self.known = known;
            return;
        }
        let saved = self.needed(&e.vars, after, e.has_cut().then_some(barrier));
        let alt = self.alt(&saved);
        let mark = self.new_variable();
        let reg = self.reg(mark);
        let known = self.known.clone();
        if soft {
            self.emit(Insn::PushAlt { alt });
            self.emit(Insn::SaveChoice { reg });
        } else {
            self.emit(Insn::SaveChoice { reg });
            self.emit(Insn::PushAlt { alt });
        }
        self.known.insert(mark);
        let mut after_condition = t.vars.union(after);
        after_condition.insert(mark);
        if t.has_cut() {
            after_condition.insert(barrier);
        }
        self.condition(c, &after_condition);
        self.emit(if soft { Insn::SoftCut { reg } } else { Insn::CutTo { reg } });
        self.branch(t, after, tail, barrier);
        let jump = (!tail).then(|| self.emit(Insn::Jump { to: 0 }));
        alt.pc.set(self.here());
        self.known = known.clone();
        self.branch(e, after, tail, barrier);
        self.land(jump);
        self.known = known;
    }

    /// A condition: cuts in it are local.
    fn condition(&mut self, c: &Goal, after: &Vars) {
        if c.has_cut() {
            let local = self.new_variable();
            let reg = self.reg(local);
            self.emit(Insn::SaveChoice { reg });
            self.known.insert(local);
            let mut inner = after.clone();
            inner.insert(local);
            self.goal(c, &inner, false, local);
        } else {
            self.goal(c, after, false, BARRIER_VARIABLE);
        }
    }

    fn not(&mut self, c: &Goal, after: &Vars) {
        self.make_shared_variables(&[&c.vars], after);
        let known = self.known.clone();
        if c.is_test() {
            let tests = self.tests(c);
            self.emit(Insn::Fail);
            let end = self.here();
            self.set_failure(&tests, end);
            self.known = known;
            return;
        }
        let saved = self.needed(&Vars::default(), after, None);
        let alt = self.alt(&saved);
        let mark = self.new_variable();
        let reg = self.reg(mark);
        self.emit(Insn::SaveChoice { reg });
        self.emit(Insn::PushAlt { alt });
        self.known.insert(mark);
        let mut after_goal = Vars::default();
        after_goal.insert(mark);
        self.condition(c, &after_goal);
        self.emit(Insn::CutTo { reg });
        self.emit(Insn::Fail);
        alt.pc.set(self.here());
        self.known = known;
    }

    /// Emits tests; returns where they are.
    fn tests(&mut self, g: &Goal) -> Vec<usize> {
        match &g.kind {
            Kind::Sequence(goals) => goals.iter().flat_map(|g| self.tests(g)).collect(),
            Kind::True => vec![],
            Kind::Fail => vec![self.emit(Insn::Jump { to: 0 })],
            _ => vec![self.test(g)],
        }
    }

    fn set_failure(&mut self, tests: &[usize], label: u32) {
        for &i in tests {
            match &mut self.code.insns[i] {
                Insn::Compare { fail, .. } | Insn::Test { fail, .. } | Insn::Identical { fail, .. } => *fail = label,
                Insn::Jump { to } => *to = label,
                _ => {}
            }
        }
    }

    fn test(&mut self, g: &Goal) -> usize {
        match &g.kind {
            Kind::Test(test, v) => {
                let reg = self.in_register(arg(*v, 0));
                self.emit(Insn::Test { test: *test, reg, fail: BACKTRACK })
            }
            Kind::Compare(relation, v) => {
                let (a, b) = (self.expression(arg(*v, 0), 0), self.expression(arg(*v, 1), 0));
                self.emit(Insn::Compare { relation: *relation, a, b, fail: BACKTRACK })
            }
            Kind::Identical(equal, v) => {
                let (a, b) = (self.operand(arg(*v, 0)), self.operand(arg(*v, 1)));
                self.emit(Insn::Identical { a, b, equal: *equal, fail: BACKTRACK })
            }
            _ => unreachable!("tests only"),
        }
    }

    fn unify(&mut self, v: Value) {
        let (a, b) = (arg(v, 0), arg(v, 1));
        match (self.shape(a), self.shape(b)) {
            (Shape::Var(x), Shape::Compound(c)) | (Shape::Compound(c), Shape::Var(x)) => self.unify_with(x, c),
            (Shape::Var(x), Shape::Const(k)) | (Shape::Const(k), Shape::Var(x)) => {
                let value = self.constant(k);
                let reg = self.reg(x);
                if self.known.contains(x) {
                    self.emit(Insn::GetConst { reg, value });
                } else {
                    self.known.insert(x);
                    self.emit(Insn::Const { reg, value });
                }
            }
            (Shape::Var(x), Shape::Var(y)) if x == y => {}
            (Shape::Var(x), Shape::Var(y)) => {
                let (x, y) = if self.known.contains(x) { (y, x) } else { (x, y) };
                let (kx, ky) = (self.known.contains(x), self.known.contains(y));
                let (rx, ry) = (self.reg(x), self.reg(y));
                if !ky {
                    self.emit(Insn::NewVar { reg: ry });
                    self.known.insert(y);
                }
                if kx {
                    self.emit(Insn::Unify { a: Operand::Reg(rx), b: Operand::Reg(ry) });
                } else {
                    self.emit(Insn::Move { to: rx, from: ry });
                    self.known.insert(x);
                }
            }
            (Shape::Compound(x), Shape::Compound(y)) => {
                let pat = self.building(x);
                let reg = self.new_reg();
                self.emit(Insn::Put { reg, pat });
                self.get(reg, y);
            }
            _ => {
                let (a, b) = (self.operand(a), self.operand(b));
                self.emit(Insn::Unify { a, b });
            }
        }
    }

    fn unify_with(&mut self, x: usize, c: Value) {
        let reg = self.reg(x);
        if !self.known.contains(x) {
            let mut inside = false;
            crate::structural::walk(c, |t| {
                inside |= matches!(t, View::Unbound(p) if self.numbers[&p] == x);
                !inside
            });
            if !inside {
                let pat = self.building(c);
                self.emit(Insn::Put { reg, pat });
                self.known.insert(x);
                return;
            }
            self.emit(Insn::NewVar { reg });
            self.known.insert(x);
        }
        self.get(reg, c);
    }

    fn is(&mut self, v: Value) {
        let expr = self.expression(arg(v, 1), 0);
        match self.shape(arg(v, 0)) {
            Shape::Var(x) if !self.known.contains(x) => {
                let reg = self.reg(x);
                self.known.insert(x);
                self.emit(Insn::Is { reg, first: true, expr });
            }
            _ => {
                let reg = self.in_register(arg(v, 0));
                self.emit(Insn::Is { reg, first: false, expr });
            }
        }
    }

    fn expression(&mut self, v: View, depth: usize) -> ExprId {
        match v {
            View::Int(i) => return self.expr(Expr::Int(i)),
            View::Float(_) | View::Big(_) => {
                if let Shape::Const(k) = self.shape(v) {
                    let k = self.constant(k);
                    return self.expr(Expr::Const(k));
                }
            }
            View::Struct(o) if depth < 100 => {
                let (name, arity) = crate::terms::functor_of(&self.vm.rt.shared.symbols, o);
                let name = self.vm.rt.shared.symbols.name(name);
                match evaluable(&name, arity) {
                    Some(Evaluable::Unary(op)) => {
                        let a = self.expression(view_at(o, STRUCT_ARGS), depth + 1);
                        return self.expr(Expr::Unary(op, a));
                    }
                    Some(Evaluable::Binary(op)) => {
                        let a = self.expression(view_at(o, STRUCT_ARGS), depth + 1);
                        let b = self.expression(view_at(o, STRUCT_ARGS + 8), depth + 1);
                        return self.expr(Expr::Binary(op, a, b));
                    }
                    None => {}
                }
            }
            _ => {}
        }
        let r = self.in_register(v);
        self.expr(Expr::Reg(r))
    }

    fn univ(&mut self, v: Value, after: &Vars, tail: bool) {
        if let Shape::Var(x) = self.shape(arg(v, 0))
            && !self.known.contains(x)
            && let Some((name, args)) = known_list(arg(v, 1))
            && !std::iter::once(&name).chain(&args).any(|&t| matches!(self.shape(t), Shape::Var(y) if y == x))
        {
            let name = self.operand(name);
            let args = args.into_iter().map(|a| self.operand(a)).collect::<Vec<_>>().into_boxed_slice();
            let reg = self.reg(x);
            self.known.insert(x);
            self.emit(Insn::Construct { reg, name, args });
            return;
        }
        let f = self.vm.rt.shared.system().univ;
        self.call(f, v, after, tail);
    }
}

/// The clause's own cut barrier.
const BARRIER_VARIABLE: usize = 0;
const _: () = assert!(BARRIER == 2);

fn tests_are_all(guard: Option<(usize, bool)>, goals: usize) -> bool {
    guard.is_some_and(|(tests, cut)| tests + cut as usize == goals)
}

/// Does the code of a last goal leave the clause, so that no `Proceed` is due behind it?
fn ends_by_itself(last: Option<&Goal>) -> bool {
    match last.map(|g| &g.kind) {
        Some(Kind::Fail | Kind::Or(..) | Kind::IfThenElse(..) | Kind::Call(..) | Kind::Meta(_) | Kind::Sequence(_)) => true,
        // Not known before it is emitted; a second `Proceed` does no harm.
        Some(Kind::Univ(_)) => false,
        _ => false,
    }
}

fn known_list(v: View) -> Option<(View, Vec<View>)> {
    let View::Cons(o) = v else { return None };
    let name = view_at(o, 8);
    let mut args = vec![];
    let mut rest = view_at(o, 16);
    loop {
        match rest {
            View::Cons(o) => {
                args.push(view_at(o, 8));
                rest = view_at(o, 16);
            }
            View::Atom(a) if a == atoms::NIL => return Some((name, args)),
            _ => return None,
        }
    }
}
