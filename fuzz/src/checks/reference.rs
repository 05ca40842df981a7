//! A second reader of the format, written from `docs/DESIGN.md`: simple, with the whole file in
//! memory. The store must read the same from a file.

use persist_lock::record::{
    CLEARED, CheckpointEnd, Checksum, Claim, Commit, Content, FirstLine, HEADER, Item, Kind, Piece,
    kind,
};
use std::collections::BTreeMap;

/// The JSON text of each value and its expiry, by the JSON text of its key.
pub type Items = BTreeMap<Vec<u8>, (Vec<u8>, Option<u64>)>;

/// The valid part of a file.
#[derive(Debug)]
pub struct Valid {
    pub items: Items,
    /// Where the tail begins.
    pub end: usize,
    /// The number of the newest commit.
    pub commit: u64,
    /// The number of valid commits.
    pub commits: u64,
}

/// Reads up to the first line that is not valid; `None` if that line is before the first commit.
pub fn valid(bytes: &[u8]) -> Option<Valid> {
    let (mut found, mut prev) = beginning(bytes)?;
    for (offset, line) in lines(bytes, found.end) {
        let items = &bytes[found.end..offset];
        match kind(line) {
            Kind::Item if Item::parse(line).is_some() => continue,
            Kind::Cleared if line == CLEARED => continue,
            Kind::Commit => {
                let follows = Commit::parse(line).filter(|commit| {
                    commit.number.checked_sub(1) == Some(found.commit)
                        && commit.prev == prev
                        && commit.bytes == items.len() as u64
                        && commit.is_intact(Checksum::default().append(items))
                });
                let Some(commit) = follows else { break };
                apply(items, &mut found.items);
                (found.commit, prev) = (commit.number, commit.checksum);
                found.commits += 1;
            }
            Kind::Claim if items.is_empty() => {
                let holds = Claim::parse(line)
                    .filter(|claim| claim.prev == prev && claim.synced <= found.commit);
                if holds.is_none() {
                    break;
                }
            }
            _ => break,
        }
        found.end = offset + line.len();
    }
    Some(found)
}

/// Reads the first line and the checkpoint, if there is one; also gives the `prev` of the first
/// commit after them.
fn beginning(bytes: &[u8]) -> Option<(Valid, Checksum)> {
    let mut found = Valid {
        items: Items::new(),
        end: 0,
        commit: 0,
        commits: 0,
    };
    let (_, first) = lines(bytes, 0).next()?;
    found.end = first.len();
    let FirstLine::Checkpoint(number) = FirstLine::parse(first)? else {
        return Some((found, Checksum(0)));
    };
    let mut before = Checksum::default().append(first);
    let mut pieces = 0;
    for (offset, line) in lines(bytes, first.len()) {
        let items = &bytes[found.end..offset];
        match kind(line) {
            Kind::Item => {
                Item::parse(line)?;
                continue;
            }
            Kind::Piece => {
                let piece = Piece::parse(line)?;
                pieces += 1;
                let is_intact = piece.is_intact(before.append(items));
                if !is_intact || (piece.number, piece.bytes) != (pieces, items.len() as u64) {
                    return None;
                }
                apply(items, &mut found.items);
                before = Checksum::default();
            }
            Kind::CheckpointEnd => {
                let end = CheckpointEnd::parse(line)?;
                let fits = (end.number, end.pieces) == (number, pieces);
                if !fits || !items.is_empty() || pieces == 0 {
                    return None;
                }
                found.end = offset + line.len();
                found.commit = number;
                return Some((found, end.prev));
            }
            _ => return None,
        }
        found.end = offset + line.len();
    }
    None
}

/// Drops the room at the end of a file, and the NULs that a crash left there.
pub fn without_blanks(bytes: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| matches!(byte, b' ' | 0);
    let blanks = bytes.iter().rev().take_while(|byte| is_blank(byte)).count();
    &bytes[..bytes.len() - blanks]
}

/// The intact pieces and commits of a file, wherever they are.
#[derive(Debug, Default)]
pub struct Intact {
    pub items: Items,
    pub commits: u64,
}

/// Undoes what editors do to line ends: a repair reads a file without a byte order mark, without the
/// CR of CR LF, with the LF of the last line, and without room.
pub fn plain(bytes: &[u8]) -> Vec<u8> {
    let bytes = without_blanks(bytes);
    let mut text = Vec::new();
    let rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    for line in rest.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\r\n") {
            Some(line) => text.extend([line, b"\n"].concat()),
            None => text.extend(line),
        }
    }
    if !matches!(bytes.last(), None | Some(b'\n')) {
        text.push(b'\n');
    }
    text
}

/// Reads every intact piece and commit, in their order.
pub fn intact(bytes: &[u8]) -> Intact {
    let mut found = Intact::default();
    let mut kept = 0;
    for (offset, line) in lines(bytes, 0) {
        let items_of = |length: u64| {
            let start = offset.checked_sub(usize::try_from(length).ok()?)?;
            (start >= kept && may_begin(bytes, start, offset)).then(|| &bytes[start..offset])
        };
        let items = match kind(line) {
            Kind::Commit => Commit::parse(line).and_then(|commit| {
                items_of(commit.bytes)
                    .filter(|items| commit.is_intact(Checksum::default().append(items)))
            }),
            Kind::Piece => Piece::parse(line).and_then(|piece| {
                let before = match piece.number {
                    1 => first_line(bytes),
                    _ => Vec::new(),
                };
                let before = Checksum::default().append(&before);
                items_of(piece.bytes).filter(|items| piece.is_intact(before.append(items)))
            }),
            Kind::Claim => Claim::parse(line).map(|_| &bytes[offset..offset]),
            Kind::CheckpointEnd => CheckpointEnd::parse(line).map(|_| &bytes[offset..offset]),
            Kind::Other if offset == 0 => FirstLine::parse(line).map(|_| &bytes[..0]),
            Kind::Item | Kind::Cleared | Kind::Other => None,
        };
        if let Some(items) = items {
            apply(items, &mut found.items);
            found.commits += u64::from(kind(line) == Kind::Commit);
            kept = offset + line.len();
        }
    }
    found
}

/// Tells whether items that are closed at `end` may begin at `start`: with a line, or with a record
/// that a damaged line end has joined to the line before.
fn may_begin(bytes: &[u8], start: usize, end: usize) -> bool {
    let changes = [&b"{\"key\":\""[..], b"{\"cleared\":"];
    start == end
        || start == 0
        || bytes[start - 1] == b'\n'
        || changes
            .iter()
            .any(|change| bytes[start..].starts_with(change))
}

/// Gives the first line; if it is damaged, the end of a checkpoint tells it.
fn first_line(bytes: &[u8]) -> Vec<u8> {
    let ends = lines(bytes, 0).filter(|(_, line)| kind(line) == Kind::CheckpointEnd);
    match ends.last().map(|(_, line)| CheckpointEnd::parse(line)) {
        Some(Some(end)) => FirstLine::Checkpoint(end.number).line(),
        _ => lines(bytes, 0)
            .next()
            .map_or(HEADER.to_vec(), |(_, line)| line.to_vec()),
    }
}

/// Applies item lines to the items.
fn apply(lines: &[u8], items: &mut Items) {
    for line in lines.split_inclusive(|&byte| byte == b'\n') {
        if line == CLEARED {
            items.clear();
        }
        let Some(item) = Item::parse(line) else {
            continue;
        };
        match item.content {
            Content::Removed => items.remove(item.key),
            Content::Value { json, expires } => {
                items.insert(item.key.to_vec(), (json.to_vec(), expires))
            }
        };
    }
}

/// Gives the lines from an offset on, each with its own offset.
fn lines(bytes: &[u8], offset: usize) -> impl Iterator<Item = (usize, &[u8])> {
    let mut next = offset;
    bytes[offset..]
        .split_inclusive(|&byte| byte == b'\n')
        .map(move |line| {
            next += line.len();
            (next - line.len(), line)
        })
}
