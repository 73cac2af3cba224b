//! Heap layouts of all built-in objects, and the singletons.

use framework::{Obj, Value, layout};

/// A variable, attribute or optional argument that has no value. Programs never see it.
pub const MISSING: Value = Value::singleton(2);
/// `None`.
pub const NONE: Value = Value::singleton(3);
/// `False`.
pub const FALSE: Value = Value::singleton(4);
/// `True`.
pub const TRUE: Value = Value::singleton(5);
/// `NotImplemented`.
pub const NOT_IMPLEMENTED: Value = Value::singleton(6);
/// `...`
pub const ELLIPSIS: Value = Value::singleton(7);
/// What iteration steps answer after the last item. Programs never see it.
pub const EXHAUSTED: Value = Value::singleton(8);
/// A fast residual function declines: take the general way. Programs never see it.
pub const DECLINED: Value = Value::singleton(9);

/// `True` or `False`.
#[inline(always)]
pub fn bool_value(b: bool) -> Value {
    if b { TRUE } else { FALSE }
}

/// How many ASCII characters there are.
pub const ASCII: usize = 128;

layout! {
    /// An integer beyond 64 bits: owns a boxed `IBig`.
    pub BigInt = 16, finalize = drop_big { ptr: i64 }
    /// A string: UTF-8, its number of characters (equal to the bytes' if ASCII), its hash once asked for (else 0).
    pub Str = 17 { len: i64, chars: i64, mut hash: i64, [bytes: u8] }
    /// A bytes object.
    pub Bytes = 18 { len: i64, [data: u8] }
    /// A tuple.
    pub Tuple = 19 { len: i64, [items: Value] }
    /// Storage of lists, dictionaries, generators.
    pub Items = 20 { len: i64, [mut items: Value] }
    /// A list: the first `size` of `items` (an `Items`).
    pub List = 21 { mut size: i64, mut items: Obj }
    /// A dictionary: `entries` holds (hash, key, value) triples in insertion order, `fill` of them used, deleted ones with a
    /// `MISSING` key; `index` is the open-addressing table of entry numbers + 1.
    pub Dict = 22 { mut used: i64, mut fill: i64, mut index: Obj, mut entries: Obj }
    /// A dictionary's table.
    pub DictIndex = 23 { len: i64, [mut slots: i64] }
    /// A set: the keys of a dictionary.
    pub Set = 24 { dict: Obj }
    /// An immutable set.
    pub FrozenSet = 25 { dict: Obj }
    /// A slice.
    pub Slice = 26 { start: Value, stop: Value, step: Value }
    /// A range of 64-bit integers.
    pub Range = 27 { start: i64, stop: i64, step: i64 }
    /// Iterator over a range: `left` items from `cur`.
    pub RangeIter = 28 { mut cur: i64, mut left: i64, step: i64 }
    /// Iterator over a list or tuple; `seq` is `None` at the end.
    pub SeqIter = 29 { mut index: i64, mut seq: Value }
    /// An instance of a class written in Python, or an exception. `shape` says which attribute lies in which slot; slots beyond
    /// the inline ones are in `extra` (an `Items`).
    pub Instance = 30 { len: i64, mut shape: i64, mut extra: Value, [mut slots: Value] }
    /// A class: `data` is the address of its `Class`.
    pub ClassObj = 31 { data: i64 }
    /// A Python function.
    pub Function = 32 { code: i64, mut defaults: Value, mut kwdefaults: Value, closure: Value, mut dict: Value }
    /// A Python function or builtin with its first argument.
    pub BoundMethod = 33 { func: Value, receiver: Value }
    /// A function of the runtime: `def` is the address of its `BuiltinDef`.
    pub Builtin = 34 { def: i64, receiver: Value }
    /// A module: `data` is the address of its `Module`.
    pub ModuleObj = 35 { data: i64 }
    /// A variable shared with inner functions, or a global.
    pub CellObj = 36 { mut value: Value }
    /// A property.
    pub Property = 37 { fget: Value, fset: Value, fdel: Value, doc: Value }
    /// `staticmethod`
    pub StaticMethod = 38 { func: Value }
    /// `classmethod`
    pub ClassMethod = 39 { func: Value }
    /// `super(class, receiver)`
    pub Super = 40 { class: Value, receiver: Value }
    /// One activation an exception passed, and the next inner one.
    pub Traceback = 41 { next: Value, code: i64, pc: i64 }
    /// A generator: its registers while suspended. `state`: see `objects::generator`.
    pub Generator = 42 { mut state: i64, code: i64, mut pc: i64, mut regs: Obj }
    /// Any other built-in iterator: `kind` says which, the rest is its state.
    pub Iter = 43 { kind: i64, mut index: i64, mut a: Value, mut b: Value }
    /// `keys()`, `values()` or `items()` of a dictionary (kind 0, 1, 2).
    pub DictView = 44 { kind: i64, dict: Obj }
    /// A bytearray: the first `size` bytes of `data` (a `Bytes`).
    pub ByteArray = 46 { mut size: i64, mut data: Obj }
    /// The interpreter's own mutable state: the exception being handled.
    pub State = 45 { mut handled: Value }
}

unsafe fn drop_big(o: Obj) {
    // SAFETY: `ptr` came from `Box::into_raw` when the object was made, and the collector finalizes an object once.
    drop(unsafe { Box::from_raw(o.get(BigInt::ptr) as *mut dashu_int::IBig) });
}
