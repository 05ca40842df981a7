//! The lines that end commits, and those that claim commits to be on disk.

use super::checksum::{Checksum, closing};
use serde::Deserialize;

/// The line that ends a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    /// Number of the commit: one more than the commit before. The first is 1.
    #[serde(rename = "commit")]
    pub number: u64,
    /// Length of its item lines.
    pub bytes: u64,
    /// I3: the newest commit that the writer knew to be on disk, and did not merely read; 0 for
    /// none. Below `number`.
    pub synced: u64,
    /// Checksum of the commit before; 0 for the first.
    pub prev: Checksum,
    /// Checksum of the item lines, and of this line up to this field.
    #[serde(rename = "crc32c")]
    pub checksum: Checksum,
}

impl Commit {
    /// Ends a commit, whose item lines are the content of `lines`.
    pub fn close(lines: &mut Vec<u8>, number: u64, synced: u64, prev: Checksum) -> Self {
        let bytes = lines.len() as u64;
        lines.extend_from_slice(covered_commit(number, bytes, synced, prev).as_bytes());
        let checksum = Checksum::default().append(lines);
        lines.extend_from_slice(closing(checksum).as_bytes());
        Commit {
            number,
            bytes,
            synced,
            prev,
            checksum,
        }
    }

    /// Reads a commit line, with its LF. `None` unless [`Commit::close`] writes it so.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let commit: Commit = serde_json::from_slice(line).ok()?;
        let written = commit.covered() + &closing(commit.checksum);
        (written.as_bytes() == line && commit.synced < commit.number).then_some(commit)
    }

    /// Returns true if the checksum is right. `items` is the checksum of the item lines.
    pub fn is_intact(&self, items: Checksum) -> bool {
        items.append(self.covered().as_bytes()) == self.checksum
    }

    fn covered(&self) -> String {
        covered_commit(self.number, self.bytes, self.synced, self.prev)
    }
}

fn covered_commit(number: u64, bytes: u64, synced: u64, prev: Checksum) -> String {
    format!("{{\"commit\":{number},\"bytes\":{bytes},\"synced\":{synced},\"prev\":\"{prev}\"")
}

/// A claim in a line of its own: all commits up to `synced` are on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The newest commit that the writer knew to be on disk.
    pub synced: u64,
    /// Checksum of the newest commit before the line.
    pub prev: Checksum,
    /// Checksum of the line up to this field.
    #[serde(rename = "crc32c")]
    pub checksum: Checksum,
}

impl Claim {
    /// Writes the line.
    pub fn line(synced: u64, prev: Checksum) -> Vec<u8> {
        let covered = covered_claim(synced, prev);
        let checksum = Checksum::default().append(covered.as_bytes());
        (covered + &closing(checksum)).into_bytes()
    }

    /// Reads a claim, with its LF. `None` unless it is intact.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let claim: Claim = serde_json::from_slice(line).ok()?;
        (Self::line(claim.synced, claim.prev) == line).then_some(claim)
    }
}

fn covered_claim(synced: u64, prev: Checksum) -> String {
    format!("{{\"synced\":{synced},\"prev\":\"{prev}\"")
}
