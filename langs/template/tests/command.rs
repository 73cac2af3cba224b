//! The command line, from outside.

use std::io::Write;
use std::process::{Command, Output, Stdio};

fn sprig(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!(concat!("CARGO_BIN_EXE_", "sprig")))
        .args(args)
        .env_remove("TWOFOLD_JIT")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    // It may end without reading its input.
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
    child.wait_with_output().expect("it ends")
}

/// Exit code, standard output, standard error.
fn result(o: Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (o.status.code().unwrap_or(-1), text(&o.stdout), text(&o.stderr))
}

#[test]
fn programs_come_from_the_command_line_or_standard_input() {
    assert_eq!(result(sprig(&["-e", "print(1 + 1)"], "")), (0, "2\n".into(), "".into()));
    assert_eq!(result(sprig(&[], "print(\"in\")")), (0, "in\n".into(), "".into()));
    assert_eq!(result(sprig(&["-"], "")), (0, "".into(), "".into()));
}

#[test]
fn failing_programs_print_their_last_words_and_exit_with_1() {
    let (code, out, err) = result(sprig(&["-e", "fn f() { throw \"no\" }\nprint(1)\nf()"], ""));
    assert_eq!((code, out.as_str(), err.as_str()), (1, "1\n", "error: no\n  at f (-e:1:10)\n  at main (-e:3:1)\n"));
    let (code, _, err) = result(sprig(&["-e", "let = 1"], ""));
    assert_eq!((code, err.as_str()), (1, "-e:1:5: error: unexpected `=`, expected a name\n  | let = 1\n  |     ^\n"));
    let (code, _, err) = result(sprig(&["/nonexistent.sprig"], ""));
    assert_eq!((code, err.starts_with("sprig: cannot read /nonexistent.sprig:")), (1, true), "{err}");
}

#[test]
fn wrong_command_lines_exit_with_2() {
    for args in [&["--what"][..], &["-e"], &["a", "b"], &["--jit=fast", "a"], &["--jit-stats=xml", "a"]] {
        let (code, _, err) = result(sprig(args, ""));
        assert_eq!((code, err.contains("usage: sprig")), (2, true), "{args:?}: {err}");
    }
}

#[test]
fn help_version_and_bytecode() {
    assert!(result(sprig(&["--help"], "")).1.contains("--jit-log"));
    assert_eq!(result(sprig(&["--version"], "")).1, format!("sprig {}\n", env!("CARGO_PKG_VERSION")));
    let (code, out, _) = result(sprig(&["--bytecode", "-e", "let n = 0\nwhile n < 9 { n += 2 }"], ""));
    assert_eq!(code, 0);
    let lines: Vec<String> = out.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        lines,
        ["main (2 registers):", "0 move r1 0 -e:1:1", "1 jump ->3 -e:2:1", "2 add r1 r1 2 -e:2:15", "3 if_lt ->2 r1 9 -e:2:9", "4 return nil -e:2:9"]
    );
}

#[test]
fn an_interrupt_stops_a_compiled_loop() {
    let mut child = Command::new(env!(concat!("CARGO_BIN_EXE_", "sprig")))
        .args(["--jit=on", "-e", "print(\"on\")\nlet i = 0\nwhile true { i = (i + 1) % 1000 }"])
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    std::thread::sleep(std::time::Duration::from_millis(300));
    // SAFETY: signals our own child.
    unsafe { libc::kill(child.id() as libc::pid_t, libc::SIGINT) };
    let mut waited = 0;
    while child.try_wait().expect("it can be asked").is_none() {
        std::thread::sleep(std::time::Duration::from_millis(20));
        waited += 1;
        if waited == 500 {
            child.kill().expect("it is ours");
            panic!("the loop did not stop");
        }
    }
    let (code, _, err) = result(child.wait_with_output().expect("it ended"));
    assert_eq!((code, err.starts_with("error: interrupted\n  at main (-e:3:")), (1, true), "{err}");
}

#[test]
fn endless_recursion_is_an_error() {
    for mode in ["--jit=off", "--jit=on"] {
        let (code, _, err) = result(sprig(&[mode, "-e", "fn f(n) { return f(n + 1) + 1 }\nf(0)"], ""));
        assert_eq!((code, err.starts_with("error: stack overflow\n  at f (-e:1:18)")), (1, true), "{mode}: {err}");
    }
}
