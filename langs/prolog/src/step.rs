//! One instruction.

use crate::Prolog;
use crate::arith;
use crate::code::{A, BARRIER, CHOICE, CONT, Code, Insn, Test};
use crate::control;
use crate::facts;
use crate::inspect;
use crate::residuals::IDENTICAL;
use crate::terms::{ATOMIC, Big, Cons, Str, Struct};
use crate::unify::{self, Match, Term, deref, operand};
use framework::heap::{BoxedFloat, BoxedInt};
use framework::{Flow, Val, World};

/// Runs the instruction at `pc`, and those that follow it in the clause if nobody looks in between.
#[inline(always)]
pub fn step<W: World<Lang = Prolog>>(w: &mut W) -> Flow {
    let code: &Code = w.code().get();
    if W::RECORDS {
        code.recorded.set(true);
    }
    let mut pc = w.pc();
    loop {
        match instruction(w, code, pc) {
            None if W::RUNS_ON => pc += 1,
            None => return Flow::Next,
            Some(flow) => return flow,
        }
    }
}

/// Runs one instruction; `None` says that the next one follows.
#[inline(always)]
fn instruction<W: World<Lang = Prolog>>(w: &mut W, code: &Code, pc: u32) -> Option<Flow> {
    macro_rules! next {
        () => {{
            w.set_pc(pc + 1);
            return None;
        }};
    }
    macro_rules! next_if {
        ($ok:expr) => {
            if $ok { next!() } else { control::fail(w) }
        };
    }
    macro_rules! branch {
        ($ok:expr, $fail:expr) => {
            if $ok { next!() } else { control::fail_to(w, $fail) }
        };
    }
    Some(match &code.insns[pc as usize] {
        Insn::Enter => control::enter(w, code),
        Insn::Get { reg, pat, next } => {
            let v = w.get(*reg);
            match unify::match_compound(w, code, v, *pat) {
                Match::Level => next!(),
                Match::Built => {
                    w.set_pc(*next);
                    Flow::Next
                }
                Match::Failed => control::fail(w),
            }
        }
        Insn::TryRow => facts::retry(w, code.pred.expect("a table belongs to a predicate")),
        Insn::GetList { reg, head, tail } => {
            let v = w.get(*reg);
            next_if!(unify::match_list(w, v, head, tail))
        }
        Insn::GetConst { reg, value } => {
            let v = w.get(*reg);
            next_if!(unify::unify_const(w, v, *value))
        }
        Insn::GuardGet { reg, pat } => {
            let v = w.get(*reg);
            let m = unify::guard_match(w, code, v, *pat);
            control::guarded(w, code, m)
        }
        Insn::GuardConst { reg, value } => {
            let v = w.get(*reg);
            let m = unify::guard_const(w, v, *value);
            control::guarded(w, code, m)
        }
        Insn::GuardUnbound { reg } => {
            let v = w.get(*reg);
            let m = if deref(w, v).is_unbound() { unify::GuardMatch::Matched } else { unify::GuardMatch::NeedsBinding };
            control::guarded(w, code, m)
        }
        Insn::Unify { a, b } => {
            let x = operand(w, code, a);
            let y = operand(w, code, b);
            next_if!(unify::unify(w, x, y))
        }
        Insn::Put { reg, pat } => {
            let v = unify::build(w, code, *pat);
            w.set(*reg, v);
            next!()
        }
        Insn::Move { to, from } => {
            let v = w.get(*from);
            w.set(*to, v);
            next!()
        }
        Insn::Const { reg, value } => {
            let v = w.constant(*value);
            w.set(*reg, v);
            next!()
        }
        Insn::NewVar { reg } => {
            let v = unify::fresh(w);
            w.set(*reg, v);
            next!()
        }
        Insn::Call { pred, args } => {
            control::put(w, code, args);
            control::call(w, pred)
        }
        Insn::Proceed => control::proceed(w),
        Insn::Is { reg, first, expr } => match arith::evaluate(w, code, *expr) {
            Ok(n) => {
                let v = arith::boxed(w, n);
                if *first {
                    w.set(*reg, v);
                    next!();
                }
                let x = w.get(*reg);
                next_if!(unify::unify(w, x, v))
            }
            Err(_) => control::raised_in(w, code.shared.system().is),
        },
        Insn::Compare { relation, a, b, fail } => match arith::compare(w, code, *relation, *a, *b) {
            Ok(holds) => branch!(holds, *fail),
            Err(_) => control::raised_in(w, code.shared.system().relations[*relation as usize]),
        },
        Insn::Test { test, reg, fail } => {
            let v = w.get(*reg);
            let t = deref(w, v);
            let holds = has_type(w, *test, t);
            branch!(holds, *fail)
        }
        Insn::Identical { a, b, equal, fail } => {
            let x = operand(w, code, a);
            let y = operand(w, code, b);
            let same = identical(w, x, y);
            branch!(same == *equal, *fail)
        }
        Insn::Construct { reg, name, args } => control::construct(w, code, *reg, name, args),
        Insn::Inspect { what, id, args } => inspect::inspect(w, code, *what, *id, args),
        Insn::Builtin { id, args } => control::builtin(w, code, *id, args),
        Insn::Fail => control::fail(w),
        Insn::Jump { to } => {
            w.set_pc(*to);
            Flow::Next
        }
        Insn::PushAlt { alt } => {
            control::push_choice(w, alt);
            next!()
        }
        Insn::PushNext => {
            let alt = control::next_alternative(w);
            control::push_choice(w, alt);
            next!()
        }
        Insn::TryNext => {
            let alt = control::next_alternative(w);
            control::try_clause(w, alt)
        }
        Insn::SaveChoice { reg } => {
            let c = w.get(CHOICE);
            w.set(*reg, c);
            next!()
        }
        Insn::CutTo { reg } => {
            let to = w.get(*reg);
            control::cut_to(w, to);
            next!()
        }
        Insn::SoftCut { reg } => {
            let c = w.get(*reg);
            control::soft_cut(w, c);
            next!()
        }
        Insn::CallGoal => control::call_goal(w),
        Insn::CallN { n } => control::call_n(w, code, *n),
        Insn::Start => control::start_goal(w),
        Insn::Catch => control::catch(w),
        Insn::CatchExit => {
            let (choice, newest) = (w.get(A), w.get(CHOICE));
            if w.same(choice, newest) {
                control::pop_choice(w, choice);
            }
            control::proceed(w)
        }
        Insn::Done { success } => {
            let result = w.constant(if *success { crate::symbols::TRUE } else { crate::symbols::FALSE });
            w.finish(result);
            Flow::Done
        }
    })
}

fn has_type<W: World<Lang = Prolog>>(w: &mut W, test: Test, t: Term<W>) -> bool {
    match t.tag {
        _ if t.is_unbound() => test == Test::Var,
        ATOMIC => match test {
            Test::Var | Test::Compound => false,
            Test::Nonvar | Test::Atomic => true,
            Test::Integer => w.is_int(t.v),
            Test::Float => w.is_float(t.v),
            Test::Number => w.is_int(t.v) || w.is_float(t.v),
            Test::Atom | Test::Callable => !(w.is_int(t.v) || w.is_float(t.v)),
        },
        BoxedInt::ID | Big::ID => matches!(test, Test::Nonvar | Test::Atomic | Test::Integer | Test::Number),
        BoxedFloat::ID => matches!(test, Test::Nonvar | Test::Atomic | Test::Float | Test::Number),
        Str::ID => matches!(test, Test::Nonvar | Test::Atomic),
        Cons::ID | Struct::ID => matches!(test, Test::Nonvar | Test::Compound | Test::Callable),
        _ => matches!(test, Test::Nonvar | Test::Atomic),
    }
}

/// Are two terms identical?
pub fn identical<W: World<Lang = Prolog>>(w: &mut W, a: Val<W>, b: Val<W>) -> bool {
    let (x, y) = (deref(w, a), deref(w, b));
    if x.tag != y.tag {
        // References of different kinds refer to different cells.
        return false;
    }
    if w.same(x.v, y.v) {
        return true;
    }
    if x.tag == ATOMIC {
        return false;
    }
    let r = w.call(&IDENTICAL, (x.v, y.v));
    w.is(r, 1i64)
}

/// Registers that every instruction may look at, besides arguments and variables.
pub const ALWAYS_LIVE: [u32; 3] = [CONT, CHOICE, BARRIER];
