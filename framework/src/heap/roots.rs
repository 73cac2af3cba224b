//! Roots: where marking begins.
//!
//! The runtime of a language reports its pointers through a [`Tracer`]. The native stack, the registers and the VM stack are looked through
//! **conservatively**: any word there may be a pointer, and [`Finder`] says whether it is one.

use super::Obj;
use super::block::{BLOCK, Block, granule, granule_before};
use super::large::LargeSpace;
use super::space::BlockSpace;
use super::types::{TypeTable, size_with};
use crate::value::Value;
use std::cell::Cell;

/// Something that looks at heap pointers.
pub(super) trait Visitor {
    /// A pointer was found.
    fn visit(&mut self, o: Obj);
    /// Any other word was found. Only for those that ask for them: see [`Tracer::wants_immediates`].
    fn immediate(&mut self, _: Value) {}
}

/// Visits the heap pointers of an object or of a runtime.
pub struct Tracer<'a> {
    visitor: &'a mut dyn Visitor,
    immediates: bool,
    young: bool,
}

impl<'a> Tracer<'a> {
    pub(super) fn new(visitor: &'a mut dyn Visitor) -> Tracer<'a> {
        Tracer { visitor, immediates: false, young: false }
    }

    /// The tracer of a collection.
    pub(super) fn of_collection(visitor: &'a mut dyn Visitor, full: bool) -> Tracer<'a> {
        Tracer { visitor, immediates: false, young: !full }
    }

    /// A tracer that also passes on the words that are no pointers.
    pub(super) fn of_all_words(visitor: &'a mut dyn Visitor) -> Tracer<'a> {
        Tracer { visitor, immediates: true, young: false }
    }

    /// Is it of interest what words are reported that are no pointers? It is in a survey: see [`Surveyor`](super::Surveyor).
    pub fn wants_immediates(&self) -> bool {
        self.immediates
    }

    /// May what was reported to an earlier collection be left out? It is old then, in a nursery collection, and stays.
    pub fn wants_only_young(&self) -> bool {
        self.young
    }

    /// Reports a word that may point to the heap.
    #[inline]
    pub fn value(&mut self, v: Value) {
        if v.is_obj() {
            self.visitor.visit(v.as_obj());
        } else if self.immediates {
            self.visitor.immediate(v);
        }
    }

    /// Reports an object.
    #[inline]
    pub fn obj(&mut self, o: Obj) {
        self.value(o.into())
    }

    /// Reports many words.
    pub fn values(&mut self, vs: &[Value]) {
        for &v in vs {
            self.value(v);
        }
    }
}

/// More roots than the VM's own: the constants of compiled code, the handles of an embedder.
pub type RootSource = Box<dyn Fn(&mut Tracer)>;

/// Names a source added by `Heap::add_roots`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RootId(pub(super) u64);

/// How the heap reaches the VM it is part of.
#[derive(Clone, Copy)]
pub(crate) struct Owner {
    /// The VM.
    pub vm: *mut (),
    /// Reports what the VM and its language's runtime hold, and says which part of the VM stack is in use.
    pub trace: unsafe fn(*mut (), &mut Tracer) -> std::ops::Range<usize>,
}

/// Tells pointers from other words.
pub(super) struct Finder<'h> {
    pub blocks: &'h BlockSpace,
    pub large: &'h LargeSpace,
    pub types: &'h TypeTable,
    /// A full collection: `Meta::starts` held the old objects when it began.
    pub full: bool,
    /// The collection's number.
    pub collection: u32,
}

impl Finder<'_> {
    /// The object that a word points to or, if `interior`, into. In a nursery collection objects that are marked already may be left out.
    #[inline]
    pub fn find(&self, word: usize, interior: bool) -> Option<Obj> {
        if !interior && word % 8 != 0 {
            return None;
        }
        match self.blocks.block_of(word) {
            Some(b) => self.find_small(b, word, interior),
            None => self.large.find(word).filter(|o| interior || o.0 as usize == word),
        }
    }

    fn find_small(&self, b: Block, word: usize, interior: bool) -> Option<Obj> {
        let meta = b.meta();
        if meta.young == 0 && !self.full {
            return None;
        }
        if meta.prepared != self.collection {
            self.prepare(b);
        }
        let (i, bit) = granule(word);
        if word % 8 == 0 && meta.starts[i] & bit != 0 {
            return Some(Obj(word as u64));
        }
        if !interior {
            return None;
        }
        let o = Obj(granule_before(&meta.starts, word)? as u64);
        (word < o.0 as usize + self.types.size(o)).then_some(o)
    }

    /// Enters the block's young objects in its `starts`, by walking its young spans.
    fn prepare(&self, b: Block) {
        let meta = b.meta();
        meta.prepared = self.collection;
        if !self.full {
            meta.starts = meta.marks;
        }
        let mut next = meta.young;
        while next != 0 {
            let span = &self.blocks.spans[next as usize - 1];
            let mut at = span.start;
            while at < span.end {
                let (i, bit) = granule(at);
                meta.starts[i] |= bit;
                let o = Obj(at as u64);
                at += size_with(self.types.of(o), o);
            }
            debug_assert!(at == span.end && at <= b.0 + BLOCK);
            next = span.next;
        }
    }
}

/// Calls `f` with the address from which the native stack, the callee-saved registers included, has to be looked through.
#[inline(never)]
pub(super) fn with_stack<T>(f: impl FnOnce(usize) -> T) -> T {
    let mut registers = [0usize; 12];
    let at = registers.as_mut_ptr();
    // SAFETY: the callee-saved registers are copied to an array with room for them.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::asm!(
            "mov [{0}], rbx", "mov [{0} + 8], rbp", "mov [{0} + 16], r12", "mov [{0} + 24], r13", "mov [{0} + 32], r14", "mov [{0} + 40], r15",
            in(reg) at, options(nostack, preserves_flags),
        );
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        std::arch::asm!(
            "stp x19, x20, [{0}]", "stp x21, x22, [{0}, 16]", "stp x23, x24, [{0}, 32]", "stp x25, x26, [{0}, 48]",
            "stp x27, x28, [{0}, 64]", "str x29, [{0}, 80]",
            in(reg) at, options(nostack, preserves_flags),
        );
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    compile_error!("the collector does not know the callee-saved registers of this machine");
    let result = f(at as usize);
    std::hint::black_box(&registers);
    result
}

/// Calls `f` with every word in `[from, to)`.
///
/// # Safety
/// The memory is readable.
#[inline(always)]
pub(super) unsafe fn for_words(from: usize, to: usize, mut f: impl FnMut(usize)) {
    let mut at = from.next_multiple_of(8);
    while at + 8 <= to {
        // SAFETY: by the caller. Volatile, because some of these words the compiler takes to be uninitialised.
        f(unsafe { (at as *const usize).read_volatile() });
        at += 8;
    }
}

/// The high end of the calling thread's native stack.
pub(super) fn stack_base() -> usize {
    thread_local!(static BASE: Cell<usize> = const { Cell::new(0) });
    BASE.with(|base| {
        if base.get() == 0 {
            base.set(find_stack_base());
        }
        base.get()
    })
}

#[cfg(target_os = "linux")]
fn find_stack_base() -> usize {
    // SAFETY: the calls fill in what they are given, and the attributes are destroyed after use.
    unsafe {
        let mut attr: libc::pthread_attr_t = std::mem::zeroed();
        let (mut start, mut size) = (std::ptr::null_mut(), 0);
        if libc::pthread_getattr_np(libc::pthread_self(), &mut attr) != 0 || libc::pthread_attr_getstack(&attr, &mut start, &mut size) != 0 {
            super::fatal("cannot find the bounds of the native stack");
        }
        libc::pthread_attr_destroy(&mut attr);
        start as usize + size
    }
}

#[cfg(target_os = "macos")]
fn find_stack_base() -> usize {
    // SAFETY: the thread is the caller's own.
    unsafe { libc::pthread_get_stackaddr_np(libc::pthread_self()) as usize }
}
