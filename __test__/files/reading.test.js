'use strict';

// The option `readOnly`: everything can be read, even on read-only file systems, and nothing is created, changed or locked.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { startActor } = require('../support/actor');
const { mounted, temporaryFolder } = require('../support/folders');
const { currentFile, storeFiles } = require('../support/store-files');
const { temporaryStore } = require('../support/stores');

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

/** Lists the files of a folder with their last changes, to check that nothing changed. */
function state(folder) {
  const names = fs.readdirSync(folder, { recursive: true }).sort();
  return ['.', ...names].map((name) => {
    const { mtimeMs, size, mode } = fs.statSync(path.join(folder, name));
    return { name, mtimeMs, size, mode };
  });
}

/** Checks that every call that would change or lock something is refused. */
async function refusesWrites(store, dir) {
  const never = () => assert.fail('must not run');
  const calls = {
    setItem: () => store.setItem('a', 1),
    updateItem: () => store.updateItem('a', 1),
    editItem: () => store.editItem('a', never),
    editItems: () => store.editItems(['a'], never),
    viewItem: () => store.viewItem('a', never),
    removeItem: () => store.removeItem('a'),
    clear: () => store.clear(),
    removeExpiredItems: () => store.removeExpiredItems(),
    compact: () => store.compact(),
  };
  for (const [name, call] of Object.entries(calls)) {
    await assert.rejects(
      call,
      { name: 'PersistLockError', code: 'ERR_PERSIST_LOCK_READ_ONLY', path: dir },
      name,
    );
  }
}

/** Checks all kinds of reads. */
async function reads(store, expected) {
  assert.deepEqual(await store.entries(), expected);
  assert.deepEqual(
    await store.keys(),
    expected.map(([key]) => key),
  );
  assert.equal(await store.length(), expected.length);
  for (const [key, value] of expected) {
    assert.deepEqual(await store.getItem(key), value);
    assert.equal(await store.hasItem(key), true);
  }
  assert.equal(await store.getItem('not there'), undefined);
}

test('a read-only store reads everything, changes nothing and refuses every write', async (t) => {
  const folder = temporaryFolder(t);
  const owner = new PersistLock(folder);
  await owner.setItem('a', { deep: [1] });
  await owner.setItem('expired', 1, { ttl: 1 });
  await owner.setItem('b', 'b');
  await owner.close();
  fs.rmSync(path.join(folder, '.persist-lock', 'writer.lock'));
  while (Date.now() < fs.statSync(currentFile(folder)).mtimeMs + 2);

  const before = state(folder);
  const store = new PersistLock(folder, { readOnly: true });
  assert.equal(await store.init(), store);
  await reads(store, [
    ['a', { deep: [1] }],
    ['b', 'b'],
  ]);
  await refusesWrites(store, folder);
  await store.close();
  assert.deepEqual(state(folder), before);
});

test('a read-only store does not create a missing store', async (t) => {
  const folder = temporaryFolder(t);
  for (const dir of [folder, path.join(folder, 'missing')]) {
    const store = new PersistLock(dir, { readOnly: true });
    for (const read of [() => store.init(), () => store.getItem('a'), () => store.keys()]) {
      const expected = { name: 'PersistLockError', code: 'ENOENT' };
      await assert.rejects(read, { ...expected, path: path.join(dir, '.persist-lock') });
    }
    await refusesWrites(store, dir);
    assert.deepEqual(fs.readdirSync(folder), []);
    await store.close();
  }
  const store = temporaryStore(t, { readOnly: true });
  await assert.rejects(store.getItem('a'), { code: 'ENOENT' });

  // As soon as it is there it can be read.
  const waiting = new PersistLock(folder, { readOnly: true });
  await assert.rejects(waiting.getItem('a'), { code: 'ENOENT' });
  const owner = new PersistLock(folder);
  await owner.setItem('a', 1);
  assert.equal(await waiting.getItem('a'), 1);
  await owner.close();
  await waiting.close();
});

test('a read-only store follows the commits and compactions of others', async (t) => {
  const folder = temporaryFolder(t);
  const owner = startActor(t, folder);
  await owner.call('set', 'a', 0);
  const store = new PersistLock(folder, { readOnly: true });
  await store.init();
  for (let round = 1; round <= 5; round++) {
    await owner.call('set', 'a', round);
    assert.equal(await store.getItem('a'), round);
    await owner.call('set', `key ${round}`, round);
    for (let compactions = 0; compactions < round % 3; compactions++) await owner.call('compact');
    assert.equal(await store.length(), 1 + round);
  }
  await owner.call('clear');
  assert.deepEqual(await store.entries(), []);
  await owner.call('close');
  await store.close();
});

test(
  'a folder that another user may only read can be read',
  { skip: !isRoot && 'needs root' },
  async (t) => {
    const folder = temporaryFolder(t);
    fs.chmodSync(folder, 0o755);
    const owner = new PersistLock(folder, { mode: 0o644 });
    await owner.setItem('a', 1);
    const guest = startActor(t, folder, { user: NOBODY, readOnly: true });
    assert.deepEqual(await guest.call('entries'), [['a', 1]]);
    await owner.setItem('b', 2);
    await owner.compact();
    await owner.setItem('c', 3);
    const expected = [
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ];
    assert.deepEqual(await guest.call('entries'), expected);
    const readOnly = { name: 'PersistLockError', code: 'ERR_PERSIST_LOCK_READ_ONLY' };
    await assert.rejects(guest.call('set', 'a', 2), readOnly);
    // Without the option the same user is refused by the system.
    const intruder = startActor(t, folder, { user: NOBODY });
    const lock = path.join(folder, '.persist-lock', 'writer.lock');
    await assert.rejects(intruder.call('get', 'a'), { code: 'EACCES', path: lock });

    const file = currentFile(folder);
    fs.chmodSync(file, 0o600);
    const stranger = startActor(t, folder, { user: NOBODY, readOnly: true });
    await assert.rejects(stranger.call('get', 'a'), { code: 'EACCES', path: file });
    fs.chmodSync(file, 0o644);
    assert.equal(await stranger.call('get', 'a'), 1);
    fs.chmodSync(path.join(folder, '.persist-lock'), 0o700);
    const excluded = startActor(t, folder, { user: NOBODY, readOnly: true });
    const expectedError = { code: 'EACCES', path: path.join(folder, '.persist-lock') };
    await assert.rejects(excluded.call('get', 'a'), expectedError);
    await owner.close();
  },
);

test('a file system mounted read-only here and writable elsewhere is followed', async (t) => {
  const folder = mounted(t, 'size=1m');
  if (!folder) return;
  const view = fs.mkdtempSync(path.join(os.tmpdir(), 'persist-lock-'));
  execFileSync('mount', ['--bind', folder, view]);
  t.after(() => {
    execFileSync('umount', ['--lazy', view]);
    fs.rmdirSync(view);
  });
  execFileSync('mount', ['-o', 'remount,bind,ro', view]);
  const missing = new PersistLock(view, { readOnly: true });
  await assert.rejects(missing.keys(), { code: 'ENOENT' });

  const owner = new PersistLock(folder);
  await owner.setItem('a', 1);
  const store = new PersistLock(view, { readOnly: true });
  await reads(store, [['a', 1]]);
  await owner.setItem('b', 2);
  await owner.compact();
  await owner.removeItem('a');
  await reads(store, [['b', 2]]);
  await refusesWrites(store, view);
  await assert.rejects(store.backup(path.join(view, 'backup')), { code: 'EROFS', path: view });
  await assert.rejects(new PersistLock(view).keys(), { code: 'EROFS' });
  for (const instance of [missing, owner, store]) await instance.close();
});

test('a read-only store ignores a torn tail and leaves it', async (t) => {
  const folder = temporaryFolder(t);
  const owner = new PersistLock(folder);
  await owner.setItem('a', 1);
  const store = new PersistLock(folder, { readOnly: true });
  await store.init();
  fs.appendFileSync(currentFile(folder), '{"key":"a","value":2}\n{"key":"b","val');
  const torn = fs.readFileSync(currentFile(folder), 'utf8');
  const another = new PersistLock(folder, { readOnly: true });
  for (const reader of [store, another]) await reads(reader, [['a', 1]]);
  assert.equal(fs.readFileSync(currentFile(folder), 'utf8'), torn);
  assert.deepEqual(storeFiles(folder), ['data.1.jsonl', 'writer.lock']);

  await owner.setItem('c', 3);
  const expected = [
    ['a', 1],
    ['c', 3],
  ];
  for (const reader of [store, another]) await reads(reader, expected);
  for (const instance of [owner, store, another]) await instance.close();
});

test('a read-only store reports damage after a second look', async (t) => {
  const folder = temporaryFolder(t);
  const owner = new PersistLock(folder);
  await owner.setItem('a', 'a');
  const [early, other] = [1, 2].map(() => new PersistLock(folder, { readOnly: true }));
  for (const reader of [early, other]) await reader.init();
  await owner.setItem('b', 'b');
  await owner.setItem('c', 'c');
  await owner.close();
  const whole = fs.readFileSync(currentFile(folder), 'utf8');
  const damaged = whole.replace('"value":"b"', '"value":"x"');
  fs.writeFileSync(currentFile(folder), damaged);

  const expected = {
    name: 'PersistLockError',
    code: 'ERR_PERSIST_LOCK_CORRUPT',
    path: currentFile(folder),
    message: /line 4: commit 2 is damaged.*persist-lock repair --dir /,
  };
  const late = new PersistLock(folder, { readOnly: true });
  await assert.rejects(late.init(), expected);
  await assert.rejects(late.getItem('a'), expected);

  // An instance that had it open may have met a write under way.
  for (const reader of [early, other]) assert.equal(await reader.getItem('b'), undefined);
  fs.writeFileSync(currentFile(folder), whole);
  assert.equal(await other.getItem('b'), 'b');
  fs.writeFileSync(currentFile(folder), damaged);
  // It says so at a later look, if that finds the same.
  await assert.rejects(async () => {
    for (;;) {
      assert.equal(await early.getItem('a'), 'a');
      assert.equal(await early.getItem('b'), undefined);
      await new Promise(setImmediate);
    }
  }, expected);
  await assert.rejects(early.keys(), expected);

  fs.writeFileSync(currentFile(folder), whole);
  for (const reader of [early, other, late]) {
    assert.deepEqual(await reader.keys(), ['a', 'b', 'c']);
    await reader.close();
  }
});

test('a reader follows a store that is deleted and made again', async (t) => {
  const folder = temporaryFolder(t);
  const inner = path.join(folder, '.persist-lock');
  const first = new PersistLock(folder);
  await first.setItem('a', 1);
  const store = new PersistLock(folder, { readOnly: true });
  await reads(store, [['a', 1]]);
  fs.rmSync(inner, { recursive: true });
  for (let times = 0; times < 2; times++) {
    await assert.rejects(store.getItem('a'), { code: 'ENOENT', path: inner });
    await assert.rejects(store.keys(), { code: 'ENOENT', path: inner });
  }
  assert.deepEqual(fs.readdirSync(folder), []);
  await first.setItem('b', 2);
  await reads(store, [['b', 2]]);
  await first.close();
  await store.close();
});

test('a reader refuses foreign files and files of a newer version', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'file');
  const open = () => new PersistLock(file, { readOnly: true });
  await assert.rejects(open().keys(), { code: 'ENOENT' });
  fs.writeFileSync(file, 'mine');
  await assert.rejects(open().keys(), { code: 'ERR_PERSIST_LOCK_CORRUPT', path: file });
  fs.writeFileSync(file, '');
  await assert.rejects(open().keys(), { code: 'ERR_PERSIST_LOCK_CORRUPT', path: file });
  fs.writeFileSync(file, '{"persist-lock":2}\n');
  await assert.rejects(open().keys(), { code: 'ERR_PERSIST_LOCK_UNKNOWN_VERSION', path: file });
  assert.equal(fs.readFileSync(file, 'utf8'), '{"persist-lock":2}\n');
  // Without the option a file is no place for a store.
  await assert.rejects(new PersistLock(file).keys(), { code: 'ERR_PERSIST_LOCK_INVALID_DIR' });
});
