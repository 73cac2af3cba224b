//! Dictionaries: entries in insertion order, found through an open-addressing table of entry numbers.

use super::layouts::*;
use super::ops::{equal, hash_value};
use crate::runtime::{PyVm, R};
use framework::{Obj, Value};

const MIN_INDEX: usize = 8;
/// A table slot whose entry was deleted.
const DELETED: i64 = -1;

/// An empty dictionary.
pub fn new(vm: &mut PyVm) -> Obj {
    let index = vm.core.heap.alloc_array(DictIndex::TYPE, MIN_INDEX);
    let entries = vm.core.heap.alloc_array(Items::TYPE, 3 * MIN_INDEX * 2 / 3);
    clear_index(index);
    let d = vm.core.heap.alloc(Dict::TYPE);
    d.init(Dict::used, 0);
    d.init(Dict::fill, 0);
    d.init(Dict::index, index);
    d.init(Dict::entries, entries);
    d
}

fn clear_index(index: Obj) {
    (0..index.len()).for_each(|i| index.init_elem(DictIndex::slots, i, 0));
}

/// Number of entries.
pub fn len(d: Obj) -> usize {
    d.get(Dict::used) as usize
}

/// Entry `i` in insertion order, if it has not been deleted.
pub fn entry(d: Obj, i: usize) -> Option<(Value, Value)> {
    let e = d.get(Dict::entries);
    let k: Value = e.elem(Items::items, 3 * i + 1);
    if k == MISSING { None } else { Some((k, e.elem(Items::items, 3 * i + 2))) }
}

/// One past the number of the last entry, deleted ones counted.
pub fn fill(d: Obj) -> usize {
    d.get(Dict::fill) as usize
}

/// The first entry from number `i` on: its number, key and value.
pub fn next_entry(d: Obj, mut i: usize) -> Option<(usize, Value, Value)> {
    while i < fill(d) {
        if let Some((k, v)) = entry(d, i) {
            return Some((i, k, v));
        }
        i += 1;
    }
    None
}

/// All entries. Rust code that may run Python or allocate must not keep the vector.
pub fn pairs(d: Obj) -> impl Iterator<Item = (Value, Value)> {
    (0..fill(d)).filter_map(move |i| entry(d, i))
}

/// The first table slot to look at, and the mask.
fn probe(hash: i64, len: usize) -> (usize, usize) {
    ((hash ^ (hash >> 32)) as usize & (len - 1), len - 1)
}

/// Where a key is: its table slot and entry number. Runs `__eq__` of keys with equal hashes.
fn find(vm: &mut PyVm, d: Obj, key: Value, hash: i64) -> R<Option<(usize, usize)>> {
    let boxed = stored_hash(hash);
    'again: loop {
        let (index, entries) = (d.get(Dict::index), d.get(Dict::entries));
        let (mut i, mask) = probe(hash, index.len());
        loop {
            let slot: i64 = index.elem(DictIndex::slots, i);
            if slot == 0 {
                return Ok(None);
            }
            if slot != DELETED {
                let e = slot as usize - 1;
                let stored: Value = entries.elem(Items::items, 3 * e);
                if stored == boxed {
                    let k: Value = entries.elem(Items::items, 3 * e + 1);
                    if k == key || same_string(k, key) {
                        return Ok(Some((i, e)));
                    }
                    if equal(vm, k, key)? {
                        return Ok(Some((i, e)));
                    }
                    // `__eq__` may have changed the dictionary.
                    if d.get(Dict::index) != index || d.get(Dict::entries) != entries {
                        continue 'again;
                    }
                }
            }
            i = (i + 1) & mask;
        }
    }
}

/// The hash of a key. Hashes are kept as small integers, two bits short.
fn key_hash(vm: &mut PyVm, key: Value) -> R<i64> {
    Ok(shorten(hash_value(vm, key)?))
}

fn shorten(hash: i64) -> i64 {
    (hash << 2) >> 2
}

fn stored_hash(hash: i64) -> Value {
    Value::small_int(hash)
}

fn same_string(a: Value, b: Value) -> bool {
    match (a.obj(), b.obj()) {
        (Some(a), Some(b)) => a.is(Str::TYPE) && b.is(Str::TYPE) && a.bytes(Str::bytes) == b.bytes(Str::bytes),
        _ => false,
    }
}

/// The value of a key.
pub fn get(vm: &mut PyVm, d: Obj, key: Value) -> R<Option<Value>> {
    let h = key_hash(vm, key)?;
    Ok(find(vm, d, key, h)?.map(|(_, e)| d.get(Dict::entries).elem(Items::items, 3 * e + 2)))
}

/// The value of a key that is a string, an int or a float, without running any Python code: `None` if that is not possible.
pub fn get_simple(d: Obj, key: Value) -> Option<Option<Value>> {
    let hash = match key.obj() {
        Some(o) if o.is(Str::TYPE) => super::str::hash(o),
        _ if key.is_small_int() => super::int::hash(key),
        _ => return None,
    };
    let hash = shorten(hash);
    let boxed = stored_hash(hash);
    let (index, entries) = (d.get(Dict::index), d.get(Dict::entries));
    let (mut i, mask) = probe(hash, index.len());
    loop {
        let slot: i64 = index.elem(DictIndex::slots, i);
        if slot == 0 {
            return Some(None);
        }
        if slot != DELETED {
            let e = slot as usize - 1;
            if entries.elem::<Value>(Items::items, 3 * e) == boxed {
                let k: Value = entries.elem(Items::items, 3 * e + 1);
                if k == key || same_string(k, key) {
                    return Some(Some(entries.elem(Items::items, 3 * e + 2)));
                }
                return None;
            }
        }
        i = (i + 1) & mask;
    }
}

/// Sets the value of a key.
pub fn set(vm: &mut PyVm, d: Obj, key: Value, value: Value) -> R<()> {
    let h = key_hash(vm, key)?;
    set_hashed(vm, d, key, value, h)
}

fn set_hashed(vm: &mut PyVm, d: Obj, key: Value, value: Value, hash: i64) -> R<()> {
    if let Some((_, e)) = find(vm, d, key, hash)? {
        vm.core.heap.set_elem(d.get(Dict::entries), Items::items, 3 * e + 2, value);
        return Ok(());
    }
    if 3 * (fill(d) + 1) > d.get(Dict::entries).len() {
        grow(vm, d)?;
    }
    let e = fill(d);
    let entries = d.get(Dict::entries);
    vm.core.heap.set_elem(entries, Items::items, 3 * e, stored_hash(hash));
    vm.core.heap.set_elem(entries, Items::items, 3 * e + 1, key);
    vm.core.heap.set_elem(entries, Items::items, 3 * e + 2, value);
    insert_index(d.get(Dict::index), hash, e);
    d.init(Dict::fill, e as i64 + 1);
    d.init(Dict::used, d.get(Dict::used) + 1);
    Ok(())
}

fn insert_index(index: Obj, hash: i64, e: usize) {
    let (mut i, mask) = probe(hash, index.len());
    while index.elem::<i64>(DictIndex::slots, i) > 0 {
        i = (i + 1) & mask;
    }
    index.init_elem(DictIndex::slots, i, e as i64 + 1);
}

/// Rebuilds with room for twice the live entries.
fn grow(vm: &mut PyVm, d: Obj) -> R<()> {
    let n = (len(d) * 3).next_power_of_two().max(MIN_INDEX);
    super::need_room(vm, 8 * (n + 2 * n))?;
    let index = vm.core.heap.alloc_array(DictIndex::TYPE, n);
    let entries = vm.core.heap.alloc_array(Items::TYPE, 3 * (n * 2 / 3));
    clear_index(index);
    let old = d.get(Dict::entries);
    let mut e = 0;
    for i in 0..fill(d) {
        if old.elem::<Value>(Items::items, 3 * i + 1) == MISSING {
            continue;
        }
        for k in 0..3 {
            entries.init_elem::<Value>(Items::items, 3 * e + k, old.elem(Items::items, 3 * i + k));
        }
        insert_index(index, entries.elem::<Value>(Items::items, 3 * e).as_small_int(), e);
        e += 1;
    }
    vm.core.heap.set(d, Dict::index, index);
    vm.core.heap.set(d, Dict::entries, entries);
    d.init(Dict::fill, e as i64);
    Ok(())
}

/// Removes a key; its value if it was there.
pub fn remove(vm: &mut PyVm, d: Obj, key: Value) -> R<Option<Value>> {
    let h = key_hash(vm, key)?;
    let Some((slot, e)) = find(vm, d, key, h)? else { return Ok(None) };
    let entries = d.get(Dict::entries);
    let v = entries.elem(Items::items, 3 * e + 2);
    d.get(Dict::index).init_elem(DictIndex::slots, slot, DELETED);
    entries.init_elem(Items::items, 3 * e + 1, MISSING);
    entries.init_elem(Items::items, 3 * e + 2, NONE);
    d.init(Dict::used, d.get(Dict::used) - 1);
    if e + 1 == fill(d) {
        d.init(Dict::fill, e as i64);
    }
    Ok(Some(v))
}

/// Removes everything.
pub fn clear(vm: &mut PyVm, d: Obj) {
    let fresh = new(vm);
    vm.core.heap.set(d, Dict::index, fresh.get(Dict::index));
    vm.core.heap.set(d, Dict::entries, fresh.get(Dict::entries));
    d.init(Dict::used, 0);
    d.init(Dict::fill, 0);
}

/// Adds all entries of another dictionary.
pub fn update(vm: &mut PyVm, d: Obj, other: Obj) -> R<()> {
    let mut i = 0;
    while let Some((at, k, v)) = next_entry(other, i) {
        set(vm, d, k, v)?;
        i = at + 1;
    }
    Ok(())
}

/// A copy.
pub fn copy(vm: &mut PyVm, d: Obj) -> R<Obj> {
    let new = new(vm);
    update(vm, new, d)?;
    Ok(new)
}
