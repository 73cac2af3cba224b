//! Equality, order and hashing of values of any type.

use super::*;

/// Method names of the comparisons, by `CmpOp`.
pub const COMPARE_NAMES: [Name; 6] = [names::LT, names::LE, names::GT, names::GE, names::EQ, names::NE];

/// Order of two numbers; outer `None`: not numbers, inner: unordered.
fn compare_numbers(a: Value, b: Value) -> Option<Option<Ordering>> {
    match (a.float(), b.float()) {
        (Some(x), Some(y)) => Some(x.partial_cmp(&y)),
        (Some(x), None) if int::is_integer(b) => Some(int::compare_float(b, x).map(Ordering::reverse)),
        (None, Some(y)) if int::is_integer(a) => Some(int::compare_float(a, y)),
        (None, None) if int::is_integer(a) && int::is_integer(b) => Some(Some(int::compare(a, b))),
        _ => None,
    }
}

/// `a == b`.
pub fn equal(vm: &mut PyVm, a: Value, b: Value) -> R<bool> {
    // In containers an object equals itself, whatever its `__eq__` says.
    if a == b {
        return Ok(true);
    }
    let r = compare(vm, CmpOp::Eq, a, b)?;
    truth(vm, r)
}

/// A comparison of values of any type.
pub fn compare(vm: &mut PyVm, op: CmpOp, a: Value, b: Value) -> R {
    compare_from(vm, op, a, b, 0)
}

/// As `compare`, but of the methods so many have been tried.
pub fn compare_from(vm: &mut PyVm, op: CmpOp, a: Value, b: Value, tried: usize) -> R {
    if is_instance(a) || is_instance(b) {
        return compare_instances(vm, op, a, b, tried);
    }
    compare_builtin(vm, op, a, b)
}

fn compare_instances(vm: &mut PyVm, op: CmpOp, a: Value, b: Value, tried: usize) -> R {
    let (ca, cb) = (crate::objects::class_of(vm, a), crate::objects::class_of(vm, b));
    let swap_first = ca != cb && cb.is_subclass(ca);
    for reflected in [swap_first, !swap_first].into_iter().skip(tried) {
        let (x, y, o) = if reflected { (b, a, op.swapped()) } else { (a, b, op) };
        if is_instance(x) {
            enter(vm)?;
            match call_special(vm, x, COMPARE_NAMES[o as usize], &[y])? {
                Some(NOT_IMPLEMENTED) => {}
                Some(r) => return Ok(r),
                None if op == CmpOp::Ne => {
                    if let Some(r) = call_special(vm, x, names::EQ, &[y])?
                        && r != NOT_IMPLEMENTED
                    {
                        return Ok(bool_value(!truth(vm, r)?));
                    }
                }
                None => {}
            }
        }
    }
    if let Some(r) = compare_alike(vm, op, crate::objects::unwrap(a), crate::objects::unwrap(b))? {
        return Ok(r);
    }
    match op {
        CmpOp::Eq => Ok(bool_value(a == b)),
        CmpOp::Ne => Ok(bool_value(a != b)),
        _ => unordered(vm, op, a, b),
    }
}

fn unordered(vm: &mut PyVm, op: CmpOp, a: Value, b: Value) -> R {
    let (s, ta, tb) = (op.symbol(), type_name(vm, a), type_name(vm, b));
    type_error(vm, &format!("'{s}' not supported between instances of '{ta}' and '{tb}'"))
}

fn compare_builtin(vm: &mut PyVm, op: CmpOp, a: Value, b: Value) -> R {
    if let Some(r) = compare_alike(vm, op, a, b)? {
        return Ok(r);
    }
    match op {
        CmpOp::Eq => Ok(bool_value(a == b)),
        CmpOp::Ne => Ok(bool_value(a != b)),
        _ => unordered(vm, op, a, b),
    }
}

/// A comparison of two built-in values of types that compare; `None` for others.
pub fn compare_alike(vm: &mut PyVm, op: CmpOp, a: Value, b: Value) -> R<Option<Value>> {
    if let Some(o) = compare_numbers(a, b) {
        return Ok(Some(bool_value(o.map_or(op == CmpOp::Ne, |o| op.holds(o)))));
    }
    if let (Some(x), Some(y)) = (a.obj(), b.obj()) {
        if x.is(ByteArray::TYPE) || y.is(ByteArray::TYPE) {
            use crate::builtins::bytes::as_bytes;
            return Ok(as_bytes(a).zip(as_bytes(b)).map(|(x, y)| bool_value(op.holds(x.cmp(y)))));
        }
        match (x.type_id(), y.type_id()) {
            (Str::ID, Str::ID) => return Ok(Some(bool_value(op.holds(string::text(x).cmp(string::text(y)))))),
            (Bytes::ID, Bytes::ID) => return Ok(Some(bool_value(op.holds(x.bytes(Bytes::data).cmp(y.bytes(Bytes::data)))))),
            (List::ID, List::ID) | (Tuple::ID, Tuple::ID) => return compare_sequences(vm, op, a, b).map(Some),
            (Range::ID, Range::ID) if matches!(op, CmpOp::Eq | CmpOp::Ne) => {
                let n = range_len(x);
                let same = n == range_len(y)
                    && (n == 0 || (x.get(Range::start) == y.get(Range::start) && (n == 1 || x.get(Range::step) == y.get(Range::step))));
                return Ok(Some(bool_value(same == (op == CmpOp::Eq))));
            }
            (Dict::ID, Dict::ID) if matches!(op, CmpOp::Eq | CmpOp::Ne) => {
                let same = dict::len(x) == dict::len(y) && dict_contains(vm, y, x, true)?;
                return Ok(Some(bool_value(same == (op == CmpOp::Eq))));
            }
            (Slice::ID, Slice::ID) => {
                let parts = |o: Obj| [o.get(Slice::start), o.get(Slice::stop), o.get(Slice::step)];
                let (x, y) = (crate::objects::new_tuple(vm, &parts(x)), crate::objects::new_tuple(vm, &parts(y)));
                return compare_sequences(vm, op, x, y).map(Some);
            }
            (BoundMethod::ID, BoundMethod::ID) if matches!(op, CmpOp::Eq | CmpOp::Ne) => {
                let same = x.get(BoundMethod::func) == y.get(BoundMethod::func) && x.get(BoundMethod::receiver) == y.get(BoundMethod::receiver);
                return Ok(Some(bool_value(same == (op == CmpOp::Eq))));
            }
            _ => {}
        }
        if let (Some(x), Some(y)) = (set_dict(a), set_dict(b)) {
            let (n, m) = (dict::len(x), dict::len(y));
            let r = match op {
                CmpOp::Eq | CmpOp::Ne => (n == m && dict_contains(vm, y, x, false)?) == (op == CmpOp::Eq),
                CmpOp::Lt => n < m && dict_contains(vm, y, x, false)?,
                CmpOp::Le => n <= m && dict_contains(vm, y, x, false)?,
                CmpOp::Gt => m < n && dict_contains(vm, x, y, false)?,
                CmpOp::Ge => m <= n && dict_contains(vm, x, y, false)?,
            };
            return Ok(Some(bool_value(r)));
        }
    }
    Ok(None)
}

/// Has `big` all keys (and equal values) of `small`?
fn dict_contains(vm: &mut PyVm, big: Obj, small: Obj, values: bool) -> R<bool> {
    let mut i = 0;
    while let Some((at, k, v)) = dict::next_entry(small, i) {
        match dict::get(vm, big, k)? {
            Some(w) if !values || equal(vm, v, w)? => {}
            _ => return Ok(false),
        }
        i = at + 1;
    }
    Ok(true)
}

fn compare_sequences(vm: &mut PyVm, op: CmpOp, a: Value, b: Value) -> R {
    let eq = matches!(op, CmpOp::Eq | CmpOp::Ne);
    enter(vm)?;
    let mut i = 0;
    loop {
        // Read again each time: `__eq__` may change a list.
        let (x, y) = (list::sequence(a).unwrap_or_default(), list::sequence(b).unwrap_or_default());
        if eq && x.len() != y.len() {
            return Ok(bool_value(op == CmpOp::Ne));
        }
        if i >= x.len() || i >= y.len() {
            return Ok(bool_value(op.holds(x.len().cmp(&y.len()))));
        }
        let (p, q) = (x[i], y[i]);
        if !equal(vm, p, q)? {
            return if eq { Ok(bool_value(op == CmpOp::Ne)) } else { compare(vm, op, p, q) };
        }
        i += 1;
    }
}

/// Raises RecursionError if the native stack is nearly used up.
pub fn enter(vm: &mut PyVm) -> R<()> {
    let here = 0u8;
    if (&raw const here as usize) < vm.rt.stack_limit { Err(raise(vm, Known::RecursionError, "maximum recursion depth exceeded")) } else { Ok(()) }
}

/// `hash(v)`.
pub fn hash_value(vm: &mut PyVm, v: Value) -> R<i64> {
    if int::is_integer(v) {
        return Ok(int::hash(v));
    }
    if let Some(f) = v.float() {
        return Ok(float::hash(f));
    }
    let Some(o) = v.obj() else { return Ok(v.0 as i64) };
    match o.type_id() {
        Str::ID => Ok(string::hash(o)),
        Bytes::ID => Ok(string::hash_bytes(o.bytes(Bytes::data))),
        Tuple::ID => {
            enter(vm)?;
            let mut h: i64 = 0x345678 ^ o.len() as i64;
            for v in o.elems(Tuple::items) {
                h = (h ^ hash_value(vm, *v)?).wrapping_mul(1_000_003).rotate_left(13);
            }
            Ok(h)
        }
        FrozenSet::ID => {
            let mut h = 0;
            for (k, _) in dict::pairs(o.get(FrozenSet::dict)) {
                h ^= hash_value(vm, k)?.wrapping_mul(0x5bd1_e995);
            }
            Ok(h)
        }
        Range::ID => Ok(range_len(o) ^ o.get(Range::start) << 8),
        List::ID | Dict::ID | Set::ID | ByteArray::ID => unhashable(vm, v),
        Instance::ID => {
            let class = crate::objects::class_of(vm, v);
            let mro = class.mro.borrow().clone();
            for c in mro {
                if let Some(f) = c.own(names::HASH) {
                    if f == NONE {
                        return unhashable(vm, v);
                    }
                    if !f.obj().is_some_and(|o| o.is(Function::TYPE)) {
                        break;
                    }
                    let r = crate::call::call(vm, f, &[v])?;
                    // A number of 64 bits is taken as it is: it may be another object's hash.
                    return match int::small(r) {
                        Some(h) => Ok(h),
                        None if int::is_integer(r) => Ok(int::hash(r)),
                        None => type_error(vm, "__hash__ method should return an integer"),
                    };
                }
                if c.own(names::EQ).is_some_and(|_| !c.builtin) {
                    return unhashable(vm, v);
                }
            }
            match crate::objects::payload(o) {
                Some(p) => hash_value(vm, p),
                None => Ok((o.0 >> 4) as i64),
            }
        }
        ClassObj::ID if crate::objects::class::class_data(o).meta.get().is_some() => {
            match crate::objects::class_of(vm, v).lookup(names::HASH).filter(|f| f.obj().is_some_and(|o| o.is(Function::TYPE))) {
                Some(f) => {
                    let r = crate::call::call(vm, f, &[v])?;
                    Ok(int::hash(r))
                }
                None => Ok((o.0 >> 4) as i64),
            }
        }
        BoundMethod::ID => {
            let (f, r) = (o.get(BoundMethod::func), o.get(BoundMethod::receiver));
            Ok(((f.0 >> 4) ^ (r.0 >> 3)) as i64)
        }
        _ => Ok((o.0 >> 4) as i64),
    }
}

fn unhashable<T>(vm: &mut PyVm, v: Value) -> R<T> {
    let t = type_name(vm, v);
    type_error(vm, &format!("unhashable type: '{t}'"))
}
