//! Predicates that are tables: many facts, all of whose arguments are atoms or small numbers.
//!
//! They have no code. A call looks for a row and unifies the arguments with it; which row it is stays unknown to a trace, so one
//! trace serves all of them, where a clause each would give a bridge each. The table is immutable: a call under way keeps the one it
//! began with, as the logical update view has it.

use crate::Prolog;
use crate::code::{A, Insn};
use crate::control;
use crate::database::Pred;
use crate::runtime::Machine as Vm;
use crate::symbols::NONE;
use crate::terms::{ATOMIC, Clause, STRUCT_ARGS, Table, View, view, view_at};
use crate::unify::{bind, deref};
use framework::{Flow, Hot, Int, Obj, Ref, Val, Value, World, residual};
use rustc_hash::FxHashMap;

/// With fewer clauses each has its code: a trace is better off knowing which it is.
const MIN_ROWS: usize = 9;
/// At most so many columns are indexed.
const MAX_COLUMNS: usize = 4;

/// The facts of a predicate.
#[derive(Debug)]
pub struct Facts {
    /// Row after row.
    pub table: Obj,
    pub rows: usize,
    /// Those worth looking in, the most telling first.
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    arg: u32,
    /// The first row with a value.
    first: FxHashMap<u64, i64>,
    /// For each row the next one with the same value, or -1.
    next: Obj,
}

/// The table of a predicate's clauses, if they are facts of the right kind.
pub fn make(vm: &mut Vm, pred: &Pred, clauses: &[Obj]) -> Option<Facts> {
    if pred.arity == 0 || clauses.len() < MIN_ROWS {
        return None;
    }
    let mut words = Vec::with_capacity(clauses.len() * pred.arity);
    for c in clauses {
        let View::Struct(head) = view(c.get(Clause::head)) else { return None };
        if view(c.get(Clause::body)) != View::Atom(crate::symbols::atoms::TRUE_) {
            return None;
        }
        for i in 0..pred.arity {
            match view_at(head, STRUCT_ARGS + 8 * i) {
                View::Atom(a) => words.push(a),
                View::Int(n) if Value::fits_small(n) => words.push(Value::small_int(n)),
                View::Float(f) => words.push(Value::immediate_float(f)?),
                _ => return None,
            }
        }
    }
    let table = new_table(vm, &words);
    vm.rt.protected.push(table.into());
    let mut columns: Vec<Column> = vec![];
    for arg in 0..pred.arity {
        let mut first = FxHashMap::default();
        let mut next = vec![Value::small_int(-1); clauses.len()];
        for row in (0..clauses.len()).rev() {
            if let Some(later) = first.insert(words[row * pred.arity + arg].0, row as i64) {
                next[row] = Value::small_int(later);
            }
        }
        if first.len() > 1 {
            let next = new_table(vm, &next);
            vm.rt.protected.push(next.into());
            columns.push(Column { arg: arg as u32, first, next });
        }
    }
    columns.sort_by_key(|c| std::cmp::Reverse(c.first.len()));
    columns.truncate(MAX_COLUMNS);
    Some(Facts { table, rows: clauses.len(), columns })
}

fn new_table(vm: &mut Vm, words: &[Value]) -> Obj {
    let o = vm.core.heap.alloc_array(Table::TYPE, words.len());
    for (i, w) in words.iter().enumerate() {
        o.init_elem(Table::words, i, *w);
    }
    o
}

impl Facts {
    /// Reports the tables to the collector.
    pub fn trace(&self, tracer: &mut framework::Tracer) {
        tracer.obj(self.table);
        self.columns.iter().for_each(|c| tracer.obj(c.next));
    }
}

residual! {
    /// The first row with a value in a column, or -1.
    pub fn FIRST_ROW[Pure](_vm: &mut Vm, column: i64, v: Value) -> i64 {
        // SAFETY: columns belong to indices, which are leaked.
        let c = unsafe { &*(column as *const Column) };
        c.first.get(&v.0).copied().unwrap_or(-1)
    }
}

/// Which rows a call goes through: those of a column with the same value, or all.
struct Rows<W: World> {
    table: Val<W>,
    next: Val<W>,
    row: Int<W>,
}

/// The entry of the predicate.
pub fn enter<W: World<Lang = Prolog>>(w: &mut W, pred: &'static Pred, facts: &'static Facts) -> Flow {
    let table = w.constant(Value::from(facts.table));
    for c in &facts.columns {
        let v = w.get(A + c.arg);
        let t = deref(w, v);
        if t.is_unbound() {
            continue;
        }
        if t.tag != ATOMIC {
            return control::fail(w);
        }
        let addr = w.constant(&raw const *c as i64);
        let row = w.call(&FIRST_ROW, (addr, t.v));
        if w.is(row, -1) {
            return control::fail(w);
        }
        let next = w.constant(Value::from(c.next));
        return try_row(w, pred, Rows { table, next, row });
    }
    let (next, row) = (w.constant(NONE), w.constant(0i64));
    try_row(w, pred, Rows { table, next, row })
}

/// The instruction that tries the row in the registers above the arguments.
pub fn retry<W: World<Lang = Prolog>>(w: &mut W, pred: &'static Pred) -> Flow {
    let n = A + pred.arity as u32;
    let (table, next, row) = (w.get(n), w.get(n + 1), w.get(n + 2));
    let row = int(w, row);
    try_row(w, pred, Rows { table, next, row })
}

fn try_row<W: World<Lang = Prolog>>(w: &mut W, pred: &'static Pred, rows: Rows<W>) -> Flow {
    let table = w.to_obj(rows.table);
    let arity = w.constant(pred.arity as i64);
    let start = w.mul(rows.row, arity);
    let next = next_row(w, table, arity, &rows);
    // Compared before anything is done: most rows that do not match leave no choice point behind.
    let matches = (0..pred.arity).all(|i| {
        let v = w.get(A + i as u32);
        let t = deref(w, v);
        if t.is_unbound() {
            return true;
        }
        let k = word(w, table, start, i);
        t.tag == ATOMIC && w.same(t.v, k)
    });
    if let Some(next) = next {
        let n = A + pred.arity as u32;
        let next = w.from_int(next);
        w.set(n, rows.table);
        w.set(n + 1, rows.next);
        w.set(n + 2, next);
        if !matches {
            return go(w, pred);
        }
        control::push_choice(w, pred.facts_alt());
    } else if !matches {
        return control::fail(w);
    }
    for i in 0..pred.arity {
        let v = w.get(A + i as u32);
        let t = deref(w, v);
        let k = word(w, table, start, i);
        if t.is_unbound() {
            bind(w, t, k);
        } else if !w.same(t.v, k) {
            // The same variable twice.
            return control::fail(w);
        }
    }
    control::proceed(w)
}

/// The integer of a value that is one.
fn int<W: World<Lang = Prolog>>(w: &mut W, v: Val<W>) -> Int<W> {
    let is_int = w.is_int(v);
    debug_assert!(is_int);
    w.to_int(v)
}

fn word<W: World<Lang = Prolog>>(w: &mut W, table: Ref<W>, start: Int<W>, i: usize) -> Val<W> {
    let i = w.constant(i as i64);
    let at = w.add(start, i);
    w.load_elem(table, Table::words, at)
}

/// The row to be tried after this one, if there is one.
fn next_row<W: World<Lang = Prolog>>(w: &mut W, table: Ref<W>, arity: Int<W>, rows: &Rows<W>) -> Option<Int<W>> {
    if w.is(rows.next, NONE) {
        let one = w.constant(1i64);
        let next = w.add(rows.row, one);
        let (end, len) = (w.mul(next, arity), w.len(table, Table::TYPE));
        return if w.lt(end, len) { Some(next) } else { None };
    }
    let chain = w.to_obj(rows.next);
    let next = w.load_elem(chain, Table::words, rows.row);
    let next = int(w, next);
    if w.is(next, -1) { None } else { Some(next) }
}

/// Goes to the instruction that tries a row: the header of loops over rows.
pub fn go<W: World<Lang = Prolog>>(w: &mut W, pred: &'static Pred) -> Flow {
    let code = pred.facts_alt().code();
    w.jump(code, 0);
    Flow::Header(Hot::new(&code.get().hot))
}

/// Code with that instruction only.
pub const CODE: &[Insn] = &[Insn::TryRow];
