'use strict';

// The lines of items across the two languages: JavaScript writes the lines of a commit (`lib/file/item-line.js`), Rust reads them, and
// writes them again in a listing (`src/record.rs`).

const assert = require('node:assert/strict');
const fs = require('node:fs');
const test = require('node:test');
const PersistLock = require('../..');
const { succeed } = require('../support/command');
const { inOrder } = require('../support/key-order');
const { temporaryFolder } = require('../support/folders');
const { currentFile } = require('../support/store-files');
const { Removal, SetItem } = require('../../lib/calls/changes');
const { lineOf } = require('../../lib/file/item-line');

const KEYS = [
  '',
  'plain',
  'é😀',
  '"quoted" and \\',
  '\b\f\n\r\t\0\x1f\x7f',
  '\u2028\u2029\ufeff',
  '\ud800',
  '\udc00\ud800',
  'high \ud83d',
  '__proto__',
  '{"key":"a","value":1}',
  '","value":1}\n{"key":"x',
  ',"removed":true',
  ',"expires":1',
];
const TEXTS = [
  'null',
  '0',
  '-1.5e-300',
  '""',
  '",\\"expires\\":5"',
  '{"expires":5}',
  '[1,"\\ud800"]',
];
const FAR = 8.64e15;

/** Makes a change for each key, with each value, with and without an expiry. */
function changes() {
  const all = [];
  for (const [at, key] of KEYS.entries()) {
    for (const [place, json] of TEXTS.entries()) {
      const name = `${key} ${at} ${place}`;
      all.push(new SetItem(name, json), new SetItem(`${name} expires`, json, FAR));
    }
    all.push(new SetItem(key, '"last"', FAR - at));
  }
  return all;
}

/** The item lines of a file, without its header and the records of commits. */
function itemLines(folder) {
  const lines = fs.readFileSync(currentFile(folder), 'utf8').trimEnd().split('\n');
  return lines.filter((line) => line.startsWith('{"key":'));
}

test('items are read back, and listed in the lines that were written', async (t) => {
  const folder = temporaryFolder(t);
  const items = changes();
  const lines = items.map((item) => lineOf(item, item.json));
  const order = items.map((_, at) => at);
  order.sort((one, other) => inOrder(items[one].key, items[other].key));
  /** Makes the output of `cat`: lines in the order of their keys. */
  const printed = (written) => order.map((at) => `${written[at]}\n`).join('');
  const store = new PersistLock(folder);
  await Promise.all(
    items.map(({ key, json, expires }) =>
      store.setItem(key, JSON.parse(json), expires && { ttl: new Date(expires) }),
    ),
  );
  await store.close();
  const written = items.map((item) => lineOf(item, JSON.stringify(JSON.parse(item.json))));
  assert.deepEqual(itemLines(folder), written);

  const again = new PersistLock(folder);
  for (const { key, json } of items) {
    assert.deepEqual(await again.getItem(key), JSON.parse(json), key);
  }
  assert.equal(await again.length(), items.length);
  await again.close();
  const listed = await succeed(['cat', '--dir', folder]);
  assert.equal(listed, printed(written));

  // The texts themselves, as an import keeps them.
  const copy = temporaryFolder(t);
  await succeed(['import', '--dir', copy, '-'], { input: `${lines.join('\n')}\n` });
  assert.deepEqual(itemLines(copy), lines);
  assert.equal(await succeed(['cat', '--dir', copy]), printed(lines));
});

test('removals are read back', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await Promise.all(KEYS.map((key) => store.setItem(key, 1)));
  for (const key of KEYS) assert.equal(await store.removeItem(key), true);
  await store.close();
  assert.deepEqual(
    itemLines(folder).slice(KEYS.length),
    KEYS.map((key) => lineOf(new Removal(key))),
  );
  const again = new PersistLock(folder);
  assert.deepEqual(await again.keys(), []);
  await again.close();
});

test('a line whose key is spelled another way is no item', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  const stringify = JSON.stringify;
  t.mock.method(JSON, 'stringify', (value, ...more) =>
    value === 'a' ? '"\\u0061"' : stringify(value, ...more),
  );
  await assert.rejects(store.setItem('a', 1), { code: 'ERR_PERSIST_LOCK_INVALID_VALUE' });
  t.mock.restoreAll();
  assert.deepEqual(await store.keys(), []);
  await store.close();
});
