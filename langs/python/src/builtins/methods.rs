//! Methods of the built-in classes.

use super::{Args, dict_update};
use crate::bytecode::CmpOp;
use crate::call::call;
use crate::objects::class::Known;
use crate::objects::exception::{raise, type_error, value_error};
use crate::objects::layouts::*;
use crate::objects::{as_type, dict, iter, list, new_tuple, ops, str as string, type_name};
use crate::runtime::{PyVm, R};
use framework::{Obj, Value};

crate::builtins! { LIST:
    "append" list_append, 2, 2 => ListAppend;
    "extend" list_extend, 2, 2;
    "insert" list_insert, 3, 3;
    "pop" list_pop, 1, 2 => ListPop;
    "remove" list_remove, 2, 2;
    "clear" list_clear, 1, 1;
    "sort" list_sort, 1, 1, kw => ListSort;
    "reverse" list_reverse, 1, 1;
    "copy" list_copy, 1, 1;
}
crate::builtins! { DICT:
    "get" dict_get, 2, 3 => DictGet;
    "keys" dict_keys, 1, 1;
    "values" dict_values, 1, 1;
    "items" dict_items, 1, 1;
    "pop" dict_pop, 2, 3;
    "setdefault" dict_setdefault, 2, 3;
    "update" dict_update_, 1, 2, kw;
    "clear" dict_clear, 1, 1;
    "copy" dict_copy, 1, 1;
    "popitem" dict_popitem, 1, 1;
    "@fromkeys" dict_fromkeys, 2, 3;
}

/// Gives the classes their methods.
pub fn install(vm: &mut PyVm) {
    for (k, table) in [(Known::List, LIST), (Known::Dict, DICT)] {
        let class = vm.rt.class(k);
        super::add_methods(vm, class, table);
    }
}

/// The receiver, which must be of the method's own type: `list.append(3, 4)` is a TypeError.
fn receiver(vm: &mut PyVm, a: Args, ty: &'static framework::TypeInfo) -> R<Obj> {
    match as_type(a.pos[0], ty) {
        Some(o) => Ok(o),
        None => {
            let t = type_name(vm, a.pos[0]);
            type_error(vm, &format!("descriptor requires a '{}' object but received '{t}'", ty.name.to_lowercase()))
        }
    }
}
fn list_append(vm: &mut PyVm, a: Args) -> R {
    let l = receiver(vm, a, List::TYPE)?;
    list::push(vm, l, a.pos[1])?;
    Ok(NONE)
}
fn list_extend(vm: &mut PyVm, a: Args) -> R {
    let l = receiver(vm, a, List::TYPE)?;
    iter::extend(vm, l, a.pos[1]).map(|_| NONE)
}
fn list_insert(vm: &mut PyVm, a: Args) -> R {
    let l = receiver(vm, a, List::TYPE)?;
    let n = list::size(l) as i64;
    let Some(i) = ops::index_of(vm, a.pos[1])? else {
        let t = type_name(vm, a.pos[1]);
        return type_error(vm, &format!("'{t}' object cannot be interpreted as an integer"));
    };
    let i = if i < 0 { (i + n).max(0) } else { i.min(n) } as usize;
    list::splice(vm, l, i, i, &a.pos[2..3])?;
    Ok(NONE)
}
fn list_pop(vm: &mut PyVm, a: Args) -> R {
    let l = receiver(vm, a, List::TYPE)?;
    if list::size(l) == 0 {
        return Err(raise(vm, Known::IndexError, "pop from empty list"));
    }
    let i = match a.get(1) {
        MISSING => -1,
        v => match ops::index_of(vm, v)? {
            Some(i) => i,
            None => {
                let t = type_name(vm, v);
                return type_error(vm, &format!("'{t}' object cannot be interpreted as an integer"));
            }
        },
    };
    let i = list::index(vm, i, list::size(l), "pop")?;
    let v = list::items(l)[i];
    list::splice(vm, l, i, i + 1, &[])?;
    Ok(v)
}
fn position(vm: &mut PyVm, seq: Value, v: Value) -> R<Option<usize>> {
    let mut i = 0;
    while let Some(x) = list::sequence(seq).and_then(|s| s.get(i).copied()) {
        if ops::equal(vm, x, v)? {
            return Ok(Some(i));
        }
        i += 1;
    }
    Ok(None)
}
fn list_remove(vm: &mut PyVm, a: Args) -> R {
    let l = receiver(vm, a, List::TYPE)?;
    match position(vm, l.into(), a.pos[1])? {
        Some(i) if i < list::size(l) => list::splice(vm, l, i, i + 1, &[])?,
        _ => return value_error(vm, "list.remove(x): x not in list"),
    }
    Ok(NONE)
}
fn list_clear(vm: &mut PyVm, a: Args) -> R {
    let l = receiver(vm, a, List::TYPE)?;
    let n = list::size(l);
    list::splice(vm, l, 0, n, &[])?;
    Ok(NONE)
}
fn list_sort(vm: &mut PyVm, a: Args) -> R {
    a.expect(vm, "sort", &["key", "reverse"])?;
    let l = receiver(vm, a, List::TYPE)?;
    sort_list(vm, l, a.keyword("key"), a.keyword("reverse"))?;
    Ok(NONE)
}
fn list_reverse(vm: &mut PyVm, a: Args) -> R {
    let l = receiver(vm, a, List::TYPE)?;
    let n = list::size(l);
    for i in 0..n / 2 {
        let (x, y) = (list::items(l)[i], list::items(l)[n - 1 - i]);
        vm.core.heap.set_elem(l.get(List::items), Items::items, i, y);
        vm.core.heap.set_elem(l.get(List::items), Items::items, n - 1 - i, x);
    }
    Ok(NONE)
}
fn list_copy(vm: &mut PyVm, a: Args) -> R {
    iter::to_list(vm, a.pos[0]).map(|l| l.into())
}

/// Sorts a list. It is empty meanwhile: what keys and comparisons do to it is found out.
pub fn sort_list(vm: &mut PyVm, l: Obj, key: Value, reverse: Value) -> R<()> {
    let items = list::to_tuple(vm, l)?;
    let n = list::size(l);
    list::splice(vm, l, 0, n, &[])?;
    let sorted = list::with_capacity(vm, n);
    list::splice(vm, sorted, 0, 0, items.as_obj().elems(Tuple::items))?;
    let r = sort_items(vm, sorted, key, reverse);
    let touched = list::size(l) != 0;
    let m = list::size(l);
    list::splice(vm, l, 0, m, list::items(sorted))?;
    r?;
    if touched { value_error(vm, "list modified during sort") } else { Ok(()) }
}

crate::builtins! { SORTING:
    "order_by" order_by, 3, 3;
}

/// For the twins of what sorts: a list of nobody else's, the list of its items' keys, reversed or not.
fn order_by(vm: &mut PyVm, a: Args) -> R {
    let (l, keys) = (receiver(vm, a, List::TYPE)?, a.pos[1].as_obj());
    order(vm, l, keys, a.pos[2]).map(|()| NONE)
}

/// Keys are computed once and kept in a heap list.
fn sort_items(vm: &mut PyVm, l: Obj, key: Value, reverse: Value) -> R<()> {
    let n = list::size(l);
    let items = list::to_tuple(vm, l)?.as_obj();
    let keys = list::with_capacity(vm, n);
    for i in 0..n {
        let v: Value = items.elem(Tuple::items, i);
        let k = if key == MISSING || key == NONE { v } else { call(vm, key, &[v])? };
        list::push(vm, keys, k)?;
    }
    order(vm, l, keys, reverse)
}

/// A stable merge sort of item numbers.
fn order(vm: &mut PyVm, l: Obj, keys: Obj, reverse: Value) -> R<()> {
    let reverse = reverse != MISSING && ops::truth(vm, reverse)?;
    let n = list::size(l);
    let items = list::to_tuple(vm, l)?.as_obj();
    let at = |i: u32| list::items(keys)[i as usize];
    let mut order: Vec<u32> = (0..n as u32).collect();
    let all = list::items(keys);
    if reverse {
        // Equal items keep their order when the result is turned round.
        order.reverse();
    }
    if all.iter().all(|k| k.is_small_int()) {
        order.sort_by_key(|i| at(*i).as_small_int());
    } else if all.iter().all(|k| as_type(*k, Str::TYPE).is_some()) {
        order.sort_by(|i, j| string::as_str(at(*i)).cmp(&string::as_str(at(*j))));
    } else {
        let mut buffer = order.clone();
        let mut width = 1;
        while width < n {
            for lo in (0..n).step_by(2 * width) {
                let (mid, hi) = ((lo + width).min(n), (lo + 2 * width).min(n));
                let (mut i, mut j) = (lo, mid);
                for slot in &mut buffer[lo..hi] {
                    let right = i >= mid
                        || (j < hi && {
                            let r = ops::compare(vm, CmpOp::Lt, at(order[j]), at(order[i]))?;
                            ops::truth(vm, r)?
                        });
                    let from = if right { &mut j } else { &mut i };
                    *slot = order[*from];
                    *from += 1;
                }
            }
            std::mem::swap(&mut order, &mut buffer);
            width *= 2;
        }
    }
    if reverse {
        order.reverse();
    }
    for (i, from) in order.into_iter().enumerate() {
        vm.core.heap.set_elem::<Value>(l.get(List::items), Items::items, i, items.elem(Tuple::items, from as usize));
    }
    Ok(())
}

fn dict_get(vm: &mut PyVm, a: Args) -> R {
    let d = receiver(vm, a, Dict::TYPE)?;
    Ok(dict::get(vm, d, a.pos[1])?.unwrap_or(if a.pos.len() > 2 { a.pos[2] } else { NONE }))
}
fn view(vm: &mut PyVm, a: Args, kind: i64) -> R {
    let d = receiver(vm, a, Dict::TYPE)?;
    let o = vm.core.heap.alloc(DictView::TYPE);
    o.init(DictView::kind, kind);
    o.init(DictView::dict, d);
    Ok(o.into())
}
fn dict_keys(vm: &mut PyVm, a: Args) -> R {
    view(vm, a, 0)
}
fn dict_values(vm: &mut PyVm, a: Args) -> R {
    view(vm, a, 1)
}
fn dict_items(vm: &mut PyVm, a: Args) -> R {
    view(vm, a, 2)
}
fn dict_pop(vm: &mut PyVm, a: Args) -> R {
    let d = receiver(vm, a, Dict::TYPE)?;
    match (dict::remove(vm, d, a.pos[1])?, a.get(2)) {
        (Some(v), _) => Ok(v),
        (None, MISSING) => Err(ops::key_error(vm, a.pos[1])),
        (None, v) => Ok(v),
    }
}
fn dict_setdefault(vm: &mut PyVm, a: Args) -> R {
    let d = receiver(vm, a, Dict::TYPE)?;
    if let Some(v) = dict::get(vm, d, a.pos[1])? {
        return Ok(v);
    }
    let v = if a.pos.len() > 2 { a.pos[2] } else { NONE };
    dict::set(vm, d, a.pos[1], v)?;
    Ok(v)
}
fn dict_update_(vm: &mut PyVm, a: Args) -> R {
    let d = receiver(vm, a, Dict::TYPE)?;
    if let Some(v) = a.pos.get(1) {
        dict_update(vm, d, *v)?;
    }
    for p in a.kw.chunks(2) {
        dict::set(vm, d, p[0], p[1])?;
    }
    Ok(NONE)
}
fn dict_clear(vm: &mut PyVm, a: Args) -> R {
    let d = receiver(vm, a, Dict::TYPE)?;
    dict::clear(vm, d);
    Ok(NONE)
}
fn dict_copy(vm: &mut PyVm, a: Args) -> R {
    let d = receiver(vm, a, Dict::TYPE)?;
    dict::copy(vm, d).map(|d| d.into())
}
fn dict_popitem(vm: &mut PyVm, a: Args) -> R {
    let d = receiver(vm, a, Dict::TYPE)?;
    let last = (0..dict::fill(d)).rev().find_map(|i| dict::entry(d, i));
    match last {
        Some((k, v)) => {
            dict::remove(vm, d, k)?;
            Ok(new_tuple(vm, &[k, v]))
        }
        None => Err(raise(vm, Known::KeyError, "popitem(): dictionary is empty")),
    }
}
fn dict_fromkeys(vm: &mut PyVm, a: Args) -> R {
    let value = if a.pos.len() > 2 { a.pos[2] } else { NONE };
    let d = call(vm, a.pos[0], &[])?;
    let it = iter::get_iter(vm, a.pos[1])?;
    while let Some(k) = iter::next(vm, it)? {
        ops::set_item(vm, d, k, value)?;
    }
    Ok(d)
}
