//! The IR evaluator: runs traces as they are written. It is the oracle compiled code is compared with, and what stress modes use.

use crate::ir::{Desc, Op, Ref, Target, TraceId, semantics};
use crate::roots::Roots;
use crate::tree::{CompiledTrace, Traces};
use framework::call::call_words;
use framework::heap::is_traced;
use framework::{Frame, Language, Obj, Value, Vm};
use rustc_hash::FxHashMap;
use std::cell::Cell;
use std::rc::Rc;

/// Where execution left compiled code.
pub struct Exit {
    /// The trace.
    pub trace: Rc<CompiledTrace>,
    /// Index of the guard's snapshot.
    pub snapshot: usize,
    /// The words of the snapshot's leaves.
    pub leaves: Vec<u64>,
    /// Was the guard's condition as expected, and the exit forced by a stress mode?
    pub forced: bool,
}

/// How a run of compiled code ended.
pub enum Left {
    /// A guard failed.
    Exit(Exit),
    /// The activation it was entered in has come to the instruction that ends it. The state is in memory, but for this word of the
    /// register that travels.
    Returned(u64),
    /// It has come to a header that has no trace any more; the state is in memory.
    Abandoned,
}

/// Calls the evaluator nests.
const MAX_CALLS: usize = 500;

/// A trace that waits for the one it has called.
struct Caller {
    trace: Rc<CompiledTrace>,
    values: Values,
    tree: FxHashMap<TraceId, Values>,
    /// Its `CallTrace`.
    i: usize,
    cur: Frame,
    top: *mut Frame,
    mark: usize,
}

/// Values of one trace of the running tree, visible to the collector.
pub type Values = Rc<[Cell<u64>]>;

/// Runs the root trace `start` on the VM's state, and whatever traces it leads to, until a guard without a bridge fails or its activation
/// ends. `force` is asked at every guard
/// whether to fail it anyway.
pub fn run<L: Language>(vm: &mut Vm<L>, traces: &Traces, roots: &Roots, start: TraceId, mut force: impl FnMut() -> bool) -> Left {
    let mark = roots.mark();
    let mut tree: FxHashMap<TraceId, Values> = FxHashMap::default();
    let mut trace = traces.get(start);
    let mut values = activate(roots, &mut tree, &trace);
    let mut i = 0;
    let mut calls: Vec<Caller> = vec![];
    loop {
        let inst = trace.ir.insts[i];
        let word = |r: u32| match Ref(r).as_const() {
            Some(k) => trace.ir.consts[k].bits,
            None => values[r as usize].get(),
        };
        let imm = |a: u32| a as i32 as isize;
        let mut failed = None;
        let mut result = 0;
        match inst.op {
            Op::Param | Op::Label | Op::Virtual => {
                i += 1;
                continue;
            }
            // SAFETY (all accesses below): the recorder saw this access succeed on operands of the same types, under the guards
            // before it; `Room` has checked the stack.
            Op::Slot => result = unsafe { (*vm.core.base_ptr.offset(imm(inst.a))).0 },
            Op::StoreSlot => unsafe { *vm.core.base_ptr.offset(imm(inst.a)) = Value(word(inst.b)) },
            Op::BoxInt => result = vm.core.heap.int(word(inst.a) as i64).0,
            Op::BoxFloat => result = vm.core.heap.float(f64::from_bits(word(inst.a))).0,
            Op::Len => result = Obj(word(inst.a)).len() as u64,
            Op::LoadField => {
                let Desc::Field(f) = trace.ir.desc(&inst) else { unreachable!() };
                debug_assert_eq!(Obj(word(inst.a)).type_id(), f.owner);
                result = Obj(word(inst.a)).word(f.offset as usize);
            }
            Op::StoreField => {
                let Desc::Field(f) = trace.ir.desc(&inst) else { unreachable!() };
                let o = Obj(word(inst.a));
                debug_assert_eq!(o.type_id(), f.owner);
                if is_traced(f.ty) {
                    vm.core.heap.write_barrier(o);
                }
                o.set_word(f.offset as usize, word(inst.b));
            }
            Op::LoadElem | Op::StoreElem => {
                let Desc::Elems(e) = trace.ir.desc(&inst) else { unreachable!() };
                let (o, k) = (Obj(word(inst.a)), word(inst.b) as usize);
                assert!(o.type_id() == e.owner && k < o.len(), "element {k} of an object with {}", o.len());
                let at = o.0 as usize + e.offset as usize + k * e.size as usize;
                if inst.op == Op::StoreElem {
                    let v = word(inst.c);
                    if is_traced(e.ty) {
                        vm.core.heap.write_barrier(o);
                    }
                    unsafe { if e.size == 1 { *(at as *mut u8) = v as u8 } else { *(at as *mut u64) = v } }
                } else {
                    result = unsafe { if e.size == 1 { *(at as *const u8) as u64 } else { *(at as *const u64) } };
                }
            }
            Op::Aux => result = Obj(word(inst.a)).aux() as u64,
            Op::SetAux => Obj(word(inst.a)).set_aux(word(inst.b) as u32),
            Op::New => {
                let Desc::Type(t) = trace.ir.desc(&inst) else { unreachable!() };
                result = vm.core.heap.alloc(t).0;
            }
            Op::NewArray => {
                let Desc::Type(t) = trace.ir.desc(&inst) else { unreachable!() };
                result = vm.core.heap.alloc_array(t, word(inst.a) as usize).0;
            }
            Op::Call => {
                let Desc::Fun(f) = *trace.ir.desc(&inst) else { unreachable!() };
                let args: smallvec::SmallVec<[u64; 5]> = trace.ir.list(&inst).iter().map(|r| word(r.0)).collect();
                result = unsafe { call_words(f, (vm as *mut Vm<L>).cast(), &args) };
            }
            Op::HasType => {
                let Desc::Type(t) = trace.ir.desc(&inst) else { unreachable!() };
                failed = Some(Obj(word(inst.a)).is(t) != inst.expect());
            }
            Op::Valid => failed = Some(!trace.tree.is_valid()),
            Op::Poll => failed = Some(vm.core.interrupt_pending()),
            Op::Room => {
                let words = vm.core.cur.base as usize + inst.a as usize;
                let frames = unsafe { vm.core.frame_limit.offset_from(vm.core.frame_top) } as usize;
                failed = Some(words > vm.core.stack_words || frames < inst.b as usize || calls.len() > MAX_CALLS);
            }
            Op::ReturnedAt => failed = Some(vm.core.returned != inst.a),
            Op::CallTrace => {
                let (Desc::Target(Target::Entry(id)), Desc::Frame(f)) = (*trace.ir.desc(&inst), trace.ir.descs[inst.c as usize]) else {
                    unreachable!()
                };
                let (cur, top) = (vm.core.cur, vm.core.frame_top);
                unsafe { vm.core.frame_top = top.offset(imm(inst.a)) };
                enter_activation(vm, Frame { base: f.base.wrapping_add(cur.base), ..f });
                calls.push(Caller { trace, values, tree: std::mem::take(&mut tree), i, cur, top, mark: roots.mark() });
                trace = traces.get(id);
                values = activate(roots, &mut tree, &trace);
                i = 0;
                continue;
            }
            Op::Return => {
                let word = word(inst.a);
                vm.core.returned = inst.b;
                let Some(c) = calls.pop() else {
                    roots.release(mark);
                    return Left::Returned(word);
                };
                roots.release(c.mark);
                (trace, values, tree, i) = (c.trace, c.values, c.tree, c.i);
                enter_activation(vm, c.cur);
                vm.core.frame_top = c.top;
                values[i].set(word);
                i += 1;
                continue;
            }
            Op::StoreFrame => {
                let Desc::Frame(f) = *trace.ir.desc(&inst) else { unreachable!() };
                unsafe { *vm.core.frame_top.offset(imm(inst.a)) = Frame { base: f.base.wrapping_add(vm.core.cur.base), ..f } };
            }
            Op::Jump | Op::Enter => {
                let Desc::Target(target) = *trace.ir.desc(&inst) else { unreachable!() };
                match target {
                    Target::Entry(id) => {
                        let Desc::Frame(f) = trace.ir.descs[inst.c as usize] else { unreachable!() };
                        enter_activation(vm, Frame { base: f.base.wrapping_add(vm.core.cur.base), ..f });
                        vm.core.returned = inst.a;
                        roots.release(calls.last().map_or(mark, |c| c.mark));
                        tree.clear();
                        match traces.find(id).filter(|t| t.id == t.root && t.header == (f.code, f.pc) && t.tree.is_valid()) {
                            Some(root) => trace = root,
                            None => {
                                roots.release(mark);
                                return Left::Abandoned;
                            }
                        }
                        values = activate(roots, &mut tree, &trace);
                        i = 0;
                    }
                    Target::Own | Target::Label(_) => {
                        let args: Vec<u64> = trace.ir.list(&inst).iter().map(|r| word(r.0)).collect();
                        if let Target::Label(id) = target {
                            trace = traces.get(id);
                            values = tree[&id].clone();
                        }
                        i = trace.ir.insts.iter().position(|x| x.op == Op::Label).expect("a label") + 1;
                        pass(&values, i, &args);
                    }
                }
                continue;
            }
            Op::Exit => failed = Some(true),
            op => {
                let (a, b) = (word(inst.a), if inst.b == Ref::NONE.0 { 0 } else { word(inst.b) });
                match semantics::guard(op, a, b) {
                    Some((holds, r)) => {
                        failed = Some(holds != inst.expect());
                        result = r;
                    }
                    None => result = semantics::pure(op, a, b).unwrap_or_else(|| panic!("{op:?} of {a:x} and {b:x}")),
                }
            }
        }
        if let Some(failed) = failed {
            let forced = !failed && force();
            if failed || forced {
                let snapshot = inst.c as usize;
                let leaves: Vec<u64> = trace.ir.snapshots.get(snapshot).leaves.iter().map(|r| word(r.0)).collect();
                if let Some(bridge) = trace.exits[snapshot].bridge.get() {
                    trace = traces.get(bridge);
                    values = activate(roots, &mut tree, &trace);
                    pass(&values, 0, &leaves);
                    i = 0;
                    continue;
                }
                roots.release(mark);
                return Left::Exit(Exit { trace, snapshot, leaves, forced });
            }
        }
        values[i].set(result);
        i += 1;
    }
}

fn enter_activation<L: Language>(vm: &mut Vm<L>, cur: Frame) {
    vm.core.cur = cur;
    // SAFETY: the activation's registers are on the stack, as `Room` has checked.
    vm.core.base_ptr = unsafe { vm.core.stack.add(cur.base as usize) };
}

fn activate(roots: &Roots, tree: &mut FxHashMap<TraceId, Values>, trace: &Rc<CompiledTrace>) -> Values {
    let values: Values = (0..trace.ir.insts.len()).map(|_| Cell::new(0)).collect();
    roots.activate(trace.clone(), values.clone());
    tree.insert(trace.id, values.clone());
    values
}

fn pass(values: &Values, first: usize, args: &[u64]) {
    for (k, &a) in args.iter().enumerate() {
        values[first + k].set(a);
    }
}
