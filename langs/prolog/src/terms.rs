//! Terms on the heap, as Rust runtime code sees them.
//!
//! A cell of a compound term that is unbound holds `UNBOUND` itself; no variable object is behind it. What
//! refers to such a cell from elsewhere is a small reference object, made when someone needs one. A variable
//! that is in no structure when it is born is a `Var`.
//!
//! The header's `aux` word of objects with cells is their **stamp**: the newest choice point's stamp when they were
//! made. A binding is put on the trail iff the cell is older than the newest choice point.

use crate::symbols::{Functor, Symbols, UNBOUND, atoms, is_atom};
use dashu_int::{IBig, Sign};
use framework::heap::{BoxedFloat, BoxedInt, TypeInfo};
use framework::{Heap, Obj, TypeId, Value, layout};

layout! {
    /// A variable that was born outside any structure.
    pub Var = 16 { mut value: Value }
    /// Refers to the first cell of a list cell.
    pub CarRef = 17 { cell: Obj }
    /// Refers to the second cell of a list cell.
    pub CdrRef = 18 { cell: Obj }
    /// Refers to an argument of a structure.
    pub ArgRef = 19 { cell: Obj, index: i64 }
    /// A list cell.
    pub Cons = 20 { mut car: Value, mut cdr: Value }
    /// Any other compound term; `functor` is a number of `Symbols`.
    pub Struct = 21 { len: i64, functor: i64, [mut args: Value] }
    /// A string.
    pub Str = 22 { len: i64, [bytes: u8] }
    /// An integer of more than 64 bits: sign and magnitude.
    pub Big = 23 { len: i64, negative: i64, [words: i64] }
    /// A success continuation: where to go on, and the registers to restore there.
    pub Cont = 24 { len: i64, next: Value, ret: i64, [saved: Value] }
    /// A choice point: `alt` is the address of a `code::Alt`.
    pub Choice = 25 { len: i64, prev: Value, mut alt: i64, cont: Value, trail: Value, stamp: i64, [saved: Value] }
    /// A trail entry: an object with a cell to make unbound again. Its `aux` word is the cell's offset in words or, if it is 0, the object is an `Overwritten`.
    pub TrailEntry = 26 { cell: Obj, mut prev: Value }
    /// What a cell held before it was overwritten, for backtracking; `newest` is the stamp of the choice point that was the newest then.
    pub Overwritten = 32 { cell: Obj, offset: i64, old: Value, mut newest: i64 }
    /// The engine's state that residual functions change.
    pub Machine = 27 { mut trail: Value, mut stamp: i64, mut choice_stamp: i64 }
    /// A clause in the database. `code` is the address of its code; or `Clause::FLAT`; or, if it is not compiled, minus the number of
    /// times it has been tried.
    pub Clause = 28 { seq: i64, born: i64, mut died: i64, mut code: i64, pred: i64, head: Value, body: Value }
    /// Atoms and small numbers that do not change.
    pub Table = 31 { len: i64, [words: Value] }
    /// Temporary list of values.
    pub Args = 29 { len: i64, [mut items: Value] }
}

/// Words like `Var::ID` are the shape tags of dereferenced values; this one is for words that are no pointers.
pub const ATOMIC: TypeId = 0;

impl Clause {
    /// Instead of code: a fact that has only atoms and small numbers.
    pub const FLAT: i64 = 1;

    /// Has the clause code?
    pub fn is_compiled(o: Obj) -> bool {
        o.get(Clause::code) > Clause::FLAT
    }
}

/// A cell that can be bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Address of the object.
    pub obj: u64,
    /// Byte offset of the cell.
    pub offset: usize,
}

/// Byte offset of a variable's cell.
pub const VAR_VALUE: usize = 8;
/// Byte offset of a list cell's first cell.
pub const CONS_CAR: usize = 8;
/// Byte offset of a list cell's second cell.
pub const CONS_CDR: usize = 16;
/// Byte offset of a structure's first argument.
pub const STRUCT_ARGS: usize = 24;

impl Place {
    /// The content.
    pub fn read(self) -> Value {
        Value(Obj(self.obj).word(self.offset))
    }
    /// The stamp of the object the cell is in.
    pub fn stamp(self) -> u32 {
        Obj(self.obj).aux()
    }
    /// A term that refers to the (unbound) cell.
    pub fn reference(self, heap: &mut Heap) -> Value {
        let o = Obj(self.obj);
        match o.type_id() {
            Var::ID => o.into(),
            Cons::ID if self.offset == CONS_CAR => {
                let r = heap.alloc(CarRef::TYPE);
                r.init(CarRef::cell, o);
                r.into()
            }
            Cons::ID => {
                let r = heap.alloc(CdrRef::TYPE);
                r.init(CdrRef::cell, o);
                r.into()
            }
            _ => {
                let r = heap.alloc(ArgRef::TYPE);
                r.init(ArgRef::cell, o);
                r.init(ArgRef::index, ((self.offset - STRUCT_ARGS) / 8) as i64);
                r.into()
            }
        }
    }
}

/// A dereferenced value, without making references to unbound cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum View {
    Unbound(Place),
    Int(i64),
    Big(Obj),
    Float(f64),
    Atom(Value),
    Str(Obj),
    Cons(Obj),
    Struct(Obj),
    /// Something a program should not see, e.g. a database reference.
    Other(Value),
}

/// Follows references; see `View`.
#[inline]
pub fn view(v: Value) -> View {
    if !v.is_obj() {
        return view_word(v);
    }
    // Most terms are what they seem.
    match v.as_obj().type_id() {
        Cons::ID => View::Cons(v.as_obj()),
        Struct::ID => View::Struct(v.as_obj()),
        _ => view_obj(v.as_obj()),
    }
}

#[inline]
fn view_word(v: Value) -> View {
    if v.is_small_int() {
        View::Int(v.as_small_int())
    } else if is_atom(v) {
        View::Atom(v)
    } else if v.is_immediate_float() {
        View::Float(v.as_immediate_float())
    } else {
        View::Other(v)
    }
}

fn view_obj(mut o: Obj) -> View {
    loop {
        let place = match o.type_id() {
            Cons::ID => return View::Cons(o),
            Struct::ID => return View::Struct(o),
            Str::ID => return View::Str(o),
            Big::ID => return View::Big(o),
            BoxedInt::ID => return View::Int(o.get(BoxedInt::value)),
            BoxedFloat::ID => return View::Float(o.get(BoxedFloat::value)),
            Var::ID => Place { obj: o.0, offset: VAR_VALUE },
            CarRef::ID => Place { obj: o.get(CarRef::cell).0, offset: CONS_CAR },
            CdrRef::ID => Place { obj: o.get(CdrRef::cell).0, offset: CONS_CDR },
            ArgRef::ID => Place { obj: o.get(ArgRef::cell).0, offset: STRUCT_ARGS + 8 * o.get(ArgRef::index) as usize },
            _ => return View::Other(o.into()),
        };
        let v = place.read();
        if v == UNBOUND {
            return View::Unbound(place);
        }
        if !v.is_obj() {
            return view_word(v);
        }
        o = v.as_obj();
    }
}

/// What is in a cell of a compound term.
pub fn view_at(o: Obj, offset: usize) -> View {
    let v = Value(o.word(offset));
    if v == UNBOUND { View::Unbound(Place { obj: o.0, offset }) } else { view(v) }
}

/// Number of cells of a list cell or structure, and the byte offset of the first.
pub fn cells(o: Obj) -> (usize, usize) {
    if o.type_id() == Cons::ID { (2, CONS_CAR) } else { (o.len(), STRUCT_ARGS) }
}

/// A term for what is in cell `i` (from 0): a reference if it is unbound.
pub fn cell(heap: &mut Heap, o: Obj, i: usize) -> Value {
    let offset = cells(o).1 + 8 * i;
    let v = Value(o.word(offset));
    if v == UNBOUND { Place { obj: o.0, offset }.reference(heap) } else { v }
}

/// The value with references followed: itself a reference only if unbound.
pub fn deref(v: Value, heap: &mut Heap) -> Value {
    match v.obj() {
        None => v,
        Some(o) if o.type_id() > ArgRef::ID || o.type_id() < Var::ID => v,
        Some(_) => match view(v) {
            View::Unbound(p) if p.obj == v.0 => v,
            View::Unbound(p) => p.reference(heap),
            View::Cons(o) | View::Struct(o) | View::Str(o) | View::Big(o) => o.into(),
            View::Atom(v) | View::Other(v) => v,
            View::Int(i) => heap.int(i),
            View::Float(f) => heap.float(f),
        },
    }
}

/// A fresh variable.
pub fn new_var(heap: &mut Heap, stamp: u32) -> Value {
    let o = heap.alloc(Var::TYPE);
    o.init(Var::value, UNBOUND);
    o.set_aux(stamp);
    o.into()
}

/// A list cell.
pub fn cons(heap: &mut Heap, stamp: u32, car: Value, cdr: Value) -> Value {
    let o = heap.alloc(Cons::TYPE);
    o.init(Cons::car, car);
    o.init(Cons::cdr, cdr);
    o.set_aux(stamp);
    o.into()
}

/// A structure with all its arguments unbound.
pub fn new_struct(heap: &mut Heap, stamp: u32, f: Functor, arity: usize) -> Obj {
    let o = heap.alloc_array(Struct::TYPE, arity);
    o.init(Struct::functor, f as i64);
    for i in 0..arity {
        o.init_elem(Struct::args, i, UNBOUND);
    }
    o.set_aux(stamp);
    o
}

/// A string object.
pub fn new_string(heap: &mut Heap, s: &str) -> Value {
    let o = heap.alloc_array(Str::TYPE, s.len());
    o.bytes_mut(Str::bytes).copy_from_slice(s.as_bytes());
    o.into()
}

/// The text of a string object.
pub fn string_text<'a>(o: Obj) -> &'a str {
    // SAFETY: strings are only made by `new_string`, from valid UTF-8.
    unsafe { std::str::from_utf8_unchecked(o.bytes(Str::bytes)) }
}

/// An integer of any size.
pub fn new_big(heap: &mut Heap, i: &IBig) -> Value {
    if let Ok(small) = i64::try_from(i) {
        return heap.int(small);
    }
    let (sign, words) = i.as_sign_words();
    let o = heap.alloc_array(Big::TYPE, words.len());
    o.init(Big::negative, (sign == Sign::Negative) as i64);
    for (k, &w) in words.iter().enumerate() {
        o.init_elem(Big::words, k, w as i64);
    }
    o.into()
}

/// The integer of a `Big`.
pub fn big(o: Obj) -> IBig {
    let words = o.elems::<i64>(Big::words);
    // SAFETY: signed and unsigned words are alike in memory.
    let words = unsafe { std::slice::from_raw_parts(words.as_ptr().cast::<u64>(), words.len()) };
    IBig::from_parts(if o.get(Big::negative) != 0 { Sign::Negative } else { Sign::Positive }, dashu_int::UBig::from_words(words))
}

/// Functor of a compound term, the list constructor included.
pub fn functor_of(symbols: &Symbols, o: Obj) -> (Value, usize) {
    if o.type_id() == Cons::ID { (atoms::DOT, 2) } else { symbols.functor_parts(o.get(Struct::functor) as Functor) }
}

/// Size in bytes of the fixed part of a heap type.
pub const fn fixed_size(ty: &'static TypeInfo) -> usize {
    ty.size as usize
}
