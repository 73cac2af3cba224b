//! Iteration from Rust: `iter()`, `next()`, and the built-in iterators that are not the interpreter's own.

use super::attr::call_special;
use super::class::Known;
use super::exception::{catch, raise, type_error};
use super::layouts::*;
use super::{as_type, dict, list, ops, str as string, type_name};
use crate::names;
use crate::runtime::{PyVm, R};
use framework::{Obj, Value};

/// Kinds of `Iter` objects.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(i64)]
#[allow(missing_docs)]
pub enum Kind {
    Keys,
    Values,
    Items,
    Chars,
    Bytes,
    /// `__getitem__` with 0, 1, …
    Index,
    Reversed,
    Enumerate,
    Zip,
    Map,
    Filter,
    /// `iter(callable, sentinel)`
    Callable,
}

const KINDS: [Kind; 12] = [
    Kind::Keys,
    Kind::Values,
    Kind::Items,
    Kind::Chars,
    Kind::Bytes,
    Kind::Index,
    Kind::Reversed,
    Kind::Enumerate,
    Kind::Zip,
    Kind::Map,
    Kind::Filter,
    Kind::Callable,
];

/// The class of an `Iter` by its kind.
pub fn class_of_kind(kind: i64) -> Known {
    match KINDS[kind as usize] {
        Kind::Enumerate => Known::Enumerate,
        Kind::Zip => Known::Zip,
        Kind::Map => Known::Map,
        Kind::Filter => Known::Filter,
        Kind::Reversed => Known::Reversed,
        _ => Known::Iter,
    }
}

/// A built-in iterator.
pub fn new(vm: &mut PyVm, kind: Kind, index: i64, a: Value, b: Value) -> Value {
    let o = vm.core.heap.alloc(Iter::TYPE);
    o.init(Iter::kind, kind as i64);
    o.init(Iter::index, index);
    o.init(Iter::a, a);
    o.init(Iter::b, b);
    o.into()
}

/// `iter(v)`.
pub fn get_iter(vm: &mut PyVm, v: Value) -> R {
    if let Some(o) = v.obj() {
        let kind = match o.type_id() {
            List::ID | Tuple::ID => {
                let it = vm.core.heap.alloc(SeqIter::TYPE);
                it.init(SeqIter::index, 0);
                it.init(SeqIter::seq, v);
                return Ok(it.into());
            }
            Range::ID => {
                let it = vm.core.heap.alloc(RangeIter::TYPE);
                it.init(RangeIter::cur, o.get(Range::start));
                it.init(RangeIter::left, ops::range_len(o));
                it.init(RangeIter::step, o.get(Range::step));
                return Ok(it.into());
            }
            Generator::ID | Iter::ID | SeqIter::ID | RangeIter::ID => return Ok(v),
            Str::ID => Some((Kind::Chars, v)),
            Bytes::ID | ByteArray::ID => Some((Kind::Bytes, v)),
            Dict::ID => Some((Kind::Keys, v)),
            Set::ID => Some((Kind::Keys, o.get(Set::dict).into())),
            FrozenSet::ID => Some((Kind::Keys, o.get(FrozenSet::dict).into())),
            DictView::ID => Some(([Kind::Keys, Kind::Values, Kind::Items][o.get(DictView::kind) as usize], o.get(DictView::dict).into())),
            Instance::ID | ClassObj::ID => {
                if super::class_of(vm, v).lookup(names::ITER) == Some(NONE) {
                    let t = type_name(vm, v);
                    return type_error(vm, &format!("'{t}' object is not iterable"));
                }
                if let Some(it) = call_special(vm, v, names::ITER, &[])? {
                    let native = it.obj().is_some_and(|o| matches!(o.type_id(), Generator::ID | Iter::ID | SeqIter::ID | RangeIter::ID));
                    if !native && super::class_of(vm, it).lookup(names::NEXT).is_none() {
                        let t = type_name(vm, it);
                        return type_error(vm, &format!("iter() returned non-iterator of type '{t}'"));
                    }
                    return Ok(it);
                }
                if super::class_of(vm, v).lookup(names::GETITEM).is_some() { Some((Kind::Index, v)) } else { None }
            }
            _ => None,
        };
        if let Some((kind, a)) = kind {
            let size = as_type(a, Dict::TYPE).map_or(0, dict::len);
            return Ok(new(vm, kind, 0, a, Value::small_int(size as i64)));
        }
    }
    let t = type_name(vm, v);
    type_error(vm, &format!("'{t}' object is not iterable"))
}

/// The next item of any iterator.
pub fn next(vm: &mut PyVm, it: Value) -> R<Option<Value>> {
    let Some(o) = it.obj() else { return not_iterator(vm, it) };
    // Builtins that take all there is come by no loop header.
    if vm.core.take_interrupt() {
        crate::step::exc::raise_asked(vm)?;
    }
    match o.type_id() {
        SeqIter::ID => {
            let i = o.get(SeqIter::index);
            match list::sequence(o.get(SeqIter::seq)).and_then(|s| s.get(i as usize)) {
                Some(v) => {
                    o.init(SeqIter::index, i + 1);
                    Ok(Some(*v))
                }
                None => {
                    vm.core.heap.set(o, SeqIter::seq, NONE);
                    Ok(None)
                }
            }
        }
        RangeIter::ID => {
            let left = o.get(RangeIter::left);
            if left == 0 {
                return Ok(None);
            }
            let cur = o.get(RangeIter::cur);
            o.init(RangeIter::left, left - 1);
            o.init(RangeIter::cur, cur.wrapping_add(o.get(RangeIter::step)));
            Ok(Some(vm.core.heap.int(cur)))
        }
        Iter::ID => next_builtin(vm, o),
        _ => {
            let code = vm.rt.next_code.expect("the runtime is set up");
            let r = crate::call::run(vm, code, &[it])?;
            Ok(if r == EXHAUSTED { None } else { Some(r) })
        }
    }
}

fn not_iterator<T>(vm: &mut PyVm, v: Value) -> R<T> {
    let t = type_name(vm, v);
    type_error(vm, &format!("'{t}' object is not an iterator"))
}

fn next_builtin(vm: &mut PyVm, o: Obj) -> R<Option<Value>> {
    let (a, b, i) = (o.get(Iter::a), o.get(Iter::b), o.get(Iter::index));
    let kind = KINDS[o.get(Iter::kind) as usize];
    if a == NONE {
        return Ok(None);
    }
    match kind {
        Kind::Keys | Kind::Values | Kind::Items => {
            let d = a.as_obj();
            if b != Value::small_int(dict::len(d) as i64) {
                return Err(raise(vm, Known::RuntimeError, "dictionary changed size during iteration"));
            }
            match dict::next_entry(d, i as usize) {
                Some((at, k, v)) => {
                    o.init(Iter::index, at as i64 + 1);
                    Ok(Some(match kind {
                        Kind::Keys => k,
                        Kind::Values => v,
                        _ => super::new_tuple(vm, &[k, v]),
                    }))
                }
                None => end(vm, o),
            }
        }
        Kind::Chars => match string::text(a.as_obj())[i as usize..].chars().next() {
            Some(c) => {
                o.init(Iter::index, i + c.len_utf8() as i64);
                Ok(Some(string::char_str(vm, c)))
            }
            None => end(vm, o),
        },
        Kind::Bytes => match crate::builtins::bytes::as_bytes(a).and_then(|b| b.get(i as usize)) {
            Some(c) => {
                o.init(Iter::index, i + 1);
                Ok(Some(vm.core.heap.int(*c as i64)))
            }
            None => end(vm, o),
        },
        Kind::Index | Kind::Reversed => {
            if i < 0 {
                return end(vm, o);
            }
            o.init(Iter::index, if kind == Kind::Index { i + 1 } else { i - 1 });
            let k = vm.core.heap.int(i);
            match ops::get_item(vm, a, k) {
                Ok(v) => Ok(Some(v)),
                Err(e) => {
                    if catch(vm, Known::IndexError).is_some() || catch(vm, Known::StopIteration).is_some() {
                        end(vm, o)
                    } else {
                        Err(e)
                    }
                }
            }
        }
        Kind::Enumerate => match next(vm, a)? {
            Some(v) => {
                o.init(Iter::index, i + 1);
                let n = vm.core.heap.int(i);
                Ok(Some(super::new_tuple(vm, &[n, v])))
            }
            None => end(vm, o),
        },
        Kind::Zip | Kind::Map => {
            let its = a.as_obj();
            let n = its.len();
            if n == 0 {
                return end(vm, o);
            }
            let t = vm.core.heap.alloc_array(Tuple::TYPE, n);
            (0..n).for_each(|k| t.init_elem(Tuple::items, k, NONE));
            for k in 0..n {
                match next(vm, its.elem(Tuple::items, k))? {
                    Some(v) => vm.core.heap.set_elem(t, Tuple::items, k, v),
                    None if kind == Kind::Zip && i == 1 => return zip_lengths(vm, its, k),
                    None => return end(vm, o),
                }
            }
            if kind == Kind::Zip {
                return Ok(Some(t.into()));
            }
            crate::call::call(vm, b, t.elems(Tuple::items)).map(Some)
        }
        Kind::Filter => loop {
            let Some(v) = next(vm, a)? else { return end(vm, o) };
            let keep = if b == NONE { v } else { crate::call::call(vm, b, &[v])? };
            if ops::truth(vm, keep)? {
                return Ok(Some(v));
            }
        },
        Kind::Callable => {
            let v = crate::call::call(vm, a, &[])?;
            if ops::equal(vm, v, b)? { end(vm, o) } else { Ok(Some(v)) }
        }
    }
}

fn zip_lengths(vm: &mut PyVm, its: Obj, k: usize) -> R<Option<Value>> {
    let args = |n: usize| if n == 1 { "argument 1".to_string() } else { format!("arguments 1-{n}") };
    if k > 0 {
        return super::exception::value_error(vm, &format!("zip() argument {} is shorter than {}", k + 1, args(k)));
    }
    for j in 1..its.len() {
        if next(vm, its.elem(Tuple::items, j))?.is_some() {
            return super::exception::value_error(vm, &format!("zip() argument {} is longer than {}", j + 1, args(j)));
        }
    }
    Ok(None)
}

fn end(vm: &mut PyVm, o: Obj) -> R<Option<Value>> {
    vm.core.heap.set(o, Iter::a, NONE);
    Ok(None)
}

/// Appends all items of an iterable to a list.
pub fn extend(vm: &mut PyVm, l: Obj, v: Value) -> R<()> {
    if list::sequence(v).is_some() {
        let n = list::sequence(v).map_or(0, |s| s.len());
        for i in 0..n {
            let Some(x) = list::sequence(v).and_then(|s| s.get(i).copied()) else { break };
            list::push(vm, l, x)?;
        }
        return Ok(());
    }
    let it = get_iter(vm, v)?;
    while let Some(x) = next(vm, it)? {
        list::push(vm, l, x)?;
    }
    Ok(())
}

/// A new list with the items of an iterable.
pub fn to_list(vm: &mut PyVm, v: Value) -> R<Obj> {
    let n = ops::length(v).unwrap_or(0);
    super::need_room(vm, n.saturating_mul(8))?;
    let l = list::with_capacity(vm, n);
    extend(vm, l, v)?;
    Ok(l)
}
