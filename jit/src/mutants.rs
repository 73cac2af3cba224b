//! Planted mistakes, each breaking one rule of prefix replay or of the optimiser. With the feature `mutants` a test plants them one by
//! one and demands that the fuzz finds each: it measures the fuzz. Without the feature they compile to nothing.

/// Declares the mutants: one table.
macro_rules! mutants {
    ($($(#[doc = $rule:literal])* $name:ident)*) => {
        /// What can be broken on purpose; the text says which rule it breaks.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Mutant { $($(#[doc = $rule])* $name,)* }

        /// All mutants with the rules they break.
        pub const ALL: &[(Mutant, &str)] = &[$((Mutant::$name, concat!($($rule),*))),*];
    };
}

mutants! {
    /// R1: reads of mutable memory are neither logged nor served.
    LoadsNotLogged
    /// R1: stores to virtual objects are not logged.
    VirtualStoresNotLogged
    /// R1: read-only calls are neither logged nor served.
    ReadOnlyCallsNotLogged
    /// R2: a guard after an effect has no log.
    DirtyGuardsWithoutLog
    /// R2: a store to a virtual object of an earlier instruction is no effect.
    OlderVirtualsAreNoEffect
    /// R3: a logged object that has escaped since is not looked up again.
    LoggedObjectsStayVirtual
    /// R4: slots and log do not share the identity of virtual objects.
    LogHasItsOwnObjects
    /// R5: two virtual objects of one type are taken for the same.
    VirtualsOfATypeAreOne
    /// R6: folded guards do not count.
    OrdinalsSkipFoldedGuards
    /// R8: that a promote failed is taken for its outcome.
    PromoteIsAFact
    /// R7: in the loop's copy of it too.
    CopiesForgetStrengthening
    /// R8: a guard that was failed on purpose is taken for a fact.
    ForcedFailureIsAFact
    /// R7: that a guard which has taken in a weaker one failed is taken for that one's outcome.
    StrengthenedFailureIsAFact
    /// R9: a load served from the log is remembered as what memory holds.
    ServedLoadsFeedTheCache
    /// R9: a call served from the log is executed again.
    ServedCallsRunAgain
    /// R11: where a native call came back is not guarded.
    ReturnsUnguarded
    /// R11: what a call gives back does not get into the callee's register when the interpreter goes on there.
    GivenBackIsLost
    /// R13: what a call has left in memory is taken to be there after a residual call.
    WrittenOutlivesResidualCalls
    /// Calls: a register that a call has written to memory is not written again, whatever it holds by then.
    WrittenIsNeverOld
    /// R12: a bridge that began with a log is cut inside its first instruction.
    CutInsideThePrefix
    /// R12: cutting leaves virtual objects and forwarding as they were at the end of the instruction.
    CutKeepsForwarding
    /// Memory: a store kills no aliases.
    StoresKillNothing
    /// Memory: two references with different names never alias.
    NamesNeverAlias
    /// Memory: elements at different index references never alias.
    IndicesNeverAlias
    /// Memory: a call leaves what is known as it was.
    CallsKeepMemory
    /// Pending stores: an exit does not do them.
    ExitsForgetPendingStores
    /// Pending stores: a bridge does not do them.
    BridgesForgetPendingStores
    /// Pending stores: a load of what may be the same place does not see them.
    LoadsMissPendingStores
    /// Pending stores: nor does a call.
    CallsMissPendingStores
    /// Pending stores: cutting leaves those of the instruction that is cut away.
    CutKeepsPendingStores
    /// Pending stores: those that come around a loop are taken for done.
    CarriedStoresAreDone
    /// Pending stores: a bridge back to a label drops those that the label does not carry.
    JoinsDropPendingStores
    /// Loops: a peeled loop keeps the loads of locations that its body stores to.
    LoopsKeepLoads
    /// Loops: a bridge joins the label although it stores to what the loop relies on.
    BridgesJoinAnyway
    /// Loops: the value of a slot the loop changes is taken for unchanged when it is passed on.
    LoopsForgetASlot
    /// R14: a label that wants one virtual object twice takes two, and one for two.
    SharingForgotten
    /// Ranges: a comparison that fails narrows its operands as if it held.
    FailureNarrowsLikeSuccess
    /// Ranges: unboxed integers are taken for small ones in what a loop is copied from.
    CopiedUnboxingIsSmall
    /// Ranges: a bridge joins a label whatever the ranges of what it brings.
    BridgesBringAnyRange
    /// Bits: a sum has the bits that its operands have, whatever is carried.
    CarriesForgotten
    /// Bits: what differs from a constant in some of several bits differs in all of them.
    MaskIsOneBit
    /// Quasi-immutable cells: no validity guard after a call.
    ValidityAssumedAfterCalls
    /// Ageing: what runs under way may come back to is freed.
    SweepForgetsTheStack
    /// Liveness is asked one instruction too late.
    LivenessTooLate
}

#[cfg(feature = "mutants")]
mod planting {
    use super::{ALL, Mutant};
    use std::cell::Cell;

    thread_local!(static PLANTED: Cell<Option<Mutant>> = const { Cell::new(None) });

    /// Plants a mutant in this thread's JITs, or takes it away.
    pub fn plant(m: Option<Mutant>) {
        PLANTED.set(m)
    }

    /// Is this mutant planted?
    pub fn planted(m: Mutant) -> bool {
        PLANTED.get() == Some(m)
    }

    /// The mutant with this name.
    pub fn named(name: &str) -> Option<Mutant> {
        ALL.iter().map(|&(m, _)| m).find(|m| format!("{m:?}") == name)
    }
}

#[cfg(feature = "mutants")]
pub use planting::{named, plant, planted};

/// Is this mutant planted?
#[cfg(not(feature = "mutants"))]
#[inline(always)]
pub const fn planted(_: Mutant) -> bool {
    false
}
