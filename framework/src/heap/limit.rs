//! The heap limit: endless allocation ends in an error of the language, not in the system's out-of-memory killer.
//!
//! When what is alive comes near the limit, the heap says so ([`Heap::take_exhausted`]) and raises the interrupt flag; the
//! language raises its error at the next loop header. Until then allocation goes on in a reserve. Only if that is used up, too, is the process ended.

use super::Heap;
use super::collect::Kind;

/// Memory that may still be allocated once the heap is exhausted: at least this.
const MIN_RESERVE: usize = 32 << 20;

/// No need to ask the system for its limits as long as the heap is smaller than this.
const SMALL_HEAP: usize = 16 << 20;

/// What is left to others where little is allowed: the reserve, and what a collection needs.
const OTHERS: usize = 96 << 20;

/// The limit and how near it is.
#[derive(Default)]
pub struct Limit {
    /// Bytes; 0 as long as nobody asked.
    bytes: usize,
    /// Exhausted, and the language has not taken notice.
    exhausted: bool,
    /// The heap was found exhausted: no use in looking again before it has come to so many bytes.
    quiet: usize,
    /// How many bytes there were when the language was told last.
    told: usize,
}

impl Limit {
    /// The limit, for a heap that wants to come to so many bytes.
    fn soft(&mut self, wanted: usize) -> usize {
        if self.bytes == 0 {
            if wanted <= SMALL_HEAP {
                return SMALL_HEAP;
            }
            self.bytes = default_limit(wanted).max(1);
        }
        self.bytes
    }

    /// Is the language to raise an error?
    pub fn is_exhausted(&self) -> bool {
        self.exhausted
    }
}

/// How far beyond the limit allocation really ends: where the quarter is used up that the limit leaves.
fn reserve_of(soft: usize) -> usize {
    (soft / 3).max(MIN_RESERVE)
}

/// Three quarters, or less of little, of what the machine, the container and the process's limits allow a process whose heap has `own` bytes now.
fn default_limit(own: usize) -> usize {
    let mut limit = usize::MAX / 4;
    // SAFETY: plain queries.
    let (pages, page) = unsafe { (libc::sysconf(libc::_SC_PHYS_PAGES), libc::sysconf(libc::_SC_PAGESIZE)) };
    if pages > 0 && page > 0 {
        limit = limit.min(pages as usize * page as usize);
    }
    for file in ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"] {
        if let Some(bytes) = std::fs::read_to_string(file).ok().and_then(|s| s.trim().parse().ok()) {
            limit = limit.min(bytes);
        }
    }
    for resource in [libc::RLIMIT_AS, libc::RLIMIT_DATA] {
        let mut r = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: the call fills in what it is given.
        if unsafe { libc::getrlimit(resource, &mut r) } == 0 && r.rlim_cur != libc::RLIM_INFINITY {
            let mut allowed = r.rlim_cur as usize;
            if resource == libc::RLIMIT_AS {
                // Stacks and code are address space, too; and blocks are mapped many at a time.
                allowed = allowed.saturating_sub(mapped(page as usize).saturating_sub(own)) / 3 * 2;
            }
            limit = limit.min(allowed);
        }
    }
    (limit / 4 * 3).min(limit.saturating_sub(OTHERS).max(limit / 4))
}

/// Bytes of address space the process has mapped; 0 if the system does not say.
fn mapped(page: usize) -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    pages.and_then(|s| s.split(' ').next()?.parse::<usize>().ok()).map_or(0, |n| n * page)
}

impl Heap {
    /// Sets how many bytes the heap and its external memory may come to. The default is three quarters of what machine, container and process limits allow.
    pub fn set_limit(&mut self, bytes: usize) {
        self.limit_state.bytes = bytes.max(1);
    }

    /// Is the heap exhausted? Clears it: the language is about to raise an error.
    pub fn take_exhausted(&mut self) -> bool {
        std::mem::take(&mut self.limit_state.exhausted)
    }

    /// Is the heap exhausted, and has the language not taken notice? What makes many objects at one go looks now and then, and gives up.
    pub fn is_exhausted(&self) -> bool {
        self.limit_state.is_exhausted()
    }

    /// Bytes that blocks in use, large objects and external memory come to.
    pub fn used_bytes(&self) -> usize {
        self.blocks.used_bytes() + self.large.bytes() + self.external
    }

    /// May the heap come to `more` bytes than it has now? Collects to find out, if need be.
    pub fn has_room(&mut self, more: usize) -> bool {
        let wanted = self.used_bytes().saturating_add(more);
        let soft = self.limit_state.soft(wanted);
        if wanted <= soft {
            return true;
        }
        if more > soft || !self.collector_may_run() {
            return false;
        }
        self.collect_now(Kind::Full);
        // A little more than the need: else the last bytes below the limit cost a collection each.
        self.used_bytes().saturating_add(more) <= soft - soft / 32
    }

    /// To be called before so many bytes are taken for objects: keeps to the limit.
    pub(super) fn reserve(&mut self, more: usize) {
        let wanted = self.used_bytes().saturating_add(more);
        if wanted > self.limit_state.quiet && !self.has_room(more) {
            self.exhaust(more);
        }
    }

    #[cold]
    fn exhaust(&mut self, more: usize) {
        let wanted = self.used_bytes().saturating_add(more);
        let soft = self.limit_state.soft(wanted);
        let reserve = reserve_of(soft);
        let may_tell = self.collector_may_run();
        let limit = &mut self.limit_state;
        // A program that has caught the error may go on with what it has, and gets another warning.
        let warned = limit.exhausted || !may_tell || limit.told > soft.saturating_add(reserve);
        if (warned || more > reserve) && wanted > limit.told.max(soft).saturating_add(reserve) {
            super::fatal(&format!("out of memory: the heap limit of {} MB and its reserve are used up", soft >> 20));
        }
        if !may_tell {
            return;
        }
        if !limit.exhausted {
            limit.told = wanted;
        }
        limit.exhausted = true;
        limit.quiet = wanted.saturating_add(reserve / 4);
        self.raise_interrupt();
    }

    /// After a full collection: below the limit again?
    pub(super) fn check_limit(&mut self) {
        let used = self.used_bytes();
        if used < self.limit_state.soft(used) {
            (self.limit_state.quiet, self.limit_state.told) = (0, 0);
        }
    }
}
