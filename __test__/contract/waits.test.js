'use strict';

// Time limits and signals: they end a wait, and nothing but a wait, and leave nothing behind.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const dns = require('node:dns/promises');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { startActor } = require('../support/actor');
const { temporaryFolder } = require('../support/folders');
const { runScript, start } = require('../support/processes');
const { leaseFiles } = require('../support/store-files');
const { importItems, leaveNothing } = require('../support/stores');
const { until } = require('../support/waiting');
const { noStopping } = require('../support/runtime');

/** Two instances, the first of which holds the keys until `release` or `end` is called. */
async function holding(t, keys, options) {
  const folder = temporaryFolder(t);
  const holder = new PersistLock(folder);
  const store = new PersistLock(folder, options);
  let finish;
  const edit = holder.editItems(keys, () => new Promise((resolve) => (finish = resolve)));
  await until(() => finish);
  const release = async () => {
    finish(keys.map((key) => [key, 'held']));
    await edit;
  };
  const end = async () => {
    await release();
    await store.setItem('end', 1);
    await holder.close();
    await store.close();
    assert.deepEqual(leaseFiles(folder), []);
  };
  return { folder, holder, store, release, end };
}

const CALLS = {
  setItem: (store) => store.setItem('a', 1),
  updateItem: (store) => store.updateItem('a', 1),
  removeItem: (store) => store.removeItem('a'),
  editItem: (store, waiting) => store.editItem('a', () => assert.fail('runs'), waiting),
  editItems: (store, waiting) => store.editItems(['b', 'a'], () => assert.fail('runs'), waiting),
  viewItem: (store, waiting) => store.viewItem('a', () => assert.fail('runs'), waiting),
  clear: (store) => store.clear(),
};

test('every wait for a lease ends with its time limit, and says who has the lock', async (t) => {
  const { holder, store, end } = await holding(t, ['a'], { lockTimeout: 20 });
  for (const [name, call] of Object.entries(CALLS)) {
    for (const waiting of [store, holder]) {
      if (waiting === holder && !['editItem', 'editItems', 'viewItem'].includes(name)) continue;
      await assert.rejects(call(waiting, { timeout: 20 }), (error) => {
        assert.equal(error.name, 'PersistLockError', name);
        assert.equal(error.code, 'ERR_PERSIST_LOCK_TIMEOUT', name);
        assert.match(error.message, /^Waited 20 ms for the lock of /);
        assert.match(error.message, new RegExp(`Process ${process.pid} has had it since \\d{4}-`));
        return true;
      });
    }
  }
  await store.setItem('b', 'free');
  await end();
});

test('sets that are called at once wait together, and are stored together or not at all', async (t) => {
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
  // Now that the lease is known, each waits for its own key alone.
  const others = [store.setItem('b', 2), store.setItem('c', 2)];
  const waiting = assert.rejects(store.setItem('a', 2), { message: /the lock of 'a'\./ });
  await Promise.all(others);
  await waiting;
  await edit.finish('held');
  assert.deepEqual(await store.keys(), ['b', 'c', 'a']);
  await other.call('close');
  await store.close();
});

test('a clear names the process whose edit is in its way, whoever wrote last', async (t) => {
  const folder = temporaryFolder(t);
  const [holder, writer] = [startActor(t, folder), startActor(t, folder)];
  const held = holder.hold('holdEdit', 'a');
  await held.begun;
  await writer.call('set', 'b', 1);
  const store = new PersistLock(folder, { lockTimeout: 100 });
  const clears = [() => store.clear(), () => importItems(store, [{ key: 'c', value: 1 }])];
  for (const clear of clears) {
    const behind = [clear(), store.editItem('d', () => assert.fail('runs'), { timeout: 50 })];
    for (const { reason } of await Promise.allSettled(behind)) {
      assert.equal(reason.code, 'ERR_PERSIST_LOCK_TIMEOUT');
      assert.match(reason.message, new RegExp(`Process ${holder.pid} has had it since`));
    }
  }
  await held.finish('held');
  await store.clear();
  await leaveNothing(folder, store);
});

test('the text in the file of a lock is not relied on', async (t) => {
  const { folder, store, end } = await holding(t, ['a'], { lockTimeout: 5 });
  const [lease] = leaseFiles(folder);
  const file = path.join(folder, '.persist-lock', 'leases', lease);
  const timeout = { code: 'ERR_PERSIST_LOCK_TIMEOUT', message: /Nobody says who has it/ };
  // Texts that a store may leave there: none yet, one whose writer was killed, and a moment that no Date can hold.
  for (const text of ['', '\0'.repeat(64), '{"pid":1', '{"pid":1,"since":99999999999999999']) {
    fs.writeFileSync(file, text);
    await assert.rejects(store.setItem('a', 1), timeout, text);
  }
  // No store writes these: the file may be anybody's, is named, and stays as it is.
  const foreign = { code: 'ERR_PERSIST_LOCK_INVALID_DIR', path: file };
  for (const text of ['null', '[]', '{"pid":"x","since":1}', '{"since":1e99}']) {
    fs.writeFileSync(file, text.padEnd(63));
    await assert.rejects(store.setItem('a', 1), foreign, text);
    assert.equal(fs.readFileSync(file, 'utf8'), text.padEnd(63));
  }
  fs.writeFileSync(file, '');
  await end();
});

test('a call’s own limit goes before the store’s, and none is shorter than 0', async (t) => {
  const { store, end } = await holding(t, ['a'], { lockTimeout: Infinity });
  const edit = store.editItem('a', () => assert.fail('runs'), { timeout: 0 });
  await assert.rejects(edit, { code: 'ERR_PERSIST_LOCK_TIMEOUT', message: /Waited 0 ms/ });
  assert.equal(await store.editItem('b', () => 'at once', { timeout: 0 }), 'at once');
  for (const timeout of [-1, NaN, '5', null]) {
    const bad = store.editItem('b', () => 1, { timeout });
    await assert.rejects(bad, { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_OPTION' });
    assert.throws(() => new PersistLock('.', { lockTimeout: timeout }), { name: 'TypeError' });
  }
  for (const signal of [5, {}, null]) {
    const bad = store.viewItem('b', () => 1, { signal });
    await assert.rejects(bad, { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_OPTION' });
  }
  await end();
});

test('an aborted wait rejects with the reason of its signal', async (t) => {
  const { holder, store, end } = await holding(t, ['a']);
  for (const name of ['editItem', 'editItems', 'viewItem']) {
    for (const waiting of [store, holder]) {
      const controller = new AbortController();
      const reason = new Error('my reason');
      const calls = [1, 2].map(() => CALLS[name](waiting, { signal: controller.signal }));
      await waiting.setItem('b', 1);
      controller.abort(reason);
      for (const call of calls) await assert.rejects(call, (error) => error === reason);
      const late = CALLS[name](waiting, { signal: controller.signal });
      await assert.rejects(late, (error) => error === reason);
    }
  }
  await end();
});

test('a signal does not end a callback that runs, nor does a time limit', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  const controller = new AbortController();
  const edited = store.editItem(
    'a',
    async () => {
      controller.abort();
      await new Promise((resolve) => setTimeout(resolve, 20));
      return 'edited';
    },
    { timeout: 1, signal: controller.signal },
  );
  assert.equal(await edited, 'edited');
  await store.close();
  assert.deepEqual(leaseFiles(folder), []);
});

test('those who gave up neither take the lock later nor keep it from others', async (t) => {
  const { folder, holder, store, release } = await holding(t, ['a']);
  const third = new PersistLock(folder);
  for (let round = 0; round < 3; round++) {
    const views = [store, third].map((waiting) => waiting.viewItem('a', () => 1, { timeout: 5 }));
    const edits = [store, third].map((waiting) => waiting.editItem('a', () => 1, { timeout: 5 }));
    for (const { reason } of await Promise.allSettled([...views, ...edits])) {
      assert.equal(reason.code, 'ERR_PERSIST_LOCK_TIMEOUT');
    }
  }
  const patient = [third.editItem('a', (current) => `${current}+`), store.viewItem('a', (a) => a)];
  await third.setItem('b', 1);
  await release();
  // Until then one of the two may still wait, and hold its gate.
  assert.equal(await patient[0], 'held+');
  assert.match(await patient[1], /^held/);
  await leaveNothing(folder, holder, store, third);
});

test(
  'a stopped process that has the writer lock blocks others until their time limit',
  { skip: noStopping },
  async (t) => {
    const folder = temporaryFolder(t);
    const stopped = start('stopped.js', folder);
    t.after(() => stopped.kill('SIGKILL'));
    // Stopped by itself, in the middle of a turn.
    await until(() => fs.readFileSync(`/proc/${stopped.pid}/stat`, 'utf8').includes(') T '));
    const store = new PersistLock(folder, { lockTimeout: 50 });
    assert.equal(await store.getItem('a'), undefined, 'readers do not wait');
    const expected = {
      code: 'ERR_PERSIST_LOCK_TIMEOUT',
      message: new RegExp(`Process ${stopped.pid} has had it since`),
    };
    await assert.rejects(store.setItem('b', 1), { ...expected, key: 'b' });
    const controller = new AbortController();
    const aborted = store.editItem('b', () => 1, { signal: controller.signal, timeout: Infinity });
    controller.abort();
    await assert.rejects(aborted, { name: 'AbortError' });
    stopped.kill('SIGCONT');
    await store.editItem('b', () => 2, { timeout: Infinity });
    assert.deepEqual(await stopped.ended, { code: 0, signal: null });
    assert.deepEqual(await store.entries(), [
      ['a', 'set'],
      ['b', 2],
    ]);
    await store.close();
  },
);

test('a lock that is held before the store is there is not waited for without end', async (t) => {
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

test('who gave up does not keep the process alive', async (t) => {
  const folder = temporaryFolder(t);
  const holder = startActor(t, folder);
  await holder.hold('holdEdit', 'a').begun;
  await holder.call('set', 'b', 1);
  const script = `
    const PersistLock = require(${JSON.stringify(require.resolve('../..'))});
    const store = new PersistLock(${JSON.stringify(folder)}, { lockTimeout: 20 });
    store.setItem('a', 1).catch((error) => console.log(error.code));`;
  const { stdout, stderr, code } = await runScript(['-e', script]);
  assert.deepEqual(
    { stdout, stderr, code },
    { stdout: 'ERR_PERSIST_LOCK_TIMEOUT\n', stderr: '', code: 0 },
  );
});

test('500 waiters on as many keys block neither the file system nor DNS', async (t) => {
  const keys = Array.from({ length: 500 }, (_, at) => `key ${at}`);
  const { folder, store, end } = await holding(t, keys, { lockTimeout: Infinity });
  const edits = keys.map((key) => store.editItem(key, (current) => `${current}, edited`));
  await store.setItem('free', 1);
  await Promise.all(keys.slice(0, 20).map(() => fs.promises.stat(folder)));
  await dns.lookup('localhost');
  const ended = end();
  assert.deepEqual(new Set(await Promise.all(edits)), new Set(['held, edited']));
  await ended;
});
