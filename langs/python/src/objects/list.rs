//! Lists and tuples.

use super::layouts::*;
use super::{as_type, class::Known, exception::raise};
use crate::runtime::{PyVm, R};
use framework::{Obj, Value};

/// An empty list with room for `n` items.
pub fn with_capacity(vm: &mut PyVm, n: usize) -> Obj {
    let items = vm.core.heap.alloc_array(Items::TYPE, n);
    let l = vm.core.heap.alloc(List::TYPE);
    l.init(List::size, 0);
    l.init(List::items, items);
    l
}

/// A list of values that are on the native stack or otherwise kept.
pub fn from_slice(vm: &mut PyVm, values: &[Value]) -> Value {
    let l = with_capacity(vm, values.len());
    let items = l.get(List::items);
    for (i, v) in values.iter().enumerate() {
        items.init_elem(Items::items, i, *v);
    }
    l.init(List::size, values.len() as i64);
    l.into()
}

/// The items of a list, good until the next store to it.
pub fn items<'a>(l: Obj) -> &'a [Value] {
    &l.get(List::items).elems(Items::items)[..l.get(List::size) as usize]
}

/// Number of items.
pub fn size(l: Obj) -> usize {
    l.get(List::size) as usize
}

/// The items of a list or tuple.
pub fn sequence<'a>(v: Value) -> Option<&'a [Value]> {
    let o = v.obj()?;
    match o.type_id() {
        List::ID => Some(items(o)),
        Tuple::ID => Some(o.elems(Tuple::items)),
        _ => None,
    }
}

/// Makes room for at least `n` items.
fn reserve(vm: &mut PyVm, l: Obj, n: usize) -> R<()> {
    let old = l.get(List::items);
    if n <= old.len() {
        return Ok(());
    }
    super::need_room(vm, 8 * (n + n / 2))?;
    let new = vm.core.heap.alloc_array(Items::TYPE, (n + n / 2).max(4));
    for (i, v) in items(l).iter().enumerate() {
        new.init_elem(Items::items, i, *v);
    }
    vm.core.heap.set(l, List::items, new);
    Ok(())
}

/// Appends an item.
pub fn push(vm: &mut PyVm, l: Obj, v: Value) -> R<()> {
    let n = size(l);
    reserve(vm, l, n + 1)?;
    vm.core.heap.set_elem(l.get(List::items), Items::items, n, v);
    l.init(List::size, n as i64 + 1);
    Ok(())
}

/// Replaces items `from..to` by others. `with` does not alias the list's own storage.
pub fn splice(vm: &mut PyVm, l: Obj, from: usize, to: usize, with: &[Value]) -> R<()> {
    let n = size(l);
    let (tail, new_n) = (n - to, n - (to - from) + with.len());
    reserve(vm, l, new_n)?;
    let arr = l.get(List::items);
    vm.core.heap.write_barrier(arr);
    let shift = |from: usize, to: usize| arr.init_elem(Items::items, to, arr.elem(Items::items, from));
    if from + with.len() > to {
        (0..tail).rev().for_each(|i| shift(to + i, from + with.len() + i));
    } else {
        (0..tail).for_each(|i| shift(to + i, from + with.len() + i));
    }
    for (i, v) in with.iter().enumerate() {
        arr.init_elem(Items::items, from + i, *v);
    }
    // What lies beyond the end must not keep objects alive.
    for i in new_n..n {
        arr.init_elem(Items::items, i, NONE);
    }
    l.init(List::size, new_n as i64);
    Ok(())
}

/// The list behind a value that must be one.
pub fn expect(v: Value) -> Obj {
    as_type(v, List::TYPE).expect("the receiver of a list method is a list")
}

/// An index into a sequence of length `n`: negative ones count from the end.
pub fn index(vm: &mut PyVm, i: i64, n: usize, what: &str) -> R<usize> {
    let j = if i < 0 { i + n as i64 } else { i };
    if j < 0 || j >= n as i64 { Err(raise(vm, Known::IndexError, &format!("{what} index out of range"))) } else { Ok(j as usize) }
}

/// Concatenation of two lists or of two tuples.
pub fn concat(vm: &mut PyVm, a: Obj, b: Obj) -> R {
    if a.is(List::TYPE) {
        let n = size(a) + size(b);
        super::need_room(vm, 8 * n)?;
        let l = with_capacity(vm, n);
        let arr = l.get(List::items);
        items(a).iter().chain(items(b)).enumerate().for_each(|(i, v)| arr.init_elem(Items::items, i, *v));
        l.init(List::size, n as i64);
        return Ok(l.into());
    }
    super::need_room(vm, 8 * (a.len() + b.len()))?;
    let t = vm.core.heap.alloc_array(Tuple::TYPE, a.len() + b.len());
    let both = a.elems(Tuple::items).iter().chain(b.elems(Tuple::items));
    both.enumerate().for_each(|(i, v)| t.init_elem(Tuple::items, i, *v));
    Ok(t.into())
}

/// A list or tuple repeated.
pub fn repeat(vm: &mut PyVm, a: Obj, n: i64) -> R {
    let n = n.max(0) as usize;
    let len = if a.is(List::TYPE) { size(a) } else { a.len() };
    let total = len.saturating_mul(n);
    super::need_room(vm, total.saturating_mul(8))?;
    if a.is(List::TYPE) {
        let l = with_capacity(vm, total);
        let (arr, src) = (l.get(List::items), a.get(List::items));
        (0..total).for_each(|i| arr.init_elem(Items::items, i, src.elem(Items::items, i % len)));
        l.init(List::size, total as i64);
        return Ok(l.into());
    }
    let t = vm.core.heap.alloc_array(Tuple::TYPE, total);
    (0..total).for_each(|i| t.init_elem(Tuple::items, i, a.elem(Tuple::items, i % len)));
    Ok(t.into())
}

/// The tuple with a list's items.
pub fn to_tuple(vm: &mut PyVm, l: Obj) -> R {
    super::need_room(vm, 8 * size(l))?;
    let t = vm.core.heap.alloc_array(Tuple::TYPE, size(l));
    items(l).iter().enumerate().for_each(|(i, v)| t.init_elem(Tuple::items, i, *v));
    Ok(t.into())
}
