//! Which registers are live at which instruction: the usual backward data flow, for any register bytecode. Compiled code keeps, for the
//! exits of an instruction, only what is live there.

/// For each instruction, the set of registers that are read before they are written from there on.
#[derive(Debug)]
pub struct Liveness {
    /// Words of a set.
    words: usize,
    bits: Vec<u64>,
}

/// The set of one instruction, being computed from those of its successors.
pub struct LiveSet<'a> {
    now: &'a mut [u64],
    all: &'a [u64],
}

impl Liveness {
    /// The sets of instructions 0 to `insts` (excluded). `flow` is called for each of them, with an empty set: it joins the successors', then
    /// removes what the instruction writes, then adds what it reads. The last instructions come first, and all again until nothing changes.
    pub fn solve(insts: usize, registers: u32, mut flow: impl FnMut(usize, &mut LiveSet)) -> Liveness {
        let words = registers as usize / 64 + 1;
        let mut bits = vec![0; words * insts];
        let mut now = vec![0; words];
        loop {
            let mut changed = false;
            for pc in (0..insts).rev() {
                now.fill(0);
                flow(pc, &mut LiveSet { now: &mut now, all: &bits });
                let old = &mut bits[pc * words..][..words];
                if old != now {
                    old.copy_from_slice(&now);
                    changed = true;
                }
            }
            if !changed {
                return Liveness { words, bits };
            }
        }
    }

    /// All registers live everywhere.
    pub fn everything(insts: usize, registers: u32) -> Liveness {
        let words = registers as usize / 64 + 1;
        Liveness { words, bits: vec![u64::MAX; words * insts] }
    }

    /// Is register `r` live before instruction `pc`? Behind the last one, all are.
    #[inline]
    pub fn get(&self, pc: u32, r: u32) -> bool {
        let word = pc as usize * self.words + r as usize / 64;
        self.bits.get(word).is_none_or(|w| w >> (r % 64) & 1 != 0)
    }

    /// An activation that waits for a callee stands behind the instruction that called, `pc`. From there it may also go on at `target`, with
    /// `written` set on the way: at a handler, or where that instruction jumps. What lives there must live while it waits.
    pub fn may_go_on(&mut self, pc: usize, target: usize, written: Option<u32>) {
        let (at, from) = ((pc + 1) * self.words, target * self.words);
        if at >= self.bits.len() || from >= self.bits.len() {
            return;
        }
        for k in 0..self.words {
            let mask = written.filter(|r| *r as usize / 64 == k).map_or(0, |r| 1u64 << (r % 64));
            self.bits[at + k] |= self.bits[from + k] & !mask;
        }
    }

    /// Adds a register to the set of one instruction, and of no other.
    pub fn add(&mut self, pc: usize, r: u32) {
        self.bits[pc * self.words + r as usize / 64] |= 1 << (r % 64);
    }
}

impl LiveSet<'_> {
    /// Adds what is live before instruction `pc`, a successor. Behind the last one is nothing.
    pub fn join(&mut self, pc: usize) {
        let words = self.now.len();
        let other = self.all.get(pc * words..).unwrap_or_default();
        self.now.iter_mut().zip(other).for_each(|(a, b)| *a |= b);
    }

    /// As `join`, but for a register that is written on the way there.
    pub fn join_without(&mut self, pc: usize, r: u32) {
        let kept = self.has(r);
        self.join(pc);
        if !kept {
            self.remove(r);
        }
    }

    fn has(&self, r: u32) -> bool {
        self.now[r as usize / 64] >> (r % 64) & 1 != 0
    }

    /// The register is read.
    pub fn add(&mut self, r: u32) {
        self.now[r as usize / 64] |= 1 << (r % 64);
    }

    /// The register is written.
    pub fn remove(&mut self, r: u32) {
        self.now[r as usize / 64] &= !(1 << (r % 64));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `(reads, writes, successors)` of each instruction.
    fn solve(code: &[(&[u32], &[u32], &[usize])], registers: u32) -> Liveness {
        Liveness::solve(code.len(), registers, |pc, set| {
            let (reads, writes, next) = code[pc];
            next.iter().for_each(|&t| set.join(t));
            writes.iter().for_each(|&r| set.remove(r));
            reads.iter().for_each(|&r| set.add(r));
        })
    }

    #[test]
    fn what_a_loop_reads_lives_around_it() {
        // r0 = …; loop: r70 = r70 + r0, back or out; read r70
        let l = solve(&[(&[], &[0], &[1]), (&[70, 0], &[70], &[1, 2]), (&[70], &[], &[])], 80);
        assert!(!l.get(0, 0) && l.get(0, 70));
        assert!(l.get(1, 0) && l.get(1, 70));
        assert!(!l.get(2, 0) && l.get(2, 70));
        assert!(l.get(3, 5), "nothing is known behind the end");
    }

    #[test]
    fn what_a_handler_reads_lives_while_a_callee_runs() {
        // A call; behind it nothing is read. Its handler, which gets the error in r1, reads r1 and r2.
        let mut l = solve(&[(&[], &[], &[1]), (&[], &[], &[]), (&[1, 2], &[], &[])], 3);
        l.may_go_on(0, 2, Some(1));
        assert!(l.get(1, 2) && !l.get(1, 1) && !l.get(0, 2));
    }

    #[test]
    fn a_register_written_on_one_way_only_lives_by_the_other() {
        let l = Liveness::solve(3, 4, |pc, set| match pc {
            0 => {
                set.join(1);
                set.join_without(2, 3);
            }
            _ => set.add(pc as u32 + 1),
        });
        assert!(l.get(0, 2) && !l.get(0, 3));
    }
}
