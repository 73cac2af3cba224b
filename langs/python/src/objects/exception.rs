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
    let stop = vm.rt.class(Known::StopIteration);
    if class.is_subclass(stop) {
        super::attr::set_slot(vm, o, names::VALUE, args.first().copied().unwrap_or(NONE));
    }
    if class.is_subclass(vm.rt.class(Known::SystemExit)) {
        let code = match args {
            [] => NONE,
            [one] => *one,
            _ => t,
        };
        super::attr::set_slot(vm, o, names::CODE, code);
    }
    o
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

/// `str(e)`.
pub fn message(vm: &mut PyVm, e: Obj) -> R<String> {
    let args = slot(e, SLOT_ARGS);
    let Some(items) = super::list::sequence(args) else { return super::repr::str_of(vm, args) };
    match items {
        [] => Ok(String::new()),
        [one] if instance_class(e).is_subclass(vm.rt.class(Known::KeyError)) => super::repr::repr(vm, *one),
        [one] => super::repr::str_of(vm, *one),
        _ => super::repr::repr(vm, args),
    }
}
