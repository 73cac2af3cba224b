//! A VM with a language of no programs, to compile and run traces on.
#![allow(dead_code)]

pub mod interp;
pub mod random;
pub mod reemit;

use framework::heap::TypeInfo;
use framework::{Flow, Green, Language, Obj, Tracer, Ty, Value, Vm, World, layout, residual};
use jit::backend::{Arena, Compiled, Env, ExitState, Kind, compile};
use jit::ir::{Registry, Trace, TraceId, parse};

pub struct NoCode;
// SAFETY: it has no content.
unsafe impl Green for NoCode {}

pub struct Nothing;
impl Language for Nothing {
    type Code = NoCode;
    type Runtime = ();
    fn step<W: World<Lang = Self>>(_: &mut W) -> Flow {
        Flow::Done
    }
    fn registers(_: &NoCode) -> u32 {
        0
    }
    fn is_live(_: &NoCode, _: u32, _: u32) -> bool {
        true
    }
    fn location(_: &NoCode, _: u32) -> String {
        String::new()
    }
    fn disassemble(_: &NoCode, _: u32) -> String {
        String::new()
    }
    fn trace_roots(_: &(), _: &mut Tracer) {}
    fn interrupt(_: &mut Vm<Self>) -> Flow {
        Flow::Done
    }
}

layout! {
    pub Point = 16 { mut x: Value, mut y: f64, z: i64 }
    pub Items = 17 { len: i64, [mut items: Value] }
    pub Bytes = 18 { len: i64, [mut bytes: u8] }
    pub Floats = 19 { len: i64, [mut floats: f64] }
}

residual! {
    pub fn TWICE[Any](vm: &mut Vm<Nothing>, a: i64) -> i64 { a.wrapping_mul(2) }
    pub fn MIX[Any](vm: &mut Vm<Nothing>, a: i64, b: f64, c: i64, d: f64, e: i64) -> i64 {
        a.wrapping_mul(3).wrapping_add(b as i64).wrapping_add(c.wrapping_mul(7)).wrapping_add(d as i64).wrapping_sub(e)
    }
    pub fn HALF[Any](vm: &mut Vm<Nothing>, a: f64) -> f64 { a / 2.0 }
    /// The word as it is, under another type.
    pub fn AS_INT[Any](vm: &mut Vm<Nothing>, v: Value) -> i64 { v.0 as i64 }
    /// The word as it is, under another type.
    pub fn AS_FLOAT[Any](vm: &mut Vm<Nothing>, v: Value) -> f64 { f64::from_bits(v.0) }
    /// The word as it is, under another type.
    pub fn AS_OBJ[Any](vm: &mut Vm<Nothing>, v: Value) -> Obj { Obj(v.0) }
    pub fn ANSWER[Pure](vm: &mut Vm<Nothing>) -> i64 { 42 }
    /// Overwrites whatever a call may, as a test that nothing relies on it.
    pub fn CLOBBER[Any](vm: &mut Vm<Nothing>) -> i64 { clobber(); 0 }
    /// Does what the test has put in `CALLED`.
    pub fn CALL_BACK[Any](vm: &mut Vm<Nothing>, a: i64) -> i64 { CALLED.with(|f| (f.get())(a)); 0 }
}

thread_local!(pub static CALLED: std::cell::Cell<fn(i64)> = const { std::cell::Cell::new(|_| {}) });

#[inline(never)]
fn clobber() {
    // SAFETY: the registers are declared as overwritten.
    unsafe {
        std::arch::asm!(
            "mov rcx, 99", "mov rdx, 99", "mov rsi, 99", "mov rdi, 99", "mov r8, 99", "mov r9, 99", "mov r10, 99", "mov r11, 99",
            "movq xmm0, rcx", "movq xmm1, rcx", "movq xmm7, rcx", "movq xmm14, rcx",
            out("rcx") _, out("rdx") _, out("rsi") _, out("rdi") _, out("r8") _, out("r9") _, out("r10") _, out("r11") _,
            out("xmm0") _, out("xmm1") _, out("xmm7") _, out("xmm14") _,
        )
    }
}

pub fn registry() -> Registry {
    let types: &[&'static TypeInfo] = &[Point::TYPE, Items::TYPE, Bytes::TYPE, Floats::TYPE];
    Registry::new(types, &[&TWICE.info, &MIX.info, &HALF.info, &ANSWER.info, &CLOBBER.info, &CALL_BACK.info])
}

/// How a run ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    pub trace: u32,
    pub snapshot: u32,
    pub leaves: Vec<u64>,
}

/// A VM with compiled traces.
pub struct Machine {
    pub vm: Box<Vm<Nothing>>,
    pub arena: Arena,
    pub traces: Vec<Trace>,
    pub compiled: Vec<Compiled>,
    pub valid: bool,
}

impl Machine {
    pub fn new() -> Machine {
        let mut m = Machine::new_small();
        m.arena = Arena::near(m.vm.core.interrupt_flag_addr() as usize).unwrap();
        m
    }

    /// With an arena that is quick to make.
    pub fn new_small() -> Machine {
        Machine::with_arena(Arena::with_size(1 << 18).unwrap())
    }

    pub fn with_arena(arena: Arena) -> Machine {
        let mut vm = Vm::<Nothing>::with_stack((), 4096, 64);
        // The entry activation is in the middle of the stack, so that slots may be below its base.
        vm.core.cur = framework::Frame { code: 0x1000, pc: 7, base: 100, cont: 0 };
        vm.core.base_ptr = unsafe { vm.core.stack.add(100) };
        Machine { vm, arena, traces: vec![], compiled: vec![], valid: true }
    }

    /// Has all traces leave at their `Valid` guards from now on.
    pub fn invalidate(&mut self) {
        self.valid = false;
        for c in &self.compiled {
            self.arena.invalidate(c);
        }
    }

    pub fn root(&mut self, text: &str) -> u32 {
        let t = parse(text, &registry()).unwrap_or_else(|e| panic!("{e}\n{text}"));
        self.add(t, None)
    }

    /// Compiles a bridge and patches it in.
    pub fn bridge(&mut self, parent: u32, exit: u32, text: &str) -> u32 {
        let t = parse(text, &registry()).unwrap_or_else(|e| panic!("{e}\n{text}"));
        let id = self.add(t, Some((parent, exit)));
        self.arena.patch(&self.compiled[parent as usize], exit, self.compiled[id as usize].entry());
        id
    }

    pub fn add(&mut self, t: Trace, parent: Option<(u32, u32)>) -> u32 {
        self.try_add(t, parent).expect("the trace compiles")
    }

    pub fn try_add(&mut self, t: Trace, parent: Option<(u32, u32)>) -> Result<u32, jit::backend::CompileError> {
        let id = self.traces.len() as u32;
        let compiled = &self.compiled;
        let find = |t: TraceId| compiled.get(t.0 as usize);
        let env = Env { vm: &raw mut self.vm.core, trace: TraceId(id), compiled: &find };
        let kind = match parent {
            None => Kind::Root,
            Some((p, exit)) => Kind::Bridge { parent: &compiled[p as usize], exit },
        };
        let c = compile(&t, kind, &env, &mut self.arena)?;
        self.compiled.push(c);
        self.traces.push(t);
        Ok(id)
    }

    /// Puts words on the VM stack, from `first` relative to the entry activation's base.
    pub fn set_slots(&mut self, first: i32, words: &[u64]) {
        for (i, &w) in words.iter().enumerate() {
            unsafe { *self.vm.core.base_ptr.offset(first as isize + i as isize) = Value(w) };
        }
    }

    pub fn run(&mut self, root: u32) -> Outcome {
        let mut state = ExitState::default();
        let vm: *mut framework::vm::VmCore = &mut self.vm.core;
        unsafe { self.arena.enter(vm, self.compiled[root as usize].call_entry(), &mut state) };
        let code = &self.compiled[state.trace().0 as usize];
        let exit = &code.exits[state.exit() as usize];
        let leaves = code.leaves(exit).iter().map(|&l| unsafe { state.leaf(l) }).collect();
        Outcome { trace: state.trace().0, snapshot: exit.snapshot, leaves }
    }

    pub fn run_with(&mut self, root: u32, slots: &[u64]) -> Outcome {
        self.set_slots(0, slots);
        self.run(root)
    }
}

/// What a word means to a program: independent of where objects are, and of which boxes and NaNs there are.
#[derive(Clone, PartialEq, Debug)]
pub enum Meaning {
    Int(i64),
    Float(u64),
    Singleton(u32),
    /// Type, header bits and contents, to some depth.
    Object(u16, u32, Vec<Meaning>),
}

pub fn meaning(ty: Ty, bits: u64, depth: usize) -> Meaning {
    let float = |f: f64| Meaning::Float(if f.is_nan() { f64::NAN.to_bits() } else { f.to_bits() });
    let v = Value(bits);
    match ty {
        Ty::Int => Meaning::Int(bits as i64),
        Ty::Float => float(f64::from_bits(bits)),
        Ty::Value if let Some(i) = v.int() => Meaning::Int(i),
        Ty::Value if let Some(f) = v.float() => float(f),
        Ty::Value if let Some(id) = v.singleton_id() => Meaning::Singleton(id),
        Ty::Ref | Ty::Value => {
            let o = Obj(bits);
            let mut parts = vec![];
            if depth > 0 {
                let mut part = |ty, bits| parts.push(meaning(ty, bits, depth - 1));
                match o.type_id() {
                    Point::ID => Point::TYPE.fields.iter().for_each(|f| part(f.ty, o.word(f.offset as usize))),
                    Items::ID => o.elems(Items::items).iter().for_each(|v| part(Ty::Value, v.0)),
                    Floats::ID => o.elems(Floats::floats).iter().for_each(|f| part(Ty::Float, f.to_bits())),
                    Bytes::ID => o.bytes(Bytes::bytes).iter().for_each(|&b| part(Ty::Int, b as u64)),
                    id => panic!("an object of type {id}"),
                }
            }
            Meaning::Object(o.type_id(), o.aux(), parts)
        }
    }
}

pub fn small(i: i64) -> u64 {
    Value::small_int(i).0
}

pub fn boxed(f: f64) -> u64 {
    Value::immediate_float(f).unwrap().0
}
