'use strict';

// Readers and writers of one key: many views or one edit, over instances and processes.

const assert = require('node:assert/strict');
const test = require('node:test');
const PersistLock = require('../..');
const { startActor } = require('../support/actor');
const { temporaryFolder } = require('../support/folders');
const { leaseFiles } = require('../support/store-files');
const { leaveNothing } = require('../support/stores');
const { held } = require('../support/waiting');

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

test('leases that ended outside a turn leave no files behind, however many they were', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder, { durability: 'os' });
  const count = 2000;
  const calls = Array.from({ length: count }, async (_, at) => {
    // An edit that fails gives up its lease as a view does.
    if (at % 2 === 0) return store.viewItem(`key ${at}`, async () => at);
    const failed = store.editItem(`key ${at}`, () => Promise.reject(new Error('no')));
    return assert.rejects(failed, { message: 'no' });
  });
  await Promise.all(calls);
  await store.setItem('after', 1);
  const files = leaseFiles(folder).length;
  assert.ok(files <= 256, `${files} files`);
  await store.close();
});
