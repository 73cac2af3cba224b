//! Pending stores (RPython's lazy setfields): a store to an object that exists is put off. Snapshots carry it past guards, a later store to
//! the same place makes it unnecessary, and it is emitted before whatever may see it. An object that it stores stays virtual until then.
//!
//! No two pending stores may be to the same place, so that their order does not matter.

use super::{AliasClass, Builder};
use crate::ir::{Desc, Op, Place, Ref};
use crate::mutants::{Mutant, planted};
use framework::Ty;
use framework::heap::Mutability;

/// More are not put off: snapshots would get too large.
const MAX_PENDING: usize = 24;

/// A store that has been put off.
#[derive(Clone, Copy, Debug)]
pub struct Pending {
    /// An object that is not virtual.
    pub object: Ref,
    /// Where in it.
    pub place: Place,
    /// What is stored there: it may be virtual.
    pub value: Ref,
}

impl Place {
    /// Its alias class.
    pub fn class(self) -> AliasClass {
        match self {
            Place::Field(f) => AliasClass::Field(f.owner, f.offset),
            Place::Elem(e, _) => AliasClass::Elems(e.owner),
        }
    }
}

impl Builder {
    fn index_ref(&mut self, place: Place) -> Ref {
        match place {
            Place::Field(_) => Ref::NONE,
            Place::Elem(_, k) => self.constant(k as i64),
        }
    }

    /// Puts a store to an object that is not virtual off.
    pub fn put_off(&mut self, object: Ref, place: Place, value: Ref) {
        let (object, value) = (self.resolve(object), self.resolve(value));
        let (class, index) = (place.class(), self.index_ref(place));
        if let Some(known) = self.memory.get(class, Mutability::Mutable, object, index)
            && self.resolve(known) == value
        {
            return;
        }
        self.drop_pending(object, place);
        self.flush_aliases(class, object, Some(place));
        self.kill(class, object, index);
        if self.pending.len() >= MAX_PENDING {
            let oldest = self.pending.remove(0);
            self.emit_store(oldest);
        }
        self.pending.push(Pending { object, place, value });
        self.memory.put(class, Mutability::Mutable, object, index, value);
    }

    /// Puts a store on top of those that are pending, whatever they are: for one snapshot.
    pub(crate) fn overlay(&mut self, object: Ref, place: Place, value: Ref) {
        let object = self.resolve(object);
        if let Some((ty, _)) = self.virtual_layout(object) {
            self.set_virtual_field(object, place.part(ty), value);
            return;
        }
        self.drop_pending(object, place);
        self.pending.push(Pending { object, place, value });
    }

    fn drop_pending(&mut self, object: Ref, place: Place) {
        if let Some(k) = self.pending.iter().position(|p| p.place == place && self.resolve(p.object) == object) {
            self.pending.remove(k);
        }
    }

    /// Emits the pending stores that an access to this class of this object may meet: at `place`, or anywhere.
    pub(super) fn flush_aliases(&mut self, class: AliasClass, object: Ref, place: Option<Place>) {
        let mut k = 0;
        while k < self.pending.len() {
            let p = self.pending[k];
            let same_place = place.is_none_or(|place| p.place == place);
            if p.place.class() == class && same_place && self.may_alias(self.resolve(p.object), object) {
                self.pending.remove(k);
                self.emit_store(p);
            } else {
                k += 1;
            }
        }
    }

    /// Emits all pending stores.
    pub fn flush(&mut self) {
        for p in std::mem::take(&mut self.pending) {
            self.emit_store(p);
        }
    }

    /// Emits all but those to these places of these objects. Returns which of those there are.
    pub(crate) fn flush_except(&mut self, kept: &[(Ref, Place)]) -> Vec<bool> {
        let mut found = vec![false; kept.len()];
        for p in std::mem::take(&mut self.pending) {
            let o = self.resolve(p.object);
            match kept.iter().position(|&(object, place)| place == p.place && self.resolve(object) == o) {
                Some(k) => {
                    found[k] = true;
                    self.pending.push(p);
                }
                None => self.emit_store(p),
            }
        }
        found
    }

    /// Has the store of a place's content pending, which comes around a loop: memory may hold something else.
    pub(crate) fn carry(&mut self, object: Ref, place: Place, content: Ref) {
        let (class, index) = (place.class(), self.index_ref(place));
        if !planted(Mutant::CarriedStoresAreDone) {
            self.pending.push(Pending { object, place, value: content });
        }
        self.memory.put(class, Mutability::Mutable, object, index, content);
    }

    /// Reads a place.
    pub(crate) fn load_place(&mut self, object: Ref, place: Place) -> Ref {
        match place {
            Place::Field(f) => self.load_field(object, f),
            Place::Elem(e, k) => {
                let k = self.constant(k as i64);
                self.load_elem(object, e, k)
            }
        }
    }

    /// Writes it.
    pub(crate) fn store_place(&mut self, object: Ref, place: Place, v: Ref) {
        match place {
            Place::Field(f) => self.store_field(object, f, v),
            Place::Elem(e, k) => {
                let k = self.constant(k as i64);
                self.store_elem(object, e, k, v);
            }
        }
    }

    fn emit_store(&mut self, p: Pending) {
        let v = self.operand(p.value);
        let o = self.resolve(p.object);
        let index = self.index_ref(p.place);
        match p.place {
            Place::Field(f) => {
                let imm = self.desc(2, f as *const _ as usize, Desc::Field(f));
                self.emit(Op::StoreField, Ty::Int, imm, o.0, v.0, 0);
            }
            Place::Elem(e, _) => {
                let imm = self.desc(3, e as *const _ as usize, Desc::Elems(e));
                self.emit(Op::StoreElem, Ty::Int, imm, o.0, index.0, v.0);
            }
        }
    }
}
