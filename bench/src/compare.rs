//! A comparison: all engines run each program in turn, round after round.

use crate::engine::{self, Engine, Prepared};
use crate::measure::{self, End, Run};
use crate::options::{Options, Take};
use crate::{programs, report};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// What came of one engine's runs of one program.
pub struct Cell {
    /// All runs, or why there are none.
    pub runs: Result<Vec<Run>, String>,
    /// Did it print what the row's first engine printed?
    pub agrees: bool,
}

impl Cell {
    /// The figure that counts of a sort of measurement, if all went well.
    pub fn figure(&self, take: Take, of: impl Fn(&Run) -> f64) -> Option<f64> {
        let mut all: Vec<f64> = self.runs.as_ref().ok()?.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        let i = if take == Take::Best { 0 } else { all.len() / 2 };
        all.get(i).copied()
    }
    /// CPU seconds.
    pub fn cpu(&self, take: Take) -> Option<f64> {
        self.figure(take, |r| r.cpu)
    }
    /// Bytes.
    pub fn memory(&self, take: Take) -> Option<f64> {
        self.figure(take, |r| r.memory as f64)
    }
}

/// A program and its cells, in the order of the engines.
pub struct Row {
    pub program: String,
    pub cells: Vec<Cell>,
}

/// Measures and reports. False if anything failed or disagreed.
///
/// # Errors
/// If there is nothing to measure with, or a file cannot be written.
pub fn run(o: &Options) -> Result<bool, String> {
    if o.list {
        programs::all(o.language)?.iter().for_each(|p| println!("{p}"));
        return Ok(true);
    }
    let programs = programs::select(o.language, &o.programs)?;
    let engines = engines(o)?;
    let scratch = Scratch::new()?;
    let mut rows = vec![];
    for program in programs {
        rows.push(row(o, &engines, program, &scratch.0)?);
    }
    let names: Vec<&str> = engines.iter().map(|e| e.name.as_str()).collect();
    print!("{}", report::table(o, &names, &rows));
    if let Some(file) = &o.json {
        std::fs::write(file, report::json(o, &names, &rows)).map_err(|e| format!("cannot write {}: {e}", file.display()))?;
    }
    Ok(rows.iter().flat_map(|r| &r.cells).all(|c| c.runs.is_ok() && c.agrees))
}

/// All that are there. A missing peer is reported and left out.
fn engines(o: &Options) -> Result<Vec<Engine>, String> {
    let mut engines = vec![];
    if !o.jit.is_empty() {
        let binary = engine::our_binary(o.language, o.binary.as_deref())?;
        engines.extend(o.jit.iter().map(|mode| Engine::ours(o.language, &binary, mode)));
    }
    for name in &o.peers {
        match Engine::peer(o.language, name) {
            Ok(e) => engines.push(e),
            Err(why) => eprintln!("bench: {why}"),
        }
    }
    if engines.is_empty() { Err("nothing to measure with".into()) } else { Ok(engines) }
}

fn row(o: &Options, engines: &[Engine], program: String, scratch: &Path) -> Result<Row, String> {
    let args = match (o.scale, &o.args) {
        (Some(x), _) => programs::scaled(o.language, &program, x)?,
        (None, args) => args.clone().unwrap_or_default(),
    };
    let mut cells = vec![];
    let mut ready: Vec<Option<Prepared>> = vec![];
    for e in engines {
        let dir = scratch.join(&e.name);
        std::fs::create_dir_all(&dir).map_err(|e| e.to_string())?;
        match e.prepare(&program, &args, &dir) {
            Ok(p) => (ready.push(Some(p)), cells.push(Cell { runs: Ok(vec![]), agrees: true })),
            Err(why) => (ready.push(None), cells.push(Cell { runs: Err(why), agrees: true })),
        };
    }
    for round in 0..o.rounds {
        for (k, p) in ready.iter().enumerate() {
            let Some(p) = p else { continue };
            let Ok(runs) = &mut cells[k].runs else { continue };
            progress(&format!("{program}: round {} of {}, {}", round + 1, o.rounds, engines[k].name));
            match measure::run(&mut p.command(), o.timeout, scratch) {
                Ok(r) if r.end == End::Exit(0) => runs.push(r),
                Ok(r) => cells[k].runs = Err(failure(&r)),
                Err(e) => cells[k].runs = Err(format!("cannot be run: {e}")),
            }
        }
    }
    progress("");
    let expected = cells.iter().find_map(|c| Some(c.runs.as_ref().ok()?.first()?.stdout.clone()));
    for c in &mut cells {
        let (Ok(runs), Some(expected)) = (&c.runs, &expected) else { continue };
        c.agrees = runs.iter().all(|r| same_output(expected, &r.stdout));
    }
    Ok(Row { program, cells })
}

/// Says what is going on, to a person who watches.
fn progress(text: &str) {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K{text}");
    }
}

fn failure(r: &Run) -> String {
    let how = match r.end {
        End::Exit(code) => format!("exit code {code}"),
        End::Signal(s) => format!("killed by signal {s}"),
        End::Timeout => format!("timed out after {:.0} s", r.wall),
    };
    match r.stderr.trim().lines().last() {
        Some(line) => format!("{how}: {line}"),
        None => how,
    }
}

/// Are the outputs the same, word by word? Numbers may be written in different ways, and differ in the last digits.
pub fn same_output(a: &str, b: &str) -> bool {
    let same =
        |a: &str, b: &str| a == b || matches!((a.parse::<f64>(), b.parse::<f64>()), (Ok(x), Ok(y)) if (x - y).abs() <= 1e-9 * x.abs().max(y.abs()));
    let (mut a, mut b) = (a.split_whitespace(), b.split_whitespace());
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(x), Some(y)) if same(x, y) => {}
            _ => return false,
        }
    }
}

/// A folder that goes away at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Scratch, String> {
        let dir = std::env::temp_dir().join(format!("twofold-bench-{}", std::process::id()));
        std::fs::create_dir_all(&dir).map_err(|e| format!("cannot make {}: {e}", dir.display()))?;
        Ok(Scratch(dir))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
