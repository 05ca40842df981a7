'use strict';

// Items as JSON text, as the command line asks the engine for them.

const assert = require('node:assert/strict');
const test = require('node:test');
const { engineOf } = require('../../lib/store');
const { editText } = require('../../lib/text-edit');
const { temporaryStore } = require('../support/stores');
const { held } = require('../support/waiting');

test('an edit of a text keeps the lock of its item, and begins after a clear that waits', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('a', 1);
  const [first, second] = [held(), held()];
  const edits = [editText(engineOf(store), 'a', first)];
  await first.begun();
  assert.deepEqual(first.current.json, '1');
  const cleared = store.clear();
  edits.push(editText(engineOf(store), 'b', second));
  await store.setItem('c', 1);
  assert.equal(second.hasBegun, undefined);
  const set = store.setItem('a', 3);
  first.finish({ json: '2' });
  assert.equal(await edits[0], true);
  await cleared;
  await set;
  await second.begun();
  second.finish(undefined);
  assert.equal(await edits[1], false);
  assert.deepEqual(await store.entries(), [['a', 3]]);
});

test('changes are told as lines, also of a prefix that ends in half a surrogate pair', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('😀', 0);
  await store.setItem('é', 0);
  const choice = { prefix: '\ud83d', initial: true, keepAlive: false, lines: true };
  const source = engineOf(store).watch(choice);
  const keys = [];
  for (const key of ['é', '😁', '\ud83e', '\ud83d']) await store.setItem(key, 1);
  while (keys.length < 3) {
    for (const line of (await source.next()).split('\n')) keys.push(JSON.parse(line).key);
  }
  assert.deepEqual(keys, ['😀', '😁', '\ud83d']);
  source.end();
});
