//! The command line.

use crate::engine::{self, LANGUAGES, Language};
use std::path::PathBuf;
use std::time::Duration;

/// Which of several measurements counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Take {
    /// The smallest.
    Best,
    /// The middle one.
    Median,
}

/// What the command line asks for.
#[derive(Debug)]
pub struct Options {
    pub language: &'static Language,
    /// Names of programs, or `all`.
    pub programs: Vec<String>,
    pub peers: Vec<String>,
    /// Our modes, as `--jit=` takes them. None: measure the peers alone.
    pub jit: Vec<String>,
    pub rounds: usize,
    pub take: Take,
    pub timeout: Duration,
    pub scale: Option<f64>,
    pub args: Option<Vec<String>>,
    /// Our binary, if not the one of this workspace.
    pub binary: Option<PathBuf>,
    pub json: Option<PathBuf>,
    /// Lists the programs and does no more.
    pub list: bool,
}

pub fn usage() -> String {
    let mut text = "usage: bench LANG PROGRAM… [--vs PEER…] [OPTIONS]

Runs each PROGRAM (`all`: every one there is) by Twofold and by the PEERs in turn, round after round, so that whatever
else the machine does hits them alike. CPU time is user plus system time; memory is the peak resident set. Ratios
are the first column's figure divided by the other's: below 1, the first is better.

options:
  --vs PEER…         what to compare with (after it, words are names of peers)
  --jit MODE,…       our modes to measure (default: on); the first is what ratios are about. `none`: peers only
  --rounds N         how often each is run (default: 3)
  --median           take the middle measurement, not the best
  --timeout SECONDS  give a run up after so long (default: 300)
  --scale X          X times the work (programs that take their size as an argument)
  --args 'A B …'     arguments for the programs, instead of their own
  --binary FILE      our binary (default: the workspace's, built first)
  --json FILE        write all measurements to FILE
  --list             list the programs
  -h, --help         print this

languages and their peers:
"
    .to_string();
    for l in LANGUAGES {
        let peers: Vec<&str> = engine::peers(l).map(|p| p.name).collect();
        text += &format!("  {:10} {}\n", l.name, peers.join(" "));
    }
    text
}

/// Reads the command line; `None` if help is asked for.
///
/// # Errors
/// What is wrong with it.
pub fn parse(args: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
    let mut words = vec![];
    let mut o = Options {
        language: &LANGUAGES[0],
        programs: vec![],
        peers: vec![],
        jit: vec!["on".into()],
        rounds: 3,
        take: Take::Best,
        timeout: Duration::from_secs(300),
        scale: None,
        args: None,
        binary: None,
        json: None,
        list: false,
    };
    let mut in_peers = false;
    let mut args = args;
    while let Some(arg) = args.next() {
        let (name, mut inline) = match arg.split_once('=') {
            Some((n, v)) if n.starts_with("--") => (n.to_string(), Some(v.to_string())),
            _ => (arg.clone(), None),
        };
        let mut value = || inline.take().or_else(|| args.next()).ok_or(format!("{name} needs a value"));
        match name.as_str() {
            "-h" | "--help" => return Ok(None),
            "--list" => o.list = true,
            "--median" => o.take = Take::Median,
            "--vs" => in_peers = true,
            "--jit" => o.jit = value()?.split(',').filter(|m| *m != "none").map(String::from).collect(),
            "--rounds" => o.rounds = number(&name, &value()?)? as usize,
            "--timeout" => o.timeout = Duration::from_secs_f64(number(&name, &value()?)?),
            "--scale" => o.scale = Some(number(&name, &value()?)?),
            "--args" => o.args = Some(value()?.split_whitespace().map(String::from).collect()),
            "--binary" => o.binary = Some(value()?.into()),
            "--json" => o.json = Some(value()?.into()),
            _ if arg.starts_with('-') => return Err(format!("unknown option {arg}")),
            _ if in_peers => o.peers.push(arg),
            _ => words.push(arg),
        }
        if let Some(v) = inline {
            // `--vs=a,b` is welcome, too.
            if name != "--vs" {
                return Err(format!("{name} takes no value"));
            }
            o.peers.extend(v.split(',').map(String::from));
            in_peers = false;
        }
    }
    let mut words = words.into_iter();
    let language = words.next().ok_or("which language?")?;
    o.language = engine::language(&language)?;
    o.programs = words.collect();
    if o.programs.is_empty() && !o.list {
        return Err("which programs? (`all` for every one)".into());
    }
    if o.rounds == 0 {
        return Err("--rounds needs a number above 0".into());
    }
    if o.scale.is_some() && o.args.is_some() {
        return Err("--scale and --args exclude each other".into());
    }
    if o.jit.is_empty() && o.peers.is_empty() {
        return Err("nothing to measure: --jit=none needs --vs".into());
    }
    Ok(Some(o))
}

fn number(option: &str, text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x >= 0.0 && x.is_finite() => Ok(x),
        _ => Err(format!("{option} needs a number, not `{text}`")),
    }
}
