'use strict';

// Folders as node-persist leaves them.

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const nodePersist = require('node-persist');

/** Returns a version's name for the file of a key: the SHA-256 in 4, the MD5 in 2 and 3. */
function nameOf(key, version = 4) {
  return createHash(version === 4 ? 'sha256' : 'md5')
    .update(key)
    .digest('hex');
}

/** Writes files as a version of node-persist does, for `{ key, value, ttl }`. */
function writeFiles(folder, data, { version = 4, stringify = JSON.stringify } = {}) {
  fs.mkdirSync(folder, { recursive: true });
  for (const datum of data) {
    fs.writeFileSync(path.join(folder, nameOf(datum.key, version)), stringify(datum));
  }
}

/** A storage of node-persist itself, without timers. */
async function storageOf(folder, options) {
  const storage = nodePersist.create();
  const settings = { dir: folder, expiredInterval: 0, writeQueue: false, ...options };
  await storage.init(settings);
  clearInterval(storage._writeQueueInterval);
  return storage;
}

/** Lists the names and bytes of a folder's files, except for the store. */
function filesOf(folder) {
  const names = fs.readdirSync(folder).filter((name) => name !== '.persist-lock');
  return names.map((name) => [name, fs.readFileSync(path.join(folder, name), 'latin1')]);
}

module.exports = { filesOf, nameOf, storageOf, writeFiles };
