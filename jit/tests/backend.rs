//! Compiled code against what traces mean.

mod support;

use framework::heap::Stress;
use framework::{Obj, Value};
use jit::backend::{Arena, CompileError, ExitState};
use jit::ir::{TraceId, parse};
use support::*;

#[test]
fn a_straight_trace_computes_and_exits() {
    let mut m = Machine::new();
    let t = m.root(
        "v0 = slot 0
         v1 = slot 1
         is_small_int v0 -> exit s0
         v3 = unbox_int v0
         v4 = unbox_int v1
         v5 = int_add v3, v4
         not int_lt v5, 10 -> exit s1
         exit s2
         s0: leaves v0
         s1: leaves v5 v3
         s2: leaves v5",
    );
    assert_eq!(m.run_with(t, &[small(30), small(12)]), Outcome { trace: 0, snapshot: 2, leaves: vec![42] });
    assert_eq!(m.run_with(t, &[small(3), small(4)]), Outcome { trace: 0, snapshot: 1, leaves: vec![7, 3] });
    assert_eq!(m.run_with(t, &[boxed(1.5), small(4)]), Outcome { trace: 0, snapshot: 0, leaves: vec![boxed(1.5)] });
}

/// Sums 0 … n-1 in floats.
const SUM: &str = "v0 = slot 0
    v1 = unbox_int v0
    jump own(0, 0.0)
    label
    vi = param int
    vs = param float
    int_lt vi, v1 -> exit s0
    vf = int_to_float vi
    vt = float_add vs, vf
    vn = int_add vi, 1
    poll -> exit s1
    jump own(vn, vt)
    s0: leaves vi vs
    s1: leaves vn vt";

#[test]
fn a_loop_runs_until_its_guard_fails() {
    let mut m = Machine::new();
    let t = m.root(SUM);
    assert_eq!(m.run_with(t, &[small(1000)]), Outcome { trace: 0, snapshot: 0, leaves: vec![1000, 499500f64.to_bits()] });
    m.vm.interrupter().interrupt();
    assert_eq!(m.run_with(t, &[small(1000)]), Outcome { trace: 0, snapshot: 1, leaves: vec![1, 0f64.to_bits()] });
}

/// One that has been computed by the trace from its outside view.
fn outcome(trace: u32, snapshot: u32, leaves: &[u64]) -> Outcome {
    Outcome { trace, snapshot, leaves: leaves.to_vec() }
}

#[test]
fn parameters_that_change_places_go_round() {
    let mut m = Machine::new();
    let t = m.root(
        "v0 = slot 0
         v1 = unbox_int v0
         jump own(0, 1, 2, 3, 1.5, 2.5)
         label
         vi = param int
         va = param int
         vb = param int
         vc = param int
         vx = param float
         vy = param float
         int_lt vi, v1 -> exit s0
         vn = int_add vi, 1
         jump own(vn, vb, vc, va, vy, vx)
         s0: leaves va vb vc vx vy",
    );
    assert_eq!(m.run_with(t, &[small(4)]), outcome(0, 0, &[2, 3, 1, 1.5f64.to_bits(), 2.5f64.to_bits()]));
    assert_eq!(m.run_with(t, &[small(5)]), outcome(0, 0, &[3, 1, 2, 2.5f64.to_bits(), 1.5f64.to_bits()]));
}

#[test]
fn values_outlive_calls_that_overwrite_what_they_may() {
    let mut m = Machine::new();
    let mut text = String::from("vs = slot 0\nvn = unbox_int vs\nvf = int_to_float vn\n");
    for k in 0..12 {
        text += &format!("vi{k} = int_add vn, {k}\nvf{k} = float_add vf, {k}.0\n");
    }
    text += "vc = call CLOBBER()\nvm = call MIX(vi3, vf4, vi5, vf6, vi7)\nexit s0\ns0: leaves vm";
    (0..12).for_each(|k| text += &format!(" vi{k} vf{k}"));
    let t = m.root(&text);
    let n = 100;
    let mix = (n + 3) * 3 + (n + 4) + (n + 5) * 7 + (n + 6) - (n + 7);
    let mut leaves = vec![mix as u64];
    (0..12).for_each(|k| leaves.extend([(n + k) as u64, ((n + k) as f64).to_bits()]));
    assert_eq!(m.run_with(t, &[small(n)]), outcome(0, 0, &leaves));
}

#[test]
fn an_exit_finds_its_leaves_wherever_they_are() {
    let mut m = Machine::new();
    let mut text = String::from("vs = slot 0\nvn = unbox_int vs\nvf = int_to_float vn\n");
    for k in 0..40 {
        text += &format!("vi{k} = int_mul vn, {k}\nvf{k} = float_mul vf, {k}.5\n");
    }
    text += "int_eq vn, 0 -> exit s0\nexit s0\ns0: leaves";
    (0..40).for_each(|k| text += &format!(" vi{k} vf{k}"));
    let t = m.root(&text);
    let leaves: Vec<u64> = (0..40).flat_map(|k| [7 * k as u64, (7.0 * (k as f64 + 0.5)).to_bits()]).collect();
    assert_eq!(m.run_with(t, &[small(7)]), outcome(0, 0, &leaves));
}

#[test]
fn a_bridge_takes_over_at_an_exit_and_goes_back_into_the_loop() {
    let mut m = Machine::new();
    // Counts to v1; odd numbers leave by exit 1. v2 lives through the loop.
    let root = m.root(
        "v0 = slot 0
         v1 = unbox_int v0
         v2 = int_mul v1, 3
         jump own(0, 0)
         label
         vi = param int
         vs = param int
         int_lt vi, v1 -> exit s0
         vo = int_and vi, 1
         int_eq vo, 0 -> exit s1
         vt = int_add vs, v2
         vn = int_add vi, 1
         jump own(vn, vt)
         s0: leaves vi vs
         s1: leaves vi vs",
    );
    assert_eq!(m.run_with(root, &[small(10)]), outcome(0, 1, &[1, 30]));
    let bridge = m.bridge(
        root,
        1,
        "vi = param int
         vs = param int
         int_lt vi, 1000 -> exit s0
         vn = int_add vi, 1
         vt = int_add vs, 1
         jump label0(vn, vt)
         s0: leaves vi vs",
    );
    assert_eq!(m.run_with(root, &[small(10)]), outcome(0, 0, &[10, 5 * 30 + 5]));
    assert_eq!(m.run_with(root, &[small(2000)]), outcome(1, 0, &[1001, 501 * 6000 + 500]));
    // A bridge of the bridge, and then back to the state without.
    let deeper = m.bridge(bridge, 0, "vi = param int\nvs = param int\nvn = int_add vi, 1\nvt = int_add vs, 2\njump label0(vn, vt)");
    assert_eq!(m.run_with(root, &[small(2000)]), outcome(0, 0, &[2000, 1000 * 6000 + 500 + 2 * 500]));
    assert_eq!(deeper, 2);
    m.arena.unpatch(&m.compiled[0], 1);
    assert_eq!(m.run_with(root, &[small(10)]), outcome(0, 1, &[1, 30]));
}

#[test]
fn a_label_is_out_of_reach_for_what_does_not_come_from_below_it() {
    let mut m = Machine::new();
    let root = m.root(
        "v0 = slot 0
         is_small_int v0 -> exit s0
         v1 = unbox_int v0
         jump own(0)
         label
         vi = param int
         int_lt vi, v1 -> exit s1
         vn = int_add vi, 1
         jump own(vn)
         s0: leaves v0
         s1: leaves vi",
    );
    let bridge = parse("v0 = param value\njump label0(1)", &registry()).unwrap();
    assert_eq!(m.try_add(bridge, Some((root, 0))), Err(CompileError::LabelOutOfReach(TraceId(0))));
    let missing = parse("v0 = param int\njump label7(1)", &registry()).unwrap();
    assert_eq!(m.try_add(missing, Some((root, 1))), Err(CompileError::NoSuchLabel(TraceId(7))));
}

#[test]
fn state_is_written_out_before_another_trace_is_entered() {
    let mut m = Machine::new();
    // Moves its registers about and enters trace 0, which looks at what it finds.
    let target = m.root(
        "v0 = slot 0
         v1 = slot 2
         room 10, 3 -> exit s0
         exit s1
         s0: leaves v0
         s1: leaves v0 v1",
    );
    let first = m.root(
        "v0 = slot 0
         v1 = slot 1
         store_slot 0, v1
         store_slot 2, v0
         enter 0, trace0, at 0x777777777777 pc 3 base 0 cont 0x0",
    );
    let (base, top) = (m.vm.core.cur.base, m.vm.core.frame_top);
    assert_eq!(m.run_with(first, &[small(1), small(2)]), outcome(target, 1, &[small(2), small(1)]));
    let core = &m.vm.core;
    assert_eq!((core.base(), core.frame_top), (base, top));
}

/// Jumps into another tree lead out of compiled code when that goes, and to a new root when there is one.
#[test]
fn jumps_into_other_trees_are_cut_and_mended() {
    let mut m = Machine::new();
    let old = m.root("v0 = slot 0\nexit s0\ns0: leaves v0");
    let first = m.root(&format!("v0 = slot 0\nstore_slot 1, v0\nenter 5, trace{old}, at 0x20 pc 3 base 0 cont 0x0"));
    assert_eq!(m.run_with(first, &[small(1)]).trace, old);
    let header = (0x20, 3);
    m.arena.unlink(&m.compiled[first as usize], (0x20, 4));
    assert_eq!(m.run_with(first, &[small(1)]).trace, old, "another header's");
    m.arena.unlink(&m.compiled[first as usize], header);
    m.set_slots(0, &[small(2), small(0)]);
    let mut state = ExitState::default();
    let vm: *mut framework::vm::VmCore = &mut m.vm.core;
    // SAFETY: the VM is at the trace's entry.
    unsafe { m.arena.enter(vm, m.compiled[first as usize].call_entry(), &mut state) };
    assert!(state.abandoned());
    assert_eq!(m.vm.core.returned, 5);
    let new = m.root("v0 = slot 1\nexit s0\ns0: leaves v0");
    m.arena.relink(&m.compiled[first as usize], header, &m.compiled[new as usize]);
    assert_eq!(m.run_with(first, &[small(3), small(0)]), outcome(new, 0, &[small(3)]));
}

/// A trace calls another three activations deep; that comes back, or leaves for good and drops the native frames of its callers.
#[test]
fn calls_nest_and_return() {
    let mut m = Machine::new();
    let callee = m.root(
        "room 10, 3 -> exit s0
         v1 = slot 1
         is_small_int v1 -> exit s1
         v3 = unbox_int v1
         v4 = int_add v3, 5
         v5 = box_int v4
         store_slot 1, v5
         return v5, 8
         s0:
         s1: leaves v1",
    );
    let middle = m.root(
        "v0 = slot 0
         v1 = slot 1
         store_slot 4, v1
         store_frame 0, at 0x20 pc 9 base 0 cont 0x7
         v4 = call_trace 1, trace0, at 0x30 pc 0 base 3 cont 0x0
         returned_at 8 -> exit s0
         return v4, 17
         s0: leaves v0 v4",
    );
    let outer = m.root(
        "v0 = slot 0
         v1 = slot 1
         store_slot 6, v1
         store_frame 0, at 0x10 pc 9 base 0 cont 0x7
         store_frame 1, at 0x18 pc 2 base 2 cont 0x7
         v5 = call_trace 2, trace1, at 0x20 pc 0 base 5 cont 0x0
         returned_at 17 -> exit s0
         v7 = slot 9
         exit s1
         s0: leaves v0 v5
         s1: leaves v0 v5 v7",
    );
    let (base, top) = (m.vm.core.cur.base, m.vm.core.frame_top);
    // What the innermost returns is in its register 1 as well: at 5 + 3 + 1.
    assert_eq!(m.run_with(outer, &[small(1), small(2)]), outcome(outer, 1, &[small(1), small(7), small(7)]));
    let core = &m.vm.core;
    assert_eq!((core.returned, core.base()), (17, base));
    assert_eq!((core.base_ptr as usize, core.frame_top), (core.stack as usize + 8 * base as usize, top));
    // A float: the innermost trace leaves, with the state of its callers in memory.
    let f = m.vm.core.heap.float(1.5).0;
    assert_eq!(m.run_with(outer, &[small(1), f]), outcome(callee, 1, &[f]));
    let core = &m.vm.core;
    // SAFETY: three frames were written above the entry's.
    let frames = unsafe { [*top, *top.add(1), *top.add(2)] };
    assert_eq!(core.frame_top, unsafe { top.add(3) });
    assert_eq!(frames.map(|f| (f.code, f.base - base)), [(0x10, 0), (0x18, 2), (0x20, 5)]);
    assert_eq!(core.base(), base + 8);
    m.vm.core.frame_top = top;
    let _ = middle;
}

#[test]
fn a_trace_may_enter_itself() {
    let mut m = Machine::new();
    let t = m.root(
        "v0 = slot 0
         v1 = unbox_int v0
         int_lt v1, 100000 -> exit s0
         room 2, 1 -> exit s1
         v4 = int_add v1, 1
         v5 = box_int v4
         store_slot 0, v5
         enter 0, trace0, at 0x1000 pc 7 base 0 cont 0x0
         s0: leaves v1
         s1: leaves v1",
    );
    // No native stack is used up.
    assert_eq!(m.run_with(t, &[small(0)]), outcome(0, 0, &[100_000]));
}

#[test]
fn traces_watch_their_flags() {
    let mut m = Machine::new();
    let t = m.root("valid -> exit s0\npoll -> exit s1\nroom 100, 64 -> exit s2\nroom 1, 65 -> exit s3\nexit s4\ns0:\ns1:\ns2:\ns3:\ns4:");
    assert_eq!(m.run(t).snapshot, 3);
    m.vm.interrupter().interrupt();
    assert_eq!(m.run(t).snapshot, 1);
    m.invalidate();
    assert_eq!(m.run(t).snapshot, 0);
    assert!(m.vm.core.take_interrupt());
    let words = m.vm.core.stack_words - 100;
    let fits = m.root(&format!("room {words}, 0 -> exit s0\nroom {}, 0 -> exit s1\nexit s2\ns0:\ns1:\ns2:", words + 1));
    assert_eq!(m.run(fits).snapshot, 1);
}

/// A call out of the running trace invalidates it: it leaves right after, whatever is near the guard.
#[test]
fn a_trace_is_left_where_it_learns_that_it_is_invalid() {
    thread_local!(static MACHINE: std::cell::Cell<*mut Machine> = const { std::cell::Cell::new(std::ptr::null_mut()) });
    for (before, after) in
        [("", ""), ("valid -> exit s1", ""), ("", "va = call CLOBBER()"), ("", "valid -> exit s1"), ("poll -> exit s1", "vb = int_mul vi, 3")]
    {
        let mut m = Machine::new();
        let t = m.root(&format!(
            "jump own(0)
             label
             vi = param int
             {before}
             vc = call CALL_BACK(vi)
             valid -> exit s0
             {after}
             vn = int_add vi, 1
             int_lt vn, 10 -> exit s2
             jump own(vn)
             s0: leaves vi
             s1: leaves vi
             s2: leaves vn"
        ));
        CALLED.set(|i| {
            if i == 5 {
                // SAFETY: the machine is the one that is running; nothing of it is borrowed but what runs.
                unsafe { (*MACHINE.get()).invalidate() }
            }
        });
        MACHINE.set(&raw mut m);
        // SAFETY: `m` outlives the run; the call back is the reason for going by the pointer.
        let out = unsafe { (*MACHINE.get()).run(t) };
        assert_eq!((out.snapshot, out.leaves), (0, vec![5]), "{before} … {after}");
    }
}

#[test]
fn objects_are_allocated_filled_and_read() {
    let mut m = Machine::new();
    // A list of so many points, each with the one before: enough to leave the allocator's fast path many times.
    let t = m.root(
        "v0 = slot 0
         v1 = unbox_int v0
         jump own(0, #2)
         label
         vi = param int
         vl = param value
         int_lt vi, v1 -> exit s0
         vp = new Point
         store_field vp, vl, Point.x
         vf = int_to_float vi
         store_field vp, vf, Point.y
         store_field vp, vi, Point.z
         vv = from_obj vp
         vn = int_add vi, 1
         jump own(vn, vv)
         s0: leaves vl",
    );
    let n = 200_000;
    let mut list = Value(m.run_with(t, &[small(n)]).leaves[0]);
    for i in (0..n).rev() {
        let o = list.obj().expect("a point");
        assert!(o.is(Point::TYPE));
        assert_eq!((o.get(Point::y), o.get(Point::z)), (i as f64, i));
        list = o.get(Point::x);
    }
    assert_eq!(list, Value::singleton(2));
    let arrays = m.root(
        "v0 = new_array 3, Items
         vs = slot 0
         vn = unbox_int vs
         v1 = new_array vn, Bytes
         store_elem v0, 1, '7, Items[]
         store_elem v1, 4, 300, Bytes[]
         v4 = load_elem v1, 4, Bytes[]
         v5 = len v0
         v6 = load_elem v0, 0, Items[]
         set_aux v0, -1
         v8 = aux v0
         exit s0
         s0: leaves v0 v1 v4 v5 v6 v8",
    );
    let leaves = m.run_with(arrays, &[small(5)]).leaves;
    let (items, bytes) = (Obj(leaves[0]), Obj(leaves[1]));
    assert_eq!((items.len(), items.elem(Items::items, 1), bytes.bytes(Bytes::bytes)), (3, Value::small_int(7), &[0, 0, 0, 0, 44][..]));
    assert_eq!(leaves[2..], [44, 3, 0, 0xffff_ffff]);
    // Lengths on both sides of what is allocated inline; the length is needed again afterwards.
    let many =
        m.root("vs = slot 0\nvn = unbox_int vs\nv1 = new_array vn, Bytes\nv2 = new_array vn, Floats\nv3 = len v2\nexit s0\ns0: leaves v1 v2 v3 vn");
    for n in [0, 1, 7, 8, 9, 100, 500, 509, 510, 511, 4000, 4080, 4081, 5000, 200_000] {
        let leaves = m.run_with(many, &[small(n)]).leaves;
        let (bytes, floats) = (Obj(leaves[0]), Obj(leaves[1]));
        assert!(bytes.is(Bytes::TYPE) && floats.is(Floats::TYPE));
        assert_eq!((bytes.len(), floats.len(), leaves[2], leaves[3]), (n as usize, n as usize, n as u64, n as u64));
        assert!(bytes.bytes(Bytes::bytes).iter().all(|&b| b == 0) && floats.elems(Floats::floats).iter().all(|&f| f == 0.0));
        bytes.bytes_mut(Bytes::bytes).fill(0xaa);
    }
}

#[test]
fn too_many_values_are_an_error() {
    let mut m = Machine::new();
    let mut text = String::from("vs = slot 0\nvn = unbox_int vs\n");
    (0..400).for_each(|k| text += &format!("v{k}i = int_mul vn, {k}\n"));
    text += "exit s0\ns0: leaves";
    (0..400).for_each(|k| text += &format!(" v{k}i"));
    assert_eq!(m.try_add(parse(&text, &registry()).unwrap(), None), Err(CompileError::TooManySpills));
}

#[test]
fn malformed_traces_are_errors() {
    let mut m = Machine::new();
    for text in [
        "jump own(1)",
        "label\nv0 = param int\njump own(v0)",
        "jump own(1)\nlabel\nv0 = param int\njump own(v0, v0)",
        "v0 = param int\nexit s0\ns0: leaves v0",
    ] {
        let found = m.try_add(parse(text, &registry()).unwrap(), None);
        assert!(matches!(found, Err(CompileError::Malformed(_))), "{text}: {found:?}");
    }
    let alone = m.try_add(parse("enter 0, trace9, at 0x0 pc 0 base 0 cont 0x0", &registry()).unwrap(), None);
    assert_eq!(alone, Err(CompileError::NoSuchTrace(TraceId(9))));
}

#[test]
fn the_arena_fills_up_and_takes_code_back() {
    let mut m = Machine::with_arena(Arena::with_size(1 << 16).unwrap());
    let empty = m.arena.used();
    let sum = || parse(SUM, &registry()).unwrap();
    let mut rounds = vec![];
    for _ in 0..3 {
        let error = loop {
            if let Err(e) = m.try_add(sum(), None) {
                break e;
            }
        };
        assert_eq!(error, CompileError::ArenaFull);
        rounds.push(m.compiled.len());
        for t in [0, m.compiled.len() as u32 / 2, m.compiled.len() as u32 - 1] {
            assert_eq!(m.run_with(t, &[small(10)]).leaves, [10, 45f64.to_bits()]);
        }
        // Every second one first, so that free pieces have to be joined.
        let (even, odd): (Vec<_>, Vec<_>) = m.compiled.drain(..).enumerate().partition(|(n, _)| n % 2 == 0);
        even.into_iter().chain(odd).for_each(|(_, c)| m.arena.free(c.code));
        m.traces.clear();
        assert_eq!(m.arena.used(), empty);
    }
    assert!(rounds[0] > 100 && rounds.iter().all(|n| *n == rounds[0]));
}

#[test]
fn runs_nest() {
    let mut m = Machine::new();
    let t = m.root(SUM);
    let mut outer = ExitState::default();
    let vm: *mut framework::vm::VmCore = &mut m.vm.core;
    m.set_slots(0, &[small(100)]);
    // SAFETY: the VM is at the trace's entry.
    unsafe { m.arena.enter(vm, m.compiled[t as usize].call_entry(), &mut outer) };
    let inner = m.run_with(t, &[small(10)]);
    assert_eq!(inner.leaves[0], 10);
    let exit = &m.compiled[t as usize].exits[outer.exit() as usize];
    // SAFETY: compiled code has filled in the state.
    assert_eq!(unsafe { outer.leaf(m.compiled[t as usize].leaves(exit)[0]) }, 100);
}

#[test]
fn machine_code_can_be_read() {
    let mut m = Machine::new();
    m.root(SUM);
    let text = jit::backend::dump::disassemble(&m.traces[0], &m.compiled[0], &m.arena, &registry());
    for line in ["v1 = unbox_int v0\n", "sar ", "cvtsi2sd ", "addsd ", "exits\n"] {
        assert!(text.contains(line), "{line:?} in\n{text}");
    }
}

/// Runs with a collection at every allocation; gives the first leaf's field `x`.
fn field_after_collections(text: &str) -> Option<i64> {
    let mut m = Machine::new();
    let t = m.root(text);
    m.set_slots(0, &[small(i64::MAX >> 3)]);
    m.vm.core.heap.set_stress(Stress { full_every: 0, ..Stress::every_allocation() });
    let point = Obj(m.run(t).leaves[0]);
    assert!(point.is(Point::TYPE));
    point.get(Point::x).int()
}

#[test]
fn boxing_makes_fresh_objects_old() {
    // The first box's collection makes the point old: what is stored then is young, and the next collections must know.
    let text = "v0 = slot 0
         v1 = unbox_int v0
         v2 = int_mul v1, 8
         vp = new Point
         vb = box_int v2
         store_field vp, vb, Point.x
         v3 = int_add v2, 1
         v4 = box_int v3
         v5 = int_add v2, 2
         v6 = box_int v5
         v7 = int_add v2, 3
         v8 = box_int v7
         vq = new Point
         exit s0
         s0: leaves vp v4 v6 v8 vq";
    assert_eq!(field_after_collections(text), Some((i64::MAX >> 3) * 8));
}

#[test]
fn objects_from_above_the_label_are_not_fresh_in_the_loop() {
    let text = "v0 = slot 0
         v1 = unbox_int v0
         v2 = int_mul v1, 8
         vn = box_int v2
         vp = new Point
         jump own(0, vn)
         label
         vi = param int
         vv = param value
         store_field vp, vv, Point.x
         v3 = int_add v2, vi
         vb = box_int v3
         int_lt vi, 3 -> exit s0
         v4 = int_add vi, 1
         vc = box_int v3
         jump own(v4, vc)
         s0: leaves vp vb";
    assert_eq!(field_after_collections(text), Some((i64::MAX >> 3) * 8 + 2));
}
