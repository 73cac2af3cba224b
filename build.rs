//! Packs the sources that `twofold new` writes out into the binary: the framework, the JIT and the template language.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// What is packed: folders, and files of the root.
const FOLDERS: &[&str] = &["framework/src", "jit/src", "langs/template"];
const FILES: &[&str] = &["Cargo.toml", "Cargo.lock", "rustfmt.toml", "framework/Cargo.toml", "jit/Cargo.toml"];

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let mut files: Vec<PathBuf> = FILES.iter().map(|f| root.join(f)).collect();
    for folder in FOLDERS {
        println!("cargo::rerun-if-changed={folder}");
        collect(&root.join(folder), &mut files);
    }
    let mut table = String::from("[\n");
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
        let name = file.strip_prefix(&root).expect("it is inside").to_string_lossy().into_owned();
        writeln!(table, "    ({name:?}, include_str!({:?})),", file.to_string_lossy()).expect("strings take everything");
    }
    table.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("packed.rs"), table).expect("cargo's folder is writable");
}

/// All files below a folder, in a fixed order.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).expect("readable").map(|e| e.expect("readable").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            if path.file_name().is_some_and(|n| n != "target") {
                collect(&path, files);
            }
        } else {
            files.push(path);
        }
    }
}
