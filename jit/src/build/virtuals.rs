//! Virtual objects: allocation removal by partial evaluation (Bolz et al., PEPM 2011). An object the trace allocates exists only as
//! a field map until it escapes; guards materialise it on the way out.

use super::Builder;
use crate::ir::{Op, Ref};
use framework::{Ty, TypeInfo};

/// Longest array that is kept virtual.
pub const MAX_VIRTUAL_ELEMS: u32 = 32;

/// The field map of an object that has not been allocated.
#[derive(Clone)]
pub(super) struct VirtualState {
    pub ty: &'static TypeInfo,
    pub len: Option<u32>,
    pub aux: Ref,
    /// Fields in order of offset (an array's length is the first), then elements.
    pub fields: Vec<Ref>,
}

/// How to take back what an instruction did to virtual objects.
#[derive(Clone)]
pub(super) enum Undo {
    Field(Ref, usize, Ref),
    Aux(Ref, Ref),
    Forced(Ref, VirtualState),
    Forward(Ref),
}

impl Builder {
    /// Is the reference a virtual object?
    pub fn is_virtual(&self, r: Ref) -> bool {
        // Most references are not: asking the instruction first saves looking for them.
        r.as_inst().and_then(|i| self.trace.insts.get(i)).is_some_and(|i| i.op == Op::Virtual) && self.virtuals.contains_key(&r)
    }

    /// The type of a virtual object.
    pub fn virtual_type(&self, r: Ref) -> Option<&'static TypeInfo> {
        self.virtuals.get(&r).map(|v| v.ty)
    }

    /// A new virtual object, its fields (and `len` elements, for arrays) zero.
    pub fn new_virtual(&mut self, ty: &'static TypeInfo, len: Option<u32>) -> Ref {
        let imm = self.type_desc(ty);
        let r = self.emit(Op::Virtual, Ty::Ref, imm, Ref::NONE.0, Ref::NONE.0, 0);
        let mut fields: Vec<Ref> = ty.fields.iter().map(|f| self.const_word(f.ty, 0)).collect();
        if let (Some(n), Some(e)) = (len, &ty.elems) {
            let zero = self.const_word(e.ty, 0);
            fields[0] = self.constant(n as i64);
            fields.extend(std::iter::repeat_n(zero, n as usize));
        }
        let aux = self.constant(0i64);
        self.virtuals.insert(r, VirtualState { ty, len, aux, fields });
        r
    }

    /// Content of field `k` of a virtual object (elements follow the fields).
    pub fn virtual_field(&self, r: Ref, k: usize) -> Ref {
        self.virtuals[&r].fields[k]
    }

    /// Sets it.
    pub fn set_virtual_field(&mut self, r: Ref, k: usize, v: Ref) {
        let v = self.resolve(v);
        let old = std::mem::replace(&mut self.virtuals.get_mut(&r).expect("a virtual object").fields[k], v);
        self.journal.push(Undo::Field(r, k, old));
    }

    /// Type and number of elements of a virtual object.
    pub fn virtual_layout(&self, r: Ref) -> Option<(&'static TypeInfo, Option<u32>)> {
        self.virtuals.get(&r).map(|v| (v.ty, v.len))
    }

    /// The parts of a virtual object: the header's language bits, fields, elements.
    pub fn virtual_parts(&self, r: Ref) -> Vec<Ref> {
        let v = &self.virtuals[&r];
        std::iter::once(v.aux).chain(v.fields.iter().copied()).collect()
    }

    /// Sets one of them, by its number in `virtual_parts`.
    pub fn set_virtual_part(&mut self, r: Ref, k: usize, v: Ref) {
        if k == 0 { self.set_virtual_aux(r, v) } else { self.set_virtual_field(r, k - 1, v) }
    }

    pub(super) fn virtual_aux(&self, r: Ref) -> Option<Ref> {
        self.virtuals.get(&r).map(|v| v.aux)
    }

    pub(super) fn set_virtual_aux(&mut self, r: Ref, v: Ref) {
        let old = std::mem::replace(&mut self.virtuals.get_mut(&r).expect("a virtual object").aux, v);
        self.journal.push(Undo::Aux(r, old));
    }

    /// Allocates a virtual object and all virtual objects reachable from it (rule R5: allocate all, then fill).
    pub fn force(&mut self, r: Ref) -> Ref {
        let mut todo = vec![r];
        let mut done: Vec<(Ref, VirtualState)> = vec![];
        while let Some(v) = todo.pop() {
            let Some(state) = self.virtuals.remove(&v) else { continue };
            self.journal.push(Undo::Forced(v, state.clone()));
            let imm = self.type_desc(state.ty);
            let o = match state.len {
                None => self.emit(Op::New, Ty::Ref, imm, Ref::NONE.0, Ref::NONE.0, 0),
                Some(n) => {
                    let n = self.constant(n as i64);
                    self.emit(Op::NewArray, Ty::Ref, imm, n.0, Ref::NONE.0, 0)
                }
            };
            self.note_forward(v, o);
            self.types.insert(o, state.ty.id);
            todo.extend(state.fields.iter().map(|&f| self.resolve(f)).filter(|&f| self.is_virtual(f)));
            done.push((o, state));
        }
        for (o, state) in done {
            let aux = self.resolve(state.aux);
            if self.bits_of(aux) != Some(0) {
                self.emit(Op::SetAux, Ty::Int, 0, o.0, aux.0, 0);
            }
            self.memory.set_aux(o, aux);
            let first = if state.len.is_some() { 1 } else { 0 };
            for (k, f) in state.fields.iter().enumerate().skip(first) {
                let v = self.resolve(*f);
                if k < state.ty.fields.len() {
                    let info = &state.ty.fields[k];
                    self.fill_field(o, info, v);
                } else {
                    let e = state.ty.elems.as_ref().expect("elements of an array type");
                    self.fill_elem(o, e, k - state.ty.fields.len(), v);
                }
            }
        }
        self.resolve(r)
    }

    pub(super) fn note_forward(&mut self, from: Ref, to: Ref) {
        let i = from.as_inst().expect("only instructions become something else");
        if i >= self.forward.len() {
            self.forward.resize(self.trace.insts.len().max(i + 1), Ref::NONE);
        }
        self.forward[i] = to;
        self.journal.push(Undo::Forward(from));
    }

    pub(super) fn undo_virtuals(&mut self) {
        while let Some(u) = self.journal.pop() {
            match u {
                Undo::Field(r, k, old) => {
                    if let Some(v) = self.virtuals.get_mut(&r) {
                        v.fields[k] = old
                    }
                }
                Undo::Aux(r, old) => {
                    if let Some(v) = self.virtuals.get_mut(&r) {
                        v.aux = old
                    }
                }
                Undo::Forced(r, state) => {
                    self.virtuals.insert(r, state);
                }
                Undo::Forward(r) => {
                    self.forward[r.0 as usize] = Ref::NONE;
                }
            }
        }
    }
}
