'use strict';

// Two copies of the package in one process, as of two versions in `node_modules`.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { noStacks: skip } = require('../support/runtime');
const { held } = require('../support/waiting');

/** Copies the package and loads the copy. */
function copyOfPackage(t) {
  const copy = path.join(temporaryFolder(t), 'persist-lock');
  const root = path.join(__dirname, '..', '..');
  const names = fs
    .readdirSync(root)
    .filter((name) => /^(lib|package\.json|.*\.js|.*\.node)$/.test(name));
  for (const name of names) {
    fs.cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
  }
  return require(copy);
}

test(
  'two copies of the package do not take each other’s callbacks for their own',
  { skip },
  async (t) => {
    const Copy = copyOfPackage(t);
    assert.notEqual(Copy, PersistLock);
    const folder = temporaryFolder(t);
    const store = new PersistLock(folder, { lockTimeout: Infinity });
    const theirs = new Copy(path.join(folder, 'theirs'), { lockTimeout: Infinity });
    // Each copy begins as many callbacks, so that their numbers may be the same.
    for (const each of [store, theirs]) await each.editItem('a', async () => 1);
    const edit = held();
    const other = theirs.editItem('y', edit);
    await edit.begun();
    const edited = store.editItem('x', async () => {
      await null;
      const waiting = theirs.setItem('y', 'mine');
      edit.finish('other');
      await waiting;
      return 'edited';
    });
    assert.deepEqual([await other, await edited], ['other', 'edited']);
    assert.equal(await theirs.getItem('y'), 'mine');

    // Neither sees the other's callbacks, so the time limit ends this deadlock.
    const copy = new Copy(folder, { lockTimeout: 20 });
    const crossed = store.editItem('x', async () => {
      await null;
      await assert.rejects(copy.setItem('x', 1), {
        code: 'ERR_PERSIST_LOCK_TIMEOUT',
        message: /This process \(\d+\) has held it since/,
      });
      return Copy.REMOVE;
    });
    assert.equal(await crossed, undefined);
    assert.equal(await store.hasItem('x'), false);
    for (const each of [store, theirs, copy]) await each.close();
  },
);

test('a blocking call sees the locks that callbacks of another copy have', async (t) => {
  const Copy = copyOfPackage(t);
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder, { lockTimeout: Infinity });
  const copy = new Copy(folder, { lockTimeout: Infinity });
  const deadlock = { code: 'ERR_PERSIST_LOCK_DEADLOCK' };
  store.editItemSync('a', () => {
    assert.throws(() => copy.setItemSync('b', 1), deadlock);
    return 1;
  });
  const edit = held();
  const editing = store.editItem('a', edit);
  await edit.begun();
  assert.throws(() => copy.setItemSync('a', 1), deadlock);
  assert.throws(() => copy.clearSync(), deadlock);
  copy.setItemSync('b', 1);
  edit.finish(2);
  await editing;
  copy.setItemSync('a', 3);
  assert.deepEqual(store.entriesSync(), [
    ['a', 3],
    ['b', 1],
  ]);
  for (const each of [store, copy]) await each.close();
});
