//! Ageing: traces that are of no more use are forgotten, and their code, snapshots and constants with them. A program that makes new
//! functions for ever runs in constant memory.
//!
//! After every so many compilations the trees are swept. What has not been entered since the last sweep, or was invalidated, goes, unless
//! a native stack may lead back into it. Jumps into what goes are patched to leave compiled code; when their target is compiled
//! anew, they lead there.

use super::Jit;
use crate::ir::{Desc, Op, Target, Trace, TraceId};
use crate::mutants::{Mutant, planted};
use crate::tree::CompiledTrace;
use rustc_hash::{FxHashMap, FxHashSet};
use std::rc::Rc;

/// A header: code address and pc.
type Header = (u64, u32);

/// How a trace leads into another tree.
struct Link {
    target: TraceId,
    /// The header it is for. Whatever tree the header has or had may be where it led.
    header: Option<Header>,
    /// Can it be patched to lead nowhere?
    soft: bool,
}

fn links(t: &Trace) -> impl Iterator<Item = Link> + '_ {
    t.insts.iter().filter(|i| i.op.desc().is_some()).filter_map(|i| match *t.desc(i) {
        Desc::Target(Target::Entry(target)) => {
            let frame = t.descs.get(i.c as usize).and_then(|d| if let Desc::Frame(f) = d { Some((f.code, f.pc)) } else { None });
            Some(Link { target, header: frame, soft: i.op == Op::Enter })
        }
        Desc::Target(Target::Label(target)) => Some(Link { target, header: None, soft: false }),
        _ => None,
    })
}

/// The finished traces by tree and by header.
struct Forest {
    trees: FxHashMap<TraceId, Vec<Rc<CompiledTrace>>>,
    by_header: FxHashMap<Header, Vec<TraceId>>,
    root_of: FxHashMap<TraceId, TraceId>,
}

impl Forest {
    fn new(all: Vec<Rc<CompiledTrace>>) -> Forest {
        let mut f = Forest { trees: FxHashMap::default(), by_header: FxHashMap::default(), root_of: FxHashMap::default() };
        for t in all {
            f.root_of.insert(t.id, t.root);
            if t.id == t.root {
                f.by_header.entry(t.header).or_default().push(t.id);
            }
            f.trees.entry(t.root).or_default().push(t);
        }
        f
    }

    /// Adds to `kept` the trees that those in `todo` lead to, and these themselves. `firm`: only by links that cannot be cut, and by
    /// others to trees that are valid.
    fn keep(&self, mut todo: Vec<TraceId>, firm: bool, kept: &mut FxHashSet<TraceId>) {
        while let Some(root) = todo.pop() {
            let Some(traces) = self.trees.get(&root) else { continue };
            if !kept.insert(root) {
                continue;
            }
            // The versions of a header are a chain, which goes as a whole.
            todo.extend(self.by_header[&traces[0].header].iter().copied().filter(|id| self.trees[id][0].tree.is_valid()));
            for link in traces.iter().flat_map(|t| links(&t.ir)) {
                let named = self.root_of.get(&link.target).copied();
                let same = link.header.and_then(|h| self.by_header.get(&h)).into_iter().flatten().copied();
                let wanted = |id: &TraceId| !firm || !link.soft || self.trees[id][0].tree.is_valid();
                todo.extend(named.into_iter().chain(same).filter(wanted));
            }
        }
    }
}

impl Jit {
    /// A trace has been finished: from time to time that is the occasion to look for old ones.
    pub(super) fn grow_older(&self) {
        self.until_sweep.set(self.until_sweep.get().saturating_sub(1));
        if self.until_sweep.get() == 0 {
            self.until_sweep.set(self.options.sweep_every);
            self.sweep();
        }
    }

    fn sweep(&self) {
        let now = self.epoch.get();
        self.epoch.set(now + 1);
        let forest = Forest::new(self.traces.all());
        let mut kept = FxHashSet::default();
        // Anything may be on the native stack that the traces entered from Rust lead to, invalid or not.
        if !planted(Mutant::SweepForgetsTheStack) {
            forest.keep(self.active.borrow().clone(), false, &mut kept);
        }
        let is_in_use = |t: &CompiledTrace| t.tree.is_valid() && t.tree.entered.get() >= now;
        let in_use = forest.trees.iter().filter(|(_, t)| is_in_use(&t[0])).map(|(&root, _)| root).collect();
        let active = std::mem::take(&mut kept);
        forest.keep(in_use, true, &mut kept);
        kept.extend(active);
        let mut gone: FxHashSet<Header> = FxHashSet::default();
        for (&root, traces) in forest.trees.iter().filter(|(root, _)| !kept.contains(root)) {
            let hot = traces[0].tree.header;
            if hot.trace.get() == root.0 + 1 {
                hot.trace.set(0);
                hot.counter.set(0);
            }
            gone.insert(traces[0].header);
            self.stats.freed.set(self.stats.freed.get() + traces.len() as u64);
            self.stats.freed_invalid.set(self.stats.freed_invalid.get() + !traces[0].tree.is_valid() as u64);
            traces.iter().for_each(|t| self.traces.remove(t.id));
        }
        let mut entries = self.entries.borrow_mut();
        entries.retain(|header, from| {
            from.retain(|t| t.upgrade().is_some_and(|t| kept.contains(&t.root)));
            if gone.contains(header) {
                let live = forest.by_header[header].iter().any(|root| kept.contains(root) && forest.trees[root][0].tree.is_valid());
                if !live {
                    from.iter().filter_map(|t| t.upgrade()).for_each(|t| self.native.unlink(&t, *header));
                }
            }
            !from.is_empty()
        });
        // What went wrong long ago may go right now.
        self.failures.borrow_mut().retain(|_, n| {
            *n /= 2;
            *n > 0
        });
    }

    /// Notes where a new trace enters others; if it is the only root of its header, those that enter that from now on enter it.
    pub(super) fn link(&self, trace: &Rc<CompiledTrace>) {
        let mut entries = self.entries.borrow_mut();
        let others = trace.tree.header.trace.get();
        if trace.id == trace.root
            && others == 0
            && let Some(from) = entries.get(&trace.header)
        {
            from.iter().filter_map(|t| t.upgrade()).for_each(|t| self.native.relink(&t, trace));
        }
        for link in links(&trace.ir).filter(|l| l.soft) {
            if let Some(h) = link.header {
                entries.entry(h).or_default().push(Rc::downgrade(trace));
            }
        }
    }
}
