//! Operations on values of any type, the general way.

mod arith;
mod compare;
mod subscript;

pub use arith::*;
pub use compare::*;
pub use subscript::*;

use super::attr::call_special;
use super::class::{Class, Known};
use super::exception::{catch, raise, type_error};
use super::layouts::*;
use super::{as_type, dict, float, int, list, str as string, type_name};
use crate::bytecode::{BinOp, CmpOp, Code};
use crate::names::{self, Name};
use crate::perm::P;
use crate::runtime::{PyVm, R};
use framework::{Obj, Value};
use std::cmp::Ordering;

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
