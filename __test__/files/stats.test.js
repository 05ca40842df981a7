'use strict';

// Sizes and counts of an instance: `stats()`.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { seeded } = require('../support/random');
const { currentFile, logLength } = require('../support/store-files');
const { temporaryStore } = require('../support/stores');

const NOTHING_DONE = {
  commits: 0,
  syncs: 0,
  compactions: 0,
  waits: 0,
  waitTime: 0,
  recoveries: 0,
  watchers: 0,
};

test('stats has the sizes of the file and the counts of the calls', async (t) => {
  const random = seeded(t);
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  const empty = { items: 0, expired: 0, fileBytes: 19, liveBytes: 0, deadBytes: 19 };
  assert.deepEqual(await store.stats(), { ...empty, ...NOTHING_DONE });

  const lines = new Map();
  for (let commits = 1; commits <= 50; commits++) {
    const key = `key ${random.below(10)}`;
    if (random.below(4) === 0 && lines.delete(key)) {
      await store.removeItem(key);
    } else {
      const value = 'x'.repeat(random.below(200));
      await store.setItem(key, value);
      lines.set(key, JSON.stringify({ key, value }).length + 1);
    }
    const fileBytes = logLength(currentFile(folder));
    const liveBytes = [...lines.values()].reduce((sum, length) => sum + length, 0);
    assert.deepEqual(await store.stats(), {
      items: lines.size,
      expired: 0,
      fileBytes,
      liveBytes,
      deadBytes: fileBytes - liveBytes,
      ...NOTHING_DONE,
      commits,
      syncs: commits,
    });
  }

  await store.removeItem('none');
  await store.setItem('late', 1, { ttl: 1 });
  while (await store.hasItem('late')) await new Promise(setImmediate);
  await store.compact();
  const { items, expired, deadBytes, fileBytes, ...done } = await store.stats();
  assert.deepEqual([items, expired], [lines.size, 1]);
  assert.deepEqual(done, { ...done, commits: 51, syncs: 51, compactions: 1 });
  assert.ok(deadBytes < 200, `${deadBytes} of ${fileBytes}`);
  await store.close();
  await assert.rejects(store.stats(), { code: 'ERR_PERSIST_LOCK_CLOSED' });
});

test('many calls at once share few commits and fewer syncs', async (t) => {
  const store = temporaryStore(t);
  await Promise.all(Array.from({ length: 1000 }, () => store.editItem('a', (a) => (a ?? 0) + 1)));
  const { commits, syncs } = await store.stats();
  assert.ok(syncs >= 1 && commits < 100 && syncs <= commits, `${commits}, ${syncs}`);
});

test('a blocking call counts its sync, if it makes one', async (t) => {
  const store = temporaryStore(t);
  store.setItemSync('a', 1);
  store.removeItemSync('b');
  store.editItemSync('a', (a) => a + 1);
  const { commits, syncs } = await store.stats();
  assert.deepEqual({ commits, syncs }, { commits: 2, syncs: 2 });
});

test('the counts belong to one instance and survive a change of files', async (t) => {
  const folder = temporaryFolder(t);
  const [store, other] = [new PersistLock(folder), new PersistLock(folder)];
  await store.setItem('a', 1);
  const seen = await other.stats();
  assert.deepEqual([seen.items, seen.commits, seen.syncs], [1, 0, 0]);
  fs.appendFileSync(currentFile(folder), 'torn');
  await store.setItem('b', 1);
  assert.equal((await store.stats()).recoveries, 1);
  fs.rmSync(path.join(folder, '.persist-lock'), { recursive: true });
  await store.setItem('c', 1);
  const { items, commits, recoveries } = await store.stats();
  assert.deepEqual({ items, commits, recoveries }, { items: 1, commits: 3, recoveries: 1 });
  await store.close();
  await other.close();
  const reader = new PersistLock(folder, { readOnly: true });
  const { fileBytes, ...read } = await reader.stats();
  assert.equal(fileBytes, fs.statSync(currentFile(folder)).size);
  assert.deepEqual(read, { ...read, items: 1, ...NOTHING_DONE });
  await reader.close();
});
