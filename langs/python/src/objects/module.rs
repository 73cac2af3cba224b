//! Modules and global variables.

use super::layouts::MISSING;
use crate::names::{Name, NameMap};
use crate::perm::P;
use framework::{Obj, QuasiCell, Value};
use std::cell::{Cell, RefCell};

/// A global variable. Most are written once: compiled code takes those as constants.
pub struct GlobalCell {
    /// Its name.
    pub name: Name,
    /// The value while it has been bound at most once ([`MISSING`]: never). [`GlobalCell::VARIABLE`] after that: then `object` has it.
    pub constant: QuasiCell<Value>,
    /// A `CellObj`, which always has the value.
    pub object: Obj,
    /// The builtin of the same name, if this is not a cell of `builtins` itself.
    pub builtin: Option<P<GlobalCell>>,
}

impl GlobalCell {
    /// The mark of a global that has been bound more than once.
    pub const VARIABLE: Value = Value::singleton(10);
}

/// A module.
pub struct Module {
    /// Its name.
    pub name: String,
    /// Its `ModuleObj`.
    pub object: Cell<Value>,
    /// Its variables by name.
    pub cells: RefCell<NameMap<P<GlobalCell>>>,
    /// Its variables in order of first mention.
    pub order: RefCell<Vec<P<GlobalCell>>>,
}

impl Module {
    /// The variable of this name, if the module has ever heard of it.
    pub fn find(&self, name: Name) -> Option<P<GlobalCell>> {
        self.cells.borrow().get(&name).copied()
    }
    /// The value of a variable.
    pub fn value(&self, name: Name) -> Option<Value> {
        let v = self.find(name)?.object.get(super::layouts::CellObj::value);
        if v == MISSING { None } else { Some(v) }
    }
}
