//! Blocks, their lines, and the chunks of address space they are cut from.
//!
//! A chunk is [`CHUNK`] bytes, aligned to its size; its first blocks hold the metadata of all the others, so that masking an object's address finds
//! them. A block is a run of lines. A line is in use if a live object touches it; runs of unused lines are holes, which
//! allocation bumps through.

/// Bytes of a block.
pub const BLOCK: usize = 32 << 10;
/// Bytes of a line.
pub const LINE: usize = 128;
/// Bytes of a chunk.
pub const CHUNK: usize = 4 << 20;
/// Lines of a block.
pub const LINES: usize = BLOCK / LINE;
/// Objects start at multiples of this.
pub const GRANULE: usize = 8;

const BLOCKS: usize = CHUNK / BLOCK;
const GRANULE_WORDS: usize = BLOCK / GRANULE / 64;
/// Blocks of a chunk that are taken by its metadata.
pub const FIRST_BLOCK: usize = size_of::<[Meta; BLOCKS]>().div_ceil(BLOCK);

/// One bit for each granule of a block.
pub type Granules = [u64; GRANULE_WORDS];

/// Metadata of a block.
#[repr(C)]
pub struct Meta {
    /// Where marked objects start.
    pub marks: Granules,
    /// Where objects start, marked or young: valid if `prepared` says so. See `find`.
    pub starts: Granules,
    /// Lines that a marked object touches.
    pub lines: LineSet,
    /// 1 + the newest of the block's young spans; 0 if nothing has been allocated here since the last collection.
    pub young: u32,
    /// The collection that `starts` was made for.
    pub prepared: u32,
    /// The memory is known to be zero.
    pub zero: bool,
}

/// A block, by its address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Block(pub usize);

impl Block {
    /// The block that an address is in, which must be in a chunk.
    #[inline(always)]
    pub fn of(address: usize) -> Block {
        Block(address & !(BLOCK - 1))
    }

    /// Its number in its chunk.
    #[inline(always)]
    pub fn index(self) -> usize {
        (self.0 & (CHUNK - 1)) / BLOCK
    }

    /// Its metadata.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)]
    pub fn meta<'a>(self) -> &'a mut Meta {
        let chunk = (self.0 & !(CHUNK - 1)) as *mut Meta;
        // SAFETY: a block's chunk is mapped as long as the block is known, and begins with an array of `Meta`s, for which all
        // bit patterns of fresh memory (zeros) are valid. One heap has one mutator, and no caller keeps the reference.
        unsafe { &mut *chunk.add(self.index()) }
    }
}

/// A set of lines of a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LineSet([u64; LINES / 64]);

impl LineSet {
    /// Adds the lines that `size` bytes at `offset` in the block touch.
    #[inline(always)]
    pub fn add(&mut self, offset: usize, size: usize) {
        let (first, last) = (offset / LINE, (offset + size - 1) / LINE);
        let mut line = first;
        // Nearly always once.
        loop {
            self.0[line / 64 % (LINES / 64)] |= 1 << (line % 64);
            if line >= last {
                return;
            }
            line += 1;
        }
    }

    /// Empties it.
    pub fn clear(&mut self) {
        self.0 = Default::default();
    }

    /// Number of lines not in the set.
    pub fn free(&self) -> usize {
        LINES - self.0.iter().map(|w| w.count_ones() as usize).sum::<usize>()
    }

    /// The first run of lines not in the set at or after line `from`: its first line and one past its last.
    pub fn next_hole(&self, from: usize) -> Option<(usize, usize)> {
        let start = self.next(from, false)?;
        Some((start, self.next(start, true).unwrap_or(LINES)))
    }

    /// The first line at or after `from` that is in the set, or is not.
    fn next(&self, from: usize, set: bool) -> Option<usize> {
        if from >= LINES {
            return None;
        }
        let flip = if set { 0 } else { u64::MAX };
        let mut i = from / 64;
        let mut word = (self.0[i] ^ flip) & (u64::MAX << (from % 64));
        loop {
            if word != 0 {
                return Some(i * 64 + word.trailing_zeros() as usize);
            }
            i += 1;
            word = *self.0.get(i)? ^ flip;
        }
    }
}

/// The bit of an address in its block's granule sets: index of the word, and mask.
#[inline(always)]
pub fn granule(address: usize) -> (usize, u64) {
    let g = (address & (BLOCK - 1)) / GRANULE;
    (g / 64, 1 << (g % 64))
}

/// The last granule at or before `address` that is in the set, as an address.
pub fn granule_before(set: &Granules, address: usize) -> Option<usize> {
    let g = (address & (BLOCK - 1)) / GRANULE;
    let mut i = g / 64;
    let mut word = set[i] & (u64::MAX >> (63 - g % 64));
    loop {
        if word != 0 {
            let found = i * 64 + 63 - word.leading_zeros() as usize;
            return Some(Block::of(address).0 + found * GRANULE);
        }
        i = i.checked_sub(1)?;
        word = set[i];
    }
}

/// Calls `f` with the address of every member of a block's granule set.
pub fn for_granules(set: &Granules, block: Block, mut f: impl FnMut(usize)) {
    for (i, &word) in set.iter().enumerate() {
        let mut word = word;
        while word != 0 {
            f(block.0 + (i * 64 + word.trailing_zeros() as usize) * GRANULE);
            word &= word - 1;
        }
    }
}

/// Maps a chunk of zeroed memory; `None` if the system refuses.
pub fn map_chunk() -> Option<usize> {
    // SAFETY: a fresh mapping of twice the size aliases nothing; the parts outside the aligned chunk are given back.
    unsafe {
        let p = libc::mmap(
            std::ptr::null_mut(),
            2 * CHUNK,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        );
        if p == libc::MAP_FAILED {
            return None;
        }
        let start = p as usize;
        let chunk = start.next_multiple_of(CHUNK);
        if chunk > start {
            libc::munmap(p, chunk - start);
        }
        let rest = start + CHUNK - chunk;
        if rest > 0 {
            libc::munmap((chunk + CHUNK) as *mut libc::c_void, rest);
        }
        Some(chunk)
    }
}

/// Gives a chunk back to the system.
///
/// # Safety
/// Nothing may point into it any more.
pub unsafe fn unmap_chunk(chunk: usize) {
    // SAFETY: by the caller; it was mapped by `map_chunk`.
    unsafe { libc::munmap(chunk as *mut libc::c_void, CHUNK) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_the_runs_between_used_lines() {
        let mut s = LineSet::default();
        assert_eq!(s.next_hole(0), Some((0, LINES)));
        s.add(0, 8);
        s.add(63 * LINE, LINE + 1); // lines 63 and 64
        s.add(255 * LINE, LINE);
        assert_eq!(s.next_hole(0), Some((1, 63)));
        assert_eq!(s.next_hole(63), Some((65, 255)));
        assert_eq!(s.next_hole(255), None);
        assert_eq!(s.next_hole(256), None);
        assert_eq!(s.free(), LINES - 4);
    }

    #[test]
    fn granule_sets_find_the_start_before_an_address() {
        let mut set: Granules = [0; GRANULE_WORDS];
        let base = CHUNK + FIRST_BLOCK * BLOCK;
        for a in [base + 16, base + 8 * 64, base + BLOCK - 8] {
            let (i, m) = granule(a);
            set[i] |= m;
        }
        assert_eq!(granule_before(&set, base + 8), None);
        assert_eq!(granule_before(&set, base + 16), Some(base + 16));
        assert_eq!(granule_before(&set, base + 8 * 64 - 1), Some(base + 16));
        assert_eq!(granule_before(&set, base + BLOCK - 9), Some(base + 8 * 64));
        assert_eq!(granule_before(&set, base + BLOCK - 1), Some(base + BLOCK - 8));
        let mut all = vec![];
        for_granules(&set, Block(base), |a| all.push(a));
        assert_eq!(all, [base + 16, base + 8 * 64, base + BLOCK - 8]);
    }
}
