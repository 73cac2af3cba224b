//! The language's own data: names, classes, modules, output; and the `Language` implementation.

use crate::bytecode::{Code, Inst, Op, Operand};
use crate::names::{Interner, Name};
use crate::objects::class::{Class, Known};
use crate::objects::layouts::*;
use crate::objects::module::{GlobalCell, Module};
use crate::perm::{Arena, P};
use framework::heap::{Tracer, TypeId};
use framework::{CodeRef, Flow, Language, Obj, QuasiCell, Value, Vm, World};
use std::cell::{Cell, RefCell};
use std::io::Write;

/// The language.
pub struct Python;
/// A VM that runs Python.
pub type PyVm = Vm<Python>;
/// Result of runtime functions: the exception is in the runtime.
pub type R<T = Value> = Result<T, framework::Raised>;

/// What never changes once a VM is set up: green data for the interpreter.
pub struct Realm {
    /// The classes the runtime refers to, by `Known`.
    pub known: Vec<P<Class>>,
    /// The class of each heap type, where the type alone decides.
    pub by_type: [Option<P<Class>>; 64],
    /// The `State` object.
    pub state: Obj,
    /// A tuple of the strings of one ASCII character.
    pub ascii: Obj,
}

impl Realm {
    /// A class the runtime refers to.
    #[inline(always)]
    pub fn class(&self, k: Known) -> P<Class> {
        self.known[k as usize]
    }
    /// The class of objects of a heap type other than `Instance` and the kinds of `Iter` and `DictView`.
    #[inline(always)]
    pub fn class_of_type(&self, id: TypeId) -> Option<P<Class>> {
        self.by_type[id as usize & 63]
    }
}

/// The language's own data.
pub struct Runtime {
    /// Owns code objects, classes, shapes, modules.
    pub arena: Arena,
    /// Names.
    pub names: Interner,
    /// Well-known immutable data; set up first.
    pub realm: Option<P<Realm>>,
    /// All classes.
    pub classes: Vec<P<Class>>,
    /// All code objects.
    pub codes: Vec<P<Code>>,
    /// All modules, in order of import.
    pub modules: Vec<P<Module>>,
    /// The module `builtins`.
    pub builtins: Option<P<Module>>,
    /// The functions of `twins`, once one has been called.
    pub twins: Vec<Value>,
    /// The exception in flight, while no interpreter code carries it.
    pub exc: Value,
    /// Standard output.
    pub out: Output,
    /// Where modules are searched.
    pub path: Vec<String>,
    /// Code that calls its first register with n arguments.
    pub call_codes: Vec<P<Code>>,
    /// Code that asks its first register for the next item.
    pub next_code: Option<P<Code>>,
    /// Code that sends its second register to the generator in its first; the same for throwing.
    pub resume_codes: Vec<P<Code>>,
    /// Objects being printed, against endless recursion in `repr`.
    pub printing: Vec<Obj>,
    /// `sys.modules`, or `None` until it is needed.
    pub loaded: Value,
    /// The object that stands for standard output, once `sys.stdout` has been asked for.
    pub stdout: Option<Value>,
    /// Compiled regular expressions, by the handles module `re` has.
    pub patterns: Vec<std::rc::Rc<crate::regex::Program>>,
    /// `sys.argv`.
    pub argv: Vec<String>,
    /// Lowest native stack address callbacks may reach.
    pub stack_limit: usize,
    /// Most frames.
    pub recursion_limit: usize,
    /// Constants of compiled code, kept alive as long as the VM.
    pub constants: Vec<Value>,
    version: u64,
}

impl Runtime {
    /// An empty runtime; `setup` fills it.
    pub fn new() -> Runtime {
        Runtime {
            arena: Arena::default(),
            names: Interner::new(),
            realm: None,
            classes: vec![],
            codes: vec![],
            modules: vec![],
            builtins: None,
            twins: vec![],
            exc: MISSING,
            out: Output::default(),
            path: vec![],
            call_codes: vec![],
            next_code: None,
            resume_codes: vec![],
            printing: vec![],
            loaded: NONE,
            stdout: None,
            patterns: vec![],
            argv: vec![],
            stack_limit: 0,
            recursion_limit: 1000,
            constants: vec![],
            version: 0,
        }
    }
    /// A class version never used before.
    pub fn next_version(&mut self) -> u64 {
        self.version += 1;
        self.version
    }
    /// The set-up realm.
    #[inline(always)]
    pub fn realm(&self) -> P<Realm> {
        self.realm.expect("the runtime is set up")
    }
    /// A class the runtime refers to.
    pub fn class(&self, k: Known) -> P<Class> {
        self.realm().class(k)
    }
}

impl Default for Runtime {
    fn default() -> Self {
        Runtime::new()
    }
}

/// Buffered standard output.
#[derive(Default)]
pub struct Output {
    buffer: Vec<u8>,
    /// Flush at line ends (a terminal).
    pub line_buffered: bool,
    /// Kept instead of written, for embedding and tests.
    pub captured: Option<Vec<u8>>,
}

impl Output {
    /// Writes text.
    pub fn write(&mut self, s: &str) {
        self.write_bytes(s.as_bytes());
    }
    /// Writes bytes.
    pub fn write_bytes(&mut self, s: &[u8]) {
        if let Some(c) = &mut self.captured {
            c.extend_from_slice(s);
            return;
        }
        self.buffer.extend_from_slice(s);
        if self.buffer.len() > 1 << 13 || (self.line_buffered && s.ends_with(b"\n")) {
            self.flush();
        }
    }
    /// Hands everything to the system. `false` if that failed.
    pub fn flush(&mut self) -> bool {
        let mut out = std::io::stdout().lock();
        let ok = out.write_all(&self.buffer).and_then(|_| out.flush()).is_ok();
        self.buffer.clear();
        ok
    }
}

/// The name spelled `s`; its string object exists from here on.
pub fn intern(vm: &mut PyVm, s: &str) -> Name {
    let n = vm.rt.names.intern(s);
    while vm.rt.names.objects.len() < vm.rt.names.len() {
        let next = Name(vm.rt.names.objects.len() as u32);
        let text = vm.rt.names.text(next).to_string();
        let o = crate::objects::str::new_str(vm, &text);
        vm.rt.names.objects.push(o);
    }
    n
}

/// The string object of a name.
pub fn name_str(vm: &PyVm, n: Name) -> Value {
    vm.rt.names.objects[n.0 as usize]
}

/// A new module, known to the import system under `name`.
pub fn new_module(vm: &mut PyVm, name: &str) -> P<Module> {
    let o = vm.core.heap.alloc(ModuleObj::TYPE);
    let m = vm.rt.arena.alloc(Module { name: name.to_string(), object: Cell::new(o.into()), cells: RefCell::default(), order: RefCell::default() });
    o.init(ModuleObj::data, m.addr());
    vm.rt.modules.push(m);
    m
}

/// The variable `name` of a module, made if the module has not heard of it.
pub fn global_cell(vm: &mut PyVm, module: P<Module>, name: Name) -> P<GlobalCell> {
    if let Some(c) = module.find(name) {
        return c;
    }
    let builtin = match vm.rt.builtins {
        Some(b) if b != module => Some(global_cell(vm, b, name)),
        _ => None,
    };
    let object = vm.core.heap.alloc(CellObj::TYPE);
    object.init(CellObj::value, MISSING);
    let c = vm.rt.arena.alloc(GlobalCell { name, constant: QuasiCell::new(MISSING), object, builtin });
    module.cells.borrow_mut().insert(name, c);
    module.order.borrow_mut().push(c);
    c
}

/// Binds a global variable.
pub fn set_global(vm: &mut PyVm, cell: P<GlobalCell>, v: Value) {
    let old = cell.constant.get();
    if old == MISSING {
        cell.constant.set(v);
    } else if old != GlobalCell::VARIABLE && old != v {
        cell.constant.set(GlobalCell::VARIABLE);
    }
    vm.core.heap.set(cell.object, CellObj::value, v);
}

/// Unbinds a global variable.
pub fn del_global(vm: &mut PyVm, cell: P<GlobalCell>) {
    cell.constant.set(GlobalCell::VARIABLE);
    vm.core.heap.set(cell.object, CellObj::value, MISSING);
}

/// Sets a variable of a module by name.
pub fn set_module_var(vm: &mut PyVm, module: P<Module>, name: &str, v: Value) {
    let name = intern(vm, name);
    let cell = global_cell(vm, module, name);
    set_global(vm, cell, v);
}

impl Language for Python {
    type Code = Code;
    type Runtime = Runtime;

    #[inline(always)]
    fn step<W: World<Lang = Python>>(w: &mut W) -> Flow {
        crate::step::step(w)
    }
    fn registers(code: &Code) -> u32 {
        code.registers
    }
    fn is_live(code: &Code, pc: u32, r: u32) -> bool {
        crate::liveness::is_live(code, pc, r)
    }
    fn is_live_waiting(code: &Code, pc: u32, r: u32) -> bool {
        crate::liveness::is_live_waiting(code, pc, r)
    }
    fn given_back(code: &Code, pc: u32) -> Option<u32> {
        let i = code.insts.get(pc as usize)?;
        (i.op == Op::Return && code.generator_reg.is_none()).then_some(i.a as u32)
    }
    fn location(code: &Code, pc: u32) -> String {
        format!("{} ({}:{})", code.qualname, code.source.file, code.line(pc))
    }
    fn disassemble(code: &Code, pc: u32) -> String {
        code.disassemble(pc)
    }
    fn trace_roots(rt: &Runtime, t: &mut Tracer) {
        rt.names.objects.iter().chain(&rt.constants).chain(&rt.twins).for_each(|v| t.value(*v));
        t.value(rt.exc);
        t.value(rt.loaded);
        rt.stdout.iter().for_each(|v| t.value(*v));
        rt.printing.iter().for_each(|o| t.obj(*o));
        if let Some(realm) = rt.realm {
            t.obj(realm.state);
            t.obj(realm.ascii);
        }
        for c in &rt.classes {
            t.value(c.object.get());
            c.dict.borrow().values().for_each(|v| t.value(*v));
        }
        for c in &rt.codes {
            t.value(c.doc);
            c.consts.iter().for_each(|v| t.value(*v));
        }
        for m in &rt.modules {
            t.value(m.object.get());
            for c in m.order.borrow().iter() {
                t.obj(c.object);
                t.value(c.constant.get());
            }
        }
    }
    fn interrupt(vm: &mut PyVm) -> Flow {
        crate::step::exc::interrupt(vm)
    }
}

/// A code object as the framework refers to it.
#[inline(always)]
pub fn code_ref(c: P<Code>) -> CodeRef<Python> {
    CodeRef::new(c.get())
}

/// Registers an instruction reads and writes, for liveness: calls `read` and `write`.
pub fn operands(i: &Inst, mut read: impl FnMut(u32), mut write: impl FnMut(u32)) {
    for (kind, v) in i.op.operands().into_iter().zip([i.a as u32, i.b as u32, i.c as u32, i.d, i.e]) {
        match kind {
            Operand::W => write(v),
            Operand::R => read(v),
            Operand::RW => {
                read(v);
                write(v);
            }
            Operand::Base => (0..i.c as u32).for_each(|k| read(v + k)),
            Operand::Call | Operand::Method | Operand::Args => {
                match kind {
                    Operand::Call => read(v),
                    Operand::Method => read(v + 1),
                    _ => {}
                }
                (0..i.c as u32).for_each(|k| read(v + 2 + k));
            }
            Operand::Out => (0..i.c as u32).for_each(|k| write(v + k)),
            _ => {}
        }
    }
}
