//! Functions and methods of the runtime: one table of functions, one of methods.

pub mod bind;
pub mod bytes;
pub mod class_builder;
mod dunder;
mod functions;
pub mod group;
pub mod matching;
mod methods;
mod numbers;
mod sequences;
mod sets;
mod source;
pub mod text;
mod types;

pub use methods::{SORTING, sort_list};

use crate::call::call_ex;
use crate::names;
use crate::objects::class::{Class, Known, as_class, set_class_attr};
use crate::objects::exception::{type_error, value_error};
use crate::objects::layouts::*;
use crate::objects::{as_type, attr, class_of, dict, format as fmt, iter, list, ops, repr, str as string, type_name};
use crate::perm::P;
use crate::runtime::{PyVm, R, intern};
use framework::{Obj, Value};

/// Arguments of a builtin.
#[derive(Clone, Copy)]
pub struct Args<'a> {
    /// Positional ones.
    pub pos: &'a [Value],
    /// Keyword ones: name, value, name, value …
    pub kw: &'a [Value],
}

impl Args<'_> {
    /// Argument `i`, or MISSING.
    pub fn get(&self, i: usize) -> Value {
        self.pos.get(i).copied().unwrap_or(MISSING)
    }
    /// A keyword argument, or MISSING.
    pub fn keyword(&self, name: &str) -> Value {
        self.kw.chunks(2).find(|c| string::as_str(c[0]) == Some(name)).map_or(MISSING, |c| c[1])
    }
    /// Raises TypeError for a keyword that is not one of these.
    pub fn expect(&self, vm: &mut PyVm, who: &str, keywords: &[&str]) -> R<()> {
        match self.kw.chunks(2).filter_map(|c| string::as_str(c[0])).find(|k| !keywords.contains(k)) {
            Some(k) => type_error(vm, &format!("{who}() got an unexpected keyword argument '{k}'")),
            None => Ok(()),
        }
    }
    /// Argument `i`, or the one called so.
    pub fn named(&self, i: usize, name: &str) -> Value {
        if i < self.pos.len() { self.pos[i] } else { self.keyword(name) }
    }
}

/// Builtins the interpreter treats itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Intrinsic {
    None,
    Len,
    Next,
    Send,
    Throw,
    IsInstance,
    ListAppend,
    ListPop,
    ListSort,
    DictGet,
    ObjectInit,
    ExceptionInit,
    Sum,
    Any,
    All,
    Min,
    Max,
    Sorted,
    Join,
}

/// A function of the runtime.
pub struct BuiltinDef {
    /// Its name.
    pub name: &'static str,
    /// What runs.
    pub run: fn(&mut PyVm, Args<'_>) -> R,
    /// Fewest positional arguments (a method's receiver counts).
    pub min: usize,
    /// Most.
    pub max: usize,
    /// Does it take keywords?
    pub keywords: bool,
    /// Treated by the interpreter itself?
    pub intrinsic: Intrinsic,
}

impl BuiltinDef {
    /// Its name without marks.
    pub fn plain_name(&self) -> &'static str {
        self.name.trim_start_matches(['@', '=', '.'])
    }
}

/// The definition behind a builtin object.
pub fn def_of(o: Obj) -> &'static BuiltinDef {
    // SAFETY: `def` of a `Builtin` is always the address of a static.
    unsafe { &*(o.get(Builtin::def) as *const BuiltinDef) }
}

/// A builtin object.
pub fn new_builtin(vm: &mut PyVm, def: &'static BuiltinDef) -> Value {
    let o = vm.core.heap.alloc(Builtin::TYPE);
    o.init(Builtin::def, std::ptr::from_ref(def) as i64);
    o.init(Builtin::receiver, NONE);
    o.into()
}

/// A function of a module: does not become a method when a class has it.
pub fn new_function(vm: &mut PyVm, def: &'static BuiltinDef) -> Value {
    let o = new_builtin(vm, def).as_obj();
    o.init(Builtin::receiver, ELLIPSIS);
    o.into()
}

/// Gives a class methods. A name that starts with `@` is a class method, with `=` a static one, with `.` a property.
pub fn add_methods(vm: &mut PyVm, class: P<Class>, table: &'static [BuiltinDef]) {
    for def in table {
        let (mut b, n) = (new_builtin(vm, def), intern(vm, def.plain_name()));
        if def.name.starts_with('@') {
            let m = vm.core.heap.alloc(ClassMethod::TYPE);
            m.init(ClassMethod::func, b);
            b = m.into();
        } else if def.name.starts_with('=') {
            b = new_function(vm, def);
        } else if def.name.starts_with('.') {
            let p = vm.core.heap.alloc(Property::TYPE);
            p.init(Property::fget, b);
            for f in [Property::fset, Property::fdel, Property::doc] {
                p.init(f, NONE);
            }
            b = p.into();
        }
        set_class_attr(vm, class, n, b);
    }
}

/// The keyword arguments as a dictionary.
pub fn keyword_dict(vm: &mut PyVm, a: Args) -> R<Obj> {
    let d = dict::new(vm);
    for p in a.kw.chunks(2) {
        dict::set(vm, d, p[0], p[1])?;
    }
    Ok(d)
}

/// Calls a builtin.
pub fn invoke(vm: &mut PyVm, f: Obj, args: Args<'_>) -> R {
    run(vm, def_of(f), args)
}

/// Calls a builtin's definition after checking the number of arguments.
pub fn run(vm: &mut PyVm, def: &'static BuiltinDef, args: Args<'_>) -> R {
    let n = args.pos.len();
    if !def.keywords && !args.kw.is_empty() {
        return type_error(vm, &format!("{}() takes no keyword arguments", def.plain_name()));
    }
    if n > def.max || (n < def.min && args.kw.is_empty()) {
        let (want, s) = (if n < def.min { def.min } else { def.max }, |n: usize| if n == 1 { "" } else { "s" });
        let bound = if def.min == def.max {
            "exactly"
        } else if n < def.min {
            "at least"
        } else {
            "at most"
        };
        return type_error(vm, &format!("{}() takes {bound} {want} argument{} ({n} given)", def.plain_name(), s(want)));
    }
    (def.run)(vm, args)
}

/// Calls anything with a tuple and a dictionary (or `None`) of arguments, Python functions apart.
pub fn call_any(vm: &mut PyVm, f: Value, args: Value, kw: Value) -> R {
    // Keywords travel as a heap tuple: name, value, name, value …
    let flat = match kw.obj() {
        Some(d) => {
            let t = vm.core.heap.alloc_array(Tuple::TYPE, 2 * dict::len(d));
            for (i, (k, v)) in dict::pairs(d).enumerate() {
                t.init_elem(Tuple::items, 2 * i, k);
                t.init_elem(Tuple::items, 2 * i + 1, v);
            }
            Some(t)
        }
        None => None,
    };
    let all = Args { pos: args.as_obj().elems(Tuple::items), kw: flat.map_or(&[], |t| t.elems(Tuple::items)) };
    if let Some(o) = f.obj() {
        match o.type_id() {
            Builtin::ID => return invoke(vm, o, all),
            StaticMethod::ID => return call_any(vm, o.get(StaticMethod::func), args, kw),
            BoundMethod::ID => {
                let (g, r) = (o.get(BoundMethod::func), o.get(BoundMethod::receiver));
                let first = crate::objects::new_tuple(vm, &[r]);
                let args = list::concat(vm, first.as_obj(), args.as_obj())?;
                return if as_type(g, Function::TYPE).is_some() { call_ex(vm, g, args, kw) } else { call_any(vm, g, args, kw) };
            }
            ClassObj::ID => return class_builder::instantiate(vm, f, args, kw, all),
            Function::ID => return call_ex(vm, f, args, kw),
            _ => {}
        }
        if let Some(g) = attr::special(vm, f, names::CALL)? {
            return call_ex(vm, g, args, kw);
        }
    }
    let t = type_name(vm, f);
    type_error(vm, &format!("'{t}' object is not callable"))
}

/// Adds all items to a set's dictionary.
pub fn set_update(vm: &mut PyVm, d: Obj, v: Value) -> R<()> {
    let it = iter::get_iter(vm, v)?;
    while let Some(x) = iter::next(vm, it)? {
        dict::set(vm, d, x, NONE)?;
    }
    Ok(())
}

/// Adds the entries of a dictionary or of an iterable of pairs.
pub fn dict_update(vm: &mut PyVm, d: Obj, v: Value) -> R<()> {
    if let Some(o) = as_type(v, Dict::TYPE) {
        return dict::update(vm, d, o);
    }
    let keys = crate::runtime::intern(vm, "keys");
    if let Some(keys) = attr::call_special(vm, v, keys, &[])? {
        let it = iter::get_iter(vm, keys)?;
        while let Some(k) = iter::next(vm, it)? {
            let x = ops::get_item(vm, v, k)?;
            dict::set(vm, d, k, x)?;
        }
        return Ok(());
    }
    let it = iter::get_iter(vm, v)?;
    while let Some(pair) = iter::next(vm, it)? {
        let l = iter::to_list(vm, pair)?;
        let &[k, x] = list::items(l) else {
            return value_error(vm, &format!("dictionary update sequence element has length {}; 2 is required", list::size(l)));
        };
        dict::set(vm, d, k, x)?;
    }
    Ok(())
}

/// A replacement field of an f-string, or `format()`.
pub fn format_field(vm: &mut PyVm, v: Value, spec: Value, conversion: i64) -> R {
    let v = match conversion {
        1 => repr::str_of(vm, v).map(|s| string::new_str(vm, &s))?,
        2 => repr::repr(vm, v).map(|s| string::new_str(vm, &s))?,
        3 => repr::repr(vm, v).map(|s| string::new_str(vm, &repr::ascii(&s)))?,
        _ => v,
    };
    let empty = spec == NONE;
    if empty && v.obj().is_some_and(|o| o.is(Str::TYPE)) {
        return Ok(v);
    }
    if ops::is_instance(v) {
        let s = if empty { string::new_str(vm, "") } else { spec };
        if let Some(r) = attr::call_special(vm, v, names::FORMAT, &[s])? {
            if string::as_str(r).is_none() {
                let t = type_name(vm, r);
                return type_error(vm, &format!("__format__ must return a str, not {t}"));
            }
            return Ok(r);
        }
    }
    let s = fmt::format(vm, v, string::as_str(spec).unwrap_or(""))?;
    Ok(string::new_str(vm, &s))
}

/// `isinstance(v, t)`.
pub fn isinstance_of(vm: &mut PyVm, v: Value, t: Value) -> R<bool> {
    let c = class_of(vm, v);
    if as_class(t) == Some(c) {
        return Ok(true);
    }
    class_test(vm, v, c, t, false)
}

/// `isinstance(v, t)` for `v` of class `c`, or `issubclass(v, t)`.
pub fn class_test(vm: &mut PyVm, v: Value, c: P<Class>, t: Value, sub: bool) -> R<bool> {
    let hook = if sub { names::SUBCLASSCHECK } else { names::INSTANCECHECK };
    if let Some(class) = as_class(t) {
        if let Some(f) = class.meta.get().and_then(|m| m.lookup(hook)).filter(|f| as_type(*f, Function::TYPE).is_some()) {
            let r = crate::call::call(vm, f, &[t, v])?;
            return ops::truth(vm, r);
        }
        if c.is_subclass(class) {
            return Ok(true);
        }
        // What a proxy says it is.
        if !sub
            && ops::is_instance(v)
            && c.lookup(names::CLASS).is_some()
            && let Some(said) = attr::find(vm, v, names::CLASS)?
        {
            return Ok(as_class(said).is_some_and(|s| s.is_subclass(class)));
        }
        return Ok(false);
    }
    if let Some(items) = as_type(t, Tuple::TYPE) {
        ops::enter(vm)?;
        for t in items.elems::<Value>(Tuple::items) {
            if class_test(vm, v, c, *t, sub)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if ops::is_instance(t)
        && let Some(r) = attr::call_special(vm, t, hook, &[v])?
    {
        return ops::truth(vm, r);
    }
    type_error(
        vm,
        if sub {
            "issubclass() arg 2 must be a class, a tuple of classes, or a union"
        } else {
            "isinstance() arg 2 must be a type, a tuple of types, or a union"
        },
    )
}

/// The items of an iterable as a tuple: exactly `before`, or with a star `before`, a list, and `after`.
pub fn unpack(vm: &mut PyVm, v: Value, before: usize, after: Option<usize>) -> R {
    let it = match iter::get_iter(vm, v) {
        Ok(it) => it,
        Err(e) => {
            if crate::objects::exception::catch(vm, Known::TypeError).is_some() {
                let t = type_name(vm, v);
                return type_error(vm, &format!("cannot unpack non-iterable {t} object"));
            }
            return Err(e);
        }
    };
    let l = list::with_capacity(vm, before + 1);
    while let Some(x) = iter::next(vm, it)? {
        list::push(vm, l, x)?;
        if after.is_none() && list::size(l) > before {
            let got = ops::length(v).map_or(String::new(), |n| format!(", got {n}"));
            return value_error(vm, &format!("too many values to unpack (expected {before}{got})"));
        }
    }
    let n = list::size(l);
    let least = before + after.unwrap_or(0);
    if n < least {
        let at_least = if after.is_some() { "at least " } else { "" };
        return value_error(vm, &format!("not enough values to unpack (expected {at_least}{least}, got {n})"));
    }
    let Some(after) = after else { return list::to_tuple(vm, l) };
    let middle = list::from_slice(vm, &list::items(l)[before..n - after]);
    let t = vm.core.heap.alloc_array(Tuple::TYPE, before + 1 + after);
    for (i, x) in list::items(l)[..before].iter().chain([&middle]).chain(&list::items(l)[n - after..]).enumerate() {
        t.init_elem(Tuple::items, i, *x);
    }
    Ok(t.into())
}

/// Defines all builtin functions, classes and methods.
pub fn install(vm: &mut PyVm) {
    let module = vm.rt.builtins.expect("made before");
    for def in functions::FUNCTIONS.iter().chain(source::FUNCTIONS).chain(crate::modules::files::FUNCTIONS) {
        let b = new_function(vm, def);
        crate::runtime::set_module_var(vm, module, def.name, b);
    }
    for k in Known::ALL {
        let class = vm.rt.class(*k);
        let (name, _) = crate::objects::class::KNOWN[*k as usize];
        let public = class.exception || types::CONSTRUCTORS.iter().any(|(n, _)| n == k) || matches!(k, Known::Object | Known::Type | Known::Super);
        if public {
            crate::runtime::set_module_var(vm, module, name, class.object.get());
        }
    }
    types::install(vm);
    methods::install(vm);
    numbers::install(vm);
    sequences::install(vm);
    sets::install(vm);
    text::install(vm);
    bytes::install(vm);
    dunder::install(vm);
    group::install(vm);
    for (k, table) in [
        (Known::Generator, crate::objects::generator::METHODS),
        (Known::Coroutine, crate::objects::generator::COROUTINE),
        (Known::AsyncGenerator, crate::objects::generator::ASYNC_GENERATOR),
    ] {
        let class = vm.rt.class(k);
        add_methods(vm, class, table);
    }
    for (name, v) in [("NotImplemented", NOT_IMPLEMENTED), ("Ellipsis", ELLIPSIS)] {
        crate::runtime::set_module_var(vm, module, name, v);
    }
    let debug = TRUE;
    crate::runtime::set_module_var(vm, module, "__debug__", debug);
}

/// Entries of a `{**v}` display, or of keyword arguments `f(**v)`, where no name comes twice.
pub fn display_update(vm: &mut PyVm, d: Obj, v: Value, call: bool) -> R<()> {
    if as_type(v, Dict::TYPE).is_none() && attr::find(vm, v, names::KEYS)?.is_none() {
        let t = type_name(vm, v);
        return type_error(
            vm,
            &if call { format!("argument after ** must be a mapping, not {t}") } else { format!("'{t}' object is not a mapping") },
        );
    }
    if !call {
        return dict_update(vm, d, v);
    }
    let more = dict::new(vm);
    dict_update(vm, more, v)?;
    let mut i = 0;
    while let Some((at, k, x)) = dict::next_entry(more, i) {
        i = at + 1;
        if dict::get(vm, d, k)?.is_some() {
            let k = repr::str_of(vm, k)?;
            return type_error(vm, &format!("got multiple values for keyword argument '{k}'"));
        }
        dict::set(vm, d, k, x)?;
    }
    Ok(())
}

/// Declares a table of builtins: name, function, fewest and most arguments, `kw` if it takes keywords.
#[macro_export]
macro_rules! builtins {
    ($table:ident: $( $name:literal $f:path, $min:literal, $max:expr $(, $kw:ident)? $(=> $intrinsic:ident)? ;)*) => {
        /// The builtins declared in this file.
        pub static $table: &[$crate::builtins::BuiltinDef] = &[$( $crate::builtins::BuiltinDef {
            name: $name, run: $f, min: $min, max: $max, keywords: $crate::builtins!(@kw $($kw)?),
            intrinsic: $crate::builtins!(@intrinsic $($intrinsic)?),
        } ),*];
    };
    (@kw) => { false };
    (@kw kw) => { true };
    (@intrinsic) => { $crate::builtins::Intrinsic::None };
    (@intrinsic $i:ident) => { $crate::builtins::Intrinsic::$i };
}
