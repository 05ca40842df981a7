'use strict';

// Long work lets the event loop turn in between. The tests have their own clock, since a quick machine may take no measurable time.

const assert = require('node:assert/strict');
const test = require('node:test');
const timers = require('../../lib/timers');
const { temporaryStore } = require('../support/stores');

const MANY = 10_000;

/** Lets a time slice pass whenever the time is asked for. */
function slowClock(t) {
  let time = timers.now();
  t.mock.method(timers, 'now', () => (time += 4));
}

/** Counts the turns of the event loop until it is stopped. */
function countTurns() {
  let count = 0;
  let next;
  const turn = () => {
    count++;
    next = setImmediate(turn);
  };
  next = setImmediate(turn);
  return { now: () => count, stop: () => clearImmediate(next) };
}

function keyOf(at) {
  return `key ${at}`;
}

test('the event loop turns during listings of many items', async (t) => {
  const store = temporaryStore(t, { durability: 'os' });
  const value = { name: 'an item', tags: ['a', 'b'], text: 'x'.repeat(100) };
  await Promise.all(Array.from({ length: MANY }, (_, at) => store.setItem(keyOf(at), value)));
  slowClock(t);

  for (const listing of ['keys', 'values', 'entries']) {
    const turns = countTurns();
    assert.equal((await store[listing]()).length, MANY);
    turns.stop();
    assert.ok(turns.now() > 1, `${listing}: ${turns.now()} turns`);
  }
  const turns = countTurns();
  await store.forEach(() => {});
  turns.stop();
  assert.ok(turns.now() > 1, `forEach: ${turns.now()} turns`);
});

test('the event loop turns between the callbacks of many edits', async (t) => {
  const store = temporaryStore(t, { durability: 'os' });
  slowClock(t);
  const turns = countTurns();
  const calledIn = new Set();
  const edit = () => {
    calledIn.add(turns.now());
    return 1;
  };
  await Promise.all(Array.from({ length: MANY }, (_, at) => store.editItem(keyOf(at), edit)));
  turns.stop();
  assert.ok(calledIn.size > 1, `in ${calledIn.size} turns`);
});
