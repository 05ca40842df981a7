//! The names of the folders and files of a store.
//!
//! Pure: asks no folder. Only the lease files of keys have their names from `lease.rs`.

/// The store's own folder, in the folder that the user named.
pub const FOLDER: &str = ".persist-lock";
/// The file that the writer has locked. It also holds the change counter.
pub const WRITER_LOCK: &str = "writer.lock";
/// The file that a process has locked while it rewrites the data file.
pub const COMPACT_LOCK: &str = "compact.lock";
/// The folder of the leases' files.
pub const LEASES: &str = "leases";

const DATA: &str = "data.";
const LINES: &str = ".jsonl";

/// Names the data file of a generation.
pub fn data_file(generation: u64) -> String {
    format!("{DATA}{generation}{LINES}")
}

/// Tells the generation of a data file by its name. `None` for any other name.
pub fn generation(name: &str) -> Option<u64> {
    let digits = name.strip_prefix(DATA)?.strip_suffix(LINES)?;
    let generation: u64 = digits.parse().ok()?;
    let is_one = (1..u64::MAX).contains(&generation) && generation.to_string() == digits;
    is_one.then_some(generation)
}

/// Names the data file of the next generation. `None` after the last one, which only somebody else
/// can have named a file by.
pub fn successor(generation: u64) -> Option<String> {
    let name = generation.checked_add(1).map(data_file)?;
    self::generation(&name).map(|_| name)
}

/// Lists the generations of the data files among some names, the lowest first.
pub fn generations(names: &[String]) -> Vec<u64> {
    let mut found: Vec<u64> = names.iter().filter_map(|name| generation(name)).collect();
    found.sort_unstable();
    found
}

/// Names a file for the damaged bytes of a data file: the first name that is not taken yet.
pub fn damaged(generation: u64, taken: &[String]) -> String {
    let first = format!("damaged.{generation}{LINES}");
    let further = (2..=u64::MAX).map(|count| format!("damaged.{generation}.{count}{LINES}"));
    let mut candidates = [first.clone()].into_iter().chain(further);
    let free = candidates.find(|name| !taken.contains(name));
    free.unwrap_or(first)
}

/// Names a file for the bytes that recovery cuts off a data file at an offset: the first name that
/// is not taken yet.
pub fn cut(generation: u64, offset: u64, taken: &[String]) -> String {
    let name = |count: u64| format!("cut.{generation}.{offset}.{count}{LINES}");
    let free = (1..=u64::MAX).map(name).find(|name| !taken.contains(name));
    free.unwrap_or_else(|| name(1))
}

/// The beginning of the name of a file that is still being made.
pub const TEMPORARY_PREFIX: &str = "new-";
/// The end of that name.
pub const TEMPORARY_SUFFIX: &str = ".tmp";
/// Number of letters and digits in between.
pub const TEMPORARY_LENGTH: usize = 6;

/// Returns true if a file of this name is still being made, or was left by a process that was
/// killed meanwhile.
pub fn is_temporary(name: &str) -> bool {
    name.strip_prefix(TEMPORARY_PREFIX)
        .and_then(|rest| rest.strip_suffix(TEMPORARY_SUFFIX))
        .is_some_and(|random| {
            random.len() == TEMPORARY_LENGTH
                && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

#[cfg(test)]
mod tests {
    use super::{cut, damaged, generation, generations, is_temporary, successor};

    #[test]
    fn only_data_files_have_a_generation() {
        assert_eq!(generation("data.1.jsonl"), Some(1));
        assert_eq!(generation("data.17.jsonl"), Some(17));
        for name in [
            "data.0.jsonl",
            "data.01.jsonl",
            "data..jsonl",
            "data.1.jsonl.tmp",
            "data.+1.jsonl",
            "data.18446744073709551615.jsonl",
            "writer.lock",
        ] {
            assert_eq!(generation(name), None, "{name}");
        }
    }

    #[test]
    fn the_last_generation_has_no_successor() {
        assert_eq!(successor(1).as_deref(), Some("data.2.jsonl"));
        assert_eq!(successor(u64::MAX - 1), None);
        assert_eq!(successor(u64::MAX), None);
    }

    #[test]
    fn generations_are_listed_in_their_order() {
        let names = ["data.10.jsonl", "writer.lock", "data.9.jsonl"].map(String::from);
        assert_eq!(generations(&names), [9, 10]);
    }

    #[test]
    fn a_name_that_is_taken_is_not_given_again() {
        let taken = ["damaged.3.jsonl", "damaged.3.2.jsonl", "cut.3.70.1.jsonl"].map(String::from);
        assert_eq!(damaged(3, &taken), "damaged.3.3.jsonl");
        assert_eq!(damaged(4, &taken), "damaged.4.jsonl");
        assert_eq!(cut(3, 70, &taken), "cut.3.70.2.jsonl");
        assert_eq!(cut(3, 71, &taken), "cut.3.71.1.jsonl");
    }

    #[test]
    fn only_names_that_a_store_makes_are_temporary() {
        assert!(is_temporary("new-aZ09xy.tmp"));
        for name in [
            "new-.tmp",
            "new-1.tmp",
            "new-report.tmp.tmp",
            "new-abc-de.tmp",
            "new-abcdefg.tmp",
            "renew-abcdef.tmp",
            "new-abcdef.tmp~",
        ] {
            assert!(!is_temporary(name), "{name}");
        }
    }
}
