//! `import`: modules of the runtime, those written in Python that come with it, and files.

pub mod files;
mod math;
mod pack;
mod regex;
mod slots;
mod sys;
mod time;

use crate::builtins::{BuiltinDef, new_function};
use crate::bytecode::Code;
use crate::compile::compile_module;
use crate::names::{self, Name};
use crate::objects::attr::{self, module_data};
use crate::objects::class::Known;
use crate::objects::exception::{catch, raise, type_error};
use crate::objects::layouts::*;
use crate::objects::module::Module;
use crate::objects::str::{as_str, new_str};
use crate::objects::{dict, iter, list};
use crate::perm::P;
use crate::runtime::{PyVm, R, global_cell, intern, new_module, set_global, set_module_var};
use framework::{Obj, Value};
use std::path::Path;

/// Modules written in Rust.
const NATIVE: &[(&str, fn(&mut PyVm, P<Module>))] = &[
    ("sys", sys::install),
    ("time", time::install),
    ("math", math::install),
    ("_errors", |vm, m| define(vm, m, pack::ERRORS)),
    ("_files", |vm, m| define(vm, m, files::MODULE)),
    ("_re", |vm, m| define(vm, m, regex::MODULE)),
    ("_pack", |vm, m| define(vm, m, pack::MODULE)),
    ("_slots", |vm, m| define(vm, m, slots::MODULE)),
    ("_step", |vm, m| define(vm, m, crate::objects::generator::STEP)),
];

macro_rules! library {
    ($($name:literal)*) => {
        /// Modules written in Python that come with the runtime.
        const LIBRARY: &[(&str, &str)] = &[$(($name, include_str!(concat!("../../lib/", $name, ".py")))),*];
    };
}
library! {
    "_async" "_io" "_objects" "_sysinfo" "_time" "abc" "bisect" "collections" "collections.abc" "contextlib" "copy" "dataclasses" "enum"
    "functools" "gc" "hashlib" "heapq" "io" "itertools" "json" "keyword" "operator" "os" "posixpath" "random" "re" "statistics" "string" "struct"
    "textwrap" "traceback" "types" "typing" "warnings" "weakref"
}

/// Binds builtins in a module.
pub fn define(vm: &mut PyVm, m: P<Module>, table: &'static [BuiltinDef]) {
    for def in table {
        let b = new_function(vm, def);
        set_module_var(vm, m, def.name, b);
    }
}

/// `sys.modules`: made when first asked for.
pub fn loaded(vm: &mut PyVm) -> Obj {
    if vm.rt.loaded == NONE {
        let d = dict::new(vm);
        vm.rt.loaded = d.into();
    }
    vm.rt.loaded.as_obj()
}

fn set_loaded(vm: &mut PyVm, name: &str, module: Value) -> R<()> {
    let (d, k) = (loaded(vm), new_str(vm, name));
    if module == MISSING { dict::remove(vm, d, k).map(|_| ()) } else { dict::set(vm, d, k, module) }
}

/// A new module that `sys.modules` knows.
pub fn register(vm: &mut PyVm, name: &str) -> R<P<Module>> {
    let m = new_module(vm, name);
    let (n, doc) = (new_str(vm, name), NONE);
    for (k, v) in [("__name__", n), ("__doc__", doc), ("__package__", NONE), ("__loader__", NONE), ("__spec__", NONE)] {
        set_module_var(vm, m, k, v);
    }
    let package = name.rsplit_once('.').map_or("", |p| p.0);
    let package = new_str(vm, package);
    set_module_var(vm, m, "__package__", package);
    set_loaded(vm, name, m.object.get())?;
    Ok(m)
}

/// `import name`, `from … import`: the module, or the top package of a dotted name if `top`.
pub fn import_statement(vm: &mut PyVm, name: &str, top: bool, level: usize, from: P<Module>) -> R {
    let name = if level == 0 { name.to_string() } else { absolute(vm, name, level, from)? };
    let m = import(vm, &name)?;
    if !top || !name.contains('.') {
        return Ok(m);
    }
    import(vm, name.split('.').next().unwrap_or(""))
}

/// Does a module of this name come with the runtime?
pub fn exists(name: &str) -> bool {
    !name.starts_with('_') && (NATIVE.iter().any(|(n, _)| *n == name) || LIBRARY.iter().any(|(n, _)| *n == name))
}

/// The full name of a relative import.
fn absolute(vm: &mut PyVm, name: &str, level: usize, from: P<Module>) -> R<String> {
    let package = match from.value(names::PACKAGE).and_then(as_str) {
        Some(p) => p.to_string(),
        None if from.value(names::PATH).is_some() => from.name.clone(),
        None => from.name.rsplit_once('.').map_or(String::new(), |p| p.0.to_string()),
    };
    if package.is_empty() {
        return Err(raise(vm, Known::ImportError, "attempted relative import with no known parent package"));
    }
    let mut base = package.as_str();
    for _ in 1..level {
        match base.rsplit_once('.') {
            Some((b, _)) => base = b,
            None => return Err(raise(vm, Known::ImportError, "attempted relative import beyond top-level package")),
        }
    }
    Ok(if name.is_empty() { base.to_string() } else { format!("{base}.{name}") })
}

/// The module of this full name, imported if need be.
pub fn import(vm: &mut PyVm, name: &str) -> R {
    let (d, k) = (loaded(vm), new_str(vm, name));
    match dict::get(vm, d, k)? {
        Some(NONE) => return Err(not_found(vm, name, &format!("import of {name} halted; None in sys.modules"))),
        Some(m) => return Ok(m),
        None => {}
    }
    let m = find(vm, name)?;
    if let Some((parent, last)) = name.rsplit_once('.') {
        let (p, n) = (import(vm, parent)?, intern(vm, last));
        attr::set(vm, p, n, m)?;
    }
    Ok(m)
}

fn not_found(vm: &mut PyVm, name: &str, message: &str) -> framework::Raised {
    let e = raise(vm, Known::ModuleNotFoundError, message);
    let (o, n) = (vm.rt.exc.as_obj(), new_str(vm, name));
    attr::set_slot(vm, o, names::NAME_ATTR, n);
    e
}

fn find(vm: &mut PyVm, name: &str) -> R {
    if name == "builtins" {
        let b = vm.rt.builtins.expect("made at the start").object.get();
        set_loaded(vm, name, b)?;
        return Ok(b);
    }
    if let Some((_, install)) = NATIVE.iter().find(|(n, _)| *n == name) {
        let m = register(vm, name)?;
        install(vm, m);
        return Ok(m.object.get());
    }
    let mut parent = None;
    if let Some((p, _)) = name.rsplit_once('.') {
        let p = import(vm, p)?;
        parent = Some(p);
        // Importing the package may have imported the module.
        let (d, k) = (loaded(vm), new_str(vm, name));
        if let Some(m) = dict::get(vm, d, k)? {
            return Ok(m);
        }
    }
    let library = LIBRARY.iter().find(|(n, _)| *n == name);
    let dirs = match parent {
        Some(p) => match attr::find(vm, p, names::PATH)? {
            Some(path) => strings(vm, path)?,
            None if library.is_some() => vec![],
            None => {
                let (n, p) = (name, name.rsplit_once('.').map_or("", |p| p.0));
                return Err(not_found(vm, n, &format!("No module named '{n}'; '{p}' is not a package")));
            }
        },
        None => search_path(vm)?,
    };
    let last = name.rsplit('.').next().unwrap_or(name);
    for dir in dirs {
        let dir = Path::new(&dir);
        let package = dir.join(last).join("__init__.py");
        for (file, is_package) in [(package, true), (dir.join(format!("{last}.py")), false)] {
            let Ok(bytes) = std::fs::read(&file) else { continue };
            let m = register(vm, name)?;
            if is_package {
                let (d, n) = (new_str(vm, &dir.join(last).to_string_lossy()), new_str(vm, name));
                let path = list::from_slice(vm, &[d]);
                set_module_var(vm, m, "__path__", path);
                set_module_var(vm, m, "__package__", n);
            }
            return run_new(vm, m, name, &file.to_string_lossy(), &bytes);
        }
    }
    if let Some((_, text)) = library {
        let m = register(vm, name)?;
        return run_new(vm, m, name, &format!("<library {name}>"), text.as_bytes());
    }
    Err(not_found(vm, name, &format!("No module named '{name}'")))
}

/// Runs a module just registered; forgets it if that fails.
fn run_new(vm: &mut PyVm, m: P<Module>, name: &str, file: &str, bytes: &[u8]) -> R {
    if let Err(e) = run_module(vm, m, file, bytes) {
        let exc = crate::objects::exception::take(vm);
        set_loaded(vm, name, MISSING)?;
        vm.rt.exc = exc;
        return Err(e);
    }
    // A module may put something else in its place.
    let (d, k) = (loaded(vm), new_str(vm, name));
    Ok(dict::get(vm, d, k)?.unwrap_or(m.object.get()))
}

fn strings(vm: &mut PyVm, v: Value) -> R<Vec<String>> {
    let l = iter::to_list(vm, v)?;
    Ok(list::items(l).iter().filter_map(|s| as_str(*s).map(str::to_string)).collect())
}

/// `sys.path`, if the program has imported `sys`, else where it started.
fn search_path(vm: &mut PyVm) -> R<Vec<String>> {
    let (d, k) = (loaded(vm), new_str(vm, "sys"));
    if let Some(sys) = dict::get(vm, d, k)? {
        let n = intern(vm, "path");
        if let Some(path) = attr::find(vm, sys, n)? {
            return strings(vm, path);
        }
    }
    Ok(vm.rt.path.clone())
}

/// Compiles and runs a module's source.
pub fn run_module(vm: &mut PyVm, m: P<Module>, file: &str, bytes: &[u8]) -> R {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let text = text.strip_prefix('\u{feff}').map(str::to_string).unwrap_or(text);
    if !file.starts_with('<') {
        let path = new_str(vm, file);
        set_module_var(vm, m, "__file__", path);
    }
    match compile_module(vm, file, text, m) {
        Ok(code) => crate::call::run(vm, code, &[]),
        Err((e, source)) => Err(crate::traceback::raise_syntax_error(vm, &e, source)),
    }
}

/// `from m import name`: an attribute, or a module of the package.
pub fn import_from(vm: &mut PyVm, m: Value, name: Name) -> R {
    match attr::get(vm, m, name) {
        Ok(v) => return Ok(v),
        Err(e) => {
            if catch(vm, Known::AttributeError).is_none() {
                return Err(e);
            }
        }
    }
    let n = vm.rt.names.text(name).to_string();
    let module = match attr::find(vm, m, names::NAME)?.and_then(as_str) {
        Some(s) => s.to_string(),
        None => String::new(),
    };
    if attr::find(vm, m, names::PATH)?.is_some() {
        let full = format!("{module}.{n}");
        match import(vm, &full) {
            Ok(v) => return Ok(v),
            Err(e) => {
                let missing = vm.rt.exc;
                let same = crate::objects::exception::is_exception(vm, missing, Known::ModuleNotFoundError)
                    && crate::objects::exception::attr(missing.as_obj(), names::NAME_ATTR).and_then(as_str) == Some(full.as_str());
                if !same {
                    return Err(e);
                }
                catch(vm, Known::ModuleNotFoundError);
            }
        }
    }
    let file = match attr::find(vm, m, names::FILE)?.and_then(as_str) {
        Some(f) => f.to_string(),
        None => "unknown location".into(),
    };
    let e = raise(vm, Known::ImportError, &format!("cannot import name '{n}' from '{module}' ({file})"));
    let (o, name) = (vm.rt.exc.as_obj(), new_str(vm, &module));
    attr::set_slot(vm, o, names::NAME_ATTR, name);
    Err(e)
}

/// `from m import *`, in the module whose code this is.
pub fn import_star(vm: &mut PyVm, m: Value, code: P<Code>) -> R<()> {
    let target = code.module;
    let mut wanted: Vec<Name> = vec![];
    if let Some(all) = attr::find(vm, m, names::ALL)? {
        let l = iter::to_list(vm, all)?;
        for s in list::items(l).to_vec() {
            let Some(s) = as_str(s) else {
                let t = crate::objects::type_name(vm, s);
                return type_error(vm, &format!("Item in __all__ must be str, not {t}"));
            };
            wanted.push(intern(vm, s));
        }
    } else if m.obj().is_some_and(|o| o.is(ModuleObj::TYPE)) {
        let source = module_data(m.as_obj());
        let all: Vec<Name> = source.order.borrow().iter().filter(|c| c.object.get(CellObj::value) != MISSING).map(|c| c.name).collect();
        wanted = all.into_iter().filter(|n| !vm.rt.names.text(*n).starts_with('_')).collect();
    }
    for n in wanted {
        let v = attr::get(vm, m, n)?;
        let cell = global_cell(vm, target, n);
        set_global(vm, cell, v);
    }
    Ok(())
}
