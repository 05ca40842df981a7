'use strict';

// The command `locks`. `__test__/processes/locks.test.js` has it list the locks of other processes.

const assert = require('node:assert/strict');
const test = require('node:test');
const PersistLock = require('../..');
const { tableOf } = require('../../lib/cli/locks');
const { command, succeed } = require('../support/command');
const { temporaryFolder } = require('../support/folders');

test('a terminal gets a table', () => {
  const since = new Date(0);
  const locks = [
    { key: null, kind: 'clear', waiting: true, process: { pid: 12 }, since },
    { key: 'a "key"', kind: 'edit', waiting: false, process: { pid: 7, host: 'web-2' }, since },
    { key: undefined, kind: 'view', waiting: false, process: { pid: 1234 }, since: undefined },
  ];
  assert.deepEqual(tableOf(locks), [
    'KIND   STATE   PROCESS     SINCE                     KEY',
    'clear  waits   12          1970-01-01T00:00:00.000Z',
    String.raw`edit   has it  7 on web-2  1970-01-01T00:00:00.000Z  "a \"key\""`,
    'view   has it  1234        ?                         ?',
  ]);
  assert.deepEqual(tableOf([]), ['Nobody has a lock or waits for one']);
});

test('a store that nobody uses has no locks, and a folder without a store is told', async (t) => {
  const cwd = temporaryFolder(t);
  const store = new PersistLock(cwd);
  await store.setItem('a', 1);
  await store.close();
  assert.equal(await succeed(['locks'], { cwd }), '');
  const { stderr, code } = await command(['locks'], { cwd: temporaryFolder(t) });
  assert.match(stderr, /^persist-lock: There is no store in /);
  assert.equal(code, 1);
});
