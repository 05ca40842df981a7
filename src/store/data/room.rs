//! Room ahead: spaces after the log, which the next commits overwrite.
//!
//! A sync of a file that does not grow costs one flush where the file system has a journal; a sync
//! of a growing file costs two. Must not know the bytes of commits.

/// The room that commits write ahead when they lengthen the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Room {
    /// No room: the file ends with the log.
    #[default]
    None,
    /// Spaces after the commit: at least so many bytes, and on to a multiple of `boundary`.
    UpTo {
        /// The fewest spaces.
        least: u64,
        /// The unit that the file's end is a multiple of, so that the last page is complete.
        boundary: u64,
    },
}

impl Room {
    /// The room of stores whose commits are synced. 16, 64 and 256 KB measured alike.
    pub const AHEAD: Room = Room::UpTo {
        least: 60 << 10,
        boundary: 4 << 10,
    };
}
