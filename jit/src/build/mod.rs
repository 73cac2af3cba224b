//! The builder: emits IR and optimises as it goes, so that an unoptimised trace never exists (LuaJIT's way).
//!
//! Recorder and loop peeling both emit through it. Every operation resolves its operands through `forward` first, so
//! that a value promoted to a constant, or a virtual object that has escaped, is seen as what it has become.

mod bits;
mod fold;
mod guard;
mod memory;
mod pending;
mod pool;
mod ranges;
mod snapshot;
mod state;
mod virtuals;
mod written;

pub use guard::Guarded;
pub use memory::{AliasClass, class_of};
pub use pending::Pending;
pub use pool::Pool;
pub use state::{SlotMap, State};
pub use written::Written;

use crate::bits::Bits;
use crate::ir::{Const, Desc, Inst, LogKind, Op, Ref, Snapshot, Target, Trace, semantics};
use crate::mutants::{Mutant, planted};
use crate::range::Range;
use crate::roots::Roots;
use framework::call::FunInfo;
use framework::heap::TypeId;
use framework::{Frame, Kind, Ty, TypeInfo, Value};
use memory::MemoryCache;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use snapshot::AtStart;
use std::rc::Rc;
use virtuals::VirtualState;

/// An operation with its resolved operands: what CSE and guard facts are keyed by.
type Key = (Op, u16, u32, u32);

/// What of the language the builder must ask.
#[derive(Clone, Copy)]
pub struct Liveness {
    /// Is register `r` of the code at this address read from `pc` on?
    pub is_live: fn(code: u64, pc: u32, r: u32) -> bool,
    /// The same for an activation that waits for a callee: `Language::is_live_waiting`.
    pub is_live_waiting: fn(code: u64, pc: u32, r: u32) -> bool,
    /// Number of registers of the code at this address.
    pub registers: fn(code: u64) -> u32,
    /// The register whose content this instruction gives to the caller, if it does nothing else: `Language::given_back`.
    pub given_back: fn(code: u64, pc: u32) -> Option<u32>,
}

impl Liveness {
    /// The register whose content travels with a `Return` at this instruction, code address and pc: all that it gives back, or else the
    /// lowest live one, to have one in a register.
    pub fn travelling(&self, (code, pc): (u64, u32)) -> Option<u32> {
        (self.given_back)(code, pc).or_else(|| (0..(self.registers)(code)).find(|&r| (self.is_live)(code, pc, r)))
    }
}

/// Emits and optimises one trace. Copied to try out a peeled loop. Its lists and tables are grown once and used for many traces:
/// allocating them would take as long as recording.
pub struct Builder {
    /// What has been emitted.
    pub trace: Trace,
    /// The shadow of the VM's registers and frames.
    pub state: State,
    /// What the current instruction has done so far (prefix replay, rule R1).
    pub log: Vec<(LogKind, Ref)>,
    /// Has it had an effect (rule R2)?
    pub dirty: bool,
    /// Index of the first IR instruction of the current bytecode instruction.
    pub start: usize,
    /// Is there a validity guard since the last call that could have changed a quasi-immutable cell?
    pub valid_checked: bool,
    consts: FxHashMap<Const, Ref>,
    cse: FxHashMap<Key, Ref>,
    calls: FxHashMap<(usize, SmallVec<[Ref; 5]>), Ref>,
    facts: FxHashMap<Key, bool>,
    ranges: FxHashMap<Ref, Range>,
    /// Bits of integers that guards have tested.
    tested_bits: FxHashMap<Ref, Bits>,
    /// What was known of integers when they were defined, and is so wherever they are.
    pub defined_ranges: FxHashMap<Ref, Range>,
    /// May an unboxed integer be taken for a small one? Not in what a loop will be copied from.
    pub unboxed_is_small: bool,
    types: FxHashMap<Ref, TypeId>,
    /// What a reference has become, by number; `Ref::NONE` if it is still itself.
    forward: Vec<Ref>,
    memory: MemoryCache,
    /// Stores that have been put off.
    pub pending: Vec<Pending>,
    /// Those of the start of the instruction.
    pending_at_start: Vec<Pending>,
    /// Objects that every snapshot has among its leaves: bridges that go back to the label carry places of theirs.
    pub kept: Vec<Ref>,
    /// What is in memory of the activations that wait.
    pub written: Written,
    virtuals: FxHashMap<Ref, VirtualState>,
    descs: FxHashMap<(u8, usize), u16>,
    journal: Vec<virtuals::Undo>,
    /// What each instruction's result was when recorded: the recorder's differential check of folding and forwarding.
    pub concrete: Vec<Option<(u8, u64)>>,
    /// Changed stack words at the start of the instruction that something may read, once a snapshot has asked for them.
    at_start: AtStart,
    /// What snapshots are taken in: its lists, once grown, serve all.
    snapshot: Option<Box<Snapshot>>,
    liveness: Liveness,
    roots: Rc<Roots>,
}

impl Builder {
    /// A builder for a trace entered in an activation like `cur`, whose `base` counts as 0.
    pub fn new(cur: Frame, liveness: Liveness, roots: Rc<Roots>) -> Builder {
        Builder {
            trace: Trace::default(),
            state: State::new(cur),
            log: vec![],
            dirty: false,
            start: 0,
            valid_checked: false,
            consts: FxHashMap::default(),
            cse: FxHashMap::default(),
            calls: FxHashMap::default(),
            facts: FxHashMap::default(),
            ranges: FxHashMap::default(),
            tested_bits: FxHashMap::default(),
            defined_ranges: FxHashMap::default(),
            unboxed_is_small: false,
            types: FxHashMap::default(),
            forward: vec![],
            memory: MemoryCache::default(),
            pending: vec![],
            pending_at_start: vec![],
            kept: vec![],
            written: Written::default(),
            virtuals: FxHashMap::default(),
            descs: FxHashMap::default(),
            journal: vec![],
            concrete: vec![],
            at_start: AtStart::default(),
            snapshot: None,
            liveness,
            roots,
        }
    }

    /// Makes it as good as new, for another trace.
    pub fn reset(&mut self, cur: Frame, liveness: Liveness, roots: Rc<Roots>) {
        (self.liveness, self.roots) = (liveness, roots);
        self.trace.clear();
        self.state.reset(cur);
        self.log.clear();
        (self.dirty, self.start, self.valid_checked, self.unboxed_is_small) = (false, 0, false, false);
        self.consts.clear();
        self.cse.clear();
        self.calls.clear();
        self.facts.clear();
        self.ranges.clear();
        self.tested_bits.clear();
        self.defined_ranges.clear();
        self.types.clear();
        self.forward.clear();
        self.memory.clear();
        self.pending.clear();
        self.pending_at_start.clear();
        self.kept.clear();
        self.written = Written::default();
        self.virtuals.clear();
        self.descs.clear();
        self.journal.clear();
        self.concrete.clear();
        self.at_start.known = false;
    }

    /// Makes it like another one.
    pub fn copy_from(&mut self, other: &Builder) {
        let Builder {
            trace,
            state,
            log,
            dirty,
            start,
            valid_checked,
            consts,
            cse,
            calls,
            facts,
            ranges,
            tested_bits,
            defined_ranges,
            unboxed_is_small,
            types,
            forward,
            memory,
            pending,
            pending_at_start,
            kept,
            written,
            virtuals,
            descs,
            journal,
            concrete: _,
            at_start: _,
            snapshot: _,
            liveness: _,
            roots: _,
        } = other;
        self.trace.copy_from(trace);
        self.state.copy_from(state);
        self.log.clone_from(log);
        (self.dirty, self.start, self.valid_checked, self.unboxed_is_small) = (*dirty, *start, *valid_checked, *unboxed_is_small);
        self.consts.clone_from(consts);
        self.cse.clone_from(cse);
        self.calls.clone_from(calls);
        self.facts.clone_from(facts);
        self.ranges.clone_from(ranges);
        self.tested_bits.clone_from(tested_bits);
        self.defined_ranges.clone_from(defined_ranges);
        self.types.clone_from(types);
        self.forward.clone_from(forward);
        self.memory.copy_from(memory);
        self.pending.clone_from(pending);
        self.pending_at_start.clone_from(pending_at_start);
        self.kept.clone_from(kept);
        self.written.clone_from(written);
        self.virtuals.clone_from(virtuals);
        self.descs.clone_from(descs);
        self.journal.clone_from(journal);
        self.at_start.known = false;
    }

    /// Takes the finished trace out, no larger than it must be, and what is known of its integers.
    pub fn take_trace(&mut self) -> (Trace, FxHashMap<Ref, Range>) {
        let t = &mut self.trace;
        let trace = Trace {
            insts: t.insts.to_vec(),
            consts: t.consts.to_vec(),
            extra: t.extra.to_vec(),
            descs: t.descs.to_vec(),
            snapshots: t.snapshots.fitted(),
        };
        (trace, self.defined_ranges.iter().map(|(&r, &range)| (r, range)).collect())
    }

    // ---- constants and descriptors

    /// The reference of a constant.
    pub fn constant<T: Kind>(&mut self, v: T) -> Ref {
        self.const_word(T::TY, v.to_bits())
    }

    /// The reference of a constant word.
    pub fn const_word(&mut self, ty: Ty, bits: u64) -> Ref {
        // A pointer is the same word as a reference and as a tagged value; one constant serves for both.
        let ty = if ty == Ty::Ref { Ty::Value } else { ty };
        let c = Const { ty, bits };
        let (trace, roots) = (&mut self.trace, &self.roots);
        *self.consts.entry(c).or_insert_with(|| {
            if ty == Ty::Value {
                roots.add_constant(framework::Value(bits));
            }
            trace.consts.push(c);
            Ref::constant(trace.consts.len() - 1)
        })
    }

    /// The bits of a constant reference.
    pub fn bits_of(&self, r: Ref) -> Option<u64> {
        self.trace.const_of(r).map(|c| c.bits)
    }

    fn desc(&mut self, sort: u8, key: usize, desc: Desc) -> u16 {
        let trace = &mut self.trace;
        *self.descs.entry((sort, key)).or_insert_with(|| {
            trace.descs.push(desc);
            assert!(trace.descs.len() < 0x8000, "too many descriptors in a trace");
            (trace.descs.len() - 1) as u16
        })
    }
    /// Number of the descriptor of a heap type.
    pub fn type_desc(&mut self, ty: &'static TypeInfo) -> u16 {
        self.desc(0, ty as *const _ as usize, Desc::Type(ty))
    }
    pub(crate) fn fun_desc(&mut self, f: &'static FunInfo) -> u16 {
        self.desc(1, f as *const _ as usize, Desc::Fun(f))
    }
    pub(crate) fn plain_desc(&mut self, desc: Desc) -> u16 {
        self.trace.descs.push(desc);
        assert!(self.trace.descs.len() < 0x8000, "too many descriptors in a trace");
        (self.trace.descs.len() - 1) as u16
    }

    // ---- emitting

    /// Appends an instruction as it is.
    pub fn emit(&mut self, op: Op, ty: Ty, imm: u16, a: u32, b: u32, c: u32) -> Ref {
        self.trace.insts.push(Inst { op, ty, imm, a, b, c });
        Ref((self.trace.insts.len() - 1) as u32)
    }

    /// Appends a block parameter.
    pub fn param(&mut self, ty: Ty) -> Ref {
        self.emit(Op::Param, ty, 0, Ref::NONE.0, Ref::NONE.0, 0)
    }

    /// What a reference has become.
    #[inline]
    pub fn resolve(&self, r: Ref) -> Ref {
        // A forwarded reference is never forwarded to another forwarded one: virtual → object, value → constant.
        match r.as_inst().and_then(|i| self.forward.get(i)) {
            Some(&f) if f != Ref::NONE => f,
            _ => r,
        }
    }

    /// Like `resolve`, for an operand that must exist: a virtual object escapes.
    pub fn operand(&mut self, r: Ref) -> Ref {
        let r = self.resolve(r);
        if self.is_virtual(r) { self.force(r) } else { r }
    }

    /// The instruction a reference names.
    pub fn inst(&self, r: Ref) -> Option<&Inst> {
        r.as_inst().map(|i| &self.trace.insts[i])
    }

    /// The VM-stack word `offset` words from the entry activation's register 0, as on entry.
    pub fn slot(&mut self, offset: i32) -> Ref {
        let key = (Op::Slot, 0, offset as u32, 0);
        if let Some(&r) = self.cse.get(&key) {
            return r;
        }
        let r = self.emit(Op::Slot, Ty::Value, 0, offset as u32, Ref::NONE.0, 0);
        self.cse.insert(key, r);
        r
    }

    /// A pure operation: folded, or merged with an equal one.
    pub fn pure(&mut self, op: Op, a: Ref, b: Ref) -> Ref {
        let (a, b) = (self.operand(a), if b == Ref::NONE { b } else { self.operand(b) });
        let ty = op.ret().expect("a pure operation with a fixed type");
        let (ka, kb) = (self.bits_of(a), self.bits_of(b));
        if let Some(ka) = ka
            && (kb.is_some() || b == Ref::NONE)
            && let Some(bits) = semantics::pure(op, ka, kb.unwrap_or(0))
        {
            return self.const_word(ty, bits);
        }
        let mut range = if ty == Ty::Int {
            let b = if b == Ref::NONE { Range::FULL } else { self.range(b) };
            if op == Op::UnboxInt { Range::FULL } else { Range::of(op, self.range(a), b) }
        } else {
            Range::FULL
        };
        if let Some(k) = range.as_point() {
            return self.constant(k);
        }
        let next = self.trace.insts.len();
        let mut simpler = None;
        if let Some((bits, same)) = self.simplify_bits(op, a, b) {
            range = range.intersect(bits.range()).unwrap_or(range);
            simpler = same;
        }
        let r = match simpler.or_else(|| self.simplify(op, a, b)) {
            Some(r) => r,
            None => self.pure_inst(op, ty, a, b),
        };
        if range != Range::FULL {
            if r.as_inst().is_some_and(|r| r >= next) {
                self.define_range(r, self.range(r).intersect(range).unwrap_or(range));
            } else {
                self.narrow(r, range);
            }
        }
        r
    }

    fn pure_inst(&mut self, op: Op, ty: Ty, a: Ref, b: Ref) -> Ref {
        let (a, b) = if fold::commutes(op) && a > b { (b, a) } else { (a, b) };
        let key = (op, 0, a.0, b.0);
        if let Some(&r) = self.cse.get(&key) {
            return r;
        }
        let fits = op == Op::BoxInt && self.range(a).is_within(Range::SMALL);
        let r = self.emit(op, ty, fits as u16, a.0, b.0, 0);
        self.cse.insert(key, r);
        r
    }

    /// A residual call. `constant_result` is the concrete result, used if the call is pure and all arguments are constants.
    pub fn call(&mut self, f: &'static FunInfo, args: &[Ref], constant_result: Option<u64>) -> Ref {
        use framework::Effect;
        if f.effect != Effect::Pure {
            if !planted(Mutant::CallsMissPendingStores) {
                self.flush();
            }
            self.forget_written();
        }
        let args: SmallVec<[Ref; 5]> = args.iter().map(|&a| self.operand(a)).collect();
        let key = (f as *const _ as usize, args.clone());
        if f.effect == Effect::Pure {
            if let (Some(bits), true) = (constant_result, args.iter().all(|a| a.as_const().is_some())) {
                return self.const_word(f.ret, bits);
            }
            if let Some(&r) = self.calls.get(&key) {
                return r;
            }
        }
        let start = self.trace.extra.len() as u32;
        self.trace.extra.extend_from_slice(&args);
        let imm = self.fun_desc(f);
        let r = self.emit(Op::Call, f.ret, imm, start, args.len() as u32, 0);
        match f.effect {
            Effect::Pure => {
                self.calls.insert(key, r);
            }
            Effect::ReadOnly => {}
            Effect::Any => {
                if !planted(Mutant::CallsKeepMemory) {
                    self.memory.clobber();
                }
                self.valid_checked &= planted(Mutant::ValidityAssumedAfterCalls);
            }
        }
        r
    }

    /// Is it the result of a pure call that may be an object?
    pub fn is_pure_call(&self, r: Ref) -> bool {
        self.inst(r).is_some_and(|i| {
            i.op == Op::Call
                && matches!(self.trace.desc(i), Desc::Fun(f) if f.effect == framework::Effect::Pure && matches!(f.ret, Ty::Value | Ty::Ref))
        })
    }

    // ---- ends

    fn target(&mut self, t: Target) -> u16 {
        self.plain_desc(Desc::Target(t))
    }

    /// Ends a block with a jump to a label. Memory must be up to date.
    pub fn jump(&mut self, target: Target, args: &[Ref]) {
        debug_assert!(self.pending.is_empty(), "a pending store at a jump");
        let args: SmallVec<[Ref; 8]> = args.iter().map(|&a| self.operand(a)).collect();
        let start = self.trace.extra.len() as u32;
        self.trace.extra.extend_from_slice(&args);
        let imm = self.target(target);
        self.emit(Op::Jump, Ty::Int, imm, start, args.len() as u32, 0);
    }

    /// Writes registers, frames and pending stores to memory, as they are now.
    fn write_state(&mut self) {
        self.write_slots_but(|_, _, _| false);
        for (k, frame) in self.state.pushed.clone().into_iter().enumerate() {
            self.store_frame(k, frame);
        }
    }

    /// The same, but for what a call has left there.
    fn write_state_again(&mut self) {
        self.write_slots_but(Self::is_written_slot);
        for (k, frame) in self.state.pushed.clone().into_iter().enumerate() {
            if !self.is_written_frame(k, &frame) {
                self.store_frame(k, frame);
            }
        }
    }

    fn write_slots_but(&mut self, is_there: impl Fn(&Self, i32, Ref) -> bool) {
        self.flush();
        let mut missing = self.changed_slots();
        missing.retain(|&(i, r)| !is_there(self, i, r));
        // First what they need, which may allocate.
        missing.iter_mut().for_each(|(_, r)| *r = self.operand(*r));
        for (i, r) in missing {
            self.emit(Op::StoreSlot, Ty::Value, 0, i as u32, r.0, 0);
        }
    }

    fn store_frame(&mut self, k: usize, frame: Frame) {
        let imm = self.plain_desc(Desc::Frame(frame));
        self.emit(Op::StoreFrame, Ty::Int, imm, k as u32, Ref::NONE.0, 0);
    }

    /// Writes the state to memory and ends the trace by entering another one (or itself) of the same activation.
    pub fn enter(&mut self, target: Target) {
        debug_assert!(self.state.pushed.is_empty() && self.state.cur.base == 0, "another activation's trace is called, not entered");
        self.write_state();
        let cur = self.plain_desc(Desc::Frame(self.state.cur)) as u32;
        let imm = self.target(target);
        let place = self.roots.number_of_place((self.state.cur.code, self.state.cur.pc));
        self.emit(Op::Enter, Ty::Int, imm, place, Ref::NONE.0, cur);
    }

    /// Writes the state to memory and calls the trace of the activation that has just been started. What follows depends on where
    /// that comes back: the trace ends here, and bridges go on with [`Builder::returned`].
    pub fn call_trace(&mut self, target: Target) {
        self.write_state_again();
        let cur = self.plain_desc(Desc::Frame(self.state.cur)) as u32;
        let imm = self.target(target);
        let result = self.emit(Op::CallTrace, Ty::Value, imm, self.state.pushed.len() as u32, Ref::NONE.0, cur);
        let s = self.returned_snapshot(result);
        self.emit(Op::Exit, Ty::Int, 0, Ref::NONE.0, Ref::NONE.0, s);
    }

    /// The activation called has come back with `result` at the place with this number.
    pub fn returned(&mut self, result: Ref, place: u32) {
        if !planted(Mutant::ReturnsUnguarded) {
            let s = self.returned_snapshot(result);
            self.emit(Op::ReturnedAt, Ty::Int, 1, place, Ref::NONE.0, s);
        }
        (self.state.cur.code, self.state.cur.pc) = self.roots.place(place);
        if let Some(r) = self.liveness.travelling((self.state.cur.code, self.state.cur.pc)) {
            self.state.slots.set(self.state.offset(r), result);
        }
    }

    /// Ends the trace where the activation it was entered in is about to end.
    pub fn give_back(&mut self) {
        let cur = (self.state.cur.code, self.state.cur.pc);
        let alone = (self.liveness.given_back)(cur.0, cur.1).is_some();
        if !alone {
            self.write_state();
        } else {
            self.flush();
        }
        let result = match self.liveness.travelling(cur) {
            Some(r) => match self.state.slots.get(r as i32) {
                Ref::NONE => self.slot(r as i32),
                v => self.operand(v),
            },
            None => self.constant(Value::small_int(0)),
        };
        let place = if alone { self.roots.number_of_end(cur, self.liveness.given_back) } else { self.roots.number_of_place(cur) };
        self.emit(Op::Return, Ty::Int, 0, result.0, place, 0);
    }

    /// Ends the trace with an unconditional, clean exit at the start of the current bytecode instruction.
    pub fn exit(&mut self) {
        let s = self.take_snapshot(0);
        self.emit(Op::Exit, Ty::Int, 0, Ref::NONE.0, Ref::NONE.0, s);
    }

    /// Starts a bytecode instruction: snapshots describe the state as it is now.
    pub fn begin_instruction(&mut self) {
        self.log.clear();
        self.dirty = false;
        self.start = self.trace.insts.len();
        self.journal.clear();
        self.pending_at_start.clone_from(&self.pending);
        self.mark_start();
    }

    /// Takes back what the current bytecode instruction has emitted (rule R12). Only ending the trace is allowed after it.
    pub fn cut(&mut self) {
        self.trace.insts.truncate(self.start);
        if !planted(Mutant::CutKeepsForwarding) {
            self.undo_virtuals();
        }
        // What is emitted from here on has the numbers of what has been taken back: nothing may be known under them.
        let gone = |r: &Ref| r.as_inst().is_some_and(|i| i >= self.start);
        self.virtuals.retain(|r, _| !gone(r));
        self.types.retain(|r, _| !gone(r));
        self.ranges.retain(|r, _| !gone(r));
        self.defined_ranges.retain(|r, _| !gone(r));
        self.cse.retain(|_, r| !gone(r));
        self.calls.retain(|_, r| !gone(r));
        self.state.rewind();
        if !planted(Mutant::CutKeepsPendingStores) {
            self.pending.clone_from(&self.pending_at_start);
        }
        let start = self.start;
        self.cse.retain(|_, r| r.as_inst().is_none_or(|i| i < start));
        self.log.clear();
        self.dirty = false;
    }
}
