//! Operator resolution: folds the flat units between brackets into terms.
//!
//! An operator-precedence parser with an explicit stack, so that a conjunction of any length needs no Rust stack.

use super::ops::{Op, operand_priorities, operand_priority};
use super::term::{Node, NodeId, Tree, Variable};
use super::units::{Unit, UnitKind};
use super::{Quotes, Settings, SyntaxError};
use std::collections::HashMap;

pub fn resolve(units: Vec<Unit>, start: usize, settings: &Settings) -> Result<Tree, SyntaxError> {
    let mut r = Resolver { settings, tree: Tree { start, ..Tree::default() }, names: HashMap::new() };
    r.sequence(&units, 1200, start)?;
    Ok(r.tree)
}

struct Resolver<'a> {
    settings: &'a Settings<'a>,
    tree: Tree,
    names: HashMap<String, usize>,
}

/// An operator that waits for its right operand.
struct Pending<'a> {
    name: &'a str,
    op: Op,
    /// Largest priority of what the whole may be.
    outer: u16,
    left: Option<NodeId>,
}

type Res<T> = Result<T, SyntaxError>;

fn error<T>(at: usize, message: &str) -> Res<T> {
    Err(SyntaxError { offset: at, message: message.into() })
}

/// The name a unit has as an operator.
fn op_name(u: &Unit) -> Option<&str> {
    match &u.kind {
        UnitKind::Name(n, _) => Some(n),
        UnitKind::Comma => Some(","),
        UnitKind::Bar => Some("|"),
        _ => None,
    }
}

impl<'a> Resolver<'a> {
    fn push(&mut self, n: Node) -> NodeId {
        self.tree.nodes.push(n);
        self.tree.nodes.len() - 1
    }

    fn compound(&mut self, name: &str, args: Vec<NodeId>) -> NodeId {
        self.push(Node::Compound(name.into(), args))
    }

    /// A term of at most priority `max` that takes up all the units.
    fn sequence(&mut self, units: &[Unit], max: u16, at: usize) -> Res<NodeId> {
        // An operator alone between brackets is an atom.
        if let [Unit { kind: UnitKind::Name(n, _), .. }] = units {
            return Ok(self.push(Node::Atom(n.clone())));
        }
        let ops = self.settings.ops;
        let mut pending: Vec<Pending> = vec![];
        let mut max = max;
        let mut i = 0;
        loop {
            // ---- an operand
            let Some(u) = units.get(i) else { return error(units.last().map_or(at, |u| u.at), "Unexpected end of clause") };
            if let UnitKind::Name(n, quoted) = &u.kind {
                if let Some(number) = self.negative_number(n, *quoted, u, units.get(i + 1)) {
                    i += 2;
                    let node = self.push(number);
                    match self.operators(node, 0, units, &mut i, &mut max, &mut pending)? {
                        Some(done) => return Ok(done),
                        None => continue,
                    }
                }
                if let Some(&op) = ops.prefix.get(n.as_str())
                    && self.starts_operand(units, i + 1)
                {
                    // A priority too large for the place counts as the largest that fits: `X = \+a`, as SWI-Prolog reads it.
                    let p = op.0.min(max);
                    let operand = if operand_priority(op) == op.0 { p } else { p.min(op.0 - 1) };
                    pending.push(Pending { name: n, op: (p, op.1), outer: max, left: None });
                    max = operand;
                    i += 1;
                    continue;
                }
            }
            let (node, priority) = self.primary(u)?;
            i += 1;
            if let Some(done) = self.operators(node, priority, units, &mut i, &mut max, &mut pending)? {
                return Ok(done);
            }
        }
    }

    /// With an operand read, takes infix and postfix operators. `Some` at the end, `None` if another operand is due.
    fn operators<'u>(
        &mut self,
        mut left: NodeId,
        mut priority: u16,
        units: &'u [Unit],
        i: &mut usize,
        max: &mut u16,
        pending: &mut Vec<Pending<'u>>,
    ) -> Res<Option<NodeId>> {
        let ops = self.settings.ops;
        loop {
            if let Some(u) = units.get(*i) {
                // `name(` where an operator is due: the name is infix and the bracket its right operand.
                let (name, split) = match &u.kind {
                    UnitKind::Compound(n, args) if ops.infix.contains_key(n.as_str()) => (Some(n.as_str()), Some(args)),
                    _ => (op_name(u), None),
                };
                let Some(name) = name else { return error(u.at, "Operator expected") };
                if let Some(&op) = ops.infix.get(name) {
                    let (l, r) = operand_priorities(op);
                    if op.0 <= *max && priority <= l {
                        *i += 1;
                        pending.push(Pending { name, op, outer: *max, left: Some(left) });
                        *max = r;
                        let Some(args) = split else { return Ok(None) };
                        let mut flat = vec![];
                        for (k, a) in args.iter().enumerate() {
                            if k > 0 {
                                flat.push(Unit::new(u.at, UnitKind::Comma));
                            }
                            flat.extend(a.iter().cloned());
                        }
                        left = self.sequence(&flat, 1200, u.at)?;
                        priority = 0;
                        continue;
                    }
                }
                if let Some(&op) = ops.postfix.get(name)
                    && op.0 <= *max
                    && priority <= operand_priority(op)
                {
                    *i += 1;
                    left = self.compound(name, vec![left]);
                    priority = op.0;
                    continue;
                }
            }
            // Nothing fits here: the operand is complete.
            match pending.pop() {
                Some(p) => {
                    left = match p.left {
                        Some(l) => self.compound(p.name, vec![l, left]),
                        None => self.compound(p.name, vec![left]),
                    };
                    priority = p.op.0;
                    *max = p.outer;
                }
                None if *i == units.len() => return Ok(Some(left)),
                None => {
                    let u = &units[*i];
                    let known = op_name(u).is_some_and(|n| ops.infix.contains_key(n) || ops.postfix.contains_key(n));
                    return error(u.at, if known { "Operator priority clash" } else { "Operator expected" });
                }
            }
        }
    }

    /// `-` right before a number is its sign.
    fn negative_number(&self, name: &str, quoted: bool, u: &Unit, next: Option<&Unit>) -> Option<Node> {
        match next {
            Some(Unit { at, kind: UnitKind::Number(n) }) if name == "-" && !quoted && *at == u.at + 1 => Some(Node::Number(match n {
                super::term::Number::Int(i) => super::term::Number::Int(-i.clone()),
                super::term::Number::Float(f) => super::term::Number::Float(-f),
            })),
            _ => None,
        }
    }

    /// Can what starts at unit `i` be the operand of a prefix operator?
    fn starts_operand(&self, units: &[Unit], i: usize) -> bool {
        let ops = self.settings.ops;
        match units.get(i) {
            None => false,
            Some(Unit { kind: UnitKind::Comma | UnitKind::Bar, .. }) => false,
            Some(Unit { kind: UnitKind::Name(m, _), .. }) => {
                let after = ops.infix.contains_key(m.as_str()) || ops.postfix.contains_key(m.as_str());
                // `- = x` is an infix `=`; `\+ -x`, `- (-)` and `:- dynamic f` are operands.
                !after
                    || ops.prefix.contains_key(m.as_str()) && units.get(i + 1).is_some_and(|u| !self.is_infix_unit(u))
                    || units.get(i + 1).is_none()
            }
            // `f (x)` never gets here; `- =(x)` is an infix `=` no more than `- (1)` is.
            Some(_) => true,
        }
    }

    fn is_infix_unit(&self, u: &Unit) -> bool {
        op_name(u).is_some_and(|n| self.settings.ops.infix.contains_key(n) && !self.settings.ops.prefix.contains_key(n))
    }

    fn primary(&mut self, u: &Unit) -> Res<(NodeId, u16)> {
        let node = match &u.kind {
            UnitKind::Var(name) => self.variable(name),
            UnitKind::Number(n) => Node::Number(n.clone()),
            UnitKind::DoubleQuoted(s) => {
                let id = self.quoted(s, self.settings.double_quotes);
                return Ok((id, 0));
            }
            UnitKind::BackQuoted(s) => {
                let id = self.quoted(s, Quotes::Codes);
                return Ok((id, 0));
            }
            UnitKind::Compound(name, args) => {
                let args = args.iter().map(|a| self.sequence(a, 1200, u.at)).collect::<Res<Vec<_>>>()?;
                Node::Compound(name.clone(), args)
            }
            UnitKind::Paren(b) => return Ok((self.sequence(b, 1200, u.at)?, 0)),
            UnitKind::Curly(b) => {
                let inner = self.sequence(b, 1200, u.at)?;
                Node::Compound("{}".into(), vec![inner])
            }
            UnitKind::List(items, tail) => {
                let items = items.iter().map(|a| self.sequence(a, 1200, u.at)).collect::<Res<Vec<_>>>()?;
                let tail = match tail {
                    Some(t) => self.sequence(t, 1200, u.at)?,
                    None => self.push(Node::Atom("[]".into())),
                };
                Node::List(items, tail)
            }
            UnitKind::Comma | UnitKind::Bar => return error(u.at, "Illegal start of term"),
            // An operator as an atom, wherever that is: `dynamic/1`.
            UnitKind::Name(n, _) => Node::Atom(n.clone()),
        };
        Ok((self.push(node), 0))
    }

    fn variable(&mut self, name: &str) -> Node {
        let next = self.tree.variables.len();
        let index = if name == "_" { next } else { *self.names.entry(name.into()).or_insert(next) };
        if index == next {
            self.tree.variables.push(Variable { name: name.into(), count: 0 });
        }
        self.tree.variables[index].count += 1;
        Node::Var(index)
    }

    fn quoted(&mut self, s: &str, quotes: Quotes) -> NodeId {
        let items = match quotes {
            Quotes::String => return self.push(Node::String(s.into())),
            Quotes::Atom => return self.push(Node::Atom(s.into())),
            Quotes::Codes => s.chars().map(|c| self.push(Node::Number(super::term::Number::Int((c as u32).into())))).collect::<Vec<_>>(),
            Quotes::Chars => s.chars().map(|c| self.push(Node::Atom(c.to_string()))).collect::<Vec<_>>(),
        };
        let nil = self.push(Node::Atom("[]".into()));
        if items.is_empty() { nil } else { self.push(Node::List(items, nil)) }
    }
}
