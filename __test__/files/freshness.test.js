'use strict';

// Reads of the store as it is now: each kind of read sees what others have committed, and the files are looked at no more often than
// that takes.

const assert = require('node:assert/strict');
const test = require('node:test');
const PersistLock = require('../..');
const { PersistLock: Native } = require('../../lib/file/addon');
const { engineOf } = require('../../lib/store');
const { startActor } = require('../support/actor');
const { temporaryFolder } = require('../support/folders');

/** The kinds of reads, each with its answer in a store in which only `a` has a value. */
const READS = {
  getItem: [(store) => store.getItem('a'), (value) => value],
  hasItem: [(store) => store.hasItem(`a ${store.round}`), () => true],
  item: [
    (store) => engineOf(store).item('a', 0),
    (value) => ({ json: `${value}`, expires: undefined }),
  ],
  entries: [(store) => store.valuesWithKeyMatch(/^a$/), (value) => [value]],
  length: [(store) => store.length({ prefix: 'a' }), (value) => value + 1],
  count: [(store) => store.length(), (value) => value + 1],
  stats: [async (store) => (await store.stats()).items, (value) => value + 1],
};

for (const [kind, [read, expected]] of Object.entries(READS)) {
  test(`the next read sees an item that another process stored: ${kind}`, async (t) => {
    const folder = temporaryFolder(t);
    const store = new PersistLock(folder);
    const other = startActor(t, folder);
    for (let round = 1; round <= 5; round++) {
      await other.call('set', `a ${round}`, round);
      await other.call('set', 'a', round);
      store.round = round;
      assert.deepEqual(await read(store), expected(round));
      // The read has noticed the change for the cache too.
      assert.equal(await store.getItem('a'), round);
    }
    await other.call('close');
    await store.close();
  });
}

test('a read sees a commit that was made since the last read, also before the event loop turns', async (t) => {
  const folder = temporaryFolder(t);
  const [store, other] = [new PersistLock(folder).initSync(), new PersistLock(folder).initSync()];
  for (let round = 1; round <= 5; round++) {
    other.setItemSync('a', round);
    // Its third read caches a value, and its fourth reads the cache.
    for (let reads = 0; reads < 4; reads++) assert.equal(store.getItemSync('a'), round);
    other.setItemSync('a', -round);
    assert.equal(await store.getItem('a'), -round);
    other.setItemSync(`b ${round}`, round);
    assert.equal(store.getItemSync(`b ${round}`), round);
    other.removeItemSync('a');
    assert.equal(await store.getItem('a'), undefined);
  }
  store.closeSync();
  other.closeSync();
});

test('many reads of a turn of the event loop look at the files once, if there is a counter', async (t) => {
  const store = new PersistLock(temporaryFolder(t));
  await store.setItem('a', 1);
  await new Promise(setImmediate);
  const look = t.mock.method(Native.prototype, 'look');
  await Promise.all([
    store.getItem('a'),
    store.hasItem('a'),
    store.hasItem('b'),
    store.length(),
    engineOf(store).item('a', 0),
    engineOf(store).item('b', 0),
  ]);
  assert.equal(look.mock.callCount(), 1);
  await store.close();
});

test('much that others have committed is read in steps, between which the event loop gets its turn', async (t) => {
  const folder = temporaryFolder(t);
  const options = { durability: 'os', expiredInterval: false };
  const [writer, reader, blocking] = Array.from(
    { length: 3 },
    () => new PersistLock(folder, options),
  );
  await writer.setItem('a', 0);
  // Cached from here on.
  for (let at = 0; at < 5; at++) assert.equal(await reader.getItem('a'), 0);
  assert.equal(blocking.getItemSync('a'), 0);
  for (let batch = 0; batch < 50; batch++) {
    await writer.setItems(
      Array.from({ length: 1000 }, (_, at) => [`${batch}:${at}`, 'x'.repeat(50)]),
    );
  }
  await writer.setItem('a', 1);
  const { look } = Native.prototype;
  let turns = 0;
  const turnsOfParts = [];
  t.mock.method(Native.prototype, 'look', function () {
    const changes = look.call(this);
    if (changes === null) turnsOfParts.push(turns);
    return changes;
  });
  let isCounting = true;
  const count = () => {
    turns++;
    if (isCounting) setImmediate(count);
  };
  setImmediate(count);
  assert.deepEqual(
    await Promise.all([reader.getItem('a'), reader.hasItem('49:999'), reader.length()]),
    [1, true, 50_001],
  );
  isCounting = false;
  assert.ok(turnsOfParts.length >= 3, `${turnsOfParts.length} parts`);
  assert.ok(turnsOfParts.at(-1) > turnsOfParts[0], 'the event loop had no turn');
  assert.equal(blocking.getItemSync('a'), 1);
  assert.equal(blocking.lengthSync(), 50_001);
  await Promise.all([writer.close(), reader.close(), blocking.close()]);
});
