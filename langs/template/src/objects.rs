//! What values are: singletons, heap layouts, shapes of records, and how values look when printed.

use crate::Sprig;
use framework::{CodeRef, Green, Heap, Obj, QuasiCell, Value, layout};

/// `nil`
pub const NIL: Value = Value::singleton(2);
/// `false`
pub const FALSE: Value = Value::singleton(3);
/// `true`
pub const TRUE: Value = Value::singleton(4);
/// What a top-level variable holds before its `let` has run.
pub const UNSET: Value = Value::singleton(5);
/// The builtin with number `i` is the singleton `BUILTIN + i`.
pub const BUILTIN: u32 = 16;

layout! {
    /// A string: UTF-8, immutable. The header's aux bits cache its hash (0: not computed yet).
    pub Str = 16 { len: i64, chars: i64, [bytes: u8] }
    /// A function with the variables it captured.
    pub Closure = 17 { len: i64, code: i64, [captures: Value] }
    /// Where a variable lives that is both captured and assigned, or that is global.
    pub Box = 18 { mut value: Value }
    /// A list; elements from `size` up are spare room.
    pub List = 19 { mut size: i64, mut items: Obj }
    /// The elements of a list, or keys and values of a map in turn.
    pub Items = 20 { len: i64, [mut items: Value] }
    /// A map in order of insertion: see `map.rs`.
    pub Map = 21 { mut size: i64, mut used: i64, mut entries: Obj, mut table: Obj }
    /// A map's hash table: 1 + entry number, or 0.
    pub Table = 22 { len: i64, [mut slots: i64] }
    /// A record type: what calling it makes.
    pub RecordType = 23 { shape: i64 }
    /// A record: its fields in the order of the shape.
    pub Record = 24 { len: i64, shape: i64, [mut fields: Value] }
    /// An error that was raised: message, what was thrown (or nil), and the calls it went through.
    pub Error = 25 { message: Value, value: Value, mut trace: Value }
}

/// A `fn` or `record` at the top level. Compiled code takes it for a constant; the REPL may define it anew.
#[derive(Debug)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// The closure or record type.
    pub value: QuasiCell<Value>,
}

/// What all records of a type have in common. Immutable, so that a promoted shape makes field and method look-up constant.
#[derive(Debug)]
pub struct Shape {
    /// The type's name.
    pub name: String,
    /// Names of the fields.
    pub fields: Vec<String>,
    /// Names and code of the methods.
    pub methods: Vec<(String, CodeRef<Sprig>)>,
}

// SAFETY: a shape never changes, and the runtime keeps it.
unsafe impl Green for Shape {}

/// What a name is in a shape.
#[derive(Clone, Copy, Debug)]
pub enum Member {
    /// The field with this index.
    Field(u32),
    /// A method.
    Method(CodeRef<Sprig>),
    /// Nothing.
    Missing,
}

impl Shape {
    /// Looks a field or method up. A field hides a method of its name.
    pub fn member(&self, name: &str) -> Member {
        if let Some(i) = self.fields.iter().position(|f| f == name) {
            return Member::Field(i as u32);
        }
        self.methods.iter().find(|(n, _)| n == name).map_or(Member::Missing, |(_, code)| Member::Method(*code))
    }

    /// The shape at an address taken from a `RecordType` or a `Record`.
    ///
    /// # Safety
    /// `addr` must be such an address.
    #[inline(always)]
    pub unsafe fn from_addr<'a>(addr: i64) -> &'a Shape {
        // SAFETY: the caller's promise; the runtime keeps shapes as long as the VM.
        unsafe { &*(addr as *const Shape) }
    }
}

/// A boolean as a value.
pub fn boolean(b: bool) -> Value {
    if b { TRUE } else { FALSE }
}

/// Neither `nil` nor `false`?
pub fn truthy(v: Value) -> bool {
    v != NIL && v != FALSE
}

/// Makes a string.
pub fn new_str(heap: &mut Heap, text: &str) -> Value {
    let o = heap.alloc_array(Str::TYPE, text.len());
    o.init(Str::chars, text.chars().count() as i64);
    o.bytes_mut(Str::bytes).copy_from_slice(text.as_bytes());
    o.into()
}

/// Joins two strings; `None` if there is no room for the result.
pub fn concat(heap: &mut Heap, a: Obj, b: Obj) -> Option<Value> {
    let o = heap.try_alloc_array(Str::TYPE, a.len() + b.len())?;
    o.init(Str::chars, a.get(Str::chars) + b.get(Str::chars));
    let bytes = o.bytes_mut(Str::bytes);
    bytes[..a.len()].copy_from_slice(a.bytes(Str::bytes));
    bytes[a.len()..].copy_from_slice(b.bytes(Str::bytes));
    Some(o.into())
}

/// The text of a string object.
pub fn text<'a>(o: Obj) -> &'a str {
    // SAFETY: only whole UTF-8 texts are copied into `Str` objects.
    unsafe { std::str::from_utf8_unchecked(o.bytes(Str::bytes)) }
}

/// The text of a value that is a string.
pub fn as_text<'a>(v: Value) -> Option<&'a str> {
    v.obj().filter(|o| o.is(Str::TYPE)).map(text)
}

/// Makes an empty list with room for some elements.
pub fn new_list(heap: &mut Heap, room: usize) -> Obj {
    let items = heap.alloc_array(Items::TYPE, room);
    list_with(heap, items)
}

/// The same; `None` if there is no memory for it.
pub fn try_new_list(heap: &mut Heap, room: usize) -> Option<Obj> {
    let items = heap.try_alloc_array(Items::TYPE, room)?;
    Some(list_with(heap, items))
}

fn list_with(heap: &mut Heap, items: Obj) -> Obj {
    let list = heap.alloc(List::TYPE);
    list.init(List::items, items);
    list
}

/// Makes room for one more element; `false` if there is no memory for it.
#[must_use]
pub fn list_reserve(heap: &mut Heap, list: Obj) -> bool {
    let (size, items) = (list.get(List::size) as usize, list.get(List::items));
    if size < items.len() {
        return true;
    }
    let Some(bigger) = heap.try_alloc_array(Items::TYPE, (2 * size).max(4)) else { return false };
    for (i, &item) in items.elems(Items::items).iter().enumerate() {
        bigger.init_elem(Items::items, i, item);
    }
    heap.set(list, List::items, bigger);
    true
}

/// Appends to a list. Where a program could make it endlessly long, call `list_reserve` first.
pub fn list_push(heap: &mut Heap, list: Obj, v: Value) {
    assert!(list_reserve(heap, list), "out of memory");
    let size = list.get(List::size);
    heap.set_elem(list.get(List::items), Items::items, size as usize, v);
    heap.set(list, List::size, size + 1);
}

/// The elements of a list, good until the next store to it.
pub fn list_items<'a>(list: Obj) -> &'a [Value] {
    &list.get(List::items).elems(Items::items)[..list.get(List::size) as usize]
}

/// Name of a value's type, for messages and the builtin `type`.
pub fn type_name(v: Value) -> &'static str {
    if v.int().is_some() {
        return "int";
    }
    if v.float().is_some() {
        return "float";
    }
    match v {
        NIL => "nil",
        TRUE | FALSE => "bool",
        _ => match v.obj().map(Obj::type_id) {
            Some(Str::ID) => "string",
            Some(List::ID) => "list",
            Some(Map::ID) => "map",
            Some(Record::ID) => "record",
            Some(Error::ID) => "error",
            Some(RecordType::ID) => "record type",
            _ => "function",
        },
    }
}

/// Deepest nesting that is printed.
const MAX_DEPTH: usize = 100;

/// A value as `print` shows it; strings in quotes if `quoted`, as they are inside lists.
pub fn display(v: Value, quoted: bool) -> String {
    let mut out = String::new();
    write_value(&mut out, v, quoted, &mut vec![]);
    out
}

fn write_value(out: &mut String, v: Value, quoted: bool, around: &mut Vec<Obj>) {
    if let Some(i) = v.int() {
        return out.push_str(&i.to_string());
    }
    if let Some(f) = v.float() {
        return write_float(out, f);
    }
    let Some(o) = v.obj() else {
        return out.push_str(match v {
            NIL => "nil",
            TRUE => "true",
            FALSE => "false",
            UNSET => "unset",
            _ => return out.push_str(&format!("<builtin {}>", crate::builtins::name_of(v))),
        });
    };
    match o.type_id() {
        Str::ID if quoted => out.push_str(&format!("{:?}", text(o))),
        Str::ID => out.push_str(text(o)),
        Closure::ID => out.push_str(&format!("<fn {}>", code_of(o).name)),
        RecordType::ID => out.push_str(&format!("<record {}>", shape_of(o.get(RecordType::shape)).name)),
        Error::ID => out.push_str(&format!("error: {}", display(o.get(Error::message), false))),
        Box::ID => out.push_str("<box>"),
        _ if around.contains(&o) || around.len() >= MAX_DEPTH => out.push('…'),
        _ => {
            around.push(o);
            write_parts(out, o, around);
            around.pop();
        }
    }
}

/// A list, map or record.
fn write_parts(out: &mut String, o: Obj, around: &mut Vec<Obj>) {
    match o.type_id() {
        List::ID => {
            out.push('[');
            for (i, &item) in list_items(o).iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                write_value(out, item, true, around);
            }
            out.push(']');
        }
        Map::ID => {
            out.push('{');
            for (i, (k, v)) in crate::map::entries(o).enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                write_value(out, k, true, around);
                out.push_str(": ");
                write_value(out, v, true, around);
            }
            out.push('}');
        }
        _ => {
            let shape = shape_of(o.get(Record::shape));
            out.push_str(&shape.name);
            out.push('(');
            for (i, (name, &v)) in shape.fields.iter().zip(o.elems(Record::fields)).enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                out.push_str(name);
                out.push_str(": ");
                write_value(out, v, true, around);
            }
            out.push(')');
        }
    }
}

/// The shortest digits that read back as the same float, always with a point or an exponent.
fn write_float(out: &mut String, f: f64) {
    out.push_str(&match f {
        _ if f.is_nan() => "nan".to_string(),
        _ if f.is_infinite() => format!("{}inf", if f < 0.0 { "-" } else { "" }),
        _ => format!("{f:?}"),
    });
}

fn code_of<'a>(closure: Obj) -> &'a crate::bytecode::Code {
    // SAFETY: closures are made with the address of a `CodeRef`.
    unsafe { CodeRef::<Sprig>::from_addr(closure.get(Closure::code) as u64) }.get()
}

fn shape_of<'a>(addr: i64) -> &'a Shape {
    // SAFETY: callers take the address from a record or a record type.
    unsafe { Shape::from_addr(addr) }
}
