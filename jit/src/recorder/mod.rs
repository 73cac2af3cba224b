//! The world that records: every operation runs for real, and the builder writes down what it did.
//!
//! The same code also finishes an instruction that a guard interrupted (**prefix replay**, see `replay`): the first operations are
//! served from the guard's log, then it goes on for real, recording or not.

mod replay;
mod world;

pub use replay::Prefix;

use crate::build::{Builder, Guarded, Liveness};
use crate::ir::{LogKind, Op, Ref, semantics};
use crate::mutants::{Mutant, planted};
use framework::quasi::Dependent;
use framework::{CodeRef, Language, Ty, Vm};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::rc::Rc;

/// A red value: what it is now, and what computes it in the trace (`Ref::NONE` when not recording).
#[derive(Clone, Copy, Debug)]
pub struct Red<T> {
    /// The concrete value.
    pub now: T,
    /// Its reference.
    pub r: Ref,
}

/// Values that `promote_poly` has seen, by code address, pc and guard ordinal.
pub type Sites = RefCell<FxHashMap<(u64, u32, u32), Vec<u64>>>;

/// Runs instructions on a VM and records them.
pub struct Recorder<'a, L: Language> {
    /// The VM.
    pub vm: &'a mut Vm<L>,
    /// The trace being built.
    pub builder: Builder,
    /// Is it recording? If not, it only runs.
    pub on: bool,
    /// Why recording was given up, if it was.
    pub stop: Option<&'static str>,
    /// Has the instruction ended the activation the trace was entered in? Then it is no longer recorded.
    pub returns: bool,
    /// What invalidates the trace when a quasi-immutable cell it read changes.
    pub dependent: Rc<dyn Dependent>,
    /// Index on the VM stack of the entry activation's register 0.
    pub entry_base: u32,
    sites: Rc<Sites>,
    prefix: Prefix,
    /// Guard evaluations so far in this instruction (rule R6).
    ordinal: u32,
    /// Is this the first instruction of a bridge that began with a log? It cannot be cut away (rule R12).
    pub in_prefix_instruction: bool,
}

/// Liveness of a language's registers, for the builder.
pub fn liveness<L: Language>() -> Liveness {
    // SAFETY (all): the builder passes code addresses taken from frames of this language.
    Liveness {
        is_live: |code, pc, r| L::is_live(unsafe { CodeRef::<L>::from_addr(code) }.get(), pc + planted(Mutant::LivenessTooLate) as u32, r),
        is_live_waiting: |code, pc, r| {
            L::is_live_waiting(unsafe { CodeRef::<L>::from_addr(code) }.get(), pc + planted(Mutant::LivenessTooLate) as u32, r)
        },
        registers: |code| L::registers(unsafe { CodeRef::<L>::from_addr(code) }.get()),
        given_back: |code, pc| L::given_back(unsafe { CodeRef::<L>::from_addr(code) }.get(), pc),
    }
}

impl<'a, L: Language> Recorder<'a, L> {
    /// A recorder for a trace whose entry activation starts at stack word `entry_base`.
    pub fn new(vm: &'a mut Vm<L>, builder: Builder, on: bool, entry_base: u32, dependent: Rc<dyn Dependent>, sites: Rc<Sites>) -> Self {
        Recorder {
            vm,
            builder,
            on,
            stop: None,
            returns: false,
            dependent,
            entry_base,
            sites,
            prefix: Prefix::default(),
            ordinal: 0,
            in_prefix_instruction: false,
        }
    }

    /// To be called before the first instruction if a guard's log has to be replayed.
    pub fn set_prefix(&mut self, prefix: Prefix) {
        self.prefix = prefix;
    }

    /// Starts an instruction.
    pub fn begin_instruction(&mut self) {
        self.ordinal = 0;
        if self.on {
            self.builder.begin_instruction();
            self.builder.dirty = !self.prefix.log.is_empty();
            self.in_prefix_instruction = self.builder.dirty;
        }
    }

    /// Ends it: the log must have been used up (rule R1).
    pub fn end_instruction(&mut self) {
        assert!(self.prefix.is_used_up(), "the log of an interrupted instruction was not used up: it is not deterministic");
        self.prefix = Prefix::default();
        // Whatever the instruction did with it, the trace now goes on beyond it.
        self.in_prefix_instruction = false;
    }

    /// Gives up recording and goes on running.
    pub fn give_up(&mut self, why: &'static str) {
        if self.on && self.stop.is_none() {
            self.stop = Some(why);
        }
    }

    /// Checks that a reference stands for the value it should, and notes the value of a new one. Folding, CSE or forwarding that
    /// got it wrong is caught at the operation that did it.
    fn check(&mut self, r: Ref, ty: Ty, now: u64) -> Ref {
        let r = self.builder.resolve(r);
        let now = semantics::identity(ty, now);
        match r.as_inst() {
            None => {
                let c = self.builder.trace.const_of(r).expect("a constant");
                assert!(semantics::identity(ty, c.bits) == now, "recorded {now:x?}, but the trace has the constant {:x}", c.bits);
            }
            // Results of pure calls are equal, but objects of their own each time.
            Some(i) if self.builder.is_pure_call(r) => debug_assert!(i < self.builder.trace.insts.len()),
            Some(i) => {
                let Builder { concrete, trace, .. } = &mut self.builder;
                if i >= concrete.len() {
                    concrete.resize(trace.insts.len(), None);
                }
                match concrete[i] {
                    None => concrete[i] = Some(now),
                    Some(was) => assert!(was == now, "recorded {now:x?}, but instruction {i} ({:?}) gave {was:x?}", trace.insts[i]),
                }
            }
        }
        r
    }

    #[inline(never)]
    fn pure(&mut self, op: Op, a: Ref, b: Ref, now: u64) -> Ref {
        if !self.on {
            return Ref::NONE;
        }
        let r = self.builder.pure(op, a, b);
        self.check(r, op.ret().expect("a fixed type"), now)
    }

    /// Evaluates a guard. `promote`: it fails by another value, not by the opposite outcome.
    #[inline(never)]
    fn guard(&mut self, op: Op, imm: u16, a: Ref, b: Ref, holds: bool, promote: bool) -> Ref {
        if !self.on {
            return Ref::NONE;
        }
        self.ordinal += 1;
        let ordinal = self.ordinal;
        let known = self.builder.known_guard(op, imm, a, b);
        if known != Guarded::Unknown && planted(Mutant::OrdinalsSkipFoldedGuards) {
            self.ordinal -= 1;
        }
        match known {
            Guarded::Known(known, r) => {
                assert!(known == holds, "{op:?} was known to be {known}, but is {holds}");
                return r;
            }
            Guarded::Unchecked => {
                assert!(holds, "{op:?} was known never to overflow, but does");
                return self.builder.pure(op.unchecked(), a, b);
            }
            Guarded::Unknown => {}
        }
        if self.prefix.is_passed(ordinal, promote && !planted(Mutant::PromoteIsAFact)) {
            // Rule R8: the parent has tested it.
            let result = match (holds, op) {
                (true, op) if op.is_checked() => self.builder.pure(op.unchecked(), a, b),
                (true, Op::FloatToInt) => return self.builder.emit_guard(op, imm, a, b, holds, ordinal),
                _ => Ref::NONE,
            };
            self.builder.learn(op, imm, a, b, holds, result);
            return result;
        }
        self.builder.emit_guard(op, imm, a, b, holds, ordinal)
    }

    /// Notes an impure operation of this instruction, with its result (rule R1).
    fn log(&mut self, kind: LogKind, r: Ref) {
        if kind != LogKind::Load || !planted(Mutant::LoadsNotLogged) {
            self.builder.log.push((kind, r));
        }
    }

    /// Serves an impure operation from the log, if it is part of the prefix.
    fn served(&mut self, kind: LogKind) -> Option<Red<u64>> {
        if kind == LogKind::Load && planted(Mutant::LoadsNotLogged) {
            return None;
        }
        let v = self.prefix.serve(kind)?;
        if self.on {
            self.builder.log.push((kind, v.r));
        }
        Some(v)
    }
}
