'use strict';

// A floor, no store: each write appends the item's JSON to a file and syncs it (fdatasync). No
// durable write that is acknowledged alone can take less.
//
// The sync blocks the event loop. With `onThread` it runs on a thread of libuv: no store that
// leaves the event loop free can take less than that.

const fs = require('node:fs');
const path = require('node:path');
const { promisify } = require('node:util');

const fdatasync = promisify(fs.fdatasync);

async function open(folder, { onThread = false }) {
  const file = fs.openSync(path.join(folder, 'appended.jsonl'), 'a');
  const sync = onThread ? fdatasync : fs.fdatasyncSync;
  const newest = new Map();
  const append = (text) => {
    fs.writeSync(file, text);
    return sync(file);
  };
  const lineOf = (key, value) => `${JSON.stringify({ key, value })}\n`;
  const set = (key, value) => {
    newest.set(key, value);
    return append(lineOf(key, value));
  };
  const setAll = (pairs) => append(pairs.map((pair) => lineOf(...pair)).join(''));
  return {
    get: (key) => newest.get(key),
    set,
    edit: (key, edit) => set(key, edit(newest.get(key))),
    setAll,
    fill: setAll,
    close: () => fs.closeSync(file),
  };
}

module.exports = { open };
