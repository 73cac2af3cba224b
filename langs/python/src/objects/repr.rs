//! `repr()` and `str()`.

use super::attr::call_special;
use super::class::as_class;
use super::layouts::*;
use super::{dict, exception, float, int, list, ops, str as string, type_name};
use crate::names;
use crate::runtime::{PyVm, R};
use framework::{Obj, Value};

/// `str(v)`.
pub fn str_of(vm: &mut PyVm, v: Value) -> R<String> {
    if let Some(o) = v.obj().filter(|o| o.is(Str::TYPE)) {
        return Ok(string::text(o).to_string());
    }
    if ops::is_instance(v) {
        ops::enter(vm)?;
        if let Some(r) = call_special(vm, v, names::STR, &[])? {
            return expect_str(vm, r, "__str__");
        }
        if super::class_of(vm, v).exception {
            return exception::message(vm, v.as_obj());
        }
    }
    repr(vm, v)
}

fn expect_str(vm: &mut PyVm, r: Value, who: &str) -> R<String> {
    match string::as_str(r) {
        Some(s) => Ok(s.to_string()),
        None => {
            let t = type_name(vm, r);
            exception::type_error(vm, &format!("{who} returned non-string (type {t})"))
        }
    }
}

/// `repr(v)`.
pub fn repr(vm: &mut PyVm, v: Value) -> R<String> {
    if v.int().is_some() || v.obj().is_some_and(|o| o.is(BigInt::TYPE)) {
        return Ok(int::to_radix(v, 10));
    }
    if let Some(f) = v.float() {
        return Ok(float::repr(f));
    }
    let Some(o) = v.obj() else {
        return Ok(match v {
            TRUE => "True",
            FALSE => "False",
            NOT_IMPLEMENTED => "NotImplemented",
            ELLIPSIS => "Ellipsis",
            _ => "None",
        }
        .into());
    };
    if matches!(o.type_id(), Str::ID | Bytes::ID) {
        super::need_room(vm, 4 * o.len())?;
    }
    Ok(match o.type_id() {
        Str::ID => quote(string::text(o)),
        Bytes::ID => quote_bytes(o.bytes(Bytes::data)),
        ByteArray::ID => format!("bytearray({})", quote_bytes(crate::builtins::bytes::as_bytes(v).unwrap_or_default())),
        List::ID | Tuple::ID | Dict::ID | Set::ID | FrozenSet::ID | DictView::ID => {
            if vm.rt.printing.contains(&o) {
                return Ok(match o.type_id() {
                    Dict::ID => "{...}",
                    List::ID => "[...]",
                    _ => "(...)",
                }
                .into());
            }
            ops::enter(vm)?;
            vm.rt.printing.push(o);
            let r = container(vm, o);
            vm.rt.printing.pop();
            r?
        }
        Range::ID => {
            let (a, b, s) = (o.get(Range::start), o.get(Range::stop), o.get(Range::step));
            if s == 1 { format!("range({a}, {b})") } else { format!("range({a}, {b}, {s})") }
        }
        Slice::ID => {
            let (a, b, s) = (repr(vm, o.get(Slice::start))?, repr(vm, o.get(Slice::stop))?, repr(vm, o.get(Slice::step))?);
            format!("slice({a}, {b}, {s})")
        }
        ClassObj::ID => {
            if ops::is_instance(v)
                && let Some(r) = call_special(vm, v, names::REPR, &[])?
            {
                return expect_str(vm, r, "__repr__");
            }
            class(v)
        }
        Function::ID => format!("<function {} at {:#x}>", ops::function_code(o).qualname, o.0),
        Builtin::ID if o.get(Builtin::receiver) == NONE => format!("<method '{}'>", crate::builtins::def_of(o).plain_name()),
        Builtin::ID => format!("<built-in function {}>", crate::builtins::def_of(o).plain_name()),
        BoundMethod::ID => {
            let (f, r) = (o.get(BoundMethod::func), o.get(BoundMethod::receiver));
            if let Some(b) = f.obj().filter(|f| f.is(Builtin::TYPE)) {
                let (n, t) = (crate::builtins::def_of(b).plain_name(), type_name(vm, r));
                return Ok(format!("<built-in method {n} of {t} object at {:#x}>", r.obj().map_or(0, |o| o.0)));
            }
            let name = match super::attr::find(vm, f, names::QUALNAME)? {
                Some(n) => str_of(vm, n)?,
                None => "?".into(),
            };
            format!("<bound method {name} of {}>", repr(vm, r)?)
        }
        ModuleObj::ID => {
            let m = super::attr::module_data(o);
            match m.value(names::FILE).and_then(string::as_str) {
                Some(f) => format!("<module '{}' from {}>", m.name, quote(f)),
                None => format!("<module '{}' (built-in)>", m.name),
            }
        }
        Instance::ID => {
            if let Some(r) = call_special(vm, v, names::REPR, &[])? {
                return expect_str(vm, r, "__repr__");
            }
            default(vm, v)
        }
        Generator::ID => {
            let code = ops::generator_code(o);
            format!("<{} object {} at {:#x}>", type_name(vm, v), code.qualname, o.0)
        }
        _ => format!("<{} object at {:#x}>", type_name(vm, v), o.0),
    })
}

/// `repr` of a class whose metaclass is `type`.
pub fn class(v: Value) -> String {
    let Some(c) = as_class(v) else { return String::new() };
    match c.own(names::MODULE).and_then(string::as_str) {
        Some(m) if !c.builtin => format!("<class '{m}.{}'>", qualname(v)),
        _ => format!("<class '{}'>", c.name()),
    }
}

/// `object.__repr__`
pub fn default(vm: &PyVm, v: Value) -> String {
    let class = super::class_of(vm, v);
    let address = v.obj().map_or(0, |o| o.0);
    match class.lookup(names::MODULE).and_then(string::as_str) {
        Some(m) if m != "builtins" => format!("<{m}.{} object at {address:#x}>", qualname(class.object.get())),
        _ => format!("<{} object at {address:#x}>", qualname(class.object.get())),
    }
}

/// `BaseException.__repr__`
pub fn exception(vm: &mut PyVm, o: Obj) -> R<String> {
    let name = super::class::instance_class(o).name();
    let args = exception::slot(o, super::class::SLOT_ARGS);
    let inner = match list::sequence(args) {
        Some([one]) => format!("({})", repr(vm, *one)?),
        _ => repr(vm, args)?,
    };
    Ok(format!("{name}{inner}"))
}

/// A representation with what is not ASCII escaped.
pub fn ascii(s: &str) -> String {
    s.chars().map(|c| if c.is_ascii() { c.to_string() } else { escape(c) }).collect()
}

/// A character as an escape sequence.
pub fn escape(c: char) -> String {
    match c as u32 {
        n @ 0..=0xff => format!("\\x{n:02x}"),
        n @ 0..=0xffff => format!("\\u{n:04x}"),
        n => format!("\\U{n:08x}"),
    }
}

/// Is it shown as it is?
pub fn printable(c: char) -> bool {
    let n = c as u32;
    !(n < 32
        || (127..=160).contains(&n)
        || n == 0xad
        || (c.is_whitespace() && c != ' ')
        || matches!(n, 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x180e | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xd800..=0xf8ff | 0xfeff | 0xfff9..=0xfffb | 0xe0000..=0x10ffff)
        || (n & 0xfffe) == 0xfffe)
}

/// Dotted name of a class.
pub fn qualname(class: Value) -> String {
    let Some(c) = as_class(class) else { return String::new() };
    c.own(names::QUALNAME).and_then(string::as_str).map_or_else(|| c.name(), str::to_string)
}

fn container(vm: &mut PyVm, o: Obj) -> R<String> {
    let mut s = String::new();
    let mut i = 0;
    let (open, close, source) = match o.type_id() {
        List::ID => ("[", "]", o),
        Tuple::ID => ("(", ")", o),
        Dict::ID => ("{", "}", o),
        Set::ID => ("{", "}", o.get(Set::dict)),
        FrozenSet::ID => ("frozenset({", "})", o.get(FrozenSet::dict)),
        _ => (["dict_keys([", "dict_values([", "dict_items(["][o.get(DictView::kind) as usize], "])", o.get(DictView::dict)),
    };
    if source.is(Dict::TYPE) && dict::len(source) == 0 {
        match o.type_id() {
            Set::ID => return Ok("set()".into()),
            FrozenSet::ID => return Ok("frozenset()".into()),
            _ => {}
        }
    }
    s.push_str(open);
    let mut n = 0;
    loop {
        let item = if source.is(Dict::TYPE) {
            let Some((at, k, v)) = dict::next_entry(source, i) else { break };
            i = at + 1;
            match (o.type_id(), if o.is(DictView::TYPE) { o.get(DictView::kind) } else { -1 }) {
                (Dict::ID, _) => format!("{}: {}", repr(vm, k)?, repr(vm, v)?),
                (_, 2) => format!("({}, {})", repr(vm, k)?, repr(vm, v)?),
                (_, 1) => repr(vm, v)?,
                _ => repr(vm, k)?,
            }
        } else {
            let Some(v) = list::sequence(o.into()).and_then(|l| l.get(i).copied()) else { break };
            i += 1;
            repr(vm, v)?
        };
        if n > 0 {
            s.push_str(", ");
        }
        n += 1;
        super::need_room(vm, 3 * (s.len() + item.len()))?;
        s.push_str(&item);
    }
    if o.is(Tuple::TYPE) && n == 1 {
        s.push(',');
    }
    s.push_str(close);
    Ok(s)
}

/// A string literal for the text.
pub fn quote(s: &str) -> String {
    let q = if s.contains('\'') && !s.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(s.len() + 2);
    out.push(q);
    for c in s.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == q => {
                out.push('\\');
                out.push(c);
            }
            c if printable(c) => out.push(c),
            c => out.push_str(&escape(c)),
        }
    }
    out.push(q);
    out
}

fn quote_bytes(b: &[u8]) -> String {
    let q = if b.contains(&b'\'') && !b.contains(&b'"') { '"' } else { '\'' };
    let mut out = format!("b{q}");
    for &c in b {
        match c {
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b'\\' => out.push_str("\\\\"),
            c if c as char == q => {
                out.push('\\');
                out.push(q);
            }
            32..127 => out.push(c as char),
            _ => out.push_str(&format!("\\x{c:02x}")),
        }
    }
    out.push(q);
    out
}

/// Name of an exception's class as tracebacks show it.
pub fn exception_name(vm: &PyVm, v: Value) -> String {
    let c = super::class_of(vm, v);
    match c.own(names::MODULE).and_then(string::as_str) {
        Some(m) if !c.builtin && m != "__main__" => format!("{m}.{}", qualname(c.object.get())),
        _ if c.builtin => c.name(),
        _ => qualname(c.object.get()),
    }
}
