//! Sweeping: which blocks are free and which have holes worth bumping through.

use super::block::{Block, LINE, LINES, Meta};
use super::space::BlockSpace;
use std::cmp::Reverse;

/// A block with fewer free lines waits for more of its objects to die.
const MIN_FREE_LINES: usize = LINES / 8;

/// What dead memory is filled with on request: no type has this number, and no pointer looks so.
const POISON: u8 = 0xdb;

impl BlockSpace {
    /// Sorts blocks after marking: those allocated into since the last collection, or all. With `poison` dead memory is overwritten.
    pub fn sweep(&mut self, all: bool, poison: bool) {
        let blocks = if all {
            self.free.clear();
            self.recyclable.clear();
            self.acquired.clear();
            self.blocks().collect()
        } else {
            std::mem::take(&mut self.acquired)
        };
        for &block in &blocks {
            let meta = block.meta();
            meta.young = 0;
            let free = meta.lines.free();
            if poison && !meta.zero {
                poison_holes(block, meta);
            }
            if free == LINES {
                self.free.push(block);
            } else if free >= MIN_FREE_LINES {
                self.recyclable.push(block);
            }
        }
        self.spans.clear();
        if all {
            // Allocation goes on at the low end, so that the high end can be given back.
            self.free.sort_unstable_by_key(|&b| Reverse(b));
            self.recyclable.reverse();
        } else {
            self.acquired = blocks;
            self.acquired.clear();
        }
    }
}

fn poison_holes(block: Block, meta: &Meta) {
    let mut line = 0;
    while let Some((from, to)) = meta.lines.next_hole(line) {
        // SAFETY: no live object touches these lines, and the allocator has retired its holes.
        unsafe { std::ptr::write_bytes((block.0 + from * LINE) as *mut u8, POISON, (to - from) * LINE) };
        line = to;
    }
}
