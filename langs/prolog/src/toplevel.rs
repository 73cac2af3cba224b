//! The toplevel: reads queries from standard input and shows their answers, one after the other on demand.
//!
//! In a session with a person `;` asks for the next answer. So it does in a script on standard input, where any other line is the next query.

use crate::consult::{Reading, Term, read_term};
use crate::errors::compound;
use crate::messages;
use crate::runtime::{Machine as Vm, Outcome, run_goal};
use crate::symbols::atoms;
use crate::terms::{Place, STRUCT_ARGS, View, new_string, view, view_at};
use crate::write::{Style, to_text};
use framework::Value;
use std::io::{IsTerminal, Write};

/// Runs until the end of the input.
pub fn run(vm: &mut Vm) -> i32 {
    loop {
        vm.rt.out.flush();
        if is_session() && vm.rt.streams.stdin().rest().trim().is_empty() {
            prompt("?- ");
        }
        let source = vm.rt.streams.stdin().rest().to_owned();
        match read_term(vm, &source, 0) {
            Reading::Term(t, end) => {
                vm.rt.streams.stdin().advance(end);
                vm.rt.streams.stdin().skip_line();
                query(vm, &t);
                if let Some(code) = vm.rt.halted {
                    return code;
                }
            }
            Reading::End => {
                if !vm.rt.streams.stdin().extend() {
                    if is_session() {
                        println!();
                    }
                    return 0;
                }
            }
            Reading::Error(e, end) => {
                if e.is_at_end() && vm.rt.streams.stdin().extend() {
                    continue;
                }
                vm.rt.streams.stdin().advance(end.max(1));
                let (line, column) = crate::read::line_column(&source, e.offset);
                messages::line(vm, &format!("ERROR: Stream user_input:{line}:{column}: Syntax error: {}", e.message));
                if vm.rt.streams.stdin().rest().is_empty() && !vm.rt.streams.stdin().extend() {
                    return 0;
                }
            }
        }
    }
}

fn is_session() -> bool {
    std::io::stdin().is_terminal()
}

fn prompt(s: &str) {
    print!("{s}");
    let _ = std::io::stdout().flush();
}

/// Runs a query: the library's `$query/2` has every answer shown by `answer`.
fn query(vm: &mut Vm, t: &Term) {
    let mut names = atoms::NIL;
    for (name, v) in t.names.iter().filter(|(n, _)| !n.starts_with('_')).rev() {
        let name = new_string(&mut vm.core.heap, name);
        let pair = compound(vm, "=", &[name, *v]);
        names = crate::terms::cons(&mut vm.core.heap, 0, pair, names);
    }
    let goal = compound(vm, "$query", &[t.term, names]);
    if let Outcome::Raised(b) = run_goal(vm, goal)
        && vm.rt.halted.is_none()
    {
        messages::warn_uncaught(vm, b);
    }
}

/// Shows an answer. Is it to be the last?
pub fn answer(vm: &mut Vm, names: Value, last: bool) -> bool {
    let text = bindings(vm, names);
    if vm.rt.out.column != 0 {
        vm.rt.out.put("\n");
    }
    if last {
        vm.rt.out.put(&(text + ".\n\n"));
        return true;
    }
    vm.rt.out.put(&text);
    vm.rt.out.put(" ");
    vm.rt.out.flush();
    let more = match vm.rt.streams.stdin().peek_line() {
        Some(l) if is_session() || l.trim() == ";" => {
            let more = l.trim() == ";";
            vm.rt.streams.stdin().skip_line();
            more
        }
        _ => false,
    };
    vm.rt.out.put(if more { ";\n" } else { ".\n\n" });
    vm.rt.out.column = 0;
    !more
}

/// What the variables of a query stand for.
fn bindings(vm: &mut Vm, names: Value) -> String {
    let mut known: Vec<(String, Value)> = vec![];
    let mut rest = view(names);
    while let View::Cons(o) = rest {
        if let View::Struct(pair) = view_at(o, 8)
            && let View::Str(name) = view_at(pair, STRUCT_ARGS)
        {
            let v = crate::terms::cell(&mut vm.core.heap, pair, 1);
            vm.rt.protected.push(v);
            known.push((crate::terms::string_text(name).to_owned(), v));
        }
        rest = view_at(o, 16);
    }
    // Variables that are unbound go by the first of their names.
    let mut unbound: Vec<(Place, String)> = vec![];
    let mut lines = vec![];
    for (name, v) in &known {
        if let View::Unbound(p) = view(*v) {
            match unbound.iter().find(|(q, _)| *q == p) {
                Some((_, first)) => lines.push(format!("{first} = {name}")),
                None => unbound.push((p, name.clone())),
            }
        }
    }
    let style = Style { quoted: true, number_vars: true, spacing: true, names: unbound, ..Style::default() };
    for (name, v) in &known {
        if !matches!(view(*v), View::Unbound(_)) {
            lines.push(format!("{name} = {}", to_text(vm, *v, &style, 699)));
        }
    }
    if lines.is_empty() { "true".into() } else { lines.join(",\n") }
}
