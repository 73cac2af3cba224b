//! Versions of a loop header: a loop that is run at several types has a trace for each. (LuaJIT's side traces do the same by linking; PyPy's
//! `jump_to_existing_trace` picks among the labels of a loop.)
//!
//! A header's versions are root traces of their own, chained by `Tree::next`. Which one a state fits is told by the tests of types that its
//! preamble makes of what is on the stack on entry. A test that a version passes here is made again by the preamble: picking
//! the wrong one is slow, never wrong.

use super::{Jit, MAX_FAILURES};
use crate::build::{AliasClass, class_of};
use crate::ir::{Desc, Op, Trace, TraceId};
use crate::tree::CompiledTrace;
use framework::heap::{Mutability, TypeId};
use framework::{Effect, Hot, Obj, Ty, Value};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

/// Versions of one header.
const MAX_VERSIONS: usize = 5;

/// What a root trace expects of the types of its entry state, in order.
#[derive(Debug, Default)]
pub struct EntryTests(Vec<Step>);

/// Words are numbered in the order in which steps produce them.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// The next word: of the stack, from the entry activation's register 0.
    Slot(i32),
    /// The next word: a field of the object that is this word.
    Load { object: usize, owner: TypeId, offset: usize },
    /// Does the word pass this test?
    Test { word: usize, op: Op, constant: u64, expect: bool },
    /// Is the word an object of this type?
    Type { word: usize, ty: TypeId, expect: bool },
}

impl EntryTests {
    /// Those of a root trace: the guards on types and identities of stack words, and of fields that the trace has not written to before.
    pub fn of(ir: &Trace) -> EntryTests {
        let (mut steps, mut count) = (vec![], 0);
        let mut words: FxHashMap<u32, usize> = FxHashMap::default();
        let mut written: FxHashSet<AliasClass> = FxHashSet::default();
        let mut all_written = false;
        for (n, i) in ir.insts.iter().enumerate().take_while(|(_, i)| i.op != Op::Label) {
            // A stack word's offset is no reference.
            let operand = if i.op == Op::Slot { None } else { words.get(&i.a).copied() };
            let mut word = |step| {
                steps.push(step);
                words.insert(n as u32, count);
                count += 1;
            };
            match (i.op, operand) {
                (Op::Slot, _) => word(Step::Slot(i.a as i32)),
                (Op::LoadField, Some(object)) => {
                    let Desc::Field(f) = ir.desc(i) else { unreachable!("a load's field") };
                    let is_old = f.mutability == Mutability::Immutable || !all_written && class_of(ir, i).is_some_and(|c| !written.contains(&c));
                    if is_old && f.ty != Ty::Float {
                        word(Step::Load { object, owner: f.owner, offset: f.offset as usize });
                    }
                }
                (Op::IsSmallInt | Op::IsFloat | Op::IsObj, Some(w)) => {
                    steps.push(Step::Test { word: w, op: i.op, constant: 0, expect: i.expect() });
                }
                (Op::HasType, Some(w)) => {
                    let Desc::Type(t) = ir.desc(i) else { unreachable!("a type test's type") };
                    steps.push(Step::Type { word: w, ty: t.id, expect: i.expect() });
                }
                (Op::Same, Some(w)) => {
                    // Which number it is makes no version of its own, but that it is one does.
                    if let Some(k) = ir.const_of(i.rb()) {
                        let (op, constant) = if k.ty == Ty::Int || Value(k.bits).int().is_none() { (Op::Same, k.bits) } else { (Op::IsSmallInt, 0) };
                        if op == Op::Same || i.expect() {
                            steps.push(Step::Test { word: w, op, constant, expect: i.expect() });
                        }
                    }
                }
                (Op::StoreField | Op::StoreElem | Op::SetAux, _) => written.extend(class_of(ir, i)),
                (Op::CallTrace, _) => all_written = true,
                (Op::Call, _) => all_written |= matches!(ir.desc(i), Desc::Fun(f) if f.effect == Effect::Any),
                _ => {}
            }
        }
        EntryTests(steps)
    }

    /// Does the state fit, with the header's activation at `base`?
    ///
    /// # Safety
    /// `base` is on a VM's stack, at the header the trace was recorded for.
    unsafe fn hold(&self, base: *const Value) -> bool {
        let mut words: SmallVec<[u64; 16]> = SmallVec::new();
        self.0.iter().all(|step| match *step {
            Step::Slot(i) => {
                // SAFETY: the header's activation and those below it have the words that the trace found in them.
                words.push(unsafe { *base.offset(i as isize) }.0);
                true
            }
            Step::Load { object, owner, offset } => {
                let holds = is_a(words[object], owner);
                words.push(if holds { Obj(words[object]).word(offset) } else { 0 });
                holds
            }
            Step::Test { word, op, constant, expect } => match op {
                Op::IsSmallInt => Value(words[word]).is_small_int() == expect,
                Op::IsFloat => Value(words[word]).is_immediate_float() == expect,
                Op::IsObj => Value(words[word]).is_obj() == expect,
                _ => (words[word] == constant) == expect,
            },
            Step::Type { word, ty, expect } => is_a(words[word], ty) == expect,
        })
    }
}

/// Is the word a pointer to an object of this type?
fn is_a(word: u64, ty: TypeId) -> bool {
    word != 0 && Value(word).is_obj() && Obj(word).type_id() == ty
}

impl Jit {
    /// The first version of the header at the VM's running activation that the state there fits; `first` is the newest.
    ///
    /// # Safety
    /// `base` is on a VM's stack, at the header the trace was recorded for.
    pub(super) unsafe fn fitting_version(&self, first: TraceId, base: *const Value) -> Option<TraceId> {
        let mut next = Some(first);
        while let Some(id) = next {
            let t = self.traces.get(id);
            // SAFETY: the caller's.
            if t.tree.is_valid() && unsafe { t.entry_tests.get_or_init(|| EntryTests::of(&t.ir)).hold(base) } {
                return Some(id);
            }
            next = t.tree.next.get();
        }
        None
    }

    /// The version to enter from the interpreter: one that fits, else the newest, whose bridges see to the rest.
    ///
    /// # Safety
    /// As `fitting_version`.
    pub(super) unsafe fn version_to_enter(&self, first: TraceId, base: *const Value) -> TraceId {
        if self.traces.get(first).tree.next.get().is_none() {
            return first;
        }
        // SAFETY: the caller's.
        unsafe { self.fitting_version(first, base) }.unwrap_or(first)
    }

    /// May this header have another version?
    pub(super) fn may_have_another_version(&self, first: TraceId) -> bool {
        let header = self.traces.get(first).header;
        self.failures_at(header) < MAX_FAILURES && self.versions(first).count() < MAX_VERSIONS
    }

    fn versions(&self, first: TraceId) -> impl Iterator<Item = std::rc::Rc<CompiledTrace>> + '_ {
        std::iter::successors(Some(self.traces.get(first)), |t| t.tree.next.get().map(|id| self.traces.get(id)))
    }

    /// Puts a new root trace before the other versions of its header.
    pub(super) fn add_version(&self, h: Hot, t: &CompiledTrace) {
        t.tree.next.set(h.trace.get().checked_sub(1).map(TraceId));
        h.trace.set(t.id.0 + 1);
    }
}
