//! Making classes from class statements, and instances the general way.

use super::{Args, run};
use crate::call::call_ex;
use crate::names;
use crate::objects::class::*;
use crate::objects::exception::{new_exception, new_instance, type_error};
use crate::objects::layouts::*;
use crate::objects::{as_type, class_of, dict, list, ops, str as string};
use crate::perm::P;
use crate::runtime::{PyVm, R, intern};
use framework::Value;

/// Makes a class from its body's namespace. `hint`: how many attributes its methods set on `self`.
pub fn build(vm: &mut PyVm, name: Value, bases: Value, ns: Value, cell: Value, hint: u32) -> R {
    let mut parents: Vec<P<Class>> = vec![];
    for b in bases.as_obj().elems::<Value>(Tuple::items) {
        match as_class(*b) {
            Some(c) if c.root.get().is_some() || c == vm.rt.class(Known::Object) => parents.push(c),
            Some(c) => {
                let n = c.name();
                return type_error(vm, &format!("type '{n}' is not an acceptable base type"));
            }
            None => return type_error(vm, "bases must be classes"),
        }
    }
    if parents.is_empty() {
        parents.push(vm.rt.class(Known::Object));
    }
    let Some(rest) = c3(&parents) else {
        let names: Vec<String> = parents.iter().map(|c| c.name()).collect();
        return type_error(vm, &format!("Cannot create a consistent method resolution order (MRO) for bases {}", names.join(", ")));
    };
    let inherited = parents.iter().filter_map(|c| c.root.get()).map(|s| s.inline).max().unwrap_or(0);
    let class = make_class(vm, string::as_str(name).unwrap_or("?"), parents, rest, false);
    let exception_slots = if class.exception { EXCEPTION_SLOTS.len() as u32 } else { 0 };
    set_root(vm, class, inherited.saturating_sub(exception_slots) + hint);
    let d = ns.as_obj();
    let mut hooks = vec![];
    for (k, v) in dict::pairs(d) {
        if let Some(n) = string::as_str(k) {
            let n = intern(vm, n);
            set_class_attr(vm, class, n, v);
            if ops::is_instance(v) && class_of(vm, v).lookup(names::SET_NAME).is_some() {
                hooks.push((k, n));
            }
        }
    }
    vm.core.heap.set(cell.as_obj(), CellObj::value, class.object.get());
    let value = class.object.get();
    for (k, n) in hooks {
        if let Some(v) = class.own(n) {
            crate::objects::attr::call_special(vm, v, names::SET_NAME, &[value, k])?;
        }
    }
    let hook = class.mro.borrow().iter().skip(1).find_map(|c| c.own(names::INIT_SUBCLASS));
    if let Some(h) = hook {
        let f = as_type(h, ClassMethod::TYPE).map_or(h, |o| o.get(ClassMethod::func));
        crate::call::call(vm, f, &[value])?;
    }
    Ok(value)
}

/// Calls a class with arguments.
pub fn instantiate(vm: &mut PyVm, f: Value, args: Value, kw: Value, all: Args<'_>) -> R {
    let class = as_class(f).expect("asked of classes only");
    if let Some(def) = class.native_new.get() {
        return run(vm, def, all);
    }
    let new = class.lookup(names::NEW).filter(|_| !class.builtin);
    let o = match new {
        Some(n) => {
            let n = as_type(n, StaticMethod::TYPE).map_or(n, |o| o.get(StaticMethod::func));
            let first = crate::objects::new_tuple(vm, &[f]);
            let with_class = list::concat(vm, first.as_obj(), args.as_obj());
            let o = call_ex(vm, n, with_class, kw)?;
            if !class_of(vm, o).is_subclass(class) {
                return Ok(o);
            }
            o
        }
        None if class.exception => new_exception(vm, class, all.pos).into(),
        None if class.root.get().is_some() => new_instance(vm, class).into(),
        None => {
            let n = class.name();
            return type_error(vm, &format!("cannot create '{n}' instances"));
        }
    };
    match class.lookup(names::INIT) {
        Some(init) if as_type(init, Function::TYPE).is_some() => {
            let first = crate::objects::new_tuple(vm, &[o]);
            let with_self = list::concat(vm, first.as_obj(), args.as_obj());
            let r = call_ex(vm, init, with_self, kw)?;
            if r != NONE {
                return type_error(vm, "__init__() should return None");
            }
        }
        _ if !class.exception && new.is_none() && (!all.pos.is_empty() || !all.kw.is_empty()) => {
            let n = class.name();
            return type_error(vm, &format!("{n}() takes no arguments"));
        }
        _ => {}
    }
    Ok(o)
}
