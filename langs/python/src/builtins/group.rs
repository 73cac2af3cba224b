//! Exception groups, and what `except*` does with them.

use super::{Args, new_builtin};
use crate::names;
use crate::objects::class::{Class, Known, SLOT_CAUSE, SLOT_CONTEXT, SLOT_TRACEBACK, as_class, set_class_attr};
use crate::objects::exception::{attr, is_exception, type_error, value_error};
use crate::objects::layouts::*;
use crate::objects::{as_type, attr as attrs, class_of, iter, list, new_tuple, ops, str as string};
use crate::perm::P;
use crate::runtime::{PyVm, R, intern};
use framework::Value;

crate::builtins! { METHODS:
    "split" split, 2, 2;
    "subgroup" subgroup, 2, 2;
    "derive" derive, 2, 2;
}

/// Gives the class its methods.
pub fn install(vm: &mut PyVm) {
    let class = vm.rt.class(Known::BaseExceptionGroup);
    for def in METHODS {
        let (b, n) = (new_builtin(vm, def), intern(vm, def.name));
        set_class_attr(vm, class, n, b);
    }
}

/// The class of a new exception: a group of exceptions that are all `Exception`s is an `ExceptionGroup`.
pub fn class_for(vm: &mut PyVm, class: P<Class>, args: &[Value]) -> R<P<Class>> {
    if class != vm.rt.class(Known::BaseExceptionGroup) || args.len() != 2 || list::sequence(args[1]).is_none() {
        return Ok(class);
    }
    let all = list::sequence(args[1]).unwrap_or_default();
    Ok(if all.iter().all(|x| is_exception(vm, *x, Known::Exception)) { vm.rt.class(Known::ExceptionGroup) } else { class })
}

/// Checks and sets the attributes of a new group.
pub fn init(vm: &mut PyVm, e: Value, args: &[Value]) -> R<()> {
    let &[message, exceptions] = args else {
        let n = args.len();
        return type_error(vm, &format!("BaseExceptionGroup.__new__() takes exactly 2 arguments ({n} given)"));
    };
    if string::as_str(message).is_none() {
        let t = crate::objects::type_name(vm, message);
        return type_error(vm, &format!("argument 1 must be str, not {t}"));
    }
    if list::sequence(exceptions).is_none() {
        return type_error(vm, "second argument (exceptions) must be a sequence");
    }
    let l = iter::to_list(vm, exceptions)?;
    if list::size(l) == 0 {
        return value_error(vm, "second argument (exceptions) must be a non-empty sequence");
    }
    let strict = is_exception(vm, e, Known::ExceptionGroup);
    for (i, x) in list::items(l).iter().enumerate() {
        if !is_exception(vm, *x, Known::BaseException) {
            return value_error(vm, &format!("Item {i} of second argument (exceptions) is not an exception"));
        }
        if strict && !is_exception(vm, *x, Known::Exception) {
            return type_error(vm, "Cannot nest BaseExceptions in an ExceptionGroup");
        }
    }
    let t = list::to_tuple(vm, l)?;
    attrs::set_slot(vm, e.as_obj(), names::MESSAGE, message);
    attrs::set_slot(vm, e.as_obj(), names::EXCEPTIONS, t);
    Ok(())
}

/// Does an exception match a class, a tuple of classes, or a function?
fn matches(vm: &mut PyVm, e: Value, what: Value) -> R<bool> {
    if as_class(what).is_some() || as_type(what, Tuple::TYPE).is_some() {
        return super::isinstance_of(vm, e, what);
    }
    let r = crate::call::call(vm, what, &[e])?;
    ops::truth(vm, r)
}

/// The parts of an exception that match and do not; `None` for an empty part.
fn parts(vm: &mut PyVm, e: Value, what: Value) -> R<(Value, Value)> {
    ops::enter(vm)?;
    if matches(vm, e, what)? {
        return Ok((e, NONE));
    }
    if !is_exception(vm, e, Known::BaseExceptionGroup) {
        return Ok((NONE, e));
    }
    let all = attr(e.as_obj(), names::EXCEPTIONS).unwrap_or(NONE);
    let (yes, no) = (list::with_capacity(vm, 4), list::with_capacity(vm, 4));
    for i in 0..list::sequence(all).map_or(0, |s| s.len()) {
        let (y, n) = parts(vm, all.as_obj().elem(Tuple::items, i), what)?;
        if y != NONE {
            list::push(vm, yes, y)?;
        }
        if n != NONE {
            list::push(vm, no, n)?;
        }
    }
    let y = regroup(vm, e, yes.into())?;
    let n = regroup(vm, e, no.into())?;
    Ok((y, n))
}

/// A group like `e` of some of its exceptions.
fn regroup(vm: &mut PyVm, e: Value, exceptions: Value) -> R {
    if list::sequence(exceptions).is_none_or(|s| s.is_empty()) {
        return Ok(NONE);
    }
    let n = intern(vm, "derive");
    let f = attrs::get(vm, e, n)?;
    let g = crate::call::call(vm, f, &[exceptions])?;
    if !is_exception(vm, g, Known::BaseExceptionGroup) {
        return type_error(vm, "derive must return an instance of BaseExceptionGroup");
    }
    for s in [SLOT_TRACEBACK, SLOT_CAUSE, SLOT_CONTEXT] {
        let v: Value = e.as_obj().elem(Instance::slots, s as usize);
        vm.core.heap.set_elem(g.as_obj(), Instance::slots, s as usize, v);
    }
    Ok(g)
}

fn split(vm: &mut PyVm, a: Args) -> R {
    let (y, n) = parts(vm, a.pos[0], a.pos[1])?;
    Ok(new_tuple(vm, &[y, n]))
}
fn subgroup(vm: &mut PyVm, a: Args) -> R {
    parts(vm, a.pos[0], a.pos[1]).map(|p| p.0)
}
fn derive(vm: &mut PyVm, a: Args) -> R {
    let l = iter::to_list(vm, a.pos[1])?;
    let plain = list::items(l).iter().all(|x| is_exception(vm, *x, Known::Exception));
    let class = vm.rt.class(if plain { Known::ExceptionGroup } else { Known::BaseExceptionGroup });
    let message = attr(a.pos[0].as_obj(), names::MESSAGE).unwrap_or(NONE);
    crate::call::call(vm, class.object.get(), &[message, l.into()])
}

/// A tuple of the part of `e` (or `None`) that an `except*` clause takes, always a group, and the rest.
pub fn split_for_clause(vm: &mut PyVm, e: Value, class: Value) -> R {
    let group = vm.rt.class(Known::BaseExceptionGroup);
    let classes: Vec<Value> = as_type(class, Tuple::TYPE).map_or(vec![class], |t| t.elems(Tuple::items).to_vec());
    for c in classes {
        match as_class(c).filter(|c| c.exception) {
            Some(c) if c.is_subclass(group) => return type_error(vm, "catching ExceptionGroup with except* is not allowed. Use except instead."),
            Some(_) => {}
            None => return type_error(vm, "catching classes that do not inherit from BaseException is not allowed"),
        }
    }
    if e == NONE {
        return Ok(new_tuple(vm, &[NONE, NONE]));
    }
    let (mut y, n) = parts(vm, e, class)?;
    if y != NONE && !is_exception(vm, y, Known::BaseExceptionGroup) {
        let (message, l) = (string::new_str(vm, ""), new_tuple(vm, &[y]));
        let plain = is_exception(vm, y, Known::Exception);
        let class = vm.rt.class(if plain { Known::ExceptionGroup } else { Known::BaseExceptionGroup });
        y = crate::call::call(vm, class.object.get(), &[message, l])?;
    }
    Ok(new_tuple(vm, &[y, n]))
}

/// What is raised after the clauses: `left` is a list of what they raised, and last what none of them took.
pub fn join(vm: &mut PyVm, e: Value, left: Value) -> R {
    let l = left.as_obj();
    let rest = list::items(l)[list::size(l) - 1];
    let raised = list::from_slice(vm, &list::items(l)[..list::size(l) - 1]);
    let mut all = list::items(raised.as_obj()).to_vec();
    if rest != NONE {
        all.push(rest);
    }
    match all[..] {
        [] => Ok(NONE),
        [one] if rest != NONE || class_of(vm, one).is_subclass(vm.rt.class(Known::BaseExceptionGroup)) => Ok(one),
        _ => {
            let (message, l) = (string::new_str(vm, ""), list::from_slice(vm, &all));
            let class = vm.rt.class(Known::BaseExceptionGroup);
            let g = crate::call::call(vm, class.object.get(), &[message, l])?;
            let _ = e;
            Ok(g)
        }
    }
}
