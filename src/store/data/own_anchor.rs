//! The anchor as bytes, if this instance wrote it: one small read tells that nothing follows it, and
//! nothing need be parsed. Must not know turns.

use crate::disk::DiskFile;
use crate::error::Result;
use crate::log::{LOOKED_AT, Position, Rest};

/// The longest anchor that is kept, with the claims after it.
const LONGEST: usize = 256;

/// The end of the log, from the last commit line on, as this instance wrote it.
#[derive(Debug, Default)]
pub struct OwnAnchor {
    /// Offset of the commit line.
    start: u64,
    bytes: Vec<u8>,
}

impl OwnAnchor {
    /// Takes a commit line that this instance has written.
    pub fn take_commit(&mut self, line: &[u8], start: u64) {
        self.start = start;
        self.bytes.clear();
        self.append(line);
    }

    /// Takes a claim that this instance has written at an offset.
    pub fn take_claim(&mut self, line: &[u8], start: u64) {
        if self.end() == start {
            self.append(line);
        }
    }

    fn append(&mut self, line: &[u8]) {
        self.bytes.extend_from_slice(line);
        if self.bytes.len() > LONGEST {
            self.bytes.clear();
        }
    }

    fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    /// Reads the rest of a file if the log still ends with these bytes at the position. `None` if it
    /// must be scanned.
    pub fn rest(&self, file: &dyn DiskFile, position: &Position) -> Result<Option<Rest>> {
        if self.bytes.is_empty() || (self.start, self.end()) != (position.anchor, position.end) {
            return Ok(None);
        }
        let mut buffer = [0; LONGEST + LOOKED_AT];
        let wanted = buffer.get_mut(..self.bytes.len() + LOOKED_AT);
        let wanted = wanted.unwrap_or_default();
        let read = file.read_at(self.start, wanted)?;
        let read = wanted.get(..read).unwrap_or_default();
        Ok(read.strip_prefix(&*self.bytes).and_then(Rest::of_beginning))
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, OwnAnchor};
    use crate::disk::{Disk, RealDisk};
    use crate::error::Result;
    use crate::log::{Position, Rest};

    const BEFORE: &str = "items\n";
    const COMMIT: &str = "commit\n";
    const CLAIM: &str = "claim\n";

    fn own() -> OwnAnchor {
        let mut own = OwnAnchor::default();
        own.take_commit(COMMIT.as_bytes(), BEFORE.len() as u64);
        own
    }

    fn rest(own: &OwnAnchor, text: &str, end: usize) -> Result<Option<Rest>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, text).unwrap();
        let position = Position {
            anchor: BEFORE.len() as u64,
            end: end as u64,
            ..Position::START
        };
        own.rest(&*RealDisk.open_read_only(&path)?, &position)
    }

    #[test]
    fn an_own_anchor_tells_that_nothing_follows() -> Result<()> {
        let own = own();
        let end = BEFORE.len() + COMMIT.len();
        let text = |after: &str| [BEFORE, COMMIT, after].concat();
        assert_eq!(rest(&own, &text(""), end)?, Some(Rest::Nothing));
        assert_eq!(rest(&own, &text("   "), end)?, Some(Rest::Room));
        for other in [
            &text("{"),
            &text(" {"),
            "items\ncommot\n ",
            "items\ncom",
            "",
        ] {
            assert_eq!(rest(&own, other, end)?, None, "{other}");
        }
        // Others have committed since, and this instance has read it.
        assert_eq!(rest(&own, &text("more\n"), end + 5)?, None);
        Ok(())
    }

    #[test]
    fn claims_belong_to_it_and_long_anchors_are_not_kept() -> Result<()> {
        let mut own = own();
        let end = BEFORE.len() + COMMIT.len();
        own.take_claim(CLAIM.as_bytes(), end as u64);
        let text = [BEFORE, COMMIT, CLAIM].concat();
        assert_eq!(rest(&own, &text, text.len())?, Some(Rest::Nothing));
        let long = "c".repeat(LONGEST + 1);
        own.take_commit(long.as_bytes(), BEFORE.len() as u64);
        let text = [BEFORE, &long].concat();
        assert_eq!(rest(&own, &text, text.len())?, None);
        Ok(())
    }
}
