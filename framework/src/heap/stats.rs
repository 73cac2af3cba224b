//! What the collector has done so far.

use std::fmt;
use std::time::Duration;

/// Counts since the heap was made.
#[derive(Clone, Copy, Default, Debug)]
pub struct Stats {
    /// Nursery collections.
    pub nursery: u64,
    /// Full collections.
    pub full: u64,
    /// Bytes allocated: what bump allocation has used up, large objects, and external memory.
    pub allocated: u64,
    /// Bytes that collections found alive and had not before.
    pub promoted: u64,
    /// Bytes alive after the last full collection, in objects.
    pub live: usize,
    /// The most bytes that blocks in use, large objects and external memory came to after a collection.
    pub peak: usize,
    /// Time in nursery collections.
    pub nursery_time: Duration,
    /// Time in full collections.
    pub full_time: Duration,
    /// The longest nursery collection.
    pub nursery_max: Duration,
    /// The longest full collection.
    pub full_max: Duration,
}

impl Stats {
    /// Enters a collection.
    pub(super) fn collected(&mut self, full: bool, time: Duration) {
        let (count, total, max) = match full {
            false => (&mut self.nursery, &mut self.nursery_time, &mut self.nursery_max),
            true => (&mut self.full, &mut self.full_time, &mut self.full_max),
        };
        *count += 1;
        *total += time;
        *max = time.max(*max);
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mb = |bytes: u64| bytes as f64 / (1 << 20) as f64;
        let ms = |d: Duration| d.as_secs_f64() * 1e3;
        writeln!(f, "gc: {} nursery collections, {:.1} ms, longest {:.2} ms", self.nursery, ms(self.nursery_time), ms(self.nursery_max))?;
        writeln!(f, "gc: {} full collections, {:.1} ms, longest {:.2} ms", self.full, ms(self.full_time), ms(self.full_max))?;
        write!(
            f,
            "gc: {:.1} MB allocated, {:.1} MB promoted, {:.1} MB alive, peak {:.1} MB",
            mb(self.allocated),
            mb(self.promoted),
            mb(self.live as u64),
            mb(self.peak as u64)
        )
    }
}
