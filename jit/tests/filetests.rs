//! File tests: text IR in, and what becomes of it, in one file. `TWOFOLD_BLESS=1` writes what comes out into the files.
//!
//! A file starts with a root trace; sections follow. `=== bridge P E` is another trace, which takes over at exit `E` of trace `P`. The rest is
//! compared: `=== allocation N` is trace `N` with registers, `=== code N` its machine code's mnemonics, and `=== run WORDS` where a run ends
//! with these constants on the VM stack.

mod support;

use jit::backend::{Env, Kind, allocate, dump};
use jit::ir::{Trace, TraceId, parse, print};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use support::*;

struct File {
    path: PathBuf,
    machine: Machine,
    /// For each trace, which exit of which trace it takes over at.
    parents: Vec<Option<(u32, u32)>>,
}

impl File {
    fn trace(&mut self, text: &str, line: usize, parent: Option<(u32, u32)>) {
        let t = parse(text, &registry()).unwrap_or_else(|e| panic!("{}:{}:{}: {}", self.path.display(), e.line + line, e.column, e.message));
        round_trip(&t);
        let id = self.machine.add(t, parent);
        if let Some((p, exit)) = parent {
            let m = &mut self.machine;
            m.arena.patch(&m.compiled[p as usize], exit, m.compiled[id as usize].entry());
        }
        self.parents.push(parent);
    }

    /// What belongs into a section.
    fn content(&mut self, header: &str) -> String {
        let words: Vec<&str> = header.split_whitespace().collect();
        let number = |k: usize| words[k].parse::<u32>().unwrap_or_else(|_| panic!("{}: a number expected in `{header}`", self.path.display()));
        match words[0] {
            "allocation" => self.allocation(number(1) as usize),
            "code" => {
                let (t, c) = (&self.machine.traces[number(1) as usize], &self.machine.compiled[number(1) as usize]);
                without_addresses(&dump::disassemble(t, c, &self.machine.arena, &registry()))
            }
            "run" => self.run(&words[1..]),
            _ => panic!("{}: unknown section `{header}`", self.path.display()),
        }
    }

    fn allocation(&self, n: usize) -> String {
        let m = &self.machine;
        let find = |t: TraceId| m.compiled.get(t.0 as usize);
        let env = Env { vm: (&raw const m.vm.core).cast_mut(), trace: TraceId(n as u32), compiled: &find };
        let kind = match self.parents[n] {
            None => Kind::Root,
            Some((p, exit)) => Kind::Bridge { parent: &m.compiled[p as usize], exit },
        };
        let a = allocate(&m.traces[n], kind, &env).expect("it compiled before");
        dump::allocation(&m.traces[n], &a, &registry())
    }

    fn run(&mut self, words: &[&str]) -> String {
        // Constants are read by the IR's own parser.
        let slots: Vec<u64> =
            words.iter().map(|w| parse(&format!("v0 = box_int 0\nsame v0, {w} -> exit s0\ns0:"), &registry()).expect(w).consts[1].bits).collect();
        let o = self.machine.run_with(0, &slots);
        let t = &self.machine.traces[o.trace as usize];
        let names = registry();
        let mut text = format!("trace {} s{}", o.trace, o.snapshot);
        for (&r, &bits) in t.snapshots.get(o.snapshot as usize).leaves.iter().zip(&o.leaves) {
            let ty = t.ty(r);
            let word = if jit_is_pointer(ty, bits) { "object".into() } else { print::constant(jit::ir::Const { ty, bits }) };
            let _ = write!(text, ", {} = {word}", t.display(&names).operand(r));
        }
        text + "\n"
    }
}

/// Addresses differ from run to run.
fn jit_is_pointer(ty: framework::Ty, bits: u64) -> bool {
    match ty {
        framework::Ty::Ref => true,
        framework::Ty::Value => framework::Value(bits).is_obj(),
        _ => false,
    }
}

fn without_addresses(code: &str) -> String {
    let mut text = String::new();
    for line in code.lines() {
        match line.strip_prefix("    ") {
            Some(rest) => {
                let instruction = rest.split_once("  ").map_or(rest, |(_, i)| i);
                // Jump targets and 64-bit constants.
                let is_address = |w: &str| w.len() > 12 && w.starts_with(|c: char| c.is_ascii_hexdigit());
                let words: Vec<String> = instruction
                    .split_inclusive([' ', ',', '[', ']'])
                    .map(|w| if is_address(w) { format!("…{}", w.trim_start_matches(|c: char| c.is_ascii_alphanumeric())) } else { w.to_string() })
                    .collect();
                let _ = writeln!(text, "    {}", words.concat().trim_end());
            }
            None => {
                let _ = writeln!(text, "{line}");
            }
        }
    }
    text
}

/// Printing and reading gives the same text again.
fn round_trip(t: &Trace) {
    let names = registry();
    let text = t.display(&names).to_string();
    let again = parse(&text, &names).unwrap_or_else(|e| panic!("{e}\n{text}"));
    assert_eq!(again.display(&names).to_string(), text);
}

fn run_file(path: &Path, bless: bool) -> Result<(), String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut file = File { path: path.into(), machine: Machine::new_small(), parents: vec![] };
    let mut sections: Vec<(String, String, usize)> = vec![(String::new(), String::new(), 0)];
    for (n, line) in text.lines().enumerate() {
        match line.strip_prefix("=== ") {
            Some(header) => sections.push((header.into(), String::new(), n + 1)),
            None => {
                let last = &mut sections.last_mut().expect("one at least").1;
                last.push_str(line);
                last.push('\n');
            }
        }
    }
    let mut output = String::new();
    let mut wrong = String::new();
    for (header, body, line) in sections {
        if header.is_empty() {
            file.trace(&body, line, None);
            output += &body;
            continue;
        }
        let _ = writeln!(output, "=== {header}");
        if let Some(exit) = header.strip_prefix("bridge ") {
            let words: Vec<u32> = exit.split_whitespace().map(|w| w.parse().expect("a number")).collect();
            file.trace(&body, line, Some((words[0], words[1])));
            output += &body;
            continue;
        }
        let content = file.content(&header);
        if content.trim_end() != body.trim_end() {
            let _ = writeln!(wrong, "{}:{line}: `{header}` should be\n{body}\nbut is\n{content}", path.display());
        }
        output += &content;
    }
    match wrong.is_empty() {
        true => Ok(()),
        false if bless => std::fs::write(path, output).map_err(|e| e.to_string()),
        false => Err(wrong),
    }
}

#[test]
fn files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/filetests");
    let bless = std::env::var_os("TWOFOLD_BLESS").is_some();
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "ir")).collect();
    paths.sort();
    assert!(!paths.is_empty());
    let errors: Vec<String> = paths.iter().filter_map(|p| run_file(p, bless).err()).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn random_traces_survive_printing_and_reading() {
    let mut rng = random::Rng(7);
    for _ in 0..300 {
        round_trip(&random::root(&mut rng, 60, true));
    }
}

#[test]
fn errors_have_line_and_column() {
    for (text, message) in [
        ("v0 = slot 0\nv1 = int_ad v0, 1", "2:6: unknown operation `int_ad`"),
        ("v1 = int_add 1, 1.5", "1:17: int expected, not float"),
        ("v1 = int_add v0, 1", "1:14: `v0` is not defined"),
        ("int_lt 1, 2", "1:12: `->` expected"),
        ("int_lt 1, 2 -> exit s3", "1:21: snapshot s3 is missing"),
        ("v0 = new Pint", "1:10: unknown heap type `Pint`"),
        ("v0 = new Point\nv1 = load_field v0, Point.w", "2:21: `Point` has no field `w`"),
        ("v0 = call TWICE(1, 2)", "1:6: `TWICE` takes 1 arguments"),
        ("v0 = int_add 1, 2 3", "1:19: end of line expected"),
        ("v0 = slot 0\nv0 = slot 1", "2:1: a new name that starts with `v` expected"),
        ("exit s0\ns0: leaves 5x", "2:12: value or constant expected"),
        ("v0 = poll -> exit s0\ns0:", "1:1: the operation has no result"),
        ("s0: slots 0=", "1:13: value or constant expected"),
    ] {
        assert_eq!(parse(text, &registry()).map(|_| ()).unwrap_err().to_string(), message, "{text}");
    }
}

#[test]
fn no_text_makes_the_parser_panic() {
    let mut rng = random::Rng(11);
    let seed = "v0 = slot -2\nnot int_lt 1, 2 -> exit s0\nv2 = new Point\nv3 = call MIX(1, 1.5, 2, 2.5, 3)\njump own(v0, 'é)\ns0: at 0x1 pc 2 base -3 cont 0x4, leaves v0, object v2 Point aux 0 { v0 '1 }, log load=v0, guard 1";
    let chars: Vec<char> = seed.chars().collect();
    for _ in 0..20_000 {
        let mut text = chars.clone();
        for _ in 0..1 + rng.below(4) {
            if text.is_empty() {
                break;
            }
            let (a, b) = (rng.below(text.len()), rng.below(text.len()));
            match rng.below(3) {
                0 => text[a] = text[b],
                1 => drop(text.remove(a)),
                _ => text.truncate(a.max(1)),
            }
        }
        let _ = parse(&text.iter().collect::<String>(), &registry());
    }
}
