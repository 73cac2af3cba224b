//! Programs with `% expect:` comments, and the seed programs, through the command, in every mode of the JIT.

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
fn programs_print_what_they_expect_in_every_mode() {
    for (mode, _, _) in jit::options::MODES {
        check(mode);
    }
}

/// Seed programs, and what makes them small enough for the slowest mode.
const SEEDS: &[(&str, &[(&str, &str)])] = &[
    ("iterate", &[("50000000", "500")]),
    ("iterate_call", &[("3000000", "500")]),
    ("iterate_if", &[("25000000", "500")]),
    ("iterate_cut", &[("40000000", "500")]),
    ("iterate_assert", &[("50000000", "500")]),
    ("iterate_exception", &[("3000000", "300")]),
    ("iterate_failure", &[("8000000", "500")]),
    ("iterate_findall", &[("5000000", "500")]),
    ("nrev", &[("loop(120000)", "loop(3)")]),
    ("queens", &[("loop(250)", "loop(1)"), ("queens(8, Q)", "queens(5, Q)"), ("0, 92", "0, 10")]),
    ("deriv", &[("loop(300000)", "loop(5)")]),
    ("fib", &[("fib(33, F), F =:= 5702887", "fib(12, F), F =:= 233")]),
    ("tak", &[("tak(24, 16, 8, A), A =:= 9, ", ""), ("tak(22, 14, 6, B)", "tak(8, 4, 2, B)"), ("tak(27, 18, 9, C)", "tak(9, 5, 3, C)")]),
    ("primes", &[("30000", "200"), ("3245", "46")]),
    ("zebra", &[("loop(900)", "loop(1)")]),
];

#[test]
fn seed_programs_print_ok_in_every_mode() {
    for (name, changes) in SEEDS {
        let path = format!("{}/../../bench/programs/prolog/{name}.pl", env!("CARGO_MANIFEST_DIR"));
        let mut source = std::fs::read_to_string(&path).expect("a seed program");
        for (from, to) in *changes {
            assert!(source.contains(from), "{name} has no {from}");
            source = source.replace(from, to);
        }
        let file = std::env::temp_dir().join(format!("twofold-seed-{}-{name}.pl", std::process::id()));
        std::fs::write(&file, source).expect("a temporary file");
        for (mode, _, _) in jit::options::MODES {
            let (code, out, err) = run(&file, mode, "main");
            assert_eq!((code, out.as_str()), (0, "ok\n"), "{name} with --jit={mode}: {err}");
        }
        let _ = std::fs::remove_file(&file);
    }
}

#[test]
fn failing_goals_exit_with_1_and_errors_with_2() {
    let file = &programs()[0];
    let (code, _, err) = run(file, "off", "fail");
    assert_eq!((code, err.contains("goal (initialization) failed: user:fail")), (1, true), "{err}");
    let (code, _, err) = run(file, "off", "no_such(1)");
    assert_eq!((code, err.contains("Unknown procedure: no_such/1")), (2, true), "{err}");
}
