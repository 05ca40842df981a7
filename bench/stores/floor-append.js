'use strict';

// A floor, no store: each write appends the item's JSON to a file and syncs that (fdatasync). Nothing that is durable and
// acknowledged by itself can take less.
//
// The sync runs on the event loop, which stands still meanwhile, or, with `onThread`, on a thread of libuv's: nothing that leaves
// the event loop free can take less than that.

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
