//! Recursion on terms that nest deeply: on a stack made to measure.
//!
//! Reading and compiling are recursive, as their input is nested. Where that goes deeper than a thread's stack surely allows, they
//! run on a thread of their own while the calling one waits. Neither may collect garbage: the collector knows only the caller's stack.

use std::thread::Builder;

/// So many levels any stack has room for.
const SHALLOW: usize = 1000;
/// Bytes for one level, with all the functions it takes, in a build without optimisation.
const LEVEL: usize = 4096;

/// What crosses to the other thread and back while the caller waits.
struct Crossing<T>(T);

// SAFETY: the two threads never run at the same time, and `join` orders their accesses.
unsafe impl<T> Send for Crossing<T> {}

impl<T> Crossing<T> {
    fn into_inner(self) -> T {
        self.0
    }
}

/// Runs `f`, which recurses to this depth. `None` if there is no room for the stack it needs.
pub fn with_depth<T>(depth: usize, f: impl FnOnce() -> T) -> Option<T> {
    if depth <= SHALLOW {
        return Some(f());
    }
    let f = Crossing(f);
    let bytes = depth.checked_mul(LEVEL)?.checked_add(1 << 20)?;
    std::thread::scope(|s| {
        let thread = Builder::new().stack_size(bytes).spawn_scoped(s, move || Crossing(f.into_inner()()));
        match thread.ok()?.join() {
            Ok(r) => Some(r.into_inner()),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
