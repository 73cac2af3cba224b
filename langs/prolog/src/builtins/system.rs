//! Flags, operators, global variables, time, throwing.

use super::{Answer, Builtin, atom, integer, list, unify};
use crate::errors::Error;
use crate::read::ops::OpType;
use crate::runtime::{self, Machine as Vm};
use crate::structural;
use crate::symbols::atoms;
use crate::terms::{Place, STRUCT_ARGS, View, view, view_at};
use framework::Value;

pub const TABLE: &[Builtin] = &[
    ("throw", 1, throw),
    ("set_prolog_flag", 2, set_flag),
    ("$flag", 2, flag),
    ("$flags", 1, |vm, a| {
        let mut names: Vec<Value> = vm.rt.flags.keys().copied().collect();
        names.sort_by_key(|n| n.0);
        let l = structural::make_list(vm, &names, atoms::NIL);
        unify(vm, a[0], l)
    }),
    ("op", 3, op),
    ("$ops", 1, ops),
    ("nb_setval", 2, |vm, a| {
        let (name, v) = (key(a[0])?, structural::copy(vm, a[1], 0));
        set_global(vm, name, v);
        Ok(true)
    }),
    ("b_setval", 2, b_setval),
    ("nb_getval", 2, getval),
    ("b_getval", 2, getval),
    ("statistics", 2, statistics),
    ("get_time", 1, |vm, a| {
        let t = vm.core.heap.float(wall_time());
        unify(vm, a[0], t)
    }),
    ("style_check", 1, |vm, a| {
        if let View::Struct(o) = view(a[0])
            && o.len() == 1
            && view_at(o, STRUCT_ARGS) == View::Atom(vm.rt.shared.symbols.atom("singleton"))
        {
            vm.rt.warn_singletons = crate::terms::functor_of(&vm.rt.shared.symbols, o).0 != atoms::MINUS;
        }
        Ok(true)
    }),
    ("garbage_collect", 0, |vm, _| {
        vm.core.heap.collect(framework::heap::Collection::Full);
        Ok(true)
    }),
    ("$choice_stamp", 1, |vm, a| {
        let stamp = vm.rt.shared.machine().get(crate::terms::Machine::choice_stamp);
        unify(vm, a[0], Value::small_int(stamp))
    }),
    ("$answer", 2, |vm, a| Ok(crate::toplevel::answer(vm, a[0], view(a[1]) == View::Atom(atoms::TRUE_)))),
    ("$no_answer", 0, |vm, _| {
        vm.rt.out.put("false.\n\n");
        Ok(true)
    }),
    ("setenv", 2, |vm, a| {
        let (name, v) = (super::text::text(vm, a[0]).unwrap_or_default(), super::text::text(vm, a[1]).unwrap_or_default());
        if name.is_empty() || name.contains(['=', '\0']) || v.contains('\0') {
            return Err(Error::Domain("environment_variable", a[0]));
        }
        // SAFETY: the process has no thread that looks at the environment at the same time.
        unsafe { std::env::set_var(name, v) };
        Ok(true)
    }),
    ("sleep", 1, |vm, a| {
        let s = crate::evaluate::eval(vm, a[0])?.float()?;
        vm.rt.out.flush_all();
        std::thread::sleep(std::time::Duration::try_from_secs_f64(s.max(0.0)).unwrap_or_default());
        Ok(true)
    }),
    ("$argv_id", 1, |vm, a| unify(vm, a[0], Value::small_int(i64::from(std::process::id())))),
    ("same_term", 2, |_, a| {
        Ok(match (view(a[0]), view(a[1])) {
            (View::Cons(x) | View::Struct(x), View::Cons(y) | View::Struct(y)) => x == y,
            (x, y) => x == y,
        })
    }),
    ("shell", 1, |_, a| Err(Error::Permission("execute", "shell", a[0]))),
    ("getenv", 2, |vm, a| {
        let name = super::text::text(vm, a[0]).unwrap_or_default();
        match std::env::var(name) {
            Ok(v) => {
                let v = vm.rt.shared.symbols.atom(&v);
                unify(vm, a[1], v)
            }
            Err(_) => Ok(false),
        }
    }),
    ("$initialization", 1, |vm, a| {
        let goal = structural::copy(vm, a[0], 0);
        if vm.rt.loading.is_some() {
            vm.rt.initialization.push(goal);
            Ok(true)
        } else {
            match runtime::run_goal(vm, goal) {
                runtime::Outcome::Raised(b) => Err(Error::Ball(b)),
                o => Ok(o == runtime::Outcome::True),
            }
        }
    }),
    ("$initialization_main", 1, |vm, a| {
        vm.rt.main_goal = Some(structural::copy(vm, a[0], 0));
        Ok(true)
    }),
    ("$argv", 1, |vm, a| {
        let items: Vec<Value> = vm.rt.argv.clone().iter().map(|s| vm.rt.shared.symbols.atom(s)).collect();
        let l = structural::make_list(vm, &items, atoms::NIL);
        unify(vm, a[0], l)
    }),
    ("$resource_error", 1, |vm, a| {
        let e = crate::errors::compound(vm, "resource_error", &[a[0]]);
        let context = super::term::fresh(vm);
        Err(Error::Ball(crate::errors::compound_of(vm, atoms::ERROR, &[e, context])))
    }),
    ("$source_location", 2, |vm, a| {
        let Some((file, line)) = vm.rt.loading.as_ref().map(|l| (l.file.clone(), l.line)) else { return Ok(false) };
        let f = vm.rt.shared.symbols.atom(&file);
        Ok(unify(vm, a[0], f)? && unify(vm, a[1], Value::small_int(line as i64))?)
    }),
];

/// Seconds of CPU time.
pub fn cpu_time() -> f64 {
    // SAFETY: the call fills the structure it is given.
    let t = unsafe {
        let mut t = std::mem::zeroed::<libc::timespec>();
        libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut t);
        t
    };
    t.tv_sec as f64 + t.tv_nsec as f64 / 1e9
}

/// Seconds since 1970.
pub fn wall_time() -> f64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0.0, |d| d.as_secs_f64())
}

fn throw(_: &mut Vm, a: &[Value]) -> Answer {
    match view(a[0]) {
        View::Unbound(_) => Err(Error::Instantiation),
        _ => Err(Error::Ball(a[0])),
    }
}

fn set_flag(vm: &mut Vm, a: &[Value]) -> Answer {
    let name = atom(a[0])?;
    if let View::Unbound(_) = view(a[1]) {
        return Err(Error::Instantiation);
    }
    let v = structural::copy(vm, a[1], 0);
    let bad = match vm.rt.shared.symbols.name(name).as_ref() {
        "double_quotes" => !matches!(view(v), View::Atom(atoms::CODES | atoms::CHARS | atoms::TATOM | atoms::STRING)),
        "unknown" => !matches!(view(v), View::Atom(atoms::ERROR | atoms::FAIL)) && vm.rt.shared.symbols.atom("warning") != v,
        "bounded" | "max_integer" | "min_integer" | "max_arity" => return Err(Error::Permission("modify", "flag", a[0])),
        _ => false,
    };
    if bad {
        let pair = crate::errors::compound_of(vm, atoms::PLUS, &[a[0], a[1]]);
        return Err(Error::Domain("flag_value", pair));
    }
    vm.rt.flags.insert(name, v);
    Ok(true)
}

fn flag(vm: &mut Vm, a: &[Value]) -> Answer {
    let name = atom(a[0])?;
    match vm.rt.flags.get(&name) {
        Some(&v) => unify(vm, a[1], v),
        None => Ok(false),
    }
}

fn op(vm: &mut Vm, a: &[Value]) -> Answer {
    let p = integer(a[0])?;
    if !(0..=1200).contains(&p) {
        return Err(Error::Domain("operator_priority", a[0]));
    }
    let t = atom(a[1])?;
    let t = OpType::from_name(&vm.rt.shared.symbols.name(t)).ok_or(Error::Domain("operator_specifier", a[1]))?;
    let names = match view(a[2]) {
        View::Cons(_) => list(vm, a[2])?,
        _ => vec![a[2]],
    };
    for n in names {
        let n = super::database::plain(vm, n);
        let text = vm.rt.shared.symbols.name(atom(n)?);
        match &*text {
            "," => return Err(Error::Permission("modify", "operator", n)),
            "[]" | "{}" => return Err(Error::Permission("create", "operator", n)),
            "|" if p != 0 && (p < 1001 || !matches!(t, OpType::Xfx | OpType::Xfy | OpType::Yfx)) => {
                return Err(Error::Permission("create", "operator", n));
            }
            _ => {}
        }
        vm.rt.ops.add(p as u16, t, &text);
    }
    Ok(true)
}

/// All operators, as `op(Priority, Type, Name)`.
fn ops(vm: &mut Vm, a: &[Value]) -> Answer {
    let mut all: Vec<(String, u16, OpType)> = vec![];
    for t in [&vm.rt.ops.prefix, &vm.rt.ops.infix, &vm.rt.ops.postfix] {
        all.extend(t.iter().map(|(n, (p, t))| (n.clone(), *p, *t)));
    }
    all.sort_by(|a, b| a.0.cmp(&b.0).then(a.2.name().cmp(b.2.name())));
    let stamp = runtime::stamp(vm);
    let mut l = atoms::NIL;
    for (n, p, t) in all.into_iter().rev() {
        let (n, t) = (vm.rt.shared.symbols.atom(&n), vm.rt.shared.symbols.atom(t.name()));
        let item = crate::errors::compound(vm, "op", &[Value::small_int(p as i64), t, n]);
        l = crate::terms::cons(&mut vm.core.heap, stamp, item, l);
    }
    unify(vm, a[0], l)
}

fn key(v: Value) -> Result<Value, Error> {
    match view(v) {
        View::Atom(a) => Ok(a),
        View::Int(i) if Value::fits_small(i) => Ok(Value::small_int(i)),
        View::Unbound(_) => Err(Error::Instantiation),
        _ => Err(Error::Type("atom", v)),
    }
}

/// A global variable is a `Var` that holds a term `'$global'(Value)`, so that `b_setval/2` can trail it.
fn set_global(vm: &mut Vm, name: Value, v: Value) {
    let holder = crate::errors::compound(vm, "$global", &[v]);
    vm.rt.globals.insert(name, holder);
}

fn b_setval(vm: &mut Vm, a: &[Value]) -> Answer {
    let name = key(a[0])?;
    if !vm.rt.globals.contains_key(&name) {
        set_global(vm, name, atoms::NIL);
    }
    // Older than any choice point: what `nb_setval/2` has made of it is there after backtracking, too.
    vm.rt.globals[&name].as_obj().set_aux(0);
    let holder = vm.rt.globals[&name].as_obj();
    let old = Value(holder.word(STRUCT_ARGS));
    structural::trail_old(vm, Place { obj: holder.0, offset: STRUCT_ARGS }, old);
    let v = crate::terms::deref(a[1], &mut vm.core.heap);
    vm.core.heap.write_barrier(holder);
    holder.set_word(STRUCT_ARGS, v.0);
    Ok(true)
}

fn getval(vm: &mut Vm, a: &[Value]) -> Answer {
    let name = key(a[0])?;
    match vm.rt.globals.get(&name) {
        Some(h) => {
            let o = h.as_obj();
            let v = match view_at(o, STRUCT_ARGS) {
                View::Unbound(p) => p.reference(&mut vm.core.heap),
                _ => Value(o.word(STRUCT_ARGS)),
            };
            unify(vm, a[1], v)
        }
        None => Err(Error::Existence("variable", a[0])),
    }
}

fn statistics(vm: &mut Vm, a: &[Value]) -> Answer {
    let name = atom(a[0])?;
    let ms = |s: f64| Value::small_int((s * 1000.0) as i64);
    let v = match vm.rt.shared.symbols.name(name).as_ref() {
        "cputime" | "process_cputime" => vm.core.heap.float(cpu_time()),
        "runtime" | "process_runtime" | "system_time" => structural::make_list(vm, &[ms(cpu_time()), Value::small_int(0)], atoms::NIL),
        "walltime" | "real_time" => structural::make_list(vm, &[ms(wall_time()), Value::small_int(0)], atoms::NIL),
        "inferences" => Value::small_int((cpu_time() * 1e7) as i64),
        _ => Value::small_int(0),
    };
    unify(vm, a[1], v)
}
