//! `math`.

use crate::builtins::Args;
use crate::objects::exception::{type_error, value_error};
use crate::objects::module::Module;
use crate::objects::{float, int, type_name};
use crate::perm::P;
use crate::runtime::{PyVm, R, set_module_var};

crate::builtins! { FUNCTIONS:
    "sqrt" sqrt, 1, 1;
    "floor" floor, 1, 1;
    "ceil" ceil, 1, 1;
    "sin" sin, 1, 1;
    "cos" cos, 1, 1;
}

pub fn install(vm: &mut PyVm, m: P<Module>) {
    super::define(vm, m, FUNCTIONS);
    for (n, f) in [("pi", std::f64::consts::PI), ("e", std::f64::consts::E), ("inf", f64::INFINITY), ("nan", f64::NAN)] {
        let v = vm.core.heap.float(f);
        set_module_var(vm, m, n, v);
    }
}

fn number(vm: &mut PyVm, a: Args) -> R<f64> {
    match float::from_number(vm, a.pos[0]) {
        Some(f) => f,
        None => {
            let t = type_name(vm, a.pos[0]);
            type_error(vm, &format!("must be real number, not {t}"))
        }
    }
}
fn sqrt(vm: &mut PyVm, a: Args) -> R {
    let f = number(vm, a)?;
    if f < 0.0 {
        return value_error(vm, "expected a nonnegative input, got a negative one");
    }
    Ok(vm.core.heap.float(f.sqrt()))
}
fn floor(vm: &mut PyVm, a: Args) -> R {
    if int::is_integer(a.pos[0]) {
        return Ok(a.pos[0]);
    }
    let f = number(vm, a)?;
    int::from_float(vm, f.floor())
}
fn ceil(vm: &mut PyVm, a: Args) -> R {
    if int::is_integer(a.pos[0]) {
        return Ok(a.pos[0]);
    }
    let f = number(vm, a)?;
    int::from_float(vm, f.ceil())
}
fn sin(vm: &mut PyVm, a: Args) -> R {
    let f = number(vm, a)?;
    Ok(vm.core.heap.float(f.sin()))
}
fn cos(vm: &mut PyVm, a: Args) -> R {
    let f = number(vm, a)?;
    Ok(vm.core.heap.float(f.cos()))
}
