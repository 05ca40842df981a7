//! A line that was written reads as the same record, and a record that was read writes the same
//! line, byte for byte.

use super::choices::Choices;
use persist_lock::record::{
    CheckpointEnd, Checksum, Claim, Commit, Content, FirstLine, Item, Piece, kind,
};

/// Takes the input as one line, as several, and as the contents of records to write.
pub fn check(input: &[u8]) {
    check_line(input);
    for line in input.split_inclusive(|&byte| byte == b'\n') {
        check_line(line);
    }
    check_written(Choices(input));
}

fn check_line(line: &[u8]) {
    let _ = kind(line);
    if let Some(item) = Item::parse(line) {
        check_item(line, &item);
    }
    if let Some(Commit {
        number,
        bytes,
        synced,
        prev,
        checksum,
    }) = Commit::parse(line)
    {
        let written = format!(
            "{{\"commit\":{number},\"bytes\":{bytes},\"synced\":{synced},\"prev\":\"{prev}\",\"crc32c\":\"{checksum}\"}}\n"
        );
        assert_eq!(written.as_bytes(), line);
        assert!(synced < number);
    }
    if let Some(Piece {
        number,
        bytes,
        checksum,
    }) = Piece::parse(line)
    {
        let written =
            format!("{{\"piece\":{number},\"bytes\":{bytes},\"crc32c\":\"{checksum}\"}}\n");
        assert_eq!(written.as_bytes(), line);
    }
    if let Some(claim) = Claim::parse(line) {
        assert_eq!(Claim::line(claim.synced, claim.prev), line);
    }
    if let Some(end) = CheckpointEnd::parse(line) {
        assert_eq!(CheckpointEnd::line(end.number, end.pieces, end.prev), line);
    }
    if let Some(first) = FirstLine::parse(line) {
        assert_eq!(first.line(), line);
    }
}

/// Checks that key, value and expiry make up the whole line, with nothing skipped between them.
fn check_item(line: &[u8], item: &Item) {
    let mut written = b"{\"key\":".to_vec();
    written.extend_from_slice(item.key);
    let Content::Value { json, expires } = item.content else {
        written.extend_from_slice(b",\"removed\":true}\n");
        assert_eq!(written, line);
        return;
    };
    written.extend_from_slice(b",\"value\":");
    written.extend_from_slice(json);
    let rest = line.strip_prefix(&written[..]).unwrap();
    let rest = rest.strip_suffix(b"}\n").unwrap();
    match expires {
        None => assert_eq!(rest, b""),
        Some(expires) => {
            let digits = rest.strip_prefix(b",\"expires\":").unwrap();
            let digits = std::str::from_utf8(digits).unwrap();
            assert_eq!(digits.parse(), Ok(expires));
        }
    }
}

/// Checks that records read as they were written.
fn check_written(mut choices: Choices) {
    let (number, synced) = (choices.number(), choices.number());
    let prev = Checksum(choices.number() as u32);
    let items = choices.0;
    let of_items = Checksum::default().append(items);

    let mut lines = items.to_vec();
    let commit = Commit::close(&mut lines, number, synced, prev);
    let line = &lines[items.len()..];
    assert_eq!(Commit::parse(line), (synced < number).then_some(commit));
    assert!(commit.is_intact(of_items));

    let mut lines = items.to_vec();
    Piece::close(&mut lines, number, prev);
    let piece = Piece::parse(&lines[items.len()..]).unwrap();
    assert!(piece.is_intact(prev.append(items)));

    let claim = Claim::parse(&Claim::line(synced, prev)).unwrap();
    assert_eq!((claim.synced, claim.prev), (synced, prev));
    let end = CheckpointEnd::parse(&CheckpointEnd::line(number, synced, prev)).unwrap();
    assert_eq!((end.number, end.pieces, end.prev), (number, synced, prev));
    let first = FirstLine::Checkpoint(number);
    assert_eq!(FirstLine::parse(&first.line()), Some(first));
}
