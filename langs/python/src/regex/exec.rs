//! The matcher: runs a program on text with an explicit stack of what to try next.

use super::*;

/// Text by character index.
pub trait Text {
    /// Character `i`.
    fn at(&self, i: usize) -> char;
    /// Number of characters.
    fn len(&self) -> usize;
}

impl Text for [u8] {
    #[inline]
    fn at(&self, i: usize) -> char {
        self[i] as char
    }
    fn len(&self) -> usize {
        <[u8]>::len(self)
    }
}
impl Text for [char] {
    #[inline]
    fn at(&self, i: usize) -> char {
        self[i]
    }
    fn len(&self) -> usize {
        <[char]>::len(self)
    }
}

/// How a match has to lie in the text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Anywhere.
    Search,
    /// From the start on.
    Match,
    /// From the start to the end.
    Full,
}

/// What to do when a way fails.
enum Undo {
    /// Tries this step at this position.
    Try(usize, usize),
    /// Puts a slot back.
    Slot(usize, usize),
    /// Puts a loop's counter back.
    Counter(usize, usize),
    /// Tries the step at positions from `last` down to `first`.
    Shorter { pc: usize, first: usize, last: usize },
    /// Tries the step with one more character of `Many`, from this position.
    Longer { pc: usize, at: usize, left: u32 },
}

/// A position that is not set.
pub const NONE: usize = usize::MAX;

/// A run of a program on a text.
pub struct Matcher<'a, T: Text + ?Sized> {
    program: &'a Program,
    text: &'a T,
    end: usize,
    full: bool,
    /// Starts and ends of the groups.
    pub slots: Vec<usize>,
    counters: Vec<usize>,
    undo: Vec<Undo>,
    /// Where the last run stood at its `Match`.
    stop: usize,
}

impl<'a, T: Text + ?Sized> Matcher<'a, T> {
    /// On the characters up to `end`.
    pub fn new(program: &'a Program, text: &'a T, end: usize) -> Self {
        Matcher {
            program,
            text,
            end,
            full: false,
            slots: vec![NONE; 2 * program.groups],
            counters: vec![NONE; program.counters],
            undo: vec![],
            stop: 0,
        }
    }

    /// Looks for a match from `pos` on. `not_empty_at`: an empty match there does not count.
    pub fn find(&mut self, pos: usize, mode: Mode, not_empty_at: Option<usize>) -> bool {
        self.full = mode == Mode::Full;
        let first = match self.program.insts.get(1) {
            Some(Inst::One(s)) if mode == Mode::Search => Some(s),
            _ => None,
        };
        for start in pos..=self.end {
            if first.is_some_and(|s| start == self.end || !s.matches(self.text.at(start))) {
                continue;
            }
            self.slots.fill(NONE);
            self.undo.clear();
            if self.run(0, start, not_empty_at) {
                return true;
            }
            if mode != Mode::Search {
                return false;
            }
        }
        false
    }

    fn word(&self, i: usize, ascii: bool) -> bool {
        i < self.end && is_word(self.text.at(i), ascii)
    }

    fn holds(&self, a: Anchor, pos: usize) -> bool {
        let newline = |i: usize| self.text.at(i) == '\n';
        match a {
            Anchor::Start => pos == 0,
            Anchor::LineStart => pos == 0 || newline(pos - 1),
            Anchor::End => pos == self.end || (pos + 1 == self.end && newline(pos)),
            Anchor::LineEnd => pos == self.end || newline(pos),
            Anchor::VeryEnd => pos == self.end,
            Anchor::Word(ascii) => (pos > 0 && self.word(pos - 1, ascii)) != self.word(pos, ascii),
            Anchor::NotWord(ascii) => (pos > 0 && self.word(pos - 1, ascii)) == self.word(pos, ascii),
        }
    }

    /// Runs from a step to `Match`. What is below the stack's height at the start is not touched.
    fn run(&mut self, pc: usize, pos: usize, not_empty_at: Option<usize>) -> bool {
        let base = self.undo.len();
        let (mut pc, mut pos) = (pc, pos);
        let program = self.program;
        loop {
            let ok = match &program.insts[pc] {
                Inst::One(s) => {
                    let ok = pos < self.end && s.matches(self.text.at(pos));
                    pos += 1;
                    pc += 1;
                    ok
                }
                Inst::Many { one, min, max, greedy } => {
                    let most = (*max as usize).min(self.end - pos.min(self.end));
                    let start = pos;
                    let want = if *greedy { most } else { (*min as usize).min(most) };
                    let mut n = 0;
                    while n < want && one.matches(self.text.at(start + n)) {
                        n += 1;
                    }
                    if n < *min as usize {
                        false
                    } else {
                        pc += 1;
                        pos = start + n;
                        if *greedy {
                            if n > *min as usize {
                                self.undo.push(Undo::Shorter { pc, first: start + *min as usize, last: pos - 1 });
                            }
                        } else if *max > n as u32 {
                            self.undo.push(Undo::Longer { pc, at: pos, left: *max - n as u32 });
                        }
                        true
                    }
                }
                Inst::Split(a, b) => {
                    self.undo.push(Undo::Try(*b, pos));
                    pc = *a;
                    true
                }
                Inst::Jump(to) => {
                    pc = *to;
                    true
                }
                Inst::Save(slot) => {
                    self.undo.push(Undo::Slot(*slot, self.slots[*slot]));
                    self.slots[*slot] = pos;
                    pc += 1;
                    true
                }
                Inst::Enter(c) => {
                    self.undo.push(Undo::Counter(*c, self.counters[*c]));
                    self.counters[*c] = pos;
                    pc += 1;
                    true
                }
                Inst::Progress(c) => {
                    pc += 1;
                    // A round that matched nothing is the last one.
                    if self.counters[*c] == pos {
                        pc += 1;
                    }
                    true
                }
                Inst::Anchor(a) => {
                    pc += 1;
                    self.holds(*a, pos)
                }
                Inst::Reference(g, folded) => {
                    let (from, to) = (self.slots[2 * g], self.slots[2 * g + 1]);
                    pc += 1;
                    if from == NONE || to == NONE || pos + (to - from) > self.end {
                        false
                    } else {
                        let same = (from..to).zip(pos..).all(|(i, j)| {
                            let (x, y) = (self.text.at(i), self.text.at(j));
                            x == y || (*folded && fold(x) == fold(y))
                        });
                        pos += to - from;
                        same
                    }
                }
                Inst::Look { next, back, negated, atomic } => {
                    let from = match back {
                        Some(n) if *n > pos => None,
                        Some(n) => Some(pos - n),
                        None => Some(pos),
                    };
                    let height = self.undo.len();
                    let full = std::mem::replace(&mut self.full, false);
                    let saved = self.slots.clone();
                    let after = from.and_then(|from| self.inner(pc + 1, from));
                    self.full = full;
                    self.undo.truncate(height);
                    if after.is_none() || *negated {
                        self.slots.clone_from(&saved);
                    } else {
                        for (i, old) in saved.iter().enumerate() {
                            if self.slots[i] != *old {
                                self.undo.push(Undo::Slot(i, *old));
                            }
                        }
                    }
                    pc = *next;
                    if *atomic {
                        pos = after.unwrap_or(pos);
                    }
                    after.is_some() != *negated
                }
                Inst::Unless(g, to) => {
                    pc = if self.slots[2 * g + 1] == NONE { *to } else { pc + 1 };
                    true
                }
                Inst::Match => {
                    let empty = not_empty_at == Some(pos) && self.slots[0] == pos;
                    if (!self.full || pos == self.end) && !empty {
                        self.stop = pos;
                        return true;
                    }
                    false
                }
            };
            if !ok && !self.backtrack(base, &mut pc, &mut pos) {
                return false;
            }
        }
    }

    /// Runs to the next `Match`; where it stands then.
    fn inner(&mut self, pc: usize, pos: usize) -> Option<usize> {
        let waiting = std::mem::take(&mut self.undo);
        let found = self.run(pc, pos, None);
        self.undo = waiting;
        found.then_some(self.stop)
    }

    fn backtrack(&mut self, base: usize, pc: &mut usize, pos: &mut usize) -> bool {
        while self.undo.len() > base {
            match self.undo.pop() {
                Some(Undo::Slot(i, old)) => self.slots[i] = old,
                Some(Undo::Counter(i, old)) => self.counters[i] = old,
                Some(Undo::Try(p, at)) => {
                    (*pc, *pos) = (p, at);
                    return true;
                }
                Some(Undo::Shorter { pc: p, first, last }) => {
                    if last > first {
                        self.undo.push(Undo::Shorter { pc: p, first, last: last - 1 });
                    }
                    (*pc, *pos) = (p, last);
                    return true;
                }
                Some(Undo::Longer { pc: p, at, left }) => {
                    if let Inst::Many { one, .. } = &self.program.insts[p - 1]
                        && at < self.end
                        && one.matches(self.text.at(at))
                    {
                        if left > 1 {
                            self.undo.push(Undo::Longer { pc: p, at: at + 1, left: left - 1 });
                        }
                        (*pc, *pos) = (p, at + 1);
                        return true;
                    }
                }
                None => {}
            }
        }
        false
    }
}
