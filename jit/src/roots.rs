//! What all traces of a VM share: heap pointers held outside the collector's sight, and numbers of the places where activations end.

use crate::eval::Values;
use crate::tree::{CompiledTrace, Traces};
use framework::heap::{Tracer, is_traced};
use framework::{Ty, Value};
use std::cell::RefCell;
use std::rc::Rc;

/// All roots of one VM's JIT.
#[derive(Default)]
pub struct Roots {
    traces: Rc<Traces>,
    /// Constants of the trace being recorded.
    constants: RefCell<Vec<Value>>,
    active: RefCell<Vec<(Rc<CompiledTrace>, Values)>>,
    pinned: RefCell<Vec<Value>>,
    places: RefCell<Vec<(u64, u32)>>,
}

impl Roots {
    /// With the traces whose constants are to be kept alive.
    pub fn new(traces: Rc<Traces>) -> Roots {
        Roots { traces, ..Roots::default() }
    }

    /// Keeps a constant of the trace being recorded alive.
    pub fn add_constant(&self, v: Value) {
        if v.is_obj() || v.singleton_id().is_some() {
            self.constants.borrow_mut().push(v);
        }
    }

    /// The recording is over.
    pub fn drop_constants(&self) {
        self.constants.borrow_mut().clear();
    }

    /// The number of an instruction, code address and pc, at which activations end: compiled code compares it.
    pub fn number_of_place(&self, place: (u64, u32)) -> u32 {
        let mut places = self.places.borrow_mut();
        let n = places.iter().position(|&p| p == place).unwrap_or_else(|| {
            places.push(place);
            places.len() - 1
        });
        n as u32
    }

    /// As `number_of_place`, for an instruction that ends its activation and does no more (`given_back`): one number serves for all of a
    /// code object, so that who has called it need not ask where it came back.
    pub fn number_of_end(&self, place: (u64, u32), given_back: fn(u64, u32) -> Option<u32>) -> u32 {
        let is_end = |&(code, pc): &(u64, u32)| code == place.0 && given_back(code, pc).is_some();
        let first = self.places.borrow().iter().copied().find(is_end);
        self.number_of_place(first.unwrap_or(place))
    }

    /// The instruction with this number.
    pub fn place(&self, number: u32) -> (u64, u32) {
        self.places.borrow()[number as usize]
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
        self.traces.for_each(|t| {
            for c in t.ir.consts.iter().filter(|c| c.ty == Ty::Value && Value(c.bits).is_obj()) {
                tracer.value(Value(c.bits));
            }
        });
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
