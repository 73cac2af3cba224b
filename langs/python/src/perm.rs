//! Permanent Rust data: code objects, classes, shapes, modules live until the VM is dropped and are shared by plain pointers.

use std::fmt;
use std::ops::Deref;

/// A pointer to data the runtime's [`Arena`] keeps until the VM is dropped. Compared by identity.
pub struct P<T>(*const T);

impl<T> P<T> {
    /// The address, to be kept in an `i64` heap field.
    #[inline(always)]
    pub fn addr(self) -> i64 {
        self.0 as i64
    }
    /// Back from the address.
    ///
    /// # Safety
    /// `addr` came from [`P::addr`] of the same type, in this VM.
    #[inline(always)]
    pub unsafe fn from_addr(addr: i64) -> P<T> {
        P(addr as *const T)
    }
    /// The data, for as long as the VM lives.
    #[inline(always)]
    pub fn get<'a>(self) -> &'a T {
        // SAFETY: the arena frees nothing before the VM goes.
        unsafe { &*self.0 }
    }
}

impl<T> Clone for P<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for P<T> {}
impl<T> PartialEq for P<T> {
    #[inline(always)]
    fn eq(&self, o: &Self) -> bool {
        std::ptr::eq(self.0, o.0)
    }
}
impl<T> Eq for P<T> {}
impl<T> Deref for P<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: see `get`.
        unsafe { &*self.0 }
    }
}
impl<T> fmt::Debug for P<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:p}", self.0)
    }
}

/// Owns permanent data.
#[derive(Default)]
pub struct Arena {
    owned: Vec<(*mut (), unsafe fn(*mut ()))>,
}

impl Arena {
    /// Keeps `data` until the arena is dropped.
    pub fn alloc<T: 'static>(&mut self, data: T) -> P<T> {
        unsafe fn free<T>(p: *mut ()) {
            // SAFETY: `p` came from `Box::into_raw` of a `Box<T>` just below, and is freed once.
            drop(unsafe { Box::from_raw(p.cast::<T>()) });
        }
        let p = Box::into_raw(Box::new(data));
        self.owned.push((p.cast(), free::<T>));
        P(p)
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        for (p, free) in self.owned.drain(..).rev() {
            // SAFETY: see `alloc`.
            unsafe { free(p) }
        }
    }
}
