'use strict';

// The folders and files that LocalStorage itself has to do with.

const fs = require('node:fs');
const path = require('node:path');

/** Makes a folder, and those around it; tells whether there was anything to make. */
async function makeDirectory(dir) {
  return (await fs.promises.mkdir(dir, { recursive: true })) !== undefined;
}

function makeDirectorySync(dir) {
  return fs.mkdirSync(dir, { recursive: true }) !== undefined;
}

/** The data file of a folder's store, or the one that it will have: a rewrite goes on in a file of a higher number. */
function dataFileOf(dir) {
  const folder = path.join(dir, '.persist-lock');
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  const numbers = names.map((name) => Number(name.match(/^data\.(\d+)\.jsonl$/)?.[1] ?? 1));
  return path.join(folder, `data.${Math.max(1, ...numbers)}.jsonl`);
}

module.exports = { dataFileOf, makeDirectory, makeDirectorySync };
