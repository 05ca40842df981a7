'use strict';

// A full file system: calls that need space reject with ENOSPC and leave nothing, others go on, and all work once there is some.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { mounted, temporaryFolder } = require('../support/folders');
const { dataFiles, currentFile, storeFiles } = require('../support/store-files');
const { until } = require('../support/waiting');

/** Fills the file system; returns a function that frees it. */
function fill(folder) {
  const filler = path.join(folder, 'filler');
  const file = fs.openSync(filler, 'a');
  for (let length = 1 << 16; length > 0;) {
    try {
      fs.writeSync(file, Buffer.alloc(length));
    } catch (error) {
      assert.equal(error.code, 'ENOSPC');
      length >>= 1;
    }
  }
  fs.closeSync(file);
  return () => fs.rmSync(filler);
}

/** Takes all inodes; returns a function that frees them. */
function fillInodes(folder) {
  const names = [];
  for (let number = 0; ; number++) {
    const name = path.join(folder, `filler ${number}`);
    try {
      fs.writeFileSync(name, '');
    } catch (error) {
      assert.equal(error.code, 'ENOSPC');
      return () => names.forEach((filler) => fs.rmSync(filler));
    }
    names.push(name);
  }
}

/** Sets an item until not even one more byte has room in the file. */
async function setUntilFull(store, key) {
  for (let number = 0; ; number++) {
    try {
      await store.setItem(key, number);
    } catch (error) {
      assert.equal(error.code, 'ENOSPC');
      return number - 1;
    }
  }
}

/** Checks that a call is refused for want of room, by an error that names a path below a folder. */
async function findsNoRoom(call, folder) {
  await assert.rejects(call, (error) => {
    assert.equal(error.name, 'PersistLockError');
    assert.equal(error.code, 'ENOSPC');
    assert.ok(error.path.startsWith(folder), error.path);
    assert.ok(error.message.includes(error.path), error.message);
    return true;
  });
}

test('a compaction without room rejects and leaves nothing', async (t) => {
  const folder = mounted(t, 'size=1m');
  if (!folder) return;
  const store = new PersistLock(folder);
  const large = 'x'.repeat(400_000);
  await store.setItem('large', large);
  await store.setItem('small', 0);
  const makeRoom = fill(folder);
  for (let times = 1; times <= 3; times++) {
    await findsNoRoom(store.compact(), folder);
    assert.deepEqual(dataFiles(folder), ['data.1.jsonl']);
    assert.equal(await store.getItem('large'), large);
    assert.equal(await store.getItem('small'), 0);
  }
  makeRoom();
  await store.setItem('small', 1);
  await store.compact();
  assert.deepEqual(dataFiles(folder), ['data.2.jsonl']);
  assert.deepEqual(await store.entries(), [
    ['large', large],
    ['small', 1],
  ]);
  await store.close();
});

test('a background compaction without room fails no call and is made later', async (t) => {
  const folder = mounted(t, 'size=1m');
  if (!folder) return;
  const store = new PersistLock(folder);
  // Most of the file is dead, but the live items do not fit twice into the rest of the file system.
  const text = 'x'.repeat(240_000);
  await store.setItem('a', text);
  const filler = path.join(folder, 'filler');
  fs.writeFileSync(filler, Buffer.alloc(285_000));
  await store.setItem('a', `${text} again`);
  await store.setItem('a', `${text} and again`);
  await store.setItem('b', 1);
  await store.close();
  assert.deepEqual(dataFiles(folder), ['data.1.jsonl']);

  fs.rmSync(filler);
  const next = new PersistLock(folder);
  await next.setItem('b', 2);
  await next.close();
  assert.deepEqual(dataFiles(folder), ['data.2.jsonl']);
  const last = new PersistLock(folder);
  assert.deepEqual(Object.fromEntries(await last.entries()), { a: `${text} and again`, b: 2 });
  await last.close();
});

test('a compaction that does not fit leaves room for writes', async (t) => {
  const folder = mounted(t, 'size=6m');
  if (!folder) return;
  const store = new PersistLock(folder);
  for (let key = 0; key < 20; key++) await store.setItem(`large ${key}`, 'x'.repeat(100_000));
  // Other files leave too little room for a copy, and more than the live items take.
  const filler = path.join(folder, 'filler');
  fs.writeFileSync(filler, Buffer.alloc(1_950_000));
  const hot = 'y'.repeat(4000);
  let written = 0;
  try {
    for (;;) await store.setItem('hot', `${hot}${written++}`);
  } catch (error) {
    assert.equal(error.code, 'ENOSPC');
  }
  const { size } = fs.statSync(currentFile(folder));
  assert.ok(size > 4 * 2 ** 20, `${size} bytes when the first set was refused`);
  const { bavail, bsize } = fs.statfsSync(folder);
  assert.ok(bavail * bsize < 20_000, `${bavail * bsize} bytes were free then`);
  assert.deepEqual(dataFiles(folder), ['data.1.jsonl']);

  // There is hardly any room; but when everything is removed, a copy of the rest fits.
  fs.rmSync(filler);
  await store.clear();
  await until(() => dataFiles(folder).join() === 'data.2.jsonl');
  await store.setItem('hot', hot);
  assert.deepEqual(await store.entries(), [['hot', hot]]);
  await store.close();
});

test('a backup without room rejects and leaves nothing', async (t) => {
  const small = mounted(t, 'size=256k');
  if (!small) return;
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.setItem('a', 'a');
  const file = path.join(small, 'backup');
  await store.backup(file);
  const before = fs.readFileSync(file, 'utf8');
  await store.setItem('large', 'x'.repeat(400_000));
  await findsNoRoom(store.backup(file), small);
  assert.deepEqual(fs.readdirSync(small), ['backup']);
  assert.equal(fs.readFileSync(file, 'utf8'), before, 'the last one is still there');
  await store.removeItem('large');
  await store.setItem('a', 'b');
  await store.backup(file);
  const backup = new PersistLock(file, { readOnly: true });
  assert.deepEqual(await backup.entries(), [['a', 'b']]);
  await backup.close();
  await store.close();
});

test('a completely full file system refuses every change, and nothing of one is left', async (t) => {
  const folder = mounted(t, 'size=256k');
  if (!folder) return;
  const store = new PersistLock(folder);
  await store.setItem('a', 'a');
  const makeRoom = fill(folder);
  const last = await setUntilFull(store, 'counter');
  const { size } = fs.statSync(currentFile(folder));
  const writes = {
    remove: () => store.removeItem('a'),
    set: () => store.setItem('a', 'b'),
    edit: () => store.editItem('a', (value) => value + value),
    'asynchronous edit': () => store.editItem('a', async (value) => value + value),
    'edit of several': () => store.editItems(['a', 'b'], () => [['b', 'b']]),
    clear: () => store.clear(),
  };
  for (const [name, write] of Object.entries(writes)) {
    await findsNoRoom(write(), folder).catch((error) => assert.fail(`${name}: ${error.message}`));
    assert.equal(fs.statSync(currentFile(folder)).size, size, `${name} leaves nothing`);
  }
  const expected = { a: 'a', counter: last };
  assert.deepEqual(Object.fromEntries(await store.entries()), expected);
  // A call that changes nothing needs no room.
  assert.equal(await store.removeItem('not there'), false);
  const another = new PersistLock(folder);
  assert.deepEqual(Object.fromEntries(await another.entries()), expected);

  makeRoom();
  assert.equal(await store.removeItem('a'), true);
  assert.equal(await another.editItem('counter', async (number) => number + 1), last + 1);
  assert.deepEqual(await store.entries(), [['counter', last + 1]]);
  await store.close();
  await another.close();
});

test('a commit that fits only without room after it is stored', async (t) => {
  const folder = mounted(t, 'size=256k');
  if (!folder) return;
  const store = new PersistLock(folder);
  await store.setItem('a', 'a');
  const file = currentFile(folder);
  const hasRoom = () => fs.readFileSync(file, 'latin1').endsWith(' ');
  const makeRoom = fill(folder);
  // The page that the file ends in is free to its end.
  const last = await setUntilFull(store, 'counter');
  assert.ok(last > 10, `${last}`);
  const { size } = fs.statSync(file);
  assert.ok(4096 - (size % 4096) < 200, `${size}`);
  assert.equal(hasRoom(), false);
  makeRoom();
  for (let number = 1; number <= 3; number++) {
    await store.setItem('counter', last + number);
    assert.equal(hasRoom(), process.platform === 'linux');
  }
  // What is written into the room needs no space of the file system.
  const makeRoomAgain = fill(folder);
  const again = await setUntilFull(store, 'counter');
  assert.ok(again > 100, `${again}`);
  makeRoomAgain();
  assert.equal(await store.editItem('counter', (number) => number + 1), again + 1);
  await store.close();
  assert.equal(hasRoom(), false);
});

test('an asynchronous edit without room for its lease rejects and stores nothing', async (t) => {
  const folder = mounted(t, 'size=1m,nr_inodes=8');
  if (!folder) return;
  const store = new PersistLock(folder);
  await store.setItem('a', 1);
  const makeRoom = fillInodes(folder);
  await findsNoRoom(
    store.editItem('a', async (value) => value + 1),
    folder,
  );
  await findsNoRoom(store.compact(), folder);
  assert.equal(await store.editItem('a', (value) => value + 10), 11);
  makeRoom();
  assert.equal(await store.editItem('a', async (value) => value + 1), 12);
  await store.compact();
  assert.equal(await store.getItem('a'), 12);
  await store.close();
});

test('a tail that cannot be set aside is not cut off', async (t) => {
  const folder = mounted(t, 'size=256k');
  if (!folder) return;
  const owner = new PersistLock(folder);
  await owner.setItem('a', 'a');
  await owner.setItem('b', 'b'.repeat(20_000));
  await owner.close();
  // The last commit, which was acknowledged, is damaged, and the claim after it is gone.
  const file = currentFile(folder);
  const text = fs.readFileSync(file, 'utf8').replace(/{"synced":.*\n$/, '');
  const damaged = text.replace('bbb', 'bxb');
  fs.writeFileSync(file, damaged);
  const makeRoom = fill(folder);
  const store = new PersistLock(folder);
  for (let times = 0; times < 2; times++) {
    await findsNoRoom(store.setItem('c', 'c'), folder);
    assert.equal(fs.readFileSync(file, 'utf8'), damaged);
    assert.deepEqual(await store.entries(), [['a', 'a']]);
  }
  makeRoom();
  await store.setItem('c', 'c');
  assert.deepEqual(await store.keys(), ['a', 'c']);
  const [kept] = storeFiles(folder).filter((name) => name.startsWith('cut.'));
  const end = damaged.indexOf('{"key":"b"');
  const aside = fs.readFileSync(path.join(folder, '.persist-lock', kept), 'utf8');
  assert.equal(aside, damaged.slice(end));
  await store.close();
});

test('a store without room is made once there is some', async (t) => {
  const folder = mounted(t, 'size=64k');
  if (!folder) return;
  const makeRoom = fill(folder);
  const store = new PersistLock(folder);
  await findsNoRoom(store.setItem('a', 1), folder);
  await findsNoRoom(store.keys(), folder);
  makeRoom();
  await store.setItem('a', 1);
  assert.deepEqual(await store.entries(), [['a', 1]]);
  await store.close();
  assert.deepEqual(dataFiles(folder), ['data.1.jsonl']);
});
