//! Calls of classes: making instances.

use super::call::{INIT, cont, push_function, tuple_of};
use super::{Res, attr, residual};
use crate::builtins::{Intrinsic, def_of};
use crate::names;
use crate::objects::class::{Class, Known, Maker, SLOT_ARGS, SLOT_CAUSE, SLOT_CONTEXT, SLOT_SUPPRESS, SLOT_TRACEBACK, Shape};
use crate::objects::layouts::*;
use crate::perm::P;
use crate::runtime::Python;
use crate::twins;
use framework::{Flow, Obj, Ref, Val, World};

/// A fresh instance.
pub fn fresh<W: World<Lang = Python>>(w: &mut W, root: P<Shape>) -> Ref<W> {
    let len = w.constant(root.inline as i64);
    let o = w.new_array(Instance::TYPE, len);
    let (shape, none) = (w.constant(root.addr()), w.constant(NONE));
    w.store(o, Instance::shape, shape);
    w.store(o, Instance::extra, none);
    o
}

/// A fresh exception.
pub fn exception<W: World<Lang = Python>>(w: &mut W, root: P<Shape>, args: Val<W>) -> Val<W> {
    let o = fresh(w, root);
    let (none, no) = (w.constant(NONE), w.constant(FALSE));
    for (slot, v) in [(SLOT_ARGS, args), (SLOT_TRACEBACK, none), (SLOT_CAUSE, none), (SLOT_CONTEXT, none), (SLOT_SUPPRESS, no)] {
        let slot = w.constant(slot);
        w.store_elem(o, Instance::slots, slot, v);
    }
    w.from_obj(o)
}

/// A StopIteration: its arguments, and its `value`.
pub fn stop_iteration<W: World<Lang = Python>>(w: &mut W, args: Val<W>, value: Val<W>) -> Val<W> {
    let class = w.code().get().realm.get().class(Known::StopIteration);
    let root = class.root.get().expect("exceptions have a root shape");
    let (s, n) = (w.constant(root.addr()), w.constant(names::VALUE.0 as i64));
    let s = w.call(&residual::NEXT_SHAPE, (s, n));
    let s = w.promote(s);
    let (s, at) = (w.constant(s), w.constant(root.names.len() as i64));
    let e = exception(w, root, args);
    let o = w.to_obj(e);
    w.store_elem(o, Instance::slots, at, value);
    w.store(o, Instance::shape, s);
    e
}

/// Calls a class: allocates, and pushes the frame of `__init__`.
pub fn call_class<W: World<Lang = Python>>(w: &mut W, f: Val<W>, class: P<Class>, base: u32, n: u32, dst: u32) -> Res {
    let _ = w.quasi(&class.version);
    let (v, init) = match class.maker() {
        Maker::Plain(root, init) if init.is_some() || n == 0 => {
            let o = fresh(w, root);
            (w.from_obj(o), init)
        }
        Maker::Exception(root, init) => {
            let args = tuple_of(w, base + 2, n);
            (exception(w, root, args), init)
        }
        _ => return call_known(w, f, class, base, n, dst),
    };
    let Some(init) = init else {
        w.set(dst, v);
        return Ok(Flow::Next);
    };
    w.set(base, v);
    w.set(base + 1, v);
    let init = w.constant(init);
    push_function(w, init, base + 1, n + 1, cont(INIT, dst, base))
}

/// Calls a class of the runtime, or any in the general way.
fn call_known<W: World<Lang = Python>>(w: &mut W, f: Val<W>, class: P<Class>, base: u32, n: u32, dst: u32) -> Res {
    let realm = w.code().get().realm.get();
    let known = |k: Known| class == realm.class(k);
    let first = base + 2;
    if n == 1
        && let Some(twin) = twins::of_class(realm, class)
    {
        let v = w.get(first);
        if let Some(called) = twins::call(w, twin, v, first, n, dst) {
            return called;
        }
    }
    let quick = if known(Known::Type) && n == 1 {
        let v = w.get(first);
        Some(match attr::class_of(w, v) {
            Some(class) => w.constant(class.object.get()),
            None => w.call(&residual::TYPE_OF, (v,)),
        })
    } else if known(Known::StopIteration) && n <= 1 {
        let args = tuple_of(w, first, n);
        let value = if n == 1 { w.get(first) } else { w.constant(NONE) };
        Some(stop_iteration(w, args, value))
    } else if known(Known::Super) && n == 2 {
        let (after, receiver) = (w.get(first), w.get(first + 1));
        super_of(w, after, receiver)
    } else if n == 1 {
        convert_number(w, class, first)
    } else {
        None
    };
    let v = match quick {
        Some(v) => v,
        None => {
            let t = tuple_of(w, first, n);
            let none = w.constant(NONE);
            w.call_raising(&residual::CALL_ANY, (f, t, none))?
        }
    };
    w.set(dst, v);
    Ok(Flow::Next)
}

/// `super(class, instance)`.
fn super_of<W: World<Lang = Python>>(w: &mut W, after: Val<W>, receiver: Val<W>) -> Option<Val<W>> {
    if !w.is_a(after, ClassObj::TYPE) {
        return None;
    }
    let c = w.to_obj(after);
    let c = attr::class_data(w, c);
    if !attr::instance_class(w, receiver)?.is_subclass(c) {
        return None;
    }
    let o = w.new(Super::TYPE);
    w.store(o, Super::class, after);
    w.store(o, Super::receiver, receiver);
    Some(w.from_obj(o))
}

/// `__init__` of the built-in classes, called by way of `super()`. `false`: it is another method, or there is more to do.
pub fn builtin_init<W: World<Lang = Python>>(w: &mut W, class: P<Class>, f: Obj, receiver: Val<W>, first: u32, n: u32) -> bool {
    match def_of(f).intrinsic {
        Intrinsic::ObjectInit => true,
        Intrinsic::ExceptionInit if class.keeps_args.get() => {
            let args = tuple_of(w, first, n);
            let (o, at) = (w.to_obj(receiver), w.constant(SLOT_ARGS));
            w.store_elem(o, Instance::slots, at, args);
            true
        }
        _ => false,
    }
}

/// `int(x)` and `float(x)` of a number.
fn convert_number<W: World<Lang = Python>>(w: &mut W, class: P<Class>, r: u32) -> Option<Val<W>> {
    let realm = w.code().get().realm.get();
    let (to_int, to_float) = (class == realm.class(Known::Int), class == realm.class(Known::Float));
    if !to_int && !to_float {
        return None;
    }
    let v = w.get(r);
    if w.is_int(v) {
        if to_int {
            return Some(v);
        }
        let i = w.to_int(v);
        let f = w.int_to_float(i);
        return Some(w.from_float(f));
    }
    if w.is_float(v) {
        if to_float {
            return Some(v);
        }
        let f = w.to_float(v);
        let i = w.float_to_int(f)?;
        return Some(w.from_int(i));
    }
    None
}
