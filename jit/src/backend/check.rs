//! Checks an allocation by running it symbolically: at each use, is the right value there?
//!
//! It shares nothing with the allocator but the machine's demands, so that a mistake in one shows against the other.

use super::LabelInfo;
use super::loc::{Loc, MAX_SLOTS, SlotSet};
use super::regalloc::{Allocation, Outside, Step, canonical};
use super::target::regs;
use crate::ir::*;
use std::collections::HashMap;
use std::fmt;

/// What is wrong, and at which step.
#[derive(Debug)]
pub struct Wrong {
    step: usize,
    what: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {}: {}", self.step, self.what)
    }
}

/// What a place holds. One word may be several values.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Content(Vec<Ref>);

struct Checker<'a> {
    t: &'a Trace,
    outside: &'a Outside<'a>,
    places: HashMap<Loc, Content>,
    step: usize,
}

/// Checks an allocation.
pub fn check<'a>(t: &'a Trace, outside: &'a Outside<'a>, a: &Allocation) -> Result<(), Wrong> {
    let mut c = Checker { t, outside, places: HashMap::new(), step: 0 };
    for (p, &input) in outside.inputs.iter().enumerate() {
        c.places.entry(input).or_default().0.push(Ref(p as u32));
    }
    for s in (0..MAX_SLOTS as u16).filter(|&s| outside.reserved.has(s)) {
        c.places.entry(Loc::Slot(s)).or_default().0.push(reserved_value(s));
    }
    let mut exits = a.exits.iter();
    let mut reachable = true;
    for (n, step) in a.steps.iter().enumerate() {
        c.step = n;
        match *step {
            Step::Move { from, to } => c.run_move(from, to)?,
            Step::Op { inst, dst, args } => {
                let i = &t.insts[inst as usize];
                if i.op == Op::Label {
                    let info = a.label.as_ref().ok_or_else(|| c.wrong("a label nothing is known of"))?;
                    c.label(inst as usize, info, reachable)?;
                    reachable = true;
                    continue;
                }
                c.uses(i, dst, args)?;
                let demands = regs::demands(t, i);
                for r in demands.clobbers {
                    c.places.remove(&Loc::Reg(r));
                }
                if i.op == Op::Jump {
                    c.jump(i, a.label.as_ref())?;
                }
                if dst != Loc::None {
                    c.places.insert(dst, Content(vec![Ref(inst)]));
                }
                if t.snapshot_of(i).is_some() {
                    // After the result is written: a guard may fail then.
                    let e = exits.next().filter(|e| e.inst == inst).ok_or_else(|| c.wrong("its exit is missing"))?;
                    let leaves = t.snapshots.get(i.c as usize).leaves;
                    c.reserved_are_intact(&outside.reserved)?;
                    if e.undo {
                        c.undo(i, dst, args)?;
                    }
                    for (&leaf, &at) in leaves.iter().zip(a.leaves(t, e)) {
                        c.holds(at, leaf)?;
                    }
                    if e.undo {
                        c.places.insert(dst, Content(vec![Ref(inst)]));
                    }
                }
                c.places.remove(&Loc::Reg(regs::VECTOR_SCRATCH));
                if dst != Loc::Reg(regs::SCRATCH) {
                    c.places.remove(&Loc::Reg(regs::SCRATCH));
                }
                reachable &= i.op.class() != Class::End;
            }
        }
    }
    Ok(())
}

impl Checker<'_> {
    fn wrong(&self, what: impl Into<String>) -> Wrong {
        Wrong { step: self.step, what: what.into() }
    }

    /// Does the place hold the value?
    fn holds(&self, at: Loc, r: Ref) -> Result<(), Wrong> {
        let r = canonical(self.t, r);
        let right = match (at, r.as_const()) {
            (Loc::Const(c), Some(k)) => c as usize == k,
            (at, _) => self.places.get(&at).is_some_and(|c| c.0.contains(&r)),
        };
        if right { Ok(()) } else { Err(self.wrong(format!("{at} should hold {r:?} but has {:?}", self.places.get(&at)))) }
    }

    /// Before the leaves are read, the exit turns the result into the first operand.
    fn undo(&mut self, i: &Inst, dst: Loc, args: [Loc; 3]) -> Result<(), Wrong> {
        let reversible = matches!(i.op, Op::IntAddOvf | Op::IntSubOvf) && i.expect();
        if !reversible || args[0] != dst || args[1] == dst || !matches!(dst, Loc::Reg(_)) {
            return Err(self.wrong("what cannot be undone is undone"));
        }
        self.places.insert(dst, Content(vec![canonical(self.t, i.ra())]));
        Ok(())
    }

    fn run_move(&mut self, from: Loc, to: Loc) -> Result<(), Wrong> {
        let content = match from {
            Loc::Const(c) => Content(vec![Ref::constant(c as usize)]),
            from => self.places.get(&from).cloned().ok_or_else(|| self.wrong(format!("{from} is moved but holds nothing")))?,
        };
        self.places.insert(to, content);
        Ok(())
    }

    /// Slots that traces above in the tree keep values in must still have them where one may get back there.
    fn reserved_are_intact(&self, reserved: &SlotSet) -> Result<(), Wrong> {
        let intact = |&s: &u16| self.places.get(&Loc::Slot(s)).is_some_and(|c| c.0.contains(&reserved_value(s)));
        match (0..MAX_SLOTS as u16).filter(|&s| reserved.has(s)).find(|s| !intact(s)) {
            Some(s) => Err(self.wrong(format!("slot {s} is reserved and was overwritten"))),
            None => Ok(()),
        }
    }

    fn uses(&self, i: &Inst, dst: Loc, args: [Loc; 3]) -> Result<(), Wrong> {
        let [a, b] = i.op.operands().map(|o| matches!(o, Operand::Ref(_) | Operand::Any));
        if a {
            self.holds(args[0], i.ra())?;
        }
        if b {
            self.holds(args[1], i.rb())?;
        }
        if i.op == Op::StoreElem {
            self.holds(args[2], Ref(i.c))?;
        }
        if i.op == Op::Call {
            for (&r, &at) in self.t.list(i).iter().zip(&regs::ARGS) {
                self.holds(Loc::Reg(at), r)?;
            }
        }
        let demands = regs::demands(self.t, i);
        for (k, arg) in args.iter().enumerate().skip(1) {
            if let Loc::Reg(r) = *arg
                && demands.clobbers.has(r)
            {
                return Err(self.wrong(format!("operand {k} is overwritten before it is read")));
            }
        }
        if demands.apart && args.contains(&dst) && dst != Loc::None {
            return Err(self.wrong("an operand is where the result is written early"));
        }
        if demands.c_in_reg && matches!(args[2], Loc::Slot(_)) {
            return Err(self.wrong("the operand must be in a register"));
        }
        Ok(())
    }

    /// From here on only what the label promises is known.
    fn label(&mut self, at: usize, info: &LabelInfo, reachable: bool) -> Result<(), Wrong> {
        let through: Vec<Ref> = self.live_through(at);
        if info.live.len() != through.len() {
            return Err(self.wrong(format!("{} values live through the label, not {}", through.len(), info.live.len())));
        }
        let mut places: HashMap<Loc, Content> = HashMap::new();
        for (place, &r) in info.live.iter().zip(&through) {
            if place.slot.is_none() {
                return Err(self.wrong(format!("{r:?} lives through the label and has no slot")));
            }
            for l in place.locs() {
                if reachable {
                    self.holds(l, r)?;
                }
                places.entry(l).or_default().0.push(r);
            }
        }
        // Reserved slots stay as they are, also if they hold values of this trace.
        self.reserved_are_intact(&self.outside.reserved)?;
        for s in (0..MAX_SLOTS as u16).filter(|&s| self.outside.reserved.has(s)) {
            places.entry(Loc::Slot(s)).or_default().0.push(reserved_value(s));
        }
        for (k, place) in info.params.iter().enumerate() {
            for l in place.locs() {
                let content = places.entry(l).or_default();
                if !content.0.is_empty() {
                    return Err(self.wrong(format!("{l} is wanted for two values at the label")));
                }
                content.0.push(Ref((at + 1 + k) as u32));
            }
        }
        self.places = places;
        Ok(())
    }

    /// The values from above the label that needed code below it uses, in order.
    fn live_through(&self, label: usize) -> Vec<Ref> {
        let t = self.t;
        let mut used = vec![false; t.insts.len()];
        for (n, i) in t.insts.iter().enumerate().skip(label).rev() {
            let droppable = match i.op.class() {
                Class::Pure | Class::Load | Class::Alloc => true,
                Class::Call => matches!(t.desc(i), Desc::Fun(f) if f.effect != framework::Effect::Any),
                _ => false,
            };
            if droppable && !used[n] || matches!(i.op, Op::Param | Op::Virtual) {
                continue;
            }
            let mut touch = |r: Ref| {
                if let Some(v) = canonical(t, r).as_inst() {
                    used[v] = true;
                }
            };
            t.for_operands(i, &mut touch);
            if let Some(s) = t.snapshot_of(i) {
                t.snapshots.get(s).leaves.iter().for_each(|&r| touch(r));
            }
        }
        (0..label).filter(|&v| used[v]).map(|v| Ref(v as u32)).collect()
    }

    fn jump(&self, i: &Inst, own: Option<&LabelInfo>) -> Result<(), Wrong> {
        let other = match *self.t.desc(i) {
            Desc::Target(Target::Label(id)) => Some(id),
            _ => None,
        };
        let info = other.map_or(own, |id| (self.outside.label_of)(id)).ok_or_else(|| self.wrong("the target is missing"))?;
        for (place, &r) in info.params.iter().zip(self.t.list(i)) {
            for l in place.locs() {
                self.holds(l, r)?;
            }
        }
        self.reserved_are_intact(&info.reserved)?;
        let through = match other {
            // Another trace's values come out of their reserved slots.
            Some(_) => info.live.iter().filter_map(|p| p.slot.map(reserved_value)).collect(),
            None => self.live_through(self.t.insts.iter().position(|i| i.op == Op::Label).unwrap_or(0)),
        };
        for (place, &r) in info.live.iter().zip(&through) {
            for l in place.locs() {
                if !self.places.get(&l).is_some_and(|c| c.0.contains(&r)) {
                    return Err(self.wrong(format!("{l} should hold {r:?}, which lives through the label")));
                }
            }
        }
        Ok(())
    }
}

/// Stands for what a reserved slot holds: a value of some trace above.
fn reserved_value(s: u16) -> Ref {
    Ref(1 << 30 | s as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::loc::Reg;
    use crate::backend::regalloc::allocate;

    const LOOP: &str = "v0 = slot 0
        v1 = unbox_int v0
        v2 = int_mul v1, 3
        jump own(0, v2, 1.5)
        label
        vi = param int
        va = param int
        vx = param float
        int_lt vi, v1 -> exit s0
        vb = int_sub va, vi
        vy = float_mul vx, vx
        vc = int_mul_ovf vb, v2 -> exit s1
        vn = int_add vi, 1
        jump own(vn, vc, vy)
        s0: leaves va vx
        s1: leaves vb vi vx";

    /// Spoils each step of a right allocation in several ways; the checker must see it.
    #[test]
    fn every_planted_mistake_is_found() {
        let t = parse(LOOP, &Registry::default()).unwrap();
        let outside = Outside { inputs: &[], reserved: SlotSet::default(), reachable: &[], slots: MAX_SLOTS, label_of: &|_| None };
        let right = allocate(&t, &outside).unwrap();
        check(&t, &outside, &right).unwrap();
        let wrong_reg = |l: Loc| match l {
            Loc::Reg(r) => Loc::Reg(Reg(r.0 ^ 1)),
            Loc::Slot(s) => Loc::Slot(s + 7),
            l => l,
        };
        let mut planted = 0;
        let mut plant = |what: &str, spoil: &dyn Fn(&mut Allocation)| {
            let mut a = allocate(&t, &outside).unwrap();
            spoil(&mut a);
            if a.steps != right.steps || a.leaf_locs != right.leaf_locs || a.label != right.label {
                planted += 1;
                assert!(check(&t, &outside, &a).is_err(), "not found: {what}");
            }
        };
        for n in 0..right.steps.len() {
            if matches!(right.steps[n], Step::Move { .. }) {
                plant(&format!("no move {n}"), &|a| _ = a.steps.remove(n));
            }
            plant(&format!("destination of step {n}"), &|a| match &mut a.steps[n] {
                Step::Move { to, .. } => *to = wrong_reg(*to),
                Step::Op { dst, .. } => *dst = wrong_reg(*dst),
            });
            plant(&format!("source of step {n}"), &|a| match &mut a.steps[n] {
                Step::Move { from, .. } => *from = wrong_reg(*from),
                Step::Op { args, .. } => args[0] = wrong_reg(args[0]),
            });
        }
        for n in 0..right.leaf_locs.len() {
            plant(&format!("leaf {n}"), &|a| a.leaf_locs[n] = wrong_reg(a.leaf_locs[n]));
        }
        plant("a parameter's place", &|a| {
            let p = &mut a.label.as_mut().unwrap().params[0];
            p.reg = p.reg.map(|r| Reg(r.0 ^ 1));
        });
        plant("a slot of what lives through", &|a| a.label.as_mut().unwrap().live[0].slot = None);
        assert!(planted > 30, "only {planted}");
    }
}
