//! What the JIT tells its users: log lines, statistics, dumps.

use super::Jit;
use crate::ir::{Desc, Op, Target, TraceId};
use crate::options::StatsForm;
use crate::tree::CompiledTrace;
use framework::{CodeRef, Language, Vm};
use std::cell::Cell;
use std::fmt::Display;
use std::io::Write;
use std::time::Duration;

/// Counts of what the JIT has done.
#[derive(Default, Debug)]
pub struct Stats {
    /// Root traces finished.
    pub roots: Cell<u64>,
    /// Bridges finished.
    pub bridges: Cell<u64>,
    /// Root traces that became peeled loops.
    pub loops: Cell<u64>,
    /// Recordings given up.
    pub aborts: Cell<u64>,
    /// Entries from the interpreter into compiled code.
    pub entries: Cell<u64>,
    /// Returns of the activation a trace was entered in.
    pub returns: Cell<u64>,
    /// Exits back.
    pub exits: Cell<u64>,
    /// Instructions finished by prefix replay.
    pub replays: Cell<u64>,
    /// Recordings of bridges that began with prefix replay.
    pub replayed_bridges: Cell<u64>,
    /// Bridges that jump to the label of a loop.
    pub joins: Cell<u64>,
    /// Bridges cut at the start of the instruction in which recording stopped.
    pub cuts: Cell<u64>,
    /// Virtual objects allocated at exits.
    pub materialised: Cell<u64>,
    /// Traces that have been freed.
    pub freed: Cell<u64>,
    /// Trees among them that had been invalidated.
    pub freed_invalid: Cell<u64>,
    /// Bytecode instructions recorded.
    pub bytecodes: Cell<u64>,
    /// IR instructions in finished traces.
    pub ir: Cell<u64>,
    /// Nanoseconds spent recording and optimising.
    pub record_ns: Cell<u64>,
    /// Nanoseconds spent generating code.
    pub compile_ns: Cell<u64>,
}

fn add(c: &Cell<u64>, n: u64) {
    c.set(c.get() + n)
}

impl Stats {
    pub(super) fn count_trace(&self, t: &CompiledTrace, bytecodes: usize, recording: Duration, compiling: Duration) {
        add(if t.id == t.root { &self.roots } else { &self.bridges }, 1);
        add(&self.loops, t.label.is_some() as u64);
        let target = t.ir.insts.last().filter(|i| i.op == Op::Jump).map(|i| t.ir.desc(i));
        add(&self.joins, matches!(target, Some(Desc::Target(Target::Label(_)))) as u64);
        add(&self.bytecodes, bytecodes as u64);
        add(&self.ir, t.ir.insts.len() as u64);
        add(&self.record_ns, recording.as_nanos() as u64);
        add(&self.compile_ns, compiling.as_nanos() as u64);
    }

    /// All counts with their names.
    pub fn rows(&self) -> [(&'static str, u64); 17] {
        [
            ("roots", self.roots.get()),
            ("loops", self.loops.get()),
            ("bridges", self.bridges.get()),
            ("aborts", self.aborts.get()),
            ("entries", self.entries.get()),
            ("exits", self.exits.get()),
            ("returns", self.returns.get()),
            ("replays", self.replays.get()),
            ("replayed_bridges", self.replayed_bridges.get()),
            ("joins", self.joins.get()),
            ("cuts", self.cuts.get()),
            ("materialised", self.materialised.get()),
            ("freed", self.freed.get()),
            ("bytecodes_recorded", self.bytecodes.get()),
            ("ir_instructions", self.ir.get()),
            ("record_ns", self.record_ns.get()),
            ("compile_ns", self.compile_ns.get()),
        ]
    }
}

fn place<L: Language>(header: (u64, u32)) -> String {
    // SAFETY: headers hold code addresses of this language's frames.
    L::location(unsafe { CodeRef::<L>::from_addr(header.0) }.get(), header.1)
}

impl Jit {
    /// The number of finished traces.
    pub fn trace_count(&self) -> usize {
        self.traces.len()
    }

    /// Bytes of machine code that are kept.
    pub fn code_bytes(&self) -> usize {
        self.native.code_bytes()
    }

    /// All finished traces, for tests that pin their shape.
    pub fn traces(&self) -> Vec<std::rc::Rc<CompiledTrace>> {
        self.traces.all()
    }

    pub(super) fn log_trace<L: Language>(
        &self,
        t: &CompiledTrace,
        parent: Option<(TraceId, usize)>,
        end: impl Display,
        bytecodes: usize,
        took: Duration,
        listing: &str,
    ) {
        if let Some(log) = &mut *self.log.borrow_mut() {
            let what = match parent {
                None => format!("trace {} at {}", t.id.0, place::<L>(t.header)),
                Some((p, s)) => {
                    let cur = self.traces.get(p).ir.snapshots.get(s).cur();
                    format!("bridge {} from exit {s} of {} at {}", t.id.0, p.0, place::<L>((cur.code, cur.pc)))
                }
            };
            let _ = writeln!(log, "{what}: {bytecodes} bytecodes, {} ir, {} us, ends in {end}", t.ir.insts.len(), took.as_micros());
        }
        if let Some(dump) = &mut *self.dump.borrow_mut() {
            let _ = writeln!(dump, "trace {} at {}\nbytecode:\n{listing}ir:\n{}", t.id.0, place::<L>(t.header), self.dump_trace(t));
        }
    }

    fn dump_trace(&self, t: &CompiledTrace) -> String {
        let code = self.native.disassemble(t);
        format!(
            "{}
machine code:
{code}",
            t.ir.display(&crate::ir::Registry::of(&t.ir))
        )
    }

    pub(super) fn log_abort<L: Language>(&self, header: (u64, u32), parent: Option<(TraceId, usize)>, why: &str, bytecodes: usize) {
        if let Some(log) = &mut *self.log.borrow_mut() {
            let what = match parent {
                None => format!("abort at {}", place::<L>(header)),
                Some((p, s)) => format!("abort of a bridge from exit {s} of {}, loop at {}", p.0, place::<L>(header)),
            };
            let _ = writeln!(log, "{what}: {why}, after {bytecodes} bytecodes");
        }
    }

    /// The exits taken most, with how often and where.
    fn top_exits<L: Language>(&self) -> Vec<(u32, u32, usize, String)> {
        let mut all: Vec<_> = vec![];
        for t in self.traces.all() {
            for (k, e) in t.exits.iter().enumerate() {
                if e.count.get() > 0 && e.count.get() != u32::MAX {
                    let cur = t.ir.snapshots.get(k).cur();
                    all.push((e.count.get(), t.id.0, k, place::<L>((cur.code, cur.pc))));
                }
            }
        }
        all.sort_by(|a, b| b.cmp(a));
        all.truncate(10);
        all
    }

    pub(super) fn print_stats<L: Language>(&self, _vm: &Vm<L>) {
        match self.options.stats {
            None => {}
            Some(StatsForm::Text) => {
                for (name, n) in self.stats.rows() {
                    eprintln!("jit: {name:20} {n}");
                }
                for (n, t, k, place) in self.top_exits::<L>() {
                    eprintln!("jit: {n} exits without a bridge by exit {k} of trace {t}, {place}");
                }
            }
            Some(StatsForm::Json) => {
                let rows: Vec<String> = self.stats.rows().iter().map(|(name, n)| format!("\"{name}\":{n}")).collect();
                eprintln!("{{{}}}", rows.join(","));
            }
        }
    }
}
