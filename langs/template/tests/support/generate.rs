//! Random programs that end: the same number makes the same program.
//!
//! Loops have constant bounds and functions call only earlier ones, so running time is bounded. Numbers grow and
//! types mix as they like: overflow and type errors are raised in hot loops and caught there, which is the point.
//! Lists and strings stay out of the ordinary variables, so that `x + x` cannot double them for ever.

use std::fmt::Write;

/// A generator of numbers, and the program so far.
struct Generator {
    state: u64,
    out: String,
    indent: usize,
    /// Ordinary variables in scope.
    vars: Vec<String>,
    /// How many functions there are to call: `f0` … with 2 parameters each.
    functions: usize,
    names: usize,
    /// Statements left, so that programs stay short.
    budget: usize,
    loops: usize,
    in_function: bool,
}

/// The program with this number.
pub fn program(number: u64) -> String {
    let state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut g = Generator { state, out: String::new(), indent: 0, vars: vec![], functions: 0, names: 0, budget: 0, loops: 0, in_function: false };
    (0..8).for_each(|_| {
        g.below(2);
    });
    g.program();
    g.out
}

impl Generator {
    fn below(&mut self, n: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn line(&mut self, text: &str) {
        let _ = writeln!(self.out, "{:1$}{text}", "", 4 * self.indent);
    }

    fn new_name(&mut self) -> String {
        self.names += 1;
        format!("v{}", self.names)
    }

    fn program(&mut self) {
        self.out +=
            "record P(x, y) {\n    fn sum(k) { return self.x + self.y * k }\n    fn step(d) {\n        self.x = d\n        return self\n    }\n}\n";
        self.out += "record Q(y, x) {\n    fn sum(k) { return self.x - k }\n    fn step(d) { return Q(self.x, d) }\n}\n";
        self.out += "let l = [1, 2.5, -3, 4]\nlet m = {}\nlet g = 1\n";
        for f in 0..1 + self.below(3) {
            self.vars = vec!["a".into(), "b".into(), "g".into()];
            self.budget = 8;
            self.in_function = true;
            self.line(&format!("fn f{f}(a, b) {{"));
            self.block(2);
            let result = self.expr(2);
            self.indent += 1;
            self.line(&format!("return {result}"));
            self.indent -= 1;
            self.line("}");
            self.functions += 1;
        }
        self.in_function = false;
        self.vars = vec!["g".into()];
        for _ in 0..2 {
            let (name, e) = (self.new_name(), self.expr(1));
            self.line("try {");
            self.line(&format!("    g = {e}"));
            self.line("} catch e { print(e.message) }");
            self.line(&format!("let {name} = {}", self.names));
            self.vars.push(name);
        }
        for _ in 0..2 {
            self.budget = 14;
            let (name, n) = (self.new_name(), 20 + self.below(120));
            self.line(&format!("for {name} in 0..{n} {{"));
            self.loops += 1;
            self.vars.push(name.clone());
            self.indent += 1;
            self.line("try {");
            self.block(3);
            self.line("} catch e { print(e.message, e.trace) }");
            self.indent -= 1;
            self.loops -= 1;
            self.vars.retain(|v| *v != name);
            self.line("}");
        }
        let all = self.vars.join(", ");
        self.line(&format!("print({all}, l, m)"));
    }

    fn block(&mut self, depth: usize) {
        let scope = self.vars.len();
        self.indent += 1;
        for _ in 0..1 + self.below(4) {
            if self.budget > 0 {
                self.budget -= 1;
                self.statement(depth);
            }
        }
        self.indent -= 1;
        self.vars.truncate(scope);
    }

    fn statement(&mut self, depth: usize) {
        let nested = depth > 0;
        match self.below(16) {
            0 | 1 => {
                let (e, name) = (self.expr(2), self.new_name());
                self.line(&format!("let {name} = {e}"));
                self.vars.push(name);
            }
            2..=4 => {
                let (v, e) = (self.var(), self.expr(3));
                self.line(&format!("{v} = {e}"));
            }
            5 => {
                let (v, op, e) = (self.var(), self.pick(&["+=", "-=", "*="]), self.expr(2));
                self.line(&format!("{v} {op} {e}"));
            }
            6 | 7 if nested => {
                let c = self.condition(2);
                self.line(&format!("if {c} {{"));
                self.block(depth - 1);
                if self.below(2) == 0 {
                    self.line("} else {");
                    self.block(depth - 1);
                }
                self.line("}");
            }
            8 if nested && self.loops < 2 => {
                let (name, n) = (self.new_name(), 1 + self.below(5));
                self.line(&format!("for {name} in 0..{n} {{"));
                self.loops += 1;
                self.vars.push(name);
                self.block(depth - 1);
                self.vars.pop();
                self.loops -= 1;
                self.line("}");
            }
            9 if nested && self.loops < 2 => {
                let name = self.new_name();
                self.line(&format!("for {name} in slice(l, 0, 4) {{"));
                self.loops += 1;
                self.vars.push(name);
                self.block(depth - 1);
                if self.below(3) == 0 {
                    let (c, how) = (self.condition(1), self.pick(&["break", "continue"]));
                    self.line(&format!("    if {c} {{ {how} }}"));
                }
                self.vars.pop();
                self.loops -= 1;
                self.line("}");
            }
            10 if nested => {
                self.line("try {");
                self.block(depth - 1);
                if self.below(2) == 0 {
                    let (c, e) = (self.condition(1), self.expr(1));
                    self.line(&format!("    if {c} {{ throw {e} }}"));
                }
                let e = self.var();
                self.line(&format!("}} catch e {{ {e} = e.value }}"));
            }
            11 => {
                let (i, e) = (self.below(5), self.number(2));
                self.line(&format!("l[{i}] = {e}"));
            }
            12 => {
                let e = self.number(1);
                self.line(&format!("if len(l) < 9 {{ push(l, {e}) }} else {{ pop(l) }}"));
            }
            13 => {
                let (k, e) = (self.below(6), self.number(2));
                self.line(&format!("m[{k}] = {e}"));
            }
            14 => {
                let (v, field, e) = (self.var(), self.pick(&["x", "y"]), self.number(2));
                self.line(&format!("if type({v}) == \"record\" {{ {v}.{field} = {e} }}"));
            }
            _ => {
                let e = self.expr(2);
                self.line(&format!("print({e})"));
            }
        }
    }

    fn var(&mut self) -> String {
        let i = self.below(self.vars.len());
        self.vars[i].clone()
    }

    fn condition(&mut self, depth: usize) -> String {
        match self.below(6) {
            0 if depth > 0 => format!("not ({})", self.condition(depth - 1)),
            1 if depth > 0 => format!("({} {} {})", self.condition(depth - 1), self.pick(&["and", "or"]), self.condition(depth - 1)),
            2 => format!("{} {} {}", self.expr(1), self.pick(&["==", "!="]), self.expr(1)),
            3 => self.var(),
            _ => format!("{} {} {}", self.number(1), self.pick(&["<", "<=", ">", ">="]), self.number(1)),
        }
    }

    /// Mostly a number.
    fn number(&mut self, depth: usize) -> String {
        if depth == 0 {
            return match self.below(6) {
                0 => self.pick(&["0", "1", "2", "7", "-1", "100"]).to_string(),
                1 => self.pick(&["0.5", "1.0", "-2.25", "1e300", "3.0"]).to_string(),
                2 => self.pick(&["2305843009213693951", "-2305843009213693952", "4611686018427387904", "9223372036854775807"]).to_string(),
                _ => self.var(),
            };
        }
        match self.below(12) {
            0..=3 => format!("({} {} {})", self.number(depth - 1), self.pick(&["+", "-", "*"]), self.number(depth - 1)),
            4 => format!("({} {} {})", self.number(depth - 1), self.pick(&["/", "//", "%"]), self.number(depth - 1)),
            5 => format!("({} % 1000)", self.number(depth - 1)),
            6 => format!("(-{})", self.number(depth - 1)),
            7 => format!("l[{}]", self.below(5)),
            8 => format!("m[{}]", self.below(6)),
            9 => format!("{}({})", self.pick(&["abs", "floor", "float", "int", "sqrt"]), self.number(depth - 1)),
            10 => format!("{}({}, {})", self.pick(&["min", "max"]), self.number(depth - 1), self.number(depth - 1)),
            _ => self.number(0),
        }
    }

    fn expr(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.number(0);
        }
        match self.below(14) {
            0 => format!("{}({}, {})", self.pick(&["P", "Q"]), self.number(depth - 1), self.number(depth - 1)),
            1 => format!("{}.{}", self.record(depth - 1), self.pick(&["x", "y"])),
            2 => format!("{}.sum({})", self.record(depth - 1), self.number(depth - 1)),
            3 => format!("{}.step({})", self.record(depth - 1), self.number(depth - 1)),
            4 if self.functions > 0 && !(self.in_function && self.loops > 0) => {
                format!("f{}({}, {})", self.below(self.functions), self.number(depth - 1), self.number(depth - 1))
            }
            5 => format!("(fn(x) {{ return x + {} }})({})", self.number(0), self.number(depth - 1)),
            6 => format!("({} and {})", self.var(), self.number(depth - 1)),
            7 => format!("({} or {})", self.var(), self.number(depth - 1)),
            8 => self.pick(&["nil", "true", "false"]).to_string(),
            9 => format!("len(str({}))", self.number(depth - 1)),
            10 => format!("({})", self.condition(1)),
            _ => self.number(depth),
        }
    }

    fn record(&mut self, depth: usize) -> String {
        if self.below(3) == 0 { self.var() } else { format!("{}({}, {})", self.pick(&["P", "Q"]), self.number(depth), self.number(0)) }
    }
}
