'use strict';

// The locks of other processes, which a look finds in the kernel's table and in the files of leases.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { startActor } = require('../support/actor');
const { succeed } = require('../support/command');
const { temporaryFolder } = require('../support/folders');
const { start } = require('../support/processes');
const { leaseFiles } = require('../support/store-files');
const { loneSurrogate } = require('../support/runtime');
const { leaveNothing } = require('../support/stores');
const { noProc } = require('../support/system');
const { held } = require('../support/waiting');

const skip = noProc;

/** The parts of locks that are the same in each run. */
function shown(locks) {
  return locks.map(({ key, kind, waiting, process: { pid, ...rest } }) => {
    assert.deepEqual(rest, {});
    return [key, kind, waiting ? 'waits' : 'has it', pid];
  });
}

/** Leaves out turns, which come and go. */
function lasting(locks) {
  return locks.filter(({ kind }) => kind !== 'turn');
}

/** Asks again until the locks are as expected: other processes need a while to wait. */
async function untilLocks(store, expected) {
  const sorted = (rows) => rows.map((row) => JSON.stringify(row)).sort();
  const wanted = sorted(expected);
  for (;;) {
    const locks = await store.locks();
    const rows = sorted(shown(lasting(locks)));
    if (rows.join() === wanted.join()) return locks;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test(
  'all processes that have a key or wait for it are listed',
  { skip, timeout: 60_000 },
  async (t) => {
    const folder = temporaryFolder(t);
    const [one, two, three, four] = [1, 2, 3, 4].map(() => startActor(t, folder));
    const store = new PersistLock(folder);
    const reader = new PersistLock(folder, { readOnly: true });
    const views = [one.hold('holdView', 'v'), two.hold('holdView', 'v')];
    const key = `ä "e"\n${loneSurrogate}`;
    const edit = one.hold('holdEdit', key);
    const begun = Date.now();
    for (const callback of [...views, edit]) await callback.begun;
    const holders = [
      ['v', 'view', 'has it', one.pid],
      ['v', 'view', 'has it', two.pid],
      [key, 'edit', 'has it', one.pid],
    ];
    await untilLocks(store, holders);
    const waiting = three.call('append', key, 'x');
    await untilLocks(store, [...holders, [key, 'edit', 'waits', three.pid]]);
    const cleared = four.call('clear');
    const all = [...holders, [key, 'edit', 'waits', three.pid], [null, 'clear', 'waits', four.pid]];
    const locks = await untilLocks(store, all);
    const holder = locks.find((lock) => lock.kind === 'edit' && !lock.waiting);
    assert.ok(holder.since >= begun - 1000 && holder.since <= Date.now());

    // An instance that only reads sees the same, and changes nothing.
    const files = leaseFiles(folder);
    await untilLocks(reader, all);
    assert.deepEqual(leaseFiles(folder), files);
    const lines = await succeed(['locks', '--dir', folder]);
    const told = lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(JSON.parse(JSON.stringify(lasting(locks))), lasting(told));

    // Those of a killed process disappear. The edit that waited for it now waits for the clear.
    one.kill('SIGKILL');
    await once(one, 'exit');
    await untilLocks(store, [
      ['v', 'view', 'has it', two.pid],
      [null, 'clear', 'waits', four.pid],
    ]);
    await views[1].finish('seen');
    await Promise.all([cleared, waiting]);
    assert.deepEqual(await untilLocks(store, []), []);
    await reader.close();
    await leaveNothing(folder, store);
  },
);

test('the file that a killed process leaves is no lock', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const actor = startActor(t, folder);
  const edit = actor.hold('holdEdit', 'a');
  await edit.begun;
  const reader = new PersistLock(folder, { readOnly: true });
  // The key is leased once the callback has returned.
  await untilLocks(reader, [['a', 'edit', 'has it', actor.pid]]);
  actor.kill('SIGKILL');
  await once(actor, 'exit');
  assert.deepEqual(await reader.locks(), []);
  assert.equal(leaseFiles(folder).length, 1);
  await reader.close();
});

test(
  'a stopped process that has the writer lock is listed, and who waits for it',
  { skip },
  async (t) => {
    const folder = temporaryFolder(t);
    const stopped = start('stopped.js', folder);
    t.after(() => stopped.kill('SIGKILL'));
    const reader = new PersistLock(folder, { readOnly: true });
    const isListed = async () => {
      const locks = fs.existsSync(path.join(folder, '.persist-lock', 'data.1.jsonl'))
        ? await reader.locks()
        : [];
      return locks.some(({ kind, waiting }) => kind === 'turn' && !waiting);
    };
    while (!(await isListed())) await new Promise((resolve) => setTimeout(resolve, 5));
    const actor = startActor(t, folder);
    const set = actor.call('set', 'b', 1);
    const isWaiting = ({ kind, waiting }) => kind === 'turn' && waiting;
    let locks;
    do locks = await reader.locks();
    while (!locks.some(isWaiting));
    assert.deepEqual(shown(locks), [
      [null, 'turn', 'has it', stopped.pid],
      [null, 'turn', 'waits', actor.pid],
    ]);
    assert.ok(locks[0].since instanceof Date);
    stopped.kill('SIGCONT');
    await set;
    await actor.call('close');
    await reader.close();
  },
);

test('instances of one process see each other', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const [one, two] = [new PersistLock(folder), new PersistLock(folder)];
  const callback = held();
  const edit = one.editItem('a', callback);
  await callback.begun();
  const waiting = two.setItem('a', 2);
  const expected = [
    ['a', 'edit', 'has it', process.pid],
    ['a', 'edit', 'waits', process.pid],
  ];
  for (const store of [one, two]) await untilLocks(store, expected);
  callback.finish(1);
  await Promise.all([edit, waiting]);
  await untilLocks(one, []);
  await leaveNothing(folder, one, two);
});

test('a backup has no locks, and a missing store is an error', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  const file = path.join(folder, 'backup');
  await store.backup(file);
  const backup = new PersistLock(file, { readOnly: true });
  assert.deepEqual(await backup.locks(), []);
  assert.equal(await succeed(['locks', '--dir', file]), '');
  const none = new PersistLock(path.join(folder, 'none'), { readOnly: true });
  await assert.rejects(none.locks(), { code: 'ENOENT', message: /^There is no store in / });
  await backup.close();
  await store.close();
});
