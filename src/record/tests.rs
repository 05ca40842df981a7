//! Lines are read as they are written, and no other line is accepted.

use super::*;

fn value(json: &[u8], expires: Option<u64>) -> Content<'_> {
    Content::Value { json, expires }
}

#[test]
fn item_lines_part_into_key_value_and_expiry() {
    let cases: [(&str, &str, Content); 9] = [
        (r#"{"key":"a","value":1}"#, r#""a""#, value(b"1", None)),
        (r#"{"key":"","value":""}"#, r#""""#, value(b"\"\"", None)),
        (
            r#"{"key":"a\"b\\","value":[]}"#,
            r#""a\"b\\""#,
            value(b"[]", None),
        ),
        (
            r#"{"key":"a","value":1,"expires":7}"#,
            r#""a""#,
            value(b"1", Some(7)),
        ),
        (
            r#"{"key":"a","value":{"x":1,"expires":7}}"#,
            r#""a""#,
            value(br#"{"x":1,"expires":7}"#, None),
        ),
        (
            r#"{"key":"a","value":{"x":1,"expires":7},"expires":8}"#,
            r#""a""#,
            value(br#"{"x":1,"expires":7}"#, Some(8)),
        ),
        (
            r#"{"key":"a","value":",\"expires\":7"}"#,
            r#""a""#,
            value(br#"",\"expires\":7""#, None),
        ),
        (
            r#"{"key":"a","value":-12.5e7}"#,
            r#""a""#,
            value(b"-12.5e7", None),
        ),
        (r#"{"key":"a","removed":true}"#, r#""a""#, Content::Removed),
    ];
    for (text, key, content) in cases {
        let line = format!("{text}\n");
        let key = key.as_bytes();
        assert_eq!(
            Item::parse(line.as_bytes()),
            Some(Item { key, content }),
            "{text}"
        );
    }
}

#[test]
fn a_line_that_is_no_item_is_refused() {
    for text in [
        "",
        "{}",
        r#"{"key":"a"}"#,
        r#"{"key":a,"value":1}"#,
        r#"{"key":"a","value":}"#,
        r#"{"key":"a\","value":1}"#,
        r#"{"key":"a","value":1"#,
        r#"{"key":"a","removed":false}"#,
        r#"{"key":"a" ,"value":1}"#,
    ] {
        assert_eq!(Item::parse(format!("{text}\n").as_bytes()), None, "{text}");
    }
}

#[test]
fn a_removal_is_read_as_written() {
    let mut lines = Vec::new();
    let item = Item {
        key: b"\"a\"",
        content: Content::Removed,
    };
    item.write(&mut lines);
    assert_eq!(Item::parse(&lines), Some(item));
}

#[test]
fn a_line_that_clears_is_no_item_and_has_one_spelling() {
    assert_eq!(kind(CLEARED), Kind::Cleared);
    assert_eq!(Item::parse(CLEARED), None);
    assert!(CLEARED.ends_with(b"\n"));
    // The beginning of one, as a crash may leave it, is no line of another type.
    for end in 0..CLEARED.len() {
        let kind = kind(&CLEARED[..end]);
        assert!(matches!(kind, Kind::Cleared | Kind::Other), "{end}");
    }
}

#[test]
fn a_commit_line_is_read_as_written_and_no_other_way() {
    let items = b"{\"key\":\"a\",\"value\":1}\n";
    let mut lines = items.to_vec();
    let commit = Commit::close(&mut lines, 17, 15, Checksum(0x5be2_a900));
    let line = &lines[items.len()..];
    assert_eq!(Commit::parse(line), Some(commit));
    assert!(commit.is_intact(Checksum::default().append(items)));
    assert!(!commit.is_intact(Checksum::default().append(b"other")));
    for at in 0..line.len() {
        let mut flipped = line.to_vec();
        flipped[at] ^= 1;
        let is_valid = Commit::parse(&flipped)
            .is_some_and(|commit| commit.is_intact(Checksum::default().append(items)));
        assert!(!is_valid, "flipped at {at}");
    }
}

#[test]
fn the_checksum_is_castagnoli() {
    assert_eq!(
        Checksum::default().append(b"123456789").to_string(),
        "e3069283"
    );
}

#[test]
fn a_commit_cannot_claim_itself() {
    let mut lines = Vec::new();
    Commit::close(&mut lines, 3, 3, Checksum(0));
    assert_eq!(Commit::parse(&lines), None);
}

#[test]
fn a_claim_is_read_as_written_and_no_other_way() {
    let line = Claim::line(17, Checksum(1));
    let claim = Claim::parse(&line).unwrap();
    assert_eq!((claim.synced, claim.prev), (17, Checksum(1)));
    for at in 0..line.len() {
        let mut flipped = line.clone();
        flipped[at] ^= 1;
        assert_eq!(Claim::parse(&flipped), None, "flipped at {at}");
    }
}

#[test]
fn a_key_has_one_spelling() {
    let keys = [
        r#""""#,
        r#""a""#,
        r#""\"\\\b\f\n\r\t""#,
        r#""\u0000\u001f\u000b""#,
        r#""\ud800""#,
        r#""\udfff\ud800""#,
        r#""\ud83da""#,
        r#""\ud800\n""#,
        "\"größe 😀 \u{7f} \u{2028}\"",
    ];
    for key in keys {
        let line = format!("{{\"key\":{key},\"removed\":true}}\n");
        let item = Item::parse(line.as_bytes());
        assert_eq!(item.map(|item| item.key), Some(key.as_bytes()), "{key}");
    }
    let others: [&[u8]; 12] = [
        br#""\/""#,
        br#""\u0061""#,
        br#""\u000a""#,
        br#""\u001F""#,
        br#""\ud83d\ude00""#,
        br#""\uD800""#,
        br#""\x""#,
        br#""\u12""#,
        br#""\u+0a1""#,
        b"\"a\tb\"",
        b"\"\xff\"",
        b"\"\xed\xa0\x80\"",
    ];
    for key in others {
        let line = [b"{\"key\":", key, b",\"removed\":true}\n"].concat();
        assert_eq!(Item::parse(&line), None, "{}", key.escape_ascii());
    }
}

#[test]
fn an_expiry_is_a_moment() {
    let parse = |digits: &str| {
        let line = format!("{{\"key\":\"a\",\"value\":1,\"expires\":{digits}}}\n");
        Item::parse(line.as_bytes()).map(|item| match item.content {
            Content::Value { expires, .. } => expires,
            Content::Removed => None,
        })
    };
    assert_eq!(parse("8640000000000000"), Some(Some(8_640_000_000_000_000)));
    for digits in ["8640000000000001", "18446744073709551616", ""] {
        assert_eq!(parse(digits), None, "{digits}");
    }
}
