//! The register bytecode: one table of instructions, and the code objects that hold them.

use crate::liveness::Live;
use crate::names::Name;
use crate::objects::class::{Class, Shape};
use crate::objects::layouts::MISSING;
use crate::objects::module::{GlobalCell, Module};
use crate::perm::P;
use crate::runtime::Realm;
use framework::language::{Green, HotCell};
use framework::{QuasiCell, Value};
use std::cell::{Cell, OnceCell};

/// What an operand field of an instruction holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operand {
    /// Unused.
    None,
    /// A register that is written.
    W,
    /// A register that is read.
    R,
    /// A register that is read and written.
    RW,
    /// The first of several registers read; `c` is their number.
    Base,
    /// The call area: callee, self slot, then `c` arguments. All but the self slot is read …
    Call,
    /// … or all but the callee's register …
    Method,
    /// … or only the arguments.
    Args,
    /// Index of a constant.
    K,
    /// A name.
    N,
    /// Index of a global cell.
    G,
    /// A jump target.
    J,
    /// A plain number.
    I,
    /// The first of `c` registers written.
    Out,
}

macro_rules! ops {
    ($( $(#[$doc:meta])* $name:ident ($a:ident $b:ident $c:ident $d:ident $e:ident) )*) => {
        /// An instruction's operation.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Op { $( $(#[$doc])* $name ),* }
        impl Op {
            /// Name in disassemblies.
            pub fn name(self) -> &'static str { match self { $( Op::$name => stringify!($name) ),* } }
            /// What the fields a, b, c, d, e hold.
            pub fn operands(self) -> [Operand; 5] {
                match self { $( Op::$name => [ops!(@o $a), ops!(@o $b), ops!(@o $c), ops!(@o $d), ops!(@o $e)] ),* }
            }
        }
    };
    (@o o) => { Operand::None };
    (@o $x:ident) => { Operand::$x };
}

ops! {
    /// a = b
    Move(W R o o o)
    /// a = constant
    LoadK(W K o o o)
    /// Marks `c` local variables from a on as unbound.
    Clear(Out o I o o)
    /// Raises UnboundLocalError (or NameError, if x) unless a is bound.
    CheckBound(R o o N o)
    LoadGlobal(W o o G o)
    StoreGlobal(R o o G o)
    DelGlobal(o o o G o)
    /// Wraps a's content into a new cell.
    MakeCell(RW o o o o)
    /// a = a new empty cell
    NewCell(W o o o o)
    /// a = content of the cell b; x: a free variable
    LoadCell(W R o N o)
    /// cell a = b
    StoreCell(R R o o o)
    /// Empties the cell a; x: a free variable
    DelCell(R o o N o)
    /// a = cell number c of the closure in b
    LoadClosure(W R I o o)
    /// Class bodies: a = name d of the namespace b, else global e
    LoadName(W R o N G)
    /// Class bodies: a = name d of the namespace b, else the cell c
    LoadNameCell(W R R N o)
    /// namespace a [d] = b
    StoreName(R R o N o)
    DelName(R o o N o)

    Add(W R R o I) Sub(W R R o I) Mul(W R R o I) Div(W R R o I) FloorDiv(W R R o I) Mod(W R R o I) And(W R R o I)
    /// The other binary operators: x is the `BinOp`.
    Binary(W R R o I)
    AddK(W R K o I) SubK(W R K o I) MulK(W R K o I) DivK(W R K o I) FloorDivK(W R K o I) ModK(W R K o I) AndK(W R K o I)
    /// As `Binary`, the right operand a constant.
    BinaryK(W R K o I)
    Neg(W R o o o)
    Pos(W R o o o)
    Invert(W R o o o)
    Not(W R o o o)
    /// x: a `CmpOp`
    Compare(W R R o o)
    Is(W R R o o)
    IsNot(W R R o o)
    /// a = b in c
    In(W R R o o)
    NotIn(W R R o o)

    /// To d.
    Jump(o o o J o)
    /// To d, a loop header; e: its hot cell.
    Loop(o o o J I)
    /// To d if a is true; e: hot cell + 1 if d is a loop header.
    JumpIf(R o o J I)
    JumpIfNot(R o o J I)
    /// To d if the comparison of a and b comes out as x.
    JumpLt(R R o J I) JumpLe(R R o J I) JumpGt(R R o J I) JumpGe(R R o J I) JumpEq(R R o J I) JumpNe(R R o J I)
    JumpLtK(R K o J I) JumpLeK(R K o J I) JumpGtK(R K o J I) JumpGeK(R K o J I) JumpEqK(R K o J I) JumpNeK(R K o J I)
    /// To d if `a is b` comes out as x.
    JumpIs(R R o J I)
    JumpIsK(R K o J I)

    LoadAttr(W R o N I)
    /// a.d = b
    StoreAttr(R R o N I)
    DelAttr(R o o N o)
    /// a = b[c]
    GetItem(W R R o o)
    GetItemK(W R K o o)
    /// a[b] = c
    SetItem(R R R o o)
    DelItem(R R o o o)

    BuildList(W Base I o o)
    BuildTuple(W Base I o o)
    BuildSet(W Base I o o)
    /// c is twice the number of pairs
    BuildDict(W Base I o o)
    /// a = slice(b, b+1, b+2)
    BuildSlice(W Base I o o)
    /// a = ''.join of strings
    BuildString(W Base I o o)
    /// a = format(b converted by x, spec c); e: no spec
    Format(W R R o I)
    ListAppend(R R o o o)
    ListExtend(R R o o o)
    ListToTuple(W R o o o)
    SetAdd(R R o o o)
    SetUpdate(R R o o o)
    /// a[b] = c
    DictAdd(R R R o o)
    /// `**` in a display; x: in a call (duplicates raise)
    DictUpdate(R R o o o)
    /// c registers from b on = items of a
    Unpack(R Out I o o)
    /// the same with one star: d before it, e after; c = d + 1 + e
    UnpackStar(R Out I I I)

    /// a = (call area b)(c arguments)
    Call(W Call I o o)
    /// The callee is global d.
    CallGlobal(W Args I G o)
    /// The callee is method d of the object in b+1.
    CallMethod(W Method I N I)
    /// e: constant tuple with the names of the last arguments
    CallKw(W Call I o K)
    /// a = b(*(b+1), **(b+2)); c = 3
    CallEx(W Base I o o)
    Return(R o o o o)
    ReturnK(K o o o o)
    /// a = function of code d; b: defaults, keyword defaults, cells: c in all
    MakeFunction(W Base I I o)
    /// a = class made by running body function b with bases tuple b+1, keywords b+2; c = 3; e: its name
    BuildClass(W Base I o K)
    /// Ends a class body: returns namespace a, with cell b put in if x
    ClassEnd(R R o o o)

    GetIter(W R o o o)
    /// b = next item of a, and to d; after the last, goes on. e: hot cell + 1
    ForIter(R W o J I)
    /// Makes the running activation a generator and returns it.
    Generator(o o o o o)
    /// Yields b; a = what is sent; c registers are kept.
    Yield(W R I o o)
    /// One step of `yield from`: sends c to a, or throws it (x: 1); b = what it yields, and to d; when it ends, b = its result.
    Send(R RW R J o)
    GeneratorReturn(R o o o o)
    YieldFromIter(W R o o o)
    /// a = the iterator behind the awaitable b
    GetAwaitable(W R o o o)
    /// Goes on with generator b: sends c, or throws it (x: 1). a = what it yields.
    Resume(W R R o o)
    /// A question of a pattern (x: `Question`) about b, with c and d.
    Match(W R R R o)
    /// `except*`: a = (part of group b that matches c, rest); x: 1: a = what b leaves to be raised, c what its clauses left
    Group(W R R o o)
    /// d[b] = a, unless a is unbound. c: a register that holds d
    DictAddBound(R K R o o)

    /// x: 0 re-raise what is handled, 1 raise a, 2 raise a from b
    Raise(R R o o o)
    /// Raises a again, its traceback as it is.
    Reraise(R o o o o)
    /// a = what was handled; now b is
    PushHandled(W R o o o)
    PopHandled(R o o o o)
    /// To d unless exception a matches b
    JumpNoMatch(R R o J o)
    /// a = special method d of b, bound; x: 1 context manager messages
    LoadSpecial(W R o N o)

    /// Imports module d into a; x: 1 bind the top package
    Import(W o I N o)
    ImportFrom(W R o N o)
    ImportStar(R o o o o)
    RaiseAssert(R o o o o)
    Nop(o o o o o)
}

/// Binary operators, in the order of the name tables in `objects::ops`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum BinOp {
    Add,
    Sub,
    Mul,
    TrueDiv,
    FloorDiv,
    Mod,
    Pow,
    LShift,
    RShift,
    And,
    Or,
    Xor,
    MatMul,
}

impl BinOp {
    /// All of them.
    pub const ALL: [BinOp; 13] = [
        BinOp::Add,
        BinOp::Sub,
        BinOp::Mul,
        BinOp::TrueDiv,
        BinOp::FloorDiv,
        BinOp::Mod,
        BinOp::Pow,
        BinOp::LShift,
        BinOp::RShift,
        BinOp::And,
        BinOp::Or,
        BinOp::Xor,
        BinOp::MatMul,
    ];
    /// As written.
    pub fn symbol(self) -> &'static str {
        ["+", "-", "*", "/", "//", "%", "**", "<<", ">>", "&", "|", "^", "@"][self as usize]
    }
    /// Its number back.
    pub fn from_u8(i: u8) -> BinOp {
        BinOp::ALL[i as usize]
    }
}

/// Comparison operators.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum CmpOp {
    Lt,
    Le,
    Gt,
    Ge,
    Eq,
    Ne,
}

impl CmpOp {
    /// All of them.
    pub const ALL: [CmpOp; 6] = [CmpOp::Lt, CmpOp::Le, CmpOp::Gt, CmpOp::Ge, CmpOp::Eq, CmpOp::Ne];
    /// As written.
    pub fn symbol(self) -> &'static str {
        ["<", "<=", ">", ">=", "==", "!="][self as usize]
    }
    /// Its number back.
    pub fn from_u8(i: u8) -> CmpOp {
        CmpOp::ALL[i as usize]
    }
    /// With the operands exchanged.
    pub fn swapped(self) -> CmpOp {
        [CmpOp::Gt, CmpOp::Ge, CmpOp::Lt, CmpOp::Le, CmpOp::Eq, CmpOp::Ne][self as usize]
    }
    /// Does it hold for operands so ordered?
    pub fn holds(self, o: std::cmp::Ordering) -> bool {
        match self {
            CmpOp::Lt => o.is_lt(),
            CmpOp::Le => o.is_le(),
            CmpOp::Gt => o.is_gt(),
            CmpOp::Ge => o.is_ge(),
            CmpOp::Eq => o.is_eq(),
            CmpOp::Ne => o.is_ne(),
        }
    }
}

/// One instruction: 16 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Inst {
    /// The operation.
    pub op: Op,
    /// A variant of it.
    pub x: u8,
    /// Operands; see the table.
    pub a: u16,
    #[allow(missing_docs)]
    pub b: u16,
    #[allow(missing_docs)]
    pub c: u16,
    #[allow(missing_docs)]
    pub d: u32,
    #[allow(missing_docs)]
    pub e: u32,
}

/// A source range, in bytes of the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last.
    pub end: u32,
}

/// A range of instructions whose exceptions go to a handler. Inner ranges come first.
#[derive(Clone, Copy, Debug)]
pub struct Handler {
    /// First instruction covered.
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// Where the handler starts.
    pub target: u32,
    /// Register that gets the exception.
    pub reg: u16,
}

/// The parameters of a function.
#[derive(Debug, Default)]
pub struct Params {
    /// Names, positional ones first, then keyword-only ones; then the `*` and `**` names.
    pub names: Vec<Name>,
    /// How many are positional-only.
    pub posonly: u16,
    /// How many may be given by position (positional-only included).
    pub positional: u16,
    /// How many are keyword-only.
    pub kwonly: u16,
    /// Is there a `*args`?
    pub varargs: bool,
    /// Is there a `**kwargs`?
    pub kwargs: bool,
}

impl Params {
    /// Registers the parameters take.
    pub fn registers(&self) -> u16 {
        self.positional + self.kwonly + self.varargs as u16 + self.kwargs as u16
    }
    /// Only positional parameters?
    pub fn simple(&self) -> bool {
        self.kwonly == 0 && !self.varargs && !self.kwargs
    }
}

/// Memo of an attribute lookup at one instruction: a pure function of shape (or class) and class version.
#[derive(Clone, Copy)]
pub struct AttrCache {
    /// Address of the shape or class.
    pub key: u64,
    /// The class's version.
    pub version: u64,
    /// What was found.
    pub found: Found,
}

/// Result of looking an attribute up.
#[derive(Clone, Copy, Debug)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// Slot of the instance.
    Slot(u32),
    /// A plain value in the class.
    Value(Value),
    /// A Python function in the class: becomes a bound method.
    Function(Value),
    /// A builtin method.
    Builtin(Value),
    /// A property, a class method …: anything else with behaviour of its own.
    Descriptor(Value),
    /// A store that adds a slot: the new shape's address, the slot.
    Add(P<Shape>, u32),
}

/// What a call of a code object makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CodeKind {
    /// An activation.
    Plain,
    /// A generator.
    Generator,
    /// A coroutine.
    Coroutine,
    /// An asynchronous generator.
    AsyncGenerator,
}

/// A code object.
pub struct Code {
    /// Name of the function.
    pub name: String,
    /// Dotted name.
    pub qualname: String,
    /// The source file.
    pub source: P<Source>,
    /// Line of the `def`.
    pub first_line: u32,
    /// The instructions.
    pub insts: Vec<Inst>,
    /// Where each instruction comes from.
    pub spans: Vec<Span>,
    /// Constants.
    pub consts: Vec<Value>,
    /// Global cells referred to.
    pub globals: Vec<P<GlobalCell>>,
    /// Code objects of functions defined here.
    pub children: Vec<P<Code>>,
    /// Exception handlers, inner ones first.
    pub handlers: Vec<Handler>,
    /// Parameters.
    pub params: Params,
    /// Names of the local variables' registers, for messages.
    pub locals: Vec<Name>,
    /// Registers a frame has.
    pub registers: u32,
    /// Where the caller puts the closure, if the function has one.
    pub closure_reg: Option<u16>,
    /// Is it a generator, and where is its generator object?
    pub generator_reg: Option<u16>,
    /// Is it a module's or class's body?
    pub toplevel: bool,
    /// What calling it makes.
    pub kind: CodeKind,
    /// The module it is in.
    pub module: P<Module>,
    /// Docstring.
    pub doc: Value,
    /// Attribute memos.
    pub caches: Vec<Cell<AttrCache>>,
    /// Marks of the loop headers.
    pub hot: Vec<HotCell>,
    /// What never changes in this VM.
    pub realm: P<Realm>,
    /// Part of the runtime: its activations have no traceback entries.
    pub internal: bool,
    /// Names that methods of the class body assign on `self`: a hint for its instances' size.
    pub self_attrs: u32,
    /// Liveness, computed when first asked for.
    pub live: OnceCell<Live>,
}

// SAFETY: everything but memos, hot cells and lazily computed liveness is immutable once the code object can run; the global
// cells are read through `World::quasi` or as heap objects.
unsafe impl Green for Code {}

/// The file that code of the runtime itself comes from.
pub const INTERNAL: &str = "<internal>";

/// A source text.
pub struct Source {
    /// File name as shown in tracebacks.
    pub file: String,
    /// The text.
    pub text: String,
    /// Offsets of the line starts.
    pub lines: Vec<u32>,
}

impl Source {
    /// Indexes a text.
    pub fn new(file: String, text: String) -> Source {
        let mut lines = vec![0];
        lines.extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1));
        Source { file, text, lines }
    }
    /// Line number (from 1) of an offset.
    pub fn line(&self, offset: u32) -> u32 {
        self.lines.partition_point(|&s| s <= offset) as u32
    }
    /// Text of a line (from 1), without its end.
    pub fn line_text(&self, line: u32) -> &str {
        let Some(&start) = self.lines.get(line as usize - 1) else { return "" };
        let end = self.lines.get(line as usize).map_or(self.text.len(), |&e| e as usize);
        self.text[start as usize..end].trim_end_matches(['\n', '\r'])
    }
    /// Offset of a line's start.
    pub fn line_start(&self, line: u32) -> u32 {
        self.lines[line as usize - 1]
    }
}

impl Code {
    /// The instruction at `pc`.
    #[inline(always)]
    pub fn inst(&self, pc: u32) -> Inst {
        debug_assert!((pc as usize) < self.insts.len());
        // SAFETY: the compiler ends every code object with a return and only emits jumps to its own instructions.
        unsafe { *self.insts.get_unchecked(pc as usize) }
    }
    /// Line of an instruction.
    pub fn line(&self, pc: u32) -> u32 {
        self.source.line(self.spans[pc as usize].start)
    }
    /// The handler that covers `pc`.
    pub fn handler(&self, pc: u32) -> Option<Handler> {
        self.handlers.iter().find(|h| h.start <= pc && pc < h.end).copied()
    }
    /// An empty memo.
    pub fn no_cache() -> Cell<AttrCache> {
        Cell::new(AttrCache { key: 0, version: 0, found: Found::Nothing })
    }
    /// The instruction as text.
    pub fn disassemble(&self, pc: u32) -> String {
        use std::fmt::Write;
        let i = self.insts[pc as usize];
        let mut s = i.op.name().to_string();
        if i.x != 0 {
            let _ = write!(s, ".{}", i.x);
        }
        for (kind, v) in i.op.operands().into_iter().zip([i.a as u32, i.b as u32, i.c as u32, i.d, i.e]) {
            let _ = match kind {
                Operand::None => Ok(()),
                Operand::W | Operand::R | Operand::RW | Operand::Out | Operand::Base | Operand::Call | Operand::Method | Operand::Args => {
                    write!(s, " r{v}")
                }
                Operand::K => write!(s, " {:?}", self.consts[v as usize]),
                Operand::N => write!(s, " n{v}"),
                Operand::G => write!(s, " g{v}"),
                Operand::J => write!(s, " ->{v}"),
                Operand::I => write!(s, " {v}"),
            };
        }
        s
    }
}

/// Class data a code object may refer to, so that the module graph stays one-directional for readers.
pub type ClassRef = P<Class>;

/// An absent global's content.
pub fn unbound() -> QuasiCell<Value> {
    QuasiCell::new(MISSING)
}
