'use strict';

// Compacts a store until it is killed: mostly without a pause, and now and then after one that is long enough for turns to rely on
// the folder's times. Tells its parent of each compaction.

const { setTimeout } = require('node:timers/promises');
const PersistLock = require('../../..');
const { random } = require('../random');

const [folder, seed] = process.argv.slice(2);
const { pick } = random(Number(seed));
const PAUSES = [0, 0, 0, 0, 70, 130];

async function main() {
  const store = new PersistLock(folder, { lockTimeout: 120_000 });
  for (;;) {
    await store.compact();
    process.send('compacted');
    await setTimeout(pick(PAUSES));
  }
}

main();
