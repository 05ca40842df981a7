'use strict';

// Sets that are made together: a way of batching, no contract. They share a commit unless a lease is in sight.

const assert = require('node:assert/strict');
const test = require('node:test');
const PersistLock = require('../..');
const { startActor } = require('../support/actor');
const { temporaryFolder } = require('../support/folders');

test('sets made together wait together until one of their keys is known to be leased', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder, { lockTimeout: 20 });
  const other = startActor(t, folder);
  const edit = other.hold('holdEdit', 'a');
  await edit.begun;
  const sets = ['b', 'a', 'c'].map((key) => store.setItem(key, 1));
  for (const set of sets) {
    await assert.rejects(set, { code: 'ERR_PERSIST_LOCK_TIMEOUT', message: /'b', 'a', 'c'/ });
  }
  assert.deepEqual(await store.keys(), []);
  // Now that the lease is known, each set waits for its own key alone.
  const others = [store.setItem('b', 2), store.setItem('c', 2)];
  const waiting = assert.rejects(store.setItem('a', 2), { message: /the lock of 'a'\./ });
  await Promise.all(others);
  await waiting;
  await edit.finish('held');
  assert.deepEqual(await store.keys(), ['a', 'b', 'c']);
  await other.call('close');
  await store.close();
});
