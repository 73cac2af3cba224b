//! What programs see of code objects, tracebacks and suspended activations: snapshots, not the things themselves.

use super::class::{Known, make_class, set_root};
use super::exception::new_instance;
use super::layouts::*;
use super::{attr, list, str as string};
use crate::bytecode::Code;
use crate::names::Name;
use crate::perm::P;
use crate::runtime::{PyVm, R, intern, name_str};
use framework::{Obj, Value};

/// An object with these attributes, of a class made for it.
fn record(vm: &mut PyVm, class: &str, fields: &[(&str, Value)]) -> R {
    let object = vm.rt.class(Known::Object);
    let c = match object.subclasses.borrow().iter().find(|c| c.builtin && *c.name.borrow() == class) {
        Some(c) => Some(*c),
        None => None,
    };
    let c = match c {
        Some(c) => c,
        None => {
            let rest = object.mro.borrow().clone();
            let c = make_class(vm, class, vec![object], rest, true);
            set_root(vm, c, 8);
            c
        }
    };
    let o = new_instance(vm, c);
    for (n, v) in fields {
        let n = intern(vm, n);
        attr::set_slot(vm, o, n, *v);
    }
    Ok(o.into())
}

/// `f.__code__`
pub fn object(vm: &mut PyVm, code: P<Code>) -> R {
    let p = &code.get().params;
    let l = list::with_capacity(vm, p.names.len());
    for n in &p.names {
        let s = name_str(vm, *n);
        list::push(vm, l, s)?;
    }
    let (name, qualname, file) = (string::new_str(vm, &code.name), string::new_str(vm, &code.qualname), string::new_str(vm, &code.source.file));
    let names = list::to_tuple(vm, l)?;
    let int = |n: u32| Value::small_int(n as i64);
    use crate::bytecode::CodeKind;
    let kind = match code.kind {
        CodeKind::Plain => 0,
        CodeKind::Generator => 0x20,
        CodeKind::Coroutine => 0x80,
        CodeKind::AsyncGenerator => 0x200,
    };
    let flags = 3 | if p.varargs { 4 } else { 0 } | if p.kwargs { 8 } else { 0 } | kind;
    record(
        vm,
        "code",
        &[
            ("co_name", name),
            ("co_qualname", qualname),
            ("co_filename", file),
            ("co_firstlineno", int(code.first_line)),
            ("co_argcount", int(p.positional as u32)),
            ("co_posonlyargcount", int(p.posonly as u32)),
            ("co_kwonlyargcount", int(p.kwonly as u32)),
            ("co_varnames", names),
            ("co_flags", int(flags)),
        ],
    )
}

fn frame(vm: &mut PyVm, code: P<Code>, line: u32) -> R {
    let (c, locals) = (object(vm, code)?, super::dict::new(vm));
    let globals = attr::get(vm, code.module.object.get(), crate::names::DICT)?;
    record(
        vm,
        "frame",
        &[("f_code", c), ("f_lineno", Value::small_int(line as i64)), ("f_locals", locals.into()), ("f_globals", globals), ("f_back", NONE)],
    )
}

/// An attribute of a traceback, generator or coroutine.
pub fn frame_attribute(vm: &mut PyVm, o: Obj, name: Name) -> R<Option<Value>> {
    let text = vm.rt.names.text(name).to_string();
    if o.is(Traceback::TYPE) {
        // SAFETY: `code` of a `Traceback` is the address of a code object.
        let code: P<Code> = unsafe { P::from_addr(o.get(Traceback::code)) };
        let line = code.line(o.get(Traceback::pc) as u32);
        return Ok(match text.as_str() {
            "tb_next" => Some(o.get(Traceback::next)),
            "tb_lineno" => Some(Value::small_int(line as i64)),
            "tb_frame" => Some(frame(vm, code, line)?),
            _ => None,
        });
    }
    let code = super::ops::generator_code(o);
    let state = o.get(Generator::state);
    let line = code.line(o.get(Generator::pc) as u32 - 1);
    Ok(match text.as_str() {
        "__name__" => Some(string::new_str(vm, &code.name)),
        "__qualname__" => Some(string::new_str(vm, &code.qualname)),
        "gi_running" | "cr_running" | "ag_running" => Some(bool_value(state == super::generator::RUNNING)),
        "gi_frame" | "cr_frame" | "ag_frame" if state == super::generator::DONE => Some(NONE),
        "gi_frame" | "cr_frame" | "ag_frame" => Some(frame(vm, code, line)?),
        "gi_code" | "cr_code" | "ag_code" => Some(object(vm, code)?),
        "gi_yieldfrom" | "cr_await" => Some(NONE),
        "gi_suspended" => Some(bool_value(state == super::generator::SUSPENDED && super::generator::started(o))),
        _ => None,
    })
}
