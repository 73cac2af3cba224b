//! Writing and reading.

use super::{Answer, Builtin, atom, integer, list, unify};
use crate::errors::Error;
use crate::runtime::Machine as Vm;
use crate::symbols::atoms;
use crate::terms::{STRUCT_ARGS, Struct, View, cell, new_string, view, view_at};
use crate::write::{Style, canonical, quoted, to_text};
use framework::Value;

fn plain(vm: &Vm, v: Value) -> String {
    to_text(vm, v, &Style { number_vars: true, ..Style::default() }, 1200)
}

pub const TABLE: &[Builtin] = &[
    ("write", 1, |vm, a| put(vm, a[0], plain, "")),
    ("print", 1, |vm, a| put(vm, a[0], quoted, "")),
    ("writeln", 1, |vm, a| put(vm, a[0], plain, "\n")),
    ("writeq", 1, |vm, a| put(vm, a[0], quoted, "")),
    ("write_canonical", 1, |vm, a| put(vm, a[0], canonical, "")),
    ("write", 2, |vm, a| on(vm, a[0], |vm| put(vm, a[1], plain, ""))),
    ("writeln", 2, |vm, a| on(vm, a[0], |vm| put(vm, a[1], plain, "\n"))),
    ("writeq", 2, |vm, a| on(vm, a[0], |vm| put(vm, a[1], quoted, ""))),
    ("print", 2, |vm, a| on(vm, a[0], |vm| put(vm, a[1], quoted, ""))),
    ("write_canonical", 2, |vm, a| on(vm, a[0], |vm| put(vm, a[1], canonical, ""))),
    ("write_term", 2, |vm, a| write_term(vm, a[0], a[1])),
    ("write_term", 3, |vm, a| on(vm, a[0], |vm| write_term(vm, a[1], a[2]))),
    ("nl", 0, |vm, _| text(vm, "\n")),
    ("nl", 1, |vm, a| on(vm, a[0], |vm| text(vm, "\n"))),
    ("tab", 1, |vm, a| tab(vm, a[0])),
    ("tab", 2, |vm, a| on(vm, a[0], |vm| tab(vm, a[1]))),
    ("put_char", 1, |vm, a| put_char(vm, a[0])),
    ("put_char", 2, |vm, a| on(vm, a[0], |vm| put_char(vm, a[1]))),
    ("flush_output", 0, |vm, _| flush(vm)),
    ("flush_output", 1, |vm, a| on(vm, a[0], flush)),
    ("ttyflush", 0, |vm, _| flush(vm)),
    ("put_byte", 1, |vm, a| put_byte(vm, a[0])),
    ("put_byte", 2, |vm, a| on_kind(vm, a[0], true, |vm| put_byte(vm, a[1]))),
    ("halt", 0, |vm, _| halt(vm, 0)),
    ("halt", 1, |vm, a| halt(vm, integer(a[0])? as i32)),
    ("$capture", 0, |vm, _| {
        vm.rt.out.captures.push(String::new());
        Ok(true)
    }),
    ("$captured", 1, captured),
    ("$print_message", 2, |vm, a| {
        let kind = vm.rt.shared.symbols.name(atom(a[0])?);
        crate::messages::print(vm, &kind, a[1]);
        Ok(true)
    }),
];

fn text(vm: &mut Vm, s: &str) -> Answer {
    vm.rt.out.put(s);
    Ok(true)
}

fn put(vm: &mut Vm, v: Value, to_text: fn(&Vm, Value) -> String, end: &str) -> Answer {
    let s = to_text(vm, v);
    vm.rt.out.put(&s);
    vm.rt.out.put(end);
    Ok(true)
}

/// Does something with another text stream as the current output.
pub fn on(vm: &mut Vm, stream: Value, f: impl FnOnce(&mut Vm) -> Answer) -> Answer {
    on_kind(vm, stream, false, f)
}

fn on_kind(vm: &mut Vm, stream: Value, binary: bool, f: impl FnOnce(&mut Vm) -> Answer) -> Answer {
    let id = super::streams::output(vm, stream, binary)?;
    let captures = std::mem::take(&mut vm.rt.out.captures);
    let before = vm.rt.out.redirected.replace(id);
    let r = f(vm);
    vm.rt.out.redirected = before;
    vm.rt.out.captures = captures;
    r
}

fn put_byte(vm: &mut Vm, v: Value) -> Answer {
    match view(v) {
        View::Unbound(_) => return Err(Error::Instantiation),
        View::Int(b) if (0..256).contains(&b) => vm.rt.out.put_byte(b as u8),
        _ => return Err(Error::Type("byte", v)),
    }
    Ok(true)
}

fn write_term(vm: &mut Vm, v: Value, options: Value) -> Answer {
    let mut style = Style::default();
    let mut priority = 1200;
    let mut end = String::new();
    for o in list(vm, options)? {
        let (name, value) = option(vm, o)?;
        let on = match view(value) {
            View::Atom(atoms::TRUE_) => Some(true),
            View::Atom(atoms::FALSE_) => Some(false),
            _ => None,
        };
        let flag = || match (on, view(value)) {
            (Some(on), _) => Ok(on),
            (_, View::Unbound(_)) => Err(Error::Instantiation),
            _ => Err(Error::Domain("write_option", o)),
        };
        match name.as_ref() {
            "quoted" => style.quoted = flag()?,
            "ignore_ops" => style.ignore_ops = flag()?,
            "numbervars" => style.number_vars = flag()?,
            "fullstop" if flag()? => end = ".".into(),
            "nl" if flag()? => end.push('\n'),
            "spacing" => style.spacing = view(value) == View::Atom(vm.rt.shared.symbols.atom("next_argument")),
            "max_depth" => style.max_depth = integer(value)?.max(0) as usize,
            "priority" => priority = integer(value)?.clamp(0, 1200) as u16,
            "variable_names" => {
                for pair in list(vm, value)? {
                    let (name, place) = variable_name(vm, pair, o)?;
                    style.names.extend(place.map(|p| (p, name)));
                }
            }
            _ => {}
        }
    }
    let s = to_text(vm, v, &style, priority) + &end;
    text(vm, &s)
}

/// Name and value of an option.
pub fn option(vm: &mut Vm, o: Value) -> Result<(std::rc::Rc<str>, Value), Error> {
    match view(o) {
        View::Unbound(_) => Err(Error::Instantiation),
        View::Struct(s) if s.len() == 1 => {
            let (name, _) = vm.rt.shared.symbols.functor_parts(s.get(Struct::functor) as u32);
            Ok((vm.rt.shared.symbols.name(name), cell(&mut vm.core.heap, s, 0)))
        }
        View::Atom(a) => Ok((vm.rt.shared.symbols.name(a), atoms::TRUE_)),
        _ => Err(Error::Domain("write_option", o)),
    }
}

/// `'Name' = Variable`
fn variable_name(vm: &mut Vm, pair: Value, option: Value) -> Result<(String, Option<crate::terms::Place>), Error> {
    let equals = vm.rt.shared.symbols.functor(atoms::EQ, 2) as i64;
    match view(pair) {
        View::Unbound(_) => Err(Error::Instantiation),
        View::Struct(s) if s.get(Struct::functor) == equals => {
            let name = match view_at(s, STRUCT_ARGS) {
                View::Atom(a) => vm.rt.shared.symbols.name(a).to_string(),
                View::Unbound(_) => return Err(Error::Instantiation),
                _ => return Err(Error::Domain("write_option", option)),
            };
            match view_at(s, STRUCT_ARGS + 8) {
                View::Unbound(p) => Ok((name, Some(p))),
                _ => Ok((name, None)),
            }
        }
        _ => Err(Error::Domain("write_option", option)),
    }
}

fn tab(vm: &mut Vm, v: Value) -> Answer {
    let n = match crate::evaluate::eval(vm, v)? {
        crate::evaluate::Number::Int(n) => n,
        other => {
            let v = other.value(vm);
            return Err(Error::Type("integer", v));
        }
    };
    text(vm, &" ".repeat(n.clamp(0, 1 << 20) as usize))
}

fn put_char(vm: &mut Vm, v: Value) -> Answer {
    let a = atom(v)?;
    let name = vm.rt.shared.symbols.name(a);
    if name.chars().count() != 1 {
        return Err(Error::Type("character", v));
    }
    text(vm, &name)
}

fn flush(vm: &mut Vm) -> Answer {
    let id = vm.rt.out.redirected.unwrap_or(crate::streams::USER_OUTPUT);
    vm.rt.out.flush_stream(id);
    Ok(true)
}

fn halt(vm: &mut Vm, code: i32) -> Answer {
    vm.rt.halted = Some(code);
    vm.rt.out.flush();
    let name = vm.rt.shared.symbols.atom("unwind");
    let how = vm.rt.shared.symbols.atom("halt");
    let how = crate::errors::compound_of(vm, how, &[Value::small_int(code as i64)]);
    let ball = crate::errors::compound_of(vm, name, &[how]);
    Err(Error::Ball(ball))
}

fn captured(vm: &mut Vm, a: &[Value]) -> Answer {
    let t = vm.rt.out.captures.pop().unwrap_or_default();
    super::need_room(vm, t.len())?;
    let v = new_string(&mut vm.core.heap, &t);
    unify(vm, a[0], v)
}
