//! The key of an item line: a JSON string, spelled as `JSON.stringify` spells it, so that a key is
//! always the same bytes.

/// Measures the key that a text begins with, with its quotes. `None` if there is none, or it is
/// spelled differently.
pub fn length(text: &[u8]) -> Option<usize> {
    if text.first() != Some(&b'"') {
        return None;
    }
    let mut at = 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text.get(at) == Some(&b'"') {
            break;
        }
        at += escape_length(text.get(at..)?)?;
    }
    let key = text.get(..=at)?;
    (is_ascii_text(key) || is_text(key)).then_some(key.len())
}

/// Looks at every byte, even after one that is not ASCII: for the usual key that is fastest.
fn is_ascii_text(key: &[u8]) -> bool {
    key.iter()
        .fold(true, |so_far, byte| so_far & (b' '..0x80).contains(byte))
}

fn is_text(key: &[u8]) -> bool {
    key.iter().all(|byte| *byte >= b' ') && std::str::from_utf8(key).is_ok()
}

/// Measures the escape that a text begins with. `None` if `JSON.stringify` would not write it.
pub fn escape_length(text: &[u8]) -> Option<usize> {
    match text.get(1)? {
        b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' => match unit(text)? {
            // These have shorter escapes.
            0x08..=0x0a | 0x0c | 0x0d => None,
            0..=0x1f => Some(6),
            // A lone surrogate. `JSON.stringify` does not escape the two halves of a pair.
            0xd800..=0xdbff if matches!(text.get(6..).and_then(unit), Some(0xdc00..=0xdfff)) => {
                None
            }
            0xd800..=0xdfff => Some(6),
            _ => None,
        },
        _ => None,
    }
}

/// Reads the code unit of an escape with four digits, which must be lower case.
pub fn unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(br"\u")?.get(..4)?;
    let is_written_so = |digit: &u8| digit.is_ascii_digit() || matches!(digit, b'a'..=b'f');
    let digits = digits.iter().all(is_written_so).then_some(digits)?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}
