//! Compiled code against what traces mean.

mod support;

use support::*;

#[test]
fn a_straight_trace_computes_and_exits() {
    let mut m = Machine::new();
    let t = m.root(
        "v0 = slot 0
         v1 = slot 1
         is_small_int v0 -> exit s0
         v3 = unbox_int v0
         v4 = unbox_int v1
         v5 = int_add v3, v4
         not int_lt v5, 10 -> exit s1
         exit s2
         s0: leaves v0
         s1: leaves v5 v3
         s2: leaves v5",
    );
    assert_eq!(m.run_with(t, &[small(30), small(12)]), Outcome { trace: 0, snapshot: 2, leaves: vec![42] });
    assert_eq!(m.run_with(t, &[small(3), small(4)]), Outcome { trace: 0, snapshot: 1, leaves: vec![7, 3] });
    assert_eq!(m.run_with(t, &[boxed(1.5), small(4)]), Outcome { trace: 0, snapshot: 0, leaves: vec![boxed(1.5)] });
}

/// Sums 0 … n-1 in floats.
const SUM: &str = "v0 = slot 0
    v1 = unbox_int v0
    jump own(0, 0.0)
    label
    vi = param int
    vs = param float
    int_lt vi, v1 -> exit s0
    vf = int_to_float vi
    vt = float_add vs, vf
    vn = int_add vi, 1
    poll -> exit s1
    jump own(vn, vt)
    s0: leaves vi vs
    s1: leaves vn vt";

#[test]
fn a_loop_runs_until_its_guard_fails() {
    let mut m = Machine::new();
    let t = m.root(SUM);
    assert_eq!(m.run_with(t, &[small(1000)]), Outcome { trace: 0, snapshot: 0, leaves: vec![1000, 499500f64.to_bits()] });
    m.vm.interrupter().interrupt();
    assert_eq!(m.run_with(t, &[small(1000)]), Outcome { trace: 0, snapshot: 1, leaves: vec![1, 0f64.to_bits()] });
}
