//! Every byte of a file is flipped, before the file is opened and under an open store.
//!
//! Damage to a claimed commit is reported and left unchanged. The last commit, until a line claims it, cannot be told from a torn
//! one: it is cut off and set aside. Nothing else is ever read as data.

use crate::support::items::{items, value};
use crate::support::sample::{
    Claims, Sample, data_path, disk_with, goes_on, kept_aside, open, opened_and_read,
};
use persist_lock::Error;
use persist_lock::record::HEADER;

#[test]
fn a_flipped_byte_is_never_read_as_data() {
    for claims in [Claims::All, Claims::AllButTheLast, Claims::TheFirstThree] {
        let sample = Sample::new(claims);
        for at in 0..sample.bytes.len() {
            for mask in [1, 0x20, 0x80] {
                let mut bytes = sample.bytes.clone();
                bytes[at] ^= mask;
                check_flipped(&sample, &bytes, at);
            }
        }
    }
}

fn check_flipped(sample: &Sample, bytes: &[u8], at: usize) {
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
            panic!(
                "flipped at {at}, in claimed commit {}: {found:?}",
                before + 1
            );
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
    assert_eq!(&found.unwrap(), held, "flipped at {at}");
    let mut store = open(&disk).unwrap();
    let end = sample.ends[before];
    goes_on(&disk, &mut store, held, &sample.bytes[..end]);
    if before < 5 {
        let name = format!("cut.1.{end}.1.jsonl");
        let expected = [(name, bytes[end..].to_vec())];
        assert_eq!(kept_aside(&disk), expected, "flipped at {at}");
    }
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
