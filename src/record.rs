//! The lines of a data file: what each is, written and read. Pure: no files, no time.
//!
//! What a line is, its first bytes say; every line ends in one LF and holds no other. `docs/DESIGN.md`,
//! "The file", gives the format.

use serde::{Deserialize, Deserializer, de::Error as _};

/// The first line of a file that was begun empty.
pub const HEADER: &[u8] = b"{\"persist-lock\":1}\n";

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An item, set or removed.
    Item,
    /// The end of a commit.
    Commit,
    /// A bare claim that commits are on disk.
    Claim,
    /// None of these.
    Other,
}

/// Tells what a line is by its first bytes.
pub fn kind(line: &[u8]) -> Kind {
    if line.starts_with(b"{\"key\":\"") {
        Kind::Item
    } else if line.starts_with(b"{\"commit\":") {
        Kind::Commit
    } else if line.starts_with(b"{\"synced\":") {
        Kind::Claim
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
    /// Reads an item line, its LF included. The value's own text is not looked into: it is whatever
    /// `JSON.parse` makes of it.
    pub fn parse(line: &'a [u8]) -> Option<Self> {
        let rest = line.strip_prefix(b"{\"key\":")?.strip_suffix(b"}\n")?;
        let (key, rest) = rest.split_at_checked(string_length(rest)?)?;
        if rest == b",\"removed\":true" {
            let content = Content::Removed;
            return Some(Item { key, content });
        }
        let (json, expires) = split_expiry(rest.strip_prefix(b",\"value\":")?);
        let content = Content::Value { json, expires };
        (!json.is_empty()).then_some(Item { key, content })
    }

    /// Writes the line that removes a key.
    pub fn write_removal(key: &[u8], lines: &mut Vec<u8>) {
        lines.extend_from_slice(b"{\"key\":");
        lines.extend_from_slice(key);
        lines.extend_from_slice(b",\"removed\":true}\n");
    }
}

/// The length of the JSON string that a text begins with, quotes included.
fn string_length(text: &[u8]) -> Option<usize> {
    if text.first() != Some(&b'"') {
        return None;
    }
    let mut at = 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Parts a value from the `,"expires":…` behind it. A JSON value that ends in a digit is a number, in
/// which this text cannot stand: so it is the envelope's wherever it ends the line.
fn split_expiry(text: &[u8]) -> (&[u8], Option<u64>) {
    const NAME: &[u8] = b",\"expires\":";
    let digits = text
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let (before, number) = text.split_at(text.len() - digits);
    match (before.strip_suffix(NAME), std::str::from_utf8(number)) {
        (Some(value), Ok(number)) => match number.parse() {
            Ok(expires) => (value, Some(expires)),
            Err(_) => (text, None),
        },
        _ => (text, None),
    }
}

/// A CRC-32C, eight lower-case hex digits in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Checksum(pub u32);

impl Checksum {
    /// The checksum of what this one is of, followed by `bytes`.
    pub fn append(self, bytes: &[u8]) -> Self {
        Self(crc32c::crc32c_append(self.0, bytes))
    }
}

impl<'de> Deserialize<'de> for Checksum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = <&str>::deserialize(deserializer)?;
        u32::from_str_radix(digits, 16)
            .map(Self)
            .map_err(D::Error::custom)
    }
}

impl std::fmt::Display for Checksum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

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

fn closing(checksum: Checksum) -> String {
    format!(",\"crc32c\":\"{checksum}\"}}\n")
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

#[cfg(test)]
mod tests;
