//! Fuzz: random Tangle programs must end in the same state, with the same calls of opaque functions, whatever the JIT does.

mod lang;
#[cfg(feature = "mutants")]
mod mutants;

use framework::direct::Direct;
use framework::quasi::QuasiCell;
use framework::{CodeRef, Flow, HotCell, Language, Value, Vm};
use jit::ir::Op;
use jit::{Mode, Options};
use lang::{Code, FRAME_ARGS, HUGE, I, Runtime, Tangle, dump};
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

fn below(r: &mut u64, n: u64) -> u64 {
    *r ^= *r << 13;
    *r ^= *r >> 7;
    *r ^= *r << 17;
    (r.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % n
}

/// What focused programs are made of: objects, and branches that change from iteration to iteration, with nothing that makes them escape.
const FOCUS: &[u64] = &[0, 1, 2, 5, 5, 6, 7, 7, 8, 8, 9, 11, 12, 13, 14, 15, 20, 20, 35, 36, 38, 39, 47, 47];

/// Instructions of one code object's body. Jumps go forward within it. Focused ones use few registers, so that they meet.
fn body(r: &mut u64, n: usize, me: usize, codes: usize, focused: bool, out: &mut Vec<I>) {
    for i in 0..n {
        let left = (n - 1 - i) as u64;
        let mut g = |k: u64| below(r, k);
        let registers = if focused { 3 } else { 7 };
        let (a, b, d) = (g(registers) as u8, g(registers) as u8, g(registers) as u8);
        let can = me + 1 < codes;
        let c = if can { (me + 1 + g((codes - me - 1) as u64) as usize) as u8 } else { 0 };
        out.push(match if focused { FOCUS[g(FOCUS.len() as u64) as usize] } else { g(56) } {
            0 => I::K(d, g(12) as i64 - 2),
            1 => I::Mov(d, a),
            2 => I::Add(d, a, b),
            3 => I::Sub(d, a, b),
            4 => I::Mul(d, a, b),
            5 | 6 if left > 0 => I::JLt(a, b, 1 + g(left) as i16),
            7 if left > 0 => I::JEq(a, b, 1 + g(left) as i16),
            8 => I::NewA(d),
            9 => I::NewB(d),
            10 => I::Glob(d),
            11 | 12 => I::Get(d, a, g(3) as u8),
            13 | 14 => I::Set(a, g(3) as u8, b),
            15 => I::NewInit(d, a, b),
            16 => I::Bump(d, a),
            17 => I::Swap(a, b),
            18 | 19 => I::Chain(d, a, b),
            20 | 21 => I::Two(d, a, b),
            22 => I::Walk(d, a),
            23 => I::Prom(d, a, b),
            24 | 48 => I::ReadOnly(d, a),
            25 => I::Opaque(d, a),
            26 | 27 if codes > 1 => I::Callback(d, 1 + g(codes as u64 - 1) as u8, a),
            28 if can => I::Call(d, c, a),
            29..=31 if can => I::CallMid(d, c, a, b),
            32 if can => I::Iter(d, c, a),
            33 if can && me > 0 => I::Tail(c, a),
            34 => I::Raise(d, a),
            35 => I::NewArr(d, a, b),
            36 | 37 => I::ArrGet(d, a, b),
            38 => I::ArrSet(a, b, d),
            39 => I::Aux(d, a),
            40 => I::KFloat(d, g(9) as i64 - 3),
            41 => I::Div(d, a, b),
            42 => I::Poly(d, a),
            43 | 44 => I::Cell(d, g(codes as u64) as u8, a),
            45 | 54 => I::SetCell(g(codes as u64) as u8, a),
            46 => I::PromObj(d, a),
            47 => I::Mov(d, 8),
            49 => I::Late(d, a),
            50 => I::Huge(d, g(HUGE.len() as u64) as u8),
            51 => I::Mask(d, a),
            52 | 53 => I::Wide(d, a, b),
            55 => I::Bits(d, a, b),
            _ => I::Mov(d, a),
        })
    }
}

fn program(r: &mut u64) -> Vec<Vec<I>> {
    let n = 1 + below(r, 4) as usize;
    let focused = below(r, 3) == 0;
    (0..n)
        .map(|me| {
            let ret = me > 0;
            let has_loop = !ret || below(r, 2) == 0;
            let mut v = vec![I::K(7, 1), I::K(8, 0), I::K(9, if ret { 1 + below(r, 4) as i64 } else { 8 + below(r, 30) as i64 })];
            for d in if ret { 3 } else { 0 }..7u8 {
                match below(r, 7) {
                    0 => v.push(I::NewA(d)),
                    1 => v.push(I::Glob(d)),
                    2 => v.push(I::K(d, below(r, 9) as i64)),
                    3 if d > 0 => v.push(I::Mov(d, d - 1)),
                    4 => v.push(I::KFloat(d, below(r, 9) as i64)),
                    5 => v.push(I::NewArr(d, 7, 8)),
                    _ => {}
                }
            }
            let top = v.len();
            if has_loop {
                v.push(I::Loop(0));
            }
            let len = 2 + below(r, if ret { 5 } else { 8 }) as usize + if focused { 4 } else { 0 };
            body(r, len, me, n, focused, &mut v);
            if has_loop {
                v.push(I::Add(8, 8, 7));
                let back = top as i16 - (v.len() as i16 + 1);
                v.push(I::JLt(8, 9, back));
            }
            // A function may end in several places.
            let end = |r: &mut u64| {
                let a = below(r, 7) as u8;
                [I::RetX(a), I::Ret(a), I::Give(a), I::Give(a)][below(r, 4) as usize]
            };
            if ret && below(r, 2) == 0 {
                let (x, y) = (below(r, 7) as u8, below(r, 7) as u8);
                v.extend([I::JLt(x, y, 1), end(r)]);
            }
            v.push(if ret { end(r) } else { I::Halt });
            v
        })
        .collect()
}

/// `Direct`, but a program that runs too long is stopped.
fn run_with_fuel(vm: &mut Vm<Tangle>) {
    loop {
        vm.rt.steps += 1;
        if vm.rt.steps > vm.rt.fuel {
            vm.result = Value::small_int(0);
            return;
        }
        if let Flow::Done = Tangle::step(Direct::on(vm)) {
            return;
        }
    }
}

thread_local!(static COVERAGE: RefCell<BTreeMap<&'static str, u64>> = RefCell::default());

/// Adds up what the runs of this thread have been through.
fn count(vm: &Vm<Tangle>, jit: &jit::driver::Jit) {
    let heap = vm.core.heap.stats();
    let returns = jit.traces().iter().flat_map(|t| &t.ir.insts).filter(|i| i.op == Op::Return).count() as u64;
    let invalid = jit.traces().iter().filter(|t| t.id == t.root && !t.tree.is_valid()).count() as u64 + jit.stats().freed_invalid.get();
    let ours =
        [("nested_runs", vm.rt.nested_runs), ("collections", heap.nursery + heap.full), ("invalidated", invalid), ("returning_traces", returns)];
    COVERAGE.with_borrow_mut(|c| {
        for (name, n) in jit.stats().rows().into_iter().chain(ours) {
            *c.entry(name).or_default() += n;
        }
    });
}

fn load(p: &[Vec<I>]) -> &'static [Code] {
    let all: &'static OnceCell<Vec<Code>> = Box::leak(Box::default());
    let codes = p.iter().map(|ins| Code {
        ins: ins.clone(),
        hot: vec![HotCell::default()],
        all,
        global: Cell::new(Value::small_int(0)),
        live: lang::liveness(ins),
        cell: QuasiCell::new(0),
    });
    assert!(all.set(codes.collect()).is_ok());
    all.get().unwrap()
}

/// Result and log of a run; `None` if it was stopped.
fn run(p: &[Vec<I>], options: Option<Options>) -> Option<(u64, Vec<u64>)> {
    let codes = load(p);
    let mut vm = Vm::<Tangle>::with_stack(Runtime { fuel: 6000, ..Runtime::default() }, 1 << 15, 1 << 11);
    let global = vm.core.heap.alloc(lang::A::TYPE);
    for f in [lang::A::a0, lang::A::a1, lang::A::a2] {
        global.init(f, Value::small_int(0));
    }
    vm.rt.global = Some(global);
    codes.iter().for_each(|c| c.global.set(global.into()));
    match options {
        None => vm.runner = run_with_fuel,
        Some(o) => jit::install(&mut vm, o).unwrap(),
    }
    let args = [Value::small_int(0); FRAME_ARGS];
    let result = vm.run_code(CodeRef::new(&codes[0]), &args).expect("room");
    if vm.rt.steps > vm.rt.fuel {
        return None;
    }
    if let Some(j) = jit::of(&vm) {
        count(&vm, &j);
    }
    Some((dump(&[result, global.into()], 300), std::mem::take(&mut vm.rt.log)))
}

fn random_options(seed: u64) -> Options {
    let mut r = seed | 1;
    for _ in 0..3 {
        below(&mut r, 2);
    }
    let modes = [Mode::Eval, Mode::Eval, Mode::StressFail, Mode::StressFail, Mode::On, Mode::StressCompile, Mode::StressRecord, Mode::StressGc];
    let mut o = Options::with_mode(modes[below(&mut r, modes.len() as u64) as usize]);
    o.threshold = 1 + below(&mut r, 4) as u32;
    o.exit_threshold = 1 + below(&mut r, 3) as u32;
    o.fail_one_in = [400, 60, 10, 3][below(&mut r, 4) as usize];
    o.abort_one_in = [0, 0, 80, 12][below(&mut r, 4) as usize];
    o.sweep_every = [256, 1, 2, 7][below(&mut r, 4) as usize];
    o.seed = r | 1;
    o
}

fn difference(p: &[Vec<I>], seed: u64) -> Option<String> {
    let want = run(p, None)?;
    let options = random_options(seed);
    let mode = options.mode;
    let got = match catch_unwind(AssertUnwindSafe(|| run(p, Some(options)))) {
        Err(e) => {
            let text = e.downcast_ref::<String>().cloned().or(e.downcast_ref::<&str>().map(|s| s.to_string()));
            return Some(format!("{mode:?} panics: {}", text.unwrap_or_default()));
        }
        Ok(got) => got.expect("no fuel limit under the JIT"),
    };
    if got.1 != want.1 {
        let at = got.1.iter().zip(&want.1).position(|(a, b)| a != b);
        return Some(format!("{mode:?}: the opaque functions saw something else, first at {at:?} of {} / {}", got.1.len(), want.1.len()));
    }
    (got.0 != want.0).then(|| format!("{mode:?}: the final state differs"))
}

/// Replaces instructions by nothing as long as the difference stays.
fn shrink(mut p: Vec<Vec<I>>, seed: u64) -> (Vec<Vec<I>>, String) {
    let mut why = difference(&p, seed).unwrap_or_default();
    let nothing = I::Mov(0, 0);
    let began = std::time::Instant::now();
    loop {
        let mut progress = false;
        for c in 0..p.len() {
            for i in 0..p[c].len() {
                let fixed =
                    matches!(p[c][i], I::Loop(_) | I::Halt | I::Ret(_) | I::RetX(_) | I::Give(_) | I::JLt(8, ..) | I::Add(8, ..) | I::K(7..=9, _));
                if fixed || p[c][i] == nothing {
                    continue;
                }
                let mut q = p.clone();
                q[c][i] = nothing;
                if let Some(w) = difference(&q, seed) {
                    (p, why, progress) = (q, w, true);
                }
                if began.elapsed().as_secs() > 20 {
                    return (p, why);
                }
            }
        }
        if !progress {
            return (p, why);
        }
    }
}

/// A loop of 60 iterations around a body, `before` it some setting up. Register 8 counts, 7 is 1; `Sub(6, 7, 6)` has 6 alternate.
fn counted(before: &[I], body: &[I]) -> Vec<Vec<I>> {
    let mut v = vec![I::K(7, 1), I::K(8, 0), I::K(9, 60), I::K(6, 0)];
    v.extend(before);
    let top = v.len();
    v.push(I::Loop(0));
    v.extend(body);
    v.push(I::Add(8, 8, 7));
    v.push(I::JLt(8, 9, top as i16 - (v.len() as i16 + 1)));
    v.push(I::Halt);
    vec![v]
}

/// A function that counts in a field of the global object, three at a time, and goes another way from some number on, at several places.
fn now_and_then() -> Vec<I> {
    use I::*;
    let mut v = vec![K(7, 1), K(8, 0), K(9, 3), Glob(0), K(4, 0), K(5, 82), K(6, 202), K(2, 274), Loop(0), Get(3, 0, 0), Add(3, 3, 7), Set(0, 0, 3)];
    for limit in [5, 6, 2] {
        v.extend([JLt(3, limit, 1), Add(4, 4, 3)]);
    }
    let back = -(v.len() as i16 + 2 - 8);
    v.extend([Add(8, 8, 7), JLt(8, 9, back), Ret(4)]);
    v
}

/// Programs for what random ones hardly ever do; they are the first.
fn handwritten() -> Vec<Vec<Vec<I>>> {
    use I::*;
    let one = [NewA(1), Mov(2, 1)];
    let two = [NewA(1), NewA(2)];
    // Are the two the same, and does one see what is written to the other?
    let probe = [JEq(1, 2, 1), Add(4, 4, 7), Set(1, 0, 8), Get(3, 2, 0), Add(4, 4, 3)];
    // Changes every other iteration, so that loops are made of either form.
    let sharing = |first: [I; 2], then: [I; 2]| {
        let branch = [Sub(6, 7, 6), JLt(6, 7, 1), Sub(0, 7, 0), JLt(0, 7, 3), then[0], then[1], JLt(7, 9, 2), first[0], first[1]];
        counted(&[K(0, 0), first[0], first[1], K(4, 0)], &[&probe[..], &branch[..]].concat())
    };
    vec![
        // Loop-carried virtual objects that are one, then two; and the other way round.
        sharing(one, two),
        sharing(two, one),
        // One object under two names, read again after a write by the other.
        counted(&[Glob(0), NewA(1), Set(0, 0, 1), Set(0, 1, 1)], &[Get(2, 0, 0), Get(3, 0, 1), Get(4, 2, 2), Set(3, 2, 8), Get(6, 2, 2)]),
        // A field that only a bridge writes.
        counted(&[Glob(0), Set(0, 1, 7), K(4, 0)], &[Get(3, 0, 1), Add(4, 4, 3), Sub(6, 7, 6), JLt(6, 7, 1), Set(0, 1, 8)]),
        // A cell that changes between two reads of one iteration.
        counted(&[K(4, 0)], &[Cell(1, 0, 7), SetCell(0, 7), Cell(3, 0, 7), Add(4, 4, 3), Opaque(6, 4)]),
        // A read-only function of what the instruction writes.
        counted(&[NewA(0), Glob(1), Set(1, 0, 0)], &[Get(2, 1, 0), ReadOnly(3, 2), Add(4, 4, 3)]),
        // A number in a box of the trace's own making is promoted.
        counted(&[Glob(0), NewA(1)], &[Late(2, 1), Poly(3, 2), Poly(4, 2)]),
        // A number that doubles until it overflows.
        counted(&[K(1, 1 << 40)], &[Wide(1, 1, 1)]),
        // A number that is a byte or the largest, as random numbers say.
        counted(
            &[K(1, 3), K(4, 128), K(5, 77), K(6, 123)],
            &[Wide(2, 1, 7), Wide(3, 3, 2), Mul(6, 6, 5), Mask(6, 6), Mask(1, 8), JLt(4, 6, 1), Huge(1, 0)],
        ),
        // Bits of numbers that go up, by different steps.
        counted(&[K(1, 0), K(2, 5), K(5, 3)], &[Bits(3, 1, 2), Bits(4, 2, 8), Bits(4, 3, 4), Add(1, 1, 5), Add(2, 2, 7), Opaque(6, 4), Add(0, 3, 4)]),
        // A function whose last instruction allocates what its caller's trace must not take for what is returned.
        vec![
            vec![K(7, 1), K(8, 0), K(9, 22), Loop(0), CallMid(5, 1, 3, 3), Add(8, 8, 7), JLt(8, 9, -4), Halt],
            vec![K(7, 1), K(8, 0), K(9, 4), Loop(0), NewA(0), Add(8, 8, 7), JLt(8, 9, -4), RetX(0)],
        ],
        // One object in a register and in a field of another that a bridge brings to a label where they are two.
        vec![
            vec![K(7, 1), K(8, 0), K(9, 37), NewA(4), Loop(0), Two(5, 6, 3), CallMid(3, 2, 4, 6), Late(4, 5), Add(8, 8, 7), JLt(8, 9, -6), Halt],
            vec![K(7, 1), RetX(1)],
            vec![K(7, 1), K(8, 0), K(9, 1), Ret(2)],
        ],
        // Two calls of a loop that is left in the middle now and then, and a register that changes between them.
        [counted(&[Glob(0), Set(0, 0, 8), K(4, 0)], &[Add(4, 4, 7), Call(5, 1, 3), Add(4, 4, 7), Call(5, 1, 3)]), vec![now_and_then()]].concat(),
        // The same from a function that is inlined, with a run between them that is in the way of the frames.
        [
            counted(&[Glob(0), Set(0, 0, 8)], &[Call(5, 1, 3)]),
            vec![vec![Call(4, 2, 3), Callback(3, 3, 4), Call(5, 2, 4), Ret(5)], now_and_then(), vec![Mov(1, 0), Ret(1)]],
        ]
        .concat(),
        // What a function leaves is a float, later on an integer every other time, and still later an object.
        [
            counted(&[Glob(0), K(1, 3)], &[Callback(5, 1, 8), Get(3, 0, 0), Div(2, 3, 1), Opaque(2, 2)]),
            vec![
                [
                    [K(7, 1), Glob(1), KFloat(5, 2), K(4, 20), JLt(0, 4, 8)],
                    [Get(6, 1, 1), Sub(6, 7, 6), Set(1, 1, 6), JLt(6, 7, 4), K(5, 3)],
                    [K(4, 40), JLt(0, 4, 1), NewA(5), Set(1, 0, 5), Give(7)],
                ]
                .concat(),
            ],
        ]
        .concat(),
        // Objects that only the log holds.
        counted(&[Glob(0)], &[Set(0, 2, 8), Late(1, 0), Late(2, 0), Set(0, 0, 1), Get(3, 2, 0)]),
    ]
}

fn seeded(i: u64) -> Vec<Vec<I>> {
    if let Some(p) = handwritten().into_iter().nth(i as usize) {
        return p;
    }
    let mut r = i.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    for _ in 0..4 {
        below(&mut r, 2);
    }
    program(&mut r)
}

/// Seed of the options of a program's k-th run.
fn seed_of(i: u64, k: u64) -> u64 {
    (i * 1_000_003 + k * 77_777 + 5).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[test]
fn all_modes_agree() {
    let number = |name: &str, default: u64| std::env::var(name).ok().and_then(|s| s.parse().ok()).unwrap_or(default);
    let (first, programs, runs) = (number("TANGLE_SEED", 0), number("TANGLE_PROGRAMS", 1500), number("TANGLE_RUNS", 6));
    for i in first..first + programs {
        let p = seeded(i);
        for k in 0..runs {
            let seed = seed_of(i, k);
            if difference(&p, seed).is_some() {
                let (q, why) = shrink(p, seed);
                let mut text = String::new();
                for (n, c) in q.iter().enumerate() {
                    let shown: Vec<(usize, &I)> = c.iter().enumerate().filter(|x| *x.1 != I::Mov(0, 0)).collect();
                    text += &format!("  code {n}: {shown:?}\n");
                }
                panic!("program {i}, run {k} (seed {seed}): {why}\n{text}");
            }
        }
    }
    let coverage = COVERAGE.take();
    if std::env::var("TANGLE_STATS").is_ok() {
        println!("{coverage:?}");
    }
    // A fuzz that compiles nothing finds nothing. (A few programs, as when looking for a mistake, need not do everything.)
    for (what, n) in &coverage {
        assert!(programs < 1000 || *n >= programs * runs / 100, "{n} {what} in {programs} programs are too few to test anything");
    }
}

/// `TANGLE_ONE=program,seed cargo test one -- --ignored --nocapture`: one run with its log and dump.
#[test]
#[ignore = "for debugging"]
fn one() {
    let spec = std::env::var("TANGLE_ONE").expect("TANGLE_ONE=program,seed");
    let (i, seed) = spec.split_once(',').unwrap();
    let (p, seed) = (seeded(i.parse().unwrap()), seed.parse().unwrap());
    let mut o = random_options(seed);
    println!("{o:?}");
    #[cfg(feature = "mutants")]
    jit::mutants::plant(std::env::var("TANGLE_MUTANT").ok().and_then(|m| jit::mutants::named(&m)));
    let (q, why) = shrink(p, seed);
    println!("{why}");
    for c in &q {
        println!("{c:?}");
    }
    (o.log, o.dump) = (Some(jit::options::Sink::Stderr), Some(jit::options::Sink::Stderr));
    run(&q, Some(o));
}

/// New code is made for ever, in the outer loop or in calls back from a compiled one: what was compiled for the old goes.
#[test]
fn traces_of_code_that_is_no_longer_run_are_freed() {
    let mut vm = Vm::<Tangle>::with_stack(Runtime { fuel: u64::MAX, ..Runtime::default() }, 1 << 15, 1 << 11);
    let o = Options { threshold: 2, sweep_every: 16, ..Options::with_mode(Mode::On) };
    jit::install(&mut vm, o).unwrap();
    let global = vm.core.heap.alloc(lang::A::TYPE);
    for f in [lang::A::a0, lang::A::a1, lang::A::a2] {
        global.init(f, Value::small_int(0));
    }
    vm.rt.global = Some(global);
    let jit = jit::of(&vm).unwrap();
    let mut most = 0;
    // Register 8 counts to register 9 in steps of register 7. The main loop calls back a loop that reads a cell, and changes it now and then.
    let inner = vec![I::K(7, 1), I::K(8, 0), I::K(9, 9), I::Loop(0), I::Cell(3, 1, 3), I::NewA(2), I::Add(8, 8, 7), I::JLt(8, 9, -5), I::Ret(3)];
    let outer =
        vec![I::K(7, 1), I::K(8, 0), I::K(9, 40), I::Loop(0), I::Callback(1, 1, 8), I::SetCell(1, 8), I::Add(8, 8, 7), I::JLt(8, 9, -5), I::Halt];
    for round in 0..400 {
        let codes = load(&[outer.clone(), inner.clone()]);
        codes.iter().for_each(|c| c.global.set(global.into()));
        vm.run_code(CodeRef::new(&codes[0]), &[Value::small_int(0); FRAME_ARGS]).expect("room");
        if round == 100 {
            most = jit.code_bytes();
        }
        if round > 100 {
            assert!(jit.trace_count() < 100, "{} traces in round {round}", jit.trace_count());
            assert!(jit.code_bytes() < 2 * most + (1 << 16), "{} bytes of code in round {round}, {most} before", jit.code_bytes());
        }
    }
    let freed = jit.stats().rows().iter().find(|r| r.0 == "freed").unwrap().1;
    assert!(freed > 400, "only {freed} traces were freed");
}
