//! Rules that ARCHITECTURE.md states, and that it mentions what there is.

use std::fs;
use std::path::{Path, PathBuf};

const LANGUAGES: &[&str] = &["prolog", "python", "template", "sprig"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Files below a folder, relative to the root; build output left out.
fn files_below(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        let name = path.file_name().expect("has a name").to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && name != ".git" && name != "__pycache__" {
                files_below(&path, all);
            }
        } else {
            all.push(path.strip_prefix(root()).expect("below the root").to_path_buf());
        }
    }
}

fn all_files() -> Vec<PathBuf> {
    let mut all = vec![];
    files_below(root(), &mut all);
    all.sort();
    all
}

fn rust_files(folder: &str) -> Vec<PathBuf> {
    all_files().into_iter().filter(|f| f.starts_with(folder) && f.extension().is_some_and(|x| x == "rs")).collect()
}

/// The words of a Rust file, without line comments.
fn words(file: &Path) -> Vec<(usize, String)> {
    let mut all = vec![];
    for (n, line) in read(file).lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        let word = |c: char| c.is_alphanumeric() || c == '_';
        all.extend(code.split(|c| !word(c)).filter(|w| !w.is_empty()).map(|w| (n + 1, w.to_lowercase())));
    }
    all
}

/// The crates a manifest depends on, in any section.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut names = vec![];
    let mut inside = false;
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line.contains("dependencies") && !line.starts_with("[workspace");
        } else if inside && !line.starts_with('#') {
            names.extend(
                line.split(['=', '.']).next().map(|n| n.trim().trim_matches('"').to_string()).filter(|n| line.contains('=') && !n.is_empty()),
            );
        }
    }
    names
}

fn assert_never_named(folder: &str, names: &[&str]) {
    let files = rust_files(folder);
    assert!(!files.is_empty(), "{folder}");
    for file in files {
        for (line, word) in words(&file) {
            assert!(!names.contains(&word.as_str()), "{}:{line} names `{word}`", file.display());
        }
    }
}

#[test]
fn the_framework_names_neither_the_jit_nor_a_language() {
    assert_never_named("framework/src", &[LANGUAGES, &["jit"]].concat());
    for d in dependencies(&read("framework/Cargo.toml")) {
        assert!(d != "jit" && !LANGUAGES.contains(&d.as_str()), "framework depends on {d}");
    }
}

#[test]
fn the_jit_names_no_language() {
    assert_never_named("jit/src", LANGUAGES);
    for d in dependencies(&read("jit/Cargo.toml")) {
        assert!(!LANGUAGES.contains(&d.as_str()), "jit depends on {d}");
    }
}

#[test]
fn languages_do_not_depend_on_each_other() {
    for manifest in all_files().iter().filter(|f| f.starts_with("langs") && f.ends_with("Cargo.toml")) {
        for d in dependencies(&read(manifest)) {
            assert!(!LANGUAGES.contains(&d.as_str()), "{} depends on {d}", manifest.display());
        }
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let page = read("ARCHITECTURE.md");
    let reasons = page.split("\n## Dependencies").nth(1).expect("a section on dependencies");
    let own: Vec<String> = members().iter().map(|m| m.rsplit('/').next().expect("a name").to_string()).collect();
    for member in members().iter().map(String::as_str).chain(["."]) {
        for d in dependencies(&read(Path::new(member).join("Cargo.toml"))) {
            assert!(own.contains(&d) || reasons.contains(&format!("`{d}`")), "ARCHITECTURE.md gives no reason for {d}, which {member} depends on");
        }
    }
}

/// The workspace's members.
fn members() -> Vec<String> {
    let manifest = read("Cargo.toml");
    let list = manifest.split("members = [").nth(1).and_then(|rest| rest.split(']').next()).expect("a list of members");
    list.split('"').skip(1).step_by(2).map(String::from).collect()
}

#[test]
fn the_codemap_mentions_every_source_folder() {
    let page = read("ARCHITECTURE.md");
    let codemap = page.split("\n## Codemap").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a codemap");
    let source =
        |f: &Path| f.extension().is_some_and(|x| ["rs", "lalrpop", "ir", "pl", "py", "lua", "sprig"].contains(&x.to_string_lossy().as_ref()));
    let mut missing = vec![];
    for file in all_files().iter().filter(|f| source(f)) {
        let folder = file.parent().expect("a file has a folder").to_string_lossy().into_owned();
        // Programs are filed by language; nobody needs a map of that.
        let folder = folder.strip_prefix("bench/programs/").map_or(folder.as_str(), |_| "bench/programs").to_string();
        if !folder.is_empty() && !codemap.contains(&format!("`{folder}`")) && !codemap.contains(&format!("`{folder}/")) && !missing.contains(&folder)
        {
            missing.push(folder);
        }
    }
    assert!(missing.is_empty(), "the codemap of ARCHITECTURE.md does not mention {missing:?}");
}

#[test]
fn files_the_codemap_names_exist() {
    let page = read("ARCHITECTURE.md");
    let all = all_files();
    for name in page.split('`').skip(1).step_by(2).filter(|n| n.ends_with(".rs") || n.ends_with(".lalrpop")) {
        assert!(all.iter().any(|f| f.ends_with(name)), "ARCHITECTURE.md names {name}, which does not exist");
    }
}

#[test]
fn files_with_unsafe_code_say_why_it_holds() {
    for file in all_files().iter().filter(|f| f.extension().is_some_and(|x| x == "rs")) {
        if file.components().any(|c| c.as_os_str() == "tests") {
            continue;
        }
        let text = read(file);
        let is_unsafe = ["unsafe {", "unsafe impl", "unsafe extern"].iter().any(|u| text.contains(u));
        assert!(!is_unsafe || text.contains("SAFETY") || text.contains("# Safety"), "{} does not say why its unsafe code holds", file.display());
    }
}

#[test]
fn continuous_integration_runs_what_the_readme_says() {
    let readme = read("README.md");
    let commands: Vec<&str> = readme.split("```").nth(1).expect("commands come first").lines().filter(|l| l.starts_with("cargo")).collect();
    assert_eq!(commands.len(), 2, "two commands: one runs a program, one passes the tests");
    let test = commands[1].split('#').next().expect("a command").trim();
    assert!(read(".ci/run").lines().any(|l| l == test), ".ci/run does not run `{test}`");
}
