//! Methods of `str`.

use super::{Args, add_methods};
use crate::objects::class::Known;
use crate::objects::exception::{raise, type_error, value_error};
use crate::objects::layouts::*;
use crate::objects::{as_type, attr, dict, int, iter, list, new_tuple, ops, str as string, type_name};
use crate::runtime::{PyVm, R};
use framework::Value;

crate::builtins! { METHODS:
    "join" join, 2, 2 => Join;
    "split" split, 1, 3, kw;
    "rsplit" rsplit, 1, 3, kw;
    "splitlines" splitlines, 1, 2, kw;
    "strip" strip, 1, 2;
    "lstrip" lstrip, 1, 2;
    "rstrip" rstrip, 1, 2;
    "lower" lower, 1, 1;
    "upper" upper, 1, 1;
    "casefold" casefold, 1, 1;
    "title" title, 1, 1;
    "capitalize" capitalize, 1, 1;
    "swapcase" swapcase, 1, 1;
    "startswith" startswith, 2, 4;
    "endswith" endswith, 2, 4;
    "replace" replace, 3, 4, kw;
    "find" find, 2, 4;
    "rfind" rfind, 2, 4;
    "index" index, 2, 4;
    "rindex" rindex, 2, 4;
    "count" count, 2, 4;
    "partition" partition, 2, 2;
    "rpartition" rpartition, 2, 2;
    "ljust" ljust, 2, 3;
    "rjust" rjust, 2, 3;
    "center" center, 2, 3;
    "zfill" zfill, 2, 2;
    "expandtabs" expandtabs, 1, 2, kw;
    "removeprefix" removeprefix, 2, 2;
    "removesuffix" removesuffix, 2, 2;
    "encode" encode, 1, 3, kw;
    "format" format, 1, usize::MAX, kw;
    "format_map" format_map, 2, 2;
    "translate" translate, 2, 2;
    "=maketrans" maketrans, 1, 3;
    "isdigit" isdigit, 1, 1;
    "isdecimal" isdecimal, 1, 1;
    "isnumeric" isnumeric, 1, 1;
    "isalpha" isalpha, 1, 1;
    "isalnum" isalnum, 1, 1;
    "isspace" isspace, 1, 1;
    "isupper" isupper, 1, 1;
    "islower" islower, 1, 1;
    "istitle" istitle, 1, 1;
    "isascii" isascii, 1, 1;
    "isidentifier" isidentifier, 1, 1;
    "isprintable" isprintable, 1, 1;
}

/// Gives the class its methods.
pub fn install(vm: &mut PyVm) {
    let class = vm.rt.class(Known::Str);
    add_methods(vm, class, METHODS);
}

fn receiver<'a>(vm: &mut PyVm, a: Args) -> R<&'a str> {
    match string::as_str(a.pos[0]) {
        Some(s) => Ok(s),
        None => {
            let t = type_name(vm, a.pos[0]);
            type_error(vm, &format!("descriptor requires a 'str' object but received a '{t}'"))
        }
    }
}
fn text<'a>(vm: &mut PyVm, v: Value, who: &str) -> R<&'a str> {
    match string::as_str(v) {
        Some(s) => Ok(s),
        None => {
            let t = type_name(vm, v);
            type_error(vm, &format!("{who} must be str, not {t}"))
        }
    }
}
fn new(vm: &mut PyVm, s: &str) -> R {
    crate::objects::need_room(vm, s.len())?;
    Ok(string::new_str(vm, s))
}

/// Start and end arguments (the first at `i`) as indices into a sequence of length `n`; the end is at most `n`.
pub fn range(vm: &mut PyVm, a: Args, i: usize, n: usize) -> R<(usize, usize)> {
    let mut at = |v: Value, default: usize| -> R<usize> {
        if v == MISSING || v == NONE {
            return Ok(default);
        }
        match ops::index_of(vm, v)? {
            Some(k) if k < 0 => Ok((k + n as i64).max(0) as usize),
            Some(k) => Ok(k as usize),
            None => type_error(vm, "slice indices must be integers or None or have an __index__ method"),
        }
    };
    let (from, to) = (at(a.get(i), 0)?, at(a.get(i + 1), n)?);
    Ok((from, to.min(n)))
}

/// The part of the receiver between the optional indices, and the character index it starts at. `None`: it starts beyond its end.
fn part<'a>(vm: &mut PyVm, a: Args) -> R<Option<(&'a str, usize)>> {
    let s = receiver(vm, a)?;
    if a.pos.len() <= 2 {
        return Ok(Some((s, 0)));
    }
    let o = as_type(a.pos[0], Str::TYPE).expect("a string");
    let (from, to) = range(vm, a, 2, o.get(Str::chars) as usize)?;
    if from > to {
        return Ok(None);
    }
    Ok(Some((&s[string::byte_offset(o, from)..string::byte_offset(o, to)], from)))
}

fn join(vm: &mut PyVm, a: Args) -> R {
    let sep = receiver(vm, a)?;
    let l = match iter::to_list(vm, a.pos[1]) {
        Ok(l) => l,
        Err(e) => {
            let direct = list::sequence(a.pos[1]).is_none() && vm.rt.exc.obj().is_some();
            if direct && a.pos[1].int().is_some() {
                crate::objects::exception::take(vm);
                return type_error(vm, "can only join an iterable");
            }
            return Err(e);
        }
    };
    let mut s = String::new();
    for (i, v) in list::items(l).iter().enumerate() {
        if s.len() + sep.len() > s.capacity() {
            // The buffer is about to grow.
            crate::objects::need_room(vm, 3 * s.capacity())?;
        }
        let Some(t) = string::as_str(*v) else {
            let t = type_name(vm, *v);
            return type_error(vm, &format!("sequence item {i}: expected str instance, {t} found"));
        };
        if i > 0 {
            s.push_str(sep);
        }
        s.push_str(t);
    }
    new(vm, &s)
}

/// Whitespace as Python counts it.
pub fn space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

fn split_at(vm: &mut PyVm, a: Args, right: bool) -> R {
    let s = receiver(vm, a)?;
    let max = int::small(a.named(2, "maxsplit")).filter(|n| *n >= 0).map_or(usize::MAX, |n| n as usize);
    let mut parts: Vec<&str> = vec![];
    match a.named(1, "sep") {
        MISSING | NONE => {
            let mut rest = if right { s.trim_end_matches(space) } else { s.trim_start_matches(space) };
            while !rest.is_empty() {
                if parts.len() == max {
                    parts.push(if right { rest.trim_end_matches(space) } else { rest });
                    break;
                }
                if right {
                    let cut = rest.char_indices().rev().find(|(_, c)| space(*c)).map_or(0, |(i, c)| i + c.len_utf8());
                    parts.push(&rest[cut..]);
                    rest = rest[..cut].trim_end_matches(space);
                } else {
                    let end = rest.find(space).unwrap_or(rest.len());
                    parts.push(&rest[..end]);
                    rest = rest[end..].trim_start_matches(space);
                }
            }
        }
        sep => {
            let Some(sep) = string::as_str(sep) else {
                let t = type_name(vm, sep);
                return type_error(vm, &format!("must be str or None, not {t}"));
            };
            if sep.is_empty() {
                return value_error(vm, "empty separator");
            }
            let n = max.saturating_add(1);
            if right { parts.extend(s.rsplitn(n, sep)) } else { parts.extend(s.splitn(n, sep)) }
        }
    }
    if right {
        parts.reverse();
    }
    let l = list::with_capacity(vm, parts.len());
    for p in parts {
        let v = string::new_str(vm, p);
        list::push(vm, l, v)?;
    }
    Ok(l.into())
}
fn split(vm: &mut PyVm, a: Args) -> R {
    split_at(vm, a, false)
}
fn rsplit(vm: &mut PyVm, a: Args) -> R {
    split_at(vm, a, true)
}
fn splitlines(vm: &mut PyVm, a: Args) -> R {
    let s = receiver(vm, a)?;
    let keep = match a.named(1, "keepends") {
        MISSING => false,
        v => ops::truth(vm, v)?,
    };
    let l = list::with_capacity(vm, 4);
    let mut start = 0;
    let mut chars = s.char_indices().peekable();
    let push = |vm: &mut PyVm, part: &str| {
        let v = string::new_str(vm, part);
        list::push(vm, l, v)
    };
    while let Some((i, c)) = chars.next() {
        if !matches!(c, '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}') {
            continue;
        }
        let mut end = i + c.len_utf8();
        if c == '\r' && chars.peek().is_some_and(|(_, c)| *c == '\n') {
            chars.next();
            end += 1;
        }
        push(vm, &s[start..if keep { end } else { i }])?;
        start = end;
    }
    if start < s.len() {
        push(vm, &s[start..])?;
    }
    Ok(l.into())
}
fn stripped(vm: &mut PyVm, a: Args, left: bool, right: bool) -> R {
    let s = receiver(vm, a)?;
    let set: Option<Vec<char>> = match a.get(1) {
        MISSING | NONE => None,
        v => match string::as_str(v) {
            Some(s) => Some(s.chars().collect()),
            None => {
                let name = if left && right {
                    "strip"
                } else if left {
                    "lstrip"
                } else {
                    "rstrip"
                };
                return type_error(vm, &format!("{name} arg must be None or str"));
            }
        },
    };
    let gone = |c: char| set.as_ref().map_or(space(c), |s| s.contains(&c));
    let mut t = s;
    if left {
        t = t.trim_start_matches(gone);
    }
    if right {
        t = t.trim_end_matches(gone);
    }
    if t.len() == s.len() && a.pos[0].as_obj().is(Str::TYPE) { Ok(a.pos[0]) } else { new(vm, t) }
}
fn strip(vm: &mut PyVm, a: Args) -> R {
    stripped(vm, a, true, true)
}
fn lstrip(vm: &mut PyVm, a: Args) -> R {
    stripped(vm, a, true, false)
}
fn rstrip(vm: &mut PyVm, a: Args) -> R {
    stripped(vm, a, false, true)
}
fn lower(vm: &mut PyVm, a: Args) -> R {
    let s = receiver(vm, a)?.to_lowercase();
    new(vm, &s)
}
fn upper(vm: &mut PyVm, a: Args) -> R {
    let s = receiver(vm, a)?.to_uppercase();
    new(vm, &s)
}
fn casefold(vm: &mut PyVm, a: Args) -> R {
    let s = receiver(vm, a)?.to_lowercase().replace('ß', "ss").replace('ς', "σ");
    new(vm, &s)
}
fn cased(c: char) -> bool {
    c.is_lowercase() || c.is_uppercase()
}
fn title(vm: &mut PyVm, a: Args) -> R {
    let mut inside = false;
    let mut s = String::new();
    for c in receiver(vm, a)?.chars() {
        if inside {
            s.extend(c.to_lowercase())
        } else {
            s.push_str(&titled(c))
        }
        inside = cased(c);
    }
    new(vm, &s)
}
fn titled(c: char) -> String {
    let mut up: String = c.to_uppercase().collect();
    // Digraphs and ligatures get one capital: the rest is lower case.
    if up.chars().count() > 1 {
        let mut i = up.chars();
        let first = i.next().unwrap_or(c);
        up = std::iter::once(first).chain(i.flat_map(char::to_lowercase)).collect();
    }
    up
}
fn capitalize(vm: &mut PyVm, a: Args) -> R {
    let mut chars = receiver(vm, a)?.chars();
    let s = chars.next().map_or(String::new(), titled) + &chars.as_str().to_lowercase();
    new(vm, &s)
}
fn swapcase(vm: &mut PyVm, a: Args) -> R {
    let mut s = String::new();
    for c in receiver(vm, a)?.chars() {
        if c.is_uppercase() { s.extend(c.to_lowercase()) } else { s.extend(c.to_uppercase()) }
    }
    new(vm, &s)
}
fn affix(vm: &mut PyVm, a: Args, end: bool) -> R {
    let Some((s, _)) = part(vm, a)? else { return Ok(FALSE) };
    let options = as_type(a.pos[1], Tuple::TYPE).map_or(vec![a.pos[1]], |t| t.elems(Tuple::items).to_vec());
    for o in options {
        let Some(t) = string::as_str(o) else {
            let (t, name) = (type_name(vm, o), if end { "endswith" } else { "startswith" });
            return type_error(vm, &format!("{name} first arg must be str or a tuple of str, not {t}"));
        };
        if if end { s.ends_with(t) } else { s.starts_with(t) } {
            return Ok(TRUE);
        }
    }
    Ok(FALSE)
}
fn startswith(vm: &mut PyVm, a: Args) -> R {
    affix(vm, a, false)
}
fn endswith(vm: &mut PyVm, a: Args) -> R {
    affix(vm, a, true)
}
fn replace(vm: &mut PyVm, a: Args) -> R {
    let (s, from, to) = (receiver(vm, a)?, text(vm, a.pos[1], "replace() argument 1")?, text(vm, a.pos[2], "replace() argument 2")?);
    if to.len() > from.len() {
        let most = int::small(a.named(3, "count")).map_or(usize::MAX, |n| n.max(0) as usize);
        let found = if s.len() * to.len() < 1 << 20 { 0 } else { s.matches(from).take(most).count() };
        crate::objects::need_room(vm, s.len().saturating_add(found.saturating_mul(to.len())).saturating_mul(2))?;
    }
    let s = match int::small(a.named(3, "count")).filter(|n| *n >= 0) {
        Some(n) => s.replacen(from, to, n as usize),
        None => s.replace(from, to),
    };
    new(vm, &s)
}
fn search(vm: &mut PyVm, a: Args, name: &str, last: bool) -> R<i64> {
    let Some(t) = string::as_str(a.pos[1]) else {
        let t = type_name(vm, a.pos[1]);
        return type_error(vm, &format!("{name}() argument 1 must be str, not {t}"));
    };
    let Some((s, from)) = part(vm, a)? else { return Ok(-1) };
    let at = if last { s.rfind(t) } else { s.find(t) };
    Ok(at.map_or(-1, |b| (from + if s.is_ascii() { b } else { s[..b].chars().count() }) as i64))
}
fn find(vm: &mut PyVm, a: Args) -> R {
    search(vm, a, "find", false).map(Value::small_int)
}
fn rfind(vm: &mut PyVm, a: Args) -> R {
    search(vm, a, "rfind", true).map(Value::small_int)
}
fn index(vm: &mut PyVm, a: Args) -> R {
    match search(vm, a, "index", false)? {
        -1 => value_error(vm, "substring not found"),
        i => Ok(Value::small_int(i)),
    }
}
fn rindex(vm: &mut PyVm, a: Args) -> R {
    match search(vm, a, "rindex", true)? {
        -1 => value_error(vm, "substring not found"),
        i => Ok(Value::small_int(i)),
    }
}
fn count(vm: &mut PyVm, a: Args) -> R {
    let t = text(vm, a.pos[1], "count() argument 1")?;
    let Some((s, _)) = part(vm, a)? else { return Ok(Value::small_int(0)) };
    Ok(Value::small_int(if t.is_empty() { s.chars().count() + 1 } else { s.matches(t).count() } as i64))
}
fn parts(vm: &mut PyVm, a: Args, last: bool) -> R {
    let (s, sep) = (receiver(vm, a)?, text(vm, a.pos[1], "partition() argument")?);
    if sep.is_empty() {
        return value_error(vm, "empty separator");
    }
    let at = if last { s.rfind(sep) } else { s.find(sep) };
    let (x, y, z) = match at {
        Some(i) => (&s[..i], sep, &s[i + sep.len()..]),
        None if last => ("", "", s),
        None => (s, "", ""),
    };
    let (x, y, z) = (string::new_str(vm, x), string::new_str(vm, y), string::new_str(vm, z));
    Ok(new_tuple(vm, &[x, y, z]))
}
fn partition(vm: &mut PyVm, a: Args) -> R {
    parts(vm, a, false)
}
fn rpartition(vm: &mut PyVm, a: Args) -> R {
    parts(vm, a, true)
}
/// How many characters or bytes a text is to be made wide; there is room for them.
pub fn width(vm: &mut PyVm, v: Value) -> R<usize> {
    let Some(width) = ops::index_of(vm, v)? else {
        let t = type_name(vm, v);
        return type_error(vm, &format!("'{t}' object cannot be interpreted as an integer"));
    };
    if int::as_big(v).is_some() {
        return Err(raise(vm, Known::OverflowError, "Python int too large to convert to C ssize_t"));
    }
    let width = width.max(0) as usize;
    crate::objects::need_room(vm, width.saturating_mul(2))?;
    Ok(width)
}
fn justify(vm: &mut PyVm, a: Args, left: fn(usize, usize) -> usize) -> R {
    let s = receiver(vm, a)?;
    let width = width(vm, a.pos[1])?;
    let fill = match a.get(2) {
        MISSING => " ",
        v => text(vm, v, "The fill character")?,
    };
    if fill.chars().count() != 1 {
        return type_error(vm, "The fill character must be exactly one character long");
    }
    let missing = width.saturating_sub(s.chars().count());
    let l = left(missing, width);
    let s = format!("{}{s}{}", fill.repeat(l), fill.repeat(missing - l));
    new(vm, &s)
}
fn ljust(vm: &mut PyVm, a: Args) -> R {
    justify(vm, a, |_, _| 0)
}
fn rjust(vm: &mut PyVm, a: Args) -> R {
    justify(vm, a, |m, _| m)
}
fn center(vm: &mut PyVm, a: Args) -> R {
    justify(vm, a, |m, w| m / 2 + (m & w & 1))
}
fn zfill(vm: &mut PyVm, a: Args) -> R {
    let s = receiver(vm, a)?;
    let width = width(vm, a.pos[1])?;
    let (sign, digits) = if s.starts_with(['+', '-']) { s.split_at(1) } else { ("", s) };
    let s = format!("{sign}{}{digits}", "0".repeat(width.saturating_sub(s.chars().count())));
    new(vm, &s)
}

/// Tabs as spaces.
pub fn expand(s: &str, size: usize) -> String {
    let (mut out, mut column) = (String::new(), 0);
    for c in s.chars() {
        match c {
            '\t' if size > 0 => {
                let n = size - column % size;
                out.push_str(&" ".repeat(n));
                column += n;
            }
            '\t' => {}
            '\n' | '\r' => {
                out.push(c);
                column = 0;
            }
            c => {
                out.push(c);
                column += 1;
            }
        }
    }
    out
}
fn expandtabs(vm: &mut PyVm, a: Args) -> R {
    let s = receiver(vm, a)?;
    let size = int::small(a.named(1, "tabsize")).unwrap_or(8).max(0) as usize;
    let s = expand(s, size);
    new(vm, &s)
}
fn removeprefix(vm: &mut PyVm, a: Args) -> R {
    let (s, t) = (receiver(vm, a)?, text(vm, a.pos[1], "removeprefix() argument")?);
    new(vm, s.strip_prefix(t).unwrap_or(s))
}
fn removesuffix(vm: &mut PyVm, a: Args) -> R {
    let (s, t) = (receiver(vm, a)?, text(vm, a.pos[1], "removesuffix() argument")?);
    new(vm, if t.is_empty() { s } else { s.strip_suffix(t).unwrap_or(s) })
}
fn encode(vm: &mut PyVm, a: Args) -> R {
    let s = receiver(vm, a)?;
    let b = super::bytes::encode(vm, a.pos[0], s, a.named(1, "encoding"), a.named(2, "errors"))?;
    Ok(super::bytes::new_bytes(vm, &b))
}
fn translate(vm: &mut PyVm, a: Args) -> R {
    let s = receiver(vm, a)?;
    let mut out = String::new();
    for c in s.chars() {
        let k = Value::small_int(c as i64);
        let v = match ops::get_item(vm, a.pos[1], k) {
            Ok(v) => v,
            Err(e) => {
                if crate::objects::exception::catch(vm, Known::LookupError).is_none() {
                    return Err(e);
                }
                out.push(c);
                continue;
            }
        };
        if v == NONE {
            continue;
        }
        match (string::as_str(v), int::small(v).and_then(|i| char::from_u32(i as u32))) {
            (Some(t), _) => out.push_str(t),
            (_, Some(c)) => out.push(c),
            _ => return type_error(vm, "character mapping must return integer, None or str"),
        }
    }
    new(vm, &out)
}
fn maketrans(vm: &mut PyVm, a: Args) -> R {
    let d = dict::new(vm);
    if let [from, to, ..] = a.pos[..] {
        let (f, t) = (text(vm, from, "maketrans() argument 1")?, text(vm, to, "maketrans() argument 2")?);
        if f.chars().count() != t.chars().count() {
            return value_error(vm, "the first two maketrans arguments must have equal length");
        }
        for (x, y) in f.chars().zip(t.chars()) {
            dict::set(vm, d, Value::small_int(x as i64), Value::small_int(y as i64))?;
        }
        if let Some(gone) = string::as_str(a.get(2)) {
            for c in gone.chars() {
                dict::set(vm, d, Value::small_int(c as i64), NONE)?;
            }
        }
        return Ok(d.into());
    }
    let Some(from) = as_type(a.pos[0], Dict::TYPE) else {
        return type_error(vm, "if you give only one argument to maketrans it must be a dict");
    };
    for (k, v) in dict::pairs(from).collect::<Vec<_>>() {
        let k = match string::as_str(k) {
            Some(s) if s.chars().count() == 1 => Value::small_int(s.chars().next().map_or(0, |c| c as i64)),
            Some(_) => return value_error(vm, "string keys in translate table must be of length 1"),
            None => k,
        };
        dict::set(vm, d, k, v)?;
    }
    Ok(d.into())
}

fn all(vm: &mut PyVm, a: Args, f: impl Fn(char) -> bool) -> R {
    let s = receiver(vm, a)?;
    Ok(bool_value(!s.is_empty() && s.chars().all(f)))
}
/// A decimal digit of any script.
pub fn decimal(c: char) -> bool {
    c.is_ascii_digit() || (!c.is_ascii() && c.is_numeric() && unicode_digit(c))
}
fn unicode_digit(c: char) -> bool {
    const ZEROS: &[u32] = &[
        0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20, 0x1040, 0x17e0, 0x1810,
        0xff10, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6,
    ];
    ZEROS.iter().any(|z| (*z..z + 10).contains(&(c as u32)))
}
fn isdigit(vm: &mut PyVm, a: Args) -> R {
    all(vm, a, |c| decimal(c) || matches!(c, '²' | '³' | '¹' | '⁰' | '⁴'..='⁹' | '₀'..='₉' | '①'..='⑨'))
}
fn isdecimal(vm: &mut PyVm, a: Args) -> R {
    all(vm, a, decimal)
}
fn isnumeric(vm: &mut PyVm, a: Args) -> R {
    all(vm, a, char::is_numeric)
}
fn isalpha(vm: &mut PyVm, a: Args) -> R {
    all(vm, a, char::is_alphabetic)
}
fn isalnum(vm: &mut PyVm, a: Args) -> R {
    all(vm, a, char::is_alphanumeric)
}
fn isspace(vm: &mut PyVm, a: Args) -> R {
    all(vm, a, space)
}
fn isupper(vm: &mut PyVm, a: Args) -> R {
    let s = receiver(vm, a)?;
    Ok(bool_value(s.chars().any(char::is_uppercase) && !s.chars().any(char::is_lowercase)))
}
fn islower(vm: &mut PyVm, a: Args) -> R {
    let s = receiver(vm, a)?;
    Ok(bool_value(s.chars().any(char::is_lowercase) && !s.chars().any(char::is_uppercase)))
}
fn istitle(vm: &mut PyVm, a: Args) -> R {
    let (mut inside, mut any) = (false, false);
    for c in receiver(vm, a)?.chars() {
        if (c.is_uppercase() && inside) || (c.is_lowercase() && !inside) {
            return Ok(FALSE);
        }
        inside = cased(c);
        any |= inside;
    }
    Ok(bool_value(any))
}
fn isascii(vm: &mut PyVm, a: Args) -> R {
    let s = receiver(vm, a)?;
    Ok(bool_value(s.is_ascii()))
}
fn isidentifier(vm: &mut PyVm, a: Args) -> R {
    let s = receiver(vm, a)?;
    let start = s.starts_with(|c: char| c == '_' || c.is_alphabetic());
    Ok(bool_value(start && s.chars().all(|c| c == '_' || c.is_alphanumeric())))
}
fn isprintable(vm: &mut PyVm, a: Args) -> R {
    let s = receiver(vm, a)?;
    Ok(bool_value(s.chars().all(crate::objects::repr::printable)))
}

// ---- str.format

fn format(vm: &mut PyVm, a: Args) -> R {
    let s = receiver(vm, a)?;
    let mut auto = Numbering::Unknown;
    let out = formatted(
        vm,
        s,
        &a.pos[1..],
        &mut |vm, k| {
            let v = a.keyword(k);
            if v != MISSING {
                return Ok(v);
            }
            let k = string::new_str(vm, k);
            Err(ops::key_error(vm, k))
        },
        &mut auto,
        2,
    )?;
    new(vm, &out)
}
fn format_map(vm: &mut PyVm, a: Args) -> R {
    let s = receiver(vm, a)?;
    let mut auto = Numbering::Unknown;
    let out = formatted(
        vm,
        s,
        &[],
        &mut |vm, k| {
            let k = string::new_str(vm, k);
            ops::get_item(vm, a.pos[1], k)
        },
        &mut auto,
        2,
    )?;
    new(vm, &out)
}

/// How fields are numbered: not known yet, by hand, or by themselves (the next number).
enum Numbering {
    Unknown,
    Manual,
    Auto(usize),
}

type Lookup<'a> = dyn FnMut(&mut PyVm, &str) -> R + 'a;

fn formatted(vm: &mut PyVm, s: &str, pos: &[Value], named: &mut Lookup<'_>, auto: &mut Numbering, depth: u32) -> R<String> {
    if depth == 0 {
        return value_error(vm, "Max string recursion exceeded");
    }
    let mut out = String::new();
    let mut rest = s;
    while let Some(i) = rest.find(['{', '}']) {
        out.push_str(&rest[..i]);
        let brace = &rest[i..i + 1];
        if rest[i + 1..].starts_with(brace) {
            out.push_str(brace);
            rest = &rest[i + 2..];
            continue;
        }
        if brace == "}" {
            return value_error(vm, "Single '}' encountered in format string");
        }
        rest = &rest[i + 1..];
        if rest.is_empty() {
            return value_error(vm, "Single '{' encountered in format string");
        }
        let (mut level, mut end, mut bracket) = (1, None, false);
        for (j, c) in rest.char_indices() {
            match c {
                '[' if level == 1 => bracket = true,
                ']' => bracket = false,
                '{' if !bracket => level += 1,
                '}' if !bracket => {
                    level -= 1;
                    if level == 0 {
                        end = Some(j);
                        break;
                    }
                }
                _ => {}
            }
        }
        let Some(end) = end else { return value_error(vm, "expected '}' before end of string") };
        let field = &rest[..end];
        rest = &rest[end + 1..];
        let mut bracket = false;
        let cut = field.find(|c: char| {
            bracket = (bracket || c == '[') && c != ']';
            !bracket && (c == '!' || c == ':')
        });
        let (name, tail) = field.split_at(cut.unwrap_or(field.len()));
        let (conversion, spec) = match tail.strip_prefix('!') {
            Some(t) => {
                let c = t.chars().next();
                let after = &t[c.map_or(0, char::len_utf8)..];
                let n = match c {
                    Some('s') => 1,
                    Some('r') => 2,
                    Some('a') => 3,
                    Some(c) => return value_error(vm, &format!("Unknown conversion specifier '{c}'")),
                    None => return value_error(vm, "end of string while looking for conversion specifier"),
                };
                match after.strip_prefix(':') {
                    Some(s) => (n, s),
                    None if after.is_empty() => (n, ""),
                    None => return value_error(vm, "expected ':' after conversion specifier"),
                }
            }
            None => (0, tail.strip_prefix(':').unwrap_or("")),
        };
        let v = field_value(vm, name, pos, named, auto)?;
        let spec = formatted(vm, spec, pos, named, auto, depth - 1)?;
        let spec = if spec.is_empty() { NONE } else { string::new_str(vm, &spec) };
        let r = super::format_field(vm, v, spec, conversion)?;
        out.push_str(string::as_str(r).unwrap_or(""));
    }
    out.push_str(rest);
    Ok(out)
}

fn field_value(vm: &mut PyVm, name: &str, pos: &[Value], named: &mut Lookup<'_>, auto: &mut Numbering) -> R {
    let end = name.find(['.', '[']).unwrap_or(name.len());
    let (first, mut rest) = name.split_at(end);
    let index = match (first, &auto) {
        ("", Numbering::Manual) => return value_error(vm, "cannot switch from manual field specification to automatic field numbering"),
        ("", Numbering::Auto(n)) => Some(*n),
        ("", _) => Some(0),
        (f, _) => f.parse::<usize>().ok(),
    };
    if let Some(n) = index {
        *auto = match (first.is_empty(), &auto) {
            (true, _) => Numbering::Auto(n + 1),
            (_, Numbering::Auto(_)) => return value_error(vm, "cannot switch from automatic field numbering to manual field specification"),
            _ => Numbering::Manual,
        };
    }
    let mut v = match index {
        Some(n) => match pos.get(n) {
            Some(v) => *v,
            None => {
                return Err(crate::objects::exception::raise(
                    vm,
                    Known::IndexError,
                    &format!("Replacement index {n} out of range for positional args tuple"),
                ));
            }
        },
        None => named(vm, first)?,
    };
    while !rest.is_empty() {
        if let Some(r) = rest.strip_prefix('.') {
            let end = r.find(['.', '[']).unwrap_or(r.len());
            if end == 0 {
                return value_error(vm, "Empty attribute in format string");
            }
            let n = crate::runtime::intern(vm, &r[..end]);
            v = attr::get(vm, v, n)?;
            rest = &r[end..];
        } else if let Some(r) = rest.strip_prefix('[') {
            let Some(end) = r.find(']') else { return value_error(vm, "Missing ']' in format string") };
            let key = match r[..end].parse::<i64>() {
                Ok(i) if !r.starts_with(['-', '+']) => Value::small_int(i),
                _ => string::new_str(vm, &r[..end]),
            };
            v = ops::get_item(vm, v, key)?;
            rest = &r[end + 1..];
        } else {
            return value_error(vm, "Only '.' or '[' may follow ']' in format field specifier");
        }
    }
    Ok(v)
}
