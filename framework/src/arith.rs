//! Integer and float operations whose exact meaning worlds, the IR evaluator and compiled code must share.

/// Quotient rounded to minus infinity. `i64::MIN / -1` wraps; `b` is not 0.
#[inline(always)]
pub fn div_floor(a: i64, b: i64) -> i64 {
    let (q, r) = (a.wrapping_div(b), a.wrapping_rem(b));
    if r != 0 && (r ^ b) < 0 { q - 1 } else { q }
}

/// Remainder with the sign of the divisor; `b` is not 0.
#[inline(always)]
pub fn mod_floor(a: i64, b: i64) -> i64 {
    let r = a.wrapping_rem(b);
    if r != 0 && (r ^ b) < 0 { r + b } else { r }
}

/// The float rounded to zero, if that fits 64 bits.
#[inline(always)]
pub fn float_to_int(f: f64) -> Option<i64> {
    // x86's cvttsd2si answers i64::MIN for whatever does not fit, so i64::MIN itself counts as not fitting.
    let i = f as i64;
    if i != i64::MIN && i != i64::MAX && !f.is_nan() { Some(i) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floor_division_follows_the_divisor() {
        for (a, b, q, r) in [(7, 2, 3, 1), (-7, 2, -4, 1), (7, -2, -4, -1), (-7, -2, 3, -1), (6, -2, -3, 0), (i64::MIN, -1, i64::MIN, 0)] {
            assert_eq!((div_floor(a, b), mod_floor(a, b)), (q, r), "{a} / {b}");
        }
    }

    #[test]
    fn only_floats_in_range_become_integers() {
        assert_eq!(float_to_int(-2.9), Some(-2));
        assert_eq!(float_to_int(9.3e18), None);
        assert_eq!(float_to_int(f64::NAN), None);
        assert_eq!(float_to_int(f64::INFINITY), None);
    }
}
