//! The one error type of the core. Each variant gives facts: the event and the file. Its code
//! is stable. `lib/file/native-errors.js` adds what to do.

use crate::lock::holder::Holder;
use crate::names;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The result of a call of the core.
pub type Result<T> = std::result::Result<T, Error>;

/// The reason why a call failed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Error {
    /// The system refused an operation on a file.
    Io {
        /// The operation, as in "could not *open* the file".
        operation: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: Arc<io::Error>,
    },
    /// A sync failed: the commits that it was for may be on disk or not.
    SyncFailed {
        /// The file or folder that was synced.
        path: PathBuf,
        /// The system's error.
        source: Arc<io::Error>,
    },
    /// There is no store to read.
    NoStore {
        /// The store's own folder, which would be in the user's.
        path: PathBuf,
    },
    /// A store cannot be made at the path.
    InvalidDir {
        /// The path.
        path: PathBuf,
        /// The reason, and a remedy.
        reason: &'static str,
    },
    /// A file at the place of a store's own was not made by a store.
    Foreign {
        /// The file.
        path: PathBuf,
        /// The evidence.
        reason: &'static str,
    },
    /// Acknowledged data is damaged.
    Corrupt {
        /// The damaged file.
        path: PathBuf,
        /// The first damaged line, counted from 1.
        line: u64,
        /// The damage.
        reason: String,
    },
    /// The data file is damaged and was overwritten in place since this process read it: perhaps a
    /// copy is still being written.
    Overwritten {
        /// The file.
        path: PathBuf,
        /// The first damaged line, counted from 1.
        line: u64,
        /// The damage.
        reason: String,
    },
    /// The file was written by an unknown version.
    UnknownVersion {
        /// The file.
        path: PathBuf,
        /// The first line of the file.
        found: String,
    },
    /// A lock was not acquired before the timeout: the writer lock, which opening may need, or the
    /// lock of rewrites.
    LockTimeout {
        /// The locked file.
        path: PathBuf,
        /// The timeout.
        waited: std::time::Duration,
        /// The holder of the lock, if it is known.
        holder: Option<Holder>,
    },
    /// No thread could be started for work on a store.
    NoThread {
        /// The store's folder, or the file.
        path: PathBuf,
        /// The system's error.
        source: Arc<io::Error>,
    },
    /// A fault of this library has ended the call.
    Panicked {
        /// The message of the panic.
        message: String,
    },
    /// Another holds the writer lock, which opening needs. Wait for it and try again.
    Locked,
    /// No store is open. Open it.
    NotOpen,
    /// The known state of the data file is wrong, because of a change in place, or of a
    /// fault of this library. Reopen the store.
    Untrusted,
    /// Another data file or lock is at the path of the one that is open, and cannot be followed.
    /// Reopen the store.
    Superseded,
    /// Too many other stores of the process are in use for this one to open its files. Try again when
    /// some of their calls have ended.
    Crowded {
        /// The number of those that have files open.
        in_use: usize,
    },
    /// A sync of the data file failed. Move the store to a new file before the next commit.
    Disowned,
    /// The store is closed.
    Closed,
    /// The store was opened for reading only.
    ReadOnly {
        /// The store's folder, or the file that was opened.
        path: PathBuf,
    },
    /// The changes that a watcher has not been told are no longer known.
    Compacted {
        /// The data file that had them.
        path: PathBuf,
    },
    /// The operation needs a turn of this store: a fault of the caller.
    NotInTurn,
    /// The text is not an item line: a fault of the caller.
    InvalidItem {
        /// The line, or its beginning.
        line: String,
    },
}

impl Error {
    /// Returns the stable code. [`Error::os_error`] has the system's own.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Io { .. } => "ERR_PERSIST_LOCK_IO",
            Error::SyncFailed { .. } => "ERR_PERSIST_LOCK_SYNC_FAILED",
            Error::NoStore { .. } => "ERR_PERSIST_LOCK_NO_STORE",
            Error::InvalidDir { .. } => "ERR_PERSIST_LOCK_INVALID_DIR",
            Error::Foreign { .. } => "ERR_PERSIST_LOCK_FOREIGN",
            Error::Corrupt { .. } => "ERR_PERSIST_LOCK_CORRUPT",
            Error::Overwritten { .. } => "ERR_PERSIST_LOCK_OVERWRITTEN",
            Error::UnknownVersion { .. } => "ERR_PERSIST_LOCK_UNKNOWN_VERSION",
            Error::LockTimeout { .. } => "ERR_PERSIST_LOCK_TIMEOUT",
            Error::NoThread { .. } => "ERR_PERSIST_LOCK_NO_THREAD",
            Error::Panicked { .. } => "ERR_PERSIST_LOCK_INTERNAL",
            Error::Locked => "ERR_PERSIST_LOCK_LOCKED",
            // They share a code, since the answer to each is to open the store again.
            Error::NotOpen | Error::Untrusted | Error::Superseded => "ERR_PERSIST_LOCK_MOVED",
            Error::Crowded { .. } => "ERR_PERSIST_LOCK_CROWDED",
            Error::Disowned => "ERR_PERSIST_LOCK_DISOWNED",
            Error::Closed => "ERR_PERSIST_LOCK_CLOSED",
            Error::ReadOnly { .. } => "ERR_PERSIST_LOCK_READ_ONLY",
            Error::Compacted { .. } => "ERR_PERSIST_LOCK_COMPACTED",
            Error::NotInTurn => "ERR_PERSIST_LOCK_NOT_IN_TURN",
            Error::InvalidItem { .. } => "ERR_PERSIST_LOCK_INVALID_ITEM",
        }
    }

    /// Returns the file or folder that the error is about.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Error::Io { path, .. }
            | Error::SyncFailed { path, .. }
            | Error::NoStore { path }
            | Error::InvalidDir { path, .. }
            | Error::Foreign { path, .. }
            | Error::Corrupt { path, .. }
            | Error::Overwritten { path, .. }
            | Error::UnknownVersion { path, .. }
            | Error::LockTimeout { path, .. }
            | Error::NoThread { path, .. }
            | Error::Compacted { path }
            | Error::ReadOnly { path } => Some(path),
            Error::Panicked { .. }
            | Error::Locked
            | Error::NotOpen
            | Error::Untrusted
            | Error::Superseded
            | Error::Crowded { .. }
            | Error::Disowned
            | Error::Closed
            | Error::NotInTurn
            | Error::InvalidItem { .. } => None,
        }
    }

    /// Returns true if the store must be reopened.
    pub fn needs_reopening(&self) -> bool {
        matches!(self, Error::NotOpen | Error::Untrusted | Error::Superseded)
    }

    /// Returns the path that the command `repair` must be given: the folder of the store, or a file
    /// on its own.
    pub fn repairable(&self) -> Option<&Path> {
        let (Error::Corrupt { path, .. } | Error::Overwritten { path, .. }) = self else {
            return None;
        };
        match path.parent() {
            Some(folder) if folder.ends_with(names::FOLDER) => folder.parent(),
            _ => Some(path),
        }
    }

    /// Returns true if the system refused an operation for this reason.
    pub(crate) fn is(&self, kind: io::ErrorKind) -> bool {
        matches!(self, Error::Io { source, .. } if source.kind() == kind)
    }

    /// Returns true if there is no such file or folder.
    pub(crate) fn is_not_found(&self) -> bool {
        self.is(io::ErrorKind::NotFound)
    }

    /// Returns true if the process, or the system, has no more descriptors.
    pub fn is_of_descriptors(&self) -> bool {
        let refusal = match self {
            Error::Io { source, .. } | Error::SyncFailed { source, .. } => source,
            _ => return false,
        };
        crate::disk::is_of_descriptors(refusal)
    }

    /// Returns the system's error, if there is one.
    pub fn os_error(&self) -> Option<&io::Error> {
        match self {
            Error::Io { source, .. }
            | Error::SyncFailed { source, .. }
            | Error::NoThread { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Returns the POSIX name of a system's error, for systems whose error numbers have other names.
pub fn posix_name(error: &io::Error) -> Option<&'static str> {
    use io::ErrorKind as Kind;
    Some(match error.kind() {
        Kind::NotFound => "ENOENT",
        Kind::PermissionDenied => "EACCES",
        Kind::AlreadyExists => "EEXIST",
        Kind::NotADirectory => "ENOTDIR",
        Kind::IsADirectory => "EISDIR",
        Kind::ReadOnlyFilesystem => "EROFS",
        Kind::StorageFull => "ENOSPC",
        Kind::QuotaExceeded => "EDQUOT",
        Kind::FileTooLarge => "EFBIG",
        Kind::ResourceBusy => "EBUSY",
        Kind::InvalidFilename => "ENAMETOOLONG",
        Kind::OutOfMemory => "ENOMEM",
        Kind::WouldBlock => "EAGAIN",
        Kind::Unsupported => "ENOTSUP",
        _ => return None,
    })
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Io {
                operation,
                path,
                source,
            } => {
                write!(f, "could not {operation} {}: {source}", path.display())
            }
            Error::SyncFailed { path, source } => {
                write!(f, "could not sync {}: {source}", path.display())
            }
            Error::NoStore { path } => {
                let dir = path.parent().unwrap_or(path);
                write!(f, "there is no store in {}", dir.display())
            }
            Error::InvalidDir { path, reason } => {
                write!(f, "{} cannot hold the store: {reason}", path.display())
            }
            Error::Foreign { path, reason } => {
                write!(f, "{} was not made by a store: {reason}", path.display())
            }
            Error::Corrupt { path, line, reason } => {
                write!(f, "{}, line {line}: {reason}", path.display())
            }
            Error::Overwritten { path, line, reason } => write!(
                f,
                "{}, line {line}: {reason}. The file was overwritten since it was last read",
                path.display()
            ),
            Error::UnknownVersion { path, found } => write!(
                f,
                "{} has a format that this version does not know: its first line is {found}",
                path.display()
            ),
            Error::LockTimeout { path, waited, .. } => write!(
                f,
                "waited {} ms for the lock {}",
                waited.as_millis(),
                path.display()
            ),
            Error::NoThread { path, source } => write!(
                f,
                "could not start a thread to work on {}: {source}",
                path.display()
            ),
            Error::Panicked { message } => {
                write!(f, "a fault in persist-lock ended this call: {message}")
            }
            Error::Locked => f.write_str("another process holds the writer lock"),
            Error::NotOpen => f.write_str("the store is not open: open it"),
            Error::Untrusted => f.write_str("the store's file was changed in place: reopen it"),
            Error::Superseded => f.write_str("the store's file was replaced: reopen it"),
            Error::Crowded { in_use } => write!(
                f,
                "{in_use} other stores of this process are in use at the same moment, and hold as many descriptors as they may"
            ),
            Error::Disowned => f.write_str(
                "a sync of the store's file failed: the store must be moved to a new file first",
            ),
            Error::Closed => f.write_str("the store is closed"),
            Error::ReadOnly { path } => write!(f, "{} was opened read-only", path.display()),
            Error::Compacted { path } => {
                write!(
                    f,
                    "changes that were not told yet were lost from {}",
                    path.display()
                )
            }
            Error::NotInTurn => f.write_str("the operation needs a turn of this store"),
            Error::InvalidItem { line } => write!(f, "this is no item line: {line}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.os_error()
            .map(|error| error as &(dyn std::error::Error + 'static))
    }
}
