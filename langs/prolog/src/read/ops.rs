//! The operator table.

use std::collections::HashMap;

/// Operator types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum OpType {
    Xfx,
    Xfy,
    Yfx,
    Fy,
    Fx,
    Xf,
    Yf,
}

impl OpType {
    /// All types with their names.
    pub const ALL: [(OpType, &'static str); 7] = [
        (OpType::Xfx, "xfx"),
        (OpType::Xfy, "xfy"),
        (OpType::Yfx, "yfx"),
        (OpType::Fy, "fy"),
        (OpType::Fx, "fx"),
        (OpType::Xf, "xf"),
        (OpType::Yf, "yf"),
    ];
    /// By name.
    pub fn from_name(s: &str) -> Option<OpType> {
        OpType::ALL.iter().find(|(_, n)| *n == s).map(|(t, _)| *t)
    }
    /// Its name.
    pub fn name(self) -> &'static str {
        OpType::ALL.iter().find(|(t, _)| *t == self).map_or("", |(_, n)| n)
    }
}

/// Priority and type.
pub type Op = (u16, OpType);

/// Prefix, infix and postfix operators.
#[derive(Clone, Default)]
pub struct Ops {
    /// By name.
    pub prefix: HashMap<String, Op>,
    /// By name.
    pub infix: HashMap<String, Op>,
    /// By name.
    pub postfix: HashMap<String, Op>,
}

/// The operators a program starts with: ISO's and those of SWI-Prolog in common use.
const INITIAL: &[(u16, &str, &str)] = &[
    (1200, "xfx", ":- --> =>"),
    (1200, "fx", ":- ?-"),
    (1100, "xfy", "; |"),
    (1105, "xfy", "|"),
    (1050, "xfy", "-> *->"),
    (1000, "xfy", ","),
    (990, "xfx", ":="),
    (900, "fy", "\\+"),
    (700, "xfx", "= \\= == \\== @< @=< @> @>= =.. is =:= =\\= < =< > >= =@= \\=@= as >:< :<"),
    (600, "xfy", ":"),
    (500, "yfx", "+ - /\\ \\/ xor"),
    (400, "yfx", "* / // rem mod << >> div rdiv divmod tdiv"),
    (200, "xfx", "**"),
    (200, "xfy", "^"),
    (200, "fy", "- + \\"),
    (100, "yfx", "."),
    (1, "fx", "$"),
    (1150, "fx", "dynamic discontiguous initialization meta_predicate module_transparent multifile public thread_local table"),
];

impl Ops {
    /// The initial table.
    pub fn initial() -> Ops {
        let mut ops = Ops::default();
        for &(p, t, names) in INITIAL {
            for n in names.split(' ') {
                ops.add(p, OpType::from_name(t).expect("a type of the table"), n);
            }
        }
        ops.infix.remove(".");
        ops
    }

    /// Declares an operator; priority 0 removes it.
    pub fn add(&mut self, p: u16, t: OpType, name: &str) {
        let table = match t {
            OpType::Fy | OpType::Fx => &mut self.prefix,
            OpType::Xf | OpType::Yf => &mut self.postfix,
            _ => &mut self.infix,
        };
        if p == 0 {
            table.remove(name);
        } else {
            table.insert(name.into(), (p, t));
        }
    }

    /// Is the name an operator of any kind?
    pub fn is_op(&self, name: &str) -> bool {
        self.prefix.contains_key(name) || self.infix.contains_key(name) || self.postfix.contains_key(name)
    }
}

/// Largest priorities of the left and the right operand of an infix operator.
pub fn operand_priorities((p, t): Op) -> (u16, u16) {
    match t {
        OpType::Xfx => (p - 1, p - 1),
        OpType::Xfy => (p - 1, p),
        _ => (p, p - 1),
    }
}

/// Largest priority of the operand of a prefix or postfix operator.
pub fn operand_priority((p, t): Op) -> u16 {
    if matches!(t, OpType::Fy | OpType::Yf) { p } else { p - 1 }
}
