//! Tree to bytecode. Variables live in registers; those both captured *and* assigned live in boxes; temporaries stack up above.

mod emit;
mod expressions;
mod statements;

use crate::Sprig;
use crate::ast::{Binding, Block, Function, Name, Record, StmtKind, Var};
use crate::bytecode::{CONST, Code, CodeParts, Op};
use crate::errors::{Source, SyntaxError};
use crate::objects::{self, Closure, Definition, NIL, RecordType, Shape, UNSET};
use crate::parse::parse;
use crate::resolve::resolve;
use crate::runtime::Runtime;
use bumpalo::Bump;
use emit::Frame;
use framework::{CodeRef, Obj, QuasiCell, Value, Vm};
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

/// Where a variable is.
enum Place {
    Register(u16),
    Box(u16),
    Capture(u16),
    CapturedBox(u16),
    /// Operand: the constant that is the box.
    Global(u16),
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
}

/// Must the variable live in a box? A captured one that never changes is copied into its closures instead.
fn is_boxed(v: &Var) -> bool {
    v.captured.get() && v.assigned.get()
}
