//! Reading characters, bytes, lines and terms.

use super::streams::input;
use super::{Answer, Builtin, list, unify};
use crate::consult::{Reading, Term, read_term};
use crate::errors::{Error, compound, compound_of};
use crate::runtime::Machine as Vm;
use crate::streams::{Input, StreamId};
use crate::structural;
use crate::symbols::atoms;
use crate::terms::{View, cons, new_string, view};
use framework::Value;

pub const TABLE: &[Builtin] = &[
    ("get_char", 2, |vm, a| character(vm, a, true, false)),
    ("peek_char", 2, |vm, a| character(vm, a, false, false)),
    ("get_code", 2, |vm, a| character(vm, a, true, true)),
    ("peek_code", 2, |vm, a| character(vm, a, false, true)),
    ("get_byte", 2, |vm, a| byte(vm, a, true)),
    ("peek_byte", 2, |vm, a| byte(vm, a, false)),
    ("$read_line", 2, |vm, a| {
        let id = input(vm, a[0], Some(false))?;
        let line = text_of(vm, id).line();
        let v = match line {
            Some(l) => new_string(&mut vm.core.heap, &l),
            None => atoms::END_OF_FILE,
        };
        unify(vm, a[1], v)
    }),
    ("$read_all", 2, |vm, a| {
        let id = input(vm, a[0], None)?;
        let all = text_of(vm, id).all();
        let v = new_string(&mut vm.core.heap, &all);
        unify(vm, a[1], v)
    }),
    ("line_count", 2, |vm, a| {
        let id = input(vm, a[0], None)?;
        let n = text_of(vm, id).line_number();
        unify(vm, a[1], Value::small_int(n as i64))
    }),
    ("read_term", 3, read),
];

fn text_of(vm: &mut Vm, id: StreamId) -> &mut Input {
    vm.rt.streams.open.get_mut(&id).and_then(|s| s.input.as_mut()).expect("an input stream")
}

fn character(vm: &mut Vm, a: &[Value], take: bool, code: bool) -> Answer {
    let id = input(vm, a[0], Some(false))?;
    match view(a[1]) {
        View::Unbound(_) => {}
        View::Int(i) if code && (i == -1 || u32::try_from(i).ok().and_then(char::from_u32).is_some()) => {}
        View::Int(_) if code => return Err(Error::Representation("character_code")),
        View::Atom(n) if !code && (n == atoms::END_OF_FILE || vm.rt.shared.symbols.name(n).chars().count() == 1) => {}
        _ => return Err(Error::Type(if code { "integer" } else { "in_character" }, a[1])),
    }
    vm.rt.out.flush();
    let r = match (text_of(vm, id).char(take), code) {
        (Some(c), true) => Value::small_int(c as i64),
        (None, true) => Value::small_int(-1),
        (Some(c), false) => vm.rt.shared.symbols.char_atom(c),
        (None, false) => atoms::END_OF_FILE,
    };
    unify(vm, a[1], r)
}

fn byte(vm: &mut Vm, a: &[Value], take: bool) -> Answer {
    let id = input(vm, a[0], Some(true))?;
    match view(a[1]) {
        View::Unbound(_) => {}
        View::Int(i) if (-1..256).contains(&i) => {}
        _ => return Err(Error::Type("in_byte", a[1])),
    }
    let b = text_of(vm, id).byte(take).map_or(-1, i64::from);
    unify(vm, a[1], Value::small_int(b))
}

/// `read_term(Stream, Term, Options)`
fn read(vm: &mut Vm, a: &[Value]) -> Answer {
    let id = input(vm, a[0], Some(false))?;
    let mut wanted = vec![];
    for o in list(vm, a[2])? {
        match view(o) {
            View::Unbound(_) => return Err(Error::Instantiation),
            View::Struct(s) if s.len() == 1 => wanted.push(super::io::option(vm, o)?),
            _ => return Err(Error::Domain("read_option", o)),
        }
    }
    let t = next_term(vm, id)?;
    for (name, value) in wanted {
        let found = match name.as_ref() {
            "variable_names" => names(vm, t.names.iter()),
            "singletons" => names(vm, t.names.iter().filter(|n| t.singletons.contains(&n.0))),
            "variables" => {
                let places = structural::variables(t.term);
                super::term::list_of_places(vm, &places)
            }
            _ => continue,
        };
        if !structural::unify(vm, value, found) {
            return Ok(false);
        }
    }
    unify(vm, a[1], t.term)
}

/// `['Name' = Variable, …]`
pub fn names<'a>(vm: &mut Vm, of: impl DoubleEndedIterator<Item = &'a (String, Value)>) -> Value {
    let stamp = crate::runtime::stamp(vm);
    let mut l = atoms::NIL;
    for (name, v) in of.rev() {
        let name = vm.rt.shared.symbols.atom(name);
        let pair = compound_of(vm, atoms::EQ, &[name, *v]);
        l = cons(&mut vm.core.heap, stamp, pair, l);
    }
    l
}

/// The next term of a stream; at its end `end_of_file`.
fn next_term(vm: &mut Vm, id: StreamId) -> Result<Term, Error> {
    vm.rt.out.flush();
    loop {
        let source = text_of(vm, id).rest().to_owned();
        match read_term(vm, &source, 0) {
            Reading::Term(t, end) => {
                text_of(vm, id).advance(end);
                return Ok(t);
            }
            Reading::End => {
                if !text_of(vm, id).extend() {
                    text_of(vm, id).advance(source.len());
                    text_of(vm, id).past_end = true;
                    return Ok(Term { term: atoms::END_OF_FILE, names: vec![], singletons: vec![], start: 0 });
                }
            }
            Reading::Error(e, end) => {
                if e.is_at_end() && text_of(vm, id).extend() {
                    continue;
                }
                let line = text_of(vm, id).line_number();
                text_of(vm, id).advance(end.max(1));
                let (more, column) = crate::read::line_column(&source, e.offset);
                return Err(syntax_error(vm, &e.message, line + more - 1, column));
            }
        }
    }
}

/// `error(syntax_error(Message), stream(Line, Column))`, in the form of an error term with a place.
fn syntax_error(vm: &mut Vm, message: &str, line: usize, column: usize) -> Error {
    let message = vm.rt.shared.symbols.atom(&message.to_lowercase().replace(' ', "_"));
    let formal = compound(vm, "syntax_error", &[message]);
    let place = compound(vm, "stream", &[Value::small_int(line as i64), Value::small_int(column as i64)]);
    Error::Ball(compound_of(vm, atoms::ERROR, &[formal, place]))
}
