//! What module `re` is made of: compiling patterns, and finding matches as tuples of positions.

use crate::builtins::Args;
use crate::builtins::bytes::as_bytes;
use crate::objects::exception::{type_error, value_error};
use crate::objects::layouts::*;
use crate::objects::{dict, int, list, new_tuple, str as string, type_name};
use crate::regex::exec::{Matcher, Mode, NONE as UNSET, Text};
use crate::regex::parse;
use crate::runtime::{PyVm, R};
use framework::Value;

crate::builtins! { MODULE:
    "compile" compile, 2, 2;
    "find" find, 5, 5;
    "find_all" find_all, 5, 5;
}

/// `compile(pattern, flags)`: a tuple of handle, number of groups, names, flags; or of message and position.
fn compile(vm: &mut PyVm, a: Args) -> R {
    let flags = int::small(a.pos[1]).unwrap_or(0) as u32;
    let (text, bytes) = match (string::as_str(a.pos[0]), as_bytes(a.pos[0])) {
        (Some(s), _) => (s.to_string(), false),
        (_, Some(b)) => (b.iter().map(|c| *c as char).collect(), true),
        _ => return type_error(vm, "first argument must be string or compiled pattern"),
    };
    match parse::compile(&text, flags, bytes) {
        Ok(p) => {
            let names = dict::new(vm);
            for (n, g) in &p.names {
                let n = string::new_str(vm, n);
                dict::set(vm, names, n, Value::small_int(*g as i64))?;
            }
            let (groups, flags) = (p.groups, p.flags);
            vm.rt.patterns.push(std::rc::Rc::new(p));
            let handle = Value::small_int(vm.rt.patterns.len() as i64 - 1);
            Ok(new_tuple(vm, &[handle, Value::small_int(groups as i64), names.into(), Value::small_int(flags as i64)]))
        }
        Err(parse::Error(message, at)) => {
            let m = string::new_str(vm, &message);
            let at = if at == usize::MAX { NONE } else { Value::small_int(at as i64) };
            Ok(new_tuple(vm, &[m, at]))
        }
    }
}

/// Calls `f` with a matcher over the text of the arguments (handle, text, start, end, mode).
fn with_matcher<T>(vm: &mut PyVm, a: Args, f: impl FnOnce(&mut PyVm, &mut dyn Find, usize, usize, Mode) -> R<T>) -> R<T> {
    let handle = int::small(a.pos[0]).and_then(|h| usize::try_from(h).ok());
    let Some(program) = handle.and_then(|h| vm.rt.patterns.get(h).cloned()) else { return value_error(vm, "not a compiled pattern") };
    let (pos, end) = (int::small(a.pos[2]).unwrap_or(0).max(0) as usize, int::small(a.pos[3]).unwrap_or(0).max(0) as usize);
    let mode = match int::small(a.pos[4]) {
        Some(1) => Mode::Match,
        Some(2) => Mode::Full,
        _ => Mode::Search,
    };
    if let Some(s) = string::as_str(a.pos[1]) {
        if s.is_ascii() {
            let end = end.min(s.len());
            return f(vm, &mut Matcher::new(&program, s.as_bytes(), end), pos, end, mode);
        }
        let chars: Vec<char> = s.chars().collect();
        let end = end.min(chars.len());
        return f(vm, &mut Matcher::new(&program, &chars[..], end), pos, end, mode);
    }
    let Some(b) = as_bytes(a.pos[1]) else {
        let t = type_name(vm, a.pos[1]);
        return type_error(vm, &format!("expected string or bytes-like object, got '{t}'"));
    };
    let end = end.min(b.len());
    f(vm, &mut Matcher::new(&program, b, end), pos, end, mode)
}

/// A matcher over some text.
trait Find {
    fn find(&mut self, pos: usize, mode: Mode, not_empty_at: Option<usize>) -> bool;
    fn slots(&self) -> &[usize];
}
impl<T: Text + ?Sized> Find for Matcher<'_, T> {
    fn find(&mut self, pos: usize, mode: Mode, not_empty_at: Option<usize>) -> bool {
        Matcher::find(self, pos, mode, not_empty_at)
    }
    fn slots(&self) -> &[usize] {
        &self.slots
    }
}

fn spans(vm: &mut PyVm, slots: &[usize]) -> Value {
    let v: Vec<Value> = slots.iter().map(|s| Value::small_int(if *s == UNSET { -1 } else { *s as i64 })).collect();
    new_tuple(vm, &v)
}

/// The first match, or None.
fn find(vm: &mut PyVm, a: Args) -> R {
    with_matcher(vm, a, |vm, m, pos, end, mode| Ok(if pos <= end && m.find(pos, mode, None) { spans(vm, m.slots()) } else { NONE }))
}

/// All matches that do not overlap, at most `mode` of them (0: all).
fn find_all(vm: &mut PyVm, a: Args) -> R {
    let limit = int::small(a.pos[4]).unwrap_or(0);
    let search = [a.pos[0], a.pos[1], a.pos[2], a.pos[3], Value::small_int(0)];
    with_matcher(vm, Args { pos: &search, kw: &[] }, |vm, m, mut pos, end, _| {
        let l = list::with_capacity(vm, 8);
        let mut empty_barred = None;
        while pos <= end && (limit == 0 || (list::size(l) as i64) < limit) && m.find(pos, Mode::Search, empty_barred) {
            let (from, to) = (m.slots()[0], m.slots()[1]);
            let v = spans(vm, m.slots());
            list::push(vm, l, v)?;
            pos = to;
            // No two empty matches at one place; an empty one may follow another.
            empty_barred = (from == to).then_some(to);
        }
        Ok(l.into())
    })
}
