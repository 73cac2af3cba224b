//! Recording: root traces at hot headers, bridges at hot exits, and how a recording ends.

use super::exit::Rebuilt;
use super::{BLACKLISTED, Jit, MAX_FAILURES};
use crate::build::{AliasClass, Builder, Written, class_of};
use crate::eval::Exit;
use crate::ir::{Class, Desc, Op, Place, Recipe, Ref, Target, TraceId};
use crate::mutants::{Mutant, planted};
use crate::options::Mode;
use crate::peel::{ANOTHER_WAY, peel};
use crate::range::Range;
use crate::recorder::{Prefix, Recorder, Red, liveness};
use crate::shape::{LabelShape, Matcher, PLACES};
use crate::tree::{CompiledTrace, ExitCell, Fact, Tree};
use framework::{CodeRef, Effect, Flow, Hot, Language, Obj, Ty, Value, Vm};
use rustc_hash::FxHashMap;
use std::cell::OnceCell;
use std::fmt;
use std::rc::Rc;
use std::time::Instant;

/// Stack words and frames a trace may use above its entry activation: `Room` checks for them once, bridges included.
const ROOM_WORDS: u32 = 8192;
const ROOM_FRAMES: u32 = 256;
/// Longest recording, in IR instructions and in bytecode instructions.
const MAX_IR: usize = 6000;
const MAX_BYTECODES: usize = 4000;
/// Other headers without a trace may be passed so often: an inner loop is to be compiled first.
const MAX_UNROLL: u32 = 5;
/// Activations of one code object inlined into each other: LuaJIT and PyPy unroll recursion in the same way.
const MAX_RECURSION: usize = 3;
/// IR instructions up to which callees that have traces of their own are inlined all the same.
const MAX_INLINING: usize = 1500;
/// Up to so many IR instructions a second iteration is recorded on to the first.
const MAX_TWICE: usize = 1000;
/// A root that returns after so few bytecode instructions is hardly worth entering: next time it may go another way.
const SHORT: usize = 3;

/// Reasons for giving up that are asked for, and what counts like one.
const RETURNS: &str = "it returns";
const NOT_COMPILED: &str = "it cannot be compiled";
const INVALIDATED: &str = "it was invalidated";

/// What is being recorded.
struct Start {
    id: TraceId,
    root: TraceId,
    tree: Rc<Tree>,
    /// Code address and pc of the tree's header.
    header: (u64, u32),
    /// For bridges: the trace and the snapshot they start at.
    parent: Option<(Rc<CompiledTrace>, usize)>,
    inherited: Vec<Fact>,
    /// For bridges: the objects of the places that the label carries, with where they are now; `None` if they are not known.
    objects: Option<Vec<(Ref, u64)>>,
    began: Instant,
}

/// What a recording ends in.
#[derive(Clone, Copy)]
enum End {
    Loop,
    LoopOf(TraceId),
    Trace(TraceId),
    CallOf(TraceId),
    Itself(&'static str),
    Interpreter(&'static str),
    Return,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            End::Loop => write!(f, "loop"),
            End::LoopOf(id) => write!(f, "loop of {}", id.0),
            End::Trace(id) => write!(f, "trace {}", id.0),
            End::CallOf(id) => write!(f, "call of trace {}", id.0),
            End::Itself(why) => write!(f, "itself ({why})"),
            End::Interpreter(why) => write!(f, "interpreter ({why})"),
            End::Return => write!(f, "return"),
        }
    }
}

/// A finished recording.
struct Recorded {
    builder: Builder,
    label: Option<LabelShape>,
    label_snapshot: usize,
    end: End,
    /// It has come to its tree's header in a state that no version fits: one is to be recorded, which it then enters.
    wants_version: bool,
}

impl Jit {
    /// Records a trace for a header the VM is at.
    pub(super) fn record_root<L: Language>(&self, vm: &mut Vm<L>, h: Hot) -> Flow {
        let cur = vm.core.cur;
        let tree = Rc::new(Tree::new(h, self.native.clone()));
        tree.entered.set(self.epoch.get());
        let again = self.failures_of((cur.code, cur.pc), INVALIDATED);
        tree.pause.set(if again == 0 { 0 } else { self.back_off(again) });
        let id = self.traces.reserve();
        let start = Start {
            id,
            root: id,
            tree: tree.clone(),
            header: (cur.code, cur.pc),
            parent: None,
            inherited: vec![],
            objects: None,
            began: Instant::now(),
        };
        let mut builder = self.new_builder::<L>(cur);
        builder.unboxed_is_small = planted(Mutant::CopiedUnboxingIsSmall);
        builder.begin_instruction();
        for (op, a, b) in [(Op::Room, ROOM_WORDS, ROOM_FRAMES), (Op::Poll, Ref::NONE.0, Ref::NONE.0)] {
            let s = builder.take_snapshot(0);
            builder.emit(op, Ty::Int, 1, a, b, s);
        }
        let rec = Recorder::new(vm, builder, true, cur.base, tree, self.sites.clone());
        self.record(rec, start, Prefix::default())
    }

    /// Records a bridge from an exit whose state has been rebuilt.
    pub(super) fn record_bridge<L: Language>(&self, vm: &mut Vm<L>, exit: &Exit, rebuilt: &Rebuilt) -> Flow {
        let parent = exit.trace.clone();
        let s = parent.ir.snapshots.get(exit.snapshot);
        let words = self.log_words(vm, rebuilt);
        self.stats.replayed_bridges.set(self.stats.replayed_bridges.get() + !words.is_empty() as u64);
        let cur = s.cur();
        let mut builder = self.new_builder::<L>(cur);
        // Rule R7: the inputs are the leaves; virtual objects are inherited over them.
        let inputs: Vec<Ref> = s.leaves.iter().map(|&l| builder.param(parent.ir.ty(l))).collect();
        builder.unboxed_is_small = true;
        let inherited = inherit_facts(&mut builder, &parent, exit.snapshot, &inputs);
        let objects: Vec<Ref> = s.virtuals.iter().map(|v| builder.new_virtual(v.ty, v.len)).collect();
        let reference = |b: &mut Builder, r: Recipe, ty: Ty| match r {
            Recipe::Leaf(k) => inputs[k as usize],
            Recipe::Const(bits) => b.const_word(ty, bits),
            Recipe::BoxInt(k) => b.pure(Op::BoxInt, inputs[k as usize], Ref::NONE),
            Recipe::BoxFloat(k) => b.pure(Op::BoxFloat, inputs[k as usize], Ref::NONE),
            Recipe::Virtual(k) => objects[k as usize],
            Recipe::Nothing => Ref::NONE,
        };
        for (v, &o) in s.virtuals.iter().zip(&objects) {
            for (k, &r) in std::iter::once(&v.aux).chain(s.fields(v)).enumerate() {
                let r = reference(&mut builder, r, crate::shape::part_type(v.ty, k));
                builder.set_virtual_part(o, k, r);
            }
        }
        let slots: Vec<Ref> = s.slots.iter().map(|&(_, r)| reference(&mut builder, r, Ty::Value)).collect();
        for (&(i, _), &r) in s.slots.iter().zip(&slots) {
            builder.state.slots.set(i, r);
        }
        builder.written = match s.returned {
            Some(_) => Written::after_call(&s, &slots),
            None => parent.written.inherited(&parent.ir, exit.snapshot, &slots),
        };
        if !planted(Mutant::BridgesForgetPendingStores) {
            // They have been done, but this time only. What they store is in memory as of the guard, so this is no matter for rule R9.
            for p in s.stores {
                let o = reference(&mut builder, p.object, Ty::Value);
                let v = reference(&mut builder, p.value, p.place.ty());
                builder.put_off(o, p.place, v);
            }
        }
        (builder.state.cur, builder.state.pushed) = (cur, s.pushed.to_vec());
        if let Some(r) = s.returned {
            let result = reference(&mut builder, r, Ty::Value);
            builder.returned(result, vm.core.returned);
        }
        let mut log = vec![];
        for (e, now) in s.log.iter().zip(words) {
            log.push((e.kind, Red { now, r: reference(&mut builder, e.result, e.ty) }));
        }
        let leaf = |o: Ref| match parent.ir.const_of(o) {
            Some(c) => Some((builder.const_word(c.ty, c.bits), c.bits)),
            None => s.leaves.iter().position(|&l| l == o).map(|k| (inputs[k], exit.leaves[k])),
        };
        let objects: Option<Vec<(Ref, u64)>> = parent.objects.as_ref().and_then(|objects| objects.iter().copied().map(leaf).collect());
        builder.kept = objects.iter().flatten().map(|&(o, _)| o).collect();
        let ordinal = s.ordinal;
        let is_fact = !s.strengthened && !exit.forced && self.options.mode != Mode::StressFail || planted(Mutant::ForcedFailureIsAFact);
        let prefix = Prefix::new(log, ordinal, is_fact);
        let entry_base = vm.core.cur.base.wrapping_sub(cur.base);
        let start = Start {
            id: self.traces.reserve(),
            root: parent.root,
            tree: parent.tree.clone(),
            header: parent.header,
            parent: Some((parent.clone(), exit.snapshot)),
            inherited,
            objects,
            began: Instant::now(),
        };
        let rec = Recorder::new(vm, builder, true, entry_base, parent.tree.clone(), self.sites.clone());
        self.record(rec, start, prefix)
    }

    fn new_builder<L: Language>(&self, cur: framework::Frame) -> Builder {
        self.builders.take(cur, liveness::<L>(), &self.roots)
    }

    /// Runs and records until the trace is complete or given up.
    fn record<L: Language>(&self, mut rec: Recorder<L>, start: Start, prefix: Prefix) -> Flow {
        self.recording.set(true);
        rec.set_prefix(prefix);
        let mut headers: FxHashMap<(u64, u32), u32> = FxHashMap::default();
        let mut bytecodes = 0;
        let mut listing = String::new();
        let dumping = self.dump.borrow().is_some();
        let (flow, recorded) = loop {
            rec.begin_instruction();
            let kept = !rec.in_prefix_instruction || planted(Mutant::CutInsideThePrefix);
            bytecodes += 1;
            if dumping {
                let frame = rec.vm.core.cur;
                // SAFETY: a frame's code address came from a `CodeRef`.
                let code = unsafe { CodeRef::<L>::from_addr(frame.code) };
                listing += &format!("  {:5} {:40} {}\n", frame.pc, L::disassemble(code.get(), frame.pc), L::location(code.get(), frame.pc));
            }
            let depth = rec.builder.state.pushed.len();
            let flow = L::step(&mut rec);
            let called = rec.builder.state.pushed.len() > depth;
            rec.end_instruction();
            if self.options.abort_one_in > 0 && self.random(self.options.abort_one_in) == 0 {
                rec.give_up("abandoned on purpose");
            }
            if rec.stop.is_none() {
                let b = &rec.builder;
                if b.trace.insts.len() > MAX_IR || bytecodes > MAX_BYTECODES {
                    rec.stop = Some("the trace is too long");
                } else if b.state.max_words > ROOM_WORDS || b.state.max_frames > ROOM_FRAMES {
                    rec.stop = Some("too many activations");
                } else if b.trace.descs.len() > 0x7000 {
                    rec.stop = Some("too many descriptors");
                }
            }
            if rec.returns && rec.stop.is_none() {
                // The last iteration of a loop is unlike the others, too.
                let usual = bytecodes > SHORT && start.header.1 == 0;
                let worth = start.parent.is_some() || usual || self.failures_of(start.header, RETURNS) >= MAX_FAILURES / 2;
                // An instruction may unwind several activations. Only the one that the trace was entered in can be given back.
                let at_entry_level = rec.builder.state.at_start(|s| s.pushed.is_empty() && s.cur.base == 0);
                if kept && worth && at_entry_level {
                    rec.builder.cut();
                    rec.builder.give_back();
                    break (flow, Ok(self.recorded(&mut rec, End::Return)));
                }
                rec.stop = Some(RETURNS);
            }
            if matches!(flow, Flow::Done) {
                rec.give_up("the program ended");
            }
            if let Some(why) = rec.stop {
                // What was recorded up to this instruction is good for a bridge, or if it is long; a root that goes nowhere is not.
                let keep = kept && start.parent.is_some() && rec.builder.start > 0;
                break (flow, if keep { Ok(self.cut(&mut rec, why)) } else { Err(why) });
            }
            if let Flow::Header(h) = flow {
                rec.begin_instruction();
                match self.at_recorded_header(&mut rec, &start, h, called, &mut headers) {
                    Some(end) => break (flow, end),
                    None => continue,
                }
            }
        };
        let vm = rec.vm;
        self.builders.give(rec.builder);
        self.recording.set(false);
        match recorded {
            Ok(r) if r.wants_version => return self.finish_before_version(vm, start, r, flow, bytecodes, &listing),
            Ok(r) => self.finish_trace(vm, start, r, bytecodes, &listing),
            Err(why) => self.give_up::<L>(&start, why, "", bytecodes),
        }
        // The traces keep what was used.
        self.roots.drop_constants();
        self.grow_older();
        flow
    }

    /// Records a version of the header for the state a bridge has come back in, and has the bridge enter it. If that fails, as it does where the
    /// state is passing from one version's to another's, the bridge is tried again later: entering a version it does not fit would have it
    /// go through the interpreter's memory and a failing test each time, for good.
    fn finish_before_version<L: Language>(&self, vm: &mut Vm<L>, start: Start, mut r: Recorded, flow: Flow, bytecodes: usize, listing: &str) -> Flow {
        let Flow::Header(h) = flow else { unreachable!("a bridge that wants a version is at a header") };
        let newest = h.trace.get();
        let flow = self.record_root(vm, h);
        let (parent, snapshot) = start.parent.as_ref().expect("a bridge");
        let tried = parent.exits[*snapshot].failures.get();
        match h.trace.get().checked_sub(1) {
            Some(_) if h.trace.get() == newest && tried < MAX_FAILURES - 1 => self.give_up::<L>(&start, "no version fits yet", "", bytecodes),
            Some(id) => {
                r.builder.enter(Target::Entry(TraceId(id)));
                r.end = End::Trace(TraceId(id));
                self.finish_trace(vm, start, r, bytecodes, listing);
            }
            None => self.give_up::<L>(&start, "invalidated meanwhile", "", bytecodes),
        }
        flow
    }

    /// Ends the trace before the current instruction.
    fn cut<L: Language>(&self, rec: &mut Recorder<L>, why: &'static str) -> Recorded {
        self.stats.cuts.set(self.stats.cuts.get() + 1);
        rec.builder.cut();
        rec.builder.exit();
        self.recorded(rec, End::Interpreter(why))
    }

    fn recorded<L: Language>(&self, rec: &mut Recorder<L>, end: End) -> Recorded {
        let builder = std::mem::replace(&mut rec.builder, self.new_builder::<L>(rec.vm.core.cur));
        Recorded { builder, label: None, label_snapshot: usize::MAX, end, wants_version: false }
    }

    /// The recording has come to a header, of a function that was just `called` or of a loop: does it end here?
    fn at_recorded_header<L: Language>(
        &self,
        rec: &mut Recorder<L>,
        start: &Start,
        h: Hot,
        called: bool,
        headers: &mut FxHashMap<(u64, u32), u32>,
    ) -> Option<Result<Recorded, &'static str>> {
        let state = &rec.builder.state;
        let here = (state.cur.code, state.cur.pc);
        let depth = state.pushed.iter().filter(|f| f.code == here.0).count();
        let at_entry_level = state.pushed.is_empty();
        if here == start.header && start.parent.is_none() && at_entry_level {
            return self.close(rec, start, headers.insert(here, MAX_UNROLL).is_none());
        }
        if here == start.header
            && at_entry_level
            && let Some(r) = self.join_label(rec, start)
        {
            return Some(Ok(r));
        }
        let first = (h.trace.get() != 0).then(|| self.traces.get(TraceId(h.trace.get() - 1))).filter(|t| t.header == here);
        // SAFETY: the running activation is at the header.
        let fitting = first.as_ref().and_then(|t| unsafe { self.fitting_version(t.id, rec.vm.core.base_ptr) });
        if at_entry_level {
            if let Some(t) = first {
                if fitting.is_none() && here == start.header && self.may_have_another_version(t.id) {
                    return Some(Ok(Recorded { wants_version: true, ..self.recorded(rec, End::Trace(t.id)) }));
                }
                let id = fitting.unwrap_or(t.id);
                rec.builder.enter(Target::Entry(id));
                return Some(Ok(self.recorded(rec, End::Trace(id))));
            }
        } else {
            // A callee is inlined, unless it loops, calls itself, or the trace is long already.
            let long = rec.builder.trace.insts.len() > MAX_INLINING;
            let callee = match fitting.map(|id| self.traces.get(id)).or(first) {
                Some(t) if t.label.is_some() || depth >= MAX_RECURSION || long || headers.get(&here).is_some_and(|&n| n >= MAX_UNROLL) => Some(t.id),
                None if here == start.header && depth >= MAX_RECURSION => Some(start.root),
                _ => None,
            };
            if let Some(id) = callee {
                rec.builder.call_trace(Target::Entry(id));
                return Some(Ok(self.recorded(rec, End::CallOf(id))));
            }
        }
        if called {
            // A function that is called again and again is no loop.
            return None;
        }
        let seen = headers.entry(here).or_default();
        *seen += 1;
        if *seen > MAX_UNROLL && here != start.header {
            // Let the inner loop be recorded first.
            h.counter.set(if h.counter.get() == BLACKLISTED { BLACKLISTED } else { 1 });
            return Some(Err("an inner loop is not compiled yet"));
        }
        None
    }

    /// A root is back at its own header: peel it, or else have it enter itself. A first iteration may be unlike all others, so
    /// one that cannot be peeled is recorded anew later, a few times. But the `first` time another one is recorded on to it, if it would be
    /// unlike this one: variables that swap their types are as they were after two.
    fn close<L: Language>(&self, rec: &mut Recorder<L>, start: &Start, first: bool) -> Option<Result<Recorded, &'static str>> {
        Some(match peel(&mut rec.builder, &self.builders) {
            Ok(p) => {
                let (builder, label) = (p.builder, Some(p.shape));
                Ok(Recorded { builder, label, label_snapshot: p.label_snapshot, end: End::Loop, wants_version: false })
            }
            Err(ANOTHER_WAY) if first && rec.builder.trace.insts.len() < MAX_TWICE => return None,
            Err(why) if self.failures_of(start.header, why) < MAX_FAILURES / 2 => Err(why),
            Err(why) => {
                rec.builder.enter(Target::Entry(start.id));
                Ok(self.recorded(rec, End::Itself(why)))
            }
        })
    }

    /// A bridge is back at its tree's header: jump to the root's label, if its state fits and nothing the loop relies on has been touched.
    fn join_label<L: Language>(&self, rec: &mut Recorder<L>, start: &Start) -> Option<Recorded> {
        let (parent, snapshot) = start.parent.as_ref()?;
        let root = self.traces.get(start.root);
        let shape = root.label.as_ref()?;
        if !parent.is_below_label(*snapshot) {
            return None;
        }
        let objects = start.objects.as_ref()?;
        let places: Vec<_> = shape.places.iter().zip(objects).map(|(p, &(o, _))| (o, p.place)).collect();
        if !planted(Mutant::JoinsDropPendingStores) {
            rec.builder.flush_except(&places);
        }
        if !respects(&rec.builder, shape) {
            return None;
        }
        let base = rec.entry_base;
        let (stack, slots) = (rec.vm.core.stack, shape.slots.clone());
        // SAFETY: words of the header's activation are on the stack.
        let word = move |i: i32| unsafe { *stack.offset(base as isize + i as isize) };
        let concrete = |i: i32| match shape.places.get((i - PLACES) as usize) {
            Some(p) => content(Obj(objects[(i - PLACES) as usize].1), p.place),
            None => word(i),
        };
        let concrete: &dyn Fn(i32) -> Value = &concrete;
        let mut matcher = Matcher::new(shape, Some(concrete));
        for (i, _) in slots {
            let r = rec.builder.state.slots.get(i);
            matcher.slot(&mut rec.builder, i, r).ok()?;
        }
        for (k, &(o, place)) in places.iter().enumerate() {
            let r = rec.builder.load_place(o, place);
            matcher.place(&mut rec.builder, k, r).ok()?;
        }
        matcher.check(&rec.builder).ok()?;
        if !matcher.misfits.is_empty() {
            return None;
        }
        rec.builder.pending.clear();
        let args = matcher.args;
        rec.builder.jump(Target::Label(start.root), &args);
        Some(self.recorded(rec, End::LoopOf(start.root)))
    }

    fn finish_trace<L: Language>(&self, vm: &mut Vm<L>, start: Start, r: Recorded, bytecodes: usize, listing: &str) {
        let mut builder = r.builder;
        if start.parent.is_none() && r.label.is_none() {
            builder.find_defined_ranges();
        }
        let (ir, ranges) = builder.take_trace();
        let written = std::mem::take(&mut builder.written);
        self.builders.give(builder);
        let exits = ir.snapshots.iter().map(|_| ExitCell::default()).collect();
        let below_label = start.parent.as_ref().is_some_and(|(p, s)| p.is_below_label(*s)) && {
            let root = self.traces.get(start.root);
            root.label.as_ref().is_some_and(|shape| stores_respect(&ir, shape))
        };
        let objects = match &start.parent {
            None => Some(r.label.iter().flat_map(|shape| &shape.places).map(|p| p.object).collect()),
            Some(_) => start.objects.as_ref().map(|objects| objects.iter().map(|&(o, _)| o).collect()),
        };
        let trace = Rc::new(CompiledTrace {
            id: start.id,
            root: start.root,
            tree: start.tree.clone(),
            header: start.header,
            objects,
            label: r.label,
            label_snapshot: r.label_snapshot,
            below_label,
            inherited: start.inherited.clone(),
            written,
            chain: start.parent.as_ref().map_or(0, |(p, s)| super::exit::chain_length(p, *s)),
            exits,
            ranges,
            entry_tests: OnceCell::new(),
            native: OnceCell::new(),
            ir,
        });
        let recorded = start.began.elapsed();
        for d in &trace.ir.descs {
            if let Desc::Frame(f) = d {
                let registers = (liveness::<L>().registers)(f.code);
                vm.core.compiled_registers = vm.core.compiled_registers.max(registers);
            }
        }
        if self.runs_native() {
            match self.native.compile(vm, &self.traces, &trace, start.parent.as_ref()) {
                Ok(code) => trace.native.set(code).expect("compiled once"),
                Err(why) => return self.give_up::<L>(&start, NOT_COMPILED, &why, bytecodes),
            }
        }
        self.traces.put(trace.clone());
        trace.tree.add_compiled(&trace);
        self.link(&trace);
        self.stats.count_trace(&trace, bytecodes, recorded, start.began.elapsed() - recorded);
        self.log_trace::<L>(&trace, start.parent.as_ref().map(|(p, s)| (p.id, *s)), r.end, bytecodes, start.began.elapsed(), listing);
        if self.options.mode == Mode::StressRecord {
            // Recorded and checked; never run. Counting starts again, so that it will be recorded again: ever more rarely, or recursion takes hours.
            start.tree.header.counter.set(2 + (self.stats.roots.get() / 4) as u32);
            return;
        }
        match &start.parent {
            None => {
                if start.tree.is_valid() {
                    self.add_version(start.tree.header, &trace);
                }
                // Should it be invalidated, that counts when the next one is made.
                self.count_failure(start.header, INVALIDATED);
            }
            Some((p, s)) => {
                // A nested run may have attached one meanwhile.
                if p.exits[*s].bridge.get().is_none() {
                    p.exits[*s].bridge.set(Some(start.id));
                    start.tree.bridges.set(start.tree.bridges.get() + 1);
                    self.native.attach(p, *s, &trace);
                }
            }
        }
    }

    fn failures_of(&self, (code, pc): (u64, u32), why: &'static str) -> u32 {
        self.failures.borrow().get(&(code, pc, why)).copied().unwrap_or(0)
    }

    /// How often recording a root at this header has failed, for whatever reason.
    pub(super) fn failures_at(&self, (code, pc): (u64, u32)) -> u32 {
        let failures = self.failures.borrow();
        failures.iter().filter(|((c, p, why), _)| (*c, *p) == (code, pc) && *why != INVALIDATED).map(|(_, n)| n).sum()
    }

    fn count_failure(&self, (code, pc): (u64, u32), why: &'static str) -> u32 {
        let mut failures = self.failures.borrow_mut();
        let n = failures.entry((code, pc, why)).or_default();
        *n += 1;
        *n
    }

    /// Executions of a header until it is tried again, after so many failures. Randomised, so that two loops that spoil each other's
    /// recording get out of step.
    fn back_off(&self, failures: u32) -> u32 {
        let n = (self.options.threshold as u64) << failures.min(8);
        (2 + n + self.random(n / 2 + 1)) as u32
    }

    /// `detail` is for the log.
    fn give_up<L: Language>(&self, start: &Start, why: &'static str, detail: &str, bytecodes: usize) {
        self.stats.aborts.set(self.stats.aborts.get() + 1);
        if self.traces.find(start.id).is_none() {
            self.traces.release(start.id);
        }
        match &start.parent {
            None => {
                let n = self.count_failure(start.header, why);
                let stress = self.options.mode == Mode::StressRecord;
                let counter = if n >= MAX_FAILURES && !stress { BLACKLISTED } else { self.back_off(n) };
                start.tree.header.counter.set(counter);
            }
            Some((p, s)) => {
                let cell = &p.exits[*s];
                cell.failures.set(cell.failures.get() + 1);
                if cell.failures.get() >= MAX_FAILURES {
                    cell.count.set(u32::MAX);
                }
            }
        }
        self.log_abort::<L>(start.header, start.parent.as_ref().map(|(p, s)| (p.id, *s)), if detail.is_empty() { why } else { detail }, bytecodes);
    }
}

/// Has a bridge know what the guards before its parent's exit have established of the leaves. Returns that, in terms of the bridge's inputs.
fn inherit_facts(b: &mut Builder, parent: &CompiledTrace, snapshot: usize, inputs: &[Ref]) -> Vec<Fact> {
    let leaves = parent.ir.snapshots.get(snapshot).leaves;
    let translate = |b: &mut Builder, r: Ref| match parent.ir.const_of(r) {
        _ if r == Ref::NONE => Some(r),
        Some(c) => Some(b.const_word(c.ty, c.bits)),
        None => leaves.iter().position(|&l| l == r).map(|k| inputs[k]),
    };
    for (leaf, &input) in leaves.iter().zip(inputs) {
        let unboxed = || leaf.as_inst().is_some_and(|n| parent.ir.insts[n].op == Op::UnboxInt).then_some(Range::SMALL);
        if let Some(range) = parent.ranges.get(leaf).copied().or_else(unboxed) {
            b.define_range(input, range);
        }
    }
    let own = parent.ir.insts.iter().take_while(|i| parent.ir.snapshot_of(i) != Some(snapshot)).filter(|i| is_test(i.op));
    let own = own.map(|i| Fact {
        op: i.op,
        ty: if let Some(Desc::Type(t)) = i.op.desc().map(|_| parent.ir.desc(i)) { Some(*t) } else { None },
        a: i.ra(),
        b: i.rb(),
        holds: i.expect(),
    });
    let mut facts = vec![];
    for f in parent.inherited.iter().copied().chain(own) {
        if let (Some(x), Some(y)) = (translate(b, f.a), translate(b, f.b)) {
            let imm = f.ty.map_or(0, |t| b.type_desc(t));
            b.learn(f.op, imm, x, y, f.holds, Ref::NONE);
            facts.push(Fact { a: x, b: y, ..f });
        }
    }
    facts
}

/// A guard that tests values and gives no result: it stays true, or false, of them.
fn is_test(op: Op) -> bool {
    op.class() == Class::Guard && !op.has_result() && !matches!(op, Op::Valid | Op::Poll | Op::Room | Op::ReturnedAt)
}

impl CompiledTrace {
    /// Is this exit behind a label of the tree, with all that the loop relies on intact on the way from it?
    pub fn is_below_label(&self, snapshot: usize) -> bool {
        if self.id == self.root { snapshot >= self.label_snapshot } else { self.below_label }
    }
}

/// What a place holds now, as a value to be tested: an integer that is not tagged counts if it is small.
fn content(o: Obj, place: Place) -> Value {
    let word = o.word(place.offset());
    match place.ty() {
        Ty::Value | Ty::Ref => Value(word),
        Ty::Int if Value::fits_small(word as i64) => Value::small_int(word as i64),
        Ty::Int | Ty::Float => o.into(),
    }
}

/// Does the trace leave alone what the loop relies on?
fn respects(b: &Builder, shape: &LabelShape) -> bool {
    stores_respect(&b.trace, shape)
}

fn stores_respect(ir: &crate::ir::Trace, shape: &LabelShape) -> bool {
    if planted(Mutant::BridgesJoinAnyway) {
        return true;
    }
    let assumed = |c: Option<AliasClass>| c.is_some_and(|c| shape.assumed.contains(&c));
    ir.insts.iter().all(|i| match i.op {
        Op::StoreField | Op::StoreElem | Op::SetAux => !assumed(class_of(ir, i)),
        Op::Call => match ir.desc(i) {
            Desc::Fun(f) => f.effect != Effect::Any || shape.assumed.is_empty() && !shape.assumes_valid,
            _ => true,
        },
        Op::CallTrace => shape.assumed.is_empty() && !shape.assumes_valid,
        _ => true,
    })
}
