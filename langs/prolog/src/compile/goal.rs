//! Bodies as trees of control constructs, with the variables of each part.

use super::{Compiler, arg};
use crate::arith::{Binary, Unary};
use crate::code::{Relation, Test};
use crate::symbols::{Functor, atoms};
use crate::terms::{Struct, View, view};
use framework::Value;

/// A set of clause variables.
#[derive(Clone, Default, Debug, PartialEq)]
pub struct Vars(Vec<u64>);

impl Vars {
    pub fn insert(&mut self, v: usize) {
        if self.0.len() <= v / 64 {
            self.0.resize(v / 64 + 1, 0);
        }
        self.0[v / 64] |= 1 << (v % 64);
    }
    pub fn contains(&self, v: usize) -> bool {
        self.0.get(v / 64).is_some_and(|w| w >> (v % 64) & 1 != 0)
    }
    pub fn union(&self, o: &Vars) -> Vars {
        let mut out = self.clone();
        out.0.resize(self.0.len().max(o.0.len()), 0);
        for (a, b) in out.0.iter_mut().zip(&o.0) {
            *a |= b;
        }
        out
    }
    pub fn intersect(&self, o: &Vars) -> Vars {
        Vars(self.0.iter().zip(&o.0).map(|(a, b)| a & b).collect())
    }
    pub fn minus(&self, o: &Vars) -> Vars {
        Vars(self.0.iter().enumerate().map(|(i, a)| a & !o.0.get(i).copied().unwrap_or(0)).collect())
    }
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(i, w)| (0..64).filter(move |b| w >> b & 1 != 0).map(move |b| 64 * i + b))
    }
}

pub struct Goal {
    pub kind: Kind,
    pub vars: Vars,
}

pub enum Kind {
    True,
    Fail,
    Cut,
    Sequence(Vec<Goal>),
    Or(Box<Goal>, Box<Goal>),
    /// Condition, then, else; soft or not.
    IfThenElse(Box<Goal>, Box<Goal>, Box<Goal>, bool),
    Not(Box<Goal>),
    Unify(Value),
    Test(Test, Value),
    Compare(Relation, Value),
    /// `==`, or `\==` if false.
    Identical(bool, Value),
    Is(Value),
    /// `=..`
    Univ(Value),
    /// A call, by functor.
    Call(Functor, Value),
    /// A variable as a goal, or something that is no goal.
    Meta(Value),
}

impl Goal {
    /// The tree of a body.
    pub fn read(c: &mut Compiler, body: Value) -> Goal {
        // Conjunctions are walked, not recursed into.
        let mut goals = vec![];
        let mut work = vec![body];
        let conjunction = c.vm.rt.shared.system().conjunction;
        while let Some(v) = work.pop() {
            match view(v) {
                View::Struct(o) if o.get(Struct::functor) as Functor == conjunction => {
                    work.push(crate::terms::cell(&mut c.vm.core.heap, o, 1));
                    work.push(crate::terms::cell(&mut c.vm.core.heap, o, 0));
                }
                _ => goals.push(Goal::one(c, v)),
            }
        }
        if goals.len() == 1 {
            return goals.pop().expect("one goal");
        }
        let vars = goals.iter().fold(Vars::default(), |v, g| v.union(&g.vars));
        Goal { kind: Kind::Sequence(goals), vars }
    }

    fn read_value(c: &mut Compiler, v: View) -> Goal {
        let v = match v {
            View::Unbound(p) => p.reference(&mut c.vm.core.heap),
            View::Cons(o) | View::Struct(o) | View::Str(o) | View::Big(o) => o.into(),
            View::Atom(a) | View::Other(a) => a,
            View::Int(i) => c.vm.core.heap.int(i),
            View::Float(f) => c.vm.core.heap.float(f),
        };
        Goal::read(c, v)
    }

    fn one(c: &mut Compiler, goal: Value) -> Goal {
        let mut vars = variables(c, goal);
        let kind = Goal::kind(c, goal);
        match &kind {
            Kind::Cut => vars.insert(0),
            Kind::Or(a, b) => vars = vars.union(&a.vars).union(&b.vars),
            Kind::IfThenElse(a, b, e, _) => vars = vars.union(&a.vars).union(&b.vars).union(&e.vars),
            Kind::Not(a) => vars = vars.union(&a.vars),
            _ => {}
        }
        Goal { kind, vars }
    }

    fn kind(c: &mut Compiler, goal: Value) -> Kind {
        let o = match view(goal) {
            View::Atom(a) if a == atoms::TRUE_ => return Kind::True,
            View::Atom(a) if a == atoms::FAIL || a == atoms::FALSE_ => return Kind::Fail,
            View::Atom(a) if a == atoms::CUT => return Kind::Cut,
            View::Atom(a) => {
                let f = c.vm.rt.shared.symbols.functor(a, 0);
                return Kind::Call(f, goal);
            }
            View::Struct(o) => o,
            _ => return Kind::Meta(goal),
        };
        let system = c.vm.rt.shared.system();
        let f = o.get(Struct::functor) as Functor;
        let (name, arity) = c.vm.rt.shared.symbols.functor_parts(f);
        if f == system.disjunction || f == system.bar {
            if let View::Struct(l) = arg(goal, 0) {
                let g = l.get(Struct::functor) as Functor;
                if g == system.if_then || g == system.soft_if_then {
                    let (condition, then) = (Goal::read_value(c, arg(l.into(), 0)), Goal::read_value(c, arg(l.into(), 1)));
                    let or_else = Goal::read_value(c, arg(goal, 1));
                    return Kind::IfThenElse(condition.into(), then.into(), or_else.into(), g == system.soft_if_then);
                }
            }
            return Kind::Or(Goal::read_value(c, arg(goal, 0)).into(), Goal::read_value(c, arg(goal, 1)).into());
        }
        let fail = || Box::new(Goal { kind: Kind::Fail, vars: Vars::default() });
        let truth = || Box::new(Goal { kind: Kind::True, vars: Vars::default() });
        if f == system.if_then || f == system.soft_if_then {
            let (condition, then) = (Goal::read_value(c, arg(goal, 0)), Goal::read_value(c, arg(goal, 1)));
            return Kind::IfThenElse(condition.into(), then.into(), fail(), f == system.soft_if_then);
        }
        if f == system.negation {
            return Kind::Not(Goal::read_value(c, arg(goal, 0)).into());
        }
        if f == system.module_call
            && let View::Atom(_) = arg(goal, 0)
            && let View::Struct(_) | View::Atom(_) = arg(goal, 1)
        {
            let inner = Goal::read_value(c, arg(goal, 1));
            return Kind::Or(inner.into(), fail()).simplify();
        }
        if arity == 1 && (name == atoms::ONCE || name == atoms::IGNORE) && matches!(arg(goal, 0), View::Struct(_) | View::Atom(_)) {
            let condition = Goal::read_value(c, arg(goal, 0));
            return Kind::IfThenElse(condition.into(), truth(), if name == atoms::ONCE { fail() } else { truth() }, false);
        }
        let test = |t| Kind::Test(t, goal);
        if (name, arity) == (atoms::ARG, 3) {
            // With a number an instruction, else the library's predicate that goes through all arguments.
            let one = c.vm.rt.shared.symbols.functor(atoms::ARG_AT, 3);
            if let View::Int(_) = arg(goal, 0) {
                return Kind::Call(one, goal);
            }
            let of = |kind| Box::new(Goal { kind, vars: variables(c, goal) });
            return Kind::IfThenElse(of(test(Test::Integer)), of(Kind::Call(one, goal)), of(Kind::Call(f, goal)), false);
        }
        match (name, arity) {
            (atoms::EQ, 2) => Kind::Unify(goal),
            (atoms::IDENTICAL, 2) => Kind::Identical(true, goal),
            (atoms::NOT_IDENTICAL, 2) => Kind::Identical(false, goal),
            (atoms::IS, 2) => Kind::Is(goal),
            (atoms::UNIV, 2) => Kind::Univ(goal),
            (atoms::NUM_EQ, 2) => Kind::Compare(Relation::Eq, goal),
            (atoms::NUM_NE, 2) => Kind::Compare(Relation::Ne, goal),
            (atoms::LT, 2) => Kind::Compare(Relation::Lt, goal),
            (atoms::LE, 2) => Kind::Compare(Relation::Le, goal),
            (atoms::GT, 2) => Kind::Compare(Relation::Gt, goal),
            (atoms::GE, 2) => Kind::Compare(Relation::Ge, goal),
            (atoms::TVAR, 1) => test(Test::Var),
            (atoms::TNONVAR, 1) => test(Test::Nonvar),
            (atoms::TATOM, 1) => test(Test::Atom),
            (atoms::TINTEGER, 1) => test(Test::Integer),
            (atoms::TFLOAT, 1) => test(Test::Float),
            (atoms::TNUMBER, 1) => test(Test::Number),
            (atoms::TATOMIC, 1) => test(Test::Atomic),
            (atoms::TCOMPOUND, 1) => test(Test::Compound),
            (atoms::TCALLABLE, 1) => test(Test::Callable),
            _ => Kind::Call(f, goal),
        }
    }

    /// The goals one after the other.
    pub fn sequence(&self) -> &[Goal] {
        match &self.kind {
            Kind::Sequence(goals) => goals,
            Kind::True => &[],
            _ => std::slice::from_ref(self),
        }
    }

    fn any(&self, f: &mut impl FnMut(&Goal) -> bool) -> bool {
        f(self)
            || match &self.kind {
                Kind::Sequence(goals) => goals.iter().any(|g| g.any(f)),
                Kind::Or(a, b) => a.any(f) || b.any(f),
                Kind::IfThenElse(a, b, c, _) => a.any(f) || b.any(f) || c.any(f),
                Kind::Not(a) => a.any(f),
                _ => false,
            }
    }

    pub fn has_cut(&self) -> bool {
        self.any(&mut |g| matches!(g.kind, Kind::Cut))
    }

    /// The most arguments of any call in it.
    pub fn largest_call(&self) -> usize {
        let mut n = 0;
        self.any(&mut |g| {
            if let Kind::Call(_, v) = &g.kind
                && let View::Struct(o) = view(*v)
            {
                n = n.max(o.len());
            }
            if matches!(g.kind, Kind::Meta(_)) {
                n = n.max(2);
            }
            false
        });
        n
    }

    /// Is it a test that binds nothing and leaves no choice point?
    pub fn is_test(&self) -> bool {
        match &self.kind {
            Kind::True | Kind::Fail | Kind::Test(..) | Kind::Compare(..) | Kind::Identical(..) => true,
            Kind::Sequence(goals) => goals.iter().all(Goal::is_test),
            _ => false,
        }
    }
}

impl Kind {
    /// `Module:Goal` stands for the goal.
    fn simplify(self) -> Kind {
        match self {
            Kind::Or(a, _) => a.kind,
            k => k,
        }
    }
}

fn variables(c: &Compiler, goal: Value) -> Vars {
    let mut vars = Vars::default();
    crate::structural::walk(goal, |t| {
        if let View::Unbound(p) = t {
            vars.insert(c.numbers[&p]);
        }
        true
    });
    vars
}

/// The evaluable functor of a name and arity.
pub fn evaluable(name: &str, arity: usize) -> Option<Evaluable> {
    match arity {
        1 => Unary::from_name(name).map(Evaluable::Unary),
        2 => Binary::from_name(name).map(Evaluable::Binary),
        _ => None,
    }
}

pub enum Evaluable {
    Unary(Unary),
    Binary(Binary),
}
