'use strict';

// A floor, no store: each write puts the item's JSON into a file and syncs the file (fdatasync). No
// durable write that is acknowledged alone can take less.
//
// The file has its full length from the beginning and is written over: the sync of a file that
// grows costs more, since it also syncs the new length.
//
// The sync blocks the event loop. With `onThread` it runs on a thread of libuv: no store that
// leaves the event loop free can take less than that.

const fs = require('node:fs');
const path = require('node:path');
const { promisify } = require('node:util');

const LENGTH = 1024 * 1024;
const fdatasync = promisify(fs.fdatasync);

async function open(folder, { onThread = false }) {
  const file = fs.openSync(path.join(folder, 'written.jsonl'), 'w');
  fs.writeSync(file, ' '.repeat(LENGTH));
  fs.fsyncSync(file);
  const sync = onThread ? fdatasync : fs.fdatasyncSync;
  const newest = new Map();
  let end = 0;
  const write = (text) => {
    if (end + text.length > LENGTH) end = 0;
    end += fs.writeSync(file, text, end);
    return sync(file);
  };
  const lineOf = (key, value) => `${JSON.stringify({ key, value })}\n`;
  const set = (key, value) => {
    newest.set(key, value);
    return write(lineOf(key, value));
  };
  const setAll = (pairs) => write(pairs.map((pair) => lineOf(...pair)).join(''));
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
