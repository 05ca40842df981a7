'use strict';

// Random mixes of edits, views, sets, removes, time limits and signals, by many processes and
// worker threads: all calls end, no two callbacks that exclude each other overlap, and no update is
// lost.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { Worker } = require('node:worker_threads');
const { leaveNothing, newPlace, open, slowness } = require('../support/engine');
const { temporaryFolder } = require('../support/folders');
const { start } = require('../support/processes');
const { TIMES, seeded } = require('../support/random');

const OPERATIONS = 60;

test('processes and worker threads mix any calls, and lose no update', async (t) => {
  const random = seeded(t);
  for (let round = 0; round < (2 * TIMES) / slowness; round++) {
    const [place, notes] = [newPlace(t), temporaryFolder(t)];
    fs.mkdirSync(path.join(notes, 'marks'));
    const processes = Array.from({ length: 4 }, (_, at) =>
      start('mixer.js', place, notes, `p${at}`, random.below(2 ** 31), OPERATIONS),
    );
    const mixer = path.join(__dirname, '..', 'support', 'programs', 'mixer.js');
    const workers = Array.from({ length: 3 }, (_, at) => {
      const workerData = [place, notes, `w${at}`, random.below(2 ** 31), OPERATIONS];
      return once(new Worker(mixer, { workerData }), 'exit');
    });
    for (const child of processes) {
      child.on('spawn', () => child.disconnect());
      assert.deepEqual(await child.ended, { code: 0, signal: null });
    }
    for (const ended of workers) assert.deepEqual(await ended, [0]);
    assert.deepEqual(fs.readdirSync(path.join(notes, 'marks')), []);

    const counted = fs.readdirSync(notes).filter((name) => name.startsWith('counted '));
    assert.equal(counted.length, 7);
    const sums = { a: 0, b: 0, c: 0 };
    for (const name of counted) {
      const counts = JSON.parse(fs.readFileSync(path.join(notes, name), 'utf8'));
      for (const key of Object.keys(sums)) sums[key] += counts[key];
    }
    const store = open(place);
    for (const key of Object.keys(sums)) assert.equal(await store.getItem(key), sums[key], key);
    await leaveNothing(place, store);
  }
});
