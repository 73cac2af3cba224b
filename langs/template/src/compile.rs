//! Tree to bytecode. Variables live in registers; those both captured *and* assigned live in boxes; temporaries stack up above.

use crate::Sprig;
use crate::ast::{Binary, Binding, Block, Compare, Expr, ExprKind, Function, Literal, Name, Record, Stmt, StmtKind, Var};
use crate::bytecode::{CONST, Code, CodeParts, Handler, Inst, Op, Proto, Site};
use crate::errors::{Source, SyntaxError};
use crate::objects::{self, Closure, Definition, FALSE, Member, NIL, RecordType, Shape, TRUE, UNSET, boolean, new_str};
use crate::parse::parse;
use crate::resolve::resolve;
use crate::{builtins, runtime::Runtime};
use bumpalo::Bump;
use framework::{CodeRef, Obj, QuasiCell, Value, Vm};
use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

type Res<T = ()> = Result<T, SyntaxError>;

/// Compiles a program. Its functions and record types are defined in the VM only if all of it compiles.
/// `interactive`: top-level variables stay visible to later inputs, and the value of a last expression is the result.
pub fn compile(vm: &mut Vm<Sprig>, source: &Rc<Source>, interactive: bool) -> Res<CodeRef<Sprig>> {
    let arena = Bump::new();
    let program = parse(&source.text, &arena)?;
    resolve(program, &vm.rt)?;
    let mut c = Compiler { vm, source, interactive, frames: vec![], definitions: HashMap::new(), values: vec![], globals: HashMap::new() };
    let code = c.program(program)?;
    c.define();
    Ok(code)
}

struct Compiler<'v, 'a> {
    vm: &'v mut Vm<Sprig>,
    source: &'v Rc<Source>,
    interactive: bool,
    /// The functions being compiled, innermost last.
    frames: Vec<Frame<'a>>,
    /// The program's own definitions, to be made known at the end with these values.
    definitions: HashMap<&'a str, Rc<Definition>>,
    values: Vec<(&'a str, Value)>,
    /// The boxes of its global variables.
    globals: HashMap<*const Var<'a>, (&'a str, Obj)>,
}

/// A function being compiled.
struct Frame<'a> {
    name: String,
    params: u8,
    insts: Vec<Inst>,
    positions: Vec<u32>,
    consts: Vec<Value>,
    const_index: HashMap<Value, u16>,
    str_index: HashMap<&'a str, u16>,
    protos: Vec<Proto>,
    defs: Vec<Rc<Definition>>,
    sites: Vec<Site>,
    handlers: Vec<Handler>,
    /// Registers of the variables made so far.
    vars: HashMap<*const Var<'a>, u16>,
    /// Captured variables and where the closure's maker finds them.
    captures: Vec<(*const Var<'a>, u16)>,
    loops: Vec<Loop>,
    /// First free register.
    next: u16,
    /// The most there were in use.
    registers: u16,
    /// Position of the instructions being emitted.
    pos: u32,
}

/// Jumps out of a loop, to be patched.
#[derive(Default)]
struct Loop {
    breaks: Vec<usize>,
    continues: Vec<usize>,
}

/// Where a variable is.
enum Place {
    Register(u16),
    Box(u16),
    Capture(u16),
    CapturedBox(u16),
    /// Operand: the constant that is the box.
    Global(u16),
}

impl<'a> Frame<'a> {
    fn new(name: &str, params: &[&'a Var<'a>], is_method: bool) -> Frame<'a> {
        // Register 0 is the closure, or the receiver, which is then the first parameter.
        let first = if is_method { 0 } else { 1 };
        let registers = (params.len() as u16 + first).max(1);
        Frame {
            name: name.to_string(),
            params: params.len() as u8 - is_method as u8,
            insts: vec![],
            positions: vec![],
            consts: vec![],
            const_index: HashMap::new(),
            str_index: HashMap::new(),
            protos: vec![],
            defs: vec![],
            sites: vec![],
            handlers: vec![],
            vars: params.iter().zip(first..).map(|(v, r)| (*v as *const Var, r)).collect(),
            captures: vec![],
            loops: vec![],
            next: registers,
            registers,
            pos: 0,
        }
    }

    fn too_large<T>(&self, what: &str) -> Res<T> {
        Err(SyntaxError::new(self.pos, format!("too many {what} in one function")))
    }

    // ---- emitting
    fn emit_n(&mut self, op: Op, n: usize, a: u16, b: u16, c: u16) -> Res<usize> {
        if self.insts.len() >= u16::MAX as usize {
            return self.too_large("instructions");
        }
        self.insts.push(Inst { op, n: n as u8, a, b, c });
        self.positions.push(self.pos);
        Ok(self.insts.len() - 1)
    }
    fn emit(&mut self, op: Op, a: u16, b: u16, c: u16) -> Res<usize> {
        self.emit_n(op, 0, a, b, c)
    }
    fn here(&self) -> usize {
        self.insts.len()
    }
    /// Has jumps go to an instruction.
    fn patch(&mut self, jumps: impl IntoIterator<Item = usize>, target: usize) {
        jumps.into_iter().for_each(|j| self.insts[j].a = target as u16);
    }
    fn patch_here(&mut self, jumps: impl IntoIterator<Item = usize>) {
        self.patch(jumps, self.here())
    }

    // ---- registers and tables
    fn new_register(&mut self) -> Res<u16> {
        self.new_registers(1)
    }
    fn new_registers(&mut self, n: usize) -> Res<u16> {
        let first = self.next;
        if first as usize + n >= CONST as usize {
            return self.too_large("registers");
        }
        self.next += n as u16;
        self.registers = self.registers.max(self.next);
        Ok(first)
    }
    fn index<T>(&self, table: &[T]) -> Res<u16> {
        if table.len() >= CONST as usize { self.too_large("constants or names") } else { Ok(table.len() as u16) }
    }
    /// The operand for a constant that the runtime keeps.
    fn constant(&mut self, v: Value) -> Res<u16> {
        if let Some(&i) = self.const_index.get(&v) {
            return Ok(i);
        }
        let i = self.index(&self.consts)? | CONST;
        self.consts.push(v);
        self.const_index.insert(v, i);
        Ok(i)
    }
    fn site(&mut self, name: &str) -> Res<u16> {
        let i = self.index(&self.sites)?;
        self.sites.push(Site { name: name.to_string(), cache: Cell::new((0, Member::Missing)) });
        Ok(i)
    }
    fn def(&mut self, d: &Rc<Definition>) -> Res<u16> {
        if let Some(i) = self.defs.iter().position(|x| Rc::ptr_eq(x, d)) {
            return Ok(i as u16);
        }
        let i = self.index(&self.defs)?;
        self.defs.push(d.clone());
        Ok(i)
    }
}

impl<'a> Compiler<'_, 'a> {
    fn f(&mut self) -> &mut Frame<'a> {
        self.frames.last_mut().expect("a function is being compiled")
    }

    // ---- programs and functions
    fn program(&mut self, program: Block<'a>) -> Res<CodeRef<Sprig>> {
        self.frames.push(Frame::new("main", &[], false));
        for s in program {
            let name = match &s.kind {
                StmtKind::Function(_, f) => f.name,
                StmtKind::Record(d) => d.name,
                _ => continue,
            };
            // A new definition of an old name goes where older code already looks.
            let old = self.vm.rt.definitions.get(name).cloned();
            let d = old.unwrap_or_else(|| Rc::new(Definition { name: name.to_string(), value: QuasiCell::new(UNSET) }));
            self.definitions.insert(name, d);
        }
        let mut result = None;
        for (i, s) in program.iter().enumerate() {
            match &s.kind {
                StmtKind::Function(_, f) => {
                    let value = self.constant_function(f)?;
                    self.values.push((f.name, value));
                }
                StmtKind::Record(d) => self.record(d)?,
                StmtKind::Expr(e) if self.interactive && i + 1 == program.len() => result = Some(self.operand(e)?),
                _ => self.statement(s)?,
            }
        }
        let result = match result {
            Some(operand) => operand,
            None => self.f().constant(NIL)?,
        };
        self.f().emit(Op::Return, 0, result, 0)?;
        Ok(self.finish().0)
    }

    /// Makes the program's definitions and variables known, now that all of it has compiled.
    fn define(self) {
        let rt: &mut Runtime = &mut self.vm.rt;
        for (name, value) in self.values {
            let d = &self.definitions[name];
            d.value.set(value);
            rt.globals.remove(name);
            rt.definitions.insert(name.to_string(), d.clone());
        }
        if self.interactive {
            for (name, global) in self.globals.into_values() {
                rt.definitions.remove(name);
                rt.globals.insert(name.to_string(), global);
            }
        }
    }

    /// Ends the function being compiled: its code, and its captures.
    fn finish(&mut self) -> (CodeRef<Sprig>, Vec<u16>) {
        let f = self.frames.pop().expect("a function is being compiled");
        let code = Code::new(CodeParts {
            name: f.name,
            source: self.source.clone(),
            params: f.params,
            registers: f.registers as u32,
            insts: f.insts,
            positions: f.positions,
            consts: f.consts,
            protos: f.protos,
            defs: f.defs,
            sites: f.sites,
            handlers: f.handlers,
        });
        (self.vm.rt.add_code(code), f.captures.into_iter().map(|(_, from)| from).collect())
    }

    fn function(&mut self, f: &'a Function<'a>) -> Res<(CodeRef<Sprig>, Vec<u16>)> {
        self.frames.push(Frame::new(f.name, f.params, f.is_method));
        self.f().pos = f.pos;
        for p in f.params {
            if is_boxed(p) {
                let r = self.f().vars[&(*p as *const Var)];
                self.f().emit(Op::NewBox, r, r, 0)?;
            }
        }
        self.block(f.body)?;
        let nil = self.f().constant(NIL)?;
        self.f().emit(Op::Return, 0, nil, 0)?;
        Ok(self.finish())
    }

    /// A function that captures nothing is one object, made now.
    fn constant_function(&mut self, f: &'a Function<'a>) -> Res<Value> {
        let (code, captures) = self.function(f)?;
        debug_assert!(captures.is_empty(), "a top-level function captures nothing");
        Ok(self.constant_closure(code))
    }

    fn constant_closure(&mut self, code: CodeRef<Sprig>) -> Value {
        let closure = self.vm.core.heap.alloc_array(Closure::TYPE, 0);
        closure.init(Closure::code, code.addr() as i64);
        self.vm.rt.keep(closure.into())
    }

    fn record(&mut self, d: &'a Record<'a>) -> Res {
        let mut methods = vec![];
        for m in d.methods {
            methods.push((m.name.to_string(), self.function(m)?.0));
        }
        let shape = Shape { name: d.name.to_string(), fields: d.fields.iter().map(|(_, n)| n.to_string()).collect(), methods };
        let addr = self.vm.rt.add_shape(shape);
        let ty = self.vm.core.heap.alloc(RecordType::TYPE);
        ty.init(RecordType::shape, addr);
        let value = self.vm.rt.keep(ty.into());
        self.values.push((d.name, value));
        Ok(())
    }

    // ---- variables
    fn place(&mut self, v: &'a Var<'a>) -> Res<Place> {
        if v.top_level.get() && (v.captured.get() || self.interactive) {
            let boxed = self.global_box(v);
            return Ok(Place::Global(self.f().constant(boxed.into())?));
        }
        let level = self.frames.len() - 1;
        self.place_at(level, v)
    }

    fn place_at(&mut self, level: usize, v: &'a Var<'a>) -> Res<Place> {
        let key = v as *const Var;
        if let Some(&r) = self.frames[level].vars.get(&key) {
            return Ok(if is_boxed(v) { Place::Box(r) } else { Place::Register(r) });
        }
        let i = match self.frames[level].captures.iter().position(|(k, _)| *k == key) {
            Some(i) => i as u16,
            None => {
                let from = match self.place_at(level - 1, v)? {
                    Place::Register(r) | Place::Box(r) | Place::Global(r) => r,
                    Place::Capture(i) | Place::CapturedBox(i) => i | CONST,
                };
                let i = self.frames[level].index(&self.frames[level].captures)?;
                self.frames[level].captures.push((key, from));
                i
            }
        };
        Ok(if is_boxed(v) { Place::CapturedBox(i) } else { Place::Capture(i) })
    }

    fn global_box(&mut self, v: &'a Var<'a>) -> Obj {
        if let Some(&(_, o)) = self.globals.get(&(v as *const Var)) {
            return o;
        }
        let known = if self.interactive { self.vm.rt.globals.get(v.name).copied() } else { None };
        let o = known.unwrap_or_else(|| {
            let o = self.vm.core.heap.alloc(objects::Box::TYPE);
            o.init(objects::Box::value, UNSET);
            self.vm.rt.keep(o.into());
            o
        });
        self.globals.insert(v, (v.name, o));
        o
    }

    /// A variable's first value, for one whose register has been given out already.
    fn make_var(&mut self, v: &'a Var<'a>, register: u16, value: u16) -> Res {
        self.f().vars.insert(v, register);
        if is_boxed(v) {
            self.f().emit(Op::NewBox, register, value, 0)?;
        } else if register != value {
            self.f().emit(Op::Move, register, value, 0)?;
        }
        Ok(())
    }

    /// Puts a variable's value where it is wanted.
    fn load(&mut self, place: Place, dest: u16) -> Res {
        match place {
            Place::Register(r) => self.f().emit(Op::Move, dest, r, 0)?,
            Place::Box(r) => self.f().emit(Op::GetBox, dest, r, 0)?,
            Place::Capture(i) => self.f().emit(Op::GetCapture, dest, i, 0)?,
            Place::CapturedBox(i) => {
                self.f().emit(Op::GetCapture, dest, i, 0)?;
                self.f().emit(Op::GetBox, dest, dest, 0)?
            }
            Place::Global(b) => self.f().emit(Op::GetGlobal, dest, b, 0)?,
        };
        Ok(())
    }

    /// Assigns the operand `value` to a variable.
    fn store(&mut self, place: Place, value: u16) -> Res {
        match place {
            Place::Register(r) => self.f().emit(Op::Move, r, value, 0)?,
            Place::Box(b) | Place::Global(b) => self.f().emit(Op::SetBox, b, value, 0)?,
            Place::Capture(i) | Place::CapturedBox(i) => {
                let b = self.f().new_register()?;
                self.f().emit(Op::GetCapture, b, i, 0)?;
                self.f().emit(Op::SetBox, b, value, 0)?
            }
        };
        Ok(())
    }

    fn name_place(&mut self, name: &Name<'a>) -> Res<Option<Place>> {
        match name.binding.get() {
            Some(Binding::Var(v)) => self.place(v).map(Some),
            Some(Binding::Global(name)) => {
                let boxed = self.vm.rt.globals[name];
                Ok(Some(Place::Global(self.f().constant(boxed.into())?)))
            }
            _ => Ok(None),
        }
    }

    // ---- statements
    fn block(&mut self, block: Block<'a>) -> Res {
        let next = self.f().next;
        for s in block {
            self.statement(s)?;
        }
        self.f().next = next;
        Ok(())
    }

    fn statement(&mut self, s: &'a Stmt<'a>) -> Res {
        self.f().pos = s.pos;
        match &s.kind {
            StmtKind::Expr(e) => {
                let next = self.f().next;
                let dest = self.f().new_register()?;
                self.expr(e, dest)?;
                self.f().next = next;
                Ok(())
            }
            StmtKind::Let(v, e) if v.top_level.get() && (v.captured.get() || self.interactive) => {
                let next = self.f().next;
                let value = self.operand(e)?;
                let place = self.place(v)?;
                self.store(place, value)?;
                self.f().next = next;
                Ok(())
            }
            StmtKind::Let(v, e) => {
                let r = self.f().new_register()?;
                self.expr(e, r)?;
                self.make_var(v, r, r)
            }
            StmtKind::Assign(target, op, e) => self.assign(target, *op, e),
            StmtKind::If(arms, last) => {
                let mut ends = vec![];
                for (i, (c, block)) in arms.iter().enumerate() {
                    let skip = self.condition(c, false)?;
                    self.block(block)?;
                    if i + 1 < arms.len() || !last.is_empty() {
                        ends.push(self.f().emit(Op::Jump, 0, 0, 0)?);
                    }
                    self.f().patch_here(skip);
                }
                self.block(last)?;
                self.f().patch_here(ends);
                Ok(())
            }
            StmtKind::While(c, body) => {
                let check = self.f().emit(Op::Jump, 0, 0, 0)?;
                let top = self.f().here();
                let l = self.loop_body(|c| c.block(body))?;
                self.f().patch_here(l.continues.into_iter().chain([check]));
                self.f().pos = c.pos;
                let again = self.condition(c, true)?;
                self.f().patch(again, top);
                self.f().patch_here(l.breaks);
                Ok(())
            }
            StmtKind::ForRange(v, from, to, body) => {
                let next = self.f().next;
                let pair = self.f().new_registers(2)?;
                self.expr(from, pair)?;
                self.expr(to, pair + 1)?;
                self.f().pos = s.pos;
                let start = self.f().emit(Op::ForStart, 0, pair, 0)?;
                let top = self.f().here();
                // The counter itself serves as the variable, unless the body changes it.
                let register = if v.assigned.get() { self.f().new_register()? } else { pair };
                self.make_var(v, register, pair)?;
                let l = self.loop_body(|c| c.block(body))?;
                self.f().patch_here(l.continues);
                self.f().pos = s.pos;
                self.f().emit(Op::ForNext, top as u16, pair, 0)?;
                self.f().patch_here(l.breaks.into_iter().chain([start]));
                self.f().next = next;
                Ok(())
            }
            StmtKind::ForEach(v, e, body) => {
                let next = self.f().next;
                let pair = self.f().new_registers(2)?;
                let item = self.f().new_register()?;
                self.expr(e, pair)?;
                self.f().pos = e.pos;
                self.f().emit(Op::IterStart, 0, pair, 0)?;
                let check = self.f().emit(Op::Jump, 0, 0, 0)?;
                let top = self.f().here();
                let register = if is_boxed(v) { self.f().new_register()? } else { item };
                self.make_var(v, register, item)?;
                let l = self.loop_body(|c| c.block(body))?;
                self.f().patch_here(l.continues.into_iter().chain([check]));
                self.f().pos = s.pos;
                self.f().emit(Op::IterNext, top as u16, pair, item)?;
                self.f().patch_here(l.breaks);
                self.f().next = next;
                Ok(())
            }
            StmtKind::Break | StmtKind::Continue => {
                let jump = self.f().emit(Op::Jump, 0, 0, 0)?;
                let l = self.f().loops.last_mut().expect("the resolver has checked");
                let jumps = if let StmtKind::Break = s.kind { &mut l.breaks } else { &mut l.continues };
                jumps.push(jump);
                Ok(())
            }
            StmtKind::Return(e) => {
                let next = self.f().next;
                let value = match e {
                    Some(e) => self.operand(e)?,
                    None => self.f().constant(NIL)?,
                };
                self.f().emit(Op::Return, 0, value, 0)?;
                self.f().next = next;
                Ok(())
            }
            StmtKind::Throw(e) => {
                let next = self.f().next;
                let value = self.operand(e)?;
                self.f().pos = s.pos;
                self.f().emit(Op::Throw, 0, value, 0)?;
                self.f().next = next;
                Ok(())
            }
            StmtKind::Try(body, v, handler) => {
                let start = self.f().here() as u32;
                self.block(body)?;
                let end = self.f().here() as u32;
                let over = self.f().emit(Op::Jump, 0, 0, 0)?;
                let next = self.f().next;
                let register = self.f().new_register()?;
                let target = self.f().here() as u32;
                self.f().handlers.push(Handler { start, end, target, register });
                self.make_var(v, register, register)?;
                self.block(handler)?;
                self.f().next = next;
                self.f().patch_here([over]);
                Ok(())
            }
            StmtKind::Function(v, f) => {
                let r = self.f().new_register()?;
                if !is_boxed(v) {
                    let (code, captures) = self.function(f)?;
                    self.f().vars.insert(*v, r);
                    return self.closure(code, captures, r);
                }
                // Its box comes first: the function may capture itself.
                let nil = self.f().constant(NIL)?;
                self.make_var(v, r, nil)?;
                let (code, captures) = self.function(f)?;
                let closure = self.f().new_register()?;
                self.closure(code, captures, closure)?;
                self.f().emit(Op::SetBox, r, closure, 0)?;
                self.f().next = closure;
                Ok(())
            }
            StmtKind::Record(_) => unreachable!("the resolver lets them stand at the top level only"),
        }
    }

    fn loop_body(&mut self, body: impl FnOnce(&mut Self) -> Res) -> Res<Loop> {
        self.f().loops.push(Loop::default());
        body(self)?;
        Ok(self.f().loops.pop().expect("pushed above"))
    }

    fn assign(&mut self, target: &'a Expr<'a>, op: Option<Binary>, e: &'a Expr<'a>) -> Res {
        let next = self.f().next;
        match &target.kind {
            ExprKind::Name(name) => {
                let place = self.name_place(name)?.expect("the resolver has checked that it is a variable");
                match (place, op) {
                    (Place::Register(r), Some(op)) => {
                        let b = self.operand(e)?;
                        self.f().pos = target.pos;
                        self.f().emit(arithmetic(op), r, r, b)?;
                    }
                    // `x = x and y` writes twice, so it must not write to `x`.
                    (Place::Register(r), None) if !matches!(e.kind, ExprKind::And(..) | ExprKind::Or(..)) => self.expr(e, r)?,
                    (place, None) => {
                        let value = self.operand(e)?;
                        self.store(place, value)?;
                    }
                    (place, Some(op)) => {
                        let old = self.f().new_register()?;
                        self.load(place, old)?;
                        let b = self.operand(e)?;
                        self.f().pos = target.pos;
                        self.f().emit(arithmetic(op), old, old, b)?;
                        let place = self.name_place(name)?.expect("as above");
                        self.store(place, old)?;
                    }
                }
            }
            ExprKind::Field(object, field) => {
                let o = self.operand(object)?;
                let value = self.new_value(op, target.pos, e, |c, old| {
                    let site = c.f().site(field)?;
                    c.f().emit(Op::GetField, old, o, site)
                })?;
                self.f().pos = target.pos;
                let site = self.f().site(field)?;
                self.f().emit(Op::SetField, o, value, site)?;
            }
            ExprKind::Index(object, index) => {
                let o = self.operand(object)?;
                let i = self.operand(index)?;
                let value = self.new_value(op, target.pos, e, |c, old| c.f().emit(Op::GetIndex, old, o, i))?;
                self.f().pos = target.pos;
                self.f().emit(Op::SetIndex, o, i, value)?;
            }
            _ => unreachable!("the grammar lets nothing else be assigned to"),
        }
        self.f().next = next;
        Ok(())
    }

    /// The operand to be stored in a field or element: for `+=`, the old content plus the value.
    fn new_value(&mut self, op: Option<Binary>, pos: u32, e: &'a Expr<'a>, old: impl FnOnce(&mut Self, u16) -> Res<usize>) -> Res<u16> {
        let Some(op) = op else { return self.operand(e) };
        self.f().pos = pos;
        let r = self.f().new_register()?;
        old(self, r)?;
        let b = self.operand(e)?;
        self.f().pos = pos;
        self.f().emit(arithmetic(op), r, r, b)?;
        Ok(r)
    }

    // ---- expressions
    /// Where the value of an expression is to be found: a constant, a variable's register, or a new register.
    fn operand(&mut self, e: &'a Expr<'a>) -> Res<u16> {
        if let Some(v) = self.literal(e)? {
            return Ok(v);
        }
        if let ExprKind::Name(name) = &e.kind
            && let Some(Place::Register(r)) = self.name_place(name)?
        {
            return Ok(r);
        }
        let dest = self.f().new_register()?;
        self.expr(e, dest)?;
        Ok(dest)
    }

    fn literal(&mut self, e: &'a Expr<'a>) -> Res<Option<u16>> {
        let heap = &mut self.vm.core.heap;
        let value = match &e.kind {
            ExprKind::Literal(Literal::Str(s)) => {
                if let Some(&i) = self.f().str_index.get(s) {
                    return Ok(Some(i));
                }
                let v = new_str(&mut self.vm.core.heap, s);
                self.vm.rt.keep(v);
                let i = self.f().constant(v)?;
                self.f().str_index.insert(s, i);
                return Ok(Some(i));
            }
            ExprKind::Literal(Literal::Nil) => NIL,
            ExprKind::Literal(Literal::Bool(b)) => boolean(*b),
            ExprKind::Literal(Literal::Int(i)) => heap.int(*i),
            ExprKind::Literal(Literal::Float(x)) => heap.float(*x),
            ExprKind::Neg(Expr { kind: ExprKind::Literal(Literal::Int(i)), .. }) => heap.int(-i),
            ExprKind::Neg(Expr { kind: ExprKind::Literal(Literal::Float(x)), .. }) => heap.float(-x),
            ExprKind::Name(name) => match name.binding.get() {
                Some(Binding::Builtin(i)) => builtins::value_of(i),
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        if value.is_obj() {
            self.vm.rt.keep(value);
        }
        self.f().constant(value).map(Some)
    }

    /// Puts the value of an expression into a register. `dest` is written once, at the end, but by `and` and `or`.
    fn expr(&mut self, e: &'a Expr<'a>, dest: u16) -> Res {
        if let Some(k) = self.literal(e)? {
            self.f().emit(Op::Move, dest, k, 0)?;
            return Ok(());
        }
        let next = self.f().next;
        match &e.kind {
            ExprKind::Literal(_) => unreachable!("dealt with above"),
            ExprKind::Name(name) => match (self.name_place(name)?, name.binding.get()) {
                (Some(Place::Register(r)), _) if r == dest => {}
                (Some(place), _) => {
                    self.f().pos = e.pos;
                    self.load(place, dest)?
                }
                (None, Some(Binding::Definition(name))) => {
                    let d = self.definitions.get(name).or_else(|| self.vm.rt.definitions.get(name)).expect("resolved").clone();
                    let d = self.f().def(&d)?;
                    self.f().emit(Op::GetDef, dest, d, 0)?;
                }
                _ => unreachable!("builtins are literals"),
            },
            ExprKind::List(items) => {
                let row = self.row(items.iter().copied())?;
                self.f().emit(Op::NewList, dest, row, items.len() as u16)?;
            }
            ExprKind::Map(pairs) => {
                let row = self.row(pairs.iter().flat_map(|(k, v)| [*k, *v]))?;
                self.f().emit(Op::NewMap, dest, row, pairs.len() as u16)?;
            }
            ExprKind::Neg(a) => {
                let a = self.operand(a)?;
                self.f().pos = e.pos;
                self.f().emit(Op::Neg, dest, a, 0)?;
            }
            ExprKind::Binary(op, a, b) => {
                let a = self.operand(a)?;
                let b = self.operand(b)?;
                self.f().pos = e.pos;
                self.f().emit(arithmetic(*op), dest, a, b)?;
            }
            ExprKind::And(a, b) | ExprKind::Or(a, b) => {
                self.expr(a, dest)?;
                let op = if let ExprKind::And(..) = e.kind { Op::IfFalse } else { Op::IfTrue };
                let end = self.f().emit(op, 0, dest, 0)?;
                self.expr(b, dest)?;
                self.f().patch_here([end]);
            }
            ExprKind::Not(_) | ExprKind::Compare(..) => {
                let is_false = self.condition(e, false)?;
                let (yes, no) = (self.f().constant(TRUE)?, self.f().constant(FALSE)?);
                self.f().emit(Op::Move, dest, yes, 0)?;
                let end = self.f().emit(Op::Jump, 0, 0, 0)?;
                self.f().patch_here(is_false);
                self.f().emit(Op::Move, dest, no, 0)?;
                self.f().patch_here([end]);
            }
            ExprKind::Call(callee, args) => {
                if let ExprKind::Name(name) = &callee.kind
                    && let Some(Binding::Builtin(i)) = name.binding.get()
                {
                    builtins::check_count(i, args.len()).map_err(|m| SyntaxError::new(callee.pos, m))?;
                    // The row starts where a callee would be.
                    let base = self.f().new_register()?;
                    self.row(args.iter().copied())?;
                    self.f().pos = callee.pos;
                    self.f().emit_n(Op::CallBuiltin, args.len(), dest, base, i)?;
                } else {
                    let base = self.row([*callee].into_iter().chain(args.iter().copied()))?;
                    self.f().pos = callee.pos;
                    self.f().emit_n(Op::Call, args.len(), dest, base, 0)?;
                }
            }
            ExprKind::Method(object, name, args) => {
                let base = self.row([*object].into_iter().chain(args.iter().copied()))?;
                self.f().pos = e.pos;
                let site = self.f().site(name)?;
                self.f().emit_n(Op::CallMethod, args.len(), dest, base, site)?;
            }
            ExprKind::Field(object, name) => {
                let o = self.operand(object)?;
                self.f().pos = e.pos;
                let site = self.f().site(name)?;
                self.f().emit(Op::GetField, dest, o, site)?;
            }
            ExprKind::Index(object, index) => {
                let o = self.operand(object)?;
                let i = self.operand(index)?;
                self.f().pos = e.pos;
                self.f().emit(Op::GetIndex, dest, o, i)?;
            }
            ExprKind::Function(f) => {
                let (code, captures) = self.function(f)?;
                self.closure(code, captures, dest)?;
            }
        }
        self.f().next = next;
        Ok(())
    }

    /// Puts values into a row of new registers.
    fn row(&mut self, items: impl Iterator<Item = &'a Expr<'a>>) -> Res<u16> {
        let first = self.f().next;
        for e in items {
            let r = self.f().new_register()?;
            self.expr(e, r)?;
        }
        Ok(first)
    }

    fn closure(&mut self, code: CodeRef<Sprig>, captures: Vec<u16>, dest: u16) -> Res {
        if captures.is_empty() {
            let value = self.constant_closure(code);
            let k = self.f().constant(value)?;
            self.f().emit(Op::Move, dest, k, 0)?;
        } else {
            let f = self.f();
            let i = f.index(&f.protos)?;
            f.protos.push(Proto { code, captures: captures.into() });
            f.emit(Op::NewClosure, dest, i, 0)?;
        }
        Ok(())
    }

    /// Emits jumps taken if the truth of `e` is `when`; returns them to be patched.
    fn condition(&mut self, e: &'a Expr<'a>, when: bool) -> Res<Vec<usize>> {
        let next = self.f().next;
        let jumps = match &e.kind {
            ExprKind::Not(a) => self.condition(a, !when)?,
            ExprKind::And(a, b) | ExprKind::Or(a, b) => {
                // The value of `a` that settles the whole.
                let settles = matches!(e.kind, ExprKind::Or(..));
                let first = self.condition(a, settles)?;
                let mut jumps = self.condition(b, when)?;
                if settles == when {
                    jumps.extend(first);
                } else {
                    self.f().patch_here(first);
                }
                jumps
            }
            ExprKind::Compare(op, a, b) => {
                let a = self.operand(a)?;
                let b = self.operand(b)?;
                self.f().pos = e.pos;
                let (op, a, b) = match (op, when) {
                    (Compare::Eq, true) | (Compare::Ne, false) => (Op::IfEq, a, b),
                    (Compare::Eq, false) | (Compare::Ne, true) => (Op::IfNe, a, b),
                    (Compare::Lt, true) => (Op::IfLt, a, b),
                    (Compare::Lt, false) => (Op::IfNotLt, a, b),
                    (Compare::Le, true) => (Op::IfLe, a, b),
                    (Compare::Le, false) => (Op::IfNotLe, a, b),
                    (Compare::Gt, true) => (Op::IfLt, b, a),
                    (Compare::Gt, false) => (Op::IfNotLt, b, a),
                    (Compare::Ge, true) => (Op::IfLe, b, a),
                    (Compare::Ge, false) => (Op::IfNotLe, b, a),
                };
                vec![self.f().emit(op, 0, a, b)?]
            }
            ExprKind::Literal(l) => {
                let truth = !matches!(l, Literal::Nil | Literal::Bool(false));
                if truth == when { vec![self.f().emit(Op::Jump, 0, 0, 0)?] } else { vec![] }
            }
            _ => {
                let v = self.operand(e)?;
                vec![self.f().emit(if when { Op::IfTrue } else { Op::IfFalse }, 0, v, 0)?]
            }
        };
        self.f().next = next;
        Ok(jumps)
    }
}

/// Must the variable live in a box? A captured one that never changes is copied into its closures instead.
fn is_boxed(v: &Var) -> bool {
    v.captured.get() && v.assigned.get()
}

fn arithmetic(op: Binary) -> Op {
    match op {
        Binary::Add => Op::Add,
        Binary::Sub => Op::Sub,
        Binary::Mul => Op::Mul,
        Binary::Div => Op::Div,
        Binary::FloorDiv => Op::FloorDiv,
        Binary::Mod => Op::Mod,
    }
}
