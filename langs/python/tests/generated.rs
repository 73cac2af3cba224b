//! Random programs: every JIT mode does what `--jit=off` does, and what python3 does where there is one.

mod common;

use common::{Rng, modes, python, run};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Programs a test run makes; `TWOFOLD_SEEDS=FROM..TO` asks for others.
const PROGRAMS: std::ops::RangeInclusive<u64> = 1..=40;

/// Every variable is bound from the start, every loop is bounded, and what an operation raises is printed: a program ends by itself.
struct Generator {
    rng: Rng,
    text: String,
    indent: usize,
    loops: usize,
}

const VARIABLES: &[&str] = &["a", "b", "c", "x", "y", "s", "l", "p", "d", "t"];

/// What all programs share: values kept small, classes with special methods, closures, generators, context managers.
const PRELUDE: &str = r#"
def small(v):
    if type(v) is int and (v > 1 << 70 or v < -(1 << 70)): return v % 1000003
    if type(v) is str: return v[:12]
    return v
def key(v): return v if type(v) in (int, str, bool) else type(v).__name__
class Boom(ValueError): pass
class Q:
    total = 0
    def __init__(self, v): self.v = small(v)
    def __add__(self, o): return Q(self.v + (o.v if isinstance(o, Q) else o))
    def __radd__(self, o): return Q(o + self.v)
    def __iadd__(self, o): self.v = small(self.v + 1); return self
    def __mul__(self, o): return NotImplemented if type(o) is float else Q(self.v)
    def __rmul__(self, o): return self.v
    def __eq__(self, o): return isinstance(o, Q) and self.v == o.v
    def __hash__(self): return 7
    def __bool__(self): return self.v != 0
    def __len__(self): return 3
    def __getitem__(self, i): return (self.v, i)[i]
    def __call__(self, *a, k=2): return (len(a), k, self.v)
    def __contains__(self, v): return v == self.v
    def __repr__(self): return f"Q({self.v!r})"
    @property
    def twice(self): return self.v * 2
    @twice.setter
    def twice(self, v): self.v = small(v)
class R(Q):
    __slots__ = ("w",)
    def __init__(self, v, w=1): super().__init__(v); self.w = w
    def __add__(self, o): r = super().__add__(o); r.v = small(r.v); return r
    def __getattr__(self, n): return n if len(n) < 3 else 1 / 0
class L(list):
    def first(self): return self[0] if self else None
class CM:
    def __init__(self, v): self.v = v
    def __enter__(self): return self.v
    def __exit__(self, t, e, b): return t is not None and issubclass(t, (Boom, KeyError))
def maker(k):
    n = 0
    def inner(v, w=3):
        nonlocal n
        n += 1
        if n % 7 == 0: raise Boom(n)
        return (v, n + k) if n % 3 else w
    return inner
def gen(n, v):
    try:
        for i in range(n):
            r = yield i if i % 2 else v
            if r: v = r
    finally:
        i = -1
    return n
def both(n, v):
    r = yield from gen(n, v)
    yield r
def boom(v):
    try:
        if v: raise Boom(small(v))
        return {}["none"]
    finally:
        Q.total += 1
def show(v):
    s = repr(v)
    return type(v).__name__ if " at 0x" in s or len(s) > 200 else s
def rec(n, v): return v if n <= 0 else rec(n - 1, small(v)) if n % 2 else [rec(n - 2, v)][0]
"#;

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
        match self.rng.below(22) {
            12 => format!("inner({})", self.expr(d)),
            13 => format!("sum(gen({}, {}))", self.rng.below(5), self.expr(d)),
            14 => format!("d.get(key({}), {})", self.expr(d), self.expr(d)),
            15 => format!("[{} for q in l[:3] if {}]", self.expr(d), self.expr(0)),
            16 => format!("f\"{{{}!r:>4}}\"[:9]", self.pick(VARIABLES)),
            17 => {
                let class = self.pick(&["Q", "R", "L([1]) and Q", "CM"]);
                format!("{class}({})", self.expr(d))
            }
            18 => format!("rec({}, {})", self.rng.below(6), self.expr(d)),
            19 => {
                let part = self.pick(&["v", "twice", "w", "zz", "missing"]);
                format!("o.{part}")
            }
            20 => {
                let call = self.pick(&["o", "o", "boom", "maker", "list", "str", "len", "bool", "tuple"]);
                format!("{call}({})", self.expr(d))
            }
            21 => {
                let (x, y) = (self.expr(d), self.expr(d));
                self.pick(&["X in (X, Y)", "(X, Y) < (Y, X)", "{X: Y}", "max(X, Y)", "[X, Y][-1]", "(lambda *z, k=1: (z, k))(X, *l[:2], k=Y)"])
                    .replace('X', &x)
                    .replace('Y', &y)
            }
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
        match self.rng.below(14) {
            8 => {
                let k = self.expr(1);
                self.line(&format!("d[key({k})] = small({e})"));
            }
            9 => self.line(&format!("if len(d) > 9: d.pop(key({e}), None)")),
            10 => {
                let (v, op) = (self.pick(&["a", "b", "x", "y", "o", "s", "t"]), self.pick(&["+", "-", "*", "//"]));
                self.line(&format!("{v} {op}= {e}"));
                self.line(&format!("{v} = small({v})"));
            }
            11 => self.line(&format!("o = {}({e})", ["Q", "R"][e.len() % 2])),
            12 => self.line(&format!("o.twice = {e}")),
            13 => self.line(&format!("a, *b = small({e}), x, y; b = len(b)")),
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
        match self.rng.below(15) {
            9 if self.loops < 2 => {
                self.loops += 1;
                let (g, n, e) = (self.pick(&["gen", "both"]), self.rng.below(6) + 1, self.expr(1));
                self.line(&format!("for t in {g}({n}, {e}):"));
                self.block(depth - 1);
                self.loops -= 1;
            }
            10 => {
                let e = self.expr(1);
                self.line(&format!("with CM({e}) as t:"));
                self.block(depth - 1);
            }
            11 if self.loops < 2 => {
                self.loops += 1;
                let n = self.rng.below(6) + 2;
                self.line(&format!("for k in list(d)[:{n}]:"));
                self.indent += 1;
                self.line("try:");
                self.block(depth - 1);
                let (word, e) = (self.pick(&["break", "continue", "s = k"]), self.expr(1));
                self.line(&format!("    if {e}: {word}"));
                self.line("finally:");
                self.block(0);
                self.indent -= 1;
                self.loops -= 1;
            }
            12 => {
                let e = self.expr(1);
                self.line(&format!("match {e}:"));
                self.indent += 1;
                for case in ["int(t) if t > 2", "[a, *_] | {'k': a}", "Q(v=t)", "str() | float() as s", "None | True"] {
                    self.line(&format!("case {case}:"));
                    self.block(0);
                }
                self.indent -= 1;
            }
            13 => {
                self.line("try:");
                self.block(depth - 1);
                let e = self.expr(1);
                self.line(&format!("    boom({e})"));
                self.line("except (Boom, TypeError) as e: s = str(e)[:9]");
                self.line("except LookupError: t = 1");
                self.line("else: t = 2");
            }
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
        g.text.push_str(PRELUDE);
        for line in ["depth = 0", "a, b, c, x, y, s = 1, 2, 3, 0.5, 2.0, 0", "l = [1, 2.5, 3, 4]", "d, t, o, inner = {0: 1}, (1, 2), Q(2), maker(1)"]
        {
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
        g.line("d, t, o, inner = {0: 1, 'k': 2.5}, 0, Q(1), maker(5)");
        let n = 40 + g.rng.below(80);
        g.line(&format!("for i in range({n}):"));
        g.indent += 1;
        g.line("try:");
        g.block(3);
        g.line("except Exception as e: print(i, type(e).__name__)");
        g.line("if i % 16 == 0: a, b, c, x, y, s = 1, 2, i, 0.5, i + 0.25, 0");
        g.line("if i % 8 == 0: d, o, t = {0: i, 'k': 2.5}, Q(i), i");
        g.line("if i % 5 == 0: print(*[show(v) for v in (i, a, b, c, x, y, s, l, p.u, p.v, d, t, o)], Q.total)");
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
    let wanted = std::env::var("TWOFOLD_SEEDS").ok();
    let seeds = wanted.and_then(|w| w.split_once("..").and_then(|(a, b)| Some(a.parse().ok()?..=b.parse().ok()?))).unwrap_or(PROGRAMS);
    for seed in seeds {
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
