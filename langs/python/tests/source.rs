//! Bytes that are no program: a SyntaxError with its line, never a panic.

mod common;

use common::{python, run};
use std::path::{Path, PathBuf};

/// Runs source text; `true` if it was refused. Neither a panic nor a signal is an answer.
fn refused(file: &Path, source: &[u8], what: &str) -> bool {
    std::fs::write(file, source).expect("a file");
    let got = run(python("off").arg(file));
    assert!(!got.stderr.contains("panicked") && matches!(got.status, Some(0 | 1)), "{what}: {:?} {}", got.status, got.stderr);
    let syntax = got.stderr.lines().last().is_some_and(|l| ["SyntaxError", "IndentationError", "TabError"].iter().any(|e| l.starts_with(e)));
    assert!(!syntax || got.stderr.contains(", line "), "{what}: no line in {}", got.stderr);
    syntax
}

fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[test]
fn truncated_programs_are_refused_or_run() {
    let program = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs/language.py")).expect("a program");
    let file = scratch("truncated.py");
    let count =
        (0..program.len()).step_by(program.len() / 150 + 1).filter(|&n| refused(&file, &program[..n], &format!("the first {n} bytes"))).count();
    assert!(count > 20, "only {count} prefixes were refused");
}

#[test]
fn random_bytes_are_refused() {
    let file = scratch("random.py");
    let mut rng = common::Rng::new(7);
    // Pieces of the language beside plain noise: noise alone ends at its first byte.
    let pieces = [
        "def ", "class ", "(", ")", "[", ":", "\n", "\n  ", "\t", "x", "1", "'", "\"\"\"", "f'{", "}", "lambda", "*", "=", "@", "é", "\\", "#", ",",
        " in ", "for ", "yield", "\r", "\0",
    ];
    let mut count = 0;
    for i in 0..150 {
        let n = rng.below(40) + 1;
        let source: Vec<u8> = if i % 3 == 0 {
            (0..n).map(|_| rng.below(256) as u8).collect()
        } else {
            (0..n).flat_map(|_| pieces[rng.below(pieces.len())].bytes()).collect()
        };
        count += usize::from(refused(&file, &source, &format!("{:?}", String::from_utf8_lossy(&source))));
    }
    assert!(count > 75, "only {count} were refused");
}
