//! The odds that a change has reached the disk before a power cut, a failed sync or at any other time.

use super::random::Random;

/// The odds of one moment. Data, lengths and names have their own: the case that all of one
/// survives and nothing of another must be frequent.
#[derive(Debug)]
pub struct Odds {
    random: Random,
    sector: usize,
    length: usize,
    name: usize,
    unwritten: usize,
}

/// Odds are parts of this.
const WHOLE: usize = 8;

impl Odds {
    /// Mostly even odds, sometimes nearly all or nearly nothing.
    pub fn new(random: &mut Random) -> Self {
        let mut odds = || random.pick(&[0, 1, 4, 4, 4, 7, WHOLE]);
        let (sector, length, name, unwritten) = (odds(), odds(), odds(), odds());
        Odds {
            random: random.fork(),
            sector,
            length,
            name,
            unwritten,
        }
    }

    /// For a sync that does not fail.
    pub fn all() -> Self {
        Odds {
            random: Random::new(0),
            sector: WHOLE,
            length: WHOLE,
            name: WHOLE,
            unwritten: 0,
        }
    }

    /// Decides if a sector had reached the disk.
    pub fn sector(&mut self) -> bool {
        self.random.chance(self.sector, WHOLE)
    }

    /// Decides if a sector that is written also clears the bytes after the end of the file.
    pub fn clears_the_rest(&mut self) -> bool {
        self.random.chance(1, 2)
    }

    /// Decides if a change of a file's length had reached the disk.
    pub fn length(&mut self) -> bool {
        self.random.chance(self.length, WHOLE)
    }

    /// Decides if a block whose first write was part of a failed sync stays unwritten.
    pub fn stays_unwritten(&mut self) -> bool {
        self.random.chance(self.unwritten, WHOLE)
    }

    /// Decides if a change of a name had reached the disk.
    pub fn name(&mut self) -> bool {
        self.random.chance(self.name, WHOLE)
    }
}
