//! Running the command in a JIT mode, for the tests.
#![allow(dead_code)] // Each test file uses its part.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What a program did. `status` is `None` if a signal ended it.
#[derive(PartialEq, Eq, Debug, Clone)]
pub struct Outcome {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// The words of all JIT modes.
pub fn modes() -> impl Iterator<Item = &'static str> {
    jit::options::MODES.iter().map(|m| m.0)
}

/// The command with a JIT mode.
pub fn python(mode: &str) -> Command {
    let mut c = Command::new(env!("CARGO_BIN_EXE_twofold-python"));
    c.env("TWOFOLD_JIT", mode);
    c
}

fn reader(mut from: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = vec![];
        from.read_to_end(&mut bytes).expect("a readable pipe");
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Starts a command with its output in pipes.
pub fn start(command: &mut Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts")
}

/// Waits for the end; a program that does not come to it fails the test.
pub fn finish(mut child: Child, what: &str) -> Outcome {
    let (out, err) = (reader(child.stdout.take().expect("a pipe")), reader(child.stderr.take().expect("a pipe")));
    let end = Instant::now() + Duration::from_secs(60);
    let status = loop {
        if let Some(s) = child.try_wait().expect("a child") {
            break s;
        }
        if Instant::now() > end {
            child.kill().expect("a child");
            panic!("{what}: still running after a minute");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    Outcome { status: status.code(), stdout: out.join().expect("a reader"), stderr: err.join().expect("a reader") }
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Outcome {
    let what = format!("{command:?}");
    finish(start(command), &what)
}

/// A small generator of random numbers (xorshift): the same for the same seed, everywhere.
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Rng {
        Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % n
    }
}
