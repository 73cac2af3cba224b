//! Running programs in this process, in any mode of the JIT.
#![allow(dead_code)]

use jit::options::{MODES, Mode};
use prolog::consult::{Reading, load_text, read_term};
use prolog::runtime::{Machine, run_goal};

/// All modes with their names.
pub fn modes() -> impl Iterator<Item = (&'static str, Mode)> {
    MODES.iter().map(|&(name, mode, _)| (name, mode))
}

/// A machine with the JIT in this mode.
pub fn machine(options: jit::Options) -> Box<Machine> {
    let mut vm = prolog::new_machine(vec![]);
    jit::install(&mut vm, options).expect("the JIT can be installed");
    vm
}

/// What a program's `main` prints, and how it ends.
pub fn run(options: jit::Options, program: &str) -> String {
    let mut vm = machine(options);
    vm.rt.out.captures.push(String::new());
    load_text(&mut vm, "program", program);
    let outcome = query(&mut vm, "main");
    let printed = vm.rt.out.captures.pop().unwrap_or_default();
    format!("{printed}{outcome}\n")
}

/// Runs a goal for its first solution; says how it ended.
pub fn query(vm: &mut Machine, goal: &str) -> String {
    match read_term(vm, &format!("{goal} ."), 0) {
        Reading::Term(t, _) => match run_goal(vm, t.term) {
            prolog::runtime::Outcome::Raised(ball) => format!("raised {}", prolog::messages::describe(vm, ball)),
            o => format!("{o:?}"),
        },
        Reading::End => "nothing to run".into(),
        Reading::Error(e, _) => format!("syntax error: {}", e.message),
    }
}

/// A number from the environment.
pub fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |v| v.parse().expect("a number"))
}

/// A small random number generator (xorshift64*).
pub struct Rng(u64);

impl Rng {
    /// Seeded.
    pub fn new(seed: u64) -> Rng {
        Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }
    /// Any number.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }
    /// Below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.next() as usize % n
    }
    /// One of several.
    pub fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}
