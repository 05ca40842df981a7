'use strict';

// `fs` for the test suites of node-persist's earlier versions: the file of an item exists if the item is in the store.

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const PersistLock = require('../../..');
const { encodeName } = require('../../../lib/node-persist/old-files');

/** Lists the names that versions 2, 1 and 0 give to the file of a key. */
function namesOf(key) {
  return [createHash('md5').update(key).digest('hex'), encodeName(key), key];
}

function isStored(file) {
  const dir = path.dirname(file);
  if (!fs.existsSync(path.join(dir, '.persist-lock', 'data.1.jsonl'))) return false;
  const store = new PersistLock(dir, { readOnly: true });
  const keys = store.keysSync();
  store.closeSync();
  return keys.some((key) => namesOf(key).includes(path.basename(file)));
}

module.exports = { ...fs, existsSync: (file) => fs.existsSync(file) || isStored(file) };
