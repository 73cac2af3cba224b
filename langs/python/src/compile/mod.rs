//! From the syntax tree to register bytecode.

mod call;
mod class;
mod comprehension;
mod exception;
mod expr;
mod fstring;
mod function;
mod generator;
pub mod pattern;
mod stmt;

use crate::bytecode::*;
use crate::names::{self, Name};
use crate::objects::layouts::*;
use crate::objects::module::{GlobalCell, Module};
use crate::parse::{SyntaxError, parse};
use crate::perm::P;
use crate::runtime::{PyVm, global_cell, intern};
use crate::symtable::{Place, ScopeKind, SymbolTable};
use framework::Value;
use framework::language::HotCell;
use ruff_python_ast::{ModModule, Parameters};
use ruff_text_size::Ranged;
use std::cell::OnceCell;
use std::collections::HashMap;

/// Result of compiling a part.
pub type C<T = ()> = Result<T, SyntaxError>;
/// A register.
pub type Reg = u16;
/// A place to jump to, defined later or earlier.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Label(u32);

/// Registers kept free at the top of every frame, for calls the interpreter makes in the middle of an instruction.
pub const SCRATCH: u32 = 6;

/// Compiles a module's source.
pub fn compile_module(vm: &mut PyVm, file: &str, text: String, module: P<Module>) -> Result<P<Code>, (SyntaxError, P<Source>)> {
    compile_unit(vm, file, text, module, Unit::default())
}

/// What source text is compiled to.
#[derive(Clone, Copy, Default)]
pub struct Unit {
    /// One expression, whose value the code returns.
    pub expression: bool,
    /// Its variables live in a dictionary that the code gets as its first register.
    pub namespace: bool,
}

/// Compiles source text.
pub fn compile_unit(vm: &mut PyVm, file: &str, text: String, module: P<Module>, unit: Unit) -> Result<P<Code>, (SyntaxError, P<Source>)> {
    let source = vm.rt.arena.alloc(Source::new(file.to_string(), text));
    let ast = parse(&source.get().text).map_err(|e| (e, source))?;
    let result = (|| {
        let table = SymbolTable::new(&ast, if unit.namespace { ScopeKind::Class } else { ScopeKind::Module })?;
        let mut c = Compiler { vm, table: &table, module, source };
        c.module_code(&ast, unit)
    })();
    if result.is_err() {
        // A tree too deep to compile is too deep to drop.
        std::mem::forget(ast);
    }
    result.map_err(|e| (e, source))
}

/// What is common to all functions of a module.
pub struct Compiler<'a> {
    vm: &'a mut PyVm,
    table: &'a SymbolTable,
    module: P<Module>,
    source: P<Source>,
}

/// What an exit from a block has to undo.
#[derive(Clone)]
enum Block<'a> {
    Loop {
        exit: Label,
        next: Label,
    },
    Finally {
        body: &'a [ruff_python_ast::Stmt],
    },
    With {
        exit: Reg,
        is_async: bool,
    },
    /// The body of an `except*` clause: no jump leaves it.
    Star,
    Handler {
        saved: Reg,
        name: Option<String>,
    },
    /// A range of instructions covered by a handler.
    Try {
        start: u32,
        target: Label,
        reg: Reg,
    },
}

/// The function being compiled.
pub struct Function<'c, 'a> {
    c: &'c mut Compiler<'a>,
    scopes: Vec<(usize, HashMap<String, Reg>)>,
    name: String,
    qualname: String,
    class_name: Option<String>,
    insts: Vec<Inst>,
    spans: Vec<Span>,
    span: Span,
    consts: Vec<Value>,
    globals: Vec<P<GlobalCell>>,
    children: Vec<P<Code>>,
    handlers: Vec<(u32, u32, Label, Reg)>,
    labels: Vec<u32>,
    blocks: Vec<Block<'a>>,
    caches: u32,
    hot: u32,
    next: Reg,
    max: Reg,
    bound: Vec<Reg>,
    unsure: Vec<Reg>,
    dead: bool,
    generator: Option<Reg>,
    depth: u32,
    annotations: Vec<(String, &'a ruff_python_ast::Expr)>,
}

impl<'a> Compiler<'a> {
    fn function<'c>(&'c mut self, scope: usize, name: &str, qualname: String, class_name: Option<String>) -> Function<'c, 'a> {
        Function {
            c: self,
            scopes: vec![(scope, HashMap::new())],
            name: name.to_string(),
            qualname,
            class_name,
            insts: vec![],
            spans: vec![],
            span: Span::default(),
            consts: vec![],
            globals: vec![],
            children: vec![],
            handlers: vec![],
            labels: vec![],
            blocks: vec![],
            caches: 0,
            // The first is the entry's.
            hot: 1,
            next: 0,
            max: 0,
            bound: vec![],
            unsure: vec![],
            dead: false,
            generator: None,
            depth: 0,
            annotations: vec![],
        }
    }

    fn module_code(&mut self, ast: &'a ModModule, unit: Unit) -> C<P<Code>> {
        use ruff_python_ast::Stmt;
        let mut f = self.function(0, "<module>", "<module>".into(), None);
        let mut params = Params::default();
        if unit.namespace {
            f.temp()?;
            params = Params { names: vec![names::DOT_ZERO], posonly: 1, positional: 1, ..Params::default() };
        }
        if unit.expression {
            let [Stmt::Expr(e)] = &ast.body[..] else {
                let at = ast
                    .body
                    .get(1)
                    .or(ast.body.first())
                    .map_or(Span::default(), |s| Span { start: s.range().start().into(), end: s.range().end().into() });
                return Err(SyntaxError::new("invalid syntax", at));
            };
            f.at(&*e.value);
            let r = f.expr(&e.value)?;
            f.op3(Op::Return, r, 0, 0);
            return f.finish(params, None, true, NONE, 1, 0);
        }
        if let Some(doc) = stmt::docstring(&ast.body) {
            let r = f.temp()?;
            f.load_str(r, doc)?;
            f.store_name("__doc__", r)?;
            f.next = r;
        }
        f.body(&ast.body)?;
        f.return_none()?;
        f.finish(params, None, true, NONE, 1, 0)
    }
}

impl<'c, 'a> Function<'c, 'a> {
    // ---- registers
    fn temp(&mut self) -> C<Reg> {
        self.temps(1)
    }
    fn temps(&mut self, n: u16) -> C<Reg> {
        let r = self.next;
        match r.checked_add(n).filter(|t| *t < 60_000) {
            Some(t) => self.next = t,
            None => return self.fail("too many local variables or too deep an expression"),
        }
        self.max = self.max.max(self.next);
        Ok(r)
    }
    fn fail<T>(&self, message: &str) -> C<T> {
        Err(SyntaxError::new(message, self.span))
    }

    // ---- instructions
    fn emit(&mut self, op: Op, x: u8, a: u16, b: u16, c: u16, d: u32, e: u32) {
        self.insts.push(Inst { op, x, a, b, c, d, e });
        self.spans.push(self.span);
    }
    fn op3(&mut self, op: Op, a: u16, b: u16, c: u16) {
        self.emit(op, 0, a, b, c, 0, 0)
    }
    fn here(&self) -> u32 {
        self.insts.len() as u32
    }
    fn label(&mut self) -> Label {
        self.labels.push(u32::MAX);
        Label(self.labels.len() as u32 - 1)
    }
    fn place(&mut self, l: Label) {
        self.labels[l.0 as usize] = self.here();
        self.dead = false;
    }
    fn jump(&mut self, l: Label) {
        self.emit(Op::Jump, 0, 0, 0, 0, l.0, 0);
        self.dead = true;
    }
    fn hot(&mut self) -> u32 {
        self.hot += 1;
        self.hot - 1
    }
    fn at<T: Ranged>(&mut self, node: &T) -> Span {
        let r = node.range();
        std::mem::replace(&mut self.span, Span { start: r.start().into(), end: r.end().into() })
    }

    // ---- constants and names
    fn constant(&mut self, v: Value) -> C<u16> {
        let i = match self.consts.iter().position(|c| *c == v) {
            Some(i) => i,
            None => {
                self.consts.push(v);
                // Reported as a root only once the code object exists: until then a module-wide list keeps it.
                self.c.vm.rt.constants.push(v);
                self.consts.len() - 1
            }
        };
        u16::try_from(i).or_else(|_| self.fail("too many constants in one function"))
    }
    fn load_const(&mut self, r: Reg, v: Value) -> C {
        let k = self.constant(v)?;
        self.op3(Op::LoadK, r, k, 0);
        Ok(())
    }
    fn load_str(&mut self, r: Reg, s: &str) -> C {
        let v = self.str_value(s);
        self.load_const(r, v)
    }
    fn str_value(&mut self, s: &str) -> Value {
        if s.len() <= 40 {
            let n = intern(self.c.vm, s);
            crate::runtime::name_str(self.c.vm, n)
        } else {
            crate::objects::str::new_str(self.c.vm, s)
        }
    }
    fn mangle(&self, name: &str) -> String {
        match &self.class_name {
            Some(c) if name.starts_with("__") && !name.ends_with("__") => format!("_{}{name}", c.trim_start_matches('_')),
            _ => name.to_string(),
        }
    }
    fn name(&mut self, name: &str) -> Name {
        let m = self.mangle(name);
        intern(self.c.vm, &m)
    }
    fn global(&mut self, name: &str) -> u32 {
        let n = self.name(name);
        let cell = global_cell(self.c.vm, self.c.module, n);
        match self.globals.iter().position(|g| *g == cell) {
            Some(i) => i as u32,
            None => {
                self.globals.push(cell);
                self.globals.len() as u32 - 1
            }
        }
    }
    fn scope_kind(&self) -> ScopeKind {
        self.c.table.scopes[self.scopes[0].0].kind
    }

    /// Where a name lives and, unless outside, the register of its value or cell.
    fn lookup(&self, name: &str) -> (Place, Reg, bool) {
        for (depth, (scope, regs)) in self.scopes.iter().enumerate().rev() {
            let inner = depth + 1 < self.scopes.len();
            match self.c.table.place(*scope, name) {
                Place::Local => {
                    if let Some(r) = regs.get(name) {
                        return (Place::Local, *r, inner);
                    }
                }
                Place::Cell => {
                    if let Some(r) = regs.get(name) {
                        return (Place::Cell, *r, inner);
                    }
                }
                Place::Free if depth == 0 => {
                    if let Some(r) = regs.get(name) {
                        return (Place::Free, *r, inner);
                    }
                }
                _ => {}
            }
        }
        (Place::Outer, 0, self.scopes.len() > 1)
    }
    fn class_local(&self, name: &str) -> bool {
        self.scope_kind() == ScopeKind::Class && self.scopes.len() == 1 && {
            let u = self.c.table.scopes[self.scopes[0].0].uses.get(name).copied().unwrap_or_default();
            !u.global && !u.nonlocal
        }
    }

    /// Reads a name. Locals are not copied: their own register comes back.
    fn load_name(&mut self, name: &str, want: Option<Reg>) -> C<Reg> {
        let n = self.name(name);
        let (place, reg, _) = self.lookup(name);
        if place == Place::Local {
            if self.unsure.contains(&reg) || !self.bound.contains(&reg) {
                self.emit(Op::CheckBound, 0, reg, 0, 0, n.0, 0);
            }
            return match want {
                Some(r) => {
                    if r != reg {
                        self.op3(Op::Move, r, reg, 0);
                    }
                    Ok(r)
                }
                None => Ok(reg),
            };
        }
        let r = match want {
            Some(r) => r,
            None => self.temp()?,
        };
        match place {
            Place::Outer if self.class_local(name) => {
                let g = self.global(name);
                self.emit(Op::LoadName, 0, r, 0, 0, n.0, g);
            }
            Place::Outer => {
                let g = self.global(name);
                self.emit(Op::LoadGlobal, 0, r, 0, 0, g, 0);
            }
            _ if self.class_local(name) && name != "__class__" => self.emit(Op::LoadNameCell, 0, r, 0, reg, n.0, 0),
            p => self.emit(Op::LoadCell, (p == Place::Free) as u8, r, reg, 0, n.0, 0),
        }
        Ok(r)
    }

    fn store_name(&mut self, name: &str, from: Reg) -> C {
        let (place, reg, _) = self.lookup(name);
        match place {
            Place::Local => {
                if reg != from {
                    self.op3(Op::Move, reg, from, 0);
                }
                self.set_bound(reg);
            }
            Place::Outer if self.class_local(name) => {
                let n = self.name(name);
                self.emit(Op::StoreName, 0, 0, from, 0, n.0, 0);
            }
            Place::Outer => {
                let g = self.global(name);
                self.emit(Op::StoreGlobal, 0, from, 0, 0, g, 0);
            }
            _ => self.op3(Op::StoreCell, reg, from, 0),
        }
        Ok(())
    }

    fn set_bound(&mut self, reg: Reg) {
        if !self.bound.contains(&reg) && !self.unsure.contains(&reg) {
            self.bound.push(reg);
        }
    }

    fn delete_name(&mut self, name: &str) {
        let n = self.name(name);
        let (place, reg, _) = self.lookup(name);
        match place {
            Place::Local => {
                self.emit(Op::CheckBound, 0, reg, 0, 0, n.0, 0);
                self.op3(Op::Clear, reg, 0, 1);
            }
            Place::Outer if self.class_local(name) => self.emit(Op::DelName, 0, 0, 0, 0, n.0, 0),
            Place::Outer => {
                let g = self.global(name);
                self.emit(Op::DelGlobal, 0, 0, 0, 0, g, 0);
            }
            p => self.emit(Op::DelCell, (p == Place::Free) as u8, reg, 0, 0, n.0, 0),
        }
    }

    /// What is bound now, to be joined after a branch.
    fn state(&self) -> (Vec<Reg>, bool) {
        (self.bound.clone(), self.dead)
    }
    /// Joins what is bound on two ways that meet here.
    fn join(&mut self, other: (Vec<Reg>, bool)) {
        if other.1 {
            return;
        }
        if self.dead {
            self.bound = other.0;
        } else {
            self.bound.retain(|r| other.0.contains(r));
        }
        self.dead = false;
    }

    // ---- functions
    /// Sets up parameters, locals, cells; used for functions, lambdas and generator expressions.
    fn prologue(&mut self, params: &Params, names: &[String], generator: bool) -> C<Option<Reg>> {
        let scope = self.scopes[0].0;
        let s = &self.c.table.scopes[scope];
        let mut regs = HashMap::new();
        for n in names {
            let r = self.temp()?;
            regs.insert(n.clone(), r);
            self.bound.push(r);
        }
        debug_assert_eq!(names.len(), params.registers() as usize);
        let locals: Vec<String> = s
            .bound
            .iter()
            .filter(|n| !regs.contains_key(*n) && matches!(self.c.table.place(scope, n), Place::Local | Place::Cell))
            .cloned()
            .collect();
        let closure = if s.free.is_empty() { None } else { Some(self.temp()?) };
        if generator {
            self.generator = Some(self.temp()?);
            self.op3(Op::Generator, 0, 0, 0);
        }
        let first = self.next;
        for n in &locals {
            let r = self.temp()?;
            if self.c.table.place(scope, n) == Place::Local {
                if s.uses[n].deleted {
                    self.unsure.push(r);
                }
            } else {
                self.op3(Op::NewCell, r, 0, 0);
            }
            regs.insert(n.clone(), r);
        }
        for (n, r) in names.iter().map(|n| (n, regs[n])) {
            if self.c.table.place(scope, n) == Place::Cell {
                self.op3(Op::MakeCell, r, 0, 0);
            } else if s.uses[n].deleted {
                self.unsure.push(r);
            }
        }
        for (i, n) in s.free.iter().enumerate() {
            let r = self.temp()?;
            regs.insert(n.clone(), r);
            self.op3(Op::LoadClosure, r, closure.unwrap_or(0), i as u16);
        }
        for n in &locals {
            if self.c.table.place(scope, n) == Place::Local {
                let r = regs[n];
                // One instruction for each run of plain locals.
                match self.insts.last_mut() {
                    Some(i) if i.op == Op::Clear && i.a + i.c == r => i.c += 1,
                    _ => self.op3(Op::Clear, r, 0, 1),
                }
            }
        }
        let _ = first;
        self.scopes[0].1 = regs;
        Ok(closure)
    }

    fn params(&mut self, p: Option<&Parameters>) -> (Params, Vec<String>) {
        let mut out = Params::default();
        let mut texts = vec![];
        let Some(p) = p else { return (out, texts) };
        for q in p.posonlyargs.iter().chain(&p.args).chain(&p.kwonlyargs) {
            texts.push(q.parameter.name.as_str().to_string());
        }
        out.posonly = p.posonlyargs.len() as u16;
        out.positional = out.posonly + p.args.len() as u16;
        out.kwonly = p.kwonlyargs.len() as u16;
        out.varargs = p.vararg.is_some();
        out.kwargs = p.kwarg.is_some();
        texts.extend(p.vararg.iter().chain(&p.kwarg).map(|q| q.name.as_str().to_string()));
        out.names = texts.iter().map(|t| self.name(t)).collect();
        (out, texts)
    }

    fn return_none(&mut self) -> C {
        if self.generator.is_some() {
            let r = self.temp()?;
            self.load_const(r, NONE)?;
            self.op3(Op::GeneratorReturn, r, 0, 0);
        } else {
            let k = self.constant(NONE)?;
            self.op3(Op::ReturnK, k, 0, 0);
        }
        self.dead = true;
        Ok(())
    }

    fn finish(mut self, params: Params, closure_reg: Option<Reg>, toplevel: bool, doc: Value, first_line: u32, self_attrs: u32) -> C<P<Code>> {
        for i in &mut self.insts {
            if i.op.operands()[3] == Operand::J {
                i.d = self.labels[i.d as usize];
            }
        }
        let handlers = self.handlers.iter().map(|h| Handler { start: h.0, end: h.1, target: self.labels[h.2.0 as usize], reg: h.3 }).collect();
        let mut locals = vec![names::DOT_ZERO; self.max as usize];
        for (n, r) in self.scopes[0].1.clone() {
            locals[r as usize] = self.name(&n);
        }
        let realm = self.c.vm.rt.realm();
        let scope = &self.c.table.scopes[self.scopes[0].0];
        let kind = match (self.generator.is_some(), scope.is_async, scope.yields) {
            (false, ..) => CodeKind::Plain,
            (_, true, true) => CodeKind::AsyncGenerator,
            (_, true, false) => CodeKind::Coroutine,
            _ => CodeKind::Generator,
        };
        let code = self.c.vm.rt.arena.alloc(Code {
            name: self.name,
            qualname: self.qualname,
            source: self.c.source,
            first_line,
            insts: self.insts,
            spans: self.spans,
            consts: self.consts,
            globals: self.globals,
            children: self.children,
            handlers,
            params,
            locals,
            registers: self.max as u32 + SCRATCH,
            closure_reg,
            generator_reg: self.generator,
            toplevel,
            kind,
            module: self.c.module,
            doc,
            caches: (0..self.caches).map(|_| Code::no_cache()).collect(),
            hot: (0..self.hot).map(|_| HotCell::default()).collect(),
            realm,
            internal: self.c.source.file == INTERNAL,
            self_attrs,
            live: OnceCell::new(),
        });
        self.c.vm.rt.codes.push(code);
        Ok(code)
    }
}

/// Code for calls from Rust: calls register 0 with `n` arguments from register 2 on.
pub fn call_code(vm: &mut PyVm, module: P<Module>, n: Option<usize>) -> P<Code> {
    let table = SymbolTable::empty();
    let source = vm.rt.arena.alloc(Source::new(INTERNAL.into(), String::new()));
    let mut c = Compiler { vm, table: &table, module, source };
    let mut f = c.function(0, "<call>", "<call>".into(), None);
    f.max = 3 + n.unwrap_or(0) as u16;
    match n {
        Some(n) => f.op3(Op::Call, 0, 0, n as u16),
        None => f.op3(Op::CallEx, 0, 0, 3),
    }
    f.op3(Op::Return, 0, 0, 0);
    f.finish(Params::default(), None, true, NONE, 0, 0).unwrap_or_else(|_| unreachable!("two instructions always compile"))
}

/// Code that asks the iterator in register 0 for its next item: [`EXHAUSTED`] after the last.
pub fn next_code(vm: &mut PyVm, module: P<Module>) -> P<Code> {
    let table = SymbolTable::empty();
    let source = vm.rt.arena.alloc(Source::new(INTERNAL.into(), String::new()));
    let mut c = Compiler { vm, table: &table, module, source };
    let mut f = c.function(0, "<next>", "<next>".into(), None);
    f.max = 2;
    let found = f.label();
    f.emit(Op::ForIter, 0, 0, 1, 0, found.0, 0);
    let k = f.constant(EXHAUSTED).unwrap_or_else(|_| unreachable!("the first constant fits"));
    f.op3(Op::ReturnK, k, 0, 0);
    f.place(found);
    f.op3(Op::Return, 1, 0, 0);
    f.finish(Params::default(), None, true, NONE, 0, 0).unwrap_or_else(|_| unreachable!("three instructions always compile"))
}

/// Code that goes on with the generator in register 0: sends register 1, or throws it.
pub fn resume_code(vm: &mut PyVm, module: P<Module>, throw: bool) -> P<Code> {
    let table = SymbolTable::empty();
    let source = vm.rt.arena.alloc(Source::new(INTERNAL.into(), String::new()));
    let mut c = Compiler { vm, table: &table, module, source };
    let mut f = c.function(0, "<resume>", "<resume>".into(), None);
    f.max = 2;
    f.emit(Op::Resume, throw as u8, 0, 0, 1, 0, 0);
    f.op3(Op::Return, 0, 0, 0);
    f.finish(Params::default(), None, true, NONE, 0, 0).unwrap_or_else(|_| unreachable!("two instructions always compile"))
}
