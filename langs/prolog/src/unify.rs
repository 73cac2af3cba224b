//! Dereferencing, binding, matching and building, generic over the world: the shallow cases. Deep ones are residual.

use crate::Prolog;
use crate::code::{Cell, Code, Operand, Pat, PatId};
use crate::residuals::{DIFFER, UNIFY, UNIFY_ARGUMENTS};
use crate::symbols::UNBOUND;
use crate::terms::{ATOMIC, ArgRef, CarRef, CdrRef, Cons, Machine, STRUCT_ARGS, Struct, TrailEntry, Var};
use framework::{Ref, TypeId, Val, Value, World};

/// A dereferenced value with its heap type, or `ATOMIC` if it is no pointer.
pub struct Term<W: World> {
    pub v: Val<W>,
    pub tag: TypeId,
}

impl<W: World> Clone for Term<W> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<W: World> Copy for Term<W> {}

impl<W: World> Term<W> {
    /// Does it refer to an unbound cell?
    #[inline(always)]
    pub fn is_unbound(&self) -> bool {
        matches!(self.tag, Var::ID..=ArgRef::ID)
    }
}

/// The machine object.
#[inline(always)]
pub fn machine<W: World<Lang = Prolog>>(w: &mut W) -> Ref<W> {
    let m = w.code().get().machine;
    w.constant(m)
}

/// The stamp for new objects, the newest choice point's.
#[inline(always)]
pub fn stamp<W: World<Lang = Prolog>>(w: &mut W) -> framework::Int<W> {
    let m = machine(w);
    w.load(m, Machine::choice_stamp)
}

/// Follows references.
#[inline(always)]
pub fn deref<W: World<Lang = Prolog>>(w: &mut W, v: Val<W>) -> Term<W> {
    if w.is_obj(v) { deref_obj(w, v) } else { Term { v, tag: ATOMIC } }
}

fn deref_obj<W: World<Lang = Prolog>>(w: &mut W, mut v: Val<W>) -> Term<W> {
    loop {
        let o = w.to_obj(v);
        let tag = w.type_of(o);
        let next = match tag {
            Var::ID => w.load(o, Var::value),
            CarRef::ID => {
                let c = w.load(o, CarRef::cell);
                w.load(c, Cons::car)
            }
            CdrRef::ID => {
                let c = w.load(o, CdrRef::cell);
                w.load(c, Cons::cdr)
            }
            ArgRef::ID => {
                let c = w.load(o, ArgRef::cell);
                let i = w.load(o, ArgRef::index);
                w.load_elem(c, Struct::args, i)
            }
            _ => return Term { v, tag },
        };
        if w.is(next, UNBOUND) {
            return Term { v, tag };
        }
        if !w.is_obj(next) {
            return Term { v: next, tag: ATOMIC };
        }
        v = next;
    }
}

/// Notes for backtracking that a cell is about to be bound, if it is older than the newest choice point. The offset is in words.
#[inline(always)]
fn trail<W: World<Lang = Prolog>>(w: &mut W, cell: Ref<W>, offset: impl FnOnce(&mut W) -> framework::Int<W>) {
    let m = machine(w);
    let newest = w.load(m, Machine::choice_stamp);
    let age = w.aux(cell);
    if w.lt(age, newest) {
        let offset = offset(w);
        push_trail(w, cell, offset);
    }
}

fn push_trail<W: World<Lang = Prolog>>(w: &mut W, cell: Ref<W>, offset: framework::Int<W>) {
    let m = machine(w);
    let prev = w.load(m, Machine::trail);
    let e = w.new(TrailEntry::TYPE);
    w.store(e, TrailEntry::cell, cell);
    w.set_aux(e, offset);
    w.store(e, TrailEntry::prev, prev);
    let e = w.from_obj(e);
    w.store(m, Machine::trail, e);
}

/// Binds an unbound term to a value.
#[inline]
pub fn bind<W: World<Lang = Prolog>>(w: &mut W, t: Term<W>, value: Val<W>) {
    let o = w.to_obj(t.v);
    match t.tag {
        Var::ID => {
            trail(w, o, |w| w.constant(1i64));
            w.store(o, Var::value, value);
        }
        CarRef::ID => {
            let c = w.load(o, CarRef::cell);
            trail(w, c, |w| w.constant(1i64));
            w.store(c, Cons::car, value);
        }
        CdrRef::ID => bind_cdr(w, t, value),
        _ => {
            let c = w.load(o, ArgRef::cell);
            let i = w.load(o, ArgRef::index);
            let first = w.constant(STRUCT_ARGS as i64 / 8);
            trail(w, c, |w| w.add(i, first));
            w.store_elem(c, Struct::args, i, value);
        }
    }
}

#[inline(always)]
fn bind_cdr<W: World<Lang = Prolog>>(w: &mut W, t: Term<W>, value: Val<W>) {
    let o = w.to_obj(t.v);
    let c = w.load(o, CdrRef::cell);
    trail(w, c, |w| w.constant(2i64));
    w.store(c, Cons::cdr, value);
}

/// The object a reference's cell is in.
fn holder<W: World<Lang = Prolog>>(w: &mut W, t: Term<W>) -> Ref<W> {
    let o = w.to_obj(t.v);
    match t.tag {
        CarRef::ID => w.load(o, CarRef::cell),
        CdrRef::ID => w.load(o, CdrRef::cell),
        ArgRef::ID => w.load(o, ArgRef::cell),
        _ => o,
    }
}

/// Unifies two unbound terms: the younger one is bound to the older.
fn bind_variables<W: World<Lang = Prolog>>(w: &mut W, a: Term<W>, b: Term<W>) {
    let (x, y) = (holder(w, a), holder(w, b));
    if a.tag == b.tag && w.same_obj(x, y) {
        if a.tag != ArgRef::ID {
            return;
        }
        let (oa, ob) = (w.to_obj(a.v), w.to_obj(b.v));
        let (i, j) = (w.load(oa, ArgRef::index), w.load(ob, ArgRef::index));
        if w.eq(i, j) {
            return;
        }
    }
    let (s, t) = (w.aux(x), w.aux(y));
    if w.lt(s, t) { bind(w, b, a.v) } else { bind(w, a, b.v) }
}

/// Unifies two terms.
pub fn unify<W: World<Lang = Prolog>>(w: &mut W, a: Val<W>, b: Val<W>) -> bool {
    let (x, y) = (deref(w, a), deref(w, b));
    match (x.is_unbound(), y.is_unbound()) {
        (true, true) => {
            bind_variables(w, x, y);
            true
        }
        (true, false) => {
            bind(w, x, y.v);
            true
        }
        (false, true) => {
            bind(w, y, x.v);
            true
        }
        _ if x.tag != y.tag => false,
        _ if x.tag == ATOMIC => w.same(x.v, y.v),
        _ => {
            if w.same(x.v, y.v) {
                return true;
            }
            if x.tag == Struct::ID {
                return unify_structures(w, x, y);
            }
            let r = w.call(&UNIFY, (x.v, y.v));
            w.is(r, 1i64)
        }
    }
}

/// Most unifications of structures fail, and most of those at constants in them: the test for that has no effect.
fn unify_structures<W: World<Lang = Prolog>>(w: &mut W, x: Term<W>, y: Term<W>) -> bool {
    let (o, q) = (w.to_obj(x.v), w.to_obj(y.v));
    let (f, g) = (w.load(o, Struct::functor), w.load(q, Struct::functor));
    if !w.eq(f, g) {
        return false;
    }
    let different = w.call(&DIFFER, (x.v, y.v));
    if w.is(different, 1i64) {
        return false;
    }
    let r = w.call(&UNIFY_ARGUMENTS, (x.v, y.v));
    w.is(r, 1i64)
}

/// Unifies a term with a constant.
#[inline]
pub fn unify_const<W: World<Lang = Prolog>>(w: &mut W, v: Val<W>, k: Value) -> bool {
    let t = deref(w, v);
    if t.tag == ATOMIC {
        return w.is(t.v, k);
    }
    if t.is_unbound() {
        let k = w.constant(k);
        bind(w, t, k);
        return true;
    }
    if !k.is_obj() {
        return false;
    }
    let k = w.constant(k);
    let r = w.call(&UNIFY, (t.v, k));
    w.is(r, 1i64)
}

/// One of the two cells of a list cell, as a term.
#[inline]
pub fn load_list_cell<W: World<Lang = Prolog>>(w: &mut W, o: Ref<W>, second: bool) -> Val<W> {
    let v = w.load(o, if second { Cons::cdr } else { Cons::car });
    if w.is(v, UNBOUND) { list_cell_ref(w, o, second) } else { v }
}

fn list_cell_ref<W: World<Lang = Prolog>>(w: &mut W, o: Ref<W>, second: bool) -> Val<W> {
    let r = if second {
        let r = w.new(CdrRef::TYPE);
        w.store(r, CdrRef::cell, o);
        r
    } else {
        let r = w.new(CarRef::TYPE);
        w.store(r, CarRef::cell, o);
        r
    };
    w.from_obj(r)
}

/// An argument of a structure, as a term; `i` counts from 0.
#[inline]
pub fn load_arg<W: World<Lang = Prolog>>(w: &mut W, o: Ref<W>, i: usize) -> Val<W> {
    let index = w.constant(i as i64);
    let v = w.load_elem(o, Struct::args, index);
    if w.is(v, UNBOUND) { arg_ref(w, o, i) } else { v }
}

fn arg_ref<W: World<Lang = Prolog>>(w: &mut W, o: Ref<W>, i: usize) -> Val<W> {
    let r = w.new(ArgRef::TYPE);
    w.store(r, ArgRef::cell, o);
    let index = w.constant(i as i64);
    w.store(r, ArgRef::index, index);
    w.from_obj(r)
}

/// A fresh variable.
pub fn fresh<W: World<Lang = Prolog>>(w: &mut W) -> Val<W> {
    let o = w.new(Var::TYPE);
    let (unbound, s) = (w.constant(UNBOUND), stamp(w));
    w.store(o, Var::value, unbound);
    w.set_aux(o, s);
    w.from_obj(o)
}

/// Builds a compound term: the cells of one level from left to right, then the compounds in them.
pub fn build<W: World<Lang = Prolog>>(w: &mut W, code: &Code, pat: PatId) -> Val<W> {
    let mut pat = &code.pats[pat as usize];
    let root = allocate(w, pat);
    let mut o = root;
    // The last compound of a level is built by this loop, so that a long list needs no recursion.
    while let Some((at, last)) = fill(w, code, o, pat) {
        let outer = pat;
        pat = &code.pats[last as usize];
        let child = allocate(w, pat);
        let v = w.from_obj(child);
        match outer {
            Pat::List(_) if at == 0 => w.store(o, Cons::car, v),
            Pat::List(_) => w.store(o, Cons::cdr, v),
            Pat::Struct(..) => store_arg(w, o, at, v),
        }
        o = child;
    }
    w.from_obj(root)
}

#[inline]
fn allocate<W: World<Lang = Prolog>>(w: &mut W, pat: &Pat) -> Ref<W> {
    let s = stamp(w);
    let o = match pat {
        Pat::List(_) => w.new(Cons::TYPE),
        Pat::Struct(f, args) => {
            let n = w.constant(args.len() as i64);
            let o = w.new_array(Struct::TYPE, n);
            let f = w.constant(*f as i64);
            w.store(o, Struct::functor, f);
            o
        }
    };
    w.set_aux(o, s);
    o
}

/// Fills the cells of a new compound, but for the last compound in it: returns where that belongs, and its pattern.
#[inline]
fn fill<W: World<Lang = Prolog>>(w: &mut W, code: &Code, o: Ref<W>, pat: &Pat) -> Option<(usize, PatId)> {
    match pat {
        Pat::List([head, tail]) => {
            if let Some(v) = flat_cell(w, head, |w| list_cell_ref(w, o, false)) {
                w.store(o, Cons::car, v);
            }
            if let Some(v) = flat_cell(w, tail, |w| list_cell_ref(w, o, true)) {
                w.store(o, Cons::cdr, v);
            }
            match (head, tail) {
                (Cell::Sub(_, p), Cell::Sub(_, q)) => {
                    let v = build(w, code, *p);
                    w.store(o, Cons::car, v);
                    Some((1, *q))
                }
                (Cell::Sub(_, p), _) => Some((0, *p)),
                (_, Cell::Sub(_, q)) => Some((1, *q)),
                _ => None,
            }
        }
        Pat::Struct(_, cells) => {
            let mut last = None;
            for (i, c) in cells.iter().enumerate() {
                match flat_cell(w, c, |w| arg_ref(w, o, i)) {
                    Some(v) => store_arg(w, o, i, v),
                    None => last = Some(i),
                }
            }
            let last = last?;
            for (i, c) in cells[..last].iter().enumerate() {
                if let Cell::Sub(_, p) = c {
                    let v = build(w, code, *p);
                    store_arg(w, o, i, v);
                }
            }
            if let Cell::Sub(_, p) = cells[last] { Some((last, p)) } else { None }
        }
    }
}

/// The content of a cell that is built, unless it is a compound.
#[inline(always)]
fn flat_cell<W: World<Lang = Prolog>>(w: &mut W, cell: &Cell, reference: impl FnOnce(&mut W) -> Val<W>) -> Option<Val<W>> {
    match cell {
        Cell::First(r) => {
            let v = reference(w);
            w.set(*r, v);
            Some(w.constant(UNBOUND))
        }
        Cell::Void => Some(w.constant(UNBOUND)),
        Cell::Var(r) => Some(w.get(*r)),
        Cell::Const(k) => Some(w.constant(*k)),
        Cell::Sub(..) => None,
    }
}

fn store_arg<W: World<Lang = Prolog>>(w: &mut W, o: Ref<W>, i: usize, v: Val<W>) {
    let i = w.constant(i as i64);
    w.store_elem(o, Struct::args, i, v);
}

/// The value of an operand.
#[inline]
pub fn operand<W: World<Lang = Prolog>>(w: &mut W, code: &Code, o: &Operand) -> Val<W> {
    match o {
        Operand::Reg(r) => w.get(*r),
        Operand::Const(k) => w.constant(*k),
        Operand::Fresh(r) => {
            let v = fresh(w);
            w.set(*r, v);
            v
        }
        Operand::Void => fresh(w),
        Operand::Build(p) => build(w, code, *p),
    }
}

/// What came of matching a register with a compound pattern.
pub enum Match {
    Failed,
    /// One level matched; the compounds in it are in their registers.
    Level,
    /// All of it was built.
    Built,
}

/// Matches a term with a compound pattern.
#[inline]
pub fn match_compound<W: World<Lang = Prolog>>(w: &mut W, code: &Code, v: Val<W>, pat: PatId) -> Match {
    let t = deref(w, v);
    if t.is_unbound() {
        let built = build(w, code, pat);
        bind(w, t, built);
        return Match::Built;
    }
    let pat = &code.pats[pat as usize];
    let Some(o) = compound(w, t, pat) else { return Match::Failed };
    let matched = match pat {
        Pat::List([head, tail]) => match_cell(w, head, |w| load_list_cell(w, o, false)) && match_cell(w, tail, |w| load_list_cell(w, o, true)),
        Pat::Struct(_, cells) => cells.iter().enumerate().all(|(i, c)| match_cell(w, c, |w| load_arg(w, o, i))),
    };
    if matched { Match::Level } else { Match::Failed }
}

/// The object of a bound term, if it has the pattern's functor.
#[inline(always)]
fn compound<W: World<Lang = Prolog>>(w: &mut W, t: Term<W>, pat: &Pat) -> Option<Ref<W>> {
    match pat {
        Pat::List(..) if t.tag == Cons::ID => Some(w.to_obj(t.v)),
        Pat::Struct(f, _) if t.tag == Struct::ID => {
            let o = w.to_obj(t.v);
            let g = w.load(o, Struct::functor);
            if w.is(g, *f as i64) { Some(o) } else { None }
        }
        _ => None,
    }
}

#[inline(always)]
fn match_cell<W: World<Lang = Prolog>>(w: &mut W, cell: &Cell, load: impl FnOnce(&mut W) -> Val<W>) -> bool {
    match cell {
        Cell::Void => true,
        Cell::First(r) | Cell::Sub(r, _) => {
            let v = load(w);
            w.set(*r, v);
            true
        }
        Cell::Var(r) => {
            let v = load(w);
            let x = w.get(*r);
            unify(w, x, v)
        }
        Cell::Const(k) => {
            let v = load(w);
            unify_const(w, v, *k)
        }
    }
}

/// Matches a term with a list cell that has no compounds in it.
#[inline(always)]
pub fn match_list<W: World<Lang = Prolog>>(w: &mut W, v: Val<W>, head: &Cell, tail: &Cell) -> bool {
    let t = deref(w, v);
    if t.tag == Cons::ID {
        let o = w.to_obj(t.v);
        return match_cell(w, head, |w| load_list_cell(w, o, false)) && match_cell(w, tail, |w| load_list_cell(w, o, true));
    }
    if !t.is_unbound() {
        return false;
    }
    let s = stamp(w);
    let o = w.new(Cons::TYPE);
    w.set_aux(o, s);
    if let Some(v) = flat_cell(w, head, |w| list_cell_ref(w, o, false)) {
        w.store(o, Cons::car, v);
    }
    if let Some(v) = flat_cell(w, tail, |w| list_cell_ref(w, o, true)) {
        w.store(o, Cons::cdr, v);
    }
    let built = w.from_obj(o);
    if t.tag == CdrRef::ID {
        // The next cell of a list that grows.
        bind_cdr(w, t, built);
    } else {
        bind(w, t, built);
    }
    true
}

/// What came of a guard's match.
pub enum GuardMatch {
    Failed,
    Matched,
    /// It would take a binding to match.
    NeedsBinding,
}

/// Matches a register with one level of a compound pattern, binding nothing.
#[inline]
pub fn guard_match<W: World<Lang = Prolog>>(w: &mut W, code: &Code, v: Val<W>, pat: PatId) -> GuardMatch {
    let t = deref(w, v);
    if t.is_unbound() {
        return GuardMatch::NeedsBinding;
    }
    let pat = &code.pats[pat as usize];
    let Some(o) = compound(w, t, pat) else { return GuardMatch::Failed };
    let list = matches!(pat, Pat::List(_));
    for (i, c) in pat.cells().iter().enumerate() {
        let load = |w: &mut W| if list { load_list_cell(w, o, i == 1) } else { load_arg(w, o, i) };
        match c {
            Cell::First(r) | Cell::Sub(r, _) => {
                let v = load(w);
                w.set(*r, v);
            }
            Cell::Const(k) => {
                let v = load(w);
                match guard_const(w, v, *k) {
                    GuardMatch::Matched => {}
                    other => return other,
                }
            }
            Cell::Var(_) | Cell::Void => {}
        }
    }
    GuardMatch::Matched
}

/// Compares a term with a constant that is no pointer.
#[inline]
pub fn guard_const<W: World<Lang = Prolog>>(w: &mut W, v: Val<W>, k: Value) -> GuardMatch {
    let t = deref(w, v);
    if t.is_unbound() {
        GuardMatch::NeedsBinding
    } else if t.tag == ATOMIC && w.is(t.v, k) {
        GuardMatch::Matched
    } else {
        GuardMatch::Failed
    }
}
