//! Terms as text.

use crate::read::ops::{Ops, operand_priorities, operand_priority};
use crate::runtime::Machine as Vm;
use crate::symbols::{Symbols, atoms};
use crate::terms::{Place, STRUCT_ARGS, View, big, cells, functor_of, string_text, view, view_at};
use framework::{Obj, Value};
use std::collections::HashMap;

/// How to write.
#[derive(Clone, Default)]
pub struct Style {
    pub quoted: bool,
    pub ignore_ops: bool,
    pub number_vars: bool,
    /// Terms nested deeper are written as `...`; 0 is no limit.
    pub max_depth: usize,
    /// A space behind the comma between arguments.
    pub spacing: bool,
    /// Names for variables.
    pub names: Vec<(Place, String)>,
}

/// The term as `writeq/1` writes it.
pub fn quoted(vm: &Vm, v: Value) -> String {
    to_text(vm, v, &Style { quoted: true, number_vars: true, ..Style::default() }, 1200)
}

/// The term as `print_message/2` shows it.
pub fn shown(vm: &Vm, v: Value) -> String {
    quoted(vm, v)
}

/// The term as `write_canonical/1` writes it: variables that occur once are `_`, the others are `A`, `B` ...
pub fn canonical(vm: &Vm, v: Value) -> String {
    let mut counts: Vec<(Place, usize)> = vec![];
    let mut index: HashMap<Place, usize> = HashMap::new();
    crate::structural::walk(v, |t| {
        if let View::Unbound(p) = t {
            let i = *index.entry(p).or_insert(counts.len());
            if i == counts.len() {
                counts.push((p, 0));
            }
            counts[i].1 += 1;
        }
        true
    });
    let mut several = 0;
    let names = counts.into_iter().map(|(p, n)| {
        several += (n > 1) as i64;
        (p, if n == 1 { "_".into() } else { numbered_variable(several - 1) })
    });
    let style = Style { quoted: true, ignore_ops: true, names: names.collect(), ..Style::default() };
    to_text(vm, v, &style, 1200)
}

/// So much is written of cyclic terms.
const CYCLIC_DEPTH: usize = 10;

/// The term as text.
pub fn to_text(vm: &Vm, v: Value, style: &Style, priority: u16) -> String {
    let names = style.names.iter().map(|(p, n)| (*p, n.as_str())).collect();
    let mut w =
        Writer { out: String::new(), symbols: &vm.rt.shared.symbols, ops: &vm.rt.ops, style, names, work: vec![], prefix: usize::MAX, minus: false };
    w.work.push(Task::Term(view(v), priority, 1));
    if !w.run(v) {
        let shallow = Style { max_depth: CYCLIC_DEPTH, ..style.clone() };
        return to_text(vm, v, &shallow, priority);
    }
    w.out
}

/// A float with the fewest digits that read back the same, and always a point.
pub fn float_text(f: f64) -> String {
    if f.is_infinite() {
        return if f > 0.0 { "1.0Inf".into() } else { "-1.0Inf".into() };
    }
    if f.is_nan() {
        return "1.5NaN".into();
    }
    let exponent = if f == 0.0 { 0 } else { f.abs().log10().floor() as i32 };
    if (-4..15).contains(&exponent) {
        let s = format!("{f}");
        return if s.contains('.') { s } else { s + ".0" };
    }
    let s = format!("{f:e}");
    let (mantissa, e) = s.split_once('e').unwrap_or((&s, "0"));
    let mantissa = if mantissa.contains('.') { mantissa.to_owned() } else { format!("{mantissa}.0") };
    let e: i32 = e.parse().unwrap_or(0);
    format!("{mantissa}e{}{}", if e < 0 { '-' } else { '+' }, e.abs())
}

fn is_symbol_char(c: char) -> bool {
    "+-*/\\^<>=~:.?@#&$".contains(c)
}

fn is_alnum(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Does the atom read back without quotes?
fn is_plain(name: &str) -> bool {
    match name {
        "[]" | "!" | ";" | "{}" | "," | "|" => return name != "," && name != "|",
        "" | "." => return false,
        _ => {}
    }
    let first = name.chars().next().unwrap_or(' ');
    if first.is_lowercase() || first.is_alphabetic() && !first.is_uppercase() {
        return name.chars().all(is_alnum);
    }
    name.chars().all(is_symbol_char) && !name.starts_with("/*")
}

/// The atom in quotes if it needs them.
pub fn quote_atom(name: &str) -> String {
    if is_plain(name) { name.into() } else { in_quotes(name, '\'') }
}

fn in_quotes(s: &str, quote: char) -> String {
    let mut out = String::from(quote);
    for c in s.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0b' => out.push_str("\\v"),
            '\x0c' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push_str(&format!("\\x{:X}\\", c as u32)),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

/// What is left to write, last first: terms of any depth need no Rust stack.
enum Task {
    /// A term of at most this priority, at this depth.
    Term(View, u16, usize),
    /// An operand of an operator: as a term, but atoms that are operators get brackets.
    Operand(View, u16, usize),
    /// What comes behind an item of a list.
    Rest(View, usize),
    /// The arguments of a compound term from this one on.
    Args(Obj, usize, usize),
    /// An infix operator.
    Infix(Value),
    Text(&'static str),
    /// A token.
    Atom(Value),
}

struct Writer<'a> {
    out: String,
    symbols: &'a Symbols,
    ops: &'a Ops,
    style: &'a Style,
    names: HashMap<Place, &'a str>,
    work: Vec<Task>,
    /// Where a prefix operator has just been written: a bracket would make it the name of a compound term.
    prefix: usize,
    /// It is `-`, which before a digit would be a sign.
    minus: bool,
}

impl Writer<'_> {
    /// Writes what is due of the term; `false` if it finds that it would never end.
    fn run(&mut self, v: Value) -> bool {
        let mut patience = crate::structural::Patience::default();
        while let Some(t) = self.work.pop() {
            if patience.is_lost() && self.style.max_depth == 0 && !crate::structural::is_acyclic(v) {
                return false;
            }
            match t {
                Task::Term(v, priority, depth) => self.term(v, priority, depth),
                Task::Operand(View::Atom(a), ..) if self.is_operator(a) => {
                    self.open();
                    let s = self.atom_text(a);
                    self.out.push_str(&s);
                    self.out.push(')');
                }
                Task::Operand(v, priority, depth) => self.term(v, priority, depth),
                Task::Rest(v, depth) => self.rest(v, depth),
                Task::Args(o, i, depth) => self.args(o, i, depth),
                Task::Infix(name) => self.infix_name(name),
                Task::Text(s) => self.out.push_str(s),
                Task::Atom(a) => {
                    let s = self.atom_text(a);
                    self.token(&s);
                }
            }
        }
        true
    }

    /// Adds a token, with a space if it would run into the one before.
    fn token(&mut self, s: &str) {
        if let (Some(a), Some(b)) = (self.out.chars().next_back(), s.chars().next())
            && (is_alnum(a) && is_alnum(b)
                || is_symbol_char(a) && is_symbol_char(b)
                || self.prefix == self.out.len() && self.minus && b.is_ascii_digit())
        {
            self.out.push(' ');
        }
        self.out.push_str(s);
    }

    /// An opening bracket.
    fn open(&mut self) {
        if self.prefix == self.out.len() {
            self.out.push(' ');
        }
        self.out.push('(');
    }

    fn atom_text(&self, a: Value) -> String {
        let name = self.symbols.name(a);
        if self.style.quoted { quote_atom(&name) } else { name.to_string() }
    }

    fn is_operator(&self, a: Value) -> bool {
        self.ops.is_op(&self.symbols.name(a))
    }

    fn term(&mut self, v: View, priority: u16, depth: usize) {
        if self.style.max_depth != 0 && depth > self.style.max_depth {
            return self.token("...");
        }
        match v {
            View::Unbound(p) => match self.names.get(&p) {
                Some(&name) => self.token(name),
                None => self.token(&variable_name(p)),
            },
            View::Int(i) => self.token(&i.to_string()),
            View::Big(o) => self.token(&big(o).to_string()),
            View::Float(f) => self.token(&float_text(f)),
            View::Other(v) => self.token(&other_text(v)),
            View::Atom(a) => {
                let text = self.atom_text(a);
                if priority < 999 && self.is_operator(a) && self.largest_priority(a) > priority {
                    self.open();
                    self.out.push_str(&text);
                    self.out.push(')');
                } else {
                    self.token(&text);
                }
            }
            View::Str(o) => {
                let s = if self.style.quoted { in_quotes(string_text(o), '"') } else { string_text(o).to_owned() };
                self.token(&s);
            }
            View::Cons(o) => {
                self.out.push('[');
                self.work.push(Task::Rest(view_at(o, 16), depth + 1));
                self.work.push(Task::Term(view_at(o, 8), 999, depth + 1));
            }
            View::Struct(o) => self.structure(o, priority, depth),
        }
    }

    fn largest_priority(&self, a: Value) -> u16 {
        let name = self.symbols.name(a);
        [&self.ops.prefix, &self.ops.infix, &self.ops.postfix].iter().filter_map(|t| t.get(&*name)).map(|o| o.0).max().unwrap_or(0)
    }

    fn rest(&mut self, rest: View, depth: usize) {
        match rest {
            View::Cons(_) if self.style.max_depth != 0 && depth > self.style.max_depth => self.out.push_str("|...]"),
            View::Cons(o) => {
                self.comma();
                self.work.push(Task::Rest(view_at(o, 16), depth + (self.style.max_depth != 0) as usize));
                self.work.push(Task::Term(view_at(o, 8), 999, depth));
            }
            View::Atom(a) if a == atoms::NIL => self.out.push(']'),
            other => {
                self.out.push('|');
                self.work.push(Task::Text("]"));
                self.work.push(Task::Term(other, 999, depth));
            }
        }
    }

    fn comma(&mut self) {
        self.out.push_str(if self.style.spacing { ", " } else { "," });
    }

    fn structure(&mut self, o: Obj, priority: u16, depth: usize) {
        let (name, arity) = functor_of(self.symbols, o);
        let text = self.symbols.name(name);
        let arg = |i: usize| view_at(o, STRUCT_ARGS + 8 * i);
        if self.style.number_vars
            && name == atoms::VAR
            && arity == 1
            && let Some(s) = self.variable(arg(0))
        {
            return self.token(&s);
        }
        if self.style.ignore_ops {
            return self.canonical(o, name, depth);
        }
        if name == atoms::CURLY && arity == 1 {
            self.out.push('{');
            self.work.push(Task::Text("}"));
            return self.work.push(Task::Term(arg(0), 1200, depth + 1));
        }
        let table = match arity {
            2 => self.ops.infix.get(&*text).map(|&op| (op, 0)),
            1 => self.ops.prefix.get(&*text).map(|&op| (op, 1)).or_else(|| self.ops.postfix.get(&*text).map(|&op| (op, 2))),
            _ => None,
        };
        let Some((op, kind)) = table else { return self.canonical(o, name, depth) };
        if op.0 > priority {
            self.open();
            self.work.push(Task::Text(")"));
        }
        match kind {
            0 => {
                let (l, r) = operand_priorities(op);
                self.work.push(Task::Operand(arg(1), r, depth + 1));
                self.work.push(Task::Infix(name));
                self.work.push(Task::Operand(arg(0), l, depth + 1));
            }
            1 => {
                let s = self.atom_text(name);
                self.token(&s);
                (self.prefix, self.minus) = (self.out.len(), name == atoms::MINUS);
                self.work.push(Task::Operand(arg(0), operand_priority(op), depth + 1));
            }
            _ => {
                self.work.push(Task::Atom(name));
                self.work.push(Task::Operand(arg(0), operand_priority(op), depth + 1));
            }
        }
    }

    fn infix_name(&mut self, name: Value) {
        let s = self.atom_text(name);
        if name == atoms::COMMA {
            self.comma();
        } else if s.starts_with(is_alnum) || s == "->" && self.style.spacing {
            // As SWI-Prolog: `a:-b` is tight, names have spaces around them.
            self.out.push(' ');
            self.out.push_str(&s);
            self.out.push(' ');
        } else if name == atoms::BAR {
            self.out.push('|');
        } else {
            self.token(&s);
        }
    }

    fn canonical(&mut self, o: Obj, name: Value, depth: usize) {
        let s = self.atom_text(name);
        self.token(&s);
        self.out.push('(');
        self.args(o, 0, depth + 1);
    }

    fn args(&mut self, o: Obj, i: usize, depth: usize) {
        let (n, first) = cells(o);
        if i == n {
            return self.out.push(')');
        }
        if i > 0 {
            self.comma();
        }
        self.work.push(Task::Args(o, i + 1, depth));
        self.work.push(Task::Term(view_at(o, first + 8 * i), 999, depth));
    }

    /// What `'$VAR'(V)` stands for.
    fn variable(&self, v: View) -> Option<String> {
        match v {
            View::Int(n) if n >= 0 => Some(numbered_variable(n)),
            View::Atom(a) => {
                let name = self.symbols.name(a);
                let is_name = name.starts_with(|c: char| c == '_' || c.is_uppercase()) && name.chars().all(is_alnum);
                is_name.then(|| name.to_string())
            }
            _ => None,
        }
    }
}

fn numbered_variable(n: i64) -> String {
    let letter = (b'A' + (n % 26) as u8) as char;
    if n < 26 { letter.to_string() } else { format!("{letter}{}", n / 26) }
}

fn other_text(v: Value) -> String {
    match v.obj() {
        Some(o) if o.type_id() == crate::terms::Clause::ID => format!("<clause>({:#x})", o.0),
        _ => format!("<{v:?}>"),
    }
}

/// A name for a variable, the same as long as it lives.
pub fn variable_name(p: Place) -> String {
    format!("_{}", (p.obj + p.offset as u64) / 8)
}
