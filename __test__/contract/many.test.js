'use strict';

// So many sets in one go that they are handed over while the loop goes on that asks for them: in any order with other calls,
// and at any moment of another turn.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { seeded } = require('../support/random');
const { commits, dataFile } = require('../support/store-files');
const { temporaryStore } = require('../support/stores');

const LARGE = 'x'.repeat(1000);
/** So many of them are surely handed over. */
const MANY = 200;

function setMany(store, name) {
  return Array.from({ length: MANY }, (_, at) => store.setItem(`${name} ${at}`, LARGE));
}

test('sets are written while the loop that asks for them goes on', async (t) => {
  const folder = temporaryFolder(t);
  const store = await new PersistLock(folder).init();
  const sets = setMany(store, 'a');
  assert.ok(fs.statSync(dataFile(folder)).size > 10_000, 'before the loop has ended');
  await Promise.all(sets);
  assert.ok(commits(folder).length < MANY / 10, `${commits(folder).length} commits`);
  assert.equal(await store.length(), MANY);
  await store.close();
});

test('many sets at any moment of another turn', async (t) => {
  const store = temporaryStore(t);
  await store.init();
  for (let moment = 0; moment < 30; moment++) {
    const first = store.setItem('first', moment);
    await new Promise((resolve) => process.nextTick(resolve));
    for (let count = 0; count < moment; count++) await null;
    const sets = setMany(store, moment);
    await Promise.all([first, ...sets]);
    assert.equal(await store.getItem('first'), moment);
    assert.equal(await store.length({ prefix: `${moment} ` }), MANY);
  }
});

test('many sets from inside callbacks', async (t) => {
  const store = temporaryStore(t);
  let inside;
  await store.editItem('a', () => {
    inside = setMany(store, 'of a');
    return 1;
  });
  await Promise.all(inside);
  await store.editItem('b', async () => {
    await Promise.all(setMany(store, 'of b'));
    assert.equal(await store.length({ prefix: 'of b ' }), MANY);
    return 2;
  });
  assert.equal(await store.length(), 2 * MANY + 2);
});

test('many sets wait for a key that another instance has', async (t) => {
  const folder = temporaryFolder(t);
  const [store, other] = [new PersistLock(folder), new PersistLock(folder)];
  let finish;
  const edit = other.editItem('a 7', () => new Promise((resolve) => (finish = resolve)));
  while (!finish) await new Promise(setImmediate);
  const sets = setMany(store, 'a');
  const [leased] = sets.splice(7, 1);
  await Promise.all(sets);
  finish('edited');
  assert.equal(await edit, 'edited');
  await leased;
  assert.equal(await store.getItem('a 7'), LARGE);
  await store.close();
  await other.close();
});

test('calls of a key take effect in their order, however many are set at once', async (t) => {
  const { below, pick } = seeded(t);
  const store = temporaryStore(t);
  const model = new Map();
  for (let round = 0; round < 20; round++) {
    const calls = [];
    for (let count = below(600); count > 0; count--) {
      const key = `key ${below(40)}`;
      const kind = pick(['set', 'set', 'set', 'set', 'set', 'set', 'edit', 'remove']);
      if (below(30) === 0 || kind === 'set') {
        const value = `${LARGE} ${count}`;
        calls.push(store.setItem(key, value));
        model.set(key, value);
      } else if (kind === 'edit') {
        calls.push(store.editItem(key, (current = '') => `${current.slice(-20)} edited`));
        model.set(key, `${(model.get(key) ?? '').slice(-20)} edited`);
      } else {
        calls.push(store.removeItem(key));
        model.delete(key);
      }
      if (below(50) === 0) await null;
      if (below(200) === 0) await new Promise(setImmediate);
    }
    await Promise.all(calls);
    assert.deepEqual(new Map(await store.entries()), model);
  }
});
