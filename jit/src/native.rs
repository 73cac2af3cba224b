//! Machine code of traces: the driver's side of the backend.

use crate::backend::{Arena, Compiled, Env, ExitState, Kind, compile as compile_trace};
use crate::eval::{Exit, Left};
use crate::ir::{Desc, Target, TraceId};
use crate::tree::{CompiledTrace, Traces};
use framework::{Language, Vm};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::rc::Rc;

/// Is there a backend for this machine?
pub const AVAILABLE: bool = crate::backend::AVAILABLE;

/// The code arena, made when the first trace is compiled. With `TWOFOLD_PERF_MAP` in the environment, `perf` gets to know the traces' names.
#[derive(Default)]
pub struct Engine {
    arena: RefCell<Option<Box<Arena>>>,
    /// Code of dropped traces, to be freed.
    dead: RefCell<Vec<Compiled>>,
}

impl Engine {
    /// Compiles a trace; a bridge starts in its parent's registers.
    ///
    /// # Errors
    /// Why it cannot be compiled.
    pub fn compile<L: Language>(
        &self,
        vm: &mut Vm<L>,
        traces: &Traces,
        t: &CompiledTrace,
        parent: Option<&(Rc<CompiledTrace>, usize)>,
    ) -> Result<Compiled, String> {
        let mut arena = self.arena.borrow_mut();
        if arena.is_none() {
            let mut new = Arena::near(vm.core.interrupt_flag_addr() as usize).map_err(|e| format!("no memory for machine code: {e}"))?;
            if std::env::var_os("TWOFOLD_PERF_MAP").is_some() {
                new.write_perf_map().map_err(|e| format!("perf map: {e}"))?;
            }
            *arena = Some(Box::new(new));
        }
        let arena = arena.as_mut().expect("just made");
        self.dead.borrow_mut().drain(..).for_each(|c| arena.free(c.code));
        let mut targets: FxHashMap<TraceId, Rc<CompiledTrace>> = FxHashMap::default();
        for d in &t.ir.descs {
            if let Desc::Target(Target::Entry(id) | Target::Label(id)) = *d
                && id != t.id
            {
                targets.insert(id, traces.get(id));
            }
        }
        let compiled = |id: TraceId| targets.get(&id).and_then(|t| t.native.get());
        let env = Env { vm: &raw mut vm.core, trace: t.id, compiled: &compiled };
        let kind = match parent {
            None => Kind::Root,
            Some((p, snapshot)) => {
                let code = p.native.get().ok_or("the parent is not compiled")?;
                Kind::Bridge { parent: code, exit: exit_number(code, *snapshot) }
            }
        };
        let code = compile_trace(&t.ir, kind, &env, arena).map_err(|e| e.to_string())?;
        arena.name(&code.code, format_args!("trace {}", t.id.0));
        Ok(code)
    }

    /// Has an exit of `parent` go to `bridge`.
    pub fn attach(&self, parent: &CompiledTrace, snapshot: usize, bridge: &CompiledTrace) {
        if let (Some(p), Some(b), Some(arena)) = (parent.native.get(), bridge.native.get(), self.arena.borrow_mut().as_mut()) {
            arena.patch(p, exit_number(p, snapshot), b.entry());
        }
    }

    /// Takes the code of a trace that nothing runs or jumps to any more.
    pub fn bury(&self, code: Compiled) {
        self.dead.borrow_mut().push(code);
    }

    /// Bytes of code in use.
    pub fn code_bytes(&self) -> usize {
        let dead: usize = self.dead.borrow().iter().map(|c| c.code.len()).sum();
        self.arena.borrow().as_ref().map_or(0, |a| a.used()) - dead
    }

    /// Has the jumps of a trace into the root of a header, which is about to go, leave compiled code.
    pub fn unlink(&self, t: &CompiledTrace, header: (u64, u32)) {
        if let (Some(code), Some(arena)) = (t.native.get(), self.arena.borrow_mut().as_mut()) {
            arena.unlink(code, header);
        }
    }

    /// Has the jumps of a trace into the root of a header go to the new one.
    pub fn relink(&self, t: &CompiledTrace, root: &CompiledTrace) {
        if let (Some(code), Some(to), Some(arena)) = (t.native.get(), root.native.get(), self.arena.borrow_mut().as_mut()) {
            arena.relink(code, root.header, to);
        }
    }

    /// Has a trace leave at its next `Valid` guard.
    pub fn invalidate(&self, t: &CompiledTrace) {
        if let (Some(code), Some(arena)) = (t.native.get(), self.arena.borrow_mut().as_mut()) {
            arena.invalidate(code);
        }
    }

    /// Runs a root trace until it exits or its activation ends.
    pub fn run<L: Language>(&self, vm: &mut Vm<L>, traces: &Traces, id: TraceId) -> Left {
        let root = traces.get(id);
        let entry = root.native.get().expect("a compiled trace").call_entry();
        let mut state = ExitState::default();
        let arena: *const Arena = &**self.arena.borrow().as_ref().expect("there is compiled code");
        // SAFETY: the arena is boxed and lives as long as the engine; a nested run may add code to it but never moves or frees what runs.
        // `entry` is a root's, and the VM is the one it was compiled for, in the state the root was recorded for.
        unsafe { (*arena).enter(&mut vm.core, entry, &mut state) };
        vm.core.cur.base = vm.core.base();
        if let Some(word) = state.returned() {
            return Left::Returned(word);
        }
        if state.abandoned() {
            return Left::Abandoned;
        }
        let trace = traces.get(state.trace());
        let code = trace.native.get().expect("a compiled trace");
        let exit = &code.exits[state.exit() as usize];
        // SAFETY: compiled code has filled in the state and reported this exit.
        let leaves = code.leaves(exit).iter().map(|&l| unsafe { state.leaf(l) }).collect();
        let snapshot = exit.snapshot as usize;
        Left::Exit(Exit { trace, snapshot, leaves, forced: false })
    }

    /// The machine code of a trace as text.
    pub fn disassemble(&self, t: &CompiledTrace) -> String {
        match (t.native.get(), self.arena.borrow().as_ref()) {
            (Some(c), Some(arena)) => crate::backend::dump::disassemble(&t.ir, c, arena, &crate::ir::Registry::of(&t.ir)),
            _ => String::new(),
        }
    }
}

fn exit_number(code: &Compiled, snapshot: usize) -> u32 {
    code.exits.iter().position(|e| e.snapshot as usize == snapshot).expect("every snapshot has an exit") as u32
}
