//! Loads and stores: forwarding, redundant loads, aliasing by field, class and freshness.

use super::virtuals::MAX_VIRTUAL_ELEMS;
use super::{Builder, Pending};
use crate::ir::{Desc, Inst, Op, Place, Ref};
use crate::mutants::{Mutant, planted};
use framework::heap::{ElemsInfo, FieldInfo, Mutability};
use framework::{Ty, TypeInfo};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// What may alias what: one class per field of a type, one for all its elements, one for all headers' language bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AliasClass {
    /// The field at this offset of this type.
    Field(u16, u16),
    /// The elements of this type.
    Elems(u16),
    /// The header's language bits.
    Aux,
}

/// The alias class a load or store touches, and whether it is mutable.
pub fn class_of(trace: &crate::ir::Trace, i: &Inst) -> Option<AliasClass> {
    match i.op {
        Op::LoadField | Op::StoreField => match trace.desc(i) {
            Desc::Field(f) => Some(AliasClass::Field(f.owner, f.offset)),
            _ => None,
        },
        Op::LoadElem | Op::StoreElem => match trace.desc(i) {
            Desc::Elems(e) => Some(AliasClass::Elems(e.owner)),
            _ => None,
        },
        Op::Aux | Op::SetAux => Some(AliasClass::Aux),
        _ => None,
    }
}

#[derive(Clone, Copy)]
struct Known {
    object: Ref,
    /// `Ref::NONE` for fields.
    index: Ref,
    value: Ref,
}

/// What memory is known to hold.
#[derive(Clone, Default)]
pub(super) struct MemoryCache {
    mutable: FxHashMap<AliasClass, SmallVec<[Known; 2]>>,
    immutable: FxHashMap<(Ref, AliasClass, Ref), Ref>,
}

impl MemoryCache {
    pub(super) fn get(&self, class: AliasClass, m: Mutability, object: Ref, index: Ref) -> Option<Ref> {
        match m {
            Mutability::Immutable => self.immutable.get(&(object, class, index)).copied(),
            Mutability::Mutable => self.mutable.get(&class)?.iter().find(|k| k.object == object && k.index == index).map(|k| k.value),
        }
    }

    pub(super) fn put(&mut self, class: AliasClass, m: Mutability, object: Ref, index: Ref, value: Ref) {
        match m {
            Mutability::Immutable => {
                self.immutable.insert((object, class, index), value);
            }
            Mutability::Mutable => {
                let known = self.mutable.entry(class).or_default();
                known.retain(|k| k.object != object || k.index != index);
                known.push(Known { object, index, value });
            }
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.mutable.clear();
        self.immutable.clear();
    }

    /// Becomes like another one, in its own memory.
    pub(super) fn copy_from(&mut self, other: &MemoryCache) {
        self.mutable.clone_from(&other.mutable);
        self.immutable.clone_from(&other.immutable);
    }

    pub(super) fn set_aux(&mut self, object: Ref, value: Ref) {
        self.put(AliasClass::Aux, Mutability::Mutable, object, Ref::NONE, value);
    }

    /// A call may have changed any mutable memory.
    pub(super) fn clobber(&mut self) {
        self.mutable.clear();
    }

    /// Forgets what the given classes hold: before a loop that stores to them.
    pub(super) fn forget(&mut self, class: AliasClass) {
        self.mutable.remove(&class);
    }

    /// The classes of mutable memory something is known of.
    pub(super) fn known_classes(&self) -> impl Iterator<Item = AliasClass> + '_ {
        self.mutable.iter().filter(|(_, k)| !k.is_empty()).map(|(&c, _)| c)
    }
}

impl Builder {
    /// May the two references be the same object? Not if one was allocated after the other was known.
    pub(super) fn may_alias(&self, a: Ref, b: Ref) -> bool {
        if a == b {
            return true;
        }
        let fresh = |r: Ref| self.inst(r).is_some_and(|i| matches!(i.op, Op::New | Op::NewArray));
        match (a.as_const(), b.as_const()) {
            (Some(_), Some(_)) => false,
            (Some(_), None) => !fresh(b),
            (None, Some(_)) => !fresh(a),
            (None, None) if planted(Mutant::NamesNeverAlias) => false,
            (None, None) => !(fresh(a) && (fresh(b) || b < a) || fresh(b) && a < b),
        }
    }

    pub(super) fn kill(&mut self, class: AliasClass, object: Ref, index: Ref) {
        if planted(Mutant::StoresKillNothing) {
            return;
        }
        let Some(known) = self.memory.mutable.remove(&class) else { return };
        let constants = |i: Ref| i.as_const().is_some() && index.as_const().is_some() || planted(Mutant::IndicesNeverAlias);
        let different_index = |i: Ref| i != index && constants(i);
        let kept = known.into_iter().filter(|k| !self.may_alias(k.object, object) || different_index(k.index)).collect();
        self.memory.mutable.insert(class, kept);
    }

    /// Reads a field. The result is known, or a load is emitted.
    pub fn load_field(&mut self, o: Ref, f: &'static FieldInfo) -> Ref {
        let o = self.resolve(o);
        if self.is_virtual(o) {
            let v = self.virtual_field(o, Place::Field(f).part(self.virtuals[&o].ty));
            return self.resolve(v);
        }
        let class = AliasClass::Field(f.owner, f.offset);
        if let Some(v) = self.memory.get(class, f.mutability, o, Ref::NONE) {
            return self.resolve(v);
        }
        if !planted(Mutant::LoadsMissPendingStores) {
            self.flush_aliases(class, o, Some(Place::Field(f)));
        }
        let imm = self.desc(2, f as *const _ as usize, Desc::Field(f));
        let r = self.emit(Op::LoadField, f.ty, imm, o.0, Ref::NONE.0, 0);
        self.memory.put(class, f.mutability, o, Ref::NONE, r);
        r
    }

    /// Writes a field. Returns whether the object existed already (rule R2 asks).
    pub fn store_field(&mut self, o: Ref, f: &'static FieldInfo, v: Ref) {
        let o = self.resolve(o);
        if self.is_virtual(o) {
            self.set_virtual_field(o, Place::Field(f).part(self.virtuals[&o].ty), v);
            return;
        }
        if f.mutability == Mutability::Mutable {
            self.put_off(o, Place::Field(f), v);
            return;
        }
        let v = self.operand(v);
        self.kill(AliasClass::Field(f.owner, f.offset), o, Ref::NONE);
        self.fill_field(o, f, v);
    }

    pub(super) fn fill_field(&mut self, o: Ref, f: &'static FieldInfo, v: Ref) {
        let imm = self.desc(2, f as *const _ as usize, Desc::Field(f));
        self.emit(Op::StoreField, Ty::Int, imm, o.0, v.0, 0);
        self.know_field(o, f, v);
    }

    /// Notes what a field holds.
    pub(crate) fn know_field(&mut self, o: Ref, f: &'static FieldInfo, v: Ref) {
        let o = self.resolve(o);
        self.memory.put(AliasClass::Field(f.owner, f.offset), f.mutability, o, Ref::NONE, v);
    }

    /// Index of an element in a virtual object's field map, if it is constant.
    fn virtual_elem(&self, o: Ref, index: Ref) -> Option<usize> {
        let v = self.virtuals.get(&o)?;
        let i = self.bits_of(index)?;
        (i < v.len? as u64).then_some(v.ty.fields.len() + i as usize)
    }

    /// Reads an element.
    pub fn load_elem(&mut self, o: Ref, e: &'static ElemsInfo, index: Ref) -> Ref {
        let (o, index) = (self.resolve(o), self.resolve(index));
        if let Some(k) = self.virtual_elem(o, index) {
            let v = self.virtual_field(o, k);
            return self.resolve(v);
        }
        let o = self.operand(o);
        let class = AliasClass::Elems(e.owner);
        if let Some(v) = self.memory.get(class, e.mutability, o, index) {
            return self.resolve(v);
        }
        let place = self.bits_of(index).filter(|_| e.size == 8).map(|k| Place::Elem(e, k as u32));
        if !planted(Mutant::LoadsMissPendingStores) {
            self.flush_aliases(class, o, place);
        }
        let imm = self.desc(3, e as *const _ as usize, Desc::Elems(e));
        let r = self.emit(Op::LoadElem, e.ty, imm, o.0, index.0, 0);
        self.memory.put(class, e.mutability, o, index, r);
        r
    }

    /// Writes an element.
    pub fn store_elem(&mut self, o: Ref, e: &'static ElemsInfo, index: Ref, v: Ref) {
        let (o, index) = (self.resolve(o), self.resolve(index));
        if let Some(k) = self.virtual_elem(o, index) {
            self.set_virtual_field(o, k, v);
            return;
        }
        let o = self.operand(o);
        if let Some(k) = self.bits_of(index).filter(|&k| k <= u32::MAX as u64)
            && (e.size, e.mutability) == (8, Mutability::Mutable)
        {
            self.put_off(o, Place::Elem(e, k as u32), v);
            return;
        }
        self.flush_aliases(AliasClass::Elems(e.owner), o, None);
        let v = self.operand(v);
        self.kill(AliasClass::Elems(e.owner), o, index);
        let imm = self.desc(3, e as *const _ as usize, Desc::Elems(e));
        self.emit(Op::StoreElem, Ty::Int, imm, o.0, index.0, v.0);
        // A byte keeps only its low bits, so what was stored is not what will be read.
        if e.size == 8 {
            self.memory.put(AliasClass::Elems(e.owner), e.mutability, o, index, v);
        }
    }

    pub(super) fn fill_elem(&mut self, o: Ref, e: &'static ElemsInfo, index: usize, v: Ref) {
        let index = self.constant(index as i64);
        let imm = self.desc(3, e as *const _ as usize, Desc::Elems(e));
        self.emit(Op::StoreElem, Ty::Int, imm, o.0, index.0, v.0);
        self.memory.put(AliasClass::Elems(e.owner), e.mutability, o, index, v);
    }

    /// Length of an array-like object.
    pub fn len(&mut self, o: Ref) -> Ref {
        let o = self.resolve(o);
        if self.is_virtual(o) {
            return self.virtual_field(o, 0);
        }
        if let Some(i) = self.inst(o)
            && i.op == Op::NewArray
        {
            return Ref(i.a);
        }
        let key = (Op::Len, 0, o.0, Ref::NONE.0);
        if let Some(&r) = self.cse.get(&key) {
            return r;
        }
        let r = self.emit(Op::Len, Ty::Int, 0, o.0, Ref::NONE.0, 0);
        self.cse.insert(key, r);
        r
    }

    /// Reads the header's language bits.
    pub fn aux(&mut self, o: Ref) -> Ref {
        let o = self.resolve(o);
        if let Some(v) = self.virtual_aux(o) {
            return self.resolve(v);
        }
        if let Some(v) = self.memory.get(AliasClass::Aux, Mutability::Mutable, o, Ref::NONE) {
            return self.resolve(v);
        }
        let r = self.emit(Op::Aux, Ty::Int, 0, o.0, Ref::NONE.0, 0);
        self.memory.set_aux(o, r);
        r
    }

    /// Writes them. The value must fit 32 bits unsigned.
    pub fn store_aux(&mut self, o: Ref, v: Ref) {
        let (o, v) = (self.resolve(o), self.resolve(v));
        if self.is_virtual(o) {
            self.set_virtual_aux(o, v);
            return;
        }
        self.kill(AliasClass::Aux, o, Ref::NONE);
        self.emit(Op::SetAux, Ty::Int, 0, o.0, v.0, 0);
        self.memory.set_aux(o, v);
    }

    /// Allocates: a virtual object if its size is known and small, else for real.
    pub fn new_object(&mut self, ty: &'static TypeInfo, len: Option<Ref>) -> Ref {
        match len.map(|n| (n, self.bits_of(n))) {
            None => self.new_virtual(ty, None),
            Some((_, Some(n))) if n <= MAX_VIRTUAL_ELEMS as u64 && ty.elems.as_ref().is_some_and(|e| e.size == 8) => {
                self.new_virtual(ty, Some(n as u32))
            }
            Some((n, _)) => {
                let imm = self.type_desc(ty);
                let r = self.emit(Op::NewArray, Ty::Ref, imm, n.0, Ref::NONE.0, 0);
                self.types.insert(r, ty.id);
                r
            }
        }
    }

    /// Forgets all that a loop body with these stores and calls may change, and tells what is still relied upon.
    pub(crate) fn enter_loop(&mut self, body: &[Inst], pending: &[Pending]) -> Vec<AliasClass> {
        pending.iter().for_each(|p| self.memory.forget(p.place.class()));
        for i in body {
            match i.op {
                Op::StoreField | Op::StoreElem | Op::SetAux if !planted(Mutant::LoopsKeepLoads) => {
                    if let Some(c) = class_of(&self.trace, i) {
                        self.memory.forget(c);
                    }
                }
                Op::Call => {
                    if let Desc::Fun(f) = self.trace.desc(i)
                        && f.effect == framework::Effect::Any
                    {
                        self.memory.clobber();
                        self.valid_checked = false;
                    }
                }
                _ => {}
            }
        }
        self.memory.known_classes().collect()
    }
}
