//! Built-in objects: layouts, and the operations of each type that the interpreter calls as residual functions.

pub mod attr;
pub mod class;
pub mod code;
pub mod dict;
pub mod exception;
pub mod float;
pub mod format;
pub mod generator;
pub mod int;
pub mod iter;
pub mod layouts;
pub mod list;
pub mod module;
pub mod ops;
pub mod repr;
pub mod str;

use crate::perm::P;
use crate::runtime::PyVm;
use class::{Class, Known};
use framework::{Obj, Value};
use layouts::*;

/// The class of any value.
pub fn class_of(vm: &PyVm, v: Value) -> P<Class> {
    let realm = vm.rt.realm();
    let known = if v.int().is_some() {
        Known::Int
    } else if v.float().is_some() {
        Known::Float
    } else if let Some(o) = v.obj() {
        return class_of_obj(vm, o);
    } else {
        match v {
            TRUE | FALSE => Known::Bool,
            NOT_IMPLEMENTED => Known::NotImplementedType,
            ELLIPSIS => Known::EllipsisType,
            _ => Known::NoneType,
        }
    };
    realm.class(known)
}

fn class_of_obj(vm: &PyVm, o: Obj) -> P<Class> {
    let realm = vm.rt.realm();
    match o.type_id() {
        Instance::ID => class::instance_class(o),
        ClassObj::ID => class::class_data(o).meta.get().unwrap_or(realm.class(Known::Type)),
        Generator::ID => realm.class(generator::class_of_code(ops::generator_code(o))),
        Iter::ID => realm.class(iter::class_of_kind(o.get(Iter::kind))),
        DictView::ID => realm.class([Known::DictKeys, Known::DictValues, Known::DictItems][o.get(DictView::kind) as usize & 3]),
        id => realm.class_of_type(id).unwrap_or(realm.class(Known::Object)),
    }
}

/// Is there room for so many bytes? To be asked before anything is made of a size that the program chooses; for twice as much, if it is put together
/// outside the heap and then copied into it.
///
/// # Errors
/// `MemoryError` if not.
pub fn need_room(vm: &mut PyVm, bytes: usize) -> crate::runtime::R<()> {
    if bytes < 1 << 20 || vm.core.heap.has_room(bytes) {
        return Ok(());
    }
    Err(exception::raise(vm, class::Known::MemoryError, ""))
}

/// Name of a value's class, for messages.
pub fn type_name(vm: &PyVm, v: Value) -> String {
    class_of(vm, v).name()
}

/// The object, if the value is one of this heap type or an instance of a class derived from it.
#[inline(always)]
pub fn as_type(v: Value, ty: &'static framework::TypeInfo) -> Option<Obj> {
    let o = v.obj()?;
    if o.is(ty) { Some(o) } else { payload(o).and_then(|p| p.obj()).filter(|p| p.is(ty)) }
}

/// The value of the built-in class that an instance of a derived class carries.
#[inline(always)]
pub fn payload(o: Obj) -> Option<Value> {
    if !o.is(Instance::TYPE) || class::instance_class(o).native.get().is_none() {
        return None;
    }
    Some(o.elem(Instance::slots, 0))
}

/// The value itself, or what it carries.
#[inline(always)]
pub fn unwrap(v: Value) -> Value {
    v.obj().and_then(payload).unwrap_or(v)
}

/// A tuple. The items are on the native stack or otherwise kept.
pub fn new_tuple(vm: &mut PyVm, items: &[Value]) -> Value {
    let t = vm.core.heap.alloc_array(Tuple::TYPE, items.len());
    for (i, v) in items.iter().enumerate() {
        t.init_elem(Tuple::items, i, *v);
    }
    t.into()
}
