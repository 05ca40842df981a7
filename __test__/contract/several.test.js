'use strict';

// Calls of several keys: editItems, clear, the sweep of expired items, and very many calls at once.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const test = require('node:test');
const PersistLock = require('../..');
const { startActor } = require('../support/actor');
const { mockTimers } = require('../support/clock');
const { temporaryFolder } = require('../support/folders');
const { leaseFiles } = require('../support/store-files');
const { leaveNothing } = require('../support/stores');
const { held } = require('../support/waiting');

test('editItems changes several items in one commit, sync and async', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.setItem('a', 10);
  await store.setItem('c', 'gone');
  const move = (items) => {
    assert.deepEqual(
      [...items],
      [
        ['a', 10],
        ['b', undefined],
        ['c', 'gone'],
      ],
    );
    return [
      ['b', 4],
      ['a', items.get('a') - 4],
      ['c', PersistLock.REMOVE],
    ];
  };
  const stored = await store.editItems(['a', 'b', 'c', 'a'], move);
  assert.deepEqual(
    stored,
    new Map([
      ['b', 4],
      ['a', 6],
    ]),
  );
  assert.deepEqual(await store.entries(), [
    ['a', 6],
    ['b', 4],
  ]);
  const again = await store.editItems(['a', 'b'], async (items) => {
    await store.setItem('other', 1);
    return items.set('a', 7);
  });
  assert.deepEqual(
    again,
    new Map([
      ['a', 7],
      ['b', 4],
    ]),
  );
  assert.deepEqual(await store.editItems(['a', 'b'], () => []), new Map());
  assert.deepEqual(await store.editItems([1, 2], () => undefined), new Map());
  assert.deepEqual(await store.editItems([1], () => [[1, 'one']]), new Map([['1', 'one']]));
  assert.deepEqual(await store.editItems([], () => new Map()), new Map());
  await leaveNothing(folder, store);
});

test('editItems that goes wrong changes nothing', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  const thrown = new Error('mine');
  const cases = [
    [
      () => [
        ['a', 2],
        ['unasked', 1],
      ],
      { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_KEY', key: 'unasked' },
    ],
    [
      () => [
        ['b', 2],
        ['a', undefined],
      ],
      { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_VALUE', key: 'a' },
    ],
    [
      () => [
        ['a', 2],
        ['b', 1n],
      ],
      { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_VALUE', key: 'b' },
    ],
    [() => undefined, { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_VALUE' }],
    [() => 5, { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_VALUE' }],
    [() => ['a', 2], { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_VALUE' }],
    [() => [[{}, 2]], { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_KEY' }],
    [
      () => {
        throw thrown;
      },
      thrown,
    ],
  ];
  for (const [edit, expected] of cases) {
    await assert.rejects(store.editItems(['a', 'b'], edit), expected);
    await assert.rejects(
      store.editItems(['a', 'b'], async () => edit()),
      expected,
    );
  }
  for (const keys of ['ab', 5, null, undefined, ['a', {}]]) {
    await assert.rejects(
      store.editItems(keys, () => []),
      { code: 'ERR_PERSIST_LOCK_INVALID_KEY' },
    );
  }
  assert.deepEqual(await store.entries(), [['a', 1]]);
  await leaveNothing(folder, store);
});

test('editItems takes all its keys or none, so that two of them cannot block each other', async (t) => {
  const folder = temporaryFolder(t);
  const actors = [startActor(t, folder), startActor(t, folder)];
  const add = (keys) => keys.map((key) => [key, 1]);
  const first = actors[0].hold('holdEdits', ['A', 'B']);
  await first.begun;
  const second = actors[1].hold('holdEdits', ['C', 'B']);
  const third = actors[0].hold('holdEdits', ['B', 'C']);
  // It waits for B and holds nothing, so C is free.
  await actors[0].call('set', 'C', 'free');
  await first.finish(add(['A', 'B']));
  const [earlier, later] = await Promise.race([
    second.begun.then(() => [second, third]),
    third.begun.then(() => [third, second]),
  ]);
  await earlier.finish(add(['B', 'C']));
  await later.begun;
  await later.finish(add(['B', 'C']));
  for (const actor of actors) await actor.call('close');
  assert.deepEqual(leaseFiles(folder), []);
});

test('a clear waits for the leases of others, and keeps new ones back meanwhile', async (t) => {
  const folder = temporaryFolder(t);
  const [one, other] = [startActor(t, folder), startActor(t, folder)];
  await one.call('set', 'kept', 1);
  const edit = one.hold('holdEdit', 'A');
  await edit.begun;
  let cleared = false;
  const clear = other.call('clear').then(() => (cleared = true));
  await other.call('set', 'B', 1);
  const late = [one.hold('holdEdit', 'C'), other.hold('holdView', 'D')];
  let lateBegun = 0;
  for (const { begun } of late) begun.then(() => lateBegun++);
  await one.call('set', 'B', 2);
  await other.call('set', 'B', 3);
  assert.deepEqual([cleared, lateBegun], [false, 0]);
  assert.equal(await edit.finish('edited'), 'edited');
  await clear;
  for (const { begun } of late) await begun;
  assert.equal(await other.call('get', 'kept'), undefined);
  assert.equal(await other.call('get', 'A'), undefined);
  await late[0].finish(1);
  await late[1].finish(1);
  await one.call('close');
  await other.call('close');
  assert.deepEqual(leaseFiles(folder), []);
});

test('the sweep of expired items passes over what is leased', async (t) => {
  mockTimers(t, { apis: ['Date'], now: 1_800_000_000_000 });
  const folder = temporaryFolder(t);
  const stores = [new PersistLock(folder), new PersistLock(folder)];
  await stores[0].setItem('a', 1, { ttl: 1000 });
  await stores[0].setItem('b', 1, { ttl: 1000 });
  const edit = held();
  const editing = stores[0].editItem('a', edit, { ttl: null });
  await edit.begun();
  t.mock.timers.setTime(1_800_000_001_000);
  assert.equal(await stores[1].removeExpiredItems(), 1);
  assert.equal(await stores[0].removeExpiredItems(), 0);
  edit.finish('edited');
  await editing;
  assert.deepEqual(await stores[1].entries(), [['a', 'edited']]);
  await leaveNothing(folder, ...stores);
});

test('10 000 sets at once look at no lock files, but wait for those leased', async (t) => {
  const folder = temporaryFolder(t);
  const [one, other] = [new PersistLock(folder), new PersistLock(folder)];
  const edit = held();
  const editing = one.editItem('key 5000', edit);
  await edit.begun();
  const sets = [];
  let waits = true;
  for (let at = 0; at < 10_000; at++) sets.push(other.setItem(`key ${at}`, at));
  sets[5000].then(() => (waits = false));
  await Promise.all(sets.filter((_, at) => at !== 5000));
  assert.equal(waits, true);
  assert.equal(await one.length(), 9999);
  edit.finish('edited');
  await editing;
  await sets[5000];
  assert.equal(await one.getItem('key 5000'), 5000);
  await leaveNothing(folder, one, other);
});

test('many asynchronous edits at once', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  const edits = [];
  for (let at = 0; at < 1000; at++) {
    edits.push(store.editItem(`key ${at % 500}`, async (current = 0) => (await null, current + 1)));
  }
  await Promise.all(edits);
  assert.deepEqual(new Set(await store.values()), new Set([2]));
  await leaveNothing(folder, store);
});

test(
  'more asynchronous edits at once than there are descriptors',
  { skip: process.platform === 'win32' },
  async (t) => {
    const folder = temporaryFolder(t);
    const script = `
    const PersistLock = require(${JSON.stringify(require.resolve('../..'))});
    const store = new PersistLock(${JSON.stringify(folder)});
    const edit = (key) => store.editItem(key, async (current = '') => {
      // Made inside a callback, so it is not held back.
      if (key < 5) await store.editItem('inner ' + key, async () => 1);
      await new Promise((resolve) => setTimeout(resolve, 200));
      return current + 'edited, ';
    });
    const sets = [];
    const edits = [];
    for (let key = 0; key < 1000; key++) edits.push(edit(key));
    for (let key = 0; key < 1000; key++) sets.push(store.setItem(key, 'set'));
    Promise.all([...edits, ...sets])
      .then(async () => console.log(new Set(await store.values()).size, await store.length()));`;
    const limited = 'ulimit -n 400 && exec "$0" "$@"';
    const options = { encoding: 'utf8' };
    const { stdout, stderr } = spawnSync(
      'sh',
      ['-c', limited, process.execPath, '-e', script],
      options,
    );
    assert.deepEqual({ stdout, stderr }, { stdout: '2 1005\n', stderr: '' });
    assert.deepEqual(leaseFiles(folder), []);
  },
);
