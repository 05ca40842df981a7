//! Every byte of a file and its room is damaged, before the file is opened and under an open store.
//!
//! Damage to a claimed commit is reported and left unchanged. The last commit, until a line claims
//! it, cannot be told from a torn one: it is cut off and set aside. Nothing else is ever read as
//! data.

use crate::support::items::{items, value};
use crate::support::sample::{
    Claims, Sample, data_path, disk_with, goes_on, kept_aside, open, opened_and_read, padded,
};
use persist_lock::Error;
use persist_lock::record::HEADER;

/// The lengths of the room after the last commit.
const ROOMS: [usize; 2] = [0, 24];

/// Returns the bytes that a damaged byte may become. A space and a NUL are those of a room.
fn damages(byte: u8) -> impl Iterator<Item = u8> {
    let damaged = [byte ^ 1, byte ^ 0x20, byte ^ 0x80, b' ', 0, b'\n'];
    damaged.into_iter().filter(move |other| *other != byte)
}

#[test]
fn a_damaged_byte_is_never_read_as_data() {
    for claims in [Claims::All, Claims::AllButTheLast, Claims::TheFirstThree] {
        let sample = Sample::new(claims);
        for room in ROOMS {
            let intact = padded(&sample.bytes, room);
            for at in 0..intact.len() {
                for byte in damages(intact[at]) {
                    let mut bytes = intact.clone();
                    bytes[at] = byte;
                    check_damaged(&sample, &bytes, at);
                }
            }
        }
    }
}

fn check_damaged(sample: &Sample, bytes: &[u8], at: usize) {
    let name = || format!("{:?} at {at} of {}", bytes[at] as char, bytes.len());
    let disk = disk_with(bytes);
    let found = opened_and_read(&disk);
    if at < HEADER.len() {
        let error = found.unwrap_err();
        let right = matches!(
            error,
            Error::Corrupt { line: 1, .. } | Error::UnknownVersion { .. }
        );
        assert!(right, "{error}");
        return;
    }
    let before = sample.commits_within(at);
    if before < sample.claimed {
        let Err(Error::Corrupt { path, line, .. }) = found else {
            panic!("{}, in claimed commit {}: {found:?}", name(), before + 1);
        };
        let lines = memchr::memchr_iter(b'\n', &sample.bytes[..sample.ends[before]]).count();
        assert_eq!((path, line), (data_path(), lines as u64 + 1));
        assert_eq!(
            disk.contents(&data_path()),
            bytes,
            "damage is left as it is"
        );
        return;
    }
    let held = &sample.states[before];
    assert_eq!(&found.unwrap(), held, "{}", name());
    let mut store = open(&disk).unwrap();
    let is_in_room = at >= sample.bytes.len();
    let end = match is_in_room {
        true => sample.bytes.len(),
        false => sample.ends[before],
    };
    goes_on(&disk, &mut store, held, &sample.bytes[..end]);
    // A damaged claim was not acknowledged, but its bytes may be kept.
    if before < 5 || is_in_room {
        let name_of_cut = format!("cut.1.{end}.1.jsonl");
        let kept = tail_to_keep(&bytes[end..]);
        let expected: Vec<_> = kept.map(|kept| (name_of_cut, kept)).into_iter().collect();
        assert_eq!(kept_aside(&disk), expected, "{}", name());
    }
}

/// Returns the bytes of a tail that are set aside, if there are any: up to the room.
fn tail_to_keep(tail: &[u8]) -> Option<Vec<u8>> {
    let last = tail.iter().rposition(|byte| ![b' ', 0].contains(byte))?;
    Some(tail[..=last].to_vec())
}

#[test]
fn a_last_commit_whose_lines_were_joined_is_set_aside() {
    // It was acknowledged, and no claim follows it: without the LF in front of it its commit line reads as a part of the
    // last item's value.
    let sample = Sample::new(Claims::AllButTheLast);
    let mut bytes = sample.bytes.clone();
    bytes[sample.last_commit_line() - 1] ^= 1;
    let disk = disk_with(&bytes);
    let mut store = open(&disk).unwrap();
    assert!(store.begin_turn().unwrap().is_some());
    let kept: Vec<Vec<u8>> = kept_aside(&disk)
        .into_iter()
        .map(|(_, kept)| kept)
        .collect();
    assert_eq!(kept, [&bytes[sample.ends[4]..]]);
}

#[test]
fn a_byte_that_flips_under_an_open_store_is_never_read_as_data() {
    let sample = Sample::new(Claims::All);
    let disk = disk_with(&sample.bytes);
    let newest = &sample.states[5];
    let mut store = open(&disk).unwrap();
    for at in HEADER.len()..sample.bytes.len() {
        let mut bytes = sample.bytes.clone();
        bytes[at] ^= 1;
        disk.damage(&data_path(), &bytes);
        for (key, expected) in newest {
            match value(&mut store, key) {
                Ok(found) => assert_eq!(found.as_ref(), Some(expected), "flipped at {at}"),
                Err(Error::Corrupt { line, .. }) => {
                    let lines = memchr::memchr_iter(b'\n', &sample.bytes[..at]).count();
                    assert_eq!(line, lines as u64 + 1, "flipped at {at}");
                }
                Err(error) => panic!("{error}"),
            }
        }
        match items(&mut store) {
            Ok(found) => assert_eq!(&found, newest, "flipped at {at}"),
            Err(Error::Corrupt { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    disk.damage(&data_path(), &sample.bytes);
    assert_eq!(&items(&mut store).unwrap(), newest);
}
