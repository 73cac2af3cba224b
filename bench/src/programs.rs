//! The programs, and the sizes they run at.

use crate::engine::Language;
use std::path::{Path, PathBuf};

/// How the work of a program grows with its size argument.
#[derive(Clone, Copy)]
enum Growth {
    /// In proportion.
    Linear,
    /// By this factor for each step of the size.
    Exponential(f64),
}

/// Arguments of a program: what comes before the size, the size, and how the work grows with it.
struct Size {
    language: &'static str,
    program: &'static str,
    before: &'static [&'static str],
    size: f64,
    growth: Growth,
}

const fn size(program: &'static str, size: f64, growth: Growth) -> Size {
    Size { language: "python", program, before: &[], size, growth }
}

/// Programs that take their size as an argument. The others have it built in.
const SIZES: &[Size] = &[
    size("binary_trees", 18.0, Growth::Exponential(2.0)),
    size("branchy", 40e6, Growth::Linear),
    size("crafted", 300e6, Growth::Linear),
    size("exceptions", 20e6, Growth::Linear),
    size("fib", 37.0, Growth::Exponential(1.618)),
    size("generators", 30e6, Growth::Linear),
    size("megamorphic", 30e6, Growth::Linear),
    size("nbody", 1.5e6, Growth::Linear),
    size("objects", 10e6, Growth::Linear),
    size("queens", 11.0, Growth::Exponential(5.0)),
    size("sortkey", 200e3, Growth::Linear),
    Size { before: &["float,int,fix"], ..size("sqrt", 50e6, Growth::Linear) },
    size("tak", 60.0, Growth::Linear),
];

/// The folder of the programs.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("programs")
}

/// The file of a program, in a language's own folder.
pub fn file(folder_name: &str, program: &str, extension: &str) -> PathBuf {
    folder().join(folder_name).join(format!("{program}.{extension}"))
}

/// Names of a language's programs, in order. `_lib` files are modules of others.
///
/// # Errors
/// If the folder cannot be read.
pub fn all(l: &Language) -> Result<Vec<String>, String> {
    let dir = folder().join(l.name);
    let entries = std::fs::read_dir(&dir).map_err(|e| format!("cannot read {}: {e}", dir.display()))?;
    let mut names = vec![];
    for e in entries {
        let path = e.map_err(|e| e.to_string())?.path();
        let name = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
        if path.extension().is_some_and(|x| x == l.extension) && !name.ends_with("_lib") {
            names.push(name.to_string());
        }
    }
    names.sort();
    Ok(names)
}

/// The programs that the words of the command line name.
///
/// # Errors
/// If there is no such program.
pub fn select(l: &Language, words: &[String]) -> Result<Vec<String>, String> {
    let all = all(l)?;
    let mut chosen: Vec<String> = vec![];
    for w in words {
        if w == "all" {
            // An empty program takes no time worth a place in the mean.
            chosen.extend(all.iter().filter(|n| *n != "empty").cloned());
        } else if all.contains(w) {
            chosen.push(w.clone());
        } else {
            return Err(format!("{} has no program `{w}`; there are {}", l.name, all.join(", ")));
        }
    }
    let mut seen = vec![];
    chosen.retain(|n| {
        !seen.contains(n) && {
            seen.push(n.clone());
            true
        }
    });
    Ok(chosen)
}

/// Arguments for a program with `scale` times its usual work.
///
/// # Errors
/// If its size is built in.
pub fn scaled(l: &Language, program: &str, scale: f64) -> Result<Vec<String>, String> {
    let s = SIZES.iter().find(|s| s.language == l.name && s.program == program);
    let s = s.ok_or(format!("--scale: the size of {program} is built into it"))?;
    let n = match s.growth {
        Growth::Linear => s.size * scale,
        Growth::Exponential(factor) => s.size + scale.ln() / factor.ln(),
    };
    Ok(s.before.iter().map(|b| b.to_string()).chain([format!("{}", n.round().max(1.0) as u64)]).collect())
}
