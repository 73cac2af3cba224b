//! Interned names: attribute, variable and keyword names as small numbers.

use framework::Value;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// An interned name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Name(pub u32);

/// Names are already well distributed: one multiplication is enough of a hash.
#[derive(Default)]
pub struct NameHasher(u64);

impl Hasher for NameHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.write_u32(b as u32);
        }
    }
    fn write_u32(&mut self, i: u32) {
        self.0 = (self.0 ^ i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

/// A map keyed by names.
pub type NameMap<T> = HashMap<Name, T, BuildHasherDefault<NameHasher>>;

/// All names of a VM, each with its string object.
#[derive(Default)]
pub struct Interner {
    texts: Vec<Box<str>>,
    /// The `Str` object of each name; filled by `Runtime::intern`.
    pub objects: Vec<Value>,
    map: HashMap<Box<str>, Name>,
}

impl Interner {
    /// An interner that knows the static names.
    pub fn new() -> Interner {
        let mut i = Interner::default();
        for s in STATIC {
            i.intern(s);
        }
        i
    }
    /// The name spelled `s`.
    pub fn intern(&mut self, s: &str) -> Name {
        if let Some(&n) = self.map.get(s) {
            return n;
        }
        let n = Name(self.texts.len() as u32);
        self.texts.push(s.into());
        self.map.insert(s.into(), n);
        n
    }
    /// How a name is spelled.
    pub fn text(&self, n: Name) -> &str {
        &self.texts[n.0 as usize]
    }
    /// Number of names.
    pub fn len(&self) -> usize {
        self.texts.len()
    }
}

macro_rules! names {
    ($($id:ident = $s:literal),* $(,)?) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Index { $($id),* }
        $( #[doc = $s] pub const $id: Name = Name(Index::$id as u32); )*
        const STATIC: &[&str] = &[$($s),*];
    };
}

names! {
    INIT = "__init__", NEW = "__new__", CLASS = "__class__", DICT = "__dict__", NAME = "__name__", QUALNAME = "__qualname__",
    MODULE = "__module__", DOC = "__doc__", FILE = "__file__", BASES = "__bases__", MRO = "__mro__", SLOTS = "__slots__",
    REPR = "__repr__", STR = "__str__", FORMAT = "__format__", HASH = "__hash__", BOOL = "__bool__", LEN = "__len__", CALL = "__call__",
    ITER = "__iter__", NEXT = "__next__", CONTAINS = "__contains__", GETITEM = "__getitem__", SETITEM = "__setitem__",
    DELITEM = "__delitem__", GETATTR = "__getattr__", GETATTRIBUTE = "__getattribute__", SETATTR = "__setattr__", DELATTR = "__delattr__",
    GET = "__get__", SET = "__set__", DELETE = "__delete__", SET_NAME = "__set_name__", INIT_SUBCLASS = "__init_subclass__",
    AENTER = "__aenter__", AEXIT = "__aexit__", AITER = "__aiter__", ANEXT = "__anext__", AWAIT = "__await__",
    PAYLOAD = ".payload", PREPARE = "__prepare__", METACLASS = "metaclass", CLASSCELL = "__classcell__",
    INSTANCECHECK = "__instancecheck__", SUBCLASSCHECK = "__subclasscheck__", MRO_ENTRIES = "__mro_entries__", BYTES = "__bytes__",
    ANNOTATE = "__annotate__", KWDEFAULTS = "__kwdefaults__", GLOBALS = "__globals__",
    CODE_ = "__code__", TYPE_PARAMS = "__type_params__", SEND = "send", THROW = "throw", CLOSE = "close", WRITE = "write",
    MESSAGE = "message", EXCEPTIONS = "exceptions", FILENAME2 = "filename2", END_LINENO = "end_lineno", END_OFFSET = "end_offset",
    MRO_ = "mro", SUBCLASSES = "__subclasses__", MODULE_ARG = ".module", FSPATH = "__fspath__", SPEC = "__spec__",
    PACKAGE = "__package__", LOADER = "__loader__", WEAKREF = "__weakref__", BASE = "__base__", OBJCLASS = "__objclass__", FIRSTLINENO = "__firstlineno__",
    STATIC_ATTRIBUTES = "__static_attributes__", ORIG_BASES = "__orig_bases__",
    ENTER = "__enter__", EXIT = "__exit__", REVERSED = "__reversed__", INDEX = "__index__", INT = "__int__", FLOAT = "__float__",
    MISSING = "__missing__", DIR = "__dir__", MATCH_ARGS = "__match_args__", CLASS_GETITEM = "__class_getitem__",
    ADD = "__add__", SUB = "__sub__", MUL = "__mul__", TRUEDIV = "__truediv__", FLOORDIV = "__floordiv__", MOD = "__mod__",
    POW = "__pow__", LSHIFT = "__lshift__", RSHIFT = "__rshift__", AND = "__and__", OR = "__or__", XOR = "__xor__", MATMUL = "__matmul__",
    RADD = "__radd__", RSUB = "__rsub__", RMUL = "__rmul__", RTRUEDIV = "__rtruediv__", RFLOORDIV = "__rfloordiv__", RMOD = "__rmod__",
    RPOW = "__rpow__", RLSHIFT = "__rlshift__", RRSHIFT = "__rrshift__", RAND = "__rand__", ROR = "__ror__", RXOR = "__rxor__",
    RMATMUL = "__rmatmul__",
    IADD = "__iadd__", ISUB = "__isub__", IMUL = "__imul__", ITRUEDIV = "__itruediv__", IFLOORDIV = "__ifloordiv__", IMOD = "__imod__",
    IPOW = "__ipow__", ILSHIFT = "__ilshift__", IRSHIFT = "__irshift__", IAND = "__iand__", IOR = "__ior__", IXOR = "__ixor__",
    IMATMUL = "__imatmul__",
    EQ = "__eq__", NE = "__ne__", LT = "__lt__", LE = "__le__", GT = "__gt__", GE = "__ge__",
    NEG = "__neg__", POS = "__pos__", INVERT = "__invert__", ABS = "__abs__", ROUND = "__round__", DIVMOD = "__divmod__",
    RDIVMOD = "__rdivmod__", TRUNC = "__trunc__", FLOOR = "__floor__", CEIL = "__ceil__",
    ARGS = "args", TRACEBACK = "__traceback__", CAUSE = "__cause__", CONTEXT = "__context__", SUPPRESS = "__suppress_context__",
    NOTES = "__notes__", VALUE = "value", CODE = "code", MSG = "msg", KEY = "key", STDOUT = "stdout", PATH_ATTR = "path", ENCODING = "encoding", OBJECT = "object", START = "start", END = "end", REASON = "reason", KEYS = "keys", MAIN = "__main__", BUILTINS = "builtins",
    DOT_ZERO = ".0", ALL = "__all__", PATH = "__path__", DEFAULTS = "__defaults__", CLOSURE = "__closure__", FUNC = "__func__",
    SELF = "__self__", WRAPPED = "__wrapped__", ANNOTATIONS = "__annotations__", SUPER = "super", PRINT_FILE_AND_LINE = "print_file_and_line",
    FILENAME = "filename", LINENO = "lineno", OFFSET = "offset", TEXT = "text", ERRNO = "errno", STRERROR = "strerror", OBJ = "obj", NAME_ATTR = "name",
}
