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
pub fn del_slot(vm: &mut PyVm, o: Obj, name: Name) -> bool {
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
                    Some(r) => {
                        let t = type_name(vm, r);
                        Err(raise(vm, Known::AttributeError, &format!("property of '{t}' object has no getter")))
                    }
                    None => Ok(d),
                },
                ClassMethod::ID => Ok(bind(vm, o.get(ClassMethod::func), class_value)),
                _ => {
                    let Some(get) = class_of(vm, d).lookup(names::GET) else { return Ok(d) };
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
    matches!(found, Found::Descriptor(d) if d.as_obj().is(Property::TYPE) || class_of(vm, d).lookup(names::SET).is_some() || class_of(vm, d).lookup(names::DELETE).is_some())
}

/// An attribute, or `None` if there is none.
pub fn find(vm: &mut PyVm, v: Value, name: Name) -> R<Option<Value>> {
    if !super::ops::is_instance(v) {
        return find_default(vm, v, name);
    }
    let class = class_of(vm, v);
    let r = match class.lookup(names::GETATTRIBUTE).filter(|g| g.obj().is_some_and(|o| o.is(Function::TYPE))) {
        Some(g) => {
            let n = name_str(vm, name);
            call(vm, g, &[v, n]).map(Some)
        }
        None => find_default(vm, v, name),
    };
    let Some(g) = class.lookup(names::GETATTR) else { return r };
    match r {
        Ok(None) => {}
        Err(_) if super::exception::catch(vm, Known::AttributeError).is_some() => {}
        r => return r,
    }
    let n = name_str(vm, name);
    call(vm, g, &[v, n]).map(Some)
}

/// An attribute by the ordinary rules, or `None` if there is none: `object.__getattribute__`.
pub fn find_default(vm: &mut PyVm, v: Value, name: Name) -> R<Option<Value>> {
    let class = class_of(vm, v);
    if let Some(o) = v.obj() {
        match o.type_id() {
            ModuleObj::ID => {
                let m = module_data(o);
                if let Some(x) = m.value(name) {
                    return Ok(Some(x));
                }
                if name == names::DICT {
                    let d = module_dict(vm, m)?;
                    return namespace(vm, v, d).map(Some);
                }
                if let Some(g) = m.value(names::GETATTR) {
                    let n = name_str(vm, name);
                    return call(vm, g, &[n]).map(Some);
                }
            }
            ClassObj::ID => {
                let c = class_data(o);
                let of_meta = classify(class.lookup(name));
                if is_data_descriptor(vm, of_meta) {
                    return bind_found(vm, of_meta, Some(v), class).map(Some);
                }
                if matches!(name, names::NAME | names::QUALNAME | names::MRO | names::BASES | names::CLASS | names::DICT | names::BASE)
                    && let Some(x) = class_special(vm, c, name)?
                {
                    return Ok(Some(x));
                }
                let found = classify(c.lookup(name));
                if !matches!(found, Found::Nothing) && !(name == names::DOC && c.own(name).is_none()) {
                    return bind_found(vm, found, None, c).map(Some);
                }
                if !matches!(of_meta, Found::Nothing) && name != names::DOC && name != names::MODULE {
                    return bind_found(vm, of_meta, Some(v), class).map(Some);
                }
                return class_special(vm, c, name);
            }
            Super::ID => {
                let (after, receiver) = (class_data(o.get(Super::class).as_obj()), o.get(Super::receiver));
                if receiver == MISSING || name == names::CLASS {
                    return Ok(None);
                }
                let through_class = as_class(receiver).filter(|c| c.is_subclass(after));
                let start = through_class.unwrap_or_else(|| class_of(vm, receiver));
                let found = classify(start.lookup_after(after, name));
                if matches!(found, Found::Nothing) {
                    return Ok(None);
                }
                let r = if through_class.is_some() { None } else { Some(receiver) };
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
                    names::KWDEFAULTS => return Ok(Some(o.get(Function::kwdefaults))),
                    names::CLOSURE => return Ok(Some(o.get(Function::closure))),
                    names::MODULE => return Ok(Some(super::str::new_str(vm, &code.module.name))),
                    names::GLOBALS => return find(vm, code.module.object.get(), names::DICT),
                    names::CODE_ => return super::code::object(vm, code).map(Some),
                    names::ANNOTATIONS => return Ok(Some(super::dict::new(vm).into())),
                    names::TYPE_PARAMS => return Ok(Some(super::new_tuple(vm, &[]))),
                    names::DICT => {
                        if o.get(Function::dict) == NONE {
                            let d = super::dict::new(vm);
                            vm.core.heap.set(o, Function::dict, d.into());
                        }
                        return Ok(Some(o.get(Function::dict)));
                    }
                    _ => {}
                }
            }
            BoundMethod::ID => match name {
                names::FUNC => return Ok(Some(o.get(BoundMethod::func))),
                names::SELF => return Ok(Some(o.get(BoundMethod::receiver))),
                names::CLASS | names::CALL | names::GET => {}
                _ => {
                    if let Some(x) = find(vm, o.get(BoundMethod::func), name)? {
                        return Ok(Some(x));
                    }
                }
            },
            Property::ID => {
                let field = match vm.rt.names.text(name) {
                    "fget" => Some(Property::fget),
                    "fset" => Some(Property::fset),
                    "fdel" => Some(Property::fdel),
                    "__doc__" => Some(Property::doc),
                    _ => None,
                };
                if let Some(f) = field {
                    let x = o.get(f);
                    let getter = o.get(Property::fget);
                    return if name == names::DOC && x == NONE && getter != NONE { find(vm, getter, name) } else { Ok(Some(x)) };
                }
            }
            StaticMethod::ID | ClassMethod::ID if name != names::CLASS => {
                let f = if o.is(StaticMethod::TYPE) { o.get(StaticMethod::func) } else { o.get(ClassMethod::func) };
                if matches!(name, names::FUNC | names::WRAPPED) {
                    return Ok(Some(f));
                }
                if let Some(x) = find(vm, f, name)? {
                    return Ok(Some(x));
                }
            }
            Slice::ID => match vm.rt.names.text(name) {
                "start" => return Ok(Some(o.get(Slice::start))),
                "stop" => return Ok(Some(o.get(Slice::stop))),
                "step" => return Ok(Some(o.get(Slice::step))),
                _ => {}
            },
            Range::ID => {
                let x = match vm.rt.names.text(name) {
                    "start" => Some(o.get(Range::start)),
                    "stop" => Some(o.get(Range::stop)),
                    "step" => Some(o.get(Range::step)),
                    _ => None,
                };
                if let Some(x) = x {
                    return Ok(Some(vm.core.heap.int(x)));
                }
            }
            CellObj::ID if vm.rt.names.text(name) == "cell_contents" => {
                let x = o.get(CellObj::value);
                return if x == MISSING { Err(raise(vm, Known::ValueError, "cell is empty")) } else { Ok(Some(x)) };
            }
            Traceback::ID | Generator::ID => {
                if let Some(x) = super::code::frame_attribute(vm, o, name)? {
                    return Ok(Some(x));
                }
            }
            Builtin::ID => match name {
                names::NAME | names::QUALNAME => return Ok(Some(super::str::new_str(vm, crate::builtins::def_of(o).plain_name()))),
                names::DOC | names::SELF => return Ok(Some(NONE)),
                names::MODULE => return Ok(Some(super::str::new_str(vm, "builtins"))),
                _ => {}
            },
            _ => {}
        }
    }
    let found = classify(class.lookup(name));
    if let Some(o) = v.obj().filter(|o| o.is(Instance::TYPE)) {
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
        if class.dictless.get() {
            return Ok(None);
        }
        let d = instance_dict(vm, o)?;
        return namespace(vm, v, d).map(Some);
    }
    if name == names::DOC {
        return Ok(Some(NONE));
    }
    Ok(None)
}

/// A new dictionary with the attributes of an instance.
pub fn instance_dict(vm: &mut PyVm, o: Obj) -> R {
    let d = super::dict::new(vm);
    let shape = shape_of(o);
    let skip = if shape.class.exception { EXCEPTION_SLOTS.len() } else { 0 };
    for (i, n) in shape.get().names.iter().enumerate().skip(skip) {
        if *n == names::PAYLOAD || shape.class.mro.borrow().iter().any(|c| c.slots.borrow().as_ref().is_some_and(|s| s.contains(n))) {
            continue;
        }
        let key = name_str(vm, *n);
        super::dict::set(vm, d, key, read_slot(o, i as u32))?;
    }
    Ok(d.into())
}

/// A dictionary that passes changes on to an object: class `Namespace` of module `_objects`.
fn namespace(vm: &mut PyVm, v: Value, d: Value) -> R {
    let m = crate::modules::import(vm, "_objects")?;
    let n = crate::runtime::intern(vm, "Namespace");
    let f = get(vm, m, n)?;
    call(vm, f, &[v, d])
}

/// A new dictionary with the variables of a module.
pub fn module_dict(vm: &mut PyVm, m: P<Module>) -> R {
    let d = super::dict::new(vm);
    let cells = m.order.borrow().clone();
    for c in cells {
        let v = c.object.get(CellObj::value);
        if v != MISSING {
            let key = name_str(vm, c.name);
            super::dict::set(vm, d, key, v)?;
        }
    }
    Ok(d.into())
}

/// The sorted names of an object's attributes.
pub fn dir(vm: &mut PyVm, v: Value) -> R<Obj> {
    let d = super::dict::new(vm);
    let mut names: Vec<Name> = vec![];
    let mut of_class = |c: P<Class>| c.mro.borrow().iter().for_each(|c| names.extend(c.order.borrow().iter()));
    match v.obj() {
        Some(o) if o.is(ModuleObj::TYPE) => {
            names.extend(module_data(o).order.borrow().iter().filter(|c| c.object.get(CellObj::value) != MISSING).map(|c| c.name))
        }
        Some(o) if o.is(ClassObj::TYPE) => of_class(class_data(o)),
        Some(o) if o.is(Instance::TYPE) => {
            of_class(class_of(vm, v));
            names.extend(shape_of(o).names.iter().filter(|n| **n != names::PAYLOAD));
        }
        _ => of_class(class_of(vm, v)),
    }
    for n in names {
        let key = name_str(vm, n);
        super::dict::set(vm, d, key, NONE)?;
    }
    if let Some(x) = v.obj().filter(|o| o.is(Function::TYPE)).map(|o| o.get(Function::dict)).and_then(|x| x.obj()) {
        super::dict::update(vm, d, x)?;
    }
    let l = super::iter::to_list(vm, d.into())?;
    crate::builtins::sort_list(vm, l, MISSING, MISSING)?;
    Ok(l)
}

fn class_special(vm: &mut PyVm, c: P<Class>, name: Name) -> R<Option<Value>> {
    Ok(match name {
        names::NAME => Some(super::str::new_str(vm, &c.name())),
        names::QUALNAME => Some(super::str::new_str(vm, &super::repr::qualname(c.object.get()))),
        names::CLASS => Some(class_of(vm, c.object.get()).object.get()),
        names::DOC => Some(NONE),
        names::MODULE => Some(super::str::new_str(vm, "builtins")),
        names::BASE => Some(c.bases.first().map_or(NONE, |b| b.object.get())),
        names::ANNOTATIONS => {
            let x = match c.own(names::ANNOTATE) {
                Some(f) => call(vm, f, &[Value::small_int(1)])?,
                None => super::dict::new(vm).into(),
            };
            if !c.builtin {
                set_class_attr(vm, c, names::ANNOTATIONS, x);
            }
            Some(x)
        }
        names::TYPE_PARAMS => Some(super::new_tuple(vm, &[])),
        names::DICT => {
            let d = super::dict::new(vm);
            let names = c.order.borrow().clone();
            for n in names {
                if let Some(v) = c.own(n) {
                    let key = name_str(vm, n);
                    super::dict::set(vm, d, key, v)?;
                }
            }
            Some(d.into())
        }
        names::MRO | names::BASES => {
            let list: Vec<P<Class>> = if name == names::MRO { c.mro.borrow().clone() } else { c.bases.clone() };
            let t = vm.core.heap.alloc_array(Tuple::TYPE, list.len());
            list.iter().enumerate().for_each(|(i, c)| t.init_elem(Tuple::items, i, c.object.get()));
            Some(t.into())
        }
        _ => None,
    })
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
    let e = raise(vm, Known::AttributeError, &what);
    let key = name_str(vm, name);
    let o = vm.rt.exc.as_obj();
    set_slot(vm, o, names::NAME_ATTR, key);
    set_slot(vm, o, names::OBJ, v);
    e
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
            set_default(vm, v, name, x)
        }
        ClassObj::ID if class.lookup(names::SETATTR).is_some_and(|f| f.obj().is_some_and(|o| o.is(Function::TYPE))) => {
            let (f, n) = (class.lookup(names::SETATTR).expect("just found"), name_str(vm, name));
            call(vm, f, &[v, n, x]).map(|_| ())
        }
        _ => set_default(vm, v, name, x),
    }
}

/// Sets an attribute by the ordinary rules: `object.__setattr__`, `type.__setattr__`.
pub fn set_default(vm: &mut PyVm, v: Value, name: Name, x: Value) -> R<()> {
    let class = class_of(vm, v);
    let Some(o) = v.obj() else { return Err(no_attribute(vm, v, name)) };
    match o.type_id() {
        Instance::ID => set_plain(vm, v, name, x),
        ClassObj::ID => {
            let c = class_data(o);
            if let found @ Found::Descriptor(d) = classify(class.lookup(name))
                && is_data_descriptor(vm, found)
            {
                return set_by_descriptor(vm, class, d, v, name, x).map(|_| ());
            }
            if let (names::NAME, Some(s)) = (name, super::str::as_str(x)) {
                *c.name.borrow_mut() = s.to_string();
                return Ok(());
            }
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
            if name == names::DEFAULTS || name == names::KWDEFAULTS {
                vm.core.heap.set(o, if name == names::DEFAULTS { Function::defaults } else { Function::kwdefaults }, x);
                return Ok(());
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
    if let Found::Descriptor(d) = classify(class.lookup(name))
        && set_by_descriptor(vm, class, d, v, name, x)?
    {
        return Ok(());
    }
    if name == names::CLASS {
        return set_class(vm, v, x);
    }
    if name == names::DICT
        && let Some(d) = super::as_type(x, Dict::TYPE)
    {
        let o = v.as_obj();
        let root = class.root.get().expect("an instance");
        vm.core.heap.set(o, Instance::shape, root.addr());
        for (k, x) in super::dict::pairs(d).collect::<Vec<_>>() {
            let n = crate::runtime::intern(vm, super::str::as_str(k).unwrap_or(""));
            set_slot(vm, o, n, x);
        }
        return Ok(());
    }
    if !class.allows(name) {
        let (n, c) = (vm.rt.names.text(name).to_string(), class.name());
        let found = class.lookup(name).is_some();
        return Err(raise(
            vm,
            Known::AttributeError,
            &if found {
                format!("'{c}' object attribute '{n}' is read-only")
            } else {
                format!("'{c}' object has no attribute '{n}' and no __dict__ for setting new attributes")
            },
        ));
    }
    if class.exception && name == names::CAUSE {
        vm.core.heap.set_elem(v.as_obj(), Instance::slots, SLOT_SUPPRESS as usize, TRUE);
    }
    match v.obj().filter(|o| o.is(Instance::TYPE)) {
        Some(o) => {
            set_slot(vm, o, name, x);
            Ok(())
        }
        None => Err(no_attribute(vm, v, name)),
    }
}

/// Sets an attribute by its data descriptor. `false`: it has no say in it.
fn set_by_descriptor(vm: &mut PyVm, class: P<Class>, d: Value, v: Value, name: Name, x: Value) -> R<bool> {
    if d.as_obj().is(Property::TYPE) {
        let setter = d.as_obj().get(Property::fset);
        if setter == NONE {
            let (n, c) = (vm.rt.names.text(name).to_string(), class.name());
            return Err(raise(vm, Known::AttributeError, &format!("property '{n}' of '{c}' object has no setter")));
        }
        return call(vm, setter, &[v, x]).map(|_| true);
    }
    match class_of(vm, d).lookup(names::SET) {
        Some(s) => call(vm, s, &[d, v, x]).map(|_| true),
        None => Ok(false),
    }
}

/// `v.__class__ = x`
fn set_class(vm: &mut PyVm, v: Value, x: Value) -> R<()> {
    let old = class_of(vm, v);
    let Some(new) = as_class(x) else { return type_error(vm, "__class__ must be set to a class") };
    let (Some(o), Some(root)) = (v.obj().filter(|o| o.is(Instance::TYPE)), new.root.get()) else {
        return type_error(vm, "__class__ assignment only supported for mutable types or ModuleType subclasses");
    };
    if new.native.get() != old.native.get() || new.exception != old.exception || new.builtin {
        let (a, b) = (new.name(), old.name());
        return type_error(vm, &format!("__class__ assignment: '{a}' object layout differs from '{b}'"));
    }
    let names = shape_of(o).names.clone();
    let values: Vec<Value> = (0..names.len()).map(|i| read_slot(o, i as u32)).collect();
    let fixed = root.names.len();
    vm.core.heap.set(o, Instance::shape, root.addr());
    for (n, v) in names.into_iter().zip(values).skip(fixed) {
        set_slot(vm, o, n, v);
    }
    Ok(())
}

/// Deletes an attribute.
pub fn delete(vm: &mut PyVm, v: Value, name: Name) -> R<()> {
    let class = class_of(vm, v);
    let Some(o) = v.obj() else { return Err(no_attribute(vm, v, name)) };
    if o.is(Instance::TYPE)
        && let Some(f) = class.lookup(names::DELATTR).filter(|f| f.obj().is_some_and(|o| o.is(Function::TYPE)))
    {
        let n = name_str(vm, name);
        return call(vm, f, &[v, n]).map(|_| ());
    }
    delete_default(vm, v, name)
}

/// Deletes an attribute by the ordinary rules.
pub fn delete_default(vm: &mut PyVm, v: Value, name: Name) -> R<()> {
    let class = class_of(vm, v);
    let Some(o) = v.obj() else { return Err(no_attribute(vm, v, name)) };
    let done = match o.type_id() {
        Instance::ID => {
            if let Found::Descriptor(d) = classify(class.lookup(name)) {
                if d.as_obj().is(Property::TYPE) {
                    let del = d.as_obj().get(Property::fdel);
                    if del == NONE {
                        let (n, c) = (vm.rt.names.text(name).to_string(), class.name());
                        return Err(raise(vm, Known::AttributeError, &format!("property '{n}' of '{c}' object has no deleter")));
                    }
                    return call(vm, del, &[v]).map(|_| ());
                }
                if let Some(del) = class_of(vm, d).lookup(names::DELETE) {
                    return call(vm, del, &[d, v]).map(|_| ());
                }
            }
            del_slot(vm, o, name)
        }
        ClassObj::ID => !class_data(o).builtin && del_class_attr(vm, class_data(o), name),
        ModuleObj::ID => match module_data(o).find(name) {
            Some(cell) if cell.object.get(CellObj::value) != MISSING => {
                crate::runtime::del_global(vm, cell);
                true
            }
            _ => false,
        },
        Function::ID => match o.get(Function::dict).obj() {
            Some(d) => {
                let key = name_str(vm, name);
                super::dict::remove(vm, d, key)?.is_some()
            }
            None => false,
        },
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
