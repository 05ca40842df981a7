//! The one error type of the core. Each variant gives facts: the event and the file. Its code
//! is stable.

use std::fmt;
use std::io;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
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
    /// The writer lock was not acquired before the timeout, while the store was opened.
    LockTimeout {
        /// The locked file.
        path: PathBuf,
        /// The timeout.
        waited: std::time::Duration,
    },
    /// No thread could be started to work on a store.
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
    /// A sync of the data file failed. Move the store to a new file before the next commit.
    Disowned,
    /// The store is closed.
    Closed,
    /// The store was opened for reading only.
    ReadOnly {
        /// The store's folder, or the file that was opened.
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
            Error::InvalidDir { .. } | Error::Foreign { .. } => "ERR_PERSIST_LOCK_INVALID_DIR",
            Error::Corrupt { .. } | Error::Overwritten { .. } => "ERR_PERSIST_LOCK_CORRUPT",
            Error::UnknownVersion { .. } => "ERR_PERSIST_LOCK_UNKNOWN_VERSION",
            Error::LockTimeout { .. } => "ERR_PERSIST_LOCK_TIMEOUT",
            Error::NoThread { .. } => "ERR_PERSIST_LOCK_IO",
            Error::Panicked { .. } => "ERR_PERSIST_LOCK_INTERNAL",
            Error::Locked => "ERR_PERSIST_LOCK_LOCKED",
            // They share a code, since the answer to each is to open the store again.
            Error::NotOpen | Error::Untrusted | Error::Superseded => "ERR_PERSIST_LOCK_MOVED",
            Error::Disowned => "ERR_PERSIST_LOCK_DISOWNED",
            Error::Closed => "ERR_PERSIST_LOCK_CLOSED",
            Error::ReadOnly { .. } => "ERR_PERSIST_LOCK_READ_ONLY",
            Error::NotInTurn => "ERR_PERSIST_LOCK_NOT_IN_TURN",
            Error::InvalidItem { .. } => "ERR_PERSIST_LOCK_INVALID_ITEM",
        }
    }

    /// Returns the file or folder that the error is about.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Error::Io { path, .. }
            | Error::SyncFailed { path, .. }
            | Error::InvalidDir { path, .. }
            | Error::Foreign { path, .. }
            | Error::Corrupt { path, .. }
            | Error::Overwritten { path, .. }
            | Error::UnknownVersion { path, .. }
            | Error::LockTimeout { path, .. }
            | Error::NoThread { path, .. }
            | Error::ReadOnly { path } => Some(path),
            Error::Panicked { .. }
            | Error::Locked
            | Error::NotOpen
            | Error::Untrusted
            | Error::Superseded
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

    /// Returns true if the system refused an operation for this reason.
    pub(crate) fn is(&self, kind: io::ErrorKind) -> bool {
        matches!(self, Error::Io { source, .. } if source.kind() == kind)
    }

    /// Returns true if there is no such file or folder.
    pub(crate) fn is_not_found(&self) -> bool {
        self.is(io::ErrorKind::NotFound)
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
            Error::SyncFailed { path, source } => write!(
                f,
                "could not sync {}: {source}. Whether the change is on disk is not known: read the item before you try again",
                path.display()
            ),
            Error::InvalidDir { path, reason } => {
                write!(f, "{} cannot hold the store: {reason}", path.display())
            }
            Error::Foreign { path, reason } => write!(
                f,
                "{} is no file that a store has made: {reason}. It is left as it is. Move it away, and try again",
                path.display()
            ),
            Error::Corrupt { path, line, reason } => write!(
                f,
                "{}, line {line}: {reason}. The file is left as it is. To keep all that is whole in it, run: npx persist-lock repair --dir {}",
                path.display(),
                pasteable(&repairable(path).to_string_lossy())
            ),
            Error::Overwritten { path, line, reason } => write!(
                f,
                "{}, line {line}: {reason}. The file is not the one that was read before: it has been replaced in place, or is being replaced. While a copy is under way, wait for its end and try again. To keep all that is whole in it otherwise, run: npx persist-lock repair --dir {}",
                path.display(),
                pasteable(&repairable(path).to_string_lossy())
            ),
            Error::UnknownVersion { path, found } => write!(
                f,
                "{} is of a version that this one does not know (its first line is {found}). Install a newer persist-lock",
                path.display()
            ),
            Error::LockTimeout { path, waited } => write!(
                f,
                "waited {} ms for the lock of {}, which another process has, to open the store",
                waited.as_millis(),
                path.display()
            ),
            Error::NoThread { path, source } => write!(
                f,
                "could not start a thread to work on {}: {source}. The limit of processes and threads is reached: end some, or raise it (ulimit -u, or the container's limit), and try again",
                path.display()
            ),
            Error::Panicked { message } => write!(
                f,
                "a fault in persist-lock has ended this call: {message}. Read the items before you try again, and report it"
            ),
            Error::Locked => f.write_str("another process has the writer lock"),
            Error::NotOpen => f.write_str("the store is not open: open it"),
            Error::Untrusted => f.write_str("the store's file was changed in place: reopen it"),
            Error::Superseded => f.write_str("the store's file was replaced: reopen it"),
            Error::Disowned => f.write_str(
                "a sync of the store's file failed: the store must be moved to a new file first",
            ),
            Error::Closed => f.write_str("the store is closed"),
            Error::ReadOnly { path } => write!(
                f,
                "{} was opened with readOnly: open it without, to change it",
                path.display()
            ),
            Error::NotInTurn => f.write_str("a commit needs the writer lock"),
            Error::InvalidItem { line } => write!(f, "not an item line: {line}"),
        }
    }
}

/// What the command that repairs a data file is to be given: the folder that the store was made in.
fn repairable(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if folder.ends_with(".persist-lock") => folder.parent().unwrap_or(folder),
        _ => file,
    }
}

/// A path as it can be pasted into a shell: quoted, if it has anything that a shell might take for
/// its own.
fn pasteable(path: &str) -> String {
    let is_plain =
        |c: char| c.is_alphanumeric() || "/._-+:@%,=~".contains(c) || c == MAIN_SEPARATOR;
    if !path.is_empty() && !path.starts_with('~') && path.chars().all(is_plain) {
        return path.to_string();
    }
    match cfg!(windows) {
        true => format!("\"{path}\""),
        false => format!("'{}'", path.replace('\'', r"'\''")),
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.os_error()
            .map(|error| error as &(dyn std::error::Error + 'static))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::pasteable;

    #[test]
    fn a_path_is_quoted_where_a_shell_would_take_it_apart() {
        for plain in ["/home/ann/data", "C:x_1.2-3", "/größe/@a+b=c,d%~"] {
            assert_eq!(pasteable(plain), plain);
        }
        assert_eq!(pasteable("/My Files"), "'/My Files'");
        assert_eq!(pasteable("/it's $HOME;"), r"'/it'\''s $HOME;'");
        assert_eq!(pasteable("~ann"), "'~ann'");
        assert_eq!(pasteable(""), "''");
    }
}
