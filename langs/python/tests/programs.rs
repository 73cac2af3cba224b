//! Runs each `programs/NAME.py`, and the benchmark programs at small arguments, in every JIT mode, and compares what they
//! print with `NAME.out`, which CPython printed.

mod common;

use common::{modes, python, run};
use std::path::Path;

fn check(program: &Path, args: &[&str], expected: &Path) {
    let expected = std::fs::read_to_string(expected).expect("expected output");
    for mode in modes() {
        let got = run(python(mode).arg(program).args(args));
        // Benchmark programs also print times.
        let printed: String = got.stdout.split_inclusive('\n').filter(|l| !l.contains(" seconds ")).collect();
        assert!(got.status == Some(0), "{} --jit={mode}: {:?}\n{}", program.display(), got.status, got.stderr);
        assert_eq!(printed, expected, "{} --jit={mode}", program.display());
    }
}

#[test]
fn programs_print_what_cpython_prints() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    let mut count = 0;
    for entry in std::fs::read_dir(&dir).expect("the folder exists") {
        let file = entry.expect("a readable entry").path();
        if file.extension().is_some_and(|e| e == "py") {
            check(&file, &[], &file.with_extension("out"));
            count += 1;
        }
    }
    assert!(count > 0, "no programs found");
}

#[test]
fn benchmarks_print_what_cpython_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, args) in [
        ("crafted", &["3000"][..]),
        ("sqrt", &["float,int,fix", "400"]),
        ("fib", &["12"]),
        ("tak", &["1"]),
        ("queens", &["6"]),
        ("branchy", &["3000"]),
        ("exceptions", &["3000"]),
        ("nbody", &["200"]),
    ] {
        let program = root.join(format!("../../bench/programs/python/{name}.py"));
        check(&program, args, &root.join(format!("tests/benchmarks/{name}.out")));
    }
}
