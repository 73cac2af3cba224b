//! Every operation on edge-case operands, in every kind of place: registers, spill slots, constants. Compared with what it means.

mod support;

use framework::{Ty, Value};
use jit::ir::*;
use support::*;

const INTS: &[i64] =
    &[0, 1, -1, 2, -2, 7, -7, 63, 64, 1 << 31, -(1 << 31), (1 << 31) - 1, 1 << 61, (1 << 61) - 1, -(1 << 61), -(1 << 61) - 1, i64::MAX, i64::MIN];
const FLOATS: &[f64] = &[
    0.0,
    -0.0,
    1.0,
    -1.0,
    2.9,
    -2.9,
    1e300,
    -1e300,
    1e-310,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    9223372036854775807.0,
    -9223372036854775808.0,
    9223372036854774784.0,
    4.5e15,
];

fn values() -> Vec<u64> {
    let mut all: Vec<u64> = vec![0, 4, 1, 2, 3, 5, 6, 7, 8, 12, 16, 1 << 47, u64::MAX];
    all.extend(INTS.iter().filter(|&&i| Value::fits_small(i)).map(|&i| Value::small_int(i).0));
    all.extend(FLOATS.iter().filter_map(|&f| Value::immediate_float(f)).map(|v| v.0));
    all
}

/// Operands worth trying for a type.
fn operands(op: Op, ty: Ty) -> Vec<u64> {
    match (op, ty) {
        (Op::UnboxInt, _) => values().into_iter().filter(|&v| Value(v).is_small_int()).collect(),
        (Op::UnboxFloat, _) => values().into_iter().filter(|&v| Value(v).is_immediate_float()).collect(),
        (_, Ty::Int) => INTS.iter().map(|&i| i as u64).collect(),
        (_, Ty::Float) => FLOATS.iter().map(|f| f.to_bits()).collect(),
        (_, Ty::Value | Ty::Ref) => values(),
    }
}

/// Where an operand is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Whereabouts {
    Register,
    Slot,
    Constant,
}

struct Maker {
    t: Trace,
}

impl Maker {
    fn emit(&mut self, op: Op, ty: Ty, imm: u16, a: u32, b: u32, c: u32) -> Ref {
        self.t.insts.push(Inst { op, ty, imm, a, b, c });
        Ref(self.t.insts.len() as u32 - 1)
    }
    fn constant(&mut self, ty: Ty, bits: u64) -> Ref {
        self.t.consts.push(Const { ty, bits });
        Ref::constant(self.t.consts.len() - 1)
    }
    /// A word of any type from the VM stack: residual calls make it what it is to be, unseen by the backend.
    fn word(&mut self, ty: Ty, slot: u32) -> Ref {
        let v = self.emit(Op::Slot, Ty::Value, 0, slot, 0, 0);
        if ty == Ty::Value {
            return v;
        }
        let f = match ty {
            Ty::Int => &AS_INT.info,
            Ty::Float => &AS_FLOAT.info,
            _ => &AS_OBJ.info,
        };
        self.t.extra.push(v);
        self.t.descs.push(Desc::Fun(f));
        let (a, d) = (self.t.extra.len() as u32 - 1, self.t.descs.len() as u16 - 1);
        self.emit(Op::Call, ty, d, a, 1, 0)
    }
}

/// A trace that applies `op` to words of the VM stack, and exits with the result, or by the guard. `live` keeps the operands alive.
fn trace_of(op: Op, expect: bool, tys: [Option<Ty>; 2], words: [u64; 2], places: [Whereabouts; 2], same: bool, live: bool) -> Trace {
    let mut m = Maker { t: Trace::default() };
    let mut refs = [Ref::NONE; 2];
    for k in 0..2 {
        let Some(ty) = tys[k] else { continue };
        refs[k] = match places[k] {
            Whereabouts::Constant => m.constant(ty, words[k]),
            _ if same && k == 1 => refs[0],
            _ => m.word(ty, k as u32),
        };
    }
    let mut pressure = vec![];
    if places.contains(&Whereabouts::Slot) {
        // More values than there are registers, used right after: the operands of `op` are in slots then.
        pressure = (0..40).map(|k| m.word(if k % 2 == 0 { Ty::Int } else { Ty::Float }, 2)).collect();
    }
    let mut leaves: Vec<Ref> = if live { refs.iter().copied().filter(|r| r.as_inst().is_some()).collect() } else { vec![] };
    leaves.dedup();
    m.t.snapshots.push(&mut Snapshot { leaves: leaves.clone(), ..Snapshot::default() });
    let guard = op.class() == Class::Guard;
    let r = m.emit(op, op.ret().unwrap_or(Ty::Int), (guard && expect) as u16, refs[0].0, refs[1].0, 0);
    let mut sum: Option<Ref> = None;
    for &p in &pressure.iter().copied().filter(|&p| m.t.ty(p) == Ty::Int).collect::<Vec<_>>() {
        sum = Some(sum.map_or(p, |s| m.emit(Op::IntAdd, Ty::Int, 0, s.0, p.0, 0)));
    }
    let mut at_end = leaves;
    if op.has_result() && (!guard || expect) {
        at_end.push(r);
    }
    at_end.extend(sum);
    at_end.extend(pressure.into_iter().filter(|&p| m.t.ty(p) == Ty::Float));
    m.t.snapshots.push(&mut Snapshot { leaves: at_end, ..Snapshot::default() });
    m.emit(Op::Exit, Ty::Int, 0, Ref::NONE.0, Ref::NONE.0, 1);
    m.t
}

#[test]
fn operations_on_words_mean_the_same_everywhere() {
    use Whereabouts::*;
    let mut count = 0;
    for &op in Op::ALL {
        let [a, b] = op.operands();
        let ty = |o: Operand| match o {
            Operand::Ref(t) => Some(t),
            Operand::Any => Some(Ty::Value),
            _ => None,
        };
        let is_word_op = matches!(op.class(), Class::Pure | Class::Guard) && op.desc().is_none();
        if !is_word_op || matches!(a, Operand::None | Operand::Imm) || matches!(op, Op::Len) {
            continue;
        }
        let tys = [ty(a), ty(b)];
        let mut m = Machine::new();
        for &x in &operands(op, tys[0].unwrap()) {
            for &y in &tys[1].map_or(vec![0], |t| operands(op, t)) {
                let divides = matches!(op, Op::IntDivFloor | Op::IntModFloor | Op::IntDivTrunc | Op::IntRemTrunc);
                let shifts = matches!(op, Op::IntShl | Op::IntShr);
                if divides && y == 0 || shifts && y > 63 {
                    continue;
                }
                // All pairs of places for some operands, one in turn for the rest.
                let pairs = [
                    (Register, Register),
                    (Register, Constant),
                    (Constant, Register),
                    (Slot, Register),
                    (Register, Slot),
                    (Slot, Slot),
                    (Slot, Constant),
                    (Constant, Slot),
                    (Constant, Constant),
                ];
                let (p, q) = pairs[count % pairs.len()];
                count += 1;
                for expect in [true, false] {
                    if !expect && op.class() != Class::Guard {
                        continue;
                    }
                    let same = x == y && tys[0] == tys[1] && p == q && count % 2 == 0;
                    let t = trace_of(op, expect, tys, [x, y], [p, q], same, count % 3 != 0);
                    check(&mut m, t, [x, y], &format!("{} {x:#x} {y:#x}, {p:?} {q:?}, expecting {expect}", op.name()));
                }
            }
        }
    }
    assert!(count > 4000);
}

fn check(m: &mut Machine, t: Trace, words: [u64; 2], what: &str) {
    m.traces.clear();
    m.compiled.drain(..).for_each(|c| m.arena.free(c.code));
    m.add(t, None);
    // Words travel through the VM stack as they are: the residual functions take them for what they are told.
    let slots = [words[0], words[1], 0x4045_0000_0000_0000];
    m.set_slots(0, &slots);
    let expected = interp::run(m, 0, &[], 1000).unwrap();
    let found = m.run(0);
    let t = &m.traces[0];
    let s = t.snapshots.get(found.snapshot as usize);
    let agrees = expected.snapshot == found.snapshot
        && s.leaves
            .iter()
            .zip(expected.leaves.iter().zip(&found.leaves))
            .all(|(&r, (&a, &b))| a == b || meaning(t.ty(r), a, 0) == meaning(t.ty(r), b, 0));
    assert!(agrees, "{what}: expected {expected:x?}, found {found:x?}\n{}", t.display(&registry()));
}
