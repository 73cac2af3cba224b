//! Generates the parser, and the index of the part of the system that is written in Prolog.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

const LIBRARY: &str = "src/library";

fn main() {
    println!("cargo:rerun-if-changed={LIBRARY}");
    println!("cargo:rerun-if-changed=src/read/grammar.lalrpop");
    lalrpop::process_root().expect("the grammar is well-formed");
    let mut files: Vec<_> = std::fs::read_dir(LIBRARY).expect("the library's folder").map(|e| e.expect("an entry").path()).collect();
    files.sort();
    let mut index: BTreeMap<(String, usize), (String, usize, String)> = BTreeMap::new();
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "pl")) {
        let text = std::fs::read_to_string(file).expect("a file of the library");
        let name = file.file_stem().and_then(|n| n.to_str()).expect("a plain name");
        let mut last = None;
        for (line, clause) in clauses(&text) {
            let key = functor(clause).unwrap_or_else(|| panic!("{name}.pl:{line}: not understood: {clause}"));
            let entry = index.entry(key.clone()).or_insert_with(|| (name.into(), line, String::new()));
            let together = entry.2.is_empty() || last.as_ref() == Some(&key);
            assert!(together, "{name}.pl:{line}: the clauses of {}/{} are not together", key.0, key.1);
            entry.2.push_str(clause);
            entry.2.push('\n');
            last = Some(key);
        }
    }
    let mut out = String::new();
    writeln!(out, "static LIBRARY: [Entry; {}] = [", index.len()).expect("written to a string");
    for ((name, arity), (file, line, text)) in index {
        writeln!(out, "Entry {{ name: {name:?}, arity: {arity}, file: {file:?}, line: {line}, text: {text:?} }},").expect("written to a string");
    }
    out.push_str("];\n");
    let path = Path::new(&std::env::var("OUT_DIR").expect("set by cargo")).join("library.rs");
    std::fs::write(path, out).expect("the index is written");
}

/// The clauses of a text with their lines. The library's own sources need no more than this: comments begin with `%`.
fn clauses(text: &str) -> Vec<(usize, &str)> {
    let (mut out, mut start, mut quote, mut comment) = (vec![], None, None, false);
    let bytes = text.as_bytes();
    let symbol = |b: u8| b"+-*/\\^<>=~:.?@#&$".contains(&b);
    let mut i = 0;
    while i < bytes.len() {
        let b = bytes[i];
        match quote {
            _ if comment => comment = b != b'\n',
            Some(q) => match b {
                b'\\' => i += 1,
                _ if b == q => quote = None,
                _ => {}
            },
            None => match b {
                b'%' => comment = true,
                b'0' if bytes[i + 1] == b'\'' => {
                    i += if bytes[i + 2] == b'\\' { 3 } else { 2 };
                }
                b'\'' | b'"' | b'`' => {
                    start = start.or(Some(i));
                    quote = Some(b);
                }
                b'.' if bytes[i + 1].is_ascii_whitespace() && !symbol(bytes[i - 1]) => {
                    let from = start.take().expect("a clause has a beginning");
                    out.push((text[..from].matches('\n').count() + 1, &text[from..=i]));
                }
                _ if b.is_ascii_whitespace() => {}
                _ => start = start.or(Some(i)),
            },
        }
        i += 1;
    }
    out
}

/// Name and arity of the head, which is written `name(…)` even if the name is an operator.
fn functor(clause: &str) -> Option<(String, usize)> {
    let (name, rest) = match clause.strip_prefix('\'') {
        Some(quoted) => quoted.split_once('\'')?,
        None => clause.split_at(clause.find(|c: char| "( .".contains(c))?),
    };
    let Some(args) = rest.strip_prefix('(') else { return Some((name.into(), 0)) };
    let (mut arity, mut depth) = (1, 0);
    for c in args.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' if depth == 0 => return Some((name.into(), arity)),
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => arity += 1,
            _ => {}
        }
    }
    None
}
