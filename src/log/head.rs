//! The beginning of a file: its first line and, if the file was rewritten, its checkpoint.
//!
//! A rewritten file gets its name only when it is complete. So one whose checkpoint is not intact
//! is damaged, never torn.

use super::lines::{Line, Lines};
use super::{Position, Sink, take_item};
use crate::disk::DiskFile;
use crate::error::{Error, Result};
use crate::record::{self, CheckpointEnd, Checksum, FirstLine, Kind, Piece};
use memchr::memmem;

/// Bytes searched at once, from the end of a file.
const SEARCHED_AT_ONCE: u64 = 64 << 10;

/// Reads the beginning of a file, up to its first commit.
pub fn read_head(file: &dyn DiskFile, sink: &mut dyn Sink) -> Result<Position> {
    let mut lines = Lines::new(file, 0);
    let first = match lines.next()? {
        Some(line) => line.bytes.to_vec(),
        None => Vec::new(),
    };
    let number = match FirstLine::parse(&first) {
        Some(FirstLine::Empty) => return Ok(Position::START),
        Some(FirstLine::Checkpoint(number)) => number,
        None => return Err(unknown(file, &first)),
    };
    let mut covered = Checksum::default().append(&first);
    let mut start = first.len() as u64;
    let mut pieces = 0;
    let mut line_number = 1;
    let mut first_of_piece = 2;
    let damaged = |line, reason: String| Error::Corrupt {
        path: file.path().to_path_buf(),
        line,
        reason,
    };
    while let Some(Line { offset, bytes }) = lines.next()? {
        line_number += 1;
        let end = offset + bytes.len() as u64;
        match record::kind(bytes) {
            Kind::Item if take_item(bytes, offset, sink).is_some() => {
                covered = covered.append(bytes);
            }
            Kind::Piece => {
                let intact = Piece::parse(bytes).filter(|piece| {
                    piece.number == pieces + 1
                        && piece.bytes == offset - start
                        && piece.is_intact(covered)
                });
                if intact.is_none() {
                    break;
                }
                sink.piece();
                pieces += 1;
                (covered, start, first_of_piece) = (Checksum::default(), end, line_number + 1);
            }
            Kind::CheckpointEnd => {
                let is_end = |last: &CheckpointEnd| {
                    (last.number, last.pieces) == (number, pieces) && start == offset && pieces > 0
                };
                let Some(last) = CheckpointEnd::parse(bytes).filter(is_end) else {
                    break;
                };
                sink.checkpoint(number, end);
                return Ok(Position::after_checkpoint(&last, offset, end));
            }
            _ => break,
        }
    }
    let reason = format!(
        "the checkpoint with which the file begins is damaged in its piece {}",
        pieces + 1
    );
    Err(damaged(first_of_piece, reason))
}

/// Makes the error of a file whose first line is not one of ours.
fn unknown(file: &dyn DiskFile, first: &[u8]) -> Error {
    let path = file.path().to_path_buf();
    let found = String::from_utf8_lossy(first.get(..80).unwrap_or(first));
    let version = found
        .strip_prefix("{\"persist-lock\":")
        .map(|rest| rest.split([',', '}']).next().unwrap_or_default());
    match version {
        Some(version) if version != "1" && version.parse::<u64>().is_ok() => {
            let found = found.trim_end().to_string();
            Error::UnknownVersion { path, found }
        }
        _ => Error::Corrupt {
            path,
            line: 1,
            reason: match first.starts_with(b"\xef\xbb\xbf") || first.ends_with(b"\r\n") {
                true => "the file has the line ends or the byte order mark of an editor",
                false => "the first line of every store file is missing",
            }
            .to_string(),
        },
    }
}

/// Finds the end of a file's checkpoint, where the commits begin. Searches from the end of the
/// file, so that the cost grows with the commits since, not with the checkpoint.
/// `None` for a file without one.
pub fn find_checkpoint(file: &dyn DiskFile) -> Result<Option<Position>> {
    const START: &[u8] = b"\n{\"snapshot\":";
    let mut end = file.status()?.length;
    let mut bytes = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(SEARCHED_AT_ONCE);
        // A match may reach into the bytes that were searched before.
        bytes.truncate(START.len());
        let mut chunk = vec![0; (end - start) as usize];
        let read = file.read_at(start, &mut chunk)?;
        chunk.truncate(read);
        chunk.append(&mut bytes);
        bytes = chunk;
        if let Some(at) = memmem::rfind(&bytes, START) {
            let anchor = start + at as u64 + 1;
            let mut lines = Lines::new(file, anchor);
            let Some(line) = lines.next()? else { break };
            let end = anchor + line.bytes.len() as u64;
            return Ok(CheckpointEnd::parse(line.bytes)
                .map(|last| Position::after_checkpoint(&last, anchor, end)));
        }
        end = start;
    }
    Ok(None)
}
