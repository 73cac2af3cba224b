//! The collector's byte in an object's header, and every constant that compiled code needs to know of the heap.
//!
//! **What compiled code does**
//! - *Allocation* of `size` bytes of a type without finaliser (see [`Heap::prepare_type`]): load `cursor`, add `size`, compare with
//!   `limit`; if it is above, call [`gc_alloc`] or [`gc_alloc_array`]; else store the sum to `cursor`, the type id as the 8-byte header and, for
//!   arrays, the length at offset 8. The rest is zero already. All headers and lengths must be there at the next call of any kind.
//! - *Write barrier*, before a pointer is stored into `o`: test the byte at [`GC_BYTE_OFFSET`] with [`BARRIER_MASK`]; if not zero, call
//!   [`gc_write_barrier`], or [`gc_write_barrier_elem`] for an element. Objects allocated since the last call need no test: their byte is 0.
//! - *At calls* every live pointer is in a callee-saved register, on the native stack or on the VM stack, at a multiple of 8. Pointers into an object
//!   will do on the native stack and in registers; on the VM stack only its start does.

use super::{Heap, Obj, TypeInfo};
use std::mem::offset_of;

/// Where the collector's byte is in an object.
pub const GC_BYTE_OFFSET: usize = 2;
/// The write barrier has something to do if the collector's byte has this bit.
pub const BARRIER_MASK: u8 = UNLOGGED;
/// Where the next object goes, in [`Heap`].
pub const HEAP_CURSOR_OFFSET: usize = offset_of!(Heap, cursor);
/// End of the room for it, in [`Heap`].
pub const HEAP_LIMIT_OFFSET: usize = offset_of!(Heap, limit);

/// The low bits say in which epoch the object was last marked: 1 or 2, alternating with full collections; 0 for a young object.
pub(super) const EPOCH: u8 = 3;
/// Old, and not in the remembered set.
pub(super) const UNLOGGED: u8 = 4;
/// In the large-object space.
pub(super) const LARGE: u8 = 8;

impl Obj {
    /// The collector's byte.
    #[inline(always)]
    pub(crate) fn gc_byte(self) -> u8 {
        // SAFETY: the header is 8 bytes.
        unsafe { *((self.0 as usize + GC_BYTE_OFFSET) as *const u8) }
    }

    /// Sets the collector's byte.
    #[inline(always)]
    pub(super) fn set_gc_byte(self, byte: u8) {
        // SAFETY: as in `gc_byte`.
        unsafe { *((self.0 as usize + GC_BYTE_OFFSET) as *mut u8) = byte }
    }

    /// Is it in the large-object space?
    #[inline(always)]
    pub(super) fn is_large(self) -> bool {
        self.gc_byte() & LARGE != 0
    }
}

/// [`Heap::alloc`] for compiled code: the slow path.
///
/// # Safety
/// `heap` is a VM's heap that nothing else borrows.
pub unsafe extern "C" fn gc_alloc(heap: *mut Heap, ty: &'static TypeInfo) -> u64 {
    // SAFETY: by the caller.
    unsafe { (*heap).alloc(ty).0 }
}

/// [`Heap::alloc_array`] for compiled code: the slow path.
///
/// # Safety
/// As for [`gc_alloc`].
pub unsafe extern "C" fn gc_alloc_array(heap: *mut Heap, ty: &'static TypeInfo, len: u64) -> u64 {
    // SAFETY: by the caller.
    unsafe { (*heap).alloc_array(ty, len as usize).0 }
}

/// The slow path of the write barrier for compiled code.
///
/// # Safety
/// As for [`gc_alloc`]; `o` is an object of that heap with the barrier bit.
pub unsafe extern "C" fn gc_write_barrier(heap: *mut Heap, o: Obj) {
    // SAFETY: by the caller.
    unsafe { (*heap).remember(o) }
}

/// The slow path of the write barrier for compiled code that stores element `i`: cheaper than [`gc_write_barrier`] later on if the array is large.
///
/// # Safety
/// As for [`gc_write_barrier`]; `i` is within the array's length.
pub unsafe extern "C" fn gc_write_barrier_elem(heap: *mut Heap, o: Obj, i: u64) {
    // SAFETY: by the caller.
    unsafe { (*heap).remember_elem(o, i as usize) }
}
