//! Random numbers that a seed alone decides: splitmix64.

/// The numbers that follow from a seed.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Neighbouring seeds give unlike numbers.
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d)
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, but without, a limit.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.number() % limit as u64) as usize
    }

    /// Comes true `part` times of `whole`.
    pub fn chance(&mut self, part: usize, whole: usize) -> bool {
        self.below(whole) < part
    }

    /// One of several.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// Numbers of its own, which follow from these.
    pub fn fork(&mut self) -> Self {
        Random(self.number())
    }
}

/// The seeds of a test: so many, or the one that `PERSIST_LOCK_SEED` names.
pub fn seeds(count: u64) -> std::ops::Range<u64> {
    match std::env::var("PERSIST_LOCK_SEED") {
        Ok(seed) => {
            let seed = seed.parse().expect("PERSIST_LOCK_SEED is a number");
            seed..seed + 1
        }
        Err(_) => 0..count,
    }
}
