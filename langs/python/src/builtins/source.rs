//! `eval`, `exec`, `compile`, `__import__`: running source text.

use super::Args;
use crate::compile::{Unit, compile_unit};
use crate::names;
use crate::objects::attr::{self, module_data};
use crate::objects::exception::{type_error, value_error};
use crate::objects::layouts::*;
use crate::objects::module::Module;
use crate::objects::{as_type, dict, list, str as string, type_name};
use crate::perm::P;
use crate::runtime::{PyVm, R, global_cell, intern, new_module, set_global, set_module_var};
use framework::{Obj, Value};

crate::builtins! { FUNCTIONS:
    "eval" eval, 1, 3, kw;
    "exec" exec, 1, 3, kw;
    "compile" compile, 3, 6, kw;
    "__import__" import, 1, 5, kw;
}

/// Source text, its file name and whether it is an expression: from a string, bytes, or what `compile` made.
fn source(vm: &mut PyVm, v: Value, who: &str) -> R<(String, String, Option<String>)> {
    if let Some(s) = string::as_str(v) {
        return Ok((s.to_string(), "<string>".into(), None));
    }
    if let Some(b) = super::bytes::as_bytes(v) {
        return Ok((String::from_utf8_lossy(b).into_owned(), "<string>".into(), None));
    }
    let part = |vm: &mut PyVm, n: &str| -> R<Option<String>> {
        let n = intern(vm, n);
        Ok(attr::find(vm, v, n)?.and_then(string::as_str).map(str::to_string))
    };
    if let (Some(s), Some(f), Some(m)) = (part(vm, "_source")?, part(vm, "co_filename")?, part(vm, "_mode")?) {
        return Ok((s, f, Some(m)));
    }
    type_error(vm, &format!("{who}() arg 1 must be a string, bytes or code object"))
}

/// Where code runs: a module, a dictionary to be copied from and to it, and one of local variables.
fn run(vm: &mut PyVm, a: Args, who: &str) -> R {
    let (text, file, mode) = source(vm, a.pos[0], who)?;
    let expression = mode.map_or(who == "eval", |m| m == "eval");
    let (globals, locals) = (a.named(1, "globals"), a.named(2, "locals"));
    let (module, copy) = scope(vm, globals, who)?;
    let ns = match locals {
        MISSING | NONE => None,
        l if l == globals => None,
        l => Some(l),
    };
    let unit = Unit { expression, namespace: ns.is_some() };
    let text = if expression { text.trim_start_matches([' ', '\t']).to_string() } else { text };
    let r = match compile_unit(vm, &file, text, module, unit) {
        Ok(code) => match ns {
            Some(ns) => crate::call::run(vm, code, &[ns]),
            None => crate::call::run(vm, code, &[]),
        },
        Err((e, source)) => Err(crate::traceback::raise_syntax_error(vm, &e, source)),
    };
    if let Some(d) = copy {
        copy_back(vm, module, d)?;
    }
    let r = r?;
    Ok(if expression { r } else { NONE })
}

/// The module for `globals`: itself, its owner's, or a new one with the dictionary's entries.
fn scope(vm: &mut PyVm, globals: Value, who: &str) -> R<(P<Module>, Option<Obj>)> {
    if let Some(o) = as_type(globals, ModuleObj::TYPE) {
        return Ok((module_data(o), None));
    }
    if globals == MISSING || globals == NONE {
        let m = new_module(vm, "__main__");
        return Ok((m, None));
    }
    if globals.obj().is_some_and(|o| o.is(Instance::TYPE)) {
        let n = intern(vm, "_owner");
        if let Some(m) = attr::find(vm, globals, n)?.and_then(|m| as_type(m, ModuleObj::TYPE)) {
            return Ok((module_data(m), None));
        }
    }
    let Some(d) = as_type(globals, Dict::TYPE) else {
        let t = type_name(vm, globals);
        return type_error(vm, &format!("{who}() globals must be a dict, not {t}"));
    };
    let name = {
        let k = crate::runtime::name_str(vm, names::NAME);
        dict::get(vm, d, k)?.and_then(string::as_str).unwrap_or("builtins").to_string()
    };
    let m = new_module(vm, &name);
    for (k, v) in dict::pairs(d).collect::<Vec<_>>() {
        if let Some(k) = string::as_str(k) {
            set_module_var(vm, m, k, v);
        }
    }
    Ok((m, Some(d)))
}

fn copy_back(vm: &mut PyVm, m: P<Module>, d: Obj) -> R<()> {
    let cells = m.order.borrow().clone();
    let pending = crate::objects::exception::take(vm);
    for c in cells {
        let (v, k) = (c.object.get(CellObj::value), crate::runtime::name_str(vm, c.name));
        if v != MISSING {
            dict::set(vm, d, k, v)?;
        } else {
            dict::remove(vm, d, k)?;
        }
    }
    let k = string::new_str(vm, "__builtins__");
    if dict::get(vm, d, k)?.is_none() {
        let b = vm.rt.builtins.expect("made at the start").object.get();
        dict::set(vm, d, k, b)?;
        let (cell_name, b) = (intern(vm, "__builtins__"), b);
        let cell = global_cell(vm, m, cell_name);
        set_global(vm, cell, b);
    }
    vm.rt.exc = pending;
    Ok(())
}

fn eval(vm: &mut PyVm, a: Args) -> R {
    run(vm, a, "eval")
}
fn exec(vm: &mut PyVm, a: Args) -> R {
    run(vm, a, "exec")
}

fn compile(vm: &mut PyVm, a: Args) -> R {
    let (text, _, _) = source(vm, a.pos[0], "compile")?;
    let (file, mode) = (a.named(1, "filename"), a.named(2, "mode"));
    let (file, mode) = (string::as_str(file).unwrap_or("<string>").to_string(), string::as_str(mode).unwrap_or("").to_string());
    if !matches!(mode.as_str(), "exec" | "eval" | "single") {
        return value_error(vm, "compile() mode must be 'exec', 'eval' or 'single'");
    }
    // Errors show now.
    let scratch = new_module(vm, "<compile>");
    let unit = Unit { expression: mode == "eval", namespace: false };
    let checked = if mode == "eval" { text.trim_start_matches([' ', '\t']).to_string() } else { text.clone() };
    let code = match compile_unit(vm, &file, checked, scratch, unit) {
        Ok(c) => c,
        Err((e, source)) => return Err(crate::traceback::raise_syntax_error(vm, &e, source)),
    };
    let o = crate::objects::code::object(vm, code)?;
    let (text, mode) = (string::new_str(vm, &text), string::new_str(vm, &mode));
    for (n, v) in [("_source", text), ("_mode", mode)] {
        let n = intern(vm, n);
        attr::set_slot(vm, o.as_obj(), n, v);
    }
    Ok(o)
}

fn import(vm: &mut PyVm, a: Args) -> R {
    let Some(name) = string::as_str(a.named(0, "name")) else { return type_error(vm, "__import__() argument 1 must be str") };
    let from = a.named(3, "fromlist");
    let m = crate::modules::import(vm, name)?;
    let top = from == MISSING || from == NONE || list::sequence(from).is_some_and(|s| s.is_empty());
    if top { crate::modules::import(vm, name.split('.').next().unwrap_or(name)) } else { Ok(m) }
}
