//! What is said on standard error, in SWI-Prolog's words.

use crate::runtime::Machine as Vm;
use crate::symbols::{Functor, atoms};
use crate::terms::{STRUCT_ARGS, Struct, View, cell, view, view_at};
use crate::write::shown;
use framework::{Obj, Value};

/// Prints a line on standard error, after what is due on standard output.
pub fn line(vm: &mut Vm, s: &str) {
    vm.rt.out.flush();
    eprintln!("{s}");
}

fn place(vm: &Vm) -> Option<String> {
    vm.rt.loading.as_ref().map(|l| format!("{}:{}", l.file, l.line))
}

/// A warning about what is being loaded.
pub fn warning(vm: &mut Vm, s: &str) {
    match place(vm) {
        Some(p) => line(vm, &format!("Warning: {p}:\nWarning:    {s}")),
        None => line(vm, &format!("Warning: {s}")),
    }
}

/// An error of what is being loaded.
pub fn load_error(vm: &mut Vm, ball: Value) {
    vm.rt.had_errors = true;
    uncaught(vm, ball, false);
}

/// Shows an exception that nothing caught.
pub fn uncaught(vm: &mut Vm, ball: Value, plain: bool) {
    let text = describe(vm, ball);
    match place(vm) {
        Some(p) if !plain => line(vm, &format!("Warning: {p}:\nWarning:    Goal (directive) raised: {text}")),
        _ => line(vm, &format!("ERROR: {text}")),
    }
}

fn parts(vm: &Vm, v: View) -> Option<(Obj, String, usize)> {
    match v {
        View::Struct(o) => {
            let (name, n) = vm.rt.shared.symbols.functor_parts(o.get(Struct::functor) as Functor);
            Some((o, vm.rt.shared.symbols.name(name).to_string(), n))
        }
        _ => None,
    }
}

/// An exception in words.
pub fn describe(vm: &mut Vm, ball: Value) -> String {
    let Some((o, name, 2)) = parts(vm, view(ball)) else { return unknown(vm, ball) };
    if name != "error" {
        return unknown(vm, ball);
    }
    let formal = cell(&mut vm.core.heap, o, 0);
    let context = match parts(vm, view_at(o, STRUCT_ARGS + 8)) {
        Some((c, n, 2)) if n == "context" => match parts(vm, view_at(c, STRUCT_ARGS)) {
            Some((pi, n, 2)) if n == ":" => {
                let pi = cell(&mut vm.core.heap, pi, 1);
                format!("{}: ", shown(vm, pi))
            }
            Some(_) => {
                let pi = cell(&mut vm.core.heap, c, 0);
                format!("{}: ", shown(vm, pi))
            }
            None => String::new(),
        },
        _ => String::new(),
    };
    let arg = |vm: &mut Vm, i: usize| match view(formal) {
        View::Struct(f) if i < f.len() => {
            let v = cell(&mut vm.core.heap, f, i);
            shown(vm, v)
        }
        _ => String::new(),
    };
    let kind = match view(formal) {
        View::Atom(a) => vm.rt.shared.symbols.name(a).to_string(),
        v => parts(vm, v).map_or(String::new(), |p| p.1),
    };
    let (a, b, c) = (arg(vm, 0), arg(vm, 1), arg(vm, 2));
    let message = match kind.as_str() {
        "instantiation_error" => "Arguments are not sufficiently instantiated".to_owned(),
        "type_error" if a == "evaluable" => format!("Arithmetic: evaluable `{b}' does not exist"),
        "type_error" => {
            let culprit = match view(formal) {
                View::Struct(f) => cell(&mut vm.core.heap, f, 1),
                _ => atoms::NIL,
            };
            format!("Type error: `{a}' expected, found `{b}'{}", kind_of(culprit))
        }
        "domain_error" => format!("Domain error: `{a}' expected, found `{b}'"),
        "existence_error" if a == "procedure" => return format!("{context}Unknown procedure: {b}"),
        "existence_error" => format!("Unknown {a}: {b}"),
        "permission_error" => format!("No permission to {a} {b} `{c}'"),
        "representation_error" => format!("Cannot represent due to `{a}'"),
        "evaluation_error" if a == "zero_divisor" => "Arithmetic: evaluation error: zero_divisor".to_owned(),
        "evaluation_error" => format!("Arithmetic: evaluation error: {a}"),
        "resource_error" => format!("Not enough resources: {a}"),
        "syntax_error" => format!("Syntax error: {a}"),
        "format" => format!("Format error: {a}"),
        _ => return format!("Unknown error term: {}", shown(vm, formal)),
    };
    format!("{context}{message}")
}

fn unknown(vm: &Vm, ball: Value) -> String {
    format!("Unhandled exception: Unknown message: {}", shown(vm, ball))
}

fn kind_of(v: Value) -> &'static str {
    match view(v) {
        View::Int(_) | View::Big(_) => " (an integer)",
        View::Float(_) => " (a float)",
        View::Atom(_) => " (an atom)",
        View::Str(_) => " (a string)",
        View::Cons(_) | View::Struct(_) => " (a compound)",
        _ => "",
    }
}
