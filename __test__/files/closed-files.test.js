'use strict';

// The files of a closed store. On Windows a file that is open keeps its folder from being removed.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { noProc } = require('../support/system');
const { held } = require('../support/waiting');

/** Asserts that no file in a folder is open, and that the folder can be removed. */
function assertClosed(folder) {
  const store = path.join(folder, '.persist-lock');
  if (!noProc) assert.deepEqual(openIn(store), []);
  fs.rmSync(store, { recursive: true });
  assert.ok(!fs.existsSync(store));
}

/** The files in a folder that this process has open. */
function openIn(folder) {
  const links = fs.readdirSync('/proc/self/fd').map((name) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${name}`);
    } catch {
      return '';
    }
  });
  return links.filter((link) => link.startsWith(folder));
}

/** A store of more items than a listing reads at once. */
async function storeIn(folder) {
  const store = new PersistLock(folder);
  const items = Array.from({ length: 500 }, (_, at) => [`key ${at}`, 'x'.repeat(1000)]);
  await store.setItems(items);
  return store;
}

/** Ways of listing, to the end or not. */
const listings = {
  entries: (store) => store.entries(),
  'keys of a prefix': (store) => store.keys({ prefix: 'key 1' }),
  'values of given keys': (store) => store.getItems(['key 1', 'key 2']),
  'a count': (store) => store.length(),
  'a blocking listing': (store) => store.entriesSync(),
  async 'an iteration that ends early'(store) {
    for await (const [key] of store) return key;
  },
  async 'a watcher that ends early'(store) {
    for await (const change of store.watch({ initial: true })) return change;
  },
};

for (const [name, list] of Object.entries(listings)) {
  test(`after ${name} a closed store has no file open`, async (t) => {
    const folder = temporaryFolder(t);
    const store = await storeIn(folder);
    await list(store);
    await store.close();
    assertClosed(folder);
  });
}

test('a store that was compacted and closed has no file open', async (t) => {
  const folder = temporaryFolder(t);
  const [one, other] = [await storeIn(folder), new PersistLock(folder)];
  await other.getItem('key 1');
  await one.compact();
  await other.setItem('key 1', 1);
  await one.close();
  await other.close();
  assertClosed(folder);
});

test('calls that timed out leave no file open', { skip: noProc }, async (t) => {
  const folder = temporaryFolder(t);
  const [holder, waiter] = [new PersistLock(folder), new PersistLock(folder)];
  const keys = ['a', 'b', 'c'];
  const callbacks = keys.map(held);
  const edits = keys.map((key, at) => holder.editItem(key, callbacks[at]));
  for (const callback of callbacks) await callback.begun();
  for (const key of keys) {
    const code = 'ERR_PERSIST_LOCK_TIMEOUT';
    await assert.rejects(
      waiter.editItem(key, () => 1, { timeout: 20 }),
      { code },
    );
  }
  for (const callback of callbacks) callback.finish(2);
  await Promise.all(edits);
  const leases = path.join(folder, '.persist-lock', 'leases');
  // The threads that waited end at a time of their own.
  do await waiter.setItem('d', 3);
  while (openIn(leases).some((file) => !file.endsWith('/leases')));
  await holder.close();
  await waiter.close();
});
