'use strict';

// Asynchronous edits hold up their own keys alone, and leave nothing behind, however they end.

const assert = require('node:assert/strict');
const test = require('node:test');
const PersistLock = require('../..');
const { startActor } = require('../support/actor');
const { temporaryFolder } = require('../support/folders');
const { leaseFiles } = require('../support/store-files');
const { leaveNothing } = require('../support/stores');
const { held, until } = require('../support/waiting');
const { noStopping } = require('../support/runtime');

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

test(
  'a stopped holder blocks others only until their time limit, and nothing breaks when it goes on',
  { skip: noStopping },
  async (t) => {
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
  },
);

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
