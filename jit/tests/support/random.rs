//! Random traces: straight ones, loops, bridges; ints, floats, values, heap objects, calls. Every value they compute is well defined.

use super::{Bytes, CLOBBER, Floats, HALF, Items, MIX, Point, TWICE};
use framework::{Ty, Value};
use jit::ir::*;

/// xorshift64*.
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
    pub fn below(&mut self, n: usize) -> usize {
        ((self.next() >> 33) as usize) % n
    }
    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// A word on the VM stack at the start.
pub fn input(rng: &mut Rng) -> u64 {
    match rng.below(6) {
        0..3 => Value::small_int(rng.below(100) as i64 - 50).0,
        3 => Value::small_int(rng.next() as i64 >> 3).0,
        4 => Value::immediate_float(rng.below(1000) as f64 / 8.0 - 40.0).unwrap().0,
        _ => Value::singleton(1 + rng.below(5) as u32).0,
    }
}

const INTS: [i64; 12] = [0, 1, -1, 2, 7, -8, 63, 1 << 31, -(1 << 31), i64::MAX, i64::MIN, 1 << 61];
const FLOATS: [f64; 10] = [0.0, -0.0, 1.0, -2.5, 1e300, -1e-300, f64::INFINITY, f64::NAN, 9.3e18, 3.99];

pub struct Gen<'r> {
    pub rng: &'r mut Rng,
    pub t: Trace,
    /// Values that may be used.
    known: Vec<(Ref, Ty)>,
    /// Objects: how many bytes or elements they have, and of which type.
    objects: Vec<(Ref, Kind)>,
    pub heap: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Point,
    Items(u32),
    Bytes(u32),
    Floats(u32),
}

impl<'r> Gen<'r> {
    pub fn new(rng: &'r mut Rng, heap: bool) -> Gen<'r> {
        Gen { rng, t: Trace::default(), known: vec![], objects: vec![], heap }
    }

    fn emit(&mut self, op: Op, ty: Ty, imm: u16, a: u32, b: u32, c: u32) -> Ref {
        self.t.insts.push(Inst { op, ty, imm, a, b, c });
        let r = Ref(self.t.insts.len() as u32 - 1);
        if op.has_result() && (op.class() != Class::Guard || imm & 0x8001 != 0) {
            self.known.push((r, ty));
        }
        r
    }

    fn constant(&mut self, ty: Ty) -> Ref {
        let bits = match ty {
            Ty::Int if self.rng.below(3) > 0 => self.rng.below(40) as u64,
            Ty::Int => self.rng.one_of(&INTS) as u64,
            Ty::Float => self.rng.one_of(&FLOATS).to_bits(),
            _ => Value::small_int(self.rng.below(9) as i64).0,
        };
        self.t.consts.push(Const { ty, bits });
        Ref::constant(self.t.consts.len() - 1)
    }

    /// A value of the type; recent ones are likelier.
    fn value(&mut self, ty: Ty) -> Ref {
        let fits: Vec<Ref> = self.known.iter().filter(|k| k.1 == ty).map(|k| k.0).collect();
        if fits.is_empty() || self.rng.below(8) == 0 {
            return self.constant(ty);
        }
        let recent = if self.rng.below(2) == 0 { fits.len().min(4) } else { fits.len() };
        fits[fits.len() - 1 - self.rng.below(recent)]
    }

    pub fn snapshot(&mut self) -> u32 {
        let mut leaves: Vec<Ref> = vec![];
        for _ in 0..self.rng.below(12) {
            if !self.known.is_empty() {
                let (r, ty) = self.known[self.rng.below(self.known.len())];
                if !leaves.contains(&r) && (ty != Ty::Ref || self.heap) {
                    leaves.push(r);
                }
            }
        }
        self.t.snapshots.push(&mut Snapshot { leaves, ..Snapshot::default() })
    }

    fn desc(&mut self, d: Desc) -> u16 {
        self.t.descs.push(d);
        self.t.descs.len() as u16 - 1
    }

    fn list(&mut self, refs: &[Ref]) -> (u32, u32) {
        self.t.extra.extend(refs);
        ((self.t.extra.len() - refs.len()) as u32, refs.len() as u32)
    }

    pub fn param(&mut self, ty: Ty) -> Ref {
        self.emit(Op::Param, ty, 0, 0, 0, 0)
    }

    /// One operation or a few.
    pub fn step(&mut self) {
        use Op::*;
        const NONE: u32 = Ref::NONE.0;
        match self.rng.below(if self.heap { 24 } else { 18 }) {
            0..5 => {
                let op = self.rng.one_of(&[IntAdd, IntSub, IntMul, IntAnd, IntOr, IntXor, IntAdd, IntSub]);
                let (a, b) = (self.value(Ty::Int), self.value(Ty::Int));
                self.emit(op, Ty::Int, 0, a.0, b.0, 0);
            }
            5 => {
                // The divisor is made odd, so it is not 0.
                let op = self.rng.one_of(&[IntDivFloor, IntModFloor, IntDivTrunc, IntRemTrunc]);
                let a = self.value(Ty::Int);
                let b = match self.rng.below(3) {
                    0 => {
                        let bits = self.rng.one_of(&[1i64, -1, 2, 16, 7, -3, i64::MIN, 1 << 40]) as u64;
                        self.t.consts.push(Const { ty: Ty::Int, bits });
                        Ref::constant(self.t.consts.len() - 1)
                    }
                    _ => {
                        let b = self.value(Ty::Int);
                        self.t.consts.push(Const { ty: Ty::Int, bits: 1 });
                        let one = Ref::constant(self.t.consts.len() - 1);
                        self.emit(IntOr, Ty::Int, 0, b.0, one.0, 0)
                    }
                };
                self.emit(op, Ty::Int, 0, a.0, b.0, 0);
            }
            6 => {
                let op = self.rng.one_of(&[IntShl, IntShr]);
                let (a, b) = (self.value(Ty::Int), self.value(Ty::Int));
                self.t.consts.push(Const { ty: Ty::Int, bits: 63 });
                let mask = Ref::constant(self.t.consts.len() - 1);
                let n = if self.t.const_of(b).is_some() { mask } else { self.emit(IntAnd, Ty::Int, 0, b.0, mask.0, 0) };
                self.emit(op, Ty::Int, 0, a.0, n.0, 0);
            }
            7..10 => {
                let op = self.rng.one_of(&[FloatAdd, FloatSub, FloatMul, FloatDiv, FloatNeg, FloatAbs, FloatSqrt]);
                let (a, b) = (self.value(Ty::Float), self.value(Ty::Float));
                let b = if op.operands()[1] == Operand::None { NONE } else { b.0 };
                self.emit(op, Ty::Float, 0, a.0, b, 0);
            }
            10 => {
                let a = self.value(Ty::Int);
                self.emit(IntToFloat, Ty::Float, 0, a.0, NONE, 0);
            }
            11 => self.tagged(),
            12..15 => self.guard(),
            15 => {
                let a = self.rng.below(12) as i32 - 4;
                self.emit(Slot, Ty::Value, 0, a as u32, 0, 0);
            }
            16 => {
                let f = self.rng.one_of(&[&TWICE.info, &MIX.info, &HALF.info, &CLOBBER.info]);
                let args: Vec<Ref> = f.args.iter().map(|&ty| self.value(ty)).collect();
                let (a, b) = self.list(&args);
                let d = self.desc(Desc::Fun(f));
                self.emit(Call, f.ret, d, a, b, 0);
            }
            17 => {
                let s = self.snapshot();
                let op = self.rng.one_of(&[Valid, Poll, Room]);
                self.emit(op, Ty::Int, 1, if op == Room { 4 } else { NONE }, if op == Room { 2 } else { NONE }, s);
            }
            _ => self.heap_op(),
        }
    }

    /// Boxes, and unboxes what was boxed under its guard.
    fn tagged(&mut self) {
        let none = Ref::NONE.0;
        match self.rng.below(4) {
            0 => {
                let a = self.value(Ty::Float);
                self.emit(Op::BoxFloat, Ty::Value, 0, a.0, none, 0);
            }
            1 => {
                let a = self.value(Ty::Int);
                self.emit(Op::BoxInt, Ty::Value, 0, a.0, none, 0);
            }
            k => {
                let v = self.value(Ty::Value);
                let s = self.snapshot();
                let (guard, unbox, ty) = if k == 2 { (Op::IsSmallInt, Op::UnboxInt, Ty::Int) } else { (Op::IsFloat, Op::UnboxFloat, Ty::Float) };
                self.emit(guard, Ty::Int, 1, v.0, none, s);
                self.emit(unbox, ty, 0, v.0, none, 0);
            }
        }
    }

    fn guard(&mut self) {
        use Op::*;
        let s = self.snapshot();
        let expect = self.rng.below(2) as u16;
        let none = Ref::NONE.0;
        match self.rng.below(4) {
            0 => {
                let op = self.rng.one_of(&[IntAddOvf, IntSubOvf, IntMulOvf]);
                let (a, b) = (self.value(Ty::Int), self.value(Ty::Int));
                let fits = (self.rng.below(8) > 0) as u16;
                self.emit(op, Ty::Int, fits, a.0, b.0, s);
            }
            1 => {
                let op = self.rng.one_of(&[IntEq, IntLt, IntLe, IntUlt]);
                let (a, b) = (self.value(Ty::Int), self.value(Ty::Int));
                self.emit(op, Ty::Int, expect, a.0, b.0, s);
            }
            2 => {
                let op = self.rng.one_of(&[FloatEq, FloatLt, FloatLe, FloatToInt]);
                let (a, b) = (self.value(Ty::Float), self.value(Ty::Float));
                self.emit(op, Ty::Int, expect, a.0, if op == FloatToInt { none } else { b.0 }, s);
            }
            _ => {
                let op = self.rng.one_of(&[IsSmallInt, IsFloat, IsObj, Same]);
                let ty = if op == Same { self.rng.one_of(&[Ty::Value, Ty::Int, Ty::Float]) } else { Ty::Value };
                let (a, b) = (self.value(ty), self.value(ty));
                self.emit(op, Ty::Int, expect, a.0, if op == Same { b.0 } else { none }, s);
            }
        }
    }

    fn heap_op(&mut self) {
        use Op::*;
        let none = Ref::NONE.0;
        if self.objects.is_empty() || self.rng.below(4) == 0 {
            let len = 1 + self.rng.below(5) as u32;
            let (kind, ty) = self.rng.one_of(&[
                (Kind::Point, Point::TYPE),
                (Kind::Items(len), Items::TYPE),
                (Kind::Bytes(len), Bytes::TYPE),
                (Kind::Floats(len), Floats::TYPE),
            ]);
            let d = self.desc(Desc::Type(ty));
            let o = if kind == Kind::Point {
                self.emit(New, Ty::Ref, d, none, none, 0)
            } else {
                self.t.consts.push(Const { ty: Ty::Int, bits: len as u64 });
                let len = match self.rng.below(2) {
                    0 => Ref::constant(self.t.consts.len() - 1),
                    _ => {
                        let (bits, k) = (0, self.t.consts.len() as u32 - 1);
                        self.t.consts.push(Const { ty: Ty::Int, bits });
                        let x = self.value(Ty::Int);
                        let zero = self.emit(IntAnd, Ty::Int, 0, x.0, Ref::constant(k as usize + 1).0, 0);
                        self.emit(IntOr, Ty::Int, 0, zero.0, Ref::constant(k as usize).0, 0)
                    }
                };
                self.emit(NewArray, Ty::Ref, d, len.0, none, 0)
            };
            self.objects.push((o, kind));
            return;
        }
        let (o, kind) = self.objects[self.rng.below(self.objects.len())];
        if self.rng.below(5) == 0 {
            // Any object as a value, to be stored into others.
            let refs: Vec<Ref> = self.known.iter().filter(|k| k.1 == Ty::Ref).map(|k| k.0).collect();
            let r = refs[self.rng.below(refs.len())];
            self.emit(FromObj, Ty::Value, 0, r.0, none, 0);
            return;
        }
        let load = self.rng.below(2) == 0;
        let index = |g: &mut Self, len: u32| {
            let i = g.rng.below(len as usize) as u64;
            g.t.consts.push(Const { ty: Ty::Int, bits: i });
            let k = Ref::constant(g.t.consts.len() - 1);
            if g.rng.below(2) == 0 {
                return k;
            }
            // An index that is not a constant: x & 0 | i.
            let x = g.value(Ty::Int);
            g.t.consts.push(Const { ty: Ty::Int, bits: 0 });
            let zero = Ref::constant(g.t.consts.len() - 1);
            let z = g.emit(IntAnd, Ty::Int, 0, x.0, zero.0, 0);
            g.emit(IntOr, Ty::Int, 0, z.0, k.0, 0)
        };
        match (kind, self.rng.below(6)) {
            (_, 0) => {
                let s = self.snapshot();
                let ty = self.rng.one_of(&[Point::TYPE, Items::TYPE]);
                let d = self.desc(Desc::Type(ty));
                let expect = (self.rng.below(2) as u16) << 15;
                self.emit(HasType, Ty::Int, d | expect, o.0, none, s);
            }
            (_, 1) if load => {
                self.emit(Aux, Ty::Int, 0, o.0, none, 0);
            }
            (_, 1) => {
                let v = self.value(Ty::Int);
                self.emit(SetAux, Ty::Int, 0, o.0, v.0, 0);
            }
            (Kind::Point, _) => {
                let f = self.rng.one_of(&[Point::x.info, Point::y.info, Point::z.info]);
                let d = self.desc(Desc::Field(f));
                if load {
                    self.emit(LoadField, f.ty, d, o.0, none, 0);
                } else {
                    let v = self.value(f.ty);
                    self.emit(StoreField, f.ty, d, o.0, v.0, 0);
                }
            }
            (Kind::Items(_) | Kind::Bytes(_) | Kind::Floats(_), 2) => {
                self.emit(Len, Ty::Int, 0, o.0, none, 0);
            }
            (Kind::Items(n) | Kind::Bytes(n) | Kind::Floats(n), _) => {
                let e = match kind {
                    Kind::Items(_) => Items::items.info,
                    Kind::Bytes(_) => Bytes::bytes.info,
                    _ => Floats::floats.info,
                };
                let i = index(self, n);
                let d = self.desc(Desc::Elems(e));
                if load {
                    self.emit(LoadElem, e.ty, d, o.0, i.0, 0);
                } else {
                    let v = self.value(e.ty);
                    self.emit(StoreElem, e.ty, d, o.0, i.0, v.0);
                }
            }
        }
    }

    pub fn exit(&mut self) {
        let s = self.snapshot();
        self.emit(Op::Exit, Ty::Int, 0, Ref::NONE.0, Ref::NONE.0, s);
    }

    pub fn jump(&mut self, target: Target, types: &[Ty]) {
        let args: Vec<Ref> = types.iter().map(|&ty| self.value(ty)).collect();
        let (a, b) = self.list(&args);
        let d = self.desc(Desc::Target(target));
        self.emit(Op::Jump, Ty::Int, d, a, b, 0);
    }

    /// A label; values from above it stay known.
    pub fn label(&mut self, types: &[Ty]) {
        self.emit(Op::Label, Ty::Int, 0, Ref::NONE.0, Ref::NONE.0, 0);
        types.iter().for_each(|&ty| {
            self.param(ty);
        });
    }

    /// A counter that ends every loop after a while: `count < 20`, and the next count.
    pub fn count(&mut self, label: usize) -> Ref {
        let s = self.snapshot();
        for bits in [20, 1] {
            self.t.consts.push(Const { ty: Ty::Int, bits });
        }
        let k = self.t.consts.len();
        let count = Ref(label as u32 + 1);
        self.emit(Op::IntLt, Ty::Int, 1, count.0, Ref::constant(k - 2).0, s);
        self.emit(Op::IntAdd, Ty::Int, 0, count.0, Ref::constant(k - 1).0, 0)
    }
}

/// A random trace: straight, or a preamble and a loop.
pub fn root(rng: &mut Rng, size: usize, heap: bool) -> Trace {
    let mut g = Gen::new(rng, heap);
    for _ in 0..1 + g.rng.below(size) {
        g.step();
    }
    if g.rng.below(3) == 0 {
        g.exit();
    } else {
        make_loop(&mut g, size);
    }
    g.t
}

fn make_loop(g: &mut Gen, size: usize) {
    let types: Vec<Ty> = (0..1 + g.rng.below(8)).map(|k| if k == 0 { Ty::Int } else { g.rng.one_of(&[Ty::Int, Ty::Float, Ty::Value]) }).collect();
    g.jump(Target::Own, &types);
    // The counter starts at 0.
    let zero = Const { ty: Ty::Int, bits: 0 };
    g.t.consts.push(zero);
    let first = g.t.insts.last().unwrap().a as usize;
    g.t.extra[first] = Ref::constant(g.t.consts.len() - 1);
    let label = g.t.insts.len();
    g.label(&types);
    for _ in 0..g.rng.below(size) {
        g.step();
    }
    let next = g.count(label);
    for _ in 0..g.rng.below(size / 2 + 1) {
        g.step();
    }
    if g.rng.below(8) == 0 {
        g.exit();
    } else {
        g.jump(Target::Own, &types);
        let first = g.t.insts.last().unwrap().a as usize;
        g.t.extra[first] = next;
    }
}

/// A bridge from an exit with leaves of these types; it may go to the label of `target`, whose parameters have the other types.
pub fn bridge(rng: &mut Rng, size: usize, leaves: &[Ty], target: Option<(TraceId, Vec<Ty>)>, heap: bool) -> Trace {
    let mut g = Gen::new(rng, heap);
    let params: Vec<Ref> = leaves.iter().map(|&ty| g.param(ty)).collect();
    let counter = params.iter().zip(leaves).find(|(_, ty)| **ty == Ty::Int).map(|(r, _)| *r);
    for _ in 0..g.rng.below(size) {
        g.step();
    }
    match (target, counter) {
        (Some((id, types)), Some(_)) if g.rng.below(4) > 0 => {
            g.jump(Target::Label(id), &types);
            // Near the end of the count, so that it ends.
            g.t.consts.push(Const { ty: Ty::Int, bits: 17 });
            let first = g.t.insts.last().unwrap().a as usize;
            g.t.extra[first] = Ref::constant(g.t.consts.len() - 1);
        }
        _ if g.rng.below(2) == 0 => make_loop(&mut g, size),
        _ => g.exit(),
    }
    g.t
}
