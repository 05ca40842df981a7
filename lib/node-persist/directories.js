'use strict';

// The folders that LocalStorage makes.

const fs = require('node:fs');

/** Makes a folder and its parents. Returns true if there was anything to make. */
async function makeDirectory(dir) {
  return (await fs.promises.mkdir(dir, { recursive: true })) !== undefined;
}

function makeDirectorySync(dir) {
  return fs.mkdirSync(dir, { recursive: true }) !== undefined;
}

module.exports = { makeDirectory, makeDirectorySync };
