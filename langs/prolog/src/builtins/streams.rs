//! Opening, closing and finding streams.

use super::{Answer, Builtin, atom, list, unify};
use crate::errors::{Error, compound};
use crate::runtime::Machine as Vm;
use crate::streams::{Input, OutFile, Stream, StreamId, USER_ERROR, USER_INPUT, USER_OUTPUT};
use crate::structural;
use crate::symbols::atoms;
use crate::terms::{STRUCT_ARGS, View, view, view_at};
use framework::Value;
use std::fs::{File, OpenOptions};
use std::io::BufReader;

pub const TABLE: &[Builtin] = &[
    ("open", 4, open),
    ("close", 2, close),
    ("current_input", 1, |vm, a| current(vm, a[0], vm.rt.streams.input)),
    ("current_output", 1, |vm, a| current(vm, a[0], vm.rt.out.redirected.unwrap_or(USER_OUTPUT))),
    ("set_input", 1, |vm, a| {
        vm.rt.streams.input = input(vm, a[0], None)?;
        Ok(true)
    }),
    ("set_output", 1, |vm, a| {
        let id = find(vm, a[0])?;
        writable(vm, id, a[0])?;
        vm.rt.out.redirected = Some(id);
        Ok(true)
    }),
    ("$stream", 2, |vm, a| {
        let id = find(vm, a[0])?;
        let handle = handle(vm, id);
        unify(vm, a[1], handle)
    }),
    ("$streams", 1, |vm, a| {
        let ids: Vec<StreamId> = vm.rt.streams.open.keys().copied().collect();
        let mut l = atoms::NIL;
        for id in ids.into_iter().rev() {
            let h = handle(vm, id);
            let stamp = crate::runtime::stamp(vm);
            l = crate::terms::cons(&mut vm.core.heap, stamp, h, l);
        }
        unify(vm, a[0], l)
    }),
    ("$stream_properties", 2, properties),
    ("$set_alias", 2, |vm, a| {
        let id = find(vm, a[0])?;
        let alias = vm.rt.shared.symbols.name(atom(a[1])?).to_string();
        vm.rt.streams.open.values_mut().filter(|s| s.alias.as_ref() == Some(&alias)).for_each(|s| s.alias = None);
        if let Some(s) = vm.rt.streams.open.get_mut(&id) {
            s.alias = Some(alias);
        }
        Ok(true)
    }),
    ("$path_parts", 4, path_parts),
    ("$absolute", 2, |vm, a| {
        let p = path(vm, a[0])?;
        let full = std::path::absolute(&p).map_or(p, |f| f.to_string_lossy().into_owned());
        let v = vm.rt.shared.symbols.atom(&full);
        unify(vm, a[1], v)
    }),
    ("$chdir", 1, |vm, a| {
        let p = path(vm, a[0])?;
        std::env::set_current_dir(p).map(|_| true).map_err(|e| io_error(&e, "chdir", a[0]))
    }),
    ("exists_file", 1, |vm, a| Ok(std::path::Path::new(&path(vm, a[0])?).is_file())),
    ("exists_directory", 1, |vm, a| Ok(std::path::Path::new(&path(vm, a[0])?).is_dir())),
    ("delete_file", 1, |vm, a| {
        let p = path(vm, a[0])?;
        std::fs::remove_file(p).map(|_| true).map_err(|e| io_error(&e, "delete", a[0]))
    }),
];

/// The term that stands for a stream.
fn handle(vm: &mut Vm, id: StreamId) -> Value {
    compound(vm, "$stream", &[Value::small_int(id as i64)])
}

/// The stream that a term stands for, a handle or an alias.
pub fn find(vm: &mut Vm, v: Value) -> Result<StreamId, Error> {
    let id = match view(v) {
        View::Unbound(_) => return Err(Error::Instantiation),
        View::Atom(a) => vm.rt.streams.by_alias(&vm.rt.shared.symbols.name(a)),
        View::Struct(o) if o.len() == 1 && vm.rt.shared.symbols.name(crate::terms::functor_of(&vm.rt.shared.symbols, o).0).as_ref() == "$stream" => {
            match view_at(o, STRUCT_ARGS) {
                View::Int(i) => Some(i as StreamId),
                _ => None,
            }
        }
        _ => return Err(Error::Domain("stream_or_alias", v)),
    };
    match id {
        Some(id) if vm.rt.streams.open.contains_key(&id) => Ok(id),
        _ => Err(Error::Existence("stream", v)),
    }
}

fn writable(vm: &Vm, id: StreamId, v: Value) -> Result<(), Error> {
    match &vm.rt.streams.open[&id] {
        s if s.mode == "read" => Err(Error::Permission("output", "stream", v)),
        _ => Ok(()),
    }
}

/// An output stream for text or for bytes.
pub fn output(vm: &mut Vm, v: Value, binary: bool) -> Result<StreamId, Error> {
    let id = find(vm, v)?;
    writable(vm, id, v)?;
    match vm.rt.streams.open[&id].binary {
        true if !binary => Err(Error::Permission("output", "binary_stream", v)),
        false if binary => Err(Error::Permission("output", "text_stream", v)),
        _ => Ok(id),
    }
}

/// An input stream, for text or for bytes if that matters.
pub fn input(vm: &mut Vm, v: Value, binary: Option<bool>) -> Result<StreamId, Error> {
    let id = find(vm, v)?;
    let s = vm.rt.streams.open.get_mut(&id).expect("found");
    let Some(i) = &s.input else { return Err(Error::Permission("input", "stream", v)) };
    match binary {
        Some(false) if s.binary => Err(Error::Permission("input", "binary_stream", v)),
        Some(true) if !s.binary => Err(Error::Permission("input", "text_stream", v)),
        Some(_) if i.past_end && s.eof_action == "error" => Err(Error::Permission("input", "past_end_of_stream", v)),
        _ => Ok(id),
    }
}

fn current(vm: &mut Vm, v: Value, id: StreamId) -> Answer {
    match view(v) {
        View::Unbound(_) => {
            let h = handle(vm, id);
            unify(vm, v, h)
        }
        View::Struct(_) => Ok(find(vm, v)? == id),
        _ => Err(Error::Domain("stream", v)),
    }
}

fn path(vm: &mut Vm, v: Value) -> Result<String, Error> {
    match view(v) {
        View::Unbound(_) => Err(Error::Instantiation),
        View::Atom(_) | View::Str(_) => Ok(super::text::text(vm, v).unwrap_or_default()),
        _ => Err(Error::Domain("source_sink", v)),
    }
}

fn io_error(e: &std::io::Error, action: &'static str, culprit: Value) -> Error {
    match e.kind() {
        std::io::ErrorKind::NotFound => Error::Existence("source_sink", culprit),
        _ => Error::Permission(action, "source_sink", culprit),
    }
}

/// `'$path_parts'(Path, Directory, Base, Stem-Extension)`
fn path_parts(vm: &mut Vm, a: &[Value]) -> Answer {
    let p = path(vm, a[0])?;
    let trimmed = p.trim_end_matches('/');
    let (directory, base) = match trimmed.rsplit_once('/') {
        Some(("", base)) => ("/", base),
        Some((d, base)) => (d, base),
        None if p.starts_with('/') => ("/", ""),
        None => (".", trimmed),
    };
    let (stem, extension) = match base.rsplit_once('.') {
        Some((s, e)) if !s.is_empty() => (&p[..p.len() - e.len() - 1], e),
        _ => (&p[..], ""),
    };
    let [d, b, s, e] = [directory, base, stem, extension].map(|t| vm.rt.shared.symbols.atom(t));
    let pair = crate::errors::compound_of(vm, atoms::MINUS, &[s, e]);
    Ok(unify(vm, a[1], d)? && unify(vm, a[2], b)? && unify(vm, a[3], pair)?)
}

/// `open(File, Mode, Stream, Options)`
fn open(vm: &mut Vm, a: &[Value]) -> Answer {
    let mode = match view(a[1]) {
        View::Unbound(_) => return Err(Error::Instantiation),
        View::Atom(m) => match vm.rt.shared.symbols.name(m).as_ref() {
            "read" => "read",
            "write" => "write",
            "append" => "append",
            "update" => "update",
            _ => return Err(Error::Domain("io_mode", a[1])),
        },
        _ => return Err(Error::Type("atom", a[1])),
    };
    let mut stream = Stream { mode, file: None, alias: None, binary: false, eof_action: "eof_code", input: None };
    for o in list(vm, a[3])? {
        let (name, value) = match view(o) {
            View::Unbound(_) => return Err(Error::Instantiation),
            View::Struct(s) if s.len() == 1 => super::io::option(vm, o)?,
            _ => return Err(Error::Domain("stream_option", o)),
        };
        let text = match view(value) {
            View::Unbound(_) => return Err(Error::Instantiation),
            View::Atom(v) => vm.rt.shared.symbols.name(v).to_string(),
            _ => String::new(),
        };
        match (name.as_ref(), text.as_str()) {
            ("alias", alias) => {
                if vm.rt.streams.by_alias(alias).is_some() {
                    return Err(Error::Permission("open", "source_sink", o));
                }
                stream.alias = Some(alias.to_string());
            }
            ("type", kind) => stream.binary = kind == "binary",
            ("eof_action", "error") => stream.eof_action = "error",
            ("eof_action", "reset") => stream.eof_action = "reset",
            _ => {}
        }
    }
    if !matches!(view(a[2]), View::Unbound(_)) {
        return Err(Error::Domain("uninstantiated", a[2]));
    }
    let name = path(vm, a[0])?;
    stream.file = Some(name.clone());
    let opened = match mode {
        "read" => File::open(&name),
        "write" => File::create(&name),
        "append" => OpenOptions::new().append(true).create(true).open(&name),
        _ => OpenOptions::new().write(true).create(true).truncate(false).open(&name),
    };
    let file = opened.map_err(|e| io_error(&e, "open", a[0]))?;
    let id = if mode == "read" {
        stream.input = Some(Input::new(BufReader::new(file)));
        vm.rt.streams.add(stream)
    } else {
        let id = vm.rt.streams.add(stream);
        vm.rt.out.files.insert(id, OutFile::new(file));
        id
    };
    let h = handle(vm, id);
    unify(vm, a[2], h)
}

fn close(vm: &mut Vm, a: &[Value]) -> Answer {
    list(vm, a[1])?;
    let id = find(vm, a[0])?;
    vm.rt.out.flush_stream(id);
    if [USER_INPUT, USER_OUTPUT, USER_ERROR].contains(&id) {
        return Ok(true);
    }
    vm.rt.streams.open.remove(&id);
    vm.rt.out.files.remove(&id);
    if vm.rt.streams.input == id {
        vm.rt.streams.input = USER_INPUT;
    }
    if vm.rt.out.redirected == Some(id) {
        vm.rt.out.redirected = None;
    }
    Ok(true)
}

fn properties(vm: &mut Vm, a: &[Value]) -> Answer {
    let id = find(vm, a[0])?;
    let at_end =
        vm.rt.streams.open.get_mut(&id).filter(|_| id != USER_INPUT).and_then(|s| s.input.as_mut()).map(|i| match (i.past_end, i.char(false)) {
            (true, _) => "past",
            (false, None) => "at",
            _ => "not",
        });
    let s = &vm.rt.streams.open[&id];
    let mut known: Vec<(&str, String)> = vec![("mode", s.mode.into()), ("eof_action", s.eof_action.into())];
    known.push(("type", if s.binary { "binary" } else { "text" }.into()));
    known.extend(s.alias.iter().map(|n| ("alias", n.clone())));
    known.extend(s.file.iter().map(|n| ("file_name", n.clone())));
    known.extend(at_end.map(|e| ("end_of_stream", e.into())));
    let direction = if s.input.is_some() { "input" } else { "output" };
    let mut items = vec![vm.rt.shared.symbols.atom(direction)];
    for (name, value) in known {
        let value = vm.rt.shared.symbols.atom(&value);
        let p = compound(vm, name, &[value]);
        vm.rt.protected.push(p);
        items.push(p);
    }
    let l = structural::make_list(vm, &items, atoms::NIL);
    unify(vm, a[1], l)
}
