'use strict';

// Sets one small item, edits it once, and closes the store. Measures the largest of its files, the
// one that holds the item: files that were lengthened in advance must be short again.

const fs = require('node:fs');
const path = require('node:path');

async function fileOneItem({ folder, open, close }) {
  const store = await open();
  await store.set('counter', 1);
  await store.edit('counter', (count) => count + 1);
  await close();
  const files = fs
    .readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => fs.statSync(path.join(entry.parentPath ?? entry.path, entry.name)).size);
  return { file: Math.max(...files) };
}

module.exports = fileOneItem;
