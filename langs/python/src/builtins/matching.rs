//! What patterns ask of their subject.

use crate::compile::pattern::Question;
use crate::names;
use crate::objects::class::{Class, Known, as_class};
use crate::objects::exception::{catch, type_error};
use crate::objects::layouts::*;
use crate::objects::{attr, class_of, dict, iter, list, ops, str as string};
use crate::perm::P;
use crate::runtime::{PyVm, R, intern};
use framework::Value;

/// Classes whose instances a single positional sub-pattern matches as a whole.
const SELF: &[Known] = &[
    Known::Bool,
    Known::ByteArray,
    Known::Bytes,
    Known::Dict,
    Known::Float,
    Known::FrozenSet,
    Known::Int,
    Known::List,
    Known::Set,
    Known::Str,
    Known::Tuple,
];

/// Answers a question (its number) about `v`.
pub fn answer(vm: &mut PyVm, question: i64, v: Value, x: Value, y: Value) -> R {
    match question {
        q if q == Question::Sequence as i64 => {
            let c = class_of(vm, v);
            Ok(bool_value(is_a(vm, c, &[Known::List, Known::Tuple, Known::Range]) || marked(vm, c, "__match_sequence__")))
        }
        q if q == Question::Mapping as i64 => {
            let c = class_of(vm, v);
            Ok(bool_value(is_a(vm, c, &[Known::Dict]) || marked(vm, c, "__match_mapping__")))
        }
        q if q == Question::Length as i64 => ops::len(vm, v).map(|n| vm.core.heap.int(n as i64)),
        q if q == Question::Class as i64 => instance(vm, v, x, y),
        q if q == Question::Keys as i64 => keys(vm, v, x),
        _ => rest(vm, v, x),
    }
}

fn is_a(vm: &PyVm, c: P<Class>, known: &[Known]) -> bool {
    known.iter().any(|k| c.is_subclass(vm.rt.class(*k)))
}

/// Is the class of a kind that module `collections.abc` marks?
fn marked(vm: &mut PyVm, c: P<Class>, mark: &str) -> bool {
    let n = intern(vm, mark);
    c.lookup(n) == Some(TRUE)
}

/// The attributes a class pattern looks at: `spec` is the number of positional ones, then the names of the others.
fn instance(vm: &mut PyVm, v: Value, cls: Value, spec: Value) -> R {
    let Some(class) = as_class(cls) else { return type_error(vm, "called match pattern must be a class") };
    let yes = super::isinstance_of(vm, v, cls)?;
    if !yes {
        return Ok(NONE);
    }
    let spec = spec.as_obj();
    let n = spec.elem::<Value>(Tuple::items, 0).int().unwrap_or(0) as usize;
    let out = list::with_capacity(vm, n + spec.len());
    let args = attr::find(vm, cls, names::MATCH_ARGS)?;
    let mut seen: Vec<names::Name> = vec![];
    if n > 0 {
        let itself = args.is_none() && SELF.iter().any(|k| class.is_subclass(vm.rt.class(*k)));
        let allowed = if itself { 1 } else { args.and_then(|a| crate::objects::as_type(a, Tuple::TYPE)).map_or(0, |t| t.len()) };
        if n > allowed {
            let s = if allowed == 1 { "" } else { "s" };
            return type_error(vm, &format!("{}() accepts {allowed} positional sub-pattern{s} ({n} given)", class.name()));
        }
        if itself {
            list::push(vm, out, v)?;
        }
    }
    let mut wanted = vec![];
    if let (Some(a), true) = (args, n > 0) {
        for i in 0..n {
            let k: Value = a.as_obj().elem(Tuple::items, i);
            let Some(s) = string::as_str(k) else {
                let t = crate::objects::type_name(vm, k);
                return type_error(vm, &format!("__match_args__ elements must be strings (got {t})"));
            };
            wanted.push(intern(vm, s));
        }
    }
    for i in 1..spec.len() {
        wanted.push(intern(vm, string::as_str(spec.elem(Tuple::items, i)).unwrap_or("")));
    }
    for name in wanted {
        if seen.contains(&name) {
            let text = vm.rt.names.text(name).to_string();
            return type_error(vm, &format!("{}() got multiple sub-patterns for attribute '{text}'", class.name()));
        }
        seen.push(name);
        match attr::get(vm, v, name) {
            Ok(x) => list::push(vm, out, x)?,
            Err(e) => {
                if catch(vm, Known::AttributeError).is_some() {
                    return Ok(NONE);
                }
                return Err(e);
            }
        }
    }
    list::to_tuple(vm, out)
}

fn keys(vm: &mut PyVm, v: Value, keys: Value) -> R {
    let n = keys.as_obj().len();
    let out = list::with_capacity(vm, n);
    let get_name = intern(vm, "get");
    for i in 0..n {
        let k: Value = keys.as_obj().elem(Tuple::items, i);
        for j in 0..i {
            if ops::equal(vm, k, keys.as_obj().elem(Tuple::items, j))? {
                let r = crate::objects::repr::repr(vm, k)?;
                return crate::objects::exception::value_error(vm, &format!("mapping pattern checks duplicate key ({r})"));
            }
        }
        // As `get` finds it: a default dictionary grows by no pattern.
        let get = attr::get(vm, v, get_name)?;
        let x = crate::call::call(vm, get, &[k, NOT_IMPLEMENTED])?;
        if x == NOT_IMPLEMENTED {
            return Ok(NONE);
        }
        list::push(vm, out, x)?;
    }
    list::to_tuple(vm, out)
}

fn rest(vm: &mut PyVm, v: Value, keys: Value) -> R {
    let d = dict::new(vm);
    super::dict_update(vm, d, v)?;
    let it = iter::get_iter(vm, keys)?;
    while let Some(k) = iter::next(vm, it)? {
        dict::remove(vm, d, k)?;
    }
    Ok(d.into())
}
