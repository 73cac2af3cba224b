//! Predicates and their clauses; indices.
//!
//! A predicate that does not change has an `Index`: immutable chains of alternatives, selected by the type and value of the
//! most telling argument that is bound. A change throws it away (a quasi-immutable cell, so compiled code notices); until the
//! predicate has been called often enough without a change, calls look for one clause after the other.

use crate::code::{A, Alt, AltKind, Code, Insn, Shared};
use crate::facts::{self, Facts};
use crate::runtime::Machine as Vm;
use crate::symbols::Functor;
use crate::terms::{Clause, STRUCT_ARGS, Struct, View, view, view_at};
use framework::{Obj, QuasiCell, Value};
use rustc_hash::FxHashMap as HashMap;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::collections::hash_map::Entry;

/// What a predicate is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PredKind {
    /// Only mentioned so far.
    Undefined,
    Static,
    Dynamic,
    /// Defined by the library, and not yet called.
    Library,
    /// Rust code or the engine's own.
    Builtin,
}

/// A predicate.
pub struct Pred {
    pub functor: Functor,
    pub name: Value,
    pub arity: usize,
    pub kind: Cell<PredKind>,
    /// Part of the system: users may not change it.
    pub system: Cell<bool>,
    /// The record that library clauses call: see `library`.
    pub library: bool,
    pub discontiguous: Cell<bool>,
    pub multifile: Cell<bool>,
    /// The file whose clauses it has.
    pub file: Cell<Value>,
    /// Null if there is none at the moment.
    pub index: QuasiCell<*const Index>,
    pub clauses: RefCell<Clauses>,
    entry: Cell<*const Code>,
    dynamic_alt: Cell<*const Alt>,
    facts_alt: Cell<*const Alt>,
    shared: &'static Shared,
}

/// Clauses in order, dead ones in between until they are swept.
#[derive(Default)]
pub struct Clauses {
    all: List,
    /// By first argument. Clauses without a key are in `unkeyed`.
    keyed: HashMap<u64, Bucket>,
    unkeyed: List,
    dead: usize,
    /// The part of `all` that the collector has seen.
    seen: Cell<(usize, usize)>,
    /// It has been asked to drop the dead ones.
    sweep_due: bool,
    /// Clauses looked up one by one since the last change.
    searches: usize,
}

/// So many dead clauses are left in peace.
const MIN_SWEEP: usize = 256;

/// Clauses with their sequence numbers, in order.
#[derive(Default)]
struct List(VecDeque<(i64, Obj)>, Cell<usize>);

impl List {
    fn push_front(&mut self, e: (i64, Obj)) {
        self.0.push_front(e);
        self.1.set(0);
    }

    fn push_back(&mut self, e: (i64, Obj)) {
        self.0.push_back(e);
    }

    fn retain(&mut self, f: impl FnMut(&(i64, Obj)) -> bool) {
        self.0.retain(f);
        self.1.set(0);
        let spare = self.0.len() * 2 + 16;
        self.0.shrink_to(spare);
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first clause behind sequence number `after` that was alive at `generation`. `now` says that this is the present, to which
    /// dead clauses are dead: those at the front are counted once. (A queue is a predicate, too.)
    fn next(&self, after: i64, generation: i64, now: bool) -> Option<(i64, Obj)> {
        let mut start = if after == i64::MIN { 0 } else { self.0.partition_point(|e| e.0 <= after) };
        if now {
            let dead = self.1.get();
            let more = self.0.range(dead..).take_while(|e| e.1.get(Clause::died) != i64::MAX).count();
            self.1.set(dead + more);
            start = start.max(dead + more);
        }
        self.0.range(start..).find(|(_, o)| is_alive(*o, generation)).copied()
    }
}

/// Clauses with the same key. Most keys have one.
enum Bucket {
    One(Obj),
    Many(Box<List>),
}

impl Bucket {
    /// The list, to which one is to be added.
    fn list(&mut self) -> &mut List {
        if let Bucket::One(o) = *self {
            let mut list = Box::<List>::default();
            list.push_back((o.get(Clause::seq), o));
            *self = Bucket::Many(list);
        }
        let Bucket::Many(list) = self else { unreachable!("just made") };
        list
    }

    /// See `List::next`.
    fn next(&self, after: i64, generation: i64, now: bool) -> Option<(i64, Obj)> {
        match self {
            Bucket::One(o) => Some((o.get(Clause::seq), *o)).filter(|&(seq, o)| seq > after && is_alive(o, generation)),
            Bucket::Many(list) => list.next(after, generation, now),
        }
    }

    /// As `List::retain`; is anything left?
    fn retain(&mut self, f: impl Fn(&Obj) -> bool) -> bool {
        match self {
            Bucket::One(o) => f(o),
            Bucket::Many(list) => {
                list.retain(|e| f(&e.1));
                !list.is_empty()
            }
        }
    }
}

fn is_alive(clause: Obj, generation: i64) -> bool {
    clause.get(Clause::born) <= generation && generation < clause.get(Clause::died)
}

/// See the module's text.
#[derive(Debug)]
pub struct Index {
    /// If the predicate is a table; then there are no chains.
    pub facts: Option<Facts>,
    pub all: Option<&'static Alt>,
    pub switches: Vec<Switch>,
    /// The alternatives that belong to it.
    pub alts: Vec<*const Alt>,
    /// May a trace mention it?
    pub recorded: Cell<bool>,
}

/// More keys than this are looked up in a table.
pub const LINEAR: usize = 8;

/// Chains by what an argument is.
#[derive(Debug)]
pub struct Switch {
    pub arg: u32,
    pub constants: Vec<(Value, Option<&'static Alt>)>,
    pub constant_table: HashMap<u64, Option<&'static Alt>>,
    pub functors: Vec<(i64, Option<&'static Alt>)>,
    pub functor_table: HashMap<i64, Option<&'static Alt>>,
    pub list: Option<&'static Alt>,
    /// The clauses that take anything.
    pub other: Option<&'static Alt>,
}

/// What a clause's argument must be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Key {
    Any,
    Constant(Value),
    Functor(i64),
    List,
}

impl Key {
    fn word(self) -> Option<u64> {
        match self {
            Key::Any => None,
            Key::Constant(v) => Some(v.0),
            // Odd multiples of 8 with the tag 100 are singletons, which atoms do not use beyond 2^32.
            Key::Functor(f) => Some((1 << 62) | ((f as u64) << 3) | 4),
            Key::List => Some((1 << 61) | 4),
        }
    }
}

/// The key of a term.
pub fn key_of(v: View) -> Key {
    match v {
        View::Atom(a) => Key::Constant(a),
        View::Int(i) if Value::fits_small(i) => Key::Constant(Value::small_int(i)),
        View::Float(f) => Value::immediate_float(f).map_or(Key::Any, Key::Constant),
        View::Cons(_) => Key::List,
        View::Struct(o) => Key::Functor(o.get(Struct::functor)),
        _ => Key::Any,
    }
}

/// Number of a clause's argument as a key.
fn clause_key(clause: Obj, arg: usize) -> Key {
    match view(clause.get(Clause::head)) {
        View::Struct(h) => key_of(view_at(h, STRUCT_ARGS + 8 * arg)),
        View::Cons(h) => key_of(view_at(h, 8 + 8 * arg)),
        _ => Key::Any,
    }
}

impl Pred {
    /// The predicate of a functor, made if need be.
    pub fn of(shared: &'static Shared, f: Functor) -> &'static Pred {
        if let Some(p) = shared.symbols.known_pred(f) {
            return p;
        }
        let pred = Pred::new(shared, f, false);
        shared.symbols.set_pred(f, pred);
        pred
    }

    /// The library's own record of a predicate that it defines.
    pub fn new_library(shared: &'static Shared, f: Functor) -> &'static Pred {
        let pred = Pred::new(shared, f, true);
        shared.symbols.set_library_pred(f, pred);
        pred
    }

    fn new(shared: &'static Shared, f: Functor, library: bool) -> &'static Pred {
        let (name, arity) = shared.symbols.functor_parts(f);
        let known = library || crate::library::defines(&shared.symbols.name(name), arity);
        let pred: &'static Pred = Box::leak(Box::new(Pred {
            functor: f,
            name,
            arity,
            kind: Cell::new(if known { PredKind::Library } else { PredKind::Undefined }),
            system: Cell::new(known),
            library,
            discontiguous: Cell::new(false),
            multifile: Cell::new(false),
            file: Cell::new(crate::symbols::atoms::USER),
            index: QuasiCell::new(std::ptr::null()),
            clauses: RefCell::default(),
            entry: Cell::new(std::ptr::null()),
            dynamic_alt: Cell::new(std::ptr::null()),
            facts_alt: Cell::new(std::ptr::null()),
            shared,
        }));
        let mut entry = Code::new(shared, Some(pred));
        entry.insns = vec![Insn::Enter];
        entry.registers = A + arity as u32 + 3;
        let entry = entry.install();
        pred.entry.set(entry);
        let alt = Alt::new(AltKind::Dynamic, (A..A + arity as u32 + 2).collect(), None);
        alt.code.set(entry);
        pred.dynamic_alt.set(alt);
        let mut rows = Code::new(shared, Some(pred));
        rows.insns = facts::CODE.to_vec();
        rows.registers = A + arity as u32 + 3;
        let alt = Alt::new(AltKind::Row, (A..A + arity as u32 + 3).collect(), None);
        alt.code.set(rows.install());
        pred.facts_alt.set(alt);
        pred
    }

    /// The address as an integer.
    pub fn addr(&self) -> i64 {
        self as *const Pred as i64
    }

    /// From `addr`.
    pub fn at(addr: i64) -> &'static Pred {
        // SAFETY: addresses of predicates in code and clauses are of leaked boxes.
        unsafe { &*(addr as *const Pred) }
    }

    /// The code that callers go to.
    #[inline(always)]
    pub fn entry(&self) -> &'static Code {
        // SAFETY: set in `of`, leaked.
        unsafe { &*self.entry.get() }
    }

    /// The alternative of choice points for clauses looked up one by one.
    pub fn dynamic_alt(&self) -> &'static Alt {
        // SAFETY: set in `of`, leaked.
        unsafe { &*self.dynamic_alt.get() }
    }

    /// The alternative of choice points for rows of a table.
    pub fn facts_alt(&self) -> &'static Alt {
        // SAFETY: set in `of`, leaked.
        unsafe { &*self.facts_alt.get() }
    }

    /// Makes it a predicate of the engine, with this code.
    pub fn set_builtin(&'static self, insns: Vec<Insn>) {
        let mut code = Code::new(self.shared, Some(self));
        code.insns = insns;
        code.registers = A + self.arity as u32 + 8;
        self.entry.set(code.install());
        self.kind.set(PredKind::Builtin);
        self.system.set(true);
    }

    /// Number of clauses.
    pub fn count(&self) -> usize {
        let c = self.clauses.borrow();
        c.all.0.len() - c.dead
    }

    /// The clauses alive now.
    pub fn live(&self) -> Vec<Obj> {
        self.clauses.borrow().all.0.iter().filter(|(_, c)| c.get(Clause::died) == i64::MAX).map(|&(_, c)| c).collect()
    }

    /// Drops the clauses that were dead at generation `oldest`.
    pub fn sweep(&self, oldest: i64) {
        let mut c = self.clauses.borrow_mut();
        let stays = |o: &Obj| o.get(Clause::died) > oldest;
        c.all.retain(|e| stays(&e.1));
        c.unkeyed.retain(|e| stays(&e.1));
        c.keyed.retain(|_, b| b.retain(stays));
        let spare = c.keyed.len() * 2 + 16;
        c.keyed.shrink_to(spare);
        c.seen.set((0, 0));
        c.dead = c.all.0.iter().filter(|e| e.1.get(Clause::died) != i64::MAX).count();
        c.sweep_due = false;
    }

    fn changed(&self, c: &mut Clauses) {
        c.searches = 0;
        let index = self.index.get();
        if !index.is_null() {
            self.index.set(std::ptr::null());
            self.shared.retired.index(index);
        }
    }
}

/// Adds a clause to a predicate, first or last. `head` and `body` are terms nothing else refers to.
pub fn add_clause(vm: &mut Vm, pred: &'static Pred, head: Value, body: Value, code: Option<&'static Code>, first: bool) -> Obj {
    let o = vm.core.heap.alloc(Clause::TYPE);
    vm.rt.generation += 1;
    let (seq, generation) = (if first { -vm.rt.generation } else { vm.rt.generation }, vm.rt.generation);
    o.init(Clause::seq, seq);
    o.init(Clause::born, generation);
    o.init(Clause::died, i64::MAX);
    let instead = if is_flat(head, body) { Clause::FLAT } else { 0 };
    o.init(Clause::code, code.map_or(instead, |c| c as *const Code as i64));
    o.init(Clause::pred, pred.addr());
    o.init(Clause::head, head);
    o.init(Clause::body, body);
    let mut c = pred.clauses.borrow_mut();
    let key = if pred.arity == 0 { None } else { clause_key(o, 0).word() };
    let c = &mut *c;
    let list = match key {
        None => Some(&mut c.unkeyed),
        Some(k) => match c.keyed.entry(k) {
            Entry::Occupied(e) => Some(e.into_mut().list()),
            Entry::Vacant(e) => {
                e.insert(Bucket::One(o));
                None
            }
        },
    };
    if first {
        c.all.push_front((seq, o));
        list.into_iter().for_each(|l| l.push_front((seq, o)));
        let (from, to) = c.seen.get();
        c.seen.set((from + 1, to + 1));
    } else {
        c.all.push_back((seq, o));
        list.into_iter().for_each(|l| l.push_back((seq, o)));
    }
    pred.changed(c);
    o
}

/// Is it a fact that has only atoms and small numbers?
fn is_flat(head: Value, body: Value) -> bool {
    let View::Struct(h) = view(head) else { return false };
    body == crate::symbols::atoms::TRUE_ && h.elems::<Value>(Struct::args).iter().all(|&v| !v.is_obj() && v != crate::symbols::UNBOUND)
}

/// Removes a clause; calls under way still see it. `false` if it is gone already.
pub fn erase(vm: &mut Vm, clause: Obj) -> bool {
    if clause.get(Clause::died) != i64::MAX {
        return false;
    }
    vm.rt.generation += 1;
    vm.core.heap.set(clause, Clause::died, vm.rt.generation);
    let pred = Pred::at(clause.get(Clause::pred));
    let retired = &vm.rt.shared.retired;
    retired.clause(clause);
    {
        let mut c = pred.clauses.borrow_mut();
        c.dead += 1;
        pred.changed(&mut c);
        if c.dead > c.all.0.len() / 2 + MIN_SWEEP && !c.sweep_due {
            c.sweep_due = true;
            retired.unswept(pred);
        }
    }
    if retired.is_due() {
        vm.look_up();
    }
    true
}

/// The first clause behind sequence number `after` that was alive at `generation` and whose first argument may match the key.
pub fn next_clause(pred: &Pred, key: Key, after: i64, generation: i64, now: bool) -> Option<Obj> {
    pred.clauses.borrow_mut().searches += 1;
    let c = pred.clauses.borrow();
    let found = match key.word() {
        None => c.all.next(after, generation, now),
        Some(k) => {
            let (a, b) = (c.keyed.get(&k).and_then(|b| b.next(after, generation, now)), c.unkeyed.next(after, generation, now));
            match (a, b) {
                (Some(x), Some(y)) => Some(if x.0 < y.0 { x } else { y }),
                (x, y) => x.or(y),
            }
        }
    };
    found.map(|f| f.1)
}

/// Has the predicate been searched so often since the last change that an index is worth making?
pub fn worth_indexing(pred: &Pred) -> bool {
    if pred.kind.get() == PredKind::Static {
        return true;
    }
    let c = pred.clauses.borrow();
    c.searches > 2 * c.all.0.len() + 8
}

/// Makes the index.
pub fn build_index(vm: &mut Vm, pred: &'static Pred) {
    let live = pred.live();
    let mark = vm.rt.protected.len();
    if let Some(facts) = facts::make(vm, pred, &live) {
        pred.index.set(Box::leak(Box::new(Index { facts: Some(facts), all: None, switches: vec![], alts: vec![], recorded: Cell::new(false) })));
        vm.rt.protected.truncate(mark);
        return;
    }
    for &c in &live {
        crate::residuals::ensure_code(vm, c);
    }
    let clauses: Vec<(Obj, &'static Code)> = pred
        .live()
        .into_iter()
        // SAFETY: clause codes are leaked.
        .map(|c| (c, unsafe { &*(c.get(Clause::code) as *const Code) }))
        .collect();
    let regs: Vec<u32> = (A..A + pred.arity as u32).collect();
    let mut chains = Chains { regs, made: HashMap::default(), alts: vec![] };
    let everything: Vec<usize> = (0..clauses.len()).collect();
    let all = chains.chain(&clauses, &everything);
    let mut switches: Vec<(usize, Switch)> = vec![];
    for arg in 0..pred.arity {
        let keys: Vec<Key> = clauses.iter().map(|(c, _)| clause_key(*c, arg)).collect();
        let Some(switch) = make_switch(arg, &keys, &clauses, &mut chains) else { continue };
        let distinct = switch.constants.len() + switch.functors.len() + switch.list.is_some() as usize;
        switches.push((distinct, switch));
        if switches.len() == 4 {
            break;
        }
    }
    // The first argument unless another one tells clauses apart much better.
    switches.sort_by_key(|(distinct, s)| (*distinct <= 1, s.arg));
    let index = Index { facts: None, all, switches: switches.into_iter().map(|(_, s)| s).collect(), alts: chains.alts, recorded: Cell::new(false) };
    pred.index.set(Box::leak(Box::new(index)));
}

struct Chains {
    regs: Vec<u32>,
    made: HashMap<Vec<usize>, Option<&'static Alt>>,
    alts: Vec<*const Alt>,
}

impl Chains {
    fn chain(&mut self, clauses: &[(Obj, &'static Code)], members: &[usize]) -> Option<&'static Alt> {
        if let Some(&c) = self.made.get(members) {
            return c;
        }
        let mut next: Option<&'static Alt> = None;
        for &m in members.iter().rev() {
            let alt = Alt::clause(clauses[m].1, self.regs.clone(), next);
            self.alts.push(alt);
            next = Some(alt);
        }
        if members.len() < 64 {
            self.made.insert(members.to_vec(), next);
        }
        next
    }
}

fn make_switch(arg: usize, keys: &[Key], clauses: &[(Obj, &'static Code)], chains: &mut Chains) -> Option<Switch> {
    let any = keys.iter().filter(|k| **k == Key::Any).count();
    if any == keys.len() || any > 4 && any * 2 > keys.len() {
        return None;
    }
    // One pass: the members of each key's chain, in order.
    let mut order: Vec<Key> = vec![];
    let mut members: HashMap<Key, Vec<usize>> = HashMap::default();
    let mut anys: Vec<usize> = vec![];
    for (i, &k) in keys.iter().enumerate() {
        if k == Key::Any {
            anys.push(i);
            members.values_mut().for_each(|m| m.push(i));
        } else {
            members
                .entry(k)
                .or_insert_with(|| {
                    order.push(k);
                    anys.clone()
                })
                .push(i);
        }
    }
    let mut s = Switch {
        arg: arg as u32,
        constants: vec![],
        constant_table: HashMap::default(),
        functors: vec![],
        functor_table: HashMap::default(),
        list: chains.chain(clauses, &anys),
        other: chains.chain(clauses, &anys),
    };
    for k in order {
        let chain = chains.chain(clauses, &members[&k]);
        match k {
            Key::Constant(v) => s.constants.push((v, chain)),
            Key::Functor(f) => s.functors.push((f, chain)),
            Key::List => s.list = chain,
            Key::Any => {}
        }
    }
    if s.constants.len() > LINEAR {
        s.constant_table = s.constants.iter().map(|(v, c)| (v.0, *c)).collect();
    }
    if s.functors.len() > LINEAR {
        s.functor_table = s.functors.iter().copied().collect();
    }
    Some(s)
}

/// Reports the clauses to the collector.
pub fn trace(pred: &Pred, tracer: &mut framework::Tracer) {
    let c = pred.clauses.borrow();
    let (from, to) = if tracer.wants_only_young() { c.seen.get() } else { (0, 0) };
    for (_, o) in c.all.0.range(..from).chain(c.all.0.range(to..)) {
        tracer.obj(*o);
    }
    c.seen.set((0, c.all.0.len()));
    // SAFETY: indices are leaked.
    if let Some(facts) = unsafe { pred.index.get().as_ref() }.and_then(|i| i.facts.as_ref()) {
        facts.trace(tracer);
    }
}
