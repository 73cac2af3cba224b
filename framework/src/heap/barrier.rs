//! The write barrier: a nursery collection must know the old objects that may point to young ones.
//!
//! An old object that was stored to is **remembered** (its `UNLOGGED` bit cleared, so that this happens once between two collections) and looked
//! through by the next nursery collection. A large array keeps the bit: its stores mark cards instead.

use super::header::{BARRIER_MASK, UNLOGGED};
use super::large::{CARD, Dirty, cards, prefix};
use super::mark::Marker;
use super::{Elems, Field, Heap, Obj, is_traced};
use crate::kind::Kind;

/// Old objects that were stored to since the last collection.
#[derive(Default)]
pub(super) struct Remembered {
    small: Vec<Obj>,
    large: Vec<Obj>,
}

impl Heap {
    /// Stores to a field of an object that may be old.
    #[inline(always)]
    pub fn set<T: Kind>(&mut self, o: Obj, f: Field<T>, v: T) {
        if is_traced(T::TY) {
            self.write_barrier(o);
        }
        debug_assert_eq!(o.type_id(), f.info.owner, "field {} of another type", f.info.name);
        o.set_word(f.info.offset as usize, v.to_bits());
    }

    /// Stores to an element of an object that may be old; `i` is within its length.
    #[inline(always)]
    pub fn set_elem<T: Kind>(&mut self, o: Obj, e: Elems<T>, i: usize, v: T) {
        if is_traced(T::TY) && o.gc_byte() & BARRIER_MASK != 0 {
            self.remember_elem(o, i);
        }
        o.init_elem(e, i, v);
    }

    /// To be called before heap pointers are stored into `o` by any other way than `set` and `set_elem`. Holds until the next allocation.
    #[inline(always)]
    pub fn write_barrier(&mut self, o: Obj) {
        if o.gc_byte() & BARRIER_MASK != 0 {
            self.remember(o);
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn remember(&mut self, o: Obj) {
        if o.is_large() {
            self.remember_large(o, Dirty::All);
        } else {
            o.set_gc_byte(o.gc_byte() & !UNLOGGED);
            self.remembered.small.push(o);
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn remember_elem(&mut self, o: Obj, i: usize) {
        if !o.is_large() {
            return self.remember(o);
        }
        let offset = self.types.of(o).traced_elems + 8 * i;
        cards(o)[offset / CARD] = 1;
        self.remember_large(o, Dirty::Cards);
    }

    fn remember_large(&mut self, o: Obj, dirty: Dirty) {
        let p = prefix(o);
        match (p.dirty, dirty) {
            (Dirty::Clean, _) => {
                p.dirty = dirty;
                self.remembered.large.push(o);
            }
            (Dirty::Cards, Dirty::All) => p.dirty = Dirty::All,
            _ => {}
        }
    }
}

impl Remembered {
    /// Marks what the remembered objects point to, and forgets them.
    pub fn scan(&mut self, marker: &mut Marker) {
        for o in self.small.drain(..) {
            o.set_gc_byte(o.gc_byte() | UNLOGGED);
            marker.scan(o);
        }
        for o in self.large.drain(..) {
            marker.scan_dirty(o);
        }
    }

    /// Forgets them: a full collection looks at everything anyway, and gives its bit back to what it finds alive.
    pub fn clear(&mut self) {
        self.small.clear();
        for o in self.large.drain(..) {
            prefix(o).dirty = Dirty::Clean;
            cards(o).fill(0);
        }
    }
}
