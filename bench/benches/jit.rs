//! What it costs to make machine code of a loop: recording, peeling, code generation. Per recorded bytecode.
#![deny(unsafe_op_in_unsafe_fn)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use framework::direct::Direct;
use framework::quasi::Dependent;
use framework::{Flow, Language, Vm};
use jit::backend::{self, Arena, Env, Kind};
use jit::build::{Builder, Pool};
use jit::ir::TraceId;
use jit::peel::{Peeled, peel};
use jit::recorder::{Recorder, liveness};
use jit::roots::Roots;
use std::cell::RefCell;
use std::hint::black_box;
use std::rc::Rc;
use std::time::{Duration, Instant};
use template::{Runtime, Source, Sprig};

/// A loop of the usual mixture: method calls, allocation, fields, integers, floats, a list.
const LOOP: &str = "
record Point(x, y) {
    fn plus(other) { return Point(self.x + other.x, self.y + other.y) }
    fn norm() { return self.x * self.x + self.y * self.y }
}
let p = Point(0, 0.5)
let l = [1, 2, 3, 4]
let sum = 0.0
let i = 0
while i < 1000000000 {
    p = p.plus(Point(1, 0.25))
    sum += p.norm()
    l[i % 4] += i
    i += 1
}
";

/// Nothing is invalidated here.
struct Forever;
impl Dependent for Forever {
    fn invalidate(&self) {}
}

/// One recorded iteration, at its header again.
struct Iteration {
    builder: Builder,
    bytecodes: u64,
}

type Task = Box<dyn FnOnce(&mut Vm<Sprig>)>;
thread_local!(static TASK: RefCell<Option<Task>> = const { RefCell::new(None) });

/// Runs `task` with a VM that is at the loop's header, a few iterations in.
fn at_header(task: impl FnOnce(&mut Vm<Sprig>) + 'static) {
    TASK.set(Some(Box::new(task)));
    let mut vm = Vm::<Sprig>::new(Runtime::stdout());
    vm.runner = |vm| {
        let mut headers = 0;
        while headers < 10 {
            if let Flow::Header(_) = Sprig::step(Direct::on(vm)) {
                // Functions have headers, too; the loop's is the one with no activation waiting but the bottom.
                headers += (vm.core.waiting().len() == 1) as u32;
            }
        }
        TASK.take().expect("a task")(vm);
    };
    if let Err(e) = template::run(&mut vm, &Source::new("loop", LOOP), false) {
        panic!("{}", e.report(&Source::new("loop", LOOP)));
    }
}

/// Records from the loop's header until it comes round again.
fn record(vm: &mut Vm<Sprig>) -> Iteration {
    let header = vm.core.cur;
    let builder = Builder::new(header, liveness::<Sprig>(), Rc::new(Roots::default()));
    let mut recorder = Recorder::new(vm, builder, true, header.base, Rc::new(Forever), Rc::default());
    let mut bytecodes = 0;
    loop {
        recorder.begin_instruction();
        let flow = Sprig::step(&mut recorder);
        recorder.end_instruction();
        bytecodes += 1;
        assert!(recorder.stop.is_none(), "the loop can be recorded: {:?}", recorder.stop);
        if matches!(flow, Flow::Header(_)) && recorder.vm.core.cur == header {
            recorder.begin_instruction();
            let empty = Builder::new(header, liveness::<Sprig>(), Rc::new(Roots::default()));
            return Iteration { builder: std::mem::replace(&mut recorder.builder, empty), bytecodes };
        }
    }
}

fn peeled(iteration: &Iteration) -> Peeled {
    let pool = Pool::default();
    peel(&mut pool.copy(&iteration.builder), &pool).unwrap_or_else(|why| panic!("the loop can be peeled: {why}"))
}

/// Time of `n` runs of `work`, each given the VM at the header and a recorded iteration of its loop.
fn time(n: u64, mut work: impl FnMut(&mut Vm<Sprig>, &Iteration) + 'static) -> Duration {
    let took = Rc::new(RefCell::new(Duration::ZERO));
    let result = took.clone();
    at_header(move |vm| {
        let iteration = record(vm);
        let began = Instant::now();
        for _ in 0..n {
            work(vm, &iteration);
        }
        *took.borrow_mut() = began.elapsed();
    });
    result.take()
}

fn bytecodes() -> u64 {
    let count = Rc::new(RefCell::new(0));
    let result = count.clone();
    at_header(move |vm| *count.borrow_mut() = record(vm).bytecodes);
    result.take()
}

fn compilation(c: &mut Criterion) {
    let mut g = c.benchmark_group("jit");
    g.throughput(Throughput::Elements(bytecodes()));
    g.bench_function("interpret", |b| {
        b.iter_custom(|n| {
            time(n, |vm, _| {
                let header = vm.core.cur;
                loop {
                    let flow = Sprig::step(Direct::on(vm));
                    if matches!(flow, Flow::Header(_)) && vm.core.cur == header {
                        break;
                    }
                }
            })
        })
    });
    g.bench_function("record", |b| {
        b.iter_custom(|n| {
            time(n, |vm, _| {
                black_box(record(vm));
            })
        })
    });
    g.bench_function("peel", |b| {
        b.iter_custom(|n| {
            time(n, |_, iteration| {
                black_box(peeled(iteration));
            })
        })
    });
    if jit::native::AVAILABLE {
        g.bench_function("generate code", |b| {
            b.iter_custom(|n| {
                let mut arena = Arena::new().expect("memory for code");
                let mut trace = None;
                time(n, move |vm, iteration| {
                    let trace = trace.get_or_insert_with(|| peeled(iteration).builder.trace);
                    let env = Env { vm: &mut vm.core, trace: TraceId(0), compiled: &|_| None };
                    let compiled = backend::compile(trace, Kind::Root, &env, &mut arena).expect("it compiles");
                    arena.free(compiled.code);
                })
            })
        });
    }
    g.finish();
}

criterion_group!(benches, compilation);
criterion_main!(benches);
