//! How programs end that do not end well, in every JIT mode: never in a crash.

mod common;

use common::{Outcome, finish, modes, python, run, start};
use std::io::Read;
use std::os::unix::process::CommandExt;

fn last_line(o: &Outcome) -> &str {
    o.stderr.lines().last().unwrap_or("")
}

#[test]
fn errors_have_cpythons_exit_codes_and_last_lines() {
    for (code, status, last) in [
        ("1 / 0", 1, "ZeroDivisionError: division by zero"),
        ("def f(:", 1, "SyntaxError: invalid syntax"),
        ("import sys; sys.exit(3)", 3, ""),
        ("raise KeyError('k')", 1, "KeyError: 'k'"),
        ("for i in range(300): x = 1 / (250 - i)", 1, "ZeroDivisionError: division by zero"),
    ] {
        for mode in modes() {
            let got = run(python(mode).args(["-c", code]));
            assert_eq!((got.status, last_line(&got)), (Some(status), last), "{code} --jit={mode}: {}", got.stderr);
        }
    }
}

#[test]
fn deep_recursion_is_a_recursion_error() {
    for code in [
        "def f(n): return f(n + 1) + 1\nf(0)",
        "class A:\n    def __add__(self, o): return self + o\nA() + 1",
        "def f(n):\n    for i in range(3): f(n + i)\nf(0)",
    ] {
        for mode in modes() {
            let got = run(python(mode).args(["-c", code]));
            assert_eq!(got.status, Some(1), "{code} --jit={mode}: {}", got.stderr);
            assert_eq!(last_line(&got), "RecursionError: maximum recursion depth exceeded", "{code} --jit={mode}");
            assert!(got.stderr.starts_with("Traceback (most recent call last):"), "{code} --jit={mode}: {}", got.stderr);
        }
    }
}

/// Runs Python with little address space, of which the stacks take the most.
fn with_little_memory(mode: &str, code: &str) -> Outcome {
    const ADDRESS_SPACE: u64 = 1800 << 20;
    let mut c = python(mode);
    c.args(["-c", code]);
    // SAFETY: setrlimit may be called between fork and exec.
    unsafe {
        c.pre_exec(|| {
            let limit = libc::rlimit { rlim_cur: ADDRESS_SPACE, rlim_max: ADDRESS_SPACE };
            if libc::setrlimit(libc::RLIMIT_AS, &limit) == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
        });
    }
    run(&mut c)
}

#[test]
fn endless_growth_is_a_memory_error() {
    // In big pieces, since growing item by item takes too long with a collection per allocation.
    let code = "a = []\nwhile True: a.append([0] * 50000)";
    for mode in modes() {
        let got = with_little_memory(mode, code);
        assert_eq!((got.status, last_line(&got)), (Some(1), "MemoryError"), "--jit={mode}: {}", got.stderr);
    }
}

#[test]
fn one_object_too_large_is_a_memory_error() {
    // What is printed before is not lost.
    for code in [
        "x = 'ab'\nwhile True: x += x",
        "x = 'ab'\nwhile True: x = f'{x}{x}'",
        "x = 'ab'\nwhile True: x = '%s%s' % (x, x)",
        "x = 'ab'\nwhile True: x = ','.join([x, x])",
        "x = 'ab'\nwhile True: x = x.replace('a', 'aa')",
        "x = 'ab'\nwhile True: x = repr([x, x])",
        "x = b'ab'\nwhile True: x = x + x",
        "x = [1]\nwhile True: x += x",
        "x = [1]\nwhile True: x = [*x, *x]",
        "x = (1,)\nwhile True: x = x * 2",
        "x = list(iter(int, 1))",
        "x = list(range(10 ** 12))",
        "import itertools\nx = set(itertools.count())",
        "x = 3\nwhile True: x = x * x + 1",
        "x = 3\nwhile True: x **= 3",
        "x = 1 << (1 << 50)",
        "x = 'a'.ljust(1 << 60)",
        "x = f'{1:{1 << 60}}'",
        "x = bytes(1 << 60)",
    ] {
        for mode in ["off", "on"] {
            let got = with_little_memory(mode, &format!("print('begun')\n{code}"));
            assert_eq!(
                (got.status, last_line(&got), got.stdout.as_str()),
                (Some(1), "MemoryError", "begun\n"),
                "{code} --jit={mode}: {}",
                got.stderr
            );
        }
    }
}

#[test]
fn ctrl_c_stops_a_loop() {
    for mode in modes() {
        let code = "import sys\nprint('on', file=sys.stderr)\nwhile True: pass";
        let mut child = start(python(mode).args(["-c", code]));
        // It is in the loop, or nearly, once it has printed.
        let mut first = [0; 3];
        child.stderr.as_mut().expect("a pipe").read_exact(&mut first).expect("a line");
        std::thread::sleep(std::time::Duration::from_millis(50));
        // SAFETY: signals the child just started, which has not been waited for.
        unsafe { libc::kill(child.id() as libc::pid_t, libc::SIGINT) };
        let got = finish(child, mode);
        assert_eq!((got.status, last_line(&got)), (Some(130), "KeyboardInterrupt"), "--jit={mode}: {}", got.stderr);
    }
}
