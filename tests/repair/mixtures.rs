//! Repair of random mixtures of data files, each intact, damaged, cut off, emptied, edited, padded
//! or missing: every intact item is kept unless a newer commit replaces it. `PERSIST_LOCK_SEED`
//! repeats a seed.

use crate::support::compaction::{self, files};
use crate::support::items::{Items, claim, commit, items, put, removal, sync};
use crate::support::random::{Random, seeds};
use crate::support::sample::{FOLDER, data_file, open, padded};
use crate::support::simulated_disk::{SECTOR, SimulatedDisk};
use persist_lock::store::{Progress, repair};
use persist_lock::{Error, Options};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

const SEEDS: u64 = 2_000;
const GENERATIONS: usize = 3;
const KEYS: usize = 6;

/// The change of a commit. Every value that it sets is its number.
#[derive(Debug, Clone)]
enum Step {
    Put(Vec<String>),
    Remove(String),
    Clear,
}

/// A data file as a compaction or the last commit has left it.
struct Generation {
    bytes: Vec<u8>,
    /// The length of its first line or checkpoint.
    head: usize,
    /// The commit that its checkpoint holds.
    checkpoint: u64,
    /// The place of each commit.
    commits: Vec<(u64, Range<usize>)>,
}

struct History {
    generations: Vec<Generation>,
    /// The change of each commit, the first one at index 0.
    steps: Vec<Step>,
}

fn apply(state: &mut BTreeMap<String, u64>, number: u64, step: &Step) {
    match step {
        Step::Put(keys) => state.extend(keys.iter().map(|key| (key.clone(), number))),
        Step::Remove(key) => drop(state.remove(key)),
        Step::Clear => state.clear(),
    }
}

fn key(random: &mut Random) -> String {
    format!("\"key {}\"", random.below(KEYS))
}

impl History {
    fn new(random: &mut Random) -> Self {
        let disk = SimulatedDisk::new(0, SECTOR);
        let mut store = open(&disk).unwrap();
        let mut history = History {
            generations: Vec::new(),
            steps: Vec::new(),
        };
        for generation in 1..=GENERATIONS {
            let length = || disk.contents(&data_file(generation)).len();
            let (head, checkpoint) = (length(), history.steps.len() as u64);
            let mut commits = Vec::new();
            for _ in 0..1 + random.below(5) {
                let number = history.steps.len() as u64 + 1;
                let step = match random.below(8) {
                    0 if store.has_commits() && !items(&mut store).unwrap().is_empty() => {
                        Step::Clear
                    }
                    1 => Step::Remove(key(random)),
                    _ => Step::Put((0..1 + random.below(3)).map(|_| key(random)).collect()),
                };
                let start = length();
                match &step {
                    Step::Put(keys) => {
                        let lines = keys.iter().map(|key| put(key, &number.to_string()));
                        commit(&mut store, &lines.collect::<String>()).unwrap();
                    }
                    Step::Remove(key) => commit(&mut store, &removal(key)).unwrap(),
                    Step::Clear => {
                        let mut turn = store.begin_turn().unwrap().unwrap();
                        turn.commit(Vec::new(), true).unwrap();
                        turn.end().unwrap();
                    }
                }
                sync(&mut store).unwrap();
                history.steps.push(step);
                commits.push((number, start..length()));
            }
            claim(&mut store).unwrap();
            history.generations.push(Generation {
                bytes: disk.contents(&data_file(generation)),
                head,
                checkpoint,
                commits,
            });
            compaction::run(&disk).unwrap();
        }
        history
    }

    /// Returns the least that these bytes must give: the newest intact checkpoint, and the intact commits since.
    fn left(&self, found: &[(usize, Vec<u8>)]) -> BTreeMap<String, u64> {
        let is_whole = |at: usize, bytes: &[u8], range: &Range<usize>| {
            bytes.get(range.clone()) == self.generations[at].bytes.get(range.clone())
        };
        let mut since = 0;
        let mut commits = Vec::new();
        for (at, bytes) in found {
            let generation = &self.generations[*at];
            if is_whole(*at, bytes, &(0..generation.head)) {
                since = since.max(generation.checkpoint);
            }
            let whole = |(_, range): &&(u64, Range<usize>)| is_whole(*at, bytes, range);
            commits.extend(
                generation
                    .commits
                    .iter()
                    .filter(whole)
                    .map(|(number, _)| *number),
            );
        }
        commits.retain(|number| *number > since);
        commits.extend(1..=since);
        commits.sort_unstable();
        let mut state = BTreeMap::new();
        for number in commits {
            apply(&mut state, number, &self.steps[number as usize - 1]);
        }
        state
    }
}

/// Does something to a file that takes bytes from it, or leaves it as it is.
fn damage(random: &mut Random, bytes: &mut Vec<u8>) {
    let at = random.below(bytes.len());
    match random.below(8) {
        0 | 1 => bytes[at] ^= 1 << random.below(8),
        // A line that lacks only its line end counts as intact, since editors remove that.
        2 if bytes[at] != b'\n' => bytes.truncate(at),
        3 => bytes.clear(),
        4 => {
            let end = (at + random.below(200)).min(bytes.len());
            bytes[at..end].fill(0);
        }
        _ => {}
    }
}

/// Changes line ends as an editor does, which loses nothing.
fn edit(bytes: &[u8]) -> Vec<u8> {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let ended = |line: &[u8]| match line.strip_suffix(b"\n") {
        Some(text) => [text, b"\r\n"].concat(),
        None => line.to_vec(),
    };
    lines.flat_map(ended).collect()
}

#[test]
fn intact_items_of_any_file_are_kept_whatever_is_damaged() {
    for seed in seeds(SEEDS) {
        println!("PERSIST_LOCK_SEED={seed}");
        let mut random = Random::new(seed);
        let history = History::new(&mut random);
        let mut found = Vec::new();
        for (at, generation) in history.generations.iter().enumerate() {
            let mut bytes = generation.bytes.clone();
            damage(&mut random, &mut bytes);
            if random.chance(3, 4) {
                found.push((at, bytes));
            }
        }
        if found.is_empty() {
            continue;
        }
        let left = history.left(&found);
        let disk = SimulatedDisk::new(seed, SECTOR);
        disk.shared()
            .create_folder(Path::new(FOLDER), 0o700)
            .unwrap();
        for (at, bytes) in &found {
            let bytes = match random.below(4) {
                0 => edit(bytes),
                1 => padded(bytes, random.below(100)),
                _ => bytes.clone(),
            };
            disk.create_file(&data_file(at + 1), &bytes);
        }
        let before = files(&disk);
        let (options, progress) = (Options::default(), Progress::default());
        let run = || {
            repair(
                &disk.new_process().shared(),
                Path::new("/"),
                options,
                &progress,
            )
        };
        match run() {
            Ok(_) => {}
            // A flipped bit of the version.
            Err(Error::UnknownVersion { .. }) => {
                assert_eq!(files(&disk), before);
                continue;
            }
            Err(error) => panic!("{error}"),
        }
        let kept: Items = items(&mut open(&disk.new_process()).unwrap()).unwrap();
        for (key, number) in &left {
            let value: u64 = kept.get(key).expect(key).parse().unwrap();
            assert!(value >= *number, "{key}: {value} and not {number}");
        }
        for (key, value) in &kept {
            let number: usize = value.parse().unwrap();
            let was_set =
                matches!(&history.steps[number - 1], Step::Put(keys) if keys.contains(key));
            assert!(was_set, "{key} was never {number}");
        }
        assert!(!run().unwrap().repaired, "twice");
    }
}
