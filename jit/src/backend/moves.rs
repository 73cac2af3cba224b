//! Parallel moves: several words change places at once, in as few single moves as it takes.

use super::loc::{Loc, Reg};

/// Orders moves that are meant to happen at the same time, calling `emit(from, to)` for each single move. Destinations are distinct.
/// `scratch` breaks cycles; it is no source and no destination.
pub fn sequence(moves: &mut Vec<(Loc, Loc)>, scratch: Reg, mut emit: impl FnMut(Loc, Loc)) {
    moves.retain(|(from, to)| from != to);
    while !moves.is_empty() {
        let before = moves.len();
        let mut i = 0;
        while i < moves.len() {
            let (from, to) = moves[i];
            // A move may go once nobody needs what its destination holds.
            if moves.iter().all(|m| m.0 != to) {
                emit(from, to);
                moves.swap_remove(i);
            } else {
                i += 1;
            }
        }
        if moves.len() == before {
            // Only cycles are left: free one destination by parking what it holds.
            let parked = moves[0].1;
            emit(parked, Loc::Reg(scratch));
            for m in moves.iter_mut().filter(|m| m.0 == parked) {
                m.0 = Loc::Reg(scratch);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    /// Every way to fill five places from six sources, checked by running the single moves.
    #[test]
    fn all_small_permutations_end_right() {
        let place = |i: usize| if i < 3 { Loc::Reg(Reg(i as u8)) } else { Loc::Slot(i as u16) };
        let scratch = Reg(15);
        for code in 0..6usize.pow(5) {
            let mut moves: Vec<(Loc, Loc)> = (0..5).map(|to| (place(code / 6usize.pow(to as u32) % 6), place(to))).collect();
            let wanted = moves.clone();
            let mut memory: HashMap<Loc, usize> = (0..6).map(|i| (place(i), i)).collect();
            let start = memory.clone();
            let mut count = 0;
            sequence(&mut moves, scratch, |from, to| {
                let word = memory[&from];
                memory.insert(to, word);
                count += 1;
            });
            for (from, to) in wanted {
                assert_eq!(memory[&to], start[&from], "permutation {code}");
            }
            assert!(count <= 7, "at most one move each and one for every cycle");
        }
    }
}
