//! Maps: a hash table of indexes into an array of entries, which stays in the order of insertion. All of it is heap
//! objects, so the collector needs no help. Removed entries leave a hole (key `UNSET`) until the next rebuild.

use crate::objects::{Items, Map, Str, Table, UNSET, as_text, text};
use framework::{Heap, Obj, Value};

/// Makes an empty map.
pub fn new_map(heap: &mut Heap) -> Obj {
    let (entries, table) = (heap.alloc_array(Items::TYPE, 2 * 4), heap.alloc_array(Table::TYPE, 8));
    let map = heap.alloc(Map::TYPE);
    map.init(Map::entries, entries);
    map.init(Map::table, table);
    map
}

/// Number of entries.
pub fn len(map: Obj) -> usize {
    map.get(Map::size) as usize
}

/// Keys and values in order of insertion; good until the next store to the map.
pub fn entries<'a>(map: Obj) -> impl Iterator<Item = (Value, Value)> + 'a {
    let used = map.get(Map::used) as usize;
    let words: &'a [Value] = map.get(Map::entries).elems(Items::items);
    words[..2 * used].chunks_exact(2).map(|e| (e[0], e[1])).filter(|e| e.0 != UNSET)
}

/// The value at a key.
pub fn get(map: Obj, key: Value) -> Option<Value> {
    find(map, key).ok().map(|entry| map.get(Map::entries).elem(Items::items, 2 * entry + 1))
}

/// Makes room for one more entry; `false` if there is no memory for it.
#[must_use]
pub fn reserve(heap: &mut Heap, map: Obj) -> bool {
    2 * (map.get(Map::used) as usize) < map.get(Map::entries).len() || rebuild(heap, map).is_some()
}

/// Sets the value at a key. Where a program could make the map endlessly large, call `reserve` first.
pub fn set(heap: &mut Heap, map: Obj, key: Value, value: Value) {
    if let Ok(entry) = find(map, key) {
        heap.set_elem(map.get(Map::entries), Items::items, 2 * entry + 1, value);
        return;
    }
    assert!(reserve(heap, map), "out of memory");
    let Err(slot) = find(map, key) else { return };
    let used = map.get(Map::used) as usize;
    let entries = map.get(Map::entries);
    heap.set_elem(entries, Items::items, 2 * used, key);
    heap.set_elem(entries, Items::items, 2 * used + 1, value);
    heap.set_elem(map.get(Map::table), Table::slots, slot, used as i64 + 1);
    heap.set(map, Map::used, used as i64 + 1);
    heap.set(map, Map::size, map.get(Map::size) + 1);
}

/// Removes a key; gives the value it had.
pub fn remove(heap: &mut Heap, map: Obj, key: Value) -> Option<Value> {
    let entry = find(map, key).ok()?;
    let entries = map.get(Map::entries);
    let old = entries.elem(Items::items, 2 * entry + 1);
    heap.set_elem(entries, Items::items, 2 * entry, UNSET);
    heap.set_elem(entries, Items::items, 2 * entry + 1, UNSET);
    heap.set(map, Map::size, map.get(Map::size) - 1);
    Some(old)
}

/// `Ok(entry)` that has the key, or `Err(slot)` of the table where it would go.
fn find(map: Obj, key: Value) -> Result<usize, usize> {
    let (table, entries) = (map.get(Map::table).elems(Table::slots), map.get(Map::entries).elems(Items::items));
    let mask = table.len() - 1;
    let mut slot = hash(key) as usize & mask;
    loop {
        match table[slot] {
            0 => return Err(slot),
            e if same_key(entries[2 * (e as usize - 1)], key) => return Ok(e as usize - 1),
            _ => slot = (slot + 1) & mask,
        }
    }
}

/// Drops holes, and makes room for twice as many entries as there are, if there is memory for it.
fn rebuild(heap: &mut Heap, map: Obj) -> Option<()> {
    let room = (2 * len(map)).next_power_of_two().max(4);
    let (fresh, table) = (heap.try_alloc_array(Items::TYPE, 2 * room)?, heap.try_alloc_array(Table::TYPE, 2 * room)?);
    let mut used = 0;
    for (k, v) in entries(map) {
        fresh.init_elem(Items::items, 2 * used, k);
        fresh.init_elem(Items::items, 2 * used + 1, v);
        used += 1;
        let mut slot = hash(k) as usize & (2 * room - 1);
        while table.elem(Table::slots, slot) != 0 {
            slot = (slot + 1) & (2 * room - 1);
        }
        table.init_elem(Table::slots, slot, used as i64);
    }
    heap.set(map, Map::entries, fresh);
    heap.set(map, Map::table, table);
    heap.set(map, Map::used, used as i64);
    Some(())
}

/// Numbers that are equal are the same key, whether integer or float; strings by content; everything else by identity.
fn same_key(a: Value, b: Value) -> bool {
    if a == b {
        return true;
    }
    if let (Some(a), Some(b)) = (as_text(a), as_text(b)) {
        return a == b;
    }
    match (a.int(), b.int(), a.float(), b.float()) {
        (Some(a), Some(b), ..) => a == b,
        (Some(i), _, _, Some(f)) | (_, Some(i), Some(f), _) => i as f64 == f,
        (.., Some(a), Some(b)) => a == b,
        _ => false,
    }
}

fn hash(key: Value) -> u64 {
    if let Some(o) = key.obj()
        && o.is(Str::TYPE)
    {
        return string_hash(o);
    }
    let bits = match (key.int(), key.float()) {
        (Some(i), _) => (i as f64).to_bits(),
        (_, Some(f)) => (f + 0.0).to_bits(),
        _ => key.0,
    };
    mix(bits)
}

/// FNV-1a, kept in the string's header once computed.
fn string_hash(o: Obj) -> u64 {
    if o.aux() == 0 {
        let h = text(o).bytes().fold(0xcbf2_9ce4_8422_2325, |h: u64, b| (h ^ b as u64).wrapping_mul(0x100_0000_01b3));
        o.set_aux(((h ^ (h >> 32)) as u32).max(1));
    }
    mix(o.aux() as u64)
}

fn mix(x: u64) -> u64 {
    let h = x.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    h ^ (h >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn agrees_with_a_model_through_growth_and_removal() {
        let mut heap = Heap::default();
        let map = new_map(&mut heap);
        let mut model = BTreeMap::new();
        let mut x = 1u64;
        for step in 0..20_000 {
            x = x.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let key = (x >> 40) as i64 % 300;
            if x >> 33 & 3 == 0 {
                assert_eq!(remove(&mut heap, map, Value::small_int(key)).map(|v| v.as_small_int()), model.remove(&key));
            } else {
                set(&mut heap, map, Value::small_int(key), Value::small_int(step));
                model.insert(key, step);
            }
            assert_eq!(len(map), model.len());
        }
        let mut all: Vec<_> = entries(map).map(|(k, v)| (k.as_small_int(), v.as_small_int())).collect();
        all.sort_unstable();
        assert_eq!(all, model.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn equal_numbers_and_equal_strings_are_one_key() {
        let mut heap = Heap::default();
        let map = new_map(&mut heap);
        let (one, word) = (heap.float(1.0), crate::objects::new_str(&mut heap, "word"));
        set(&mut heap, map, Value::small_int(1), word);
        assert_eq!(get(map, one), Some(word));
        set(&mut heap, map, word, one);
        let again = crate::objects::new_str(&mut heap, "word");
        assert_eq!(get(map, again), Some(one));
        assert_eq!(entries(map).count(), 2);
    }
}
