//! Snapshots: what it takes to leave a trace at a guard.
//!
//! A snapshot describes the state at the **start** of the instruction the guard is in, plus the log of what that instruction
//! has done since (prefix replay). All its values are recipes over the **leaves**, the distinct non-constant
//! references that machine code must keep until the guard.

use super::Ref;
use framework::heap::{ElemsInfo, FieldInfo, TypeId, TypeInfo};
use framework::{Frame, Ty};

/// How to get a word when leaving a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Recipe {
    /// The leaf with this number, as it is.
    Leaf(u32),
    /// A constant.
    Const(u64),
    /// The leaf is an integer, to be boxed.
    BoxInt(u32),
    /// The leaf is a float, to be boxed.
    BoxFloat(u32),
    /// The virtual object with this number, allocated on the way out.
    Virtual(u32),
    /// Nothing: the result of a store in the log.
    Nothing,
}

/// An object that has not been allocated. Its identity is its number: two recipes with the same number are one object.
#[derive(Clone, Copy, Debug)]
pub struct VirtualObject {
    /// The `Virtual` instruction it comes from.
    pub id: Ref,
    /// Its type.
    pub ty: &'static TypeInfo,
    /// Number of elements, for arrays.
    pub len: Option<u32>,
    /// The header's language bits.
    pub aux: Recipe,
    /// Where in `parts` its fields in order of offset, then its elements, are.
    pub fields: Span,
}

/// What an impure operation of the interrupted instruction was; checked when it is replayed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogKind {
    /// Read of mutable memory.
    Load,
    /// Write; its entry has no value.
    Store,
    /// Allocation.
    New,
    /// Residual call.
    Call,
}

/// A word of an object.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// A field.
    Field(&'static FieldInfo),
    /// The element with this number, of a word's size.
    Elem(&'static ElemsInfo, u32),
}

impl Place {
    /// What it holds.
    pub fn ty(self) -> Ty {
        match self {
            Place::Field(f) => f.ty,
            Place::Elem(e, _) => e.ty,
        }
    }
    /// The type whose objects have it.
    pub fn owner(self) -> TypeId {
        match self {
            Place::Field(f) => f.owner,
            Place::Elem(e, _) => e.owner,
        }
    }
    /// Bytes from the object's start.
    pub fn offset(self) -> usize {
        match self {
            Place::Field(f) => f.offset as usize,
            Place::Elem(e, k) => e.offset as usize + k as usize * 8,
        }
    }
    /// Its number among a virtual object's fields and elements.
    pub fn part(self, ty: &TypeInfo) -> usize {
        match self {
            Place::Field(f) => (f.offset as usize - 8) / 8,
            Place::Elem(_, k) => ty.fields.len() + k as usize,
        }
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Place) -> bool {
        (self.owner(), self.offset()) == (other.owner(), other.offset())
    }
}

/// A store that the trace has put off: done when it is left.
#[derive(Clone, Copy, Debug)]
pub struct PendingStore {
    /// The object.
    pub object: Recipe,
    /// Where in it.
    pub place: Place,
    /// What to store.
    pub value: Recipe,
}

/// An entry of the log.
#[derive(Clone, Copy, Debug)]
pub struct LogEntry {
    /// What the operation was.
    pub kind: LogKind,
    /// What it gave.
    pub result: Recipe,
    /// The result's type: a constant's bits do not tell.
    pub ty: Ty,
}

/// Part of a list.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// The next `n` of a list that has `start` already.
    pub fn next(start: usize, n: usize) -> Span {
        Span { start: start as u32, end: (start + n) as u32 }
    }
    fn of<T>(self, list: &[T]) -> &[T] {
        &list[self.start as usize..self.end as usize]
    }
}

/// What of a snapshot is no list.
#[derive(Clone, Copy, Debug, Default)]
pub struct Head {
    /// The running activation; `base` is relative to the entry activation's (an `i32`).
    pub cur: Option<Frame>,
    /// After a `CallTrace`: its result. The running activation is the one that was called; `VmCore::returned` tells where
    /// it is, its registers are in memory.
    pub returned: Option<Recipe>,
    /// Which guard of its instruction this is, counting every evaluation from 1, folded ones too.
    pub ordinal: u32,
    /// Does the guard that has it test more than the one of this ordinal?
    pub strengthened: bool,
}

/// Declares a snapshot's lists: as a snapshot that is being made has them, as those of a trace share them, and as one is looked at.
macro_rules! lists {
    ($($(#[doc = $doc:literal])* $name:ident: $ty:ty,)*) => {
        /// A snapshot that is being made.
        #[derive(Clone, Debug, Default)]
        pub struct Snapshot {
            /// What is no list.
            pub head: Head,
            $($(#[doc = $doc])* pub $name: Vec<$ty>,)*
            /// Contents of the virtual objects.
            pub parts: Vec<Recipe>,
        }

        #[derive(Clone, Copy, Debug)]
        struct Kept { head: Head, $($name: Span,)* }

        /// The snapshots of a trace. There are hundreds, each with half a dozen short lists: they share one list of each sort.
        /// (LuaJIT's snapshot map.)
        #[derive(Clone, Debug, Default)]
        pub struct Snapshots {
            kept: Vec<Kept>,
            $($name: Vec<$ty>,)*
            parts: Vec<Recipe>,
        }

        /// One of a trace's snapshots.
        #[derive(Clone, Copy, Debug)]
        pub struct SnapshotView<'a> {
            head: &'a Head,
            $($(#[doc = $doc])* pub $name: &'a [$ty],)*
            parts: &'a [Recipe],
        }

        impl Snapshots {
            /// Adds one, and empties what it was made in. Returns its number.
            pub fn push(&mut self, s: &mut Snapshot) -> u32 {
                let first = self.parts.len() as u32;
                for v in &mut s.virtuals {
                    v.fields = Span { start: first + v.fields.start, end: first + v.fields.end };
                }
                self.kept.push(Kept { head: std::mem::take(&mut s.head), $($name: Span::next(self.$name.len(), s.$name.len()),)* });
                $(self.$name.append(&mut s.$name);)*
                self.parts.append(&mut s.parts);
                self.kept.len() as u32 - 1
            }
            /// Forgets those from number `n` on.
            pub fn truncate(&mut self, n: usize) {
                let Some(k) = self.kept.get(n) else { return };
                $(self.$name.truncate(k.$name.start as usize);)*
                self.kept.truncate(n);
            }
            /// What is no list of the one with this number.
            pub fn head_mut(&mut self, n: usize) -> &mut Head {
                &mut self.kept[n].head
            }
            /// The one with this number.
            pub fn get(&self, n: usize) -> SnapshotView<'_> {
                let k = &self.kept[n];
                SnapshotView { head: &k.head, $($name: k.$name.of(&self.$name),)* parts: &self.parts }
            }
            /// Forgets them all.
            pub fn clear(&mut self) {
                self.kept.clear();
                $(self.$name.clear();)*
                self.parts.clear();
            }
            /// Becomes like others, in its own memory.
            pub fn copy_from(&mut self, other: &Snapshots) {
                self.kept.clone_from(&other.kept);
                $(self.$name.clone_from(&other.$name);)*
                self.parts.clone_from(&other.parts);
            }
            /// The same, in no more memory than it takes.
            pub fn fitted(&self) -> Snapshots {
                Snapshots { kept: self.kept.to_vec(), $($name: self.$name.to_vec(),)* parts: self.parts.to_vec() }
            }
        }
    };
}

lists! {
    /// Frames pushed since, outermost first; `base` relative to the entry activation's.
    pushed: Frame,
    /// Changed VM-stack words: offset from the entry activation's register 0, and content.
    slots: (i32, Recipe),
    /// What the instruction has done so far, if it had an effect; else empty, and the instruction is simply run again.
    log: LogEntry,
    /// What memory lacks of what the trace has stored, the interrupted instruction included. In order.
    stores: PendingStore,
    /// The virtual objects that slots, log, stores and their fields mention.
    virtuals: VirtualObject,
    /// The distinct non-constant references.
    leaves: Ref,
}

impl Snapshots {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.kept.len()
    }
    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = SnapshotView<'_>> {
        (0..self.len()).map(|n| self.get(n))
    }
    /// The leaves of all of them.
    pub fn all_leaves(&self) -> &[Ref] {
        &self.leaves
    }
}

impl Snapshot {
    /// The leaf for a reference.
    pub fn leaf(&mut self, r: Ref) -> u32 {
        // They are few: looking through them beats a hash table.
        self.leaves.iter().position(|&l| l == r).unwrap_or_else(|| {
            self.leaves.push(r);
            self.leaves.len() - 1
        }) as u32
    }
}

impl<'a> SnapshotView<'a> {
    /// The running activation: see [`Head::cur`]. Every snapshot of a recorded trace has it.
    pub fn cur(&self) -> Frame {
        self.head.cur.expect("a complete snapshot")
    }
    /// Fields in order of offset, then elements, of one of the virtual objects.
    pub fn fields(&self, v: &VirtualObject) -> &'a [Recipe] {
        v.fields.of(self.parts)
    }
}

impl std::ops::Deref for SnapshotView<'_> {
    type Target = Head;
    fn deref(&self) -> &Head {
        self.head
    }
}
