//! Clause code: the table of instructions and what they refer to. All of it is green: constants of a trace.
//!
//! Registers: the engine's four, then the arguments, then the clause's variables. Every variable has one register for
//! the whole clause; an argument that is a variable in the head stays where it arrived.

use crate::Prolog;
use crate::database::Pred;
use crate::inspect::Inspect;
use crate::symbols::{Functor, Symbols};
use framework::liveness::Liveness;
use framework::{CodeRef, Green, HotCell, Obj, Value};
use rustc_hash::FxHashMap as HashMap;
use std::cell::{self, OnceCell, RefCell};

/// The success continuation.
pub const CONT: u32 = 0;
/// The newest choice point.
pub const CHOICE: u32 = 1;
/// The newest choice point when the predicate was called: what a cut goes back to.
pub const BARRIER: u32 = 2;
/// While a clause's first tests run: address of the next alternative, for which there is no choice point yet.
pub const ALT: u32 = 3;
/// The first argument.
pub const A: u32 = 4;

/// "Fail label" that means backtracking.
pub const BACKTRACK: u32 = u32::MAX;

/// Index into `Code::pats`.
pub type PatId = u32;
/// Index into `Code::exprs`.
pub type ExprId = u32;

/// A compound term to be matched or built.
#[derive(Clone, Debug)]
pub enum Pat {
    List([Cell; 2]),
    Struct(Functor, Box<[Cell]>),
}

/// A cell of a compound term to be matched or built.
#[derive(Clone, Copy, Debug)]
pub enum Cell {
    /// First occurrence of a variable.
    First(u32),
    /// A variable that has a value.
    Var(u32),
    /// A variable that occurs nowhere else.
    Void,
    Const(Value),
    /// A compound subterm: matched by an instruction of its own, from this register; built in place.
    Sub(u32, PatId),
}

impl Pat {
    /// The cells in order.
    pub fn cells(&self) -> &[Cell] {
        match self {
            Pat::List(cells) => cells,
            Pat::Struct(_, cells) => cells,
        }
    }
}

/// An operand of a goal.
#[derive(Clone, Debug)]
pub enum Operand {
    Reg(u32),
    Const(Value),
    /// A fresh variable, also left in the register.
    Fresh(u32),
    /// A fresh variable.
    Void,
    Build(PatId),
}

/// A step in putting the arguments of a call into their registers. They are in such an order that each can be done before the next.
#[derive(Clone, Copy, Debug)]
pub enum Put {
    Move {
        to: u32,
        from: u32,
    },
    Const {
        to: u32,
        value: Value,
    },
    /// A fresh variable.
    NewVar {
        to: u32,
    },
    Build {
        to: u32,
        pat: PatId,
    },
    /// Makes the continuation; the registers that it saves may be overwritten from here on.
    Save {
        ret: &'static Return,
    },
}

/// An arithmetic expression.
#[derive(Clone, Debug)]
pub enum Expr {
    Reg(u32),
    Int(i64),
    /// A number that is not a small integer.
    Const(Value),
    Unary(crate::arith::Unary, ExprId),
    Binary(crate::arith::Binary, ExprId, ExprId),
}

/// Tests of a term's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    Var,
    Nonvar,
    Atom,
    Integer,
    Float,
    Number,
    Atomic,
    Compound,
    Callable,
}

/// Arithmetic comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// An instruction. The names in `Debug` are its disassembly. `fail` is where to go on if a test fails, or `BACKTRACK`.
#[derive(Clone, Debug)]
pub enum Insn {
    /// Entry of a predicate: selects clauses by the index.
    Enter,
    /// The entry behind `Enter` of a predicate that is a table: tries a row.
    TryRow,
    /// Matches a register with a compound pattern; what was built in place needs no matching: then goes on at `next`.
    Get {
        reg: u32,
        pat: PatId,
        next: u32,
    },
    /// Matches a register with a list cell without compounds in it.
    GetList {
        reg: u32,
        head: Cell,
        tail: Cell,
    },
    /// Matches a register with a constant.
    GetConst {
        reg: u32,
        value: Value,
    },
    /// In the guard of a clause: as `Get`, but binds nothing; if the register is unbound, makes the choice point and starts the clause proper.
    GuardGet {
        reg: u32,
        pat: PatId,
    },
    /// In the guard of a clause: see `GuardGet`.
    GuardConst {
        reg: u32,
        value: Value,
    },
    /// In the guard of a clause: unless the register is unbound, makes the choice point and starts the clause proper.
    GuardUnbound {
        reg: u32,
    },
    Unify {
        a: Operand,
        b: Operand,
    },
    /// Builds a term.
    Put {
        reg: u32,
        pat: PatId,
    },
    Move {
        to: u32,
        from: u32,
    },
    Const {
        reg: u32,
        value: Value,
    },
    NewVar {
        reg: u32,
    },
    /// Calls a predicate: the last goal, unless there is a continuation among what is put in place.
    Call {
        pred: &'static Pred,
        args: Box<[Put]>,
    },
    /// The clause has succeeded.
    Proceed,
    Is {
        reg: u32,
        first: bool,
        expr: ExprId,
    },
    Compare {
        relation: Relation,
        a: ExprId,
        b: ExprId,
        fail: u32,
    },
    Test {
        test: Test,
        reg: u32,
        fail: u32,
    },
    /// `==` or, if not `equal`, `\==`.
    Identical {
        a: Operand,
        b: Operand,
        equal: bool,
        fail: u32,
    },
    /// `Term =.. [Name|Args]` with `Term` new and the list's length known.
    Construct {
        reg: u32,
        name: Operand,
        args: Box<[Operand]>,
    },
    /// `arg/3`, `functor/3` or `compare/3`.
    Inspect {
        what: Inspect,
        id: u32,
        args: Box<[Operand]>,
    },
    /// A deterministic built-in predicate.
    Builtin {
        id: u32,
        args: Box<[Operand]>,
    },
    Fail,
    Jump {
        to: u32,
    },
    /// Makes a choice point that goes on at the alternative.
    PushAlt {
        alt: &'static Alt,
    },
    /// In the guard of a clause, passed: makes the choice point for the next alternative.
    PushNext,
    /// In the guard of a clause: tries the next alternative.
    TryNext,
    SaveChoice {
        reg: u32,
    },
    /// Drops the choice points made since the register was set by `SaveChoice` or by entering the predicate.
    CutTo {
        reg: u32,
    },
    /// Makes the choice point in the register fail when it is gone back to.
    SoftCut {
        reg: u32,
    },
    /// Calls the goal in the first argument register; a cut in it goes back to the second.
    CallGoal,
    /// `call/N`.
    CallN {
        n: u32,
    },
    /// `catch/3`.
    Catch,
    /// The goal of a `catch/3`, whose choice point is in the first argument register, has succeeded.
    CatchExit,
    /// The start of a run: calls the goal in the first argument register.
    Start,
    /// The end of a run.
    Done {
        success: bool,
    },
}

impl Insn {
    /// The continuation that a call makes.
    pub fn continuation(&self) -> Option<&'static Return> {
        let Insn::Call { args, .. } = self else { return None };
        args.iter().find_map(|p| if let Put::Save { ret } = p { Some(*ret) } else { None })
    }
}

/// Where a continuation goes on, and the registers it restores. (The address is the continuation's identity.)
#[derive(Debug)]
pub struct Return {
    pub code: cell::Cell<*const Code>,
    pub pc: cell::Cell<u32>,
    pub regs: Box<[u32]>,
}

impl Return {
    /// A return whose place is set later.
    pub fn new(regs: Vec<u32>) -> &'static Return {
        Box::leak(Box::new(Return { code: cell::Cell::new(std::ptr::null()), pc: cell::Cell::new(0), regs: regs.into() }))
    }
    /// The address as an integer for a heap field.
    pub fn addr(&self) -> i64 {
        self as *const Return as i64
    }
}

/// What a choice point does when it is gone back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AltKind {
    /// Tries a clause; `next` says what is left.
    Clause,
    /// Tries the saved clause of a dynamic predicate and looks for the next.
    Dynamic,
    /// Pops the choice point and goes on at `pc`.
    Goto,
    /// Pops the choice point and tries a row of a table.
    Row,
    /// Pops the choice point and fails on.
    Pop,
}

/// An alternative of a choice point.
#[derive(Debug)]
pub struct Alt {
    pub kind: AltKind,
    pub code: cell::Cell<*const Code>,
    pub pc: cell::Cell<u32>,
    /// The registers saved in the choice point.
    pub regs: Box<[u32]>,
    pub next: Option<&'static Alt>,
    /// A clause that is the last one to be tried and has no cut: all there is to do is to go there.
    pub simple: cell::Cell<bool>,
}

impl Alt {
    /// An alternative whose place is set later.
    pub fn new(kind: AltKind, regs: Vec<u32>, next: Option<&'static Alt>) -> &'static Alt {
        Box::leak(Box::new(Alt {
            kind,
            code: cell::Cell::new(std::ptr::null()),
            pc: cell::Cell::new(0),
            regs: regs.into(),
            next,
            simple: cell::Cell::new(false),
        }))
    }
    /// The alternative that tries a clause.
    pub fn clause(code: &'static Code, regs: Vec<u32>, next: Option<&'static Alt>) -> &'static Alt {
        let alt = Alt::new(AltKind::Clause, regs, next);
        alt.code.set(code);
        alt.simple.set(next.is_none() && !code.uses_barrier);
        alt
    }
    /// The address as an integer for a heap field.
    pub fn addr(&self) -> i64 {
        self as *const Alt as i64
    }
    /// The code.
    pub fn code(&self) -> CodeRef<Prolog> {
        // SAFETY: set once the code was made; codes are leaked.
        CodeRef::new(unsafe { &*self.code.get() })
    }
}

/// What every code object of a VM shares.
pub struct Shared {
    pub symbols: Symbols,
    machine: cell::Cell<Obj>,
    pub system: OnceCell<crate::system::System>,
    /// Constants on the heap that code refers to, by the code's address.
    pub constants: RefCell<HashMap<u64, Vec<Value>>>,
    pub retired: crate::reclaim::Retired,
}

impl Shared {
    /// Symbols; the machine object is set once there is a heap, before any code exists.
    pub fn new() -> Shared {
        Shared {
            symbols: Symbols::new(),
            machine: cell::Cell::new(Obj(0)),
            system: OnceCell::new(),
            constants: RefCell::default(),
            retired: Default::default(),
        }
    }

    /// See `new`.
    pub fn set_machine(&self, machine: Obj) {
        self.machine.set(machine);
    }

    /// The object with the engine's state that residual functions change.
    #[inline(always)]
    pub fn machine(&self) -> Obj {
        self.machine.get()
    }

    /// The engine's own code.
    #[inline(always)]
    pub fn system(&self) -> &crate::system::System {
        self.system.get().expect("set up with the VM")
    }
}

/// A clause's code, a predicate's entry, or a piece of the engine's own.
pub struct Code {
    pub shared: &'static Shared,
    /// `shared.machine()`: one step nearer.
    pub machine: Obj,
    pub pred: Option<&'static Pred>,
    pub insns: Vec<Insn>,
    pub pats: Vec<Pat>,
    pub exprs: Vec<Expr>,
    pub registers: u32,
    /// Where the version starts that runs the clause's first tests without a choice point; 0 if there is none.
    pub guarded: u32,
    /// Does it look at `BARRIER`?
    pub uses_barrier: bool,
    pub hot: HotCell,
    /// May a trace mention it?
    pub recorded: cell::Cell<bool>,
    /// Constants on the heap: `Shared::constants` keeps them alive.
    pub constants: Vec<Value>,
    /// Index of the source file's name, and line.
    pub file: Value,
    pub line: u32,
    pub live: OnceCell<Liveness>,
}

// SAFETY: code is immutable once it runs, except hot cells and memo tables; `Return` and `Alt` are patched before.
unsafe impl Green for Code {}

impl Code {
    /// An empty code object.
    pub fn new(shared: &'static Shared, pred: Option<&'static Pred>) -> Code {
        Code {
            shared,
            machine: shared.machine(),
            pred,
            insns: vec![],
            pats: vec![],
            exprs: vec![],
            registers: A,
            guarded: 0,
            uses_barrier: false,
            hot: HotCell::default(),
            recorded: cell::Cell::new(false),
            constants: vec![],
            file: crate::symbols::atoms::USER,
            line: 0,
            live: OnceCell::new(),
        }
    }

    /// Keeps the code for good and completes the returns and alternatives in it that are still without a code.
    pub fn install(mut self) -> &'static Code {
        let constants = std::mem::take(&mut self.constants);
        let code: &'static Code = Box::leak(Box::new(self));
        if !constants.is_empty() {
            code.shared.constants.borrow_mut().insert(std::ptr::from_ref(code) as u64, constants);
        }
        for i in &code.insns {
            match i {
                Insn::Call { .. } => i.continuation().into_iter().for_each(|ret| ret.code.set(code)),
                Insn::PushAlt { alt } => alt.code.set(code),
                _ => {}
            }
        }
        code
    }
}

/// An instruction as text, with what its patterns and expressions say.
pub fn disassemble(code: &Code, i: &Insn) -> String {
    match i {
        Insn::Call { pred, args } => {
            let puts: Vec<String> =
                args.iter().map(|p| if let Put::Save { ret } = p { format!("Save {:?}", ret.regs) } else { format!("{p:?}") }).collect();
            format!("Call {} [{}]", pred_name(code, pred), puts.join(", "))
        }
        Insn::Get { pat, .. } | Insn::GuardGet { pat, .. } | Insn::Put { pat, .. } => format!("{i:?} {:?}", code.pats[*pat as usize]),
        Insn::Is { expr, .. } => format!("{i:?} {:?}", code.exprs[*expr as usize]),
        Insn::PushAlt { alt } => format!("PushAlt {} save {:?}", alt.pc.get(), alt.regs),
        _ => format!("{i:?}"),
    }
}

fn pred_name(code: &Code, pred: &Pred) -> String {
    format!("{}/{}", code.shared.symbols.name(pred.name), pred.arity)
}

impl std::fmt::Debug for Pred {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pred({})", self.functor)
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Code({:p})", self)
    }
}
