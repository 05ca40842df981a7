'use strict';

// Many waits for one lock in one process: one thread for each lock, not for each instance, and no wait outlives its instance or
// blocks others.

const assert = require('node:assert/strict');
const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { startActor } = require('../support/actor');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');
const { resume, stop } = require('../support/stopping');
const { leaveNothing } = require('../support/stores');
const { noProc, noStop } = require('../support/system');
const { held, until } = require('../support/waiting');

const root = JSON.stringify(path.resolve(__dirname, '..', '..'));

/** A process that holds a lock file until `release` is called; skips the test where there is no flock. */
async function lockHeld(t, file) {
  const holder = spawn('flock', [file, 'sh', '-c', 'echo locked; read end'], { stdio: 'pipe' });
  t.after(() => holder.kill('SIGKILL'));
  const isHeld = await Promise.race([
    once(holder.stdout, 'data').then(() => true),
    once(holder, 'error').then(() => false),
  ]);
  if (!isHeld) {
    t.skip('needs flock');
    return undefined;
  }
  const release = async () => {
    holder.stdin.end();
    await once(holder, 'exit');
  };
  return { release };
}

const writerLock = (folder) => path.join(folder, '.persist-lock', 'writer.lock');

test('one thread waits for a lock, however many instances do', { skip: noProc }, async (t) => {
  const folder = temporaryFolder(t);
  const other = temporaryFolder(t);
  for (const dir of [folder, other]) {
    const store = new PersistLock(dir);
    await store.setItem('a', 0);
    await store.close();
  }
  const lock = await lockHeld(t, writerLock(folder));
  if (lock === undefined) return;
  const script = `
    const fs = require('node:fs');
    const PersistLock = require(${root});
    const count = (what) => fs.readdirSync('/proc/self/' + what).length;
    const code = ({ code }) => code;
    (async () => {
      const free = new PersistLock(${JSON.stringify(other)});
      await free.setItem('a', 1);
      const waiting = async () => {
        const store = new PersistLock(${JSON.stringify(folder)}, { lockTimeout: Infinity });
        await store.init();
        const controller = new AbortController();
        const { signal } = controller;
        const edit = store.editItem('a', () => 2, { signal }).catch(code);
        return { store, controller, edit };
      };
      // One after the other, so that few threads are needed to open them.
      const all = [];
      for (let at = 0; at < 100; at++) all.push(await waiting());
      const threads = count('task');
      // Neither opens nor syncs wait for those.
      await free.setItem('a', 2);
      const late = new PersistLock(${JSON.stringify(other)});
      await late.setItem('b', 3);
      await Promise.all([free.close(), late.close()]);
      const files = count('fd');
      for (const { controller, edit, store } of all) {
        controller.abort();
        await edit;
        await store.close();
      }
      console.log(JSON.stringify({ threads, closed: files - count('fd') }));
    })();`;
  const { stdout, stderr } = await runScript(['-e', script]);
  assert.equal(stderr, '');
  const { threads, closed } = JSON.parse(stdout);
  // Those of Node, those that have opened stores, and the one that waits.
  assert.ok(threads < 40, `${threads} threads`);
  // Each instance has two files at least, and the thread keeps the one that it waits with.
  assert.ok(closed >= 198, `${closed} descriptors were closed`);
  await lock.release();
});

test('instances that wait for one lock get it one after the other', async (t) => {
  const folder = temporaryFolder(t);
  const stores = Array.from({ length: 20 }, () => new PersistLock(folder));
  await Promise.all(stores.map((store) => store.setItem('a', 0)));
  const lock = await lockHeld(t, writerLock(folder));
  if (lock === undefined) return;
  const edits = stores.map((store) => store.editItem('a', (a) => a + 1, { timeout: Infinity }));
  // One of them gives up while all wait.
  const controller = new AbortController();
  const { signal } = controller;
  const gone = new PersistLock(folder);
  await gone.getItem('a');
  const aborted = gone.editItem('a', (a) => a + 1, { signal, timeout: Infinity });
  controller.abort();
  await assert.rejects(aborted, { name: 'AbortError' });
  await gone.close();
  await lock.release();
  assert.deepEqual(new Set(await Promise.all(edits)).size, stores.length);
  assert.equal(await stores[0].getItem('a'), stores.length);
  await leaveNothing(folder, ...stores);
});

test('close ends an opening that waits for a lock', { timeout: 60_000 }, async (t) => {
  const folder = temporaryFolder(t);
  fs.mkdirSync(path.dirname(writerLock(folder)));
  const lock = await lockHeld(t, writerLock(folder));
  if (lock === undefined) return;
  const stores = Array.from(
    { length: 20 },
    () => new PersistLock(folder, { lockTimeout: Infinity }),
  );
  const reads = stores.map((store) => store.getItem('a'));
  const closed = stores.map((store) => store.close());
  for (const { reason } of await Promise.allSettled(reads)) {
    assert.equal(reason.code, 'ERR_PERSIST_LOCK_CLOSED');
  }
  await Promise.all(closed);
  const patient = new PersistLock(folder, { lockTimeout: Infinity });
  const read = patient.getItem('a');
  await lock.release();
  assert.equal(await read, undefined);
  await patient.close();
});

test('waits for many keys all end even if their store reopened meanwhile', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder, { lockTimeout: Infinity });
  await store.setItem('x', 0);
  // More than have a thread each.
  const keys = Array.from({ length: 80 }, (_, at) => `key ${at}`);
  const other = startActor(t, folder);
  const holds = keys.map((key) => other.hold('holdEdit', key));
  await Promise.all(holds.map(({ begun }) => begun));
  const edits = keys.map((key) => store.editItem(key, (current) => `${current}, edited`));
  await store.setItem('seen', 1);
  const third = new PersistLock(folder);
  for (let round = 0; round < 3; round++) {
    await third.setItem('y', round);
    await third.compact();
  }
  await third.close();
  await store.setItem('z', 1);
  for (const hold of holds) await hold.finish('held');
  assert.deepEqual(new Set(await Promise.all(edits)), new Set(['held, edited']));
  await other.call('close');
  await leaveNothing(folder, store);
});

test(
  'a stopped process that waits for a key or for all blocks no other',
  { skip: noStop },
  async (t) => {
    for (const waits of ['set', 'clear']) {
      const folder = temporaryFolder(t);
      const store = new PersistLock(folder, { lockTimeout: Infinity });
      const callback = held();
      const edit = store.editItem('a', callback);
      await callback.begun();
      const stopped = startActor(t, folder);
      // When it has been seen to wait it is in the next turn that it looks.
      const waiting = stopped.call(waits, 'a', 'late');
      const gates = path.join(folder, '.persist-lock', 'leases');
      const isGate = (name) => name.endsWith('.gate');
      await until(() => fs.readdirSync(gates).some(isGate));
      await stopped.call('get', 'a');
      stop(stopped);
      callback.finish('first');
      await edit;
      const other = new PersistLock(folder, { lockTimeout: Infinity });
      const edits = [store, other, store].map((one) => one.editItem('a', async (a) => `${a}+`));
      await Promise.all(edits);
      assert.equal(await other.getItem('a'), 'first+++');
      resume(stopped);
      await waiting;
      assert.equal(await other.getItem('a'), waits === 'set' ? 'late' : undefined);
      await stopped.call('close');
      await other.close();
      await leaveNothing(folder, store);
    }
  },
);

const noFlock = spawnSync('flock', ['--version']).error !== undefined && 'needs flock';

test('close leaves no wait that cannot end', { skip: noFlock }, async (t) => {
  const folder = temporaryFolder(t);
  const script = `
    const { spawn } = require('node:child_process');
    const { once } = require('node:events');
    const PersistLock = require(${root});
    const folder = ${JSON.stringify(folder)};
    (async () => {
      const store = new PersistLock(folder, { lockTimeout: Infinity });
      await store.setItem('a', 1);
      let end;
      const view = store.viewItem('a', () => new Promise((resolve) => (end = resolve)));
      while (!end) await new Promise(setImmediate);
      const holder = spawn('flock', [${JSON.stringify(writerLock(folder))}, 'sh', '-c', 'echo locked; read end']);
      console.log(String(await once(holder.stdout, 'data')).trim());
      // The file of its lease is left for a turn to remove.
      end();
      await view;
      await store.close();
      holder.stdin.end();
      await once(holder, 'exit');
      console.log('closed');
    })();`;
  // A process that does not end is killed.
  const ended = await runScript(['-e', script], { timeout: 60_000 });
  assert.deepEqual(ended, { stdout: 'locked\nclosed\n', stderr: '', code: 0, signal: null });
});
