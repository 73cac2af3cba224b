//! The bytecode: one table declares every instruction; names, disassembly and liveness are driven by it.

use crate::errors::Source;
use crate::objects::{Definition, display};
use crate::{Sprig, builtins};
use framework::liveness::Liveness;
use framework::{CodeRef, Green, HotCell, Value};
use std::cell::{Cell, OnceCell};
use std::rc::Rc;

/// What a field of an instruction is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Unused.
    No,
    /// The register written.
    Out,
    /// A register or, with the high bit set, a constant: read.
    Operand,
    /// This register and the next, read and written: a loop's hidden variables.
    Pair,
    /// Where it jumps to.
    Target,
    /// First of a row of registers read: the callee or receiver and `n` arguments.
    Args,
    /// First of a row of `c` registers read.
    Row,
    /// First of a row of `c` pairs of registers read.
    Pairs,
    /// Length of a row.
    Count,
    /// A name with its cache: a field or a method.
    Site,
    /// A function to make a closure of.
    Proto,
    /// A top-level function or record type.
    Def,
    /// One of the function's captured variables.
    Capture,
    /// A builtin function.
    Builtin,
}

macro_rules! bytecodes {
    ($( $(#[$doc:meta])* $name:ident $text:literal [$a:ident $b:ident $c:ident] )*) => {
        /// An instruction's operation.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[allow(missing_docs)]
        #[repr(u8)]
        pub enum Op { $( $(#[$doc])* $name ),* }

        impl Op {
            /// Every operation.
            pub const ALL: &'static [Op] = &[$( Op::$name ),*];
            /// Name in disassembly.
            pub fn name(self) -> &'static str { match self { $( Op::$name => $text ),* } }
            /// What the fields `a`, `b` and `c` are.
            pub fn roles(self) -> [Role; 3] { match self { $( Op::$name => [Role::$a, Role::$b, Role::$c] ),* } }
        }
    };
}

bytecodes! {
    // ---- moving values
    Move "move" [Out Operand No]
    /// A captured variable, or the box it is in.
    GetCapture "get_capture" [Out Capture No]
    /// A new box: where a variable lives that is captured and assigned.
    NewBox "new_box" [Out Operand No]
    GetBox "get_box" [Out Operand No]
    SetBox "set_box" [Operand Operand No]
    /// A top-level variable: its box is a constant. It may not have been set yet.
    GetGlobal "get_global" [Out Operand No]
    GetDef "get_def" [Out Def No]
    NewList "new_list" [Out Row Count]
    NewMap "new_map" [Out Pairs Count]
    NewClosure "new_closure" [Out Proto No]

    // ---- arithmetic
    Add "add" [Out Operand Operand]
    Sub "sub" [Out Operand Operand]
    Mul "mul" [Out Operand Operand]
    Div "div" [Out Operand Operand]
    FloorDiv "floor_div" [Out Operand Operand]
    Mod "mod" [Out Operand Operand]
    Neg "neg" [Out Operand No]

    // ---- jumps: backward ones are loop headers
    Jump "jump" [Target No No]
    IfTrue "if_true" [Target Operand No]
    IfFalse "if_false" [Target Operand No]
    IfEq "if_eq" [Target Operand Operand]
    IfNe "if_ne" [Target Operand Operand]
    IfLt "if_lt" [Target Operand Operand]
    IfNotLt "if_not_lt" [Target Operand Operand]
    IfLe "if_le" [Target Operand Operand]
    IfNotLe "if_not_le" [Target Operand Operand]
    /// Checks the counter and the limit in the pair; jumps if there is nothing to do.
    ForStart "for_start" [Target Pair No]
    /// Steps the counter; jumps if it is below the limit.
    ForNext "for_next" [Target Pair No]
    /// Turns what is to be iterated over into a list and an index.
    IterStart "iter_start" [No Pair No]
    /// Takes the next element, if any, and jumps.
    IterNext "iter_next" [Target Pair Out]

    // ---- calls
    Call "call" [Out Args No]
    CallMethod "call_method" [Out Args Site]
    CallBuiltin "call_builtin" [Out Args Builtin]
    Return "return" [No Operand No]
    Throw "throw" [No Operand No]

    // ---- parts of objects
    GetField "get_field" [Out Operand Site]
    SetField "set_field" [Operand Operand Site]
    GetIndex "get_index" [Out Operand Operand]
    SetIndex "set_index" [Operand Operand Operand]
}

/// One instruction: 8 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Inst {
    /// The operation.
    pub op: Op,
    /// Number of arguments of calls.
    pub n: u8,
    /// First field; see `Op::roles`.
    pub a: u16,
    /// Second field.
    pub b: u16,
    /// Third field.
    pub c: u16,
}

const _: () = assert!(size_of::<Inst>() == 8);

/// Set in an operand that is a constant, and in a capture's source that is the enclosing function's own capture.
pub const CONST: u16 = 0x8000;

/// A function's bytecode.
#[derive(Debug)]
pub struct Code {
    /// The function's name.
    pub name: String,
    /// Where it comes from.
    pub source: Rc<Source>,
    /// Number of parameters, not counting register 0 (the closure, or a method's `self`).
    pub params: u8,
    /// Number of registers of an activation.
    pub registers: u32,
    /// The instructions.
    pub insts: Box<[Inst]>,
    /// Byte offset in the source for each instruction.
    pub positions: Box<[u32]>,
    /// Constants; kept alive by the runtime.
    pub consts: Box<[Value]>,
    /// Functions made inside.
    pub protos: Box<[Proto]>,
    /// Top-level functions and record types it uses.
    pub defs: Box<[Rc<Definition>]>,
    /// Names of fields and methods it uses.
    pub sites: Box<[Site]>,
    /// Its `try` blocks, inner ones first.
    pub handlers: Box<[Handler]>,
    /// One for each instruction: those that are jumped back to, and the first, are where traces may start. JIT: 1
    pub hot: Box<[HotCell]>,
    /// For each instruction a bit set of the registers live before it; made when first asked for.
    liveness: OnceCell<Liveness>,
}

// SAFETY: code never changes once built, but for `HotCell`s and memo tables: `liveness`, and the caches of sites, which say what is
// looked up in immutable shapes.
unsafe impl Green for Code {}

/// A function inside a function.
#[derive(Debug)]
pub struct Proto {
    /// Its code.
    pub code: CodeRef<Sprig>,
    /// Where the captured variables come from when the closure is made: registers, or the maker's own captures if `CONST` is set.
    pub captures: Box<[u16]>,
}

/// A place in the code that names a field or a method.
#[derive(Debug)]
pub struct Site {
    /// The name.
    pub name: String,
    /// The shape seen last (its address) and what the name is there.
    pub cache: Cell<(usize, crate::objects::Member)>,
}

/// A `try` block.
#[derive(Debug)]
pub struct Handler {
    /// First instruction covered.
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// Where `catch` starts.
    pub target: u32,
    /// Where the error goes.
    pub register: u16,
}

/// What the compiler hands over.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct CodeParts {
    pub name: String,
    pub source: Rc<Source>,
    pub params: u8,
    pub registers: u32,
    pub insts: Vec<Inst>,
    pub positions: Vec<u32>,
    pub consts: Vec<Value>,
    pub protos: Vec<Proto>,
    pub defs: Vec<Rc<Definition>>,
    pub sites: Vec<Site>,
    pub handlers: Vec<Handler>,
}

impl Code {
    /// Finished code.
    pub fn new(p: CodeParts) -> Code {
        // `inst` and `constant` rely on this.
        for i in &p.insts {
            for (x, role) in [i.a, i.b, i.c].into_iter().zip(i.op.roles()) {
                let ok = match role {
                    Role::Target => (x as usize) < p.insts.len(),
                    Role::Operand if x & CONST != 0 => ((x & !CONST) as usize) < p.consts.len(),
                    Role::Operand | Role::Out => (x as u32) < p.registers,
                    Role::Pair => (x as u32) + 1 < p.registers,
                    Role::Args => x as u32 + (i.n as u32) < p.registers,
                    _ => true,
                };
                assert!(ok, "ill-formed {i:?} in {}", p.name);
            }
        }
        assert!(matches!(p.insts.last(), Some(Inst { op: Op::Return, .. })), "code ends with a return");
        Code {
            hot: p.insts.iter().map(|_| HotCell::default()).collect(),
            name: p.name,
            source: p.source,
            params: p.params,
            registers: p.registers,
            insts: p.insts.into(),
            positions: p.positions.into(),
            consts: p.consts.into(),
            protos: p.protos.into(),
            defs: p.defs.into(),
            sites: p.sites.into(),
            handlers: p.handlers.into(),
            liveness: OnceCell::new(),
        }
    }

    /// The instruction at `pc`.
    #[inline(always)]
    pub fn inst(&self, pc: u32) -> Inst {
        debug_assert!((pc as usize) < self.insts.len());
        // SAFETY: jumps go to instructions (checked in `new`) and the last instruction does not fall through.
        unsafe { *self.insts.get_unchecked(pc as usize) }
    }

    /// The constant an operand names.
    #[inline(always)]
    pub fn constant(&self, operand: u16) -> Value {
        // SAFETY: checked in `new`.
        unsafe { *self.consts.get_unchecked((operand & !CONST) as usize) }
    }

    /// `file:line:column` of an instruction.
    pub fn locate(&self, pc: u32) -> String {
        self.source.locate(self.positions[pc as usize])
    }

    /// The innermost `try` around an instruction.
    pub fn handler(&self, pc: u32) -> Option<&Handler> {
        self.handlers.iter().find(|h| h.start <= pc && pc < h.end)
    }

    /// Is register `r` read before it is written, from `pc` on?
    pub fn is_live(&self, pc: u32, r: u32) -> bool {
        self.liveness.get_or_init(|| liveness(self)).get(pc, r)
    }

    /// The register an instruction returns, if it is a plain return.
    pub fn given_back(&self, pc: u32) -> Option<u32> {
        let i = self.insts[pc as usize];
        (i.op == Op::Return && i.b & CONST == 0).then_some(i.b as u32)
    }

    /// The instruction at `pc` as text.
    pub fn disassemble(&self, pc: u32) -> String {
        let i = self.insts[pc as usize];
        let mut text = i.op.name().to_string();
        for (x, role) in [i.a, i.b, i.c].into_iter().zip(i.op.roles()) {
            text += &match role {
                Role::No | Role::Count => continue,
                Role::Operand if x & CONST != 0 => format!(" {}", display(self.constant(x), true)),
                Role::Out | Role::Operand => format!(" r{x}"),
                Role::Pair => format!(" r{x}:{}", x + 1),
                Role::Target => format!(" ->{x}"),
                Role::Args => format!(" r{x}..{}", x + i.n as u16),
                Role::Row => format!(" r{x}+{}", i.c),
                Role::Pairs => format!(" r{x}+{}", 2 * i.c),
                Role::Site => format!(" .{}", self.sites[x as usize].name),
                Role::Proto => format!(" fn {}", self.protos[x as usize].code.name),
                Role::Def => format!(" {}", self.defs[x as usize].name),
                Role::Capture => format!(" ^{x}"),
                Role::Builtin => format!(" {}", builtins::BUILTINS[x as usize].name),
            };
        }
        text
    }
}

/// Which registers are live before each instruction.
fn liveness(code: &Code) -> Liveness {
    let mut live = Liveness::solve(code.insts.len(), code.registers as u32, |pc, set| {
        successors(code, pc).for_each(|next| set.join(next));
        let (reads, writes) = registers_of(&code.insts[pc]);
        writes.for_each(|r| set.remove(r as u32));
        reads.for_each(|r| set.add(r as u32));
        if code.insts[pc].op == Op::NewClosure {
            let captures = code.protos[code.insts[pc].b as usize].captures.iter();
            captures.filter(|&&c| c & CONST == 0).for_each(|&c| set.add(c as u32));
        }
        // An error may go to the handler at any point of the instruction, before or after it wrote.
        if let Some(h) = code.handler(pc as u32) {
            set.join_without(h.target as usize, h.register as u32);
        }
        // The running closure, which `get_capture` reads.
        set.add(0);
    });
    for pc in 0..code.insts.len() {
        if let Some(h) = code.handler(pc as u32) {
            live.may_go_on(pc, h.target as usize, Some(h.register as u32));
        }
    }
    live
}

/// Where the program may be after the instruction, errors apart.
fn successors(code: &Code, pc: usize) -> impl Iterator<Item = usize> {
    let i = code.insts[pc];
    let target = (i.op.roles()[0] == Role::Target).then_some(i.a as usize);
    let next = (!matches!(i.op, Op::Jump | Op::Return | Op::Throw)).then_some(pc + 1);
    target.into_iter().chain(next)
}

/// The registers an instruction reads and those it certainly writes.
fn registers_of(i: &Inst) -> (impl Iterator<Item = usize>, impl Iterator<Item = usize>) {
    let i = *i;
    let fields = || [i.a as usize, i.b as usize, i.c as usize].into_iter().zip(i.op.roles());
    let reads = fields().flat_map(move |(x, role)| match role {
        Role::Operand if x as u16 & CONST == 0 => x..x + 1,
        Role::Pair if i.op == Op::IterStart => x..x + 1,
        Role::Pair => x..x + 2,
        Role::Args if i.op == Op::CallBuiltin => x + 1..x + 1 + i.n as usize,
        Role::Args => x..x + 1 + i.n as usize,
        Role::Row => x..x + i.c as usize,
        Role::Pairs => x..x + 2 * i.c as usize,
        _ => 0..0,
    });
    // `IterNext` writes its item only when it jumps.
    let writes = fields().filter(move |&(_, role)| role == Role::Out && i.op != Op::IterNext).map(|(x, _)| x);
    (reads, writes)
}
