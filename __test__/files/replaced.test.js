'use strict';

// A store's folder that is deleted, replaced or unmounted under open instances: they go on in the folder that is there now, in whole
// commits, and together.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { startActor } = require('../support/actor');
const { mounted, mountedWithoutFractions, temporaryFolder } = require('../support/folders');
const { currentFile, dataFiles, storeFiles } = require('../support/store-files');
const { until } = require('../support/waiting');

const PROCESSES = 3;

function innerFolder(folder) {
  return path.join(folder, '.persist-lock');
}

/** Some processes, and this one, with the same store open. */
function openTogether(t, folder) {
  const store = new PersistLock(folder);
  t.after(() => store.close());
  return { store, actors: Array.from({ length: PROCESSES }, () => startActor(t, folder)) };
}

/** Lets all count in one item, and sees that none has another store than the rest. */
async function countTogether({ store, actors }, key) {
  const counts = [...actors, ...actors].map((actor) => actor.call('append', key, '+'));
  await Promise.all([...counts, store.editItem(key, (current = '') => `${current}+`)]);
  const expected = '+'.repeat(2 * PROCESSES + 1);
  assert.equal(await store.getItem(key), expected);
  for (const actor of actors) assert.equal(await actor.call('get', key), expected);
}

test('several processes go on in a new folder when theirs is deleted', async (t) => {
  const folder = temporaryFolder(t);
  const together = openTogether(t, folder);
  for (let round = 0; round < 5; round++) {
    await countTogether(together, `round ${round}`);
    if (round % 2 === 1) await together.store.compact();
    fs.rmSync(innerFolder(folder), { recursive: true });
  }
  await countTogether(together, 'last');
  assert.deepEqual(await together.store.keys(), ['last']);
});

/** The most attempts to delete a folder. Where a file that is open keeps its name, none succeeds. */
const ATTEMPTS = 1000;

/** Deletes a folder in which others go on to make files: their number is limited, so there is a moment when it is empty. */
function deleteWhileWritten(folder) {
  for (let attempt = 1; ; attempt++) {
    try {
      // `maxRetries` would retry only the folder, not the files made in it meanwhile.
      return fs.rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (error.code !== 'ENOTEMPTY' || attempt === ATTEMPTS) throw error;
    }
  }
}

test('processes that write when their folder is deleted go on in a new one', async (t) => {
  const folder = temporaryFolder(t);
  const { store, actors } = openTogether(t, folder);
  for (let round = 0; round < 10; round++) {
    const writes = actors.flatMap((actor) => [
      actor.call('append', 'a', `${round}`),
      actor.call('append', 'b', `${round}`),
    ]);
    deleteWhileWritten(innerFolder(folder));
    // Whichever store they went to, all are told how they ended; those that met the deletion itself may be refused.
    for (const { status, reason } of await Promise.allSettled(writes)) {
      if (status === 'rejected') assert.equal(reason.name, 'PersistLockError', reason.message);
    }
  }
  await countTogether({ store, actors }, 'last');
});

test('instances go on in the folder that replaces theirs', async (t) => {
  const folder = temporaryFolder(t);
  const together = openTogether(t, folder);
  const { store } = together;
  await countTogether(together, 'a');
  const copy = path.join(folder, 'copy');
  fs.cpSync(innerFolder(folder), copy, { recursive: true });
  await countTogether(together, 'b');
  await store.compact();
  fs.renameSync(innerFolder(folder), path.join(folder, 'replaced'));
  fs.renameSync(copy, innerFolder(folder));
  assert.deepEqual(await store.keys(), ['a']);
  await countTogether(together, 'b');
  assert.deepEqual(await store.keys(), ['a', 'b']);
});

test('instances go on from a backup that replaces a data file', async (t) => {
  const folder = temporaryFolder(t);
  const together = openTogether(t, folder);
  const { store } = together;
  await countTogether(together, 'a');
  const backup = path.join(folder, 'backup');
  await store.backup(backup);
  await countTogether(together, 'b');
  // As an administrator restores it by hand, while processes run.
  fs.copyFileSync(backup, `${backup} copy`);
  fs.renameSync(`${backup} copy`, currentFile(folder));
  assert.deepEqual(await store.keys(), ['a']);
  await countTogether(together, 'b');
  assert.deepEqual(await store.keys(), ['a', 'b']);
  await store.compact();
  await countTogether(together, 'c');
});

test('each call goes on in a new folder when its own was deleted or moved', async (t) => {
  const folder = temporaryFolder(t);
  const calls = {
    compact: (store) => store.compact(),
    backup: (store) => store.backup(path.join(folder, 'backup')),
    stats: (store) => store.stats(),
    removeExpiredItems: (store) => store.removeExpiredItems(),
    keys: (store) => store.keys(),
    hasItem: (store) => store.hasItem('a'),
    viewItem: (store) => store.viewItem('a', () => undefined),
  };
  const ways = {
    deleted: (place) => fs.rmSync(place, { recursive: true }),
    moved: (place) => fs.renameSync(place, `${place} moved`),
  };
  for (const [name, call] of Object.entries(calls)) {
    for (const [way, takeAway] of Object.entries(ways)) {
      const place = path.join(folder, `${name} ${way}`);
      const store = new PersistLock(place);
      await store.setItem('a', 1);
      takeAway(place);
      // A store looks for its folder once in each turn of the event loop.
      await new Promise(setImmediate);
      await call(store);
      assert.deepEqual(await store.keys(), [], `${name} ${way}`);
      await store.close();
    }
  }
});

test('a compaction survives the deletion or replacement of its folder', async (t) => {
  for (const isReplaced of [false, true]) {
    const folder = temporaryFolder(t);
    const { store, actors } = openTogether(t, folder);
    const [actor] = actors;
    await Promise.all(
      Array.from({ length: 20 }, (_, at) => store.setItem(`large ${at}`, 'x'.repeat(500_000))),
    );
    await actor.call('get', 'a');
    const compacted = actor.call('compact').catch((error) => error);
    await until(() => storeFiles(folder).some((name) => name.startsWith('new-')));
    if (isReplaced) fs.renameSync(innerFolder(folder), path.join(folder, 'replaced'));
    else fs.rmSync(innerFolder(folder), { recursive: true });
    await store.setItem('a', 1);
    const error = await compacted;
    if (error) assert.equal(error.name, 'PersistLockError', error.message);
    // Nothing of the old store has come into the new one.
    assert.deepEqual(await store.keys(), ['a']);
    await countTogether({ store, actors }, 'b');
    assert.equal(dataFiles(folder).length, 1);
    await actor.call('compact');
    assert.deepEqual(await store.keys(), ['a', 'b']);
  }
});

test('a callback that runs when its folder is replaced ends, and so do the calls that wait for it', async (t) => {
  const folder = temporaryFolder(t);
  const { store, actors } = openTogether(t, folder);
  const edit = actors[0].hold('holdEdit', 'a');
  await edit.begun;
  const waiting = actors[1].call('append', 'a', '+').catch((error) => error);
  fs.rmSync(innerFolder(folder), { recursive: true });
  await store.setItem('b', 1);
  await edit.finish('edited').catch((error) => assert.equal(error.name, 'PersistLockError'));
  assert.ok(!((await waiting) instanceof Error));
  await countTogether({ store, actors }, 'c');
  assert.equal(await store.getItem('b'), 1);
});

test('a store whose file system is unmounted works again once it is back', async (t) => {
  const elsewhere = mounted(t, 'size=1m');
  if (!elsewhere) return;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'persist-lock-'));
  execFileSync('mount', ['--bind', elsewhere, folder]);
  t.after(() => {
    execFileSync('umount', ['--lazy', folder]);
    fs.rmSync(folder, { recursive: true });
  });
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  execFileSync('umount', ['--lazy', folder]);
  // The next write makes another store at its path.
  await store.setItem('b', 2);
  assert.deepEqual(await store.entries(), [['b', 2]]);
  const other = new PersistLock(elsewhere);
  assert.deepEqual(await other.entries(), [['a', 1]]);
  await other.setItem('a', 3);

  execFileSync('mount', ['--bind', elsewhere, folder]);
  assert.equal(await store.editItem('a', (current) => current + 1), 4);
  assert.deepEqual(await store.entries(), [['a', 4]]);
  assert.equal(await other.getItem('a'), 4);
  await store.close();
  await other.close();
});

test('a backup being copied over a live file is not reported as damage', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  t.after(() => store.close());
  for (const key of ['a', 'b', 'c']) await store.setItem(key, `value of ${key}`);
  const backup = path.join(folder, 'backup.jsonl');
  await store.backup(backup);
  await store.setItem('d', 'later');
  const bytes = fs.readFileSync(backup);

  // As cp does it: the file is emptied, and then written bit by bit.
  const file = fs.openSync(currentFile(folder), 'r+');
  fs.ftruncateSync(file);
  for (const end of [0, 10, bytes.length >> 1]) {
    fs.writeSync(file, bytes, 0, end, 0);
    await assert.rejects(store.getItem('a'), {
      code: 'ERR_PERSIST_LOCK_CORRUPT',
      path: currentFile(folder),
      message: /was overwritten.*wait for its end.*npx persist-lock repair/,
    });
  }
  fs.writeSync(file, bytes, 0, bytes.length, 0);
  fs.closeSync(file);
  assert.equal(await store.getItem('a'), 'value of a');
  assert.equal(await store.getItem('d'), undefined);
  await store.setItem('d', 'again');
  assert.deepEqual(await store.keys(), ['a', 'b', 'c', 'd']);
});

test('damage under an open store is not mistaken for a copy', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  t.after(() => store.close());
  for (const key of ['a', 'b', 'c']) await store.setItem(key, `value of ${key}`);
  const text = fs.readFileSync(currentFile(folder), 'utf8');
  fs.writeFileSync(currentFile(folder), text.replace('value of b', 'value of x'));
  const damaged = new PersistLock(folder);
  const isDamage = ({ code, message }) =>
    code === 'ERR_PERSIST_LOCK_CORRUPT' && !message.includes('being replaced');
  await assert.rejects(damaged.getItem('a'), isDamage);
  await assert.rejects(store.getItem('b'), isDamage);
});

test('a set after a backup was renamed to the data file is in that file, if times count seconds', async (t) => {
  const folder = mountedWithoutFractions(t);
  if (folder === undefined) return;
  const store = new PersistLock(folder);
  const backup = path.join(folder, 'backup');
  // Each round takes less than the time for which a check of the folder can count.
  for (let round = 0; round < 50; round++) {
    store.setItemSync('before', round);
    fs.copyFileSync(currentFile(folder), backup);
    fs.renameSync(backup, currentFile(folder));
    store.setItemSync('after', round);
    const reader = new PersistLock(folder, { readOnly: true });
    assert.equal(reader.getItemSync('after'), round);
    reader.closeSync();
  }
  store.closeSync();
});

test('a backup renamed to the name of the data file is read at once', async (t) => {
  const folder = temporaryFolder(t);
  const { store, actors } = openTogether(t, folder);
  await store.setItem('a', 1);
  const backup = path.join(innerFolder(folder), 'restored');
  await store.backup(path.join(folder, 'backup.jsonl'));
  await store.setItem('a', 2);
  fs.copyFileSync(path.join(folder, 'backup.jsonl'), backup);
  fs.renameSync(backup, currentFile(folder));
  assert.equal(await store.getItem('a'), 1);
  for (const actor of actors) assert.equal(await actor.call('get', 'a'), 1);
  await countTogether({ store, actors }, 'count');
});
