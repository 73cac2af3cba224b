//! The collector, seen from outside: what is reachable stays as it is, what is not goes away.

use framework::heap::{Collection, Stress, WeakRef};
use framework::{Heap, Obj, Tracer, Value, layout};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

layout! {
    Node = 16 { id: i64, mut left: Value, mut right: Obj }
    Array = 17 { len: i64, [mut items: Value] }
    Bytes = 18 { len: i64, [bytes: u8] }
    Owner = 19, finalize = drop_owner, trace = trace_owner { mut data: i64 }
}

thread_local!(static DROPPED: Cell<usize> = const { Cell::new(0) });

/// An `Owner` owns a boxed vector of values.
fn owned(o: Obj) -> *mut Vec<Value> {
    o.get(Owner::data) as *mut Vec<Value>
}

unsafe fn drop_owner(o: Obj) {
    if !owned(o).is_null() {
        DROPPED.set(DROPPED.get() + 1);
        // SAFETY: `data` came from `Box::into_raw`, and this happens once.
        drop(unsafe { Box::from_raw(owned(o)) });
        Heap::external_freed(1000);
    }
}

unsafe fn trace_owner(o: Obj, tracer: &mut Tracer) {
    if !owned(o).is_null() {
        // SAFETY: the object is alive, so the vector is.
        tracer.values(unsafe { &*owned(o) });
    }
}

fn new_owner(heap: &mut Heap, content: Vec<Value>) -> Obj {
    let o = heap.alloc(Owner::TYPE);
    o.init(Owner::data, Box::into_raw(Box::new(content)) as i64);
    heap.external(1000);
    o
}

fn node(heap: &mut Heap, id: i64) -> Obj {
    let o = heap.alloc(Node::TYPE);
    o.init(Node::id, id);
    o
}

/// A heap with a list of roots.
fn heap_with_roots() -> (Heap, Rc<RefCell<Vec<Obj>>>) {
    let mut heap = Heap::default();
    let roots = Rc::new(RefCell::new(Vec::<Obj>::new()));
    let r = roots.clone();
    heap.add_roots(Box::new(move |t: &mut Tracer| r.borrow().iter().for_each(|&o| t.obj(o))));
    (heap, roots)
}

/// Calls `f` far down the stack, so that it leaves no pointers where a collection looks that is not called through `deep`.
#[inline(never)]
fn deep<T>(f: impl FnOnce() -> T) -> T {
    #[inline(never)]
    fn pad<T>(f: impl FnOnce() -> T) -> T {
        let mut room = [0u64; 2048];
        std::hint::black_box(&mut room);
        let result = f();
        std::hint::black_box(&mut room);
        result
    }
    let result = pad(f);
    pad(|| ());
    result
}

struct Random(Cell<u64>);

impl Random {
    fn new(seed: u64) -> Random {
        Random(Cell::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    fn below(&self, n: usize) -> usize {
        let mut x = self.0.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.0.set(x);
        (x >> 11) as usize % n
    }
}

/// What the heap should look like: id → (left, right) for nodes, and items for arrays.
#[derive(Default)]
struct Model {
    nodes: HashMap<i64, [i64; 2]>,
    arrays: HashMap<i64, Vec<i64>>,
}

/// The id of a node, or of an array: what its element 0 says.
fn id_of(o: Obj) -> i64 {
    if o.is(Node::TYPE) { o.get(Node::id) } else { o.elem(Array::items, 0).as_small_int() }
}

impl Model {
    /// Compares all that can be reached from `roots`.
    fn check(&self, roots: &[Obj]) -> usize {
        let mut seen: HashMap<i64, Obj> = HashMap::new();
        let mut todo = roots.to_vec();
        let visit = |o: Obj, expected: i64, todo: &mut Vec<Obj>| {
            assert_eq!(id_of(o), expected);
            todo.push(o);
        };
        while let Some(o) = todo.pop() {
            let id = id_of(o);
            match seen.insert(id, o) {
                Some(before) => assert_eq!(before, o, "one object for each id"),
                None if o.is(Node::TYPE) => {
                    let [left, right] = self.nodes[&id];
                    match o.get(Node::left).obj() {
                        Some(l) => visit(l, left, &mut todo),
                        None => assert_eq!(left, 0),
                    }
                    match o.get(Node::right).0 {
                        0 => assert_eq!(right, 0),
                        r => visit(Obj(r), right, &mut todo),
                    }
                }
                None => {
                    let items = &self.arrays[&id];
                    assert_eq!(items.len() + 1, o.len());
                    for (i, &item) in items.iter().enumerate() {
                        match o.elem(Array::items, i + 1).obj() {
                            Some(x) => visit(x, item, &mut todo),
                            None => assert_eq!(item, 0),
                        }
                    }
                }
            }
        }
        seen.len()
    }
}

fn random_graph(seed: u64, steps: usize, stress: Option<Stress>) {
    let (mut heap, roots) = heap_with_roots();
    heap.set_nursery(64 << 10);
    if let Some(stress) = stress {
        heap.set_stress(stress);
    }
    let random = Random::new(seed);
    let mut model = Model::default();
    let mut next = 1;
    // Some object that is reachable, found by a random walk.
    let pick = |random: &Random, roots: &[Obj]| -> Option<Obj> {
        let mut o = *roots.get(random.below(roots.len().max(1)))?;
        for _ in 0..random.below(6) {
            let next = match o.is(Node::TYPE) {
                true if random.below(2) == 0 => o.get(Node::left).obj(),
                true => Some(o.get(Node::right)).filter(|o| o.0 != 0),
                false => o.elem(Array::items, random.below(o.len())).obj(),
            };
            o = next.unwrap_or(o);
        }
        Some(o)
    };
    for step in 0..steps {
        let known = roots.borrow().clone();
        match random.below(20) {
            0..=8 => {
                let id = next;
                next += 1;
                let o = node(&mut heap, id);
                let left = pick(&random, &known);
                let right = pick(&random, &known);
                if let Some(l) = left {
                    o.init(Node::left, l.into());
                }
                if let Some(r) = right {
                    o.init(Node::right, r);
                }
                model.nodes.insert(id, [left.map_or(0, id_of), right.map_or(0, id_of)]);
                roots.borrow_mut().push(o);
            }
            9 | 10 => {
                let len = match random.below(8) {
                    0 => 1000 + random.below(3000),
                    1 => 100 + random.below(300),
                    _ => random.below(20),
                };
                let id = next;
                next += 1;
                let o = heap.alloc_array(Array::TYPE, len + 1);
                o.init_elem(Array::items, 0, Value::small_int(id));
                model.arrays.insert(id, vec![0; len]);
                roots.borrow_mut().push(o);
            }
            11..=16 => {
                if let (Some(o), Some(v)) = (pick(&random, &known), pick(&random, &known)) {
                    let (id, v_id) = (id_of(o), id_of(v));
                    if o.is(Node::TYPE) {
                        if random.below(2) == 0 {
                            heap.set(o, Node::left, v.into());
                            model.nodes.get_mut(&id).unwrap()[0] = v_id;
                        } else {
                            heap.set(o, Node::right, v);
                            model.nodes.get_mut(&id).unwrap()[1] = v_id;
                        }
                    } else if o.len() > 1 {
                        let i = random.below(o.len() - 1);
                        if random.below(4) == 0 {
                            heap.write_barrier(o);
                            o.init_elem(Array::items, i + 1, v.into());
                        } else {
                            heap.set_elem(o, Array::items, i + 1, v.into());
                        }
                        model.arrays.get_mut(&id).unwrap()[i] = v_id;
                    }
                }
            }
            17 => {
                let keep = random.below(12);
                let mut roots = roots.borrow_mut();
                while roots.len() > keep {
                    let i = random.below(roots.len());
                    roots.swap_remove(i);
                }
            }
            18 => {
                for _ in 0..random.below(200) {
                    node(&mut heap, -1);
                }
            }
            _ => {
                if random.below(30) == 0 {
                    heap.collect(if random.below(3) == 0 { Collection::Full } else { Collection::Nursery });
                    heap.verify();
                }
            }
        }
        if step % 64 == 0 {
            model.check(&roots.borrow());
        }
    }
    model.check(&roots.borrow());
}

#[test]
fn random_graphs_stay_as_the_model_says() {
    for seed in 1..=12 {
        random_graph(seed, 20_000, None);
    }
}

#[test]
fn random_graphs_survive_a_collection_at_every_allocation() {
    for seed in 1..=3 {
        random_graph(seed, 2_000, Some(Stress { verify: true, full_every: 7, ..Stress::every_allocation() }));
    }
}

#[test]
fn endless_garbage_needs_a_bounded_heap() {
    let mut heap = Heap::default();
    for i in 0..20_000_000 {
        node(&mut heap, i);
    }
    assert!(heap.stats().nursery > 10);
    assert!(heap.used_bytes() < 16 << 20, "{} MB", heap.used_bytes() >> 20);
}

#[test]
fn endless_cycles_and_large_objects_need_a_bounded_heap() {
    let mut heap = Heap::default();
    for i in 0..30_000 {
        let a = heap.alloc_array(Array::TYPE, 2000);
        let n = node(&mut heap, i);
        n.init(Node::left, a.into());
        heap.set_elem(a, Array::items, 1999, n.into());
        let b = heap.alloc_array(Bytes::TYPE, 3000);
        heap.set_elem(a, Array::items, 0, b.into());
    }
    assert!(heap.used_bytes() < 64 << 20, "{} MB", heap.used_bytes() >> 20);
}

/// A window of live objects that moves on: everything gets old, and dies later. Only full collections can get at it.
#[test]
fn a_moving_window_of_old_objects_needs_a_bounded_heap() {
    let (mut heap, roots) = heap_with_roots();
    let ring = heap.alloc_array(Array::TYPE, 50_000);
    roots.borrow_mut().push(ring);
    for i in 0..5_000_000 {
        let n = node(&mut heap, i);
        heap.set_elem(ring, Array::items, i as usize % 50_000, n.into());
    }
    assert!(heap.stats().full > 0);
    for i in 0..50_000 {
        assert_eq!(heap_item(ring, i).get(Node::id) as usize % 50_000, i);
    }
    assert!(heap.stats().peak < 64 << 20, "{} MB", heap.stats().peak >> 20);
}

fn heap_item(a: Obj, i: usize) -> Obj {
    a.elem(Array::items, i).as_obj()
}

#[test]
fn memory_is_zero_when_it_is_allocated_again() {
    let mut heap = Heap::default();
    heap.set_nursery(256 << 10);
    heap.set_stress(Stress { poison: true, ..Stress::default() });
    let random = Random::new(7);
    for _ in 0..200_000 {
        let len = random.below(if random.below(50) == 0 { 2000 } else { 30 });
        let a = heap.alloc_array(Array::TYPE, len);
        for i in 0..len {
            assert_eq!(a.elem(Array::items, i), Value(0));
            a.init_elem(Array::items, i, Value::small_int(-1));
        }
    }
}

#[test]
fn locals_and_interior_pointers_on_the_native_stack_keep_objects_alive() {
    let mut heap = Heap::default();
    heap.set_stress(Stress { every: 1, full_every: 2, poison: true, verify: true, ..Stress::default() });
    let o = node(&mut heap, 42);
    let a = heap.alloc_array(Array::TYPE, 40);
    for i in 0..40 {
        let n = node(&mut heap, i);
        heap.set_elem(a, Array::items, i as usize, n.into());
    }
    let big = heap.alloc_array(Bytes::TYPE, 100_000);
    big.bytes_mut(Bytes::bytes).fill(7);
    // From here on only the slices are used.
    let slice = std::hint::black_box(&a.elems(Array::items)[7..]);
    let bytes = std::hint::black_box(&big.bytes(Bytes::bytes)[99_000..]);
    for (i, v) in slice.iter().enumerate() {
        node(&mut heap, -1);
        assert_eq!(v.as_obj().get(Node::id), i as i64 + 7);
    }
    assert!(bytes.iter().all(|&b| b == 7));
    assert_eq!(o.get(Node::id), 42);
}

#[test]
fn words_that_look_like_pointers_do_no_harm() {
    let (mut heap, roots) = heap_with_roots();
    heap.set_nursery(64 << 10);
    let random = Random::new(99);
    for round in 0..300 {
        for i in 0..3000 {
            let n = node(&mut heap, i);
            if i % 100 == 0 {
                roots.borrow_mut().push(n);
            }
        }
        let near = roots.borrow()[random.below(roots.borrow().len())].0;
        let mut words = [0u64; 256];
        for w in &mut words {
            *w = match random.below(4) {
                0 => random.0.get(),
                1 => near & !((4 << 20) - 1), // into the chunk's own tables, and beyond
                _ => near,
            }
            .wrapping_add(random.below(1 << random.below(24)) as u64)
            .wrapping_sub(random.below(1 << random.below(24)) as u64);
        }
        std::hint::black_box(&mut words);
        heap.collect(if round % 4 == 0 { Collection::Full } else { Collection::Nursery });
        heap.verify();
        std::hint::black_box(&mut words);
        if round % 10 == 0 {
            roots.borrow_mut().truncate(1);
        }
    }
}

#[test]
fn old_objects_may_point_to_young_ones() {
    let (mut heap, roots) = heap_with_roots();
    let old = node(&mut heap, 1);
    let array = heap.alloc_array(Array::TYPE, 10);
    let large = heap.alloc_array(Array::TYPE, 100_000);
    roots.borrow_mut().extend([old, array, large]);
    heap.collect(Collection::Nursery);
    for round in 0..5 {
        deep(|| {
            for (i, o) in [old, array, large].into_iter().enumerate() {
                let n = node(&mut heap, round * 10 + i as i64);
                match o.is(Node::TYPE) {
                    true => heap.set(o, Node::left, n.into()),
                    false => heap.set_elem(o, Array::items, o.len() - 1 - round as usize, n.into()),
                }
            }
        });
        heap.collect(Collection::Nursery);
        heap.verify();
        assert_eq!(old.get(Node::left).as_obj().get(Node::id), round * 10);
        assert_eq!(heap_item(array, 9 - round as usize).get(Node::id), round * 10 + 1);
        assert_eq!(heap_item(large, 99_999 - round as usize).get(Node::id), round * 10 + 2);
    }
}

#[test]
fn weak_references_are_cleared_when_their_target_dies() {
    for kind in [Collection::Nursery, Collection::Full] {
        let (mut heap, roots) = heap_with_roots();
        let (w, silent, kept) = deep(|| {
            // The allocator may leave a pointer to a block's first object behind.
            node(&mut heap, 0);
            let n = node(&mut heap, 1);
            let live = node(&mut heap, 2);
            roots.borrow_mut().push(live);
            (heap.new_weak(n, true), heap.new_weak(n, false), heap.new_weak(live, true))
        });
        roots.borrow_mut().extend([w, silent, kept]);
        let target_id = |heap: &Heap, w| deep(|| heap.weak_target(w).map(|o| o.get(Node::id)));
        assert_eq!(target_id(&heap, w), Some(1));
        heap.collect(kind);
        assert_eq!(target_id(&heap, w), None);
        assert_eq!(target_id(&heap, silent), None);
        assert_eq!(target_id(&heap, kept), Some(2));
        assert!(heap.is_pending());
        assert_eq!(heap.take_cleared(), Some(w));
        assert_eq!(heap.take_cleared(), None);
        // The target of `kept` is old by now: a nursery collection leaves it alone, a full one does not.
        roots.borrow_mut().remove(0);
        heap.collect(Collection::Full);
        assert_eq!(target_id(&heap, kept), None);
        assert!(w.is(WeakRef::TYPE));
    }
}

#[test]
fn native_finalisers_run_once_and_rust_data_is_traced() {
    DROPPED.set(0);
    let (mut heap, roots) = heap_with_roots();
    deep(|| {
        let n = node(&mut heap, 5);
        let kept = new_owner(&mut heap, vec![n.into()]);
        roots.borrow_mut().push(kept);
        for _ in 0..100 {
            new_owner(&mut heap, vec![]);
        }
    });
    heap.collect(Collection::Nursery);
    assert!((95..=100).contains(&DROPPED.get()), "{}", DROPPED.get());
    heap.collect(Collection::Full);
    assert_eq!(DROPPED.get(), 100);
    let kept = roots.borrow()[0];
    // SAFETY: the owner is alive.
    assert_eq!(unsafe { &*owned(kept) }[0].as_obj().get(Node::id), 5);
    drop(heap);
    assert_eq!(DROPPED.get(), 101);
}

#[test]
fn registered_objects_come_back_once() {
    let (mut heap, roots) = heap_with_roots();
    deep(|| {
        let child = node(&mut heap, 7);
        let n = node(&mut heap, 6);
        n.init(Node::left, child.into());
        heap.register_finalizer(n);
        let w = heap.new_weak(n, false);
        roots.borrow_mut().push(w);
    });
    heap.collect(Collection::Full);
    assert!(heap.is_pending());
    assert_eq!(heap.weak_target(roots.borrow()[0]), None, "weak references are cleared before the object comes back");
    heap.collect(Collection::Full);
    deep(|| {
        let n = heap.take_finalizable().expect("waits until it is taken");
        assert_eq!(n.get(Node::left).as_obj().get(Node::id), 7);
        assert_eq!(heap.take_finalizable(), None);
    });
    heap.collect(Collection::Full);
    assert_eq!(heap.take_finalizable(), None);
}

#[test]
fn external_memory_brings_collections_about() {
    DROPPED.set(0);
    let mut heap = Heap::default();
    for _ in 0..10_000 {
        new_owner(&mut heap, vec![]);
        heap.external(99_000);
        // The finaliser reports 1000 bytes; the rest is taken back here.
        heap.external(-99_000);
    }
    assert!(heap.stats().nursery >= 200, "{}", heap.stats());
    assert!(DROPPED.get() > 9_000);
}

#[test]
fn the_limit_is_noticed_and_left_again() {
    let (mut heap, roots) = heap_with_roots();
    heap.set_limit(40 << 20);
    let mut n = 0;
    while !heap.is_pending() {
        let a = heap.alloc_array(Array::TYPE, 100);
        roots.borrow_mut().push(a);
        n += 1;
        assert!(n < 1_000_000, "no end");
    }
    assert!(n > 40_000, "not before there is need: {n}");
    assert!(heap.take_exhausted());
    assert!(heap.try_alloc_array(Bytes::TYPE, 10 << 20).is_none());
    assert!(heap.try_alloc_array(Array::TYPE, usize::MAX / 16).is_none());
    assert!(heap.try_alloc_array(Array::TYPE, usize::MAX).is_none());
    roots.borrow_mut().clear();
    assert!(heap.try_alloc_array(Bytes::TYPE, 10 << 20).is_some());
    for _ in 0..1_000_000 {
        heap.alloc_array(Array::TYPE, 10);
    }
    assert!(!heap.is_pending());
}

#[test]
fn heaps_on_several_threads_do_not_meet() {
    std::thread::scope(|s| {
        for seed in 1..=4 {
            s.spawn(move || random_graph(100 + seed, 8_000, None));
        }
    });
}
