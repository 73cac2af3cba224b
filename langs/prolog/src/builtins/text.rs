//! Atoms, strings, characters and numbers as text.

use super::{Answer, Builtin, atom, integer, list, unify};
use crate::errors::Error;
use crate::read::{self, term};
use crate::runtime::Machine as Vm;
use crate::structural;
use crate::symbols::atoms;
use crate::terms::{View, big, new_string, string_text, view, view_at};
use framework::Value;

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
    ("$sub_text", 4, sub_text),
    ("$split", 4, split),
    ("$join", 4, |vm, a| join(vm, a)),
    ("text_concat", 3, |vm, a| concat(vm, a, Form::Atom)),
    ("$char_type", 2, char_type),
    ("term_to_atom", 2, term_to_atom),
    ("normalize_space_atom", 2, normalize),
];

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Atom,
    String,
    Codes,
    Chars,
}

/// The text of an atom, string, number, or list of codes or characters. `None` if it is none of these.
pub fn text(vm: &mut Vm, v: Value) -> Option<String> {
    Some(match view(v) {
        View::Atom(a) => vm.rt.shared.symbols.name(a).to_string(),
        View::Str(o) => string_text(o).to_string(),
        View::Int(i) => i.to_string(),
        View::Big(o) => big(o).to_string(),
        View::Float(f) => crate::write::float_text(f),
        View::Cons(_) => return list_text(vm, v),
        _ => return None,
    })
}

fn list_text(vm: &mut Vm, v: Value) -> Option<String> {
    let mut out = String::new();
    let mut now = view(v);
    loop {
        match now {
            View::Cons(o) => {
                match view_at(o, 8) {
                    View::Int(i) => out.push(char::from_u32(u32::try_from(i).ok()?)?),
                    View::Atom(a) => {
                        let name = vm.rt.shared.symbols.name(a);
                        let mut chars = name.chars();
                        match (chars.next(), chars.next()) {
                            (Some(c), None) => out.push(c),
                            _ => return None,
                        }
                    }
                    _ => return None,
                }
                now = view_at(o, 16);
            }
            View::Atom(a) if a == atoms::NIL => return Some(out),
            _ => return None,
        }
    }
}

/// The text of an argument, or the error that it has none. `[]` is the empty list.
fn need_text(vm: &mut Vm, v: Value) -> Result<String, Error> {
    if let View::Unbound(_) = view(v) {
        return Err(Error::Instantiation);
    }
    match text(vm, v) {
        Some(t) => Ok(t),
        None if structural::is_ground(v) => Err(Error::Type("atomic", v)),
        None => Err(Error::Instantiation),
    }
}

/// As `need_text` where the argument is a list.
fn need_list_text(vm: &mut Vm, v: Value) -> Result<String, Error> {
    match view(v) {
        View::Atom(a) if a == atoms::NIL => Ok(String::new()),
        View::Cons(_) => match list_text(vm, v) {
            Some(t) => Ok(t),
            None => {
                let items = list(vm, v)?;
                for i in items {
                    match view(i) {
                        View::Unbound(_) => return Err(Error::Instantiation),
                        View::Int(n) if u32::try_from(n).ok().and_then(char::from_u32).is_none() => {
                            return Err(Error::Representation("character_code"));
                        }
                        View::Int(_) => {}
                        View::Atom(a) if vm.rt.shared.symbols.name(a).chars().count() == 1 => {}
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

fn make(vm: &mut Vm, s: &str, form: Form) -> Value {
    match form {
        Form::Atom => vm.rt.shared.symbols.atom(s),
        Form::String => new_string(&mut vm.core.heap, s),
        Form::Codes => {
            let items: Vec<Value> = s.chars().map(|c| Value::small_int(c as i64)).collect();
            structural::make_list(vm, &items, atoms::NIL)
        }
        Form::Chars => {
            let items: Vec<Value> = s.chars().map(|c| vm.rt.shared.symbols.char_atom(c)).collect();
            structural::make_list(vm, &items, atoms::NIL)
        }
    }
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
        View::Atom(n) => {
            let name = vm.rt.shared.symbols.name(n);
            let mut chars = name.chars();
            match (chars.next(), chars.next()) {
                (Some(c), None) => unify(vm, a[1], Value::small_int(c as i64)),
                _ => Err(Error::Type("character", a[0])),
            }
        }
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
    let t = need_text(vm, a[0])? + &need_text(vm, a[1])?;
    let v = make(vm, &t, form);
    if form == Form::String && !is_unbound(a[2]) {
        return Ok(need_text(vm, a[2])? == t);
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
    let source = format!("{t} .");
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
    let t = if upper { t.to_uppercase() } else { t.to_lowercase() };
    let v = make(vm, &t, form);
    unify(vm, a[1], v)
}

/// `'$sub_text'(Text, Sub, IsString, Solutions)`: all `s(Before, Length, After)` at which `Sub` occurs or, if `Sub` is `s(B, L, A)`,
/// that fit what of `B`, `L` and `A` is known, as `s(B, L, A, Sub)`.
fn sub_text(vm: &mut Vm, a: &[Value]) -> Answer {
    let t = need_text(vm, a[0])?;
    let form = if view(a[2]) == View::Atom(atoms::TRUE_) { Form::String } else { Form::Atom };
    let n = t.chars().count();
    let offsets: Vec<usize> = t.char_indices().map(|(i, _)| i).chain([t.len()]).collect();
    let mut found: Vec<(usize, usize)> = vec![];
    let pattern = match view(a[1]) {
        View::Struct(o) if o.len() == 3 => Some(o),
        _ => None,
    };
    match pattern {
        None => {
            let sub = need_text(vm, a[1])?;
            let l = sub.chars().count();
            for (i, &at) in offsets.iter().enumerate() {
                if t[at..].starts_with(&sub) {
                    found.push((i, l));
                }
            }
        }
        Some(o) => {
            let mut known = [None; 3];
            for (i, k) in known.iter_mut().enumerate() {
                *k = match view_at(o, crate::terms::STRUCT_ARGS + 8 * i) {
                    View::Int(x) if x < 0 => return Ok(false),
                    View::Int(x) => Some(x as usize),
                    View::Unbound(_) => None,
                    _ => {
                        let culprit = crate::terms::cell(&mut vm.core.heap, o, i);
                        return Err(Error::Type("integer", culprit));
                    }
                };
            }
            match known {
                [Some(b), Some(l), _] if b + l <= n => found.push((b, l)),
                [Some(b), None, Some(x)] if b + x <= n => found.push((b, n - b - x)),
                [None, Some(l), Some(x)] if l + x <= n => found.push((n - l - x, l)),
                [Some(b), None, None] if b <= n => found.extend((0..=n - b).map(|l| (b, l))),
                [None, Some(l), None] if l <= n => found.extend((0..=n - l).map(|b| (b, l))),
                [None, None, Some(x)] if x <= n => found.extend((0..=n - x).map(|b| (b, n - x - b))),
                [None, None, None] => found.extend((0..=n).flat_map(|b| (0..=n - b).map(move |l| (b, l)))),
                _ => {}
            }
            found.retain(|&(b, l)| known[2].is_none_or(|x| b + l + x == n));
        }
    }
    let name = vm.rt.shared.symbols.atom("s");
    let mut solutions = atoms::NIL;
    let stamp = crate::runtime::stamp(vm);
    for (b, l) in found.into_iter().rev() {
        let int = |i: usize| Value::small_int(i as i64);
        let s = if pattern.is_some() {
            let sub = make(vm, &t[offsets[b]..offsets[b + l]], form);
            crate::errors::compound_of(vm, name, &[int(b), int(l), int(n - b - l), sub])
        } else {
            crate::errors::compound_of(vm, name, &[int(b), int(l), int(n - b - l)])
        };
        solutions = crate::terms::cons(&mut vm.core.heap, stamp, s, solutions);
    }
    unify(vm, a[3], solutions)
}

/// `'$split'(Text, Separators, Pad, Strings)`
fn split(vm: &mut Vm, a: &[Value]) -> Answer {
    let (t, separators, pad) = (need_text(vm, a[0])?, need_text(vm, a[1])?, need_text(vm, a[2])?);
    let strip = |s: &str| s.trim_matches(|c| pad.contains(c)).to_owned();
    let parts: Vec<String> = if separators.is_empty() { vec![strip(&t)] } else { t.split(|c| separators.contains(c)).map(strip).collect() };
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
            texts.push(need_text(vm, i)?);
        }
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
        "space" | "white" => c.is_whitespace(),
        "upper" => c.is_uppercase(),
        "lower" => c.is_lowercase(),
        "punct" => c.is_ascii_punctuation(),
        "graph" => !c.is_whitespace() && !c.is_control(),
        "print" => !c.is_control(),
        "end_of_line" => c == '\n' || c == '\r',
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
