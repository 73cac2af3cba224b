//! Programs with `% expect:` comments, through the command, in several modes of the JIT.

use std::process::Command;

fn run(file: &std::path::Path, mode: &str, goal: &str) -> (i32, String, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_prolog"))
        .arg(format!("--jit={mode}"))
        .arg(file)
        .args(["-g", goal])
        .env_remove("TWOFOLD_JIT")
        .output()
        .expect("the command starts");
    let text = |b: Vec<u8>| String::from_utf8_lossy(&b).into_owned();
    (out.status.code().unwrap_or(-1), text(out.stdout), text(out.stderr))
}

fn programs() -> Vec<std::path::PathBuf> {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/programs");
    let mut all: Vec<_> = std::fs::read_dir(dir).expect("a folder of programs").map(|e| e.expect("an entry").path()).collect();
    all.sort();
    all
}

fn check(mode: &str) {
    for file in programs() {
        let source = std::fs::read_to_string(&file).expect("readable");
        let expected: Vec<&str> = source.lines().filter_map(|l| l.strip_prefix("% expect: ")).collect();
        assert!(!expected.is_empty(), "{} expects nothing", file.display());
        let (code, out, err) = run(&file, mode, "main");
        assert_eq!(out.lines().collect::<Vec<_>>(), expected, "{} with --jit={mode}: {err}", file.display());
        assert_eq!((code, err.as_str()), (0, ""), "{} with --jit={mode}", file.display());
    }
}

#[test]
fn interpreted() {
    check("off");
}

#[test]
fn compiled() {
    check("on");
    check("stress-compile");
}

#[test]
fn recorded_and_failing_guards() {
    check("stress-record");
    check("stress-fail");
}

#[test]
fn failing_goals_exit_with_1_and_errors_with_2() {
    let file = &programs()[0];
    let (code, _, err) = run(file, "off", "fail");
    assert_eq!((code, err.contains("goal (initialization) failed: user:fail")), (1, true), "{err}");
    let (code, _, err) = run(file, "off", "no_such(1)");
    assert_eq!((code, err.contains("Unknown procedure: no_such/1")), (2, true), "{err}");
}
