//! Random traces, trees of bridges among them: compiled code must end where the interpreter of `support` ends, with the same words.
//! The allocation checker runs on each, since these are debug builds.

mod support;

use framework::Ty;
use jit::ir::*;
use support::random::{self, Rng, input};
use support::*;

/// Runs a tree of random traces made from this seed.
fn run_seed(seed: u64, size: usize, heap: bool) {
    let mut rng = Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut m = Machine::new_small();
    let slots: Vec<u64> = (0..12).map(|_| input(&mut rng)).collect();
    let t = random::root(&mut rng, size, heap);
    m.add(t, None);
    let mut bridges = vec![];
    for _ in 0..6 {
        m.set_slots(-4, &slots);
        let expected = interp::run(&mut m, 0, &bridges, 20_000);
        let Some(expected) = expected else { return };
        m.set_slots(-4, &slots);
        let found = m.run(0);
        compare(&m, seed, &expected, &found);
        // Grow a bridge where it ended.
        let trace = found.trace;
        let exit = m.compiled[trace as usize].exits.iter().position(|e| e.snapshot == found.snapshot).unwrap() as u32;
        let parent = &m.traces[trace as usize];
        let leaves: Vec<Ty> = parent.snapshots[found.snapshot as usize].leaves.iter().map(|&r| parent.ty(r)).collect();
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

fn compare(m: &Machine, seed: u64, expected: &Outcome, found: &Outcome) {
    let t = &m.traces[found.trace as usize];
    let same = expected.trace == found.trace
        && expected.snapshot == found.snapshot
        && t.snapshots[found.snapshot as usize]
            .leaves
            .iter()
            .zip(expected.leaves.iter().zip(&found.leaves))
            .all(|(&r, (&a, &b))| same_word(t.ty(r), a, b));
    if !same {
        let names = registry();
        for (n, t) in m.traces.iter().enumerate() {
            eprintln!("trace {n}\n{}", t.display(&names));
        }
        panic!("seed {seed}: expected {expected:?}, found {found:?}");
    }
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
    seeds(1000).for_each(|s| run_seed(s, 8, false));
}

#[test]
fn long_traces_with_many_live_values() {
    seeds(300).for_each(|s| run_seed(s, 120, false));
}

#[test]
fn traces_with_heap_objects() {
    seeds(500).for_each(|s| run_seed(s, 40, true));
}
