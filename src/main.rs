//! The one binary: hands its arguments to the language or tool that the first one names.

mod scaffold;

use std::process::ExitCode;

/// Exit code for a wrong command line.
const USAGE_ERROR: u8 = 2;

/// A subcommand: its name, what it is for, and what runs it with the arguments that follow.
struct Subcommand {
    name: &'static str,
    about: &'static str,
    run: fn(Vec<String>) -> ExitCode,
}

const SUBCOMMANDS: &[Subcommand] = &[
    Subcommand { name: "prolog", about: "run Prolog programs", run: prolog::main },
    Subcommand { name: "new", about: "make a folder with a new language in it", run: scaffold::main },
];

fn main() -> ExitCode {
    let mut args = vec![];
    for arg in std::env::args_os().skip(1) {
        match arg.into_string() {
            Ok(arg) => args.push(arg),
            Err(arg) => return usage_error(&format!("{} is not UTF-8", arg.display())),
        }
    }
    let Some(first) = args.first().cloned() else {
        eprint!("{}", usage());
        return ExitCode::from(USAGE_ERROR);
    };
    match first.as_str() {
        "-h" | "--help" | "help" => print!("{}", usage()),
        "-V" | "--version" => println!("twofold {}", env!("CARGO_PKG_VERSION")),
        name => match SUBCOMMANDS.iter().find(|s| s.name == name) {
            Some(s) => return (s.run)(args.split_off(1)),
            None => return usage_error(&format!("there is no command `{name}`")),
        },
    }
    ExitCode::SUCCESS
}

fn usage() -> String {
    let mut text = "usage: twofold COMMAND [ARGUMENTS]\n\ncommands:\n".to_string();
    for s in SUBCOMMANDS {
        text += &format!("  {:8} {}\n", s.name, s.about);
    }
    text + "\noptions:\n  -h, --help     print this\n  -V, --version  print the version\n"
}

fn usage_error(message: &str) -> ExitCode {
    eprintln!("twofold: {message}\n\n{}", usage());
    ExitCode::from(USAGE_ERROR)
}
