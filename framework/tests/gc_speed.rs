//! How fast the heap is. `cargo test --release -p framework --test gc_speed -- --ignored --nocapture --test-threads=1`

use framework::heap::Collection;
use framework::{Heap, Obj, Tracer, Value, layout};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

layout! {
    Cons = 16 { head: Value, mut tail: Value }
    Tree = 17 { mut left: Value, mut right: Value }
    Array = 18 { len: i64, [mut items: Value] }
}

fn report(what: &str, n: usize, heap: &Heap, start: Instant) {
    println!("{what}: {:.2} ns per object\n{}\n", start.elapsed().as_nanos() as f64 / n as f64, heap.stats());
}

fn with_root() -> (Heap, Rc<RefCell<Vec<Obj>>>) {
    let mut heap = Heap::default();
    let roots = Rc::new(RefCell::new(Vec::<Obj>::new()));
    let r = roots.clone();
    heap.add_roots(Box::new(move |t: &mut Tracer| r.borrow().iter().for_each(|&o| t.obj(o))));
    (heap, roots)
}

#[test]
#[ignore = "a measurement"]
fn dead_objects() {
    for kb in [512, 1024, 2048, 4096, 8192, 16384] {
        let mut heap = Heap::default();
        heap.set_nursery(kb << 10);
        let start = Instant::now();
        let n = 200_000_000;
        for i in 0..n {
            let o = heap.alloc(Cons::TYPE);
            o.init(Cons::head, Value::small_int(i as i64));
            std::hint::black_box(o);
        }
        report(&format!("dead objects, nursery {kb} KB"), n, &heap, start);
    }
}

/// Short-lived objects while many old ones with holes between them live on.
#[test]
#[ignore = "a measurement"]
fn dead_objects_between_old_ones() {
    for keep in [4, 20, 100] {
        let (mut heap, roots) = with_root();
        let table = heap.alloc_array(Array::TYPE, 1_000_000);
        roots.borrow_mut().push(table);
        for i in 0..1_000_000 {
            for _ in 0..keep {
                heap.alloc(Cons::TYPE);
            }
            let o = heap.alloc(Cons::TYPE);
            heap.set_elem(table, Array::items, i, o.into());
        }
        let before = heap.stats();
        let start = Instant::now();
        let n = 100_000_000;
        for _ in 0..n {
            std::hint::black_box(heap.alloc(Cons::TYPE));
        }
        println!("built with {} nursery, {} full collections, peak {} MB", before.nursery, before.full, before.peak >> 20);
        report(&format!("dead objects, one in {keep} old"), n, &heap, start);
    }
}

fn tree(heap: &mut Heap, depth: u32) -> Obj {
    let (left, right): (Value, Value) = match depth {
        0 => (Value::small_int(1), Value::small_int(2)),
        _ => (tree(heap, depth - 1).into(), tree(heap, depth - 1).into()),
    };
    let o = heap.alloc(Tree::TYPE);
    o.init(Tree::left, left);
    o.init(Tree::right, right);
    o
}

#[test]
#[ignore = "a measurement"]
fn trees() {
    let (mut heap, roots) = with_root();
    let long = tree(&mut heap, 20);
    roots.borrow_mut().push(long);
    let start = Instant::now();
    let mut n = 0;
    for depth in [10, 14, 16, 18] {
        for _ in 0..(1 << 24) >> depth {
            tree(&mut heap, depth);
            n += 2 << depth;
        }
    }
    report("trees that die", n, &heap, start);
    let start = Instant::now();
    heap.collect(Collection::Full);
    let live = (2 << 20) - 1;
    println!("marking {live} tree nodes: {:.1} ns each\n", start.elapsed().as_nanos() as f64 / live as f64);
}

#[test]
#[ignore = "a measurement"]
fn stores_to_a_large_old_array() {
    let (mut heap, roots) = with_root();
    let table = heap.alloc_array(Array::TYPE, 1_000_000);
    roots.borrow_mut().push(table);
    let start = Instant::now();
    let n = 50_000_000;
    for i in 0..n {
        let o = heap.alloc(Cons::TYPE);
        heap.set_elem(table, Array::items, i * 7919 % 1000, o.into());
    }
    report("stores to a thousand elements of a million", n, &heap, start);
}
