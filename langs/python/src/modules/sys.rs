//! `sys`.

use crate::builtins::Args;
use crate::objects::class::Known;
use crate::objects::exception::{new_exception, raise, raise_value, value_error};
use crate::objects::layouts::*;
use crate::objects::module::Module;
use crate::objects::{int, list, str as string};
use crate::perm::P;
use crate::runtime::{PyVm, R, intern, set_module_var};
use framework::Value;

crate::builtins! { FUNCTIONS:
    "exit" exit, 0, 1;
    "setrecursionlimit" set_limit, 1, 1;
    "getrecursionlimit" get_limit, 0, 0;
    "__getattr__" lazy, 1, 1;
    "exception" exception, 0, 0;
    "exc_info" exc_info, 0, 0;
    "getsizeof" getsizeof, 1, 2;
    "intern" intern_, 1, 1;
    "getrefcount" refcount, 1, 1;
    "getdefaultencoding" encoding, 0, 0;
    "getfilesystemencoding" encoding, 0, 0;
    "gettrace" nothing, 0, 0;
    "settrace" nothing, 1, 1;
    "setprofile" nothing, 1, 1;
    "get_int_max_str_digits" zero, 0, 0;
    "set_int_max_str_digits" nothing, 1, 1;
    "setswitchinterval" nothing, 1, 1;
}
/// What `sys` has from modules written in Python, imported when first asked for.
const LAZY: &[(&str, &str, &str)] = &[
    ("stdout", "_io", "stdout"),
    ("stderr", "_io", "stderr"),
    ("stdin", "_io", "stdin"),
    ("__stdout__", "_io", "stdout"),
    ("__stderr__", "_io", "stderr"),
    ("__stdin__", "_io", "stdin"),
    ("version_info", "_sysinfo", "version"),
    ("implementation", "_sysinfo", "implementation"),
    ("float_info", "_sysinfo", "float_info"),
    ("int_info", "_sysinfo", "int_info"),
    ("hash_info", "_sysinfo", "hash_info"),
    ("flags", "_sysinfo", "flags"),
];

const VERSION: &str = "3.14.0 (Twofold)";

pub fn install(vm: &mut PyVm, m: P<Module>) {
    super::define(vm, m, FUNCTIONS);
    let argv = vm.rt.argv.clone();
    let l = list::with_capacity(vm, argv.len());
    for (i, a) in argv.iter().enumerate() {
        let s = string::new_str(vm, a);
        vm.core.heap.set_elem(l.get(List::items), Items::items, i, s);
        l.init(List::size, i as i64 + 1);
    }
    set_module_var(vm, m, "argv", l.into());
    set_module_var(vm, m, "maxsize", Value::small_int(0));
    let max = vm.core.heap.int(i64::MAX);
    set_module_var(vm, m, "maxsize", max);
    for (name, text) in
        [("version", VERSION), ("platform", "linux"), ("byteorder", "little"), ("executable", ""), ("prefix", "/usr"), ("ps1", ">>> ")]
    {
        let v = string::new_str(vm, text);
        set_module_var(vm, m, name, v);
    }
    for (name, n) in [("maxunicode", 0x10ffff), ("hexversion", 0x030e_00f0), ("tracebacklimit", 1000)] {
        set_module_var(vm, m, name, Value::small_int(n));
    }
    let names: Vec<Value> = super::NATIVE.iter().map(|(n, _)| string::new_str(vm, n)).collect();
    let names = crate::objects::new_tuple(vm, &names);
    set_module_var(vm, m, "builtin_module_names", names);
    let path: Vec<Value> = vm.rt.path.clone().iter().map(|p| string::new_str(vm, p)).collect();
    let path = list::from_slice(vm, &path);
    let loaded: Value = super::loaded(vm).into();
    set_module_var(vm, m, "path", path);
    set_module_var(vm, m, "modules", loaded);
}

fn exit(vm: &mut PyVm, a: Args) -> R {
    let class = vm.rt.class(Known::SystemExit);
    let e = new_exception(vm, class, a.pos);
    Err(raise_value(vm, e))
}
fn set_limit(vm: &mut PyVm, a: Args) -> R {
    match int::small(a.pos[0]) {
        Some(n) if n > 0 => {
            vm.rt.recursion_limit = n as usize;
            crate::set_frame_limit(vm);
            Ok(NONE)
        }
        _ => value_error(vm, "recursion limit must be greater or equal than 1"),
    }
}
fn get_limit(vm: &mut PyVm, _: Args) -> R {
    let n = vm.rt.recursion_limit;
    Ok(vm.core.heap.int(n as i64))
}
/// `sys.__getattr__`
fn lazy(vm: &mut PyVm, a: Args) -> R {
    let name = string::as_str(a.pos[0]).unwrap_or("");
    let Some((_, module, part)) = LAZY.iter().find(|(n, ..)| *n == name) else {
        return Err(raise(vm, Known::AttributeError, &format!("module 'sys' has no attribute '{name}'")));
    };
    let m = super::import(vm, module)?;
    let n = intern(vm, part);
    let v = crate::objects::attr::get(vm, m, n)?;
    if *part == "stdout" {
        vm.rt.stdout = Some(v);
    }
    let sys = super::import(vm, "sys")?;
    let n = intern(vm, name);
    crate::objects::attr::set(vm, sys, n, v)?;
    Ok(v)
}
fn handled(vm: &PyVm) -> Value {
    vm.rt.realm().state.get(State::handled)
}
fn exception(vm: &mut PyVm, _: Args) -> R {
    Ok(handled(vm))
}
fn exc_info(vm: &mut PyVm, _: Args) -> R {
    let e = handled(vm);
    if e == NONE {
        return Ok(crate::objects::new_tuple(vm, &[NONE, NONE, NONE]));
    }
    let (c, t) = (crate::objects::class_of(vm, e).object.get(), crate::objects::exception::slot(e.as_obj(), crate::objects::class::SLOT_TRACEBACK));
    Ok(crate::objects::new_tuple(vm, &[c, e, t]))
}
fn getsizeof(_: &mut PyVm, a: Args) -> R {
    let n = a.pos[0].obj().map_or(0, |o| crate::objects::ops::length(o.into()).unwrap_or(0));
    Ok(Value::small_int(48 + 8 * n as i64))
}
fn intern_(_: &mut PyVm, a: Args) -> R {
    Ok(a.pos[0])
}
fn zero(_: &mut PyVm, _: Args) -> R {
    Ok(Value::small_int(0))
}
fn encoding(vm: &mut PyVm, _: Args) -> R {
    Ok(string::new_str(vm, "utf-8"))
}
fn nothing(_: &mut PyVm, _: Args) -> R {
    Ok(NONE)
}
fn refcount(_: &mut PyVm, _: Args) -> R {
    Ok(Value::small_int(2))
}
