//! What it costs to allocate and to collect.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use framework::heap::Collection;
use framework::{Heap, Obj, Tracer, Value, layout};
use std::cell::Cell;
use std::hint::black_box;
use std::rc::Rc;

layout! {
    Pair = 16 { mut left: Value, mut right: Value }
    Array = 17 { len: i64, [mut items: Value] }
}

/// Objects in the tree that is alive while collections are measured.
const LIVE: usize = (1 << 17) - 1;

fn pair(heap: &mut Heap, left: Value, right: Value) -> Obj {
    let o = heap.alloc(Pair::TYPE);
    o.init(Pair::left, left);
    o.init(Pair::right, right);
    o
}

fn tree(heap: &mut Heap, depth: u32) -> Value {
    if depth == 0 {
        return Value::small_int(0);
    }
    let left = tree(heap, depth - 1);
    let right = tree(heap, depth - 1);
    pair(heap, left, right).into()
}

/// A heap with a tree of `LIVE` objects in it, and the root.
fn heap_with_tree() -> (Heap, Rc<Cell<Value>>) {
    let mut heap = Heap::default();
    let root = Rc::new(Cell::new(Value::small_int(0)));
    let r = root.clone();
    heap.add_roots(Box::new(move |t: &mut Tracer| t.value(r.get())));
    root.set(tree(&mut heap, LIVE.ilog2() + 1));
    heap.collect(Collection::Full);
    (heap, root)
}

fn allocation(c: &mut Criterion) {
    let mut g = c.benchmark_group("allocate");
    g.throughput(Throughput::Elements(1));
    let mut heap = Heap::default();
    g.bench_function("a pair that dies young", |b| b.iter(|| black_box(pair(&mut heap, Value::small_int(1), Value::small_int(2)))));
    g.bench_function("an array of 8", |b| b.iter(|| black_box(heap.alloc_array(Array::TYPE, 8))));
    g.bench_function("an array of 10000", |b| b.iter(|| black_box(heap.alloc_array(Array::TYPE, 10_000))));
    g.finish();
}

fn collection(c: &mut Criterion) {
    let mut g = c.benchmark_group("collect");
    let (mut heap, root) = heap_with_tree();
    g.throughput(Throughput::Elements(LIVE as u64));
    g.bench_function("full, per live object", |b| b.iter(|| heap.collect(Collection::Full)));
    g.throughput(Throughput::Elements(1));
    g.bench_function("nursery, nothing new, an old tree", |b| b.iter(|| heap.collect(Collection::Nursery)));
    const NEW: u32 = 12;
    g.throughput(Throughput::Elements((1 << NEW) - 1));
    let old = root.get();
    g.bench_function("nursery, per object that survives", |b| {
        b.iter_batched(
            || (),
            |()| {
                let new = tree(&mut heap, NEW);
                root.set(pair(&mut heap, new, old).into());
                heap.collect(Collection::Nursery);
            },
            BatchSize::PerIteration,
        )
    });
    g.finish();
}

criterion_group!(benches, allocation, collection);
criterion_main!(benches);
