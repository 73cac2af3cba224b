//! Random programs: every mode of the JIT must print what the interpreter alone prints.
//!
//! `FUZZ_PROGRAMS=1000 FUZZ_START=5000 cargo test -p prolog --test random_programs` tries more, from another number on.

mod common;

use common::{Rng, modes, number, run};
use jit::options::{Mode, Options};
use std::fmt::Write;

/// Predicates `p0 … p4`: each calls those below it, and itself with a smaller counter. Every rule takes one of a limited number
/// of ticks, so that programs end however they backtrack.
struct Generator {
    rng: Rng,
    text: String,
    /// Variables made so far in the clause.
    variables: usize,
    /// The predicate whose clause it is.
    level: usize,
}

const PREDICATES: usize = 5;

/// What every program begins with.
const PRELUDE: &str = "
:- style_check(-singleton).
:- dynamic(d/2).
tick :- nb_getval(ticks, T), ( T > 0 -> true ; throw(out_of_ticks) ), T1 is T-1, nb_setval(ticks, T1).
show(T) :- copy_term(T, C), numbervars(C, 0, _), writeq(C), nl.
start :- nb_setval(ticks, 150), nb_setval(found, 0), b_setval(g, 0), retractall(d(_, _)), assertz(d(1, a)), assertz(d(2, b)), assertz(d(a, 3)).
found :- nb_getval(found, N), N1 is N+1, nb_setval(found, N1), N1 >= 8.
query(G) :- start, catch(( G, show(G), found -> true ; write(no), nl ), E, ( E = error(F, _) -> show(F) ; show(E) )), findall(X-Y, d(X, Y), L), show(L).
repeated(0, _) :- !.
repeated(N, G) :- \\+ \\+ query(G), M is N-1, repeated(M, G).
";

impl Generator {
    fn variable(&mut self) -> String {
        if self.variables < 3 || self.rng.below(5) == 0 && self.variables < 9 {
            self.variables += 1;
        }
        format!("V{}", self.rng.below(self.variables))
    }

    fn term(&mut self, depth: usize) -> String {
        match self.rng.below(if depth == 0 { 6 } else { 10 }) {
            0 | 1 => self.variable(),
            2 => self.rng.pick(&["0", "1", "2", "3", "-1", "7", "4611686018427387904", "9223372036854775807", "1.5", "-0.25"]).into(),
            3 => self.rng.pick(&["a", "b", "c", "[]", "foo"]).into(),
            4 => self.rng.pick(&["1", "2", "\"str\"", "f", "_"]).into(),
            5 => "_".into(),
            6 => format!("f({})", self.term(depth - 1)),
            7 => format!("g({}, {})", self.term(depth - 1), self.term(depth - 1)),
            8 => format!("[{}|{}]", self.term(depth - 1), self.term(depth - 1)),
            _ => format!("[{}, {}]", self.term(depth - 1), self.term(depth - 1)),
        }
    }

    fn expression(&mut self, depth: usize) -> String {
        if depth == 0 || self.rng.below(3) == 0 {
            return if self.rng.below(2) == 0 { self.variable() } else { self.rng.pick(&["1", "2", "3", "10", "0.5", "N"]).into() };
        }
        let op = self.rng.pick(&["+", "-", "*", "//", "mod", "/\\", "max", "min", "+", "-"]);
        let (a, b) = (self.expression(depth - 1), self.expression(depth - 1));
        if op.starts_with('m') && op != "mod" { format!("{op}({a}, {b})") } else { format!("({a} {op} {b})") }
    }

    fn test(&mut self) -> String {
        match self.rng.below(8) {
            0 => format!(
                "{}({})",
                self.rng.pick(&["var", "nonvar", "atom", "integer", "compound", "atomic", "number", "callable", "is_list"]),
                self.variable()
            ),
            1 => format!("{} == {}", self.variable(), self.term(1)),
            2 => format!("{} \\== {}", self.variable(), self.variable()),
            3 => format!("{} \\= {}", self.variable(), self.term(1)),
            4 => format!("( ground({0}), {0} @< {1} )", self.variable(), self.rng.pick(&["b", "2", "f(1)", "[a]"])),
            5 => format!("N {} {}", self.rng.pick(&[">", "<", "=:=", "=\\=", ">=", "=<"]), self.rng.below(4)),
            _ => {
                let v = self.variable();
                format!("( number({v}) -> {v} {} {} ; true )", self.rng.pick(&[">", "<", "=:=", "=\\=", ">=", "=<"]), self.expression(1))
            }
        }
    }

    fn call(&mut self) -> String {
        if self.level == 0 {
            return format!("d({}, {})", self.term(1), self.term(1));
        }
        let n = self.rng.below(self.level);
        format!("p{n}({}, {}, {})", self.rng.below(3), self.term(1), self.term(1))
    }

    fn goal(&mut self, depth: usize) -> String {
        if depth == 0 {
            return match self.rng.below(9) {
                0..=2 => self.call(),
                3 | 4 => format!("{} = {}", self.variable(), self.term(2)),
                5 => format!("{} is {}", self.variable(), self.expression(2)),
                6 | 7 => self.test(),
                _ => self.rng.pick(&["true", "fail", "!", "!"]).into(),
            };
        }
        let d = depth - 1;
        match self.rng.below(30) {
            0 | 1 => format!("( {} -> {} ; {} )", self.goal(d), self.body(d), self.body(d)),
            2 => format!("( {} -> {} ; {} )", self.test(), self.body(d), self.body(d)),
            3 => format!("( {} *-> {} ; {} )", self.goal(d), self.goal(d), self.goal(d)),
            4 | 5 => format!("( {} ; {} )", self.body(d), self.body(d)),
            6 => format!("\\+ ( {} )", self.body(d)),
            7 => format!("findall({}, ( {} ), {})", self.term(1), self.body(d), self.variable()),
            8 => format!("catch(( {} ), e({}), ( {} ))", self.body(d), self.term(1), self.goal(d)),
            9 => format!("throw(e({}))", self.term(1)),
            10 => format!("assertz(d({}, {}))", self.term(1), self.term(1)),
            11 => format!("asserta(d({}, {}))", self.term(1), self.term(1)),
            12 => format!("retract(d({}, {}))", self.term(1), self.term(1)),
            13 => format!("once(( {} ))", self.body(d)),
            14 => format!("call(( {} ))", self.body(d)),
            15 => format!("member({}, [{}, {}, {}])", self.variable(), self.term(1), self.term(1), self.term(1)),
            16 => format!("append({}, {}, [{}, {}])", self.variable(), self.variable(), self.term(1), self.term(1)),
            17 => format!("between(1, {}, {})", self.rng.below(4), self.variable()),
            18 => format!("copy_term({}, {})", self.term(2), self.variable()),
            19 => format!("( {} =.. {} )", self.term(2), self.variable()),
            20 => format!("functor({}, {}, {})", self.term(1), self.variable(), self.variable()),
            21 => format!("( {} = g(_, _), arg({}, {}, {}) )", self.variable(), self.rng.below(3), self.variable(), self.term(1)),
            22 => format!("forall({}, {})", self.goal(0), self.goal(0)),
            23 => format!("( {}, {} = 1 ; {} )", self.goal(d), self.variable(), self.goal(0)),
            24 => format!("b_setval(g, {})", self.term(1)),
            25 => format!("b_getval(g, {})", self.term(0)),
            26 => format!("( d({}, {}), retract(d({}, _)), fail ; true )", self.variable(), self.term(0), self.variable()),
            27 => format!("catch(setup_call_cleanup(true, {}, assertz(d(cleanup, {}))), e(_), true)", self.goal(0), self.level),
            28 => format!("( term_variables({}, {}) )", self.term(2), self.variable()),
            _ => self.goal(0),
        }
    }

    fn body(&mut self, depth: usize) -> String {
        let n = self.rng.below(3) + 1;
        (0..n).map(|_| self.goal(depth)).collect::<Vec<_>>().join(", ")
    }

    fn clause(&mut self) {
        self.variables = 0;
        let level = self.level;
        let (a, b) = (self.term(2), self.term(1));
        let text = match self.rng.below(6) {
            0 | 1 => format!("p{level}(_, {a}, {b})."),
            2 | 3 => {
                let body = self.body(2);
                let (x, y) = (self.term(1), self.term(1));
                let rest = if self.rng.below(3) == 0 { format!(", {}", self.goal(1)) } else { String::new() };
                format!("p{level}(N, {a}, {b}) :- N > 0, tick, M is N-1, {body}, p{level}(M, {x}, {y}){rest}.")
            }
            4 => format!("p{level}({}, {a}, {b}) :- tick, N = 1, {}.", self.rng.below(3), self.body(2)),
            _ => format!("p{level}(N, {a}, {b}) :- tick, {}.", self.body(2)),
        };
        writeln!(self.text, "{text}").expect("written to a string");
    }

    fn program(number: u64) -> String {
        let mut g = Generator { rng: Rng::new(number + 1), text: PRELUDE.into(), variables: 0, level: 0 };
        for level in 0..PREDICATES {
            g.level = level;
            for _ in 0..g.rng.below(4) + 1 {
                g.clause();
            }
        }
        g.level = PREDICATES;
        g.text.push_str("main :- true");
        for _ in 0..4 {
            g.variables = 0;
            let call = g.call();
            write!(g.text, ",\n    repeated(12, {call})").expect("written to a string");
        }
        g.text.push_str(".\n");
        g.text
    }
}

#[test]
fn all_modes_agree_on_random_programs() {
    let start = number("FUZZ_START", 0);
    let (mut solutions, mut errors) = (0, 0);
    for n in start..start + number("FUZZ_PROGRAMS", 30) {
        let program = Generator::program(n);
        let plain = run(Options::with_mode(Mode::Off), &program);
        assert!(plain.ends_with("True\n"), "program {n} ends with {plain}\n{program}");
        solutions += plain.matches("\np").count();
        errors += plain.matches("_error").count();
        for (word, mode) in modes().filter(|&(_, mode)| mode != Mode::Off) {
            let options = Options { seed: n * 2 + 1, abort_one_in: if mode == Mode::StressCompile { 50 } else { 0 }, ..Options::with_mode(mode) };
            let outcome = run(options, &program);
            if outcome != plain {
                let at = plain.lines().zip(outcome.lines()).position(|(a, b)| a != b);
                let line = |text: &str| at.and_then(|at| text.lines().nth(at)).unwrap_or("(the end)").to_string();
                panic!("program {n} in mode {word}, line {at:?}: {:?} instead of {:?}\n{program}", line(&outcome), line(&plain));
            }
        }
    }
    assert!(solutions > 0 && errors > 0, "{solutions} solutions, {errors} errors");
}
