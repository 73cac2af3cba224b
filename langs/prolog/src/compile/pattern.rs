//! Patterns: what compound terms of a clause are matched with and built from.
//!
//! At run time `unify::build` recurses into all but the last compound of a level. So subterms that are nested deeply in that sense
//! are cut out: built beforehand by instructions of their own, or matched afterwards.

use super::{Compiler, Shape};
use crate::code::{Cell, Insn, Pat, PatId};
use crate::structural;
use crate::symbols::Functor;
use crate::terms::{Struct, View, cells, view, view_at};
use framework::Value;

/// So deep patterns go.
const DEEP: usize = 64;

impl Compiler<'_> {
    /// The pattern from which a compound term is built.
    pub(super) fn building(&mut self, v: Value) -> PatId {
        if structural::depth(v) > DEEP {
            self.prepare(v);
        }
        self.pattern(v, false, 0)
    }

    /// Builds the deep parts of a term, the deepest first, each in a register.
    fn prepare(&mut self, v: Value) {
        let mut work = vec![(v, 0, false)];
        while let Some((v, depth, ready)) = work.pop() {
            if ready {
                let pat = self.pattern(v, false, 0);
                let reg = self.new_reg();
                self.emit(Insn::Put { reg, pat });
                self.built.insert(v.0, reg);
                continue;
            }
            let cut = depth > DEEP;
            if cut {
                work.push((v, 0, true));
            }
            let inner = if cut { 0 } else { depth };
            let parts = self.compounds(v);
            for (i, &c) in parts.iter().enumerate() {
                work.push((c, inner + usize::from(i + 1 < parts.len()), false));
            }
        }
    }

    /// The compound parts of a compound term.
    fn compounds(&mut self, v: Value) -> Vec<Value> {
        let o = v.as_obj();
        let (n, first) = cells(o);
        let mut out = vec![];
        for i in 0..n {
            if let Shape::Compound(c) = self.shape(view_at(o, first + 8 * i)) {
                out.push(c);
            }
        }
        out
    }

    /// The pattern of a compound term: the flat cells first, then the compounds, as matching and building go.
    /// With `subs`, to be matched: compounds in it get registers.
    pub(super) fn pattern(&mut self, v: Value, subs: bool, depth: usize) -> PatId {
        let (o, list) = match view(v) {
            View::Cons(o) => (o, true),
            View::Struct(o) => (o, false),
            _ => unreachable!("patterns are of compound terms"),
        };
        let (n, first) = cells(o);
        let mut all = vec![Cell::Void; n];
        let mut nested = vec![];
        for (i, cell) in all.iter_mut().enumerate() {
            *cell = match self.shape(view_at(o, first + 8 * i)) {
                Shape::Var(v) => self.var_pattern(v),
                Shape::Const(k) => Cell::Const(self.constant(k)),
                Shape::Compound(c) => {
                    nested.push((i, c));
                    continue;
                }
            };
        }
        let last = nested.last().map(|n| n.0);
        for (i, c) in nested {
            let depth = depth + usize::from(Some(i) != last);
            all[i] = match self.built.get(&c.0) {
                Some(&r) if !subs => Cell::Var(r),
                _ if subs && depth > DEEP => {
                    let r = self.new_reg();
                    self.deferred.push((r, c));
                    Cell::First(r)
                }
                _ => {
                    let p = self.pattern(c, subs, depth);
                    Cell::Sub(if subs { self.new_reg() } else { 0 }, p)
                }
            };
        }
        self.code.pats.push(if list { Pat::List([all[0], all[1]]) } else { Pat::Struct(o.get(Struct::functor) as Functor, all.into()) });
        self.code.pats.len() as PatId - 1
    }

    fn var_pattern(&mut self, v: usize) -> Cell {
        if self.variables[v].count == 1 {
            return Cell::Void;
        }
        let r = self.reg(v);
        if self.known.contains(v) {
            Cell::Var(r)
        } else {
            self.known.insert(v);
            Cell::First(r)
        }
    }

    /// Matches a register with a compound term.
    pub(super) fn get(&mut self, reg: u32, v: Value) {
        let pat = self.pattern(v, true, 0);
        self.get_pattern(reg, pat);
        self.get_deferred();
    }

    /// Matches what is nested too deeply to be part of a pattern.
    pub(super) fn get_deferred(&mut self) {
        while let Some((reg, v)) = self.deferred.pop() {
            let pat = self.pattern(v, true, 0);
            self.get_pattern(reg, pat);
        }
    }

    pub(super) fn get_pattern(&mut self, reg: u32, pat: PatId) {
        if let Pat::List([head, tail]) = self.code.pats[pat as usize]
            && !matches!((head, tail), (Cell::Sub(..), _) | (_, Cell::Sub(..)))
        {
            self.emit(Insn::GetList { reg, head, tail });
            return;
        }
        let at = self.emit(Insn::Get { reg, pat, next: 0 });
        for (r, p) in self.subpatterns(pat) {
            self.get_pattern(r, p);
        }
        let end = self.here();
        if let Insn::Get { next, .. } = &mut self.code.insns[at] {
            *next = end;
        }
    }

    pub(super) fn subpatterns(&self, pat: PatId) -> Vec<(u32, PatId)> {
        let sub = |c: &Cell| if let Cell::Sub(r, p) = c { Some((*r, *p)) } else { None };
        self.code.pats[pat as usize].cells().iter().filter_map(sub).collect()
    }
}
