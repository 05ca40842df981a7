'use strict';

// The process that a timeout names as the holder of a lock, and the lock file's text that it comes from.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { startActor } = require('../support/actor');
const { temporaryFolder } = require('../support/folders');
const { leaseFiles } = require('../support/store-files');
const { importItems, leaveNothing } = require('../support/stores');
const { held, until } = require('../support/waiting');

test('a timeout names the process that has had the lock, and since when', async (t) => {
  const folder = temporaryFolder(t);
  const [owner, store] = [new PersistLock(folder), new PersistLock(folder)];
  const begun = Date.now();
  const callback = held();
  const edit = owner.editItem('a', callback);
  await callback.begun();
  for (const waiting of [store, owner]) {
    const call = waiting.editItem('a', () => assert.fail('runs'), { timeout: 20 });
    await assert.rejects(call, ({ code, message, key, timeout, holder }) => {
      assert.deepEqual([code, key, timeout], ['ERR_PERSIST_LOCK_TIMEOUT', 'a', 20]);
      assert.deepEqual(Object.keys(holder), ['pid', 'since']);
      assert.equal(holder.pid, process.pid);
      assert.ok(
        holder.since instanceof Date && begun <= holder.since && holder.since <= Date.now(),
      );
      const told = `This process (${process.pid}) has held it since ${holder.since.toISOString()}`;
      const own = waiting === owner ? ', in a callback of this instance' : '';
      assert.equal(message, `Waited 20 ms for the lock of 'a'. ${told}${own}`);
      return true;
    });
  }
  callback.finish('edited');
  await edit;
  await leaveNothing(folder, owner, store);
});

test('a clear names the process whose edit blocks it, not the last writer', async (t) => {
  const folder = temporaryFolder(t);
  const [holder, writer] = [startActor(t, folder), startActor(t, folder)];
  const edit = holder.hold('holdEdit', 'a');
  await edit.begun;
  await writer.call('set', 'b', 1);
  const store = new PersistLock(folder, { lockTimeout: 100 });
  const clears = [() => store.clear(), () => importItems(store, [{ key: 'c', value: 1 }])];
  for (const clear of clears) {
    const blocked = [clear(), store.editItem('d', () => assert.fail('runs'), { timeout: 50 })];
    for (const { reason } of await Promise.allSettled(blocked)) {
      assert.equal(reason.code, 'ERR_PERSIST_LOCK_TIMEOUT');
      assert.match(reason.message, new RegExp(`Process ${holder.pid} has held it since`));
      assert.equal(reason.holder.pid, holder.pid);
    }
  }
  await edit.finish('held');
  await store.clear();
  await leaveNothing(folder, store);
});

test('a call that waits for the clear of another process names that process', async (t) => {
  const folder = temporaryFolder(t);
  const [holder, clearer] = [startActor(t, folder), startActor(t, folder)];
  const edit = holder.hold('holdEdit', 'a');
  await edit.begun;
  const clear = clearer.call('clear');
  await until(() => leaseFiles(folder).includes('all.gate'));
  const store = new PersistLock(folder);
  for (const key of ['a', 'b']) {
    const call = store.editItem(key, () => assert.fail('runs'), { timeout: 100 });
    await assert.rejects(call, (error) => {
      assert.deepEqual([error.code, error.key], ['ERR_PERSIST_LOCK_TIMEOUT', key]);
      const { pid, since, ...rest } = error.holder;
      assert.deepEqual([pid, rest], [clearer.pid, {}]);
      const told = `Process ${pid} has waited for the lock of all items since ${since.toISOString()}, and comes first`;
      assert.equal(error.message, `Waited 100 ms for the lock of '${key}'. ${told}`);
      return true;
    });
  }
  await edit.finish('held');
  await clear;
  await leaveNothing(folder, store);
});

test('a call that waits until fewer callbacks are pending says so', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  const callbacks = Array.from({ length: 256 }, held);
  const edits = callbacks.map((callback, at) => store.editItem(`held ${at}`, callback));
  for (const callback of callbacks) await callback.begun();
  const call = store.editItem('one more', () => assert.fail('runs'), { timeout: 20 });
  await assert.rejects(call, ({ code, message, holder }) => {
    assert.equal(code, 'ERR_PERSIST_LOCK_TIMEOUT');
    assert.deepEqual(Object.keys(holder), ['pid', 'since']);
    assert.equal(holder.pid, process.pid);
    const told = `This instance has as many pending callbacks as it may have at once, the oldest since ${holder.since.toISOString()}`;
    assert.equal(message, `Waited 20 ms for the lock of 'one more'. ${told}`);
    return true;
  });
  for (const callback of callbacks) callback.finish(1);
  await Promise.all(edits);
  await leaveNothing(folder, store);
});

test('no lock depends on the text in its file', async (t) => {
  const folder = temporaryFolder(t);
  const holder = new PersistLock(folder);
  const store = new PersistLock(folder, { lockTimeout: 5 });
  const callback = held();
  const edit = holder.editItem('a', callback);
  await callback.begun();
  const [lease] = leaseFiles(folder);
  const file = path.join(folder, '.persist-lock', 'leases', lease);
  const timeout = { code: 'ERR_PERSIST_LOCK_TIMEOUT', message: /Its holder is unknown/ };
  // Texts that a store may leave: none yet, that of a killed writer, and a moment that no Date can hold.
  for (const text of ['', '\0'.repeat(64), '{"pid":1', '{"pid":1,"since":99999999999999999']) {
    fs.writeFileSync(file, text);
    await assert.rejects(store.setItem('a', 1), timeout, text);
  }
  // No store writes these texts, so the file may belong to another program: it is named, and stays.
  const foreign = { code: 'ERR_PERSIST_LOCK_INVALID_DIR', path: file };
  for (const text of ['null', '[]', '{"pid":"x","since":1}', '{"since":1e99}']) {
    fs.writeFileSync(file, text.padEnd(63));
    await assert.rejects(store.setItem('a', 1), foreign, text);
    assert.equal(fs.readFileSync(file, 'utf8'), text.padEnd(63));
  }
  fs.writeFileSync(file, '');
  callback.finish('held');
  await edit;
  await leaveNothing(folder, holder, store);
});
