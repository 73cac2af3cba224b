//! Classes, and the shapes of their instances.

use super::layouts::{ClassObj, MISSING};
use crate::builtins::BuiltinDef;
use crate::bytecode::Found;
use crate::names::{self, Name, NameMap};
use crate::perm::{Arena, P};
use crate::runtime::PyVm;
use framework::{Obj, QuasiCell, Value};
use std::cell::{Cell, RefCell};

macro_rules! known {
    ($($id:ident $name:literal $base:ident)*) => {
        /// Classes the runtime itself refers to.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        #[allow(missing_docs)]
        pub enum Known { $($id),* }
        /// Name and base of each, in order.
        pub const KNOWN: &[(&str, Known)] = &[$(($name, Known::$base)),*];
        impl Known {
            /// All of them, in order.
            pub const ALL: &'static [Known] = &[$(Known::$id),*];
        }
    };
}

known! {
    Object "object" Object
    Type "type" Object
    Int "int" Object
    Bool "bool" Int
    Float "float" Object
    Str "str" Object
    Bytes "bytes" Object
    ByteArray "bytearray" Object
    Tuple "tuple" Object
    List "list" Object
    Dict "dict" Object
    Set "set" Object
    FrozenSet "frozenset" Object
    Slice "slice" Object
    Range "range" Object
    NoneType "NoneType" Object
    NotImplementedType "NotImplementedType" Object
    EllipsisType "ellipsis" Object
    Function "function" Object
    Method "method" Object
    Builtin "builtin_function_or_method" Object
    Module "module" Object
    Property "property" Object
    StaticMethod "staticmethod" Object
    ClassMethod "classmethod" Object
    Super "super" Object
    Traceback "traceback" Object
    Generator "generator" Object
    Coroutine "coroutine" Object
    AsyncGenerator "async_generator" Object
    Cell "cell" Object
    RangeIter "range_iterator" Object
    SeqIter "list_iterator" Object
    Iter "iterator" Object
    Enumerate "enumerate" Object
    Zip "zip" Object
    Map "map" Object
    Filter "filter" Object
    Reversed "reversed" Object
    DictKeys "dict_keys" Object
    DictValues "dict_values" Object
    DictItems "dict_items" Object
    BaseException "BaseException" Object
    Exception "Exception" BaseException
    BaseExceptionGroup "BaseExceptionGroup" BaseException
    ExceptionGroup "ExceptionGroup" BaseExceptionGroup
    GeneratorExit "GeneratorExit" BaseException
    KeyboardInterrupt "KeyboardInterrupt" BaseException
    SystemExit "SystemExit" BaseException
    ArithmeticError "ArithmeticError" Exception
    FloatingPointError "FloatingPointError" ArithmeticError
    OverflowError "OverflowError" ArithmeticError
    ZeroDivisionError "ZeroDivisionError" ArithmeticError
    AssertionError "AssertionError" Exception
    AttributeError "AttributeError" Exception
    BufferError "BufferError" Exception
    EOFError "EOFError" Exception
    ImportError "ImportError" Exception
    ModuleNotFoundError "ModuleNotFoundError" ImportError
    LookupError "LookupError" Exception
    IndexError "IndexError" LookupError
    KeyError "KeyError" LookupError
    MemoryError "MemoryError" Exception
    NameError "NameError" Exception
    UnboundLocalError "UnboundLocalError" NameError
    OSError "OSError" Exception
    FileNotFoundError "FileNotFoundError" OSError
    FileExistsError "FileExistsError" OSError
    PermissionError "PermissionError" OSError
    IsADirectoryError "IsADirectoryError" OSError
    NotADirectoryError "NotADirectoryError" OSError
    BlockingIOError "BlockingIOError" OSError
    ChildProcessError "ChildProcessError" OSError
    InterruptedError "InterruptedError" OSError
    ProcessLookupError "ProcessLookupError" OSError
    TimeoutError "TimeoutError" OSError
    ConnectionError "ConnectionError" OSError
    BrokenPipeError "BrokenPipeError" ConnectionError
    ConnectionAbortedError "ConnectionAbortedError" ConnectionError
    ConnectionRefusedError "ConnectionRefusedError" ConnectionError
    ConnectionResetError "ConnectionResetError" ConnectionError
    ReferenceError "ReferenceError" Exception
    RuntimeError "RuntimeError" Exception
    NotImplementedError "NotImplementedError" RuntimeError
    RecursionError "RecursionError" RuntimeError
    StopIteration "StopIteration" Exception
    StopAsyncIteration "StopAsyncIteration" Exception
    SyntaxError "SyntaxError" Exception
    IndentationError "IndentationError" SyntaxError
    TabError "TabError" IndentationError
    SystemError "SystemError" Exception
    TypeError "TypeError" Exception
    ValueError "ValueError" Exception
    UnicodeError "UnicodeError" ValueError
    UnicodeDecodeError "UnicodeDecodeError" UnicodeError
    UnicodeEncodeError "UnicodeEncodeError" UnicodeError
    Warning "Warning" Exception
    DeprecationWarning "DeprecationWarning" Warning
    RuntimeWarning "RuntimeWarning" Warning
    SyntaxWarning "SyntaxWarning" Warning
    UserWarning "UserWarning" Warning
    PendingDeprecationWarning "PendingDeprecationWarning" Warning
    FutureWarning "FutureWarning" Warning
    ImportWarning "ImportWarning" Warning
    UnicodeWarning "UnicodeWarning" Warning
    BytesWarning "BytesWarning" Warning
    ResourceWarning "ResourceWarning" Warning
    EncodingWarning "EncodingWarning" Warning
    UnicodeTranslateError "UnicodeTranslateError" UnicodeError
    PythonFinalizationError "PythonFinalizationError" RuntimeError
}

/// How a class makes its instances, as far as the interpreter does that itself: the shape, and an `__init__` written in Python.
#[derive(Clone, Copy)]
pub enum Maker {
    /// A fresh object.
    Plain(P<Shape>, Option<Value>),
    /// An exception that keeps its arguments, and no more.
    Exception(P<Shape>, Option<Value>),
    /// Any other way.
    General,
}

/// A class.
pub struct Class {
    /// Its `ClassObj`.
    pub object: Cell<Value>,
    /// Its name.
    pub name: RefCell<String>,
    /// Its bases.
    pub bases: Vec<P<Class>>,
    /// Where attributes are looked for, the class itself first.
    pub mro: RefCell<Vec<P<Class>>>,
    /// Its own attributes.
    pub dict: RefCell<NameMap<Value>>,
    /// The names of `dict`, in order of definition.
    pub order: RefCell<Vec<Name>>,
    /// Changes whenever a lookup may change its result.
    pub version: QuasiCell<u64>,
    /// Direct subclasses.
    pub subclasses: RefCell<Vec<P<Class>>>,
    /// Shape of a fresh instance; none if instances are not of layout `Instance`.
    pub root: Cell<Option<P<Shape>>>,
    /// Makes instances, for classes of the runtime.
    pub native_new: Cell<Option<&'static BuiltinDef>>,
    /// Is it a class of the runtime, whose attributes cannot be set?
    pub builtin: bool,
    /// Is it an exception class?
    pub exception: bool,
    /// Its metaclass, if that is not `type`. Set before the class is seen by programs.
    pub meta: Cell<Option<P<Class>>>,
    /// The built-in class it derives from, whose value its instances carry in slot 0.
    pub native: Cell<Option<Known>>,
    /// The attributes its own `__slots__` names.
    pub slots: RefCell<Option<Vec<Name>>>,
    /// Do instances have only the attributes that `__slots__` name?
    pub dictless: Cell<bool>,
    /// Is it an exception class that keeps its arguments, and makes no attributes of them?
    pub keeps_args: Cell<bool>,
    /// Memo of `maker`, for a version.
    maker: Cell<(u64, Maker)>,
}

impl Class {
    /// The class's own attribute.
    pub fn own(&self, name: Name) -> Option<Value> {
        self.dict.borrow().get(&name).copied()
    }
    /// The attribute, looked for along the MRO.
    pub fn lookup(&self, name: Name) -> Option<Value> {
        self.mro.borrow().iter().find_map(|c| c.own(name))
    }
    /// The attribute, looked for along the MRO of this class, but only after `after`.
    pub fn lookup_after(&self, after: P<Class>, name: Name) -> Option<Value> {
        self.mro.borrow().iter().skip_while(|c| **c != after).skip(1).find_map(|c| c.own(name))
    }
    /// Is it `other` or derived from it?
    pub fn is_subclass(&self, other: P<Class>) -> bool {
        self.mro.borrow().contains(&other)
    }
    /// May instances have an attribute of this name?
    pub fn allows(&self, name: Name) -> bool {
        !self.dictless.get() || self.mro.borrow().iter().any(|c| c.slots.borrow().as_ref().is_some_and(|s| s.contains(&name)))
    }
    /// Does `__slots__` of some class in the MRO name `__dict__`?
    pub fn allows_dict(&self) -> bool {
        self.mro.borrow().iter().any(|c| c.slots.borrow().as_ref().is_some_and(|s| s.contains(&names::DICT)))
    }
    /// How it makes its instances. The caller depends on the class's version.
    pub fn maker(&self) -> Maker {
        let version = self.version.get();
        let (of, memo) = self.maker.get();
        if of == version {
            return memo;
        }
        let maker = self.find_maker();
        self.maker.set((version, maker));
        maker
    }
    fn find_maker(&self) -> Maker {
        use super::layouts::{Builtin, Function};
        let is = |v: Value, ty| v.obj().is_some_and(|o| o.is(ty));
        let Some(root) = self.root.get() else { return Maker::General };
        let own_new = self.lookup(names::NEW).is_some_and(|n| !is(n, Builtin::TYPE));
        if own_new || self.native.get().is_some() || self.meta.get().is_some() {
            return Maker::General;
        }
        let init = match self.lookup(names::INIT) {
            Some(f) if is(f, Function::TYPE) => Some(f),
            Some(f) if !is(f, Builtin::TYPE) => return Maker::General,
            _ => None,
        };
        match self.exception {
            true if self.keeps_args.get() => Maker::Exception(root, init),
            false if !self.builtin => Maker::Plain(root, init),
            _ => Maker::General,
        }
    }
    /// Its name, for messages.
    pub fn name(&self) -> String {
        self.name.borrow().clone()
    }
}

/// Which attribute lies in which slot of an instance. Immutable but for the memo of transitions.
pub struct Shape {
    /// The class of the instances.
    pub class: P<Class>,
    /// Name of each slot.
    pub names: Vec<Name>,
    index: NameMap<u32>,
    /// Slots that lie in the instance itself.
    pub inline: u32,
    transitions: RefCell<NameMap<P<Shape>>>,
}

/// Slots every exception has, in this order.
pub const EXCEPTION_SLOTS: [Name; 5] = [names::ARGS, names::TRACEBACK, names::CAUSE, names::CONTEXT, names::SUPPRESS];
/// Slot of `args`.
pub const SLOT_ARGS: i64 = 0;
/// Slot of `__traceback__`.
pub const SLOT_TRACEBACK: i64 = 1;
/// Slot of `__cause__`.
pub const SLOT_CAUSE: i64 = 2;
/// Slot of `__context__`.
pub const SLOT_CONTEXT: i64 = 3;
/// Slot of `__suppress_context__`.
pub const SLOT_SUPPRESS: i64 = 4;

impl Shape {
    /// A shape with these slots.
    pub fn new(class: P<Class>, names: Vec<Name>, inline: u32) -> Shape {
        let index = names.iter().enumerate().map(|(i, n)| (*n, i as u32)).collect();
        Shape { class, names, index, inline, transitions: RefCell::default() }
    }
    /// The slot of an attribute.
    pub fn slot(&self, name: Name) -> Option<u32> {
        self.index.get(&name).copied()
    }
    /// The shape with one more slot.
    pub fn with(&self, arena: &mut Arena, name: Name) -> P<Shape> {
        if let Some(&s) = self.transitions.borrow().get(&name) {
            return s;
        }
        let mut names = self.names.clone();
        names.push(name);
        let s = arena.alloc(Shape::new(self.class, names, self.inline));
        self.transitions.borrow_mut().insert(name, s);
        s
    }
    /// The shape with one slot less; later slots move down.
    pub fn without(&self, arena: &mut Arena, name: Name) -> P<Shape> {
        let root = self.class.root.get().expect("a class with instances has a root shape");
        let mut s = root;
        for &n in self.names.iter().skip(root.names.len()).filter(|n| **n != name) {
            s = s.with(arena, n);
        }
        s
    }
}

/// The class behind a class object.
pub fn class_data(o: Obj) -> P<Class> {
    // SAFETY: `data` of a `ClassObj` is always set from `P::addr`.
    unsafe { P::from_addr(o.get(ClassObj::data)) }
}

/// The class a value denotes, if it is a class.
pub fn as_class(v: Value) -> Option<P<Class>> {
    v.obj().filter(|o| o.is(ClassObj::TYPE)).map(class_data)
}

/// C3 linearisation of a class with these bases, without the class itself.
pub fn c3(bases: &[P<Class>]) -> Option<Vec<P<Class>>> {
    let mut lists: Vec<Vec<P<Class>>> = bases.iter().map(|b| b.mro.borrow().clone()).collect();
    lists.push(bases.to_vec());
    let mut out = vec![];
    loop {
        lists.retain(|l| !l.is_empty());
        if lists.is_empty() {
            return Some(out);
        }
        let head = lists.iter().map(|l| l[0]).find(|h| lists.iter().all(|l| !l[1..].contains(h)))?;
        out.push(head);
        for l in &mut lists {
            if l[0] == head {
                l.remove(0);
            }
        }
    }
}

/// Makes a class and its object. The caller has checked the bases and computed the MRO's rest.
pub fn make_class(vm: &mut PyVm, name: &str, bases: Vec<P<Class>>, rest: Vec<P<Class>>, builtin: bool) -> P<Class> {
    let exception = bases.iter().any(|b| b.exception);
    make(vm, name, bases, rest, builtin, exception)
}

/// Makes a class of the runtime; exceptions get the shape of their instances.
pub fn make_known(vm: &mut PyVm, name: &str, bases: Vec<P<Class>>, rest: Vec<P<Class>>, exception: bool) -> P<Class> {
    let c = make(vm, name, bases, rest, true, exception);
    if exception {
        set_root(vm, c, 1);
    }
    c
}

fn known_with_attributes(name: &str, builtin: bool) -> bool {
    builtin && super::exception::WITH_ATTRIBUTES.iter().any(|k| KNOWN[*k as usize].0 == name)
}

fn make(vm: &mut PyVm, name: &str, bases: Vec<P<Class>>, rest: Vec<P<Class>>, builtin: bool, exception: bool) -> P<Class> {
    let o = vm.core.heap.alloc(ClassObj::TYPE);
    let keeps_args = exception && bases.iter().all(|b| b.keeps_args.get() || !b.exception);
    let native = bases.first().filter(|_| builtin).and_then(|b| b.native_new.get());
    let payload = bases.iter().find_map(|b| b.native.get());
    let class = vm.rt.arena.alloc(Class {
        object: Cell::new(o.into()),
        name: RefCell::new(name.to_string()),
        bases,
        mro: RefCell::default(),
        dict: RefCell::default(),
        order: RefCell::default(),
        version: QuasiCell::new(0),
        subclasses: RefCell::default(),
        root: Cell::new(None),
        native_new: Cell::new(native),
        builtin,
        exception,
        meta: Cell::new(None),
        native: Cell::new(payload),
        slots: RefCell::default(),
        dictless: Cell::new(false),
        keeps_args: Cell::new(keeps_args && !known_with_attributes(name, builtin)),
        maker: Cell::new((0, Maker::General)),
    });
    o.init(ClassObj::data, class.addr());
    let mut mro = vec![class];
    mro.extend(rest);
    *class.mro.borrow_mut() = mro;
    for b in &class.bases {
        b.subclasses.borrow_mut().push(class);
    }
    class.version.set(vm.rt.next_version());
    vm.rt.classes.push(class);
    class
}

/// Gives a class the shape of its fresh instances, with room for `slots` attributes in the instance itself.
pub fn set_root(vm: &mut PyVm, class: P<Class>, slots: u32) {
    let names = match class.native.get() {
        _ if class.exception => EXCEPTION_SLOTS.to_vec(),
        Some(_) => vec![names::PAYLOAD],
        None => vec![],
    };
    let inline = (names.len() as u32 + slots).clamp(1, 64);
    let root = vm.rt.arena.alloc(Shape::new(class, names, inline));
    class.root.set(Some(root));
}

/// Sets an attribute of a class; what relied on lookups in it or its subclasses is told.
pub fn set_class_attr(vm: &mut PyVm, class: P<Class>, name: Name, value: Value) {
    if class.dict.borrow_mut().insert(name, value).is_none() {
        class.order.borrow_mut().push(name);
    }
    touch(vm, class);
}

/// Removes an attribute of a class. Was there one?
pub fn del_class_attr(vm: &mut PyVm, class: P<Class>, name: Name) -> bool {
    let found = class.dict.borrow_mut().remove(&name).is_some();
    if found {
        class.order.borrow_mut().retain(|n| *n != name);
        touch(vm, class);
    }
    found
}

/// Gives the class and its subclasses new versions.
fn touch(vm: &mut PyVm, class: P<Class>) {
    let v = vm.rt.next_version();
    class.version.set(v);
    for s in class.subclasses.borrow().clone() {
        touch(vm, s);
    }
}

/// What a lookup in the class alone finds for its instances.
pub fn classify(v: Option<Value>) -> Found {
    use super::layouts::{Builtin, ClassMethod, Function, Instance, Property, StaticMethod};
    let Some(v) = v else { return Found::Nothing };
    if v == MISSING {
        return Found::Nothing;
    }
    let Some(o) = v.obj() else { return Found::Value(v) };
    match o.type_id() {
        Function::ID => Found::Function(v),
        // Functions of modules are not methods.
        Builtin::ID if o.get(Builtin::receiver) == super::layouts::NONE => Found::Builtin(v),
        Property::ID | ClassMethod::ID => Found::Descriptor(v),
        StaticMethod::ID => Found::Value(o.get(StaticMethod::func)),
        Instance::ID => {
            let class = instance_class(o);
            if [names::GET, names::SET, names::DELETE].iter().any(|n| class.lookup(*n).is_some()) { Found::Descriptor(v) } else { Found::Value(v) }
        }
        _ => Found::Value(v),
    }
}

/// The shape of an instance.
#[inline(always)]
pub fn shape_of(o: Obj) -> P<Shape> {
    // SAFETY: `shape` of an `Instance` is always set from `P::addr`.
    unsafe { P::from_addr(o.get(super::layouts::Instance::shape)) }
}

/// The class of an instance.
pub fn instance_class(o: Obj) -> P<Class> {
    shape_of(o).class
}
