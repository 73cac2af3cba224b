//! Where a word is while compiled code runs.

use std::fmt;

/// A machine register: 0 … 15 are the general ones, 16 … 31 the vector ones.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Reg(pub u8);

impl Reg {
    /// The number of a general register, or of a vector register.
    #[inline]
    pub fn number(self) -> u8 {
        self.0 & 15
    }
    /// Is it a vector register?
    #[inline]
    pub fn is_vector(self) -> bool {
        self.0 >= 16
    }
}

/// A set of registers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RegSet(pub u32);

impl RegSet {
    /// No register.
    pub const EMPTY: RegSet = RegSet(0);
    /// The set of these.
    pub const fn of(regs: &[Reg]) -> RegSet {
        let mut bits = 0;
        let mut i = 0;
        while i < regs.len() {
            bits |= 1 << regs[i].0;
            i += 1;
        }
        RegSet(bits)
    }
    /// Is it one of them?
    #[inline]
    pub fn has(self, r: Reg) -> bool {
        self.0 >> r.0 & 1 != 0
    }
    /// Puts it in.
    #[inline]
    pub fn add(&mut self, r: Reg) {
        self.0 |= 1 << r.0
    }
    /// Takes it out.
    #[inline]
    pub fn remove(&mut self, r: Reg) {
        self.0 &= !(1 << r.0)
    }
    /// In both.
    #[inline]
    pub const fn and(self, o: RegSet) -> RegSet {
        RegSet(self.0 & o.0)
    }
    /// In either.
    #[inline]
    pub const fn or(self, o: RegSet) -> RegSet {
        RegSet(self.0 | o.0)
    }
    /// In this one and not in the other.
    #[inline]
    pub const fn minus(self, o: RegSet) -> RegSet {
        RegSet(self.0 & !o.0)
    }
    /// The first.
    #[inline]
    pub fn first(self) -> Option<Reg> {
        if self.0 == 0 { None } else { Some(Reg(self.0.trailing_zeros() as u8)) }
    }
}

impl Iterator for RegSet {
    type Item = Reg;
    fn next(&mut self) -> Option<Reg> {
        let r = self.first()?;
        self.remove(r);
        Some(r)
    }
}

/// Spill slots of the native frame, which all traces of a tree share.
pub const MAX_SLOTS: usize = 256;

/// A set of spill slots.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SlotSet([u64; MAX_SLOTS / 64]);

impl SlotSet {
    /// Is it one of them?
    pub fn has(&self, s: u16) -> bool {
        self.0[s as usize / 64] >> (s % 64) & 1 != 0
    }
    /// Puts it in.
    pub fn add(&mut self, s: u16) {
        self.0[s as usize / 64] |= 1 << (s % 64)
    }
    /// Takes it out.
    pub fn remove(&mut self, s: u16) {
        self.0[s as usize / 64] &= !(1 << (s % 64))
    }
    /// In either.
    pub fn or(&self, o: &SlotSet) -> SlotSet {
        SlotSet(std::array::from_fn(|i| self.0[i] | o.0[i]))
    }
    /// Are all of them in `o`?
    pub fn is_subset(&self, o: &SlotSet) -> bool {
        self.0.iter().zip(&o.0).all(|(a, b)| a & !b == 0)
    }
}

/// Where a word is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Loc {
    /// Nowhere: the operand or result is not there, or not needed.
    None,
    /// In a register.
    Reg(Reg),
    /// In a spill slot.
    Slot(u16),
    /// The constant with this index in the trace.
    Const(u32),
}

impl fmt::Display for Loc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Loc::None => f.write_str("-"),
            Loc::Reg(r) => f.write_str(super::target::regs::name(*r)),
            Loc::Slot(s) => write!(f, "[{s}]"),
            Loc::Const(c) => write!(f, "#{c}"),
        }
    }
}
