'use strict';

// The class over an engine without blocking calls: the awaited ones work, and the others say so.

const assert = require('node:assert/strict');
const test = require('node:test');
const { temporaryFolder } = require('../support/folders');
const { membersOf } = require('../support/members');
const files = require('../../lib/file/engine');

class AwaitedEngine extends files.FileEngine {
  constructor(...args) {
    super(...args);
    this.blocking = undefined;
  }
}

files.FileEngine = AwaitedEngine;
// Loaded last: the class takes its engine when it is loaded.
const PersistLock = require('../..');

test('an engine without blocking calls refuses them, and stays in use', async (t) => {
  const store = new PersistLock(temporaryFolder(t));
  await store.setItem('a', 1);
  const expected = { name: 'PersistLockError', code: 'ERR_PERSIST_LOCK_UNSUPPORTED' };
  const names = membersOf(PersistLock).filter((each) => typeof each === 'string');
  for (const name of names.filter((each) => each.endsWith('Sync'))) {
    const args = {
      editItem: ['a', () => 2],
      editItems: [['a'], () => []],
      getOrSet: ['a', () => 2],
    };
    const given = args[name.slice(0, -'Sync'.length)] ?? ['a', 1].slice(0, store[name].length);
    assert.throws(() => store[name](...given), expected, name);
  }
  assert.deepEqual(await store.entries(), [['a', 1]]);
  await store.close();
});
