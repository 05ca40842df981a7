//! The lines of a checkpoint, with which a rewritten file begins: its first line, the end of each piece, and the end of all.

use super::checksum::{Checksum, closing};
use serde::Deserialize;

/// The first line of a file that was begun empty.
pub const HEADER: &[u8] = b"{\"persist-lock\":1}\n";

/// What a file begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstLine {
    /// No item: commits follow from the first on.
    Empty,
    /// The items that all commits up to this one have led to.
    Checkpoint(u64),
}

impl FirstLine {
    /// The line, its LF included.
    pub fn line(self) -> Vec<u8> {
        match self {
            FirstLine::Empty => HEADER.to_vec(),
            FirstLine::Checkpoint(number) => {
                format!("{{\"persist-lock\":1,\"snapshot\":{number}}}\n").into_bytes()
            }
        }
    }

    /// Reads a first line. `None` unless it is written as [`FirstLine::line`] writes.
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

/// What the line says that ends a piece of a checkpoint. The first piece's checksum covers the file's first line too, so that
/// a checkpoint without items still has a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// Its number, from 1.
    #[serde(rename = "piece")]
    pub number: u64,
    /// The length of its item lines.
    pub bytes: u64,
    /// Over the first line, if it is the first, over its item lines, and over its own line up to this field.
    #[serde(rename = "crc32c")]
    pub checksum: Checksum,
}

impl Piece {
    /// Writes the line behind the item lines of a piece, which are all that `lines` holds. `before` is the checksum of the
    /// first line for the first piece, of nothing for others.
    pub fn close(lines: &mut Vec<u8>, number: u64, before: Checksum) {
        lines.extend_from_slice(covered_piece(number, lines.len() as u64).as_bytes());
        let checksum = before.append(lines);
        lines.extend_from_slice(closing(checksum).as_bytes());
    }

    /// Reads the line, its LF included. `None` unless it is written as [`Piece::close`] writes.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let piece: Piece = serde_json::from_slice(line).ok()?;
        let written = covered_piece(piece.number, piece.bytes) + &closing(piece.checksum);
        (written.as_bytes() == line).then_some(piece)
    }

    /// Whether the checksum is right, given that of what it covers before its line.
    pub fn is_whole(&self, covered: Checksum) -> bool {
        covered.append(covered_piece(self.number, self.bytes).as_bytes()) == self.checksum
    }
}

fn covered_piece(number: u64, bytes: u64) -> String {
    format!("{{\"piece\":{number},\"bytes\":{bytes}")
}

/// What the line says that ends a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointEnd {
    /// The newest commit that the checkpoint holds.
    #[serde(rename = "snapshot")]
    pub number: u64,
    /// How many pieces there are.
    pub pieces: u64,
    /// The checksum of that commit: the next one's `prev`.
    pub prev: Checksum,
    /// Over the line up to this field.
    #[serde(rename = "crc32c")]
    pub checksum: Checksum,
}

impl CheckpointEnd {
    /// Writes the line.
    pub fn line(number: u64, pieces: u64, prev: Checksum) -> Vec<u8> {
        let covered = format!("{{\"snapshot\":{number},\"pieces\":{pieces},\"prev\":\"{prev}\"");
        let checksum = Checksum::default().append(covered.as_bytes());
        (covered + &closing(checksum)).into_bytes()
    }

    /// Reads the line, its LF included. `None` unless it is whole.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let end: CheckpointEnd = serde_json::from_slice(line).ok()?;
        (Self::line(end.number, end.pieces, end.prev) == line).then_some(end)
    }
}
