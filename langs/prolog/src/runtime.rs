//! The language's runtime and the running of goals.

use crate::Prolog;
use crate::code::{A, CHOICE, CONT, Shared};
use crate::read::Quotes;
use crate::read::ops::Ops;
use crate::symbols::{NONE, TRUE, UNBOUND};
use crate::system::System;
use crate::terms::{Choice, Clause, Cons, Cont, Machine as MachineObj, Overwritten, Struct, TrailEntry, Var};
use framework::{CodeRef, Obj, RAISED, Tracer, Value, Vm};
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

/// A Prolog machine.
pub type Machine = Vm<Prolog>;

/// When stamps come near to 32 bits they are renumbered.
pub const STAMP_LIMIT: i64 = 0xf000_0000;

/// What residual functions work on.
pub struct Runtime {
    pub shared: &'static Shared,
    /// The ball of the exception under way.
    pub ball: Value,
    pub ops: Ops,
    pub flags: HashMap<Value, Value>,
    pub globals: HashMap<Value, Value>,
    /// Counts changes of the database.
    pub generation: i64,
    pub out: crate::streams::Output,
    /// What is being loaded: see `consult`.
    pub loading: Option<crate::consult::Loading>,
    /// Goals of `initialization/1` and `initialization/2`, to run after load or as main.
    pub initialization: Vec<Value>,
    pub main_goal: Option<Value>,
    /// The exit code that loading programs has come to: 1 after a directive that failed or a syntax error, 2 after an exception.
    pub load_status: i32,
    pub warn_singletons: bool,
    /// Where the last exception that nothing caught was raised.
    pub raised_at: Option<String>,
    pub argv: Vec<String>,
    /// Set by `halt`.
    pub halted: Option<i32>,
    pub renumber: bool,
    /// The operators that the library is written with, once any of it has been read.
    pub library_ops: Option<std::rc::Rc<Ops>>,
    pub seed: u64,
    pub streams: crate::streams::Streams,
    /// Bags of `findall/3` under way are ordinary terms; this holds results of deterministic helpers that span calls.
    pub protected: Vec<Value>,
    pub builtin_ids: HashMap<crate::symbols::Functor, u32>,
    pub builtin_functors: Vec<crate::symbols::Functor>,
    pub builtin_table: Vec<crate::builtins::Builtin>,
}

impl Runtime {
    /// The flag `double_quotes`.
    pub fn double_quotes(&self) -> Quotes {
        use crate::symbols::atoms;
        match self.flags.get(&atoms::DOUBLE_QUOTES) {
            Some(&v) if v == atoms::CODES => Quotes::Codes,
            Some(&v) if v == atoms::CHARS => Quotes::Chars,
            Some(&v) if v == atoms::TATOM => Quotes::Atom,
            _ => Quotes::String,
        }
    }

    /// A random number: splitmix64.
    pub fn random(&mut self) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Reports what the runtime holds.
    pub fn trace(&self, t: &mut Tracer) {
        if self.shared.machine().0 != 0 {
            t.obj(self.shared.machine());
        }
        t.value(self.ball);
        self.flags.iter().chain(&self.globals).for_each(|(k, v)| t.values(&[*k, *v]));
        self.shared.constants.borrow().values().flatten().for_each(|v| t.value(*v));
        self.shared.retired.trace(t);
        self.initialization.iter().for_each(|v| t.value(*v));
        self.protected.iter().for_each(|v| t.value(*v));
        self.main_goal.iter().for_each(|v| t.value(*v));
        if let Some(l) = &self.loading {
            l.trace(t);
        }
        for p in self.shared.symbols.all_preds().into_iter().chain(self.shared.symbols.library_preds()) {
            crate::database::trace(p, t);
        }
    }
}

/// A machine with the built-in predicates and the library.
pub fn new_machine(argv: Vec<String>) -> Box<Machine> {
    let shared: &'static Shared = Box::leak(Box::new(Shared::new()));
    let rt = Runtime {
        shared,
        ball: NONE,
        ops: Ops::initial(),
        flags: HashMap::default(),
        globals: HashMap::default(),
        generation: 0,
        out: crate::streams::Output::default(),
        loading: None,
        initialization: vec![],
        main_goal: None,
        load_status: 0,
        warn_singletons: true,
        raised_at: None,
        argv,
        halted: None,
        renumber: false,
        library_ops: None,
        seed: std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(1, |d| d.as_nanos() as u64),
        streams: crate::streams::Streams::default(),
        protected: vec![],
        builtin_ids: HashMap::default(),
        builtin_functors: vec![],
        builtin_table: crate::builtins::table(),
    };
    let mut vm = Vm::new(rt);
    let machine = vm.core.heap.without_collection(|heap| heap.alloc(MachineObj::TYPE));
    shared.set_machine(machine);
    machine.init(MachineObj::trail, NONE);
    machine.init(MachineObj::stamp, 1);
    machine.init(MachineObj::choice_stamp, 1);
    let _ = shared.system.set(System::new(shared));
    crate::builtins::install(&mut vm);
    vm
}

/// How a goal ended.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Outcome {
    True,
    False,
    /// With this ball.
    Raised(Value),
}

/// Runs a goal for its first solution; its bindings stay.
pub fn run_goal(vm: &mut Machine, goal: Value) -> Outcome {
    let system = vm.rt.shared.system();
    let m = vm.rt.shared.machine();
    let (old_stamp, mark) = (m.get(MachineObj::choice_stamp), m.get(MachineObj::trail));
    let heap = &mut vm.core.heap;
    let stamp = m.get(MachineObj::stamp) + 1;
    let bottom = heap.alloc_array(Choice::TYPE, 0);
    bottom.init(Choice::prev, bottom.into());
    bottom.init(Choice::alt, system.bottom.addr());
    bottom.init(Choice::trail, mark);
    bottom.init(Choice::stamp, stamp);
    let cont = heap.alloc_array(Cont::TYPE, 0);
    cont.init(Cont::next, NONE);
    cont.init(Cont::ret, system.success_return.addr());
    bottom.init(Choice::cont, cont.into());
    heap.set(m, MachineObj::stamp, stamp);
    heap.set(m, MachineObj::choice_stamp, stamp);
    let mut registers = [NONE; A as usize + 2];
    registers[CONT as usize] = cont.into();
    registers[CHOICE as usize] = bottom.into();
    registers[crate::code::BARRIER as usize] = bottom.into();
    registers[A as usize] = goal;
    registers[A as usize + 1] = bottom.into();
    let code: CodeRef<Prolog> = vm.rt.shared.system().start_code();
    let result = vm.run_code(code, &registers);
    vm.core.heap.set(m, MachineObj::choice_stamp, old_stamp);
    match result {
        None => {
            crate::errors::raise(vm, crate::errors::Error::Resource("memory"), None);
            Outcome::Raised(vm.rt.ball)
        }
        Some(TRUE) => Outcome::True,
        Some(RAISED) => {
            undo(vm, mark);
            Outcome::Raised(vm.rt.ball)
        }
        Some(_) => {
            undo(vm, mark);
            Outcome::False
        }
    }
}

/// The clause of the program that is running, as text: the code's or else the one that it returns to.
pub fn place(vm: &Vm<Prolog>, code: i64, cont: Value) -> Option<String> {
    let mut cont = cont;
    let mut address = code;
    loop {
        // SAFETY: addresses of code that runs, and of code that continuations refer to, are of code that is there.
        let code = unsafe { &*(address as *const crate::code::Code) };
        if code.line > 0
            && let Some(p) = code.pred.filter(|p| !p.library)
        {
            let symbols = &vm.rt.shared.symbols;
            return Some(format!("{}/{} ({}:{})", crate::write::quote_atom(&symbols.name(p.name)), p.arity, symbols.name(code.file), code.line));
        }
        let c = cont.obj()?;
        // SAFETY: as above; returns of code that is there are there.
        address = unsafe { (*(c.get(Cont::ret) as *const crate::code::Return)).code.get() } as i64;
        cont = c.get(Cont::next);
    }
}

/// Undoes bindings back to a trail mark.
pub fn undo(vm: &mut Machine, mark: Value) {
    let m = vm.rt.shared.machine();
    let mut top = m.get(MachineObj::trail);
    while top != mark {
        let Some(e) = top.obj() else { break };
        let (cell, offset) = (e.get(TrailEntry::cell), e.aux());
        if offset == 0 {
            let changed = cell.get(Overwritten::cell);
            vm.core.heap.write_barrier(changed);
            changed.set_word(cell.get(Overwritten::offset) as usize, cell.get(Overwritten::old).0);
        } else {
            cell.set_word(8 * offset as usize, UNBOUND.0);
        }
        top = e.get(TrailEntry::prev);
    }
    vm.core.heap.set(m, MachineObj::trail, top);
}

/// The stamp for new objects.
#[inline]
pub fn stamp(vm: &Machine) -> u32 {
    vm.rt.shared.machine().get(MachineObj::choice_stamp) as u32
}

/// The registers of the running activation, when the program is between instructions or in a residual function run by `Direct`.
fn newest_choices(vm: &Machine) -> Vec<Obj> {
    let mut out = vec![];
    let bases = vm.core.waiting().iter().map(|f| f.base).chain([vm.core.cur.base]);
    for base in bases {
        // SAFETY: bases of frames are on the stack, with the engine's registers above.
        let v = unsafe { *vm.core.stack.add(base as usize + CHOICE as usize) };
        if let Some(o) = v.obj()
            && o.type_id() == Choice::ID
        {
            out.push(o);
        }
    }
    out
}

fn all_choices(vm: &Machine) -> Vec<Obj> {
    let mut out = vec![];
    for mut c in newest_choices(vm) {
        loop {
            out.push(c);
            match c.get(Choice::prev).obj() {
                Some(p) if p != c => c = p,
                _ => break,
            }
        }
    }
    out
}

/// The oldest generation that a choice point for single clauses still needs. To be called between instructions: else the newest
/// choice points may be in machine registers only.
pub fn oldest_generation_in_use(vm: &Machine) -> i64 {
    let mut oldest = vm.rt.generation;
    for c in all_choices(vm) {
        // SAFETY: `Choice::alt` holds addresses of leaked alternatives.
        let alt = unsafe { &*(c.get(Choice::alt) as *const crate::code::Alt) };
        if alt.kind == crate::code::AltKind::Dynamic {
            let saved = c.elems::<Value>(Choice::saved);
            if let Some(g) = saved.last().and_then(|g| g.int()) {
                oldest = oldest.min(g);
            }
        }
    }
    oldest
}

/// Numbers the stamps anew: choice points from 1, everything else as old as can be. Run between instructions.
pub fn renumber_stamps(vm: &mut Machine) {
    let mut seen: HashSet<u64> = HashSet::default();
    let mut work: Vec<u64> = vec![vm.rt.shared.machine().0];
    // The running activation is at a predicate's entry: only the engine's registers and the arguments count. Those that
    // wait are in the midst of an instruction: all of their registers do.
    let running = vm.core.cur;
    for f in vm.core.waiting().iter().filter(|f| f.code != 0).chain([&running]) {
        // SAFETY: a non-zero code address in a frame came from a `CodeRef`.
        let code = unsafe { CodeRef::<Prolog>::from_addr(f.code) };
        let n = if *f == running { A + code.get().pred.map_or(0, |p| p.arity as u32) } else { code.get().registers };
        for r in 0..n {
            // SAFETY: registers of activations are on the stack.
            let v = unsafe { *vm.core.stack.add((f.base + r) as usize) };
            if v.is_obj() {
                work.push(v.0);
            }
        }
    }
    work.extend(vm.rt.ball.obj().map(|o| o.0));
    work.extend(vm.rt.globals.values().chain(vm.rt.shared.constants.borrow().values().flatten()).filter_map(|v| v.obj()).map(|o| o.0));
    while let Some(p) = work.pop() {
        if !seen.insert(p) {
            continue;
        }
        let o = Obj(p);
        let mut push = |v: Value| {
            if v.is_obj() {
                work.push(v.0);
            }
        };
        match o.type_id() {
            Var::ID => push(o.get(Var::value)),
            crate::terms::CarRef::ID | crate::terms::CdrRef::ID | crate::terms::ArgRef::ID => push(Value(o.word(8))),
            Cons::ID => {
                push(o.get(Cons::car));
                push(o.get(Cons::cdr));
            }
            Struct::ID => o.elems::<Value>(Struct::args).iter().for_each(|v| push(*v)),
            Cont::ID => {
                push(o.get(Cont::next));
                o.elems::<Value>(Cont::saved).iter().for_each(|v| push(*v));
            }
            Choice::ID => {
                push(o.get(Choice::prev));
                push(o.get(Choice::cont));
                push(o.get(Choice::trail));
                o.elems::<Value>(Choice::saved).iter().for_each(|v| push(*v));
                continue;
            }
            TrailEntry::ID => {
                push(o.get(TrailEntry::cell).into());
                push(o.get(TrailEntry::prev));
                continue;
            }
            Overwritten::ID => {
                push(o.get(Overwritten::cell).into());
                push(o.get(Overwritten::old));
                // Numbers of choice points mean others now.
                o.init(Overwritten::newest, 0);
            }
            MachineObj::ID => {
                push(o.get(MachineObj::trail));
                continue;
            }
            Clause::ID => continue,
            _ => continue,
        }
        o.set_aux(0);
    }
    let mut choices: Vec<Obj> = all_choices(vm);
    choices.sort_by_key(|c| c.get(Choice::stamp));
    choices.dedup();
    let m = vm.rt.shared.machine();
    let newest = m.get(MachineObj::choice_stamp);
    let mut now = 1;
    for (i, c) in choices.iter().enumerate() {
        if c.get(Choice::stamp) == newest {
            now = i as i64 + 1;
        }
        c.init(Choice::stamp, i as i64 + 1);
    }
    vm.core.heap.set(m, MachineObj::stamp, choices.len() as i64 + 1);
    vm.core.heap.set(m, MachineObj::choice_stamp, now);
    vm.rt.renumber = false;
}
