//! Choices made by the bytes of an input, one after the other.

/// The bytes that have made no choice yet.
#[derive(Debug)]
pub struct Choices<'a>(pub &'a [u8]);

impl<'a> Choices<'a> {
    /// Takes the next byte; 0 if there are no more.
    pub fn byte(&mut self) -> u8 {
        self.bytes(1).first().copied().unwrap_or(0)
    }

    /// Takes the next bytes, or as many as are left.
    pub fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// Takes a number of 64 bits.
    pub fn number(&mut self) -> u64 {
        self.bytes(8)
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    /// Takes a number from 0 up to, but without, a limit of at most 65536.
    pub fn below(&mut self, limit: usize) -> usize {
        match limit {
            0..=1 => 0,
            2..=256 => usize::from(self.byte()) % limit,
            _ => (usize::from(self.byte()) << 8 | usize::from(self.byte())) % limit,
        }
    }
}
