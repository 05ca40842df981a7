//! Random numbers that only a seed decides (splitmix64), and the seeds that a test runs.

/// A generator of the numbers that follow from a seed.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Makes a generator. Neighbouring seeds give unrelated numbers.
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d)
    }

    /// Returns any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number from 0 up to, but without, a limit.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.number() % limit as u64) as usize
    }

    /// Returns true `part` times of `whole`.
    pub fn chance(&mut self, part: usize, whole: usize) -> bool {
        self.below(whole) < part
    }

    /// Returns one of several values.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// Makes another generator, whose numbers follow from those of this one.
    pub fn fork(&mut self) -> Self {
        Random(self.number())
    }
}

/// Returns the seeds of a test: `count`, times `PERSIST_LOCK_TIMES`, from `PERSIST_LOCK_FIRST_SEED` on; or only
/// `PERSIST_LOCK_SEED`, which repeats a failure.
pub fn seeds(count: u64) -> std::ops::Range<u64> {
    if let Some(seed) = repeated_seed() {
        return seed..seed + 1;
    }
    let first = variable("PERSIST_LOCK_FIRST_SEED").unwrap_or(0);
    first..first + count * variable("PERSIST_LOCK_TIMES").unwrap_or(1)
}

/// Returns the seed of `PERSIST_LOCK_SEED`, with which some tests print each step.
pub fn repeated_seed() -> Option<u64> {
    variable("PERSIST_LOCK_SEED")
}

fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text}")),
    )
}
