//! The text by which the holder of a lock names itself to those who wait for it.
//!
//! The first line has the same length everywhere, so that one can be written over another: in the
//! writer lock the change counter follows. In the file of a lease or a gate a second line follows,
//! which names the key. Knows no files.

use crate::disk::{self, LockMode};
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

/// The length of the first line, in bytes.
pub const HOLDER_LENGTH: usize = 64;

/// The first bytes of the second line.
pub(super) const DETAILS: &[u8] = b"{\"view\":";

/// The key's place in the second line, after everything else.
const KEY: &str = ",\"key\":";

/// The longest key that a lease names, as JSON text in bytes.
pub const LONGEST_KEY: usize = 4096;

/// The longest text of a holder: both lines, with the longest name of a machine.
pub const LONGEST: usize = HOLDER_LENGTH + LONGEST_KEY + 1024;

/// The latest time that a `Date` of JavaScript can be, in milliseconds since 1970.
const LATEST: u64 = 8_640_000_000_000_000;

/// The holder of a lock, as it has written of itself. A stranger may have written anything there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The number of its process, as that process sees itself.
    pub pid: u32,
    /// The time since which it has had the lock, in milliseconds since 1970.
    pub since: u64,
    /// True if it shares the lock: for a view.
    pub is_view: bool,
    /// The name of its machine, or container, if that is not this process's.
    pub host: Option<String>,
    /// The JSON text of the key, if it is known.
    pub key: Option<String>,
}

#[derive(Deserialize)]
struct Line {
    pid: u32,
    since: u64,
}

#[derive(Serialize, Deserialize)]
struct Details {
    view: bool,
    host: String,
}

/// Makes the line by which this process names itself.
pub fn line() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let pid = std::process::id();
    let since = since.map_or(0, |since| since.as_millis());
    let text = format!("{{\"pid\":{pid},\"since\":{since}}}");
    format!("{text:<width$}\n", width = HOLDER_LENGTH - 1)
}

/// Makes the text by which this process names itself in the file of a key.
pub fn text(key: Option<&str>, mode: LockMode) -> String {
    let details = Details {
        view: mode == LockMode::Shared,
        host: own_host().to_string(),
    };
    let mut text = line();
    if let Ok(details) = serde_json::to_string(&details) {
        let facts = details.strip_suffix('}').unwrap_or(&details);
        text.push_str(facts);
        if let Some(key) = key {
            text.push_str(KEY);
            text.push_str(key);
        }
        text.push_str("}\n");
    }
    text
}

/// Reads a text of [`text`] or [`line`]. `None` for any other text.
pub fn parse(text: &[u8]) -> Option<Holder> {
    let (line, rest) = text.split_at(text.len().min(HOLDER_LENGTH));
    let Line { pid, since } = serde_json::from_slice(line).ok()?;
    let mut holder = Holder {
        pid,
        since,
        is_view: false,
        host: None,
        key: None,
    };
    if let Some((details, key)) = parse_details(rest) {
        holder.is_view = details.view;
        holder.host = Some(details.host).filter(|host| host != own_host());
        holder.key = key;
    }
    (since <= LATEST).then_some(holder)
}

fn parse_details(text: &[u8]) -> Option<(Details, Option<String>)> {
    // A longer text may have been there before.
    let line = text.split(|byte| *byte == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?.strip_suffix('}')?;
    let (facts, key) = match line.split_once(KEY) {
        Some((facts, key)) => (facts, Some(key.to_string())),
        None => (line, None),
    };
    let details = serde_json::from_str(&format!("{facts}}}")).ok()?;
    Some((details, key))
}

/// Names the machine, or container, of this process.
fn own_host() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(disk::host_name)
}

#[cfg(test)]
mod tests {
    use super::{HOLDER_LENGTH, Holder, line, own_host, parse, text};
    use crate::disk::LockMode::{Exclusive, Shared};

    #[test]
    fn a_line_names_this_process_and_no_key() {
        assert_eq!(line().len(), HOLDER_LENGTH);
        let holder = parse(line().as_bytes()).unwrap();
        assert_eq!(holder.pid, std::process::id());
        assert!(holder.since > 0);
        let counted = [line().as_bytes(), &[0, 10, 255, 1]].concat();
        let same = parse(&counted).unwrap();
        assert_eq!((same.pid, same.key, same.host), (holder.pid, None, None));
    }

    #[test]
    fn a_text_names_the_key_and_the_kind() {
        for key in [r#""a""#, r#""\ud800,\"key\":""#, r#""€ }""#] {
            for mode in [Shared, Exclusive] {
                let holder = parse(text(Some(key), mode).as_bytes()).unwrap();
                let expected = (mode == Shared, None, Some(key.to_string()));
                assert_eq!((holder.is_view, holder.host, holder.key), expected);
            }
        }
        let without = parse(text(None, Shared).as_bytes()).unwrap();
        assert_eq!((without.is_view, without.key), (true, None));
    }

    #[test]
    fn a_shorter_text_may_be_written_over_a_longer_one() {
        let mut written = text(Some(r#""a long key""#), Exclusive).into_bytes();
        let shorter = text(Some(r#""b""#), Exclusive);
        written[..shorter.len()].copy_from_slice(shorter.as_bytes());
        let key = parse(&written).unwrap().key;
        assert_eq!(key.as_deref(), Some(r#""b""#));
    }

    #[test]
    fn another_machine_is_named() {
        let elsewhere = text(Some("1"), Exclusive).replace(own_host(), "elsewhere");
        if own_host().is_empty() {
            return;
        }
        let host = parse(elsewhere.as_bytes()).unwrap().host;
        assert_eq!(host.as_deref(), Some("elsewhere"));
    }

    #[test]
    fn other_texts_name_nobody() {
        let too_late = r#"{"pid":1,"since":8640000000000001}"#;
        for other in ["", "{}", "null", r#"{"pid":-1,"since":1}"#, too_late] {
            assert_eq!(parse(other.as_bytes()), None, "{other}");
        }
        // The second line was cut off: its writer was killed.
        let whole = text(Some(r#""a""#), Shared);
        let cut_off = parse(&whole.as_bytes()[..whole.len() - 3]).unwrap();
        assert!(matches!(cut_off, Holder { key: None, .. }));
    }
}
