//! Integer ranges against plain arithmetic: exhaustively for small integers and for those at the ends of 64 bits.

use jit::ir::{Class, Op, semantics};
use jit::range::Range;

/// All ranges between a few integers near zero, at the ends of 64 bits, and mixed ones.
fn ranges() -> Vec<(Range, Vec<i64>)> {
    let near = |k: i64| (-4..=4).map(move |d: i64| k.wrapping_add(d)).collect::<Vec<_>>();
    let groups: [Vec<i64>; 4] = [
        (-5..=9).collect(),
        near(0).into_iter().map(|d| i64::MIN.wrapping_add(d + 4)).collect(),
        near(0).into_iter().map(|d| i64::MAX.wrapping_sub(d + 4)).collect(),
        vec![i64::MIN, i64::MIN + 1, -(1 << 61), -3, -1, 0, 1, 2, 7, 63, 255, 256, 1 << 47, 1 << 61, i64::MAX - 1, i64::MAX],
    ];
    let mut all = vec![];
    for mut group in groups {
        group.sort_unstable();
        for (k, &lo) in group.iter().enumerate() {
            for &hi in &group[k..] {
                all.push((Range::new(lo, hi), group.iter().copied().filter(|x| (lo..=hi).contains(x)).collect()));
            }
        }
    }
    all
}

const BINARY: &[Op] = &[
    Op::IntAdd,
    Op::IntSub,
    Op::IntMul,
    Op::IntDivFloor,
    Op::IntModFloor,
    Op::IntDivTrunc,
    Op::IntRemTrunc,
    Op::IntAnd,
    Op::IntOr,
    Op::IntXor,
    Op::IntShl,
    Op::IntShr,
    Op::IntAddOvf,
    Op::IntSubOvf,
    Op::IntMulOvf,
    Op::IntEq,
    Op::IntLt,
    Op::IntLe,
    Op::IntUlt,
];

#[test]
fn what_happens_is_in_the_range() {
    let all = ranges();
    let mut said = 0u64;
    for &op in BINARY {
        for (a, xs) in &all {
            for (b, ys) in &all {
                let (result, never, outcome) = (Range::of(op, *a, *b), Range::never_overflows(op, *a, *b), Range::compare(op, *a, *b));
                let (holding, failing) = (Range::narrowed(op, *a, *b), Range::narrowed_by_failure(op, *a, *b));
                said += (result != Range::FULL) as u64 + never as u64 + outcome.is_some() as u64;
                for &x in xs {
                    for &y in ys {
                        if matches!(op, Op::IntShl | Op::IntShr) && !(0..64).contains(&y) {
                            continue;
                        }
                        if op.class() == Class::Pure {
                            if let Some(r) = semantics::pure(op, x as u64, y as u64) {
                                assert!(result.contains(r as i64), "{op:?} of {x} and {y} is {}, not in {result:?}", r as i64);
                            }
                            continue;
                        }
                        let (holds, r) = semantics::guard(op, x as u64, y as u64).expect("a guard on integers");
                        if op.has_result() {
                            assert!(!holds || result.contains(r as i64), "{op:?} of {x} and {y}");
                            assert!(holds || !never, "{op:?} of {x} and {y} overflows");
                            continue;
                        }
                        assert!(outcome.is_none_or(|o| o == holds), "{op:?} of {x} and {y} is {holds}");
                        let narrowed = if holds { holding } else { failing };
                        let (na, nb) = narrowed.unwrap_or_else(|| panic!("{op:?} of {x} and {y} is {holds}, which was ruled out"));
                        assert!(na.contains(x) && nb.contains(y), "{op:?} of {x} and {y} is {holds}: {na:?}, {nb:?}");
                    }
                }
            }
        }
    }
    assert!(said > 100_000, "{said} things were known");
}
