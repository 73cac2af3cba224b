//! The heap: layouts, objects, allocation and the collector.
//!
//! A single-mutator, stop-the-world, **non-moving sticky-mark-bits Immix**. Objects are bumped into holes of 32 KB blocks ([`alloc`], [`block`], [`space`]),
//! large ones apart ([`large`]). A collection ([`collect`]) marks from the roots ([`roots`], [`mark`]), deals with weak references and finalisers ([`weak`],
//! [`finalize`]) and sorts the blocks by what is free in them ([`sweep`]). Native stack, registers and VM stack are looked through conservatively:
//! runtime code holds [`Obj`]s and [`Value`](crate::Value)s in locals without further ado. What is in the Rust heap (a `Vec<Value>`) is **not** seen.
//!
//! Compiled code takes what it needs from [`header`].

mod alloc;
mod barrier;
mod block;
mod collect;
mod finalize;
mod header;
mod large;
mod layout;
mod limit;
mod mark;
mod number;
mod obj;
mod parked;
mod roots;
mod space;
mod stats;
mod stress;
mod survey;
mod sweep;
mod types;
mod weak;

pub use collect::Kind as Collection;
pub use header::{
    BARRIER_MASK, GC_BYTE_OFFSET, HEAP_CURSOR_OFFSET, HEAP_LIMIT_OFFSET, gc_alloc, gc_alloc_array, gc_write_barrier, gc_write_barrier_elem,
};
pub use layout::{Elems, ElemsInfo, Field, FieldInfo, Mutability, TypeId, TypeInfo};
pub use number::{BoxedFloat, BoxedInt};
pub use obj::{Obj, is_traced};
pub(crate) use roots::Owner;
pub use roots::{RootId, RootSource, Tracer};
pub use stats::Stats;
pub use stress::Stress;
pub use survey::Surveyor;
pub use types::MAX_TYPES;
pub use weak::WeakRef;

use crate::vm::Signals;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The heap of one VM. `cursor` and `limit` come first: compiled code allocates inline.
#[repr(C)]
#[derive(Default)]
pub struct Heap {
    /// Where the next object goes.
    cursor: usize,
    /// End of the room for it.
    limit: usize,
    allocator: alloc::Allocator,
    blocks: space::BlockSpace,
    large: large::LargeSpace,
    types: types::TypeTable,
    remembered: barrier::Remembered,
    mark_stack: Vec<Obj>,
    weak: weak::WeakRefs,
    finalizers: finalize::Finalizers,
    policy: collect::Policy,
    limit_state: limit::Limit,
    stress: Stress,
    stats: Stats,
    /// Bytes outside the heap that belong to objects.
    external: usize,
    owner: Option<Owner>,
    sources: Vec<(RootId, RootSource)>,
    parked: Vec<parked::Parked>,
    next_id: u64,
    signals: Option<Arc<Signals>>,
}

impl Heap {
    /// Tells the heap what VM it is part of, and which flag has the VM look up from its work.
    pub(crate) fn attach(&mut self, owner: Owner, signals: Arc<Signals>) {
        self.owner = Some(owner);
        self.signals = Some(signals);
    }

    /// Is it part of a VM?
    pub(crate) fn is_attached(&self) -> bool {
        self.owner.is_some()
    }

    /// Adds a source of roots, looked at in every collection.
    pub fn add_roots(&mut self, source: RootSource) -> RootId {
        self.next_id += 1;
        self.sources.push((RootId(self.next_id), source));
        RootId(self.next_id)
    }

    /// Removes a source of roots.
    pub fn remove_roots(&mut self, id: RootId) {
        self.sources.retain(|(i, _)| *i != id);
    }

    /// Does the heap want something from the language: has it been found exhausted, or are there cleared weak references or
    /// objects to finalise?
    pub fn is_pending(&self) -> bool {
        self.limit_state.is_exhausted() || self.weak.is_pending() || self.finalizers.is_pending()
    }

    /// The type of an object.
    pub fn type_info(&self, o: Obj) -> &'static TypeInfo {
        self.types.of(o).info
    }

    /// What the collector has done so far.
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// Sets how many bytes may be allocated between two collections.
    pub fn set_nursery(&mut self, bytes: usize) {
        self.policy.nursery = bytes;
        self.policy.budget = bytes;
    }

    /// Has the VM look up from its work at the next loop header.
    fn raise_interrupt(&self) {
        if let Some(signals) = &self.signals {
            signals.flag.store(true, Ordering::Relaxed);
        }
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        for o in self.finalizers.take_native() {
            if let Some(finalize) = self.types.of(o).info.finalize {
                // SAFETY: the hook was declared for objects of this type, and it is called once for each.
                unsafe { finalize(o) }
            }
        }
    }
}

/// Ends the process: there is no way to go on.
#[cold]
fn fatal(message: &str) -> ! {
    eprintln!("twofold: {message}");
    std::process::abort()
}
