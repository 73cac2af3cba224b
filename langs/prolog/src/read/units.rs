//! What the bracket grammar yields: flat sequences in which operators are still plain names.

use super::term::Number;

/// One unit of a sequence, with where it starts.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Byte offset.
    pub at: usize,
    /// What it is.
    pub kind: UnitKind,
}

impl Unit {
    pub fn new(at: usize, kind: UnitKind) -> Unit {
        Unit { at, kind }
    }
}

#[derive(Debug, Clone)]
pub enum UnitKind {
    /// A name, and whether it was quoted.
    Name(String, bool),
    /// `name(…)`
    Compound(String, Vec<Vec<Unit>>),
    Var(String),
    Number(Number),
    DoubleQuoted(String),
    BackQuoted(String),
    Paren(Vec<Unit>),
    Curly(Vec<Unit>),
    List(Vec<Vec<Unit>>, Option<Vec<Unit>>),
    Comma,
    Bar,
}
