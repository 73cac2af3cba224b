//! Matching the arguments of a call with the parameters of a function, where all that decides is known when it is recorded. (The general way, and
//! what goes wrong, is `builtins::bind`.)

use super::residual;
use crate::bytecode::Code;
use crate::objects::layouts::*;
use crate::perm::P;
use crate::runtime::Python;
use framework::{Ref, Val, Value, World};
use smallvec::SmallVec;

/// Most keywords of a call that are matched here, and bits for the position of each.
pub const MAX_KEYWORDS: usize = 10;
const BITS: u32 = 6;

/// Numbers of the parameters that keywords stand for.
pub type Positions = SmallVec<[u32; MAX_KEYWORDS]>;

/// The parameters for these names, after `n` arguments by position; `None` if it is not as simple as that.
pub fn positions<W: World<Lang = Python>>(w: &mut W, code: P<Code>, n: u32, names: Value) -> Option<Positions> {
    let count = names.as_obj().len();
    if count > MAX_KEYWORDS {
        return None;
    }
    let (code, n, names) = (w.constant(code.addr()), w.constant(n as i64), w.constant(names));
    // Of constants: the recorder folds it.
    let packed = w.call(&residual::KEYWORD_POSITIONS, (code, n, names));
    let packed = w.promote(packed);
    (packed >= 0).then(|| (0..count as u32).map(|k| (packed >> (k * BITS)) as u32 & ((1 << BITS) - 1)).collect())
}

/// The positions as one number; negative if `positions` is to be `None`.
pub fn pack(code: &Code, n: usize, names: impl Iterator<Item = Option<usize>>) -> i64 {
    let p = &code.params;
    let mut packed = 0;
    let mut seen = 0u64;
    for (k, at) in names.enumerate() {
        match at {
            Some(at) if at >= n.max(p.posonly as usize) && at < 1 << BITS && seen >> at & 1 == 0 => {
                seen |= 1 << at;
                packed |= (at as i64) << (k as u32 * BITS);
            }
            _ => return -1,
        }
    }
    packed
}

/// Fills the registers from `base` on with the parameters: `n` arguments from register `from` on, then those of the keywords, then defaults.
/// Does nothing and says no if that is not all.
pub fn fill<W: World<Lang = Python>>(w: &mut W, f: Ref<W>, code: P<Code>, from: u32, n: u32, keywords: &[u32], base: u32) -> bool {
    let p = &code.params;
    let (positional, named) = (p.positional as u32, (p.positional + p.kwonly) as u32);
    if p.kwargs || n > positional && !p.varargs {
        return false;
    }
    let mut values: SmallVec<[Option<Val<W>>; 12]> = smallvec::smallvec![None; p.registers() as usize];
    for k in 0..n.min(positional) {
        values[k as usize] = Some(w.get(from + k));
    }
    for (k, &at) in keywords.iter().enumerate() {
        values[at as usize] = Some(w.get(from + n + k as u32));
    }
    if values[..positional as usize].iter().any(|v| v.is_none()) {
        let d = w.load(f, Function::defaults);
        if !w.is_a(d, Tuple::TYPE) {
            return false;
        }
        let t = w.to_obj(d);
        let len = w.len(t, Tuple::TYPE);
        let len = w.promote(len) as u32;
        for k in 0..positional {
            if values[k as usize].is_some() {
                continue;
            }
            if k + len < positional {
                return false;
            }
            let at = w.constant((k + len - positional) as i64);
            values[k as usize] = Some(w.load_elem(t, Tuple::items, at));
        }
    }
    for k in positional..named {
        if values[k as usize].is_none() {
            let (f, at) = (w.from_obj(f), w.constant(k as i64));
            let v = w.call(&residual::KEYWORD_DEFAULT, (f, at));
            if w.is(v, MISSING) {
                return false;
            }
            values[k as usize] = Some(v);
        }
    }
    if p.varargs {
        let first = n.min(positional);
        values[named as usize] = Some(super::call::tuple_of(w, from + first, n - first));
    }
    for (k, v) in values.into_iter().flatten().enumerate() {
        w.set(base + k as u32, v);
    }
    true
}
