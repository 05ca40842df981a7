'use strict';

// A store on exFAT, as on most memory cards: files have no holes, modes or links there, and times
// count whole seconds.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { mountedWithoutHoles, temporaryFolder } = require('../support/folders');
const { start } = require('../support/processes');
const { currentFile, dataFiles, leaseFiles, storeFiles } = require('../support/store-files');

test('on exFAT no update is lost under rewrites, and all is there after a remount', async (t) => {
  const system = mountedWithoutHoles(t);
  if (system === undefined) return;
  const folder = path.join(system.folder, 'store');
  const notes = temporaryFolder(t);
  const acknowledged = (name) => path.join(notes, name);
  const names = ['a', 'b'];
  const setters = names.map((name) => start('setter.js', folder, name, 20, acknowledged(name)));
  const haveEnded = Promise.all(setters.map(({ ended }) => ended));
  const store = new PersistLock(folder, { lockTimeout: 120_000 });
  await store.setItem('large', 'x'.repeat(100_000));
  let isOver = false;
  haveEnded.then(() => (isOver = true));
  while (!isOver) await store.compact();
  for (const end of await haveEnded) assert.deepEqual(end, { code: 0, signal: null });
  assert.equal(await store.editItem('counter', async (count) => count + 1), 41);
  await store.close();
  assert.deepEqual(leaseFiles(folder), []);
  assert.equal(dataFiles(folder).length, 1);
  assert.equal(fs.readFileSync(currentFile(folder)).at(-1), 0x0a, 'the room is cut off');

  system.mountAgain();
  const again = new PersistLock(folder);
  assert.deepEqual(
    await again.getItems([...names, 'counter']),
    new Map([
      ['a', 20],
      ['b', 20],
      ['counter', 41],
    ]),
  );
  await again.close();
});

test('on exFAT a killed process leaves its room, which the next one uses', async (t) => {
  const system = mountedWithoutHoles(t);
  if (system === undefined) return;
  const folder = path.join(system.folder, 'store');
  const setter = start('setter.js', folder, 'a', 1_000_000, path.join(temporaryFolder(t), 'notes'));
  const store = new PersistLock(folder, { lockTimeout: 120_000 });
  while (!(await store.getItem('a'))) await new Promise(setImmediate);
  setter.kill('SIGKILL');
  await setter.ended;
  const last = await store.getItem('a');
  await store.setItem('a', last + 1);
  await store.close();
  const reader = new PersistLock(folder, { readOnly: true });
  assert.equal(await reader.getItem('a'), last + 1);
  await reader.close();
  assert.ok(storeFiles(folder).every((name) => !name.startsWith('cut.')));
});
