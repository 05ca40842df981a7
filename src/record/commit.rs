//! The lines that end commits, and those that claim commits to be on disk.

use super::checksum::{Checksum, close};
use serde::Deserialize;
use std::io::Write;

/// The length of most commit lines, or a little more: less would move the lines in memory twice.
const USUAL_LENGTH: usize = 128;

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
        lines.reserve(USUAL_LENGTH);
        cover_commit(lines, number, bytes, synced, prev);
        let checksum = Checksum::default().append(lines);
        close(lines, checksum);
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
        let mut written = commit.covered();
        close(&mut written, commit.checksum);
        (written == line && commit.synced < commit.number).then_some(commit)
    }

    /// Returns true if the checksum is right. `items` is the checksum of the item lines.
    pub fn is_intact(&self, items: Checksum) -> bool {
        items.append(&self.covered()) == self.checksum
    }

    fn covered(&self) -> Vec<u8> {
        let mut line = Vec::with_capacity(USUAL_LENGTH);
        cover_commit(&mut line, self.number, self.bytes, self.synced, self.prev);
        line
    }
}

/// Writes the part of a commit line that its checksum covers.
fn cover_commit(lines: &mut Vec<u8>, number: u64, bytes: u64, synced: u64, prev: Checksum) {
    // No write to a vector fails.
    let _ = write!(
        lines,
        "{{\"commit\":{number},\"bytes\":{bytes},\"synced\":{synced},\"prev\":\"{prev}\""
    );
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
        let mut line = format!("{{\"synced\":{synced},\"prev\":\"{prev}\"").into_bytes();
        let checksum = Checksum::default().append(&line);
        close(&mut line, checksum);
        line
    }

    /// Reads a claim, with its LF. `None` unless it is intact.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let claim: Claim = serde_json::from_slice(line).ok()?;
        (Self::line(claim.synced, claim.prev) == line).then_some(claim)
    }
}
