//! The names of atoms, by number and by name.
//!
//! By name they are found in an open hash table that has the names' hashes beside their numbers: neither growing nor forgetting looks at
//! a name. A program that makes texts makes atoms all the time, and forgets nearly all of them.

use rustc_hash::FxHasher;
use std::hash::Hasher;
use std::rc::Rc;

/// See the module's text.
#[derive(Default)]
pub struct AtomTable {
    /// `None` for numbers that are free.
    names: Vec<Option<Rc<str>>>,
    free: Vec<u32>,
    /// Hashes and numbers, 0 where nothing is: a power of two of them, less than two thirds in use.
    slots: Vec<Option<Slot>>,
    used: usize,
}

#[derive(Clone, Copy)]
struct Slot {
    hash: u32,
    number: std::num::NonZeroU32,
}

impl Slot {
    fn new(hash: u32, number: u32) -> Slot {
        Slot { hash, number: std::num::NonZeroU32::MIN.saturating_add(number) }
    }

    fn number(self) -> u32 {
        self.number.get() - 1
    }
}

fn hash(name: &str) -> u32 {
    let mut h = FxHasher::default();
    h.write(name.as_bytes());
    let h = h.finish();
    (h ^ h >> 32) as u32
}

impl AtomTable {
    /// The number of a name, and whether it is new.
    pub fn number(&mut self, name: &str) -> (u32, bool) {
        let hash = hash(name);
        if let Some(n) = self.find(name, hash) {
            return (n, false);
        }
        if 3 * (self.used + 1) > 2 * self.slots.len() {
            self.resize(2 * self.slots.len().max(256));
        }
        let name = Some(name.into());
        let n = match self.free.pop() {
            Some(n) => {
                self.names[n as usize] = name;
                n
            }
            None => {
                self.names.push(name);
                self.names.len() as u32 - 1
            }
        };
        self.insert(Slot::new(hash, n));
        (n, true)
    }

    fn find(&self, name: &str, hash: u32) -> Option<u32> {
        let mask = self.slots.len().wrapping_sub(1);
        let mut i = hash as usize;
        loop {
            let slot = (*self.slots.get(i & mask)?)?;
            if slot.hash == hash && self.names[slot.number() as usize].as_deref() == Some(name) {
                return Some(slot.number());
            }
            i += 1;
        }
    }

    fn insert(&mut self, slot: Slot) {
        let mask = self.slots.len() - 1;
        let mut i = slot.hash as usize;
        while self.slots[i & mask].is_some() {
            i += 1;
        }
        self.slots[i & mask] = Some(slot);
        self.used += 1;
    }

    fn resize(&mut self, size: usize) {
        let old = std::mem::replace(&mut self.slots, vec![None; size]);
        self.used = 0;
        old.into_iter().flatten().for_each(|s| self.insert(s));
    }

    /// The name with a number.
    pub fn name(&self, number: u32) -> &Rc<str> {
        self.names[number as usize].as_ref().expect("an atom in use")
    }

    /// One more than the greatest number.
    pub fn end(&self) -> usize {
        self.names.len()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.used
    }

    /// The names there are.
    pub fn names(&self) -> impl Iterator<Item = &Rc<str>> {
        self.names.iter().flatten()
    }

    /// Forgets the names whose numbers are not in use.
    pub fn retain(&mut self, in_use: impl Fn(usize) -> bool) {
        for (n, name) in self.names.iter_mut().enumerate() {
            if !in_use(n) && name.take().is_some() {
                self.free.push(n as u32);
            }
        }
        let mut kept = std::mem::take(&mut self.slots);
        let size = kept.len();
        kept.retain(|s| s.is_some_and(|s| self.names[s.number() as usize].is_some()));
        self.slots = kept;
        self.resize((2 * self.slots.len()).next_power_of_two().clamp(256, size.max(256)));
    }
}
