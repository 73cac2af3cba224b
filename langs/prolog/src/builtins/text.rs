//! Atoms, strings, characters and numbers as text.

use super::{Answer, Builtin, atom, integer, list, unify};
use crate::errors::Error;
use crate::read::{self, term};
use crate::runtime::Machine as Vm;
use crate::structural;
use crate::symbols::atoms;
use crate::terms::{View, big, cons, new_string, string_text, view, view_at};
use framework::{Obj, Value};
use smallvec::SmallVec;
use std::ops::Deref;
use std::rc::Rc;

pub const TABLE: &[Builtin] = &[
    ("atom_codes", 2, |vm, a| atom_text(vm, a, Form::Codes)),
    ("atom_chars", 2, |vm, a| atom_text(vm, a, Form::Chars)),
    ("char_code", 2, char_code),
    ("atom_length", 2, |vm, a| length(vm, a)),
    ("string_length", 2, |vm, a| length(vm, a)),
    ("$atom_concat", 3, |vm, a| concat(vm, a, Form::Atom)),
    ("$string_concat", 3, |vm, a| concat(vm, a, Form::String)),
    ("number_codes", 2, |vm, a| number_text(vm, a, Form::Codes)),
    ("number_chars", 2, |vm, a| number_text(vm, a, Form::Chars)),
    ("atom_number", 2, atom_number),
    ("number_string", 2, number_string),
    ("atom_string", 2, atom_string),
    ("string_codes", 2, |vm, a| string_text_builtin(vm, a, Form::Codes)),
    ("string_chars", 2, |vm, a| string_text_builtin(vm, a, Form::Chars)),
    ("string_to_atom", 2, string_to_atom),
    ("term_string", 2, |vm, a| unify_text(vm, a)),
    ("string_code", 3, string_code),
    ("upcase_atom", 2, |vm, a| recase(vm, a, Form::Atom, true)),
    ("downcase_atom", 2, |vm, a| recase(vm, a, Form::Atom, false)),
    ("string_upper", 2, |vm, a| recase(vm, a, Form::String, true)),
    ("string_lower", 2, |vm, a| recase(vm, a, Form::String, false)),
    ("$split", 4, split),
    ("$join", 4, |vm, a| join(vm, a)),
    ("$char_type", 2, char_type),
    ("term_to_atom", 2, term_to_atom),
    ("$text_to_term", 3, |vm, a| {
        let t = need_text(vm, a[0])?;
        let source = format!("{}\n.", &*t);
        match crate::consult::read_term(vm, &source, 0) {
            crate::consult::Reading::Term(t, _) => {
                let names = super::read::names(vm, t.names.iter());
                Ok(unify(vm, a[1], t.term)? && unify(vm, a[2], names)?)
            }
            crate::consult::Reading::End => Err(Error::Instantiation),
            crate::consult::Reading::Error(e, _) => Err(Error::Syntax(e.message)),
        }
    }),
    ("normalize_space_atom", 2, normalize),
];

/// What a text is made into.
#[derive(Clone, Copy, PartialEq)]
pub enum Form {
    Atom,
    String,
    Codes,
    Chars,
}

/// A text to work with.
pub enum Text {
    /// An atom's.
    Name(Rc<str>),
    /// A string's, which an argument keeps alive.
    Str(Obj),
    /// Put together; a short one takes no memory of its own.
    Made(Made),
}

impl Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        match self {
            Text::Name(n) => n,
            Text::Str(o) => string_text(*o),
            Text::Made(m) => m,
        }
    }
}

/// A text being put together.
#[derive(Default)]
pub struct Made(SmallVec<[u8; 32]>);

impl Made {
    fn of_integer(i: i64) -> Made {
        let mut digits = [0; 20];
        let (mut at, mut n) = (digits.len(), i.unsigned_abs());
        loop {
            at -= 1;
            digits[at] = b'0' + (n % 10) as u8;
            n /= 10;
            if n == 0 {
                break;
            }
        }
        if i < 0 {
            at -= 1;
            digits[at] = b'-';
        }
        Made(SmallVec::from_slice(&digits[at..]))
    }

    fn of(parts: &[&str]) -> Made {
        let mut bytes = SmallVec::new();
        parts.iter().for_each(|p| bytes.extend_from_slice(p.as_bytes()));
        Made(bytes)
    }

    #[inline]
    fn push(&mut self, c: char) {
        if c.is_ascii() { self.0.push(c as u8) } else { self.0.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()) }
    }
}

impl Deref for Made {
    type Target = str;
    fn deref(&self) -> &str {
        // SAFETY: made of characters and texts only.
        unsafe { std::str::from_utf8_unchecked(&self.0) }
    }
}

/// The text of an atom, string, number, or list of codes or characters. `None` if it is none of these.
pub fn text(vm: &Vm, v: Value) -> Option<String> {
    short_text(vm, v).map(|t| t.to_string())
}

#[inline]
fn short_text(vm: &Vm, v: Value) -> Option<Text> {
    Some(match view(v) {
        View::Atom(a) => Text::Name(vm.rt.shared.symbols.name(a)),
        View::Str(o) => Text::Str(o),
        View::Int(i) => Text::Made(Made::of_integer(i)),
        View::Big(o) => Text::Made(Made::of(&[&big(o).to_string()])),
        View::Float(f) => Text::Made(Made::of(&[&crate::write::float_text(f)])),
        View::Cons(_) => return list_text(vm, v).map(Text::Made),
        _ => return None,
    })
}

fn list_text(vm: &Vm, v: Value) -> Option<Made> {
    let mut out = Made::default();
    let mut now = view(v);
    let mut patience = structural::Patience::default();
    loop {
        if patience.is_lost() && !structural::is_acyclic_list(v) {
            return None;
        }
        match now {
            View::Cons(o) => {
                match view_at(o, 8) {
                    View::Int(i) => out.push(char::from_u32(u32::try_from(i).ok()?)?),
                    View::Atom(a) => out.push(the_char(vm, a)?),
                    _ => return None,
                }
                now = view_at(o, 16);
            }
            View::Atom(a) if a == atoms::NIL => return Some(out),
            _ => return None,
        }
    }
}

/// The character that an atom's name is.
fn the_char(vm: &Vm, a: Value) -> Option<char> {
    vm.rt.shared.symbols.with_name(a, |name| {
        let mut chars = name.chars();
        chars.next().filter(|_| chars.next().is_none())
    })
}

/// The text of an argument, or the error that it has none. `[]` is the empty list.
#[inline]
pub fn need_text(vm: &Vm, v: Value) -> Result<Text, Error> {
    if let View::Unbound(_) = view(v) {
        return Err(Error::Instantiation);
    }
    match short_text(vm, v) {
        Some(t) => Ok(t),
        None if structural::is_ground(v) => Err(Error::Type("atomic", v)),
        None => Err(Error::Instantiation),
    }
}

/// As `need_text` where the argument is a list.
fn need_list_text(vm: &mut Vm, v: Value) -> Result<Text, Error> {
    match view(v) {
        View::Atom(a) if a == atoms::NIL => Ok(Text::Made(Made::default())),
        View::Cons(_) => match list_text(vm, v) {
            Some(t) => Ok(Text::Made(t)),
            None => {
                let items = list(vm, v)?;
                for i in items {
                    match view(i) {
                        View::Unbound(_) => return Err(Error::Instantiation),
                        View::Int(n) if u32::try_from(n).ok().and_then(char::from_u32).is_none() => {
                            return Err(Error::Representation("character_code"));
                        }
                        View::Int(_) => {}
                        View::Atom(a) if the_char(vm, a).is_some() => {}
                        _ => return Err(Error::Type("character", i)),
                    }
                }
                Err(Error::Type("character_code", v))
            }
        },
        View::Unbound(_) => Err(Error::Instantiation),
        View::Atom(_) | View::Str(_) | View::Int(_) | View::Float(_) | View::Big(_) => need_text(vm, v),
        _ => Err(Error::Type("list", v)),
    }
}

/// Makes a text into something.
pub fn make(vm: &mut Vm, s: &str, form: Form) -> Value {
    match form {
        Form::Atom => vm.rt.shared.symbols.atom(s),
        Form::String => new_string(&mut vm.core.heap, s),
        Form::Codes => make_list(vm, s, |_, c| Value::small_int(c as i64)),
        Form::Chars => make_list(vm, s, |vm, c| vm.rt.shared.symbols.char_atom(c)),
    }
}

fn make_list(vm: &mut Vm, s: &str, item: impl Fn(&Vm, char) -> Value) -> Value {
    let stamp = crate::runtime::stamp(vm);
    s.chars().rev().fold(atoms::NIL, |tail, c| {
        let head = item(vm, c);
        cons(&mut vm.core.heap, stamp, head, tail)
    })
}

fn is_unbound(v: Value) -> bool {
    matches!(view(v), View::Unbound(_))
}

fn atom_text(vm: &mut Vm, a: &[Value], form: Form) -> Answer {
    if is_unbound(a[0]) {
        let t = need_list_text(vm, a[1])?;
        let v = make(vm, &t, Form::Atom);
        return unify(vm, a[0], v);
    }
    let t = match view(a[0]) {
        View::Struct(_) | View::Cons(_) => return Err(Error::Type("atomic", a[0])),
        _ => need_text(vm, a[0])?,
    };
    let v = make(vm, &t, form);
    unify(vm, a[1], v)
}

fn string_text_builtin(vm: &mut Vm, a: &[Value], form: Form) -> Answer {
    if is_unbound(a[0]) {
        let t = need_list_text(vm, a[1])?;
        let v = make(vm, &t, Form::String);
        return unify(vm, a[0], v);
    }
    let t = need_text(vm, a[0])?;
    let v = make(vm, &t, form);
    unify(vm, a[1], v)
}

fn char_code(vm: &mut Vm, a: &[Value]) -> Answer {
    match view(a[0]) {
        View::Unbound(_) => {
            let c = integer(a[1])?;
            let c = u32::try_from(c).ok().and_then(char::from_u32).ok_or(Error::Representation("character_code"))?;
            let v = vm.rt.shared.symbols.char_atom(c);
            unify(vm, a[0], v)
        }
        View::Atom(n) => match the_char(vm, n) {
            Some(c) => unify(vm, a[1], Value::small_int(c as i64)),
            None => Err(Error::Type("character", a[0])),
        },
        _ => Err(Error::Type("character", a[0])),
    }
}

fn length(vm: &mut Vm, a: &[Value]) -> Answer {
    if let View::Struct(_) | View::Cons(_) = view(a[0]) {
        return Err(Error::Type("atomic", a[0]));
    }
    let t = need_text(vm, a[0])?;
    match view(a[1]) {
        View::Unbound(_) => {}
        View::Int(i) if i < 0 => return Err(Error::Domain("not_less_than_zero", a[1])),
        View::Int(_) => {}
        _ => return Err(Error::Type("integer", a[1])),
    }
    unify(vm, a[1], Value::small_int(t.chars().count() as i64))
}

fn concat(vm: &mut Vm, a: &[Value], form: Form) -> Answer {
    let (x, y) = (need_text(vm, a[0])?, need_text(vm, a[1])?);
    super::need_room(vm, 3 * (x.len() + y.len()))?;
    let t = Made::of(&[&*x, &*y]);
    let v = make(vm, &t, form);
    if form == Form::String && !is_unbound(a[2]) {
        return Ok(*need_text(vm, a[2])? == *t);
    }
    unify(vm, a[2], v)
}

/// The number a text reads as, by the syntax of Prolog, with leading layout and a sign.
pub fn parse_number(vm: &mut Vm, s: &str) -> Option<Value> {
    let body = s.trim_start();
    let (negative, digits) = match body.strip_prefix(['-', '+']) {
        Some(rest) => (body.starts_with('-'), rest),
        None => (false, body),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit()) || digits.ends_with(|c: char| c.is_whitespace()) && !digits.starts_with("0'") {
        return None;
    }
    if digits.len() < 18 && digits.bytes().all(|b| b.is_ascii_digit()) {
        let n = digits.bytes().fold(0, |n, b| 10 * n + (b - b'0') as i64);
        return Some(vm.core.heap.int(if negative { -n } else { n }));
    }
    let source = format!("{digits} .");
    let ops = read::ops::Ops::default();
    let settings = read::Settings { ops: &ops, double_quotes: read::Quotes::Codes };
    let read::Read::Term(tree, _) = read::read_clause(&source, 0, &settings) else { return None };
    match tree.nodes.as_slice() {
        [term::Node::Number(term::Number::Int(i))] => {
            let i = if negative { -i.clone() } else { i.clone() };
            Some(crate::terms::new_big(&mut vm.core.heap, &i))
        }
        [term::Node::Number(term::Number::Float(f))] => Some(vm.core.heap.float(if negative { -f } else { *f })),
        _ => None,
    }
}

fn number_text(vm: &mut Vm, a: &[Value], form: Form) -> Answer {
    let known = match view(a[1]) {
        View::Unbound(_) => None,
        _ if is_unbound(a[0]) || structural::is_ground(a[1]) => Some(need_list_text(vm, a[1])?),
        _ => None,
    };
    if let Some(t) = known {
        let Some(n) = parse_number(vm, &t) else { return Err(Error::Syntax("illegal_number".into())) };
        return unify(vm, a[0], n);
    }
    match view(a[0]) {
        View::Int(_) | View::Big(_) | View::Float(_) => {}
        View::Unbound(_) => return Err(Error::Instantiation),
        _ => return Err(Error::Type("number", a[0])),
    }
    let t = need_text(vm, a[0])?;
    let v = make(vm, &t, form);
    unify(vm, a[1], v)
}

fn atom_number(vm: &mut Vm, a: &[Value]) -> Answer {
    if is_unbound(a[0]) {
        if is_unbound(a[1]) {
            return Err(Error::Instantiation);
        }
        if crate::evaluate::number(a[1]).is_none() {
            return Err(Error::Type("number", a[1]));
        }
        let t = need_text(vm, a[1])?;
        let v = make(vm, &t, Form::Atom);
        return unify(vm, a[0], v);
    }
    let t = need_text(vm, a[0])?;
    match parse_number(vm, &t) {
        Some(n) => unify(vm, a[1], n),
        None => Ok(false),
    }
}

fn number_string(vm: &mut Vm, a: &[Value]) -> Answer {
    if is_unbound(a[1]) {
        let t = need_text(vm, a[0])?;
        let v = make(vm, &t, Form::String);
        return unify(vm, a[1], v);
    }
    let t = need_text(vm, a[1])?;
    match parse_number(vm, t.trim()) {
        Some(n) => unify(vm, a[0], n),
        None => Ok(false),
    }
}

fn atom_string(vm: &mut Vm, a: &[Value]) -> Answer {
    if is_unbound(a[0]) {
        let t = need_text(vm, a[1])?;
        let v = make(vm, &t, Form::Atom);
        return unify(vm, a[0], v);
    }
    let t = need_text(vm, a[0])?;
    let v = make(vm, &t, Form::String);
    unify(vm, a[1], v)
}

fn string_to_atom(vm: &mut Vm, a: &[Value]) -> Answer {
    if is_unbound(a[0]) {
        return atom_string(vm, &[a[1], a[0]]);
    }
    let t = need_text(vm, a[0])?;
    let v = make(vm, &t, Form::Atom);
    unify(vm, a[1], v)
}

fn unify_text(vm: &mut Vm, a: &[Value]) -> Answer {
    if is_unbound(a[0]) && !is_unbound(a[1]) {
        let t = need_text(vm, a[1])?;
        let v = parse_term(vm, &t)?;
        return unify(vm, a[0], v);
    }
    let t = crate::write::quoted(vm, a[0]);
    let v = make(vm, &t, Form::String);
    unify(vm, a[1], v)
}

fn parse_term(vm: &mut Vm, t: &str) -> Result<Value, Error> {
    // On a line of its own, should the text end in a comment.
    let source = format!("{t}\n.");
    match crate::consult::read_term(vm, &source, 0) {
        crate::consult::Reading::Term(t, _) => Ok(t.term),
        crate::consult::Reading::End => Ok(atoms::END_OF_FILE),
        crate::consult::Reading::Error(e, _) => Err(Error::Syntax(e.message)),
    }
}

fn term_to_atom(vm: &mut Vm, a: &[Value]) -> Answer {
    if is_unbound(a[0]) && !is_unbound(a[1]) {
        let t = need_text(vm, a[1])?;
        let v = parse_term(vm, &t)?;
        return unify(vm, a[0], v);
    }
    let t = crate::write::quoted(vm, a[0]);
    let v = make(vm, &t, Form::Atom);
    unify(vm, a[1], v)
}

fn string_code(vm: &mut Vm, a: &[Value]) -> Answer {
    let i = integer(a[0])?;
    let t = need_text(vm, a[1])?;
    match usize::try_from(i - 1).ok().and_then(|i| t.chars().nth(i)) {
        Some(c) => unify(vm, a[2], Value::small_int(c as i64)),
        None => Ok(false),
    }
}

fn recase(vm: &mut Vm, a: &[Value], form: Form, upper: bool) -> Answer {
    let t = need_text(vm, a[0])?;
    super::need_room(vm, 3 * t.len())?;
    let t = if upper { t.to_uppercase() } else { t.to_lowercase() };
    let v = make(vm, &t, form);
    unify(vm, a[1], v)
}

/// `'$split'(Text, Separators, Pad, Strings)`
fn split(vm: &mut Vm, a: &[Value]) -> Answer {
    let (t, separators, pad) = (need_text(vm, a[0])?, need_text(vm, a[1])?, need_text(vm, a[2])?);
    let padding = |c: char| pad.contains(c);
    // What is padding is skipped even where it is a separator, so that adjacent ones count as one: as in SWI-Prolog.
    let mut rest = Some(t.trim_matches(padding));
    let mut parts: Vec<&str> = vec![];
    while let Some(s) = rest {
        let s = s.trim_start_matches(padding);
        let end = s.find(|c| separators.contains(c));
        parts.push(s[..end.unwrap_or(s.len())].trim_end_matches(padding));
        rest = end.map(|i| &s[i + s[i..].chars().next().map_or(1, char::len_utf8)..]);
    }
    let stamp = crate::runtime::stamp(vm);
    let mut l = atoms::NIL;
    for p in parts.iter().rev() {
        let s = new_string(&mut vm.core.heap, p);
        l = crate::terms::cons(&mut vm.core.heap, stamp, s, l);
    }
    unify(vm, a[3], l)
}

/// `'$join'(Mode, List, Separator, Atom)`: `Mode` is `join` or `split`.
fn join(vm: &mut Vm, a: &[Value]) -> Answer {
    let separator = need_text(vm, a[2])?;
    if vm.rt.shared.symbols.name(atom(a[0])?).as_ref() == "join" {
        let mut texts = vec![];
        for i in list(vm, a[1])? {
            texts.push(need_text(vm, i)?.to_string());
        }
        let len: usize = texts.iter().map(|t| t.len() + separator.len()).sum();
        super::need_room(vm, 3 * len)?;
        let v = make(vm, &texts.join(&separator), Form::Atom);
        return unify(vm, a[3], v);
    }
    let t = need_text(vm, a[3])?;
    if separator.is_empty() {
        return Err(Error::Domain("non_empty_atom", a[2]));
    }
    let items: Vec<Value> = t.split(&*separator).map(|s| vm.rt.shared.symbols.atom(s)).collect();
    let l = structural::make_list(vm, &items, atoms::NIL);
    unify(vm, a[1], l)
}

fn char_type(vm: &mut Vm, a: &[Value]) -> Answer {
    let t = need_text(vm, a[0])?;
    let code = if let View::Int(i) = view(a[0]) { u32::try_from(i).ok().and_then(char::from_u32) } else { t.chars().next() };
    let Some(c) = code else { return Ok(false) };
    let kind = atom(a[1])?;
    Ok(match vm.rt.shared.symbols.name(kind).as_ref() {
        "alpha" => c.is_alphanumeric() || c == '_',
        "alnum" => c.is_alphanumeric(),
        "csym" => c.is_alphanumeric() || c == '_',
        "csymf" => c.is_alphabetic() || c == '_',
        "digit" => c.is_ascii_digit(),
        "space" => c.is_whitespace(),
        "white" => c == ' ' || c == '\t',
        "upper" => c.is_uppercase(),
        "lower" => c.is_lowercase(),
        "punct" => !c.is_alphanumeric() && !c.is_whitespace() && !c.is_control(),
        "graph" => !c.is_whitespace() && !c.is_control(),
        "print" => !c.is_control(),
        "end_of_line" => ('\n'..='\r').contains(&c),
        "newline" => c == '\n',
        "period" => ".?!".contains(c),
        "quote" => "'\"`".contains(c),
        "paren" => "()[]{}".contains(c),
        "ascii" => c.is_ascii(),
        "cntrl" => c.is_control(),
        _ => return Err(Error::Domain("char_type", a[1])),
    })
}

fn normalize(vm: &mut Vm, a: &[Value]) -> Answer {
    let t = need_text(vm, a[0])?;
    let words: Vec<&str> = t.split_whitespace().collect();
    let v = make(vm, &words.join(" "), Form::Atom);
    unify(vm, a[1], v)
}
