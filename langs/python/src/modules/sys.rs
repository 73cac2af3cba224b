//! `sys`.

use crate::builtins::{Args, new_builtin};
use crate::names::Name;
use crate::objects::class::{Known, make_class, set_class_attr, set_root};
use crate::objects::exception::{new_exception, new_instance, raise_value, value_error};
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
}
crate::builtins! { STDOUT:
    "write" write_out, 2, 2;
    "flush" flush, 1, 1;
}
crate::builtins! { STDERR:
    "write" write_err, 2, 2;
    "flush" flush, 1, 1;
}

pub fn install(vm: &mut PyVm, m: P<Module>) {
    super::define(vm, m, FUNCTIONS);
    let argv = vm.rt.argv.clone();
    let l = list::with_capacity(vm, argv.len());
    for a in &argv {
        let s = string::new_str(vm, a);
        list::push(vm, l, s);
    }
    set_module_var(vm, m, "argv", l.into());
    set_module_var(vm, m, "maxsize", Value::small_int(0));
    let max = vm.core.heap.int(i64::MAX);
    set_module_var(vm, m, "maxsize", max);
    for (name, table) in [("stdout", STDOUT), ("stderr", STDERR)] {
        let object = vm.rt.class(Known::Object);
        let rest = object.mro.borrow().clone();
        let class = make_class(vm, "TextIOWrapper", vec![object], rest, true);
        set_root(vm, class, 1);
        for def in table {
            let (b, n): (Value, Name) = (new_builtin(vm, def), intern(vm, def.name));
            set_class_attr(vm, class, n, b);
        }
        let o = new_instance(vm, class);
        set_module_var(vm, m, name, o.into());
    }
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
fn write_out(vm: &mut PyVm, a: Args) -> R {
    let s = string::as_str(a.pos[1]).unwrap_or("");
    vm.rt.out.write(s);
    Ok(vm.core.heap.int(s.chars().count() as i64))
}
fn write_err(vm: &mut PyVm, a: Args) -> R {
    let s = string::as_str(a.pos[1]).unwrap_or("");
    eprint!("{s}");
    Ok(vm.core.heap.int(s.chars().count() as i64))
}
fn flush(vm: &mut PyVm, _: Args) -> R {
    vm.rt.out.flush();
    Ok(NONE)
}
