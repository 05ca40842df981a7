'use strict';

// A floor, no store: each write appends the item's JSON to a file and syncs that (fdatasync), on the event loop. Nothing
// that is durable and acknowledged by itself can take less.

const fs = require('node:fs');
const path = require('node:path');

async function open(folder) {
  const file = fs.openSync(path.join(folder, 'appended.jsonl'), 'a');
  const newest = new Map();
  const append = (text) => {
    fs.writeSync(file, text);
    fs.fdatasyncSync(file);
  };
  const lineOf = (key, value) => `${JSON.stringify({ key, value })}\n`;
  const set = (key, value) => {
    append(lineOf(key, value));
    newest.set(key, value);
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
