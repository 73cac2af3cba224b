//! Quasi-immutable cells: VM globals that compiled code treats as constants until they change.
//!
//! Reading one while recording leaves a constant and a dependency; writing it invalidates the
//! traces that depend on it. (PyPy's `_immutable_fields_ = ['x?']`.)

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::{Rc, Weak};

/// Something that relies on the present content of a cell: a trace, for the JIT.
pub trait Dependent {
    /// The content has changed; called once.
    fn invalidate(&self);
}

/// A global that is read often and written rarely.
pub struct QuasiCell<T> {
    value: Cell<T>,
    dependents: RefCell<Vec<Weak<dyn Dependent>>>,
}

impl<T: Copy> QuasiCell<T> {
    /// A cell with its first content.
    pub fn new(value: T) -> QuasiCell<T> {
        QuasiCell { value: Cell::new(value), dependents: RefCell::default() }
    }

    /// The content, for Rust code that is not recorded. Interpreters read through `World::quasi`.
    #[inline(always)]
    pub fn get(&self) -> T {
        self.value.get()
    }

    /// Replaces the content and invalidates what relied on the old one.
    pub fn set(&self, value: T) {
        self.value.set(value);
        for d in self.dependents.take() {
            if let Some(d) = d.upgrade() {
                d.invalidate();
            }
        }
    }

    /// Has `d` told of the next change.
    pub fn add_dependent(&self, d: &Rc<dyn Dependent>) {
        let mut all = self.dependents.borrow_mut();
        if all.len() == all.capacity() {
            all.retain(|d| d.strong_count() > 0);
        }
        all.push(Rc::downgrade(d));
    }
}

impl<T: Copy + fmt::Debug> fmt::Debug for QuasiCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "QuasiCell({:?})", self.get())
    }
}
