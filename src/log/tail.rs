//! The tail of a file, after the last valid line: an incomplete last write, or damage to data that
//! was acknowledged.
//!
//! Judges only. `store/recovery.rs` cuts or reports.

use super::Position;
use super::checksums::Checksums;
use super::lines::{Line, Lines};
use super::rest::without_rest;
use crate::disk::DiskFile;
use crate::error::Result;
use crate::record::{self, CLEARED, Claim, Commit, Item, Kind};
use memchr::memmem;
use serde::de::IgnoredAny;

/// The evidence in the tail of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct TailReport {
    /// The newest commit that an intact line of the tail claims to be on disk.
    pub claimed: u64,
    /// True if the tail may hold an acknowledged commit. The mere beginning of one commit cannot:
    /// its one write had not ended.
    pub may_be_acknowledged: bool,
}

/// Looks through the tail.
pub fn inspect_tail(file: &dyn DiskFile, position: &Position) -> Result<TailReport> {
    let mut found = TailReport::default();
    let mut checksums = Checksums::new(position.end);
    let mut lines = Lines::new(file, position.end);
    while let Some(Line { bytes, .. }) = lines.next()? {
        let offset = checksums.end();
        let bytes = without_rest(bytes);
        let plain = bytes
            .strip_suffix(b"\r\n")
            .map(|text| [text, b"\n"].concat());
        let bytes = plain.as_deref().unwrap_or(bytes);
        if plain.is_some() || !is_harmless(bytes) {
            found.may_be_acknowledged = true;
            if let Some(claim) = claim_within(bytes) {
                found.claimed = found.claimed.max(claim.synced);
            }
            if let Some(commit) = Commit::parse(bytes)
                && let Some(start) = offset.checked_sub(commit.bytes)
                && let Some(items) = checksums.since(start)
                && commit.is_intact(items)
            {
                // No crash ends lines in CR LF: a program that did so has changed an acknowledged
                // commit.
                let shown = if plain.is_some() {
                    commit.number
                } else {
                    commit.synced
                };
                found.claimed = found.claimed.max(shown);
            }
        }
        checksums.append(bytes);
    }
    Ok(found)
}

/// Returns true if a line can be part of a commit's mere beginning. The last line, the commit's
/// own, then has no LF.
fn is_harmless(line: &[u8]) -> bool {
    if CLEARED.starts_with(line) {
        return true;
    }
    if line.ends_with(b"\n") {
        // The line must be JSON to its end: a commit line that has joined an item line is not.
        return Item::parse(line).is_some() && serde_json::from_slice::<IgnoredAny>(line).is_ok();
    }
    match record::kind(line) {
        Kind::Item => true,
        Kind::Commit | Kind::Claim => !line.ends_with(b"}") && memmem::find(line, b"\"}").is_none(),
        _ => [&b"{\"key\":\""[..], b"{\"commit\":", b"{\"synced\":"]
            .iter()
            .any(|start| start.starts_with(line)),
    }
}

/// Finds an intact claim at the beginning of a line, or after a damaged line end within it.
fn claim_within(line: &[u8]) -> Option<Claim> {
    memmem::rfind(line, b"{\"synced\":")
        .and_then(|start| line.get(start..))
        .and_then(Claim::parse)
}
