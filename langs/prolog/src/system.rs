//! The engine's own code: where continuations and choice points of control constructs go on.

use crate::Prolog;
use crate::code::{A, Alt, AltKind, Code, Insn, Relation, Return, Shared};
use crate::symbols::{Functor, atoms};
use framework::CodeRef;

/// Calls the goal in the first argument register.
pub const CALL: u32 = 0;
/// The same, having looked whether all of it is callable.
pub const CALL_CHECKED: u32 = 1;
/// Fails.
pub const FAIL: u32 = 2;
const SUCCEED: u32 = 3;
const CATCH_EXIT: u32 = 4;
const NOT: u32 = 5;
const PROCEED: u32 = 7;
const THEN: u32 = 8;
const SOFT_THEN: u32 = 10;
const NO_MORE: u32 = 12;

/// See the module's text.
pub struct System {
    code: &'static Code,
    start: &'static Code,
    /// `B` of `A, B`.
    pub goal_return: &'static Return,
    /// The end of a run.
    pub success_return: &'static Return,
    pub catch_return: &'static Return,
    pub not_return: &'static Return,
    pub then_return: &'static Return,
    pub soft_then_return: &'static Return,
    /// `B` of `A ; B`.
    pub goal_alt: &'static Alt,
    pub not_alt: &'static Alt,
    pub catch_alt: &'static Alt,
    /// A choice point with nothing left.
    pub pop: &'static Alt,
    /// The choice point at the bottom of a run.
    pub bottom: &'static Alt,
    pub conjunction: Functor,
    pub disjunction: Functor,
    pub bar: Functor,
    pub if_then: Functor,
    pub soft_if_then: Functor,
    pub negation: Functor,
    pub module_call: Functor,
    pub is: Functor,
    pub univ: Functor,
    pub relations: [Functor; 6],
}

impl System {
    /// The code with the entry points above.
    pub fn code(&self) -> CodeRef<Prolog> {
        CodeRef::new(self.code)
    }

    /// The code that runs a goal, from its start.
    pub fn start_code(&self) -> CodeRef<Prolog> {
        CodeRef::new(self.start)
    }

    /// Is it a control construct, which `call_goal` interprets?
    pub fn is_control(&self, f: Functor) -> bool {
        [self.conjunction, self.disjunction, self.if_then, self.soft_if_then, self.negation, self.module_call, self.bar].contains(&f)
    }

    /// Sets up the engine's code.
    pub fn new(shared: &'static Shared) -> System {
        let mut code = Code::new(shared, None);
        code.registers = A + 4;
        code.insns = vec![
            Insn::CallGoal,
            Insn::CallGoal,
            Insn::Fail,
            Insn::Done { success: true },
            Insn::CatchExit,
            // not: the goal has succeeded
            Insn::CutTo { reg: A },
            Insn::Fail,
            Insn::Proceed,
            // then
            Insn::CutTo { reg: A + 2 },
            Insn::CallGoal,
            Insn::SoftCut { reg: A + 2 },
            Insn::CallGoal,
            Insn::Done { success: false },
        ];
        let code = code.install();
        let mut start = Code::new(shared, None);
        start.registers = A + 4;
        start.insns = vec![Insn::Start];
        let ret = |pc: u32, regs: &[u32]| {
            let r = Return::new(regs.to_vec());
            r.code.set(code);
            r.pc.set(pc);
            r
        };
        let alt = |kind: AltKind, pc: u32, regs: &[u32]| {
            let a = Alt::new(kind, regs.to_vec(), None);
            a.code.set(code);
            a.pc.set(pc);
            a
        };
        let f = |name, arity| shared.symbols.functor(name, arity);
        System {
            code,
            start: start.install(),
            goal_return: ret(CALL, &[A, A + 1]),
            success_return: ret(SUCCEED, &[]),
            catch_return: ret(CATCH_EXIT, &[A]),
            not_return: ret(NOT, &[A]),
            then_return: ret(THEN, &[A, A + 1, A + 2]),
            soft_then_return: ret(SOFT_THEN, &[A, A + 1, A + 2]),
            goal_alt: alt(AltKind::Goto, CALL, &[A, A + 1]),
            not_alt: alt(AltKind::Goto, PROCEED, &[]),
            catch_alt: alt(AltKind::Pop, FAIL, &[A, A + 1, A + 2]),
            pop: alt(AltKind::Pop, FAIL, &[]),
            bottom: alt(AltKind::Goto, NO_MORE, &[]),
            conjunction: f(atoms::COMMA, 2),
            disjunction: f(atoms::SEMICOLON, 2),
            bar: f(atoms::BAR, 2),
            if_then: f(atoms::ARROW, 2),
            soft_if_then: f(atoms::SOFT_ARROW, 2),
            negation: f(atoms::NOT, 1),
            module_call: f(atoms::COLON, 2),
            is: f(atoms::IS, 2),
            univ: f(atoms::UNIV, 2),
            relations: [Relation::Eq, Relation::Ne, Relation::Lt, Relation::Le, Relation::Gt, Relation::Ge].map(|r| {
                let name = match r {
                    Relation::Eq => atoms::NUM_EQ,
                    Relation::Ne => atoms::NUM_NE,
                    Relation::Lt => atoms::LT,
                    Relation::Le => atoms::LE,
                    Relation::Gt => atoms::GT,
                    Relation::Ge => atoms::GE,
                };
                f(name, 2)
            }),
        }
    }
}
