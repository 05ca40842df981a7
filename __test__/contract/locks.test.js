'use strict';

// The locks that an instance lists: those of its own calls are known exactly, in every engine.

const assert = require('node:assert/strict');
const { test, temporaryStore } = require('../support/kinds');
const { held } = require('../support/waiting');

/** The parts of locks that are the same in each run. */
function shown(locks) {
  return locks.map(({ key, kind, waiting }) => [key, kind, waiting ? 'waits' : 'has it']);
}

test.awaited('the calls of an instance are listed, holders first', async (t) => {
  const store = temporaryStore(t, { lockTimeout: Infinity });
  assert.deepEqual(await store.locks(), []);
  const begun = Date.now();
  const callbacks = { edit: held(), edits: held(), view: held(), otherView: held() };
  const long = 'k'.repeat(10_000);
  const calls = [
    store.editItem('a', callbacks.edit),
    store.editItems(['b', long], callbacks.edits),
    store.viewItem('v', callbacks.view),
    store.viewItem('v', callbacks.otherView),
  ];
  for (const callback of Object.values(callbacks)) await callback.begun();
  const controller = new AbortController();
  calls.push(
    store.setItem('v', 1),
    store.viewItem('a', (value) => value),
  );
  const { signal } = controller;
  const aborted = store.editItems(['b', '\ud800'], () => [], { signal });
  calls.push(store.clear());
  // A turn has seen all of them once this one has waited too long.
  await assert.rejects(store.editItem('a', () => 1, { timeout: 5 }));

  const locks = await store.locks();
  assert.deepEqual(shown(locks), [
    [null, 'clear', 'waits'],
    ['a', 'edit', 'has it'],
    ['a', 'view', 'waits'],
    ['b', 'edit', 'has it'],
    ['b', 'edit', 'waits'],
    [long, 'edit', 'has it'],
    ['v', 'view', 'has it'],
    ['v', 'view', 'has it'],
    ['v', 'edit', 'waits'],
    ['\ud800', 'edit', 'waits'],
  ]);
  for (const lock of locks) {
    assert.deepEqual(Object.keys(lock), ['key', 'kind', 'waiting', 'process', 'since']);
    assert.deepEqual(lock.process, { pid: process.pid });
    // The clock of waits is another one than that of dates.
    assert.ok(lock.since >= begun - 50 && lock.since <= Date.now() + 50, `${lock.since}`);
  }

  controller.abort();
  await assert.rejects(aborted, { name: 'AbortError' });
  for (const callback of Object.values(callbacks)) callback.finish(undefined);
  callbacks.edits.finish([]);
  await Promise.allSettled(calls);
  assert.deepEqual(await store.locks(), []);
  await store.close();
  await assert.rejects(store.locks(), { code: 'ERR_PERSIST_LOCK_CLOSED' });
});
