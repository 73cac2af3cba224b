//! The block space: which blocks there are, which are free, which have holes, and what was allocated since the last collection.

use super::block::{self, BLOCK, Block, CHUNK, FIRST_BLOCK};

/// A run of memory that objects have been bumped into since the last collection, one after the other.
pub struct Span {
    /// The first object.
    pub start: usize,
    /// One past the last object.
    pub end: usize,
    /// The block's span before this one, as in `Meta::young`.
    pub next: u32,
}

/// All blocks of a heap.
#[derive(Default)]
pub struct BlockSpace {
    /// Addresses of the chunks, ascending.
    chunks: Vec<usize>,
    /// Blocks with no live object. The next to be taken is last.
    pub free: Vec<Block>,
    /// Blocks with live objects and enough holes to be worth while. The next to be taken is last.
    pub recyclable: Vec<Block>,
    /// Blocks taken for allocation since the last collection.
    pub acquired: Vec<Block>,
    /// What was allocated in them, except for what the allocator has not retired yet.
    pub spans: Vec<Span>,
    /// Blocks of the newest chunk that were never used: the first of them, and the chunk's end.
    fresh: usize,
    fresh_end: usize,
    /// Blocks ever taken from chunks that still exist.
    cut: usize,
}

impl BlockSpace {
    /// A block with no object in it; `None` if the system has no memory.
    pub fn take_free(&mut self) -> Option<Block> {
        let b = match self.free.pop() {
            Some(b) => b,
            None => self.cut_fresh()?,
        };
        self.acquired.push(b);
        Some(b)
    }

    /// A block with objects and holes.
    pub fn take_recyclable(&mut self) -> Option<Block> {
        let b = self.recyclable.pop()?;
        self.acquired.push(b);
        Some(b)
    }

    fn cut_fresh(&mut self) -> Option<Block> {
        if self.fresh == self.fresh_end {
            let chunk = block::map_chunk()?;
            let at = self.chunks.partition_point(|&c| c < chunk);
            self.chunks.insert(at, chunk);
            self.fresh = chunk + FIRST_BLOCK * BLOCK;
            self.fresh_end = chunk + CHUNK;
        }
        let b = Block(self.fresh);
        self.fresh += BLOCK;
        self.cut += 1;
        b.meta().zero = true;
        Some(b)
    }

    /// Notes that objects were allocated in `[start, end)`.
    pub fn add_span(&mut self, start: usize, end: usize) {
        if start < end {
            let meta = Block::of(start).meta();
            self.spans.push(Span { start, end, next: meta.young });
            meta.young = self.spans.len() as u32;
        }
    }

    /// Bytes of the blocks that are not free.
    pub fn used_bytes(&self) -> usize {
        (self.cut - self.free.len()) * BLOCK
    }

    /// The block an arbitrary word points into, if it points into one that was ever used.
    #[inline]
    pub fn block_of(&self, word: usize) -> Option<Block> {
        let (first, last) = (*self.chunks.first()?, *self.chunks.last()?);
        if word < first || word >= last + CHUNK {
            return None;
        }
        self.chunks.binary_search(&(word & !(CHUNK - 1))).ok()?;
        let b = Block::of(word);
        let unused = self.fresh <= word && word < self.fresh_end;
        (b.index() >= FIRST_BLOCK && !unused).then_some(b)
    }

    /// Every block that was ever used, by address.
    pub fn blocks(&self) -> impl Iterator<Item = Block> + '_ {
        self.chunks.iter().flat_map(|&chunk| {
            let end = if chunk + CHUNK == self.fresh_end { self.fresh } else { chunk + CHUNK };
            (chunk + FIRST_BLOCK * BLOCK..end).step_by(BLOCK).map(Block)
        })
    }

    /// Unmaps chunks of which every block is free, as long as more than `keep` bytes of free blocks are left. `free` is sorted, descending.
    pub fn release(&mut self, keep: usize) {
        let per_chunk = CHUNK / BLOCK - FIRST_BLOCK;
        for i in (0..self.chunks.len()).rev() {
            let chunk = self.chunks[i];
            if self.free.len() * BLOCK < keep + CHUNK {
                return;
            }
            if chunk + CHUNK == self.fresh_end {
                continue;
            }
            let from = self.free.partition_point(|b| b.0 >= chunk + CHUNK);
            let to = self.free.partition_point(|b| b.0 >= chunk);
            if to - from == per_chunk {
                self.free.drain(from..to);
                self.chunks.remove(i);
                self.cut -= per_chunk;
                // SAFETY: no live object is in a free block, and the lists no longer name the chunk's blocks.
                unsafe { block::unmap_chunk(chunk) };
            }
        }
    }
}

impl Drop for BlockSpace {
    fn drop(&mut self) {
        for &chunk in &self.chunks {
            // SAFETY: the heap is going away, and with it all that points into it.
            unsafe { block::unmap_chunk(chunk) };
        }
    }
}
