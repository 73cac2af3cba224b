//! Terms as read: an arena whose nodes come after their children, so that nothing that walks or drops it recurses.

use dashu_int::IBig;

/// A number as read.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    /// Any integer.
    Int(IBig),
    /// A float.
    Float(f64),
}

/// Index of a node in its tree.
pub type NodeId = usize;

/// One node.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// An atom.
    Atom(String),
    /// A variable: index into `Tree::variables`.
    Var(usize),
    /// A number.
    Number(Number),
    /// A string object.
    String(String),
    /// A compound term.
    Compound(String, Vec<NodeId>),
    /// A list with its tail.
    List(Vec<NodeId>, NodeId),
}

/// A variable of a term as read.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// Its name; `_` for each anonymous one.
    pub name: String,
    /// How often it occurs.
    pub count: usize,
}

/// A term as read.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// Nodes, children before parents; the last is the root.
    pub nodes: Vec<Node>,
    /// Its variables in order of appearance.
    pub variables: Vec<Variable>,
    /// Byte offset of its first token.
    pub start: usize,
}
