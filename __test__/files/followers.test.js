'use strict';

// Stores that are in use while the file is compacted: no reader or writer notices, and a killed or stopped compaction harms none.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { Worker } = require('node:worker_threads');
const PersistLock = require('../..');
const { PersistLock: Native } = require('../../lib/file/addon');
const { startActor } = require('../support/actor');
const { temporaryFolder } = require('../support/folders');
const { start } = require('../support/processes');
const { currentFile, dataFiles, storeFiles } = require('../support/store-files');
const { leaveNothing } = require('../support/stores');
const { until } = require('../support/waiting');
const { resume, stop } = require('../support/stopping');
const { noProc, noStop } = require('../support/system');

/** The number of the data file that holds. */
function newestNumber(folder) {
  return Number(currentFile(folder).split('.').at(-2));
}

/** The names of the data files that this process has open, unlinked ones too. */
function openDataFiles(folder) {
  return fs
    .readdirSync('/proc/self/fd')
    .map((name) => {
      try {
        return fs.readlinkSync(path.join('/proc/self/fd', name));
      } catch {
        return '';
      }
    })
    .filter((name) => name.startsWith(path.join(folder, '.persist-lock', 'data.')));
}

test('four processes write and two read without a fault while the file is compacted again and again', async (t) => {
  const folder = temporaryFolder(t);
  const numbers = Array.from({ length: 4 }, (_, at) => [
    `own ${at}`,
    path.join(folder, `acknowledged ${at}`),
  ]);
  const store = new PersistLock(folder, { lockTimeout: 120_000 });
  await store.init();
  const watchers = [false, true].map((isReadOnly) =>
    start('watcher.js', folder, isReadOnly, ...numbers.flat()),
  );
  const setters = numbers.map(([name, file]) => start('setter.js', folder, name, 400, file));
  let writing = true;
  t.after(() => {
    writing = false;
    for (const child of [...watchers, ...setters]) child.kill('SIGKILL');
  });
  const compactions = (async () => {
    let count = 0;
    for (; writing; count++) await store.compact();
    return count;
  })();
  for (const setter of setters) assert.deepEqual(await setter.ended, { code: 0, signal: null });
  writing = false;
  const count = await compactions;
  assert.equal(newestNumber(folder), 1 + count);
  for (const watcher of watchers) {
    const told = once(watcher, 'message');
    watcher.send('stop');
    const [{ reads, last }] = await told;
    assert.ok(reads > 0);
    for (const [name, value] of Object.entries(last))
      assert.equal(value, name === 'counter' ? 1600 : 400);
    assert.deepEqual(await watcher.ended, { code: 0, signal: null });
  }
  const expected = [...numbers.map(([name]) => [name, 400]), ['counter', 1600]];
  assert.deepEqual((await store.entries()).sort(), expected.sort());
  assert.equal(dataFiles(folder).length, 1);
  await store.close();
});

test('several compactions at once leave one file and lose nothing', async (t) => {
  const folder = temporaryFolder(t);
  const actors = Array.from({ length: 3 }, () => startActor(t, folder));
  for (let round = 0; round < 10; round++) {
    await Promise.all(
      actors.flatMap((actor, at) => [
        actor.call('append', 'a', `${at}`),
        actor.call('compact'),
        actor.call('append', 'a', `${at}`),
        actor.call('compact'),
      ]),
    );
  }
  const store = new PersistLock(folder);
  const marks = await store.getItem('a');
  for (const at of '012') assert.equal(marks.split(at).length - 1, 20, marks);
  await Promise.all(actors.map((actor) => actor.call('close')));
  assert.equal(dataFiles(folder).length, 1);
  await store.close();
});

test('an instance that was idle during several compactions reads and writes as before', async (t) => {
  const folder = temporaryFolder(t);
  const [reader, writer, other] = [
    new PersistLock(folder),
    new PersistLock(folder),
    new PersistLock(folder),
  ];
  for (const store of [reader, writer]) {
    await store.setItem('kept', 'kept');
    await store.setItem('changed', 0);
    await store.setItem('removed', 0);
  }
  const listing = reader[Symbol.asyncIterator]();
  const first = await listing.next();
  for (let round = 1; round <= 3; round++) {
    await other.setItem('changed', round);
    await other.setItem(`new ${round}`, round);
    await other.removeItem('removed');
    await other.compact();
  }
  const expected = { kept: 'kept', changed: 3, 'new 1': 1, 'new 2': 2, 'new 3': 3 };
  assert.deepEqual(Object.fromEntries(await reader.entries()), expected);
  assert.equal(await writer.editItem('changed', (current) => current + 1), 4);
  assert.equal(await reader.getItem('changed'), 4);
  assert.equal(await reader.hasItem('removed'), false);

  // An iteration that began before keeps its listing.
  const walked = [first.value];
  for await (const entry of { [Symbol.asyncIterator]: () => listing }) walked.push(entry);
  assert.deepEqual(Object.fromEntries(walked), { kept: 'kept', changed: 0, removed: 0 });
  for (const store of [reader, writer, other]) await store.close();
});

test('a running callback keeps its lock over several compactions by others', async (t) => {
  const folder = temporaryFolder(t);
  const holder = startActor(t, folder);
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  const edit = holder.hold('holdEdit', 'a');
  await edit.begun;
  for (let round = 1; round <= 3; round++) {
    await store.setItem('b', round);
    await store.compact();
  }
  // After so many generations it reopens the store.
  assert.equal(await holder.call('get', 'b'), 3);
  const add = (current) => current + 10;
  const expected = { code: 'ERR_PERSIST_LOCK_TIMEOUT' };
  await assert.rejects(store.editItem('a', add, { timeout: 50 }), expected);
  const edited = store.editItem('a', add);
  await edit.finish(2);
  assert.equal(await edited, 12);
  await holder.call('close');
  await leaveNothing(folder, store);
});

test('replaced files are closed', { skip: noProc }, async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  const other = startActor(t, folder);
  for (let round = 1; round <= 5; round++) {
    await other.call('set', 'a', round);
    await other.call('compact');
    assert.equal(await store.getItem('a'), round);
    // The index is loaded from the new file, and then the old one is closed.
    await until(() => openDataFiles(folder).length === 1);
    assert.deepEqual(openDataFiles(folder), [currentFile(folder)]);
  }
  await other.call('close');
  await store.close();
  assert.deepEqual(openDataFiles(folder), []);
});

test(
  'a process stopped in a compaction blocks no write and may go on later',
  { skip: noStop },
  async (t) => {
    const folder = temporaryFolder(t);
    const store = new PersistLock(folder, { lockTimeout: 120_000 });
    const values = Array.from({ length: 40 }, (_, at) => String(at).repeat(500_000));
    await Promise.all(values.map((value, at) => store.setItem(`large ${at}`, value)));
    const compactor = startActor(t, folder);
    await compactor.call('get', 'a');
    const compacted = compactor.call('compact');
    await until(() => storeFiles(folder).some((name) => name.startsWith('new-')));
    stop(compactor);
    // It may have come to its last step before it stopped, under the writer lock: then there is nothing to be seen here.
    const impatient = new PersistLock(folder, { lockTimeout: 200 });
    const written = await impatient.setItem('a', 1).then(
      () => true,
      (error) => error.code !== 'ERR_PERSIST_LOCK_TIMEOUT' && assert.fail(error),
    );
    if (written) {
      await assert.rejects(impatient.compact(), { code: 'ERR_PERSIST_LOCK_TIMEOUT' });
      await impatient.setItem('large 0', 'small');
    }
    resume(compactor);
    await compacted;
    const expected = written ? 'small' : values[0];
    assert.equal(await store.getItem('large 0'), expected);
    assert.equal(await store.getItem('large 1'), values[1]);
    await compactor.call('close');
    assert.equal(dataFiles(folder).length, 1);
    const again = new PersistLock(folder);
    assert.equal(await again.getItem('large 0'), expected);
    for (const instance of [store, impatient, again]) await instance.close();
  },
);

test('the next opening removes the files of a killed compaction', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  await store.compact();
  const inner = path.join(folder, '.persist-lock');
  const whole = fs.readFileSync(currentFile(folder));
  fs.writeFileSync(path.join(inner, 'data.1.jsonl'), '{"persist-lock":1}\n');
  fs.writeFileSync(path.join(inner, 'new-killed.tmp'), whole.subarray(0, whole.length / 2));
  const left = () => storeFiles(folder).filter((name) => /^data\.1\.|^new-killed/.test(name));
  await store.setItem('b', 2);
  const readOnly = new PersistLock(folder, { readOnly: true });
  assert.equal(await readOnly.length(), 2);
  assert.deepEqual(left(), ['data.1.jsonl', 'new-killed.tmp']);

  const next = new PersistLock(folder);
  assert.deepEqual(Object.fromEntries(await next.entries()), { a: 1, b: 2 });
  assert.deepEqual(left(), []);
  for (const instance of [store, readOnly, next]) await instance.close();
});

/** Starts a thread that takes the writer lock, and keeps it until it is told to release it. */
async function startRival(t, folder) {
  const script = `
    const { workerData: { addon, folder, told }, parentPort } = require('node:worker_threads');
    const { PersistLock: Native } = require(addon);
    const native = new Native(folder, 0o600, Infinity, false, true);
    const hold = () => {
      Atomics.store(told, 0, 2);
      Atomics.notify(told, 0);
      Atomics.wait(told, 0, 2);
      return [[], false, [], [], 0];
    };
    native.openStore(false).then(() => {
      parentPort.postMessage('open');
      Atomics.wait(told, 0, 0);
      native.withTurn(hold, () => {});
    });`;
  const told = new Int32Array(new SharedArrayBuffer(4));
  const addon = require.resolve('../../lib/file/addon');
  const worker = new Worker(script, { eval: true, workerData: { addon, folder, told } });
  t.after(() => worker.terminate());
  await once(worker, 'message');
  const tell = (what) => {
    Atomics.store(told, 0, what);
    Atomics.notify(told, 0);
  };
  return {
    take() {
      tell(1);
      assert.notEqual(Atomics.wait(told, 0, 1, 20_000), 'timed-out');
    },
    release: () => tell(3),
  };
}

test('a turn that finds its store replaced reopens it, even if another instance takes the lock at once', async (t) => {
  const folder = temporaryFolder(t);
  const [store, other] = [new PersistLock(folder), new PersistLock(folder)];
  await store.setItem('a', 0);
  // Of the second file it knows nothing, so that it cannot go over to the third.
  for (const value of [1, 2]) {
    await other.setItem('a', value);
    await other.compact();
  }
  const rival = await startRival(t, folder);
  const { withTurn } = Native.prototype;
  let refusals = 0;
  t.mock.method(Native.prototype, 'withTurn', function (...args) {
    try {
      return withTurn.apply(this, args);
    } catch (error) {
      assert.equal(error.code, 'ERR_PERSIST_LOCK_MOVED');
      refusals++;
      assert.ok(refusals < 5, 'it is never reopened');
      rival.take();
      setImmediate(rival.release);
      throw error;
    }
  });
  assert.equal(await store.editItem('a', (value) => value + 1), 3);
  assert.equal(refusals, 1);
  await leaveNothing(folder, store, other);
});
