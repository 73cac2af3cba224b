//! "Did you mean": the name nearest to one that was not found, by an edit distance in which a change of case costs half.

const MOVE: usize = 2;
const CASE: usize = 1;
/// Longest name looked at.
const LONGEST: usize = 40;
/// Most names looked at.
const MOST: usize = 750;

/// The nearest of the names, if one is near enough.
pub fn nearest(wrong: &str, names: impl Iterator<Item = String>) -> Option<String> {
    let mut best: Option<(usize, String)> = None;
    for name in names.take(MOST) {
        if name == wrong || name.is_empty() {
            continue;
        }
        // No more than a third of the letters may differ.
        let limit = (name.len() + wrong.len() + 3) * MOVE / 6;
        let limit = best.as_ref().map_or(limit, |b| limit.min(b.0 - 1));
        let d = distance(wrong, &name, limit);
        if d <= limit {
            let done = d == 0;
            best = Some((d, name));
            if done {
                break;
            }
        }
    }
    best.map(|b| b.1)
}

fn cost(a: char, b: char) -> usize {
    if a == b {
        0
    } else if a.to_ascii_lowercase() == b.to_ascii_lowercase() {
        CASE
    } else {
        MOVE
    }
}

/// The edit distance, or something above the limit.
fn distance(a: &str, b: &str, limit: usize) -> usize {
    let (mut a, mut b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    while !a.is_empty() && !b.is_empty() && a[0] == b[0] {
        a.remove(0);
        b.remove(0);
    }
    while !a.is_empty() && a.last() == b.last() {
        a.pop();
        b.pop();
    }
    if a.is_empty() || b.is_empty() {
        return MOVE * (a.len() + b.len());
    }
    if a.len() > LONGEST || b.len() > LONGEST || a.len().abs_diff(b.len()) * MOVE > limit {
        return limit + 1;
    }
    let mut row: Vec<usize> = (1..=b.len()).map(|i| i * MOVE).collect();
    let mut result = 0;
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = i * MOVE;
        result = diagonal;
        let mut left = (i + 1) * MOVE;
        for (j, y) in b.iter().enumerate() {
            let substitute = diagonal + cost(*x, *y);
            diagonal = row[j];
            result = substitute.min(left.min(diagonal) + MOVE);
            row[j] = result;
            left = result;
        }
        if row.iter().min().is_some_and(|m| *m > limit) {
            return limit + 1;
        }
    }
    result
}
