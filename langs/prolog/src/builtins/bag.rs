//! Bags: where `findall/3` keeps solutions.
//!
//! A term is kept as a sequence of words outside the heap, in the order of reading. As terms on the heap, solutions would lie
//! scattered among what the search leaves behind, and keep a line of memory each from being used again.

use super::{Answer, Builtin, unify};
use crate::errors::Error;
use crate::runtime::Machine as Vm;
use crate::symbols::{UNBOUND, atoms};
use crate::terms::{Cons, Place, Struct, View, cells, cons, new_struct, view, view_at};
use framework::{Heap, Obj, Tracer, Value, layout};
use std::collections::HashMap;

pub const TABLE: &[Builtin] = &[("$bag_new", 1, new), ("$bag_add", 2, add), ("$bag_list", 2, list)];

layout! {
    /// A bag, from Prolog's side.
    pub Bag = 30, finalize = drop_bag, trace = trace_bag { words: i64 }
}

/// What follows is a list cell: its head, its tail.
const LIST: Value = Value::singleton(6);
/// What follows is a functor's number, then the arguments.
const STRUCT: Value = Value::singleton(7);
/// What follows is a variable's number in its term.
const VARIABLE: Value = Value::singleton(8);

#[derive(Default)]
struct Words {
    words: Vec<Value>,
    /// Those among them that are pointers.
    objects: Vec<Value>,
    /// Bytes that the heap has been told of.
    reported: usize,
}

fn words<'a>(bag: Obj) -> &'a mut Words {
    // SAFETY: set when the bag was made, from a leaked box; no caller keeps the reference.
    unsafe { &mut *(bag.get(Bag::words) as *mut Words) }
}

unsafe fn drop_bag(bag: Obj) {
    // SAFETY: the collector finalizes an object once, and its words were leaked when it was made.
    let w = unsafe { Box::from_raw(bag.get(Bag::words) as *mut Words) };
    Heap::external_freed(w.reported);
}

unsafe fn trace_bag(bag: Obj, t: &mut Tracer) {
    if bag.get(Bag::words) != 0 {
        let w = words(bag);
        t.values(if t.wants_immediates() { &w.words } else { &w.objects });
    }
}

fn new(vm: &mut Vm, a: &[Value]) -> Answer {
    let o = vm.core.heap.alloc(Bag::TYPE);
    o.init(Bag::words, Box::into_raw(Box::<Words>::default()) as i64);
    unify(vm, a[0], o.into())
}

fn bag(v: Value) -> Result<Obj, Error> {
    match view(v) {
        View::Other(v) if v.obj().is_some_and(|o| o.type_id() == Bag::ID) => Ok(v.as_obj()),
        _ => Err(Error::Type("bag", v)),
    }
}

fn add(vm: &mut Vm, a: &[Value]) -> Answer {
    let bag = bag(a[0])?;
    let w = words(bag);
    write(&mut vm.core.heap, bag, a[1])?;
    let bytes = w.words.capacity() * size_of::<Value>();
    if bytes != w.reported {
        let more = bytes - w.reported;
        w.reported = bytes;
        vm.core.heap.external(more as isize);
    }
    Ok(true)
}

/// Adds a term's words.
fn write(heap: &mut Heap, bag: Obj, term: Value) -> Result<(), Error> {
    let mut patience = crate::structural::Patience::default();
    let mut numbers: HashMap<Place, usize> = HashMap::new();
    let mut work: Vec<(Obj, usize)> = vec![];
    let mut now = view(term);
    loop {
        if patience.is_lost() && !crate::structural::is_acyclic(term) {
            return Err(Error::Type("acyclic_term", term));
        }
        let w = words(bag);
        if w.words.capacity() - w.words.len() < 2 && w.words.len() > 1 << 16 && !heap.has_room(16 * w.words.len()) {
            return Err(Error::Resource("memory"));
        }
        match now {
            View::Unbound(p) => {
                let next = numbers.len();
                let n = *numbers.entry(p).or_insert(next);
                words(bag).words.extend([VARIABLE, Value::small_int(n as i64)]);
            }
            View::Atom(v) => words(bag).words.push(v),
            View::Int(i) if Value::fits_small(i) => words(bag).words.push(Value::small_int(i)),
            View::Cons(o) => {
                words(bag).words.push(LIST);
                work.push((o, 0));
            }
            View::Struct(o) => {
                words(bag).words.extend([STRUCT, Value::small_int(o.get(Struct::functor))]);
                if o.len() > 0 {
                    work.push((o, 0));
                }
            }
            View::Int(i) => {
                let v = heap.int(i);
                boxed(heap, bag, v);
            }
            View::Float(f) => {
                let v = heap.float(f);
                boxed(heap, bag, v);
            }
            View::Big(o) | View::Str(o) => boxed(heap, bag, o.into()),
            View::Other(v) => boxed(heap, bag, v),
        }
        let Some((o, i)) = work.last_mut() else { return Ok(()) };
        let (n, first) = cells(*o);
        now = view_at(*o, first + 8 * *i);
        *i += 1;
        if *i == n {
            work.pop();
        }
    }
}

fn boxed(heap: &mut Heap, bag: Obj, v: Value) {
    let w = words(bag);
    w.words.push(v);
    if v.is_obj() {
        w.objects.push(v);
        heap.write_barrier(bag);
    }
}

/// `'$bag_list'(Bag, List)`: the terms in order.
fn list(vm: &mut Vm, a: &[Value]) -> Answer {
    let bag = bag(a[0])?;
    let stamp = crate::runtime::stamp(vm);
    let mut at = 0;
    let mut result = atoms::NIL;
    let mut last: Option<Obj> = None;
    while at < words(bag).words.len() {
        if vm.core.heap.is_exhausted() {
            return Err(Error::Resource("memory"));
        }
        let cell = cons(&mut vm.core.heap, stamp, UNBOUND, atoms::NIL);
        match last {
            None => result = cell,
            Some(l) => vm.core.heap.set(l, Cons::cdr, cell),
        }
        last = Some(cell.as_obj());
        at = read(vm, &words(bag).words, at, stamp, Place { obj: cell.0, offset: 8 });
    }
    // Even if nothing refers to the bag any more: its words were in use until now.
    std::hint::black_box(bag);
    unify(vm, a[1], result)
}

/// Builds the term whose words begin at `at` in a cell; returns where they end.
fn read(vm: &mut Vm, words: &[Value], at: usize, stamp: u32, cell: Place) -> usize {
    let (heap, symbols) = (&mut vm.core.heap, &vm.rt.shared.symbols);
    let mut at = at;
    // The cells of the variables so far; they stay unbound, and the first occurrence is a cell of the term.
    let mut variables: Vec<Place> = vec![];
    let mut work: Vec<(Obj, usize)> = vec![];
    let mut place = cell;
    loop {
        let word = words[at];
        at += 1;
        let value = match word {
            LIST => {
                let c = cons(heap, stamp, UNBOUND, UNBOUND);
                work.push((c.as_obj(), 0));
                c
            }
            STRUCT => {
                let f = words[at].as_small_int() as u32;
                at += 1;
                let n = symbols.functor_parts(f).1;
                let o = new_struct(heap, stamp, f, n);
                if n > 0 {
                    work.push((o, 0));
                }
                o.into()
            }
            VARIABLE => {
                let n = words[at].as_small_int() as usize;
                at += 1;
                match variables.get(n) {
                    Some(p) => p.reference(heap),
                    None => {
                        variables.push(place);
                        UNBOUND
                    }
                }
            }
            v => v,
        };
        let holder = Obj(place.obj);
        heap.write_barrier(holder);
        holder.set_word(place.offset, value.0);
        let Some((o, i)) = work.last_mut() else { return at };
        let (n, first) = cells(*o);
        place = Place { obj: o.0, offset: first + 8 * *i };
        *i += 1;
        if *i == n {
            work.pop();
        }
    }
}
