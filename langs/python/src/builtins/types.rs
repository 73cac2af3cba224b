//! Constructors of the built-in classes.

use super::{Args, BuiltinDef, Intrinsic, dict_update, set_update};
use crate::names;
use crate::objects::class::{Known, set_class_attr};
use crate::objects::exception::{type_error, value_error};
use crate::objects::iter::{self, Kind};
use crate::objects::layouts::*;
use crate::objects::{as_type, attr, dict, float, int, list, ops, repr, str as string, type_name};
use crate::runtime::{PyVm, R};
use framework::Value;

macro_rules! constructors {
    ($($known:ident $name:literal $f:ident $min:literal $max:expr;)*) => {
        /// The classes programs can call, and what makes their instances.
        pub static CONSTRUCTORS: &[(Known, BuiltinDef)] = &[$((Known::$known, BuiltinDef {
            name: $name, run: $f, min: $min, max: $max, keywords: true, intrinsic: Intrinsic::None,
        })),*];
    };
}

constructors! {
    Int "int" new_int 0 2;
    Bool "bool" new_bool 0 1;
    Float "float" new_float 0 1;
    Str "str" new_str 0 3;
    Tuple "tuple" new_tuple 0 1;
    List "list" new_list 0 1;
    Dict "dict" new_dict 0 1;
    Set "set" new_set 0 1;
    FrozenSet "frozenset" new_frozenset 0 1;
    Slice "slice" new_slice 1 3;
    Range "range" new_range 1 3;
    Property "property" new_property 0 4;
    StaticMethod "staticmethod" new_static 1 1;
    ClassMethod "classmethod" new_classmethod 1 1;
    Super "super" new_super 2 2;
    Enumerate "enumerate" new_enumerate 1 2;
    Zip "zip" new_zip 0 usize::MAX;
    Map "map" new_map 2 usize::MAX;
    Filter "filter" new_filter 2 2;
    Reversed "reversed" new_reversed 1 1;
}

/// Gives the classes their constructors.
pub fn install(vm: &mut PyVm) {
    for (k, def) in CONSTRUCTORS {
        let class = vm.rt.class(*k);
        class.native_new.set(Some(def));
    }
    // `super().__init__()` must find something at the end of every MRO.
    static OBJECT_INIT: BuiltinDef =
        BuiltinDef { name: "__init__", run: object_init, min: 1, max: usize::MAX, keywords: true, intrinsic: Intrinsic::None };
    static OBJECT_SETATTR: BuiltinDef =
        BuiltinDef { name: "__setattr__", run: object_setattr, min: 3, max: 3, keywords: false, intrinsic: Intrinsic::None };
    static EXCEPTION_INIT: BuiltinDef =
        BuiltinDef { name: "__init__", run: exception_init, min: 1, max: usize::MAX, keywords: false, intrinsic: Intrinsic::None };
    static OBJECT_NEW: BuiltinDef =
        BuiltinDef { name: "__new__", run: object_new, min: 1, max: usize::MAX, keywords: true, intrinsic: Intrinsic::None };
    for (k, n, def) in [
        (Known::Object, names::INIT, &OBJECT_INIT),
        (Known::Object, names::SETATTR, &OBJECT_SETATTR),
        (Known::BaseException, names::INIT, &EXCEPTION_INIT),
    ] {
        let (class, b) = (vm.rt.class(k), super::new_builtin(vm, def));
        set_class_attr(vm, class, n, b);
    }
    let _ = &OBJECT_NEW;
}

fn object_init(_: &mut PyVm, _: Args) -> R {
    Ok(NONE)
}
fn object_setattr(vm: &mut PyVm, a: Args) -> R {
    let n = crate::runtime::intern(vm, string::as_str(a.pos[1]).unwrap_or(""));
    attr::set_plain(vm, a.pos[0], n, a.pos[2]).map(|_| NONE)
}
fn object_new(vm: &mut PyVm, a: Args) -> R {
    match crate::objects::class::as_class(a.pos[0]).filter(|c| c.root.get().is_some()) {
        Some(c) => Ok(crate::objects::exception::new_instance(vm, c).into()),
        None => type_error(vm, "object.__new__(X): X is not a type object"),
    }
}
fn exception_init(vm: &mut PyVm, a: Args) -> R {
    let t = crate::objects::new_tuple(vm, &a.pos[1..]);
    if let Some(o) = as_type(a.pos[0], Instance::TYPE) {
        vm.core.heap.set_elem(o, Instance::slots, crate::objects::class::SLOT_ARGS as usize, t);
    }
    Ok(NONE)
}
fn new_int(vm: &mut PyVm, a: Args) -> R {
    let v = match a.pos.first() {
        Some(v) => *v,
        None => return Ok(vm.core.heap.int(0)),
    };
    if let Some(s) = string::as_str(v) {
        let base = match a.named(1, "base") {
            MISSING => 10,
            b => int::small(b).unwrap_or(-1),
        };
        if !(base == 0 || (2..=36).contains(&base)) {
            return value_error(vm, "int() base must be >= 2 and <= 36, or 0");
        }
        return match int::parse(s, base as u32) {
            Some(i) => Ok(int::from_big(vm, i)),
            None => value_error(vm, &format!("invalid literal for int() with base {base}: {}", repr::quote(s))),
        };
    }
    if let Some(f) = v.float() {
        return int::from_float(vm, f);
    }
    if int::is_integer(v) {
        return ops::unary(vm, '+', v);
    }
    for n in [names::INT, names::INDEX] {
        if let Some(r) = attr::call_special(vm, v, n, &[])? {
            return Ok(r);
        }
    }
    let t = type_name(vm, v);
    type_error(vm, &format!("int() argument must be a string, a bytes-like object or a real number, not '{t}'"))
}
fn new_bool(vm: &mut PyVm, a: Args) -> R {
    match a.pos.first() {
        Some(v) => ops::truth(vm, *v).map(bool_value),
        None => Ok(FALSE),
    }
}
fn new_float(vm: &mut PyVm, a: Args) -> R {
    let Some(&v) = a.pos.first() else { return Ok(vm.core.heap.float(0.0)) };
    if let Some(s) = string::as_str(v) {
        return match float::parse(s) {
            Some(f) => Ok(vm.core.heap.float(f)),
            None => value_error(vm, &format!("could not convert string to float: {}", repr::quote(s))),
        };
    }
    if let Some(f) = float::from_number(vm, v) {
        let f = f?;
        return Ok(vm.core.heap.float(f));
    }
    match attr::call_special(vm, v, names::FLOAT, &[])? {
        Some(r) => Ok(r),
        None => {
            let t = type_name(vm, v);
            type_error(vm, &format!("float() argument must be a string or a real number, not '{t}'"))
        }
    }
}
fn new_str(vm: &mut PyVm, a: Args) -> R {
    let s = match a.pos.first() {
        Some(v) if string::as_str(*v).is_some() => return Ok(*v),
        Some(v) => repr::str_of(vm, *v)?,
        None => String::new(),
    };
    Ok(string::new_str(vm, &s))
}
fn new_tuple(vm: &mut PyVm, a: Args) -> R {
    match a.pos.first() {
        Some(v) if as_type(*v, Tuple::TYPE).is_some() => Ok(*v),
        Some(v) => iter::to_list(vm, *v).map(|l| list::to_tuple(vm, l)),
        None => Ok(crate::objects::new_tuple(vm, &[])),
    }
}
fn new_list(vm: &mut PyVm, a: Args) -> R {
    match a.pos.first() {
        Some(v) => iter::to_list(vm, *v).map(|l| l.into()),
        None => Ok(list::with_capacity(vm, 0).into()),
    }
}
fn new_dict(vm: &mut PyVm, a: Args) -> R {
    let d = dict::new(vm);
    if let Some(v) = a.pos.first() {
        dict_update(vm, d, *v)?;
    }
    for p in a.kw.chunks(2) {
        dict::set(vm, d, p[0], p[1])?;
    }
    Ok(d.into())
}
fn new_set(vm: &mut PyVm, a: Args) -> R {
    let d = dict::new(vm);
    if let Some(v) = a.pos.first() {
        set_update(vm, d, *v)?;
    }
    Ok(ops::new_set(vm, d, false))
}
fn new_frozenset(vm: &mut PyVm, a: Args) -> R {
    let d = dict::new(vm);
    if let Some(v) = a.pos.first() {
        set_update(vm, d, *v)?;
    }
    Ok(ops::new_set(vm, d, true))
}
fn new_slice(vm: &mut PyVm, a: Args) -> R {
    let (start, stop, step) = match *a.pos {
        [stop] => (NONE, stop, NONE),
        [start, stop] => (start, stop, NONE),
        _ => (a.pos[0], a.pos[1], a.pos[2]),
    };
    let o = vm.core.heap.alloc(Slice::TYPE);
    o.init(Slice::start, start);
    o.init(Slice::stop, stop);
    o.init(Slice::step, step);
    Ok(o.into())
}
fn new_range(vm: &mut PyVm, a: Args) -> R {
    let mut n = [0; 3];
    for (i, v) in a.pos.iter().enumerate() {
        n[i] = match ops::index_of(vm, *v)? {
            Some(i) => i,
            None => {
                let t = type_name(vm, *v);
                return type_error(vm, &format!("'{t}' object cannot be interpreted as an integer"));
            }
        };
    }
    let (start, stop, step) = match a.pos.len() {
        1 => (0, n[0], 1),
        2 => (n[0], n[1], 1),
        _ => (n[0], n[1], n[2]),
    };
    if step == 0 {
        return value_error(vm, "range() arg 3 must not be zero");
    }
    Ok(ops::new_range(vm, start, stop, step))
}
fn new_property(vm: &mut PyVm, a: Args) -> R {
    let o = vm.core.heap.alloc(Property::TYPE);
    for (i, (f, name)) in
        [(Property::fget, "fget"), (Property::fset, "fset"), (Property::fdel, "fdel"), (Property::doc, "doc")].into_iter().enumerate()
    {
        let v = a.named(i, name);
        o.init(f, if v == MISSING { NONE } else { v });
    }
    Ok(o.into())
}
fn new_static(vm: &mut PyVm, a: Args) -> R {
    let o = vm.core.heap.alloc(StaticMethod::TYPE);
    o.init(StaticMethod::func, a.pos[0]);
    Ok(o.into())
}
fn new_classmethod(vm: &mut PyVm, a: Args) -> R {
    let o = vm.core.heap.alloc(ClassMethod::TYPE);
    o.init(ClassMethod::func, a.pos[0]);
    Ok(o.into())
}
fn new_super(vm: &mut PyVm, a: Args) -> R {
    if as_type(a.pos[0], ClassObj::TYPE).is_none() {
        return type_error(vm, "super() argument 1 must be a type");
    }
    let o = vm.core.heap.alloc(Super::TYPE);
    o.init(Super::class, a.pos[0]);
    o.init(Super::receiver, a.pos[1]);
    Ok(o.into())
}
fn new_enumerate(vm: &mut PyVm, a: Args) -> R {
    let it = iter::get_iter(vm, a.pos[0])?;
    let start = int::small(a.named(1, "start")).unwrap_or(0);
    Ok(iter::new(vm, Kind::Enumerate, start, it, NONE))
}
fn iterators(vm: &mut PyVm, of: &[Value]) -> R {
    let t = vm.core.heap.alloc_array(Tuple::TYPE, of.len());
    (0..of.len()).for_each(|i| t.init_elem(Tuple::items, i, NONE));
    for (i, v) in of.iter().enumerate() {
        let it = iter::get_iter(vm, *v)?;
        vm.core.heap.set_elem(t, Tuple::items, i, it);
    }
    Ok(t.into())
}
fn new_zip(vm: &mut PyVm, a: Args) -> R {
    let its = iterators(vm, a.pos)?;
    Ok(iter::new(vm, Kind::Zip, (a.keyword("strict") == TRUE) as i64, its, NONE))
}
fn new_map(vm: &mut PyVm, a: Args) -> R {
    let its = iterators(vm, &a.pos[1..])?;
    Ok(iter::new(vm, Kind::Map, 0, its, a.pos[0]))
}
fn new_filter(vm: &mut PyVm, a: Args) -> R {
    let it = iter::get_iter(vm, a.pos[1])?;
    Ok(iter::new(vm, Kind::Filter, 0, it, a.pos[0]))
}
fn new_reversed(vm: &mut PyVm, a: Args) -> R {
    if let Some(r) = attr::call_special(vm, a.pos[0], names::REVERSED, &[])? {
        return Ok(r);
    }
    let v = if as_type(a.pos[0], Dict::TYPE).is_some() { iter::to_list(vm, a.pos[0])?.into() } else { a.pos[0] };
    let n = ops::len(vm, v)?;
    Ok(iter::new(vm, Kind::Reversed, n as i64 - 1, v, NONE))
}
