//! `twofold new NAME`: the template language under a new name, as a cargo workspace that stands on its own.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

const USAGE: &str = "usage: twofold new NAME

Makes the folder NAME with a small complete language in it: NAME is its name, the crate's, and the ending of its files.
";

/// Exit code for a folder that cannot be made.
const FAILED: u8 = 1;
/// Exit code for a wrong command line.
const USAGE_ERROR: u8 = 2;

/// The sources as packed by `build.rs`: paths in this repository, and contents.
const PACKED: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/packed.rs"));

/// What the template calls itself.
const TEMPLATE: Names = Names { krate: "template", word: "sprig", title: "Sprig" };

/// The words that are renamed.
struct Names<'a> {
    krate: &'a str,
    word: &'a str,
    title: &'a str,
}

/// Runs the command.
pub fn main(args: Vec<String>) -> ExitCode {
    let name = match &args[..] {
        [help] if help == "-h" || help == "--help" => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        [name] if !name.starts_with('-') => name,
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(USAGE_ERROR);
        }
    };
    if let Err(why) = check_name(name) {
        eprintln!("error: `{name}` cannot be the name of a language: {why}");
        return ExitCode::from(USAGE_ERROR);
    }
    let folder = Path::new(name);
    if folder.exists() {
        eprintln!("error: `{name}` already exists");
        return ExitCode::from(FAILED);
    }
    let files = files(name);
    if let Err((path, e)) = write(folder, &files) {
        eprintln!("error: cannot write {}: {e}", path.display());
        return ExitCode::from(FAILED);
    }
    println!("Made `{name}/` with {} files: a language called {}.", files.len(), title(name));
    println!("\n  cd {name}");
    println!("  cargo test");
    println!("  cargo run --release -- examples/sum.{name} --jit-log");
    println!("\nREADME.md tells what is in it and how to go on.");
    ExitCode::SUCCESS
}

/// Rust's keywords, and crates whose names are taken.
const TAKEN: &[&str] = &[
    "abstract",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "struct",
    "super",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "union",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
    "alloc",
    "bumpalo",
    "core",
    "framework",
    "jit",
    "lalrpop",
    "libc",
    "logos",
    "proc_macro",
    "rustyline",
    "std",
    "template",
    "test",
    "vendor",
    "examples",
    "src",
    "tests",
    "target",
    "run",
    "main",
    "objects",
    "step",
];

/// A language's name becomes a crate's, a type's and a file ending.
fn check_name(name: &str) -> Result<(), &'static str> {
    let starts_well = name.starts_with(|c: char| c.is_ascii_lowercase());
    if !starts_well || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
        return Err("use lower-case letters, digits and `_`, a letter first");
    }
    if name.len() > 64 {
        return Err("it is too long");
    }
    if TAKEN.contains(&name) {
        return Err("this word is taken");
    }
    Ok(())
}

/// `my_lang` to `MyLang`.
fn title(name: &str) -> String {
    let upper = |part: &str| part[..1].to_ascii_uppercase() + &part[1..];
    name.split('_').filter(|p| !p.is_empty()).map(upper).collect()
}

/// The files of a new language: paths below its folder, and contents.
fn files(name: &str) -> Vec<(String, String)> {
    let title = title(name);
    let names = Names { krate: name, word: name, title: &title };
    let mut files = vec![(".gitignore".to_string(), "/target\n".to_string())];
    for &(path, text) in PACKED {
        files.push(match path {
            "Cargo.toml" => continue,
            "Cargo.lock" | "rustfmt.toml" => (path.to_string(), text.to_string()),
            "langs/template/Cargo.toml" => ("Cargo.toml".to_string(), rename(text, &names) + &workspace()),
            "framework/Cargo.toml" | "jit/Cargo.toml" => (format!("vendor/{path}"), without_sections(text, &["dev-dependencies", "bench", "test"])),
            _ => match path.strip_prefix("langs/template/") {
                Some(path) => (rename(path, &names), rename(text, &names)),
                None => (format!("vendor/{path}"), text.to_string()),
            },
        });
    }
    files
}

/// The new workspace's part of `Cargo.toml`: ours, with the framework and the JIT below `vendor`.
fn workspace() -> String {
    let ours = PACKED.iter().find(|(path, _)| *path == "Cargo.toml").expect("it is packed").1;
    let mut text = String::new();
    for line in without_sections(ours, &["package", "dependencies", "dev-dependencies", "build-dependencies", "bin", "bench", "test"]).lines() {
        if line.starts_with("members = ") {
            text += "members = [\"vendor/framework\", \"vendor/jit\"]\n";
        } else if !line.contains("path = \"langs/") {
            text += &line.replace("path = \"", "path = \"vendor/");
            text.push('\n');
        }
    }
    format!("\n{}", text.trim_start())
}

/// A manifest without some of its sections.
fn without_sections(manifest: &str, names: &[&str]) -> String {
    let mut text = String::new();
    let mut keep = true;
    for line in manifest.lines() {
        if line.starts_with('[') {
            keep = !names.contains(&line.trim_matches(['[', ']']));
        }
        if keep {
            text += line;
            text.push('\n');
        }
    }
    text
}

/// Replaces the template's names where they stand as whole words.
fn rename(text: &str, to: &Names) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (head, tail) = rest.split_at(word.max(rest.chars().next().map_or(0, char::len_utf8)));
        out += match head {
            _ if head == TEMPLATE.krate => to.krate,
            _ if head == TEMPLATE.word => to.word,
            _ if head == TEMPLATE.title => to.title,
            _ => head,
        };
        rest = tail;
    }
    out
}

fn write(folder: &Path, files: &[(String, String)]) -> Result<(), (PathBuf, io::Error)> {
    for (name, text) in files {
        let path = folder.join(name);
        let written = fs::create_dir_all(path.parent().unwrap_or(folder)).and_then(|()| fs::write(&path, text));
        written.map_err(|e| (path, e))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        for good in ["seed", "my_lang", "l2"] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        for bad in ["", "Seed", "2l", "my-lang", "a b", "fn", "jit", "é", "../x", "_x"] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
        assert_eq!(title("my_lang2"), "MyLang2");
    }

    #[test]
    fn whole_words_are_renamed_and_nothing_else() {
        let to = Names { krate: "moss", word: "moss", title: "Moss" };
        assert_eq!(
            rename("Sprig runs x.sprig; sprigs and template_x stay: template::run(é)", &to),
            "Moss runs x.moss; sprigs and template_x stay: moss::run(é)"
        );
    }

    #[test]
    fn the_old_name_is_gone_and_the_workspace_is_whole() {
        let files = files("moss");
        let get = |path: &str| &files.iter().find(|(p, _)| p == path).unwrap_or_else(|| panic!("no {path}")).1;
        for (path, text) in files.iter().filter(|(p, _)| !p.starts_with("vendor/") && p != "Cargo.lock") {
            assert!(!path.contains("sprig") && !text.to_lowercase().contains("sprig"), "{path}");
            assert!(!text.contains("template"), "{path}");
        }
        let manifest = get("Cargo.toml");
        for line in [
            "name = \"moss\"",
            "members = [\"vendor/framework\", \"vendor/jit\"]",
            "framework = { path = \"vendor/framework\" }",
            "[profile.release]",
        ] {
            assert!(manifest.contains(line), "{line} in {manifest}");
        }
        assert!(!manifest.contains("langs/") && !manifest.contains("twofold"), "{manifest}");
        get("examples/sum.moss");
        get("vendor/jit/src/lib.rs");
        get("vendor/framework/src/world.rs");
    }
}
