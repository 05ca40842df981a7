'use strict';

// Large keys and values, and many items: PERSIST_LOCK_ITEMS of them.

const assert = require('node:assert/strict');
const { randomBytes } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { currentFile } = require('../support/store-files');

const MEGABYTE = 2 ** 20;
const ITEMS = Number(process.env.PERSIST_LOCK_ITEMS ?? 100_000);
const AT_ONCE = 10_000;

/** A text of so many characters, which is nowhere like itself, and ends in some that JSON escapes. */
function text(length) {
  return `${randomBytes(length)
    .toString('base64')
    .slice(0, length - 4)}\n"\\é`;
}

test('a key and a value of 64 MB are stored and read', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder, { lockTimeout: Infinity });
  const [key, value] = [text(64 * MEGABYTE), text(64 * MEGABYTE)];
  await store.setItem('small', 1);
  await store.setItem(key, 'of a large key');
  await store.setItem('large', value);
  const check = async (reader) => {
    assert.equal(await reader.getItem(key), 'of a large key');
    assert.ok((await reader.getItem('large')) === value);
    assert.equal(await reader.hasItem(`${key}.`), false);
    assert.ok((await reader.keys()).includes(key));
    assert.equal(await reader.length(), 3);
  };
  await check(store);
  await store.editItem('small', async (number) => number + 1);
  await store.compact();
  await check(store);
  await store.backup(path.join(folder, 'backup'));
  await store.close();

  const again = new PersistLock(folder);
  await check(again);
  assert.equal(await again.removeItem(key), true);
  assert.equal((await again.editItem('large', (large) => large.slice(1))).length, value.length - 1);
  await again.removeItem('large');
  assert.deepEqual(await again.entries(), [['small', 2]]);
  await again.compact();
  assert.ok(fs.statSync(currentFile(folder)).size < 1000);
  await again.close();
  const backup = new PersistLock(path.join(folder, 'backup'), { readOnly: true });
  assert.equal(await backup.getItem(key), 'of a large key');
  await backup.close();
});

test('large keys that differ only in their last character are told apart', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  const key = text(MEGABYTE);
  const keys = ['a', 'b', 'c'].map((end) => key + end);
  await Promise.all(keys.map((each, at) => store.setItem(each, at)));
  await store.editItem(keys[1], async (value) => value + 10);
  assert.deepEqual(await Promise.all(keys.map((each) => store.getItem(each))), [0, 11, 2]);
  assert.deepEqual(await store.keys({ prefix: key }), keys);
  await store.close();
});

/** Does something for every item, for many at once. */
async function inParts(act) {
  for (let start = 0; start < ITEMS; start += AT_ONCE) {
    const count = Math.min(AT_ONCE, ITEMS - start);
    await Promise.all(Array.from({ length: count }, (_, at) => act(start + at)));
  }
}

test(`${ITEMS} items are stored, listed and removed`, async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder, { lockTimeout: Infinity });
  const began = performance.now();
  const marks = [];
  const mark = (what) => {
    const { rss } = process.memoryUsage();
    marks.push(
      `${what} ${Math.round(performance.now() - began)} ms, ${Math.round(rss / MEGABYTE)} MB`,
    );
  };
  await inParts((at) => {
    return store.setItem(`key ${at}`, { number: at, text: 'some text, as items have' });
  });
  mark('written');
  await store.close();

  const again = new PersistLock(folder);
  assert.equal(await again.length(), ITEMS);
  mark('opened');
  for (let at = 0; at < ITEMS; at += Math.ceil(ITEMS / 1000)) {
    assert.equal((await again.getItem(`key ${at}`)).number, at);
  }
  let walked = 0;
  for await (const [key, { number }] of again) {
    if (key !== `key ${number}`) assert.fail(`${key} has the value of ${number}`);
    walked++;
  }
  assert.equal(walked, ITEMS);
  mark('walked');
  assert.equal(
    (await again.keys({ prefix: 'key 99' })).every((key) => key.startsWith('key 99')),
    true,
  );

  await inParts(async (at) => at % 2 === 1 || assert.ok(await again.removeItem(`key ${at}`)));
  mark('half removed');
  const before = fs.statSync(currentFile(folder)).size;
  await again.compact();
  mark('compacted');
  assert.ok(fs.statSync(currentFile(folder)).size < before);
  assert.equal(await again.length(), Math.floor(ITEMS / 2));
  assert.equal(await again.getItem('key 2'), undefined);
  assert.equal((await again.getItem('key 3')).number, 3);
  await again.clear();
  assert.deepEqual(await again.keys(), []);
  mark('cleared');
  await again.close();
  for (const line of marks) t.diagnostic(line);
});
