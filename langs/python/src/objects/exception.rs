//! Exceptions: making and raising them from Rust.

use super::class::{Class, Known, SLOT_ARGS, SLOT_CAUSE, SLOT_CONTEXT, SLOT_SUPPRESS, SLOT_TRACEBACK, instance_class, shape_of};
use super::layouts::*;
use super::{as_type, new_tuple, str::new_str};
use crate::names::{self, Name};
use crate::perm::P;
use crate::runtime::{PyVm, R};
use framework::{Obj, Raised, Value};

/// A fresh instance of a class with a root shape. Exception slots are filled in.
pub fn new_instance(vm: &mut PyVm, class: P<Class>) -> Obj {
    let root = class.root.get().expect("a class with instances has a root shape");
    let o = vm.core.heap.alloc_array(Instance::TYPE, root.inline as usize);
    o.init(Instance::shape, root.addr());
    o.init(Instance::extra, NONE);
    if class.exception {
        let empty = new_tuple(vm, &[]);
        for (slot, v) in [(SLOT_ARGS, empty), (SLOT_TRACEBACK, NONE), (SLOT_CAUSE, NONE), (SLOT_CONTEXT, NONE), (SLOT_SUPPRESS, FALSE)] {
            o.init_elem(Instance::slots, slot as usize, v);
        }
    }
    o
}

/// An exception with these arguments.
pub fn new_exception(vm: &mut PyVm, class: P<Class>, args: &[Value]) -> Obj {
    let t = new_tuple(vm, args);
    let o = new_instance(vm, class);
    o.init_elem(Instance::slots, SLOT_ARGS as usize, t);
    set_attributes(vm, o, args);
    o
}

/// Exceptions that take attributes from their arguments, or choose their class by them.
pub const WITH_ATTRIBUTES: [Known; 10] = [
    Known::StopIteration,
    Known::OSError,
    Known::ImportError,
    Known::AttributeError,
    Known::NameError,
    Known::UnicodeDecodeError,
    Known::UnicodeEncodeError,
    Known::SyntaxError,
    Known::SystemExit,
    Known::BaseExceptionGroup,
];

/// Sets the attributes that some exception classes take from their arguments: see `WITH_ATTRIBUTES`.
pub fn set_attributes(vm: &mut PyVm, o: Obj, args: &[Value]) {
    let class = instance_class(o);
    let is = |vm: &PyVm, k: Known| class.is_subclass(vm.rt.class(k));
    let get = |i: usize| args.get(i).copied().unwrap_or(NONE);
    let fields: &[(Name, usize)] = if is(vm, Known::StopIteration) {
        &[(names::VALUE, 0)]
    } else if is(vm, Known::OSError) {
        if args.len() < 2 {
            return;
        }
        &[(names::ERRNO, 0), (names::STRERROR, 1), (names::FILENAME, 2), (names::FILENAME2, 4)]
    } else if is(vm, Known::ImportError) {
        &[(names::MSG, 0), (names::NAME_ATTR, 9), (names::PATH_ATTR, 9)]
    } else if is(vm, Known::AttributeError) {
        &[(names::NAME_ATTR, 9), (names::OBJ, 9)]
    } else if is(vm, Known::NameError) {
        &[(names::NAME_ATTR, 9)]
    } else if is(vm, Known::UnicodeDecodeError) || is(vm, Known::UnicodeEncodeError) {
        &[(names::ENCODING, 0), (names::OBJECT, 1), (names::START, 2), (names::END, 3), (names::REASON, 4)]
    } else if is(vm, Known::SyntaxError) {
        super::attr::set_slot(vm, o, names::MSG, get(0));
        let details: Vec<Value> = super::list::sequence(get(1)).map_or(vec![], |s| s.to_vec());
        let all = [names::FILENAME, names::LINENO, names::OFFSET, names::TEXT, names::END_LINENO, names::END_OFFSET, names::PRINT_FILE_AND_LINE];
        for (i, n) in all.into_iter().enumerate() {
            super::attr::set_slot(vm, o, n, details.get(i).copied().unwrap_or(NONE));
        }
        return;
    } else if is(vm, Known::SystemExit) {
        let code = match args {
            [] => NONE,
            [one] => *one,
            _ => slot(o, SLOT_ARGS),
        };
        super::attr::set_slot(vm, o, names::CODE, code);
        return;
    } else {
        return;
    };
    for (n, i) in fields {
        super::attr::set_slot(vm, o, *n, get(*i));
    }
}

/// Puts an exception in flight.
pub fn raise_value(vm: &mut PyVm, exc: Obj) -> Raised {
    vm.rt.exc = exc.into();
    Raised
}

/// Raises an exception of a known class with a message (no argument if empty).
pub fn raise(vm: &mut PyVm, class: Known, message: &str) -> Raised {
    let class = vm.rt.class(class);
    let o = if message.is_empty() {
        new_exception(vm, class, &[])
    } else {
        let s = new_str(vm, message);
        new_exception(vm, class, &[s])
    };
    raise_value(vm, o)
}

/// Raises a TypeError.
pub fn type_error<T>(vm: &mut PyVm, message: &str) -> R<T> {
    Err(raise(vm, Known::TypeError, message))
}

/// Raises a ValueError.
pub fn value_error<T>(vm: &mut PyVm, message: &str) -> R<T> {
    Err(raise(vm, Known::ValueError, message))
}

/// Takes the exception in flight.
pub fn take(vm: &mut PyVm) -> Value {
    std::mem::replace(&mut vm.rt.exc, MISSING)
}

/// If the exception in flight is of this class, takes it.
pub fn catch(vm: &mut PyVm, class: Known) -> Option<Value> {
    let e = vm.rt.exc;
    if is_exception(vm, e, class) { Some(take(vm)) } else { None }
}

/// Is the value an exception of this class?
pub fn is_exception(vm: &PyVm, v: Value, class: Known) -> bool {
    as_type(v, Instance::TYPE).is_some_and(|o| instance_class(o).is_subclass(vm.rt.class(class)))
}

/// A fixed slot of an exception.
pub fn slot(e: Obj, slot: i64) -> Value {
    e.elem(Instance::slots, slot as usize)
}

/// An attribute of an instance, read from its shape.
pub fn attr(e: Obj, name: Name) -> Option<Value> {
    shape_of(e).slot(name).map(|i| super::attr::read_slot(e, i))
}

/// The text of a UnicodeDecodeError or UnicodeEncodeError.
fn unicode_message(vm: &PyVm, e: Obj) -> Option<String> {
    let class = instance_class(e);
    let decode = class.is_subclass(vm.rt.class(Known::UnicodeDecodeError));
    if !decode && !class.is_subclass(vm.rt.class(Known::UnicodeEncodeError)) {
        return None;
    }
    let text = |n| attr(e, n).and_then(super::str::as_str);
    let number = |n| attr(e, n).and_then(|v| v.int());
    let (codec, reason, start, end) = (text(names::ENCODING)?, text(names::REASON)?, number(names::START)?, number(names::END)?);
    let what = if decode { "byte" } else { "character" };
    let verb = if decode { "decode" } else { "encode" };
    if end != start + 1 {
        return Some(format!("'{codec}' codec can't {verb} {what}s in position {start}-{}: {reason}", end - 1));
    }
    let object = attr(e, names::OBJECT)?;
    let shown = if decode {
        format!("0x{:02x}", crate::builtins::bytes::as_bytes(object)?.get(start as usize)?)
    } else {
        format!("'{}'", super::repr::escape(super::str::as_str(object)?.chars().nth(start as usize)?))
    };
    Some(format!("'{codec}' codec can't {verb} {what} {shown} in position {start}: {reason}"))
}

/// `str(e)`.
pub fn message(vm: &mut PyVm, e: Obj) -> R<String> {
    let args = slot(e, SLOT_ARGS);
    let class = instance_class(e);
    if class.is_subclass(vm.rt.class(Known::OSError))
        && let (Some(n), Some(s)) = (attr(e, names::ERRNO), attr(e, names::STRERROR))
        && n != NONE
    {
        let (n, s) = (super::repr::str_of(vm, n)?, super::repr::str_of(vm, s)?);
        let file = attr(e, names::FILENAME).filter(|f| *f != NONE);
        return Ok(match file {
            Some(f) => format!("[Errno {n}] {s}: {}", super::repr::repr(vm, f)?),
            None => format!("[Errno {n}] {s}"),
        });
    }
    if let (true, Some(all)) = (class.is_subclass(vm.rt.class(Known::BaseExceptionGroup)), attr(e, names::EXCEPTIONS)) {
        let n = super::list::sequence(all).map_or(0, |s| s.len());
        let m = super::repr::str_of(vm, attr(e, names::MESSAGE).unwrap_or(NONE))?;
        return Ok(format!("{m} ({n} sub-exception{})", if n == 1 { "" } else { "s" }));
    }
    if let Some(text) = unicode_message(vm, e) {
        return Ok(text);
    }
    if class.is_subclass(vm.rt.class(Known::SyntaxError)) {
        let msg = super::repr::str_of(vm, attr(e, names::MSG).unwrap_or(NONE))?;
        return Ok(match (attr(e, names::FILENAME).and_then(super::str::as_str), attr(e, names::LINENO).and_then(|l| l.int())) {
            (Some(f), Some(l)) => format!("{msg} ({}, line {l})", f.rsplit('/').next().unwrap_or(f)),
            (None, Some(l)) => format!("{msg} (line {l})"),
            _ => msg,
        });
    }
    let Some(items) = super::list::sequence(args) else { return super::repr::str_of(vm, args) };
    match items {
        [] => Ok(String::new()),
        [one] if class.is_subclass(vm.rt.class(Known::KeyError)) => super::repr::repr(vm, *one),
        [one] => super::repr::str_of(vm, *one),
        _ => super::repr::repr(vm, args),
    }
}
