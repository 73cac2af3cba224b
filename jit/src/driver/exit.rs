//! Leaving compiled code: the state at the start of the interrupted instruction is rebuilt from the guard's snapshot, then the
//! instruction is finished by prefix replay, or a bridge is recorded from there.

use super::Jit;
use crate::eval::Exit;
use crate::ir::{Op, Recipe, Ref, SnapshotView};
use crate::mutants::{Mutant, planted};
use crate::options::Mode;
use crate::recorder::{Prefix, Recorder, Red, liveness};
use crate::roots::Roots;
use crate::tree::CompiledTrace;
use framework::heap::is_traced;
use framework::{Flow, Frame, Language, Obj, Ty, TypeInfo, Value, Vm};
use std::rc::Rc;

/// Bridges one after the other that start at one place.
const MAX_CHAIN: u32 = 16;
/// Bridges of one tree.
const MAX_BRIDGES: u32 = 600;

/// How long the chain of a bridge from this exit would be: see `CompiledTrace::chain`.
pub(super) fn chain_length(parent: &CompiledTrace, snapshot: usize) -> u32 {
    let place = |s: usize| parent.ir.snapshots.get(s).cur.map(|f| (f.code, f.pc));
    // A bridge's first snapshot is of the instruction it starts in.
    if parent.id != parent.root && place(0) == place(snapshot) { parent.chain + 1 } else { 0 }
}

/// Words of recipes, once the virtual objects exist.
pub(super) struct Rebuilt<'a> {
    snapshot: SnapshotView<'a>,
    leaves: &'a [u64],
    objects: Vec<Obj>,
}

impl Rebuilt<'_> {
    /// The word a recipe gives. A box that is made for it is kept alive until the exit has been dealt with.
    pub(super) fn word<L: Language>(&self, vm: &mut Vm<L>, roots: &Roots, r: Recipe) -> u64 {
        let boxed = |v: Value| {
            roots.pin(Ty::Value, v.0);
            v.0
        };
        match r {
            Recipe::Leaf(k) => self.leaves[k as usize],
            Recipe::Const(bits) => bits,
            Recipe::BoxInt(k) => boxed(vm.core.heap.int(self.leaves[k as usize] as i64)),
            Recipe::BoxFloat(k) => boxed(vm.core.heap.float(f64::from_bits(self.leaves[k as usize]))),
            Recipe::Virtual(k) => self.objects[k as usize].0,
            Recipe::Nothing => 0,
        }
    }
}

impl Jit {
    /// Goes on in the interpreter after an exit. Returns what the next thing to do is.
    pub(super) fn take_exit<L: Language>(&self, vm: &mut Vm<L>, exit: Exit) -> Flow {
        let trace = exit.trace.clone();
        let snapshot = trace.ir.snapshots.get(exit.snapshot);
        let pinned = self.roots.pinned();
        for (k, &r) in snapshot.leaves.iter().enumerate() {
            self.roots.pin(trace.ir.ty(r), exit.leaves[k]);
        }
        let rebuilt = self.rebuild(vm, snapshot, &exit.leaves);
        let flow = if self.wants_bridge(&trace, &exit) {
            self.record_bridge(vm, &exit, &rebuilt)
        } else if snapshot.log.is_empty() {
            Flow::Next
        } else {
            self.finish_instruction(vm, &trace, &rebuilt)
        };
        self.roots.unpin(pinned);
        flow
    }

    /// Allocates the virtual objects (all first, then their contents), and writes registers and frames.
    fn rebuild<'a, L: Language>(&self, vm: &mut Vm<L>, s: SnapshotView<'a>, leaves: &'a [u64]) -> Rebuilt<'a> {
        self.stats.materialised.set(self.stats.materialised.get() + s.virtuals.len() as u64);
        let mut rebuilt = Rebuilt { snapshot: s, leaves, objects: vec![] };
        // Half-built objects and half-written frames are nothing for the collector to see.
        vm.core.heap.pause();
        for v in s.virtuals {
            let o = match v.len {
                None => vm.core.heap.alloc(v.ty),
                Some(n) => vm.core.heap.alloc_array(v.ty, n as usize),
            };
            self.roots.pin(Ty::Ref, o.0);
            rebuilt.objects.push(o);
        }
        for (k, v) in s.virtuals.iter().enumerate() {
            let o = rebuilt.objects[k];
            o.set_aux(rebuilt.word(vm, &self.roots, v.aux) as u32);
            let first = if v.len.is_some() { 1 } else { 0 };
            for (f, &r) in s.fields(v).iter().enumerate().skip(first) {
                let word = rebuilt.word(vm, &self.roots, r);
                fill(vm, o, v.ty, f, word);
            }
        }
        if !planted(Mutant::ExitsForgetPendingStores) {
            self.do_stores(vm, &rebuilt);
        }
        let base = vm.core.cur.base;
        let absolute = |f: &Frame| Frame { base: f.base.wrapping_add(base), ..*f };
        for &(i, r) in s.slots {
            let word = rebuilt.word(vm, &self.roots, r);
            // SAFETY: the slot belongs to an activation of the trace, for which `Room` has checked the stack.
            unsafe { *vm.core.stack.offset(base as isize + i as isize) = Value(word) };
        }
        // SAFETY: `Room` has checked that there is room for the frames the trace pushed.
        unsafe {
            for f in s.pushed {
                *vm.core.frame_top = absolute(f);
                vm.core.frame_top = vm.core.frame_top.add(1);
            }
        }
        vm.core.cur = absolute(&s.cur());
        if let Some(r) = s.returned {
            let word = rebuilt.word(vm, &self.roots, r);
            self.come_back(vm, Some(word));
        }
        // SAFETY: the activation's base is on the stack.
        vm.core.base_ptr = unsafe { vm.core.stack.add(vm.core.cur.base as usize) };
        vm.core.heap.resume();
        rebuilt
    }

    /// Does what the trace has put off.
    fn do_stores<L: Language>(&self, vm: &mut Vm<L>, rebuilt: &Rebuilt) {
        for p in rebuilt.snapshot.stores {
            let o = Obj(rebuilt.word(vm, &self.roots, p.object));
            let word = rebuilt.word(vm, &self.roots, p.value);
            assert!(o.type_id() == p.place.owner(), "a pending store to an object of another type");
            if is_traced(p.place.ty()) {
                vm.core.heap.write_barrier(o);
            }
            o.set_word(p.place.offset(), word);
        }
    }

    /// The log of the interrupted instruction as words.
    pub(super) fn log_words<L: Language>(&self, vm: &mut Vm<L>, rebuilt: &Rebuilt) -> Vec<u64> {
        rebuilt.snapshot.log.iter().map(|e| rebuilt.word(vm, &self.roots, e.result)).collect()
    }

    /// Runs the interrupted instruction to its end, its first operations served from the log.
    fn finish_instruction<L: Language>(&self, vm: &mut Vm<L>, trace: &Rc<CompiledTrace>, rebuilt: &Rebuilt) -> Flow {
        self.stats.replays.set(self.stats.replays.get() + 1);
        let words = self.log_words(vm, rebuilt);
        let log = rebuilt.snapshot.log.iter().zip(words).map(|(e, now)| (e.kind, Red { now, r: Ref::NONE })).collect();
        let cur = vm.core.cur;
        let builder = crate::build::Builder::new(cur, liveness::<L>(), self.roots.clone());
        let mut rec = Recorder::new(vm, builder, false, cur.base, trace.tree.clone(), self.sites.clone());
        rec.set_prefix(Prefix::new(log, 0, false));
        rec.begin_instruction();
        let flow = L::step(&mut rec);
        rec.end_instruction();
        flow
    }

    /// Is it time to record a bridge from this exit?
    fn wants_bridge(&self, trace: &CompiledTrace, exit: &Exit) -> bool {
        if self.recording.get() || !trace.tree.is_valid() {
            return false;
        }
        let cell = &trace.exits[exit.snapshot];
        if cell.count.get() == u32::MAX || cell.bridge.get().is_some() {
            return false;
        }
        let is_hot = || {
            cell.count.set(cell.count.get() + 1);
            cell.count.get() >= self.options.exit_threshold << cell.failures.get().min(10)
        };
        let stress = self.options.mode == Mode::StressFail;
        let returned = trace.ir.snapshots.get(exit.snapshot).returned.is_some();
        if !stress && !returned && !is_hot() {
            return false;
        }
        // Seldom: most exits are taken very often or hardly at all.
        let guard = trace.ir.insts.iter().find(|i| trace.ir.snapshot_of(i) == Some(exit.snapshot)).expect("the exit's guard");
        // Branches multiply, and a place that sees ever new values would have ever new bridges: the interpreter takes those that are left.
        let never = matches!(guard.op, Op::Poll | Op::Valid | Op::Room)
            || chain_length(trace, exit.snapshot) >= MAX_CHAIN
            || trace.tree.bridges.get() >= MAX_BRIDGES;
        if never {
            cell.count.set(u32::MAX);
            return false;
        }
        if stress {
            return self.random(2) == 0;
        }
        // Where a call comes back is no branch: each run of the trace passes there.
        !returned || guard.op == Op::Exit || is_hot()
    }
}

/// Writes part of a new object: a field, or beyond those an element. No barrier: nothing was allocated between that the collector may have
/// run for without seeing it, because new objects are young.
fn fill<L: Language>(vm: &mut Vm<L>, o: Obj, ty: &TypeInfo, k: usize, word: u64) {
    let (offset, kind, bytes) = match ty.fields.get(k) {
        Some(f) => (f.offset as usize, f.ty, false),
        None => {
            let e = ty.elems.as_ref().expect("an array");
            (e.offset as usize + (k - ty.fields.len()) * e.size as usize, e.ty, e.size == 1)
        }
    };
    assert!(!bytes, "byte arrays are never virtual");
    if is_traced(kind) {
        vm.core.heap.write_barrier(o);
    }
    o.set_word(offset, word);
}
