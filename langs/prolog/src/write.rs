//! Terms as text.

use crate::read::ops::{Ops, operand_priorities, operand_priority};
use crate::runtime::Machine as Vm;
use crate::symbols::{Symbols, atoms};
use crate::terms::{Place, STRUCT_ARGS, Struct, View, big, cells, functor_of, string_text, view, view_at};
use framework::{Obj, Value};

/// How to write.
#[derive(Clone, Copy, Default)]
pub struct Style {
    pub quoted: bool,
    pub ignore_ops: bool,
    pub number_vars: bool,
    /// 0 is no limit.
    pub max_depth: usize,
}

/// The term as `writeq/1` writes it.
pub fn quoted(vm: &Vm, v: Value) -> String {
    to_text(vm, v, Style { quoted: true, number_vars: true, ..Style::default() }, 1200)
}

/// The term as `print_message/2` shows it.
pub fn shown(vm: &Vm, v: Value) -> String {
    quoted(vm, v)
}

/// The term as text.
pub fn to_text(vm: &Vm, v: Value, style: Style, priority: u16) -> String {
    let mut w = Writer { out: String::new(), symbols: &vm.rt.shared.symbols, ops: &vm.rt.ops, style, depth: 0 };
    w.term(view(v), priority);
    w.out
}

/// A float with the fewest digits that read back the same, and always a point.
pub fn float_text(f: f64) -> String {
    if f.is_infinite() {
        return if f > 0.0 { "inf".into() } else { "-inf".into() };
    }
    if f.is_nan() {
        return "nan".into();
    }
    let exponent = if f == 0.0 { 0 } else { f.abs().log10().floor() as i32 };
    if (-5..15).contains(&exponent) {
        let s = format!("{f}");
        return if s.contains('.') { s } else { s + ".0" };
    }
    let s = format!("{f:e}");
    let (mantissa, e) = s.split_once('e').unwrap_or((&s, "0"));
    let mantissa = if mantissa.contains('.') { mantissa.to_owned() } else { format!("{mantissa}.0") };
    let e: i32 = e.parse().unwrap_or(0);
    format!("{mantissa}e{}{:02}", if e < 0 { '-' } else { '+' }, e.abs())
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
            '\0' => out.push_str("\\000\\"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push_str(&format!("\\x{:x}\\", c as u32)),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

struct Writer<'a> {
    out: String,
    symbols: &'a Symbols,
    ops: &'a Ops,
    style: Style,
    depth: usize,
}

impl Writer<'_> {
    /// Adds a token, with a space if it would run into the one before.
    fn token(&mut self, s: &str) {
        if let (Some(a), Some(b)) = (self.out.chars().next_back(), s.chars().next())
            && (is_alnum(a) && is_alnum(b) || is_symbol_char(a) && is_symbol_char(b))
        {
            self.out.push(' ');
        }
        self.out.push_str(s);
    }

    fn atom_text(&self, a: Value) -> String {
        let name = self.symbols.name(a);
        if self.style.quoted { quote_atom(&name) } else { name.to_string() }
    }

    fn is_operator(&self, a: Value) -> bool {
        self.ops.is_op(&self.symbols.name(a))
    }

    fn term(&mut self, v: View, priority: u16) {
        // Depth is bounded by brackets on the way down; the right spine of operators and lists is walked by loops.
        match v {
            View::Unbound(p) => self.token(&variable_name(p)),
            View::Int(i) => self.token(&i.to_string()),
            View::Big(o) => self.token(&big(o).to_string()),
            View::Float(f) => self.token(&float_text(f)),
            View::Other(v) => self.token(&format!("<{v:?}>")),
            View::Atom(a) => {
                let text = self.atom_text(a);
                if priority < 1200 && self.is_operator(a) && self.largest_priority(a) > priority {
                    self.out.push('(');
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
            View::Cons(o) => self.list(o),
            View::Struct(o) => self.structure(o, priority),
        }
    }

    fn largest_priority(&self, a: Value) -> u16 {
        let name = self.symbols.name(a);
        [&self.ops.prefix, &self.ops.infix, &self.ops.postfix].iter().filter_map(|t| t.get(&*name)).map(|o| o.0).max().unwrap_or(0)
    }

    fn list(&mut self, o: Obj) {
        self.out.push('[');
        self.term(view_at(o, 8), 999);
        let mut rest = view_at(o, 16);
        loop {
            match rest {
                View::Cons(o) => {
                    self.out.push(',');
                    self.term(view_at(o, 8), 999);
                    rest = view_at(o, 16);
                }
                View::Atom(a) if a == atoms::NIL => break,
                other => {
                    self.out.push('|');
                    self.term(other, 999);
                    break;
                }
            }
        }
        self.out.push(']');
    }

    fn structure(&mut self, o: Obj, priority: u16) {
        self.depth += 1;
        let (name, arity) = functor_of(self.symbols, o);
        let text = self.symbols.name(name);
        let arg = |i: usize| view_at(o, STRUCT_ARGS + 8 * i);
        if self.style.number_vars
            && name == atoms::VAR
            && arity == 1
            && let View::Int(n) = arg(0)
            && n >= 0
        {
            let letter = (b'A' + (n % 26) as u8) as char;
            let s = if n < 26 { letter.to_string() } else { format!("{letter}{}", n / 26) };
            self.token(&s);
        } else if self.style.ignore_ops {
            self.canonical(o, name, arity);
        } else if name == atoms::CURLY && arity == 1 {
            self.out.push('{');
            self.term(arg(0), 1200);
            self.out.push('}');
        } else if arity == 2 && self.ops.infix.contains_key(&*text) {
            self.infix(o, name, &text, priority);
        } else if arity == 1 && self.ops.prefix.contains_key(&*text) {
            let op = self.ops.prefix[&*text];
            let open = op.0 > priority;
            if open {
                self.open();
            }
            let s = self.atom_text(name);
            self.token(&s);
            let operand = arg(0);
            // `- 1` is not the number -1, and an operand that starts with a bracket would make it a compound term.
            let number = matches!(operand, View::Int(_) | View::Float(_) | View::Big(_)) && (name == atoms::MINUS || name == atoms::PLUS);
            let op_atom = matches!(operand, View::Atom(a) if self.is_operator(a));
            let prefix_term = match operand {
                View::Struct(x) => {
                    let (f, n) = functor_of(self.symbols, x);
                    let t = self.symbols.name(f);
                    let p = if n == 2 {
                        self.ops.infix.get(&*t)
                    } else if n == 1 {
                        self.ops.prefix.get(&*t)
                    } else {
                        None
                    };
                    p.is_some_and(|p| p.0 > operand_priority(op))
                }
                _ => false,
            };
            if number || op_atom || prefix_term {
                self.out.push(' ');
            }
            self.term(operand, if op_atom { 1200 } else { operand_priority(op) });
            if open {
                self.out.push(')');
            }
        } else if arity == 1 && self.ops.postfix.contains_key(&*text) {
            let op = self.ops.postfix[&*text];
            let open = op.0 > priority;
            if open {
                self.open();
            }
            self.term(arg(0), operand_priority(op));
            let s = self.atom_text(name);
            self.token(&s);
            if open {
                self.out.push(')');
            }
        } else {
            self.canonical(o, name, arity);
        }
        self.depth -= 1;
    }

    /// An opening bracket that cannot be taken for that of arguments.
    fn open(&mut self) {
        if self.out.ends_with(|c: char| is_alnum(c) || is_symbol_char(c) || c == '\'') {
            self.out.push(' ');
        }
        self.out.push('(');
    }

    fn infix(&mut self, o: Obj, name: Value, text: &str, priority: u16) {
        // The right spine of an operator of type xfy in a loop.
        let op = self.ops.infix[text];
        let (l, r) = operand_priorities(op);
        let open = op.0 > priority;
        if open {
            self.open();
        }
        let functor = o.get(Struct::functor);
        let mut o = o;
        loop {
            self.term(view_at(o, STRUCT_ARGS), l);
            self.infix_name(name, text);
            match view_at(o, STRUCT_ARGS + 8) {
                View::Struct(next) if r == op.0 && next.get(Struct::functor) == functor => o = next,
                right => {
                    self.term(right, r);
                    break;
                }
            }
        }
        if open {
            self.out.push(')');
        }
    }

    fn infix_name(&mut self, name: Value, text: &str) {
        let s = self.atom_text(name);
        if text == "," {
            self.out.push(',');
        } else if s.starts_with(is_alnum) {
            // As SWI-Prolog: `a:-b` is tight, names have spaces around them.
            self.out.push(' ');
            self.out.push_str(&s);
            self.out.push(' ');
        } else {
            self.token(&s);
        }
    }

    fn canonical(&mut self, o: Obj, name: Value, arity: usize) {
        let s = self.atom_text(name);
        self.token(&s);
        self.out.push('(');
        for i in 0..arity {
            if i > 0 {
                self.out.push(',');
            }
            let first = cells(o).1;
            self.term(view_at(o, first + 8 * i), 999);
        }
        self.out.push(')');
    }
}

/// A name for a variable, the same as long as it lives.
pub fn variable_name(p: Place) -> String {
    format!("_G{}", (p.obj + p.offset as u64) / 8)
}
