//! The lines that end a commit, and those that claim commits to be on disk.

use super::checksum::{Checksum, closing};
use serde::Deserialize;

/// What a commit line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    /// Its number, one more than that of the commit before it; the first is 1.
    #[serde(rename = "commit")]
    pub number: u64,
    /// The length of its item lines.
    pub bytes: u64,
    /// The newest commit that its writer knew to be on disk; 0 for none.
    pub synced: u64,
    /// The checksum of the commit before it; 0 for the first.
    pub prev: Checksum,
    /// Over its item lines and its own line up to this field.
    #[serde(rename = "crc32c")]
    pub checksum: Checksum,
}

impl Commit {
    /// Writes the commit line behind the item lines, which are all that `lines` holds.
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

    /// Reads a commit line, its LF included. `None` unless it is written as [`Commit::close`] writes.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let commit: Commit = serde_json::from_slice(line).ok()?;
        let written = commit.covered() + &closing(commit.checksum);
        (written.as_bytes() == line && commit.synced < commit.number).then_some(commit)
    }

    /// Whether the checksum is right, given that of the item lines.
    pub fn is_whole(&self, items: Checksum) -> bool {
        items.append(self.covered().as_bytes()) == self.checksum
    }

    fn covered(&self) -> String {
        covered_commit(self.number, self.bytes, self.synced, self.prev)
    }
}

fn covered_commit(number: u64, bytes: u64, synced: u64, prev: Checksum) -> String {
    format!("{{\"commit\":{number},\"bytes\":{bytes},\"synced\":{synced},\"prev\":\"{prev}\"")
}

/// A claim on a line of its own: all commits up to `synced` are on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The newest commit that its writer knew to be on disk.
    pub synced: u64,
    /// The checksum of the newest commit in front of it.
    pub prev: Checksum,
    /// Over the line up to this field.
    #[serde(rename = "crc32c")]
    pub checksum: Checksum,
}

impl Claim {
    /// Writes a claim.
    pub fn line(synced: u64, prev: Checksum) -> Vec<u8> {
        let covered = covered_claim(synced, prev);
        let checksum = Checksum::default().append(covered.as_bytes());
        (covered + &closing(checksum)).into_bytes()
    }

    /// Reads a claim, its LF included. `None` unless it is whole.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let claim: Claim = serde_json::from_slice(line).ok()?;
        (Self::line(claim.synced, claim.prev) == line).then_some(claim)
    }
}

fn covered_claim(synced: u64, prev: Checksum) -> String {
    format!("{{\"synced\":{synced},\"prev\":\"{prev}\"")
}
