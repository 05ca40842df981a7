'use strict';

// Leases that are carried over the ends of transactions, while several processes want the same keys:
// a gap would let another process in, and the version check would reject an edit.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const test = require('node:test');
const { Statements } = require('../../lib/postgres/statements');
const { start } = require('../support/postgres/actors');
const { newPlace, opened } = require('../support/postgres/places');
const { TIMES, seeded } = require('../support/random');
const { held } = require('../support/waiting');

const PROCESSES = 4;
const EDITS = 60 * TIMES;

test('asynchronous edits of several processes on the same keys lose no count', async (t) => {
  const random = seeded(t);
  const place = await newPlace(t);
  const chainers = Array.from({ length: PROCESSES }, (_, at) => {
    const options = JSON.stringify({ connections: 2 + (at % 3) });
    return start('chainer.js', place, random.below(2 ** 31), EDITS, options);
  });
  const counted = { one: 0, other: 0 };
  const counts = chainers.map((chainer) => once(chainer, 'message'));
  for (const chainer of chainers) {
    assert.deepEqual(await chainer.ended, { code: 0, signal: null });
  }
  for (const [each] of await Promise.all(counts)) {
    for (const key of Object.keys(counted)) counted[key] += each[key];
  }
  const store = opened(t, place);
  assert.deepEqual(await store.entries(), Object.entries(counted));
});

test('leases of one connection end one by one, and the others stay held', async (t) => {
  const place = await newPlace(t);
  const options = { connections: 2, lockTimeout: 60_000 };
  const [store, other] = [opened(t, place, options), opened(t, place, options)];
  const keys = Array.from({ length: 10 }, (_, at) => `key ${at}`);
  const callbacks = keys.map(() => held());
  const edits = keys.map((key, at) => store.editItem(key, callbacks[at]));
  for (const callback of callbacks) await callback.begun();
  const ended = [];
  const waiting = keys.map(async (key) => {
    await other.editItem(key, (current) => {
      ended.push(key);
      return `${current}, edited by the other`;
    });
  });
  for (const [at, key] of keys.entries()) {
    assert.equal(ended.includes(key), false);
    callbacks[at].finish('edited');
    await edits[at];
    await waiting[at];
    assert.deepEqual(ended, keys.slice(0, at + 1));
  }
  assert.deepEqual(new Set(await store.values()), new Set(['edited, edited by the other']));
});

test('an error of the chain leaves the session its other leases, and no lock of its own', async (t) => {
  const place = await newPlace(t);
  const options = { connections: 2, lockTimeout: 60_000 };
  const [store, other] = [opened(t, place, options), opened(t, place, options)];
  const earlier = held();
  const going = store.editItem('earlier', earlier);
  await earlier.begun();
  // As if the server's table of locks were full, once the locks of the session have been taken.
  const { end } = Statements.prototype;
  const mock = t.mock.method(Statements.prototype, 'end', function (locks, begin) {
    const statements = end.call(this, locks, begin);
    if (locks.length < 2) return statements;
    mock.mock.restore();
    const full = { text: `DO $$ BEGIN RAISE 'out of locks' USING ERRCODE = '53200'; END $$` };
    return { ...statements, before: [...statements.before, full] };
  });
  await assert.rejects(
    store.editItem('a', async () => 1),
    { code: '53200' },
  );
  assert.equal(await other.editItem('a', (current) => `${current}`), 'undefined');
  earlier.finish('edited');
  assert.equal(await going, 'edited');
});
