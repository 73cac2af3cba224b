//! Attributes of instances, and method calls.

use super::{Res, call, function_code, name, residual};
use crate::bytecode::{AttrCache, Found, Inst};
use crate::names::Name;
use crate::objects::class::{Class, Known, Shape, classify};
use crate::objects::layouts::*;
use crate::perm::P;
use crate::runtime::Python;
use crate::twins;
use framework::heap::{BoxedFloat, BoxedInt};
use framework::{CodeRef, Flow, Ref, Val, Value, World};

/// Is it an instance of a class written in Python?
#[inline(always)]
pub fn is_instance<W: World<Lang = Python>>(w: &mut W, v: Val<W>) -> bool {
    w.is_a(v, Instance::TYPE)
}

/// The shape of an instance, as a constant.
#[inline(always)]
pub fn shape<W: World<Lang = Python>>(w: &mut W, o: Ref<W>) -> P<Shape> {
    let s = w.load(o, Instance::shape);
    let s = w.promote(s);
    // SAFETY: `shape` of an `Instance` is always set from `P::addr`.
    unsafe { P::from_addr(s) }
}

/// The class of an instance, as a constant; `None` for other values.
pub fn instance_class<W: World<Lang = Python>>(w: &mut W, v: Val<W>) -> Option<P<Class>> {
    if !is_instance(w, v) {
        return None;
    }
    let o = w.to_obj(v);
    Some(shape(w, o).class)
}

/// The class behind a class object, as a constant.
pub fn class_data<W: World<Lang = Python>>(w: &mut W, o: Ref<W>) -> P<Class> {
    let c = w.load(o, ClassObj::data);
    let c = w.promote(c);
    // SAFETY: `data` of a `ClassObj` is always set from `P::addr`.
    unsafe { P::from_addr(c) }
}

/// The class of any value, as a constant, where it is easily found.
pub fn class_of<W: World<Lang = Python>>(w: &mut W, v: Val<W>) -> Option<P<Class>> {
    let realm = w.code().get().realm.get();
    if w.is_int(v) {
        return Some(realm.class(Known::Int));
    }
    if w.is_float(v) {
        return Some(realm.class(Known::Float));
    }
    if !w.is_obj(v) {
        for (s, k) in [(NONE, Known::NoneType), (TRUE, Known::Bool), (FALSE, Known::Bool)] {
            if w.is(v, s) {
                return Some(realm.class(k));
            }
        }
        return None;
    }
    let o = w.to_obj(v);
    match w.type_of(o) {
        Instance::ID => Some(shape(w, o).class),
        BoxedInt::ID => Some(realm.class(Known::Int)),
        BoxedFloat::ID => Some(realm.class(Known::Float)),
        Iter::ID | DictView::ID => None,
        ClassObj::ID => {
            let meta = class_data(w, o).meta.get();
            Some(meta.unwrap_or(realm.class(Known::Type)))
        }
        Generator::ID => {
            let c = w.load(o, Generator::code);
            let c = w.promote(c);
            // SAFETY: `code` of a `Generator` comes from `CodeRef::addr`, the address of the same `Code`.
            let c: P<crate::bytecode::Code> = unsafe { P::from_addr(c) };
            Some(realm.class(crate::objects::generator::class_of_code(c)))
        }
        id => realm.class_of_type(id),
    }
}

/// The Python function a class has under this name.
pub fn find_function<W: World<Lang = Python>>(w: &mut W, class: P<Class>, name: Name) -> Option<Value> {
    let _ = w.quasi(&class.get().version);
    class.lookup(name).filter(|f| f.obj().is_some_and(|o| o.is(Function::TYPE)))
}

/// What a name is on instances of a shape: from the instruction's memo if it fits.
#[inline(always)]
fn find<W: World<Lang = Python>>(w: &mut W, code: CodeRef<Python>, i: Inst, s: P<Shape>) -> Found {
    let version = w.quasi(&s.class.get().version);
    let memo = code.get().caches[i.e as usize].get();
    if memo.key == s.addr() as u64 && memo.version == version { memo.found } else { resolve(code, i, s, version) }
}

#[inline(never)]
fn resolve(code: CodeRef<Python>, i: Inst, s: P<Shape>, version: u64) -> Found {
    let n = name(i.d);
    let class = s.class;
    let special = class.lookup(crate::names::GETATTRIBUTE).is_some_and(|f| f.obj().is_some_and(|o| o.is(Function::TYPE)));
    let found = match (classify(class.lookup(n)), s.slot(n)) {
        _ if special => Found::Nothing,
        (Found::Descriptor(d), slot) => {
            let data = d.as_obj().is(Property::TYPE)
                || (d.as_obj().is(Instance::TYPE) && crate::objects::class::instance_class(d.as_obj()).lookup(crate::names::SET).is_some());
            match slot {
                Some(k) if !data => Found::Slot(k),
                _ => Found::Descriptor(d),
            }
        }
        (_, Some(k)) => Found::Slot(k),
        (f, None) => f,
    };
    code.get().caches[i.e as usize].set(AttrCache { key: s.addr() as u64, version, found });
    found
}

#[inline(always)]
pub fn load_slot<W: World<Lang = Python>>(w: &mut W, o: Ref<W>, s: P<Shape>, k: u32) -> Val<W> {
    if k < s.inline {
        let k = w.constant(k as i64);
        return w.load_elem(o, Instance::slots, k);
    }
    let x = w.load(o, Instance::extra);
    let (x, k) = (w.to_obj(x), w.constant((k - s.inline) as i64));
    w.load_elem(x, Items::items, k)
}

#[inline(always)]
pub fn load_attr<W: World<Lang = Python>>(w: &mut W, code: CodeRef<Python>, i: Inst) -> Res {
    let v = w.get(i.b as u32);
    if is_instance(w, v) {
        let o = w.to_obj(v);
        let s = shape(w, o);
        if let Found::Slot(k) = find(w, code, i, s) {
            let v = load_slot(w, o, s, k);
            w.set(i.a as u32, v);
            return Ok(Flow::Next);
        }
    }
    load_other(w, code, i, v)
}

#[inline(never)]
fn load_other<W: World<Lang = Python>>(w: &mut W, code: CodeRef<Python>, i: Inst, v: Val<W>) -> Res {
    if is_instance(w, v) {
        let o = w.to_obj(v);
        let s = shape(w, o);
        match find(w, code, i, s) {
            Found::Value(x) => {
                let x = w.constant(x);
                w.set(i.a as u32, x);
                return Ok(Flow::Next);
            }
            Found::Function(f) => {
                let f = w.constant(f);
                let m = w.new(BoundMethod::TYPE);
                w.store(m, BoundMethod::func, f);
                w.store(m, BoundMethod::receiver, v);
                let m = w.from_obj(m);
                w.set(i.a as u32, m);
                return Ok(Flow::Next);
            }
            Found::Descriptor(d) if d.as_obj().is(Property::TYPE) => {
                let getter = d.as_obj().get(Property::fget);
                if getter.obj().is_some_and(|o| o.is(Function::TYPE)) {
                    let base = call::scratch(code);
                    w.set(base, v);
                    let f = w.constant(getter);
                    return call::push_function(w, f, base, 1, call::cont(call::RESULT, i.a as u32, 0));
                }
            }
            _ => {}
        }
    }
    let n = w.constant(i.d as i64);
    let x = w.call_raising(&residual::GET_ATTR, (v, n))?;
    w.set(i.a as u32, x);
    Ok(Flow::Next)
}

#[inline(always)]
pub fn store_attr<W: World<Lang = Python>>(w: &mut W, code: CodeRef<Python>, i: Inst) -> Res {
    let (v, x) = (w.get(i.a as u32), w.get(i.b as u32));
    if is_instance(w, v) {
        let o = w.to_obj(v);
        let s = shape(w, o);
        let version = w.quasi(&s.class.get().version);
        let memo = code.get().caches[i.e as usize].get();
        let found = if memo.key == s.addr() as u64 && memo.version == version { memo.found } else { resolve_store(code, i, s, version) };
        if let Found::Slot(k) = found {
            if k < s.inline {
                let k = w.constant(k as i64);
                w.store_elem(o, Instance::slots, k, x);
                return Ok(Flow::Next);
            }
            let extra = w.load(o, Instance::extra);
            let (extra, k) = (w.to_obj(extra), w.constant((k - s.inline) as i64));
            w.store_elem(extra, Items::items, k, x);
            return Ok(Flow::Next);
        }
        if let Found::Nothing = found {
            // A new attribute: the transition is made once and found again by the residual function's memo.
            let n = w.constant(i.d as i64);
            let new = w.constant(s.addr());
            let new = w.call(&residual::NEXT_SHAPE, (new, n));
            let k = s.names.len() as u32;
            if k < s.inline {
                let new = w.promote(new);
                let (k, new) = (w.constant(k as i64), w.constant(new));
                w.store_elem(o, Instance::slots, k, x);
                w.store(o, Instance::shape, new);
                return Ok(Flow::Next);
            }
        }
    }
    let n = w.constant(i.d as i64);
    w.call_raising(&residual::SET_ATTR, (v, n, x))?;
    Ok(Flow::Next)
}

/// `Slot`: overwrite; `Nothing`: add a slot; anything else: the general way.
#[inline(never)]
fn resolve_store(code: CodeRef<Python>, i: Inst, s: P<Shape>, version: u64) -> Found {
    let n = name(i.d);
    let own_setattr = s.class.lookup(crate::names::SETATTR).is_some_and(|f| f.obj().is_some_and(|o| o.is(Function::TYPE)));
    let found = match (classify(s.class.lookup(n)), s.slot(n)) {
        _ if own_setattr => Found::Value(NONE),
        (Found::Descriptor(_), _) => Found::Value(NONE),
        _ if s.class.exception && n == crate::names::CAUSE => Found::Value(NONE),
        (_, Some(k)) => Found::Slot(k),
        _ if !s.class.allows(n) || matches!(n, crate::names::CLASS | crate::names::DICT) => Found::Value(NONE),
        _ => Found::Nothing,
    };
    code.get().caches[i.e as usize].set(AttrCache { key: s.addr() as u64, version, found });
    found
}

/// Calls method d of the object in `b + 1`.
#[inline(always)]
pub fn call_method<W: World<Lang = Python>>(w: &mut W, code: CodeRef<Python>, i: Inst) -> Res {
    let base = i.b as u32;
    let v = w.get(base + 1);
    if is_instance(w, v) {
        let o = w.to_obj(v);
        let s = shape(w, o);
        match find(w, code, i, s) {
            Found::Function(f) => {
                let f = w.constant(f);
                return call::push_function(w, f, base + 1, i.c as u32 + 1, call::cont(call::RESULT, i.a as u32, 0));
            }
            Found::Slot(k) => {
                let f = load_slot(w, o, s, k);
                return call::call_value(w, f, base, i.c as u32, i.a as u32);
            }
            _ => {}
        }
    }
    call_method_other(w, code, i, v)
}

#[inline(never)]
fn call_method_other<W: World<Lang = Python>>(w: &mut W, code: CodeRef<Python>, i: Inst, v: Val<W>) -> Res {
    let (base, n) = (i.b as u32, i.c as u32);
    if w.is_a(v, Super::TYPE) {
        let o = w.to_obj(v);
        let (c, receiver) = (w.load(o, Super::class), w.load(o, Super::receiver));
        let c = w.to_obj(c);
        let after = class_data(w, c);
        if let Some(class) = instance_class(w, receiver) {
            let _ = w.quasi(&class.get().version);
            match classify(class.lookup_after(after, name(i.d))) {
                Found::Function(f) => {
                    w.set(base + 1, receiver);
                    let f = w.constant(f);
                    return call::push_function(w, f, base + 1, n + 1, call::cont(call::RESULT, i.a as u32, 0));
                }
                Found::Builtin(f) if super::make::builtin_init(w, class, f.as_obj(), receiver, base + 2, n) => {
                    let none = w.constant(NONE);
                    w.set(i.a as u32, none);
                    return Ok(Flow::Next);
                }
                _ => {}
            }
        }
    } else if let Some(class) = class_of(w, v) {
        let realm = code.get().realm.get();
        let _ = w.quasi(&class.get().version);
        let memo = code.get().caches[i.e as usize].get();
        let version = class.version.get();
        let found = if memo.key == class.addr() as u64 && memo.version == version {
            memo.found
        } else {
            let found = classify(class.lookup(name(i.d)));
            code.get().caches[i.e as usize].set(AttrCache { key: class.addr() as u64, version, found });
            found
        };
        let ordinary = [Known::Type, Known::Module, Known::Super, Known::Function].iter().all(|k| class != realm.class(*k))
            && !class.is_subclass(realm.class(Known::Type))
            && !is_instance(w, v);
        if let (Found::Builtin(f), true) = (found, ordinary) {
            let intrinsic = crate::builtins::def_of(f_obj(found)).intrinsic;
            if w.is_a(v, Generator::TYPE) && n <= 1 {
                use crate::builtins::Intrinsic;
                let x = if n == 1 { w.get(base + 2) } else { w.constant(NONE) };
                let to = call::cont(call::RESULT, i.a as u32, 0);
                match intrinsic {
                    Intrinsic::Send | Intrinsic::Next => return super::iter::resume(w, v, x, to),
                    Intrinsic::Throw => return super::iter::throw(w, v, x, to),
                    _ => {}
                }
            }
            if let (1, Some((twin, 1))) = (n, twins::of_builtin(intrinsic, n + 1)) {
                let x = w.get(base + 2);
                w.set(base + 1, v);
                if let Some(called) = twins::call(w, twin, x, base + 1, n + 1, i.a as u32) {
                    return called;
                }
            }
            let f = w.constant(f);
            if intrinsic == crate::builtins::Intrinsic::DictGet && (n == 1 || n == 2) {
                let k = w.get(base + 2);
                if let Some(found) = super::arith::dict_get(w, v, k) {
                    let r = match found {
                        Some(r) => r,
                        None if n == 2 => w.get(base + 3),
                        None => w.constant(NONE),
                    };
                    w.set(i.a as u32, r);
                    return Ok(Flow::Next);
                }
            }
            if class == realm.class(Known::List)
                && n == 0
                && intrinsic == crate::builtins::Intrinsic::ListPop
                && let Some(last) = super::arith::list_pop(w, v)
            {
                w.set(i.a as u32, last);
                return Ok(Flow::Next);
            }
            if class == realm.class(Known::List) && n == 1 && intrinsic == crate::builtins::Intrinsic::ListAppend {
                let x = w.get(base + 2);
                super::arith::list_append(w, v, x)?;
                let none = w.constant(NONE);
                w.set(i.a as u32, none);
                return Ok(Flow::Next);
            }
            let r = match n {
                0 => w.call_raising(&residual::CALL1, (f, v))?,
                1 => {
                    let x = w.get(base + 2);
                    w.call_raising(&residual::CALL2, (f, v, x))?
                }
                2 => {
                    let (x, y) = (w.get(base + 2), w.get(base + 3));
                    w.call_raising(&residual::CALL3, (f, v, x, y))?
                }
                _ => return general(w, i, v),
            };
            w.set(i.a as u32, r);
            return Ok(Flow::Next);
        }
    }
    general(w, i, v)
}

fn f_obj(found: Found) -> framework::Obj {
    match found {
        Found::Builtin(f) => f.as_obj(),
        _ => unreachable!("asked of builtins only"),
    }
}

fn general<W: World<Lang = Python>>(w: &mut W, i: Inst, v: Val<W>) -> Res {
    let n = w.constant(i.d as i64);
    let f = w.call_raising(&residual::GET_ATTR, (v, n))?;
    let _ = function_code::<W>;
    call::call_value(w, f, i.b as u32, i.c as u32, i.a as u32)
}
