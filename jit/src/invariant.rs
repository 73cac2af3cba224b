//! What seems to be the same in each iteration of a loop: a guess from its first one, which peeling checks.

use crate::build::{AliasClass, Builder, class_of};
use crate::ir::{Class, Desc, Op, Place, Ref};
use framework::Effect;
use framework::heap::Mutability;
use rustc_hash::FxHashSet;

/// Deeper expressions are not looked into.
const MAX_DEPTH: u32 = 8;

/// What the recorded iteration changes.
pub struct Invariance<'a> {
    b: &'a Builder,
    stored: FxHashSet<AliasClass>,
    calls: bool,
}

impl<'a> Invariance<'a> {
    /// For a trace that is at its header again.
    pub fn new(b: &'a Builder) -> Self {
        let is_store = |op: Op| op.class() == Class::Store;
        let stored = b.trace.insts.iter().filter(|i| is_store(i.op)).filter_map(|i| class_of(&b.trace, i));
        let stored = stored.chain(b.pending.iter().map(|p| p.place.class())).collect();
        let any = |d: &Desc| matches!(d, Desc::Fun(f) if f.effect == Effect::Any);
        Invariance { b, stored, calls: b.trace.insts.iter().any(|i| i.op == Op::Call && any(b.trace.desc(i))) }
    }

    /// The objects and places of the pending stores that always go to the same place.
    pub fn places(&self) -> Vec<(Ref, Place)> {
        self.b.pending.iter().filter(|p| self.is_same(p.object, 0)).map(|p| (p.object, p.place)).collect()
    }

    fn is_same(&self, r: Ref, depth: u32) -> bool {
        let r = self.b.resolve(r);
        let Some(i) = self.b.inst(r) else { return true };
        let same = |r: Ref| r == Ref::NONE || self.is_same(r, depth + 1);
        match i.op {
            _ if depth > MAX_DEPTH => false,
            Op::Slot => {
                let now = self.b.state.slots.get(i.a as i32);
                now == Ref::NONE || self.b.is_unchanged(i.a as i32, now)
            }
            Op::LoadField | Op::LoadElem => {
                let mutable = match self.b.trace.desc(i) {
                    Desc::Field(f) => f.mutability == Mutability::Mutable,
                    Desc::Elems(e) => e.mutability == Mutability::Mutable,
                    _ => true,
                };
                let changes = mutable && (self.calls || class_of(&self.b.trace, i).is_none_or(|c| self.stored.contains(&c)));
                !changes && same(i.ra()) && (i.op == Op::LoadField || same(i.rb()))
            }
            _ => false,
        }
    }
}
