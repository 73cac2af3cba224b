//! The command line: `prolog FILE… [-g GOAL]… [-- ARGS]`.

use crate::consult::{self, Reading};
use crate::messages;
use crate::runtime::{Machine as Vm, Outcome, new_machine, run_goal};
use framework::Value;
use std::process::ExitCode;

#[derive(Default)]
struct Options {
    files: Vec<String>,
    goals: Vec<String>,
    arguments: Vec<String>,
    jit: Option<jit::Options>,
}

fn parse(args: Vec<String>) -> Result<Options, String> {
    let mut o = Options::default();
    let mut jit = jit::Options::from_env()?;
    let mut args = args.into_iter();
    while let Some(a) = args.next() {
        match a.as_str() {
            "--" => {
                o.arguments = args.collect();
                break;
            }
            "-g" => o.goals.push(args.next().ok_or("-g needs a goal")?),
            _ if jit.take_argument(&a)? => {}
            _ if a.starts_with('-') && a.len() > 1 => return Err(format!("unknown option {a}")),
            _ => o.files.push(a),
        }
    }
    o.jit = Some(jit);
    Ok(o)
}

/// Runs the command.
pub fn main(args: Vec<String>) -> ExitCode {
    let options = match parse(args) {
        Ok(o) => o,
        Err(e) => {
            eprintln!("prolog: {e}");
            eprintln!("usage: prolog [--jit=…] FILE… [-g GOAL]… [-- ARGS]");
            return ExitCode::from(2);
        }
    };
    let code = run(options);
    // Memory is given back faster by the system than piece by piece.
    std::process::exit(code)
}

fn run(options: Options) -> i32 {
    let mut vm = new_machine(options.arguments);
    if let Some(jit) = options.jit
        && let Err(e) = jit::install(&mut vm, jit)
    {
        eprintln!("prolog: {e}");
        return 2;
    }
    vm.interrupter().on_ctrl_c();
    let code = run_program(&mut vm, &options.files, &options.goals);
    vm.rt.out.flush_all();
    let code = vm.rt.halted.unwrap_or(code);
    jit::finish(&vm);
    std::mem::forget(vm);
    code
}

fn run_program(vm: &mut Vm, files: &[String], goals: &[String]) -> i32 {
    for f in files {
        match consult::find_file(vm, f) {
            Some(path) => consult::load_file(vm, &path),
            None => {
                messages::line(vm, &format!("ERROR: source_sink `{f}' does not exist"));
                return 1;
            }
        }
        if vm.rt.halted.is_some() {
            return 0;
        }
    }
    for g in goals {
        let goal = match consult::read_term(vm, &format!("{g} ."), 0) {
            Reading::Term(t, _) => t.term,
            Reading::End => continue,
            Reading::Error(e, _) => {
                let (line, column) = crate::read::line_column(g, e.offset);
                messages::line(vm, &format!("ERROR: -g {g}:{line}:{column}: Syntax error: {}", e.message));
                return 2;
            }
        };
        let code = run_main(vm, goal, g);
        if code != 0 || vm.rt.halted.is_some() {
            return code;
        }
    }
    if let Some(goal) = vm.rt.main_goal {
        let text = crate::write::shown(vm, goal);
        return run_main(vm, goal, &text);
    }
    if goals.is_empty() {
        return crate::toplevel::run(vm);
    }
    vm.rt.load_status
}

fn run_main(vm: &mut Vm, goal: Value, text: &str) -> i32 {
    match run_goal(vm, goal) {
        Outcome::True => 0,
        Outcome::False => {
            messages::line(vm, &format!("Warning: goal (initialization) failed: user:{text}"));
            1
        }
        Outcome::Raised(ball) => {
            if vm.rt.halted.is_none() {
                messages::uncaught(vm, text, ball);
            }
            if messages::is_abort(ball) { 128 + libc::SIGINT } else { 2 }
        }
    }
}
