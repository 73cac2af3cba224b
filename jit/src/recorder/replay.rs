//! Prefix replay: how an instruction that a guard interrupted is finished. `REPLAY.md` of the design gives the rules (R1 … R14).

use super::Red;
use crate::ir::LogKind;

/// What an interrupted instruction has done already.
#[derive(Default, Debug)]
pub struct Prefix {
    /// Results of its impure operations, in order.
    pub log: Vec<(LogKind, Red<u64>)>,
    /// Ordinal of the guard that failed; 0 if there is none, or if its predecessors are to be tested again.
    pub failed: u32,
    /// Is the failure itself a fact? Not when it was forced by a stress mode.
    pub failure_is_fact: bool,
    served: usize,
}

impl Prefix {
    /// For a guard with this ordinal and log.
    pub fn new(log: Vec<(LogKind, Red<u64>)>, failed: u32, failure_is_fact: bool) -> Prefix {
        Prefix { log, failed, failure_is_fact, served: 0 }
    }

    /// Rule R8: guards before the failed one passed; the failed one, if boolean, has the opposite outcome for a fact.
    pub(super) fn is_passed(&self, ordinal: u32, promote: bool) -> bool {
        ordinal < self.failed || ordinal == self.failed && self.failure_is_fact && !promote
    }

    pub(super) fn serve(&mut self, kind: LogKind) -> Option<Red<u64>> {
        let &(was, v) = self.log.get(self.served)?;
        assert!(was == kind, "replay diverged: a {was:?} was logged, now it is a {kind:?}");
        self.served += 1;
        Some(v)
    }

    pub(super) fn is_used_up(&self) -> bool {
        self.served == self.log.len()
    }
}
