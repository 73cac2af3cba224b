//! Copies of terms, and clauses as terms: renamed apart from what they are copied from. No recursion on the Rust stack.

use crate::runtime::Machine as Vm;
use crate::structural::{Patience, bind, bind_view, equal_atomic, is_acyclic, is_ground, unify, value_of};
use crate::symbols::UNBOUND;
use crate::terms::*;
use framework::{Heap, Obj, Value};
use rustc_hash::FxHashMap as HashMap;
use smallvec::SmallVec;

/// What a variable of the original stands for.
#[derive(Clone, Copy)]
enum Image {
    /// This cell.
    Cell(Place),
    Term(Value),
}

impl Image {
    fn value(self, heap: &mut Heap) -> Value {
        match self {
            Image::Term(v) => v,
            // A cell of the goal may have been bound meanwhile.
            Image::Cell(p) if p.read() != UNBOUND => p.read(),
            Image::Cell(p) => p.reference(heap),
        }
    }
}

/// What the variables of the original stand for. Most terms have few. All of it is part of the copy or of the other term.
#[derive(Default)]
pub struct Renaming {
    few: SmallVec<[(Place, Image); 8]>,
    many: HashMap<Place, Image>,
}

impl Renaming {
    #[inline]
    fn get(&self, p: Place) -> Option<Image> {
        if self.many.is_empty() { self.few.iter().find(|(q, _)| *q == p).map(|f| f.1) } else { self.many.get(&p).copied() }
    }

    #[inline]
    fn insert(&mut self, p: Place, image: Image) {
        if self.few.len() < 8 { self.few.push((p, image)) } else { self.insert_many(p, image) }
    }

    #[cold]
    fn insert_many(&mut self, p: Place, image: Image) {
        if self.many.is_empty() {
            self.many.extend(self.few.iter().copied());
        }
        self.many.insert(p, image);
    }
}

/// A copy with fresh variables, made with the given stamp. Copies that outlive backtracking have stamp 0; others share terms without variables.
pub fn copy(vm: &mut Vm, v: Value, stamp: u32) -> Value {
    // What is bound now may be unbound by backtracking, so a copy that is to outlive that shares nothing.
    if !v.is_obj() || stamp != 0 && is_ground(v) {
        return value_of(view(v), &mut vm.core.heap);
    }
    rename(vm, v, stamp, &mut Renaming::default())
}

/// A copy that shares nothing, with the variables that stand for something already.
pub fn rename(vm: &mut Vm, v: Value, stamp: u32, variables: &mut Renaming) -> Value {
    let heap = &mut vm.core.heap;
    let (o, first) = match view(v) {
        View::Unbound(p) => {
            if let Some(image) = variables.get(p) {
                return image.value(heap);
            }
            let fresh = new_var(heap, stamp);
            variables.insert(p, Image::Term(fresh));
            return fresh;
        }
        View::Cons(o) | View::Struct(o) => (o, shallow(heap, o, stamp)),
        other => return value_of(other, heap),
    };
    // Every object is linked into the copy when it is made: the root keeps all of it alive.
    let mut work: SmallVec<[(Obj, Obj, usize); 8]> = SmallVec::new();
    work.push((o, first, 0));
    let mut patience = Patience::default();
    // The copies of a cyclic term's parts; the beginning, made before that was known, stays as it is.
    let mut copies: Option<HashMap<u64, Obj>> = None;
    while let Some((from, to, mut i)) = work.pop() {
        if patience.is_lost() && !is_acyclic(v) {
            copies = Some(HashMap::default());
        }
        if heap.is_exhausted() {
            // A resource error is raised before anything is done with the part that there is.
            break;
        }
        let (n, offset) = cells(from);
        while i < n {
            let at = offset + 8 * i;
            i += 1;
            let now = Value(from.word(at));
            if !now.is_obj() && now != UNBOUND {
                to.set_word(at, now.0);
                continue;
            }
            let value = match view_at(from, at) {
                View::Unbound(p) => match variables.get(p) {
                    Some(image) => image.value(heap),
                    None => {
                        variables.insert(p, Image::Cell(Place { obj: to.0, offset: at }));
                        UNBOUND
                    }
                },
                View::Cons(o) | View::Struct(o) => match copies.as_ref().and_then(|c| c.get(&o.0)) {
                    Some(c) => (*c).into(),
                    None => {
                        let c = shallow(heap, o, stamp);
                        if let Some(copies) = &mut copies {
                            copies.insert(o.0, c);
                        }
                        if i < n {
                            work.push((from, to, i));
                        }
                        work.push((o, c, 0));
                        i = n;
                        c.into()
                    }
                },
                other => value_of(other, heap),
            };
            heap.write_barrier(to);
            to.set_word(at, value.0);
        }
    }
    first.into()
}

/// An object like this one, all of its cells unbound.
fn shallow(heap: &mut Heap, o: Obj, stamp: u32) -> Obj {
    if o.type_id() == Cons::ID {
        cons(heap, stamp, UNBOUND, UNBOUND).as_obj()
    } else {
        new_struct(heap, stamp, o.get(Struct::functor) as u32, o.len())
    }
}

/// Unifies a term with a renamed copy of a finite one, of a clause: only what the term lacks is copied.
pub fn unify_renamed(vm: &mut Vm, original: View, term: View, stamp: u32, variables: &mut Renaming) -> bool {
    let mut work: SmallVec<[(Obj, Obj, usize, usize); 8]> = SmallVec::new();
    let mut now = (original, term);
    loop {
        match now {
            (View::Unbound(p), t) => match variables.get(p) {
                Some(image) => {
                    let (v, t) = (image.value(&mut vm.core.heap), value_of(t, &mut vm.core.heap));
                    if !unify(vm, v, t) {
                        return false;
                    }
                }
                None => {
                    let image = if let View::Unbound(q) = t { Image::Cell(q) } else { Image::Term(value_of(t, &mut vm.core.heap)) };
                    variables.insert(p, image);
                }
            },
            (View::Cons(o) | View::Struct(o), View::Unbound(q)) => {
                let v = rename(vm, o.into(), stamp, variables);
                bind(vm, q, v);
            }
            (v, View::Unbound(q)) => bind_view(vm, q, v),
            (View::Cons(o), View::Cons(q)) => work.push((o, q, CONS_CAR, CONS_CDR + 8)),
            (View::Struct(o), View::Struct(q)) => {
                if o.get(Struct::functor) != q.get(Struct::functor) {
                    return false;
                }
                work.push((o, q, STRUCT_ARGS, STRUCT_ARGS + 8 * o.len()));
            }
            (x, y) => {
                if !equal_atomic(x, y) {
                    return false;
                }
            }
        }
        now = loop {
            let Some((o, q, at, end)) = work.last_mut() else { return true };
            let (o, q, here) = (*o, *q, *at);
            if here == *end {
                work.pop();
                continue;
            }
            *at += 8;
            if *at == *end {
                work.pop();
            }
            let (v, w) = (Value(o.word(here)), Value(q.word(here)));
            if v == w && v != UNBOUND && !v.is_obj() {
                continue;
            }
            break (view_at(o, here), view_at(q, here));
        };
    }
}
