//! `twofold new` from outside.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

/// A fresh folder to work in.
fn folder(name: &str) -> PathBuf {
    let dir = env::temp_dir().join(format!("twofold-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).expect("the temporary folder is writable");
    dir
}

fn twofold(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_twofold")).args(args).current_dir(dir).output().expect("it runs")
}

fn code_and_text(o: &Output) -> (i32, String) {
    (o.status.code().unwrap_or(-1), String::from_utf8_lossy(&o.stderr).into_owned())
}

#[test]
fn says_what_it_made_and_refuses_what_it_cannot_make() {
    let dir = folder("refuse");
    let made = twofold(&dir, &["new", "moss"]);
    assert!(made.status.success(), "{made:?}");
    assert!(String::from_utf8_lossy(&made.stdout).contains("cargo run --release -- examples/sum.moss --jit-log"));
    let (code, text) = code_and_text(&twofold(&dir, &["new", "moss"]));
    assert_eq!((code, text.contains("already exists")), (1, true), "{text}");
    let (code, text) = code_and_text(&twofold(&dir, &["new", "My-Lang"]));
    assert_eq!((code, text.contains("lower-case")), (2, true), "{text}");
    let (code, text) = code_and_text(&twofold(&dir, &["new"]));
    assert_eq!((code, text.contains("usage")), (2, true), "{text}");
    let (code, text) = code_and_text(&twofold(&dir, &["grow"]));
    assert_eq!((code, text.contains("no command `grow`")), (2, true), "{text}");
    fs::remove_dir_all(&dir).expect("it is ours");
}

/// Takes minutes, since everything is built anew: `cargo test --test scaffold -- --ignored`.
#[test]
#[ignore = "builds a whole workspace"]
fn a_new_language_passes_its_tests_and_compiles_its_loop() {
    let dir = folder("build");
    assert!(twofold(&dir, &["new", "moss"]).status.success());
    let cargo = |args: &[&str]| {
        let o =
            Command::new("cargo").args(args).current_dir(dir.join("moss")).env("CARGO_TARGET_DIR", dir.join("target")).output().expect("cargo runs");
        assert!(o.status.success(), "cargo {args:?}: {}", String::from_utf8_lossy(&o.stderr));
        o
    };
    cargo(&["test"]);
    let run = cargo(&["run", "--", "examples/sum.moss", "--jit-log"]);
    assert_eq!(String::from_utf8_lossy(&run.stdout), "49999995000000\n");
    assert!(String::from_utf8_lossy(&run.stderr).contains("ends in loop"), "{}", String::from_utf8_lossy(&run.stderr));
    fs::remove_dir_all(&dir).expect("it is ours");
}
