//! Clauses to code.

mod body;
mod call;
mod goal;
mod head;
mod pattern;

use crate::code::{A, Alt, Code, Expr, ExprId, Insn, Operand, Return};
use crate::database::Pred;
use crate::runtime::Machine as Vm;
use crate::structural;
use crate::symbols::Functor;
use crate::terms::{Place, STRUCT_ARGS, View, view, view_at};
use framework::{Obj, Value};
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
    /// Which lists may be constants, by address: see `is_shared_list`.
    shared_lists: HashMap<u64, bool>,
    /// Subterms that are built already, by address; subterms to be matched later: see `pattern`.
    built: HashMap<u64, u32>,
    deferred: Vec<(u32, Value)>,
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
    let depth = structural::depth(head).max(structural::depth(body));
    let code = match crate::deep::with_depth(depth, || compile(vm, pred, head, body, file, line)) {
        Some(code) => code,
        None => {
            let (head, body) = no_room(vm, pred);
            compile(vm, pred, head, body, file, line)
        }
    };
    vm.core.heap.resume();
    code
}

/// What stands for a clause whose terms are nested more deeply than there is room for.
fn no_room(vm: &mut Vm, pred: &Pred) -> (Value, Value) {
    let head = if pred.arity == 0 { pred.name } else { crate::terms::new_struct(&mut vm.core.heap, 0, pred.functor, pred.arity).into() };
    let ball = crate::errors::ball(vm, crate::errors::Error::Resource("memory"));
    (head, crate::errors::compound(vm, "throw", &[ball]))
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
        shared_lists: HashMap::default(),
        built: HashMap::default(),
        deferred: vec![],
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
            View::Cons(o) if self.is_shared_list(o) => Shape::Const(o.into()),
            View::Cons(o) | View::Struct(o) => Shape::Compound(o.into()),
        }
    }

    /// May one copy of the literal serve for all calls? Lists of constants do; structures may be changed by `setarg/3`.
    fn is_shared_list(&mut self, list: Obj) -> bool {
        if let Some(&known) = self.shared_lists.get(&list.0) {
            return known;
        }
        // What a list consists of comes before it, so that every cell is looked at once.
        let mut work = vec![(list, false)];
        while let Some((o, ready)) = work.pop() {
            let parts = [view_at(o, 8), view_at(o, 16)];
            if ready {
                let shared = parts.iter().all(|p| match p {
                    View::Unbound(_) | View::Struct(_) => false,
                    View::Cons(c) => self.shared_lists[&c.0],
                    _ => true,
                });
                self.shared_lists.insert(o.0, shared);
                continue;
            }
            work.push((o, true));
            for p in parts {
                if let View::Cons(c) = p
                    && !self.shared_lists.contains_key(&c.0)
                {
                    work.push((c, false));
                }
            }
        }
        self.shared_lists[&list.0]
    }

    /// A constant of the code, kept alive if it is on the heap.
    fn constant(&mut self, v: Value) -> Value {
        if v.is_obj() {
            let v = if matches!(view(v), View::Cons(_)) { structural::copy(self.vm, v, 0) } else { v };
            self.code.constants.push(v);
            return v;
        }
        v
    }

    fn expr(&mut self, e: Expr) -> ExprId {
        self.code.exprs.push(e);
        self.code.exprs.len() as ExprId - 1
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
            Shape::Compound(c) => Operand::Build(self.building(c)),
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
                let (reg, pat) = (self.new_reg(), self.building(c));
                self.emit(Insn::Put { reg, pat });
                reg
            }
        }
    }

    /// The predicate that a goal means.
    fn callee(&self, f: Functor) -> &'static Pred {
        let shared = self.vm.rt.shared;
        if self.code.pred.is_some_and(|p| p.library) { crate::library::callee(shared, f) } else { Pred::of(shared, f) }
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
