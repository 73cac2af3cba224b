//! Speed of code generation and of what it generates: `cargo test --release -p jit --test codegen_speed -- --ignored --nocapture`.

mod support;

use jit::backend::Arena;
use jit::ir::parse;
use std::time::Instant;
use support::random::{self, Rng};
use support::*;

const SUM: &str = "v0 = slot 0
    v1 = unbox_int v0
    jump own(0, 0.0)
    label
    vi = param int
    vs = param float
    poll -> exit s0
    int_lt vi, v1 -> exit s0
    vf = int_to_float vi
    vt = float_add vs, vf
    vn = int_add_ovf vi, 1 -> exit s0
    jump own(vn, vt)
    s0: leaves vi vs";

#[test]
#[ignore = "a measurement"]
fn time_per_instruction() {
    let mut rng = Rng(42);
    let traces: Vec<_> = (0..200).map(|_| random::root(&mut rng, 150, true)).collect();
    let mut insts = 0;
    let mut code = 0;
    let start = Instant::now();
    for _ in 0..20 {
        let mut m = Machine::new();
        for t in &traces {
            insts += t.insts.len();
            m.add(t.clone(), None);
        }
        code += m.arena.used();
    }
    let ns = start.elapsed().as_nanos() as f64;
    println!("long random traces, {} instructions: {:.0} ns and {:.1} bytes each", insts, ns / insts as f64, code as f64 / insts as f64);
}

#[test]
#[ignore = "a measurement"]
fn time_of_small_traces() {
    let t = parse(SUM, &registry()).unwrap();
    let mut m = Machine::new();
    let runs = 20_000;
    let traces = vec![t; runs];
    let start = Instant::now();
    let insts: usize = traces.iter().map(|t| t.insts.len()).sum();
    for t in traces {
        m.add(t, None);
    }
    let ns = start.elapsed().as_nanos() as f64;
    println!("small traces: {:.1} µs each, {:.0} ns an instruction", ns / runs as f64 / 1000.0, ns / insts as f64);
    let start = Instant::now();
    Arena::new().unwrap();
    println!("an arena: {:.1} µs", start.elapsed().as_nanos() as f64 / 1000.0);
}

#[test]
#[ignore = "a measurement"]
fn time_of_loops() {
    let sum = SUM;
    let mut m = Machine::new();
    let t = m.root(sum);
    let n = 100_000_000;
    let start = Instant::now();
    m.run_with(t, &[small(n)]);
    println!("sum: {:.2} ns an iteration", start.elapsed().as_nanos() as f64 / n as f64);
    println!("{}", jit::backend::dump::disassemble(&parse(sum, &registry()).unwrap(), &m.compiled[0], &m.arena, &registry()));
    let start = Instant::now();
    let runs = 10_000_000;
    m.set_slots(0, &[small(0)]);
    let mut state = jit::backend::ExitState::default();
    let vm: *mut framework::vm::VmCore = &mut m.vm.core;
    for _ in 0..runs {
        // SAFETY: the VM is at the trace's entry.
        unsafe { m.arena.enter(vm, m.compiled[0].call_entry(), &mut state) };
    }
    println!("entry and exit: {:.1} ns", start.elapsed().as_nanos() as f64 / runs as f64);
}
