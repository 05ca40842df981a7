'use strict';

// Very many sets at once: they are handed to the engine in parts, between any other calls and at
// any moment of another turn.

const assert = require('node:assert/strict');
const test = require('node:test');
const { leaveNothing, newPlace, open, temporaryStore } = require('../support/engine');
const { TIMES, seeded } = require('../support/random');
const { held } = require('../support/waiting');

const LARGE = 'x'.repeat(1000);
/** Enough sets to be handed over before the loop that calls them ends. */
const MANY = 200;

function setMany(store, name) {
  return Array.from({ length: MANY }, (_, at) => store.setItem(`${name} ${at}`, LARGE));
}

test('many sets made at any moment of another turn are stored', async (t) => {
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

test('many sets made in callbacks are stored', async (t) => {
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

test('of many sets, only the one whose key another instance has locked waits', async (t) => {
  const place = newPlace(t);
  const [store, other] = [open(place), open(place)];
  const callback = held();
  const edit = other.editItem('a 7', callback);
  await callback.begun();
  const sets = setMany(store, 'a');
  const [leased] = sets.splice(7, 1);
  await Promise.all(sets);
  callback.finish('edited');
  assert.equal(await edit, 'edited');
  await leased;
  assert.equal(await store.getItem('a 7'), LARGE);
  await leaveNothing(place, store, other);
});

test('calls of a key take effect in their order, however many sets are made at once', async (t) => {
  const { below, pick } = seeded(t);
  const store = temporaryStore(t);
  const model = new Map();
  for (let round = 0; round < 20 * TIMES; round++) {
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
