//! The checksum of lines: CRC-32C (Castagnoli).

use serde::{Deserialize, Deserializer, de::Error as _};
use std::io::Write;

/// A CRC-32C. In a file it is eight lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Checksum(pub u32);

impl Checksum {
    /// Extends the checksum by `bytes`.
    pub fn append(self, bytes: &[u8]) -> Self {
        Self(crc32c::crc32c_append(self.0, bytes))
    }

    /// Extends the checksum by `length` bytes, of which only the checksum `next` is known.
    pub fn join(self, next: Checksum, length: u64) -> Self {
        let mut before = self.0;
        let mut left = length;
        // A 32-bit machine takes a long length in parts.
        while left > 0 {
            let part = left.min(usize::MAX as u64);
            before = crc32c::crc32c_combine(before, 0, part as usize);
            left -= part;
        }
        Self(before ^ next.0)
    }

    /// Computes the checksum of the last `length` of the bytes, given the checksum of those before.
    pub fn since(self, before: Checksum, length: u64) -> Self {
        // CRCs are linear: the bytes before count as if `length` bytes of checksum 0 followed them.
        Self(self.0 ^ before.join(Checksum(0), length).0)
    }
}

impl<'de> Deserialize<'de> for Checksum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = <&str>::deserialize(deserializer)?;
        u32::from_str_radix(digits, 16)
            .map(Self)
            .map_err(D::Error::custom)
    }
}

impl std::fmt::Display for Checksum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// Writes the end of a line, whose checksum covers the line up to here.
pub(super) fn close(line: &mut Vec<u8>, checksum: Checksum) {
    // No write to a vector fails.
    let _ = writeln!(line, ",\"crc32c\":\"{checksum}\"}}");
}

#[cfg(test)]
mod tests {
    use super::Checksum;

    #[test]
    fn the_checksum_of_a_part_follows_from_those_of_the_whole_and_the_rest() {
        let bytes: Vec<u8> = (0..3000u32).map(|at| (at * at / 7) as u8).collect();
        let of = |bytes: &[u8]| Checksum::default().append(bytes);
        for at in [0, 1, 2, 511, 1500, 2999, 3000] {
            let (before, part) = bytes.split_at(at);
            let length = part.len() as u64;
            assert_eq!(of(&bytes).since(of(before), length), of(part), "{at}");
            assert_eq!(of(before).join(of(part), length), of(&bytes), "{at}");
        }
    }
}
