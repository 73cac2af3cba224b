//! What happens to objects that are found dead.
//!
//! - **Native finalisers** ([`TypeInfo::finalize`](super::TypeInfo)) free what an object owns outside the heap, just before its memory is reused.
//! - **Language-level finalisation** (Python's `__del__`): a registered object that is found dead is brought back, once, and put in a
//!   queue; the interrupt flag has the language look there at the next loop header.

use super::mark::Marker;
use super::{Heap, Obj};
use std::cell::Cell;
use std::collections::VecDeque;

/// Objects to be finalised.
#[derive(Default)]
pub struct Finalizers {
    /// Objects with a native finaliser, made since the last collection, and older.
    pub young_native: Vec<Obj>,
    old_native: Vec<Obj>,
    /// Objects registered by the language, since the last collection or while young, and older.
    young: Vec<Obj>,
    old: Vec<Obj>,
    /// Objects found dead that the language has not taken yet. They are alive again.
    queue: VecDeque<Obj>,
}

thread_local!(static FREED: Cell<usize> = const { Cell::new(0) });

impl Finalizers {
    /// Objects in the queue.
    pub fn roots(&self) -> impl Iterator<Item = Obj> + '_ {
        self.queue.iter().copied()
    }

    /// Is there an object for the language to finalise?
    pub fn is_pending(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Brings back the registered objects that marking did not reach.
    pub fn resurrect(&mut self, full: bool, marker: &mut Marker) {
        // First decide, then mark: an object that another dead one refers to is dead all the same.
        let (old, queue) = (&mut self.old, &mut self.queue);
        let first = queue.len();
        let mut live = |o: &Obj| {
            let live = marker.is_marked(*o);
            if !live {
                queue.push_back(*o);
            }
            live
        };
        if full {
            old.retain(&mut live);
        }
        old.extend(self.young.drain(..).filter(live));
        for &o in queue.iter().skip(first) {
            marker.mark(o);
        }
        marker.drain();
    }

    /// Runs the native finalisers of what is dead, and returns how many bytes they say they freed.
    pub fn finalize_dead(&mut self, full: bool, marker: &Marker) -> usize {
        let live = |o: &Obj| {
            let live = marker.is_marked(*o);
            if !live && let Some(finalize) = marker.types.of(*o).info.finalize {
                // SAFETY: the hook was declared for objects of this type; the memory has not been touched since the object died.
                unsafe { finalize(*o) }
            }
            live
        };
        FREED.set(0);
        if full {
            self.old_native.retain(live);
        }
        self.old_native.extend(self.young_native.drain(..).filter(live));
        FREED.take()
    }

    /// Every object with a native finaliser, which then are forgotten: for when the heap goes away.
    pub fn take_native(&mut self) -> Vec<Obj> {
        let mut all = std::mem::take(&mut self.young_native);
        all.append(&mut self.old_native);
        all
    }
}

impl Heap {
    /// Has `o` come out of [`Heap::take_finalizable`] when nothing refers to it any more. Once: to have it again, register it again.
    pub fn register_finalizer(&mut self, o: Obj) {
        self.finalizers.young.push(o);
    }

    /// The next registered object that has died. It is alive again.
    pub fn take_finalizable(&mut self) -> Option<Obj> {
        self.finalizers.queue.pop_front()
    }

    /// Called by native finalisers: so many bytes that were reported to [`Heap::external`] have been freed.
    pub fn external_freed(bytes: usize) {
        FREED.set(FREED.get() + bytes);
    }
}
