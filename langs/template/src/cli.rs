//! The command line.

use crate::errors::Source;
use crate::runtime::Runtime;
use crate::{Sprig, repl, run};
use framework::Vm;
use std::ffi::OsString;
use std::io::{IsTerminal, Read};
use std::process::ExitCode;
use std::rc::Rc;

const USAGE: &str = "usage: sprig [OPTIONS] [FILE]

Runs FILE, or what comes on standard input; with neither, starts an interactive session.

options:
  -e CODE            run CODE
  --bytecode         print the bytecode instead of running it
  --jit=MODE         on (the default), off, or one of the stress modes; also by the variable TWOFOLD_JIT
  --jit-log[=FILE]   a line for each trace that is compiled or given up
  --jit-stats[=json] statistics at the end
  --jit-dump[=FILE]  bytecode, IR and machine code of each trace
  -h, --help         print this
  --version          print the version
";

/// Exit code for a program that fails.
const FAILED: u8 = 1;
/// Exit code for a wrong command line.
const USAGE_ERROR: u8 = 2;

/// What the command line asks for.
struct Command {
    jit: jit::Options,
    file: Option<OsString>,
    code: Option<String>,
    bytecode: bool,
}

/// Runs the command with these arguments, the program's name not among them.
pub fn main(args: Vec<OsString>) -> ExitCode {
    // JIT: 7
    let jit = match jit::Options::from_env() {
        Ok(options) => options,
        Err(message) => return usage_error(&message),
    };
    let mut command = Command { jit, file: None, code: None, bytecode: false };
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        match arg.to_str() {
            Some("-h" | "--help") => {
                print!("{USAGE}");
                return ExitCode::SUCCESS;
            }
            Some("--version") => {
                println!("sprig {}", env!("CARGO_PKG_VERSION"));
                return ExitCode::SUCCESS;
            }
            Some("--bytecode") => command.bytecode = true,
            Some("-e") => match args.next().map(OsString::into_string) {
                Some(Ok(code)) => command.code = Some(code),
                _ => return usage_error("-e needs a program"),
            },
            Some(option) if option.starts_with("--jit") => {
                // JIT: 8
                if let Err(message) = command.jit.take_argument(option) {
                    return usage_error(&message);
                }
            }
            Some(option) if option.starts_with('-') && option != "-" => return usage_error(&format!("unknown option {option}")),
            _ if command.file.is_some() => return usage_error("one file only"),
            _ => command.file = Some(arg),
        }
    }
    start(command)
}

fn usage_error(message: &str) -> ExitCode {
    eprintln!("sprig: {message}\n{USAGE}");
    ExitCode::from(USAGE_ERROR)
}

fn start(command: Command) -> ExitCode {
    let mut vm = Vm::<Sprig>::new(Runtime::stdout());
    // JIT: 9
    if let Err(e) = jit::install(&mut vm, command.jit) {
        eprintln!("sprig: {e}");
        return ExitCode::from(FAILED);
    }
    vm.interrupter().on_ctrl_c();
    let source = match (command.code, command.file) {
        (Some(code), _) => Source::new("-e", code),
        (None, None) if std::io::stdin().is_terminal() => return repl::run(&mut vm),
        (None, file) => match read(file) {
            Ok(source) => source,
            Err(message) => {
                eprintln!("sprig: {message}");
                return ExitCode::from(FAILED);
            }
        },
    };
    if command.bytecode {
        return print_bytecode(&mut vm, &source);
    }
    let result = run(&mut vm, &source, false);
    jit::finish(&vm); // JIT: 10
    match result {
        Ok(_) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{}", failure.report(&source));
            ExitCode::from(FAILED)
        }
    }
}

/// The text of a file, or of standard input.
fn read(file: Option<OsString>) -> Result<Rc<Source>, String> {
    let (name, bytes) = match file.filter(|f| f != "-") {
        Some(path) => (path.to_string_lossy().into_owned(), std::fs::read(&path)),
        None => {
            let mut bytes = vec![];
            ("<stdin>".to_string(), std::io::stdin().read_to_end(&mut bytes).map(|_| bytes))
        }
    };
    let bytes = bytes.map_err(|e| format!("cannot read {name}: {e}"))?;
    String::from_utf8(bytes).map(|text| Source::new(&name, text)).map_err(|e| {
        let good = String::from_utf8_lossy(&e.as_bytes()[..e.utf8_error().valid_up_to()]).into_owned();
        format!("{}: error: the text is not UTF-8", Source { name, text: good.clone() }.locate(good.len() as u32))
    })
}

fn print_bytecode(vm: &mut Vm<Sprig>, source: &Rc<Source>) -> ExitCode {
    if let Err(e) = crate::compile::compile(vm, source, false) {
        eprintln!("{}", e.report(source));
        return ExitCode::from(FAILED);
    }
    for code in &vm.rt.codes {
        println!("{} ({} registers):", code.name, code.registers);
        for pc in 0..code.insts.len() as u32 {
            println!("  {pc:4}  {:40} {}", code.disassemble(pc), code.locate(pc));
        }
    }
    ExitCode::SUCCESS
}
