//! Loop peeling (Ardö, Bolz, Fijałkowski, DLS 2012; LuaJIT's `lj_opt_loop`): the recorded iteration becomes the preamble, and a second copy of it, emitted
//! again through the same folding with substituted operands, becomes the loop. What does not change between iterations folds
//! away in the copy; what is carried around travels unboxed, virtual objects exploded into parameters.

use crate::build::{Builder, Guarded, Pool, SlotMap};
use crate::invariant::Invariance;
use crate::ir::{Class, Desc, Inst, LogKind, Op, Place, Recipe, Ref, SnapshotView, Target, semantics};
use crate::mutants::{Mutant, planted};
use crate::range::Range;
use crate::shape::{Carried, LabelShape, Matcher, Opener, Path, Shaper};
use framework::Ty;
use framework::value::{SMALL_MAX, SMALL_MIN};
use rustc_hash::{FxHashMap, FxHashSet};

/// Why a loop whose types change from one iteration to the next cannot be peeled.
pub const ANOTHER_WAY: &str = "the second iteration goes another way";

/// How often a slot may turn out not to be carried as hoped before peeling is given up.
const MAX_ATTEMPTS: usize = 12;

/// A loop with preamble.
pub struct Peeled {
    /// The builder with the whole trace.
    pub builder: Builder,
    /// What a jump to the label must bring.
    pub shape: LabelShape,
    /// Number of the first snapshot after the label.
    pub label_snapshot: usize,
}

/// What went wrong with an attempt.
enum Failure {
    /// What is at this path of the header's shape cannot be carried as the first iteration suggests.
    Path(Path),
    /// These parameters leave the range that they were hoped to stay in: path, at the lower end, at the upper.
    Ranges(Vec<(Path, bool, bool)>),
    /// Which of the pending stores are not to the same places in each iteration, or have to be emitted in it.
    Places(Vec<bool>),
    /// The second iteration takes another way.
    Hopeless(&'static str),
}

/// Makes a loop of the trace in `base`, which is at its header again, at the start of an instruction. Stores that are pending there and go to
/// objects that seem to be the same in each iteration are carried around; the others are emitted.
pub fn peel(base: &mut Builder, pool: &Pool) -> Result<Peeled, &'static str> {
    let carried = Invariance::new(base).places();
    base.flush_except(&carried);
    let mut generic = FxHashSet::default();
    let mut unbounded: FxHashMap<Path, (bool, bool)> = FxHashMap::default();
    for _ in 0..MAX_ATTEMPTS {
        let mut attempt = Attempt::new(base, pool.copy(base), &generic, &unbounded);
        let failure = match attempt.run() {
            Ok((shape, label_snapshot)) => return Ok(Peeled { builder: attempt.n, shape, label_snapshot }),
            Err(failure) => failure,
        };
        pool.give(attempt.n);
        match failure {
            Failure::Path(p) => {
                generic.insert(p);
            }
            Failure::Ranges(ends) => {
                for (path, lo, hi) in ends {
                    let end = unbounded.entry(path).or_default();
                    *end = (end.0 || lo, end.1 || hi);
                }
            }
            Failure::Places(not_carried) => {
                let carried: Vec<(Ref, Place)> = base.pending.iter().map(|p| (p.object, p.place)).collect();
                let carried: Vec<_> = carried.into_iter().zip(not_carried).filter(|(_, not)| !not).map(|(p, _)| p).collect();
                base.flush_except(&carried);
            }
            Failure::Hopeless(why) => return Err(why),
        }
    }
    Err("what the loop carries changes its form every time")
}

/// Stack words that a header's shape describes: the live ones, and those the iteration has read.
fn header_slots(b: &Builder) -> Vec<i32> {
    let mut slots: Vec<i32> = b.live_slots().collect();
    slots.extend(b.trace.insts.iter().filter(|i| i.op == Op::Slot).map(|i| i.a as i32));
    slots.sort_unstable();
    slots.dedup();
    slots
}

/// The range a loop's parameter is hoped to stay in: that of its first value, widened to the next bounds that are worth knowing.
fn hoped_for(entry: Range, no_lower: bool, no_upper: bool) -> Range {
    const LOWER: [i64; 4] = [0, i32::MIN as i64, SMALL_MIN, i64::MIN];
    const UPPER: [i64; 5] = [u8::MAX as i64, u16::MAX as i64, u32::MAX as i64, SMALL_MAX, i64::MAX];
    let lo = LOWER.into_iter().find(|&k| k <= entry.lo).filter(|_| !no_lower).unwrap_or(i64::MIN);
    let hi = UPPER.into_iter().find(|&k| k >= entry.hi).filter(|_| !no_upper).unwrap_or(i64::MAX);
    Range { lo, hi }
}

struct Attempt<'a> {
    base: &'a Builder,
    generic: &'a FxHashSet<Path>,
    /// Parameters that have turned out to leave their first range, downwards or upwards.
    unbounded: &'a FxHashMap<Path, (bool, bool)>,
    /// Where in the shape the label's parameters are.
    paths: Vec<Path>,
    n: Builder,
    subst: Vec<Ref>,
    virtuals: FxHashMap<Ref, Ref>,
    header: SlotMap,
    /// First-iteration virtual objects whose copies have their final content.
    finished: FxHashSet<Ref>,
}

impl<'a> Attempt<'a> {
    /// `n` is a copy of `base`.
    fn new(base: &'a Builder, mut n: Builder, generic: &'a FxHashSet<Path>, unbounded: &'a FxHashMap<Path, (bool, bool)>) -> Self {
        n.find_ranges();
        Attempt {
            base,
            generic,
            unbounded,
            paths: vec![],
            n,
            subst: vec![Ref::NONE; base.trace.insts.len()],
            virtuals: FxHashMap::default(),
            header: SlotMap::default(),
            finished: FxHashSet::default(),
        }
    }

    /// The shape of the label, and the number of the first snapshot after it.
    fn run(&mut self) -> Result<(LabelShape, usize), Failure> {
        let slots = header_slots(self.base);
        let (mut shape, args) = self.shape(&slots)?;
        self.n.jump(Target::Own, &args);
        shape.assumed = self.n.enter_loop(&self.base.trace.insts, &self.base.pending);
        shape.assumes_valid = self.n.valid_checked;
        let label_snapshot = self.n.trace.snapshots.len();
        self.n.emit(Op::Label, Ty::Int, 0, Ref::NONE.0, Ref::NONE.0, 0);
        let poll = self.open_label(&shape);
        self.n.begin_instruction();
        let snapshot = self.n.take_snapshot(0);
        if self.n.trace.snapshots.get(snapshot as usize).leaves.iter().any(|&l| l >= poll) {
            return Err(Failure::Hopeless("the state at the loop's start is not made of what it carries"));
        }
        self.n.trace.insts[poll.as_inst().expect("an instruction")].c = snapshot;
        for k in 0..self.base.trace.insts.len() {
            let i = self.base.trace.insts[k];
            self.subst[k] = self.copy(&i)?;
        }
        for p in &self.base.pending {
            let (o, v) = (self.sub(self.base.resolve(p.object)), self.end_ref(p.value)?);
            self.n.store_place(o, p.place, v);
        }
        let places: Vec<(Ref, Place)> = shape.places.iter().map(|p| (p.object, p.place)).collect();
        let still_there = self.n.flush_except(&places);
        if still_there.contains(&false) {
            return Err(Failure::Places(still_there.into_iter().map(|there| !there).collect()));
        }
        let mut end = vec![];
        for &i in &slots {
            end.push((i, self.end_value(i)?));
        }
        let mut matcher = Matcher::new(&shape, None);
        for (i, r) in end {
            matcher.slot(&mut self.n, i, r).map_err(Failure::Path)?;
        }
        for (k, &(object, place)) in places.iter().enumerate() {
            let content = self.n.load_place(object, place);
            matcher.place(&mut self.n, k, content).map_err(Failure::Path)?;
        }
        matcher.check(&self.n).map_err(Failure::Path)?;
        self.n.pending.clear();
        let (args, misfits) = (matcher.args, matcher.misfits);
        if !misfits.is_empty() {
            let end = |(k, r): (usize, Range)| (self.paths[k].clone(), r.lo < shape.ranges[k].lo, r.hi > shape.ranges[k].hi);
            return Err(Failure::Ranges(misfits.into_iter().map(end).collect()));
        }
        self.n.jump(Target::Own, &args);
        Ok((shape, label_snapshot))
    }

    /// The shape the first iteration suggests, and what it passes to the label.
    fn shape(&mut self, slots: &[i32]) -> Result<(LabelShape, Vec<Ref>), Failure> {
        let mut s = Shaper::new(self.generic);
        for &i in slots {
            let r = self.n.state.slots.get(i);
            let c = if r == Ref::NONE || self.n.is_unchanged(i, r) { Carried::Unchanged } else { s.slot(&mut self.n, i, r) };
            s.shape.slots.push((i, c));
        }
        for p in std::mem::take(&mut self.n.pending) {
            s.place(&mut self.n, p);
        }
        s.check(&self.n).map_err(Failure::Path)?;
        let range = |(&r, path): (&Ref, &Path)| {
            if self.n.trace.ty(r) != Ty::Int {
                return Range::FULL;
            }
            let (no_lower, no_upper) = self.unbounded.get(path).copied().unwrap_or_default();
            hoped_for(self.n.range(r), no_lower, no_upper)
        };
        let (mut shape, args, paths) = (s.shape, s.args, s.paths);
        shape.ranges = args.iter().zip(&paths).map(range).collect();
        self.paths = paths;
        Ok((shape, args))
    }

    /// Makes the label's parameters and what is built from them: the state at the loop's start. Between the two is the poll, which is
    /// returned and gets its snapshot later: next to the label, compiled code can move it to the loop's end.
    fn open_label(&mut self, shape: &LabelShape) -> Ref {
        let params: Vec<Ref> = shape.params().into_iter().map(|ty| self.n.param(ty)).collect();
        let poll = self.n.emit(Op::Poll, Ty::Int, 1, Ref::NONE.0, Ref::NONE.0, 0);
        for (&p, &range) in params.iter().zip(&shape.ranges) {
            self.n.define_range(p, range);
        }
        let mut opener = Opener::new(shape, params);
        let mut values = vec![];
        for (i, c) in &shape.slots {
            if let Some(r) = opener.open(&mut self.n, c) {
                values.push((*i, r));
            }
        }
        for p in &shape.places {
            let content = opener.open(&mut self.n, &p.content).expect("no place is left unchanged");
            self.n.carry(p.object, p.place, content);
        }
        self.n.kept = shape.places.iter().map(|p| p.object).collect();
        let old: Vec<(i32, Ref)> = self.n.state.slots.iter().filter(|&(i, r)| self.n.is_unchanged(i, r)).collect();
        self.n.state.slots.clear();
        for (i, r) in old.into_iter().chain(values) {
            self.n.state.slots.set(i, r);
            self.header.set(i, r);
        }
        poll
    }

    /// The value of a stack word at the loop's start.
    fn header_value(&mut self, i: i32) -> Ref {
        match self.header.get(i) {
            Ref::NONE => self.n.slot(i),
            r => r,
        }
    }

    /// What a reference of the first iteration is in the second.
    fn sub(&self, r: Ref) -> Ref {
        match r.as_inst() {
            Some(i) => self.subst[i],
            None => r,
        }
    }

    fn copy(&mut self, i: &Inst) -> Result<Ref, Failure> {
        let (a, b) = (Ref(i.a), Ref(i.b));
        let two = |s: &Self| (s.sub(a), s.sub(b));
        Ok(match i.op {
            Op::Slot => self.header_value(i.a as i32),
            Op::Virtual | Op::Room | Op::Poll => Ref::NONE,
            Op::Valid => {
                if !self.n.valid_checked {
                    let s = self.copy_snapshot(i.c as usize)?;
                    self.n.emit_guard_with(Op::Valid, 0, a, b, true, s);
                    self.n.valid_checked = true;
                }
                Ref::NONE
            }
            Op::Len => {
                let a = self.sub(a);
                self.n.len(a)
            }
            Op::Aux => {
                let a = self.sub(a);
                self.n.aux(a)
            }
            Op::SetAux => {
                let (a, b) = two(self);
                self.n.store_aux(a, b);
                Ref::NONE
            }
            Op::LoadField | Op::StoreField => {
                let Desc::Field(f) = *self.base.trace.desc(i) else { unreachable!() };
                let a = self.sub(a);
                if i.op == Op::LoadField {
                    self.n.load_field(a, f)
                } else {
                    let v = self.sub(b);
                    self.n.store_field(a, f, v);
                    Ref::NONE
                }
            }
            Op::LoadElem | Op::StoreElem => {
                let Desc::Elems(e) = *self.base.trace.desc(i) else { unreachable!() };
                let (a, b) = two(self);
                if i.op == Op::LoadElem {
                    self.n.load_elem(a, e, b)
                } else {
                    let v = self.sub(Ref(i.c));
                    self.n.store_elem(a, e, b, v);
                    Ref::NONE
                }
            }
            Op::New | Op::NewArray => {
                let Desc::Type(t) = *self.base.trace.desc(i) else { unreachable!() };
                let len = (i.op == Op::NewArray).then(|| self.n.resolve(self.sub(a)));
                self.n.new_object(t, len)
            }
            Op::Call => {
                let Desc::Fun(f) = *self.base.trace.desc(i) else { unreachable!() };
                let args: Vec<Ref> = self.base.trace.list(i).iter().map(|&r| self.sub(r)).collect();
                self.n.call(f, &args, None)
            }
            op if op.class() == Class::Pure => {
                let a = self.sub(a);
                let b = if b == Ref::NONE { b } else { self.sub(b) };
                self.n.pure(op, a, b)
            }
            op if op.class() == Class::Guard => self.copy_guard(i, a, b)?,
            op => unreachable!("{op:?} in a recorded iteration"),
        })
    }

    fn copy_guard(&mut self, i: &Inst, a: Ref, b: Ref) -> Result<Ref, Failure> {
        let a = self.sub(a);
        let b = if b == Ref::NONE { b } else { self.sub(b) };
        let imm = if i.op.desc().is_some() { i.imm & 0x7fff } else { 0 };
        if i.expect() && self.is_box_tested_for_its_sort(i.op, a) {
            return Ok(Ref::NONE);
        }
        match self.n.known_guard(i.op, imm, a, b) {
            Guarded::Known(holds, r) => {
                if holds != i.expect() {
                    return Err(Failure::Hopeless(ANOTHER_WAY));
                }
                if r == Ref::NONE && i.op.has_result() && holds {
                    let word = |r: Ref| if r == Ref::NONE { Some(0) } else { self.n.bits_of(self.n.resolve(r)) };
                    if let (Some(ka), Some(kb)) = (word(a), word(b))
                        && let Some((true, bits)) = semantics::guard(i.op, ka, kb)
                    {
                        return Ok(self.n.const_word(i.ty, bits));
                    }
                    return Err(Failure::Hopeless("a known result that is nowhere"));
                }
                Ok(r)
            }
            Guarded::Unchecked if !i.expect() => Err(Failure::Hopeless(ANOTHER_WAY)),
            Guarded::Unchecked => Ok(self.n.pure(i.op.unchecked(), a, b)),
            Guarded::Unknown => {
                let s = self.copy_snapshot(i.c as usize)?;
                Ok(self.n.emit_guard_with(i.op, imm, a, b, i.expect(), s))
            }
        }
    }

    /// A small integer was expected, and what comes around is an integer in a box that may not exist. The interpreter asked whether it is an
    /// integer, small or not; what follows uses the number.
    fn is_box_tested_for_its_sort(&self, op: Op, a: Ref) -> bool {
        let made_by = self.n.inst(self.n.resolve(a)).map(|i| i.op);
        matches!((op, made_by), (Op::IsSmallInt, Some(Op::BoxInt)) | (Op::IsFloat, Some(Op::BoxFloat)))
    }

    /// The copy of a first-iteration virtual object, made when it is first mentioned.
    fn virtual_copy(&mut self, id: Ref, ty: &'static framework::TypeInfo, len: Option<u32>) -> Ref {
        if let Some(&v) = self.virtuals.get(&id) {
            return v;
        }
        let v = self.n.new_virtual(ty, len);
        self.virtuals.insert(id, v);
        v
    }

    fn recipe(&mut self, s: &SnapshotView, r: Recipe, ty: Ty) -> Ref {
        let leaf = |k: u32| s.leaves[k as usize];
        match r {
            Recipe::Leaf(k) => self.sub(leaf(k)),
            Recipe::Const(bits) => self.n.const_word(ty, bits),
            Recipe::BoxInt(k) => {
                let x = self.sub(leaf(k));
                self.n.pure(Op::BoxInt, x, Ref::NONE)
            }
            Recipe::BoxFloat(k) => {
                let x = self.sub(leaf(k));
                self.n.pure(Op::BoxFloat, x, Ref::NONE)
            }
            Recipe::Virtual(k) => self.virtuals[&s.virtuals[k as usize].id],
            Recipe::Nothing => Ref::NONE,
        }
    }

    /// The snapshot as it is in the second iteration: what it says of changed words, over the loop's state at its start.
    fn copy_snapshot(&mut self, k: usize) -> Result<u32, Failure> {
        let base = self.base;
        let s = base.trace.snapshots.get(k);
        for v in s.virtuals {
            let copy = self.virtual_copy(v.id, v.ty, v.len);
            if !self.n.is_virtual(copy) {
                return Err(Failure::Hopeless("an object escapes in the second iteration only"));
            }
        }
        for v in s.virtuals {
            let copy = self.virtuals[&v.id];
            let aux = self.recipe(&s, v.aux, Ty::Int);
            self.n.set_virtual_part(copy, 0, aux);
            for (f, &r) in s.fields(v).iter().enumerate() {
                let r = self.recipe(&s, r, crate::shape::part_type(v.ty, f + 1));
                self.n.set_virtual_part(copy, f + 1, r);
            }
        }
        self.n.state.slots.copy_from(&self.header);
        for &(i, r) in s.slots {
            let r = self.recipe(&s, r, Ty::Value);
            self.n.state.slots.set(i, r);
        }
        let log: Vec<(LogKind, Ref)> = s.log.iter().map(|e| (e.kind, self.recipe(&s, e.result, e.ty))).collect();
        self.n.state.cur = s.cur();
        s.pushed.clone_into(&mut self.n.state.pushed);
        self.n.mark_start();
        self.n.dirty = !log.is_empty();
        self.n.log = log;
        // What the recorded iteration had put off at this guard comes on top of what its copy has.
        let pending = self.n.pending.clone();
        for p in s.stores {
            let o = self.recipe(&s, p.object, Ty::Value);
            let v = self.recipe(&s, p.value, p.place.ty());
            self.n.overlay(o, p.place, v);
        }
        let copy = self.n.take_snapshot(s.ordinal);
        self.n.trace.snapshots.head_mut(copy as usize).strengthened = s.strengthened && !planted(Mutant::CopiesForgetStrengthening);
        self.n.pending = pending;
        self.n.log.clear();
        self.n.dirty = false;
        Ok(copy)
    }

    /// What a stack word holds at the end of the second iteration.
    fn end_value(&mut self, i: i32) -> Result<Ref, Failure> {
        let r = self.base.state.slots.get(i);
        if r == Ref::NONE || self.base.is_unchanged(i, r) {
            return Ok(self.header.get(i));
        }
        self.end_ref(r)
    }

    fn end_ref(&mut self, r: Ref) -> Result<Ref, Failure> {
        let r = self.base.resolve(r);
        let Some((ty, len)) = self.base.virtual_layout(r) else { return Ok(self.sub(r)) };
        let copy = self.virtual_copy(r, ty, len);
        if !self.n.is_virtual(copy) {
            return Err(Failure::Hopeless("an object escapes in the second iteration only"));
        }
        if self.finished.insert(r) {
            for (k, part) in self.base.virtual_parts(r).into_iter().enumerate() {
                let part = self.end_ref(part)?;
                self.n.set_virtual_part(copy, k, part);
            }
        }
        Ok(copy)
    }
}
