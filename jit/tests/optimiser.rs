//! The optimiser: file tests, and properties of its rules.
//!
//! A file holds a straight trace whose `exit` tells what the registers hold at the end. `=== optimised` is the trace put through the builder,
//! `=== peeled` the loop it makes if the end is its header again. `TWOFOLD_BLESS=1` writes what comes out into the files.

mod support;

use framework::{Ty, Value};
use jit::build::{Guarded, Pool};
use jit::ir::{Class, Op, Ref, parse, semantics};
use jit::peel::peel;
use jit::shape::{Matcher, Shaper};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use support::reemit::{Reemitted, builder};
use support::registry;

/// The state of every snapshot is that of the header: not worth repeating.
const WHERE: &str = "at 0x1000 pc 7 base 0 cont 0x0, ";

fn section(path: &Path, name: &str, input: &str) -> String {
    let t = parse(input, &registry()).unwrap_or_else(|e| panic!("{}:{e}", path.display()));
    let e = match Reemitted::new(&t) {
        Ok(e) => e,
        Err(why) => return format!("{why}\n"),
    };
    let trace = match name {
        "optimised" => {
            let mut b = e.builder;
            b.exit();
            b.trace
        }
        "peeled" => {
            let mut b = e.builder;
            match peel(&mut b, &Pool::default()) {
                Ok(p) => p.builder.trace,
                Err(why) => return format!("{why}\n"),
            }
        }
        _ => panic!("{}: unknown section `{name}`", path.display()),
    };
    trace.display(&registry()).to_string().replace(WHERE, "").replace(WHERE.trim_end_matches(", "), "")
}

fn run_file(path: &Path, bless: bool) -> Result<(), String> {
    let text = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
    let mut parts = text.split("=== ");
    let input = parts.next().expect("one part at least");
    let (mut output, mut wrong) = (input.to_string(), String::new());
    for part in parts {
        let (name, want) = part.split_once('\n').unwrap_or((part, ""));
        let got = section(path, name, input);
        if got.trim_end() != want.trim_end() {
            let _ = writeln!(wrong, "{}: `{name}` should be\n{want}\nbut is\n{got}", path.display());
        }
        let _ = write!(output, "=== {name}\n{}\n", got.trim_end());
    }
    match wrong.is_empty() {
        true => Ok(()),
        false if bless => std::fs::write(path, output).map_err(|e| e.to_string()),
        false => Err(wrong),
    }
}

#[test]
fn files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/filetests/opt");
    let bless = std::env::var_os("TWOFOLD_BLESS").is_some();
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    let errors: Vec<String> = paths.iter().filter_map(|p| run_file(p, bless).err()).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

/// Rule R14: what a label's shape says of sharing among virtual objects must hold at every jump to it.
#[test]
fn shapes_tell_one_object_from_two() {
    let generic = Default::default();
    for shared in [true, false] {
        let mut b = builder();
        let pair = |b: &mut jit::build::Builder, shared: bool| {
            let first = b.new_object(support::Point::TYPE, None);
            (first, if shared { first } else { b.new_object(support::Point::TYPE, None) })
        };
        let (x, y) = pair(&mut b, shared);
        let mut shaper = Shaper::new(&generic);
        for (i, r) in [(0, x), (1, y)] {
            let c = shaper.slot(&mut b, i, r);
            shaper.shape.slots.push((i, c));
        }
        assert_eq!(shaper.shape.objects.len(), if shared { 1 } else { 2 });
        for jump_shared in [true, false] {
            let (x, y) = pair(&mut b, jump_shared);
            let mut matcher = Matcher::new(&shaper.shape, None);
            let fits = matcher.slot(&mut b, 0, x).is_ok() && matcher.slot(&mut b, 1, y).is_ok();
            assert_eq!(fits, shared == jump_shared, "label: shared {shared}, jump: shared {jump_shared}");
        }
    }
}

/// Words to try for a type, edge cases all.
fn words(op: Op, ty: Ty) -> Vec<u64> {
    let ints = [0, 1, -1, 2, -2, 3, 7, -7, 63, 64, 255, 1 << 31, 1 << 61, -(1 << 61), (1 << 61) - 1, i64::MAX, i64::MIN, i64::MIN + 1];
    let floats = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 3.0, 1e-310, 1e300, 2f64.powi(-1022), 2f64.powi(1023), f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    let small = ints.iter().filter(|&&i| Value::fits_small(i)).map(|&i| Value::small_int(i).0);
    let immediate = floats.iter().filter_map(|&f| Value::immediate_float(f)).map(|v| v.0);
    match (op, ty) {
        (Op::UnboxInt, _) => small.collect(),
        (Op::UnboxFloat, _) => immediate.collect(),
        (Op::IntShl | Op::IntShr, Ty::Int) => ints.iter().filter(|i| (0..64).contains(*i)).map(|&i| i as u64).collect(),
        (_, Ty::Int) => ints.iter().map(|&i| i as u64).collect(),
        (_, Ty::Float) => floats.iter().map(|f| f.to_bits()).collect(),
        (_, Ty::Value | Ty::Ref) => small.chain(immediate).collect(),
    }
}

/// What a reference is worth when the parameters are worth `params`.
fn value(t: &jit::ir::Trace, r: Ref, params: &[u64]) -> Option<u64> {
    if let Some(c) = t.const_of(r) {
        return Some(c.bits);
    }
    let (k, i) = (r.as_inst()?, t.insts[r.as_inst()?]);
    match i.op {
        Op::Param => Some(params[k]),
        op => semantics::pure(op, value(t, Ref(i.a), params)?, if i.b == Ref::NONE.0 { 0 } else { value(t, Ref(i.b), params)? }),
    }
}

/// The same number, or both NaN.
fn equivalent(ty: Ty, a: u64, b: u64) -> bool {
    let nan = |w: u64| match ty {
        Ty::Float => f64::from_bits(w).is_nan(),
        Ty::Value => Value(w).is_immediate_float() && Value(w).as_immediate_float().is_nan(),
        _ => false,
    };
    a == b || nan(a) && nan(b)
}

/// Operand types of an operation on plain words; `None` for those on memory or the VM.
fn operand_types(op: Op) -> Option<(Ty, Option<Ty>)> {
    use Op::*;
    Some(match op {
        IntAdd | IntSub | IntMul | IntDivFloor | IntModFloor | IntDivTrunc | IntRemTrunc | IntAnd | IntOr | IntXor | IntShl | IntShr | IntAddOvf
        | IntSubOvf | IntMulOvf | IntEq | IntLt | IntLe | IntUlt => (Ty::Int, Some(Ty::Int)),
        FloatAdd | FloatSub | FloatMul | FloatDiv | FloatEq | FloatLt | FloatLe => (Ty::Float, Some(Ty::Float)),
        FloatNeg | FloatAbs | FloatSqrt | FloatToInt | BoxFloat => (Ty::Float, None),
        IntToFloat | BoxInt => (Ty::Int, None),
        IsSmallInt | IsFloat | IsObj | UnboxInt | UnboxFloat => (Ty::Value, None),
        Same => (Ty::Value, Some(Ty::Value)),
        _ => return None,
    })
}

#[test]
fn rules_keep_the_value() {
    let (mut tried, mut simplified) = (0, 0);
    for &op in Op::ALL.iter().filter(|op| op.class() == Class::Pure) {
        let Some((ta, tb)) = operand_types(op) else { continue };
        let seconds = tb.map_or(vec![0], |tb| words(op, tb));
        // Chains of two operations with each operand a constant, the same parameter, or another: `(x op k1) op k2`, `op(op(x))` …
        for &k in &seconds {
            for form in 0..4 {
                let mut b = builder();
                let (x, y) = (b.param(ta), b.param(tb.unwrap_or(ta)));
                let k_ref = b.const_word(tb.unwrap_or(ta), k);
                let second = if tb.is_some() { k_ref } else { Ref::NONE };
                let chains = op.ret() == Some(ta);
                let r = match form {
                    0 => b.pure(op, x, second),
                    1 if tb == Some(ta) && !matches!(op, Op::IntShl | Op::IntShr) => b.pure(op, second, y),
                    2 if tb == Some(ta) && ta != Ty::Int => b.pure(op, x, x),
                    2 if tb == Some(ta) && matches!(op, Op::IntAnd | Op::IntOr | Op::IntXor | Op::IntSub | Op::IntAdd) => b.pure(op, x, x),
                    3 if chains => {
                        let inner = b.pure(op, x, second);
                        b.pure(op, inner, second)
                    }
                    _ => continue,
                };
                simplified += (b.inst(r).is_none_or(|i| i.op != op)) as usize;
                for &vx in &words(op, ta) {
                    for &vy in &words(op, tb.unwrap_or(ta)) {
                        let f = |a, b| semantics::pure(op, a, b);
                        let want = match form {
                            0 => f(vx, k),
                            1 => f(k, vy),
                            2 => f(vx, vx),
                            _ => f(vx, k).and_then(|v| f(v, k)),
                        };
                        // Nothing to compare if boxing allocates or a division is by zero.
                        let (Some(want), Some(got)) = (want, value(&b.trace, r, &[vx, vy])) else { continue };
                        tried += 1;
                        let ty = op.ret().expect("a pure operation");
                        assert!(equivalent(ty, want, got), "{op:?}, form {form} of {vx:x}, {vy:x}, {k:x}: {got:x} instead of {want:x}");
                    }
                }
            }
        }
    }
    assert!(tried > 10_000 && simplified > 50, "{tried} tried, {simplified} simplified");
}

#[test]
fn a_guard_implies_only_what_is_so() {
    let guards = || Op::ALL.iter().copied().filter(|op| op.class() == Class::Guard && operand_types(*op).is_some());
    let mut implied = 0;
    for first in guards() {
        for second in guards() {
            let ((ta, tb), other) = (operand_types(first).unwrap(), operand_types(second).unwrap());
            if ta != other.0 {
                continue;
            }
            for (holds, swapped) in [(true, false), (true, true), (false, false), (false, true)] {
                // Against another value, and against each constant.
                let constants = tb.map_or(vec![], |tb| words(first, tb));
                for constant in std::iter::once(None).chain(constants.into_iter().map(Some)) {
                    let mut b = builder();
                    let x = b.param(ta);
                    let y = match constant {
                        None => b.param(ta),
                        Some(k) => b.const_word(ta, k),
                    };
                    let operand = |ty: Option<Ty>, r: Ref| if ty.is_some() { r } else { Ref::NONE };
                    if b.known_guard(first, 0, x, operand(tb, y)) != Guarded::Unknown {
                        continue;
                    }
                    b.begin_instruction();
                    b.emit_guard(first, 0, x, operand(tb, y), holds, 1);
                    let (p, q) = if swapped { (y, x) } else { (x, y) };
                    let Guarded::Known(answer, _) = b.known_guard(second, 0, p, operand(other.1, q)) else { continue };
                    implied += 1;
                    for &vx in &words(first, ta) {
                        for vy in constant.map_or_else(|| words(first, ta), |k| vec![k]) {
                            if semantics::guard(first, vx, vy).unwrap().0 != holds {
                                continue;
                            }
                            let (p, q) = if swapped { (vy, vx) } else { (vx, vy) };
                            assert_eq!(
                                semantics::guard(second, p, q).unwrap().0,
                                answer,
                                "{first:?} {holds} of {vx:x}, {vy:x} does not imply {second:?} of {p:x}, {q:x}"
                            );
                        }
                    }
                }
            }
        }
    }
    assert!(implied > 100, "{implied} implications");
}
