'use strict';

// The writer lock: held by a stopped process, or before the store exists.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { cannotSeeStop, resume, stoppedInTurn } = require('../support/stopping');
const { dataFile } = require('../support/store-files');

test(
  'a stopped process that holds the writer lock blocks other writers until their time limits, and no reader',
  { skip: cannotSeeStop },
  async (t) => {
    const folder = temporaryFolder(t);
    const stopped = await stoppedInTurn(t, folder);
    const store = new PersistLock(folder, { lockTimeout: 50 });
    assert.equal(await store.getItem('a'), undefined, 'readers do not wait');
    const expected = {
      code: 'ERR_PERSIST_LOCK_TIMEOUT',
      message: new RegExp(`Process ${stopped.pid} has held it since`),
    };
    await assert.rejects(store.setItem('b', 1), { ...expected, key: 'b' });
    const controller = new AbortController();
    const aborted = store.editItem('b', () => 1, { signal: controller.signal, timeout: Infinity });
    controller.abort();
    await assert.rejects(aborted, { name: 'AbortError' });
    resume(stopped);
    await store.editItem('b', () => 2, { timeout: Infinity });
    assert.deepEqual(await stopped.ended, { code: 0, signal: null });
    assert.deepEqual(await store.entries(), [
      ['a', 'set'],
      ['b', 2],
    ]);
    await store.close();
  },
);

test(
  'a timeout of opening names the process that has the writer lock',
  { skip: cannotSeeStop },
  async (t) => {
    const folder = temporaryFolder(t);
    const stopped = await stoppedInTurn(t, folder);
    // Opening needs the lock to make the first file again.
    fs.unlinkSync(dataFile(folder));
    const lock = path.join(folder, '.persist-lock', 'writer.lock');
    const store = new PersistLock(folder, { lockTimeout: 20 });
    await assert.rejects(store.getItem('a'), ({ code, message, path: locked, timeout, holder }) => {
      assert.deepEqual([code, locked, timeout], ['ERR_PERSIST_LOCK_TIMEOUT', lock, 20]);
      assert.deepEqual(Object.keys(holder), ['pid', 'since']);
      const held = `Process ${stopped.pid} has held it since ${holder.since.toISOString()}`;
      assert.equal(message, `Waited 20 ms for the lock ${lock}. ${held}`);
      return true;
    });
    await store.close();
  },
);

test('a writer lock that is held before the store exists is waited for until the time limit', async (t) => {
  const folder = temporaryFolder(t);
  fs.mkdirSync(path.join(folder, '.persist-lock'));
  const lock = path.join(folder, '.persist-lock', 'writer.lock');
  const holder = spawn('flock', [lock, 'sh', '-c', 'echo locked; read end'], { stdio: 'pipe' });
  const isHeld = await Promise.race([
    once(holder.stdout, 'data').then(() => true),
    once(holder, 'error').then(() => false),
  ]);
  if (!isHeld) return t.skip('needs flock');
  const store = new PersistLock(folder, { lockTimeout: 30 });
  const calls = [store.setItem('a', 1), store.editItem('a', () => 1), store.clear()];
  for (const { reason } of await Promise.allSettled(calls)) {
    assert.equal(reason.code, 'ERR_PERSIST_LOCK_TIMEOUT');
  }
  holder.stdin.end();
  await store.editItem('a', () => 2, { timeout: Infinity });
  assert.deepEqual(await store.entries(), [['a', 2]]);
  await store.close();
});
