//! The symbol table: which scope each name of a module lives in.

use crate::bytecode::Span;
use crate::parse::SyntaxError;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::*;
use ruff_text_size::{Ranged, TextRange};
use std::collections::{BTreeSet, HashMap};

/// What a scope is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScopeKind {
    /// A module.
    Module,
    /// A class body.
    Class,
    /// A function, lambda or generator expression: has an activation of its own.
    Function,
    /// A list, set or dict comprehension: runs in the activation around it.
    Comprehension,
}

/// How a name is used in a scope.
#[derive(Clone, Copy, Default, Debug)]
pub struct Use {
    /// Bound here.
    pub assigned: bool,
    /// A parameter.
    pub param: bool,
    /// Declared global.
    pub global: bool,
    /// Declared nonlocal.
    pub nonlocal: bool,
    /// May become unbound (`del`, `except … as`).
    pub deleted: bool,
}

/// Where a name lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// A register of this scope.
    Local,
    /// A cell of this scope.
    Cell,
    /// A cell of a scope around.
    Free,
    /// A global, or a class variable in a class body that binds it.
    Outer,
}

/// A scope.
#[derive(Debug)]
pub struct Scope {
    /// What it is.
    pub kind: ScopeKind,
    /// The scope around it.
    pub parent: Option<usize>,
    /// The names mentioned.
    pub uses: HashMap<String, Use>,
    /// Names bound here, in order.
    pub bound: Vec<String>,
    /// Bound names that inner functions use.
    pub cells: BTreeSet<String>,
    /// Names that live in cells of outer scopes.
    pub free: BTreeSet<String>,
    /// Does it contain `yield`, or is it a coroutine?
    pub generator: bool,
    /// Does it contain `yield`?
    pub yields: bool,
    /// `async def`, or a comprehension in one that awaits.
    pub is_async: bool,
    /// Attributes assigned on the first parameter by methods (of a class).
    pub self_attrs: BTreeSet<String>,
    first_param: Option<String>,
}

/// The scopes of a module, number 0 being the module's.
pub struct SymbolTable {
    /// All scopes.
    pub scopes: Vec<Scope>,
    by_node: HashMap<usize, usize>,
    annotations: HashMap<usize, usize>,
}

impl SymbolTable {
    /// Analyses a module.
    pub fn new(module: &ModModule, kind: ScopeKind) -> Result<SymbolTable, SyntaxError> {
        let mut b = Builder {
            table: SymbolTable { scopes: vec![], by_node: HashMap::new(), annotations: HashMap::new() },
            current: 0,
            error: None,
            depth: 0,
            annotations: vec![],
        };
        b.push(kind, module);
        for s in &module.body {
            b.visit_stmt(s);
        }
        if let Some(e) = b.error {
            return Err(e);
        }
        let mut t = b.table;
        t.resolve()?;
        Ok(t)
    }
    /// The scope of a node that has one.
    pub fn scope_of<T>(&self, node: &T) -> usize {
        self.by_node[&(std::ptr::from_ref(node) as usize)]
    }
    /// The scope of the annotations in a class body.
    pub fn annotations_of<T>(&self, node: &T) -> Option<usize> {
        self.annotations.get(&(std::ptr::from_ref(node) as usize)).copied()
    }
    /// Does the module leave a name to `builtins`?
    pub fn is_builtin(&self, name: &str) -> bool {
        self.scopes[0].uses.get(name).is_none_or(|u| !u.assigned)
    }
    /// Where `name` lives, seen from a scope.
    pub fn place(&self, scope: usize, name: &str) -> Place {
        let s = &self.scopes[scope];
        if s.cells.contains(name) {
            Place::Cell
        } else if s.free.contains(name) {
            Place::Free
        } else if !matches!(s.kind, ScopeKind::Module | ScopeKind::Class) && s.uses.get(name).is_some_and(|u| is_local(*u)) {
            Place::Local
        } else {
            Place::Outer
        }
    }

    fn resolve(&mut self) -> Result<(), SyntaxError> {
        for i in 0..self.scopes.len() {
            let names: Vec<(String, Use)> = self.scopes[i].uses.iter().map(|(n, u)| (n.clone(), *u)).collect();
            for (name, u) in names {
                if u.global || (is_local(u) && self.scopes[i].kind != ScopeKind::Module) {
                    continue;
                }
                let mut path = vec![i];
                let mut at = self.scopes[i].parent;
                let owner = loop {
                    let Some(s) = at else { break None };
                    let scope = &self.scopes[s];
                    let special = scope.kind == ScopeKind::Class && name == "__class__";
                    let here = scope.uses.get(&name).copied().unwrap_or_default();
                    if special || (matches!(scope.kind, ScopeKind::Function | ScopeKind::Comprehension) && is_local(here)) {
                        break Some(s);
                    }
                    if here.global && scope.kind == ScopeKind::Function {
                        break None;
                    }
                    path.push(s);
                    at = scope.parent;
                };
                match owner {
                    Some(owner) => {
                        self.scopes[owner].cells.insert(name.clone());
                        for s in path {
                            self.scopes[s].free.insert(name.clone());
                        }
                    }
                    None if u.nonlocal => return Err(SyntaxError::new(format!("no binding for nonlocal '{name}' found"), Span::default())),
                    None => {}
                }
            }
        }
        Ok(())
    }
}

fn is_local(u: Use) -> bool {
    (u.assigned || u.param) && !u.global && !u.nonlocal
}

struct Builder<'a> {
    table: SymbolTable,
    annotations: Vec<&'a Expr>,
    current: usize,
    error: Option<SyntaxError>,
    depth: u32,
}

/// Deepest nesting of the syntax tree.
pub const MAX_DEPTH: u32 = 20_000;

impl<'a> Builder<'a> {
    fn push<T>(&mut self, kind: ScopeKind, node: &T) -> usize {
        let parent = if self.table.scopes.is_empty() { None } else { Some(self.current) };
        self.table.scopes.push(Scope {
            kind,
            parent,
            uses: HashMap::new(),
            bound: vec![],
            cells: BTreeSet::new(),
            free: BTreeSet::new(),
            generator: false,
            yields: false,
            is_async: false,
            self_attrs: BTreeSet::new(),
            first_param: None,
        });
        let i = self.table.scopes.len() - 1;
        self.table.by_node.insert(std::ptr::from_ref(node) as usize, i);
        std::mem::replace(&mut self.current, i)
    }
    fn fail(&mut self, message: &str, range: TextRange) {
        if self.error.is_none() {
            self.error = Some(SyntaxError::new(message, Span { start: range.start().into(), end: range.end().into() }));
        }
    }
    fn scope(&mut self) -> &mut Scope {
        &mut self.table.scopes[self.current]
    }
    fn note(&mut self, name: &str) -> &mut Use {
        self.scope().uses.entry(name.to_string()).or_default()
    }
    fn bind(&mut self, name: &str) {
        let first = !std::mem::replace(&mut self.note(name).assigned, true);
        if first && !self.scope().bound.iter().any(|b| b == name) {
            self.scope().bound.push(name.to_string());
        }
    }
    fn params(&mut self, p: &Parameters) {
        for (i, q) in p.iter().enumerate() {
            let name = q.name().as_str().to_string();
            if self.table.scopes[self.current].uses.get(&name).is_some_and(|u| u.param) {
                self.fail(&format!("duplicate parameter '{name}' in function definition"), q.name().range());
            }
            self.note(&name).param = true;
            if i == 0 {
                self.scope().first_param = Some(name);
            }
        }
    }
    fn defaults(&mut self, p: &'a Parameters) {
        for d in p.iter_non_variadic_params().filter_map(|q| q.default.as_deref()) {
            self.visit_expr(d);
        }
    }
    fn comprehension<T>(&mut self, kind: ScopeKind, node: &T, generators: &'a [Comprehension], elements: &[&'a Expr]) {
        self.visit_expr(&generators[0].iter);
        let old = self.push(kind, node);
        if kind == ScopeKind::Function {
            self.note(".0").param = true;
            self.scope().generator = true;
            self.scope().yields = true;
        }
        for (i, g) in generators.iter().enumerate() {
            if g.is_async {
                if kind == ScopeKind::Comprehension && !self.in_async(old) {
                    self.fail("asynchronous comprehension outside of an asynchronous function", g.range());
                }
                self.scope().is_async = true;
            }
            if i > 0 {
                self.visit_expr(&g.iter);
            }
            self.visit_expr(&g.target);
            g.ifs.iter().for_each(|e| self.visit_expr(e));
        }
        elements.iter().for_each(|e| self.visit_expr(e));
        self.current = old;
    }
    /// Is the function around scope `s` asynchronous?
    fn in_async(&self, mut s: usize) -> bool {
        while let (ScopeKind::Comprehension, Some(p)) = (self.table.scopes[s].kind, self.table.scopes[s].parent) {
            s = p;
        }
        self.table.scopes[s].is_async
    }
    /// Type parameters are plain variables: of the function itself, or beside the class.
    fn type_params(&mut self, params: &Option<Box<TypeParams>>) {
        for p in params.iter().flat_map(|p| p.iter()) {
            self.bind(p.name().as_str());
        }
    }
    /// The scope a walrus in a comprehension binds in.
    fn walrus_scope(&self) -> usize {
        let mut s = self.current;
        while self.table.scopes[s].kind == ScopeKind::Comprehension
            || (self.table.scopes[s].uses.contains_key(".0") && self.table.scopes[s].generator)
        {
            match self.table.scopes[s].parent {
                Some(p) => s = p,
                None => break,
            }
        }
        s
    }
}

impl<'a> Visitor<'a> for Builder<'a> {
    fn visit_annotation(&mut self, _: &'a Expr) {}

    fn visit_pattern(&mut self, p: &'a Pattern) {
        let name = match p {
            Pattern::MatchAs(a) => &a.name,
            Pattern::MatchStar(s) => &s.name,
            Pattern::MatchMapping(m) => &m.rest,
            _ => &None,
        };
        if let Some(n) = name {
            self.bind(n.as_str());
        }
        visitor::walk_pattern(self, p);
    }

    fn visit_stmt(&mut self, s: &'a Stmt) {
        match s {
            Stmt::FunctionDef(f) => {
                f.decorator_list.iter().for_each(|d| self.visit_expr(&d.expression));
                self.bind(f.name.as_str());
                self.defaults(&f.parameters);
                let old = self.push(ScopeKind::Function, f);
                self.scope().is_async = f.is_async;
                self.scope().generator = f.is_async;
                self.type_params(&f.type_params);
                self.params(&f.parameters);
                f.body.iter().for_each(|s| self.visit_stmt(s));
                self.current = old;
            }
            Stmt::TypeAlias(t) => {
                self.visit_expr(&t.name);
                let old = self.push(ScopeKind::Function, t);
                self.type_params(&t.type_params);
                self.visit_expr(&t.value);
                self.current = old;
            }
            Stmt::ClassDef(c) => {
                self.type_params(&c.type_params);
                c.decorator_list.iter().for_each(|d| self.visit_expr(&d.expression));
                if let Some(a) = &c.arguments {
                    self.visit_arguments(a);
                }
                self.bind(c.name.as_str());
                let old = self.push(ScopeKind::Class, c);
                let outer = std::mem::take(&mut self.annotations);
                c.body.iter().for_each(|s| self.visit_stmt(s));
                let own = std::mem::replace(&mut self.annotations, outer);
                if !own.is_empty() {
                    let key = std::ptr::from_ref(c) as usize;
                    let class = self.push(ScopeKind::Function, &own);
                    self.table.annotations.insert(key, self.current);
                    self.note(".0").param = true;
                    own.into_iter().for_each(|e| self.visit_expr(e));
                    self.current = class;
                }
                self.current = old;
            }
            Stmt::Global(g) => {
                for n in &g.names {
                    let u = *self.note(n.as_str());
                    if u.param || u.assigned {
                        self.fail(
                            &format!("name '{n}' is {} global declaration", if u.param { "parameter and" } else { "assigned to before" })
                                .replace("parameter and global declaration", "parameter and global"),
                            g.range(),
                        );
                    }
                    self.note(n.as_str()).global = true;
                }
            }
            Stmt::Nonlocal(g) => {
                for n in &g.names {
                    let u = *self.note(n.as_str());
                    if self.scope().kind == ScopeKind::Module {
                        self.fail("nonlocal declaration not allowed at module level", g.range());
                    } else if u.param || u.assigned {
                        self.fail(
                            &format!("name '{n}' is {}", if u.param { "parameter and nonlocal" } else { "assigned to before nonlocal declaration" }),
                            g.range(),
                        );
                    }
                    self.note(n.as_str()).nonlocal = true;
                }
            }
            Stmt::Import(i) => {
                for a in &i.names {
                    let name = a.asname.as_ref().map_or_else(|| a.name.as_str().split('.').next().unwrap_or(""), |n| n.as_str());
                    self.bind(name);
                }
            }
            Stmt::ImportFrom(i) => {
                for a in &i.names {
                    match a.asname.as_ref().unwrap_or(&a.name).as_str() {
                        "*" if self.scope().kind != ScopeKind::Module => self.fail("import * only allowed at module level", i.range()),
                        "*" => {}
                        n => self.bind(n),
                    }
                }
            }
            Stmt::Try(t) => {
                for h in &t.handlers {
                    let ExceptHandler::ExceptHandler(h) = h;
                    if let Some(n) = &h.name {
                        self.bind(n.as_str());
                        self.note(n.as_str()).deleted = true;
                    }
                }
                visitor::walk_stmt(self, s);
            }
            Stmt::AnnAssign(a) => {
                self.visit_expr(&a.target);
                if self.scope().kind == ScopeKind::Class && a.simple {
                    self.annotations.push(&a.annotation);
                }
                if let Some(v) = &a.value {
                    self.visit_expr(v);
                }
            }
            _ => visitor::walk_stmt(self, s),
        }
    }

    fn visit_expr(&mut self, e: &'a Expr) {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.fail("too many nested expressions", e.range());
        } else if self.error.is_none() {
            self.expr(e);
        }
        self.depth -= 1;
    }
}

impl<'a> Builder<'a> {
    fn expr(&mut self, e: &'a Expr) {
        match e {
            Expr::Name(n) => match n.ctx {
                ExprContext::Store => self.bind(n.id.as_str()),
                ExprContext::Del => {
                    self.bind(n.id.as_str());
                    self.note(n.id.as_str()).deleted = true;
                }
                _ => {
                    self.note(n.id.as_str());
                    if n.id.as_str() == "super" && self.scope().kind == ScopeKind::Function {
                        self.note("__class__");
                    }
                }
            },
            Expr::Lambda(l) => {
                if let Some(p) = &l.parameters {
                    self.defaults(p);
                }
                let old = self.push(ScopeKind::Function, l);
                if let Some(p) = &l.parameters {
                    self.params(p);
                }
                self.visit_expr(&l.body);
                self.current = old;
            }
            Expr::ListComp(c) => self.comprehension(ScopeKind::Comprehension, c, &c.generators, &[&c.elt]),
            Expr::SetComp(c) => self.comprehension(ScopeKind::Comprehension, c, &c.generators, &[&c.elt]),
            Expr::DictComp(c) => {
                let key = c.key.as_deref().unwrap_or(&c.value);
                self.comprehension(ScopeKind::Comprehension, c, &c.generators, &[key, &c.value]);
            }
            Expr::Generator(c) => self.comprehension(ScopeKind::Function, c, &c.generators, &[&c.elt]),
            Expr::Named(n) => {
                self.visit_expr(&n.value);
                let (at, old) = (self.walrus_scope(), self.current);
                if at != old
                    && let Expr::Name(name) = &*n.target
                {
                    if self.table.scopes[at].kind == ScopeKind::Class {
                        self.fail("assignment expression within a comprehension cannot be used in a class body", e.range());
                    }
                    let mut s = old;
                    while s != at {
                        if self.table.scopes[s].bound.iter().any(|b| b == name.id.as_str()) {
                            self.fail(
                                &format!("assignment expression cannot rebind comprehension iteration variable '{}'", name.id),
                                n.target.range(),
                            );
                        }
                        s = self.table.scopes[s].parent.unwrap_or(at);
                    }
                    // Bound around the comprehension: seen from inside as a name of the outer scope.
                    self.note(name.id.as_str());
                    self.current = at;
                    self.bind(name.id.as_str());
                    self.current = old;
                } else {
                    self.visit_expr(&n.target);
                }
            }
            Expr::Yield(_) | Expr::YieldFrom(_) => {
                if matches!(self.scope().kind, ScopeKind::Module | ScopeKind::Class) {
                    self.fail("'yield' outside function", e.range());
                } else if self.scope().kind == ScopeKind::Comprehension {
                    self.fail("'yield' inside list comprehension", e.range());
                }
                if self.scope().is_async && matches!(e, Expr::YieldFrom(_)) {
                    self.fail("'yield from' inside async function", e.range());
                }
                self.scope().generator = true;
                self.scope().yields = true;
                visitor::walk_expr(self, e);
            }
            Expr::Await(_) => {
                let at = self.current;
                if self.in_async(at) {
                    if self.scope().kind == ScopeKind::Comprehension {
                        self.scope().is_async = true;
                    }
                } else if matches!(self.scope().kind, ScopeKind::Module | ScopeKind::Class) {
                    self.fail("'await' outside function", e.range());
                } else {
                    self.fail("'await' outside async function", e.range());
                }
                visitor::walk_expr(self, e);
            }
            Expr::Attribute(a) if a.ctx == ExprContext::Store => {
                if let Expr::Name(n) = &*a.value
                    && self.scope().first_param.as_deref() == Some(n.id.as_str())
                    && let Some(p) = self.scope().parent
                {
                    self.table.scopes[p].self_attrs.insert(a.attr.as_str().to_string());
                }
                visitor::walk_expr(self, e);
            }
            _ => visitor::walk_expr(self, e),
        }
    }
}

impl SymbolTable {
    /// A table with one empty module scope.
    pub fn empty() -> SymbolTable {
        let mut b = Builder {
            table: SymbolTable { scopes: vec![], by_node: HashMap::new(), annotations: HashMap::new() },
            current: 0,
            error: None,
            depth: 0,
            annotations: vec![],
        };
        b.push(ScopeKind::Module, &());
        b.table
    }
}
