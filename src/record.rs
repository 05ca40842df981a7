//! The lines of a data file: what each is, written and read. Pure: no files, no time.
//!
//! What a line is, its first bytes say; every line ends in one LF and holds no other. `docs/DESIGN.md`,
//! "The file", gives the format. Here: items, and what tells the lines apart.

mod checkpoint;
mod checksum;
mod commit;
mod key;

pub use checkpoint::{CheckpointEnd, FirstLine, HEADER, Piece};
pub use checksum::Checksum;
pub use commit::{Claim, Commit};

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An item, set or removed.
    Item,
    /// The removal of all items before it: [`CLEARED`].
    Cleared,
    /// The end of a commit.
    Commit,
    /// A bare claim that commits are on disk.
    Claim,
    /// The end of a piece of a checkpoint.
    Piece,
    /// The end of a checkpoint.
    CheckpointEnd,
    /// None of these.
    Other,
}

/// The line that removes every item before it, also those of its own commit, at the same cost for any number of them.
pub const CLEARED: &[u8] = b"{\"cleared\":true}\n";

/// Tells what a line is by its first bytes.
pub fn kind(line: &[u8]) -> Kind {
    if line.starts_with(b"{\"key\":\"") {
        Kind::Item
    } else if line.starts_with(b"{\"cleared\":") {
        Kind::Cleared
    } else if line.starts_with(b"{\"commit\":") {
        Kind::Commit
    } else if line.starts_with(b"{\"synced\":") {
        Kind::Claim
    } else if line.starts_with(b"{\"piece\":") {
        Kind::Piece
    } else if line.starts_with(b"{\"snapshot\":") {
        Kind::CheckpointEnd
    } else {
        Kind::Other
    }
}

/// One item line. Key and value are the JSON text of the line, as V8 wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item<'a> {
    /// The key as a JSON string, quotes included.
    pub key: &'a [u8],
    /// What the line says of the key.
    pub content: Content<'a>,
}

/// What an item line says of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    /// The key has a value.
    Value {
        /// The value as JSON text.
        json: &'a [u8],
        /// When it ends, in milliseconds since 1970.
        expires: Option<u64>,
    },
    /// The key is removed.
    Removed,
}

impl<'a> Item<'a> {
    /// Reads an item line, its LF included. The key must be spelled as `JSON.stringify` does, so that no two lines have one
    /// key in two spellings. The value's own text is not looked into: it is whatever `JSON.parse` makes of it.
    pub fn parse(line: &'a [u8]) -> Option<Self> {
        let rest = line.strip_prefix(b"{\"key\":")?.strip_suffix(b"}\n")?;
        let (key, rest) = rest.split_at_checked(key::length(rest)?)?;
        if rest == b",\"removed\":true" {
            let content = Content::Removed;
            return Some(Item { key, content });
        }
        let (json, expires) = split_expiry(rest.strip_prefix(b",\"value\":")?)?;
        let content = Content::Value { json, expires };
        (!json.is_empty()).then_some(Item { key, content })
    }

    /// Writes the item's line, as `lib/file/item-line.js` does for the items that a turn commits:
    /// `__test__/files/item-lines.test.js` tests the two against each other.
    pub fn write(&self, lines: &mut Vec<u8>) {
        lines.extend_from_slice(b"{\"key\":");
        lines.extend_from_slice(self.key);
        match self.content {
            Content::Value { json, expires } => {
                lines.extend_from_slice(b",\"value\":");
                lines.extend_from_slice(json);
                if let Some(expires) = expires {
                    lines.extend_from_slice(format!(",\"expires\":{expires}").as_bytes());
                }
            }
            Content::Removed => lines.extend_from_slice(b",\"removed\":true"),
        }
        lines.extend_from_slice(b"}\n");
    }
}

/// The key that an item line begins with, if all of it is there.
pub fn key_of(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"{\"key\":")?;
    rest.get(..key::length(rest)?)
}

/// The last moment that a JavaScript `Date` knows, in milliseconds since 1970.
const LAST_MOMENT: u64 = 8_640_000_000_000_000;

/// Parts a value from the `,"expires":…` behind it. A JSON value that ends in a digit is a number, in
/// which this text cannot stand: so it is the envelope's wherever it ends the line. `None` if the end is no moment.
fn split_expiry(text: &[u8]) -> Option<(&[u8], Option<u64>)> {
    const NAME: &[u8] = b",\"expires\":";
    let digits = text
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let (before, number) = text.split_at(text.len() - digits);
    let Some(value) = before.strip_suffix(NAME) else {
        return Some((text, None));
    };
    let expires = std::str::from_utf8(number).ok()?.parse().ok()?;
    (expires <= LAST_MOMENT).then_some((value, Some(expires)))
}

#[cfg(test)]
mod tests;
