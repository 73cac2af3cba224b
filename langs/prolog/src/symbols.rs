//! Atoms, functors and predicates by number. What a number means does not change as long as it is in use: green data.

use crate::atom_table::AtomTable;
use crate::database::Pred;
use framework::Value;
use rustc_hash::FxHashMap as HashMap;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// An unbound cell. Never a term: what refers to an unbound cell is a `Var`, `CarRef`, `CdrRef` or `ArgRef`.
pub const UNBOUND: Value = Value::singleton(2);
/// Internal: failure of a residual function.
pub const FALSE: Value = Value::singleton(3);
/// Internal: success of a residual function.
pub const TRUE: Value = Value::singleton(4);
/// Internal: nothing there.
pub const NONE: Value = Value::singleton(5);

const FIRST_ATOM: u32 = 16;
/// No use in sweeping for fewer new atoms.
const MIN_SWEEP: usize = 20_000;
/// Nor for fewer than one for so many bytes of heap: a survey looks at all of it.
const BYTES_EACH: usize = 256;

/// The atom with this index.
pub const fn atom(index: u32) -> Value {
    Value::singleton(FIRST_ATOM + index)
}

/// Is the value an atom?
#[inline(always)]
pub fn is_atom(v: Value) -> bool {
    v.singleton_id().is_some_and(|id| id >= FIRST_ATOM)
}

/// Number of a name with an arity.
pub type Functor = u32;

macro_rules! well_known {
    ($($name:ident $text:literal;)*) => {
        /// Atoms that the engine itself names.
        #[allow(missing_docs)]
        pub mod atoms {
            use framework::Value;
            #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
            enum Index { $($name),* }
            $( pub const $name: Value = super::atom(Index::$name as u32); )*
            pub(super) const TEXTS: &[&str] = &[$($text),*];
        }
    };
}

well_known! {
    NIL "[]"; CURLY "{}"; COMMA ","; SEMICOLON ";"; ARROW "->"; SOFT_ARROW "*->"; NOT "\\+"; CUT "!"; TRUE_ "true"; FAIL "fail"; FALSE_ "false";
    CALL "call"; NECK ":-"; DCG_ARROW "-->"; MINUS "-"; PLUS "+"; STAR "*"; SLASH "/"; EQ "="; DOT "'[|]'"; BAR "|"; LT "<"; GT ">"; COLON ":"; CARET "^";
    ERROR "error"; QUERY "?-"; ABORTED "$aborted"; END_OF_FILE "end_of_file"; USER "user"; EMPTY ""; VAR "$VAR";
    UNEQ "\\="; IDENTICAL "=="; NOT_IDENTICAL "\\=="; IS "is"; NUM_EQ "=:="; NUM_NE "=\\="; LE "=<"; GE ">="; UNIV "=..";
    TVAR "var"; TNONVAR "nonvar"; TATOM "atom"; TINTEGER "integer"; TFLOAT "float"; TNUMBER "number"; TATOMIC "atomic"; TCOMPOUND "compound"; TCALLABLE "callable";
    COMPARE "compare"; ON "on"; OFF "off"; CODES "codes"; CHARS "chars"; STRING "string"; BACKSLASH "\\"; DIV "//"; ONCE "once"; IGNORE "ignore";
    ARG "arg"; ARG_AT "$arg"; FUNCTOR "functor"; CLAUSE "clause"; NONE "none"; UNKNOWN "unknown"; DOUBLE_QUOTES "double_quotes";
}

/// A set of atoms.
pub struct AtomSet(Vec<bool>);

impl AtomSet {
    /// Adds the atom, if the word is one.
    #[inline]
    pub fn insert(&mut self, v: Value) {
        if let Some(used) = v.singleton_id().and_then(|id| self.0.get_mut((id as usize).wrapping_sub(FIRST_ATOM as usize))) {
            *used = true;
        }
    }
}

/// The tables of one VM.
#[derive(Default)]
pub struct Symbols {
    names: RefCell<AtomTable>,
    /// The atoms of ASCII characters.
    ascii: Vec<Value>,
    /// Made since atoms were last swept, and how many are to be made until they are swept again.
    made: Cell<usize>,
    enough: Cell<usize>,
    /// Bytes of names that the heap has been told of.
    reported: Cell<usize>,
    functors: RefCell<Vec<(Value, u32)>>,
    by_functor: RefCell<HashMap<(Value, u32), Functor>>,
    preds: RefCell<Vec<*const Pred>>,
    /// The library's own records: see `library`.
    library: RefCell<HashMap<Functor, &'static Pred>>,
}

impl Symbols {
    /// Tables with the well-known atoms.
    pub fn new() -> Symbols {
        let mut s = Symbols { enough: Cell::new(MIN_SWEEP), ..Symbols::default() };
        for (i, text) in atoms::TEXTS.iter().enumerate() {
            let name = if *text == "'[|]'" { "." } else { text };
            assert_eq!(s.atom(name), atom(i as u32), "well-known atoms are distinct");
        }
        s.ascii = (0..128u8).map(|c| s.atom((c as char).encode_utf8(&mut [0; 4]))).collect();
        s
    }

    /// The atom of a name.
    pub fn atom(&self, name: &str) -> Value {
        let (n, is_new) = self.names.borrow_mut().number(name);
        self.made.set(self.made.get() + is_new as usize);
        atom(n)
    }

    /// An atom that is never forgotten.
    pub fn permanent_atom(&self, name: &str) -> Value {
        let a = self.atom(name);
        self.functor(a, 0);
        a
    }

    /// The name of an atom.
    pub fn name(&self, atom: Value) -> Rc<str> {
        match atom.singleton_id() {
            Some(id) if id >= FIRST_ATOM => self.names.borrow().name(id - FIRST_ATOM).clone(),
            _ => "$internal".into(),
        }
    }

    /// Shows the name of an atom, which makes no other meanwhile.
    pub fn with_name<T>(&self, atom: Value, f: impl FnOnce(&str) -> T) -> T {
        match atom.singleton_id() {
            Some(id) if id >= FIRST_ATOM => f(self.names.borrow().name(id - FIRST_ATOM)),
            _ => f("$internal"),
        }
    }

    /// Have so many atoms been made that it is time to look which of them are in use?
    #[inline]
    pub fn is_crowded(&self) -> bool {
        self.made.get() >= self.enough.get()
    }

    /// By how many bytes the names have grown since this was asked last.
    pub fn growth(&self) -> isize {
        let now = self.names.borrow().bytes();
        now as isize - self.reported.replace(now) as isize
    }

    /// An empty set that has room for all atoms there are.
    pub fn atom_set(&self) -> AtomSet {
        AtomSet(vec![false; self.names.borrow().end()])
    }

    /// This is not the time: comes back to it later.
    pub fn put_off(&self) {
        self.enough.set(2 * self.made.get());
    }

    /// Forgets all atoms but these, those that the engine names, and the names of functors. The heap has so many bytes.
    pub fn sweep(&self, mut used: AtomSet, heap: usize) {
        (0..atoms::TEXTS.len()).for_each(|i| used.insert(atom(i as u32)));
        self.ascii.iter().for_each(|&a| used.insert(a));
        self.functors.borrow().iter().for_each(|f| used.insert(f.0));
        let mut names = self.names.borrow_mut();
        names.retain(|n| used.0.get(n).is_some_and(|u| *u));
        self.made.set(0);
        self.enough.set(MIN_SWEEP.max(names.len()).max(heap / BYTES_EACH));
    }

    /// The atom of one character.
    #[inline]
    pub fn char_atom(&self, c: char) -> Value {
        if c.is_ascii() {
            return self.ascii[c as usize];
        }
        self.atom(c.encode_utf8(&mut [0; 4]))
    }

    /// The number of a name with an arity.
    pub fn functor(&self, name: Value, arity: usize) -> Functor {
        let key = (name, arity as u32);
        if let Some(&f) = self.by_functor.borrow().get(&key) {
            return f;
        }
        let mut functors = self.functors.borrow_mut();
        functors.push(key);
        self.by_functor.borrow_mut().insert(key, functors.len() as u32 - 1);
        functors.len() as u32 - 1
    }

    /// Name and arity of a functor.
    #[inline]
    pub fn functor_parts(&self, f: Functor) -> (Value, usize) {
        let (n, a) = self.functors.borrow()[f as usize];
        (n, a as usize)
    }

    /// The predicate of a functor, if anything has mentioned it.
    #[inline]
    pub fn known_pred(&self, f: Functor) -> Option<&'static Pred> {
        let p = self.preds.borrow().get(f as usize).copied().filter(|p| !p.is_null())?;
        // SAFETY: predicates are leaked boxes, never freed while the VM lives.
        Some(unsafe { &*p })
    }

    /// Registers a new predicate record.
    pub fn set_pred(&self, f: Functor, pred: &'static Pred) {
        let mut preds = self.preds.borrow_mut();
        if preds.len() <= f as usize {
            preds.resize(f as usize + 1, std::ptr::null());
        }
        preds[f as usize] = pred;
    }

    /// The library's own predicate of a functor, if anything has called it.
    pub fn library_pred(&self, f: Functor) -> Option<&'static Pred> {
        self.library.borrow().get(&f).copied()
    }

    /// Registers a predicate of the library's own.
    pub fn set_library_pred(&self, f: Functor, pred: &'static Pred) {
        self.library.borrow_mut().insert(f, pred);
    }

    /// The library's own predicates.
    pub fn library_preds(&self) -> Vec<&'static Pred> {
        self.library.borrow().values().copied().collect()
    }

    /// All predicates, in order of their functors' numbers.
    pub fn all_preds(&self) -> Vec<&'static Pred> {
        // SAFETY: as in `known_pred`.
        self.preds.borrow().iter().filter(|p| !p.is_null()).map(|p| unsafe { &**p }).collect()
    }

    /// All atoms' names.
    pub fn all_names(&self) -> Vec<Rc<str>> {
        self.names.borrow().names().cloned().collect()
    }
}
