//! Special methods of the built-in classes: what `super().__len__()` and `int.__add__` find. The interpreter itself never calls them
//! for built-in values; instances of derived classes come here through the ordinary lookup.

use super::{Args, BuiltinDef, Intrinsic, add_methods, new_builtin};
use crate::bytecode::{BinOp, CmpOp};
use crate::names;
use crate::objects::class::{Known, as_class, set_class_attr};
use crate::objects::exception::{self, type_error, value_error};
use crate::objects::layouts::*;
use crate::objects::{as_type, attr, class_of, float, int, iter, list, ops, repr, str as string, type_name, unwrap};
use crate::runtime::{PyVm, R, intern};
use framework::Value;

macro_rules! operators {
    ($($op:ident $plain:ident $pname:literal $reflected:ident $rname:literal $inplace:ident $iname:literal;)*) => {
        $(
            fn $plain(vm: &mut PyVm, a: Args) -> R { binary(vm, BinOp::$op, false, a.pos[0], a.pos[1]) }
            fn $reflected(vm: &mut PyVm, a: Args) -> R { binary(vm, BinOp::$op, false, a.pos[1], a.pos[0]) }
            fn $inplace(vm: &mut PyVm, a: Args) -> R { binary(vm, BinOp::$op, true, a.pos[0], a.pos[1]) }
        )*
        crate::builtins! { PLAIN: $( $pname $plain, 2, 3; )* }
        crate::builtins! { REFLECTED: $( $rname $reflected, 2, 3; )* }
        crate::builtins! { INPLACE: $( $iname $inplace, 2, 2; )* }
    };
}
operators! {
    Add add "__add__" radd "__radd__" iadd "__iadd__";
    Sub sub "__sub__" rsub "__rsub__" isub "__isub__";
    Mul mul "__mul__" rmul "__rmul__" imul "__imul__";
    TrueDiv truediv "__truediv__" rtruediv "__rtruediv__" itruediv "__itruediv__";
    FloorDiv floordiv "__floordiv__" rfloordiv "__rfloordiv__" ifloordiv "__ifloordiv__";
    Mod modulo "__mod__" rmod "__rmod__" imod "__imod__";
    Pow pow "__pow__" rpow "__rpow__" ipow "__ipow__";
    LShift lshift "__lshift__" rlshift "__rlshift__" ilshift "__ilshift__";
    RShift rshift "__rshift__" rrshift "__rrshift__" irshift "__irshift__";
    And and "__and__" rand "__rand__" iand "__iand__";
    Or or "__or__" ror "__ror__" ior "__ior__";
    Xor xor "__xor__" rxor "__rxor__" ixor "__ixor__";
}

crate::builtins! { COMPARE:
    "__lt__" lt, 2, 2;
    "__le__" le, 2, 2;
    "__gt__" gt, 2, 2;
    "__ge__" ge, 2, 2;
    "__eq__" eq, 2, 2;
    "__ne__" ne, 2, 2;
}
crate::builtins! { VALUE:
    "__repr__" repr_, 1, 1;
    "__str__" str_, 1, 1;
    "__hash__" hash, 1, 1;
    "__format__" format, 2, 2;
}
crate::builtins! { NUMBER:
    "__bool__" bool_, 1, 1;
    "__neg__" neg, 1, 1;
    "__pos__" pos, 1, 1;
    "__abs__" abs, 1, 1;
    "__int__" int_, 1, 1;
    "__float__" float_, 1, 1;
    "__trunc__" int_, 1, 1;
    "__floor__" floor, 1, 1;
    "__ceil__" ceil, 1, 1;
    "__round__" round, 1, 2;
    "__divmod__" divmod, 2, 2;
    "__rdivmod__" rdivmod, 2, 2;
}
crate::builtins! { INTEGER:
    "__invert__" invert, 1, 1;
    "__index__" int_, 1, 1;
}
crate::builtins! { CONTAINER:
    "__len__" len, 1, 1;
    "__iter__" iter_, 1, 1;
    "__contains__" contains, 2, 2;
}
crate::builtins! { SUBSCRIPT:
    "__getitem__" getitem, 2, 2;
}
crate::builtins! { MUTABLE:
    "__setitem__" setitem, 3, 3;
    "__delitem__" delitem, 2, 2;
}
crate::builtins! { REVERSIBLE:
    "__reversed__" reversed, 1, 1;
}
crate::builtins! { ITERATOR:
    "__iter__" iter_, 1, 1;
    "__next__" next, 1, 1;
}
crate::builtins! { OBJECT:
    "__repr__" object_repr, 1, 1;
    "__str__" object_str, 1, 1;
    "__hash__" object_hash, 1, 1;
    "__eq__" object_eq, 2, 2;
    "__ne__" object_ne, 2, 2;
    "__lt__" not_implemented, 2, 2;
    "__le__" not_implemented, 2, 2;
    "__gt__" not_implemented, 2, 2;
    "__ge__" not_implemented, 2, 2;
    "__format__" object_format, 2, 2;
    "__getattribute__" object_getattribute, 2, 2;
    "__setattr__" object_setattr, 3, 3;
    "__delattr__" object_delattr, 2, 2;
    "__dir__" object_dir, 1, 1;
    "@__init_subclass__" init_subclass, 1, usize::MAX, kw;
    "@__subclasshook__" not_implemented, 1, 2;
}
crate::builtins! { EXCEPTION:
    "__repr__" exception_repr, 1, 1;
    "__str__" exception_str, 1, 1;
    "with_traceback" with_traceback, 2, 2;
    "add_note" add_note, 2, 2;
    "__setstate__" none, 2, 2;
}
crate::builtins! { TYPE:
    "__call__" type_call, 1, usize::MAX, kw;
    "__repr__" type_repr, 1, 1;
    "mro" type_mro, 1, 1;
    "__subclasses__" subclasses, 1, 1;
    "__instancecheck__" instancecheck, 2, 2;
    "__subclasscheck__" subclasscheck, 2, 2;
    "__or__" type_or, 2, 2;
    "__ror__" type_ror, 2, 2;
    "__dir__" object_dir, 1, 1;
    "@__prepare__" prepare, 1, usize::MAX, kw;
    "__init__" none, 1, usize::MAX, kw;
}
crate::builtins! { FUNCTION:
    "__call__" call_, 1, usize::MAX, kw;
    "__get__" function_get, 2, 3;
}

/// Gives the classes their special methods.
pub fn install(vm: &mut PyVm) {
    use Known::*;
    const SEQUENCES: &[Known] = &[Str, Bytes, ByteArray, List, Tuple];
    const SETS: &[Known] = &[Set, FrozenSet];
    let some = |table: &'static [BuiltinDef], names: &[&str]| -> Vec<&'static BuiltinDef> {
        table.iter().filter(|d| names.iter().any(|n| d.name.trim_start_matches('_').trim_end_matches('_') == *n)).collect()
    };
    let mut plan: Vec<(Known, Vec<&'static BuiltinDef>)> = vec![];
    let all = |t: &'static [BuiltinDef]| t.iter().collect::<Vec<_>>();
    for k in [Int, Float] {
        plan.extend([(k, all(VALUE)), (k, all(COMPARE)), (k, all(NUMBER))]);
        plan.push((k, some(PLAIN, &["add", "sub", "mul", "truediv", "floordiv", "mod", "pow"])));
        plan.push((k, some(REFLECTED, &["radd", "rsub", "rmul", "rtruediv", "rfloordiv", "rmod", "rpow"])));
    }
    plan.push((Int, all(INTEGER)));
    plan.push((Int, some(PLAIN, &["lshift", "rshift", "and", "or", "xor"])));
    plan.push((Int, some(REFLECTED, &["rlshift", "rrshift", "rand", "ror", "rxor"])));
    for k in SEQUENCES {
        plan.extend([(*k, all(VALUE)), (*k, all(COMPARE)), (*k, all(CONTAINER)), (*k, all(SUBSCRIPT))]);
        plan.extend([(*k, some(PLAIN, &["add", "mul"])), (*k, some(REFLECTED, &["rmul"]))]);
    }
    plan.push((Str, some(PLAIN, &["mod"])));
    plan.push((Bytes, some(PLAIN, &["mod"])));
    for k in [List, ByteArray] {
        plan.extend([(k, all(MUTABLE)), (k, some(INPLACE, &["iadd", "imul"]))]);
    }
    plan.extend([(List, all(REVERSIBLE)), (Dict, all(REVERSIBLE)), (Range, all(REVERSIBLE))]);
    plan.extend([(Dict, all(VALUE)), (Dict, some(COMPARE, &["eq", "ne"])), (Dict, all(CONTAINER)), (Dict, all(SUBSCRIPT)), (Dict, all(MUTABLE))]);
    plan.extend([(Dict, some(PLAIN, &["or"])), (Dict, some(REFLECTED, &["ror"])), (Dict, some(INPLACE, &["ior"]))]);
    for k in SETS {
        plan.extend([(*k, all(VALUE)), (*k, all(COMPARE)), (*k, all(CONTAINER)), (*k, some(PLAIN, &["and", "or", "xor", "sub"]))]);
        plan.push((*k, some(REFLECTED, &["rand", "ror", "rxor", "rsub"])));
    }
    plan.push((Set, some(INPLACE, &["iand", "ior", "ixor", "isub"])));
    plan.extend([(Range, all(CONTAINER)), (Range, all(SUBSCRIPT)), (Range, all(VALUE)), (Range, some(COMPARE, &["eq", "ne"]))]);
    for k in [DictKeys, DictItems, DictValues] {
        plan.push((k, all(CONTAINER)));
    }
    for k in [RangeIter, SeqIter, Iter, Enumerate, Zip, Map, Filter, Reversed] {
        plan.push((k, all(ITERATOR)));
    }
    plan.extend([(Object, all(OBJECT)), (BaseException, all(EXCEPTION)), (Type, all(TYPE)), (Function, all(FUNCTION)), (Method, all(FUNCTION))]);
    plan.push((Builtin, some(FUNCTION, &["call"])));
    for (k, defs) in plan {
        let class = vm.rt.class(k);
        for def in defs {
            if def.name.starts_with('@') {
                add_methods(vm, class, std::slice::from_ref(def));
            } else {
                let (b, n) = (new_builtin(vm, def), intern(vm, def.name));
                set_class_attr(vm, class, n, b);
            }
        }
    }
    for k in [List, Dict, Set, ByteArray] {
        let class = vm.rt.class(k);
        set_class_attr(vm, class, names::HASH, NONE);
    }
    let _ = Intrinsic::None;
}

fn binary(vm: &mut PyVm, op: BinOp, inplace: bool, a: Value, b: Value) -> R {
    let (a, b) = (unwrap(a), unwrap(b));
    ops::binary_builtin(vm, op, inplace, a, b).unwrap_or(Ok(NOT_IMPLEMENTED))
}
fn compare(vm: &mut PyVm, op: CmpOp, a: Args) -> R {
    ops::compare_alike(vm, op, unwrap(a.pos[0]), unwrap(a.pos[1])).map(|r| r.unwrap_or(NOT_IMPLEMENTED))
}
fn lt(vm: &mut PyVm, a: Args) -> R {
    compare(vm, CmpOp::Lt, a)
}
fn le(vm: &mut PyVm, a: Args) -> R {
    compare(vm, CmpOp::Le, a)
}
fn gt(vm: &mut PyVm, a: Args) -> R {
    compare(vm, CmpOp::Gt, a)
}
fn ge(vm: &mut PyVm, a: Args) -> R {
    compare(vm, CmpOp::Ge, a)
}
fn eq(vm: &mut PyVm, a: Args) -> R {
    compare(vm, CmpOp::Eq, a)
}
fn ne(vm: &mut PyVm, a: Args) -> R {
    compare(vm, CmpOp::Ne, a)
}
fn repr_(vm: &mut PyVm, a: Args) -> R {
    let s = repr::repr(vm, unwrap(a.pos[0]))?;
    Ok(string::new_str(vm, &s))
}
fn str_(vm: &mut PyVm, a: Args) -> R {
    let v = unwrap(a.pos[0]);
    if v.obj().is_some_and(|o| o.is(Str::TYPE)) {
        return Ok(v);
    }
    // A class that has a `__repr__` of its own is printed by it.
    let s = repr::repr(vm, a.pos[0])?;
    Ok(string::new_str(vm, &s))
}
fn hash(vm: &mut PyVm, a: Args) -> R {
    let h = ops::hash_value(vm, unwrap(a.pos[0]))?;
    Ok(vm.core.heap.int(h))
}
fn format(vm: &mut PyVm, a: Args) -> R {
    let Some(spec) = string::as_str(a.pos[1]) else {
        let t = type_name(vm, a.pos[1]);
        return type_error(vm, &format!("__format__() argument must be str, not {t}"));
    };
    if spec.is_empty() {
        return repr::str_of(vm, a.pos[0]).map(|s| string::new_str(vm, &s));
    }
    let s = crate::objects::format::format(vm, unwrap(a.pos[0]), spec)?;
    Ok(string::new_str(vm, &s))
}
fn bool_(vm: &mut PyVm, a: Args) -> R {
    ops::truth(vm, unwrap(a.pos[0])).map(bool_value)
}
fn neg(vm: &mut PyVm, a: Args) -> R {
    ops::unary(vm, '-', unwrap(a.pos[0]))
}
fn pos(vm: &mut PyVm, a: Args) -> R {
    ops::unary(vm, '+', unwrap(a.pos[0]))
}
fn invert(vm: &mut PyVm, a: Args) -> R {
    ops::unary(vm, '~', unwrap(a.pos[0]))
}
fn abs(vm: &mut PyVm, a: Args) -> R {
    let v = unwrap(a.pos[0]);
    super::functions::absolute(vm, v)
}
fn int_(vm: &mut PyVm, a: Args) -> R {
    let v = unwrap(a.pos[0]);
    match v.float() {
        Some(f) => int::from_float(vm, f),
        None => ops::unary(vm, '+', v),
    }
}
fn float_(vm: &mut PyVm, a: Args) -> R {
    let v = unwrap(a.pos[0]);
    match float::from_number(vm, v) {
        Some(f) => f.map(|f| vm.core.heap.float(f)),
        None => Ok(NOT_IMPLEMENTED),
    }
}
fn floor(vm: &mut PyVm, a: Args) -> R {
    let v = unwrap(a.pos[0]);
    match v.float() {
        Some(f) => int::from_float(vm, f.floor()),
        None => ops::unary(vm, '+', v),
    }
}
fn ceil(vm: &mut PyVm, a: Args) -> R {
    let v = unwrap(a.pos[0]);
    match v.float() {
        Some(f) => int::from_float(vm, f.ceil()),
        None => ops::unary(vm, '+', v),
    }
}
fn round(vm: &mut PyVm, a: Args) -> R {
    super::functions::round_number(vm, unwrap(a.pos[0]), a.get(1)).unwrap_or(Ok(NOT_IMPLEMENTED))
}
fn divmod(vm: &mut PyVm, a: Args) -> R {
    let (q, r) = (binary(vm, BinOp::FloorDiv, false, a.pos[0], a.pos[1])?, binary(vm, BinOp::Mod, false, a.pos[0], a.pos[1])?);
    Ok(if q == NOT_IMPLEMENTED { q } else { crate::objects::new_tuple(vm, &[q, r]) })
}
fn rdivmod(vm: &mut PyVm, a: Args) -> R {
    divmod(vm, Args { pos: &[a.pos[1], a.pos[0]], kw: &[] })
}
fn len(vm: &mut PyVm, a: Args) -> R {
    let n = ops::len(vm, unwrap(a.pos[0]))?;
    Ok(vm.core.heap.int(n as i64))
}
fn iter_(vm: &mut PyVm, a: Args) -> R {
    iter::get_iter(vm, unwrap(a.pos[0]))
}
fn next(vm: &mut PyVm, a: Args) -> R {
    match iter::next(vm, a.pos[0])? {
        Some(v) => Ok(v),
        None => Err(exception::raise(vm, Known::StopIteration, "")),
    }
}
fn contains(vm: &mut PyVm, a: Args) -> R {
    ops::contains(vm, a.pos[1], unwrap(a.pos[0])).map(bool_value)
}
fn getitem(vm: &mut PyVm, a: Args) -> R {
    let v = unwrap(a.pos[0]);
    if let (Some(d), true) = (as_type(v, Dict::TYPE), v != a.pos[0]) {
        // A derived class may say what stands for a missing key.
        if let Some(x) = crate::objects::dict::get(vm, d, a.pos[1])? {
            return Ok(x);
        }
        if let Some(x) = attr::call_special(vm, a.pos[0], names::MISSING, &[a.pos[1]])? {
            return Ok(x);
        }
        return Err(ops::key_error(vm, a.pos[1]));
    }
    ops::get_item(vm, v, a.pos[1])
}
fn setitem(vm: &mut PyVm, a: Args) -> R {
    ops::set_item(vm, unwrap(a.pos[0]), a.pos[1], a.pos[2]).map(|_| NONE)
}
fn delitem(vm: &mut PyVm, a: Args) -> R {
    ops::set_item(vm, unwrap(a.pos[0]), a.pos[1], MISSING).map(|_| NONE)
}
fn reversed(vm: &mut PyVm, a: Args) -> R {
    super::types::reverse(vm, unwrap(a.pos[0]))
}

fn object_repr(vm: &mut PyVm, a: Args) -> R {
    let s = repr::default(vm, a.pos[0]);
    Ok(string::new_str(vm, &s))
}
fn object_str(vm: &mut PyVm, a: Args) -> R {
    let s = repr::repr(vm, a.pos[0])?;
    Ok(string::new_str(vm, &s))
}
fn object_hash(vm: &mut PyVm, a: Args) -> R {
    Ok(vm.core.heap.int((a.pos[0].0 >> 4) as i64))
}
fn object_eq(_: &mut PyVm, a: Args) -> R {
    Ok(if a.pos[0] == a.pos[1] { TRUE } else { NOT_IMPLEMENTED })
}
fn object_ne(vm: &mut PyVm, a: Args) -> R {
    match attr::call_special(vm, a.pos[0], names::EQ, &[a.pos[1]])? {
        None | Some(NOT_IMPLEMENTED) => Ok(NOT_IMPLEMENTED),
        Some(r) => Ok(bool_value(!ops::truth(vm, r)?)),
    }
}
fn not_implemented(_: &mut PyVm, _: Args) -> R {
    Ok(NOT_IMPLEMENTED)
}
fn none(_: &mut PyVm, _: Args) -> R {
    Ok(NONE)
}
fn object_format(vm: &mut PyVm, a: Args) -> R {
    if string::as_str(a.pos[1]).is_some_and(|s| !s.is_empty()) {
        let t = type_name(vm, a.pos[0]);
        return type_error(vm, &format!("unsupported format string passed to {t}.__format__"));
    }
    let s = repr::str_of(vm, a.pos[0])?;
    Ok(string::new_str(vm, &s))
}
fn name_arg(vm: &mut PyVm, v: Value) -> R<names::Name> {
    match string::as_str(v) {
        Some(s) => Ok(intern(vm, s)),
        None => {
            let t = type_name(vm, v);
            type_error(vm, &format!("attribute name must be string, not '{t}'"))
        }
    }
}
fn object_getattribute(vm: &mut PyVm, a: Args) -> R {
    let n = name_arg(vm, a.pos[1])?;
    match attr::find_default(vm, a.pos[0], n)? {
        Some(v) => Ok(v),
        None => Err(attr::no_attribute(vm, a.pos[0], n)),
    }
}
fn object_setattr(vm: &mut PyVm, a: Args) -> R {
    let n = name_arg(vm, a.pos[1])?;
    attr::set_default(vm, a.pos[0], n, a.pos[2]).map(|_| NONE)
}
fn object_delattr(vm: &mut PyVm, a: Args) -> R {
    let n = name_arg(vm, a.pos[1])?;
    attr::delete_default(vm, a.pos[0], n).map(|_| NONE)
}
fn object_dir(vm: &mut PyVm, a: Args) -> R {
    attr::dir(vm, a.pos[0]).map(|l| l.into())
}
fn init_subclass(vm: &mut PyVm, a: Args) -> R {
    if a.kw.is_empty() {
        return Ok(NONE);
    }
    let n = as_class(a.pos[0]).map_or(String::new(), |c| c.name());
    type_error(vm, &format!("{n}.__init_subclass__() takes no keyword arguments"))
}
/// The receiver of an exception's method.
fn exception_of(vm: &mut PyVm, a: Args) -> R<framework::Obj> {
    if exception::is_exception(vm, a.pos[0], Known::BaseException) {
        return Ok(a.pos[0].as_obj());
    }
    let t = type_name(vm, a.pos[0]);
    type_error(vm, &format!("descriptor requires a 'BaseException' object but received a '{t}'"))
}
fn exception_repr(vm: &mut PyVm, a: Args) -> R {
    let e = exception_of(vm, a)?;
    let s = repr::exception(vm, e)?;
    Ok(string::new_str(vm, &s))
}
fn exception_str(vm: &mut PyVm, a: Args) -> R {
    let e = exception_of(vm, a)?;
    let s = exception::message(vm, e)?;
    Ok(string::new_str(vm, &s))
}
fn with_traceback(vm: &mut PyVm, a: Args) -> R {
    let e = exception_of(vm, a)?;
    vm.core.heap.set_elem(e, Instance::slots, crate::objects::class::SLOT_TRACEBACK as usize, a.pos[1]);
    Ok(a.pos[0])
}
fn add_note(vm: &mut PyVm, a: Args) -> R {
    if string::as_str(a.pos[1]).is_none() {
        let t = type_name(vm, a.pos[1]);
        return type_error(vm, &format!("add_note() argument must be str, not {t}"));
    }
    let e = exception_of(vm, a)?;
    let l = match exception::attr(e, names::NOTES).and_then(|v| as_type(v, List::TYPE)) {
        Some(l) => l,
        None => {
            let l = list::with_capacity(vm, 1);
            attr::set_slot(vm, e, names::NOTES, l.into());
            l
        }
    };
    list::push(vm, l, a.pos[1])?;
    Ok(NONE)
}
fn type_call(vm: &mut PyVm, a: Args) -> R {
    let Some(class) = as_class(a.pos[0]) else { return value_error(vm, "descriptor '__call__' requires a 'type' object") };
    let args = crate::objects::new_tuple(vm, &a.pos[1..]);
    let kw: Value = super::keyword_dict(vm, a)?.into();
    super::class_builder::construct(vm, class, args, kw, Args { pos: args.as_obj().elems(Tuple::items), kw: a.kw })
}
fn type_repr(vm: &mut PyVm, a: Args) -> R {
    let s = repr::class(a.pos[0]);
    Ok(string::new_str(vm, &s))
}
fn type_mro(vm: &mut PyVm, a: Args) -> R {
    let Some(c) = as_class(a.pos[0]) else { return value_error(vm, "not a type") };
    let l: Vec<Value> = c.mro.borrow().iter().map(|c| c.object.get()).collect();
    Ok(list::from_slice(vm, &l))
}
fn subclasses(vm: &mut PyVm, a: Args) -> R {
    let Some(c) = as_class(a.pos[0]) else { return value_error(vm, "not a type") };
    let l: Vec<Value> = c.subclasses.borrow().iter().map(|c| c.object.get()).collect();
    Ok(list::from_slice(vm, &l))
}
fn instancecheck(vm: &mut PyVm, a: Args) -> R {
    let (c, t) = (class_of(vm, a.pos[1]), as_class(a.pos[0]));
    Ok(bool_value(t.is_some_and(|t| c.is_subclass(t))))
}
fn subclasscheck(_: &mut PyVm, a: Args) -> R {
    let (c, t) = (as_class(a.pos[1]), as_class(a.pos[0]));
    Ok(bool_value(matches!((c, t), (Some(c), Some(t)) if c.is_subclass(t))))
}
fn type_or(vm: &mut PyVm, a: Args) -> R {
    ops::union(vm, a.pos[0], a.pos[1])
}
fn type_ror(vm: &mut PyVm, a: Args) -> R {
    ops::union(vm, a.pos[1], a.pos[0])
}
fn prepare(vm: &mut PyVm, _: Args) -> R {
    Ok(crate::objects::dict::new(vm).into())
}
fn call_(vm: &mut PyVm, a: Args) -> R {
    let args = crate::objects::new_tuple(vm, &a.pos[1..]);
    let kw: Value = super::keyword_dict(vm, a)?.into();
    super::call_any(vm, a.pos[0], args, kw)
}
fn function_get(vm: &mut PyVm, a: Args) -> R {
    Ok(if a.pos[1] == NONE { a.pos[0] } else { attr::bind(vm, a.pos[0], a.pos[1]) })
}
