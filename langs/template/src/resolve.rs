//! Names to what they mean: finds the variable, function or builtin behind each name, and notes which variables closures capture.

use crate::ast::{Binding, Block, Expr, ExprKind, Function, Name, Stmt, StmtKind, Var};
use crate::builtins;
use crate::errors::SyntaxError;
use crate::runtime::Runtime;
use std::collections::{HashMap, HashSet};

/// Deepest nesting of expressions, blocks and functions. The stages after the parser recurse; this bounds the Rust stack.
const MAX_DEPTH: u32 = 200;

type Res = Result<(), SyntaxError>;

/// Resolves a whole program. Later inputs to the REPL see what earlier ones left in the runtime.
pub fn resolve(program: Block, rt: &Runtime) -> Res {
    let mut r = Resolver { rt, scopes: vec![], level: 0, depth: 0, loops: 0, variables: HashMap::new(), definitions: HashSet::new() };
    for s in program {
        let (name, pos, known) = match &s.kind {
            StmtKind::Function(_, f) => (f.name, f.pos, !r.definitions.insert(f.name)),
            StmtKind::Record(d) => (d.name, d.pos, !r.definitions.insert(d.name)),
            StmtKind::Let(v, _) => (v.name, v.pos, r.variables.insert(v.name, v).is_some()),
            _ => continue,
        };
        if known || (r.definitions.contains(name) && r.variables.contains_key(name)) {
            return Err(SyntaxError::new(pos, format!("`{name}` is already defined")));
        }
    }
    program.iter().try_for_each(|s| r.statement(s, true))
}

struct Resolver<'r, 'a> {
    rt: &'r Runtime,
    /// Variables in scope with the number of functions around them, innermost last.
    scopes: Vec<(&'a Var<'a>, u32)>,
    /// Number of functions around.
    level: u32,
    depth: u32,
    /// Number of loops around, in this function.
    loops: u32,
    /// The `let`s of the top level: functions may use them before they are made.
    variables: HashMap<&'a str, &'a Var<'a>>,
    definitions: HashSet<&'a str>,
}

impl<'a> Resolver<'_, 'a> {
    fn nested(&mut self, pos: u32, f: impl FnOnce(&mut Self) -> Res) -> Res {
        if self.depth == MAX_DEPTH {
            return Err(SyntaxError::new(pos, "this is nested too deeply"));
        }
        self.depth += 1;
        let result = f(self);
        self.depth -= 1;
        result
    }

    fn declare(&mut self, v: &'a Var<'a>) {
        self.scopes.push((v, self.level));
    }

    fn block(&mut self, block: Block<'a>) -> Res {
        let outside = self.scopes.len();
        block.iter().try_for_each(|s| self.statement(s, false))?;
        self.scopes.truncate(outside);
        Ok(())
    }

    fn loop_body(&mut self, var: Option<&'a Var<'a>>, body: Block<'a>) -> Res {
        let outside = self.scopes.len();
        self.loops += 1;
        var.into_iter().for_each(|v| self.declare(v));
        self.block(body)?;
        self.loops -= 1;
        self.scopes.truncate(outside);
        Ok(())
    }

    fn statement(&mut self, s: &Stmt<'a>, top_level: bool) -> Res {
        self.nested(s.pos, |r| match &s.kind {
            StmtKind::Expr(e) => r.expr(e),
            StmtKind::Let(v, e) => {
                r.expr(e)?;
                v.top_level.set(top_level);
                r.declare(v);
                Ok(())
            }
            StmtKind::Assign(target, _, e) => {
                if let ExprKind::Name(name) = &target.kind {
                    r.name(name, target.pos)?;
                    match name.binding.get() {
                        Some(Binding::Var(v)) => v.assigned.set(true),
                        Some(Binding::Global(_)) => {}
                        _ => return Err(SyntaxError::new(target.pos, format!("`{}` is no variable", name.text))),
                    }
                } else {
                    r.expr(target)?;
                }
                r.expr(e)
            }
            StmtKind::If(arms, last) => {
                for (c, block) in *arms {
                    r.expr(c)?;
                    r.block(block)?;
                }
                r.block(last)
            }
            StmtKind::While(c, body) => {
                r.expr(c)?;
                r.loop_body(None, body)
            }
            StmtKind::ForRange(v, from, to, body) => {
                r.expr(from)?;
                r.expr(to)?;
                r.loop_body(Some(v), body)
            }
            StmtKind::ForEach(v, e, body) => {
                r.expr(e)?;
                r.loop_body(Some(v), body)
            }
            StmtKind::Break | StmtKind::Continue if r.loops == 0 => Err(SyntaxError::new(s.pos, "this stands outside of a loop")),
            StmtKind::Break | StmtKind::Continue => Ok(()),
            StmtKind::Return(_) if r.level == 0 => Err(SyntaxError::new(s.pos, "`return` stands outside of a function")),
            StmtKind::Return(e) => e.iter().try_for_each(|e| r.expr(e)),
            StmtKind::Throw(e) => r.expr(e),
            StmtKind::Try(body, v, handler) => {
                r.block(body)?;
                let outside = r.scopes.len();
                r.declare(v);
                r.block(handler)?;
                r.scopes.truncate(outside);
                Ok(())
            }
            StmtKind::Function(v, f) => {
                if !top_level {
                    // Its own body may use it before it is made, so it must not be captured by value.
                    v.assigned.set(true);
                    r.declare(v);
                }
                r.function(f)
            }
            StmtKind::Record(_) if !top_level => Err(SyntaxError::new(s.pos, "a record can only be declared at the top level")),
            StmtKind::Record(d) => {
                let names = d.fields.iter().map(|&(pos, name)| (pos, name)).chain(d.methods.iter().map(|m| (m.pos, m.name)));
                no_duplicates(names)?;
                d.methods.iter().try_for_each(|m| r.function(m))
            }
        })
    }

    fn function(&mut self, f: &'a Function<'a>) -> Res {
        if f.params.len() > 250 {
            return Err(SyntaxError::new(f.pos, "too many parameters"));
        }
        no_duplicates(f.params.iter().map(|p| (p.pos, p.name)))?;
        let (outside, loops) = (self.scopes.len(), std::mem::take(&mut self.loops));
        self.level += 1;
        f.params.iter().for_each(|p| self.declare(p));
        let result = self.nested(f.pos, |r| r.block(f.body));
        self.level -= 1;
        self.loops = loops;
        self.scopes.truncate(outside);
        result
    }

    fn expr(&mut self, e: &'a Expr<'a>) -> Res {
        self.nested(e.pos, |r| match &e.kind {
            ExprKind::Literal(_) => Ok(()),
            ExprKind::Name(name) => r.name(name, e.pos),
            ExprKind::List(items) => items.iter().try_for_each(|e| r.expr(e)),
            ExprKind::Map(pairs) => pairs.iter().try_for_each(|(k, v)| r.expr(k).and_then(|()| r.expr(v))),
            ExprKind::Neg(a) | ExprKind::Not(a) | ExprKind::Field(a, _) => r.expr(a),
            ExprKind::And(a, b) | ExprKind::Or(a, b) | ExprKind::Binary(_, a, b) | ExprKind::Compare(_, a, b) | ExprKind::Index(a, b) => {
                r.expr(a)?;
                r.expr(b)
            }
            ExprKind::Call(f, args) | ExprKind::Method(f, _, args) => {
                if args.len() > 250 {
                    return Err(SyntaxError::new(e.pos, "too many arguments"));
                }
                r.expr(f)?;
                args.iter().try_for_each(|e| r.expr(e))
            }
            ExprKind::Function(f) => r.function(f),
        })
    }

    fn name(&mut self, name: &Name<'a>, pos: u32) -> Res {
        let here = self.scopes.iter().rev().find(|(v, _)| v.name == name.text).copied();
        let binding = match here.or_else(|| (self.level > 0).then(|| self.variables.get(name.text).map(|v| (*v, 0))).flatten()) {
            Some((v, level)) => {
                if level != self.level {
                    v.captured.set(true);
                }
                Binding::Var(v)
            }
            None if self.definitions.contains(name.text) => Binding::Definition(name.text),
            None if self.rt.globals.contains_key(name.text) => Binding::Global(name.text),
            None if self.rt.definitions.contains_key(name.text) => Binding::Definition(name.text),
            None => match builtins::number_of(name.text) {
                Some(i) => Binding::Builtin(i),
                None => return Err(SyntaxError::new(pos, format!("nothing is called `{}` here", name.text))),
            },
        };
        name.binding.set(Some(binding));
        Ok(())
    }
}

fn no_duplicates<'a>(names: impl Iterator<Item = (u32, &'a str)>) -> Res {
    let mut seen = HashSet::new();
    for (pos, name) in names {
        if !seen.insert(name) {
            return Err(SyntaxError::new(pos, format!("`{name}` stands here twice")));
        }
    }
    Ok(())
}
