//! The shadow of VM registers and frames while recording: which IR value each stack word holds.

use crate::ir::Ref;
use framework::Frame;
use smallvec::SmallVec;

/// Stack offset (from the entry activation's register 0, may be negative) → IR reference.
#[derive(Clone, Default)]
pub struct SlotMap {
    low: i32,
    refs: Vec<Ref>,
}

impl SlotMap {
    /// The reference, or `Ref::NONE` for a word the trace has neither read nor written.
    #[inline]
    pub fn get(&self, i: i32) -> Ref {
        self.refs.get((i - self.low) as usize).copied().unwrap_or(Ref::NONE)
    }

    /// Sets it and returns the old one.
    pub fn set(&mut self, i: i32, r: Ref) -> Ref {
        if self.refs.is_empty() {
            self.low = i;
        }
        if i < self.low {
            let more = (self.low - i) as usize;
            self.refs.splice(0..0, std::iter::repeat_n(Ref::NONE, more));
            self.low = i;
        }
        let k = (i - self.low) as usize;
        if k >= self.refs.len() {
            self.refs.resize(k + 1, Ref::NONE);
        }
        std::mem::replace(&mut self.refs[k], r)
    }

    /// All words that have a reference, by offset.
    pub fn iter(&self) -> impl Iterator<Item = (i32, Ref)> + '_ {
        self.refs.iter().enumerate().filter(|(_, r)| **r != Ref::NONE).map(|(k, &r)| (k as i32 + self.low, r))
    }

    /// Becomes like another map, in its own memory.
    pub fn copy_from(&mut self, other: &SlotMap) {
        self.low = other.low;
        self.refs.clone_from(&other.refs);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.refs.clear();
    }
}

/// Registers and frames, now and (through an undo log) at the start of the bytecode instruction.
#[derive(Clone)]
pub struct State {
    /// What stack words hold.
    pub slots: SlotMap,
    /// The running activation; its `base` is relative to the entry activation's, as an `i32`.
    pub cur: Frame,
    /// Frames pushed since, outermost first, with relative bases.
    pub pushed: Vec<Frame>,
    undo: Vec<(i32, Ref)>,
    start: Frame,
    start_pushed: Option<Vec<Frame>>,
    /// Words above the entry activation's register 0 that activations of this trace may use, and frames: what `Room` asks for.
    pub max_words: u32,
    /// See `max_words`.
    pub max_frames: u32,
}

impl State {
    /// The state on entry: nothing known but the activation.
    pub fn new(mut cur: Frame) -> State {
        cur.base = 0;
        State { slots: SlotMap::default(), cur, pushed: vec![], undo: vec![], start: cur, start_pushed: None, max_words: 0, max_frames: 0 }
    }

    /// Makes it as good as new.
    pub fn reset(&mut self, mut cur: Frame) {
        cur.base = 0;
        self.slots.clear();
        (self.cur, self.start, self.start_pushed) = (cur, cur, None);
        self.pushed.clear();
        self.undo.clear();
        (self.max_words, self.max_frames) = (0, 0);
    }

    /// Becomes like another one, in its own memory.
    pub fn copy_from(&mut self, other: &State) {
        self.slots.copy_from(&other.slots);
        (self.cur, self.start, self.max_words, self.max_frames) = (other.cur, other.start, other.max_words, other.max_frames);
        self.pushed.clone_from(&other.pushed);
        self.undo.clone_from(&other.undo);
        self.start_pushed.clone_from(&other.start_pushed);
    }

    /// Offset of register `r` of the running activation.
    #[inline]
    pub fn offset(&self, r: u32) -> i32 {
        self.cur.base as i32 + r as i32
    }

    /// Sets a stack word.
    pub fn set(&mut self, i: i32, r: Ref) {
        let old = self.slots.set(i, r);
        self.undo.push((i, old));
    }

    /// Starts an activation over register `base` of the running one.
    pub fn push(&mut self, code: u64, base: u32, cont: u64, registers: u32) {
        self.keep_frames();
        self.pushed.push(Frame { cont, ..self.cur });
        self.cur = Frame { code, pc: 0, base: (self.cur.base as i32 + base as i32) as u32, cont: 0 };
        self.max_words = self.max_words.max((self.cur.base as i32 + registers as i32).max(0) as u32);
        self.max_frames = self.max_frames.max(self.pushed.len() as u32);
    }

    /// Goes back to the innermost frame this trace pushed, if there is one.
    pub fn pop(&mut self) -> Option<Frame> {
        self.keep_frames();
        let f = self.pushed.pop()?;
        self.cur = f;
        Some(f)
    }

    fn keep_frames(&mut self) {
        if self.start_pushed.is_none() {
            self.start_pushed = Some(self.pushed.clone());
        }
    }

    /// The state now is the start of an instruction.
    pub fn mark(&mut self) {
        self.undo.clear();
        self.start = self.cur;
        self.start_pushed = None;
    }

    /// The running activation, and the frames pushed, at the start of the instruction.
    pub fn frames_at_start(&self) -> (Frame, &[Frame]) {
        (self.start, self.start_pushed.as_ref().unwrap_or(&self.pushed))
    }

    /// Runs `f` on the state at the start of the instruction.
    pub fn at_start<T>(&mut self, f: impl FnOnce(&mut State) -> T) -> T {
        let mut redo = SmallVec::<[(i32, Ref); 8]>::new();
        for &(i, old) in self.undo.iter().rev() {
            redo.push((i, self.slots.set(i, old)));
        }
        let now = std::mem::replace(&mut self.cur, self.start);
        let pushed = self.start_pushed.clone().map(|p| std::mem::replace(&mut self.pushed, p));
        let r = f(self);
        if let Some(p) = pushed {
            self.pushed = p;
        }
        self.cur = now;
        for (i, r) in redo.into_iter().rev() {
            self.slots.set(i, r);
        }
        r
    }

    /// Goes back to the start of the instruction.
    pub fn rewind(&mut self) {
        for (i, old) in std::mem::take(&mut self.undo).into_iter().rev() {
            self.slots.set(i, old);
        }
        self.cur = self.start;
        if let Some(p) = self.start_pushed.take() {
            self.pushed = p;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_an_instruction_can_be_looked_at_and_restored() {
        let mut s = State::new(Frame { code: 8, pc: 3, base: 70, cont: 0 });
        s.set(2, Ref(20));
        s.mark();
        s.set(2, Ref(21));
        s.set(-1, Ref(5));
        s.set(2, Ref(22));
        s.push(16, 4, 99, 3);
        assert_eq!(s.at_start(|s| (s.slots.get(2), s.slots.get(-1), s.cur.code, s.pushed.len())), (Ref(20), Ref::NONE, 8, 0));
        assert_eq!((s.slots.get(2), s.slots.get(-1), s.cur.code, s.cur.base), (Ref(22), Ref(5), 16, 4));
        s.rewind();
        assert_eq!((s.slots.get(2), s.slots.get(-1), s.cur.code, s.pushed.len()), (Ref(20), Ref::NONE, 8, 0));
    }
}
