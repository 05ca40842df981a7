'use strict';

// Unsuitable folders: each rejects with its own error, and the instance works once the cause is gone.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { mounted, temporaryFolder } = require('../support/folders');
const { start } = require('../support/processes');
const { dataFile } = require('../support/store-files');
const { noLinks, noModes } = require('../support/system');

const isRoot = process.getuid?.() === 0;

/** Checks that each kind of call rejects with an error that names a path. */
async function rejectsAll(store, expected) {
  const calls = [
    () => store.init(),
    () => store.getItem('a'),
    () => store.keys(),
    () => store.setItem('a', 1),
    () => store.editItem('a', () => 1),
    () => store.clear(),
  ];
  for (const call of calls) {
    await assert.rejects(call, (error) => {
      assert.equal(error.name, 'PersistLockError');
      assert.equal(error.code, expected.code);
      assert.equal(error.path, expected.path);
      assert.ok(error.message.includes(expected.path), error.message);
      assert.equal(error.cause, undefined);
      return true;
    });
  }
}

test('a file in place of the folder is refused', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'file');
  fs.writeFileSync(file, 'mine');
  const store = new PersistLock(file);
  await rejectsAll(store, { code: 'ERR_PERSIST_LOCK_INVALID_DIR', path: file });
  const below = new PersistLock(path.join(file, 'below'));
  await rejectsAll(below, { code: 'ERR_PERSIST_LOCK_INVALID_DIR', path: file });
  assert.equal(fs.readFileSync(file, 'utf8'), 'mine');

  fs.unlinkSync(file);
  await store.setItem('a', 1);
  assert.equal(await store.getItem('a'), 1);
  await store.close();
});

test('a file in place of the store’s own folder is refused', async (t) => {
  const folder = temporaryFolder(t);
  const inner = path.join(folder, '.persist-lock');
  fs.writeFileSync(inner, 'mine');
  await rejectsAll(new PersistLock(folder), { code: 'ERR_PERSIST_LOCK_INVALID_DIR', path: inner });
});

test('a link to a missing folder is refused', { skip: noLinks }, async (t) => {
  const link = path.join(temporaryFolder(t), 'link');
  fs.symlinkSync('/nowhere/at/all', link);
  await rejectsAll(new PersistLock(link), { code: 'ERR_PERSIST_LOCK_INVALID_DIR', path: link });
});

test('a folder without permission is refused', { skip: !isRoot && 'needs root' }, async (t) => {
  const folder = temporaryFolder(t);
  fs.chmodSync(folder, 0o755);
  fs.mkdirSync(path.join(folder, 'closed'), { mode: 0o755 });
  const foreign = path.join(folder, 'foreign');
  const owner = new PersistLock(foreign);
  await owner.setItem('a', 1);
  fs.chmodSync(foreign, 0o755);
  fs.chmodSync(path.join(foreign, '.persist-lock'), 0o755);
  const nobody = start('nobody.js', path.join(folder, 'closed', 'new'), foreign);
  const [errors] = await once(nobody, 'message');
  const lock = path.join(foreign, '.persist-lock', 'writer.lock');
  assert.deepEqual(errors, [
    { name: 'PersistLockError', code: 'EACCES', path: path.join(folder, 'closed', 'new') },
    { name: 'PersistLockError', code: 'EACCES', path: lock },
  ]);
  assert.equal(await owner.getItem('a'), 1);
  await owner.close();
});

test('a read-only file system is refused', async (t) => {
  const folder = mounted(t, 'size=1m');
  if (!folder) return;
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  await store.close();
  execFileSync('mount', ['-o', 'remount,ro', folder]);
  const file = path.join(folder, '.persist-lock', 'writer.lock');
  await rejectsAll(new PersistLock(folder), { code: 'EROFS', path: file });
  execFileSync('mount', ['-o', 'remount,rw', folder]);
  const again = new PersistLock(folder);
  assert.equal(await again.getItem('a'), 1);
  await again.close();
});

test('an operation that the system refuses keeps the system’s code, even where a file must appear at once', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  const refusals = { ENOENT: 'none', ENAMETOOLONG: 'x'.repeat(300) };
  for (const [code, name] of Object.entries(refusals)) {
    const file = path.join(folder, name, 'backup');
    const expected = { name: 'PersistLockError', code, path: path.dirname(file) };
    await assert.rejects(store.backup(file), expected);
  }
  await store.close();
});

test('a full file system rejects the whole commit, and the store goes on', async (t) => {
  const folder = mounted(t, 'size=256k');
  if (!folder) return;
  const store = new PersistLock(folder);
  await store.setItem('kept', 'kept');
  const length = fs.statSync(dataFile(folder)).size;
  const large = 'x'.repeat(512 * 1024);
  const writes = await Promise.allSettled([
    store.setItem('kept', 'lost'),
    store.setItem('a', large),
  ]);
  for (const { reason } of writes) {
    assert.equal(reason.code, 'ENOSPC');
    assert.equal(reason.path, dataFile(folder));
  }
  assert.equal(fs.statSync(dataFile(folder)).size, length, 'nothing of it is left');
  assert.deepEqual(await store.entries(), [['kept', 'kept']]);
  await store.setItem('small', 1);
  await store.close();
  const again = new PersistLock(folder);
  assert.deepEqual(await again.entries(), [
    ['kept', 'kept'],
    ['small', 1],
  ]);
  await again.close();
});

test('a damaged file is reported with its line and left unchanged', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  for (const key of ['a', 'b', 'c']) await store.setItem(key, key);
  await store.close();
  const whole = fs.readFileSync(dataFile(folder), 'utf8');
  const damaged = whole.replace('"value":"b"', '"value":"x"');
  fs.writeFileSync(dataFile(folder), damaged);
  const expected = { code: 'ERR_PERSIST_LOCK_CORRUPT', path: dataFile(folder) };
  const again = new PersistLock(folder);
  await rejectsAll(again, expected);
  await assert.rejects(again.init(), { message: /line 4: commit 2 is damaged/ });
  assert.equal(fs.readFileSync(dataFile(folder), 'utf8'), damaged);

  fs.writeFileSync(dataFile(folder), whole);
  assert.deepEqual(await again.keys(), ['a', 'b', 'c']);
  await again.close();
});

test('a read of an item that was damaged under an open store reports it', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.setItem('a', 'a');
  await store.setItem('b', 'b');
  const reader = await new PersistLock(folder).init();
  const whole = fs.readFileSync(dataFile(folder), 'utf8');
  const file = fs.openSync(dataFile(folder), 'r+');
  fs.writeSync(file, Buffer.from('x'), 0, 1, whole.indexOf('"value":"a"') + 9);
  const expected = { code: 'ERR_PERSIST_LOCK_CORRUPT', message: /line 2/ };
  await assert.rejects(store.getItem('a'), { ...expected, key: 'a' });
  await assert.rejects(reader.getItem('a'), { ...expected, key: 'a' });
  await assert.rejects(store.entries(), expected);
  await assert.rejects(
    store.editItem('a', () => assert.fail('must not run')),
    { ...expected, key: 'a' },
  );
  assert.equal(await reader.getItem('b'), 'b');
  fs.closeSync(file);
  await reader.close();
  await store.close();
});

test('a file of an unknown version is not touched', async (t) => {
  const folder = temporaryFolder(t);
  fs.mkdirSync(path.join(folder, '.persist-lock'));
  const text = '{"persist-lock":2}\n{"something":"else"}\n';
  fs.writeFileSync(dataFile(folder), text);
  const store = new PersistLock(folder);
  await rejectsAll(store, { code: 'ERR_PERSIST_LOCK_UNKNOWN_VERSION', path: dataFile(folder) });
  fs.writeFileSync(dataFile(folder), '');
  await rejectsAll(store, { code: 'ERR_PERSIST_LOCK_CORRUPT', path: dataFile(folder) });
});

test('a store whose folder is deleted or replaced reopens', async (t) => {
  const folder = temporaryFolder(t);
  const inner = path.join(folder, '.persist-lock');
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  fs.rmSync(inner, { recursive: true });
  assert.equal(await store.getItem('a'), undefined);
  await store.setItem('b', 2);
  const another = new PersistLock(folder);
  assert.deepEqual(await another.entries(), [['b', 2]]);

  fs.renameSync(inner, path.join(folder, 'moved'));
  await store.setItem('c', 3);
  assert.deepEqual(await store.entries(), [['c', 3]]);
  await another.setItem('d', 4);
  assert.deepEqual(await another.entries(), [
    ['c', 3],
    ['d', 4],
  ]);
  await store.close();
  await another.close();
});

test('a lease file that cannot be removed blocks no call', async (t) => {
  const folder = temporaryFolder(t);
  fs.mkdirSync(path.join(folder, '.persist-lock', 'leases', 'foreign.lease'), { recursive: true });
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  assert.equal(await store.editItem('a', async (current) => current + 1), 2);
  assert.equal(await store.viewItem('a', async (current) => current), 2);
  assert.deepEqual(await store.entries(), [['a', 2]]);
  await store.close();
});

test('foreign files in the store’s folder change nothing', async (t) => {
  const folder = temporaryFolder(t);
  const inner = path.join(folder, '.persist-lock');
  fs.mkdirSync(inner);
  for (const name of [
    '.DS_Store',
    'data.jsonl',
    'data.01.jsonl',
    'data.2.jsonl.bak',
    'new-1.tmp',
  ]) {
    fs.writeFileSync(path.join(inner, name), 'foreign');
  }
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  await store.clear();
  await store.close();
  assert.equal(fs.readFileSync(path.join(inner, '.DS_Store'), 'utf8'), 'foreign');
});

test(
  'files and folders belong to the owner alone, unless a mode is given',
  { skip: noModes },
  async (t) => {
    const umask = process.umask(0);
    t.after(() => process.umask(umask));
    const modes = (folder) => {
      const store = path.join(folder, '.persist-lock');
      const names = [store, ...fs.readdirSync(store).map((name) => path.join(store, name))];
      return names.map((name) => (fs.statSync(name).mode & 0o777).toString(8));
    };
    for (const [options, expected] of [
      [{}, ['700', '600', '600']],
      // A user who may not write may not lock either.
      [{ mode: 0o664 }, ['775', '664', '660']],
    ]) {
      const folder = path.join(temporaryFolder(t), 'made', 'by', 'init');
      const store = new PersistLock(folder, options);
      await store.setItem('a', 1);
      await store.close();
      assert.deepEqual(modes(folder), expected);
    }
  },
);

test('a folder or a mode that cannot be one is refused by the constructor', () => {
  for (const dir of [5, null, {}, 'a\0b']) {
    const expected = { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_DIR' };
    assert.throws(() => new PersistLock(dir), expected);
  }
  for (const mode of ['600', 0o400, 0o1777]) {
    const expected = { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_OPTION' };
    assert.throws(() => new PersistLock('.', { mode }), expected);
  }
});
