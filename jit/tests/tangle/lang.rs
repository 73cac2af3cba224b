//! Tangle: a language of deliberately nasty instructions, for fuzzing prefix replay, virtuals and bridges. Effects come before
//! guards, objects link to themselves, frames are pushed in the middle of instructions, residual functions call back.
//! (Grown from the design's replay prototype.)

use framework::quasi::QuasiCell;
use framework::{CodeRef, Flow, Green, Hot, HotCell, Language, Obj, RAISED, Tracer, Val, Value, Vm, World, layout, residual};

layout! {
    /// Three fields.
    pub A = 16 { mut a0: Value, mut a1: Value, mut a2: Value }
    /// The same with another type, and a field that is set once.
    pub B = 17 { mut b0: Value, mut b1: Value, mut b2: Value, once: i64 }
    /// An array.
    pub Arr = 18 { len: i64, [mut items: Value] }
}

/// Registers a program names; two more hold what a continuation saves.
/// What `Huge` gives.
pub const HUGE: [i64; 6] = [i64::MAX, 1 << 61, (1 << 61) - 1, -(1 << 61), -(1 << 61) - 1, i64::MIN];
pub const NREGS: u32 = 10;
const FRAME: u32 = NREGS + 2;
/// The registers a run starts with.
pub const FRAME_ARGS: usize = FRAME as usize;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum I {
    K(u8, i64),
    KFloat(u8, i64),
    /// One of the numbers at the ends of small and of all integers.
    Huge(u8, u8),
    /// The lowest eight bits.
    Mask(u8, u8),
    /// Of the lowest bits of two numbers: tests of them, sums of them, masks of what was tested.
    Bits(u8, u8, u8),
    /// A sum of any size; where it overflows, something else.
    Wide(u8, u8, u8),
    Mov(u8, u8),
    Add(u8, u8, u8),
    Sub(u8, u8, u8),
    Mul(u8, u8, u8),
    Div(u8, u8, u8),
    JLt(u8, u8, i16),
    JEq(u8, u8, i16),
    Loop(u8),
    NewA(u8),
    NewB(u8),
    Glob(u8),
    Get(u8, u8, u8),
    Set(u8, u8, u8),
    NewInit(u8, u8, u8),
    Bump(u8, u8),
    Swap(u8, u8),
    Chain(u8, u8, u8),
    Two(u8, u8, u8),
    Walk(u8, u8),
    Prom(u8, u8, u8),
    Poly(u8, u8),
    ReadOnly(u8, u8),
    Opaque(u8, u8),
    Raise(u8, u8),
    NewArr(u8, u8, u8),
    ArrGet(u8, u8, u8),
    ArrSet(u8, u8, u8),
    Aux(u8, u8),
    Callback(u8, u8, u8),
    Call(u8, u8, u8),
    CallMid(u8, u8, u8, u8),
    Iter(u8, u8, u8),
    Tail(u8, u8),
    Ret(u8),
    /// Gives back a register, and reads no other.
    Give(u8),
    RetX(u8),
    /// Reads a quasi-immutable cell between an effect and a guard.
    Cell(u8, u8, u8),
    /// Writes one, now and then.
    SetCell(u8, u8),
    /// An effect, an allocation that replay repeats, and only then an object that the log holds.
    Late(u8, u8),
    /// Promotes an object.
    PromObj(u8, u8),
    Halt,
}

impl I {
    /// Registers the instruction may read, and those it always writes, as sets.
    fn reads_and_writes(self) -> (u16, u16) {
        let s = |r: &[u8]| r.iter().fold(0u16, |s, &r| s | 1 << r);
        match self {
            I::K(d, _) | I::KFloat(d, _) | I::Huge(d, _) | I::NewA(d) | I::NewB(d) | I::Glob(d) => (0, s(&[d])),
            I::Mov(d, a) | I::Opaque(d, a) | I::ReadOnly(d, a) | I::Walk(d, a) => (s(&[a]), s(&[d])),
            I::Add(d, a, b) | I::Sub(d, a, b) | I::Mul(d, a, b) | I::NewInit(d, a, b) | I::NewArr(d, a, b) => (s(&[a, b]), s(&[d])),
            I::Two(d, e, a) => (s(&[d, a]), s(&[d, e])),
            I::JLt(a, b, _) | I::JEq(a, b, _) | I::Swap(a, b) => (s(&[a, b]), 0),
            I::Set(o, _, v) => (s(&[o, v]), 0),
            I::ArrSet(a, i, v) => (s(&[a, i, v]), 0),
            I::Wide(_, a, b)
            | I::Bits(_, a, b)
            | I::Div(_, a, b)
            | I::Chain(_, a, b)
            | I::Prom(_, a, b)
            | I::ArrGet(_, a, b)
            | I::CallMid(_, _, a, b) => (s(&[a, b]), 0),
            I::Get(_, a, _) | I::Mask(_, a) | I::Bump(_, a) | I::Poly(_, a) | I::Raise(_, a) | I::Aux(_, a) | I::PromObj(_, a) | I::Late(_, a) => {
                (s(&[a]), 0)
            }
            I::Callback(_, _, a) | I::Call(_, _, a) | I::Iter(_, _, a) | I::Cell(_, _, a) | I::SetCell(_, a) => (s(&[a]), 0),
            I::Tail(_, a) => (s(&[a, 1]), 0),
            I::Ret(a) | I::RetX(a) => (s(&[a, 0]), 0),
            I::Give(a) => (s(&[a]), 0),
            I::Loop(_) => (0, 0),
            I::Halt => ((1 << NREGS) - 1, 0),
        }
    }

    /// Does a continuation read what it saved in the caller's frame?
    fn saves(self) -> bool {
        matches!(self, I::CallMid(..) | I::Iter(..))
    }
}

/// Live registers before each instruction, by the usual backward dataflow.
pub fn liveness(ins: &[I]) -> Vec<u16> {
    let mut live = vec![0u16; ins.len() + 1];
    loop {
        let old = live.clone();
        for (pc, &i) in ins.iter().enumerate().rev() {
            let (reads, writes) = i.reads_and_writes();
            let next = match i {
                I::Ret(_) | I::RetX(_) | I::Give(_) | I::Tail(..) | I::Halt => 0,
                I::JLt(_, _, o) | I::JEq(_, _, o) => live[pc + 1] | live[(pc as i32 + 1 + o as i32) as usize],
                _ => live[pc + 1],
            };
            live[pc] = next & !writes | reads;
        }
        if live == old {
            break;
        }
    }
    // What is saved across a call is read when it returns to the instruction after it.
    for (pc, i) in ins.iter().enumerate() {
        if i.saves() {
            live[pc + 1] |= 3 << NREGS;
        }
    }
    live
}

pub struct Code {
    pub ins: Vec<I>,
    pub hot: Vec<HotCell>,
    /// All code objects of the program, by number.
    pub all: &'static std::cell::OnceCell<Vec<Code>>,
    pub global: std::cell::Cell<Value>,
    /// See `liveness`.
    pub live: Vec<u16>,
    /// A quasi-immutable cell.
    pub cell: QuasiCell<i64>,
}
// SAFETY: nothing of it changes once the program runs.
unsafe impl Green for Code {}

#[derive(Default)]
pub struct Runtime {
    /// What opaque functions saw, hashed.
    pub log: Vec<u64>,
    pub opaque: u64,
    pub nesting: u32,
    pub nested_runs: u64,
    pub steps: u64,
    pub fuel: u64,
    pub global: Option<Obj>,
}

pub struct Tangle;

fn int(i: i64) -> Value {
    Value::small_int(i)
}

/// A hash of the object graph reachable from the roots, with identity by order of visit.
pub fn dump(roots: &[Value], limit: usize) -> u64 {
    let mut numbers = std::collections::HashMap::new();
    let mut queue = vec![];
    let mut h = 0xcbf2_9ce4_8422_2325u64;
    let mut put = |v: Value, queue: &mut Vec<Obj>| {
        let word = if let Some(i) = v.int() {
            i as u64 ^ 0x55
        } else if let Some(f) = v.float() {
            if f.is_nan() { 0x7ff8 } else { f.to_bits() }
        } else if let Some(o) = v.obj() {
            let n = numbers.len() as u64;
            *numbers.entry(o).or_insert_with(|| {
                queue.push(o);
                n
            })
        } else {
            v.0
        };
        h = (h ^ word).wrapping_mul(0x0100_0000_01b3);
        h ^= h >> 29;
    };
    for &r in roots {
        put(r, &mut queue);
    }
    let mut i = 0;
    while i < queue.len() && i < limit {
        let o = queue[i];
        put(int(o.type_id() as i64 * 1000 + o.aux() as i64), &mut queue);
        match o.type_id() {
            A::ID => [A::a0, A::a1, A::a2].iter().for_each(|&f| put(o.get(f), &mut queue)),
            B::ID => {
                [B::b0, B::b1, B::b2].iter().for_each(|&f| put(o.get(f), &mut queue));
                put(int(o.get(B::once)), &mut queue);
            }
            _ => o.elems(Arr::items).iter().for_each(|&v| put(v, &mut queue)),
        }
        i += 1;
    }
    h
}

fn raw_get(o: Obj, n: u64) -> Value {
    match o.type_id() {
        A::ID => o.get([A::a0, A::a1, A::a2][n as usize]),
        B::ID => o.get([B::b0, B::b1, B::b2][n as usize]),
        Arr::ID if o.len() > n as usize => o.elem(Arr::items, n as usize),
        _ => int(3),
    }
}

fn raw_set(vm: &mut Vm<Tangle>, o: Obj, n: u64, v: Value) {
    match o.type_id() {
        A::ID => vm.core.heap.set(o, [A::a0, A::a1, A::a2][n as usize], v),
        B::ID => vm.core.heap.set(o, [B::b0, B::b1, B::b2][n as usize], v),
        Arr::ID if o.len() > n as usize => vm.core.heap.set_elem(o, Arr::items, n as usize, v),
        _ => {}
    }
}

residual! {
    fn SLOW[Any](vm: &mut Vm<Tangle>, a: Value) -> Value {
        vm.rt.opaque += 1;
        let h = dump(&[a, int(0)], 8);
        vm.rt.log.push(h);
        int((vm.rt.opaque % 5) as i64)
    }
    fn READ_ONLY[ReadOnly](vm: &mut Vm<Tangle>, a: Value) -> Value {
        match a.obj() {
            Some(o) => raw_get(o, 0),
            None => int(a.int().unwrap_or(0) & 15),
        }
    }
    fn TWICE[Pure](vm: &mut Vm<Tangle>, a: Value) -> Value {
        let f = a.float().unwrap_or(a.int().unwrap_or(0) as f64);
        vm.core.heap.float(f * 1e200)
    }
    fn OPAQUE[Any](vm: &mut Vm<Tangle>, a: Value) -> Value {
        vm.rt.opaque += 1;
        let n = vm.rt.opaque;
        if n.is_multiple_of(11) {
            vm.interrupter().interrupt();
        }
        let h = dump(&[a, int(n as i64)], 16);
        vm.rt.log.push(h);
        if let Some(o) = a.obj() {
            raw_set(vm, o, 2, int((n % 7) as i64));
        }
        if n.is_multiple_of(4) {
            let g = vm.rt.global.expect("the global object");
            raw_set(vm, g, n / 4 % 3, a);
        }
        match a.obj() {
            Some(o) => raw_get(o, n % 2),
            None => int((a.int().unwrap_or(1) * 3 + n as i64).rem_euclid(120)),
        }
    }
    fn MAY_RAISE[Any](vm: &mut Vm<Tangle>, a: Value) -> Value {
        vm.rt.opaque += 1;
        let h = dump(&[a, int(-5)], 16);
        vm.rt.log.push(h);
        if vm.rt.opaque % 3 == 0 { RAISED } else { int((vm.rt.opaque % 50) as i64) }
    }
    /// Changes a code object's cell every third time.
    fn WRITE_CELL[Any](vm: &mut Vm<Tangle>, code: i64) -> Value {
        vm.rt.opaque += 1;
        // SAFETY: the address of a code object, from the instruction.
        let cell = unsafe { &CodeRef::<Tangle>::from_addr(code as u64).get().cell };
        let old = cell.get();
        if vm.rt.opaque.is_multiple_of(3) {
            cell.set(old % 5 + 1);
        }
        int(old)
    }
    fn CALLBACK[Any](vm: &mut Vm<Tangle>, code: i64, a: Value) -> Value {
        if vm.rt.nesting >= 2 {
            return int(3);
        }
        vm.rt.nesting += 1;
        vm.rt.nested_runs += 1;
        let h = dump(&[a, int(-1000)], 16);
        vm.rt.log.push(h);
        // SAFETY: the address of a code object, from the instruction.
        let code = unsafe { CodeRef::<Tangle>::from_addr(code as u64) };
        let mut args = [int(0); FRAME_ARGS];
        args[0] = a;
        let r = vm.run_code(code, &args).expect("room on the stack");
        vm.rt.nesting -= 1;
        let h = dump(&[r, int(-2000)], 16);
        vm.rt.log.push(h);
        r
    }
}

fn is_node<W: World>(w: &mut W, v: Val<W>) -> bool {
    if w.is_int(v) || w.is_float(v) || !w.is_obj(v) {
        return false;
    }
    let o = w.to_obj(v);
    w.type_of(o) != Arr::ID
}

fn get<W: World>(w: &mut W, v: Val<W>, n: usize) -> Val<W> {
    let o = w.to_obj(v);
    if w.type_of(o) == A::ID { w.load(o, [A::a0, A::a1, A::a2][n]) } else { w.load(o, [B::b0, B::b1, B::b2][n]) }
}

fn set<W: World>(w: &mut W, v: Val<W>, n: usize, x: Val<W>) {
    let o = w.to_obj(v);
    if w.type_of(o) == A::ID { w.store(o, [A::a0, A::a1, A::a2][n], x) } else { w.store(o, [B::b0, B::b1, B::b2][n], x) }
}

fn new<W: World>(w: &mut W, b: bool) -> Val<W> {
    let zero = w.constant(int(0));
    let o = w.new(if b { B::TYPE } else { A::TYPE });
    for n in 0..3 {
        if b { w.store(o, [B::b0, B::b1, B::b2][n], zero) } else { w.store(o, [A::a0, A::a1, A::a2][n], zero) }
    }
    if b {
        let k = w.constant(7i64);
        w.store(o, B::once, k);
    }
    w.from_obj(o)
}

/// Integer or float arithmetic; what overflows a small range goes to an opaque function.
fn arith<W: World>(w: &mut W, x: Val<W>, y: Val<W>, k: u8) -> Val<W> {
    if w.is_int(x) && w.is_int(y) {
        let (a, b) = (w.to_int(x), w.to_int(y));
        let z = match k {
            0 => w.add_ovf(a, b),
            1 => w.sub_ovf(a, b),
            _ => w.mul_ovf(a, b),
        };
        if let Some(z) = z {
            let limit = w.constant(1i64 << 20);
            let low = w.constant(-(1i64 << 20));
            if w.lt(z, limit) && w.lt(low, z) {
                return w.from_int(z);
            }
        }
    } else if w.is_float(x) && (w.is_float(y) || w.is_int(y)) {
        let a = w.to_float(x);
        let b = if w.is_float(y) {
            w.to_float(y)
        } else {
            let i = w.to_int(y);
            w.int_to_float(i)
        };
        let z = match k {
            0 => w.fadd(a, b),
            1 => w.fsub(a, b),
            _ => w.fmul(a, b),
        };
        return w.from_float(z);
    }
    w.call(&SLOW, (x,))
}

fn small<W: World>(w: &mut W, v: Val<W>, k: i64) -> bool {
    w.is_int(v) && {
        let (i, k) = (w.to_int(v), w.constant(k));
        w.lt(i, k)
    }
}

fn cont(kind: u64, d: u8, c: u8, i: u8) -> u64 {
    kind | (d as u64) << 8 | (c as u64) << 16 | (i as u64) << 24
}

fn push<W: World<Lang = Tangle>>(w: &mut W, c: u8, arg: Val<W>, k: u64) {
    let zero = w.constant(int(0));
    for r in 0..FRAME {
        w.set(FRAME + r, if r == 0 { arg } else { zero });
    }
    let code = CodeRef::new(&w.code().get().all.get().expect("a program")[c as usize]);
    assert!(w.push_frame(code, FRAME, k), "the program recurses too deep");
}

impl Language for Tangle {
    type Code = Code;
    type Runtime = Runtime;

    fn registers(_: &Code) -> u32 {
        FRAME
    }
    fn is_live(code: &Code, pc: u32, r: u32) -> bool {
        code.live.get(pc as usize).is_some_and(|live| live >> r & 1 != 0)
    }
    fn given_back(code: &Code, pc: u32) -> Option<u32> {
        match code.ins.get(pc as usize) {
            Some(&I::Give(a)) => Some(a as u32),
            _ => None,
        }
    }
    fn location(_: &Code, pc: u32) -> String {
        format!("pc {pc}")
    }
    fn disassemble(code: &Code, pc: u32) -> String {
        format!("{:?}", code.ins[pc as usize])
    }
    fn trace_roots(rt: &Runtime, tracer: &mut Tracer) {
        rt.global.into_iter().for_each(|o| tracer.obj(o));
    }
    fn interrupt(_: &mut Vm<Self>) -> Flow {
        Flow::Next
    }

    fn step<W: World<Lang = Self>>(w: &mut W) -> Flow {
        let code = w.code().get();
        let pc = w.pc();
        w.set_pc(pc + 1);
        macro_rules! g {
            ($x:expr) => {
                w.get($x as u32)
            };
        }
        macro_rules! s {
            ($x:expr, $v:expr) => {{
                let v = $v;
                w.set($x as u32, v)
            }};
        }
        let jump = |w: &mut W, o: i16| w.set_pc((pc as i32 + 1 + o as i32) as u32);
        match code.ins[pc as usize] {
            I::K(d, k) => s!(d, w.constant(int(k))),
            I::KFloat(d, k) => s!(d, w.constant(Value::immediate_float(k as f64 / 2.0).unwrap())),
            I::Huge(d, k) => {
                let k = w.constant(HUGE[k as usize]);
                s!(d, w.from_int(k))
            }
            I::Mask(d, a) => {
                let a = g!(a);
                if w.is_int(a) {
                    let (x, mask) = (w.to_int(a), w.constant(255i64));
                    let z = w.and(x, mask);
                    s!(d, w.from_int(z))
                }
            }
            I::Bits(d, a, b) => {
                let (a, b) = (g!(a), g!(b));
                if w.is_int(a) && w.is_int(b) {
                    let (x, y) = (w.to_int(a), w.to_int(b));
                    let [one, two, four, six, top] = [1, 2, 4, 6, 1023].map(|k| w.constant(k));
                    let tested = w.and(x, six);
                    let z = if w.eq(tested, two) {
                        let odd = w.or(y, one);
                        let high = w.and(x, four);
                        w.add(odd, high)
                    } else {
                        let high = w.and(x, four);
                        let even = w.mul(y, six);
                        w.sub(even, high)
                    };
                    let (p, q) = (w.and(x, one), w.and(y, one));
                    let sum = w.add(p, q);
                    let carry = w.and(sum, two);
                    let (z, shifted) = (w.xor(z, carry), w.shl(z, two));
                    let z = if w.eq(shifted, z) { w.mod_floor(shifted, four) } else { w.and(z, top) };
                    s!(d, w.from_int(z))
                }
            }
            I::Wide(d, a, b) => {
                let (a, b) = (g!(a), g!(b));
                if w.is_int(a) && w.is_int(b) {
                    let (x, y) = (w.to_int(a), w.to_int(b));
                    let z = w.add_ovf(x, y).unwrap_or_else(|| {
                        let k = w.constant(40i64);
                        w.shr(x, k)
                    });
                    s!(d, w.from_int(z))
                }
            }
            I::Mov(d, a) => s!(d, g!(a)),
            I::Add(d, a, b) => {
                let (a, b) = (g!(a), g!(b));
                s!(d, arith(w, a, b, 0))
            }
            I::Sub(d, a, b) => {
                let (a, b) = (g!(a), g!(b));
                s!(d, arith(w, a, b, 1))
            }
            I::Mul(d, a, b) => {
                let (a, b) = (g!(a), g!(b));
                s!(d, arith(w, a, b, 2))
            }
            I::Div(d, a, b) => {
                let (a, b) = (g!(a), g!(b));
                if w.is_int(a) && w.is_int(b) {
                    let (x, y) = (w.to_int(a), w.to_int(b));
                    if !w.is(y, 0) {
                        let q = w.div_floor(x, y);
                        let r = w.mod_floor(x, y);
                        let z = w.xor(q, r);
                        s!(d, w.from_int(z))
                    } else {
                        s!(d, w.call(&TWICE, (a,)))
                    }
                } else if w.is_float(a) {
                    let x = w.to_float(a);
                    let y = w.constant(3.0);
                    let z = w.fdiv(x, y);
                    match w.float_to_int(z) {
                        Some(i) => s!(d, w.from_int(i)),
                        None => s!(d, w.constant(int(4))),
                    }
                }
            }
            I::JLt(a, b, o) => {
                let (x, y) = (g!(a), g!(b));
                if w.is_int(x) && w.is_int(y) {
                    let (x, y) = (w.to_int(x), w.to_int(y));
                    if w.lt(x, y) {
                        jump(w, o)
                    }
                } else if w.is_float(x) && w.is_float(y) {
                    let (x, y) = (w.to_float(x), w.to_float(y));
                    if w.fle(x, y) {
                        jump(w, o)
                    }
                }
            }
            I::JEq(a, b, o) => {
                let (x, y) = (g!(a), g!(b));
                if is_node(w, x) && w.same(x, y) {
                    jump(w, o)
                }
            }
            I::Loop(h) => return Flow::Header(Hot::new(&code.hot[h as usize])),
            I::NewA(d) => s!(d, new(w, false)),
            I::NewB(d) => s!(d, new(w, true)),
            I::Glob(d) => s!(d, w.constant(code.global.get())),
            I::Get(d, o, n) => {
                let x = g!(o);
                if is_node(w, x) {
                    s!(d, get(w, x, n as usize))
                }
            }
            I::Set(o, n, v) => {
                let x = g!(o);
                if is_node(w, x) {
                    let v = g!(v);
                    set(w, x, n as usize, v)
                }
            }
            // Guards between and after stores to a fresh object.
            I::NewInit(d, a, b) => {
                let (a, b) = (g!(a), g!(b));
                let o = new(w, false);
                set(w, o, 0, a);
                set(w, o, 1, b);
                let sum = arith(w, a, b, 0);
                set(w, o, 2, sum);
                s!(d, o);
                if small(w, sum, 9) {
                    set(w, o, 0, sum)
                }
            }
            // Effects before guards in a Rust loop, Rust locals across.
            I::Bump(d, o) => {
                let x = g!(o);
                if is_node(w, x) {
                    let mut total = w.constant(0i64);
                    for n in 0..2 {
                        let old = get(w, x, n);
                        let three = w.constant(int(3));
                        let new = arith(w, old, three, 0);
                        set(w, x, n, new);
                        let y = w.call(&OPAQUE, (new,));
                        if w.is_int(y) {
                            let (i, hundred) = (w.to_int(y), w.constant(100i64));
                            if w.lt(i, hundred) {
                                total = w.add(total, i)
                            } else {
                                let seven = w.constant(7i64);
                                total = w.sub(total, seven);
                                let one = w.constant(int(1));
                                set(w, x, n, one)
                            }
                        }
                    }
                    s!(d, w.from_int(total))
                }
            }
            I::Swap(o, p) => {
                let (o, p) = (g!(o), g!(p));
                if is_node(w, o) && is_node(w, p) {
                    let x = get(w, o, 0);
                    let y = get(w, p, 1);
                    set(w, o, 0, y);
                    if w.is_int(y) {
                        set(w, p, 1, x);
                        let both = w.is_int(x) && {
                            let (i, j) = (w.to_int(x), w.to_int(y));
                            w.lt(i, j)
                        };
                        if both {
                            w.call(&OPAQUE, (x,));
                        } else {
                            set(w, o, 2, p)
                        }
                    } else {
                        let five = w.constant(int(5));
                        set(w, p, 2, five);
                        set(w, p, 1, x);
                        if w.is_int(x) {
                            set(w, o, 1, y)
                        }
                    }
                }
            }
            // Allocate, link both ways, identity tests through memory, a call, more guards.
            I::Chain(d, o, a) => {
                let o = g!(o);
                if is_node(w, o) {
                    let n = new(w, true);
                    set(w, n, 0, o);
                    let old = get(w, o, 1);
                    set(w, n, 1, old);
                    set(w, o, 1, n);
                    let back = get(w, o, 1);
                    if w.is_int(back) {
                        let k = w.constant(int(666));
                        w.call(&OPAQUE, (k,));
                    } else if !w.same(back, n) {
                        let k = w.constant(int(777));
                        w.call(&OPAQUE, (k,));
                    }
                    let a = g!(a);
                    let y = w.call(&OPAQUE, (a,));
                    let m = get(w, o, 1);
                    if small(w, y, 50) {
                        let m2 = get(w, n, 0);
                        if is_node(w, m2) {
                            set(w, m2, 2, y);
                            if !w.same(m2, o) {
                                w.call(&OPAQUE, (m2,));
                            }
                        }
                        s!(d, n)
                    } else {
                        let f = get(w, o, 0);
                        set(w, n, 2, f);
                        s!(d, m)
                    }
                }
            }
            // One fresh object through two registers; guards on other data between writes by both names.
            I::Two(d, e, a) => {
                let n = new(w, false);
                let old = g!(d);
                s!(d, n);
                s!(e, n);
                set(w, n, 0, old);
                let a = g!(a);
                if w.is_int(a) {
                    let x = g!(d);
                    if is_node(w, x) {
                        set(w, x, 1, a);
                    }
                    if small(w, a, 7) {
                        let y = g!(e);
                        if is_node(w, y) {
                            let q = get(w, y, 1);
                            let one = w.constant(int(1));
                            let sum = arith(w, q, one, 0);
                            set(w, y, 2, sum);
                        }
                    }
                } else if is_node(w, a) {
                    let was = get(w, a, 0);
                    set(w, a, 0, n);
                    if is_node(w, was) {
                        let y = g!(e);
                        if is_node(w, y) {
                            let k = get(w, y, 0);
                            let x = g!(d);
                            set(w, was, 1, x);
                            if w.is_int(k) {
                                w.call(&OPAQUE, (was,));
                            } else if !w.same(k, was) {
                                set(w, n, 2, k)
                            }
                        }
                    }
                }
            }
            I::Walk(d, o) => {
                let first = g!(o);
                let mut x = first;
                let mut n = w.constant(0i64);
                for _ in 0..3 {
                    if !is_node(w, x) {
                        break;
                    }
                    let v = get(w, x, 2);
                    if w.is_int(v) {
                        let i = w.to_int(v);
                        let twenty = w.constant(20i64);
                        if w.lt(i, twenty) {
                            let one = w.constant(1i64);
                            let j = w.add(i, one);
                            let j = w.from_int(j);
                            set(w, x, 2, j);
                            n = w.add(n, i)
                        } else {
                            let thirty = w.constant(30i64);
                            let j = w.sub(i, thirty);
                            let j = w.from_int(j);
                            let y = w.call(&OPAQUE, (j,));
                            set(w, x, 2, y)
                        }
                    } else {
                        let one = w.constant(int(1));
                        set(w, x, 2, one)
                    }
                    let next = get(w, x, 1);
                    if is_node(w, next) && w.same(next, first) {
                        let k = w.from_int(n);
                        w.call(&OPAQUE, (k,));
                        break;
                    }
                    x = next
                }
                s!(d, w.from_int(n))
            }
            I::Prom(d, a, o) => {
                let x = g!(a);
                if w.is_int(x) {
                    let (i, three) = (w.to_int(x), w.constant(3i64));
                    let i = w.and(i, three);
                    let k = w.promote(i);
                    let mut last = g!(o);
                    for i in 0..k {
                        let n = new(w, false);
                        set(w, n, 0, last);
                        let c = w.constant(int(i));
                        set(w, n, 2, c);
                        if is_node(w, last) {
                            set(w, last, 1, n)
                        }
                        let c = w.constant(int(k));
                        let y = w.call(&SLOW, (c,));
                        let (y, one) = (w.to_int(y), w.constant(1i64));
                        let z = w.and(y, one);
                        if w.promote(z) == 1 {
                            last = n
                        }
                    }
                    s!(d, last)
                }
            }
            I::Poly(d, o) => {
                let o = g!(o);
                if is_node(w, o) {
                    let x = get(w, o, 1);
                    let one = w.constant(int(1));
                    let y = arith(w, x, one, 0);
                    set(w, o, 1, y);
                    match w.promote_poly(y, 2) {
                        Some(k) if k == int(3) => s!(d, x),
                        Some(_) => s!(d, y),
                        None => {
                            if w.is(y, int(3)) {
                                s!(d, x)
                            } else {
                                s!(d, y)
                            }
                        }
                    }
                }
            }
            // A read-only function must be logged (its result changes by the store), but is no effect itself.
            I::ReadOnly(d, a) => {
                let x = g!(a);
                let y = w.call(&READ_ONLY, (x,));
                let few = small(w, y, 5);
                if is_node(w, x) {
                    let k = w.constant(int(if few { 2 } else { -4 }));
                    let z = arith(w, y, k, 0);
                    set(w, x, 0, z)
                }
                let z = w.call(&READ_ONLY, (x,));
                let less = w.is_int(z) && w.is_int(y) && {
                    let (i, j) = (w.to_int(z), w.to_int(y));
                    w.lt(i, j)
                };
                s!(d, if less { y } else { z })
            }
            // The number after the last guard depends on the cell; a callback may change it in the middle.
            I::Cell(d, c, o) => {
                let o = g!(o);
                let cells = code.all.get().unwrap();
                let k = w.quasi(&cells[c as usize].cell);
                let k = w.constant(int(k));
                if is_node(w, o) {
                    let old = get(w, o, 1);
                    set(w, o, 1, k);
                    let sum = arith(w, old, k, 0);
                    if small(w, sum, 12) {
                        set(w, o, 2, sum);
                        w.call(&OPAQUE, (sum,));
                    }
                    let again = w.quasi(&cells[c as usize].cell);
                    s!(d, w.constant(int(again)))
                } else {
                    s!(d, arith(w, o, k, 1))
                }
            }
            I::SetCell(c, a) => {
                let a = g!(a);
                if w.is_int(a) {
                    let code = CodeRef::<Tangle>::new(&code.all.get().unwrap()[c as usize]).addr();
                    let code = w.constant(code as i64);
                    w.call(&WRITE_CELL, (code,));
                }
            }
            I::Late(d, o) => {
                let o = g!(o);
                if is_node(w, o) {
                    let x = get(w, o, 2);
                    let five = w.constant(int(5));
                    set(w, o, 2, five);
                    let rare = w.constant(1e300);
                    let rare = w.from_float(rare);
                    let n = new(w, true);
                    set(w, n, 0, rare);
                    set(w, n, 1, rare);
                    if small(w, x, 3) {
                        set(w, o, 1, n)
                    }
                    s!(d, n)
                }
            }
            I::PromObj(d, a) => {
                let a = g!(a);
                if is_node(w, a) {
                    let x = get(w, a, 0);
                    if small(w, x, 2) {
                        w.promote(a);
                        let y = get(w, a, 1);
                        s!(d, y)
                    }
                }
            }
            I::Opaque(d, a) => {
                let a = g!(a);
                s!(d, w.call(&OPAQUE, (a,)))
            }
            I::Raise(d, o) => {
                let o = g!(o);
                if is_node(w, o) {
                    let q = get(w, o, 1);
                    let one = w.constant(int(1));
                    let sum = arith(w, q, one, 0);
                    set(w, o, 1, sum);
                    match w.call_raising(&MAY_RAISE, (o,)) {
                        Ok(y) => {
                            if small(w, y, 25) {
                                set(w, o, 2, y)
                            }
                            s!(d, y)
                        }
                        Err(_) => {
                            let b = new(w, true);
                            set(w, b, 0, o);
                            s!(d, b)
                        }
                    }
                }
            }
            I::NewArr(d, a, b) => {
                let (a, b) = (g!(a), g!(b));
                let n = w.constant(3i64);
                let o = w.new_array(Arr::TYPE, n);
                for i in 0..3 {
                    let k = w.constant(i as i64);
                    let v = if i == 1 { b } else { a };
                    w.store_elem(o, Arr::items, k, v);
                    if w.is_int(a) && i == 1 {
                        w.store_elem(o, Arr::items, k, a)
                    }
                }
                s!(d, w.from_obj(o))
            }
            I::ArrGet(d, a, i) => {
                let (a, i) = (g!(a), g!(i));
                if w.is_a(a, Arr::TYPE) && w.is_int(i) {
                    let (o, i) = (w.to_obj(a), w.to_int(i));
                    let three = w.constant(3i64);
                    let i = w.and(i, three);
                    let n = w.len(o, Arr::TYPE);
                    if w.ult(i, n) {
                        s!(d, w.load_elem(o, Arr::items, i))
                    }
                }
            }
            I::ArrSet(a, i, v) => {
                let (a, i, v) = (g!(a), g!(i), g!(v));
                if w.is_a(a, Arr::TYPE) && w.is_int(i) {
                    let (o, i) = (w.to_obj(a), w.to_int(i));
                    let three = w.constant(3i64);
                    let i = w.and(i, three);
                    let n = w.len(o, Arr::TYPE);
                    if w.ult(i, n) {
                        w.store_elem(o, Arr::items, i, v);
                        let one = w.constant(1i64);
                        let x = w.load_elem(o, Arr::items, one);
                        if small(w, x, 11) {
                            w.store_elem(o, Arr::items, one, v)
                        }
                    }
                }
            }
            I::Aux(d, o) => {
                let o = g!(o);
                if is_node(w, o) {
                    let o = w.to_obj(o);
                    let a = w.aux(o);
                    let one = w.constant(1i64);
                    let b = w.add(a, one);
                    let mask = w.constant(15i64);
                    let b = w.and(b, mask);
                    w.set_aux(o, b);
                    let five = w.constant(5i64);
                    if w.lt(b, five) {
                        s!(d, w.from_int(a))
                    }
                }
            }
            // An opaque function that calls back into a nested run, effects before and after.
            I::Callback(d, c, o) => {
                let o = g!(o);
                if is_node(w, o) {
                    let q = get(w, o, 0);
                    let one = w.constant(int(1));
                    let sum = arith(w, q, one, 0);
                    set(w, o, 0, sum);
                    let x = get(w, o, 2);
                    if small(w, x, 4) {
                        let b = new(w, false);
                        set(w, b, 0, o);
                        set(w, o, 1, b)
                    } else {
                        let three = w.constant(int(3));
                        set(w, o, 2, three)
                    }
                }
                let callee = CodeRef::<Tangle>::new(&code.all.get().unwrap()[c as usize]).addr();
                let callee = w.constant(callee as i64);
                let v = w.call(&CALLBACK, (callee, o));
                if small(w, v, 10) && is_node(w, o) {
                    let y = get(w, o, 1);
                    set(w, o, 1, v);
                    let less = w.is_int(y) && {
                        let (i, j) = (w.to_int(v), w.to_int(y));
                        w.lt(i, j)
                    };
                    if less {
                        w.call(&OPAQUE, (y,));
                    }
                }
                s!(d, v)
            }
            I::Call(d, c, a) => {
                let a = g!(a);
                push(w, c, a, cont(1, d, 0, 0))
            }
            // Like `__add__`: effects and guards, a push, effects and guards after the push.
            I::CallMid(d, c, o, a) => {
                let (o, a) = (g!(o), g!(a));
                let mut arg = a;
                let node = is_node(w, o);
                if node {
                    let q = get(w, o, 0);
                    let one = w.constant(int(1));
                    let n = arith(w, q, one, 0);
                    set(w, o, 0, n);
                    let y = w.call(&OPAQUE, (n,));
                    if small(w, y, 40) {
                        arg = get(w, o, 2)
                    } else {
                        let b = new(w, false);
                        set(w, b, 0, o);
                        set(w, b, 1, a);
                        arg = b
                    }
                }
                w.set(NREGS, o);
                w.set(NREGS + 1, a);
                push(w, c, arg, cont(2, d, 0, 0));
                if node {
                    let x = get(w, o, 1);
                    w.set(1, x);
                    let four = w.constant(int(4));
                    set(w, o, 1, four);
                    if small(w, x, 3) {
                        let y = w.call(&OPAQUE, (x,));
                        w.set(2, y);
                    }
                    if is_node(w, arg) {
                        set(w, arg, 2, o)
                    } else if small(w, arg, 2) {
                        set(w, o, 2, arg)
                    }
                }
            }
            I::Iter(d, c, o) => {
                let o = g!(o);
                let b = new(w, false);
                set(w, b, 0, o);
                w.set(NREGS, b);
                push(w, c, o, cont(3, d, c, 0))
            }
            I::Tail(c, a) => {
                let a = g!(a);
                let r1 = g!(1);
                match w.pop_frame() {
                    None => {
                        w.finish(a);
                        return Flow::Done;
                    }
                    Some(k) => {
                        let v = w.call(&OPAQUE, (a,));
                        push(w, c, v, k);
                        if w.is_int(r1) {
                            let x = arith(w, r1, v, 1);
                            w.set(1, x)
                        }
                    }
                }
            }
            i @ (I::Ret(a) | I::RetX(a)) => {
                let mut v = g!(a);
                if let I::RetX(_) = i
                    && is_node(w, v)
                {
                    let x = get(w, v, 0);
                    let eight = w.constant(int(8));
                    set(w, v, 0, eight);
                    if small(w, x, 6) {
                        let b = new(w, true);
                        set(w, b, 0, v);
                        set(w, b, 1, x);
                        v = b
                    }
                }
                let r0 = g!(0);
                match w.pop_frame() {
                    None => {
                        w.finish(v);
                        return Flow::Done;
                    }
                    Some(k) => resume(w, k, v, r0),
                }
            }
            I::Give(a) => {
                let v = g!(a);
                match w.pop_frame() {
                    None => {
                        w.finish(v);
                        return Flow::Done;
                    }
                    Some(k) => {
                        let r0 = w.constant(int(3));
                        resume(w, k, v, r0)
                    }
                }
            }
            I::Halt => {
                // The first run's result is its registers, so that they can be compared.
                let n = w.constant(NREGS as i64);
                let o = w.new_array(Arr::TYPE, n);
                for r in 0..NREGS {
                    let (k, v) = (w.constant(r as i64), g!(r));
                    w.store_elem(o, Arr::items, k, v);
                }
                let v = w.from_obj(o);
                w.finish(v);
                return Flow::Done;
            }
        }
        Flow::Next
    }
}

/// The caller goes on with a callee's result.
fn resume<W: World<Lang = Tangle>>(w: &mut W, k: u64, v: Val<W>, callee_r0: Val<W>) {
    let (d, c, i) = ((k >> 8) as u8 as u32, (k >> 16) as u8, (k >> 24) as u8);
    match k & 0xff {
        1 => w.set(d, v),
        2 => {
            let (o, a) = (w.get(NREGS), w.get(NREGS + 1));
            w.set(d, v);
            if w.is_int(v) {
                if is_node(w, o) {
                    set(w, o, 0, v)
                }
                w.call(&OPAQUE, (v,));
                let z = arith(w, v, a, 0);
                if small(w, z, 60) && is_node(w, o) {
                    let p = get(w, o, 2);
                    set(w, o, 2, z);
                    if is_node(w, p) {
                        set(w, p, 1, callee_r0)
                    }
                }
                w.set(d, z)
            } else if is_node(w, o) && w.same(v, o) {
                set(w, o, 1, a);
                if w.is_int(a) {
                    let x = get(w, o, 0);
                    w.set(d, x)
                }
            }
        }
        // A loop inside an instruction with one call an iteration: continuation, green counter, red accumulator.
        3 => {
            let b = w.get(NREGS);
            if !is_node(w, b) {
                return;
            }
            let acc = get(w, b, 1);
            set(w, b, 1, v);
            let n = arith(w, acc, v, 0);
            set(w, b, 2, n);
            if i < 3 && small(w, n, 25) {
                let x = get(w, b, 0);
                push(w, c, x, cont(3, d as u8, c, i + 1));
                if small(w, v, 4) {
                    let y = w.call(&OPAQUE, (n,));
                    w.set(1, y)
                }
            } else {
                w.set(d, b)
            }
        }
        k => unreachable!("continuation {k}"),
    }
}
