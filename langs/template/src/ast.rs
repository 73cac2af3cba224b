//! The syntax tree. It lives in an arena, so that dropping a deep one does not recurse.

use bumpalo::Bump;
use std::cell::Cell;

/// An expression and the byte offset messages about it point to.
#[derive(Debug)]
pub struct Expr<'a> {
    /// Where: the operator of an operation, else the start.
    pub pos: u32,
    /// What.
    pub kind: ExprKind<'a>,
}

/// The expressions there are.
#[derive(Debug)]
pub enum ExprKind<'a> {
    /// `nil`, `true`, `12`, `1.5`, `"text"`
    Literal(Literal<'a>),
    /// A variable, function, record type or builtin.
    Name(Name<'a>),
    /// `[a, b]`
    List(&'a [&'a Expr<'a>]),
    /// `{"k": v}`
    Map(&'a [(&'a Expr<'a>, &'a Expr<'a>)]),
    /// `-a`
    Neg(&'a Expr<'a>),
    /// `not a`
    Not(&'a Expr<'a>),
    /// `a and b`
    And(&'a Expr<'a>, &'a Expr<'a>),
    /// `a or b`
    Or(&'a Expr<'a>, &'a Expr<'a>),
    /// `a + b`
    Binary(Binary, &'a Expr<'a>, &'a Expr<'a>),
    /// `a < b`
    Compare(Compare, &'a Expr<'a>, &'a Expr<'a>),
    /// `f(a, b)`
    Call(&'a Expr<'a>, &'a [&'a Expr<'a>]),
    /// `a.m(b)`
    Method(&'a Expr<'a>, &'a str, &'a [&'a Expr<'a>]),
    /// `a.field`
    Field(&'a Expr<'a>, &'a str),
    /// `a[i]`
    Index(&'a Expr<'a>, &'a Expr<'a>),
    /// `fn(a) { … }`
    Function(&'a Function<'a>),
}

/// A constant in the source.
#[derive(Clone, Copy, Debug)]
pub enum Literal<'a> {
    /// `nil`
    Nil,
    /// `true`, `false`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A string.
    Str(&'a str),
}

/// Arithmetic operators.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Mod,
}

/// Comparison operators.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Compare {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// A use of a name; the resolver fills in what it means.
#[derive(Debug)]
pub struct Name<'a> {
    /// The name.
    pub text: &'a str,
    /// What it means.
    pub binding: Cell<Option<Binding<'a>>>,
}

/// What a name means.
#[derive(Clone, Copy, Debug)]
pub enum Binding<'a> {
    /// A variable of this program.
    Var(&'a Var<'a>),
    /// A variable an earlier input to the REPL made.
    Global(&'a str),
    /// A top-level `fn` or `record`.
    Definition(&'a str),
    /// The builtin with this number.
    Builtin(u16),
}

/// A variable: made by `let`, a parameter, a loop or `catch`. Its address is its identity.
#[derive(Debug)]
pub struct Var<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where it is made.
    pub pos: u32,
    /// Is it assigned to after it is made?
    pub assigned: Cell<bool>,
    /// Does a function inside its own use it?
    pub captured: Cell<bool>,
    /// Is it made by a `let` at the top level?
    pub top_level: Cell<bool>,
}

/// A function, method or lambda.
#[derive(Debug)]
pub struct Function<'a> {
    /// For messages.
    pub name: &'a str,
    /// Where it starts.
    pub pos: u32,
    /// The parameters; a method's first is `self`.
    pub params: &'a [&'a Var<'a>],
    /// The statements.
    pub body: Block<'a>,
    /// Is the first parameter the receiver?
    pub is_method: bool,
}

/// A record declaration.
#[derive(Debug)]
pub struct Record<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where the name stands.
    pub pos: u32,
    /// The fields, in the order of the constructor's parameters.
    pub fields: &'a [(u32, &'a str)],
    /// The methods.
    pub methods: &'a [&'a Function<'a>],
}

/// Statements in a scope of their own.
pub type Block<'a> = &'a [Stmt<'a>];

/// A statement and where it starts.
#[derive(Debug)]
pub struct Stmt<'a> {
    /// Byte offset.
    pub pos: u32,
    /// What.
    pub kind: StmtKind<'a>,
}

/// The statements there are.
#[derive(Debug)]
pub enum StmtKind<'a> {
    /// An expression for its effect.
    Expr(&'a Expr<'a>),
    /// `let x = e`
    Let(&'a Var<'a>, &'a Expr<'a>),
    /// `target = e`, or `target += e` with its operator.
    Assign(&'a Expr<'a>, Option<Binary>, &'a Expr<'a>),
    /// `if … else if … else`: conditions with their blocks, and the last block.
    If(&'a [(&'a Expr<'a>, Block<'a>)], Block<'a>),
    /// `while c { … }`
    While(&'a Expr<'a>, Block<'a>),
    /// `for i in a..b { … }`
    ForRange(&'a Var<'a>, &'a Expr<'a>, &'a Expr<'a>, Block<'a>),
    /// `for x in e { … }`
    ForEach(&'a Var<'a>, &'a Expr<'a>, Block<'a>),
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `return e`
    Return(Option<&'a Expr<'a>>),
    /// `throw e`
    Throw(&'a Expr<'a>),
    /// `try { … } catch e { … }`
    Try(Block<'a>, &'a Var<'a>, Block<'a>),
    /// `fn f(a) { … }`. The variable is used where the function is not at the top level.
    Function(&'a Var<'a>, &'a Function<'a>),
    /// `record R(a, b) { … }`
    Record(&'a Record<'a>),
}

/// Builds nodes; what the grammar's actions call.
#[derive(Clone, Copy)]
pub struct Builder<'a>(pub &'a Bump);

#[allow(missing_docs)]
impl<'a> Builder<'a> {
    pub fn expr(self, pos: u32, kind: ExprKind<'a>) -> &'a Expr<'a> {
        self.0.alloc(Expr { pos, kind })
    }
    pub fn stmt(self, pos: u32, kind: StmtKind<'a>) -> Stmt<'a> {
        Stmt { pos, kind }
    }
    pub fn name(self, pos: u32, text: &'a str) -> &'a Expr<'a> {
        self.expr(pos, ExprKind::Name(Name { text, binding: Cell::new(None) }))
    }
    pub fn var(self, pos: u32, name: &'a str) -> &'a Var<'a> {
        self.0.alloc(Var { name, pos, assigned: Cell::new(false), captured: Cell::new(false), top_level: Cell::new(false) })
    }
    pub fn list<T>(self, items: Vec<T>) -> &'a [T] {
        self.0.alloc_slice_fill_iter(items)
    }
    pub fn function(self, pos: u32, name: &'a str, params: Vec<&'a Var<'a>>, body: Block<'a>) -> &'a Function<'a> {
        self.0.alloc(Function { name, pos, params: self.list(params), body, is_method: false })
    }
    pub fn method(self, pos: u32, name: &'a str, params: Vec<&'a Var<'a>>, body: Block<'a>) -> &'a Function<'a> {
        let mut all = vec![self.var(pos, "self")];
        all.extend(params);
        self.0.alloc(Function { name, pos, params: self.list(all), body, is_method: true })
    }
    pub fn record(self, pos: u32, name: &'a str, fields: Vec<(u32, &'a str)>, methods: Vec<&'a Function<'a>>) -> &'a Record<'a> {
        self.0.alloc(Record { name, pos, fields: self.list(fields), methods: self.list(methods) })
    }
}
