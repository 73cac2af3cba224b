//! The next item of built-in iterators, seen by the recorder where getting it runs no Python code. (The cold rest is `objects::iter`.)

use crate::objects::iter::Kind;
use crate::objects::layouts::*;
use crate::runtime::Python;
use framework::{Int, Ref, Val, World};

/// What there is to be had of an iterator.
pub enum Next<V> {
    /// The next item.
    Item(V),
    /// There is none.
    End,
    /// Only `residual::NEXT` knows; nothing has been taken yet.
    Unknown,
}

/// Iterators in iterators that are looked through.
const MAX_DEPTH: u32 = 3;
/// Iterators side by side in a `zip`.
const MAX_WIDTH: i64 = 4;

/// Will `next` know the next item of this one?
pub fn is_known<W: World<Lang = Python>>(w: &mut W, it: Val<W>, depth: u32) -> bool {
    if !w.is_obj(it) || depth > MAX_DEPTH {
        return false;
    }
    let o = w.to_obj(it);
    if w.has_type(o, RangeIter::TYPE) {
        return true;
    }
    if w.has_type(o, SeqIter::TYPE) {
        let seq = w.load(o, SeqIter::seq);
        return w.is(seq, NONE) || w.is_a(seq, List::TYPE) || w.is_a(seq, Tuple::TYPE);
    }
    if !w.has_type(o, Iter::TYPE) {
        return false;
    }
    let (kind, a) = (w.load(o, Iter::kind), w.load(o, Iter::a));
    match w.promote(kind) {
        k if k == Kind::Enumerate as i64 => is_known(w, a, depth + 1),
        k if k == Kind::Zip as i64 => are_known(w, o, a, depth),
        _ => false,
    }
}

/// The same of those of a `zip` or a `map`, whose object is `o`.
fn are_known<W: World<Lang = Python>>(w: &mut W, o: Ref<W>, its: Val<W>, depth: u32) -> bool {
    // `strict` looks for what is longer.
    let strict = w.load(o, Iter::index);
    if !w.is(strict, 0) || !w.is_a(its, Tuple::TYPE) {
        return false;
    }
    let t = w.to_obj(its);
    let n = w.len(t, Tuple::TYPE);
    let n = w.promote(n);
    (1..=MAX_WIDTH).contains(&n)
        && (0..n).all(|k| {
            let it = element(w, t, k);
            is_known(w, it, depth + 1)
        })
}

fn element<W: World<Lang = Python>>(w: &mut W, t: Ref<W>, k: i64) -> Val<W> {
    let k = w.constant(k);
    w.load_elem(t, Tuple::items, k)
}

/// Takes the next item.
#[inline(always)]
pub fn next<W: World<Lang = Python>>(w: &mut W, it: Val<W>) -> Next<Val<W>> {
    if !w.is_obj(it) {
        return Next::Unknown;
    }
    let o = w.to_obj(it);
    if w.has_type(o, RangeIter::TYPE) {
        let left = w.load(o, RangeIter::left);
        let (zero, one) = (w.constant(0), w.constant(1));
        if !w.lt(zero, left) {
            return Next::End;
        }
        let (cur, step) = (w.load(o, RangeIter::cur), w.load(o, RangeIter::step));
        let (next, left) = (w.add(cur, step), w.sub(left, one));
        w.store(o, RangeIter::cur, next);
        w.store(o, RangeIter::left, left);
        return Next::Item(w.from_int(cur));
    }
    if w.has_type(o, SeqIter::TYPE) {
        let seq = w.load(o, SeqIter::seq);
        let (index, one) = (w.load(o, SeqIter::index), w.constant(1));
        if w.is_a(seq, List::TYPE) {
            let l = w.to_obj(seq);
            let size = w.load(l, List::size);
            if w.ult(index, size) {
                let items = w.load(l, List::items);
                let v = w.load_elem(items, Items::items, index);
                let next = w.add(index, one);
                w.store(o, SeqIter::index, next);
                return Next::Item(v);
            }
        } else if w.is_a(seq, Tuple::TYPE) {
            let t = w.to_obj(seq);
            let size = w.len(t, Tuple::TYPE);
            if w.ult(index, size) {
                let v = w.load_elem(t, Tuple::items, index);
                let next = w.add(index, one);
                w.store(o, SeqIter::index, next);
                return Next::Item(v);
            }
        }
        let none = w.constant(NONE);
        w.store(o, SeqIter::seq, none);
        return Next::End;
    }
    if w.has_type(o, Iter::TYPE) { next_of(w, o) } else { Next::Unknown }
}

fn end<W: World<Lang = Python>>(w: &mut W, o: Ref<W>) -> Next<Val<W>> {
    let none = w.constant(NONE);
    w.store(o, Iter::a, none);
    Next::End
}

#[inline(never)]
fn next_of<W: World<Lang = Python>>(w: &mut W, o: Ref<W>) -> Next<Val<W>> {
    let (kind, a) = (w.load(o, Iter::kind), w.load(o, Iter::a));
    let kind = w.promote(kind);
    if w.is(a, NONE) {
        return Next::End;
    }
    let is = |k: Kind| kind == k as i64;
    if is(Kind::Keys) || is(Kind::Values) || is(Kind::Items) {
        return next_entry(w, o, a, kind);
    }
    if is(Kind::Chars) {
        return next_char(w, o, a);
    }
    if is(Kind::Enumerate) {
        if !is_known(w, a, 1) {
            return Next::Unknown;
        }
        let Next::Item(v) = next(w, a) else { return end(w, o) };
        return Next::Item(numbered(w, o, v));
    }
    if is(Kind::Zip) {
        if !are_known(w, o, a, 0) {
            return Next::Unknown;
        }
        return match next_of_all(w, a) {
            Some(t) => Next::Item(t),
            None => end(w, o),
        };
    }
    Next::Unknown
}

/// What `enumerate` makes of an item.
pub fn numbered<W: World<Lang = Python>>(w: &mut W, o: Ref<W>, v: Val<W>) -> Val<W> {
    let (i, one, two) = (w.load(o, Iter::index), w.constant(1), w.constant(2));
    let next = w.add(i, one);
    w.store(o, Iter::index, next);
    let t = w.new_array(Tuple::TYPE, two);
    let (i, zero) = (w.from_int(i), w.constant(0));
    w.store_elem(t, Tuple::items, zero, i);
    w.store_elem(t, Tuple::items, one, v);
    w.from_obj(t)
}

/// The next items of some iterators that are known, as a tuple.
fn next_of_all<W: World<Lang = Python>>(w: &mut W, its: Val<W>) -> Option<Val<W>> {
    let its = w.to_obj(its);
    let n = w.len(its, Tuple::TYPE);
    let n = w.promote(n);
    let mut items = [None; MAX_WIDTH as usize];
    for k in 0..n {
        let it = element(w, its, k);
        let Next::Item(v) = next(w, it) else { return None };
        items[k as usize] = Some(v);
    }
    let len = w.constant(n);
    let t = w.new_array(Tuple::TYPE, len);
    for (k, v) in items.into_iter().flatten().enumerate() {
        let k = w.constant(k as i64);
        w.store_elem(t, Tuple::items, k, v);
    }
    Some(w.from_obj(t))
}

fn next_entry<W: World<Lang = Python>>(w: &mut W, o: Ref<W>, d: Val<W>, kind: i64) -> Next<Val<W>> {
    if !w.is_a(d, Dict::TYPE) {
        return Next::Unknown;
    }
    let d = w.to_obj(d);
    let (size, used) = (w.load(o, Iter::b), w.load(d, Dict::used));
    let size = w.to_int(size);
    if !w.eq(size, used) {
        return Next::Unknown;
    }
    let (i, fill) = (w.load(o, Iter::index), w.load(d, Dict::fill));
    if !w.ult(i, fill) {
        return end(w, o);
    }
    let (one, two, three) = (w.constant(1), w.constant(2), w.constant(3));
    let entries = w.load(d, Dict::entries);
    let at = w.mul(i, three);
    let (k, v) = (w.add(at, one), w.add(at, two));
    let k = w.load_elem(entries, Items::items, k);
    if w.is(k, MISSING) {
        // A deleted one.
        return Next::Unknown;
    }
    let v = w.load_elem(entries, Items::items, v);
    let next = w.add(i, one);
    w.store(o, Iter::index, next);
    Next::Item(match kind {
        k_ if k_ == Kind::Keys as i64 => k,
        k_ if k_ == Kind::Values as i64 => v,
        _ => {
            let t = w.new_array(Tuple::TYPE, two);
            let zero = w.constant(0);
            w.store_elem(t, Tuple::items, zero, k);
            w.store_elem(t, Tuple::items, one, v);
            w.from_obj(t)
        }
    })
}

fn next_char<W: World<Lang = Python>>(w: &mut W, o: Ref<W>, s: Val<W>) -> Next<Val<W>> {
    if !w.is_a(s, Str::TYPE) {
        return Next::Unknown;
    }
    let s = w.to_obj(s);
    let (i, len) = (w.load(o, Iter::index), w.len(s, Str::TYPE));
    if !w.ult(i, len) {
        return end(w, o);
    }
    let byte = w.load_elem(s, Str::bytes, i);
    let (ascii, one) = (w.constant(ASCII as i64), w.constant(1));
    if !w.lt(byte, ascii) {
        return Next::Unknown;
    }
    let next = w.add(i, one);
    w.store(o, Iter::index, next);
    let chars = w.constant(w.code().get().realm.get().ascii);
    Next::Item(w.load_elem(chars, Tuple::items, byte))
}

/// The length of what has one that no method tells.
pub fn len<W: World<Lang = Python>>(w: &mut W, v: Val<W>) -> Option<Int<W>> {
    if !w.is_obj(v) {
        return None;
    }
    let o = w.to_obj(v);
    Some(if w.has_type(o, List::TYPE) {
        w.load(o, List::size)
    } else if w.has_type(o, Tuple::TYPE) {
        w.len(o, Tuple::TYPE)
    } else if w.has_type(o, Str::TYPE) {
        w.load(o, Str::chars)
    } else if w.has_type(o, Dict::TYPE) {
        w.load(o, Dict::used)
    } else {
        return None;
    })
}

/// A `map` of one iterable, by a function written in Python: the function and the iterable.
pub fn mapped<W: World<Lang = Python>>(w: &mut W, it: Val<W>) -> Option<(Val<W>, Val<W>)> {
    if !w.is_a(it, Iter::TYPE) {
        return None;
    }
    let o = w.to_obj(it);
    let kind = w.load(o, Iter::kind);
    if w.promote(kind) != Kind::Map as i64 {
        return None;
    }
    let (its, f) = (w.load(o, Iter::a), w.load(o, Iter::b));
    if !w.is_a(its, Tuple::TYPE) || !w.is_a(f, Function::TYPE) {
        return None;
    }
    let its = w.to_obj(its);
    let (n, one) = (w.len(its, Tuple::TYPE), w.constant(1));
    w.eq(n, one).then(|| (f, element(w, its, 0)))
}

/// What an `enumerate` counts, if that is a generator.
pub fn enumerated<W: World<Lang = Python>>(w: &mut W, it: Val<W>) -> Option<Val<W>> {
    if !w.is_a(it, Iter::TYPE) {
        return None;
    }
    let o = w.to_obj(it);
    let (kind, a) = (w.load(o, Iter::kind), w.load(o, Iter::a));
    (w.promote(kind) == Kind::Enumerate as i64 && w.is_a(a, Generator::TYPE)).then_some(a)
}
