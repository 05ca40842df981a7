//! Files whose checksums are right whatever else their lines say. Changed bytes would otherwise end at the first checksum,
//! and what is behind it would never be reached.

use persist_lock::record::{CheckpointEnd, Checksum, Claim, Commit, Kind, Piece, kind};
use std::collections::HashMap;

/// The input as it is; with checksums that are right; and with lengths that are right too.
pub fn forms(input: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![
        input.to_vec(),
        Mending::of(input, false),
        Mending::of(input, true),
    ];
    forms.dedup();
    forms
}

#[derive(Debug, Default)]
struct Mending {
    mended: Vec<u8>,
    /// Where the items lie that no line has closed yet.
    open: usize,
    first_line: usize,
    /// What has become of the checksums: who named one as its `prev` goes on doing so.
    replaced: HashMap<u32, Checksum>,
}

impl Mending {
    fn of(input: &[u8], lengths: bool) -> Vec<u8> {
        let mut mending = Mending::default();
        for line in input.split_inclusive(|&byte| byte == b'\n') {
            let closing = mending.closing(line, lengths);
            mending
                .mended
                .extend_from_slice(closing.as_deref().unwrap_or(line));
            if mending.first_line == 0 {
                mending.first_line = line.len();
            }
            if !matches!(kind(line), Kind::Item | Kind::Cleared) {
                mending.open = mending.mended.len();
            }
        }
        mending.mended
    }

    /// A line with a checksum as it is to be; `None` for any other.
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
                    1 => self.mended.get(..self.first_line)?,
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
                .mended
                .len()
                .checked_sub(usize::try_from(bytes).ok()?)?,
        };
        self.mended.get(start..)
    }

    fn prev(&self, prev: Checksum) -> Checksum {
        self.replaced.get(&prev.0).copied().unwrap_or(prev)
    }
}
