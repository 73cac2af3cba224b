//! Random traces, trees of bridges among them: compiled code must end where the interpreter of `support` ends, with the same words.
//! The allocation checker runs on each, since these are debug builds.

mod support;

use framework::Ty;
use framework::heap::Stress;
use jit::ir::*;
use support::random::{self, Rng, input};
use support::*;

/// What is made from a seed.
#[derive(Clone, Copy)]
struct Shape {
    /// Instructions in a trace, at most.
    size: usize,
    /// With heap objects?
    heap: bool,
    /// Does compiled code run with a collection at every allocation?
    stress: bool,
}

/// Runs a tree of random traces made from this seed.
fn run_seed(seed: u64, Shape { size, heap, stress }: Shape) {
    let mut rng = Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut m = Machine::new_small();
    let slots: Vec<u64> = (0..12).map(|_| input(&mut rng)).collect();
    let t = random::root(&mut rng, size, heap);
    m.add(t, None);
    let mut bridges = vec![];
    for _ in 0..6 {
        m.set_slots(-4, &slots);
        let Some(expected) = interp::run(&mut m, 0, &bridges, 20_000) else { return };
        // The interpreter's objects are not seen by the collector: looked at before the next run.
        let expected = (expected.trace, expected.snapshot, meanings(&m, &expected));
        m.set_slots(-4, &slots);
        if stress {
            m.vm.core.heap.set_stress(Stress { verify: true, ..Stress::every_allocation() });
        }
        let outcome = m.run(0);
        let found = (outcome.trace, outcome.snapshot, meanings(&m, &outcome));
        m.vm.core.heap.set_stress(Stress::default());
        if expected != found {
            let names = registry();
            for (n, t) in m.traces.iter().enumerate() {
                eprintln!("trace {n}\n{}", t.display(&names));
            }
            panic!("seed {seed}: expected {expected:?}, found {found:?}");
        }
        let found = outcome;
        // Grow a bridge where it ended.
        let trace = found.trace;
        let exit = m.compiled[trace as usize].exits.iter().position(|e| e.snapshot == found.snapshot).unwrap() as u32;
        let parent = &m.traces[trace as usize];
        let leaves: Vec<Ty> = parent.snapshots.get(found.snapshot as usize).leaves.iter().map(|&r| parent.ty(r)).collect();
        let target = label_types(&m.traces[0]).map(|types| (TraceId(0), types));
        let b = random::bridge(&mut rng, size, &leaves, target, heap);
        match m.try_add(b, Some((trace, exit))) {
            Ok(id) => {
                m.arena.patch(&m.compiled[trace as usize], exit, m.compiled[id as usize].entry());
                bridges.push(((trace, exit), id));
            }
            Err(jit::backend::CompileError::LabelOutOfReach(_)) => {}
            Err(e) => panic!("seed {seed}: {e}"),
        }
    }
}

fn label_types(t: &Trace) -> Option<Vec<Ty>> {
    let label = t.insts.iter().position(|i| i.op == Op::Label)?;
    Some(t.insts[label + 1..].iter().take_while(|i| i.op == Op::Param).map(|i| i.ty).collect())
}

fn meanings(m: &Machine, o: &Outcome) -> Vec<Meaning> {
    let t = &m.traces[o.trace as usize];
    t.snapshots.get(o.snapshot as usize).leaves.iter().zip(&o.leaves).map(|(&r, &bits)| meaning(t.ty(r), bits, 3)).collect()
}

/// `TWOFOLD_FUZZ=first..last` runs other seeds than a test run's.
fn seeds(default: u64) -> std::ops::Range<u64> {
    match std::env::var("TWOFOLD_FUZZ").ok().and_then(|s| s.split_once("..").map(|(a, b)| (a.parse().unwrap(), b.parse().unwrap()))) {
        Some((a, b)) => a..b,
        None => 0..default,
    }
}

#[test]
fn short_traces() {
    seeds(1000).for_each(|s| run_seed(s, Shape { size: 8, heap: false, stress: false }));
}

#[test]
fn long_traces_with_many_live_values() {
    seeds(300).for_each(|s| run_seed(s, Shape { size: 120, heap: false, stress: false }));
}

#[test]
fn traces_with_heap_objects() {
    seeds(500).for_each(|s| run_seed(s, Shape { size: 40, heap: true, stress: false }));
}

#[test]
fn traces_with_a_collection_at_every_allocation() {
    seeds(200).for_each(|s| run_seed(s, Shape { size: 60, heap: true, stress: true }));
}
