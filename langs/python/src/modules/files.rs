//! Files and the operating system: what `open()`, `input()`, `io` and `os` are made of.

use crate::builtins::Args;
use crate::builtins::bytes::{as_bytes, new_bytes};
use crate::objects::class::Known;
use crate::objects::exception::{new_exception, raise_value, type_error};
use crate::objects::layouts::*;
use crate::objects::{attr, int, list, new_tuple, repr, str as string};
use crate::runtime::{PyVm, R, intern};
use framework::Value;
use std::io::{BufRead, Read, Write};

crate::builtins! { FUNCTIONS:
    "open" open, 1, 8, kw;
    "input" input, 0, 1;
}
crate::builtins! { MODULE:
    "read" read, 1, 1;
    "write" write, 3, 3;
    "stdin_line" stdin_line, 0, 0;
    "stdin_read" stdin_read, 0, 0;
    "listdir" listdir, 1, 1;
    "stat" stat, 2, 2;
    "remove" remove, 1, 1;
    "rename" rename, 2, 2;
    "mkdir" mkdir, 2, 2;
    "rmdir" rmdir, 1, 1;
    "getcwd" getcwd, 0, 0;
    "chdir" chdir, 1, 1;
    "environ" environ, 0, 0;
    "urandom" urandom, 1, 1;
    "getpid" getpid, 0, 0;
    "exit" exit_now, 1, 1;
    "write_std" write_std, 2, 2;
    "flush_std" flush_std, 0, 0;
}

/// The OSError for an error of the system, about a file if one is named.
fn os_error(vm: &mut PyVm, e: &std::io::Error, file: Option<Value>) -> framework::Raised {
    let n = e.raw_os_error().unwrap_or(0);
    let class = match n {
        libc::ENOENT => Known::FileNotFoundError,
        libc::EEXIST => Known::FileExistsError,
        libc::EACCES | libc::EPERM => Known::PermissionError,
        libc::EISDIR => Known::IsADirectoryError,
        libc::ENOTDIR => Known::NotADirectoryError,
        libc::EPIPE => Known::BrokenPipeError,
        _ => Known::OSError,
    };
    let text = e.to_string();
    let text = string::new_str(vm, text.split(" (os error").next().unwrap_or(&text));
    let class = vm.rt.class(class);
    let args = [Value::small_int(n as i64), text, file.unwrap_or(NONE)];
    let o = new_exception(vm, class, &args[..if file.is_some() { 3 } else { 2 }]);
    if file.is_some() {
        let pair = new_tuple(vm, &args[..2]);
        vm.core.heap.set_elem(o, Instance::slots, crate::objects::class::SLOT_ARGS as usize, pair);
    }
    raise_value(vm, o)
}

fn path(vm: &mut PyVm, v: Value) -> R<String> {
    if let Some(s) = string::as_str(v) {
        return Ok(s.to_string());
    }
    if let Some(b) = as_bytes(v) {
        return Ok(String::from_utf8_lossy(b).into_owned());
    }
    if let Some(r) = attr::call_special(vm, v, crate::names::FSPATH, &[])?
        && let Some(s) = string::as_str(r)
    {
        return Ok(s.to_string());
    }
    let t = crate::objects::type_name(vm, v);
    type_error(vm, &format!("expected str, bytes or os.PathLike object, not {t}"))
}

fn done<T>(vm: &mut PyVm, r: std::io::Result<T>, file: Value) -> R<T> {
    r.map_err(|e| os_error(vm, &e, Some(file)))
}

/// `open()`: the classes of files are written in Python.
fn open(vm: &mut PyVm, a: Args) -> R {
    let m = crate::modules::import(vm, "_io")?;
    let n = intern(vm, "open");
    let f = attr::get(vm, m, n)?;
    let args = new_tuple(vm, a.pos);
    let kw: Value = crate::builtins::keyword_dict(vm, a)?.into();
    crate::call::call_ex(vm, f, args, kw)
}

fn input(vm: &mut PyVm, a: Args) -> R {
    if let Some(p) = a.pos.first() {
        let s = repr::str_of(vm, *p)?;
        vm.rt.out.write(&s);
    }
    vm.rt.out.flush();
    let line = stdin_line(vm, Args { pos: &[], kw: &[] })?;
    match string::as_str(line) {
        Some("") => Err(crate::objects::exception::raise(vm, Known::EOFError, "EOF when reading a line")),
        Some(s) => Ok(string::new_str(vm, s.strip_suffix('\n').unwrap_or(s))),
        None => Ok(NONE),
    }
}
fn stdin_line(vm: &mut PyVm, _: Args) -> R {
    let mut b = vec![];
    let r = std::io::stdin().lock().read_until(b'\n', &mut b);
    r.map_err(|e| os_error(vm, &e, None))?;
    Ok(string::new_str(vm, &String::from_utf8_lossy(&b)))
}
fn stdin_read(vm: &mut PyVm, _: Args) -> R {
    let mut b = vec![];
    let r = std::io::stdin().lock().read_to_end(&mut b);
    r.map_err(|e| os_error(vm, &e, None))?;
    Ok(string::new_str(vm, &String::from_utf8_lossy(&b)))
}
fn read(vm: &mut PyVm, a: Args) -> R {
    let p = path(vm, a.pos[0])?;
    let r = std::fs::read(p);
    let b = done(vm, r, a.pos[0])?;
    Ok(new_bytes(vm, &b))
}
/// `write(path, bytes, mode)`: mode `w` (truncate), `a` (append), `x` (must be new).
fn write(vm: &mut PyVm, a: Args) -> R {
    let p = path(vm, a.pos[0])?;
    let mut o = std::fs::OpenOptions::new();
    match string::as_str(a.pos[2]) {
        Some("a") => o.append(true).create(true),
        Some("x") => o.write(true).create_new(true),
        _ => o.write(true).create(true).truncate(true),
    };
    let data = as_bytes(a.pos[1]).unwrap_or_default();
    let r = o.open(p).and_then(|mut f| f.write_all(data));
    done(vm, r, a.pos[0])?;
    Ok(NONE)
}
fn listdir(vm: &mut PyVm, a: Args) -> R {
    let p = path(vm, a.pos[0])?;
    let r =
        std::fs::read_dir(p).and_then(|d| d.map(|e| e.map(|e| e.file_name().to_string_lossy().into_owned())).collect::<std::io::Result<Vec<_>>>());
    let names = done(vm, r, a.pos[0])?;
    let l = list::with_capacity(vm, names.len());
    for n in names {
        let s = string::new_str(vm, &n);
        list::push(vm, l, s)?;
    }
    Ok(l.into())
}
/// `stat(path, follow)`: mode, size, mtime, inode, links, uid, gid.
fn stat(vm: &mut PyVm, a: Args) -> R {
    use std::os::unix::fs::MetadataExt;
    let p = path(vm, a.pos[0])?;
    let r = if a.pos[1] == TRUE { std::fs::metadata(p) } else { std::fs::symlink_metadata(p) };
    let m = done(vm, r, a.pos[0])?;
    let time = vm.core.heap.float(m.mtime() as f64 + m.mtime_nsec() as f64 * 1e-9);
    let int = |n: u64| Value::small_int(n as i64);
    let all = [int(m.mode() as u64), int(m.size()), time, int(m.ino()), int(m.nlink()), int(m.uid() as u64), int(m.gid() as u64)];
    Ok(new_tuple(vm, &all))
}
fn remove(vm: &mut PyVm, a: Args) -> R {
    let p = path(vm, a.pos[0])?;
    let r = std::fs::remove_file(p);
    done(vm, r, a.pos[0]).map(|_| NONE)
}
fn rename(vm: &mut PyVm, a: Args) -> R {
    let (p, q) = (path(vm, a.pos[0])?, path(vm, a.pos[1])?);
    let r = std::fs::rename(p, q);
    done(vm, r, a.pos[0]).map(|_| NONE)
}
fn mkdir(vm: &mut PyVm, a: Args) -> R {
    let p = path(vm, a.pos[0])?;
    let r = if a.pos[1] == TRUE { std::fs::create_dir_all(p) } else { std::fs::create_dir(p) };
    done(vm, r, a.pos[0]).map(|_| NONE)
}
fn rmdir(vm: &mut PyVm, a: Args) -> R {
    let p = path(vm, a.pos[0])?;
    let r = std::fs::remove_dir(p);
    done(vm, r, a.pos[0]).map(|_| NONE)
}
fn getcwd(vm: &mut PyVm, _: Args) -> R {
    match std::env::current_dir() {
        Ok(d) => Ok(string::new_str(vm, &d.to_string_lossy())),
        Err(e) => Err(os_error(vm, &e, None)),
    }
}
fn chdir(vm: &mut PyVm, a: Args) -> R {
    let p = path(vm, a.pos[0])?;
    let r = std::env::set_current_dir(p);
    done(vm, r, a.pos[0]).map(|_| NONE)
}
fn environ(vm: &mut PyVm, _: Args) -> R {
    let d = crate::objects::dict::new(vm);
    for (k, v) in std::env::vars_os() {
        let (k, v) = (string::new_str(vm, &k.to_string_lossy()), string::new_str(vm, &v.to_string_lossy()));
        crate::objects::dict::set(vm, d, k, v)?;
    }
    Ok(d.into())
}
fn urandom(vm: &mut PyVm, a: Args) -> R {
    let mut b = vec![0; int::small(a.pos[0]).unwrap_or(0).clamp(0, 1 << 30) as usize];
    let r = std::fs::File::open("/dev/urandom").and_then(|mut f| f.read_exact(&mut b));
    r.map_err(|e| os_error(vm, &e, None))?;
    Ok(new_bytes(vm, &b))
}
fn getpid(_: &mut PyVm, _: Args) -> R {
    Ok(Value::small_int(std::process::id() as i64))
}
fn exit_now(vm: &mut PyVm, a: Args) -> R {
    vm.rt.out.flush();
    std::process::exit(int::small(a.pos[0]).unwrap_or(1) as i32)
}
/// `write_std(number, bytes)`: to standard output or error.
fn write_std(vm: &mut PyVm, a: Args) -> R {
    let b = as_bytes(a.pos[1]).unwrap_or_default();
    if a.pos[0].int() == Some(2) {
        let _ = std::io::stderr().write_all(b);
    } else {
        vm.rt.out.write_bytes(b);
    }
    Ok(NONE)
}
fn flush_std(vm: &mut PyVm, _: Args) -> R {
    vm.rt.out.flush();
    Ok(NONE)
}
