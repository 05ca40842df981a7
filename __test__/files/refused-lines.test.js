'use strict';

// A line that the data file cannot hold: it rejects its call, and the calls that depend on that call.

const assert = require('node:assert/strict');
const test = require('node:test');
const { temporaryStore } = require('../support/stores');
const { held } = require('../support/waiting');

/** The value whose text is made wrong, as by a program that has replaced `JSON.stringify`. */
const BAD = { toJSON: () => 'bad' };

/** Makes the text of one value two lines. */
function breakStringify(t) {
  const { stringify } = JSON;
  t.mock.method(JSON, 'stringify', (value, ...more) =>
    value === BAD ? '["two",\n"lines"]' : stringify(value, ...more),
  );
}

const refused = { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_VALUE', key: 'bad' };

async function sorted(store) {
  return Object.fromEntries(await store.entries());
}

test('a refused line rejects its own call and no independent one', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('kept', 'before');
  breakStringify(t);
  const before = store.editItem('a', () => 1);
  const bad = store.updateItem('bad', BAD);
  const after = [
    store.editItem('kept', (value) => `${value} and after`),
    store.removeItem('nothing'),
    store.removeExpiredItems(),
    store.viewItem('a', (value) => value),
  ];
  await assert.rejects(bad, refused);
  assert.equal(await before, 1);
  assert.deepEqual(await Promise.all(after), ['before and after', false, 0, 1]);
  assert.deepEqual(await sorted(store), { a: 1, kept: 'before and after' });
});

test('calls that depend on a refused line are rejected with it', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('c', 'before');
  breakStringify(t);
  const innocent = store.editItem('a', () => 1);
  const touched = [
    store.editItem('c', () => 'overwritten by the refused call'),
    store.editItems(['b', 'c'], () => [
      ['b', 1],
      ['c', 2],
    ]),
    store.updateItem('bad', BAD),
    store.editItems(['bad', 'b'], () => [['b', 3]]),
  ];
  for (const call of touched) await assert.rejects(call, refused);
  assert.equal(await innocent, 1);
  assert.deepEqual(await sorted(store), { a: 1, c: 'before' });
  assert.equal(await store.editItem('c', async () => 'after'), 'after');
});

test('a clear that shares a turn with a refused line is rejected, and removes nothing', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('kept', 'before');
  breakStringify(t);
  const calls = [store.clear(), store.updateItem('bad', BAD), store.editItem('a', () => 1)];
  for (const call of calls) await assert.rejects(call, refused);
  assert.deepEqual(await sorted(store), { kept: 'before' });
  await store.clear();
  assert.deepEqual(await sorted(store), {});
});

test('a removal by prefix is rejected with a refused line of its items, and with no other', async (t) => {
  const store = temporaryStore(t);
  await store.setItems(['bad', 'b', 'c'].map((key) => [key, 'before']));
  breakStringify(t);
  const innocent = [store.removeItems({ prefix: 'c' }), store.editItem('a', () => 1)];
  const touched = [store.removeItems({ prefix: 'b' }), store.updateItem('bad', BAD)];
  for (const call of touched) await assert.rejects(call, refused);
  assert.deepEqual(await Promise.all(innocent), [1, 1]);
  assert.deepEqual(await sorted(store), { a: 1, b: 'before', bad: 'before' });
});

test('so is a removal of many items by prefix', async (t) => {
  const many = (prefix) => Array.from({ length: 300 }, (_, at) => `${prefix}${at}`);
  const store = temporaryStore(t);
  const fill = () => store.setItems([...many('b'), ...many('c')].map((key) => [key, 'before']));
  await fill();
  breakStringify(t);
  const innocent = [store.removeItems({ prefix: 'c' }), store.editItem('a', () => 1)];
  const touched = [store.removeItems({ prefix: 'b' }), store.updateItem('bad', BAD)];
  const set = store.updateItem('b1', 'after');
  for (const call of [...touched, set]) await assert.rejects(call, refused);
  assert.deepEqual(await Promise.all(innocent), [300, 1]);
  assert.equal(await store.length({ prefix: 'c' }), 0);
  assert.deepEqual(new Set(await store.values({ prefix: 'b' })), new Set(['before']));
  assert.equal(await store.length({ prefix: 'b' }), 300);

  // With a clear in the same turn, all calls are rejected, and nothing is removed.
  await fill();
  const removal = store.removeItems({ prefix: 'c' });
  const calls = [removal, store.clear(), store.updateItem('bad', BAD)];
  for (const call of calls) await assert.rejects(call, refused);
  assert.equal(await store.length(), 601);

  // While an item is leased, the removal asks for the locks of its keys.
  const edit = held();
  const edited = store.editItem('a', edit);
  await edit.begun();
  const late = [store.removeItems({ prefix: 'c' }), store.updateItem('c1', BAD)];
  for (const call of late) await assert.rejects(call, { ...refused, key: 'c1' });
  assert.equal(await store.length({ prefix: 'c' }), 300);
  edit.finish(2);
  await edited;
});

test('a removal by prefix is rejected with the call that removed its items before', async (t) => {
  const store = temporaryStore(t);
  await store.setItems(['a1', 'a2', 'b1'].map((key) => [key, 'before']));
  breakStringify(t);
  const removals = {
    clear: () => store.clear(),
    'keys of an array': () => store.removeItems(['a1', 'a2']),
    'a prefix': () => store.removeItems({ prefix: 'a' }),
  };
  for (const [name, remove] of Object.entries(removals)) {
    const bad = name === 'clear' ? 'bad' : 'a1';
    const calls = [remove(), store.removeItems({ prefix: 'a' }), store.updateItem(bad, BAD)];
    for (const call of calls) await assert.rejects(call, { ...refused, key: bad }, name);
    assert.equal(await store.length({ prefix: 'a' }), 2, name);
  }
  assert.equal(await store.removeItems({ prefix: 'a' }), 2);
});

test('of sets made together, those that are not stored are rejected', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('kept', 'before');
  breakStringify(t);
  const innocent = store.editItem('a', () => 1);
  const sets = [store.setItem('kept', 'after'), store.setItem('bad', BAD), store.setItem('b', 1)];
  const stored = await Promise.allSettled(sets);
  for (const [at, key] of ['kept', 'bad', 'b'].entries()) {
    const isStored = (await store.hasItem(key)) && (await store.getItem(key)) !== 'before';
    assert.equal(stored[at].status, isStored ? 'fulfilled' : 'rejected', key);
  }
  await assert.rejects(sets[1], refused);
  assert.equal(await innocent, 1);
});
