//! A plain toplevel: reads queries from standard input and prints their first answers.

use crate::consult::{Reading, read_term};
use crate::messages;
use crate::runtime::{Machine as Vm, Outcome, run_goal};
use crate::terms::{View, view};
use crate::write::quoted;
use std::io::{IsTerminal, Write};

/// Runs until the end of the input.
pub fn run(vm: &mut Vm) -> i32 {
    let terminal = std::io::stdin().is_terminal();
    loop {
        vm.rt.out.flush();
        if terminal && vm.rt.stdin.rest().trim().is_empty() {
            print!("?- ");
            let _ = std::io::stdout().flush();
        }
        let source = vm.rt.stdin.rest().to_owned();
        match read_term(vm, &source, 0) {
            Reading::Term(t, end) => {
                vm.rt.stdin.advance(end);
                answer(vm, &t);
                if let Some(code) = vm.rt.halted {
                    return code;
                }
            }
            Reading::End => {
                if !vm.rt.stdin.extend() {
                    return 0;
                }
            }
            Reading::Error(e, end) => {
                if e.message.to_lowercase().contains("end of file") && vm.rt.stdin.extend() {
                    continue;
                }
                vm.rt.stdin.advance(end.max(1));
                messages::line(vm, &format!("ERROR: Syntax error: {}", e.message));
                if vm.rt.stdin.rest().is_empty() && !vm.rt.stdin.extend() {
                    return 0;
                }
            }
        }
    }
}

fn answer(vm: &mut Vm, t: &crate::consult::Term) {
    match run_goal(vm, t.term) {
        Outcome::True => {
            let bindings: Vec<String> = t
                .names
                .iter()
                .filter(|(n, v)| !n.starts_with('_') && !matches!(view(*v), View::Unbound(_)))
                .map(|(n, v)| format!("{n} = {}", quoted(vm, *v)))
                .collect();
            let s = if bindings.is_empty() { "true.".to_owned() } else { bindings.join(",\n") + "." };
            vm.rt.out.put(&(s + "\n"));
        }
        Outcome::False => vm.rt.out.put("false.\n"),
        Outcome::Raised(b) => {
            if vm.rt.halted.is_none() {
                messages::uncaught(vm, b, true);
            }
        }
    }
}
