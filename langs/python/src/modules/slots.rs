//! The attributes of instances past all descriptors: what their `__dict__` writes.

use crate::builtins::Args;
use crate::objects::class::shape_of;
use crate::objects::exception::{raise, type_error};
use crate::objects::layouts::*;
use crate::objects::{as_type, attr, class::Known, str as string};
use crate::runtime::{PyVm, R, intern};

crate::builtins! { MODULE:
    "set" set, 3, 3;
    "delete" delete, 2, 2;
}

fn set(vm: &mut PyVm, a: Args) -> R {
    let (Some(o), Some(n)) = (as_type(a.pos[0], Instance::TYPE), string::as_str(a.pos[1])) else {
        return type_error(vm, "attribute name must be string");
    };
    let n = intern(vm, n);
    attr::set_slot(vm, o, n, a.pos[2]);
    Ok(NONE)
}
fn delete(vm: &mut PyVm, a: Args) -> R {
    let (Some(o), Some(n)) = (as_type(a.pos[0], Instance::TYPE), string::as_str(a.pos[1])) else {
        return type_error(vm, "attribute name must be string");
    };
    let n = intern(vm, n);
    if shape_of(o).slot(n).is_none() {
        return Err(raise(vm, Known::KeyError, ""));
    }
    attr::del_slot(vm, o, n);
    Ok(NONE)
}
