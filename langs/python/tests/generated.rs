//! Random programs: every JIT mode does what `--jit=off` does, and what python3 does where there is one.

mod common;

use common::{Rng, modes, python, run};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROGRAMS: u64 = 40;

/// Every variable is bound from the start, every loop is bounded, and what an operation raises is printed: a program ends by itself.
struct Generator {
    rng: Rng,
    text: String,
    indent: usize,
    loops: usize,
}

const VARIABLES: &[&str] = &["a", "b", "c", "x", "y", "s", "l", "p"];

impl Generator {
    fn line(&mut self, text: &str) {
        writeln!(self.text, "{:width$}{text}", "", width = self.indent * 4).expect("a string");
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.rng.below(from.len())]
    }

    fn expr(&mut self, depth: usize) -> String {
        if depth == 0 || self.rng.below(4) == 0 {
            return match self.rng.below(4) {
                0 => self
                    .pick(&["0", "1", "2", "7", "-3", "1.5", "0.1", "4611686018427387904", "9223372036854775807", "1e300", "True", "None"])
                    .to_string(),
                _ => self.pick(VARIABLES).to_string(),
            };
        }
        let d = depth - 1;
        match self.rng.below(12) {
            0..=4 => {
                let op = self.pick(&["+", "-", "*", "+", "-", "//", "%", "/", "&", "|", "^"]);
                format!("({} {op} {})", self.expr(d), self.expr(d))
            }
            5 => {
                let op = self.pick(&["<", "<=", "==", "!=", ">", ">=", "is", "and", "or"]);
                // `is` between numbers depends on the implementation.
                if op == "is" { format!("({} is None)", self.expr(d)) } else { format!("({} {op} {})", self.expr(d), self.expr(d)) }
            }
            6 => format!("l[{}]", self.expr(d)),
            7 => format!("f({}, {})", self.expr(d), self.expr(d)),
            8 => format!("p.{}", self.pick(&["u", "v"])),
            9 => format!("p.m({})", self.expr(d)),
            10 => format!("({} if {} else {})", self.expr(d), self.expr(d), self.expr(d)),
            _ => match self.rng.below(4) {
                0 => "len(l)".to_string(),
                1 => format!("P({}, {})", self.expr(d), self.expr(d)),
                2 => format!("(not {})", self.expr(d)),
                _ => format!("(-{})", self.expr(d)),
            },
        }
    }

    /// An assignment whose value is kept small, so that numbers do not grow without end.
    fn assignment(&mut self) {
        let e = self.expr(2);
        match self.rng.below(8) {
            0 => {
                let i = self.rng.below(4);
                self.line(&format!("l[{i}] = small({e})"));
            }
            1 => self.line(&format!("p.{} = small({e})", ["u", "v"][e.len() % 2])),
            2 => self.line(&format!("if len(l) < 30: l.append(small({e}))")),
            3 => self.line("p = P(a, x)"),
            _ => {
                let v = self.pick(&["a", "b", "c", "x", "y", "s"]);
                self.line(&format!("{v} = small({e})"));
            }
        }
    }

    fn block(&mut self, depth: usize) {
        self.indent += 1;
        for _ in 0..self.rng.below(3) + 1 {
            self.statement(depth);
        }
        self.indent -= 1;
    }

    fn statement(&mut self, depth: usize) {
        if depth == 0 {
            return self.assignment();
        }
        match self.rng.below(9) {
            0 | 1 => {
                let e = self.expr(2);
                self.line(&format!("if {e}:"));
                self.block(depth - 1);
                if self.rng.below(2) == 0 {
                    self.line("else:");
                    self.block(depth - 1);
                }
            }
            2 => {
                self.line("try:");
                self.block(depth - 1);
                let kind = self.pick(&["TypeError", "ZeroDivisionError", "(IndexError, OverflowError)", "Exception"]);
                self.line(&format!("except {kind} as e:"));
                self.indent += 1;
                self.line("s = s + 1 if type(s) is int else 0");
                self.indent -= 1;
                if self.rng.below(3) == 0 {
                    self.line("finally:");
                    self.block(0);
                }
            }
            3 | 4 if self.loops < 2 => {
                self.loops += 1;
                let (i, n) = (self.loops, self.rng.below(12) + 3);
                if self.rng.below(2) == 0 {
                    self.line(&format!("for i{i} in range({n}):"));
                } else {
                    self.line(&format!("for c in l[:{n}]:"));
                }
                self.block(depth - 1);
                if self.rng.below(3) == 0 {
                    let word = self.pick(&["break", "continue"]);
                    let e = self.expr(1);
                    self.line(&format!("    if {e}: {word}"));
                }
                self.loops -= 1;
            }
            5 => {
                let e = self.expr(2);
                self.line(&format!("x = small(x + i) if type(x) is int else small({e})"));
            }
            _ => self.assignment(),
        }
    }

    fn function(&mut self, head: &str) {
        self.line(head);
        self.indent += 1;
        self.line("global depth");
        self.line("if depth > 3: return a");
        self.line("depth += 1");
        self.line("try:");
        self.indent += 1;
        let (cond, one, two) = (self.expr(1), self.expr(2), self.expr(2));
        self.line(&format!("if {cond}: return small({one})"));
        self.line(&format!("return small({two})"));
        self.indent -= 1;
        self.line("finally: depth -= 1");
        self.indent -= 1;
    }

    fn program(seed: u64) -> String {
        let mut g = Generator { rng: Rng::new(seed), text: String::new(), indent: 0, loops: 0 };
        for line in [
            "def small(v):",
            "    if type(v) is int and (v > 1 << 70 or v < -(1 << 70)): return v % 1000003",
            "    return v",
            "depth = 0",
            "a, b, c, x, y, s = 1, 2, 3, 0.5, 2.0, 0",
            "l = [1, 2.5, 3, 4]",
        ] {
            g.line(line);
        }
        g.line("class P:");
        g.indent += 1;
        g.line("def __init__(self, u, v): self.u, self.v = u, v");
        g.line("def __add__(self, o): return P(self.u, o)");
        g.line("def __lt__(self, o): return self.u is None");
        g.line("def __repr__(self): return 'P'");
        g.function("def m(p, s):");
        g.indent -= 1;
        g.line("p = P(1, 2.0)");
        g.function("def f(a, b):");
        g.line("def run(a, b, c, x, y, s, l, p):");
        g.indent += 1;
        let n = 40 + g.rng.below(80);
        g.line(&format!("for i in range({n}):"));
        g.indent += 1;
        g.line("try:");
        g.block(3);
        g.line("except Exception as e: print(i, type(e).__name__)");
        g.line("if i % 16 == 0: a, b, c, x, y, s = 1, 2, i, 0.5, i + 0.25, 0");
        g.line("if i % 5 == 0: print(i, a, b, c, x, y, s, l, p.u, p.v)");
        g.indent -= 2;
        g.line("run(a, b, c, x, y, s, l, p)");
        g.text
    }
}

fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[test]
fn all_modes_agree() {
    let with_cpython = Command::new("python3").arg("--version").output().is_ok_and(|o| o.status.success());
    for seed in 1..=PROGRAMS {
        let file = scratch(&format!("generated{seed}.py"));
        std::fs::write(&file, Generator::program(seed)).expect("a file");
        let expected = run(python("off").arg(&file));
        if with_cpython {
            let theirs = run(Command::new("python3").arg(&file));
            assert!(
                expected.stdout == theirs.stdout && expected.status == theirs.status,
                "{}: --jit=off differs from python3\n{}",
                file.display(),
                expected.stderr
            );
        }
        assert_eq!(expected.status, Some(0), "{}: {}", file.display(), expected.stderr);
        for mode in modes() {
            let got = run(python(mode).env("TWOFOLD_JIT_SEED", seed.to_string()).arg(&file));
            assert!(got == expected, "{}: --jit={mode} differs from --jit=off; status {:?}\n{}", file.display(), got.status, got.stderr);
        }
    }
}
