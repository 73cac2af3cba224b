//! What users choose of the JIT: `--jit=…`, `--jit-log`, `--jit-stats`, `--jit-dump`, and the variable `TWOFOLD_JIT`.

use std::fs::File;
use std::io::{self, Write};

/// How traces are made and run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// No JIT.
    Off,
    /// Compiled to machine code.
    On,
    /// Run by the IR evaluator, the oracle.
    Eval,
    /// Record everything, with the differential check, but never run a trace.
    StressRecord,
    /// Compile after two iterations, bridge after one exit.
    StressCompile,
    /// By the evaluator, failing guards at random; half the exits become bridges.
    StressFail,
    /// Compile at once, and collect at every allocation.
    StressGc,
}

/// The words of `--jit=`, with their meaning and one line of help.
pub const MODES: &[(&str, Mode, &str)] = &[
    ("off", Mode::Off, "interpret only"),
    ("on", Mode::On, "record and compile hot loops (the default)"),
    ("eval", Mode::Eval, "run traces by the IR evaluator instead of machine code"),
    ("stress-record", Mode::StressRecord, "record everything, never run a trace"),
    ("stress-compile", Mode::StressCompile, "compile after 2 iterations"),
    ("stress-fail", Mode::StressFail, "fail guards at random and finish by replay"),
    ("stress-gc", Mode::StressGc, "collect at every allocation"),
];

/// Where a report goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sink {
    /// Standard error.
    Stderr,
    /// A file, created when the VM is.
    File(String),
}

impl Sink {
    /// Opens it.
    pub fn open(&self) -> io::Result<Box<dyn Write>> {
        Ok(match self {
            Sink::Stderr => Box::new(io::stderr()),
            Sink::File(name) => Box::new(File::create(name)?),
        })
    }
}

/// Form of the statistics.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StatsForm {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

/// The JIT's options.
#[derive(Clone, Debug)]
pub struct Options {
    /// The mode.
    pub mode: Mode,
    /// One line a trace, and a reason for each abort.
    pub log: Option<Sink>,
    /// Statistics at the end, on standard error.
    pub stats: Option<StatsForm>,
    /// Bytecode, IR and machine code of each trace.
    pub dump: Option<Sink>,
    /// Executions of a loop header before it is recorded.
    pub threshold: u32,
    /// Exits by one guard before a bridge is recorded.
    pub exit_threshold: u32,
    /// `StressFail`: one guard evaluation in so many fails on purpose.
    pub fail_one_in: u64,
    /// One instruction in so many ends its recording, for tests of how a recording is abandoned; 0: none.
    pub abort_one_in: u64,
    /// After so many compilations old traces are looked for and freed.
    pub sweep_every: u32,
    /// Seed of the stress modes' choices and of the back-off.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options::with_mode(Mode::On)
    }
}

impl Options {
    /// The usual options in a mode.
    pub fn with_mode(mode: Mode) -> Options {
        let (threshold, exit_threshold) = match mode {
            Mode::StressRecord | Mode::StressGc => (1, 1),
            Mode::StressCompile | Mode::StressFail => (2, 1),
            _ => (60, 8),
        };
        Options {
            mode,
            log: None,
            stats: None,
            dump: None,
            threshold,
            exit_threshold,
            fail_one_in: 60,
            abort_one_in: 0,
            sweep_every: 256,
            seed: 0x2545_f491_4f6c_dd1d,
        }
    }

    /// The options the environment gives: `TWOFOLD_JIT` takes the words of `--jit`.
    ///
    /// # Errors
    /// A message, if it has another word.
    pub fn from_env() -> Result<Options, String> {
        let mut o = Options::default();
        if let Ok(word) = std::env::var("TWOFOLD_JIT")
            && !word.is_empty()
        {
            o.set_mode(&word).map_err(|e| format!("TWOFOLD_JIT: {e}"))?;
        }
        if let Ok(seed) = std::env::var("TWOFOLD_JIT_SEED") {
            o.seed = seed.parse::<u64>().map_err(|e| format!("TWOFOLD_JIT_SEED: {e}"))? | 1;
        }
        Ok(o)
    }

    fn set_mode(&mut self, word: &str) -> Result<(), String> {
        let words = || MODES.iter().map(|m| m.0).collect::<Vec<_>>().join(", ");
        let mode = MODES.iter().find(|m| m.0 == word).ok_or_else(|| format!("unknown JIT mode '{word}' (one of {})", words()))?.1;
        let with = Options::with_mode(mode);
        (self.mode, self.threshold, self.exit_threshold) = (mode, with.threshold, with.exit_threshold);
        Ok(())
    }

    /// Takes a command-line argument, if it is one of the JIT's. Returns whether it was.
    ///
    /// # Errors
    /// A message, if it is one of the JIT's but malformed.
    pub fn take_argument(&mut self, arg: &str) -> Result<bool, String> {
        let Some(rest) = arg.strip_prefix("--jit") else { return Ok(false) };
        let (name, value) = rest.split_once('=').map_or((rest, None), |(n, v)| (n, Some(v)));
        let sink = || Some(value.map_or(Sink::Stderr, |f| Sink::File(f.into())));
        match (name, value) {
            ("", Some(word)) => self.set_mode(word).map_err(|e| format!("--jit: {e}"))?,
            ("", None) => return Err("--jit needs a mode: --jit=on, --jit=off …".into()),
            ("-log", _) => self.log = sink(),
            ("-dump", _) => self.dump = sink(),
            ("-stats", None) => self.stats = Some(StatsForm::Text),
            ("-stats", Some("json")) => self.stats = Some(StatsForm::Json),
            ("-stats", Some(v)) => return Err(format!("--jit-stats: unknown form '{v}' (json, or none)")),
            ("-threshold", Some(v)) => self.threshold = v.parse().map_err(|e| format!("--jit-threshold: {e}"))?,
            _ => {
                return Err(format!(
                    "unknown option '{arg}' (--jit=MODE, --jit-log[=FILE], --jit-stats[=json], --jit-dump[=FILE], --jit-threshold=N)"
                ));
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_taken_or_refused_clearly() {
        let mut o = Options::default();
        assert_eq!(o.take_argument("--jit=stress-fail"), Ok(true));
        assert_eq!((o.mode, o.threshold), (Mode::StressFail, 2));
        assert_eq!(o.take_argument("--jit-log=x.log"), Ok(true));
        assert_eq!(o.log, Some(Sink::File("x.log".into())));
        assert_eq!(o.take_argument("file.py"), Ok(false));
        assert!(o.take_argument("--jit=fast").unwrap_err().contains("stress-record"));
        assert!(o.take_argument("--jit-stats=xml").is_err());
    }
}
