//! Operations on values of any type, the general way: equality, order, hashing, arithmetic, subscripts.

use super::attr::call_special;
use super::class::Known;
use super::exception::{catch, raise, type_error};
use super::layouts::*;
use super::{as_type, dict, float, int, list, str as string, type_name};
use crate::bytecode::{BinOp, CmpOp, Code};
use crate::names::{self, Name};
use crate::perm::P;
use crate::runtime::{PyVm, R};
use framework::{Obj, Value};
use std::cmp::Ordering;

/// Method names of the binary operators: plain, reflected, in-place; by `BinOp`.
pub const BINARY_NAMES: [[Name; 3]; 13] = [
    [names::ADD, names::RADD, names::IADD],
    [names::SUB, names::RSUB, names::ISUB],
    [names::MUL, names::RMUL, names::IMUL],
    [names::TRUEDIV, names::RTRUEDIV, names::ITRUEDIV],
    [names::FLOORDIV, names::RFLOORDIV, names::IFLOORDIV],
    [names::MOD, names::RMOD, names::IMOD],
    [names::POW, names::RPOW, names::IPOW],
    [names::LSHIFT, names::RLSHIFT, names::ILSHIFT],
    [names::RSHIFT, names::RRSHIFT, names::IRSHIFT],
    [names::AND, names::RAND, names::IAND],
    [names::OR, names::ROR, names::IOR],
    [names::XOR, names::RXOR, names::IXOR],
    [names::MATMUL, names::RMATMUL, names::IMATMUL],
];

/// Method names of the comparisons, by `CmpOp`.
pub const COMPARE_NAMES: [Name; 6] = [names::LT, names::LE, names::GT, names::GE, names::EQ, names::NE];

/// The code of a Python function.
pub fn function_code(o: Obj) -> P<Code> {
    // SAFETY: `code` of a `Function` is always set from `P::addr`.
    unsafe { P::from_addr(o.get(Function::code)) }
}

/// The code of a generator.
pub fn generator_code(o: Obj) -> P<Code> {
    // SAFETY: `code` of a `Generator` comes from `CodeRef::addr`, the address of the same `Code`.
    unsafe { P::from_addr(o.get(Generator::code)) }
}

/// Is it an instance of a class written in Python (or an exception), or a class with such a metaclass? Its class may define operators.
pub fn is_instance(v: Value) -> bool {
    v.obj().is_some_and(|o| o.is(Instance::TYPE) || (o.is(ClassObj::TYPE) && super::class::class_data(o).meta.get().is_some()))
}

/// `bool(v)`.
pub fn truth(vm: &mut PyVm, v: Value) -> R<bool> {
    if let Some(i) = v.int() {
        return Ok(i != 0);
    }
    if let Some(f) = v.float() {
        return Ok(f != 0.0);
    }
    let Some(o) = v.obj() else { return Ok(v != NONE && v != FALSE) };
    Ok(match o.type_id() {
        Instance::ID => {
            if let Some(r) = call_special(vm, v, names::BOOL, &[])? {
                return match r {
                    TRUE => Ok(true),
                    FALSE => Ok(false),
                    _ => {
                        let t = type_name(vm, r);
                        type_error(vm, &format!("__bool__ should return bool, returned {t}"))
                    }
                };
            }
            match call_special(vm, v, names::LEN, &[])? {
                Some(n) => as_length(vm, n)? != 0,
                None => true,
            }
        }
        ClassObj::ID => true,
        _ => length(v).is_none_or(|n| n != 0),
    })
}

/// Length of a built-in container.
pub fn length(v: Value) -> Option<usize> {
    let o = v.obj()?;
    Some(match o.type_id() {
        Str::ID => o.get(Str::chars) as usize,
        Bytes::ID | Tuple::ID => o.len(),
        ByteArray::ID => o.get(ByteArray::size) as usize,
        List::ID => list::size(o),
        Dict::ID => dict::len(o),
        Set::ID => dict::len(o.get(Set::dict)),
        FrozenSet::ID => dict::len(o.get(FrozenSet::dict)),
        DictView::ID => dict::len(o.get(DictView::dict)),
        Range::ID => range_len(o) as usize,
        _ => return None,
    })
}

/// `len(v)`.
pub fn len(vm: &mut PyVm, v: Value) -> R<usize> {
    if let Some(n) = length(v) {
        return Ok(n);
    }
    match call_special(vm, v, names::LEN, &[])? {
        Some(n) => as_length(vm, n),
        None => {
            let t = type_name(vm, v);
            type_error(vm, &format!("object of type '{t}' has no len()"))
        }
    }
}

/// What `__len__` has given, as a length.
pub fn as_length(vm: &mut PyVm, n: Value) -> R<usize> {
    match int::small(n) {
        Some(n) if n >= 0 => Ok(n as usize),
        Some(_) => super::exception::value_error(vm, "__len__() should return >= 0"),
        None if int::is_integer(n) => Err(super::exception::raise(vm, Known::OverflowError, "cannot fit 'int' into an index-sized integer")),
        None => {
            let t = type_name(vm, n);
            type_error(vm, &format!("'{t}' object cannot be interpreted as an integer"))
        }
    }
}

/// Number of items of a range.
pub fn range_len(o: Obj) -> i64 {
    range_count(o.get(Range::start), o.get(Range::stop), o.get(Range::step))
}

/// Number of steps from `start` to `stop`.
pub fn range_count(start: i64, stop: i64, step: i64) -> i64 {
    let (lo, hi, step) = if step > 0 { (start, stop, step as u64) } else { (stop, start, step.unsigned_abs()) };
    if lo >= hi { 0 } else { ((hi.wrapping_sub(lo) as u64 - 1) / step + 1) as i64 }
}

/// The dictionary behind a set.
pub fn set_dict(v: Value) -> Option<Obj> {
    let o = v.obj()?;
    match o.type_id() {
        Set::ID => Some(o.get(Set::dict)),
        FrozenSet::ID => Some(o.get(FrozenSet::dict)),
        DictView::ID if o.get(DictView::kind) == 0 => Some(o.get(DictView::dict)),
        Instance::ID => super::payload(o).and_then(set_dict),
        _ => None,
    }
}

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
    if is_instance(a) || is_instance(b) {
        return compare_instances(vm, op, a, b);
    }
    compare_builtin(vm, op, a, b)
}

fn compare_instances(vm: &mut PyVm, op: CmpOp, a: Value, b: Value) -> R {
    let (ca, cb) = (super::class_of(vm, a), super::class_of(vm, b));
    let swap_first = ca != cb && cb.is_subclass(ca);
    for reflected in [swap_first, !swap_first] {
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
    if let Some(r) = compare_alike(vm, op, super::unwrap(a), super::unwrap(b))? {
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
                let (x, y) = (super::new_tuple(vm, &parts(x)), super::new_tuple(vm, &parts(y)));
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
            let class = super::class_of(vm, v);
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
            match super::payload(o) {
                Some(p) => hash_value(vm, p),
                None => Ok((o.0 >> 4) as i64),
            }
        }
        ClassObj::ID if super::class::class_data(o).meta.get().is_some() => {
            match super::class_of(vm, v).lookup(names::HASH).filter(|f| f.obj().is_some_and(|o| o.is(Function::TYPE))) {
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

/// A binary operation on values of any type; the in-place methods are tried first if `inplace`.
pub fn binary(vm: &mut PyVm, op: BinOp, inplace: bool, a: Value, b: Value) -> R {
    if is_instance(a) || is_instance(b) {
        let [plain, reflected, in_place] = BINARY_NAMES[op as usize];
        let (ca, cb) = (super::class_of(vm, a), super::class_of(vm, b));
        let first = ca != cb && cb.is_subclass(ca);
        let order = [
            (inplace && is_instance(a), a, in_place, b),
            (first, b, reflected, a),
            (is_instance(a), a, plain, b),
            (is_instance(b) && !first && ca != cb, b, reflected, a),
        ];
        for (try_it, x, name, y) in order {
            if try_it
                && let Some(r) = call_special(vm, x, name, &[y])?
                && r != NOT_IMPLEMENTED
            {
                return Ok(r);
            }
        }
        let (x, y) = (super::unwrap(a), super::unwrap(b));
        if (x != a || y != b)
            && let Some(r) = binary_builtin(vm, op, inplace, x, y)
        {
            return r;
        }
        if op == BinOp::Or && type_like(a) && type_like(b) {
            return union(vm, a, b);
        }
        if op == BinOp::Mul {
            // A sequence times what counts.
            for (seq, n) in [(x, y), (y, x)] {
                let sequence = seq.obj().is_some_and(|o| matches!(o.type_id(), Str::ID | List::ID | Tuple::ID | Bytes::ID | ByteArray::ID));
                if sequence && let Some(n) = index_of(vm, n)? {
                    let n = vm.core.heap.int(n);
                    return binary(vm, op, inplace, seq, n);
                }
            }
        }
        return unsupported(vm, op, inplace, a, b);
    }
    if let Some(r) = binary_builtin(vm, op, inplace, a, b) {
        return r;
    }
    if op == BinOp::Or && type_like(a) && type_like(b) && (as_type(a, ClassObj::TYPE).is_some() || as_type(b, ClassObj::TYPE).is_some()) {
        return union(vm, a, b);
    }
    unsupported(vm, op, inplace, a, b)
}

fn type_like(v: Value) -> bool {
    v == NONE || as_type(v, ClassObj::TYPE).is_some()
}

/// `int | str`: module `typing` has its class.
pub fn union(vm: &mut PyVm, a: Value, b: Value) -> R {
    let m = crate::modules::import(vm, "typing")?;
    let n = crate::runtime::intern(vm, "_union");
    let f = super::attr::get(vm, m, n)?;
    crate::call::call(vm, f, &[a, b])
}

/// `repr` of a class, for messages.
pub fn repr_of_class(_: &PyVm, v: Value) -> String {
    super::repr::class(v)
}

/// `repr` of a value's class, for messages.
pub fn repr_of_class_of(vm: &PyVm, v: Value) -> String {
    super::repr::class(super::class_of(vm, v).object.get())
}

fn unsupported(vm: &mut PyVm, op: BinOp, inplace: bool, a: Value, b: Value) -> R {
    let (s, ta, tb) = (op.symbol(), type_name(vm, a), type_name(vm, b));
    if op == BinOp::Add && as_type(a, Str::TYPE).is_some() {
        return type_error(vm, &format!("can only concatenate str (not \"{tb}\") to str"));
    }
    if op == BinOp::Add && (as_type(a, Bytes::TYPE).is_some() || as_type(a, ByteArray::TYPE).is_some()) {
        return type_error(vm, &format!("can't concat {tb} to {ta}"));
    }
    if op == BinOp::Add && (as_type(a, List::TYPE).is_some() || as_type(a, Tuple::TYPE).is_some()) {
        return type_error(vm, &format!("can only concatenate {ta} (not \"{tb}\") to {ta}"));
    }
    let s = if op == BinOp::Pow && !inplace { "** or pow()".to_string() } else { format!("{s}{}", if inplace { "=" } else { "" }) };
    type_error(vm, &format!("unsupported operand type(s) for {s}: '{ta}' and '{tb}'"))
}

/// A binary operation on two built-in values; `None` if their types do not go together.
pub fn binary_builtin(vm: &mut PyVm, op: BinOp, inplace: bool, a: Value, b: Value) -> Option<R> {
    let (ia, ib) = (int::is_integer(a), int::is_integer(b));
    if ia && ib && op != BinOp::MatMul {
        return Some(int::binary(vm, op, a, b));
    }
    if matches!(op, BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::TrueDiv | BinOp::FloorDiv | BinOp::Mod | BinOp::Pow)
        && (ia || a.float().is_some())
        && (ib || b.float().is_some())
    {
        let x = match float::from_number(vm, a)? {
            Ok(x) => x,
            Err(e) => return Some(Err(e)),
        };
        let y = match float::from_number(vm, b)? {
            Ok(y) => y,
            Err(e) => return Some(Err(e)),
        };
        return Some(float::binary(vm, op, x, y));
    }
    if let (BinOp::And | BinOp::Or | BinOp::Xor | BinOp::Sub, Some(v)) = (op, as_type(a, DictView::TYPE))
        && v.get(DictView::kind) != 1
    {
        // Views go with any iterable.
        let (x, y) = (dict::new(vm), dict::new(vm));
        for (d, from) in [(x, a), (y, b)] {
            if let Err(e) = crate::builtins::set_update(vm, d, from) {
                return Some(Err(e));
            }
        }
        return Some(set_operation(vm, op, false, a, x, y));
    }
    if let (BinOp::And | BinOp::Or | BinOp::Xor | BinOp::Sub, Some(x), Some(y)) = (op, set_dict(a), set_dict(b)) {
        return Some(set_operation(vm, op, inplace, a, x, y));
    }
    match op {
        BinOp::Add => {
            let x = a.obj()?;
            match x.type_id() {
                Str::ID => Some(Ok(string::concat(vm, x, as_type(b, Str::TYPE)?))),
                List::ID if inplace => Some(super::iter::extend(vm, x, b).map(|_| a)),
                List::ID => Some(Ok(list::concat(vm, x, as_type(b, List::TYPE)?))),
                Tuple::ID => Some(Ok(list::concat(vm, x, as_type(b, Tuple::TYPE)?))),
                Bytes::ID | ByteArray::ID => {
                    use crate::builtins::bytes::{as_bytes, new_bytearray, new_bytes, set_data};
                    let both = [as_bytes(a)?, as_bytes(b)?].concat();
                    Some(Ok(match x.type_id() {
                        Bytes::ID => new_bytes(vm, &both),
                        _ if inplace => {
                            set_data(vm, x, &both);
                            a
                        }
                        _ => new_bytearray(vm, &both),
                    }))
                }
                _ => None,
            }
        }
        BinOp::Mul => {
            let (seq, n) = if let Some(n) = int::small(b) { (a, n) } else { (b, int::small(a)?) };
            let o = seq.obj()?;
            match o.type_id() {
                Str::ID => {
                    let n = n.max(0) as usize;
                    if o.len().saturating_mul(n) > 1 << 40 {
                        return Some(Err(raise(vm, Known::MemoryError, "")));
                    }
                    let s = string::text(o).repeat(n);
                    Some(Ok(string::new_str(vm, &s)))
                }
                List::ID if inplace && seq == a => Some(list::repeat(vm, o, n).map(|l| {
                    let old = list::size(o);
                    list::splice(vm, o, 0, old, list::items(l.as_obj()));
                    a
                })),
                List::ID | Tuple::ID => Some(list::repeat(vm, o, n)),
                Bytes::ID | ByteArray::ID => {
                    use crate::builtins::bytes::{as_bytes, new_bytearray, new_bytes};
                    let b = as_bytes(seq)?;
                    if b.len().saturating_mul(n.max(0) as usize) > 1 << 40 {
                        return Some(Err(raise(vm, Known::MemoryError, "")));
                    }
                    let b = b.repeat(n.max(0) as usize);
                    Some(Ok(if o.is(Bytes::TYPE) { new_bytes(vm, &b) } else { new_bytearray(vm, &b) }))
                }
                _ => None,
            }
        }
        BinOp::Mod => {
            if let Some(o) = as_type(a, Str::TYPE) {
                return Some(super::format::percent(vm, string::text(o), b));
            }
            let t = crate::builtins::bytes::as_bytes(a)?;
            let t: String = t.iter().map(|c| *c as char).collect();
            Some(super::format::percent_bytes(vm, &t, b))
        }
        BinOp::Or => {
            let x = as_type(a, Dict::TYPE)?;
            if inplace {
                return Some(crate::builtins::dict_update(vm, x, b).map(|_| a));
            }
            let y = as_type(b, Dict::TYPE)?;
            let d = dict::copy(vm, x);
            Some(d.and_then(|d| dict::update(vm, d, y).map(|_| d.into())))
        }
        _ => None,
    }
}

fn set_operation(vm: &mut PyVm, op: BinOp, inplace: bool, a: Value, x: Obj, y: Obj) -> R {
    let out = dict::new(vm);
    let copy = |vm: &mut PyVm, from: Obj, other: Obj, keep_common: Option<bool>| -> R<()> {
        let mut i = 0;
        while let Some((at, k, _)) = dict::next_entry(from, i) {
            if keep_common.is_none() || dict::get(vm, other, k)?.is_some() == keep_common.unwrap_or(false) {
                dict::set(vm, out, k, NONE)?;
            }
            i = at + 1;
        }
        Ok(())
    };
    match op {
        BinOp::And => copy(vm, x, y, Some(true))?,
        BinOp::Sub => copy(vm, x, y, Some(false))?,
        BinOp::Or => {
            copy(vm, x, y, None)?;
            copy(vm, y, x, None)?;
        }
        _ => {
            copy(vm, x, y, Some(false))?;
            copy(vm, y, x, Some(false))?;
        }
    }
    if inplace && as_type(a, Set::TYPE).is_some() {
        dict::clear(vm, x);
        dict::update(vm, x, out)?;
        return Ok(a);
    }
    Ok(new_set(vm, out, as_type(a, FrozenSet::TYPE).is_some()))
}

/// A set over a dictionary's keys.
pub fn new_set(vm: &mut PyVm, dict: Obj, frozen: bool) -> Value {
    let o = vm.core.heap.alloc(if frozen { FrozenSet::TYPE } else { Set::TYPE });
    if frozen {
        o.init(FrozenSet::dict, dict)
    } else {
        o.init(Set::dict, dict)
    }
    o.into()
}

/// Unary minus, plus and `~` (op '-', '+', '~').
pub fn unary(vm: &mut PyVm, op: char, v: Value) -> R {
    let name = match op {
        '-' => names::NEG,
        '+' => names::POS,
        _ => names::INVERT,
    };
    if is_instance(v)
        && let Some(r) = call_special(vm, v, name, &[])?
    {
        return Ok(r);
    }
    if int::is_integer(v) {
        let zero = vm.core.heap.int(0);
        return match op {
            '-' => int::binary(vm, BinOp::Sub, zero, v),
            '+' => int::binary(vm, BinOp::Add, zero, v),
            _ => {
                let m = vm.core.heap.int(-1);
                int::binary(vm, BinOp::Sub, m, v)
            }
        };
    }
    if let (Some(f), '-' | '+') = (v.float(), op) {
        return Ok(vm.core.heap.float(if op == '-' { -f } else { f }));
    }
    let t = type_name(vm, v);
    type_error(vm, &format!("bad operand type for unary {op}: '{t}'"))
}

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
        return super::exception::value_error(vm, "slice step cannot be zero");
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
    let class = super::class::class_data(v.as_obj());
    if class.meta.get().is_some_and(|m| m.lookup(names::GETITEM).is_some()) {
        return call_special(vm, v, names::GETITEM, &[k]).map(|r| r.unwrap_or(NONE));
    }
    if let Some(f) = super::attr::find(vm, v, names::CLASS_GETITEM)? {
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
    let f = super::attr::get(vm, m, n)?;
    crate::call::call(vm, f, &[v, k])
}

fn not_subscriptable(vm: &mut PyVm, v: Value) -> R {
    let t = type_name(vm, v);
    type_error(vm, &format!("'{t}' object is not subscriptable"))
}

/// A KeyError with the key as its argument.
pub fn key_error(vm: &mut PyVm, k: Value) -> framework::Raised {
    let class = vm.rt.class(Known::KeyError);
    let e = super::exception::new_exception(vm, class, &[k]);
    super::exception::raise_value(vm, e)
}

fn slice(vm: &mut PyVm, o: Obj, start: i64, stop: i64, step: i64) -> R {
    let n = range_count(start, stop, step) as usize;
    let at = |i: usize| (start + i as i64 * step) as usize;
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
                let with = if delete { super::new_tuple(vm, &[]) } else { super::iter::to_list(vm, x)?.into() };
                let with = list::sequence(with).unwrap_or_default();
                if step == 1 {
                    list::splice(vm, o, start as usize, stop.max(start) as usize, with);
                    return Ok(());
                }
                let count = range_count(start, stop, step);
                if delete {
                    let mut at: Vec<usize> = (0..count).map(|i| (start + i * step) as usize).collect();
                    at.sort_unstable();
                    at.iter().rev().for_each(|i| list::splice(vm, o, *i, *i + 1, &[]));
                    return Ok(());
                }
                if with.len() as i64 != count {
                    return super::exception::value_error(
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
                list::splice(vm, o, i, i + 1, &[]);
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
                return super::exception::value_error(
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
    let it = match super::iter::get_iter(vm, container) {
        Ok(it) => it,
        Err(e) => {
            if catch(vm, Known::TypeError).is_some() {
                let t = type_name(vm, container);
                return type_error(vm, &format!("argument of type '{t}' is not iterable"));
            }
            return Err(e);
        }
    };
    while let Some(x) = super::iter::next(vm, it)? {
        if equal(vm, x, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}
