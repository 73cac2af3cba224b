//! Known bits against plain arithmetic: exhaustively for integers of three bits and their sign, and what guards on masked integers tell.

mod support;

use jit::bits::Bits;
use jit::build::Guarded;
use jit::ir::{Class, Op, semantics};
use jit::range::Range;
use support::reemit::builder;

/// All that may be known of three bits and of the sign, which all higher ones repeat; or of the highest bits, with those below zero.
fn all() -> Vec<(Bits, Vec<u64>)> {
    let mut all = vec![];
    let digits = |n: u32| (0..4).map(move |k| n / 3u32.pow(k) % 3);
    for n in 0..3u32.pow(4) {
        for shift in [0, 60] {
            let part = |k: usize| if k == 3 { u64::MAX << (shift + 3) } else { 1 << (k + shift) };
            let set = |digit: u32| digits(n).enumerate().filter(|&(_, d)| d == digit).map(|(k, _)| part(k)).sum::<u64>();
            let bits = Bits { ones: set(1), unknown: set(2) };
            let ints = (0..16u64).map(|i| (0..4).filter(|k| i >> k & 1 != 0).map(part).sum::<u64>());
            all.push((bits, ints.filter(|&x| bits.contains(x)).collect()));
        }
    }
    all
}

#[test]
fn what_happens_is_among_the_bits() {
    use Op::*;
    let all = all();
    let mut known = 0u64;
    for op in [IntAnd, IntOr, IntXor, IntAdd, IntSub, IntMul, IntShl, IntShr, IntAddOvf, IntSubOvf, IntMulOvf, IntDivFloor] {
        for (a, xs) in &all {
            for (b, ys) in &all {
                let result = Bits::of(op, *a, *b);
                known += (!result.unknown).count_ones() as u64;
                for &x in xs {
                    for &y in ys {
                        if matches!(op, IntShl | IntShr) && y >= 64 {
                            continue;
                        }
                        let r = match op.class() {
                            Class::Pure => semantics::pure(op, x, y),
                            _ => semantics::guard(op, x, y).and_then(|(holds, r)| holds.then_some(r)),
                        };
                        assert!(r.is_none_or(|r| result.contains(r)), "{op:?} of {x:x} and {y:x} is {r:x?}, not in {result:x?}");
                    }
                }
            }
        }
    }
    assert!(known > 1_000_000, "{known} bits were known");
}

#[test]
fn ranges_and_bits_tell_each_other_what_is_so() {
    let all = all();
    for (a, xs) in &all {
        let range = a.range();
        assert!(xs.iter().all(|&x| range.contains(x as i64)), "{a:x?} is in {range:?}");
        for (b, ys) in &all {
            let both = a.meet(*b);
            for &x in xs {
                assert_eq!(b.contains(x), both.is_some_and(|both| both.contains(x)), "{x:x} in {a:x?} and {b:x?}");
            }
            for (&x, &y) in xs.iter().zip(ys) {
                let (lo, hi) = ((x as i64).min(y as i64), (x as i64).max(y as i64));
                let bits = Bits::of_range(Range::new(lo, hi));
                for z in [lo, hi, lo.midpoint(hi), lo.saturating_add(1).min(hi), hi.saturating_sub(1).max(lo)] {
                    assert!(bits.contains(z as u64), "{z:x} of {lo:x} to {hi:x} in {bits:x?}");
                }
            }
        }
    }
}

#[test]
fn what_a_test_of_bits_tells_is_so() {
    let mut told = 0;
    for (op, masks) in [(Op::IntAnd, (1..16).collect::<Vec<i64>>()), (Op::IntModFloor, vec![2, 3, 4, 8])] {
        for mask in masks {
            for k in 0..16i64 {
                for holds in [true, false] {
                    for first in [true, false] {
                        let mut b = builder();
                        let x = b.param(framework::Ty::Int);
                        let (m, k_ref) = (b.constant(mask), b.constant(k));
                        let masked = b.pure(op, x, m);
                        let (p, q) = if first { (masked, k_ref) } else { (k_ref, masked) };
                        b.begin_instruction();
                        if b.known_guard(Op::IntEq, 0, p, q) != Guarded::Unknown {
                            continue;
                        }
                        b.emit_guard(Op::IntEq, 0, p, q, holds, 1);
                        let bits = b.known_bits(x);
                        told += (!bits.unknown).count_ones();
                        for v in -20..20i64 {
                            let r = semantics::pure(op, v as u64, mask as u64).expect("a result") as i64;
                            assert!((r == k) != holds || bits.contains(v as u64), "{v} {op:?} {mask} == {k} is {holds}: {bits:x?}");
                        }
                    }
                }
            }
        }
    }
    assert!(told > 500, "{told} bits were told");
}
