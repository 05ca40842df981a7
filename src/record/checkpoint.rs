//! The lines of a checkpoint, with which a rewritten file begins: the first line, the end of each
//! piece, the end of the checkpoint. On disk they say `"snapshot"`.

use super::checksum::{Checksum, close};
use serde::Deserialize;

/// The first line of a file that was begun without items.
pub const HEADER: &[u8] = b"{\"persist-lock\":1}\n";

/// The beginning of a file, as its first line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstLine {
    /// No items: the first commit follows.
    Empty,
    /// A checkpoint of all commits up to this one.
    Checkpoint(u64),
}

impl FirstLine {
    /// Writes the line, with its LF.
    pub fn line(self) -> Vec<u8> {
        match self {
            FirstLine::Empty => HEADER.to_vec(),
            FirstLine::Checkpoint(number) => {
                format!("{{\"persist-lock\":1,\"snapshot\":{number}}}\n").into_bytes()
            }
        }
    }

    /// Reads a first line. `None` unless [`FirstLine::line`] writes it so.
    pub fn parse(line: &[u8]) -> Option<Self> {
        if line == HEADER {
            return Some(FirstLine::Empty);
        }
        let digits = line
            .strip_prefix(b"{\"persist-lock\":1,\"snapshot\":")?
            .strip_suffix(b"}\n")?;
        let first = FirstLine::Checkpoint(std::str::from_utf8(digits).ok()?.parse().ok()?);
        (first.line() == line).then_some(first)
    }
}

/// The line that ends a piece of a checkpoint. The checksum of the first piece also covers the
/// first line of the file, so that a checkpoint without items has a piece too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// Number of the piece, from 1.
    #[serde(rename = "piece")]
    pub number: u64,
    /// Length of its item lines.
    pub bytes: u64,
    /// Checksum of the first line (in the first piece), the item lines, and this line up to this
    /// field.
    #[serde(rename = "crc32c")]
    pub checksum: Checksum,
}

impl Piece {
    /// Ends a piece, whose item lines are the content of `lines`. `before` is the checksum of the
    /// first line for the first piece, and the checksum of nothing for others.
    pub fn close(lines: &mut Vec<u8>, number: u64, before: Checksum) {
        lines.extend_from_slice(covered_piece(number, lines.len() as u64).as_bytes());
        let checksum = before.append(lines);
        close(lines, checksum);
    }

    /// Reads the line, with its LF. `None` unless [`Piece::close`] writes it so.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let piece: Piece = serde_json::from_slice(line).ok()?;
        let mut written = covered_piece(piece.number, piece.bytes).into_bytes();
        close(&mut written, piece.checksum);
        (written == line).then_some(piece)
    }

    /// Returns true if the checksum is right. `covered` is the checksum of the bytes that it covers
    /// before this line.
    pub fn is_intact(&self, covered: Checksum) -> bool {
        covered.append(covered_piece(self.number, self.bytes).as_bytes()) == self.checksum
    }
}

fn covered_piece(number: u64, bytes: u64) -> String {
    format!("{{\"piece\":{number},\"bytes\":{bytes}")
}

/// The line that ends a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointEnd {
    /// The newest commit that the checkpoint contains.
    #[serde(rename = "snapshot")]
    pub number: u64,
    /// Number of pieces.
    pub pieces: u64,
    /// Checksum of that commit: the `prev` of the next.
    pub prev: Checksum,
    /// Checksum of this line up to this field.
    #[serde(rename = "crc32c")]
    pub checksum: Checksum,
}

impl CheckpointEnd {
    /// Writes the line.
    pub fn line(number: u64, pieces: u64, prev: Checksum) -> Vec<u8> {
        let covered = format!("{{\"snapshot\":{number},\"pieces\":{pieces},\"prev\":\"{prev}\"");
        let mut line = covered.into_bytes();
        let checksum = Checksum::default().append(&line);
        close(&mut line, checksum);
        line
    }

    /// Reads the line, with its LF. `None` unless it is intact.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let end: CheckpointEnd = serde_json::from_slice(line).ok()?;
        (Self::line(end.number, end.pieces, end.prev) == line).then_some(end)
    }
}
