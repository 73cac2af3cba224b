//! Matching arguments with parameters, the general way.

use crate::bytecode::Params;
use crate::objects::exception::type_error;
use crate::objects::layouts::*;
use crate::objects::{dict, ops, str as string};
use crate::runtime::{PyVm, R, name_str};
use framework::{Obj, Value};

/// A tuple with the value of each parameter of function `f`.
pub fn bind(vm: &mut PyVm, f: Obj, args: Obj, kw: Value) -> R {
    let code = ops::function_code(f);
    let p: &Params = &code.get().params;
    let (positional, named) = (p.positional as usize, p.positional as usize + p.kwonly as usize);
    let t = vm.core.heap.alloc_array(Tuple::TYPE, p.registers() as usize);
    (0..t.len()).for_each(|i| t.init_elem(Tuple::items, i, MISSING));
    let n = args.len();
    for i in 0..n.min(positional) {
        t.init_elem::<Value>(Tuple::items, i, args.elem(Tuple::items, i));
    }
    let defaults = f.get(Function::defaults).obj();
    if p.varargs {
        let rest = vm.core.heap.alloc_array(Tuple::TYPE, n.saturating_sub(positional));
        for i in positional..n {
            rest.init_elem::<Value>(Tuple::items, i - positional, args.elem(Tuple::items, i));
        }
        vm.core.heap.set_elem(t, Tuple::items, named, rest.into());
    } else if n > positional {
        let least = positional - defaults.map_or(0, |d| d.len());
        let takes = if least < positional { format!("from {least} to {positional}") } else { positional.to_string() };
        let s = if positional == 1 { "" } else { "s" };
        let keyword_only = |k: &str| p.names[positional..named].iter().any(|n| vm.rt.names.text(*n) == k);
        let also = kw.obj().map_or(0, |d| dict::pairs(d).filter(|(k, _)| string::as_str(*k).is_some_and(keyword_only)).count());
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        let given = match also {
            0 => format!("{n} {} given", if n == 1 { "was" } else { "were" }),
            k => format!("{n} positional argument{} (and {k} keyword-only argument{}) were given", plural(n), plural(k)),
        };
        return type_error(vm, &format!("{}() takes {takes} positional argument{s} but {given}", code.qualname));
    }
    let extra = if p.kwargs { Some(dict::new(vm)) } else { None };
    if let Some(e) = extra {
        vm.core.heap.set_elem(t, Tuple::items, t.len() - 1, e.into());
    }
    if let Some(d) = kw.obj() {
        let mut i = 0;
        while let Some((at, k, v)) = dict::next_entry(d, i) {
            i = at + 1;
            let Some(key) = string::as_str(k) else { return type_error(vm, "keywords must be strings") };
            let found = p.names[..named].iter().position(|n| vm.rt.names.text(*n) == key);
            match (found, extra) {
                (Some(j), _) if j >= p.posonly as usize => {
                    if t.elem::<Value>(Tuple::items, j) != MISSING {
                        return type_error(vm, &format!("{}() got multiple values for argument '{key}'", code.qualname));
                    }
                    vm.core.heap.set_elem(t, Tuple::items, j, v);
                }
                (_, Some(e)) => dict::set(vm, e, k, v)?,
                (Some(_), None) => {
                    return type_error(vm, &format!("{}() got some positional-only arguments passed as keyword arguments: '{key}'", code.qualname));
                }
                (None, None) => return type_error(vm, &format!("{}() got an unexpected keyword argument '{key}'", code.qualname)),
            }
        }
    }
    if let Some(d) = defaults {
        let first = positional - d.len();
        for i in first..positional {
            if t.elem::<Value>(Tuple::items, i) == MISSING {
                vm.core.heap.set_elem::<Value>(t, Tuple::items, i, d.elem(Tuple::items, i - first));
            }
        }
    }
    if let Some(d) = f.get(Function::kwdefaults).obj() {
        for i in positional..named {
            if t.elem::<Value>(Tuple::items, i) == MISSING {
                let key = name_str(vm, p.names[i]);
                if let Some(v) = dict::get(vm, d, key)? {
                    vm.core.heap.set_elem(t, Tuple::items, i, v);
                }
            }
        }
    }
    for (from, to, what) in [(0, positional, "positional"), (positional, named, "keyword-only")] {
        let missing: Vec<String> =
            (from..to).filter(|i| t.elem::<Value>(Tuple::items, *i) == MISSING).map(|i| format!("'{}'", vm.rt.names.text(p.names[i]))).collect();
        if !missing.is_empty() {
            let (n, s) = (missing.len(), if missing.len() == 1 { "" } else { "s" });
            let names = match &missing[..] {
                [one] => one.clone(),
                [a, b] => format!("{a} and {b}"),
                [rest @ .., last] => format!("{}, and {last}", rest.join(", ")),
                [] => String::new(),
            };
            return type_error(vm, &format!("{}() missing {n} required {what} argument{s}: {names}", code.qualname));
        }
    }
    Ok(t.into())
}
