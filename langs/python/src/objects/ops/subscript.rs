//! Subscripts and membership of values of any type.

use super::*;

/// Start, stop, step of a slice for a sequence of length `n`.
pub fn slice_indices(vm: &mut PyVm, s: Obj, n: usize) -> R<(i64, i64, i64)> {
    let mut part = |v: Value| -> R<Option<i64>> {
        match v {
            NONE => Ok(None),
            _ => match index_of(vm, v)? {
                Some(i) => Ok(Some(i)),
                None => type_error(vm, "slice indices must be integers or None or have an __index__ method"),
            },
        }
    };
    let (start, stop, step) = (part(s.get(Slice::start))?, part(s.get(Slice::stop))?, part(s.get(Slice::step))?);
    let (n, step) = (n as i64, step.unwrap_or(1));
    if step == 0 {
        return crate::objects::exception::value_error(vm, "slice step cannot be zero");
    }
    let (low, high) = if step > 0 { (0, n) } else { (-1, n - 1) };
    let clamp = |i: i64| if i < 0 { (i + n).max(low) } else { i.min(high) };
    let first = start.map_or(if step > 0 { 0 } else { n - 1 }, clamp);
    let last = stop.map_or(if step > 0 { n } else { -1 }, clamp);
    Ok((first, last, step))
}

/// The value as an index; big integers saturate. `None` if it is no integer.
pub fn index_of(vm: &mut PyVm, v: Value) -> R<Option<i64>> {
    if let Some(i) = int::small(v) {
        return Ok(Some(i));
    }
    if let Some(b) = int::as_big(v) {
        return Ok(Some(if *b < dashu_int::IBig::ZERO { i64::MIN / 2 } else { i64::MAX / 2 }));
    }
    if is_instance(v)
        && let Some(r) = call_special(vm, v, names::INDEX, &[])?
    {
        return match (int::small(r), int::as_big(r)) {
            (Some(i), _) => Ok(Some(i)),
            (_, Some(_)) => index_of(vm, r),
            _ => {
                let t = type_name(vm, r);
                type_error(vm, &format!("__index__ returned non-int (type {t})"))
            }
        };
    }
    Ok(None)
}

/// `o[k]`.
pub fn get_item(vm: &mut PyVm, v: Value, k: Value) -> R {
    let Some(o) = v.obj() else { return not_subscriptable(vm, v) };
    match o.type_id() {
        Dict::ID => match dict::get(vm, o, k)? {
            Some(x) => Ok(x),
            None => Err(key_error(vm, k)),
        },
        List::ID | Tuple::ID | Str::ID | Range::ID | Bytes::ID | ByteArray::ID => {
            let n = length(v).unwrap_or(0);
            if let Some(s) = as_type(k, Slice::TYPE) {
                let (start, stop, step) = slice_indices(vm, s, n)?;
                return slice(vm, o, start, stop, step);
            }
            let what = type_name(vm, v);
            let Some(i) = index_of(vm, k)? else {
                let (t, what) = (
                    type_name(vm, k),
                    if what == "str" {
                        "string"
                    } else if what == "bytes" {
                        "byte"
                    } else {
                        &what
                    },
                );
                return match what {
                    "string" => type_error(vm, &format!("string indices must be integers, not '{t}'")),
                    _ => type_error(vm, &format!("{what} indices must be integers or slices, not {t}")),
                };
            };
            let i = list::index(
                vm,
                i,
                n,
                match what.as_str() {
                    "str" => "string",
                    "range" => "range object",
                    "bytes" => "index",
                    w => w,
                },
            )?;
            Ok(match o.type_id() {
                List::ID => list::items(o)[i],
                Tuple::ID => o.elem(Tuple::items, i),
                Str::ID => string::char_at(vm, o, i),
                Bytes::ID => Value::small_int(o.bytes(Bytes::data)[i] as i64),
                ByteArray::ID => Value::small_int(o.get(ByteArray::data).bytes(Bytes::data)[i] as i64),
                _ => vm.core.heap.int(o.get(Range::start) + i as i64 * o.get(Range::step)),
            })
        }
        ClassObj::ID => class_item(vm, v, k),
        _ => match call_special(vm, v, names::GETITEM, &[k])? {
            Some(x) => Ok(x),
            None => not_subscriptable(vm, v),
        },
    }
}

/// `list[int]`, `Color["RED"]`
fn class_item(vm: &mut PyVm, v: Value, k: Value) -> R {
    let class = crate::objects::class::class_data(v.as_obj());
    if class.meta.get().is_some_and(|m| m.lookup(names::GETITEM).is_some()) {
        return call_special(vm, v, names::GETITEM, &[k]).map(|r| r.unwrap_or(NONE));
    }
    if let Some(f) = crate::objects::attr::find(vm, v, names::CLASS_GETITEM)? {
        return crate::call::call(vm, f, &[k]);
    }
    let generic = class.lookup(names::TYPE_PARAMS).is_some()
        || [
            Known::List,
            Known::Tuple,
            Known::Dict,
            Known::Set,
            Known::FrozenSet,
            Known::Type,
            Known::Enumerate,
            Known::Filter,
            Known::Map,
            Known::Zip,
        ]
        .iter()
        .any(|k| class == vm.rt.class(*k));
    if !generic {
        let n = class.name();
        return type_error(vm, &format!("type '{n}' is not subscriptable"));
    }
    let m = crate::modules::import(vm, "typing")?;
    let n = crate::runtime::intern(vm, "_alias");
    let f = crate::objects::attr::get(vm, m, n)?;
    crate::call::call(vm, f, &[v, k])
}

fn not_subscriptable(vm: &mut PyVm, v: Value) -> R {
    let t = type_name(vm, v);
    type_error(vm, &format!("'{t}' object is not subscriptable"))
}

/// A KeyError with the key as its argument.
pub fn key_error(vm: &mut PyVm, k: Value) -> framework::Raised {
    let class = vm.rt.class(Known::KeyError);
    let e = crate::objects::exception::new_exception(vm, class, &[k]);
    crate::objects::exception::raise_value(vm, e)
}

fn slice(vm: &mut PyVm, o: Obj, start: i64, stop: i64, step: i64) -> R {
    let n = range_count(start, stop, step) as usize;
    let at = |i: usize| (start + i as i64 * step) as usize;
    crate::objects::need_room(vm, 8 * n)?;
    Ok(match o.type_id() {
        List::ID => {
            let l = list::with_capacity(vm, n);
            let (src, dst) = (o.get(List::items), l.get(List::items));
            (0..n).for_each(|i| dst.init_elem::<Value>(Items::items, i, src.elem(Items::items, at(i))));
            l.init(List::size, n as i64);
            l.into()
        }
        Tuple::ID => {
            let t = vm.core.heap.alloc_array(Tuple::TYPE, n);
            (0..n).for_each(|i| t.init_elem::<Value>(Tuple::items, i, o.elem(Tuple::items, at(i))));
            t.into()
        }
        Str::ID => {
            let s = if step == 1 {
                let (a, b) = (string::byte_offset(o, start as usize), string::byte_offset(o, start as usize + n));
                string::text(o)[a..b].to_string()
            } else {
                let chars: Vec<char> = string::text(o).chars().collect();
                (0..n).map(|i| chars[at(i)]).collect()
            };
            string::new_str(vm, &s)
        }
        Bytes::ID | ByteArray::ID => {
            use crate::builtins::bytes::{as_bytes, new_bytearray, new_bytes};
            let all = as_bytes(o.into()).unwrap_or_default();
            let part: Vec<u8> = (0..n).map(|i| all[at(i)]).collect();
            if o.is(Bytes::TYPE) { new_bytes(vm, &part) } else { new_bytearray(vm, &part) }
        }
        _ => {
            let (s, k) = (o.get(Range::start), o.get(Range::step));
            new_range(vm, s + start * k, s + stop * k, k * step)
        }
    })
}

/// A range object.
pub fn new_range(vm: &mut PyVm, start: i64, stop: i64, step: i64) -> Value {
    let r = vm.core.heap.alloc(Range::TYPE);
    r.init(Range::start, start);
    r.init(Range::stop, stop);
    r.init(Range::step, step);
    r.into()
}

/// `o[k] = x`, or `del o[k]` if `x` is [`MISSING`].
pub fn set_item(vm: &mut PyVm, v: Value, k: Value, x: Value) -> R<()> {
    let delete = x == MISSING;
    match v.obj().map(|o| (o.type_id(), o)) {
        Some((Dict::ID, o)) if delete => match dict::remove(vm, o, k)? {
            Some(_) => Ok(()),
            None => Err(key_error(vm, k)),
        },
        Some((Dict::ID, o)) => dict::set(vm, o, k, x),
        Some((List::ID, o)) => {
            let n = list::size(o);
            if let Some(s) = as_type(k, Slice::TYPE) {
                let (start, stop, step) = slice_indices(vm, s, n)?;
                let with = if delete { crate::objects::new_tuple(vm, &[]) } else { crate::objects::iter::to_list(vm, x)?.into() };
                let with = list::sequence(with).unwrap_or_default();
                if step == 1 {
                    list::splice(vm, o, start as usize, stop.max(start) as usize, with)?;
                    return Ok(());
                }
                let count = range_count(start, stop, step);
                if delete {
                    let mut at: Vec<usize> = (0..count).map(|i| (start + i * step) as usize).collect();
                    at.sort_unstable();
                    return at.iter().rev().try_for_each(|i| list::splice(vm, o, *i, *i + 1, &[]));
                }
                if with.len() as i64 != count {
                    return crate::objects::exception::value_error(
                        vm,
                        &format!("attempt to assign sequence of size {} to extended slice of size {count}", with.len()),
                    );
                }
                for (i, w) in with.iter().enumerate() {
                    vm.core.heap.set_elem(o.get(List::items), Items::items, (start + i as i64 * step) as usize, *w);
                }
                return Ok(());
            }
            let Some(i) = index_of(vm, k)? else {
                let t = type_name(vm, k);
                return type_error(vm, &format!("list indices must be integers or slices, not {t}"));
            };
            let i = list::index(vm, i, n, "list assignment")?;
            if delete {
                list::splice(vm, o, i, i + 1, &[])?;
            } else {
                vm.core.heap.set_elem(o.get(List::items), Items::items, i, x);
            }
            Ok(())
        }
        Some((ByteArray::ID, o)) => set_byte(vm, o, k, x),
        _ => {
            let (name, args) = if delete { (names::DELITEM, &[k][..]) } else { (names::SETITEM, &[k, x][..]) };
            match call_special(vm, v, name, args)? {
                Some(_) => Ok(()),
                None => {
                    let (t, what) = (type_name(vm, v), if delete { "deletion" } else { "assignment" });
                    type_error(vm, &format!("'{t}' object does{} support item {what}", if delete { "n't" } else { " not" }))
                }
            }
        }
    }
}

fn set_byte(vm: &mut PyVm, o: Obj, k: Value, x: Value) -> R<()> {
    use crate::builtins::bytes::{as_bytes, byte, construct, set_data};
    let mut d = as_bytes(o.into()).unwrap_or_default().to_vec();
    if let Some(s) = as_type(k, Slice::TYPE) {
        let (start, stop, step) = slice_indices(vm, s, d.len())?;
        let with = if x == MISSING { vec![] } else { construct(vm, crate::builtins::Args { pos: &[x], kw: &[] })? };
        if step == 1 {
            d.splice(start as usize..stop.max(start) as usize, with);
        } else {
            let mut at: Vec<usize> = (0..range_count(start, stop, step)).map(|i| (start + i * step) as usize).collect();
            if x == MISSING {
                at.sort_unstable();
                at.iter().rev().for_each(|i| {
                    d.remove(*i);
                });
            } else if with.len() != at.len() {
                return crate::objects::exception::value_error(
                    vm,
                    &format!("attempt to assign bytes of size {} to extended slice of size {}", with.len(), at.len()),
                );
            } else {
                at.iter().zip(with).for_each(|(i, b)| d[*i] = b);
            }
        }
        set_data(vm, o, &d);
        return Ok(());
    }
    let Some(i) = index_of(vm, k)? else {
        let t = type_name(vm, k);
        return type_error(vm, &format!("bytearray indices must be integers or slices, not {t}"));
    };
    let i = list::index(vm, i, d.len(), "bytearray")?;
    if x == MISSING {
        d.remove(i);
    } else {
        d[i] = byte(vm, x)?;
    }
    set_data(vm, o, &d);
    Ok(())
}

/// `item in container` for a string or an int, without running any Python code: `None` if that is not possible.
pub fn contains_simple(item: Value, container: Value) -> Option<bool> {
    let o = container.obj()?;
    if let (Str::ID, Some(s)) = (o.type_id(), string::as_str(item)) {
        return Some(string::text(o).contains(s));
    }
    if let Some(d) = if o.is(Dict::TYPE) { Some(o) } else { set_dict(container) } {
        return dict::get_simple(d, item).map(|found| found.is_some());
    }
    for &x in list::sequence(container)? {
        let same = match (x.int(), item.int()) {
            (Some(a), Some(b)) => a == b,
            _ if x == item => true,
            _ if x == NONE => false,
            (None, None) if x.obj().is_some_and(|x| x.is(Str::TYPE)) => string::as_str(x) == string::as_str(item),
            (Some(_), None) => false,
            (None, Some(_)) if x.obj().is_some_and(|x| x.is(Str::TYPE)) => false,
            _ => return None,
        };
        if same {
            return Some(true);
        }
    }
    Some(false)
}

/// `item in container`.
pub fn contains(vm: &mut PyVm, item: Value, container: Value) -> R<bool> {
    if let Some(o) = container.obj() {
        match o.type_id() {
            Dict::ID => return Ok(dict::get(vm, o, item)?.is_some()),
            Set::ID | FrozenSet::ID => return Ok(dict::get(vm, set_dict(container).expect("a set"), item)?.is_some()),
            Str::ID => {
                return match string::as_str(item) {
                    Some(s) => Ok(string::text(o).contains(s)),
                    None => {
                        let t = type_name(vm, item);
                        type_error(vm, &format!("'in <string>' requires string as left operand, not {t}"))
                    }
                };
            }
            Range::ID => {
                if let Some(i) = int::small(item) {
                    let (s, k) = (o.get(Range::start), o.get(Range::step));
                    return Ok((i - s) % k == 0 && (0..range_len(o)).contains(&((i - s) / k)));
                }
            }
            Bytes::ID | ByteArray::ID => {
                let all = crate::builtins::bytes::as_bytes(container).unwrap_or_default().to_vec();
                if let Some(b) = crate::builtins::bytes::as_bytes(item) {
                    return Ok(b.is_empty() || all.windows(b.len()).any(|w| w == b));
                }
                let b = crate::builtins::bytes::byte(vm, item)?;
                return Ok(all.contains(&b));
            }
            DictView::ID if o.get(DictView::kind) == 0 => return Ok(dict::get(vm, o.get(DictView::dict), item)?.is_some()),
            DictView::ID if o.get(DictView::kind) == 2 => {
                let Some(&[k, v]) = as_type(item, Tuple::TYPE).map(|t| t.elems::<Value>(Tuple::items)) else { return Ok(false) };
                return match dict::get(vm, o.get(DictView::dict), k)? {
                    Some(x) => equal(vm, x, v),
                    None => Ok(false),
                };
            }
            Instance::ID | ClassObj::ID => {
                if let Some(r) = call_special(vm, container, names::CONTAINS, &[item])? {
                    return truth(vm, r);
                }
            }
            _ => {}
        }
    }
    let it = match crate::objects::iter::get_iter(vm, container) {
        Ok(it) => it,
        Err(e) => {
            if catch(vm, Known::TypeError).is_some() {
                let t = type_name(vm, container);
                return type_error(vm, &format!("argument of type '{t}' is not iterable"));
            }
            return Err(e);
        }
    };
    while let Some(x) = crate::objects::iter::next(vm, it)? {
        if equal(vm, x, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}
