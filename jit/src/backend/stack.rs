//! How deep compiled code may nest on the native stack.

use std::cell::Cell;

/// What is left to Rust functions that compiled code calls.
const MARGIN: usize = 512 << 10;

/// Lowest stack pointer with which compiled code may start another activation on this thread.
pub fn limit() -> usize {
    thread_local!(static LIMIT: Cell<usize> = const { Cell::new(0) });
    LIMIT.with(|l| {
        if l.get() == 0 {
            l.set(find());
        }
        l.get()
    })
}

/// From the thread's stack; where that is unknown, compiled code does not nest.
fn find() -> usize {
    let Some((low, size)) = bounds() else { return usize::MAX };
    low + MARGIN.min(size / 4)
}

#[cfg(target_os = "linux")]
fn bounds() -> Option<(usize, usize)> {
    // SAFETY: plain queries; the attributes are destroyed after use.
    unsafe {
        let mut attributes = std::mem::zeroed();
        if libc::pthread_getattr_np(libc::pthread_self(), &mut attributes) != 0 {
            return None;
        }
        let (mut low, mut size) = (std::ptr::null_mut(), 0);
        let found = libc::pthread_attr_getstack(&attributes, &mut low, &mut size) == 0;
        libc::pthread_attr_destroy(&mut attributes);
        found.then_some((low as usize, size))
    }
}

#[cfg(not(target_os = "linux"))]
fn bounds() -> Option<(usize, usize)> {
    None
}
