//! The keys that were read last, which tell the items that are read often.

use crate::record::Checksum;

/// The number of keys that are remembered, at most; a power of two.
const REMEMBERED: usize = 1 << 14;

/// The number of reads that make an item one that is read often: fewer while many keys come again.
/// In a walk through a million items, chance repetitions would be enough to slow it down.
const OFTEN: u16 = 3;
const OFTEN_IF_MANY_REPEAT: u16 = 2;

/// The value of a repeated read in the balance of repeated and other reads, so that it grows while
/// one read of nine is repeated; the balance from which on keys count as coming again; and its
/// limit.
const REPEATED: u32 = 8;
const ENOUGH: u32 = 64;
const LIMIT: u32 = 128;

/// The keys that were read last. The lower bits of a key's checksum choose its slot, the upper ones
/// mark it there. A key takes the slot of an earlier one.
#[derive(Debug, Default)]
pub struct Recent {
    slots: Vec<Slot>,
    /// The balance of repeated and other reads.
    balance: u32,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    mark: u16,
    /// Number of reads since the key has the slot.
    reads: u16,
}

impl Recent {
    /// Notes that a key was read. Returns true if it is read often.
    pub fn note(&mut self, key: &[u8]) -> bool {
        if self.slots.is_empty() {
            self.slots.resize(REMEMBERED, Slot::default());
        }
        let Checksum(checksum) = Checksum::default().append(key);
        let mark = (checksum >> 16) as u16;
        let Some(slot) = self.slots.get_mut(checksum as usize % REMEMBERED) else {
            return false;
        };
        let reads = match slot.mark == mark {
            true => slot.reads.saturating_add(1),
            false => 1,
        };
        *slot = Slot { mark, reads };
        self.balance = match reads {
            1 => self.balance.saturating_sub(1),
            _ => (self.balance + REPEATED).min(LIMIT),
        };
        let often = match self.balance >= ENOUGH {
            true => OFTEN_IF_MANY_REPEAT,
            false => OFTEN,
        };
        reads >= often
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;

    fn key(number: u64) -> Vec<u8> {
        format!("\"item:{number}\"").into_bytes()
    }

    #[test]
    fn a_key_is_read_often_until_many_others_were_read() {
        let mut recent = Recent::default();
        let reads = [1, 2, 3].map(|_| recent.note(&key(0)));
        assert_eq!(reads, [false, false, true]);
        (1..1_000_000).for_each(|number| {
            recent.note(&key(number));
        });
        assert!(!recent.note(&key(0)));
    }

    #[test]
    fn the_second_read_counts_while_many_keys_come_again() {
        let mut recent = Recent::default();
        let mut round = || {
            let often = (0..1000).filter(|&number| recent.note(&key(number)));
            often.count()
        };
        assert_eq!(round(), 0);
        assert!(round() > 900);
    }

    #[test]
    fn random_reads_of_a_large_store_make_next_to_no_key_one_that_is_read_often() {
        let mut recent = Recent::default();
        // A full period of a generator of numbers below 2^20.
        let mut number: u64 = 0;
        let often = (0..2_000_000).filter(|_| {
            number = (number * 1_664_525 + 1_013_904_223) % (1 << 20);
            // The upper bits are the random ones: four neighbours are one key.
            recent.note(&key(number >> 2))
        });
        assert!(often.count() < 5000);
    }
}
