'use strict';

// More leases at once than there are descriptors, or than a store keeps files for.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { leaseFiles } = require('../support/store-files');
const { noShell } = require('../support/system');

test(
  'more asynchronous edits at once than there are descriptors all end',
  { skip: noShell },
  async (t) => {
    const folder = temporaryFolder(t);
    const script = `
    const PersistLock = require(${JSON.stringify(require.resolve('../..'))});
    const store = new PersistLock(${JSON.stringify(folder)});
    const edit = (key) => store.editItem(key, async (current = '') => {
      // A call made in a callback is not held back.
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

test('leases that end outside a turn, however many, keep few files until the next turn', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder, { durability: 'os' });
  const count = 2000;
  const calls = Array.from({ length: count }, async (_, at) => {
    // An edit that fails gives up its lease outside a turn, as a view does.
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
