'use strict';

// The commands that read. They wait for no lock, and change nothing.

const fs = require('node:fs');
const path = require('node:path');
const { parseJSON } = require('../codec');
const { keyOf } = require('./arguments');
const { Failure } = require('./failures');
const { folderOf, reading } = require('./store');

function get({ args: [keyText], options, output }) {
  const key = keyOf(keyText, options);
  return reading(options, async (store, engine) => {
    const item = await engine.item(key, Date.now());
    if (item === undefined) throw new Failure(`There is no item ${JSON.stringify(key)}`);
    // A file that another program has written may contain anything.
    const value = parseJSON(item.json, key);
    // The stored text is printed: parsing and writing it again would change some numbers.
    const text = options.raw && typeof value === 'string' ? value : item.json;
    await output.write(`${text}\n`);
  });
}

function keys({ options, output }) {
  const { raw = false } = options;
  const end = options.null ? '\0' : '\n';
  const textOf = (key) => (raw ? key : JSON.stringify(key)) + end;
  return reading(options, async (store, engine) => {
    for await (const part of engine.parts('keys', choiceOf(options))) {
      await output.write(part.map(textOf).join(''));
    }
  });
}

function cat({ options, output }) {
  return reading(options, async (store, engine) => {
    for await (const lines of engine.parts('lines', choiceOf(options))) {
      await output.write(`${lines}\n`);
    }
  });
}

/** Makes the choice of items that options ask for. */
function choiceOf(options) {
  const { limit, reverse } = options;
  const keyIn = (name) => options[name] && keyOf(options[name], options);
  return { prefix: keyIn('prefix'), from: keyIn('from'), to: keyIn('to'), limit, reverse };
}

const INSTEAD_OF_BACKUP =
  'Back a database up by pg_dump, or write its items to a folder by: persist-lock copy --from URL --to FOLDER';

async function backup({ args: [name], options, output }) {
  const file = path.resolve(name);
  if (fs.statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Failure(`${file} is a folder. Name a file for the backup`);
  }
  const folder = folderOf('backup', options, INSTEAD_OF_BACKUP);
  await folder.reading((store) => store.backup(file));
  await output.report({ file, bytes: fs.statSync(file).size });
}

module.exports = { get, keys, cat, backup };
