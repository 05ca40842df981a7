'use strict';

// Compaction: it keeps the file small in the background, and the new file has the items of the old one.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');
const { dataFiles, currentFile } = require('../support/store-files');

const root = JSON.stringify(path.resolve(__dirname, '..', '..'));

/** The number of the data file that holds. */
function newestNumber(folder) {
  return Number(currentFile(folder).split('.').at(-2));
}

test('a counter edited 20 000 times leaves a small file', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder, { durability: 'os' });
  for (let edit = 1; edit <= 20_000; edit++) {
    assert.equal(await store.editItem('counter', (current = 0) => current + 1), edit);
  }
  await store.close();
  assert.ok(newestNumber(folder) > 2, 'it was compacted several times');

  // A compaction may have been under way at the end, and copied later writes: the next write tells if that is too much.
  const again = new PersistLock(folder);
  assert.equal(await again.editItem('counter', (current) => current + 1), 20_001);
  await again.close();
  const { size } = fs.statSync(currentFile(folder));
  assert.ok(size < 200_000, `${size} bytes`);
  assert.equal(dataFiles(folder).length, 1);
});

test('awaited writes in a loop let other callbacks run', async (t) => {
  const folder = temporaryFolder(t);
  for (const durability of ['os', 'disk']) {
    const store = new PersistLock(folder, { durability });
    // The first write waits for the system to open the store, and so does the first look.
    await store.setItem('a', 0);
    await store.removeItem('not there');
    let fired = false;
    setImmediate(() => (fired = true));
    for (let writes = 0; !fired && writes < 100_000; writes++) {
      if (durability === 'os') await store.setItem('a', writes);
      else await store.removeItem('not there');
    }
    assert.ok(fired);
    await store.close();
  }
});

test('a compacted file is smaller and has the same items', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  const expected = new Map();
  for (let round = 0; round < 20; round++) {
    const writes = [];
    // So few that no compaction begins on its own, even if each write makes its own commit.
    for (let at = 0; at < 30; at++) {
      const [key, value] = [`key ${at}`, { round, at, text: 'é\n"'.repeat(at % 7) }];
      if (at % 5 === round % 5) {
        expected.delete(key);
        writes.push(store.removeItem(key));
      } else {
        expected.set(key, value);
        writes.push(store.setItem(key, value, { ttl: at % 3 === 0 ? 3_600_000 : null }));
      }
    }
    await Promise.all(writes);
  }
  const before = fs.statSync(currentFile(folder)).size;
  await store.compact();
  assert.equal(dataFiles(folder).length, 1);
  assert.equal(newestNumber(folder), 2);
  const { size } = fs.statSync(currentFile(folder));
  assert.ok(size < before / 10, `${size} of ${before} bytes`);

  const another = new PersistLock(folder);
  for (const reader of [store, another]) {
    assert.deepEqual(new Map(await reader.entries()), expected);
  }
  const lines = fs.readFileSync(currentFile(folder), 'utf8').split('\n');
  const expiring = lines.filter((line) => /"expires":\d+}$/.test(line));
  assert.equal(
    expiring.length,
    [...expected.keys()].filter((key) => key.slice(4) % 3 === 0).length,
  );
  await store.close();
  await another.close();
});

test('a store without items can be compacted repeatedly', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.compact();
  await store.setItem('a', 1);
  await store.clear();
  await store.compact();
  await store.compact();
  assert.deepEqual(await store.entries(), []);
  await store.setItem('a', 2);
  await store.close();
  const again = new PersistLock(folder);
  assert.deepEqual(await again.entries(), [['a', 2]]);
  await again.close();
});

/** A store's folder whose next write lets it be compacted, for which most of the file has to be copied. */
async function nearlyWorthCompacting(t) {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.setItem('kept', 'k'.repeat(20_000_000));
  for (const letter of ['a', 'b']) await store.setItem('changed', letter.repeat(14_000_000));
  await store.close();
  assert.deepEqual(dataFiles(folder), ['data.1.jsonl']);
  return folder;
}

test('close waits for a background compaction', async (t) => {
  const folder = await nearlyWorthCompacting(t);
  const store = new PersistLock(folder);
  await store.setItem('changed', 'small');
  await store.close();
  assert.deepEqual(dataFiles(folder), ['data.2.jsonl']);
});

test('the end of a script waits for a background compaction', async (t) => {
  const folder = await nearlyWorthCompacting(t);
  const program = `const PersistLock = require(${root});
    new PersistLock(${JSON.stringify(folder)}).setItem('changed', 'small');`;
  const ended = { stdout: '', stderr: '', code: 0, signal: null };
  assert.deepEqual(await runScript(['-e', program]), ended);
  assert.deepEqual(dataFiles(folder), ['data.2.jsonl']);
});

test('a compaction copies no damage', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.setItem('a', 'first');
  await store.setItem('b', 'second');
  const damaged = fs.readFileSync(currentFile(folder), 'utf8').replace('first', 'fOrst');
  fs.writeFileSync(currentFile(folder), damaged);
  await assert.rejects(store.compact(), {
    name: 'PersistLockError',
    code: 'ERR_PERSIST_LOCK_CORRUPT',
    path: currentFile(folder),
    message: /line 2/,
  });
  assert.equal(dataFiles(folder).length, 1);
  assert.equal(fs.readFileSync(currentFile(folder), 'utf8'), damaged);
  assert.equal(await store.getItem('b'), 'second');
  await store.close();
});

test('a damaged compacted file is reported, not read as empty or torn', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.setItem('a', 'a');
  await store.setItem('b', 'b');
  await store.compact();
  await store.close();
  const file = currentFile(folder);
  const whole = fs.readFileSync(file);
  for (let at = 0; at < whole.length; at++) {
    const damaged = Buffer.from(whole);
    damaged[at] ^= 1;
    fs.writeFileSync(file, damaged);
    const opened = new PersistLock(folder);
    await assert.rejects(opened.getItem('a'), (error) => {
      const codes = ['ERR_PERSIST_LOCK_CORRUPT', 'ERR_PERSIST_LOCK_UNKNOWN_VERSION'];
      assert.ok(codes.includes(error.code), `${error.message} with byte ${at} damaged`);
      assert.equal(error.path, file);
      return true;
    });
    await opened.close();
  }
  for (let length = 0; length < whole.length; length++) {
    fs.writeFileSync(file, whole.subarray(0, length));
    const opened = new PersistLock(folder);
    await assert.rejects(opened.keys(), (error) => /CORRUPT|UNKNOWN_VERSION/.test(error.code));
    await opened.close();
  }
});
