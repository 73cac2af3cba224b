//! What traces mean, in the plainest way: the reference that compiled code is compared with. Runs on the same VM and heap.

use super::{Machine, Outcome};
use framework::arith;
use framework::heap::ElemsInfo;
use framework::{Frame, Obj, Value};
use jit::ir::*;

enum Next {
    Go,
    Exit,
    To(u32, usize, Vec<u64>),
}

/// Runs trace `root` and what it leads to; `bridges` says which exits go where. `None` if it takes too long.
pub fn run(m: &mut Machine, root: u32, bridges: &[((u32, u32), u32)], mut budget: usize) -> Option<Outcome> {
    let traces = m.traces.clone();
    let mut trace = root;
    let mut values: Vec<Vec<u64>> = traces.iter().map(|t| vec![0; t.insts.len()]).collect();
    let mut at = 0;
    loop {
        let t = &traces[trace as usize];
        let i = t.insts[at];
        budget = budget.checked_sub(1)?;
        match step(m, t, trace, &i, at, &mut values) {
            Next::Go => at += 1,
            Next::To(target, start, args) => {
                let params = traces[target as usize].insts[start..].iter().take_while(|i| i.op == Op::Param).count();
                let args = &args[..params.min(args.len())];
                values[target as usize][start..start + args.len()].copy_from_slice(args);
                trace = target;
                at = start + args.len();
            }
            Next::Exit => {
                let s = t.snapshots.get(i.c as usize);
                let leaves: Vec<u64> = s.leaves.iter().map(|&r| word(t, &values[trace as usize], r)).collect();
                let exit = m.compiled[trace as usize].exits.iter().position(|e| e.inst == at as u32).unwrap() as u32;
                match bridges.iter().find(|b| b.0 == (trace, exit)) {
                    Some(&(_, bridge)) => {
                        values[bridge as usize][..leaves.len()].copy_from_slice(&leaves);
                        trace = bridge;
                        at = leaves.len();
                    }
                    None => return Some(Outcome { trace, snapshot: i.c, leaves }),
                }
            }
        }
    }
}

fn word(t: &Trace, values: &[u64], r: Ref) -> u64 {
    match t.const_of(r) {
        Some(c) => c.bits,
        None => values[r.0 as usize],
    }
}

fn step(m: &mut Machine, t: &Trace, id: u32, i: &Inst, at: usize, all: &mut [Vec<u64>]) -> Next {
    let values = &all[id as usize];
    let get = |r: u32| word(t, values, Ref(r));
    let ints = || (get(i.a) as i64, get(i.b) as i64);
    let floats = || (f64::from_bits(get(i.a)), f64::from_bits(get(i.b)));
    let list = || t.list(i).iter().map(|&r| word(t, values, r)).collect::<Vec<u64>>();
    let value = || Value(get(i.a));
    let obj = || Obj(get(i.a));
    let mut result = None;
    let mut holds = None;
    let int = |r: i64| Some(r as u64);
    let float = |r: f64| Some(r.to_bits());
    let mut ovf = |r: Option<i64>| {
        holds = Some(r.is_some());
        r.map(|r| r as u64)
    };
    // SAFETY (all accesses below): traces are made so that objects and VM-stack words are where they look for them.
    let core = &mut m.vm.core;
    match i.op {
        // A load nobody needs, on a way into the loop that has not made the object: compiled code leaves it out.
        Op::LoadField | Op::LoadElem | Op::Len | Op::Aux if get(i.a) == 0 => {}
        Op::Param | Op::Virtual => unreachable!("{i:?}"),
        Op::Label => {}
        Op::Slot => result = Some(unsafe { (*core.base_ptr.offset(i.a as i32 as isize)).0 }),
        Op::IntAdd => result = int(ints().0.wrapping_add(ints().1)),
        Op::IntSub => result = int(ints().0.wrapping_sub(ints().1)),
        Op::IntMul => result = int(ints().0.wrapping_mul(ints().1)),
        Op::IntDivFloor => result = int(arith::div_floor(ints().0, ints().1)),
        Op::IntModFloor => result = int(arith::mod_floor(ints().0, ints().1)),
        Op::IntDivTrunc => result = int(ints().0.wrapping_div(ints().1)),
        Op::IntRemTrunc => result = int(ints().0.wrapping_rem(ints().1)),
        Op::IntAnd => result = int(ints().0 & ints().1),
        Op::IntOr => result = int(ints().0 | ints().1),
        Op::IntXor => result = int(ints().0 ^ ints().1),
        Op::IntShl => result = int(ints().0.wrapping_shl(ints().1 as u32)),
        Op::IntShr => result = int(ints().0.wrapping_shr(ints().1 as u32)),
        Op::IntAddOvf => result = ovf(ints().0.checked_add(ints().1)),
        Op::IntSubOvf => result = ovf(ints().0.checked_sub(ints().1)),
        Op::IntMulOvf => result = ovf(ints().0.checked_mul(ints().1)),
        Op::IntEq => holds = Some(ints().0 == ints().1),
        Op::IntLt => holds = Some(ints().0 < ints().1),
        Op::IntLe => holds = Some(ints().0 <= ints().1),
        Op::IntUlt => holds = Some((ints().0 as u64) < ints().1 as u64),
        Op::FloatAdd => result = float(floats().0 + floats().1),
        Op::FloatSub => result = float(floats().0 - floats().1),
        Op::FloatMul => result = float(floats().0 * floats().1),
        Op::FloatDiv => result = float(floats().0 / floats().1),
        Op::FloatNeg => result = float(-f64::from_bits(get(i.a))),
        Op::FloatAbs => result = float(f64::from_bits(get(i.a)).abs()),
        Op::FloatSqrt => result = float(f64::from_bits(get(i.a)).sqrt()),
        Op::IntToFloat => result = float(get(i.a) as i64 as f64),
        Op::FloatToInt => result = ovf(arith::float_to_int(f64::from_bits(get(i.a)))),
        Op::FloatEq => holds = Some(floats().0 == floats().1),
        Op::FloatLt => holds = Some(floats().0 < floats().1),
        Op::FloatLe => holds = Some(floats().0 <= floats().1),
        Op::IsSmallInt => holds = Some(value().is_small_int()),
        Op::IsFloat => holds = Some(value().is_immediate_float()),
        Op::IsObj => holds = Some(value().is_obj()),
        Op::UnboxInt => result = int(value().as_small_int()),
        Op::UnboxFloat => result = float(value().as_immediate_float()),
        Op::ToObj | Op::FromObj => result = Some(get(i.a)),
        Op::BoxInt => result = Some(core.heap.int(get(i.a) as i64).0),
        Op::BoxFloat => result = Some(core.heap.float(f64::from_bits(get(i.a))).0),
        Op::Same => holds = Some(get(i.a) == get(i.b)),
        Op::HasType => {
            let Desc::Type(ty) = t.desc(i) else { unreachable!() };
            holds = Some(obj().is(ty));
        }
        Op::LoadField => {
            let Desc::Field(f) = t.desc(i) else { unreachable!() };
            result = Some(obj().word(f.offset as usize));
        }
        Op::StoreField => {
            let Desc::Field(f) = t.desc(i) else { unreachable!() };
            obj().set_word(f.offset as usize, get(i.b));
        }
        Op::LoadElem => {
            let Desc::Elems(e) = t.desc(i) else { unreachable!() };
            let p = element(obj(), e, get(i.b));
            result = Some(unsafe { if e.size == 1 { *(p as *const u8) as u64 } else { *(p as *const u64) } });
        }
        Op::StoreElem => {
            let Desc::Elems(e) = t.desc(i) else { unreachable!() };
            let p = element(obj(), e, get(i.b));
            unsafe { if e.size == 1 { *(p as *mut u8) = get(i.c) as u8 } else { *(p as *mut u64) = get(i.c) } };
        }
        Op::Len => result = Some(obj().len() as u64),
        Op::Aux => result = Some(obj().aux() as u64),
        Op::SetAux => obj().set_aux(get(i.b) as u32),
        Op::New => {
            let Desc::Type(ty) = t.desc(i) else { unreachable!() };
            result = Some(core.heap.alloc(ty).0);
        }
        Op::NewArray => {
            let Desc::Type(ty) = t.desc(i) else { unreachable!() };
            result = Some(core.heap.alloc_array(ty, get(i.a) as usize).0);
        }
        Op::Call => {
            let Desc::Fun(f) = t.desc(i) else { unreachable!() };
            let vm: *mut framework::Vm<super::Nothing> = &mut *m.vm;
            result = Some(unsafe { framework::call::call_words(f, vm.cast(), &list()) });
        }
        Op::Valid => holds = Some(m.valid),
        Op::Poll => holds = Some(unsafe { *(core.interrupt_flag_addr() as *const u8) } == 0),
        Op::Room => {
            let words = unsafe { core.base_ptr.offset_from(core.stack) } + i.a as i32 as isize;
            let frames = unsafe { core.frame_limit.offset_from(core.frame_top) };
            holds = Some(words <= core.stack_words as isize && i.b as i32 as isize <= frames);
        }
        Op::ReturnedAt => holds = Some(core.returned == i.a),
        Op::CallTrace | Op::Return => unimplemented!("native calls are tested with the driver"),
        Op::StoreSlot => unsafe { *core.base_ptr.offset(i.a as i32 as isize) = Value(get(i.b)) },
        Op::StoreFrame => {
            let Desc::Frame(f) = *t.desc(i) else { unreachable!() };
            unsafe { *core.frame_top.offset(i.a as i32 as isize) = Frame { base: core.cur.base.wrapping_add(f.base), ..f } };
        }
        Op::Jump => {
            let Desc::Target(target) = *t.desc(i) else { unreachable!() };
            let to = if let Target::Label(TraceId(other)) = target { other } else { id };
            let label = m.traces[to as usize].insts.iter().position(|i| i.op == Op::Label).unwrap();
            return Next::To(to, label + 1, list());
        }
        Op::Enter => {
            let (Desc::Target(Target::Entry(to)), Desc::Frame(f)) = (*t.desc(i), t.descs[i.c as usize]) else { unreachable!() };
            core.cur = Frame { base: core.cur.base.wrapping_add(f.base), ..f };
            core.base_ptr = unsafe { core.base_ptr.offset(f.base as i32 as isize) };
            return Next::To(to.0, 0, vec![]);
        }
        Op::Exit => return Next::Exit,
    }
    if let Some(r) = result {
        all[id as usize][at] = r;
    }
    match holds {
        Some(h) if h != i.expect() => Next::Exit,
        _ => Next::Go,
    }
}

fn element(o: Obj, e: &ElemsInfo, i: u64) -> u64 {
    o.0 + e.offset as u64 + i * e.size as u64
}
