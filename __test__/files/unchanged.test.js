'use strict';

// What a call that leaves its items as they are does to the files: nothing. It resolves only when
// the commit that it saw is on disk.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { currentFile, leaseFiles } = require('../support/store-files');
const { skip, traced } = require('../support/strace');

const TOKEN = { access: 'x'.repeat(100), scopes: ['read', 'write'] };

/** Reads all that others can see of a store: its data file and the change counter. */
function seenByOthers(folder) {
  const lock = path.join(folder, '.persist-lock', 'writer.lock');
  // The counter is after the text that names the holder, which each turn may renew.
  const counter = fs.readFileSync(lock).subarray(64);
  return [fs.readFileSync(currentFile(folder), 'latin1'), counter.toString('hex')];
}

test('1 000 edits of a token that is there write nothing', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.setItem('token', TOKEN, { ttl: 3_600_000 });
  await store.setItem('other', TOKEN);
  const before = seenByOthers(folder);
  const { commits, syncs } = await store.stats();
  const edits = [
    () => store.editItem('token', (current) => current),
    async () => store.editItemSync('token', (current) => current),
    () => store.editItems(['token', 'other'], (items) => items),
    () => store.updateItem('other', TOKEN),
  ];
  for (let count = 0; count < 250; count++) {
    for (const edit of edits) await edit();
  }
  const after = await store.stats();
  assert.deepEqual([after.commits, after.syncs], [commits, syncs]);
  assert.deepEqual(seenByOthers(folder), before);
  // Others must hear of a lease, so its file counts.
  await store.editItem('token', async (current) => current);
  assert.deepEqual(seenByOthers(folder)[0], before[0]);
  assert.deepEqual(leaseFiles(folder), []);
  await store.close();
});

/** The module of the store's timers, in a script. */
const TIMERS = JSON.stringify(require.resolve('../../lib/timers'));

const CALLS = {
  'an edit': "store.editItem('a', (a) => a)",
  'an asynchronous edit': "store.editItem('a', async (a) => a)",
  'an edit of several items': "store.editItems(['a'], (items) => items)",
  'an update': "store.updateItem('a', 1)",
  'a touch': "store.touch('a', null)",
  'a blocking edit': "store.editItemSync('a', (a) => a)",
  'a blocking touch': "store.touchSync('a', null)",
};

for (const [name, call] of Object.entries(CALLS)) {
  test(
    `${name} that changes nothing syncs what another instance has committed, before it resolves`,
    { skip },
    (t) => {
      const { calls } = traced(
        temporaryFolder(t),
        ['-e', 'trace=pwrite64,fdatasync,write'],
        {},
        `const lazy = new PersistLock(folder, { durability: 'os' });
      // It must not sync in the background before the call, however slow the machine is.
      require(${TIMERS}).setTimeout = () => ({});
      // After a sync of its own it need not write again what it finds unsynced.
      await store.setItem('b', 1);
      await lazy.setItem('a', 1);
      fs.writeSync(1, 'begun');
      await ${call};
      fs.writeSync(1, 'resolved');`,
      );
      const steps = [];
      for (const made of calls) {
        if (made.startsWith('pwrite64(') && made.includes('"{\\"key\\":')) steps.push('commit');
        if (/fdatasync.* = 0$/.test(made)) steps.push('sync');
        const [, told] = made.match(/^write\(1, "(\w+)"/) ?? [];
        if (told !== undefined) steps.push(told);
      }
      const ofCall = steps.slice(steps.indexOf('begun') - 1, steps.indexOf('resolved') + 1);
      assert.deepEqual(ofCall, ['commit', 'begun', 'sync', 'resolved'], steps.join());
    },
  );
}
