'use strict';

// The table of speed in the README of the repository, between two marks: a row for each work, a column
// for each store, one result a cell.

const fs = require('node:fs');
const path = require('node:path');
const { shownWithUnit } = require('./measures');
const { FAIR_SHARE } = require('../targets');

const FILE = path.join(__dirname, '..', '..', 'README.md');
const BEGIN = '<!-- Made by `npm run bench`, from bench/results. -->';
const END = '<!-- End of what `npm run bench` made. -->';

/** The columns: a heading, and the entries of the trials that may stand in it. The best one does. */
const COLUMNS = [
  { heading: 'persist-lock', entries: ['persist-lock', 'persist-lock-os'] },
  {
    heading: 'better-sqlite3',
    entries: ['better-sqlite3', 'better-sqlite3-batch', 'better-sqlite3-normal'],
  },
  { heading: 'lmdb', entries: ['lmdb', 'lmdb-blocking', 'lmdb-unsynced'] },
  { heading: 'classic-level', entries: ['classic-level', 'classic-level-unsynced'] },
];

const ROWS = [
  { work: 'one edit', trial: 'edit-awaited' },
  { work: "one edit, with `durability: 'os'`", trial: 'edit-awaited-os' },
  { work: '2 000 edits of one object at once, each', trial: 'edit-one-key' },
  { work: '10 000 sets at once, each', trial: 'set-10k' },
  { work: 'one edit, four processes editing one key', trial: 'four-one-key' },
  { work: 'one read of an item read before', trial: 'get-hot' },
  { work: 'one read among 1 000 000 items', trial: 'get-1m' },
  { work: 'the keys of 10 000 items, each', trial: 'keys-10k' },
];

/** Lays out a table in aligned columns, as the formatter of the repository does. */
function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length), 3));
  const lines = [rows[0], widths.map((width) => '-'.repeat(width)), ...rows.slice(1)];
  return lines
    .map((cells) => `| ${cells.map((text, at) => text.padEnd(widths[at])).join(' | ')} |`)
    .join('\n');
}

/**
 * Gives the best time of a column's entries in a trial; a dash if it has none. A store that lets one
 * process starve the others has none.
 */
function cell({ stores }, { entries }) {
  const times = entries
    .map((name) => stores[name])
    .filter((store) => store?.time && (store.share?.median ?? 1) >= FAIR_SHARE)
    .map(({ time }) => time.median);
  return times.length > 0 ? shownWithUnit(Math.min(...times), 'time') : '–';
}

/** Makes the text between the marks. */
function speedTable(results) {
  const trials = new Map(results.trials.map((trial) => [trial.name, trial]));
  const rows = ROWS.filter(({ trial }) => trials.has(trial)).map(({ work, trial }) => [
    work,
    ...COLUMNS.map((column) => cell(trials.get(trial), column)),
  ]);
  const head = ['work', ...COLUMNS.map(({ heading }) => heading)];
  const { cpu, cores, kernel, node, fileSystem } = results.machine;
  const machine = `${cpu}, ${cores} cores, ${kernel}, ${fileSystem}, Node ${node}`;
  return `${BEGIN}\n\n${table([head, ...rows])}\n\n${machine}, ${results.made}.\n\n${END}`;
}

/** Replaces the part between the marks in a text. */
function withTable(text, results) {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`README.md has no marks for the table of speed`);
  return text.slice(0, begin) + speedTable(results) + text.slice(end + END.length);
}

function write(results) {
  fs.writeFileSync(FILE, withTable(fs.readFileSync(FILE, 'utf8'), results));
}

module.exports = { FILE, withTable, write };
