'use strict';

// The folders and files that LocalStorage itself has to do with.

const fs = require('node:fs');

/** Makes a folder, and those around it; tells whether there was anything to make. */
async function makeDirectory(dir) {
  return (await fs.promises.mkdir(dir, { recursive: true })) !== undefined;
}

function makeDirectorySync(dir) {
  return fs.mkdirSync(dir, { recursive: true }) !== undefined;
}

module.exports = { makeDirectory, makeDirectorySync };
