//! `time`.

use crate::builtins::Args;
use crate::objects::exception::{type_error, value_error};
use crate::objects::layouts::*;
use crate::objects::module::Module;
use crate::objects::{float, int, list, new_tuple, str as string, type_name};
use crate::perm::P;
use crate::runtime::{PyVm, R, set_module_var};
use framework::Value;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

crate::builtins! { FUNCTIONS:
    "time" time, 0, 0;
    "time_ns" time_ns, 0, 0;
    "perf_counter" monotonic, 0, 0;
    "perf_counter_ns" monotonic_ns, 0, 0;
    "monotonic" monotonic, 0, 0;
    "monotonic_ns" monotonic_ns, 0, 0;
    "process_time" process_time, 0, 0;
    "process_time_ns" process_time_ns, 0, 0;
    "thread_time" process_time, 0, 0;
    "sleep" sleep, 1, 1;
    "localtime" localtime, 0, 1;
    "gmtime" gmtime, 0, 1;
    "mktime" mktime, 1, 1;
    "strftime" strftime, 1, 2;
    "ctime" ctime, 0, 1;
    "asctime" asctime, 0, 1;
}

pub fn install(vm: &mut PyVm, m: P<Module>) {
    super::define(vm, m, FUNCTIONS);
    set_module_var(vm, m, "timezone", Value::small_int(0));
}

fn clock(id: libc::clockid_t) -> i64 {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: fills the struct given.
    unsafe { libc::clock_gettime(id, &mut t) };
    t.tv_sec * 1_000_000_000 + t.tv_nsec
}
fn seconds(vm: &mut PyVm, ns: i64) -> R {
    Ok(vm.core.heap.float(ns as f64 * 1e-9))
}
fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
fn time(vm: &mut PyVm, _: Args) -> R {
    Ok(vm.core.heap.float(since_epoch().as_secs_f64()))
}
fn time_ns(vm: &mut PyVm, _: Args) -> R {
    Ok(vm.core.heap.int(since_epoch().as_nanos() as i64))
}
fn monotonic(vm: &mut PyVm, _: Args) -> R {
    seconds(vm, clock(libc::CLOCK_MONOTONIC))
}
fn monotonic_ns(vm: &mut PyVm, _: Args) -> R {
    Ok(vm.core.heap.int(clock(libc::CLOCK_MONOTONIC)))
}
fn process_time(vm: &mut PyVm, _: Args) -> R {
    seconds(vm, clock(libc::CLOCK_PROCESS_CPUTIME_ID))
}
fn process_time_ns(vm: &mut PyVm, _: Args) -> R {
    Ok(vm.core.heap.int(clock(libc::CLOCK_PROCESS_CPUTIME_ID)))
}
fn sleep(vm: &mut PyVm, a: Args) -> R {
    let Some(s) = float::from_number(vm, a.pos[0]) else {
        let t = type_name(vm, a.pos[0]);
        return type_error(vm, &format!("'{t}' object cannot be interpreted as an integer"));
    };
    let s = s?;
    if s < 0.0 || s.is_nan() {
        return value_error(vm, "sleep length must be non-negative");
    }
    vm.rt.out.flush();
    std::thread::sleep(Duration::from_secs_f64(s.min(1e9)));
    Ok(NONE)
}

/// The moment an optional argument means, in seconds.
fn moment(vm: &mut PyVm, v: Value) -> R<i64> {
    match v {
        MISSING | NONE => Ok(since_epoch().as_secs() as i64),
        v => match float::from_number(vm, v) {
            Some(f) => f.map(|f| f.floor() as i64),
            None => type_error(vm, "an integer is required"),
        },
    }
}
fn fields(vm: &mut PyVm, t: &libc::tm) -> R {
    let all = [t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, (t.tm_wday + 6) % 7, t.tm_yday + 1, t.tm_isdst];
    let l: Vec<Value> = all.iter().map(|n| Value::small_int(*n as i64)).collect();
    let t = new_tuple(vm, &l);
    let m = crate::modules::import(vm, "_time")?;
    let n = crate::runtime::intern(vm, "struct_time");
    let class = crate::objects::attr::get(vm, m, n)?;
    crate::call::call(vm, class, &[t])
}
fn broken_down(s: i64, utc: bool) -> libc::tm {
    // SAFETY: all fields of `tm` may be zero, and the functions fill it.
    unsafe {
        let mut t: libc::tm = std::mem::zeroed();
        if utc {
            libc::gmtime_r(&s, &mut t)
        } else {
            libc::localtime_r(&s, &mut t)
        };
        t
    }
}
fn localtime(vm: &mut PyVm, a: Args) -> R {
    let s = moment(vm, a.get(0))?;
    fields(vm, &broken_down(s, false))
}
fn gmtime(vm: &mut PyVm, a: Args) -> R {
    let s = moment(vm, a.get(0))?;
    fields(vm, &broken_down(s, true))
}
fn from_fields(vm: &mut PyVm, v: Value) -> R<libc::tm> {
    if v == MISSING {
        return Ok(broken_down(since_epoch().as_secs() as i64, false));
    }
    let l = crate::objects::iter::to_list(vm, v)?;
    let n = |i: usize| list::items(l).get(i).and_then(|v| int::small(*v)).unwrap_or(0) as i32;
    // SAFETY: all fields of `tm` may be zero.
    let mut t: libc::tm = unsafe { std::mem::zeroed() };
    (t.tm_year, t.tm_mon, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec) = (n(0) - 1900, n(1) - 1, n(2), n(3), n(4), n(5));
    (t.tm_wday, t.tm_yday, t.tm_isdst) = ((n(6) + 1) % 7, n(7) - 1, n(8));
    Ok(t)
}
fn mktime(vm: &mut PyVm, a: Args) -> R {
    let mut t = from_fields(vm, a.pos[0])?;
    // SAFETY: reads and normalises the struct given.
    let s = unsafe { libc::mktime(&mut t) };
    Ok(vm.core.heap.float(s as f64))
}
fn text(vm: &mut PyVm, format: &str, t: &libc::tm) -> R {
    let Ok(f) = std::ffi::CString::new(format) else { return value_error(vm, "embedded null character") };
    let mut b = vec![0u8; 256 + 16 * format.len()];
    // SAFETY: writes at most the buffer's length.
    let n = unsafe { libc::strftime(b.as_mut_ptr().cast(), b.len(), f.as_ptr(), t) };
    Ok(string::new_str(vm, &String::from_utf8_lossy(&b[..n])))
}
fn strftime(vm: &mut PyVm, a: Args) -> R {
    let Some(f) = string::as_str(a.pos[0]) else { return type_error(vm, "strftime() argument 1 must be str") };
    let t = from_fields(vm, a.get(1))?;
    text(vm, f, &t)
}
fn ctime(vm: &mut PyVm, a: Args) -> R {
    let s = moment(vm, a.get(0))?;
    text(vm, "%a %b %e %H:%M:%S %Y", &broken_down(s, false))
}
fn asctime(vm: &mut PyVm, a: Args) -> R {
    let t = from_fields(vm, a.get(0))?;
    text(vm, "%a %b %e %H:%M:%S %Y", &t)
}
