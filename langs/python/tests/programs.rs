//! Runs each `programs/NAME.py` and compares what it prints with `NAME.out`, which CPython printed.

use std::path::Path;
use std::process::Command;

#[test]
fn programs_print_what_cpython_prints() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    let mut count = 0;
    for entry in std::fs::read_dir(&dir).expect("the folder exists") {
        let file = entry.expect("a readable entry").path();
        if file.extension().is_none_or(|e| e != "py") {
            continue;
        }
        let expected = std::fs::read_to_string(file.with_extension("out")).expect("expected output beside the program");
        let out = Command::new(env!("CARGO_BIN_EXE_twofold-python")).arg(&file).output().expect("the command starts");
        assert_eq!(String::from_utf8_lossy(&out.stdout), expected, "{}\n{}", file.display(), String::from_utf8_lossy(&out.stderr));
        count += 1;
    }
    assert!(count > 0, "no programs found");
}

/// Exit code and standard error of a one-line program.
fn fails(code: &str) -> (Option<i32>, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_twofold-python")).args(["-c", code]).output().expect("the command starts");
    (out.status.code(), String::from_utf8_lossy(&out.stderr).into_owned())
}

#[test]
fn errors_have_cpythons_exit_codes_and_last_lines() {
    for (code, status, last) in [
        ("1 / 0", 1, "ZeroDivisionError: division by zero"),
        ("def f(:", 1, "SyntaxError: invalid syntax"),
        ("import sys; sys.exit(3)", 3, ""),
        ("raise KeyError('k')", 1, "KeyError: 'k'"),
    ] {
        let (got, text) = fails(code);
        assert_eq!(got, Some(status), "{code}: {text}");
        assert_eq!(text.lines().last().unwrap_or(""), last, "{code}");
    }
}
