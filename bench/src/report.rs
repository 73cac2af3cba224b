//! The report: a table for people, and JSON.

use crate::compare::{Cell, Row};
use crate::options::{Options, Take};
use std::fmt::Write;

/// The table: a line for each program; for each engine CPU seconds and memory, and what the first engine's figures are
/// of them.
pub fn table(o: &Options, engines: &[&str], rows: &[Row]) -> String {
    let take = if o.take == Take::Best { "best" } else { "median" };
    let mut text = format!("{}: CPU seconds and peak memory, {take} of {}; ratios: {} / other\n\n", o.language.name, o.rounds, engines[0]);
    let width = rows.iter().map(|r| r.program.len()).max().unwrap_or(0).max("geometric mean".len());
    let mut head = (format!("{:width$}", ""), format!("{:width$}", ""));
    for (k, name) in engines.iter().enumerate() {
        let columns = if k == 0 { 17 } else { 31 };
        let _ = write!(head.0, " | {name:^columns$}");
        head.1 += " |   cpu s       MB";
        if k != 0 {
            head.1 += "  x cpu   x MB";
        }
    }
    text += &format!("{}\n{}\n{}\n", head.0.trim_end(), head.1, "-".repeat(head.1.len()));
    for r in rows {
        let mut line = format!("{:width$}", r.program);
        for (k, c) in r.cells.iter().enumerate() {
            let _ = match (c.cpu(o.take), c.memory(o.take)) {
                _ if !c.agrees => write!(line, " | {:17}", "other output"),
                (Some(cpu), Some(memory)) => write!(line, " | {:>8} {:8.1}", seconds(cpu), memory / 1e6),
                _ => write!(line, " | {:17}", "failed"),
            };
            if k != 0 {
                let _ = write!(line, "{:>7}{:>7}", ratio_text(ratio(o, r, k, Cell::cpu)), ratio_text(ratio(o, r, k, Cell::memory)));
            }
        }
        text += &format!("{}\n", line.trim_end());
    }
    if rows.len() > 1 {
        let mut line = format!("{:width$} | {:17}", "geometric mean", "");
        for k in 1..engines.len() {
            let mean = |of: fn(&Cell, Take) -> Option<f64>| ratio_text(geometric_mean(rows.iter().filter_map(|r| ratio(o, r, k, of))));
            let _ = write!(line, " | {:17}{:>7}{:>7}", "", mean(Cell::cpu), mean(Cell::memory));
        }
        text += &format!("{}\n", line.trim_end());
    }
    for r in rows {
        for (c, name) in r.cells.iter().zip(engines) {
            if let Err(why) = &c.runs {
                let _ = writeln!(text, "{} by {name}: {why}", r.program);
            } else if !c.agrees {
                let _ = writeln!(text, "{} by {name}: the output is not that of the others", r.program);
            }
        }
    }
    text
}

/// The first engine's figure divided by engine `k`'s, if both ran and agree.
fn ratio(o: &Options, r: &Row, k: usize, of: impl Fn(&Cell, Take) -> Option<f64>) -> Option<f64> {
    let (a, b) = (&r.cells[0], &r.cells[k]);
    if !a.agrees || !b.agrees {
        return None;
    }
    Some(of(a, o.take)? / of(b, o.take)?)
}

/// The geometric mean; none of nothing.
pub fn geometric_mean(all: impl Iterator<Item = f64>) -> Option<f64> {
    let (n, sum) = all.fold((0, 0.0), |(n, sum), x| (n + 1, sum + x.ln()));
    (n > 0).then(|| (sum / n as f64).exp())
}

fn ratio_text(r: Option<f64>) -> String {
    match r {
        None => "-".into(),
        Some(r) if r < 10.0 => format!("{r:.2}"),
        Some(r) => format!("{r:.1}"),
    }
}

fn seconds(s: f64) -> String {
    if s < 0.1 { format!("{s:.4}") } else { format!("{s:.3}") }
}

/// All measurements.
pub fn json(o: &Options, engines: &[&str], rows: &[Row]) -> String {
    let list = |items: Vec<String>| format!("[{}]", items.join(","));
    let cell = |name: &str, c: &Cell| match &c.runs {
        Err(why) => format!("{{\"engine\":{},\"failed\":{}}}", quote(name), quote(why)),
        Ok(runs) => {
            let all = |of: &dyn Fn(&crate::measure::Run) -> String| list(runs.iter().map(of).collect());
            format!(
                "{{\"engine\":{},\"agrees\":{},\"cpu\":{},\"wall\":{},\"memory\":{}}}",
                quote(name),
                c.agrees,
                all(&|r| format!("{:.6}", r.cpu)),
                all(&|r| format!("{:.6}", r.wall)),
                all(&|r| r.memory.to_string()),
            )
        }
    };
    let row = |r: &Row| {
        let cells = list(r.cells.iter().zip(engines).map(|(c, n)| cell(n, c)).collect());
        format!("{{\"program\":{},\"engines\":{cells}}}", quote(&r.program))
    };
    format!("{{\"language\":{},\"programs\":{}}}\n", quote(o.language.name), list(rows.iter().map(row).collect()))
}

/// A JSON string.
pub fn quote(s: &str) -> String {
    let mut text = String::from("\"");
    for c in s.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            c if (c as u32) < 0x20 => text += &format!("\\u{:04x}", c as u32),
            c => text.push(c),
        }
    }
    text + "\""
}
