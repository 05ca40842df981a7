//! The lines of a data file, written and read. Pure: no files, no time.
//!
//! A line's first bytes tell its type; every line ends in one LF and contains no other.
//! `docs/DESIGN.md`, "The file", gives the format. This file has items and the types of lines; the
//! other lines have files of their own. Must not know the places of lines.

mod checkpoint;
mod checksum;
mod commit;
mod key;
mod plain_key;

pub use checkpoint::{CheckpointEnd, FirstLine, HEADER, Piece};
pub use checksum::Checksum;
pub use commit::{Claim, Commit};
pub use plain_key::{escape, unescape};

/// The type of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An item or its removal.
    Item,
    /// The removal of all items before it: [`CLEARED`].
    Cleared,
    /// The end of a commit.
    Commit,
    /// A claim that commits are on disk.
    Claim,
    /// The end of a piece of a checkpoint.
    Piece,
    /// The end of a checkpoint.
    CheckpointEnd,
    /// None of these.
    Other,
}

/// The line that removes every item before it, also those of its own commit. It costs the same for
/// any number of items.
pub const CLEARED: &[u8] = b"{\"cleared\":true}\n";

/// Tells the type of a line by its first bytes.
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

/// One item line. Key and value are the JSON text in the line, as V8 wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item<'a> {
    /// The key as a JSON string, with its quotes.
    pub key: &'a [u8],
    /// The value, or the removal.
    pub content: Content<'a>,
}

/// The rest of an item line, after its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    /// The value of the key.
    Value {
        /// The value as JSON text.
        json: &'a [u8],
        /// The expiry, in milliseconds since 1970.
        expires: Option<u64>,
    },
    /// The removal of the key.
    Removed,
}

impl<'a> Item<'a> {
    /// Reads an item line, with its LF. The key must be spelled as `JSON.stringify` spells it, so
    /// that every key has one spelling. The text of the value is not checked: `JSON.parse` judges
    /// it.
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

/// Reads the key that an item line begins with. `None` if a part of the key is missing.
pub fn key_of(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"{\"key\":")?;
    rest.get(..key::length(rest)?)
}

/// The last moment of a JavaScript `Date`, in milliseconds since 1970.
const LAST_MOMENT: u64 = 8_640_000_000_000_000;

/// Splits `,"expires":…` off a value. A JSON value that ends in a digit is a number, which cannot
/// contain this text: so the text is not the value's own. `None` if the expiry is no moment.
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
