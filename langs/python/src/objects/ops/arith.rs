//! Arithmetic on values of any type: methods, then what builtin types do.

use super::*;

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

/// Does the right operand's reflected method come before the left one's plain one? If its class is derived from the other's and has one of its own.
pub fn reflected_first(left: P<Class>, right: P<Class>, reflected: Name) -> bool {
    left != right && right.is_subclass(left) && right.lookup(reflected) != left.lookup(reflected)
}

/// A binary operation on values of any type; the in-place methods are tried first if `inplace`.
pub fn binary(vm: &mut PyVm, op: BinOp, inplace: bool, a: Value, b: Value) -> R {
    binary_from(vm, op, inplace, a, b, 0)
}

/// As `binary`, but of the methods (in-place, reflected if it comes first, plain, reflected) so many have been tried.
pub fn binary_from(vm: &mut PyVm, op: BinOp, inplace: bool, a: Value, b: Value, tried: usize) -> R {
    if is_instance(a) || is_instance(b) {
        let [plain, reflected, in_place] = BINARY_NAMES[op as usize];
        let (ca, cb) = (crate::objects::class_of(vm, a), crate::objects::class_of(vm, b));
        let first = reflected_first(ca, cb, reflected);
        let order = [
            (inplace && is_instance(a), a, in_place, b),
            (first, b, reflected, a),
            (is_instance(a), a, plain, b),
            (is_instance(b) && !first && ca != cb, b, reflected, a),
        ];
        for (try_it, x, name, y) in order.into_iter().skip(tried) {
            if try_it
                && let Some(r) = call_special(vm, x, name, &[y])?
                && r != NOT_IMPLEMENTED
            {
                return Ok(r);
            }
        }
        let (x, y) = (crate::objects::unwrap(a), crate::objects::unwrap(b));
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
                if sequence {
                    let Some(count) = index_of(vm, n)? else {
                        let t = type_name(vm, n);
                        return type_error(vm, &format!("can't multiply sequence by non-int of type '{t}'"));
                    };
                    let n = vm.core.heap.int(count);
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
    let f = crate::objects::attr::get(vm, m, n)?;
    crate::call::call(vm, f, &[a, b])
}

/// `repr` of a class, for messages.
pub fn repr_of_class(_: &PyVm, v: Value) -> String {
    crate::objects::repr::class(v)
}

/// `repr` of a value's class, for messages.
pub fn repr_of_class_of(vm: &PyVm, v: Value) -> String {
    crate::objects::repr::class(crate::objects::class_of(vm, v).object.get())
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

/// Is there room for so many bytes so many times?
fn room_for_repeated(vm: &mut PyVm, what: &str, len: usize, n: usize) -> R<()> {
    match len.checked_mul(n).filter(|total| *total <= isize::MAX as usize) {
        Some(total) => crate::objects::need_room(vm, total.saturating_mul(2)),
        None => Err(raise(vm, Known::OverflowError, &format!("repeated {what} too long"))),
    }
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
                Str::ID => Some(string::concat(vm, x, as_type(b, Str::TYPE)?)),
                List::ID if inplace => Some(crate::objects::iter::extend(vm, x, b).map(|_| a)),
                List::ID => Some(list::concat(vm, x, as_type(b, List::TYPE)?)),
                Tuple::ID => Some(list::concat(vm, x, as_type(b, Tuple::TYPE)?)),
                Bytes::ID | ByteArray::ID => {
                    use crate::builtins::bytes::{as_bytes, new_bytearray, new_bytes, set_data};
                    let (x_bytes, y_bytes) = (as_bytes(a)?, as_bytes(b)?);
                    if let Err(e) = crate::objects::need_room(vm, 3 * (x_bytes.len() + y_bytes.len())) {
                        return Some(Err(e));
                    }
                    let both = [x_bytes, y_bytes].concat();
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
            let (seq, n) = if int::is_integer(b) { (a, b) } else { (b, a) };
            let o = seq.obj()?;
            if !int::is_integer(n) || !matches!(o.type_id(), Str::ID | List::ID | Tuple::ID | Bytes::ID | ByteArray::ID) {
                return None;
            }
            let Some(n) = int::small(n) else {
                return Some(Err(raise(vm, Known::OverflowError, "cannot fit 'int' into an index-sized integer")));
            };
            match o.type_id() {
                Str::ID => {
                    let n = n.max(0) as usize;
                    if let Err(e) = room_for_repeated(vm, "string is", o.len(), n) {
                        return Some(Err(e));
                    }
                    let s = string::text(o).repeat(n);
                    Some(Ok(string::new_str(vm, &s)))
                }
                List::ID if inplace && seq == a => Some(list::repeat(vm, o, n).and_then(|l| {
                    let old = list::size(o);
                    list::splice(vm, o, 0, old, list::items(l.as_obj()))?;
                    Ok(a)
                })),
                List::ID | Tuple::ID => Some(list::repeat(vm, o, n)),
                Bytes::ID | ByteArray::ID => {
                    use crate::builtins::bytes::{as_bytes, new_bytearray, new_bytes};
                    let b = as_bytes(seq)?;
                    if let Err(e) = room_for_repeated(vm, "bytes are", b.len(), n.max(0) as usize) {
                        return Some(Err(e));
                    }
                    let b = b.repeat(n.max(0) as usize);
                    Some(Ok(if o.is(Bytes::TYPE) { new_bytes(vm, &b) } else { new_bytearray(vm, &b) }))
                }
                _ => None,
            }
        }
        BinOp::Mod => {
            if let Some(o) = as_type(a, Str::TYPE) {
                return Some(crate::objects::format::percent(vm, string::text(o), b));
            }
            let t = crate::builtins::bytes::as_bytes(a)?;
            let t: String = t.iter().map(|c| *c as char).collect();
            Some(crate::objects::format::percent_bytes(vm, &t, b))
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
