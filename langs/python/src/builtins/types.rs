//! Constructors of the built-in classes.

use super::{Args, BuiltinDef, Intrinsic, dict_update, set_update};
use crate::names;
use crate::objects::class::{Class, Known, as_class};
use crate::objects::exception::{raise, type_error, value_error};
use crate::objects::iter::{self, Kind};
use crate::objects::layouts::*;
use crate::objects::{as_type, attr, dict, float, int, list, ops, repr, str as string, type_name};
use crate::perm::P;
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
    Bytes "bytes" new_bytes 0 3;
    ByteArray "bytearray" new_bytearray 0 3;
    Object "object" new_object 0 0;
    Type "type" new_type 1 3;
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
    Super "super" new_super 0 2;
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
    for k in NATIVE {
        let class = vm.rt.class(*k);
        class.native.set(Some(*k));
    }
    static OBJECT: &[BuiltinDef] = &[def("=__new__", object_new), init(nothing, Intrinsic::ObjectInit)];
    static EXCEPTION: &[BuiltinDef] = &[def("=__new__", exception_new), init(exception_init, Intrinsic::ExceptionInit)];
    static NEW: &[BuiltinDef] = &[def("=__new__", native_new)];
    static INIT: &[BuiltinDef] = &[def("__init__", native_init)];
    for (k, table) in [(Known::Object, OBJECT), (Known::BaseException, EXCEPTION), (Known::Type, NEW)] {
        let class = vm.rt.class(k);
        super::add_methods(vm, class, table);
    }
    for (k, _) in CONSTRUCTORS {
        let class = vm.rt.class(*k);
        super::add_methods(vm, class, NEW);
        if is_mutable(*k) {
            super::add_methods(vm, class, INIT);
        }
    }
}

const fn def(name: &'static str, run: fn(&mut PyVm, Args<'_>) -> R) -> BuiltinDef {
    BuiltinDef { name, run, min: 1, max: usize::MAX, keywords: true, intrinsic: Intrinsic::None }
}

const fn init(run: fn(&mut PyVm, Args<'_>) -> R, intrinsic: Intrinsic) -> BuiltinDef {
    BuiltinDef { intrinsic, ..def("__init__", run) }
}

/// Classes that programs can derive from, whose value instances carry with them.
const NATIVE: &[Known] = &[
    Known::Int,
    Known::Float,
    Known::Str,
    Known::Bytes,
    Known::ByteArray,
    Known::Tuple,
    Known::List,
    Known::Dict,
    Known::Set,
    Known::FrozenSet,
    Known::Property,
];

/// Does `__init__` rather than `__new__` fill it?
pub fn is_mutable(k: Known) -> bool {
    matches!(k, Known::List | Known::Dict | Known::Set | Known::ByteArray)
}

fn constructor(k: Known) -> &'static BuiltinDef {
    &CONSTRUCTORS.iter().find(|(c, _)| *c == k).expect("classes to derive from have constructors").1
}

/// `__new__` of the built-in classes: an instance of a derived class carries the value.
pub fn native_new(vm: &mut PyVm, a: Args) -> R {
    let Some(class) = as_class(a.pos[0]) else {
        let t = type_name(vm, a.pos[0]);
        return type_error(vm, &format!("object.__new__(X): X is not a type object ({t})"));
    };
    let rest = Args { pos: &a.pos[1..], kw: a.kw };
    if class.is_subclass(vm.rt.class(Known::Type)) {
        return super::class_builder::new_type(vm, class, rest);
    }
    if let (Some(def), true) = (class.native_new.get(), class.builtin) {
        return super::run(vm, def, rest);
    }
    let Some(k) = class.native.get() else { return object_new(vm, a) };
    super::class_builder::abstract_check(vm, class)?;
    let value = if is_mutable(k) { super::run(vm, constructor(k), Args { pos: &[], kw: &[] })? } else { super::run(vm, constructor(k), rest)? };
    let o = crate::objects::exception::new_instance(vm, class);
    vm.core.heap.set_elem(o, Instance::slots, 0, value);
    Ok(o.into())
}

/// `__init__` of the built-in containers: fills what an instance of a derived class carries, or the container itself.
pub fn native_init(vm: &mut PyVm, a: Args) -> R {
    let v = crate::objects::unwrap(a.pos[0]);
    let rest = Args { pos: &a.pos[1..], kw: a.kw };
    let Some(o) = v.obj() else { return Ok(NONE) };
    match o.type_id() {
        List::ID => {
            let new = super::run(vm, constructor(Known::List), rest)?;
            let n = list::size(o);
            list::splice(vm, o, 0, n, list::items(new.as_obj()))?;
        }
        Dict::ID => {
            let new = super::run(vm, constructor(Known::Dict), rest)?;
            // What is in it already stays: `dict.__init__` updates.
            dict::update(vm, o, new.as_obj())?;
        }
        Set::ID => {
            let new = super::run(vm, constructor(Known::Set), rest)?;
            let d = o.get(Set::dict);
            dict::clear(vm, d);
            dict::update(vm, d, new.as_obj().get(Set::dict))?;
        }
        ByteArray::ID => {
            let new = super::run(vm, constructor(Known::ByteArray), rest)?.as_obj();
            o.init(ByteArray::size, new.get(ByteArray::size));
            vm.core.heap.set(o, ByteArray::data, new.get(ByteArray::data));
        }
        _ => {}
    }
    Ok(NONE)
}

fn nothing(_: &mut PyVm, _: Args) -> R {
    Ok(NONE)
}
fn object_new(vm: &mut PyVm, a: Args) -> R {
    let Some(c) = as_class(a.pos[0]) else {
        let t = type_name(vm, a.pos[0]);
        return type_error(vm, &format!("object.__new__(X): X is not a type object ({t})"));
    };
    let written = |n| c.lookup(n).is_some_and(|f| f.obj().is_some_and(|o| !o.is(Builtin::TYPE)));
    if a.pos.len() > 1 || !a.kw.is_empty() {
        if written(names::NEW) {
            return type_error(vm, "object.__new__() takes exactly one argument (the type to instantiate)");
        }
        if !written(names::INIT) {
            let n = c.name();
            return type_error(vm, &format!("{n}() takes no arguments"));
        }
    }
    if c.exception {
        return exception_new(vm, a);
    }
    if c.native.get().is_some() || (c.root.get().is_none() && c != vm.rt.class(Known::Object)) {
        let n = c.name();
        return type_error(vm, &format!("object.__new__({n}) is not safe, use {n}.__new__()"));
    }
    super::class_builder::abstract_check(vm, c)?;
    Ok(crate::objects::exception::new_instance(vm, c).into())
}
fn exception_new(vm: &mut PyVm, a: Args) -> R {
    match as_class(a.pos[0]).filter(|c| c.exception) {
        Some(c) => {
            let c = super::group::class_for(vm, c, &a.pos[1..])?;
            let e: Value = crate::objects::exception::new_exception(vm, c, &a.pos[1..]).into();
            if c.is_subclass(vm.rt.class(Known::BaseExceptionGroup)) {
                super::group::init(vm, e, &a.pos[1..])?;
            }
            Ok(e)
        }
        None => type_error(vm, "BaseException.__new__(X): X is not a subtype of BaseException"),
    }
}
fn exception_init(vm: &mut PyVm, a: Args) -> R {
    let t = crate::objects::new_tuple(vm, &a.pos[1..]);
    if let Some(o) = as_type(a.pos[0], Instance::TYPE) {
        vm.core.heap.set_elem(o, Instance::slots, crate::objects::class::SLOT_ARGS as usize, t);
        crate::objects::exception::set_attributes(vm, o, &a.pos[1..]);
    }
    Ok(NONE)
}

/// Keyword arguments of exceptions: a few classes take some.
pub fn exception_keywords(vm: &mut PyVm, class: P<Class>, e: Value, a: Args) -> R<()> {
    if !class.exception {
        return Ok(());
    }
    for p in a.kw.chunks(2) {
        let n = string::as_str(p[0]).unwrap_or("");
        let takes = |k: Known, names: &[&str]| class.is_subclass(vm.rt.class(k)) && names.contains(&n);
        let import = takes(Known::ImportError, &["name", "path", "name_from"]);
        if import || takes(Known::AttributeError, &["name", "obj"]) || takes(Known::NameError, &["name"]) {
            let name = crate::runtime::intern(vm, n);
            attr::set_slot(vm, e.as_obj(), name, p[1]);
        } else {
            let c = class.name();
            return type_error(vm, &format!("{c}() takes no keyword arguments"));
        }
    }
    Ok(())
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
    let v = a.named(0, "object");
    if a.pos.len() > 1 || !a.kw.is_empty() && v != MISSING && (a.keyword("encoding") != MISSING || a.keyword("errors") != MISSING) {
        return super::bytes::decode_value(vm, v, a.named(1, "encoding"), a.named(2, "errors"));
    }
    if v.obj().is_some_and(|o| o.is(Str::TYPE)) {
        return Ok(v);
    }
    let s = if v == MISSING { String::new() } else { repr::str_of(vm, v)? };
    Ok(string::new_str(vm, &s))
}
fn new_tuple(vm: &mut PyVm, a: Args) -> R {
    match a.pos.first() {
        Some(v) if v.obj().is_some_and(|o| o.is(Tuple::TYPE)) => Ok(*v),
        Some(v) => iter::to_list(vm, *v).and_then(|l| list::to_tuple(vm, l)),
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
            Some(_) if int::as_big(*v).is_some() => {
                return Err(raise(vm, Known::OverflowError, "Python int too large to convert to C ssize_t"));
            }
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
    if a.pos.is_empty() {
        return Err(crate::objects::exception::raise(vm, Known::RuntimeError, "super(): no arguments"));
    }
    if as_type(a.pos[0], ClassObj::TYPE).is_none() {
        let t = type_name(vm, a.pos[0]);
        return type_error(vm, &format!("super() argument 1 must be a type, not {t}"));
    }
    let o = vm.core.heap.alloc(Super::TYPE);
    o.init(Super::class, a.pos[0]);
    let class = as_class(a.pos[0]).expect("just checked");
    let receiver = a.get(1);
    if receiver != MISSING {
        let fits = crate::objects::class_of(vm, receiver).is_subclass(class) || as_class(receiver).is_some_and(|c| c.is_subclass(class));
        if !fits {
            return type_error(vm, "super(type, obj): obj must be an instance or subtype of type");
        }
    }
    o.init(Super::receiver, receiver);
    Ok(o.into())
}
fn new_enumerate(vm: &mut PyVm, a: Args) -> R {
    let it = iter::get_iter(vm, a.pos[0])?;
    let start = match a.named(1, "start") {
        MISSING => 0,
        v => match ops::index_of(vm, v)? {
            Some(i) => i,
            None => {
                let t = type_name(vm, v);
                return type_error(vm, &format!("'{t}' object cannot be interpreted as an integer"));
            }
        },
    };
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
    if ops::is_instance(a.pos[0])
        && let Some(r) = attr::call_special(vm, a.pos[0], names::REVERSED, &[])?
    {
        return Ok(r);
    }
    reverse(vm, a.pos[0])
}

/// `reversed(v)` of a value that has no `__reversed__` of its own.
pub fn reverse(vm: &mut PyVm, v: Value) -> R {
    let listed = v.obj().is_some_and(|o| matches!(o.type_id(), Dict::ID | DictView::ID));
    let sequence = v.obj().is_some_and(|o| matches!(o.type_id(), List::ID | Tuple::ID | Str::ID | Range::ID | Bytes::ID | ByteArray::ID));
    if !listed && !sequence && crate::objects::class_of(vm, v).lookup(names::GETITEM).is_none() {
        let t = type_name(vm, v);
        return type_error(vm, &format!("'{t}' object is not reversible"));
    }
    let v = if listed { iter::to_list(vm, v)?.into() } else { v };
    let n = ops::len(vm, v)?;
    Ok(iter::new(vm, Kind::Reversed, n as i64 - 1, v, NONE))
}

fn new_object(vm: &mut PyVm, _: Args) -> R {
    let class = vm.rt.class(Known::Object);
    Ok(crate::objects::exception::new_instance(vm, class).into())
}
fn new_type(vm: &mut PyVm, a: Args) -> R {
    let class = vm.rt.class(Known::Type);
    super::class_builder::new_type(vm, class, a)
}
fn new_bytes(vm: &mut PyVm, a: Args) -> R {
    let data = super::bytes::construct(vm, a)?;
    Ok(super::bytes::new_bytes(vm, &data))
}
fn new_bytearray(vm: &mut PyVm, a: Args) -> R {
    let data = super::bytes::construct(vm, a)?;
    Ok(super::bytes::new_bytearray(vm, &data))
}
