//! What the collector does not see: atoms, code of erased clauses, indices that a change has made useless.
//!
//! They are numbers and addresses to the heap. From time to time, when the program is between instructions, the heap is surveyed and
//! what nothing refers to is freed. What a trace may mention stays.

use crate::code::{Alt, AltKind, Code, Insn};
use crate::database::{Index, Pred};
use crate::runtime::Machine as Vm;
use crate::symbols::AtomSet;
use crate::terms::{Choice, Clause, Cont};
use framework::heap::Surveyor;
use framework::{Obj, Tracer, Value};
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::ops::RangeInclusive;

/// So many pieces of code are worth a survey.
const MIN_SURVEY: usize = 4000;

/// What waits to be freed.
#[derive(Default)]
pub struct Retired {
    /// Erased clauses that have code.
    clauses: RefCell<Vec<Obj>>,
    indices: RefCell<Vec<*const Index>>,
    /// Predicates with many erased clauses.
    unswept: RefCell<Vec<&'static Pred>>,
    /// How many clauses and indices there are to be until the next survey.
    enough: Cell<usize>,
}

impl Retired {
    /// A clause has been erased.
    pub fn clause(&self, clause: Obj) {
        if Clause::is_compiled(clause) {
            self.clauses.borrow_mut().push(clause);
        }
    }

    /// A predicate has another index, or none.
    pub fn index(&self, index: *const Index) {
        self.indices.borrow_mut().push(index);
    }

    /// A predicate has many erased clauses.
    pub fn unswept(&self, pred: &'static Pred) {
        self.unswept.borrow_mut().push(pred);
    }

    /// Is there something to do at the next opportunity?
    pub fn is_due(&self) -> bool {
        !self.unswept.borrow().is_empty() || self.is_plenty()
    }

    /// Where the alternatives of the indices are.
    fn range(&self) -> RangeInclusive<i64> {
        let indices = self.indices.borrow();
        // SAFETY: indices in the list have not been freed.
        let alts = || indices.iter().flat_map(|&i| unsafe { &(*i).alts }).map(|&a| a as i64);
        alts().min().unwrap_or(1)..=alts().max().unwrap_or(0)
    }

    fn is_plenty(&self) -> bool {
        self.clauses.borrow().len() + self.indices.borrow().len() > self.enough.get().max(MIN_SURVEY)
    }

    /// Reports the clauses whose code is still there: it needs their constants.
    pub fn trace(&self, t: &mut Tracer) {
        self.clauses.borrow().iter().for_each(|c| t.obj(*c));
    }
}

/// What the heap refers to.
struct Found {
    atoms: AtomSet,
    /// Of returns, alternatives and code.
    addresses: HashSet<u64>,
    /// Where alternatives of retired indices are.
    range: RangeInclusive<i64>,
}

impl Surveyor for Found {
    fn object(&mut self, o: Obj) {
        match o.type_id() {
            Cont::ID => {
                self.addresses.insert(o.get(Cont::ret) as u64);
            }
            Choice::ID => {
                let alt = o.get(Choice::alt);
                self.addresses.insert(alt as u64);
                // SAFETY: alternatives that choice points refer to are not freed.
                let alt = unsafe { &*(alt as *const Alt) };
                if alt.kind == AltKind::Dynamic {
                    for v in o.elems::<Value>(Choice::saved) {
                        if let Some(c) = v.obj()
                            && c.type_id() == Clause::ID
                        {
                            self.addresses.insert(c.get(Clause::code) as u64);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn word(&mut self, v: Value) {
        if v.is_small_int() {
            // The register `ALT` holds an address as an integer; a program's integer that happens to be one does no harm.
            let i = v.as_small_int();
            if self.range.contains(&i) {
                self.addresses.insert(i as u64);
            }
        } else {
            self.atoms.insert(v);
        }
    }
}

/// Frees what is of no use any more. To be called between instructions.
pub fn run(vm: &mut Vm) {
    let shared = vm.rt.shared;
    let retired = &shared.retired;
    // The runs below this one are in the midst of instructions: machine code may hold what it has not written to registers.
    if vm.core.waiting().len() > 1 {
        retired.enough.set(2 * retired.clauses.borrow().len().max(retired.indices.borrow().len()));
        shared.symbols.put_off();
        return;
    }
    let unswept = retired.unswept.take();
    if !unswept.is_empty() {
        let oldest = crate::runtime::oldest_generation_in_use(vm);
        unswept.into_iter().for_each(|p| p.sweep(oldest));
    }
    if !(shared.symbols.is_crowded() || retired.is_plenty()) {
        return;
    }
    let addresses = vm.core.waiting().iter().map(|f| f.code).chain([vm.core.cur.code]).collect();
    let mut found = Found { atoms: shared.symbols.atom_set(), addresses, range: retired.range() };
    if !vm.core.heap.survey(&mut found) {
        return;
    }
    free_unused(vm, &mut found);
    shared.symbols.sweep(found.atoms, vm.core.heap.used_bytes());
}

fn free_unused(vm: &mut Vm, found: &mut Found) {
    let shared = vm.rt.shared;
    let retired = &shared.retired;
    retired.indices.borrow_mut().retain(|&index| {
        // SAFETY: indices in the list have not been freed.
        let i = unsafe { &*index };
        let used = i.recorded.get() || i.alts.iter().any(|&a| found.addresses.contains(&(a as u64)));
        if used {
            // SAFETY: the alternatives belong to the index.
            i.alts.iter().for_each(|&a| _ = found.addresses.insert(unsafe { (*a).code.get() } as u64));
        } else {
            // SAFETY: the index was leaked when it was made, the predicate has another, and nothing has an address in it.
            unsafe { free_index(index) };
        }
        used
    });
    retired.clauses.borrow_mut().retain(|c| {
        let address = c.get(Clause::code);
        // SAFETY: code of clauses in the list has not been freed.
        let code = unsafe { &*(address as *const Code) };
        let used = code.recorded.get() || found.addresses.contains(&(address as u64)) || places(code).any(|a| found.addresses.contains(&a));
        if !used {
            shared.constants.borrow_mut().remove(&(address as u64));
            // SAFETY: the code was leaked when it was made, its clause is erased, and nothing has an address in it.
            unsafe { free_code(address as *mut Code) };
            vm.core.heap.set(*c, Clause::code, 0);
        }
        used
    });
    retired.enough.set(2 * (retired.clauses.borrow().len() + retired.indices.borrow().len()));
}

/// The addresses of returns and alternatives that belong to the code.
fn places(code: &Code) -> impl Iterator<Item = u64> + '_ {
    code.insns.iter().filter_map(|i| match i {
        Insn::Call { .. } => i.continuation().map(|ret| ret.addr() as u64),
        Insn::PushAlt { alt } => Some(alt.addr() as u64),
        _ => None,
    })
}

/// # Safety
/// Leaked by `Code::install`; nothing refers to it.
unsafe fn free_code(code: *mut Code) {
    // SAFETY: by the caller; returns and alternatives were leaked by their `new`, for this code alone.
    unsafe {
        let code = Box::from_raw(code);
        for i in &code.insns {
            match i {
                Insn::Call { .. } => i.continuation().into_iter().for_each(|ret| drop(Box::from_raw(std::ptr::from_ref(ret).cast_mut()))),
                Insn::PushAlt { alt } => drop(Box::from_raw(std::ptr::from_ref(*alt).cast_mut())),
                _ => {}
            }
        }
    }
}

/// # Safety
/// Leaked by `build_index`; nothing refers to it.
unsafe fn free_index(index: *const Index) {
    // SAFETY: by the caller; the alternatives were leaked for this index alone.
    unsafe {
        let index = Box::from_raw(index.cast_mut());
        index.alts.iter().for_each(|&a| drop(Box::from_raw(a.cast_mut())));
    }
}
