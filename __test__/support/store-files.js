'use strict';

// Reads the files of a store.

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { onWindows } = require('./system');

/** Returns the first data file, which is the current one until the store is compacted. */
function dataFile(folder) {
  return path.join(folder, '.persist-lock', 'data.1.jsonl');
}

/** Lists the names of the files in a store's folder. */
function storeFiles(folder) {
  return fs.readdirSync(path.join(folder, '.persist-lock')).sort();
}

/**
 * Recognizes what may be left of a removed file: where Windows cannot free the name of an open file,
 * it has a temporary one until everybody has closed it.
 */
function mayBeRemoved(name) {
  return onWindows && name.startsWith('new-');
}

/**
 * Lists the names of a store's data files, and of those that are being written to become data files,
 * as far as these are known from what was removed.
 */
function dataFiles(folder) {
  const names = storeFiles(folder).filter((name) => !mayBeRemoved(name));
  return names.filter((name) => /^data\.|^new-/.test(name));
}

/** Returns the current data file. */
function currentFile(folder) {
  const numbers = dataFiles(folder).flatMap((name) => /^data\.(\d+)\./.exec(name)?.[1] ?? []);
  return path.join(folder, '.persist-lock', `data.${Math.max(...numbers)}.jsonl`);
}

/** Returns the length of a data file's log, without the room after it. */
function logLength(file) {
  return fs.readFileSync(file, 'latin1').trimEnd().length + 1;
}

/** Lists the numbers of the commits in the first data file. */
function commits(folder) {
  const lines = fs.readFileSync(dataFile(folder), 'utf8').split('\n');
  return lines
    .filter((line) => line.startsWith('{"commit":'))
    .map((line) => JSON.parse(line).commit);
}

/** Returns the name of the lease file of a key. */
function leaseOf(key) {
  return `${createHash('sha256').update(JSON.stringify(key)).digest('hex')}.lease`;
}

/** Lists the names of lease files, and of the gates of waits for leases. */
function leaseFiles(folder) {
  const leases = path.join(folder, '.persist-lock', 'leases');
  if (!fs.existsSync(leases)) return [];
  return fs.readdirSync(leases).filter((name) => !mayBeRemoved(name));
}

module.exports = {
  commits,
  currentFile,
  dataFile,
  dataFiles,
  leaseFiles,
  leaseOf,
  logLength,
  storeFiles,
};
