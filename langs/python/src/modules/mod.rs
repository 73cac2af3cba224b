//! `import`: sibling modules, and the modules of the runtime.

mod math;
mod sys;
mod time;

use crate::builtins::{BuiltinDef, new_builtin};
use crate::bytecode::Code;
use crate::compile::compile_module;
use crate::names::Name;
use crate::objects::attr::{self, module_data};
use crate::objects::class::Known;
use crate::objects::exception::raise;
use crate::objects::module::Module;
use crate::objects::str::new_str;
use crate::perm::P;
use crate::runtime::{PyVm, R, global_cell, new_module, set_global, set_module_var};
use framework::Value;

/// Binds builtins in a module.
fn define(vm: &mut PyVm, m: P<Module>, table: &'static [BuiltinDef]) {
    for def in table {
        let b = new_builtin(vm, def);
        set_module_var(vm, m, def.name, b);
    }
}

/// `import name`.
pub fn import(vm: &mut PyVm, name: &str, _top: bool) -> R {
    if let Some(m) = vm.rt.modules.iter().find(|m| m.name == name) {
        return Ok(m.object.get());
    }
    let native: Option<fn(&mut PyVm, P<Module>)> = match name {
        "sys" => Some(sys::install),
        "time" => Some(time::install),
        "math" => Some(math::install),
        _ => None,
    };
    if let Some(install) = native {
        let m = new_module(vm, name);
        install(vm, m);
        return Ok(m.object.get());
    }
    for dir in vm.rt.path.clone() {
        let file = std::path::Path::new(&dir).join(format!("{name}.py"));
        let Ok(bytes) = std::fs::read(&file) else { continue };
        let m = new_module(vm, name);
        let r = run_module(vm, m, &file.to_string_lossy(), &bytes);
        if r.is_err() {
            vm.rt.modules.retain(|x| *x != m);
        }
        r?;
        return Ok(m.object.get());
    }
    Err(raise(vm, Known::ModuleNotFoundError, &format!("No module named '{name}'")))
}

/// Compiles and runs a module's source.
pub fn run_module(vm: &mut PyVm, m: P<Module>, file: &str, bytes: &[u8]) -> R {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let text = text.strip_prefix('\u{feff}').map(str::to_string).unwrap_or(text);
    let (name, path) = (new_str(vm, &m.name), new_str(vm, file));
    set_module_var(vm, m, "__name__", name);
    set_module_var(vm, m, "__file__", path);
    match compile_module(vm, file, text, m) {
        Ok(code) => crate::call::run(vm, code, &[]),
        Err((e, source)) => Err(crate::traceback::raise_syntax_error(vm, &e, source)),
    }
}

/// `from m import name`.
pub fn import_from(vm: &mut PyVm, m: Value, name: Name) -> R {
    match attr::find(vm, m, name)? {
        Some(v) => Ok(v),
        None => {
            let (n, m) = (vm.rt.names.text(name).to_string(), module_data(m.as_obj()).name.clone());
            Err(raise(vm, Known::ImportError, &format!("cannot import name '{n}' from '{m}'")))
        }
    }
}

/// `from m import *`, in the module whose code this is.
pub fn import_star(vm: &mut PyVm, m: Value, code: P<Code>) -> R<()> {
    let source = module_data(m.as_obj());
    let Some(target) = vm.rt.modules.iter().copied().find(|t| new_file(t, code)) else { return Ok(()) };
    let cells = source.order.borrow().clone();
    for c in cells {
        if vm.rt.names.text(c.name).starts_with('_') {
            continue;
        }
        if let Some(v) = source.value(c.name) {
            let cell = global_cell(vm, target, c.name);
            set_global(vm, cell, v);
        }
    }
    Ok(())
}

/// Is the code object this module's body?
fn new_file(m: &P<Module>, code: P<Code>) -> bool {
    m.order
        .borrow()
        .iter()
        .any(|c| crate::objects::str::as_str(c.object.get(crate::objects::layouts::CellObj::value)) == Some(code.source.file.as_str()))
}
