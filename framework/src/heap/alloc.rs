//! Allocation: a bump through holes. The fast path is a compare and an add; all the rest is out of line.

use super::block::{BLOCK, Block, LINE};
use super::collect::Kind;
use super::header::LARGE;
use super::large::MAX_SMALL;
use super::types::MAX_TYPES;
use super::{Heap, Obj, TypeInfo, fatal};

/// Where bump allocation is, apart from `Heap::cursor` and `Heap::limit`.
pub(super) struct Allocator {
    /// Types whose objects may be allocated by bumping alone: entered in the type table, and without finaliser.
    plain: [bool; MAX_TYPES],
    /// The hole's start and its end. `Heap::limit` may be lower, to have the next allocation go the slow way.
    start: usize,
    end: usize,
    /// The block the hole is in, and the line after the hole.
    block: Option<Block>,
    line: usize,
    /// A block for objects larger than a line that do not fit the hole, so that small holes are not given up for them.
    overflow: Overflow,
    /// Bytes taken for objects since the last collection.
    pub allocated: usize,
}

#[derive(Default)]
struct Overflow {
    start: usize,
    cursor: usize,
    end: usize,
}

impl Default for Allocator {
    fn default() -> Allocator {
        Allocator { plain: [false; MAX_TYPES], start: 0, end: 0, block: None, line: 0, overflow: Overflow::default(), allocated: 0 }
    }
}

impl Heap {
    /// Allocates an object with all fields zero (the word 0 is the float `0.0`).
    #[inline(always)]
    pub fn alloc(&mut self, ty: &'static TypeInfo) -> Obj {
        debug_assert!(ty.elems.is_none());
        self.alloc_bytes(ty.size as usize, ty)
    }

    /// Allocates an array-like object with `len` zero elements. If the length is a guest's to choose, see [`Heap::try_alloc_array`].
    #[inline]
    pub fn alloc_array(&mut self, ty: &'static TypeInfo, len: usize) -> Obj {
        let size = array_size(ty, len).unwrap_or(usize::MAX);
        let o = self.alloc_bytes(size, ty);
        o.set_word(TypeInfo::LEN_OFFSET as usize, len as u64);
        o
    }

    /// Allocates an array-like object with `len` zero elements; `None` if the heap limit does not allow for it.
    pub fn try_alloc_array(&mut self, ty: &'static TypeInfo, len: usize) -> Option<Obj> {
        let size = array_size(ty, len)?;
        if size <= MAX_SMALL {
            return Some(self.alloc_array(ty, len));
        }
        if !self.has_room(size) {
            return None;
        }
        self.prepare_type(ty);
        let o = self.alloc_large(size)?;
        self.finish(o, ty, LARGE);
        o.set_word(TypeInfo::LEN_OFFSET as usize, len as u64);
        Some(o)
    }

    #[inline(always)]
    fn alloc_bytes(&mut self, size: usize, ty: &'static TypeInfo) -> Obj {
        if size > self.limit - self.cursor || !self.is_plain(ty) {
            return self.alloc_slow(size, ty);
        }
        let o = Obj(self.cursor as u64);
        self.cursor += size;
        o.set_word(0, ty.id as u64);
        o
    }

    #[inline(always)]
    fn is_plain(&self, ty: &'static TypeInfo) -> bool {
        (ty.id as usize) < MAX_TYPES && self.allocator.plain[ty.id as usize]
    }

    /// Enters a type in the heap's table. Must have happened before compiled code allocates objects of it by bumping;
    /// `false` if it may not do that at all, since the type has a finaliser.
    pub fn prepare_type(&mut self, ty: &'static TypeInfo) -> bool {
        if !self.is_plain(ty) {
            self.types.add(ty);
            self.allocator.plain[ty.id as usize] = ty.finalize.is_none();
        }
        ty.finalize.is_none()
    }

    #[cold]
    #[inline(never)]
    fn alloc_slow(&mut self, size: usize, ty: &'static TypeInfo) -> Obj {
        self.prepare_type(ty);
        self.limit = self.allocator.end;
        self.collect_if_due();
        let o = if size > MAX_SMALL {
            self.reserve(size);
            let o = self.alloc_large(size).unwrap_or_else(|| fatal(&format!("out of memory: the system has none for an object of {size} bytes")));
            self.finish(o, ty, LARGE);
            o
        } else {
            let o = self.bump_slow(size);
            self.finish(o, ty, 0);
            o
        };
        if self.stress.every != 0 {
            self.go_slow();
        }
        o
    }

    /// Writes the header of a new object.
    fn finish(&mut self, o: Obj, ty: &'static TypeInfo, gc_byte: u8) {
        o.set_word(0, ty.id as u64);
        o.set_gc_byte(gc_byte);
        if ty.finalize.is_some() {
            self.finalizers.young_native.push(o);
        }
    }

    /// Has the next allocation go the slow way.
    pub(super) fn go_slow(&mut self) {
        self.limit = self.cursor;
    }

    fn bump_slow(&mut self, size: usize) -> Obj {
        if size > LINE && size > self.limit - self.cursor {
            return self.bump_overflow(size);
        }
        while size > self.limit - self.cursor {
            self.next_hole();
        }
        let o = Obj(self.cursor as u64);
        self.cursor += size;
        o
    }

    fn bump_overflow(&mut self, size: usize) -> Obj {
        if size > self.allocator.overflow.end - self.allocator.overflow.cursor {
            self.reserve(BLOCK);
            let block = self.free_block();
            self.retire_overflow();
            open(block, 0, BLOCK);
            self.allocator.allocated += BLOCK;
            self.allocator.overflow = Overflow { start: block.0, cursor: block.0, end: block.0 + BLOCK };
        }
        let o = Obj(self.allocator.overflow.cursor as u64);
        self.allocator.overflow.cursor += size;
        o
    }

    /// Goes on to the next hole.
    fn next_hole(&mut self) {
        self.retire_hole();
        let block = match self.allocator.block.or_else(|| self.blocks.take_recyclable()) {
            Some(block) => block,
            None => {
                // May collect, after which there may be something to recycle.
                self.reserve(BLOCK);
                self.blocks.take_recyclable().unwrap_or_else(|| self.free_block())
            }
        };
        match block.meta().lines.next_hole(self.allocator.line) {
            Some((from, to)) => {
                let (start, end) = (block.0 + from * LINE, block.0 + to * LINE);
                open(block, from * LINE, to * LINE);
                self.allocator.allocated += end - start;
                (self.cursor, self.limit) = (start, end);
                (self.allocator.start, self.allocator.end) = (start, end);
                (self.allocator.block, self.allocator.line) = (Some(block), to);
            }
            None => (self.allocator.block, self.allocator.line) = (None, 0),
        }
    }

    fn free_block(&mut self) -> Block {
        if let Some(block) = self.blocks.take_free() {
            return block;
        }
        if self.collector_may_run() {
            self.collect_now(Kind::Full);
        }
        self.blocks.take_free().unwrap_or_else(|| fatal("out of memory: the system has no more"))
    }

    fn alloc_large(&mut self, size: usize) -> Option<Obj> {
        let mut o = self.large.alloc(size);
        if o.is_none() && size < isize::MAX as usize && self.collector_may_run() {
            self.collect_now(Kind::Full);
            o = self.large.alloc(size);
        }
        self.allocator.allocated = self.allocator.allocated.saturating_add(size);
        self.check_budget();
        o
    }

    /// Notes what was allocated in the hole, and leaves it.
    fn retire_hole(&mut self) {
        self.blocks.add_span(self.allocator.start, self.cursor);
        (self.cursor, self.limit) = (0, 0);
        (self.allocator.start, self.allocator.end) = (0, 0);
    }

    fn retire_overflow(&mut self) {
        let o = std::mem::take(&mut self.allocator.overflow);
        self.blocks.add_span(o.start, o.cursor);
    }

    /// Notes all that was allocated: a collection begins.
    pub(super) fn retire(&mut self) {
        self.retire_hole();
        self.retire_overflow();
        (self.allocator.block, self.allocator.line) = (None, 0);
    }
}

/// Bytes of an array-like object, if they fit a word.
#[inline(always)]
fn array_size(ty: &'static TypeInfo, len: usize) -> Option<usize> {
    let e = ty.elems.as_ref().expect("an array-like type");
    // So that neither the product nor what is added to it can overflow.
    if len >= 1 << 56 {
        return None;
    }
    Some((ty.size as usize + len * e.size as usize + 7) & !7)
}

/// Makes a hole ready: its memory is zero afterwards.
fn open(block: Block, from: usize, to: usize) {
    let meta = block.meta();
    if !meta.zero {
        // SAFETY: no live object touches the hole's lines, and the allocator has not given them out since the last collection.
        unsafe { std::ptr::write_bytes((block.0 + from) as *mut u8, 0, to - from) };
    }
    meta.zero = false;
}
