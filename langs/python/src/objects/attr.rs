//! Attributes, the general way: what residual functions and builtins use. The fast ways are in `step::attr`.

use super::class::*;
use super::exception::{raise, type_error};
use super::layouts::*;
use super::{class_of, type_name};
use crate::bytecode::Found;
use crate::call::call;
use crate::names::{self, Name};
use crate::objects::module::Module;
use crate::perm::P;
use crate::runtime::{PyVm, R, name_str};
use framework::{Obj, Value};

/// Reads slot `i` of an instance.
pub fn read_slot(o: Obj, i: u32) -> Value {
    let inline = o.len();
    if (i as usize) < inline { o.elem(Instance::slots, i as usize) } else { o.get(Instance::extra).as_obj().elem(Items::items, i as usize - inline) }
}

/// Writes an attribute of an instance, adding a slot if need be.
pub fn set_slot(vm: &mut PyVm, o: Obj, name: Name, v: Value) {
    let shape = shape_of(o);
    let (i, shape) = match shape.slot(name) {
        Some(i) => (i, shape),
        None => (shape.names.len() as u32, shape.get().with(&mut vm.rt.arena, name)),
    };
    write_slot(vm, o, i, v);
    vm.core.heap.set(o, Instance::shape, shape.addr());
}

/// Writes slot `i`, making room for it.
pub fn write_slot(vm: &mut PyVm, o: Obj, i: u32, v: Value) {
    let inline = o.len();
    if (i as usize) < inline {
        return vm.core.heap.set_elem(o, Instance::slots, i as usize, v);
    }
    let at = i as usize - inline;
    let old = o.get(Instance::extra).obj();
    let room = old.map_or(0, |x| x.len());
    if at >= room {
        let new = vm.core.heap.alloc_array(Items::TYPE, (room * 2).max(at + 4));
        (0..new.len()).for_each(|k| new.init_elem(Items::items, k, NONE));
        (0..room).for_each(|k| new.init_elem::<Value>(Items::items, k, old.expect("room in it").elem(Items::items, k)));
        vm.core.heap.set(o, Instance::extra, new.into());
    }
    let extra = o.get(Instance::extra).as_obj();
    vm.core.heap.set_elem(extra, Items::items, at, v);
}

/// Removes an attribute of an instance. Was there one?
fn del_slot(vm: &mut PyVm, o: Obj, name: Name) -> bool {
    let shape = shape_of(o);
    let Some(gone) = shape.slot(name) else { return false };
    let new = shape.get().without(&mut vm.rt.arena, name);
    for i in gone + 1..shape.names.len() as u32 {
        let v = read_slot(o, i);
        write_slot(vm, o, i - 1, v);
    }
    vm.core.heap.set(o, Instance::shape, new.addr());
    true
}

/// The module behind a module object.
pub fn module_data(o: Obj) -> P<Module> {
    // SAFETY: `data` of a `ModuleObj` is always set from `P::addr`.
    unsafe { P::from_addr(o.get(ModuleObj::data)) }
}

/// A function with its receiver.
pub fn bind(vm: &mut PyVm, func: Value, receiver: Value) -> Value {
    let m = vm.core.heap.alloc(BoundMethod::TYPE);
    m.init(BoundMethod::func, func);
    m.init(BoundMethod::receiver, receiver);
    m.into()
}

/// What a class attribute is when got through an instance (or `None` receiver: through the class).
pub fn bind_found(vm: &mut PyVm, found: Found, receiver: Option<Value>, class: P<Class>) -> R {
    let class_value = class.object.get();
    match found {
        Found::Function(f) | Found::Builtin(f) => Ok(receiver.map_or(f, |r| bind(vm, f, r))),
        Found::Descriptor(d) => {
            let o = d.as_obj();
            match o.type_id() {
                Property::ID => match receiver {
                    Some(r) if o.get(Property::fget) != NONE => call(vm, o.get(Property::fget), &[r]),
                    Some(_) => Err(raise(vm, Known::AttributeError, "unreadable attribute")),
                    None => Ok(d),
                },
                ClassMethod::ID => Ok(bind(vm, o.get(ClassMethod::func), class_value)),
                _ => {
                    let get = class_of(vm, d).lookup(names::GET).expect("classified as a descriptor");
                    call(vm, get, &[d, receiver.unwrap_or(NONE), class_value])
                }
            }
        }
        Found::Value(v) => Ok(v),
        Found::Nothing | Found::Slot(_) | Found::Add(..) => unreachable!("not found in a class"),
    }
}

/// Is it a property or an object with `__set__`?
fn is_data_descriptor(vm: &PyVm, found: Found) -> bool {
    matches!(found, Found::Descriptor(d) if d.as_obj().is(Property::TYPE) || class_of(vm, d).lookup(names::SET).is_some())
}

/// An attribute, or `None` if there is none.
pub fn find(vm: &mut PyVm, v: Value, name: Name) -> R<Option<Value>> {
    let class = class_of(vm, v);
    if let Some(o) = v.obj() {
        match o.type_id() {
            ModuleObj::ID => {
                let m = module_data(o);
                if let Some(x) = m.value(name) {
                    return Ok(Some(x));
                }
            }
            ClassObj::ID => {
                let c = class_data(o);
                let found = classify(c.lookup(name));
                if !matches!(found, Found::Nothing) {
                    return bind_found(vm, found, None, c).map(Some);
                }
                return Ok(class_special(vm, c, name));
            }
            Super::ID => {
                let (after, receiver) = (class_data(o.get(Super::class).as_obj()), o.get(Super::receiver));
                let start = as_class(receiver).unwrap_or_else(|| class_of(vm, receiver));
                let found = classify(start.lookup_after(after, name));
                if matches!(found, Found::Nothing) {
                    return Ok(None);
                }
                let r = if as_class(receiver).is_some() { None } else { Some(receiver) };
                return bind_found(vm, found, r, start).map(Some);
            }
            Function::ID => {
                if let Some(d) = o.get(Function::dict).obj()
                    && let Some(x) = super::dict::get(vm, d, name_str(vm, name))?
                {
                    return Ok(Some(x));
                }
                let code = super::ops::function_code(o);
                match name {
                    names::NAME => return Ok(Some(super::str::new_str(vm, &code.name))),
                    names::QUALNAME => return Ok(Some(super::str::new_str(vm, &code.qualname))),
                    names::DOC => return Ok(Some(code.doc)),
                    names::DEFAULTS => return Ok(Some(o.get(Function::defaults))),
                    _ => {}
                }
            }
            BoundMethod::ID => match name {
                names::FUNC => return Ok(Some(o.get(BoundMethod::func))),
                names::SELF => return Ok(Some(o.get(BoundMethod::receiver))),
                names::NAME | names::QUALNAME | names::DOC => return find(vm, o.get(BoundMethod::func), name),
                _ => {}
            },
            Builtin::ID if name == names::NAME || name == names::QUALNAME => {
                return Ok(Some(super::str::new_str(vm, crate::builtins::def_of(o).name)));
            }
            _ => {}
        }
    }
    let found = classify(class.lookup(name));
    if let Some(o) = v.obj().filter(|o| o.is(Instance::TYPE)) {
        if let Some(g) = class.lookup(names::GETATTRIBUTE).filter(|g| g.obj().is_some_and(|o| o.is(Function::TYPE))) {
            let n = name_str(vm, name);
            return call(vm, g, &[v, n]).map(Some);
        }
        if !is_data_descriptor(vm, found)
            && let Some(i) = shape_of(o).slot(name)
        {
            return Ok(Some(read_slot(o, i)));
        }
    }
    if !matches!(found, Found::Nothing) {
        return bind_found(vm, found, Some(v), class).map(Some);
    }
    if name == names::CLASS {
        return Ok(Some(class.object.get()));
    }
    if name == names::DICT
        && let Some(o) = v.obj().filter(|o| o.is(Instance::TYPE))
    {
        return instance_dict(vm, o).map(Some);
    }
    if let Some(g) = class.lookup(names::GETATTR) {
        let n = name_str(vm, name);
        return call(vm, g, &[v, n]).map(Some);
    }
    Ok(None)
}

/// A new dictionary with the attributes of an instance.
pub fn instance_dict(vm: &mut PyVm, o: Obj) -> R {
    let d = super::dict::new(vm);
    let shape = shape_of(o);
    let skip = if shape.class.exception { EXCEPTION_SLOTS.len() } else { 0 };
    for (i, n) in shape.get().names.iter().enumerate().skip(skip) {
        let key = name_str(vm, *n);
        super::dict::set(vm, d, key, read_slot(o, i as u32))?;
    }
    Ok(d.into())
}

fn class_special(vm: &mut PyVm, c: P<Class>, name: Name) -> Option<Value> {
    match name {
        names::NAME | names::QUALNAME => Some(super::str::new_str(vm, &c.name())),
        names::CLASS => Some(vm.rt.class(Known::Type).object.get()),
        names::DOC => Some(NONE),
        names::MODULE => Some(super::str::new_str(vm, "builtins")),
        names::MRO | names::BASES => {
            let list: Vec<P<Class>> = if name == names::MRO { c.mro.borrow().clone() } else { c.bases.clone() };
            let t = vm.core.heap.alloc_array(Tuple::TYPE, list.len());
            list.iter().enumerate().for_each(|(i, c)| t.init_elem(Tuple::items, i, c.object.get()));
            Some(t.into())
        }
        _ => None,
    }
}

/// An attribute; raises AttributeError if there is none.
pub fn get(vm: &mut PyVm, v: Value, name: Name) -> R {
    match find(vm, v, name)? {
        Some(x) => Ok(x),
        None => Err(no_attribute(vm, v, name)),
    }
}

/// The AttributeError for a missing attribute.
pub fn no_attribute(vm: &mut PyVm, v: Value, name: Name) -> framework::Raised {
    let n = vm.rt.names.text(name).to_string();
    let what = match v.obj() {
        Some(o) if o.is(ModuleObj::TYPE) => format!("module '{}' has no attribute '{n}'", module_data(o).name),
        Some(o) if o.is(ClassObj::TYPE) => format!("type object '{}' has no attribute '{n}'", class_data(o).name()),
        _ => format!("'{}' object has no attribute '{n}'", type_name(vm, v)),
    };
    raise(vm, Known::AttributeError, &what)
}

/// Sets an attribute.
pub fn set(vm: &mut PyVm, v: Value, name: Name, x: Value) -> R<()> {
    let class = class_of(vm, v);
    let Some(o) = v.obj() else { return Err(no_attribute(vm, v, name)) };
    match o.type_id() {
        Instance::ID => {
            if let Some(f) = class.lookup(names::SETATTR).filter(|f| f.obj().is_some_and(|o| o.is(Function::TYPE))) {
                let n = name_str(vm, name);
                return call(vm, f, &[v, n, x]).map(|_| ());
            }
            set_plain(vm, v, name, x)
        }
        ClassObj::ID => {
            let c = class_data(o);
            if c.builtin {
                let (n, c) = (vm.rt.names.text(name).to_string(), c.name());
                return type_error(vm, &format!("cannot set '{n}' attribute of immutable type '{c}'"));
            }
            set_class_attr(vm, c, name, x);
            Ok(())
        }
        ModuleObj::ID => {
            let cell = crate::runtime::global_cell(vm, module_data(o), name);
            crate::runtime::set_global(vm, cell, x);
            Ok(())
        }
        Function::ID => {
            if o.get(Function::dict) == NONE {
                let d = super::dict::new(vm);
                vm.core.heap.set(o, Function::dict, d.into());
            }
            let key = name_str(vm, name);
            super::dict::set(vm, o.get(Function::dict).as_obj(), key, x)
        }
        _ => Err(no_attribute(vm, v, name)),
    }
}

/// `object.__setattr__`.
pub fn set_plain(vm: &mut PyVm, v: Value, name: Name, x: Value) -> R<()> {
    let class = class_of(vm, v);
    if let Found::Descriptor(d) = classify(class.lookup(name)) {
        if d.as_obj().is(Property::TYPE) {
            let setter = d.as_obj().get(Property::fset);
            if setter == NONE {
                let (n, c) = (vm.rt.names.text(name).to_string(), class.name());
                return Err(raise(vm, Known::AttributeError, &format!("property '{n}' of '{c}' object has no setter")));
            }
            return call(vm, setter, &[v, x]).map(|_| ());
        }
        if let Some(s) = class_of(vm, d).lookup(names::SET) {
            return call(vm, s, &[d, v, x]).map(|_| ());
        }
    }
    match v.obj().filter(|o| o.is(Instance::TYPE)) {
        Some(o) => {
            set_slot(vm, o, name, x);
            Ok(())
        }
        None => Err(no_attribute(vm, v, name)),
    }
}

/// Deletes an attribute.
pub fn delete(vm: &mut PyVm, v: Value, name: Name) -> R<()> {
    let class = class_of(vm, v);
    let Some(o) = v.obj() else { return Err(no_attribute(vm, v, name)) };
    let done = match o.type_id() {
        Instance::ID => {
            if let Some(f) = class.lookup(names::DELATTR) {
                let n = name_str(vm, name);
                return call(vm, f, &[v, n]).map(|_| ());
            }
            if let Found::Descriptor(d) = classify(class.lookup(name)) {
                let del = if d.as_obj().is(Property::TYPE) { Some(d.as_obj().get(Property::fdel)) } else { None };
                if let Some(del) = del.filter(|f| *f != NONE) {
                    return call(vm, del, &[v]).map(|_| ());
                }
            }
            del_slot(vm, o, name)
        }
        ClassObj::ID => !class_data(o).builtin && del_class_attr(vm, class_data(o), name),
        _ => false,
    };
    if done { Ok(()) } else { Err(no_attribute(vm, v, name)) }
}

/// A special method of the value's class, bound to it.
pub fn special(vm: &mut PyVm, v: Value, name: Name) -> R<Option<Value>> {
    let class = class_of(vm, v);
    match classify(class.lookup(name)) {
        Found::Nothing => Ok(None),
        found => bind_found(vm, found, Some(v), class).map(Some),
    }
}

/// Calls a special method of the value's class, if it has it.
pub fn call_special(vm: &mut PyVm, v: Value, name: Name, args: &[Value]) -> R<Option<Value>> {
    match classify(class_of(vm, v).lookup(name)) {
        Found::Nothing => Ok(None),
        Found::Function(f) | Found::Builtin(f) => {
            let mut all = [v; 4];
            all[1..=args.len()].copy_from_slice(args);
            call(vm, f, &all[..=args.len()]).map(Some)
        }
        found => {
            let class = class_of(vm, v);
            let f = bind_found(vm, found, Some(v), class)?;
            call(vm, f, args).map(Some)
        }
    }
}
