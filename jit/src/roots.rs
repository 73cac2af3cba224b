//! Heap pointers the JIT holds outside the collector's sight.

use crate::eval::Values;
use crate::tree::CompiledTrace;
use framework::heap::{Tracer, is_traced};
use framework::{Ty, Value};
use std::cell::RefCell;
use std::rc::Rc;

/// All roots of one VM's JIT.
#[derive(Default)]
pub struct Roots {
    constants: RefCell<Vec<Value>>,
    active: RefCell<Vec<(Rc<CompiledTrace>, Values)>>,
    pinned: RefCell<Vec<Value>>,
}

impl Roots {
    /// Keeps a constant of a trace alive.
    pub fn add_constant(&self, v: Value) {
        if v.is_obj() || v.singleton_id().is_some() {
            self.constants.borrow_mut().push(v);
        }
    }

    /// Makes the values of a trace the evaluator runs visible.
    pub fn activate(&self, trace: Rc<CompiledTrace>, values: Values) {
        self.active.borrow_mut().push((trace, values));
    }

    /// How many traces are active.
    pub fn mark(&self) -> usize {
        self.active.borrow().len()
    }

    /// Forgets the traces activated since `mark`.
    pub fn release(&self, mark: usize) {
        self.active.borrow_mut().truncate(mark);
    }

    /// Keeps a word of this type alive until `unpin`.
    pub fn pin(&self, ty: Ty, word: u64) {
        if is_traced(ty) {
            self.pinned.borrow_mut().push(Value(word));
        }
    }

    /// How many words are pinned.
    pub fn pinned(&self) -> usize {
        self.pinned.borrow().len()
    }

    /// Lets go of the words pinned since there were `mark`.
    pub fn unpin(&self, mark: usize) {
        self.pinned.borrow_mut().truncate(mark);
    }

    /// Reports everything.
    pub fn trace(&self, tracer: &mut Tracer) {
        for &v in self.constants.borrow().iter().chain(self.pinned.borrow().iter()) {
            tracer.value(v);
        }
        for (trace, values) in self.active.borrow().iter() {
            for (i, v) in trace.ir.insts.iter().zip(values.iter()) {
                let v = Value(v.get());
                if i.op.has_result() && is_traced(i.ty) {
                    tracer.value(v);
                }
            }
        }
    }
}
