//! Puts a trace through the builder again, the way loop peeling does: what comes out is optimised.

use framework::{Frame, Ty};
use jit::build::{Builder, Guarded, Liveness};
use jit::ir::{Class, Desc, Inst, Op, Recipe, Ref, Trace};
use jit::roots::Roots;
use std::rc::Rc;

/// The re-emission of a trace, and what its references have become.
pub struct Reemitted {
    pub builder: Builder,
    new: Vec<Ref>,
    /// Snapshot of the last guard. Guards that share one other than the first are in one bytecode instruction.
    last: usize,
    ordinal: u32,
}

/// A builder of a language whose registers are all live.
pub fn builder() -> Builder {
    let liveness = Liveness { is_live: |_, _, _| true, is_live_waiting: |_, _, _| true, registers: |_| 16, given_back: |_, _| None };
    Builder::new(Frame { code: 0x1000, pc: 7, base: 0, cont: 0 }, liveness, Rc::new(Roots::default()))
}

impl Reemitted {
    /// Re-emits a straight trace up to its `exit`, whose snapshot gives the state at the end.
    ///
    /// # Errors
    /// If a guard is known to fail.
    pub fn new(t: &Trace) -> Result<Reemitted, String> {
        let mut e = Reemitted { builder: builder(), new: vec![], last: 0, ordinal: 0 };
        for i in &t.insts {
            let r = e.copy(t, i)?;
            e.new.push(r);
        }
        Ok(e)
    }

    fn sub(&self, r: Ref) -> Ref {
        match r.as_inst() {
            Some(i) => self.new[i],
            None => r,
        }
    }

    /// An operand: constants are the new trace's own.
    fn operand(&mut self, t: &Trace, r: Ref) -> Ref {
        match t.const_of(r) {
            _ if r == Ref::NONE => r,
            Some(c) => self.builder.const_word(c.ty, c.bits),
            None => self.sub(r),
        }
    }

    /// Sets the state a snapshot describes.
    fn state(&mut self, t: &Trace, snapshot: usize) {
        let s = t.snapshots.get(snapshot);
        for &(i, r) in s.slots {
            let leaf = |k: u32| self.sub(s.leaves[k as usize]);
            let r = match r {
                Recipe::Leaf(k) => leaf(k),
                Recipe::Const(bits) => self.builder.const_word(Ty::Value, bits),
                Recipe::BoxInt(k) => self.builder.pure(Op::BoxInt, leaf(k), Ref::NONE),
                Recipe::BoxFloat(k) => self.builder.pure(Op::BoxFloat, leaf(k), Ref::NONE),
                Recipe::Virtual(_) | Recipe::Nothing => panic!("traces to optimise have no virtual objects yet"),
            };
            self.builder.state.set(i, r);
        }
        self.builder.begin_instruction();
    }

    fn copy(&mut self, t: &Trace, i: &Inst) -> Result<Ref, String> {
        let snapshot = i.c as usize;
        if i.op == Op::Exit {
            self.state(t, snapshot);
            return Ok(Ref::NONE);
        }
        if i.op == Op::Slot {
            let r = self.builder.slot(i.a as i32);
            self.builder.state.set(i.a as i32, r);
            return Ok(r);
        }
        if i.op == Op::Call {
            let Desc::Fun(f) = *t.desc(i) else { unreachable!() };
            let args: Vec<Ref> = t.list(i).iter().map(|&r| self.operand(t, r)).collect();
            return Ok(self.builder.call(f, &args, None));
        }
        let (a, b) = (self.operand(t, Ref(i.a)), self.operand(t, Ref(i.b)));
        Ok(match i.op {
            // A pointer is the same word tagged and untagged, and while recording the same reference.
            Op::ToObj | Op::FromObj => a,
            Op::Len => self.builder.len(a),
            Op::Aux => self.builder.aux(a),
            Op::SetAux => {
                self.builder.store_aux(a, b);
                Ref::NONE
            }
            Op::LoadField | Op::StoreField => {
                let Desc::Field(f) = *t.desc(i) else { unreachable!() };
                if i.op == Op::LoadField {
                    return Ok(self.builder.load_field(a, f));
                }
                self.builder.store_field(a, f, b);
                Ref::NONE
            }
            Op::LoadElem | Op::StoreElem => {
                let Desc::Elems(e) = *t.desc(i) else { unreachable!() };
                if i.op == Op::LoadElem {
                    return Ok(self.builder.load_elem(a, e, b));
                }
                let c = self.operand(t, Ref(i.c));
                self.builder.store_elem(a, e, b, c);
                Ref::NONE
            }
            Op::New | Op::NewArray => {
                let Desc::Type(ty) = *t.desc(i) else { unreachable!() };
                self.builder.new_object(ty, (i.op == Op::NewArray).then_some(a))
            }
            op if op.class() == Class::Pure => self.builder.pure(op, a, b),
            op if op.class() == Class::Guard => {
                self.ordinal += 1;
                if snapshot == 0 || snapshot != self.last {
                    self.state(t, snapshot);
                    self.ordinal = 0;
                }
                self.last = snapshot;
                let imm = match op {
                    Op::HasType => {
                        let Desc::Type(ty) = *t.desc(i) else { unreachable!() };
                        self.builder.type_desc(ty)
                    }
                    _ => 0,
                };
                match self.builder.known_guard(op, imm, a, b) {
                    Guarded::Known(holds, r) if holds == i.expect() => match (r, op.has_result()) {
                        // Constant operands: the pure operation folds.
                        (Ref::NONE, true) => self.builder.pure(op.unchecked(), a, b),
                        (r, _) => r,
                    },
                    Guarded::Unchecked => self.builder.pure(op.unchecked(), a, b),
                    Guarded::Known(..) => return Err(format!("{op:?} is known to fail")),
                    Guarded::Unknown => self.builder.emit_guard(op, imm, a, b, i.expect(), self.ordinal),
                }
            }
            op => panic!("{op:?} in a trace to optimise"),
        })
    }
}
