'use strict';

// Makes stores in new folders, one after the other: the folder, opening, and a first item. They stay
// open, and the last part measures what an open store holds that is not used.

const fs = require('node:fs');
const path = require('node:path');
const { keyOf, valueOf } = require('../lib/items');
const { timed } = require('../lib/timing');

/** Counts the descriptors of this process, where the system tells. */
function descriptors() {
  const folder = '/proc/self/fd';
  return fs.existsSync(folder) ? fs.readdirSync(folder).length : NaN;
}

async function manyStores({ trial: { valueBytes }, folder, store, load, count }) {
  const { open } = load();
  const value = valueOf(0, valueBytes);
  const opened = [];
  const [filesBefore, memoryBefore] = [descriptors(), process.memoryUsage().rss];
  const time = await timed(async () => {
    for (let at = 0; at < count; at++) {
      const made = await open(path.join(folder, `store-${at}`), store.options);
      await made.set(keyOf(0), value);
      opened.push(made);
    }
  });
  const files = descriptors() - filesBefore;
  const memory = process.memoryUsage().rss - memoryBefore;
  for (const made of opened) await made.close();
  return {
    making: time / count,
    descriptors: files / count,
    perStore: Math.max(memory, 0) / count / 1024,
  };
}

module.exports = manyStores;
