'use strict';

// The files of leases: gone when an edit or a view has ended, and harmless while their holder is stopped.

const assert = require('node:assert/strict');
const test = require('node:test');
const PersistLock = require('../..');
const { startActor } = require('../support/actor');
const { temporaryFolder } = require('../support/folders');
const { leaseFiles } = require('../support/store-files');
const { resume, stop } = require('../support/stopping');
const { leaveNothing } = require('../support/stores');
const { noStop } = require('../support/system');
const { held, until } = require('../support/waiting');

test('an ended edit or view leaves no file, even if no other call is made', async (t) => {
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

test(
  'a stopped holder blocks others only until their time limits, and may go on later',
  { skip: noStop },
  async (t) => {
    const folder = temporaryFolder(t);
    const holder = startActor(t, folder);
    const edit = holder.hold('holdEdit', 'A');
    await edit.begun;
    // This ends its turn: a process that is stopped in a turn blocks every writer.
    await holder.call('set', 'B', 0);
    stop(holder);
    const store = new PersistLock(folder, { lockTimeout: 50 });
    await assert.rejects(store.setItem('A', 1), (error) => {
      assert.equal(error.code, 'ERR_PERSIST_LOCK_TIMEOUT');
      assert.equal(error.key, 'A');
      assert.match(error.message, new RegExp(`Process ${holder.pid} has held it since \\d{4}-`));
      return true;
    });
    await store.setItem('B', 1);
    resume(holder);
    await edit.finish('edited');
    assert.equal(await store.getItem('A'), 'edited');
    await store.setItem('A', 'set');
    await holder.call('close');
    await leaveNothing(folder, store);
  },
);

test('the gate of a wait that was given up is unlinked without another turn', async (t) => {
  const folder = temporaryFolder(t);
  const [holder, waiter] = [new PersistLock(folder), new PersistLock(folder)];
  const edit = held();
  const edited = holder.editItem('a', edit);
  await edit.begun();
  const code = 'ERR_PERSIST_LOCK_TIMEOUT';
  await assert.rejects(
    waiter.editItem('a', () => 1, { timeout: 50 }),
    { code },
  );
  // A lease that leaves nothing to commit ends outside a turn.
  edit.fail(new Error('mine'));
  await assert.rejects(edited, { message: 'mine' });
  await until(() => leaseFiles(folder).length === 0);
  await holder.close();
  await waiter.close();
});
