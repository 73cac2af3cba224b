//! Unification, comparison, copying and walking of terms of any depth: none recurses on the Rust stack.

use crate::runtime::Machine as Vm;
use crate::symbols::UNBOUND;
use crate::terms::*;
use framework::{Obj, Value};
use std::cmp::Ordering;
use std::collections::HashMap;

/// Binds an unbound cell, with a trail entry if it is older than the newest choice point.
pub fn bind(vm: &mut Vm, p: Place, v: Value) {
    let m = vm.rt.shared.machine();
    if (p.stamp() as i64) < m.get(Machine::choice_stamp) {
        push_trail(vm, p, UNBOUND);
    }
    let o = Obj(p.obj);
    vm.core.heap.write_barrier(o);
    o.set_word(p.offset, v.0);
}

/// Notes the present content of a cell for backtracking.
pub fn push_trail(vm: &mut Vm, p: Place, old: Value) {
    let m = vm.rt.shared.machine();
    let e = vm.core.heap.alloc(TrailEntry::TYPE);
    e.init(TrailEntry::cell, Obj(p.obj));
    e.init(TrailEntry::offset, p.offset as i64);
    e.init(TrailEntry::prev, m.get(Machine::trail));
    e.init(TrailEntry::old, old);
    vm.core.heap.set(m, Machine::trail, e.into());
}

fn value_of(v: View, heap: &mut framework::Heap) -> Value {
    match v {
        View::Unbound(p) => p.reference(heap),
        View::Int(i) => heap.int(i),
        View::Float(f) => heap.float(f),
        View::Atom(v) | View::Other(v) => v,
        View::Big(o) | View::Str(o) | View::Cons(o) | View::Struct(o) => o.into(),
    }
}

fn bind_view(vm: &mut Vm, p: Place, v: View) {
    let v = value_of(v, &mut vm.core.heap);
    bind(vm, p, v);
}

/// Unifies two terms. If that fails, bindings made so far stay until the caller backtracks.
pub fn unify(vm: &mut Vm, a: Value, b: Value) -> bool {
    // Cells in work are named by object and offset: nothing in the list needs protection, as all of it is part of `a` or `b`.
    let mut work: Vec<(Obj, Obj, usize, usize, usize)> = vec![];
    let mut pair = (view(a), view(b));
    loop {
        let (x, y) = pair;
        let ok = match (x, y) {
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
            (View::Cons(o), View::Cons(q)) => {
                if o != q {
                    work.push((o, q, 0, 2, 8));
                }
                true
            }
            (View::Struct(o), View::Struct(q)) => {
                let same = o.get(Struct::functor) == q.get(Struct::functor);
                if same && o != q {
                    work.push((o, q, 0, o.len(), STRUCT_ARGS));
                }
                same
            }
            _ => equal_atomic(x, y),
        };
        if !ok {
            return false;
        }
        loop {
            let Some((o, q, i, n, first)) = work.last_mut() else { return true };
            if *i == *n {
                work.pop();
                continue;
            }
            let offset = *first + 8 * *i;
            pair = (view_at(*o, offset), view_at(*q, offset));
            *i += 1;
            // The last argument replaces its parent, so that long lists take no room.
            if *i == *n {
                work.pop();
            }
            break;
        }
    }
}

fn equal_atomic(x: View, y: View) -> bool {
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
    let mut work: Vec<(Obj, Obj, usize)> = vec![];
    let mut pair = (view(a), view(b));
    loop {
        let (x, y) = pair;
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
                if o != q {
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
                    if order == Ordering::Equal {
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
            pair = (view_at(*o, first + 8 * *i), view_at(*q, other + 8 * *i));
            *i += 1;
            if *i == n {
                work.pop();
            }
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

/// A copy with fresh variables, made with the given stamp. Copies that outlive backtracking have stamp 0.
pub fn copy(vm: &mut Vm, v: Value, stamp: u32) -> Value {
    copy_with(vm, v, stamp, &mut HashMap::new())
}

/// As `copy`, with a table from cells to the places of the copy that stand for them.
pub fn copy_with(vm: &mut Vm, v: Value, stamp: u32, variables: &mut HashMap<Place, Place>) -> Value {
    let heap = &mut vm.core.heap;
    let (o, first) = match view(v) {
        View::Unbound(p) => {
            if let Some(q) = variables.get(&p) {
                return q.reference(heap);
            }
            let fresh = new_var(heap, stamp);
            variables.insert(p, Place { obj: fresh.0, offset: 8 });
            return fresh;
        }
        // What is bound now may be unbound by backtracking, so a copy that is to outlive that shares nothing.
        View::Cons(o) | View::Struct(o) if stamp == 0 || !is_ground(v) => (o, shallow(heap, o, stamp)),
        other => return value_of(other, heap),
    };
    // Every object is linked into the copy when it is made: the root keeps all of it alive.
    let mut work = vec![(o, first, 0)];
    while let Some((from, to, i)) = work.pop() {
        let (n, offset) = cells(from);
        if i + 1 < n {
            work.push((from, to, i + 1));
        }
        let at = offset + 8 * i;
        let value = match view_at(from, at) {
            View::Unbound(p) => match variables.get(&p) {
                Some(q) => q.reference(heap),
                None => {
                    variables.insert(p, Place { obj: to.0, offset: at });
                    UNBOUND
                }
            },
            View::Cons(o) | View::Struct(o) => {
                let c = shallow(heap, o, stamp);
                work.push((o, c, 0));
                c.into()
            }
            other => value_of(other, heap),
        };
        heap.write_barrier(to);
        to.set_word(at, value.0);
    }
    first.into()
}

/// An object like this one, all of its cells unbound.
fn shallow(heap: &mut framework::Heap, o: Obj, stamp: u32) -> Obj {
    if o.type_id() == Cons::ID {
        cons(heap, stamp, UNBOUND, UNBOUND).as_obj()
    } else {
        new_struct(heap, stamp, o.get(Struct::functor) as u32, o.len())
    }
}

/// Calls `f` with every subterm, depth first from left to right, until it says `false`.
pub fn walk(v: Value, mut f: impl FnMut(View) -> bool) -> bool {
    let mut work: Vec<(Obj, usize)> = vec![];
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
    walk(v, |t| !matches!(t, View::Unbound(_)))
}

/// The term's variables in order of appearance.
pub fn variables(v: Value) -> Vec<Place> {
    let mut seen = std::collections::HashSet::new();
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
    loop {
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

/// A list of values that are all safe from the collector, with a tail.
pub fn make_list(vm: &mut Vm, items: &[Value], tail: Value) -> Value {
    let stamp = crate::runtime::stamp(vm);
    items.iter().rev().fold(tail, |t, &v| cons(&mut vm.core.heap, stamp, v, t))
}
