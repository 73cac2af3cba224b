//! `%` formatting and the format mini-language.

use super::exception::{raise, type_error, value_error};
use super::layouts::*;
use super::{as_type, class::Known, dict, float, int, list, need_room, repr, str as string, type_name};
use crate::runtime::{PyVm, R};
use framework::Value;

/// A parsed format specification.
#[derive(Default, Clone)]
struct Spec {
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    alternate: bool,
    zero: bool,
    width: usize,
    group: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

impl Spec {
    fn need_room(&self, vm: &mut PyVm) -> R<()> {
        let digits = self.precision.unwrap_or(0);
        if self.width > isize::MAX as usize || digits > isize::MAX as usize {
            return value_error(vm, "Too many decimal digits in format string");
        }
        need_room(vm, self.width.saturating_add(if self.kind == Some('s') { 0 } else { digits }).saturating_mul(2))
    }
}

fn parse(spec: &str) -> Option<Spec> {
    let c: Vec<char> = spec.chars().collect();
    let mut s = Spec::default();
    let mut i = 0;
    if c.len() > 1 && "<>=^".contains(c[1]) {
        (s.fill, s.align) = (Some(c[0]), Some(c[1]));
        i = 2;
    } else if !c.is_empty() && "<>=^".contains(c[0]) {
        s.align = Some(c[0]);
        i = 1;
    }
    let take = |i: &mut usize, set: &str| c.get(*i).copied().filter(|x| set.contains(*x)).inspect(|_| *i += 1);
    s.sign = take(&mut i, "+- ");
    s.alternate = take(&mut i, "#").is_some();
    s.zero = take(&mut i, "0").is_some();
    let number = |i: &mut usize| {
        let start = *i;
        while c.get(*i).is_some_and(|d| d.is_ascii_digit()) {
            *i += 1;
        }
        // What does not fit has no room either.
        (*i > start).then(|| c[start..*i].iter().collect::<String>().parse().unwrap_or(usize::MAX))
    };
    s.width = number(&mut i).unwrap_or(0);
    s.group = take(&mut i, ",_");
    if take(&mut i, ".").is_some() {
        s.precision = Some(number(&mut i)?);
    }
    s.kind = c.get(i).copied();
    if c.len() > i + 1 { None } else { Some(s) }
}

fn pad(s: &Spec, sign: &str, body: String, default: char) -> String {
    let n = sign.chars().count() + body.chars().count();
    let missing = s.width.saturating_sub(n);
    let align = s.align.unwrap_or(if s.zero && default == '>' { '=' } else { default });
    let fill = s.fill.unwrap_or(if s.zero { '0' } else { ' ' });
    let f = |n: usize| fill.to_string().repeat(n);
    match align {
        '<' => format!("{sign}{body}{}", f(missing)),
        '^' => format!("{}{sign}{body}{}", f(missing / 2), f(missing - missing / 2)),
        '=' => format!("{sign}{}{body}", f(missing)),
        _ => format!("{}{sign}{body}", f(missing)),
    }
}

fn group(digits: &str, sep: char, every: usize) -> String {
    let (whole, rest) = digits.split_at(digits.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(digits.len()));
    let mut out = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % every == 0 {
            out.push(sep);
        }
        out.push(c);
    }
    out + rest
}

/// `format(v, spec)` of a value that has no `__format__` of its own.
pub fn format(vm: &mut PyVm, v: Value, spec: &str) -> R<String> {
    if spec.is_empty() {
        return repr::str_of(vm, v);
    }
    let bad = |vm: &mut PyVm| {
        let t = type_name(vm, v);
        value_error(vm, &format!("Invalid format specifier '{spec}' for object of type '{t}'"))
    };
    let Some(mut s) = parse(spec) else { return bad(vm) };
    s.need_room(vm)?;
    let unknown = |vm: &mut PyVm, k: char| {
        let t = type_name(vm, v);
        value_error(vm, &format!("Unknown format code '{k}' for object of type '{t}'"))
    };
    let is_int = int::is_integer(v);
    if is_int && !matches!(s.kind, Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%')) {
        let (base, prefix) = match s.kind {
            None | Some('d' | 'n') => (10, ""),
            Some('b') => (2, "0b"),
            Some('o') => (8, "0o"),
            Some('x') => (16, "0x"),
            Some('X') => (16, "0X"),
            Some('c') => {
                let c = int::small(v).and_then(|i| char::from_u32(i as u32)).unwrap_or('\u{fffd}');
                return Ok(pad(&s, "", c.to_string(), '<'));
            }
            Some(k) => return unknown(vm, k),
        };
        let text = int::to_radix(v, base);
        let (negative, digits) = text.strip_prefix('-').map_or((false, text.as_str()), |d| (true, d));
        let mut digits = if s.kind == Some('X') { digits.to_uppercase() } else { digits.to_string() };
        if let Some(sep) = s.group {
            digits = group(&digits, sep, if base == 10 { 3 } else { 4 });
        }
        let sign = sign_text(negative, s.sign);
        let sign = if s.alternate { format!("{sign}{prefix}") } else { sign.to_string() };
        return Ok(pad(&s, &sign, digits, '>'));
    }
    if let Some(f) = float::from_number(vm, v) {
        let f = f?;
        let (negative, mut body) = match s.kind {
            Some(k) if "eEfFgG%".contains(k) => float_text(f, k, s.precision, s.alternate),
            None => match s.precision {
                Some(p) => general(f, p.max(1), true, false),
                None => {
                    let r = float::repr(f);
                    (f.is_sign_negative() && !f.is_nan(), r.trim_start_matches('-').to_string())
                }
            },
            Some('n') => float_text(f, 'g', s.precision, false),
            Some(k) => return unknown(vm, k),
        };
        if let Some(sep) = s.group {
            body = group(&body, sep, 3);
        }
        return Ok(pad(&s, sign_text(negative, s.sign), body, '>'));
    }
    let text = match string::as_str(v) {
        Some(t) => t.to_string(),
        None => {
            let t = type_name(vm, v);
            return type_error(vm, &format!("unsupported format string passed to {t}.__format__"));
        }
    };
    if let Some(k) = s.kind.filter(|k| *k != 's') {
        return unknown(vm, k);
    }
    let text = match s.precision {
        Some(p) => text.chars().take(p).collect(),
        None => text,
    };
    s.zero = false;
    Ok(pad(&s, "", text, '<'))
}

fn sign_text(negative: bool, sign: Option<char>) -> &'static str {
    match (negative, sign) {
        (true, _) => "-",
        (_, Some('+')) => "+",
        (_, Some(' ')) => " ",
        _ => "",
    }
}

/// A float by a format letter: is it negative, and the text without sign.
fn float_text(f: f64, kind: char, precision: Option<usize>, alternate: bool) -> (bool, String) {
    let p = precision.unwrap_or(6);
    let negative = f.is_sign_negative() && !f.is_nan();
    let a = f.abs();
    let (negative, text) = match kind {
        _ if !a.is_finite() => (negative, if a.is_nan() { "nan".into() } else { "inf".into() }),
        'f' | 'F' => (negative, format!("{a:.p$}")),
        '%' => (negative, format!("{:.p$}%", a * 100.0)),
        'e' | 'E' => (negative, exponent(a, p)),
        _ => (negative, general(a, p.max(1), false, alternate).1),
    };
    (negative, if kind.is_uppercase() { text.to_uppercase() } else { text })
}

fn exponent(a: f64, p: usize) -> String {
    let s = format!("{a:.p$e}");
    let (m, e) = s.split_once('e').unwrap_or((&s, "0"));
    let e: i32 = e.parse().unwrap_or(0);
    format!("{m}e{}{:02}", if e < 0 { '-' } else { '+' }, e.abs())
}

fn general(f: f64, p: usize, repr_like: bool, alternate: bool) -> (bool, String) {
    let negative = f.is_sign_negative() && !f.is_nan();
    let a = f.abs();
    if !a.is_finite() {
        return (negative, if a.is_nan() { "nan".into() } else { "inf".into() });
    }
    let s = format!("{a:.*e}", p - 1);
    let (m, e) = s.split_once('e').unwrap_or((&s, "0"));
    let e: i32 = e.parse().unwrap_or(0);
    let digits: String = m.chars().filter(|c| *c != '.').collect();
    let digits = if alternate { digits.as_str() } else { digits.trim_end_matches('0') };
    let digits = if digits.is_empty() { "0" } else { digits };
    let limit = if repr_like { p as i32 - 1 } else { p as i32 };
    let text = if (-4..limit.max(1)).contains(&e) { float::positional(digits, e, repr_like) } else { float::scientific(digits, e) };
    (negative, text)
}

/// `text % args`.
pub fn percent(vm: &mut PyVm, text: &str, args: Value) -> R {
    let tuple = as_type(args, Tuple::TYPE);
    let items = tuple.map(|t| list::sequence(t.into()).unwrap_or_default());
    let mut used = 0;
    let mut out = String::new();
    let c: Vec<char> = text.chars().collect();
    let mut i = 0;
    while i < c.len() {
        if c[i] != '%' {
            out.push(c[i]);
            i += 1;
            continue;
        }
        i += 1;
        let mut key = None;
        if c.get(i) == Some(&'(') {
            let end = c[i..].iter().position(|x| *x == ')').map(|k| i + k);
            let Some(end) = end else { return value_error(vm, "incomplete format key") };
            key = Some(c[i + 1..end].iter().collect::<String>());
            i = end + 1;
        }
        let mut next = |vm: &mut PyVm, key: &Option<String>| -> R {
            if let Some(k) = key {
                let Some(d) = as_type(args, Dict::TYPE) else { return type_error(vm, "format requires a mapping") };
                let k = string::new_str(vm, k);
                return match dict::get(vm, d, k)? {
                    Some(v) => Ok(v),
                    None => Err(super::ops::key_error(vm, k)),
                };
            }
            let v = match items {
                Some(items) => items.get(used).copied(),
                None => (used == 0).then_some(args),
            };
            used += 1;
            match v {
                Some(v) => Ok(v),
                None => type_error(vm, "not enough arguments for format string"),
            }
        };
        let mut s = Spec::default();
        while let Some(f) = c.get(i).filter(|f| "-+ #0".contains(**f)) {
            match f {
                '-' => s.align = Some('<'),
                '+' => s.sign = Some('+'),
                ' ' => s.sign = s.sign.or(Some(' ')),
                '#' => s.alternate = true,
                _ => s.zero = true,
            }
            i += 1;
        }
        let mut number = |vm: &mut PyVm, i: &mut usize| -> R<Option<i64>> {
            if c.get(*i) == Some(&'*') {
                *i += 1;
                let v = next(vm, &None)?;
                return match v.int() {
                    Some(n) => Ok(Some(n)),
                    None => type_error(vm, "* wants int"),
                };
            }
            let start = *i;
            while c.get(*i).is_some_and(|d| d.is_ascii_digit()) {
                *i += 1;
            }
            Ok((*i > start).then(|| c[start..*i].iter().collect::<String>().parse().unwrap_or(i64::MAX)))
        };
        if let Some(w) = number(vm, &mut i)? {
            if w < 0 {
                s.align = Some('<');
            }
            s.width = w.unsigned_abs() as usize;
        }
        if c.get(i) == Some(&'.') {
            i += 1;
            s.precision = Some(number(vm, &mut i)?.unwrap_or(0).max(0) as usize);
        }
        s.need_room(vm)?;
        let Some(&k) = c.get(i) else { return value_error(vm, "incomplete format") };
        i += 1;
        if k == '%' {
            out.push('%');
            continue;
        }
        let v = next(vm, &key)?;
        let (sign, body) = match k {
            's' | 'r' | 'a' => {
                let t = if k == 's' { repr::str_of(vm, v)? } else { repr::repr(vm, v)? };
                s.zero = false;
                ("", s.precision.map_or(t.clone(), |p| t.chars().take(p).collect()))
            }
            'd' | 'i' | 'u' | 'x' | 'X' | 'o' => {
                let v = match v.float() {
                    Some(f) if k == 'd' || k == 'i' || k == 'u' => int::from_float(vm, f)?,
                    _ => v,
                };
                if !int::is_integer(v) {
                    let t = type_name(vm, v);
                    return type_error(vm, &format!("%{k} format: a real number is required, not {t}"));
                }
                let (base, prefix) = match k {
                    'x' => (16, "0x"),
                    'X' => (16, "0X"),
                    'o' => (8, "0o"),
                    _ => (10, ""),
                };
                let t = int::to_radix(v, base);
                let (negative, d) = t.strip_prefix('-').map_or((false, t.as_str()), |d| (true, d));
                let mut d = if k == 'X' { d.to_uppercase() } else { d.to_string() };
                if let Some(p) = s.precision {
                    d = format!("{}{d}", "0".repeat(p.saturating_sub(d.len())));
                }
                (sign_text(negative, s.sign), if s.alternate { format!("{prefix}{d}") } else { d })
            }
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
                let f = match float::from_number(vm, v) {
                    Some(f) => f?,
                    None => {
                        let t = type_name(vm, v);
                        return type_error(vm, &format!("must be real number, not {t}"));
                    }
                };
                let (negative, t) = float_text(f, k, s.precision, s.alternate);
                (sign_text(negative, s.sign), t)
            }
            'c' => match (string::as_str(v), v.int()) {
                (Some(t), _) if t.chars().count() == 1 => ("", t.to_string()),
                (_, Some(n)) if char::from_u32(n as u32).is_some() => ("", char::from_u32(n as u32).map(String::from).unwrap_or_default()),
                _ => return type_error(vm, "%c requires an int or a unicode character"),
            },
            _ => return value_error(vm, &format!("unsupported format character '{k}' ({:#x}) at index {}", k as u32, i - 1)),
        };
        if s.align == Some('<') {
            s.zero = false;
        }
        // Text, copies of it, and the object.
        need_room(vm, 4 * (out.len() + body.len()))?;
        out.push_str(&pad(&s, sign, body, '>'));
    }
    if items.is_some_and(|t| used < t.len()) || (items.is_none() && used == 0 && as_type(args, Dict::TYPE).is_none()) {
        return Err(raise(vm, Known::TypeError, "not all arguments converted during string formatting"));
    }
    Ok(string::new_str(vm, &out))
}

/// `bytes % args`, the bytes given as characters.
pub fn percent_bytes(vm: &mut PyVm, text: &str, args: Value) -> R {
    use crate::builtins::bytes::{as_bytes, new_bytes};
    let shown = |vm: &mut PyVm, v: Value| match as_bytes(v) {
        Some(b) => {
            let s: String = b.iter().map(|c| *c as char).collect();
            string::new_str(vm, &s)
        }
        None => v,
    };
    let args = match as_type(args, Tuple::TYPE) {
        Some(t) => {
            let items: Vec<Value> = t.elems::<Value>(Tuple::items).to_vec();
            let l = list::with_capacity(vm, items.len());
            for v in items {
                let v = shown(vm, v);
                list::push(vm, l, v)?;
            }
            list::to_tuple(vm, l)?
        }
        None => shown(vm, args),
    };
    let r = percent(vm, &text.replace("%b", "%s"), args)?;
    let b: Vec<u8> = string::as_str(r).unwrap_or("").chars().map(|c| c as u8).collect();
    Ok(new_bytes(vm, &b))
}
