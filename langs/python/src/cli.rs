//! The command: `python [--jit=…] FILE [ARGS]`, `-c CODE`, `-`.

use crate::names;
use crate::objects::class::Known;
use crate::objects::exception::{attr, is_exception, take};
use crate::objects::layouts::*;
use crate::objects::{int, repr};
use crate::runtime::PyVm;
use framework::Raised;
use std::io::Read;
use std::process::ExitCode;

const USAGE: &str = "usage: twofold python [--jit=MODE] [-c CODE | FILE | -] [ARGS]";

/// Native stack of the thread programs run on: touched as used.
const NATIVE_STACK: usize = 1 << 30;

/// Runs the command with these arguments (the program's own name left out).
pub fn main(args: Vec<String>) -> ExitCode {
    match std::thread::Builder::new().stack_size(NATIVE_STACK).spawn(move || run(args)).map(|t| t.join()) {
        Ok(Ok(code)) => ExitCode::from(code),
        Ok(Err(_)) => ExitCode::from(70),
        Err(e) => {
            eprintln!("twofold python: no room for the native stack of {} MB: {e}", NATIVE_STACK >> 20);
            ExitCode::from(70)
        }
    }
}

fn run(args: Vec<String>) -> u8 {
    let mut args = args.into_iter().peekable();
    // The JIT's own options come first: what follows the file is the program's.
    let mut options = match jit::Options::from_env() {
        Ok(o) => o,
        Err(e) => return usage_error(&e),
    };
    while let Some(a) = args.next_if(|a| a.starts_with("--jit")) {
        if let Err(e) = options.take_argument(&a) {
            return usage_error(&e);
        }
    }
    let (file, bytes) = match args.next().as_deref() {
        Some("-c") => match args.next() {
            Some(code) => ("<string>".to_string(), code.into_bytes()),
            None => {
                return usage_error("argument expected for the -c option");
            }
        },
        None | Some("-") => {
            let mut bytes = vec![];
            if std::io::stdin().read_to_end(&mut bytes).is_err() {
                return 1;
            }
            ("<stdin>".to_string(), bytes)
        }
        Some(o) if o.starts_with('-') => {
            return usage_error(&format!("unknown option {o}"));
        }
        Some(file) => match std::fs::read(file) {
            Ok(b) => (file.to_string(), b),
            Err(e) => {
                let n = e.raw_os_error().unwrap_or(0);
                let text = e.to_string();
                eprintln!("twofold python: can't open file '{file}': [Errno {n}] {}", text.split(" (os error").next().unwrap_or(&text));
                return 2;
            }
        },
    };
    let mut vm = crate::new_vm(NATIVE_STACK);
    if let Err(e) = jit::install(&mut vm, options) {
        return usage_error(&format!("the JIT's log: {e}"));
    }
    vm.interrupter().on_ctrl_c();
    vm.rt.argv = std::iter::once(if file == "<string>" {
        "-c".to_string()
    } else if file == "<stdin>" {
        "-".into()
    } else {
        file.clone()
    })
    .chain(args)
    .collect();
    // SAFETY: asks about a file descriptor.
    vm.rt.out.line_buffered = unsafe { libc::isatty(1) } == 1;
    let dir = std::path::Path::new(&file).parent().map_or(String::new(), |p| p.to_string_lossy().into_owned());
    vm.rt.path = vec![dir];
    // The program's own path is absolute in tracebacks and `__file__`, as given in `sys.argv`.
    let file = match std::path::absolute(&file) {
        Ok(p) if !file.starts_with('<') => p.to_string_lossy().into_owned(),
        _ => file,
    };
    let run = |vm: &mut PyVm| {
        let m = crate::modules::register(vm, "__main__")?;
        crate::modules::run_module(vm, m, &file, &bytes)
    };
    let code = match run(&mut vm) {
        Ok(_) => 0,
        Err(Raised) => report(&mut vm),
    };
    let code = close_files(&mut vm, code);
    vm.rt.out.flush();
    jit::finish(&vm);
    code
}

fn usage_error(message: &str) -> u8 {
    eprintln!("twofold python: {message}\n{USAGE}");
    2
}

/// Writes what open files still hold.
fn close_files(vm: &mut PyVm, code: u8) -> u8 {
    let Some(io) = vm.rt.modules.iter().find(|m| m.name == "_io").copied() else { return code };
    let n = crate::runtime::intern(vm, "close_all");
    match io.value(n).map(|f| crate::call::call(vm, f, &[])) {
        Some(Err(_)) => report(vm),
        _ => code,
    }
}

/// Reports the uncaught exception; the exit code.
fn report(vm: &mut PyVm) -> u8 {
    let e = take(vm);
    vm.rt.out.flush();
    if is_exception(vm, e, Known::SystemExit) {
        return match attr(e.as_obj(), names::CODE).unwrap_or(NONE) {
            NONE => 0,
            v => match int::small(v) {
                Some(i) => i as u8,
                None => {
                    let s = repr::str_of(vm, v).unwrap_or_default();
                    eprintln!("{s}");
                    1
                }
            },
        };
    }
    let text = crate::traceback::format(vm, e);
    eprint!("{text}");
    if is_exception(vm, e, Known::KeyboardInterrupt) { 130 } else { 1 }
}
