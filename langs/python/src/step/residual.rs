//! The interpreter's residual functions: what is cold or complicated.

use crate::builtins::{self, Args, bind, class_builder};
use crate::bytecode::{BinOp, CmpOp, Code};
use crate::call::call_ex;
use crate::names::Name;
use crate::objects::class::{Known, SLOT_ARGS, SLOT_CAUSE, SLOT_CONTEXT, SLOT_SUPPRESS, Shape, as_class};
use crate::objects::exception::*;
use crate::objects::layouts::*;
use crate::objects::module::GlobalCell;
use crate::objects::{attr, class_of, dict, float, format as fmt, int, iter, list, new_tuple, ops, repr, str as string, type_name};
use crate::perm::P;
use crate::runtime::{PyVm, R, name_str};
use framework::{RAISED, Value, residual};

fn ret(r: R) -> Value {
    r.unwrap_or(RAISED)
}
fn unit(r: R<()>) -> Value {
    r.map_or(RAISED, |_| NONE)
}
fn truth(r: R<bool>) -> Value {
    r.map_or(RAISED, bool_value)
}
fn text(vm: &PyVm, n: i64) -> String {
    vm.rt.names.text(Name(n as u32)).to_string()
}

residual! {
    /// Raises UnboundLocalError for a local variable.
    pub fn RAISE_UNBOUND[Any](vm: &mut PyVm, n: i64) -> Value {
        let n = text(vm, n);
        raise(vm, Known::UnboundLocalError, &format!("cannot access local variable '{n}' where it is not associated with a value"));
        RAISED
    }
    /// Raises NameError for a free variable.
    pub fn RAISE_FREE[Any](vm: &mut PyVm, n: i64) -> Value {
        let n = text(vm, n);
        raise(vm, Known::NameError, &format!("cannot access free variable '{n}' where it is not associated with a value in enclosing scope"));
        RAISED
    }
    /// Raises NameError for a global, unless `builtins` has it after all.
    pub fn RAISE_NAME[Any](vm: &mut PyVm, n: i64) -> Value {
        if let Some(v) = vm.rt.builtins.and_then(|b| b.value(Name(n as u32))) {
            return v;
        }
        let n = text(vm, n);
        raise(vm, Known::NameError, &format!("name '{n}' is not defined"));
        let (e, n) = (vm.rt.exc.as_obj(), string::new_str(vm, &n));
        attr::set_slot(vm, e, crate::names::NAME_ATTR, n);
        RAISED
    }
    /// Raises RecursionError.
    pub fn RAISE_RECURSION[Any](vm: &mut PyVm) -> Value {
        raise(vm, Known::RecursionError, "maximum recursion depth exceeded");
        RAISED
    }
    /// Raises TypeError: `__init__` returned something.
    pub fn RAISE_INIT[Any](vm: &mut PyVm, v: Value) -> Value {
        let t = type_name(vm, v);
        ret(type_error(vm, &format!("__init__() should return None, not '{t}'")))
    }
    /// A generator that cannot go on: running, or done.
    pub fn RAISE_GENERATOR[Any](vm: &mut PyVm, state: i64, g: Value) -> Value {
        let class = class_of(vm, g);
        if state == crate::objects::generator::RUNNING {
            let name = class.name();
            raise(vm, Known::ValueError, &format!("{name} already executing"));
        } else if class == vm.rt.class(Known::Coroutine) {
            raise(vm, Known::RuntimeError, "cannot reuse already awaited coroutine");
        } else {
            raise(vm, Known::StopIteration, "");
        }
        RAISED
    }
    /// Raises TypeError: nothing waits for the value sent.
    pub fn RAISE_JUST_STARTED[Any](vm: &mut PyVm, g: Value) -> Value {
        let t = type_name(vm, g);
        ret(type_error(vm, &format!("can't send non-None value to a just-started {t}")))
    }
    /// Raises AssertionError.
    pub fn RAISE_ASSERT[Any](vm: &mut PyVm, v: Value) -> Value {
        let class = vm.rt.class(Known::AssertionError);
        let e = if v == MISSING { new_exception(vm, class, &[]) } else { new_exception(vm, class, &[v]) };
        raise_value(vm, e);
        RAISED
    }
    /// Unbinds a global.
    pub fn DEL_GLOBAL[Any](vm: &mut PyVm, g: i64) -> Value {
        // SAFETY: the interpreter passes the address of a `GlobalCell`.
        let g: P<GlobalCell> = unsafe { P::from_addr(g) };
        if g.object.get(CellObj::value) == MISSING {
            let n = text(vm, g.name.0 as i64);
            raise(vm, Known::NameError, &format!("name '{n}' is not defined"));
            return RAISED;
        }
        crate::runtime::del_global(vm, g);
        NONE
    }
    /// Binds a global that is not known to vary.
    pub fn SET_GLOBAL[Any](vm: &mut PyVm, g: i64, v: Value) -> Value {
        // SAFETY: as in `DEL_GLOBAL`.
        crate::runtime::set_global(vm, unsafe { P::from_addr(g) }, v);
        NONE
    }
    /// A name of a class body's namespace, or MISSING.
    pub fn NAME_GET[Any](vm: &mut PyVm, ns: Value, n: i64) -> Value {
        let key = name_str(vm, Name(n as u32));
        if ns.as_obj().is(Dict::TYPE) {
            return dict::get_simple(ns.as_obj(), key).flatten().unwrap_or(MISSING);
        }
        match ops::get_item(vm, ns, key) {
            Ok(v) => v,
            Err(_) => if catch(vm, Known::KeyError).is_some() { MISSING } else { RAISED },
        }
    }
    /// Binds (or, with MISSING, unbinds) a name of a class body's namespace.
    pub fn NAME_SET[Any](vm: &mut PyVm, ns: Value, n: i64, v: Value) -> Value {
        let key = name_str(vm, Name(n as u32));
        unit(ops::set_item(vm, ns, key, v))
    }
    /// A unary operator.
    pub fn UNARY[Any](vm: &mut PyVm, op: i64, v: Value) -> Value {
        ret(ops::unary(vm, char::from(op as u8), v))
    }
    /// A binary operator; 256 is added for in-place.
    pub fn BINARY[Any](vm: &mut PyVm, op: i64, a: Value, b: Value) -> Value {
        ret(ops::binary_from(vm, BinOp::from_u8(op as u8), op >> 8 & 1 != 0, a, b, op as usize >> 9))
    }
    /// A binary operator on two ints that the fast way declined: overflow, division by zero.
    pub fn BINARY_INT[ReadOnly](vm: &mut PyVm, op: i64, a: Value, b: Value) -> Value {
        ret(ops::binary(vm, BinOp::from_u8(op as u8), false, a, b))
    }
    /// A comparison.
    pub fn COMPARE[Any](vm: &mut PyVm, op: i64, a: Value, b: Value) -> Value {
        ret(ops::compare_from(vm, CmpOp::from_u8(op as u8), a, b, op as usize >> 8))
    }
    /// The power of two floats.
    pub fn POW[Pure](vm: &mut PyVm, a: f64, b: f64) -> f64 {
        float::libm_pow(a, b)
    }
    /// `b in container`
    pub fn CONTAINS[Any](vm: &mut PyVm, a: Value, b: Value) -> Value {
        truth(ops::contains(vm, a, b))
    }
    /// `bool(v)`
    pub fn TRUTH[Any](vm: &mut PyVm, v: Value) -> Value {
        truth(ops::truth(vm, v))
    }
    /// `getattr(v, name)`
    pub fn GET_ATTR[Any](vm: &mut PyVm, v: Value, n: i64) -> Value {
        ret(attr::get(vm, v, Name(n as u32)))
    }
    /// `setattr(v, name, x)`
    pub fn SET_ATTR[Any](vm: &mut PyVm, v: Value, n: i64, x: Value) -> Value {
        unit(attr::set(vm, v, Name(n as u32), x))
    }
    /// `delattr(v, name)`
    pub fn DEL_ATTR[Any](vm: &mut PyVm, v: Value, n: i64) -> Value {
        unit(attr::delete(vm, v, Name(n as u32)))
    }
    /// The shape with one more attribute.
    pub fn NEXT_SHAPE[Pure](vm: &mut PyVm, s: i64, n: i64) -> i64 {
        // SAFETY: the interpreter passes the address of a `Shape`.
        let s: P<Shape> = unsafe { P::from_addr(s) };
        s.get().with(&mut vm.rt.arena, Name(n as u32)).addr()
    }
    /// What a dictionary has under a key, `MISSING` if nothing; `RAISED` if that cannot be told without running Python code.
    pub fn DICT_GET[ReadOnly](vm: &mut PyVm, d: Value, k: Value) -> Value {
        dict::get_simple(d.as_obj(), k).map_or(framework::RAISED, |found| found.unwrap_or(MISSING))
    }
    /// Is something in a container? `RAISED` if that cannot be told without running Python code.
    pub fn FIND[ReadOnly](_vm: &mut PyVm, container: Value, item: Value) -> Value {
        ops::contains_simple(item, container).map_or(framework::RAISED, bool_value)
    }
    /// `v[k]`
    pub fn GET_ITEM[Any](vm: &mut PyVm, v: Value, k: Value) -> Value {
        ret(ops::get_item(vm, v, k))
    }
    /// `v[k] = x`, or `del v[k]`
    pub fn SET_ITEM[Any](vm: &mut PyVm, v: Value, k: Value, x: Value) -> Value {
        unit(ops::set_item(vm, v, k, x))
    }
    /// `{}`
    pub fn NEW_DICT[ReadOnly](vm: &mut PyVm) -> Value {
        dict::new(vm).into()
    }
    /// `set()`
    pub fn NEW_SET[ReadOnly](vm: &mut PyVm) -> Value {
        let d = dict::new(vm);
        ops::new_set(vm, d, false)
    }
    /// Adds to a set.
    pub fn SET_ADD[Any](vm: &mut PyVm, s: Value, v: Value) -> Value {
        unit(dict::set(vm, s.as_obj().get(Set::dict), v, NONE))
    }
    /// Adds all items to a set.
    pub fn SET_UPDATE[Any](vm: &mut PyVm, s: Value, v: Value) -> Value {
        unit(builtins::set_update(vm, s.as_obj().get(Set::dict), v))
    }
    /// Adds all entries; `call`: they are keyword arguments.
    pub fn DICT_UPDATE[Any](vm: &mut PyVm, d: Value, v: Value, call: i64) -> Value {
        unit(builtins::display_update(vm, d.as_obj(), v, call != 0))
    }
    /// The empty string.
    pub fn EMPTY_STR[ReadOnly](vm: &mut PyVm) -> Value {
        string::new_str(vm, "")
    }
    /// What a builtin does with items from Python code: see `twins`.
    pub fn TWIN[Pure](vm: &mut PyVm, twin: i64) -> Value {
        crate::twins::load(vm, twin as usize)
    }
    /// Are two strings of the same length equal?
    pub fn SAME_TEXT[Pure](_vm: &mut PyVm, a: Value, b: Value) -> Value {
        bool_value(string::text(a.as_obj()) == string::text(b.as_obj()))
    }
    /// Two strings as one.
    pub fn CONCAT[Pure](vm: &mut PyVm, a: Value, b: Value) -> Value {
        ret(string::concat(vm, a.as_obj(), b.as_obj()))
    }
    /// A replacement field of an f-string.
    pub fn FORMAT[Any](vm: &mut PyVm, v: Value, spec: Value, conversion: i64) -> Value {
        ret(builtins::format_field(vm, v, spec, conversion))
    }
    /// Appends to a list without room.
    pub fn LIST_APPEND[Any](vm: &mut PyVm, l: Value, v: Value) -> Value {
        unit(list::push(vm, l.as_obj(), v))
    }
    /// Appends all items.
    pub fn LIST_EXTEND[Any](vm: &mut PyVm, l: Value, v: Value) -> Value {
        unit(iter::extend(vm, l.as_obj(), v))
    }
    /// The tuple of a list's items.
    pub fn LIST_TO_TUPLE[ReadOnly](vm: &mut PyVm, l: Value) -> Value {
        ret(list::to_tuple(vm, l.as_obj()))
    }
    /// A tuple with one more item in front.
    pub fn PREPEND[ReadOnly](vm: &mut PyVm, v: Value, t: Value) -> Value {
        let first = new_tuple(vm, &[v]);
        ret(list::concat(vm, first.as_obj(), t.as_obj()))
    }
    /// A dictionary of keyword arguments.
    pub fn KW_DICT[ReadOnly](vm: &mut PyVm, names: Value, values: Value) -> Value {
        let d = dict::new(vm);
        for k in 0..names.as_obj().len() {
            let (n, v) = (names.as_obj().elem(Tuple::items, k), values.as_obj().elem(Tuple::items, k));
            if dict::set(vm, d, n, v).is_err() {
                take(vm);
            }
        }
        d.into()
    }
    /// The items of an iterable as a tuple of the wanted length.
    pub fn UNPACK[Any](vm: &mut PyVm, v: Value, before: i64, after: i64) -> Value {
        ret(builtins::unpack(vm, v, before as usize, usize::try_from(after).ok()))
    }
    /// `iter(v)`
    pub fn GET_ITER[Any](vm: &mut PyVm, v: Value) -> Value {
        ret(iter::get_iter(vm, v))
    }
    /// The next item of a built-in iterator, or EXHAUSTED.
    pub fn NEXT[Any](vm: &mut PyVm, it: Value) -> Value {
        match it.obj().map(|o| o.type_id()) {
            Some(Iter::ID | SeqIter::ID | RangeIter::ID) => ret(iter::next(vm, it).map(|v| v.unwrap_or(EXHAUSTED))),
            _ => {
                let t = type_name(vm, it);
                ret(type_error(vm, &format!("'{t}' object is not an iterator")))
            }
        }
    }
    /// Calls a builtin.
    pub fn CALL0[Any](vm: &mut PyVm, f: Value) -> Value {
        ret(builtins::invoke(vm, f.as_obj(), Args { pos: &[], kw: &[] }))
    }
    /// Calls a builtin.
    pub fn CALL1[Any](vm: &mut PyVm, f: Value, a: Value) -> Value {
        ret(builtins::invoke(vm, f.as_obj(), Args { pos: &[a], kw: &[] }))
    }
    /// Calls a builtin.
    pub fn CALL2[Any](vm: &mut PyVm, f: Value, a: Value, b: Value) -> Value {
        ret(builtins::invoke(vm, f.as_obj(), Args { pos: &[a, b], kw: &[] }))
    }
    /// Calls a builtin.
    pub fn CALL3[Any](vm: &mut PyVm, f: Value, a: Value, b: Value, c: Value) -> Value {
        ret(builtins::invoke(vm, f.as_obj(), Args { pos: &[a, b, c], kw: &[] }))
    }
    /// Calls a builtin with arguments in a tuple.
    pub fn CALL_BUILTIN[Any](vm: &mut PyVm, f: Value, args: Value, kw: Value) -> Value {
        ret(builtins::invoke(vm, f.as_obj(), Args { pos: args.as_obj().elems(Tuple::items), kw: &[] }))
    }
    /// Calls what is not a Python function.
    pub fn CALL_ANY[Any](vm: &mut PyVm, f: Value, args: Value, kw: Value) -> Value {
        ret(builtins::call_any(vm, f, args, kw))
    }
    /// Matches arguments with a function's parameters.
    pub fn BIND[Any](vm: &mut PyVm, f: Value, args: Value, kw: Value) -> Value {
        ret(bind::bind(vm, f.as_obj(), args.as_obj(), kw))
    }
    /// Where a call's keywords go: see `params::positions`.
    pub fn KEYWORD_POSITIONS[Pure](vm: &mut PyVm, code: i64, n: i64, names: Value) -> i64 {
        // SAFETY: the address of a function's code object, which is never freed.
        let code: P<Code> = unsafe { P::from_addr(code) };
        let p = &code.params;
        let named = &p.names[..(p.positional + p.kwonly) as usize];
        let names = names.as_obj().elems(Tuple::items).iter().map(|s| string::as_str(*s));
        super::params::pack(code.get(), n as usize, names.map(|s| named.iter().position(|n| Some(vm.rt.names.text(*n)) == s)))
    }
    /// The default of a function's keyword-only parameter; `MISSING` if it has none.
    pub fn KEYWORD_DEFAULT[ReadOnly](vm: &mut PyVm, f: Value, k: i64) -> Value {
        let f = f.as_obj();
        let Some(d) = f.get(Function::kwdefaults).obj() else { return MISSING };
        let name = name_str(vm, ops::function_code(f).get().params.names[k as usize]);
        dict::get(vm, d, name).ok().flatten().unwrap_or(MISSING)
    }
    /// What `__len__` gave, if `len()` may give it.
    pub fn LENGTH[Any](vm: &mut PyVm, v: Value) -> Value {
        ret(ops::as_length(vm, v).map(|n| vm.core.heap.int(n as i64)))
    }
    /// `type(v)`
    pub fn TYPE_OF[ReadOnly](vm: &mut PyVm, v: Value) -> Value {
        class_of(vm, v).object.get()
    }
    /// What a class body leaves: its namespace and the `__class__` cell.
    pub fn CLASS_CELL[ReadOnly](vm: &mut PyVm, ns: Value, cell: Value) -> Value {
        new_tuple(vm, &[ns, cell])
    }
    /// What a class statement starts with: a tuple of namespace, bases, metaclass and keywords.
    pub fn PREPARE_CLASS[Any](vm: &mut PyVm, name: Value, bases: Value, kw: Value) -> Value {
        ret(class_builder::prepare(vm, name, bases, kw))
    }
    /// Makes a class.
    pub fn BUILD_CLASS[Any](vm: &mut PyVm, name: Value, parts: Value, body: Value, function: Value) -> Value {
        let hint = ops::function_code(function.as_obj()).self_attrs;
        ret(class_builder::finish(vm, name, parts.as_obj(), body.as_obj(), hint))
    }
    /// A question of a pattern about `v`.
    pub fn MATCH[Any](vm: &mut PyVm, question: i64, v: Value, x: Value, y: Value) -> Value {
        ret(builtins::matching::answer(vm, question, v, x, y))
    }
    /// The parts of an exception group that match a class, and that do not.
    pub fn SPLIT_GROUP[Any](vm: &mut PyVm, e: Value, class: Value) -> Value {
        ret(builtins::group::split_for_clause(vm, e, class))
    }
    /// What is to be raised after the clauses of an `except*`, or None.
    pub fn JOIN_GROUP[Any](vm: &mut PyVm, e: Value, parts: Value) -> Value {
        ret(builtins::group::join(vm, e, parts))
    }
    /// The exception that `throw(e)` throws.
    pub fn THROWN[Any](vm: &mut PyVm, e: Value) -> Value {
        ret(instantiate(vm, e, "exceptions must be classes or instances deriving from BaseException, not ", true))
    }
    /// The iterator behind an awaitable.
    pub fn AWAITABLE[Any](vm: &mut PyVm, v: Value) -> Value {
        ret(awaitable(vm, v))
    }
    /// A GeneratorExit thrown into `yield from` closes the inner iterator. Was it one?
    pub fn CLOSE_FOR_EXIT[Any](vm: &mut PyVm, it: Value, e: Value) -> Value {
        truth(close_for_exit(vm, it, e))
    }
    /// `yield from` over an iterator that is no generator: sends or throws; a tuple of whether it yielded, and the value.
    pub fn SEND_OTHER[Any](vm: &mut PyVm, it: Value, v: Value, throw: i64) -> Value {
        ret(send_other(vm, it, v, throw != 0))
    }
    /// Takes the exception in flight.
    pub fn TAKE[Any](vm: &mut PyVm) -> Value {
        take(vm)
    }
    /// Leaves an exception to who started the run.
    pub fn LEAVE[Any](vm: &mut PyVm, e: Value) -> Value {
        vm.rt.exc = e;
        NONE
    }
    /// An exception leaves a generator: StopIteration becomes RuntimeError.
    pub fn LEAVE_GENERATOR[Any](vm: &mut PyVm, e: Value) -> Value {
        if !is_exception(vm, e, Known::StopIteration) {
            return e;
        }
        raise(vm, Known::RuntimeError, "generator raised StopIteration");
        let n = take(vm);
        vm.core.heap.set_elem(n.as_obj(), Instance::slots, SLOT_CAUSE as usize, e);
        vm.core.heap.set_elem(n.as_obj(), Instance::slots, SLOT_CONTEXT as usize, e);
        vm.core.heap.set_elem(n.as_obj(), Instance::slots, SLOT_SUPPRESS as usize, TRUE);
        n
    }
    /// Sets the context of an exception that has none.
    pub fn SET_CONTEXT[Any](vm: &mut PyVm, e: Value, handled: Value) -> Value {
        set_context(vm, e, handled);
        NONE
    }
    /// The exception of `raise x from y`.
    pub fn MAKE_EXCEPTION[Any](vm: &mut PyVm, x: Value, y: Value, handled: Value) -> Value {
        ret(make_exception(vm, x, y, handled))
    }
    /// Does an exception match what `except` names?
    pub fn MATCHES[Any](vm: &mut PyVm, e: Value, t: Value) -> Value {
        truth(matches(vm, e, t))
    }
    /// A special method, bound.
    pub fn SPECIAL[Any](vm: &mut PyVm, v: Value, n: i64) -> Value {
        let r = match attr::special(vm, v, Name(n as u32)) {
            Ok(Some(f)) => Ok(f),
            Ok(None) => {
                let (t, n) = (type_name(vm, v), text(vm, n));
                type_error(vm, &format!("'{t}' object does not support the context manager protocol (missed {n} method)"))
            }
            Err(e) => Err(e),
        };
        ret(r)
    }
    /// `import name`; `top`: the first package of a dotted name.
    pub fn IMPORT[Any](vm: &mut PyVm, n: i64, top: i64, level: i64, from: i64) -> Value {
        let n = text(vm, n);
        // SAFETY: the interpreter passes the address of a `Module`.
        let from = unsafe { P::from_addr(from) };
        ret(crate::modules::import_statement(vm, &n, top != 0, level as usize, from))
    }
    /// `from m import name`
    pub fn IMPORT_FROM[Any](vm: &mut PyVm, m: Value, n: i64) -> Value {
        ret(crate::modules::import_from(vm, m, Name(n as u32)))
    }
    /// `from m import *` in the module of some code.
    pub fn IMPORT_STAR[Any](vm: &mut PyVm, m: Value, code: i64) -> Value {
        // SAFETY: the interpreter passes the address of a `Code`.
        let code: P<Code> = unsafe { P::from_addr(code) };
        unit(crate::modules::import_star(vm, m, code))
    }
}

fn set_context(vm: &mut PyVm, e: Value, handled: Value) {
    let o = e.as_obj();
    if handled == NONE || handled == e || slot(o, SLOT_CONTEXT) != NONE {
        return;
    }
    // No cycles: an exception already in the chain is not linked again.
    let mut at = handled;
    while at != NONE {
        if at == e {
            return;
        }
        at = slot(at.as_obj(), SLOT_CONTEXT);
    }
    vm.core.heap.set_elem(o, Instance::slots, SLOT_CONTEXT as usize, handled);
}

fn instantiate(vm: &mut PyVm, x: Value, what: &str, with_type: bool) -> R {
    if as_class(x).is_some_and(|c| c.exception) {
        let e = crate::call::call(vm, x, &[])?;
        if class_of(vm, e).exception {
            return Ok(e);
        }
        let (c, t) = (ops::repr_of_class(vm, x), ops::repr_of_class_of(vm, e));
        return type_error(vm, &format!("calling {c} should have returned an instance of BaseException, not {t}"));
    }
    if ops::is_instance(x) && class_of(vm, x).exception {
        return Ok(x);
    }
    let t = if with_type { type_name(vm, x) } else { String::new() };
    type_error(vm, &format!("{what}{t}"))
}

fn awaitable(vm: &mut PyVm, v: Value) -> R {
    if v.obj().is_some_and(|o| o.is(Generator::TYPE)) && class_of(vm, v) == vm.rt.class(Known::Coroutine) {
        return Ok(v);
    }
    match attr::call_special(vm, v, crate::names::AWAIT, &[])? {
        Some(it) => Ok(it),
        None => {
            let t = type_name(vm, v);
            type_error(vm, &format!("'{t}' object can't be awaited"))
        }
    }
}

fn close_for_exit(vm: &mut PyVm, it: Value, e: Value) -> R<bool> {
    if !is_exception(vm, e, Known::GeneratorExit) {
        return Ok(false);
    }
    if let Some(close) = attr::find(vm, it, crate::names::CLOSE)? {
        crate::call::call(vm, close, &[])?;
    }
    Ok(true)
}

fn send_other(vm: &mut PyVm, it: Value, v: Value, throw: bool) -> R {
    let r = if throw {
        match attr::find(vm, it, crate::names::THROW)? {
            Some(f) => crate::call::call(vm, f, &[v]),
            None => Err(raise_value(vm, v.as_obj())),
        }
    } else if v == NONE {
        match it.obj() {
            Some(o) if o.is(Instance::TYPE) => match attr::call_special(vm, it, crate::names::NEXT, &[]) {
                Ok(Some(v)) => Ok(v),
                Ok(None) => {
                    let t = type_name(vm, it);
                    type_error(vm, &format!("'{t}' object is not an iterator"))
                }
                Err(e) => Err(e),
            },
            _ => match iter::next(vm, it)? {
                Some(v) => Ok(v),
                None => return Ok(new_tuple(vm, &[FALSE, NONE])),
            },
        }
    } else {
        let f = attr::get(vm, it, crate::names::SEND)?;
        crate::call::call(vm, f, &[v])
    };
    match r {
        Ok(v) => Ok(new_tuple(vm, &[TRUE, v])),
        Err(e) => match catch(vm, Known::StopIteration) {
            Some(s) => {
                let v = attr(s.as_obj(), crate::names::VALUE).unwrap_or(NONE);
                Ok(new_tuple(vm, &[FALSE, v]))
            }
            None => Err(e),
        },
    }
}

fn make_exception(vm: &mut PyVm, x: Value, y: Value, handled: Value) -> R {
    if x == MISSING {
        return if handled == NONE { Err(raise(vm, Known::RuntimeError, "No active exception to reraise")) } else { Ok(handled) };
    }
    let e = instantiate(vm, x, "exceptions must derive from BaseException", false)?;
    if y != MISSING {
        let cause = if y == NONE { y } else { instantiate(vm, y, "exception causes must derive from BaseException", false)? };
        vm.core.heap.set_elem(e.as_obj(), Instance::slots, SLOT_CAUSE as usize, cause);
        vm.core.heap.set_elem(e.as_obj(), Instance::slots, SLOT_SUPPRESS as usize, TRUE);
    }
    set_context(vm, e, handled);
    Ok(e)
}

fn matches(vm: &mut PyVm, e: Value, t: Value) -> R<bool> {
    if let Some(items) = t.obj().filter(|o| o.is(Tuple::TYPE)).map(|o| o.elems::<Value>(Tuple::items)) {
        for t in items {
            if matches(vm, e, *t)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    match as_class(t) {
        Some(c) if c.exception => Ok(class_of(vm, e).is_subclass(c)),
        _ => type_error(vm, "catching classes that do not inherit from BaseException is not allowed"),
    }
}

/// Used by builtins that format.
pub fn display(vm: &mut PyVm, v: Value, spec: &str) -> R<String> {
    let _ = (SLOT_ARGS, int::is_integer(v), call_ex);
    if spec.is_empty() { repr::str_of(vm, v) } else { fmt::format(vm, v, spec) }
}
