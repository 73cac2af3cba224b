//! The interactive session. Definitions and variables live on from input to input.

use crate::builtins::BUILTINS;
use crate::compile::compile;
use crate::errors::Source;
use crate::objects::{NIL, display};
use crate::{Failure, Sprig, run_compiled};
use framework::Vm;
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;
use std::io::Write;
use std::process::ExitCode;

const PROMPT: &str = "sprig> ";
const MORE: &str = "  ...> ";

/// Reads, evaluates and prints until the end of the input.
pub fn run(vm: &mut Vm<Sprig>) -> ExitCode {
    let mut editor = match DefaultEditor::new() {
        Ok(editor) => editor,
        Err(e) => {
            eprintln!("sprig: no terminal: {e}");
            return ExitCode::FAILURE;
        }
    };
    println!("Sprig {}. :help tells more, Ctrl-D ends.", env!("CARGO_PKG_VERSION"));
    let mut text = String::new();
    loop {
        match editor.readline(if text.is_empty() { PROMPT } else { MORE }) {
            Ok(line) if text.is_empty() && line.trim() == ":help" => help(),
            Ok(line) => {
                text += &line;
                text.push('\n');
                if evaluate(vm, &text, line.trim().is_empty()) {
                    let _ = editor.add_history_entry(text.trim_end());
                    text.clear();
                }
            }
            Err(ReadlineError::Interrupted) => text.clear(),
            Err(ReadlineError::Eof) => return ExitCode::SUCCESS,
            Err(e) => {
                eprintln!("sprig: {e}");
                return ExitCode::FAILURE;
            }
        }
    }
}

/// `false`: the input is not complete, and the user has not given up on it by an empty line.
fn evaluate(vm: &mut Vm<Sprig>, text: &str, give_up: bool) -> bool {
    let source = Source::new("<input>", text);
    let result = match compile(vm, &source, true) {
        Err(e) if e.at_end && !give_up => return text.trim().is_empty(),
        Err(e) => Err(Failure::Syntax(e)),
        Ok(code) => run_compiled(vm, code).map_err(Failure::Uncaught),
    };
    let _ = vm.rt.out.flush();
    match result {
        Ok(v) if v == NIL => {}
        Ok(v) => println!("{}", display(v, true)),
        Err(failure) => eprintln!("{}", failure.report(&source)),
    }
    true
}

fn help() {
    println!("Statements may go over several lines; an empty line ends one that is not complete. The builtins:");
    for b in BUILTINS {
        println!("  {:8} {}", b.name, b.doc);
    }
}
