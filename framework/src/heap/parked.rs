//! Several threads in one VM: one runs at a time, the others are **parked**, and their stacks hold pointers, too.

use super::Heap;
use super::roots::{stack_base, with_stack};

/// The part in use of a parked thread's native stack.
pub(super) struct Parked {
    id: u64,
    pub from: usize,
    pub to: usize,
}

impl Heap {
    /// Runs `release`, in which this thread lets others run the VM (and may not touch it until it is its turn again). Meanwhile what it
    /// has on its stack and in its registers stays alive.
    ///
    /// # Safety
    /// `heap` is valid, and nothing borrows it but through the lock that `release` gives up and takes again.
    pub unsafe fn park<T>(heap: *mut Heap, release: impl FnOnce() -> T) -> T {
        with_stack(|from| {
            let id = {
                // SAFETY: this thread still has the lock.
                let heap = unsafe { &mut *heap };
                heap.next_id += 1;
                heap.parked.push(Parked { id: heap.next_id, from, to: stack_base() });
                heap.next_id
            };
            let result = release();
            // SAFETY: this thread has the lock again.
            unsafe { (*heap).parked.retain(|p| p.id != id) };
            result
        })
    }
}
