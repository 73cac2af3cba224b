//! Making classes from class statements and `type()`, and instances the general way.

use super::{Args, run};
use crate::call::{call, call_ex};
use crate::names;
use crate::objects::class::*;
use crate::objects::exception::{new_exception, new_instance, type_error};
use crate::objects::layouts::*;
use crate::objects::{as_type, attr, class_of, dict, list, new_tuple, ops, str as string};
use crate::perm::P;
use crate::runtime::{PyVm, R, intern, name_str};
use framework::{Obj, Value};

/// Attributes an instance has room for where the class statement gives no hint.
const DEFAULT_ROOM: u32 = 4;

/// The first half of a class statement: a tuple of the namespace, the bases, the metaclass and the keywords.
pub fn prepare(vm: &mut PyVm, name: Value, bases: Value, kw: Value) -> R {
    let resolved = resolve_bases(vm, bases)?;
    let mut meta = NONE;
    if let Some(d) = kw.obj() {
        let key = name_str(vm, names::METACLASS);
        meta = dict::remove(vm, d, key)?.unwrap_or(NONE);
    }
    if meta == NONE || as_class(meta).is_some() {
        meta = most_derived(vm, meta, resolved)?;
    }
    let ty = vm.rt.class(Known::Type).object.get();
    let mut ns = NONE;
    if meta != ty
        && let Some(f) = attr::find(vm, meta, names::PREPARE)?
    {
        let args = new_tuple(vm, &[name, resolved]);
        ns = call_ex(vm, f, args, kw)?;
    }
    if ns == NONE {
        ns = dict::new(vm).into();
    }
    if resolved != bases {
        let key = name_str(vm, names::ORIG_BASES);
        ops::set_item(vm, ns, key, bases)?;
    }
    Ok(new_tuple(vm, &[ns, resolved, meta, kw]))
}

/// Bases that are no classes say what stands for them.
fn resolve_bases(vm: &mut PyVm, bases: Value) -> R {
    let n = bases.as_obj().len();
    if (0..n).all(|i| as_class(bases.as_obj().elem(Tuple::items, i)).is_some()) {
        return Ok(bases);
    }
    let out = list::with_capacity(vm, n);
    for i in 0..n {
        let b: Value = bases.as_obj().elem(Tuple::items, i);
        match if as_class(b).is_some() { None } else { attr::find(vm, b, names::MRO_ENTRIES)? } {
            Some(f) => {
                let more = call(vm, f, &[bases])?;
                crate::objects::iter::extend(vm, out, more)?;
            }
            None => list::push(vm, out, b)?,
        }
    }
    list::to_tuple(vm, out)
}

/// The metaclass that is derived from those of all bases.
fn most_derived(vm: &mut PyVm, explicit: Value, bases: Value) -> R {
    let mut winner = as_class(explicit).unwrap_or(vm.rt.class(Known::Type));
    for b in bases.as_obj().elems::<Value>(Tuple::items) {
        let m = class_of(vm, *b);
        if as_class(*b).is_none() || winner.is_subclass(m) {
            continue;
        }
        if !m.is_subclass(winner) {
            return type_error(
                vm,
                "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases",
            );
        }
        winner = m;
    }
    Ok(winner.object.get())
}

/// The second half: `parts` came from [`prepare`], `body` is the namespace the body left and its `__class__` cell.
pub fn finish(vm: &mut PyVm, name: Value, parts: Obj, body: Obj, hint: u32) -> R {
    let (bases, meta, kw): (Value, Value, Value) = (parts.elem(Tuple::items, 1), parts.elem(Tuple::items, 2), parts.elem(Tuple::items, 3));
    let (ns, cell): (Value, Value) = (body.elem(Tuple::items, 0), body.elem(Tuple::items, 1));
    if meta == vm.rt.class(Known::Type).object.get() {
        return build(vm, None, name, bases, ns, Some(cell), kw, hint);
    }
    let key = name_str(vm, names::CLASSCELL);
    ops::set_item(vm, ns, key, cell)?;
    let args = new_tuple(vm, &[name, bases, ns]);
    let class = call_ex(vm, meta, args, kw)?;
    if cell.as_obj().get(CellObj::value) == MISSING {
        vm.core.heap.set(cell.as_obj(), CellObj::value, class);
    }
    Ok(class)
}

/// Makes a class. `hint`: how many attributes its methods set on `self`.
#[allow(clippy::too_many_arguments)]
fn build(vm: &mut PyVm, meta: Option<P<Class>>, name: Value, bases: Value, ns: Value, cell: Option<Value>, kw: Value, hint: u32) -> R {
    let Some(text) = string::as_str(name) else { return type_error(vm, "type.__new__() argument 1 must be str") };
    let mut parents: Vec<P<Class>> = vec![];
    let ty = vm.rt.class(Known::Type);
    for b in bases.as_obj().elems::<Value>(Tuple::items) {
        match as_class(*b) {
            Some(c) if c.root.get().is_some() || c == vm.rt.class(Known::Object) || c.native.get().is_some() || c.is_subclass(ty) => {
                if parents.contains(&c) {
                    let n = c.name();
                    return type_error(vm, &format!("duplicate base class {n}"));
                }
                parents.push(c)
            }
            Some(c) => {
                let n = c.name();
                return type_error(vm, &format!("type '{n}' is not an acceptable base type"));
            }
            None => return type_error(vm, "bases must be types"),
        }
    }
    if parents.is_empty() {
        parents.push(vm.rt.class(Known::Object));
    }
    let natives: Vec<Known> = parents.iter().filter_map(|c| c.native.get()).collect();
    let layouts = natives.iter().any(|k| *k != natives[0]) as usize + (parents.iter().any(|c| c.exception) && !natives.is_empty()) as usize;
    if layouts > 0 {
        return type_error(vm, "multiple bases have instance lay-out conflict");
    }
    let Some(rest) = c3(&parents) else {
        let names: Vec<String> = parents.iter().map(|c| c.name()).collect();
        return type_error(vm, &format!("Cannot create a consistent method resolution order (MRO) for bases {}", names.join(", ")));
    };
    let inherited = parents.iter().filter_map(|c| c.root.get()).map(|s| s.inline).max().unwrap_or(0);
    let class = make_class(vm, text, parents, rest, false);
    class.meta.set(meta);
    if !class.is_subclass(ty) {
        let fixed = if class.exception { EXCEPTION_SLOTS.len() as u32 } else { class.native.get().is_some() as u32 };
        set_root(vm, class, inherited.saturating_sub(fixed) + hint);
    }
    let d = as_type(ns, Dict::TYPE);
    let Some(d) = d else { return type_error(vm, "type.__new__() argument 3 must be dict") };
    let mut hooks = vec![];
    let mut cell = cell;
    for (k, mut v) in dict::pairs(d).collect::<Vec<_>>() {
        let Some(n) = string::as_str(k) else { continue };
        let n = intern(vm, n);
        match n {
            names::CLASSCELL => {
                if as_type(v, CellObj::TYPE).is_none() {
                    let t = crate::objects::repr::class(class_of(vm, v).object.get());
                    return type_error(vm, &format!("type.__new__(): __classcell__ must be a nonlocal cell, not {t}"));
                }
                cell = Some(v);
                continue;
            }
            names::SLOTS => slots(vm, class, v)?,
            names::QUALNAME if string::as_str(v).is_none() => {
                let t = crate::objects::type_name(vm, v);
                return type_error(vm, &format!("type __qualname__ must be a str, not {t}"));
            }
            names::NEW if as_type(v, Function::TYPE).is_some() => {
                let s = vm.core.heap.alloc(StaticMethod::TYPE);
                s.init(StaticMethod::func, v);
                v = s.into();
            }
            names::INIT_SUBCLASS | names::CLASS_GETITEM if as_type(v, Function::TYPE).is_some() => {
                let s = vm.core.heap.alloc(ClassMethod::TYPE);
                s.init(ClassMethod::func, v);
                v = s.into();
            }
            _ => {}
        }
        set_class_attr(vm, class, n, v);
        if (ops::is_instance(v) || v.obj().is_some_and(|o| o.is(Property::TYPE))) && class_of(vm, v).lookup(names::SET_NAME).is_some() {
            hooks.push((k, n));
        }
    }
    let defines = |n| class.own(n).is_some();
    if defines(names::EQ) && !defines(names::HASH) {
        set_class_attr(vm, class, names::HASH, NONE);
    }
    let all_slots = class.mro.borrow().iter().all(|c| c.slots.borrow().is_some() || *c == vm.rt.class(Known::Object));
    class.dictless.set(all_slots && !class.allows_dict());
    let value = class.object.get();
    if let Some(cell) = cell {
        vm.core.heap.set(cell.as_obj(), CellObj::value, value);
    }
    for (k, n) in hooks {
        if let Some(v) = class.own(n)
            && let Err(e) = attr::call_special(vm, v, names::SET_NAME, &[value, k])
        {
            return Err(e);
        }
    }
    let hook = class.mro.borrow().iter().skip(1).find_map(|c| c.own(names::INIT_SUBCLASS));
    if let Some(h) = hook {
        let f = as_type(h, ClassMethod::TYPE).map_or(h, |o| o.get(ClassMethod::func));
        let args = new_tuple(vm, &[value]);
        call_ex(vm, f, args, kw)?;
    }
    Ok(value)
}

fn slots(vm: &mut PyVm, class: P<Class>, v: Value) -> R<()> {
    let mut out = vec![];
    let all = if string::as_str(v).is_some() { new_tuple(vm, &[v]) } else { v };
    let l = crate::objects::iter::to_list(vm, all)?;
    for s in list::items(l).to_vec() {
        let Some(s) = string::as_str(s) else {
            let t = crate::objects::type_name(vm, s);
            return type_error(vm, &format!("__slots__ items must be strings, not '{t}'"));
        };
        let s = if s.starts_with("__") && !s.ends_with("__") { format!("_{}{s}", class.name().trim_start_matches('_')) } else { s.to_string() };
        out.push(intern(vm, &s));
    }
    *class.slots.borrow_mut() = Some(out);
    Ok(())
}

/// `type(v)`, or `type(name, bases, namespace, **kw)`.
pub fn new_type(vm: &mut PyVm, meta: P<Class>, args: Args<'_>) -> R {
    let ty = vm.rt.class(Known::Type);
    match *args.pos {
        [v] if meta == ty && args.kw.is_empty() => Ok(class_of(vm, v).object.get()),
        [name, bases, ns] => {
            if as_type(bases, Tuple::TYPE).is_none() {
                let t = crate::objects::type_name(vm, bases);
                return type_error(vm, &format!("type.__new__() argument 2 must be tuple, not {t}"));
            }
            let winner = most_derived(vm, meta.object.get(), bases)?;
            let kw: Value = super::keyword_dict(vm, args)?.into();
            if as_class(winner) != Some(meta) {
                let args = new_tuple(vm, args.pos);
                return call_ex(vm, winner, args, kw);
            }
            build(vm, Some(meta).filter(|m| *m != ty), name, bases, ns, None, kw, DEFAULT_ROOM)
        }
        _ => type_error(vm, "type() takes 1 or 3 arguments"),
    }
}

/// Calls a class with arguments, by its metaclass's `__call__` if that is written in Python.
pub fn instantiate(vm: &mut PyVm, f: Value, args: Value, kw: Value, all: Args<'_>) -> R {
    let class = as_class(f).expect("asked of classes only");
    if let Some(c) = class.meta.get().and_then(|m| m.lookup(names::CALL))
        && as_type(c, Function::TYPE).is_some()
    {
        let first = new_tuple(vm, &[f]);
        let args = list::concat(vm, first.as_obj(), args.as_obj())?;
        return call_ex(vm, c, args, kw);
    }
    construct(vm, class, args, kw, all)
}

/// `type.__call__`: `__new__`, then `__init__`.
pub fn construct(vm: &mut PyVm, class: P<Class>, args: Value, kw: Value, all: Args<'_>) -> R {
    if class == vm.rt.class(Known::Type) {
        return new_type(vm, class, all);
    }
    if let (Some(def), true) = (class.native_new.get(), class.builtin) {
        return run(vm, def, all);
    }
    let f = class.object.get();
    let with = |vm: &mut PyVm, v: Value| {
        let first = new_tuple(vm, &[v]);
        list::concat(vm, first.as_obj(), args.as_obj())
    };
    let new = class.lookup(names::NEW).map(|n| as_type(n, StaticMethod::TYPE).map_or(n, |o| o.get(StaticMethod::func)));
    let own_new = new.filter(|n| as_type(*n, Function::TYPE).is_some() || as_type(*n, Builtin::TYPE).is_none());
    let o = match own_new {
        Some(n) => {
            let with_class = with(vm, f)?;
            let o = call_ex(vm, n, with_class, kw)?;
            if !class_of(vm, o).is_subclass(class) {
                return Ok(o);
            }
            o
        }
        None if class.exception => {
            let class = super::group::class_for(vm, class, all.pos)?;
            let e: Value = new_exception(vm, class, all.pos).into();
            if class.is_subclass(vm.rt.class(Known::BaseExceptionGroup)) {
                super::group::init(vm, e, all.pos)?;
            }
            e
        }
        None if class.native.get().is_some() || class.is_subclass(vm.rt.class(Known::Type)) => {
            let with_class = with(vm, f)?;
            super::types::native_new(vm, Args { pos: with_class.as_obj().elems(Tuple::items), kw: all.kw })?
        }
        None if class.root.get().is_some() || class == vm.rt.class(Known::Object) => {
            abstract_check(vm, class)?;
            new_instance(vm, class).into()
        }
        None => {
            let n = class.name();
            return type_error(vm, &format!("cannot create '{n}' instances"));
        }
    };
    let init = class.lookup(names::INIT).filter(|i| as_type(*i, Function::TYPE).is_some() || as_type(*i, Builtin::TYPE).is_none());
    match init {
        Some(init) => {
            let with_self = with(vm, o)?;
            let r = call_ex(vm, init, with_self, kw)?;
            if r != NONE {
                let t = crate::objects::type_name(vm, r);
                return type_error(vm, &format!("__init__() should return None, not '{t}'"));
            }
        }
        None if class.exception || class.is_subclass(vm.rt.class(Known::Type)) => super::types::exception_keywords(vm, class, o, all)?,
        None if class.native.get().is_some_and(super::types::is_mutable) => {
            let with_self = with(vm, o)?;
            super::types::native_init(vm, Args { pos: with_self.as_obj().elems(Tuple::items), kw: all.kw })?;
        }
        None if own_new.is_none() && class.native.get().is_none() && (!all.pos.is_empty() || !all.kw.is_empty()) => {
            let n = class.name();
            return type_error(vm, &format!("{n}() takes no arguments"));
        }
        None => {}
    }
    Ok(o)
}

/// Classes with abstract methods have no instances: module `abc` leaves their names in the class.
pub fn abstract_check(vm: &mut PyVm, class: P<Class>) -> R<()> {
    let n = intern(vm, "__abstractmethods__");
    let Some(l) = class.own(n).filter(|_| class.meta.get().is_some()) else { return Ok(()) };
    let names = crate::objects::iter::to_list(vm, l)?;
    super::methods::sort_list(vm, names, MISSING, MISSING)?;
    let texts: Vec<String> = list::items(names).iter().map(|v| format!("'{}'", string::as_str(*v).unwrap_or(""))).collect();
    if texts.is_empty() {
        return Ok(());
    }
    let (s, c) = (if texts.len() == 1 { "" } else { "s" }, class.name());
    type_error(vm, &format!("Can't instantiate abstract class {c} without an implementation for abstract method{s} {}", texts.join(", ")))
}
