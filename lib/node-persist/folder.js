'use strict';

// The items in a folder of node-persist, of any version. Versions 4, 3 and 2 keep a whole datum in each
// file, named by the SHA-256 (version 4) or the MD5 of its key; `old-files.js` reads those of earlier
// versions. The files stay unchanged.

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { TimeSlice } = require('../time-slice');
const { DatumCodec } = require('./datum-codec');
const { isExhausted, readText } = require('./file-text');
const { OldFiles } = require('./old-files');
const { expiryOfFile } = require('./ttl');

/**
 * The time for which files may be read on end before the event loop gets its turn, in milliseconds.
 * They are read on this thread: four hops to another one for each file would take several times as long.
 */
const BUDGET = 4;

/** The hashes by which node-persist names the file of a key, by the length of the name. */
const HASHES = new Map([
  [64, 'sha256'],
  [32, 'md5'],
]);

/** The names in a datum. */
const DATUM = new Set(['key', 'value', 'ttl']);

/** Names the file in which node-persist 4 keeps the item of a key. */
function fileName(key) {
  return createHash('sha256').update(key).digest('hex');
}

/** Gives the hash that a file is named by, if it is. */
function hashOf(name) {
  return /^[0-9a-f]+$/.test(name) ? HASHES.get(name.length) : undefined;
}

/** Lists the names in a folder that node-persist would read. */
function namesOf(entries) {
  return entries.filter((name) => !name.startsWith('.'));
}

/**
 * The way in which files are read.
 *
 * @typedef {object} Reading
 * @property {BufferEncoding} [encoding]
 * @property {(text: string) => unknown} [parse]
 * @property {DatumCodec} [codec] makes the text that a value is stored as
 * @property {0 | 1 | 2} [version] the version that wrote files not named by a hash; without it they tell
 * @property {boolean} [withoutExpiries] true if the expiries of version 0.0 and 1.0 do not count
 */

/**
 * The items in a folder. Expired ones are among them: the store decides at each read whether an item has
 * expired.
 *
 * @typedef {object} Found
 * @property {{ key: string, json: string, expires?: number }[]} items
 *   `json` is the text that the value is stored as, `expires` in milliseconds since 1970
 * @property {{ file: string, reason: string }[]} skipped
 * @property {boolean} isGuessed true if files are taken for those of version 0.0, by their texts alone
 */

/**
 * Reads the files of these names in a folder; yields between two of them.
 *
 * @param {string} dir
 * @param {string[]} names
 * @param {Reading} reading
 * @returns {Generator<void, Found>}
 */
function* readItems(dir, names, reading) {
  const { encoding = 'utf8', parse = JSON.parse, version, withoutExpiries } = reading;
  const codec = reading.codec ?? new DatumCodec({ encoding, parse, dir });
  const byKey = new Map();
  const skipped = [];
  const others = [];
  const misnamed = [];
  // Version 2 does not look at the names of its files.
  const isNameless = version === 2;
  const older = isNameless ? undefined : version;
  for (const name of names) {
    yield;
    const hash = hashOf(name);
    try {
      if (hash === undefined && !isNameless) others.push(name);
      else {
        const { isNamed, datum, ...item } = readDatum(path.join(dir, name), hash, codec, encoding);
        if (isNamed) takeDatum(byKey, item, hash);
        else if (isNameless && isDatum(datum)) misnamed.push(item);
        else throw new Error('its name is not that of the key in it');
      }
    } catch (error) {
      if (isExhausted(error)) throw error;
      // Another program has removed the file meanwhile.
      if (error.code === 'ENOENT') continue;
      if (hash !== undefined && older === undefined) {
        skipped.push({ file: name, reason: error.message });
      } else others.push(name);
    }
  }
  for (const item of misnamed) takeDatum(byKey, item);
  const files = new OldFiles(dir, { codec, parse, encoding, withoutExpiries });
  // Foreign files stand beside those of later versions, those of earlier ones do not.
  const isOld = older !== undefined || byKey.size === 0;
  if (isOld) yield* files.read(others, older);
  else files.skip(others);
  for (const item of files.items) byKey.set(item.key, item);
  return {
    items: [...byKey.values()],
    skipped: [...skipped, ...files.skipped],
    isGuessed: files.isGuessed,
  };
}

/** Takes an item, unless there is one of its key and the file is not that of version 4. */
function takeDatum(byKey, item, hash) {
  if (hash === 'sha256' || !byKey.has(item.key)) byKey.set(item.key, item);
}

/** Reads the item of a file of version 2 or later. `isNamed` is true if the file's name is the hash of the key. */
function readDatum(file, hash, codec, encoding) {
  const name = path.basename(file);
  const text = readText(file, encoding);
  const datum = codec.parseFile(text, name);
  const key = String(datum.key);
  const isNamed = hash !== undefined && createHash(hash).update(key).digest('hex') === name;
  const item = { key, json: codec.encodeFile(text, datum), expires: expiryOfFile(datum.ttl) };
  return { ...item, datum, isNamed };
}

/** Tells a datum from a value of version 0.0 or 1.0 that has a key too. */
function isDatum(datum) {
  return 'value' in datum && Object.keys(datum).every((name) => DATUM.has(name));
}

/** Runs work that yields, and yields to the event loop in between. Resolves with its result. */
async function inSlices(work) {
  const slice = new TimeSlice(BUDGET);
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    if (slice.isOver) await slice.pause();
  }
}

/** Runs work that yields, on end. Returns its result. */
function atOnce(work) {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/**
 * Reads the items in a folder of node-persist.
 *
 * @param {string} dir
 * @param {Reading} [reading]
 * @returns {Promise<Found>}
 */
async function readFolder(dir, reading = {}) {
  const names = namesOf(await fs.promises.readdir(dir));
  return inSlices(readItems(dir, names, reading));
}

module.exports = { atOnce, fileName, inSlices, namesOf, readFolder, readItems };
