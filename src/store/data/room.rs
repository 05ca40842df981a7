//! Room ahead: spaces after the log, which the next commits overwrite.
//!
//! A sync of a file that does not grow costs one flush where the file system has a journal; a sync
//! of a growing file costs two. Must not know the bytes of commits.

use crate::log::Rest;

/// The longest commit that room follows. With larger ones, a bulk load would write twice as much.
const LARGEST_WITH_ROOM: u64 = 16 << 10;

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

    /// Finds the end of the room after a commit that ends there.
    fn after(self, end: u64) -> Option<u64> {
        match self {
            Room::None => None,
            Room::UpTo { least, boundary } => Some((end + least).next_multiple_of(boundary.max(1))),
        }
    }
}

/// The commits that an instance has written. A program that makes one commit writes no room, and
/// leaves that of others alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Written {
    #[default]
    Nothing,
    OneCommit,
    Commits,
}

/// The room of a data file, as one instance sees it.
#[derive(Debug, Default)]
pub struct Ahead {
    /// End of the room, if it is known. Only a hint: another process may have cut the room off.
    end: Option<u64>,
    written: Written,
}

/// A write of some lines at the end of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// Over room that is there.
    IntoRoom,
    /// The lines alone: the file grows, perhaps after some room.
    Lines,
    /// The lines, and room up to an offset.
    WithRoom(u64),
}

impl Ahead {
    /// Plans the write of some lines. `file_end` asks for the end of the file, where room that
    /// others have written ends.
    pub fn plan(
        &mut self,
        wanted: Room,
        start: u64,
        length: u64,
        file_end: impl FnOnce() -> u64,
    ) -> Write {
        let end = start + length;
        if self.has(end) {
            return Write::IntoRoom;
        }
        let room_end = wanted
            .after(end)
            .filter(|_| self.written != Written::Nothing && length <= LARGEST_WITH_ROOM);
        let Some(room_end) = room_end else {
            return Write::Lines;
        };
        self.end = Some(file_end());
        match self.has(end) {
            true => Write::IntoRoom,
            false => Write::WithRoom(room_end),
        }
    }

    /// Returns true if the room is known to reach an offset.
    fn has(&self, end: u64) -> bool {
        self.end.is_some_and(|room_end| end <= room_end)
    }

    /// Records that room was written up to an offset.
    pub fn extend(&mut self, room_end: u64) {
        self.end = Some(room_end);
    }

    /// Counts a commit of this instance.
    pub fn count_commit(&mut self) {
        self.written = match self.written {
            Written::Nothing => Written::OneCommit,
            Written::OneCommit | Written::Commits => Written::Commits,
        };
    }

    /// Returns true if this instance must cut room off when it closes: it may have written some, or
    /// have used what a killed process left.
    pub fn is_own(&self) -> bool {
        self.written == Written::Commits
    }

    /// Learns from the rest of the file that was read.
    pub fn learn(&mut self, rest: Rest) {
        match rest {
            Rest::Nothing => self.end = None,
            Rest::RoomUpTo(end) => self.end = Some(end),
            Rest::Room => {}
        }
    }

    /// Forgets the room, after the file was cut off or another one followed.
    pub fn forget(&mut self) {
        self.end = None;
    }
}

#[cfg(test)]
mod tests {
    use super::{Ahead, LARGEST_WITH_ROOM, Room, Write};
    use crate::log::Rest;

    const WANTED: Room = Room::UpTo {
        least: 100,
        boundary: 64,
    };

    fn ahead(commits: usize) -> Ahead {
        let mut ahead = Ahead::default();
        (0..commits).for_each(|_| ahead.count_commit());
        ahead
    }

    fn plan(ahead: &mut Ahead, wanted: Room, start: u64, length: u64) -> Write {
        ahead.plan(wanted, start, length, || start)
    }

    #[test]
    fn a_first_commit_goes_without_room_and_the_next_with_it() {
        assert_eq!(plan(&mut ahead(0), WANTED, 20, 50), Write::Lines);
        // 70 and 100 more, up to a multiple of 64.
        assert_eq!(plan(&mut ahead(1), WANTED, 20, 50), Write::WithRoom(192));
        assert_eq!(plan(&mut ahead(1), Room::None, 20, 50), Write::Lines);
        let of_stores = Room::AHEAD;
        assert_eq!(
            plan(&mut ahead(1), of_stores, 20, 50),
            Write::WithRoom(64 << 10)
        );
    }

    #[test]
    fn large_commits_go_without_room() {
        let longest = LARGEST_WITH_ROOM;
        let with_room = plan(&mut ahead(2), WANTED, 0, longest);
        assert!(matches!(with_room, Write::WithRoom(_)));
        assert_eq!(plan(&mut ahead(2), WANTED, 0, longest + 1), Write::Lines);
    }

    #[test]
    fn room_is_used_to_its_last_byte() {
        let mut ahead = ahead(2);
        ahead.extend(192);
        for (start, length, write) in [
            (70, 122, Write::IntoRoom),
            (100, 92, Write::IntoRoom),
            (100, 93, Write::WithRoom(320)),
        ] {
            ahead.extend(192);
            assert_eq!(plan(&mut ahead, WANTED, start, length), write);
        }
        // A claim pads nothing, and a store that wants no room uses what is there.
        ahead.extend(192);
        assert_eq!(plan(&mut ahead, Room::None, 100, 92), Write::IntoRoom);
    }

    #[test]
    fn room_of_others_is_found_by_reading_and_by_the_length_of_the_file() {
        let mut newcomer = ahead(0);
        newcomer.learn(Rest::RoomUpTo(192));
        assert_eq!(plan(&mut newcomer, WANTED, 100, 50), Write::IntoRoom);
        let mut ahead = ahead(1);
        assert_eq!(ahead.plan(WANTED, 100, 50, || 150), Write::IntoRoom);
        ahead.learn(Rest::Nothing);
        assert_eq!(plan(&mut ahead, WANTED, 100, 50), Write::WithRoom(256));
        ahead.forget();
        assert_eq!(plan(&mut ahead, Room::None, 100, 50), Write::Lines);
    }

    #[test]
    fn two_commits_make_room_an_instances_own() {
        let owns = [0, 1, 2, 3].map(|commits| ahead(commits).is_own());
        assert_eq!(owns, [false, false, true, true]);
    }
}
