//! The driver: runs the interpreter, counts loop headers, records, enters traces, and takes over where they exit.

mod age;
mod exit;
mod record;
mod report;
mod versions;

pub use report::Stats;
pub use versions::EntryTests;

use crate::build::Pool;
use crate::eval::{self, Left};
use crate::ir::TraceId;
use crate::mutants::{Mutant, planted};
use crate::options::{Mode, Options};
use crate::recorder::liveness;
use crate::roots::Roots;
use crate::tree::{CompiledTrace, Traces};
use framework::direct::Direct;
use framework::heap::{Stress, Tracer};
use framework::{Flow, Hot, Language, Value, Vm};
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};
use std::io;
use std::rc::{Rc, Weak};

/// A header that is never to be recorded again.
const BLACKLISTED: u32 = u32::MAX;
/// A header is given up after so many failed recordings.
const MAX_FAILURES: u32 = 6;

/// The JIT of one VM.
pub struct Jit {
    options: Options,
    traces: Rc<Traces>,
    roots: Rc<Roots>,
    stats: Stats,
    log: RefCell<Option<Box<dyn io::Write>>>,
    dump: RefCell<Option<Box<dyn io::Write>>>,
    rng: Cell<u64>,
    /// How often something went wrong with a header, by code address, pc and reason.
    failures: RefCell<FxHashMap<(u64, u32, &'static str), u32>>,
    /// Is a recording under way? A nested run does not start another.
    recording: Cell<bool>,
    /// Root traces that runs under way were entered by.
    active: RefCell<Vec<TraceId>>,
    /// The traces that enter others by a jump, by the header they enter.
    entries: RefCell<FxHashMap<(u64, u32), Vec<Weak<CompiledTrace>>>>,
    /// Sweeps so far, and traces to be finished until the next one: see `age`.
    epoch: Cell<u32>,
    until_sweep: Cell<u32>,
    builders: Pool,
    sites: Rc<crate::recorder::Sites>,
    native: Rc<crate::native::Engine>,
}

/// Gives a VM the JIT. `--jit=off` leaves it as it is.
///
/// # Errors
/// If a log or dump file cannot be created.
pub fn install<L: Language>(vm: &mut Vm<L>, options: Options) -> io::Result<()> {
    if options.mode == Mode::StressGc {
        vm.core.heap.set_stress(Stress::every_allocation());
    }
    if options.mode == Mode::Off {
        return Ok(());
    }
    let open = |s: &Option<crate::options::Sink>| s.as_ref().map(|s| s.open()).transpose();
    let traces = Rc::new(Traces::default());
    let roots = Rc::new(Roots::new(traces.clone()));
    let jit = Rc::new(Jit {
        traces,
        roots: roots.clone(),
        stats: Stats::default(),
        log: RefCell::new(open(&options.log)?),
        dump: RefCell::new(open(&options.dump)?),
        rng: Cell::new(options.seed),
        failures: RefCell::default(),
        recording: Cell::new(false),
        active: RefCell::default(),
        entries: RefCell::default(),
        epoch: Cell::new(0),
        until_sweep: Cell::new(options.sweep_every),
        builders: Pool::default(),
        sites: Rc::default(),
        native: Rc::default(),
        options,
    });
    vm.core.heap.add_roots(Box::new(move |tracer: &mut Tracer| roots.trace(tracer)));
    vm.runner_state = Some(Box::new(jit));
    vm.runner = run::<L>;
    Ok(())
}

/// The JIT of a VM, if it has one.
pub fn of<L: Language>(vm: &Vm<L>) -> Option<Rc<Jit>> {
    vm.runner_state.as_ref()?.downcast_ref::<Rc<Jit>>().cloned()
}

/// Prints the statistics the options ask for. To be called when the program has ended.
pub fn finish<L: Language>(vm: &Vm<L>) {
    if let Some(jit) = of(vm) {
        jit.print_stats(vm);
    }
}

/// Runs from the VM's current state until the run ends.
fn run<L: Language>(vm: &mut Vm<L>) {
    let jit = of(vm).expect("the JIT installed itself as the runner");
    let mut flow = Flow::Next;
    loop {
        flow = match flow {
            Flow::Next => {
                let w = Direct::on(vm);
                loop {
                    match L::step(w) {
                        Flow::Next => {}
                        other => break other,
                    }
                }
            }
            Flow::Header(h) => jit.at_header(vm, h),
            Flow::Done => return,
        }
    }
}

impl Jit {
    /// The next random number below `n`.
    fn random(&self, n: u64) -> u64 {
        let mut x = self.rng.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.rng.set(x);
        (x.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % n
    }

    /// What this JIT has done so far.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    #[inline]
    fn at_header<L: Language>(&self, vm: &mut Vm<L>, h: Hot) -> Flow {
        if vm.core.take_interrupt()
            && let Flow::Done = L::interrupt(vm)
        {
            return Flow::Done;
        }
        // An interrupt may have changed the state; then this is not the header any more, but any instruction will do to go on from.
        if h.trace.get() != 0 && self.is_at(vm, h) {
            // SAFETY: the running activation is at the header.
            let version = unsafe { self.version_to_enter(TraceId(h.trace.get() - 1), vm.core.base_ptr) };
            return self.execute(vm, version);
        }
        match h.counter.get() {
            BLACKLISTED => Flow::Next,
            // Not yet counted: start.
            0 => {
                // A function that is called in a loop is best recorded as part of it: loops come first.
                let threshold = self.options.threshold << (vm.core.cur.pc == 0 && self.options.threshold > 2) as u32;
                h.counter.set(threshold);
                if threshold == 1 { self.try_record(vm, h) } else { Flow::Next }
            }
            1 => self.try_record(vm, h),
            n => {
                h.counter.set(n - 1);
                Flow::Next
            }
        }
    }

    fn is_at<L: Language>(&self, vm: &Vm<L>, h: Hot) -> bool {
        let header = self.traces.get(TraceId(h.trace.get() - 1)).header;
        header == (vm.core.cur.code, vm.core.cur.pc)
    }

    fn try_record<L: Language>(&self, vm: &mut Vm<L>, h: Hot) -> Flow {
        if self.recording.get() { Flow::Next } else { self.record_root(vm, h) }
    }

    /// Runs a root trace and what it leads to, until execution is back in the interpreter.
    fn execute<L: Language>(&self, vm: &mut Vm<L>, id: TraceId) -> Flow {
        self.stats.entries.set(self.stats.entries.get() + 1);
        self.traces.get(id).tree.entered.set(self.epoch.get());
        self.active.borrow_mut().push(id);
        let left = if self.runs_native() { self.native.run(vm, &self.traces, id) } else { self.run_evaluator(vm, id) };
        let flow = match left {
            Left::Exit(exit) => {
                self.stats.exits.set(self.stats.exits.get() + 1);
                self.take_exit(vm, exit)
            }
            Left::Returned(word) => {
                self.stats.returns.set(self.stats.returns.get() + 1);
                self.come_back(vm, Some(word));
                Flow::Next
            }
            Left::Abandoned => {
                self.come_back(vm, None);
                Flow::Next
            }
        };
        self.active.borrow_mut().pop();
        flow
    }

    /// The running activation is where the VM says that compiled code has come back; `word` belongs in the register that travels.
    fn come_back<L: Language>(&self, vm: &mut Vm<L>, word: Option<u64>) {
        let place = self.roots.place(vm.core.returned);
        (vm.core.cur.code, vm.core.cur.pc) = place;
        if let (Some(word), Some(r)) = (word, liveness::<L>().travelling(place))
            && !planted(Mutant::GivenBackIsLost)
        {
            // SAFETY: a register of the running activation.
            unsafe { *vm.core.stack.add(vm.core.cur.base as usize + r as usize) = Value(word) };
        }
    }

    fn runs_native(&self) -> bool {
        matches!(self.options.mode, Mode::On | Mode::StressCompile | Mode::StressGc) && crate::native::AVAILABLE
    }

    fn run_evaluator<L: Language>(&self, vm: &mut Vm<L>, id: TraceId) -> Left {
        let failing = self.options.mode == Mode::StressFail;
        eval::run(vm, &self.traces, &self.roots, id, || failing && self.random(self.options.fail_one_in) == 0)
    }
}
