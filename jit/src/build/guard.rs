//! Guards: what is already known needs none.

use super::{Builder, Key};
use crate::ir::{Inst, Op, Ref, semantics};
use crate::mutants::{Mutant, planted};
use crate::range::Range;
use framework::value::{SMALL_MAX, SMALL_MIN};
use framework::{Ty, Value};

/// What became of a guard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Guarded {
    /// The outcome was known; for operations with a result, what it is.
    Known(bool, Ref),
    /// A checked operation cannot overflow: `Op::unchecked` does.
    Unchecked,
    /// Nothing is known: the guard has to be emitted.
    Unknown,
}

impl Builder {
    pub(super) fn key(op: Op, imm: u16, a: Ref, b: Ref) -> Key {
        (op, imm, a.0, b.0)
    }

    /// Is the reference known to be a pointer?
    fn known_obj(&self, r: Ref) -> bool {
        self.types.contains_key(&r) || self.inst(r).is_some_and(|i| i.ty == Ty::Ref)
    }

    /// Looks a guard up: operands resolved, constants folded, facts consulted. `imm` is the descriptor of a `HasType`.
    pub fn known_guard(&self, op: Op, imm: u16, a: Ref, b: Ref) -> Guarded {
        let (a, b) = (self.resolve(a), self.resolve(b));
        let known = |o| Guarded::Known(o, Ref::NONE);
        if op == Op::HasType {
            let want = match self.trace.descs[imm as usize] {
                crate::ir::Desc::Type(t) => t.id,
                _ => unreachable!("HasType has a type descriptor"),
            };
            if let Some(v) = self.virtuals.get(&a) {
                return known(v.ty.id == want);
            }
            if let Some(&t) = self.types.get(&a) {
                return known(t == want);
            }
            if let Some(bits) = self.bits_of(a) {
                return known(Value(bits).as_obj().type_id() == want);
            }
        }
        let (va, vb) = (self.is_virtual(a), b != Ref::NONE && self.is_virtual(b));
        if va || vb {
            match op {
                Op::Same if planted(Mutant::VirtualsOfATypeAreOne) && va && vb => return known(self.virtuals[&a].ty.id == self.virtuals[&b].ty.id),
                Op::Same => return known(a == b),
                Op::IsObj => return known(true),
                Op::IsSmallInt | Op::IsFloat => return known(false),
                _ => {}
            }
        }
        if let (Some(ka), Some(kb)) = (self.bits_of(a), if b == Ref::NONE { Some(0) } else { self.bits_of(b) })
            && let Some((holds, bits)) = semantics::guard(op, ka, kb)
        {
            // The result, if any, is a constant: the caller makes it from the concrete value.
            let _ = bits;
            return known(holds);
        }
        if a == b {
            match op {
                Op::Same | Op::IntEq | Op::IntLe => return known(true),
                Op::IntLt | Op::IntUlt => return known(false),
                _ => {}
            }
        }
        if let Some(i) = self.inst(a) {
            match (op, i.op) {
                (Op::IsFloat, Op::BoxInt) | (Op::IsSmallInt, Op::BoxFloat) => return known(false),
                _ => {}
            }
            if self.known_obj(a) {
                match op {
                    Op::IsObj => return known(true),
                    Op::IsSmallInt | Op::IsFloat => return known(false),
                    _ => {}
                }
            }
        }
        if op == Op::Same && (self.constants_differ(a, b) || self.constants_differ(b, a)) {
            return known(false);
        }
        if op == Op::Same
            && let Some((x, k)) = self.compared_with_small(a, b)
            && let Some(same) = Range::compare(Op::IntEq, self.range(x), Range::point(k))
        {
            return known(same);
        }
        match self.facts.get(&Self::key(op, imm, a, b)) {
            Some(&holds) => {
                Guarded::Known(holds, if holds { self.cse.get(&Self::key(op, 0, a, b)).copied().unwrap_or(Ref::NONE) } else { Ref::NONE })
            }
            None if op.is_checked() && Range::never_overflows(op, self.range(a), self.range(b)) => Guarded::Unchecked,
            None => self.compare_ranges(op, a, b).map_or(Guarded::Unknown, known),
        }
    }

    /// Is `v` known to be a word of another sort than the constant `k`?
    fn constants_differ(&self, v: Ref, k: Ref) -> bool {
        let (Some(bits), None) = (self.bits_of(k), v.as_const()) else { return false };
        if self.trace.ty(v) != Ty::Value && self.trace.ty(v) != Ty::Ref {
            return false;
        }
        let k = Value(bits);
        let fact = |op| self.facts.get(&Self::key(op, 0, v, Ref::NONE)).copied() == Some(true);
        let boxed = |op| self.inst(v).is_some_and(|i| i.op == op);
        let (int, float, obj) = (fact(Op::IsSmallInt), fact(Op::IsFloat), self.known_obj(v) || fact(Op::IsObj));
        int && !k.is_small_int()
            || float && !k.is_immediate_float()
            || obj && !k.is_obj()
            || (boxed(Op::BoxInt) || boxed(Op::BoxFloat)) && k.singleton_id().is_some()
            || boxed(Op::BoxInt) && k.is_immediate_float()
            || boxed(Op::BoxFloat) && k.is_small_int()
    }

    /// Notes that the condition holds (or does not) from here on; `result` is the instruction that gives the guard's result.
    pub fn learn(&mut self, op: Op, imm: u16, a: Ref, b: Ref, holds: bool, result: Ref) {
        let (a, b) = (self.resolve(a), self.resolve(b));
        self.facts.insert(Self::key(op, imm, a, b), holds);
        if result != Ref::NONE {
            self.cse.insert(Self::key(op, 0, a, b), result);
        }
        self.narrow_by_guard(op, a, b, holds, result);
        if op == Op::IntEq {
            self.learn_bits(a, b, holds);
        }
        if !holds {
            match op {
                // a < b is false: b <= a.
                Op::IntLt => {
                    self.facts.insert(Self::key(Op::IntLe, 0, b, a), true);
                }
                Op::IntLe => {
                    self.facts.insert(Self::key(Op::IntLt, 0, b, a), true);
                    self.facts.insert(Self::key(Op::IntLe, 0, b, a), true);
                    self.facts.insert(Self::key(Op::IntEq, 0, a, b), false);
                    self.facts.insert(Self::key(Op::IntEq, 0, b, a), false);
                }
                _ => {}
            }
            return;
        }
        let tags = [Op::IsSmallInt, Op::IsFloat, Op::IsObj];
        match op {
            Op::IsSmallInt | Op::IsFloat | Op::IsObj => {
                for t in tags.into_iter().filter(|&t| t != op) {
                    self.facts.insert(Self::key(t, 0, a, Ref::NONE), false);
                }
            }
            Op::HasType => {
                if let crate::ir::Desc::Type(t) = self.trace.descs[imm as usize] {
                    self.types.insert(a, t.id);
                }
            }
            Op::IntLt => {
                for (op, a, b, h) in
                    [(Op::IntLe, a, b, true), (Op::IntLt, b, a, false), (Op::IntLe, b, a, false), (Op::IntEq, a, b, false), (Op::IntEq, b, a, false)]
                {
                    self.facts.insert(Self::key(op, 0, a, b), h);
                }
            }
            Op::IntLe => {
                self.facts.insert(Self::key(Op::IntLt, 0, b, a), false);
            }
            // Below a natural number as unsigned ones.
            Op::IntUlt if self.range(b).is_natural() => {
                self.facts.insert(Self::key(Op::IntLt, 0, a, b), true);
                self.facts.insert(Self::key(Op::IntLe, 0, a, b), true);
            }
            // Equal to a constant: from here on it is that constant.
            Op::Same | Op::IntEq => {
                let (v, k) = if a.as_const().is_some() { (b, a) } else { (a, b) };
                if k.as_const().is_some() && v.as_const().is_none() && !self.is_virtual(v) {
                    self.note_forward(v, k);
                }
            }
            _ => {}
        }
    }

    /// The number in a box that may not exist.
    fn boxed_number(&self, r: Ref) -> Option<Ref> {
        self.inst(r).filter(|i| i.op == Op::BoxInt).map(|i| self.resolve(i.ra()))
    }

    /// A question about the box of a number, put to the number.
    fn question_for_number(&mut self, op: Op, a: Ref, b: Ref, expect: bool) -> Option<(Op, Ref, Ref, bool)> {
        match op {
            Op::Same => {
                let (x, k) = self.compared_with_small(a, b)?;
                let k = self.constant(k);
                Some((Op::IntEq, x, k, expect))
            }
            // It is an object unless the number is small, which one comparison tells.
            Op::IsObj => {
                let x = self.boxed_number(a).filter(|x| x.as_const().is_none())?;
                let (offset, count) = (self.constant(SMALL_MIN.wrapping_neg()), self.constant(SMALL_MAX - SMALL_MIN + 1));
                let x = self.pure(Op::IntAdd, x, offset);
                Some((Op::IntUlt, x, count, !expect))
            }
            _ => None,
        }
    }

    /// If a box is compared with a small integer: what is in it, and the integer.
    fn compared_with_small(&self, a: Ref, b: Ref) -> Option<(Ref, i64)> {
        let (x, k) = match self.boxed_number(a) {
            Some(x) => (x, b),
            None => (self.boxed_number(b)?, a),
        };
        let k = Value(self.bits_of(k)?);
        (k.is_small_int() && x.as_const().is_none()).then(|| (x, k.as_small_int()))
    }

    /// From here on the box is one of a number that is known to be small: it takes a shift.
    fn box_small(&mut self, boxed: Ref) -> Ref {
        let Some(x) = self.boxed_number(boxed) else { return boxed };
        self.narrow(x, Range::SMALL);
        let small = self.emit(Op::BoxInt, Ty::Value, 1, x.0, Ref::NONE.0, 0);
        self.cse.insert(Self::key(Op::BoxInt, 0, x, Ref::NONE), small);
        self.note_forward(boxed, small);
        small
    }

    /// Emits a guard whose outcome nothing is known of, and learns from it. `a` and `b` must not be virtual.
    pub fn emit_guard(&mut self, op: Op, imm: u16, a: Ref, b: Ref, expect: bool, ordinal: u32) -> Ref {
        let snapshot = self.take_snapshot(ordinal);
        self.emit_guard_with(op, imm, a, b, expect, snapshot)
    }

    /// As `emit_guard`, with a snapshot that exists already.
    pub fn emit_guard_with(&mut self, op: Op, imm: u16, a: Ref, b: Ref, expect: bool, snapshot: u32) -> Ref {
        let (a, b) = (self.resolve(a), if b == Ref::NONE { b } else { self.resolve(b) });
        if let Some((number_op, x, k, number_expect)) = self.question_for_number(op, a, b, expect) {
            self.emit_guard_with(number_op, 0, x, k, number_expect, snapshot);
            let a = if op == Op::IsObj && !expect { self.box_small(a) } else { a };
            self.learn(op, imm, a, b, expect, Ref::NONE);
            return Ref::NONE;
        }
        let snapshot = if expect { self.take_in_weaker(op, imm, a, b, snapshot) } else { snapshot };
        let flags = if op.desc().is_some() { imm | (expect as u16) << 15 } else { expect as u16 };
        let r = self.emit(op, op.ret().unwrap_or(Ty::Int), flags, a.0, b.0, snapshot);
        let result = if op.has_result() && expect { r } else { Ref::NONE };
        if expect && op.is_checked() {
            self.define_range(r, Range::of(op, self.range(a), self.range(b)));
        }
        self.learn(op, imm, a, b, expect, result);
        result
    }

    /// Guards that this one implies, if they are the last of the instruction, go: it takes the place of the first, and its snapshot. (RPython's
    /// guard strengthening.) That one fails by more than the opposite of what it was, so its failure is no fact (rule R7).
    fn take_in_weaker(&mut self, op: Op, imm: u16, a: Ref, b: Ref, snapshot: u32) -> u32 {
        let mut first = snapshot;
        while self.trace.insts.len() > self.start
            && let Some(&last) = self.trace.insts.last()
            && self.trace.snapshot_of(&last).is_some_and(|s| s as u32 + 1 == first)
            && self.implies((op, imm, a, b), &last)
            && (last.op != Op::IsObj || op == Op::Same || self.asks_for_number(last))
        {
            first = last.c;
            self.trace.insts.pop();
        }
        if first != snapshot && snapshot as usize + 1 == self.trace.snapshots.len() {
            self.trace.snapshots.truncate(first as usize + 1);
        }
        if first != snapshot && !planted(Mutant::StrengthenedFailureIsAFact) {
            self.trace.snapshots.head_mut(first as usize).strengthened = true;
        }
        first
    }

    /// Is the last guard part of the interpreter's question whether a value is a number of another sort? Its answer for a box that the loop's
    /// copy leaves out is the same, and takes as many ordinals. If the interpreter has asked for an object, it may do something else with it.
    fn asks_for_number(&self, last: Inst) -> bool {
        let before = self.trace.insts.len().checked_sub(2).filter(|&n| n >= self.start).map(|n| self.trace.insts[n]);
        before.is_some_and(|i| {
            let ordinal = |i: &Inst| self.trace.snapshots.get(i.c as usize).ordinal;
            matches!(i.op, Op::IsSmallInt | Op::IsFloat) && !i.expect() && i.ra() == last.ra() && ordinal(&i) + 1 == ordinal(&last)
        })
    }

    /// If the first guard, on a value's sort or what it is, holds, is what the second says of the same value so?
    fn implies(&self, (op, imm, a, b): (Op, u16, Ref, Ref), weaker: &Inst) -> bool {
        use Op::*;
        if weaker.ra() != a || !matches!(weaker.op, IsSmallInt | IsFloat | IsObj | HasType) {
            return false;
        }
        match op {
            IsSmallInt | IsFloat | IsObj => weaker.op != HasType && weaker.op != op && !weaker.expect(),
            HasType => weaker.op == HasType && weaker.imm & 0x7fff != imm && !weaker.expect(),
            // It has come here with this very word: all that was tested of it is so.
            Same => b.as_const().is_some(),
            _ => false,
        }
    }
}
