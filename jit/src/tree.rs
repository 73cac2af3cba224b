//! Finished traces: roots, their bridges, and what they share.

use crate::build::Written;
use crate::driver::EntryTests;
use crate::ir::{Op, Ref, Trace, TraceId};
use crate::native::Engine;
use crate::range::Range;
use crate::shape::LabelShape;
use framework::Hot;
use framework::quasi::Dependent;
use rustc_hash::FxHashMap;
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::{Rc, Weak};

/// What the traces of one tree (a root and its bridges) share.
pub struct Tree {
    valid: Cell<bool>,
    /// The header its root was recorded for.
    pub header: Hot,
    /// Number of its bridges.
    pub bridges: Cell<u32>,
    /// Its traces that have machine code, which is patched when they are invalidated.
    compiled: RefCell<Vec<Weak<CompiledTrace>>>,
    engine: Rc<Engine>,
    /// The root of the header's next version: the same loop, at other types.
    pub next: Cell<Option<TraceId>>,
    /// When it was last entered from the interpreter, counted in sweeps.
    pub entered: Cell<u32>,
    /// Executions of the header to be counted after it is invalidated; 0: as many as at first.
    pub pause: Cell<u32>,
}

impl Tree {
    /// A valid tree for a header.
    pub fn new(header: Hot, engine: Rc<Engine>) -> Tree {
        Tree {
            valid: Cell::new(true),
            header,
            bridges: Cell::new(0),
            compiled: RefCell::default(),
            engine,
            next: Cell::new(None),
            entered: Cell::new(0),
            pause: Cell::new(0),
        }
    }
    /// Does everything its traces rely on still hold?
    pub fn is_valid(&self) -> bool {
        self.valid.get()
    }
    /// Takes in a trace that has just been compiled. What it relies on may have changed while it was recorded.
    pub fn add_compiled(&self, t: &Rc<CompiledTrace>) {
        if self.is_valid() {
            self.compiled.borrow_mut().push(Rc::downgrade(t));
        } else {
            self.engine.invalidate(t);
        }
    }
}

impl Dependent for Tree {
    fn invalidate(&self) {
        // Another cell may have said so before; since then the header may have got a new tree.
        if !self.valid.replace(false) {
            return;
        }
        self.header.trace.set(0);
        self.header.counter.set(self.pause.get());
        for t in self.compiled.take() {
            if let Some(t) = t.upgrade() {
                self.engine.invalidate(&t);
            }
        }
    }
}

/// One way out of a trace.
#[derive(Default)]
pub struct ExitCell {
    /// The bridge attached.
    pub bridge: Cell<Option<TraceId>>,
    /// How often it was taken; `u32::MAX` once no bridge will be tried again.
    pub count: Cell<u32>,
    /// How often recording a bridge has failed.
    pub failures: Cell<u32>,
}

/// The outcome of a test that a trace's parents have made.
#[derive(Clone, Copy, Debug)]
pub struct Fact {
    /// The test.
    pub op: Op,
    /// For `HasType`: the type.
    pub ty: Option<&'static framework::TypeInfo>,
    /// First operand.
    pub a: Ref,
    /// Second operand, or `Ref::NONE`.
    pub b: Ref,
    /// Did it hold?
    pub holds: bool,
}

/// A finished trace.
pub struct CompiledTrace {
    /// Its number.
    pub id: TraceId,
    /// Its tree's root.
    pub root: TraceId,
    /// Its tree.
    pub tree: Rc<Tree>,
    /// Code address and pc of the header (of the root).
    pub header: (u64, u32),
    /// The IR.
    pub ir: Trace,
    /// Roots: what is expected of the types on entry, once somebody asks.
    pub entry_tests: OnceCell<EntryTests>,
    /// The label's shape, if it is a peeled loop.
    pub label: Option<LabelShape>,
    /// The objects of the places that its tree's label carries, in this trace's references; `None` if it has lost them.
    pub objects: Option<Vec<Ref>>,
    /// First snapshot taken after the label: bridges from there on may jump to the label.
    pub label_snapshot: usize,
    /// Bridges: does the whole way from the root's label to the bridge's end leave what the loop relies on intact?
    pub below_label: bool,
    /// Bridges: what the parents' guards have established of the parameters.
    pub inherited: Vec<Fact>,
    /// What is known of its integers wherever they are: bridges inherit it.
    pub ranges: FxHashMap<Ref, Range>,
    /// What a call before it has left in memory.
    pub written: Written,
    /// How many bridges before it, each starting where its parent did: values promoted one after the other at one place.
    pub chain: u32,
    /// Exits, by snapshot.
    pub exits: Vec<ExitCell>,
    /// Machine code, if compiled.
    pub native: OnceCell<crate::backend::Compiled>,
}

/// The traces of a VM, by number. Numbers are reserved before recording: a nested run may finish others meanwhile (rule R13).
#[derive(Default)]
pub struct Traces {
    all: RefCell<Vec<Option<Rc<CompiledTrace>>>>,
    /// Numbers to be given again.
    free: RefCell<Vec<TraceId>>,
}

impl Traces {
    /// Reserves a number.
    pub fn reserve(&self) -> TraceId {
        self.free.borrow_mut().pop().unwrap_or_else(|| {
            let mut all = self.all.borrow_mut();
            all.push(None);
            TraceId(all.len() as u32 - 1)
        })
    }
    /// Gives back a number that has not been used, or is not any more.
    pub fn release(&self, id: TraceId) {
        self.free.borrow_mut().push(id);
    }
    /// Forgets a trace. Its memory is freed when nobody is in it any more.
    pub fn remove(&self, id: TraceId) {
        let removed = self.all.borrow_mut()[id.0 as usize].take();
        if removed.is_some() {
            self.release(id);
        }
    }
    /// The trace with this number, if there is one.
    pub fn find(&self, id: TraceId) -> Option<Rc<CompiledTrace>> {
        self.all.borrow().get(id.0 as usize)?.clone()
    }
    /// Files a trace under its number.
    pub fn put(&self, t: Rc<CompiledTrace>) {
        let id = t.id.0 as usize;
        self.all.borrow_mut()[id] = Some(t);
    }
    /// The trace with this number, which has been filed.
    pub fn get(&self, id: TraceId) -> Rc<CompiledTrace> {
        self.all.borrow()[id.0 as usize].clone().expect("a finished trace")
    }
    /// Calls `f` for all finished traces.
    pub fn for_each(&self, mut f: impl FnMut(&CompiledTrace)) {
        self.all.borrow().iter().flatten().for_each(|t| f(t));
    }
    /// All finished traces.
    pub fn all(&self) -> Vec<Rc<CompiledTrace>> {
        self.all.borrow().iter().flatten().cloned().collect()
    }
    /// Number of finished traces.
    pub fn len(&self) -> usize {
        self.all.borrow().iter().flatten().count()
    }
    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Drop for CompiledTrace {
    fn drop(&mut self) {
        if let Some(code) = self.native.take() {
            self.tree.engine.bury(code);
        }
    }
}
