//! `time`.

use crate::builtins::Args;
use crate::objects::module::Module;
use crate::perm::P;
use crate::runtime::{PyVm, R};
use std::time::{SystemTime, UNIX_EPOCH};

crate::builtins! { FUNCTIONS:
    "time" time, 0, 0;
    "perf_counter" time, 0, 0;
}

pub fn install(vm: &mut PyVm, m: P<Module>) {
    super::define(vm, m, FUNCTIONS);
}

fn time(vm: &mut PyVm, _: Args) -> R {
    let t = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |d| d.as_secs_f64());
    Ok(vm.core.heap.float(t))
}
