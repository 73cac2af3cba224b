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
    vm.rt.load_status = 2;
    let text = describe(vm, ball);
    match place(vm) {
        Some(p) => line(vm, &format!("ERROR: {p}:\nERROR:    {text}")),
        None => line(vm, &format!("ERROR: {text}")),
    }
}

/// Is it what Ctrl-C and `abort/0` raise?
pub fn is_abort(ball: Value) -> bool {
    view(ball) == View::Atom(atoms::ABORTED)
}

/// Shows an exception that nothing caught in a goal of the command line.
pub fn uncaught(vm: &mut Vm, goal: &str, ball: Value) {
    if is_abort(ball) {
        return line(vm, "% Execution Aborted");
    }
    let text = describe(vm, ball);
    line(vm, &format!("ERROR: -g {goal}: {text}"));
    if let Some(p) = vm.rt.raised_at.take() {
        line(vm, &format!("ERROR:   in {p}"));
    }
}

/// Shows an exception that nothing caught in a query.
pub fn warn_uncaught(vm: &mut Vm, ball: Value) {
    if is_abort(ball) {
        return line(vm, "% Execution Aborted");
    }
    let text = describe(vm, ball);
    line(vm, &format!("ERROR: {text}"));
    if let Some(p) = vm.rt.raised_at.take() {
        line(vm, &format!("ERROR:   in {p}"));
    }
}

/// `print_message(Kind, Message)` for a message that no program has words for.
pub fn print(vm: &mut Vm, kind: &str, message: Value) {
    let prefix = match kind {
        "error" => "ERROR: ",
        "warning" => "Warning: ",
        _ => return,
    };
    let text = describe(vm, message);
    line(vm, &format!("{prefix}{text}"));
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
    let (context, remark) = context(vm, view_at(o, STRUCT_ARGS + 8));
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
        "uninstantiation_error" => format!("Cannot unify {a} with an uninstantiated variable"),
        "type_error" if a == "evaluable" => format!("Arithmetic: `{b}' is not a function"),
        "type_error" => {
            let culprit = match view(formal) {
                View::Struct(f) => cell(&mut vm.core.heap, f, 1),
                _ => atoms::NIL,
            };
            format!("Type error: `{a}' expected, found `{b}'{}", kind_of(culprit))
        }
        "domain_error" => format!("Domain error: `{a}' expected, found `{b}'"),
        "existence_error" if a == "procedure" => return format!("Unknown procedure: {b}"),
        "existence_error" => format!("{a} `{b}' does not exist"),
        "permission_error" => format!("No permission to {a} {} `{c}'", b.replace('_', " ")),
        "representation_error" => format!("Cannot represent due to `{a}'"),
        "evaluation_error" => format!("Arithmetic: evaluation error: `{a}'"),
        "resource_error" => format!("Not enough resources: {a}"),
        "syntax_error" => format!("Syntax error: {}", a.trim_matches('\'').replace('_', " ")),
        "format" => format!("Format error: {}", a.trim_matches('"')),
        _ => format!("Unknown error term: {}", shown(vm, formal)),
    };
    format!("{context}{message}{remark}")
}

/// What the context of an error says: the predicate, and a remark.
fn context(vm: &mut Vm, v: View) -> (String, String) {
    let Some((c, name, 2)) = parts(vm, v) else { return Default::default() };
    if name != "context" {
        return Default::default();
    }
    let pred = match parts(vm, view_at(c, STRUCT_ARGS)) {
        Some((pi, n, 2)) if n == ":" => {
            let pi = cell(&mut vm.core.heap, pi, 1);
            format!("{}: ", indicator(vm, pi))
        }
        Some(_) => {
            let pi = cell(&mut vm.core.heap, c, 0);
            format!("{}: ", indicator(vm, pi))
        }
        None => String::new(),
    };
    let remark = match view_at(c, STRUCT_ARGS + 8) {
        View::Unbound(_) => String::new(),
        _ => {
            let remark = cell(&mut vm.core.heap, c, 1);
            let style = crate::write::Style { number_vars: true, ..Default::default() };
            format!(" ({})", crate::write::to_text(vm, remark, &style, 1200))
        }
    };
    (pred, remark)
}

/// `Name/Arity` without brackets around names that are operators.
fn indicator(vm: &mut Vm, v: Value) -> String {
    match parts(vm, view(v)) {
        Some((o, slash, 2)) if slash == "/" => {
            let (name, arity) = (cell(&mut vm.core.heap, o, 0), cell(&mut vm.core.heap, o, 1));
            format!("{}/{}", shown(vm, name), shown(vm, arity))
        }
        _ => shown(vm, v),
    }
}

fn unknown(vm: &Vm, ball: Value) -> String {
    format!("Unknown message: {}", shown(vm, ball))
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
