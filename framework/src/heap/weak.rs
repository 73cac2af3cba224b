//! Weak references: objects that know another object without keeping it alive.

use super::mark::Marker;
use super::{Heap, Obj};
use std::collections::VecDeque;

crate::layout! {
    /// A weak reference. `target` is an object's address that the collector does not follow, or 0 once the object has died.
    /// Made by [`Heap::new_weak`]; read with [`Heap::weak_target`].
    pub WeakRef = 3 { mut target: i64, notify: i64 }
}

/// The weak references of a heap.
#[derive(Default)]
pub struct WeakRefs {
    /// Made since the last collection.
    young: Vec<Obj>,
    /// The rest: their targets are old, too.
    old: Vec<Obj>,
    /// Whose targets have died and whose owners want to know.
    cleared: VecDeque<Obj>,
}

impl WeakRefs {
    /// Clears the references to objects that marking did not reach. Those to be told of are marked, for they are to be looked at.
    pub fn clear_dead(&mut self, full: bool, marker: &mut Marker) {
        let old = if full { &mut self.old[..] } else { &mut [] };
        for &w in old.iter().chain(&self.young) {
            let target = w.get(WeakRef::target);
            if target != 0 && !marker.is_marked(Obj(target as u64)) {
                w.init(WeakRef::target, 0);
                // A reference that died together with its target is of no interest to anyone.
                if w.get(WeakRef::notify) != 0 && marker.is_marked(w) {
                    self.cleared.push_back(w);
                }
            }
        }
    }

    /// Forgets references that have died.
    pub fn drop_dead(&mut self, full: bool, marker: &Marker) {
        let live = |w: &Obj| marker.is_marked(*w) && w.get(WeakRef::target) != 0;
        if full {
            self.old.retain(live);
        }
        self.old.extend(self.young.drain(..).filter(live));
    }

    /// References that are kept until they are taken.
    pub fn roots(&self) -> impl Iterator<Item = Obj> + '_ {
        self.cleared.iter().copied()
    }

    /// Is there a cleared reference to be told of?
    pub fn is_pending(&self) -> bool {
        !self.cleared.is_empty()
    }
}

impl Heap {
    /// A weak reference to `target`. With `notify` it comes out of [`Heap::take_cleared`] when the target has died, unless it has died itself.
    pub fn new_weak(&mut self, target: Obj, notify: bool) -> Obj {
        let w = self.alloc(WeakRef::TYPE);
        w.init(WeakRef::target, target.0 as i64);
        w.init(WeakRef::notify, notify as i64);
        self.weak.young.push(w);
        w
    }

    /// What a weak reference refers to, if that is still alive.
    pub fn weak_target(&self, w: Obj) -> Option<Obj> {
        match w.get(WeakRef::target) {
            0 => None,
            address => Some(Obj(address as u64)),
        }
    }

    /// Has `w` forget its target, whether that is alive or not. It will not be told of.
    pub fn clear_weak(&mut self, w: Obj) {
        w.init(WeakRef::target, 0);
    }

    /// The next weak reference, of those made with `notify`, whose target has died.
    pub fn take_cleared(&mut self) -> Option<Obj> {
        self.weak.cleared.pop_front()
    }
}
