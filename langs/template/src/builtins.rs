//! The builtin functions: one table says their names, how many arguments they take, and what they do.

use crate::Sprig;
use crate::map;
use crate::objects::{
    BUILTIN, Items, List, Map, NIL, Str, as_text, boolean, display, list_items, list_push, list_reserve, new_list, new_str, text, type_name,
};
use crate::operators as ops;
use crate::runtime::{OUT_OF_MEMORY, Reason, count, new_error, raise};
use crate::step::{Res, fail};
use framework::{Obj, Val, Value, Vm, World, residual};
use std::io::Write;

/// A builtin function, for those who only want to know about it.
pub struct Builtin {
    /// What programs call it.
    pub name: &'static str,
    /// Least number of arguments.
    pub min: u8,
    /// Greatest number of arguments.
    pub max: u8,
    /// A line for the tutorial and the REPL's `:help`.
    pub doc: &'static str,
}

macro_rules! builtins {
    ($( $name:ident $text:literal $min:literal..=$max:literal $doc:literal => |$w:ident, $a:ident, $n:ident| $body:expr; )*) => {
        #[allow(non_camel_case_types)]
        #[repr(u16)]
        enum Number { $($name),* }

        /// The builtins by number.
        pub const BUILTINS: &[Builtin] = &[$( Builtin { name: $text, min: $min, max: $max, doc: $doc } ),*];

        /// Calls a builtin with `n` arguments in the registers from `a` on; the number of arguments has been checked.
        #[inline(always)]
        pub fn call<W: World<Lang = Sprig>>(w: &mut W, number: u16, a: u32, n: u32) -> Res<Val<W>> {
            $(
                #[allow(unused_variables)]
                #[inline]
                fn $name<W: World<Lang = Sprig>>($w: &mut W, $a: u32, $n: u32) -> Res<Val<W>> { $body }
            )*
            $( if number == Number::$name as u16 { return $name(w, a, n); } )*
            unreachable!("builtins are numbered by the table")
        }
    };
}

/// Calls a residual function with the first registers as arguments.
macro_rules! residual_call {
    ($w:ident, $f:ident, $($r:expr),*) => {{ let args = ($($w.get($r),)*); $w.call_raising(&$f, args) }};
}

builtins! {
    // What hot loops use: generic code, so it is traced.
    len "len" 1..=1 "number of elements of a list or map, or of characters of a string" => |w, a, n| {
        let v = w.get(a);
        if w.is_a(v, List::TYPE) {
            let list = w.to_obj(v);
            let size = w.load(list, List::size);
            return Ok(w.from_int(size));
        }
        w.call_raising(&LEN, (v,))
    };
    push "push" 2..=2 "appends a value to a list" => |w, a, n| {
        let (v, item) = (w.get(a), w.get(a + 1));
        if w.is_a(v, List::TYPE) {
            let list = w.to_obj(v);
            let (size, items) = (w.load(list, List::size), w.load(list, List::items));
            let room = w.len(items, Items::TYPE);
            if w.lt(size, room) {
                let one = w.constant(1);
                let more = w.add(size, one);
                w.store_elem(items, Items::items, size, item);
                w.store(list, List::size, more);
                return Ok(w.constant(NIL));
            }
        }
        w.call_raising(&PUSH, (v, item))
    };
    pop "pop" 1..=1 "removes and returns the last element of a list" => |w, a, n| {
        let v = w.get(a);
        if !w.is_a(v, List::TYPE) {
            return w.call_raising(&WRONG_LIST, (v,));
        }
        let (list, one) = (w.to_obj(v), w.constant(1));
        let size = w.load(list, List::size);
        if w.is(size, 0) {
            return fail(w, Reason::EmptyPop);
        }
        let last = w.sub(size, one);
        let items = w.load(list, List::items);
        let item = w.load_elem(items, Items::items, last);
        let nil = w.constant(NIL);
        w.store_elem(items, Items::items, last, nil);
        w.store(list, List::size, last);
        Ok(item)
    };
    sqrt "sqrt" 1..=1 "square root" => |w, a, n| {
        let v = w.get(a);
        let x = if w.is_float(v) {
            w.to_float(v)
        } else if w.is_int(v) {
            let i = w.to_int(v);
            w.int_to_float(i)
        } else {
            return w.call_raising(&WRONG_NUMBER, (v,));
        };
        let root = w.fsqrt(x);
        Ok(w.from_float(root))
    };
    abs "abs" 1..=1 "a number without its sign" => |w, a, n| {
        let v = w.get(a);
        if w.is_float(v) {
            let x = w.to_float(v);
            let x = w.fabs(x);
            return Ok(w.from_float(x));
        }
        if !w.is_int(v) {
            return w.call_raising(&WRONG_NUMBER, (v,));
        }
        let (i, zero) = (w.to_int(v), w.constant(0));
        if w.lt(i, zero) { ops::neg(w, v) } else { Ok(v) }
    };
    min "min" 1..=250 "the least of its arguments" => |w, a, n| {
        let mut least = w.get(a);
        for i in 1..n {
            let v = w.get(a + i);
            if ops::less(w, v, least)? { least = v }
        }
        Ok(least)
    };
    max "max" 1..=250 "the greatest of its arguments" => |w, a, n| {
        let mut greatest = w.get(a);
        for i in 1..n {
            let v = w.get(a + i);
            if ops::less(w, greatest, v)? { greatest = v }
        }
        Ok(greatest)
    };
    float "float" 1..=1 "a number, or a string that shows one, as a float" => |w, a, n| {
        let v = w.get(a);
        if w.is_float(v) {
            return Ok(v);
        }
        if w.is_int(v) {
            let i = w.to_int(v);
            let x = w.int_to_float(i);
            return Ok(w.from_float(x));
        }
        w.call_raising(&PARSE_FLOAT, (v,))
    };
    int "int" 1..=1 "a number rounded to zero, or a string that shows one, as an int" => |w, a, n| {
        let v = w.get(a);
        if w.is_int(v) {
            return Ok(v);
        }
        if w.is_float(v) {
            let x = w.to_float(v);
            return match w.float_to_int(x) {
                Some(i) => Ok(w.from_int(i)),
                None => fail(w, Reason::NoFloatInt),
            };
        }
        w.call_raising(&PARSE_INT, (v,))
    };
    floor "floor" 1..=1 "the greatest int that is not greater than a number" => |w, a, n| {
        let v = w.get(a);
        if w.is_int(v) {
            return Ok(v);
        }
        if !w.is_float(v) {
            return w.call_raising(&WRONG_NUMBER, (v,));
        }
        let x = w.to_float(v);
        match w.float_to_int(x) {
            Some(i) => {
                let back = w.int_to_float(i);
                let one = w.constant(1);
                let i = if w.flt(x, back) { w.sub(i, one) } else { i };
                Ok(w.from_int(i))
            }
            None => fail(w, Reason::NoFloatInt),
        }
    };

    // The rest: residual functions.
    print "print" 0..=250 "prints its arguments, with spaces between them, and ends the line" => |w, a, n| {
        for i in 0..n {
            let (v, first) = (w.get(a + i), w.constant((i == 0) as i64));
            w.call(&PRINT, (v, first));
        }
        Ok(w.call(&PRINT_LINE, ()))
    };
    str "str" 1..=1 "a value as a string, as `print` shows it" => |w, a, n| residual_call!(w, STR, a);
    type_ "type" 1..=1 "the name of a value's type" => |w, a, n| residual_call!(w, TYPE, a);
    keys "keys" 1..=1 "a list of the keys of a map, in order of insertion" => |w, a, n| residual_call!(w, KEYS, a);
    values "values" 1..=1 "a list of the values of a map" => |w, a, n| residual_call!(w, VALUES, a);
    has "has" 2..=2 "does a map have this key?" => |w, a, n| residual_call!(w, HAS, a, a + 1);
    remove "remove" 2..=2 "removes a key from a map and returns its value, or nil" => |w, a, n| residual_call!(w, REMOVE, a, a + 1);
    slice "slice" 3..=3 "the elements or characters from one index to before another" => |w, a, n| residual_call!(w, SLICE, a, a + 1, a + 2);
    split "split" 2..=2 "the parts of a string between separators" => |w, a, n| residual_call!(w, SPLIT, a, a + 1);
    join "join" 2..=2 "the elements of a list as a string, with a separator" => |w, a, n| residual_call!(w, JOIN, a, a + 1);
    sort "sort" 1..=1 "sorts a list of numbers or of strings in place" => |w, a, n| residual_call!(w, SORT, a);
    ord "ord" 1..=1 "the code of a string's first character" => |w, a, n| residual_call!(w, ORD, a);
    chr "chr" 1..=1 "the character with this code" => |w, a, n| residual_call!(w, CHR, a);
    error "error" 1..=1 "an error with this message, to be thrown" => |w, a, n| residual_call!(w, ERROR, a);
    clock "clock" 0..=0 "seconds since the program started" => |w, a, n| w.call_raising(&CLOCK, ());
}

/// The builtin with this name.
pub fn number_of(name: &str) -> Option<u16> {
    BUILTINS.iter().position(|b| b.name == name).map(|i| i as u16)
}

/// A builtin as a value.
pub fn value_of(number: u16) -> Value {
    Value::singleton(BUILTIN + number as u32)
}

/// The name of a value that is a builtin.
pub fn name_of(v: Value) -> &'static str {
    v.singleton_id().and_then(|id| BUILTINS.get((id as usize).checked_sub(BUILTIN as usize)?)).map_or("?", |b| b.name)
}

/// Does the builtin take so many arguments?
pub fn check_count(number: u16, given: usize) -> Result<(), String> {
    let b = &BUILTINS[number as usize];
    if (b.min as usize..=b.max as usize).contains(&given) {
        Ok(())
    } else {
        Err(format!("`{}` is given {}", b.name, count(given as i64, "argument")))
    }
}

fn list(v: Value) -> Option<Obj> {
    v.obj().filter(|o| o.is(List::TYPE))
}

fn a_map(v: Value) -> Option<Obj> {
    v.obj().filter(|o| o.is(Map::TYPE))
}

fn wrong(vm: &mut Vm<Sprig>, wanted: &str, v: Value) -> Value {
    raise(vm, &format!("{wanted} is wanted here, not a value of type {}", type_name(v)))
}

/// A list of the strings.
fn strings<'a>(vm: &mut Vm<Sprig>, parts: impl Iterator<Item = &'a str>) -> Value {
    let list = new_list(&mut vm.core.heap, 0);
    for part in parts {
        let s = new_str(&mut vm.core.heap, part);
        list_push(&mut vm.core.heap, list, s);
    }
    list.into()
}

fn write(vm: &mut Vm<Sprig>, text: &str) {
    // A reader that has gone away is no reason to stop, and there is nobody left to tell.
    let _ = vm.rt.out.write_all(text.as_bytes());
}

residual! {
    /// Raises: no list.
    pub fn WRONG_LIST[Any](vm: &mut Vm<Sprig>, v: Value) -> Value { wrong(vm, "a list", v) }
    /// Raises: no number.
    pub fn WRONG_NUMBER[Any](vm: &mut Vm<Sprig>, v: Value) -> Value { wrong(vm, "a number", v) }

    /// `len` of what is no list.
    pub fn LEN[Any](vm: &mut Vm<Sprig>, v: Value) -> Value {
        match v.obj() {
            Some(o) if o.is(Str::TYPE) => vm.core.heap.int(o.get(Str::chars)),
            Some(o) if o.is(Map::TYPE) => vm.core.heap.int(map::len(o) as i64),
            _ => wrong(vm, "a list, map or string", v),
        }
    }

    /// `push` where the list has no room.
    pub fn PUSH[Any](vm: &mut Vm<Sprig>, v: Value, item: Value) -> Value {
        let Some(list) = list(v) else { return wrong(vm, "a list", v) };
        if !list_reserve(&mut vm.core.heap, list) {
            return raise(vm, OUT_OF_MEMORY);
        }
        list_push(&mut vm.core.heap, list, item);
        NIL
    }

    /// What `for` iterates over, as a list.
    pub fn ITERABLE[Any](vm: &mut Vm<Sprig>, v: Value) -> Value {
        match v.obj() {
            Some(o) if o.is(List::TYPE) => v,
            Some(o) if o.is(Map::TYPE) => keys_of(vm, o),
            Some(o) if o.is(Str::TYPE) => {
                let mut buffer = [0; 4];
                let list = new_list(&mut vm.core.heap, o.get(Str::chars) as usize);
                for c in text(o).chars() {
                    let s = new_str(&mut vm.core.heap, c.encode_utf8(&mut buffer));
                    list_push(&mut vm.core.heap, list, s);
                }
                list.into()
            }
            _ => wrong(vm, "a list, map or string", v),
        }
    }

    /// Prints one value.
    pub fn PRINT[Any](vm: &mut Vm<Sprig>, v: Value, first: i64) -> Value {
        if first == 0 {
            write(vm, " ");
        }
        match as_text(v) {
            Some(s) => write(vm, s),
            None => write(vm, &display(v, false)),
        }
        NIL
    }
    /// Ends the line.
    pub fn PRINT_LINE[Any](vm: &mut Vm<Sprig>) -> Value {
        write(vm, "\n");
        NIL
    }

    /// `str`. Reads whatever is inside the value.
    pub fn STR[ReadOnly](vm: &mut Vm<Sprig>, v: Value) -> Value {
        if as_text(v).is_some() {
            return v;
        }
        new_str(&mut vm.core.heap, &display(v, false))
    }
    /// `type`
    pub fn TYPE[Pure](vm: &mut Vm<Sprig>, v: Value) -> Value {
        new_str(&mut vm.core.heap, type_name(v))
    }
    /// `float` of a string.
    pub fn PARSE_FLOAT[Any](vm: &mut Vm<Sprig>, v: Value) -> Value {
        match as_text(v).map(|s| s.trim().parse::<f64>()) {
            Some(Ok(x)) => vm.core.heap.float(x),
            Some(Err(_)) => raise(vm, &format!("{} shows no number", display(v, true))),
            None => wrong(vm, "a number or a string", v),
        }
    }
    /// `int` of a string.
    pub fn PARSE_INT[Any](vm: &mut Vm<Sprig>, v: Value) -> Value {
        match as_text(v).map(|s| s.trim().parse::<i64>()) {
            Some(Ok(i)) => vm.core.heap.int(i),
            Some(Err(_)) => raise(vm, &format!("{} shows no int", display(v, true))),
            None => wrong(vm, "a number or a string", v),
        }
    }

    /// `keys`
    pub fn KEYS[Any](vm: &mut Vm<Sprig>, v: Value) -> Value {
        match a_map(v) {
            Some(m) => keys_of(vm, m),
            None => wrong(vm, "a map", v),
        }
    }
    /// `values`
    pub fn VALUES[Any](vm: &mut Vm<Sprig>, v: Value) -> Value {
        let Some(m) = a_map(v) else { return wrong(vm, "a map", v) };
        let all = new_list(&mut vm.core.heap, map::len(m));
        for (_, value) in map::entries(m) {
            list_push(&mut vm.core.heap, all, value);
        }
        all.into()
    }
    /// `has`
    pub fn HAS[Any](vm: &mut Vm<Sprig>, v: Value, key: Value) -> Value {
        match a_map(v) {
            Some(m) => boolean(map::get(m, key).is_some()),
            None => wrong(vm, "a map", v),
        }
    }
    /// `remove`
    pub fn REMOVE[Any](vm: &mut Vm<Sprig>, v: Value, key: Value) -> Value {
        match a_map(v) {
            Some(m) => map::remove(&mut vm.core.heap, m, key).unwrap_or(NIL),
            None => wrong(vm, "a map", v),
        }
    }

    /// `slice`; indexes beyond the ends mean the ends.
    pub fn SLICE[Any](vm: &mut Vm<Sprig>, v: Value, from: Value, to: Value) -> Value {
        let (Some(from), Some(to)) = (from.int(), to.int()) else { return raise(vm, "`slice` needs two ints after its first argument") };
        let range = |size: usize| {
            let to = to.clamp(0, size as i64) as usize;
            from.clamp(0, to as i64) as usize..to
        };
        match v.obj() {
            Some(o) if o.is(List::TYPE) => {
                let range = range(list_items(o).len());
                let part = new_list(&mut vm.core.heap, range.len());
                list_items(o)[range].iter().for_each(|&v| list_push(&mut vm.core.heap, part, v));
                part.into()
            }
            Some(o) if o.is(Str::TYPE) => {
                let r = range(o.get(Str::chars) as usize);
                let part: String = text(o).chars().skip(r.start).take(r.len()).collect();
                new_str(&mut vm.core.heap, &part)
            }
            _ => wrong(vm, "a list or string", v),
        }
    }
    /// `split`
    pub fn SPLIT[Any](vm: &mut Vm<Sprig>, v: Value, separator: Value) -> Value {
        match (as_text(v), as_text(separator)) {
            (Some(s), Some("")) => strings(vm, s.split("").filter(|p| !p.is_empty())),
            (Some(s), Some(separator)) => strings(vm, s.split(separator)),
            (Some(_), None) => wrong(vm, "a string", separator),
            _ => wrong(vm, "a string", v),
        }
    }
    /// `join`
    pub fn JOIN[Any](vm: &mut Vm<Sprig>, v: Value, separator: Value) -> Value {
        let Some(list) = list(v) else { return wrong(vm, "a list", v) };
        let Some(separator) = as_text(separator) else { return wrong(vm, "a string", separator) };
        let parts: Vec<String> = list_items(list).iter().map(|&item| display(item, false)).collect();
        new_str(&mut vm.core.heap, &parts.join(separator))
    }
    /// `sort`
    pub fn SORT[Any](vm: &mut Vm<Sprig>, v: Value) -> Value {
        let Some(list) = list(v) else { return wrong(vm, "a list", v) };
        let mut items = list_items(list).to_vec();
        // Nothing is allocated before all elements are back in the list.
        let number = |v: Value| v.float().or(v.int().map(|i| i as f64));
        if items.iter().all(|&v| v.int().is_some()) {
            items.sort_by_key(|v| v.int());
        } else if items.iter().all(|&v| number(v).is_some()) {
            items.sort_by(|&a, &b| number(a).unwrap_or(0.0).total_cmp(&number(b).unwrap_or(0.0)));
        } else if items.iter().all(|&v| as_text(v).is_some()) {
            items.sort_by_key(|&v| as_text(v));
        } else {
            return raise(vm, "only numbers or only strings can be sorted");
        }
        let storage = list.get(List::items);
        for (i, &item) in items.iter().enumerate() {
            vm.core.heap.set_elem(storage, Items::items, i, item);
        }
        NIL
    }
    /// `ord`
    pub fn ORD[Any](vm: &mut Vm<Sprig>, v: Value) -> Value {
        match as_text(v).and_then(|s| s.chars().next()) {
            Some(c) => vm.core.heap.int(c as i64),
            None => wrong(vm, "a string that is not empty", v),
        }
    }
    /// `chr`
    pub fn CHR[Any](vm: &mut Vm<Sprig>, v: Value) -> Value {
        match v.int().and_then(|i| u32::try_from(i).ok()).and_then(char::from_u32) {
            Some(c) => new_str(&mut vm.core.heap, c.encode_utf8(&mut [0; 4])),
            None => wrong(vm, "the code of a character", v),
        }
    }
    /// `error`
    pub fn ERROR[Any](vm: &mut Vm<Sprig>, v: Value) -> Value {
        let message = if as_text(v).is_some() { v } else { new_str(&mut vm.core.heap, &display(v, false)) };
        new_error(vm, message, NIL).into()
    }
    /// `clock`
    pub fn CLOCK[Any](vm: &mut Vm<Sprig>) -> Value {
        let seconds = vm.rt.started.elapsed().as_secs_f64();
        vm.core.heap.float(seconds)
    }
}

fn keys_of(vm: &mut Vm<Sprig>, m: Obj) -> Value {
    let all = new_list(&mut vm.core.heap, map::len(m));
    for (key, _) in map::entries(m) {
        list_push(&mut vm.core.heap, all, key);
    }
    all.into()
}
