//! A key without quotes and escapes: its characters in UTF-8, and a lone surrogate as the three
//! bytes that it would have (WTF-8). Listings sort keys by these bytes. Every key has one such form.

use super::key::{escape_length, unit};

/// The first byte of the three that stand for a surrogate, and of some characters before them.
const BEFORE_SURROGATES: u8 = 0xed;

/// Appends the plain form of a key. `text` is the key's JSON text.
pub fn unescape(text: &[u8], plain: &mut Vec<u8>) {
    let text = text.strip_prefix(b"\"").unwrap_or(text);
    let mut rest = text.strip_suffix(b"\"").unwrap_or(text);
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (before, escape) = rest.split_at(at);
        plain.extend_from_slice(before);
        let length = escape_length(escape).unwrap_or(1).min(escape.len());
        let (escape, after) = escape.split_at(length);
        match escape.get(1) {
            Some(b'b') => plain.push(0x08),
            Some(b't') => plain.push(b'\t'),
            Some(b'n') => plain.push(b'\n'),
            Some(b'f') => plain.push(0x0c),
            Some(b'r') => plain.push(b'\r'),
            Some(b'u') => append_unit(unit(escape).unwrap_or_default(), plain),
            Some(&byte) => plain.push(byte),
            None => {}
        }
        rest = after;
    }
    plain.extend_from_slice(rest);
}

/// Appends a control character, or a lone surrogate.
fn append_unit(unit: u16, plain: &mut Vec<u8>) {
    match unit {
        0..0x80 => plain.push(unit as u8),
        _ => plain.extend_from_slice(&[
            0xe0 | (unit >> 12) as u8,
            0x80 | (unit >> 6 & 0x3f) as u8,
            0x80 | (unit & 0x3f) as u8,
        ]),
    }
}

/// Appends the JSON text of a key. `plain` is the key's plain form.
pub fn escape(plain: &[u8], text: &mut Vec<u8>) {
    text.push(b'"');
    match needs_no_escape(plain) {
        true => text.extend_from_slice(plain),
        false => escape_each(plain, text),
    }
    text.push(b'"');
}

/// Looks at every byte, even after one that needs an escape: for the usual key that is fastest.
fn needs_no_escape(plain: &[u8]) -> bool {
    plain.iter().fold(true, |so_far, byte| {
        so_far & (*byte >= b' ') & !matches!(byte, b'"' | b'\\' | &BEFORE_SURROGATES)
    })
}

fn escape_each(plain: &[u8], text: &mut Vec<u8>) {
    let mut rest = plain;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'"' | b'\\' => text.extend_from_slice(&[b'\\', byte]),
            0x08 => text.extend_from_slice(b"\\b"),
            b'\t' => text.extend_from_slice(b"\\t"),
            b'\n' => text.extend_from_slice(b"\\n"),
            0x0c => text.extend_from_slice(b"\\f"),
            b'\r' => text.extend_from_slice(b"\\r"),
            0..b' ' => text.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            BEFORE_SURROGATES => match after {
                [second @ 0xa0..=0xbf, third, after @ ..] => {
                    let unit = 0xd000 | u16::from(second & 0x3f) << 6 | u16::from(third & 0x3f);
                    text.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
                    rest = after;
                }
                _ => text.push(byte),
            },
            _ => text.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{escape, unescape};
    use crate::record::key;

    fn plain(text: &str) -> Vec<u8> {
        let mut plain = Vec::new();
        unescape(text.as_bytes(), &mut plain);
        plain
    }

    #[test]
    fn a_key_and_its_plain_form_lead_to_each_other() {
        let keys: [(&str, &[u8]); 9] = [
            (r#""""#, b""),
            (r#""item:7""#, b"item:7"),
            (r#""\"\\/""#, b"\"\\/"),
            (r#""a\b\t\n\f\r\u0000\u001fz""#, b"a\x08\t\n\x0c\r\0\x1fz"),
            (
                "\"\u{e9}\u{d7ff}\u{e000}\u{1f600}\"",
                "\u{e9}\u{d7ff}\u{e000}\u{1f600}".as_bytes(),
            ),
            (r#""\ud800""#, b"\xed\xa0\x80"),
            (r#""\udfff\ud83d""#, b"\xed\xbf\xbf\xed\xa0\xbd"),
            ("\"\\ud83d\u{1f600}\"", b"\xed\xa0\xbd\xf0\x9f\x98\x80"),
            ("\"\u{d000}\\udc00\"", b"\xed\x80\x80\xed\xb0\x80"),
        ];
        for (text, bytes) in keys {
            assert_eq!(key::length(text.as_bytes()), Some(text.len()), "{text}");
            assert_eq!(plain(text), bytes, "{text}");
            let mut again = Vec::new();
            escape(bytes, &mut again);
            assert_eq!(String::from_utf8_lossy(&again), text);
        }
    }

    #[test]
    fn a_text_that_is_no_key_harms_nothing() {
        for text in ["", "\"", "\"\\", "\"\\u", "\"\\ud8", "\"\\x", "\\"] {
            let _ = plain(text);
        }
    }
}
