'use strict';

// Overwrites the same few keys again and again, all of them at a time. Measures the size of the
// files as a multiple of the live keys and values; and again after a compaction, if the store has
// one.

const fs = require('node:fs');
const path = require('node:path');
const { keyOf, valueOf } = require('../lib/items');

/** Adds up the bytes that files take on disk: some files are longer than their contents. */
function bytesIn(folder) {
  let bytes = 0;
  for (const entry of fs.readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const { size, blocks } = fs.statSync(path.join(entry.parentPath ?? entry.path, entry.name));
    bytes += blocks === undefined ? size : Math.min(size, blocks * 512);
  }
  return bytes;
}

async function fileSize({ trial: { valueBytes }, count, keys, folder, open, close }) {
  let store = await open();
  let pairs;
  for (let written = 0; written < count; written += keys) {
    pairs = Array.from({ length: keys }, (_, at) => [keyOf(at), valueOf(at, valueBytes, written)]);
    await store.fill(pairs);
  }
  await close();
  const live = pairs.reduce(
    (total, [key, value]) => total + key.length + JSON.stringify(value).length,
    0,
  );
  const size = bytesIn(folder) / live;

  store = await open();
  if (!store.compact) return { size };
  await store.compact();
  await close();
  return { size, compacted: bytesIn(folder) / live };
}

module.exports = fileSize;
