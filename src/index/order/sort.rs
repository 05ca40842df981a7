//! Sorting many keys: by eight bytes at a time, which are kept beside the key's number. So most
//! comparisons read no key, and keys that begin alike are compared only where they differ.

/// So few keys are compared as they are.
const FEW: usize = 24;
/// After so many equal bytes, keys are compared as they are.
const DEEPEST: usize = 128;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Item {
    /// Eight bytes of the key, with zeros where it has no more.
    word: u64,
    number: u32,
}

/// Sorts the numbers from 0 up to `count` by their keys; numbers of equal keys stay in order.
pub fn sorted<'a>(count: usize, key: &impl Fn(u32) -> &'a [u8]) -> Vec<u32> {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    if (1..count).all(|number| key(number - 1) <= key(number)) {
        return (0..count).collect();
    }
    let mut items: Vec<Item> = (0..count).map(|number| Item { word: 0, number }).collect();
    sort(&mut items, 0, key);
    items.into_iter().map(|item| item.number).collect()
}

/// Sorts items whose keys are equal up to `depth`.
fn sort<'a>(items: &mut [Item], depth: usize, key: &impl Fn(u32) -> &'a [u8]) {
    if items.len() <= FEW || depth >= DEEPEST {
        items.sort_unstable_by_key(|item| (key(item.number), item.number));
        return;
    }
    for item in &mut *items {
        item.word = word(key(item.number), depth);
    }
    items.sort_unstable();
    for equal in items.chunk_by_mut(|one, other| one.word == other.word) {
        if equal.len() > 1 {
            sort(equal, depth + size_of::<u64>(), key);
        }
    }
}

fn word(key: &[u8], depth: usize) -> u64 {
    let rest = key.get(depth..).unwrap_or_default();
    if let Some(word) = rest.first_chunk() {
        return u64::from_be_bytes(*word);
    }
    let mut word = [0; size_of::<u64>()];
    for (to, from) in word.iter_mut().zip(rest) {
        *to = *from;
    }
    u64::from_be_bytes(word)
}

#[cfg(test)]
mod tests {
    use super::sorted;

    #[test]
    fn keys_are_sorted_and_equal_ones_stay_in_order() {
        let long = "k".repeat(200);
        let mut keys: Vec<String> = (0..3000)
            .map(|at: u64| match at % 5 {
                0 => format!("item:{}", at * 7919 % 3000),
                1 => format!("{long}{}", at % 17),
                2 => "\0".repeat(at as usize % 40),
                3 => format!("a{}\0", at % 3),
                _ => format!("a{}", at % 3),
            })
            .collect();
        for _ in 0..2 {
            let mut expected: Vec<u32> = (0..keys.len() as u32).collect();
            expected.sort_by_key(|at| &keys[*at as usize]);
            let found = sorted(keys.len(), &|at| keys[at as usize].as_bytes());
            assert_eq!(found, expected);
            keys.sort();
        }
        assert!(sorted(0, &|_| b"").is_empty());
    }
}
