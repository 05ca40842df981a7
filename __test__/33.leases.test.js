'use strict';

// Readers and writers of one key: many views or one edit, over instances and processes, and nobody else is held up.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const test = require('node:test');
const { PersistLock, leaseFiles, startActor, temporaryFolder, until } = require('./helper');

/** Closes stores and sees that nothing of their locks is left. */
async function leaveNothing(folder, ...stores) {
  for (const store of stores) await store.close();
  assert.deepEqual(leaseFiles(folder), []);
}

/** A callback that ends when it is told with what. */
function held() {
  const callback = (current) => {
    callback.current = current;
    callback.hasBegun = true;
    return new Promise((resolve, reject) =>
      Object.assign(callback, { finish: resolve, fail: reject }),
    );
  };
  callback.begun = () => until(() => callback.hasBegun);
  return callback;
}

test('an asynchronous edit holds up its own key alone, in every process', async (t) => {
  const folder = temporaryFolder(t);
  const [one, other] = [startActor(t, folder), startActor(t, folder)];
  const edit = one.hold('holdEdit', 'A');
  assert.equal(await edit.begun, undefined);
  const sets = [one.call('set', 'A', 'set by one'), other.call('append', 'A', ', by other')];
  const order = [];
  sets.forEach((set, at) => set.then(() => order.push(at)));
  for (let round = 0; round < 10; round++) {
    await one.call('set', 'B', round);
    await other.call('append', 'C', round);
    assert.equal(await other.call('get', 'A'), undefined);
  }
  assert.deepEqual(order, []);
  assert.equal(await edit.finish('edited'), 'edited');
  await Promise.all(sets);
  assert.match(await other.call('get', 'A'), /^(set by one, by other|set by one)$/);
  await one.call('close');
  await other.call('close');
  assert.deepEqual(leaseFiles(folder), []);
});

test('when its holder is killed those who wait go on at once, with the value before', async (t) => {
  const folder = temporaryFolder(t);
  const [holder, waiter, other] = [1, 2, 3].map(() => startActor(t, folder));
  await holder.call('set', 'A', 'before');
  await holder.hold('holdEdit', 'A').begun;
  const waiting = [waiter.call('append', 'A', '+'), other.call('append', 'A', '+')];
  const viewing = waiter.call('view', 'A');
  await waiter.call('set', 'B', 1);
  await other.call('set', 'B', 1);
  holder.kill('SIGKILL');
  assert.deepEqual((await Promise.all(waiting)).sort(), ['before+', 'before++']);
  assert.match(await viewing, /^before\+/);
  await waiter.call('close');
  await other.call('close');
  assert.deepEqual(leaseFiles(folder), []);
});

test('views share a key, in one instance and in several processes; an edit waits for all', async (t) => {
  const folder = temporaryFolder(t);
  const actors = [1, 2, 3].map(() => startActor(t, folder));
  await actors[0].call('set', 'A', 'value');
  const views = [...actors, ...actors].map((actor) => actor.hold('holdView', 'A'));
  for (const view of views) assert.equal(await view.begun, 'value');
  let edited = false;
  const edit = actors[0].call('append', 'A', ', edited').then(() => (edited = true));
  for (const view of views) {
    await actors[1].call('set', 'B', 1);
    assert.equal(edited, false);
    assert.equal(await view.finish('seen'), 'seen');
  }
  await edit;
  assert.equal(await actors[2].call('view', 'A'), 'value, edited');
  for (const actor of actors) await actor.call('close');
  assert.deepEqual(leaseFiles(folder), []);
});

test('a view waits for an edit, and sees what it stored', async (t) => {
  const folder = temporaryFolder(t);
  const [one, other] = [startActor(t, folder), startActor(t, folder)];
  const edit = one.hold('holdEdit', 'A');
  await edit.begun;
  const views = [one.call('view', 'A'), other.call('view', 'A'), other.call('view', 'A')];
  await other.call('set', 'B', 1);
  await edit.finish('edited');
  assert.deepEqual(await Promise.all(views), ['edited', 'edited', 'edited']);
});

test('a view does not overtake an edit that waits for another view', async (t) => {
  const folder = temporaryFolder(t);
  const [store, other] = [new PersistLock(folder), new PersistLock(folder)];
  const first = held();
  const viewing = store.viewItem('a', first);
  await first.begun();
  const edits = [store.setItem('a', 'set')];
  await store.setItem('b', 1);
  const late = [store.viewItem('a', (current) => current), other.viewItem('a', async (a) => a)];
  await other.setItem('b', 2);
  first.finish('seen');
  assert.equal(await viewing, 'seen');
  assert.equal(await late[0], 'set');
  await Promise.all([...edits, late[1]]);
  await leaveNothing(folder, store, other);
});

test('what is over leaves no file, though nothing else is asked for', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.viewItem('a', async () => 1);
  await until(() => leaseFiles(folder).length === 0);
  await assert.rejects(store.editItem('a', () => Promise.reject(new Error('mine'))));
  await until(() => leaseFiles(folder).length === 0);
  await store.editItem('a', async () => 1);
  assert.deepEqual(leaseFiles(folder), []);
  await store.close();
});

test('a view gives what its callback returns, whatever that is, or rejects as it does', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.setItem('a', { deep: 1 });
  const symbol = Symbol('any value');
  assert.equal(await store.viewItem('a', () => symbol), symbol);
  assert.equal(await store.viewItem('a', async () => undefined), undefined);
  assert.equal(await store.viewItem('none', (current) => current), undefined);
  const thrown = new Error('mine');
  for (const view of [
    () => Promise.reject(thrown),
    () => {
      throw thrown;
    },
  ]) {
    await assert.rejects(store.viewItem('a', view), (error) => error === thrown);
  }
  await store.viewItem('a', (current) => (current.deep = 2));
  assert.deepEqual(await store.getItem('a'), { deep: 1 });
  await leaveNothing(folder, store);
});

test('instances of one process exclude each other as processes do', async (t) => {
  const folder = temporaryFolder(t);
  const stores = [new PersistLock(folder), new PersistLock(folder)];
  const [edit, view, secondView] = [held(), held(), held()];
  const editing = stores[0].editItem('a', edit);
  await edit.begun();
  const viewing = [stores[1].viewItem('a', view), stores[0].viewItem('a', secondView)];
  await stores[1].setItem('b', 1);
  assert.equal(view.hasBegun, undefined);
  edit.finish('edited');
  await editing;
  await view.begun();
  await secondView.begun();
  assert.deepEqual([view.current, secondView.current], ['edited', 'edited']);
  const set = stores[1].setItem('a', 'set');
  view.finish(1);
  secondView.finish(2);
  assert.deepEqual(await Promise.all(viewing), [1, 2]);
  await set;
  await leaveNothing(folder, ...stores);
});

test('a failed edit frees its key and those who wait', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  const other = new PersistLock(folder);
  const edit = held();
  const editing = store.editItem('a', edit);
  await edit.begun();
  const waiting = [store.setItem('a', 1), other.editItem('a', (current = 0) => current + 1)];
  await store.setItem('b', 1);
  const thrown = new Error('mine');
  edit.fail(thrown);
  await assert.rejects(editing, (error) => error === thrown);
  await Promise.all(waiting);
  await leaveNothing(folder, store, other);
});

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
  t.mock.timers.enable({ apis: ['Date'], now: 1_800_000_000_000 });
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
    const PersistLock = require(${JSON.stringify(require.resolve('..'))});
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

test('a stopped holder blocks others only until their time limit, and nothing breaks when it goes on', async (t) => {
  const folder = temporaryFolder(t);
  const holder = startActor(t, folder);
  const edit = holder.hold('holdEdit', 'A');
  await edit.begun;
  // Its turn is over then: a process that is stopped in a turn holds up every writer.
  await holder.call('set', 'B', 0);
  holder.kill('SIGSTOP');
  const store = new PersistLock(folder, { lockTimeout: 50 });
  await assert.rejects(store.setItem('A', 1), (error) => {
    assert.equal(error.code, 'ERR_PERSIST_LOCK_TIMEOUT');
    assert.equal(error.key, 'A');
    assert.match(error.message, new RegExp(`Process ${holder.pid} has had it since \\d{4}-`));
    return true;
  });
  await store.setItem('B', 1);
  holder.kill('SIGCONT');
  await edit.finish('edited');
  assert.equal(await store.getItem('A'), 'edited');
  await store.setItem('A', 'set');
  await holder.call('close');
  await leaveNothing(folder, store);
});

test('a process that is killed while it waits keeps nobody else from the lock', async (t) => {
  const folder = temporaryFolder(t);
  const [holder, killed] = [startActor(t, folder), startActor(t, folder)];
  const edit = holder.hold('holdEdit', 'A');
  await edit.begun;
  killed.call('append', 'A', '+');
  await killed.call('set', 'B', 1);
  const store = new PersistLock(folder);
  const set = store.editItem('A', (current) => `${current}, set`);
  await store.setItem('B', 2);
  killed.kill('SIGKILL');
  await killed.ended;
  await edit.finish('edited');
  assert.equal(await set, 'edited, set');
  await holder.call('close');
  await leaveNothing(folder, store);
});
