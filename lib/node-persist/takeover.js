'use strict';

// Puts the items that node-persist left in a store's folder into the store, in its very first commit: of
// several processes that try at once, one does it, and all have the items then.
//
// Each opening reads the folder until there is a commit. So each thread remembers the files that it could not
// read, and neither reads nor names them again.

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { KeysCall } = require('../calls/keys-call');
const { importOf } = require('../import');
const { atOnce, inSlices, namesOf, readItems } = require('./folder');

/** The number of files for which a warning gives the reason that they were left out. */
const MOST_NAMED = 20;

/**
 * The folders whose files were skipped, each with the state of its files then and the way in which they were
 * read, and the names that a warning has told.
 *
 * @type {Map<string, { stamp: string, way: unknown[], told: Set<string> }>}
 */
const skippedBefore = new Map();

/** Describes the files of a folder, so that a change of any of them is seen. */
function* stampOf(dir, names) {
  const hash = createHash('sha256');
  for (const name of names) {
    yield;
    const stat = fs.lstatSync(path.join(dir, name), { throwIfNoEntry: false });
    hash.update(`${name}\0${stat?.ino} ${stat?.size} ${stat?.mtimeMs}\0`);
  }
  return hash.digest('hex');
}

/**
 * Reads the folder, unless its files are those that were skipped before.
 *
 * @param {string[]} names
 * @param {import('./folder').Reading & { dir: string }} reading
 */
function* findItems(names, reading) {
  const { dir, parse, encoding, version } = reading;
  const way = [parse, encoding, version];
  const before = skippedBefore.get(dir);
  const stamp = yield* stampOf(dir, names);
  const isSameWay = before?.way.every((part, at) => part === way[at]);
  if (isSameWay && before.stamp === stamp) return { items: [], tell() {} };
  const found = yield* readItems(dir, names, reading);
  reading.checkSkipped?.(found.skipped);
  const told = before?.told ?? new Set();
  const tell = () => {
    if (found.items.length > 0 || found.skipped.length === 0) skippedBefore.delete(dir);
    else skippedBefore.set(dir, { stamp, way, told });
    const untold = found.skipped.filter(({ file }) => !told.has(file));
    for (const { file } of untold) told.add(file);
    if (untold.length > 0) warnOfSkipped(untold, dir);
    if (found.isGuessed) warnOfGuess(found.items, dir);
  };
  return { items: found.items, tell };
}

/** Makes the call that stores items, unless there has been a commit. */
function callOf(engine, items) {
  const put = importOf(items);
  const run = (turn) => (engine.hasCommits() ? undefined : put(turn));
  return new KeysCall(null, run, { timeout: engine.lockTimeout });
}

/**
 * Opens a store, and takes over the items in its folder.
 *
 * @param {import('../file/engine').FileEngine} engine
 * @param {import('./folder').Reading & { dir: string, checkSkipped?: (skipped: object[]) => void }} reading
 *   `checkSkipped` throws if no files may be skipped
 */
async function takeOver(engine, reading) {
  await engine.open();
  if (engine.hasCommits()) return;
  const names = namesOf(await fs.promises.readdir(reading.dir));
  const { items, tell } = await inSlices(findItems(names, reading));
  if (items.length > 0) await engine.submit(callOf(engine, items));
  tell();
}

/** Does what `takeOver` does, on the calling thread. */
function takeOverNow(engine, reading) {
  engine.blocking.open();
  if (engine.hasCommits()) return;
  const names = namesOf(fs.readdirSync(reading.dir));
  const { items, tell } = atOnce(findItems(names, reading));
  if (items.length > 0) engine.blocking.submit(callOf(engine, items));
  tell();
}

function warnOfSkipped(skipped, dir) {
  const lines = skipped.slice(0, MOST_NAMED).map(({ file, reason }) => `${file}: ${reason}`);
  if (skipped.length > MOST_NAMED) lines.push(`and ${skipped.length - MOST_NAMED} more`);
  warn(`Not taken over from ${dir}, and left as they are: ${countOf(skipped)}`, {
    code: 'PERSIST_LOCK_SKIPPED_FILES',
    detail: lines.join('\n'),
  });
}

function warnOfGuess(items, dir) {
  const keys = items.slice(0, MOST_NAMED).map(({ key }) => key);
  if (items.length > MOST_NAMED) keys.push(`and ${items.length - MOST_NAMED} more`);
  warn(`Taken over from ${dir} as items of node-persist 0.0, by their names: ${countOf(items)}`, {
    code: 'PERSIST_LOCK_OLD_FILES',
    detail: keys.join('\n'),
  });
}

function countOf({ length }) {
  return length === 1 ? 'one file' : `${length} files`;
}

function warn(message, details) {
  process.emitWarning(message, { type: 'PersistLockWarning', ...details });
}

module.exports = { takeOver, takeOverNow };
