//! What is behind the last line that stands: an end that a crash tore, or damage to what was acknowledged.

use super::Position;
use super::checksums::Checksums;
use super::lines::{Line, Lines};
use crate::disk::DiskFile;
use crate::error::Result;
use crate::record::{self, CLEARED, Claim, Commit, Item, Kind};
use memchr::memmem;
use serde::de::IgnoredAny;

/// What is behind the last line that stands.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct TailReport {
    /// The newest commit that a whole line behind the end claims to be on disk.
    pub claimed: u64,
    /// Whether it may hold a commit that was acknowledged. A bare beginning of one commit cannot: its one write
    /// had not ended.
    pub may_be_acknowledged: bool,
}

/// Looks through what is behind the last line that stands.
pub fn inspect_tail(file: &dyn DiskFile, position: &Position) -> Result<TailReport> {
    let mut found = TailReport::default();
    let mut checksums = Checksums::new(position.end);
    let mut lines = Lines::new(file, position.end);
    while let Some(Line { bytes, .. }) = lines.next()? {
        let offset = checksums.end();
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
                && commit.is_whole(items)
            {
                // No crash ends lines in CR LF: whoever did has changed what was there.
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

/// Whether a line can stand in the bare beginning of a commit. Its end, the commit line, then has no end itself.
fn is_harmless(line: &[u8]) -> bool {
    if CLEARED.starts_with(line) {
        return true;
    }
    if line.ends_with(b"\n") {
        // All of it is to be JSON: a commit line that has run together with an item line is none.
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

/// A whole claim, at the start of a line or where the line's start was before a line end was damaged.
fn claim_within(line: &[u8]) -> Option<Claim> {
    memmem::rfind(line, b"{\"synced\":")
        .and_then(|start| line.get(start..))
        .and_then(Claim::parse)
}
