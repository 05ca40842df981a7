//! The keys that were read last, to tell the items that are read often.

use crate::record::Checksum;

/// The number of keys that are remembered, at most; a power of two.
const REMEMBERED: usize = 1 << 14;

/// The keys that were read last. The lower bits of a key's checksum choose its slot, the upper ones
/// mark it there. A key takes the slot of an earlier one.
#[derive(Debug, Default)]
pub struct Recent {
    marks: Vec<u16>,
}

impl Recent {
    /// Notes that a key was read. Returns true if it was among the last.
    pub fn note(&mut self, key: &[u8]) -> bool {
        if self.marks.is_empty() {
            self.marks.resize(REMEMBERED, 0);
        }
        let Checksum(checksum) = Checksum::default().append(key);
        let mark = (checksum >> 16) as u16;
        let slot = self.marks.get_mut(checksum as usize % REMEMBERED);
        slot.is_some_and(|slot| std::mem::replace(slot, mark) == mark)
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;

    fn key(number: usize) -> Vec<u8> {
        format!("\"item:{number}\"").into_bytes()
    }

    #[test]
    fn a_key_is_among_the_last_until_many_others_were_read() {
        let mut recent = Recent::default();
        assert!(!recent.note(&key(0)));
        assert!(recent.note(&key(0)));
        let again = (1..1000).filter(|&number| recent.note(&key(number)));
        assert!(again.count() < 5);
        assert!(
            (1..1000)
                .filter(|&number| recent.note(&key(number)))
                .count()
                > 900
        );
    }

    #[test]
    fn a_walk_through_a_large_store_meets_next_to_no_key_again() {
        let mut recent = Recent::default();
        let again = (0..1_000_000).filter(|&number| recent.note(&key(number)));
        assert!(again.count() < 100);
    }
}
