//! Repair of data files whose line ends an editor or git has changed.

use crate::support::items::Items;
use crate::support::repair::{Two, disk_of, found, repair_store, two};
use crate::support::sample::{Claims, Sample, open};
use persist_lock::Error;

/// Changes a text as editors and git do.
fn edited(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let text = std::str::from_utf8(bytes).unwrap();
    let crlf = text.replace('\n', "\r\n");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mixed = |from: usize| -> String {
        let change = |(at, line): (usize, &&str)| match at >= from {
            true => line.replace('\n', "\r\n"),
            false => line.to_string(),
        };
        lines.iter().enumerate().map(change).collect()
    };
    vec![
        ("CR LF", crlf.clone().into_bytes()),
        (
            "with a byte order mark",
            format!("\u{feff}{text}").into_bytes(),
        ),
        ("both", format!("\u{feff}{crlf}").into_bytes()),
        (
            "without the last line end",
            crlf.trim_end().as_bytes().to_vec(),
        ),
        ("in part", mixed(lines.len() / 2).into_bytes()),
        ("the last lines", mixed(lines.len() - 2).into_bytes()),
        (
            "the first line",
            text.replacen('\n', "\r\n", 1).into_bytes(),
        ),
    ]
}

#[test]
fn lines_whose_ends_an_editor_changed_are_kept() {
    let sample = Sample::new(Claims::All);
    let Two { second, after, .. } = two();
    let files: [(usize, &[u8], &Items); 2] =
        [(1, &sample.bytes, &sample.states[5]), (2, &second, &after)];
    for (number, bytes, expected) in files {
        for (name, changed) in edited(bytes) {
            let disk = disk_of(&[(number, &changed)]);
            let error = open(&disk.new_process()).unwrap_err();
            assert!(matches!(error, Error::Corrupt { .. }), "{name}: {error}");
            assert!(error.repairable().is_some(), "{name}");
            let repaired = repair_store(&disk).unwrap();
            assert!(repaired.repaired, "{name}");
            assert_eq!(repaired.damaged, [], "{name}");
            assert_eq!(&found(&disk), expected, "{name}");
        }
    }
}

#[test]
fn damage_in_an_edited_file_is_set_aside_byte_for_byte() {
    let sample = Sample::new(Claims::All);
    let text = String::from_utf8(sample.bytes.clone()).unwrap();
    let changed = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let damaged = changed.replace(
        "{\"key\":\"c\",\"value\":\"é\"",
        "{\"key\":\"c\",\"value\":\"ö\"",
    );
    assert_ne!(damaged, changed);
    let disk = disk_of(&[(1, damaged.as_bytes())]);
    let repaired = repair_store(&disk).unwrap();
    let aside = String::from_utf8(disk.contents(&repaired.aside.unwrap())).unwrap();
    assert!(
        aside.starts_with("{\"key\":\"c\",\"value\":\"ö\"}\r\n{\"commit\":2,"),
        "{aside}"
    );
    assert_eq!(aside.lines().count(), 2);
    let offset = repaired.damaged[0].offset as usize;
    assert!(damaged.as_bytes()[offset..].starts_with(aside.as_bytes()));
    assert_eq!(repaired.damaged[0].line, 5);
    assert_eq!(
        found(&disk),
        sample.states[5],
        "a later commit has removed it"
    );
}
