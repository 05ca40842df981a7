//! The core's reports as objects of JavaScript, as `binding.d.ts` declares them.
//!
//! Numbers become doubles, which are exact up to 2^53 bytes; paths become text.

// A build for tests registers no functions with Node.
#![cfg_attr(test, allow(dead_code))]

use crate::log;
use crate::store::{self, Store};
use napi::bindgen_prelude::{Either, Null};
use napi_derive::napi;
use std::path::{Path, PathBuf};

/// The part of `stats()` that the store knows without a look at every item.
#[napi(object, object_from_js = false)]
pub struct Sizes {
    /// The number of items, expired ones included.
    pub kept: f64,
    /// The length of the data file.
    pub file_bytes: f64,
    /// The length of the items' lines.
    pub live_bytes: f64,
    /// Number of torn tails that this instance has cut off.
    pub recoveries: f64,
}

impl Sizes {
    /// Asks for the sizes of a store, as of the last look or turn.
    pub fn of(store: &mut Store) -> crate::Result<Self> {
        Ok(Sizes {
            kept: store.kept() as f64,
            file_bytes: store.log_bytes() as f64,
            live_bytes: store.live_bytes() as f64,
            recoveries: store.cuts().count as f64,
        })
    }
}

/// A tail that was cut off.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct Cut {
    /// The data file.
    pub file: String,
    /// The offset of the cut, where the file ends now.
    pub offset: f64,
    /// Number of bytes cut off.
    pub bytes: f64,
    /// The file that keeps them, if they may have been acknowledged.
    pub aside: Option<String>,
}

impl From<&store::Cut> for Cut {
    fn from(cut: &store::Cut) -> Self {
        Cut {
            file: text(&cut.file),
            offset: cut.offset as f64,
            bytes: cut.bytes as f64,
            aside: cut.aside.as_deref().map(text),
        }
    }
}

/// A stretch of a file that belongs to nothing intact.
#[napi(object, object_from_js = false)]
pub struct Damage {
    /// The line in which it begins, counted from 1.
    pub line: f64,
    /// Its first byte.
    pub offset: f64,
    /// Its length.
    pub bytes: f64,
}

fn damages(all: &[log::Damage]) -> Vec<Damage> {
    let of = |damage: &log::Damage| Damage {
        line: damage.line as f64,
        offset: damage.offset as f64,
        bytes: damage.bytes as f64,
    };
    all.iter().map(of).collect()
}

/// The amount of data in a store.
#[napi(object, object_from_js = false)]
pub struct Stat {
    /// The current data file.
    pub file: String,
    /// Its length.
    pub bytes: f64,
    /// Length of the items' lines, which compaction would keep.
    pub live: f64,
    /// Number of items that have not expired.
    pub items: f64,
    /// Number of items that have expired and are still kept.
    pub expired: f64,
    /// The number of the newest commit.
    pub commit: f64,
}

impl From<store::Stat> for Stat {
    fn from(stat: store::Stat) -> Self {
        Stat {
            file: text(&stat.file),
            bytes: stat.bytes as f64,
            live: stat.live as f64,
            items: stat.items as f64,
            expired: stat.expired as f64,
            commit: stat.commit as f64,
        }
    }
}

/// The result of checking a file.
#[napi(object, object_from_js = false)]
pub struct Verified {
    /// The file.
    pub file: String,
    /// Its length.
    pub bytes: f64,
    /// Number of items, with the expired ones; of a damaged file, those before the damage.
    pub items: f64,
    /// Number of intact commits, without those that a checkpoint stands for.
    pub commits: f64,
    /// The stretches that are damaged.
    pub damaged: Vec<Damage>,
    /// The length of a torn tail.
    pub torn: f64,
}

impl From<store::Report> for Verified {
    fn from(report: store::Report) -> Self {
        Verified {
            file: text(&report.file),
            bytes: report.bytes as f64,
            items: report.items as f64,
            commits: report.commits as f64,
            damaged: damages(&report.damaged),
            torn: report.torn as f64,
        }
    }
}

/// The result of a repair.
#[napi(object, object_from_js = false)]
pub struct Repaired {
    /// The file that was looked at.
    pub file: String,
    /// `false` if it was not damaged, and nothing was done.
    pub repaired: bool,
    /// The file that has taken its place.
    pub wrote: Either<String, Null>,
    /// The file with the damaged bytes.
    pub aside: Either<String, Null>,
    /// Number of items kept.
    pub items: f64,
    /// Number of intact commits kept, without those that a checkpoint stands for.
    pub commits: f64,
    /// The stretches that were damaged.
    pub damaged: Vec<Damage>,
    /// The older data files that were there too, the newest first; missing if there was none.
    pub older: Option<Vec<OlderFile>>,
}

/// An older data file that a repair has looked through and removed.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct OlderFile {
    /// The file.
    pub file: String,
    /// The file with its damaged bytes, or with all of it if the newer files do not follow on it.
    pub aside: Option<String>,
    /// Number of its intact commits.
    pub commits: f64,
    /// The stretches that were damaged.
    pub damaged: Vec<Damage>,
}

impl From<store::Repaired> for Repaired {
    fn from(repaired: store::Repaired) -> Self {
        let older: Vec<OlderFile> = repaired.older.iter().map(OlderFile::from).collect();
        Repaired {
            file: text(&repaired.file),
            repaired: repaired.repaired,
            wrote: text_or_null(repaired.wrote),
            aside: text_or_null(repaired.aside),
            items: repaired.items as f64,
            commits: repaired.commits as f64,
            damaged: damages(&repaired.damaged),
            older: (!older.is_empty()).then_some(older),
        }
    }
}

impl From<&store::Older> for OlderFile {
    fn from(older: &store::Older) -> Self {
        OlderFile {
            file: text(&older.file),
            aside: older.aside.as_deref().map(text),
            commits: older.commits as f64,
            damaged: damages(&older.damaged),
        }
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn text_or_null(path: Option<PathBuf>) -> Either<String, Null> {
    match path {
        Some(path) => Either::A(text(&path)),
        None => Either::B(Null),
    }
}
