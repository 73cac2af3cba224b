//! What the JIT makes of programs: these tests fail if a hot loop is not compiled, or not well.

use framework::Vm;
use jit::ir::{Op, Trace};
use jit::options::Mode;
use jit::tree::CompiledTrace;
use std::process::Command;
use std::rc::Rc;
use template::{Runtime, Source, Sprig, run};

/// The traces of a program.
fn traces(text: &str) -> Vec<Rc<CompiledTrace>> {
    let mut vm = Vm::<Sprig>::new(Runtime::new(std::io::sink()));
    jit::install(&mut vm, jit::Options::with_mode(Mode::On)).expect("no files are to be made");
    run(&mut vm, &Source::new("t", text), false).expect("it runs");
    jit::of(&vm).expect("it is installed").traces()
}

/// The operations of a peeled loop, from its label on.
fn loop_ops(trace: &Trace) -> Vec<Op> {
    let label = trace.insts.iter().position(|i| i.op == Op::Label).expect("a loop");
    trace.insts[label..].iter().map(|i| i.op).collect()
}

/// The loop of a program whose only trace it is.
fn only_loop(text: &str) -> Vec<Op> {
    let all = traces(text);
    assert_eq!(all.len(), 1, "one loop, one trace");
    loop_ops(&all[0].ir)
}

fn count(ops: &[Op], op: Op) -> usize {
    ops.iter().filter(|&&o| o == op).count()
}

#[test]
fn the_sum_loop_is_an_addition_and_a_comparison() {
    let ops = only_loop(include_str!("../examples/sum.sprig"));
    assert_eq!((count(&ops, Op::IntAddOvf), count(&ops, Op::IntAdd), count(&ops, Op::IntLt)), (1, 1, 1), "{ops:?}");
    assert!(!ops.iter().any(|op| matches!(op, Op::UnboxInt | Op::IsSmallInt | Op::LoadField | Op::Call | Op::New)), "{ops:?}");
}

#[test]
fn a_call_in_a_loop_is_inlined() {
    let ops = only_loop("fn add(a, b) { return a + b }\nlet s = 0.5\nfor i in 0..500 { s = add(s, i) }");
    assert_eq!((count(&ops, Op::FloatAdd), count(&ops, Op::Call), count(&ops, Op::CallTrace)), (1, 0, 0), "{ops:?}");
}

#[test]
fn a_record_that_stays_in_the_loop_is_never_allocated() {
    let ops = only_loop(
        "record P(x, y) { fn plus(o) { return P(self.x + o.x, self.y + o.y) } }\n\
         let p = P(0.0, 0.0)\nlet one = P(0.5, 1.5)\nfor i in 0..500 { p = p.plus(one) }",
    );
    assert_eq!((count(&ops, Op::FloatAdd), count(&ops, Op::NewArray), count(&ops, Op::LoadElem)), (2, 0, 0), "{ops:?}");
}

#[test]
fn a_loop_run_at_two_types_has_a_version_for_each() {
    let text = "fn sum(x, n) { let s = x\nfor i in 0..n { s = s + x }\nreturn s }\n";
    for [first, second] in [["1", "0.5"], ["0.5", "1"]] {
        let all = traces(&format!("{text}for k in 0..30 {{ sum({first}, 400) }}\nfor k in 0..30 {{ sum({second}, 400) }}"));
        let loops = all.iter().filter(|t| t.ir.insts.iter().any(|i| i.op == Op::Label)).map(|t| loop_ops(&t.ir));
        let loops: Vec<_> = loops.filter(|ops| count(ops, Op::FloatAdd) + count(ops, Op::IntAddOvf) > 0).collect();
        assert!(loops.iter().any(|ops| count(ops, Op::FloatAdd) == 1), "{loops:?}");
        assert!(loops.iter().any(|ops| count(ops, Op::IntAddOvf) == 1 && count(ops, Op::FloatAdd) == 0), "{loops:?}");
        assert!(!loops.iter().flatten().any(|op| matches!(op, Op::IsFloat | Op::IsSmallInt)), "{loops:?}");
    }
}

#[test]
fn the_log_says_that_the_loop_was_compiled() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sum.sprig");
    let o = Command::new(env!(concat!("CARGO_BIN_EXE_", "sprig"))).args([example, "--jit=on", "--jit-log"]).output().expect("it runs");
    let log = String::from_utf8_lossy(&o.stderr);
    assert!(log.contains("sum.sprig:4") && log.contains("ends in loop"), "{log}");
    assert_eq!(String::from_utf8_lossy(&o.stdout), "49999995000000\n");
}
