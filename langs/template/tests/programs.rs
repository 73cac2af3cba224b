//! Runs every program of `tests/programs` in every mode of the JIT. What a program must print stands in it:
//! `# expect: …` a line of output; `# expect error: …` the message of an uncaught error, with its position;
//! `# expect syntax error: …` likewise, before anything runs.

mod support;

use std::path::{Path, PathBuf};
use support::{modes, run_in};
use template::Failure;

fn programs() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    let mut all: Vec<_> = std::fs::read_dir(dir).expect("the folder is there").map(|e| e.expect("readable").path()).collect();
    all.sort();
    assert!(!all.is_empty());
    all
}

fn expected<'a>(text: &'a str, mark: &str) -> Vec<&'a str> {
    text.lines().filter_map(|l| l.split_once(mark)).map(|(_, rest)| rest.strip_prefix(' ').unwrap_or(rest)).collect()
}

#[test]
fn programs_print_what_they_say_in_every_mode() {
    let mut failures = vec![];
    for path in programs() {
        let text = std::fs::read_to_string(&path).expect("readable");
        let name = path.file_name().expect("a file").to_string_lossy();
        for (word, mode) in modes() {
            let outcome = run_in(mode, &name, &text);
            let printed: Vec<&str> = outcome.printed.lines().collect();
            let want = expected(&text, "# expect:");
            if printed != want {
                let at = (0..).find(|&i| printed.get(i) != want.get(i)).unwrap_or(0);
                failures.push(format!("{name} in mode {word}: line {}: {:?} instead of {:?}", at + 1, printed.get(at), want.get(at)));
            }
            let (kind, failed) = match outcome.failure {
                Some(Failure::Syntax(_)) => ("# expect syntax error:", outcome.report),
                _ => ("# expect error:", outcome.report),
            };
            let want = expected(&text, kind).join("\n");
            if want.is_empty() != failed.is_empty() || want.lines().any(|line| !failed.contains(line)) {
                failures.push(format!("{name} in mode {word}: error {failed:?} instead of {want:?}"));
            }
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}
