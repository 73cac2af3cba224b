//! Random bytes, and programs cut off anywhere, as source: errors with line and column, never a panic.

mod common;

use common::Rng;
use std::process::Command;

/// Runs a file in the command; its exit code and what it says on standard error.
fn consult(name: &str, bytes: &[u8]) -> (i32, String) {
    let file = std::env::temp_dir().join(format!("twofold-source-{}-{name}.pl", std::process::id()));
    std::fs::write(&file, bytes).expect("a temporary file");
    let out =
        Command::new(env!("CARGO_BIN_EXE_prolog")).arg(&file).args(["-g", "true"]).env("TWOFOLD_JIT", "off").output().expect("the command starts");
    let _ = std::fs::remove_file(&file);
    (out.status.code().unwrap_or(-1), String::from_utf8_lossy(&out.stderr).into_owned())
}

/// Is it `ERROR: file:line:column: Syntax error: …`?
fn has_place(line: &str) -> bool {
    let Some((place, _)) = line.split_once(": Syntax error: ") else { return false };
    let mut parts = place.rsplitn(3, ':');
    parts.next().is_some_and(|c| c.parse::<usize>().is_ok()) && parts.next().is_some_and(|l| l.parse::<usize>().is_ok())
}

fn check(name: &str, bytes: &[u8]) {
    let (code, said) = consult(name, bytes);
    assert!((0..=2).contains(&code), "{name} ends with {code}: {said}");
    for line in said.lines().filter(|l| l.contains("Syntax error")) {
        assert!(has_place(line), "{name}: {line}");
    }
}

#[test]
fn random_bytes_are_errors_with_a_place() {
    const TELLING: &[u8] = b" \n\t.,|()[]{}'\"`\\0aX1:-!_";
    let mut rng = Rng::new(7);
    for i in 0..60 {
        let n = rng.below(300);
        let bytes: Vec<u8> = (0..n).map(|_| if i % 2 == 0 { rng.next() as u8 } else { TELLING[rng.below(TELLING.len())] }).collect();
        check(&format!("bytes{i}"), &bytes);
    }
}

#[test]
fn truncated_programs_are_errors_with_a_place() {
    let mut rng = Rng::new(11);
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/programs");
    for e in std::fs::read_dir(dir).expect("a folder of programs") {
        let text = std::fs::read(e.expect("an entry").path()).expect("readable");
        for i in 0..12 {
            check(&format!("cut{i}"), &text[..rng.below(text.len())]);
        }
    }
}
