'use strict';

// Takes over the items that node-persist left in a folder. It keeps each item in a file, named by the SHA-256 (version 4) or the MD5
// (versions 2 and 3) of the key. The files are read, and stay unchanged.

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { KeysCall } = require('../calls/call');
const { importOf } = require('../import');
const { TimeSlice } = require('../time-slice');
const { DatumCodec } = require('./datum-codec');
const { expiryOfFile } = require('./ttl');

/** The time for which files may be read on end before the event loop gets its turn, in milliseconds. */
const BUDGET = 4;
/** The number of files for which a warning gives the reason that they were left out. */
const MOST_NAMED = 20;
/** The codes of errors that say nothing about the file. No file may be left out then; the caller may try again. */
const EXHAUSTED = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

/** Windows has neither of the two. */
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
const READ_FILE = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;

/** The hashes by which node-persist names the file of a key, by the length of the name. */
const HASHES = new Map([
  [64, 'sha256'],
  [32, 'md5'],
]);

/**
 * Reads the items in a folder of node-persist. Expired items are among them: the store decides at each read whether an item has
 * expired.
 *
 * @param {string} dir
 * @param {{ encoding?: BufferEncoding, parse?: (text: string) => unknown }} [options]
 * @returns {Promise<{ items: { key: string, json: string, expires?: number }[], skipped: { file: string, reason: string }[] }>}
 *   `json` is the text that the value is stored as, `expires` in milliseconds since 1970
 */
async function readFolder(dir, { encoding, parse } = {}) {
  const codec = new DatumCodec({ encoding, parse, dir });
  const byKey = new Map();
  const skipped = [];
  const names = (await fs.promises.readdir(dir)).filter((name) => !name.startsWith('.'));
  const slice = new TimeSlice(BUDGET);
  for (const name of names) {
    if (slice.isOver) await slice.pause();
    try {
      const { item, isNewest } = readItem(dir, name, codec, encoding);
      if (isNewest || !byKey.has(item.key)) byKey.set(item.key, item);
    } catch (error) {
      if (EXHAUSTED.has(error.code)) throw error;
      // Another program has removed the file meanwhile.
      if (error.code !== 'ENOENT') skipped.push({ file: name, reason: error.message });
    }
  }
  return { items: [...byKey.values()], skipped };
}

/** Reads the item of a file. `isNewest` is true if version 4 wrote it: its files win over those of versions 2 and 3. */
function readItem(dir, name, codec, encoding = 'utf8') {
  const hash = /^[0-9a-f]+$/.test(name) && HASHES.get(name.length);
  if (!hash) throw new Error('it is not named as node-persist names its files');
  // Read on this thread: four hops to another one for each file would take several times as long.
  const text = readText(path.join(dir, name), encoding);
  const datum = codec.parseFile(text, name);
  const key = String(datum.key);
  if (createHash(hash).update(key).digest('hex') !== name) {
    throw new Error('its name is not that of the key in it');
  }
  const item = { key, json: codec.encodeFile(text, datum), expires: expiryOfFile(datum.ttl) };
  return { item, isNewest: hash === 'sha256' };
}

/** Reads a regular file only: a link may lead to another user's file, and a pipe keeps its reader waiting. */
function readText(file, encoding) {
  const descriptor = fs.openSync(file, READ_FILE);
  try {
    if (!fs.fstatSync(descriptor).isFile()) throw new Error('it is no file');
    return fs.readFileSync(descriptor, encoding);
  } finally {
    fs.closeSync(descriptor);
  }
}

/**
 * Puts the items that node-persist left in a store's folder into the store, in its very first commit: of several processes that try at
 * once, one does it, and all have the items then.
 *
 * @param {import('../file/engine').FileEngine} engine
 */
async function takeOver(engine, options) {
  await engine.open();
  if (engine.hasCommits()) return;
  const { items, skipped } = await readFolder(options.dir, options);
  if (items.length > 0) {
    const put = importOf(items);
    const run = (turn) => (engine.hasCommits() ? undefined : put(turn));
    await engine.submit(new KeysCall(null, run, { timeout: engine.lockTimeout }));
  }
  if (skipped.length > 0) warnOf(skipped, options.dir);
}

function warnOf(skipped, dir) {
  const lines = skipped.slice(0, MOST_NAMED).map(({ file, reason }) => `${file}: ${reason}`);
  if (skipped.length > MOST_NAMED) lines.push(`and ${skipped.length - MOST_NAMED} more`);
  const count = skipped.length === 1 ? 'one file' : `${skipped.length} files`;
  process.emitWarning(`Not taken over from ${dir}, and left as they are: ${count}`, {
    type: 'PersistLockWarning',
    code: 'PERSIST_LOCK_SKIPPED_FILES',
    detail: lines.join('\n'),
  });
}

module.exports = { readFolder, takeOver };
