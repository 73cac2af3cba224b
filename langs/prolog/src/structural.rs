//! Unification, comparison and walking of terms of any depth: none recurses on the Rust stack.
//!
//! Without an occurs check there are cyclic terms. Who has been under way for long finds out whether the term is one (`Patience`), and
//! if so remembers where it has been.

pub use crate::copy::copy;
use crate::runtime::Machine as Vm;
use crate::symbols::UNBOUND;
use crate::terms::*;
use framework::{Obj, Value};
use rustc_hash::FxHashMap as HashMap;
use smallvec::SmallVec;
use std::cmp::Ordering;
use std::collections::HashSet;

/// Binds an unbound cell, with a trail entry if it is older than the newest choice point.
#[inline]
pub fn bind(vm: &mut Vm, p: Place, v: Value) {
    let newest = vm.rt.shared.machine().get(Machine::choice_stamp);
    bind_with(vm, newest, p, v);
}

/// As `bind`, with the stamp of the newest choice point.
#[inline(always)]
fn bind_with(vm: &mut Vm, newest: i64, p: Place, v: Value) {
    if (p.stamp() as i64) < newest {
        push_trail(vm, Obj(p.obj), p.offset / 8);
    }
    let o = Obj(p.obj);
    vm.core.heap.write_barrier(o);
    o.set_word(p.offset, v.0);
}

/// See `TrailEntry`.
#[inline]
fn push_trail(vm: &mut Vm, cell: Obj, offset: usize) {
    let m = vm.rt.shared.machine();
    let e = vm.core.heap.alloc(TrailEntry::TYPE);
    e.init(TrailEntry::cell, cell);
    e.set_aux(offset as u32);
    e.init(TrailEntry::prev, m.get(Machine::trail));
    vm.core.heap.set(m, Machine::trail, e.into());
}

/// Notes the present content of a cell that is about to be overwritten, unless backtracking restores it anyway: because the object is newer
/// than the newest choice point, or because the cell has just been overwritten. (Else a loop that overwrites would fill the trail.)
pub fn trail_old(vm: &mut Vm, p: Place, old: Value) {
    let m = vm.rt.shared.machine();
    let newest = m.get(Machine::choice_stamp);
    if p.stamp() as i64 >= newest {
        return;
    }
    let cell = Obj(p.obj);
    let mut entry = m.get(Machine::trail);
    for _ in 0..4 {
        let Some(e) = entry.obj() else { break };
        let o = e.get(TrailEntry::cell);
        if e.aux() == 0 && (o.get(Overwritten::cell), o.get(Overwritten::offset), o.get(Overwritten::newest)) == (cell, p.offset as i64, newest) {
            return;
        }
        entry = e.get(TrailEntry::prev);
    }
    let o = vm.core.heap.alloc(Overwritten::TYPE);
    o.init(Overwritten::cell, cell);
    o.init(Overwritten::offset, p.offset as i64);
    o.init(Overwritten::old, old);
    o.init(Overwritten::newest, newest);
    o.set_aux(p.stamp());
    push_trail(vm, o, 0);
}

/// The term, as a value.
pub fn value_of(v: View, heap: &mut framework::Heap) -> Value {
    match v {
        View::Unbound(p) => p.reference(heap),
        View::Int(i) => heap.int(i),
        View::Float(f) => heap.float(f),
        View::Atom(v) | View::Other(v) => v,
        View::Big(o) | View::Str(o) | View::Cons(o) | View::Struct(o) => o.into(),
    }
}

/// Binds an unbound cell to a term.
pub fn bind_view(vm: &mut Vm, p: Place, v: View) {
    let v = value_of(v, &mut vm.core.heap);
    bind(vm, p, v);
}

/// So many steps are taken on trust.
const TRUST: usize = 1 << 20;

/// Counts steps; knows when to worry.
#[derive(Default)]
pub struct Patience(usize);

impl Patience {
    /// Counts a step. Is it time to look whether a term is cyclic?
    #[inline(always)]
    pub fn is_lost(&mut self) -> bool {
        self.0 += 1;
        self.0 == TRUST
    }
}

/// Is the term finite?
pub fn is_acyclic(v: Value) -> bool {
    // What is on the way to the present place; what has been found finite.
    let mut states: HashMap<u64, bool> = HashMap::default();
    let mut work: Vec<(Obj, usize)> = vec![];
    let mut now = view(v);
    loop {
        if let View::Cons(o) | View::Struct(o) = now {
            match states.get(&o.0) {
                Some(false) => return false,
                Some(true) => {}
                None => {
                    states.insert(o.0, false);
                    work.push((o, 0));
                }
            }
        }
        loop {
            let Some((o, i)) = work.last_mut() else { return true };
            let (n, first) = cells(*o);
            if *i == n {
                states.insert(o.0, true);
                work.pop();
                continue;
            }
            now = view_at(*o, first + 8 * *i);
            *i += 1;
            break;
        }
    }
}

/// As `is_acyclic`, for terms that are hardly ever cyclic: most are walked and no more.
pub fn is_finite(v: Value) -> bool {
    let mut patience = Patience::default();
    walk_trusting(v, |_| !patience.is_lost()) || is_acyclic(v)
}

/// Pairs of compounds of which some cells are still to be unified: the objects, and the offsets of the next cell and behind the last.
/// Nothing in the list needs protection, as all of it is part of the two terms.
type Pairs = SmallVec<[(Obj, Obj, usize, usize); 8]>;

/// What is left of a unification, and how it goes.
struct Unification {
    pairs: Pairs,
    patience: Patience,
    /// In cyclic terms, the pairs of compounds that have been looked into.
    seen: Option<HashSet<(u64, u64)>>,
    /// The two terms.
    roots: (Value, Value),
}

impl Unification {
    /// Is this pair of compounds to be looked into? In cyclic terms, only once.
    #[inline(always)]
    fn enters(&mut self, o: Obj, q: Obj) -> bool {
        if self.patience.is_lost() && !(is_acyclic(self.roots.0) && is_acyclic(self.roots.1)) {
            self.seen = Some(HashSet::new());
        }
        self.seen.as_mut().is_none_or(|s| s.insert((o.0, q.0)))
    }
}

enum Unified {
    No,
    Yes,
    /// If all the cells from one offset to another are.
    Cells(Obj, Obj, usize, usize),
}

/// Unifies two terms. If that fails, bindings made so far stay until the caller backtracks.
pub fn unify(vm: &mut Vm, a: Value, b: Value) -> bool {
    // The result of a builtin for a variable that is there for it.
    if let Some(o) = a.obj()
        && o.type_id() == Var::ID
        && o.get(Var::value) == UNBOUND
        && b.obj().is_none_or(|o| o.type_id() > ArgRef::ID)
    {
        bind(vm, Place { obj: o.0, offset: VAR_VALUE }, b);
        return true;
    }
    let first = unify_views(vm, view(a), view(b));
    unify_all(vm, first, (a, b))
}

/// Unifies the arguments of two structures of the same functor.
pub fn unify_arguments(vm: &mut Vm, o: Obj, q: Obj) -> bool {
    unify_all(vm, Unified::Cells(o, q, STRUCT_ARGS, STRUCT_ARGS + 8 * o.len()), (o.into(), q.into()))
}

fn unify_all(vm: &mut Vm, first: Unified, roots: (Value, Value)) -> bool {
    let mut work = Unification { pairs: Pairs::new(), patience: Patience::default(), seen: None, roots };
    let mut next = first;
    loop {
        next = match next {
            Unified::No => return false,
            Unified::Yes => match work.pairs.pop() {
                Some((o, q, at, end)) => unify_cells(vm, o, q, at, end, &mut work),
                None => return true,
            },
            Unified::Cells(o, q, at, end) if work.enters(o, q) => unify_cells(vm, o, q, at, end, &mut work),
            Unified::Cells(..) => Unified::Yes,
        }
    }
}

/// Unifies the cells of two compounds up to the first two compounds in them; what is left is put on the list then.
fn unify_cells(vm: &mut Vm, mut o: Obj, mut q: Obj, mut at: usize, mut end: usize, work: &mut Unification) -> Unified {
    let newest = vm.rt.shared.machine().get(Machine::choice_stamp);
    while at != end {
        let here = at;
        at += 8;
        // What most cells hold needs no look at what is behind it.
        let (v, w) = (Value(o.word(here)), Value(q.word(here)));
        if v == w && v != UNBOUND {
            continue;
        }
        if v == UNBOUND && w != UNBOUND && !w.is_obj() {
            bind_with(vm, newest, Place { obj: o.0, offset: here }, w);
            continue;
        }
        if w == UNBOUND && v != UNBOUND && !v.is_obj() {
            bind_with(vm, newest, Place { obj: q.0, offset: here }, v);
            continue;
        }
        if v != UNBOUND && w != UNBOUND && !v.is_obj() && !w.is_obj() {
            return Unified::No;
        }
        match unify_views(vm, view_at(o, here), view_at(q, here)) {
            Unified::No => return Unified::No,
            Unified::Yes => {}
            Unified::Cells(o2, q2, CONS_CAR, end2) if at == end => {
                if !work.enters(o2, q2) {
                    return Unified::Yes;
                }
                (o, q, at, end) = (o2, q2, CONS_CAR, end2);
            }
            deeper => {
                // The last cell replaces its parent, so that long lists take no room.
                if at != end {
                    work.pairs.push((o, q, at, end));
                }
                return deeper;
            }
        }
    }
    Unified::Yes
}

fn unify_views(vm: &mut Vm, x: View, y: View) -> Unified {
    let holds = match (x, y) {
        (View::Unbound(p), View::Unbound(q)) => {
            if p != q {
                // The younger cell refers to the older; a variable object needs no reference to be made.
                let p_older = p.stamp() < q.stamp() || p.stamp() == q.stamp() && Obj(p.obj).type_id() == Var::ID;
                if p_older { bind_view(vm, q, x) } else { bind_view(vm, p, y) }
            }
            true
        }
        (View::Unbound(p), _) => {
            bind_view(vm, p, y);
            true
        }
        (_, View::Unbound(q)) => {
            bind_view(vm, q, x);
            true
        }
        (View::Cons(o), View::Cons(q)) if o != q => return Unified::Cells(o, q, CONS_CAR, CONS_CDR + 8),
        (View::Cons(_), View::Cons(_)) => true,
        (View::Struct(o), View::Struct(q)) => {
            let same = o.get(Struct::functor) == q.get(Struct::functor);
            if same && o != q {
                if differ(o, q) {
                    return Unified::No;
                }
                return Unified::Cells(o, q, STRUCT_ARGS, STRUCT_ARGS + 8 * o.len());
            }
            same
        }
        _ => equal_atomic(x, y),
    };
    if holds { Unified::Yes } else { Unified::No }
}

/// Have two structures of the same functor different atoms or small numbers somewhere? Looked at before anything is bound: what is not bound
/// need not be undone.
pub fn differ(o: Obj, q: Obj) -> bool {
    let atomic = |v: Value| !v.is_obj() && v != UNBOUND;
    o.elems::<Value>(Struct::args).iter().zip(q.elems::<Value>(Struct::args)).any(|(&v, &w)| v != w && atomic(v) && atomic(w))
}

/// Are two terms that are not both compounds equal?
pub fn equal_atomic(x: View, y: View) -> bool {
    match (x, y) {
        (View::Int(i), View::Int(j)) => i == j,
        (View::Float(f), View::Float(g)) => f.to_bits() == g.to_bits() || f.is_nan() && g.is_nan(),
        (View::Atom(a), View::Atom(b)) | (View::Other(a), View::Other(b)) => a == b,
        (View::Str(a), View::Str(b)) => string_text(a) == string_text(b),
        (View::Big(a), View::Big(b)) => a.get(Big::negative) == b.get(Big::negative) && a.elems::<i64>(Big::words) == b.elems::<i64>(Big::words),
        _ => false,
    }
}

fn rank(v: View) -> u32 {
    match v {
        View::Unbound(_) => 0,
        View::Float(_) | View::Int(_) | View::Big(_) => 1,
        View::Str(_) => 3,
        View::Atom(_) => 4,
        View::Other(_) => 2,
        View::Cons(_) | View::Struct(_) => 5,
    }
}

/// The standard order of terms.
pub fn compare(vm: &Vm, a: Value, b: Value) -> Ordering {
    let symbols = &vm.rt.shared.symbols;
    let mut work: SmallVec<[(Obj, Obj, usize); 8]> = SmallVec::new();
    if a.is_small_int() && b.is_small_int() {
        return a.as_small_int().cmp(&b.as_small_int());
    }
    let mut pair = (view(a), view(b));
    let mut patience = Patience::default();
    let mut seen: Option<HashSet<(u64, u64)>> = None;
    let is_new = |seen: &mut Option<HashSet<(u64, u64)>>, o: Obj, q: Obj| seen.as_mut().is_none_or(|s| s.insert((o.0, q.0)));
    loop {
        let (x, y) = pair;
        if patience.is_lost() && !(is_acyclic(a) && is_acyclic(b)) {
            seen = Some(HashSet::new());
        }
        let order = match (x, y) {
            (View::Unbound(p), View::Unbound(q)) => p.cmp(&q),
            (View::Int(i), View::Int(j)) => i.cmp(&j),
            (View::Atom(a), View::Atom(b)) => {
                if a == b {
                    Ordering::Equal
                } else {
                    symbols.name(a).chars().cmp(symbols.name(b).chars())
                }
            }
            (View::Str(a), View::Str(b)) => string_text(a).cmp(string_text(b)),
            (View::Cons(o), View::Cons(q)) => {
                if o != q && is_new(&mut seen, o, q) {
                    work.push((o, q, 0));
                }
                Ordering::Equal
            }
            (View::Cons(o) | View::Struct(o), View::Cons(q) | View::Struct(q)) => {
                if o == q {
                    Ordering::Equal
                } else {
                    let ((f, n), (g, k)) = (functor_of(symbols, o), functor_of(symbols, q));
                    let order = n.cmp(&k).then_with(|| if f == g { Ordering::Equal } else { symbols.name(f).chars().cmp(symbols.name(g).chars()) });
                    if order == Ordering::Equal && is_new(&mut seen, o, q) {
                        work.push((o, q, 0));
                    }
                    order
                }
            }
            _ => rank(x).cmp(&rank(y)).then_with(|| compare_numbers(x, y)),
        };
        if order != Ordering::Equal {
            return order;
        }
        loop {
            let Some((o, q, i)) = work.last_mut() else { return Ordering::Equal };
            let ((n, first), (_, other)) = (cells(*o), cells(*q));
            let (at, bt) = (first + 8 * *i, other + 8 * *i);
            let (o, q) = (*o, *q);
            *i += 1;
            if *i == n {
                work.pop();
            }
            let (v, w) = (Value(o.word(at)), Value(q.word(bt)));
            if v == w && v != UNBOUND {
                continue;
            }
            if v.is_small_int() && w.is_small_int() {
                return v.as_small_int().cmp(&w.as_small_int());
            }
            pair = (view_at(o, at), view_at(q, bt));
            break;
        }
    }
}

/// By value; if equal, a float comes before an integer.
fn compare_numbers(x: View, y: View) -> Ordering {
    use crate::evaluate::{self, Number};
    let number = |v: View| match v {
        View::Int(i) => Some(Number::Int(i)),
        View::Big(o) => Some(Number::Big(big(o))),
        View::Float(f) => Some(Number::Float(f)),
        _ => None,
    };
    let (Some(a), Some(b)) = (number(x), number(y)) else { return Ordering::Equal };
    match evaluate::compare(&a, &b) {
        Some(Ordering::Equal) => match (x, y) {
            (View::Float(f), View::Float(g)) => f.total_cmp(&g),
            (View::Float(_), _) => Ordering::Less,
            (_, View::Float(_)) => Ordering::Greater,
            _ => Ordering::Equal,
        },
        Some(o) => o,
        None => match (x, y) {
            (View::Float(f), View::Float(g)) => f.total_cmp(&g),
            (View::Float(f), _) if f.is_nan() => Ordering::Less,
            _ => Ordering::Greater,
        },
    }
}

/// Calls `f` with every subterm, depth first from left to right, until it says `false`.
pub fn walk(v: Value, mut f: impl FnMut(View) -> bool) -> bool {
    let mut patience = Patience::default();
    let mut patient = true;
    let finished = walk_trusting(v, |t| {
        if patience.is_lost() && !is_acyclic(v) {
            patient = false;
        }
        patient && f(t)
    });
    if patient {
        return finished;
    }
    // Once more, every compound once.
    let mut seen = HashSet::new();
    let mut work = vec![view(v)];
    while let Some(t) = work.pop() {
        if !f(t) {
            return false;
        }
        if let View::Cons(o) | View::Struct(o) = t
            && seen.insert(o.0)
        {
            let (n, first) = cells(o);
            work.extend((0..n).rev().map(|i| view_at(o, first + 8 * i)));
        }
    }
    true
}

fn walk_trusting(v: Value, mut f: impl FnMut(View) -> bool) -> bool {
    let mut work: SmallVec<[(Obj, usize); 8]> = SmallVec::new();
    let mut now = view(v);
    loop {
        if !f(now) {
            return false;
        }
        if let View::Cons(o) | View::Struct(o) = now
            && cells(o).0 > 0
        {
            work.push((o, 0));
        }
        let Some((o, i)) = work.last_mut() else { return true };
        let (n, first) = cells(*o);
        now = view_at(*o, first + 8 * *i);
        *i += 1;
        if *i == n {
            work.pop();
        }
    }
}

/// How deep a term nests.
pub fn depth(v: Value) -> usize {
    let mut work: Vec<(Obj, usize)> = vec![];
    let (mut now, mut deepest) = (view(v), 0);
    loop {
        if let View::Cons(o) | View::Struct(o) = now
            && cells(o).0 > 0
        {
            work.push((o, 0));
            deepest = deepest.max(work.len());
        }
        let (o, i) = loop {
            let Some((o, i)) = work.last_mut() else { return deepest };
            if *i < cells(*o).0 {
                break (*o, i);
            }
            work.pop();
        };
        now = view_at(o, cells(o).1 + 8 * *i);
        *i += 1;
    }
}

/// Has the term no variables?
pub fn is_ground(v: Value) -> bool {
    let mut work: SmallVec<[(Obj, usize, usize); 8]> = SmallVec::new();
    let mut patience = Patience::default();
    let mut now = view(v);
    loop {
        match now {
            View::Unbound(_) => return false,
            View::Cons(o) | View::Struct(o) => {
                if patience.is_lost() && !is_acyclic(v) {
                    return walk(v, |t| !matches!(t, View::Unbound(_)));
                }
                let (n, first) = cells(o);
                work.push((o, first, first + 8 * n));
            }
            _ => {}
        }
        // What most cells hold needs no look at what is behind it.
        now = loop {
            let Some((o, at, end)) = work.last_mut() else { return true };
            let (o, here) = (*o, *at);
            if here == *end {
                work.pop();
                continue;
            }
            *at += 8;
            let w = Value(o.word(here));
            if w.is_obj() {
                if *at == *end {
                    work.pop();
                }
                break view(w);
            }
            if w == UNBOUND {
                return false;
            }
        };
    }
}

/// The term's variables in order of appearance.
pub fn variables(v: Value) -> Vec<Place> {
    let mut seen = rustc_hash::FxHashSet::default();
    let mut out = vec![];
    walk(v, |t| {
        if let View::Unbound(p) = t
            && seen.insert(p)
        {
            out.push(p);
        }
        true
    });
    out
}

/// The items of a proper list. `Err(tail)` if it ends in something else.
pub fn list_items(vm: &mut Vm, v: Value) -> Result<Vec<Value>, Value> {
    // Unbound items are referred to by new objects, which nothing but the result knows: they are kept in a heap array meanwhile.
    let mut now = view(v);
    let mut n = 0usize;
    let mut o = match now {
        View::Cons(o) => o,
        View::Atom(a) if a == crate::symbols::atoms::NIL => return Ok(vec![]),
        _ => return Err(v),
    };
    let first = o;
    let mut patience = Patience::default();
    loop {
        if patience.is_lost() && !is_acyclic_list(v) {
            return Err(v);
        }
        n += 1;
        now = view_at(o, 16);
        match now {
            View::Cons(next) => o = next,
            View::Atom(a) if a == crate::symbols::atoms::NIL => break,
            other => return Err(value_of(other, &mut vm.core.heap)),
        }
    }
    let mut items = Vec::with_capacity(n);
    let keep = vm.core.heap.alloc_array(Args::TYPE, n);
    vm.rt.protected.push(keep.into());
    let mut o = first;
    for i in 0..n {
        let v = cell(&mut vm.core.heap, o, 0);
        vm.core.heap.set_elem(keep, Args::items, i, v);
        items.push(v);
        if let View::Cons(next) = view_at(o, 16) {
            o = next;
        }
    }
    Ok(items)
}

/// Does a list end?
pub fn is_acyclic_list(v: Value) -> bool {
    // Brent: the hare runs on from where it was a power of two steps ago.
    let (mut tortoise, mut steps, mut power) = (view(v), 0usize, 1usize);
    let mut hare = tortoise;
    while let View::Cons(o) = hare {
        hare = view_at(o, 16);
        if hare == tortoise {
            return false;
        }
        steps += 1;
        if steps == power {
            (tortoise, steps, power) = (hare, 0, 2 * power);
        }
    }
    true
}

/// A list of values that are all safe from the collector, with a tail.
pub fn make_list(vm: &mut Vm, items: &[Value], tail: Value) -> Value {
    let stamp = crate::runtime::stamp(vm);
    items.iter().rev().fold(tail, |t, &v| cons(&mut vm.core.heap, stamp, v, t))
}
