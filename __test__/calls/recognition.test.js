'use strict';

// `isPersistLockError` recognizes this package's errors, of all copies in a process, by code too.

const assert = require('node:assert/strict');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');

const { isPersistLockError } = PersistLock;
const root = path.resolve(__dirname, '..', '..');

/** Loads the package again, as a second copy that another dependency brings. */
function anotherCopy() {
  const own = (file) => /^(?:index\.js$|lib\b)/.test(path.relative(root, file));
  const before = Object.entries(require.cache).filter(([file]) => own(file));
  for (const [file] of before) delete require.cache[file];
  const copy = require('../..');
  Object.assign(require.cache, Object.fromEntries(before));
  return copy;
}

/** Resolves with the error of a call on a closed store. */
async function errorOf(Class, dir) {
  const store = new Class(dir);
  await store.close();
  return store.getItem('a').then(assert.fail, (error) => error);
}

test('an error is recognized, and by its own code alone', async (t) => {
  const error = await errorOf(PersistLock, temporaryFolder(t));
  assert.ok(isPersistLockError(error));
  assert.ok(isPersistLockError(error, 'ERR_PERSIST_LOCK_CLOSED'));
  assert.equal(isPersistLockError(error, 'ERR_PERSIST_LOCK_TIMEOUT'), false);
});

test('an error of another copy of the package is recognized', async (t) => {
  const Copy = anotherCopy();
  const error = await errorOf(Copy, temporaryFolder(t));
  assert.notEqual(Copy, PersistLock);
  assert.ok(!(error instanceof PersistLock.PersistLockError));
  assert.ok(isPersistLockError(error, 'ERR_PERSIST_LOCK_CLOSED'));
});

test('nothing else is recognized', async () => {
  const store = new PersistLock('.');
  const misuse = await store.getItem(null).catch((error) => error);
  assert.equal(misuse.code, 'ERR_PERSIST_LOCK_INVALID_KEY');
  const similar = Object.assign(new Error('a'), {
    name: 'PersistLockError',
    code: 'ERR_PERSIST_LOCK_CLOSED',
  });
  for (const other of [misuse, similar, new Error('a'), {}, null, undefined, 'a', 5]) {
    assert.equal(isPersistLockError(other), false);
  }
  assert.equal(isPersistLockError(undefined, undefined), false);
});
