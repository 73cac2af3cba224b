//! `sub_atom/5`, `sub_string/5` and what else takes texts apart.

use super::text::{Form, Text, make, need_text};
use super::{Answer, Builtin, unify};
use crate::errors::{Error, compound, in_name_of};
use crate::runtime::Machine as Vm;
use crate::symbols::atoms;
use crate::terms::{View, cons, view};
use framework::Value;
use smallvec::{SmallVec, smallvec};

pub const TABLE: &[Builtin] = &[("$sub_text", 7, sub_text)];

/// Parts of longer texts are not listed all at once.
const MANY: usize = 64;

/// A text by characters.
struct Chars<'a> {
    text: &'a str,
    len: usize,
    /// Where each begins, and the end; nothing if they have a byte each.
    offsets: Vec<usize>,
}

impl<'a> Chars<'a> {
    fn new(text: &'a str) -> Chars<'a> {
        if text.is_ascii() {
            return Chars { text, len: text.len(), offsets: vec![] };
        }
        let offsets: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
        Chars { text, len: offsets.len() - 1, offsets }
    }

    fn offset(&self, i: usize) -> usize {
        self.offsets.get(i).copied().unwrap_or(i)
    }

    fn slice(&self, start: usize, len: usize) -> &'a str {
        &self.text[self.offset(start)..self.offset(start + len)]
    }

    /// The number of the character that begins at a byte.
    fn index(&self, offset: usize) -> usize {
        if self.offsets.is_empty() { offset } else { self.offsets.partition_point(|&o| o < offset) }
    }
}

/// A length or position, if it is given.
fn known(v: Value) -> Result<Option<usize>, Error> {
    match view(v) {
        View::Unbound(_) => Ok(None),
        View::Int(x) => usize::try_from(x).map(Some).map_err(|_| Error::Domain("not_less_than_zero", v)),
        _ => Err(Error::Type("integer", v)),
    }
}

/// `'$sub_text'(Text, Before, Length, After, Sub, IsString, Solutions)`: if there is one solution, unifies with it, and `Solutions` is `[]`.
/// Else that is a list of all, each `s(Before, Length, After, Sub)`; or `lazy(N)` if they are to be found one by one in a text of `N` characters.
fn sub_text(vm: &mut Vm, a: &[Value]) -> Answer {
    let (form, name) = if view(a[5]) == View::Atom(atoms::TRUE_) { (Form::String, "sub_string") } else { (Form::Atom, "sub_atom") };
    solve(vm, a, form).map_err(|e| in_name_of(vm, e, name, 5))
}

fn solve(vm: &mut Vm, a: &[Value], form: Form) -> Answer {
    let text = need_text(vm, a[0])?;
    let (b, l, r) = (known(a[1])?, known(a[2])?, known(a[3])?);
    let chars = Chars::new(&text);
    let sub = if let View::Unbound(_) = view(a[4]) { None } else { Some(need_text(vm, a[4])?) };
    let found = match &sub {
        Some(sub) => occurrences(&chars, sub, b, r),
        None if chars.len > MANY && [b, l, r].iter().flatten().count() < 2 => {
            let lazy = compound(vm, "lazy", &[Value::small_int(chars.len as i64)]);
            return unify(vm, a[6], lazy);
        }
        None => ranges(chars.len, b, l, r),
    };
    let number = |i: usize| Value::small_int(i as i64);
    if let [(start, len)] = found[..] {
        let after = chars.len - start - len;
        if !(unify(vm, a[1], number(start))? && unify(vm, a[2], number(len))? && unify(vm, a[3], number(after))?) {
            return Ok(false);
        }
        if sub.is_none() {
            let v = make(vm, chars.slice(start, len), form);
            return Ok(unify(vm, a[4], v)? && unify(vm, a[6], atoms::NIL)?);
        }
        return unify(vm, a[6], atoms::NIL);
    }
    if found.is_empty() {
        return Ok(false);
    }
    let stamp = crate::runtime::stamp(vm);
    let mut solutions = atoms::NIL;
    for (start, len) in found.into_iter().rev() {
        let v = if sub.is_some() { a[4] } else { make(vm, chars.slice(start, len), form) };
        let s = compound(vm, "s", &[number(start), number(len), number(chars.len - start - len), v]);
        solutions = cons(&mut vm.core.heap, stamp, s, solutions);
    }
    unify(vm, a[6], solutions)
}

/// Starts and lengths.
type Ranges = SmallVec<[(usize, usize); 2]>;

/// Where `sub` is, with so much before and after it, as far as that is known.
fn occurrences(chars: &Chars, sub: &Text, before: Option<usize>, after: Option<usize>) -> Ranges {
    let len = sub.chars().count();
    let Some(last) = chars.len.checked_sub(len) else { return smallvec![] };
    let is_at = |start: usize| chars.text[chars.offset(start)..].starts_with(&**sub);
    if let Some(start) = before.or(after.and_then(|r| last.checked_sub(r))) {
        return if start <= last && is_at(start) { smallvec![(start, len)] } else { smallvec![] };
    }
    if after.is_some() {
        return smallvec![];
    }
    if sub.is_empty() {
        return (0..=chars.len).map(|i| (i, 0)).collect();
    }
    let mut found = smallvec![];
    let mut from = 0;
    while let Some(at) = chars.text[from..].find(&**sub) {
        found.push((chars.index(from + at), len));
        // They may overlap.
        from += at + chars.text[from + at..].chars().next().map_or(1, char::len_utf8);
    }
    found
}

/// All pairs of a start and a length in a text of `n` characters that fit what is known.
fn ranges(n: usize, before: Option<usize>, len: Option<usize>, after: Option<usize>) -> Ranges {
    let within = |k: usize| n.checked_sub(k);
    match (before, len, after) {
        (Some(b), Some(l), r) => within(b.saturating_add(l)).filter(|&rest| r.is_none_or(|r| r == rest)).map(|_| (b, l)).into_iter().collect(),
        (Some(b), None, Some(r)) => within(b.saturating_add(r)).map(|l| (b, l)).into_iter().collect(),
        (None, Some(l), Some(r)) => within(l.saturating_add(r)).map(|b| (b, l)).into_iter().collect(),
        (Some(b), None, None) => within(b).map_or(smallvec![], |most| (0..=most).map(|l| (b, l)).collect()),
        (None, Some(l), None) => within(l).map_or(smallvec![], |most| (0..=most).map(|b| (b, l)).collect()),
        (None, None, Some(r)) => within(r).map_or(smallvec![], |most| (0..=most).map(|b| (b, most - b)).collect()),
        (None, None, None) => (0..=n).flat_map(|b| (0..=n - b).map(move |l| (b, l))).collect(),
    }
}
