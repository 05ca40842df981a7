'use strict';

// Expired items are removed some at a time, so that other calls, other processes and the event loop get their turns in between.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const test = require('node:test');
const { setImmediate: immediate } = require('node:timers/promises');
const { Listing } = require('../../lib/file/addon');
const PersistLock = require('../..');
const { startActor } = require('../support/actor');
const { temporaryFolder } = require('../support/folders');
const { dataFile } = require('../support/store-files');
const { importItems } = require('../support/stores');

const ITEMS = 60_000;
/** So many at once, since a test is not to wait for more. */
const BATCH = 20_000;

/** Makes a folder with expired items and one live item, which is so large that no instance rewrites the file that the tests read. */
async function expiredStore(t, count = ITEMS) {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder, { durability: 'os', expiredInterval: false });
  for (let from = 0; from < count; from += BATCH) {
    const items = Array.from({ length: Math.min(BATCH, count - from) }, (_, at) => ({
      key: `expired ${from + at}`,
      value: at,
      expires: 1,
    }));
    await importItems(store, items);
  }
  await store.setItem('stays', 'x'.repeat(200 * count));
  await store.close();
  return folder;
}

/** The commits of a file, each as the lines of its items. */
function commitsOf(folder) {
  const commits = [];
  let items = [];
  for (const line of fs.readFileSync(dataFile(folder), 'utf8').split('\n')) {
    if (line.startsWith('{"key":')) items.push(line);
    if (!line.startsWith('{"commit":')) continue;
    commits.push(items);
    items = [];
  }
  return commits;
}

function isRemoval(line) {
  return line.endsWith(',"removed":true}');
}

test('a sweep takes many turns, and other calls and processes get theirs in between', async (t) => {
  const folder = await expiredStore(t);
  const store = new PersistLock(folder, { durability: 'os', expiredInterval: false });
  const other = startActor(t, folder, { durability: 'os', expiredInterval: false });
  await other.call('set', 'other', 0);
  await store.init();
  let loops = 0;
  let isSweeping = true;
  const counting = (async () => {
    for (; isSweeping; loops++) await immediate();
  })();
  const swept = store.removeExpiredItems().finally(() => (isSweeping = false));
  // One call more of this instance, and one after the other of another process.
  const own = store.setItem('own', 1);
  const theirs = (async () => {
    for (let count = 1; isSweeping; count++) await other.call('set', 'other', count);
  })();
  assert.equal(await swept, ITEMS);
  await Promise.all([own, theirs, counting]);
  const commits = commitsOf(folder);
  const sweeps = commits.flatMap((lines, at) => (lines.some(isRemoval) ? [at] : []));
  assert.ok(sweeps.length >= 5, `${sweeps.length} turns`);
  assert.ok(loops >= sweeps.length - 1, `${loops} turns of the event loop`);
  const between = commits
    .slice(sweeps[0], sweeps.at(-1))
    .filter((lines) => lines.some((line) => /^\{"key":"(own|other)"/.test(line)));
  assert.ok(between.length >= 2, `${between.length} commits between them`);
  const largest = Math.max(...sweeps.map((at) => commits[at].length));
  assert.ok(largest < ITEMS / 3, `${largest} in one turn`);
  assert.deepEqual((await store.keys()).sort(), ['other', 'own', 'stays']);
  assert.equal((await store.stats()).expired, 0);
  await store.close();
});

test('a sweep keeps an item that got a new value meanwhile', async (t) => {
  const folder = await expiredStore(t);
  const store = new PersistLock(folder, { durability: 'os', expiredInterval: false });
  await store.init();
  const swept = store.removeExpiredItems();
  // Behind the first turn of the sweep, which has listed them all.
  await immediate();
  const last = `expired ${ITEMS - 1}`;
  const longer = `expired ${ITEMS - 2}`;
  const saved = [store.setItem(last, 'new'), store.setItem(longer, 'longer', { ttl: 1e9 })];
  await Promise.all(saved);
  assert.equal(await swept, ITEMS - 2);
  assert.equal(await store.getItem(last), 'new');
  assert.equal(await store.getItem(longer), 'longer');
  await store.close();
});

test('removeExpiredItems finishes even if the store is closed meanwhile', async (t) => {
  const folder = await expiredStore(t);
  const store = new PersistLock(folder, { durability: 'os', expiredInterval: false });
  const swept = store.removeExpiredItems();
  const closed = store.close();
  assert.equal(await swept, ITEMS);
  await closed;
  await assert.rejects(store.removeExpiredItems(), { code: 'ERR_PERSIST_LOCK_CLOSED' });
  const again = new PersistLock(folder, { expiredInterval: false });
  assert.deepEqual(await again.keys(), ['stays']);
  assert.equal((await again.stats()).expired, 0);
  await again.close();
});

test('a sweep at the interval ends early when the store is closed', async (t) => {
  const folder = await expiredStore(t, 4 * ITEMS);
  const store = new PersistLock(folder, { durability: 'os', expiredInterval: 1 });
  await store.init();
  const before = fs.statSync(dataFile(folder)).size;
  while (fs.statSync(dataFile(folder)).size === before) await immediate();
  await store.close();
  const again = new PersistLock(folder, { expiredInterval: false });
  const { expired } = await again.stats();
  assert.equal(await again.length(), 1);
  assert.ok(expired > 0 && expired < 4 * ITEMS, `${expired} are left`);
  assert.equal(await again.removeExpiredItems(), expired);
  await again.close();
});

test('clear writes the same for few items and for many, and frees their memory', async (t) => {
  const grown = [];
  for (const count of [1, BATCH]) {
    const folder = temporaryFolder(t);
    const store = new PersistLock(folder, { durability: 'os' });
    const items = Array.from({ length: count }, (_, at) => ({ key: `${at}`, value: at }));
    await importItems(store, items);
    const { fileBytes: before } = await store.stats();
    // Items set later in the same turn stay.
    await Promise.all([store.clear(), store.setItem('after', 1)]);
    grown.push((await store.stats()).fileBytes - before);
    assert.deepEqual(await store.entries(), [['after', 1]]);
    await store.close();
    const again = new PersistLock(folder);
    assert.deepEqual(await again.entries(), [['after', 1]]);
    await again.close();
  }
  assert.ok(grown[1] < grown[0] + 50, `${grown}`);
});

test('expired items are counted a few thousand at a time', async (t) => {
  const folder = await expiredStore(t);
  const store = new PersistLock(folder, { expiredInterval: false });
  await store.init();
  const countOn = t.mock.method(Listing.prototype, 'countOn');
  const { items, expired } = await store.stats();
  assert.deepEqual({ items, expired }, { items: 1, expired: ITEMS });
  const counts = countOn.mock.calls.map(({ result }) => result);
  assert.equal(
    counts.reduce((total, count) => total + count, 0),
    ITEMS,
  );
  assert.ok(Math.max(...counts) <= 4096, `${Math.max(...counts)} in one call`);
  await store.close();
});

test('expired items are removed at the interval, though nothing calls for it', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder, { expiredInterval: 1 });
  await store.setItem('a', 1, { ttl: 1 });
  // The interval does not keep the process alive; this does.
  const alive = setInterval(() => {}, 1000);
  while (!fs.readFileSync(dataFile(folder), 'utf8').includes('{"key":"a","removed":true}')) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  clearInterval(alive);
  await store.close();
});
