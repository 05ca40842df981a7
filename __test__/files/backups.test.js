'use strict';

// Backups: one consistent file, whatever is written meanwhile, that can be opened and restored.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { Progress, statStore, verifyStore } = require('../../lib/file/addon');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { start } = require('../support/processes');
const { seeded } = require('../support/random');
const { currentFile, storeFiles } = require('../support/store-files');
const { noModes } = require('../support/system');

const ACCOUNTS = 20;
const TOTAL = ACCOUNTS * 100;

async function entriesOf(dir, options) {
  const store = new PersistLock(dir, options);
  const entries = await store.entries();
  await store.close();
  return entries;
}

/** Makes a backup a store in a new folder. */
function restored(t, file) {
  const folder = temporaryFolder(t);
  fs.mkdirSync(path.join(folder, '.persist-lock'));
  fs.copyFileSync(file, path.join(folder, '.persist-lock', 'data.1.jsonl'));
  return folder;
}

test('a backup is one file with the items of one moment', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'backup.jsonl');
  const store = new PersistLock(folder);
  await store.setItem('a', { deep: ['é', '\n'] });
  await store.setItem('b', 'old');
  await store.setItem('b', 'new', { ttl: 3_600_000 });
  await store.setItem('c', 'removed');
  await store.removeItem('c');
  const expected = await store.entries();
  await store.backup(file);
  await store.setItem('a', 'changed since');
  await store.clear();
  assert.deepEqual(await entriesOf(file, { readOnly: true }), expected);
  if (!noModes) assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  const { damaged, torn, items } = await verifyStore(file, new Progress());
  assert.deepEqual({ damaged, torn, items }, { damaged: [], torn: 0, items: 2 });
  assert.ok(!fs.readFileSync(file, 'utf8').includes('removed'));
  await store.close();

  const folderOfRestored = restored(t, file);
  const again = new PersistLock(folderOfRestored);
  assert.deepEqual(await again.entries(), expected);
  assert.equal(await again.editItem('b', (current) => `${current}, edited`), 'new, edited');
  await again.compact();
  await again.close();
  const lines = fs.readFileSync(currentFile(folderOfRestored), 'utf8');
  assert.match(lines, /{"key":"b","value":"new, edited","expires":\d+}/);
});

test('a watcher of a backup rejects, since it would wait for ever', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'backup');
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  await store.backup(file);
  await store.close();
  const backup = new PersistLock(file, { readOnly: true });
  const unsupported = { code: 'ERR_PERSIST_LOCK_UNSUPPORTED', message: /does not change/ };
  for (const options of [{}, { initial: true }, { since: 0 }]) {
    await assert.rejects(backup.watch(options).next(), unsupported);
  }
  assert.equal((await backup.stats()).watchers, 0);
  await backup.close();
});

test('an empty store and a restored one can be backed up', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'backup');
  const store = new PersistLock(folder);
  await store.backup(file);
  await store.close();
  assert.deepEqual(await entriesOf(file, { readOnly: true }), []);
  const next = new PersistLock(restored(t, file));
  await next.setItem('a', 1);
  await next.backup(file);
  assert.deepEqual(await entriesOf(file, { readOnly: true }), [['a', 1]]);
  await next.close();
  assert.deepEqual(await entriesOf(restored(t, file)), [['a', 1]]);
});

test('every backup made while four processes move money has all of it', async (t) => {
  const random = seeded(t);
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder, { lockTimeout: 60_000 });
  const keys = Array.from({ length: ACCOUNTS }, (_, at) => `account ${at}`);
  const first = () => keys.map((key) => [key, { balance: 100, version: 0, by: 'first' }]);
  await store.editItems(keys, first);
  const bankers = Array.from({ length: 4 }, (_, at) => {
    const notes = path.join(folder, `notes ${at}`);
    const seed = random.below(2 ** 32);
    return start('bank.js', folder, 'awaited', at, seed, 100, ACCOUNTS, TOTAL, notes);
  });
  let working = true;
  const file = path.join(folder, 'backup');
  const backups = (async () => {
    let versions = 0;
    for (let count = 0; working || count === 0; count++) {
      await store.backup(file);
      const accounts = await entriesOf(count % 2 ? restored(t, file) : file, { readOnly: true });
      const sum = (name) => accounts.reduce((total, [, account]) => total + account[name], 0);
      assert.equal(sum('balance'), TOTAL);
      assert.ok(sum('version') >= versions, 'none is older than the one before');
      versions = sum('version');
      if (count % 3 === 0) await store.compact();
    }
  })();
  for (const banker of bankers) assert.deepEqual(await banker.ended, { code: 0, signal: null });
  working = false;
  await backups;
  await store.backup(file);
  assert.deepEqual(await entriesOf(file, { readOnly: true }), await store.entries());
  await store.close();
});

test('a backup is of the moment of its call, despite later commits and compactions', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  const keys = Array.from({ length: 2000 }, (_, at) => `key ${at}`);
  await store.editItems(keys, () => keys.map((key) => [key, 'before'.repeat(200)]));
  const file = path.join(folder, 'backup');
  const backup = store.backup(file);
  const change = store.editItems(keys, () => keys.map((key) => [key, 'after']));
  await Promise.all([backup, change, store.compact()]);
  const values = new Set((await entriesOf(file, { readOnly: true })).map(([, value]) => value));
  assert.deepEqual([...values], ['before'.repeat(200)]);
  assert.equal(await store.getItem('key 7'), 'after');
  await store.close();
});

test('a backup replaces a file of its name at once', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'backup');
  fs.writeFileSync(file, 'something else '.repeat(1000), { mode: 0o644 });
  const old = fs.openSync(file, 'r');
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  await store.backup(file);
  assert.deepEqual(await entriesOf(file, { readOnly: true }), [['a', 1]]);
  assert.equal(fs.readFileSync(old, 'utf8'), 'something else '.repeat(1000));
  fs.closeSync(old);
  await Promise.all([store.backup(file), store.backup(file), store.setItem('a', 2)]);
  assert.deepEqual(fs.readdirSync(folder).sort(), ['.persist-lock', 'backup']);
  await store.close();
});

test('a backup that cannot be written rejects and changes nothing', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  const missing = path.join(folder, 'missing');
  await assert.rejects(store.backup(path.join(missing, 'backup')), (error) => {
    assert.equal(error.name, 'PersistLockError');
    assert.equal(error.code, 'ENOENT');
    assert.equal(error.path, missing);
    assert.ok(error.message.includes(missing), error.message);
    return true;
  });
  assert.ok(!fs.existsSync(missing));
  fs.mkdirSync(missing);
  await assert.rejects(store.backup(missing), { name: 'PersistLockError', path: missing });
  assert.deepEqual(fs.readdirSync(folder).sort(), ['.persist-lock', 'missing']);

  const inner = path.join(folder, '.persist-lock');
  const files = storeFiles(folder);
  const own = [path.join(inner, 'data.1.jsonl'), path.join(inner, 'backup'), `${inner}/./b`];
  for (const file of [...own, '', 5, null, undefined, 'a\0b']) {
    const expected = { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_FILE' };
    await assert.rejects(store.backup(file), expected);
  }
  assert.deepEqual(storeFiles(folder), files);
  await store.backup(path.join(missing, 'backup'));
  assert.deepEqual(await entriesOf(path.join(missing, 'backup'), { readOnly: true }), [['a', 1]]);
  await store.close();
  await assert.rejects(store.backup(path.join(folder, 'b')), { code: 'ERR_PERSIST_LOCK_CLOSED' });
});

test('a relative path starts at the working folder', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  const file = path.relative(process.cwd(), path.join(folder, 'backup'));
  await store.backup(file);
  assert.equal((await statStore(path.join(folder, 'backup'))).items, 1);
  assert.deepEqual(await entriesOf(file, { readOnly: true }), [['a', 1]]);
  await store.close();
});

test('a damaged item rejects a backup and leaves no file', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'backup');
  const store = new PersistLock(folder);
  await store.setItem('a', 'first');
  await store.setItem('b', 'second');
  const damaged = fs.readFileSync(currentFile(folder), 'utf8').replace('first', 'fOrst');
  fs.writeFileSync(currentFile(folder), damaged);
  fs.writeFileSync(file, 'the last backup');
  const expected = { code: 'ERR_PERSIST_LOCK_CORRUPT', path: currentFile(folder) };
  await assert.rejects(store.backup(file), expected);
  assert.equal(fs.readFileSync(file, 'utf8'), 'the last backup');
  assert.deepEqual(fs.readdirSync(folder).sort(), ['.persist-lock', 'backup']);
  await store.close();
});

test('a read-only store can be backed up, and so can a backup', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  const readOnly = new PersistLock(folder, { readOnly: true });
  const files = [path.join(folder, 'one'), path.join(folder, 'two')];
  await readOnly.backup(files[0]);
  const backup = new PersistLock(files[0], { readOnly: true });
  await backup.backup(files[1]);
  assert.equal(fs.readFileSync(files[1], 'utf8'), fs.readFileSync(files[0], 'utf8'));
  for (const instance of [store, readOnly, backup]) await instance.close();
});
