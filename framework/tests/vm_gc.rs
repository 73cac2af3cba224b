//! The collector and a VM: its stack, its runtime, its interrupt flag, and several threads in it.

use framework::heap::{Collection, Stress};
use framework::{CodeRef, Flow, Green, Heap, Hot, HotCell, Language, Obj, Tracer, Value, Vm, World, layout, residual};
use std::sync::{Arc, Condvar, Mutex};

layout! {
    Node = 16 { id: i64, mut next: Value }
    Array = 17 { len: i64, [mut items: Value] }
}

/// A program that counts down by calling itself, with a chain of nodes in each activation.
struct Code {
    head: HotCell,
    /// Instructions, by number: see `step`.
    ops: Vec<Op>,
}

#[derive(Clone, Copy)]
enum Op {
    /// Registers 1 and 2: new nodes with the id in register 0.
    Nodes,
    /// Allocates so many nodes that nobody wants.
    Garbage(u32),
    /// Calls itself with the id less one, unless that is 0.
    Call,
    /// Checks the nodes.
    Check,
    Return,
    /// Back to instruction 0.
    Loop,
    /// Keeps all nodes for ever.
    Hoard,
    /// As `Hoard`, in a list on the heap.
    Chain,
}

// SAFETY: nothing in it changes but the `HotCell`.
unsafe impl Green for Code {}

struct Toy;

#[derive(Default)]
struct Runtime {
    kept: Vec<Value>,
    /// Which of the reasons for an interrupt were seen.
    exhausted: bool,
    asked: bool,
    finalized: usize,
}

residual! {
    fn CHECK[ReadOnly](vm: &mut Vm<Toy>, id: i64, a: Value, b: Value) -> i64 {
        assert!(a.as_obj().is(Node::TYPE) && b.as_obj().is(Node::TYPE), "a node was collected");
        assert_eq!((a.as_obj().get(Node::id), b.as_obj().get(Node::id)), (id, -id));
        assert_eq!(a.as_obj().get(Node::next), b);
        0
    }
    fn CHAIN[Any](vm: &mut Vm<Toy>, v: Value) -> i64 {
        let rest = vm.rt.kept.pop().unwrap_or(v);
        vm.core.heap.set(v.as_obj(), Node::next, rest);
        vm.rt.kept.push(v);
        0
    }
    fn KEEP[Any](vm: &mut Vm<Toy>, v: Value) -> i64 {
        vm.rt.kept.push(v);
        0
    }
}

impl Language for Toy {
    type Code = Code;
    type Runtime = Runtime;

    fn step<W: World<Lang = Toy>>(w: &mut W) -> Flow {
        let code = w.code();
        let pc = w.pc();
        w.set_pc(pc + 1);
        match code.get().ops[pc as usize] {
            Op::Nodes => {
                let v = w.get(0);
                let id = w.to_int(v);
                let (a, b) = (w.new(Node::TYPE), w.new(Node::TYPE));
                let zero = w.constant(0);
                let minus = w.sub(zero, id);
                w.store(a, Node::id, id);
                w.store(b, Node::id, minus);
                let (a_value, b_value) = (w.from_obj(a), w.from_obj(b));
                w.store(a, Node::next, b_value);
                w.set(1, a_value);
                w.set(2, b_value);
            }
            Op::Garbage(n) => {
                for _ in 0..n {
                    w.new(Node::TYPE);
                }
            }
            Op::Call => {
                let v = w.get(0);
                let (id, one) = (w.to_int(v), w.constant(1));
                let less = w.sub(id, one);
                if !w.eq(id, one) {
                    let less = w.from_int(less);
                    w.set(3, less);
                    assert!(w.push_frame(code, 3, 0));
                }
            }
            Op::Check => {
                let v = w.get(0);
                let (id, a, b) = (w.to_int(v), w.get(1), w.get(2));
                w.call(&CHECK, (id, a, b));
            }
            Op::Return => {
                if w.pop_frame().is_none() {
                    let v = w.get(1);
                    w.finish(v);
                    return Flow::Done;
                }
            }
            Op::Loop => {
                w.set_pc(0);
                return Flow::Header(Hot::new(&code.get().head));
            }
            Op::Chain => {
                let v = w.get(1);
                w.call(&CHAIN, (v,));
            }
            Op::Hoard => {
                let v = w.get(1);
                w.call(&KEEP, (v,));
            }
        }
        Flow::Next
    }

    fn registers(_: &Code) -> u32 {
        3
    }
    fn is_live(_: &Code, _: u32, _: u32) -> bool {
        true
    }
    fn location(_: &Code, pc: u32) -> String {
        pc.to_string()
    }
    fn disassemble(_: &Code, pc: u32) -> String {
        pc.to_string()
    }
    fn trace_roots(rt: &Runtime, tracer: &mut Tracer) {
        tracer.values(&rt.kept);
    }
    fn interrupt(vm: &mut Vm<Toy>) -> Flow {
        while vm.core.heap.take_finalizable().is_some() {
            vm.rt.finalized += 1;
        }
        vm.rt.exhausted |= vm.core.heap.take_exhausted();
        vm.rt.asked |= vm.take_asked();
        if vm.rt.exhausted || vm.rt.asked { Flow::Done } else { Flow::Next }
    }
}

fn code(ops: &[Op]) -> Code {
    Code { head: HotCell::default(), ops: ops.to_vec() }
}

fn run(vm: &mut Vm<Toy>, code: &Code, n: i64) -> Value {
    vm.run_code(CodeRef::new(code), &[Value::small_int(n)]).expect("room on the stack")
}

#[test]
fn what_waits_on_the_vm_stack_stays_alive() {
    let program = code(&[Op::Nodes, Op::Garbage(50), Op::Call, Op::Check, Op::Return]);
    let mut vm = Vm::<Toy>::new(Runtime::default());
    vm.core.heap.set_nursery(64 << 10);
    run(&mut vm, &program, 100_000);
    assert!(vm.core.heap.stats().nursery > 5, "{}", vm.core.heap.stats());

    let mut vm = Vm::<Toy>::new(Runtime::default());
    vm.core.heap.set_stress(Stress { full_every: 3, verify: true, ..Stress::every_allocation() });
    let result = run(&mut vm, &program, 60);
    assert_eq!(result.as_obj().get(Node::id), 60);
}

#[test]
fn what_the_runtime_reports_stays_alive_and_the_result_too() {
    let program = code(&[Op::Nodes, Op::Hoard, Op::Call, Op::Check, Op::Return]);
    let mut vm = Vm::<Toy>::new(Runtime::default());
    run(&mut vm, &program, 1000);
    for _ in 0..3 {
        vm.core.heap.collect(Collection::Full);
        vm.core.heap.verify();
    }
    assert_eq!(vm.rt.kept.len(), 1000);
    assert!(vm.rt.kept.iter().enumerate().all(|(i, v)| v.as_obj().get(Node::id) == 1000 - i as i64));
    assert_eq!(vm.result.as_obj().get(Node::id), 1000);
}

#[test]
fn stale_and_foreign_words_on_the_vm_stack_do_no_harm() {
    let program = code(&[Op::Nodes, Op::Garbage(3000), Op::Call, Op::Check, Op::Return]);
    let mut vm = Vm::<Toy>::new(Runtime::default());
    vm.core.heap.set_nursery(64 << 10);
    let near = run(&mut vm, &program, 3).0;
    let mut random = 88172645463325252u64;
    for i in 0..2000 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let word = if i % 3 == 0 { random } else { near.wrapping_add(random % (8 << 20)).wrapping_sub(4 << 20) & !7 };
        // SAFETY: the stack is far larger.
        unsafe { *vm.core.stack.add(i) = Value(word) };
    }
    run(&mut vm, &program, 30);
    vm.core.heap.collect(Collection::Full);
    vm.core.heap.verify();
}

#[test]
fn endless_allocation_raises_the_interrupt_flag() {
    let program = code(&[Op::Nodes, Op::Hoard, Op::Loop]);
    let mut vm = Vm::<Toy>::new(Runtime::default());
    vm.core.heap.set_limit(48 << 20);
    run(&mut vm, &program, 7);
    assert!(vm.rt.exhausted && !vm.rt.asked);
    // With the hoard gone there is room again.
    vm.rt = Runtime::default();
    let harmless = code(&[Op::Nodes, Op::Garbage(3_000_000), Op::Check, Op::Return]);
    run(&mut vm, &harmless, 7);
    assert!(!vm.core.heap.is_pending());
    vm.core.heap.collect(Collection::Full);
    assert!(vm.core.heap.used_bytes() < 4 << 20);
}

#[test]
fn an_interrupter_is_told_from_the_heap() {
    let program = code(&[Op::Nodes, Op::Garbage(100), Op::Loop]);
    let mut vm = Vm::<Toy>::new(Runtime::default());
    for _ in 0..100 {
        let o = vm.core.heap.alloc(Node::TYPE);
        vm.core.heap.register_finalizer(o);
    }
    let interrupter = vm.interrupter();
    std::thread::scope(|s| {
        s.spawn(|| {
            std::thread::sleep(std::time::Duration::from_millis(100));
            interrupter.interrupt();
        });
        run(&mut vm, &program, 7);
    });
    assert!(vm.rt.asked && !vm.rt.exhausted);
    assert!(vm.rt.finalized > 90, "{}", vm.rt.finalized);
}

/// A heap behind a lock, as a language with threads has it.
struct Shared(*mut Heap);
// SAFETY: the test takes turns by the lock around it.
unsafe impl Send for Shared {}

#[test]
fn stacks_of_parked_threads_are_roots() {
    let mut heap = Heap::default();
    heap.set_stress(Stress { full_every: 2, ..Stress::every_allocation() });
    // Whose turn it is.
    let turn = Arc::new((Mutex::new(0), Condvar::new()));
    let pass = |turn: &(Mutex<usize>, Condvar), me: usize| {
        let mut now = turn.0.lock().unwrap();
        *now = (me + 1) % 3;
        turn.1.notify_all();
        while *now != me {
            now = turn.1.wait(now).unwrap();
        }
    };
    std::thread::scope(|s| {
        let mut threads = vec![];
        for me in 0..3 {
            let (turn, heap) = (turn.clone(), Shared(&mut heap));
            threads.push(s.spawn(move || {
                let shared = heap;
                let heap = shared.0;
                {
                    let mut now = turn.0.lock().unwrap();
                    while *now != me {
                        now = turn.1.wait(now).unwrap();
                    }
                }
                let mut alive = true;
                for round in 0..50 {
                    // SAFETY: it is this thread's turn.
                    let (o, a): (Obj, Obj) = unsafe { ((*heap).alloc(Node::TYPE), (*heap).alloc_array(Array::TYPE, 10)) };
                    o.init(Node::id, (me * 1000 + round) as i64);
                    // SAFETY: the others touch the heap only while this thread waits in `pass`.
                    unsafe { Heap::park(heap, || pass(&turn, me)) };
                    // Not an assertion here: the other threads would wait for ever.
                    alive &= o.is(Node::TYPE) && a.is(Array::TYPE) && o.word(8) == (me * 1000 + round) as u64;
                }
                // All take the same number of turns: the next one to go on is the neighbour.
                let mut now = turn.0.lock().unwrap();
                *now = (me + 1) % 3;
                turn.1.notify_all();
                alive
            }));
        }
        for t in threads {
            assert!(t.join().unwrap(), "an object that only a parked thread knew has died");
        }
    });
    heap.collect(Collection::Full);
    heap.verify();
}

/// In a process of its own, since the limit is the process's: `an_address_space_limit_is_a_heap_limit` starts it.
#[test]
#[ignore = "run by another test"]
fn endless_allocation_in_little_address_space() {
    // SAFETY: a plain call.
    let done = unsafe { libc::setrlimit(libc::RLIMIT_AS, &libc::rlimit { rlim_cur: 3 << 29, rlim_max: 3 << 29 }) };
    assert_eq!(done, 0);
    // A VM's own stacks and a gigabyte for something else.
    let other = std::alloc::Layout::from_size_align(1 << 30, 4096).unwrap();
    // SAFETY: the layout is not empty; the memory is never touched.
    assert!(!unsafe { std::alloc::alloc(other) }.is_null());
    let program = code(&[Op::Nodes, Op::Chain, Op::Loop]);
    let mut vm = Vm::<Toy>::new(Runtime::default());
    run(&mut vm, &program, 7);
    assert!(vm.rt.exhausted);
}

#[test]
fn an_address_space_limit_is_a_heap_limit() {
    let out = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "endless_allocation_in_little_address_space", "--test-threads=1"])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}
