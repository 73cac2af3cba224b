//! Clauses to code.

mod body;
mod call;
mod goal;
mod head;

use crate::code::{A, Alt, Cell, Code, Expr, ExprId, Insn, Operand, Pat, PatId, Return};
use crate::database::Pred;
use crate::runtime::Machine as Vm;
use crate::structural;
use crate::symbols::Functor;
use crate::terms::{Place, STRUCT_ARGS, Struct, View, cells, view, view_at};
use framework::Value;
use goal::{Goal, Vars};
use rustc_hash::FxHashMap as HashMap;

/// A variable of the clause. Number 0 is the cut barrier.
pub(crate) struct Variable {
    reg: u32,
    /// Occurrences in the clause.
    count: u32,
}

pub(crate) struct Compiler<'a> {
    vm: &'a mut Vm,
    code: Code,
    numbers: HashMap<Place, usize>,
    variables: Vec<Variable>,
    /// Which variables have a value where the compiler is.
    known: Vars,
    next_reg: u32,
}

/// A term of the clause, by its shape.
pub(crate) enum Shape {
    Var(usize),
    Const(Value),
    Compound(Value),
}

/// Compiles a clause. `head` and `body` stay as they are.
pub fn compile_clause(vm: &mut Vm, pred: &'static Pred, head: Value, body: Value, file: Value, line: u32) -> &'static Code {
    // The compiler's tables hold references to cells that nothing else knows.
    vm.core.heap.pause();
    let code = compile(vm, pred, head, body, file, line);
    vm.core.heap.resume();
    code
}

fn compile(vm: &mut Vm, pred: &'static Pred, head: Value, body: Value, file: Value, line: u32) -> &'static Code {
    let mut code = Code::new(vm.rt.shared, Some(pred));
    code.file = file;
    code.line = line;
    let mut c = Compiler {
        vm,
        code,
        numbers: HashMap::default(),
        variables: vec![Variable { reg: crate::code::BARRIER, count: 0 }],
        known: Vars::default(),
        next_reg: A + pred.arity as u32,
    };
    c.known.insert(0);
    for term in [head, body] {
        structural::walk(term, |t| {
            if let View::Unbound(p) = t {
                let n = *c.numbers.entry(p).or_insert(c.variables.len());
                if n == c.variables.len() {
                    c.variables.push(Variable { reg: 0, count: 0 });
                }
                c.variables[n].count += 1;
            }
            true
        });
    }
    let goal = Goal::read(&mut c, body);
    let head = c.head(head);
    let guard = c.clause_body(&goal);
    c.guard(&head, guard);
    c.code.uses_barrier = goal.has_cut();
    c.code.registers = c.next_reg.max(A + goal.largest_call() as u32 + 2);
    c.code.install()
}

impl Compiler<'_> {
    fn emit(&mut self, i: Insn) -> usize {
        self.code.insns.push(i);
        self.code.insns.len() - 1
    }

    fn here(&self) -> u32 {
        self.code.insns.len() as u32
    }

    fn new_reg(&mut self) -> u32 {
        self.next_reg += 1;
        self.next_reg - 1
    }

    /// A variable that is not in the source.
    fn new_variable(&mut self) -> usize {
        let reg = self.new_reg();
        self.variables.push(Variable { reg, count: 2 });
        self.variables.len() - 1
    }

    /// The variable's register, given to it at its first use.
    fn reg(&mut self, v: usize) -> u32 {
        if self.variables[v].reg == 0 {
            self.variables[v].reg = self.new_reg();
        }
        self.variables[v].reg
    }

    fn regs(&mut self, vars: &Vars) -> Vec<u32> {
        vars.iter().map(|v| self.reg(v)).collect()
    }

    fn shape(&mut self, v: View) -> Shape {
        match v {
            View::Unbound(p) => Shape::Var(self.numbers[&p]),
            View::Atom(a) | View::Other(a) => Shape::Const(a),
            View::Int(i) => Shape::Const(self.vm.core.heap.int(i)),
            View::Float(f) => Shape::Const(self.vm.core.heap.float(f)),
            View::Big(o) | View::Str(o) => Shape::Const(o.into()),
            View::Cons(o) if self.is_shared_list(o.into()) => Shape::Const(o.into()),
            View::Cons(o) | View::Struct(o) => Shape::Compound(o.into()),
        }
    }

    /// May one copy of the literal serve for all calls? Lists of constants do; structures may be changed by `setarg/3`.
    fn is_shared_list(&self, v: Value) -> bool {
        structural::walk(v, |t| !matches!(t, View::Unbound(_) | View::Struct(_)))
    }

    /// A constant of the code, kept alive if it is on the heap.
    fn constant(&mut self, v: Value) -> Value {
        if v.is_obj() {
            let v = if matches!(view(v), View::Cons(_)) { structural::copy(self.vm, v, 0) } else { v };
            self.vm.rt.constants.push(v);
            return v;
        }
        v
    }

    fn expr(&mut self, e: Expr) -> ExprId {
        self.code.exprs.push(e);
        self.code.exprs.len() as ExprId - 1
    }

    /// The pattern of a compound term: the flat cells first, then the compounds, as matching and building go.
    /// With `subs`, compounds in it get registers.
    fn pattern(&mut self, v: Value, subs: bool) -> PatId {
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
        for (i, c) in nested {
            let p = self.pattern(c, subs);
            all[i] = Cell::Sub(if subs { self.new_reg() } else { 0 }, p);
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

    /// The operand for a term.
    fn operand(&mut self, v: View) -> Operand {
        match self.shape(v) {
            Shape::Var(v) if self.variables[v].count == 1 => Operand::Void,
            Shape::Var(v) => {
                let r = self.reg(v);
                if self.known.contains(v) {
                    Operand::Reg(r)
                } else {
                    self.known.insert(v);
                    Operand::Fresh(r)
                }
            }
            Shape::Const(k) => Operand::Const(self.constant(k)),
            Shape::Compound(c) => Operand::Build(self.pattern(c, false)),
        }
    }

    /// A register with the term's value.
    fn in_register(&mut self, v: View) -> u32 {
        match self.shape(v) {
            Shape::Var(v) if self.known.contains(v) => self.reg(v),
            Shape::Var(v) => {
                let reg = self.reg(v);
                self.known.insert(v);
                self.emit(Insn::NewVar { reg });
                reg
            }
            Shape::Const(k) => {
                let (reg, value) = (self.new_reg(), self.constant(k));
                self.emit(Insn::Const { reg, value });
                reg
            }
            Shape::Compound(c) => {
                let (reg, pat) = (self.new_reg(), self.pattern(c, false));
                self.emit(Insn::Put { reg, pat });
                reg
            }
        }
    }

    /// Matches a register with a compound term.
    fn get(&mut self, reg: u32, v: Value) {
        let pat = self.pattern(v, true);
        self.get_pattern(reg, pat);
    }

    fn get_pattern(&mut self, reg: u32, pat: PatId) {
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

    fn subpatterns(&self, pat: PatId) -> Vec<(u32, PatId)> {
        let sub = |c: &Cell| if let Cell::Sub(r, p) = c { Some((*r, *p)) } else { None };
        self.code.pats[pat as usize].cells().iter().filter_map(sub).collect()
    }

    fn alt(&mut self, saved: &Vars) -> &'static Alt {
        let regs = self.regs(saved);
        Alt::new(crate::code::AltKind::Goto, regs, None)
    }

    fn ret(&mut self, saved: &Vars) -> &'static Return {
        let regs = self.regs(saved);
        Return::new(regs)
    }
}

/// The argument of a compound term.
pub(crate) fn arg(v: Value, i: usize) -> View {
    match view(v) {
        View::Struct(o) => view_at(o, STRUCT_ARGS + 8 * i),
        View::Cons(o) => view_at(o, 8 + 8 * i),
        _ => unreachable!("arguments are of compound terms"),
    }
}
