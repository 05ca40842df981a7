//! Gives files right checksums whatever else their lines say. Otherwise the first checksum would
//! refuse changed bytes, and no check after it would be reached.

use persist_lock::record::{CheckpointEnd, Checksum, Claim, Commit, Kind, Piece, kind};
use std::collections::HashMap;

/// Makes three forms of the input: as it is; with right checksums; and with right lengths too.
pub fn forms(input: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![
        input.to_vec(),
        Correction::of(input, false),
        Correction::of(input, true),
    ];
    forms.dedup();
    forms
}

#[derive(Debug, Default)]
struct Correction {
    corrected: Vec<u8>,
    /// Where the items begin that no line has closed yet.
    open: usize,
    first_line: usize,
    /// The new checksum for each old one, so that each `prev` still names the same line.
    replaced: HashMap<u32, Checksum>,
}

impl Correction {
    fn of(input: &[u8], lengths: bool) -> Vec<u8> {
        let mut correction = Correction::default();
        for line in input.split_inclusive(|&byte| byte == b'\n') {
            let closing = correction.closing(line, lengths);
            correction
                .corrected
                .extend_from_slice(closing.as_deref().unwrap_or(line));
            if correction.first_line == 0 {
                correction.first_line = line.len();
            }
            if !matches!(kind(line), Kind::Item | Kind::Cleared) {
                correction.open = correction.corrected.len();
            }
        }
        correction.corrected
    }

    /// Corrects a line that has a checksum or `prev`; `None` for any other.
    fn closing(&mut self, line: &[u8], lengths: bool) -> Option<Vec<u8>> {
        match kind(line) {
            Kind::Commit => {
                let found: Commit = serde_json::from_slice(line).ok()?;
                let items = self.items(found.bytes, lengths)?;
                let mut lines = items.to_vec();
                let prev = self.prev(found.prev);
                let commit = Commit::close(&mut lines, found.number, found.synced, prev);
                let line = lines.split_off(commit.bytes as usize);
                self.replaced.insert(found.checksum.0, commit.checksum);
                Some(line)
            }
            Kind::Piece => {
                let found: Piece = serde_json::from_slice(line).ok()?;
                let mut lines = self.items(found.bytes, lengths)?.to_vec();
                let before = match found.number {
                    1 => self.corrected.get(..self.first_line)?,
                    _ => b"",
                };
                let length = lines.len();
                let before = Checksum::default().append(before);
                Piece::close(&mut lines, found.number, before);
                Some(lines.split_off(length))
            }
            Kind::Claim => {
                let found: Claim = serde_json::from_slice(line).ok()?;
                Some(Claim::line(found.synced, self.prev(found.prev)))
            }
            Kind::CheckpointEnd => {
                let found: CheckpointEnd = serde_json::from_slice(line).ok()?;
                Some(CheckpointEnd::line(found.number, found.pieces, found.prev))
            }
            Kind::Item | Kind::Cleared | Kind::Other => None,
        }
    }

    fn items(&self, bytes: u64, lengths: bool) -> Option<&[u8]> {
        let start = match lengths {
            true => self.open,
            false => self
                .corrected
                .len()
                .checked_sub(usize::try_from(bytes).ok()?)?,
        };
        self.corrected.get(start..)
    }

    fn prev(&self, prev: Checksum) -> Checksum {
        self.replaced.get(&prev.0).copied().unwrap_or(prev)
    }
}
