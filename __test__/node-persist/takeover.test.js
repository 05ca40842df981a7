'use strict';

// Items that node-persist left in a folder are taken over at the first `init`: all of them, once, in one commit.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { start } = require('../support/processes');
const { seeded } = require('../support/random');
const { commits, dataFile } = require('../support/store-files');
const { filesOf, nameOf, storageOf, writeFiles } = require('../support/node-persist-folder');
const { importItems } = require('../support/stores');
const nodePersist = require('../../node-persist');
const { readFolder } = require('../../lib/node-persist/folder');
const { engineOf } = require('../../lib/store');

const FUTURE = Date.now() + 1e9;

/** Makes a storage and hands back the warnings that came of that. */
async function initWarned(t, options) {
  const warn = t.mock.method(process, 'emitWarning', () => {});
  const storage = nodePersist.create();
  await storage.init(options);
  warn.mock.restore();
  return { storage, warnings: warn.mock.calls.map((call) => call.arguments) };
}

const byKey = (one, other) => (one.key < other.key ? -1 : 1);
const sorted = (data) => [...data].sort(byKey);

function manyItems(count) {
  return Array.from({ length: count }, (_, at) => ({ key: `key ${at}`, value: { at } }));
}

test('items and expiries that node-persist wrote are taken over, and its files stay', async (t) => {
  const folder = temporaryFolder(t);
  const theirs = await storageOf(folder);
  const values = [
    1,
    'text',
    null,
    true,
    [1, { two: [3] }],
    { deep: { er: 'ä\u2028' } },
    '',
    0,
    undefined,
  ];
  for (const [at, value] of values.entries()) await theirs.setItem(`key ${at}`, value);
  const keys = ['__proto__', 'line\nbreak', 'ключ', '\ud800', 'x'.repeat(100_000)];
  for (const key of keys) await theirs.setItem(key, key, { ttl: 1e9 });
  const files = filesOf(folder);
  const expected = await theirs.data();

  const { storage, warnings } = await initWarned(t, { dir: folder });
  assert.deepEqual(sorted(await storage.data()), sorted(expected));
  for (const { key, value } of expected) assert.deepEqual(await storage.getItem(key), value);
  assert.deepEqual(warnings, []);
  assert.deepEqual(commits(folder), [1]);
  assert.deepEqual(filesOf(folder), files);
});

test('items of version 3 are taken over, unless version 4 has a file of the key', async (t) => {
  const folder = temporaryFolder(t);
  const keys = Array.from({ length: 20 }, (_, at) => `key ${at}`);
  const isNew = (key) => Number(key.slice(4)) % 2 === 0;
  const old = keys.map((key) => ({ key, value: 'old', ttl: FUTURE }));
  const added = keys.filter(isNew).map((key) => ({ key, value: 'new' }));
  writeFiles(folder, old, { version: 3 });
  writeFiles(folder, added);
  const { storage } = await initWarned(t, { dir: folder });
  const expected = [...old.filter(({ key }) => !isNew(key)), ...added];
  assert.deepEqual(sorted(await storage.data()), sorted(expected));
});

test('files that cannot be read as items are skipped, named and kept', async (t) => {
  const folder = temporaryFolder(t);
  writeFiles(folder, [{ key: 'good', value: 1 }]);
  const write = (name, text) => fs.writeFileSync(path.join(folder, name), text);
  write(nameOf('empty'), '');
  write(nameOf('torn'), '{"key":"torn","val');
  write(nameOf('number'), '17');
  write(nameOf('keyless'), '{"value":1}');
  write(nameOf('copy'), '{"key":"good","value":2}');
  write('settings.json', '{"key":"settings.json","value":1}');
  fs.mkdirSync(path.join(folder, nameOf('folder')));
  write('.hidden', 'nobody looks');
  const { storage, warnings } = await initWarned(t, { dir: folder });

  assert.deepEqual(await storage.data(), [{ key: 'good', value: 1 }]);
  const [[message, { type, code, detail }]] = warnings;
  assert.equal(warnings.length, 1);
  assert.equal(message, `Not taken over from ${folder}, and left as they are: 7 files`);
  assert.deepEqual([type, code], ['PersistLockWarning', 'PERSIST_LOCK_SKIPPED_FILES']);
  const named = detail.split('\n').map((line) => line.split(':')[0]);
  const bad = ['empty', 'torn', 'number', 'keyless', 'copy', 'folder'].map((key) => nameOf(key));
  assert.deepEqual(named.sort(), [...bad, 'settings.json'].sort());
  assert.ok(fs.existsSync(path.join(folder, nameOf('torn'))));
});

test('files are skipped with one warning, and a later init names new ones alone', async (t) => {
  const folder = temporaryFolder(t);
  const write = (name, text) => fs.writeFileSync(path.join(folder, name), text);
  write(nameOf('odd'), 'no JSON');
  const read = t.mock.method(fs, 'readFileSync');
  const { warnings } = await initWarned(t, { dir: folder });
  assert.equal(warnings.length, 1);
  const reads = read.mock.callCount();
  for (let at = 0; at < 3; at++) {
    assert.deepEqual((await initWarned(t, { dir: folder })).warnings, []);
  }
  assert.equal(read.mock.callCount(), reads);

  write('more.txt', 'not an item');
  const again = await initWarned(t, { dir: folder });
  assert.match(again.warnings[0][1].detail, /^more\.txt: [^\n]*$/);
  // Another pair may read what the last one could not.
  const parse = (value) => ({ key: 'odd', value });
  const { storage } = await initWarned(t, { dir: folder, parse });
  assert.equal(await storage.getItem('odd'), 'no JSON');
});

test('a skipped file that has changed is read again', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, nameOf('a'));
  fs.writeFileSync(file, '{"key":"a","val');
  assert.equal((await initWarned(t, { dir: folder })).warnings.length, 1);
  fs.writeFileSync(file, '{"key":"a","value":1}');
  const { storage, warnings } = await initWarned(t, { dir: folder });
  assert.deepEqual([await storage.keys(), warnings], [['a'], []]);
});

test('a warning names twenty files and counts the rest', async (t) => {
  const folder = temporaryFolder(t);
  for (let at = 0; at < 25; at++) fs.writeFileSync(path.join(folder, `file ${at}`), '');
  const { warnings } = await initWarned(t, { dir: folder });
  const lines = warnings[0][1].detail.split('\n');
  assert.equal(lines.length, 21);
  assert.equal(lines.at(-1), 'and 5 more');
});

test('without a free descriptor init rejects, skips nothing and can be repeated', async (t) => {
  const folder = temporaryFolder(t);
  writeFiles(folder, manyItems(3));
  const read = t.mock.method(fs, 'readFileSync', () => {
    throw Object.assign(new Error('too many open files reject calls until some are closed'), {
      code: 'EMFILE',
    });
  });
  const storage = nodePersist.create({ dir: folder });
  await assert.rejects(storage.init(), { code: 'EMFILE' });
  await assert.rejects(storage.getItem('key 1'), { code: 'EMFILE' });
  read.mock.restore();
  await storage.init();
  assert.equal(await storage.length(), 3);
});

test('items are taken over once: removed ones do not return, later files are ignored', async (t) => {
  const folder = temporaryFolder(t);
  writeFiles(folder, manyItems(3));
  const { storage } = await initWarned(t, { dir: folder });
  await storage.clear();
  writeFiles(folder, [{ key: 'later', value: 1 }]);
  await storage.init();
  assert.deepEqual(await storage.keys(), []);
  const other = new PersistLock(folder);
  t.after(() => other.close());
  assert.deepEqual(await other.keys(), []);
});

test('items that node-persist writes into a folder that was empty at init are still taken over', async (t) => {
  const folder = temporaryFolder(t);
  await initWarned(t, { dir: folder });
  writeFiles(folder, manyItems(3));
  const { storage } = await initWarned(t, { dir: folder });
  assert.equal(await storage.length(), 3);
});

test('expired items are taken over as expired, and wrong expiries as node-persist reads them', async (t) => {
  const folder = temporaryFolder(t);
  writeFiles(folder, [
    { key: 'past', value: 1, ttl: Date.now() - 1000 },
    // `ttl: true` of an item was stored as a day after the beginning of 1970.
    { key: 'true', value: 1, ttl: 86_400_000 },
    // `ttl: '1000'` was stored as this.
    { key: 'text', value: 1, ttl: `${Date.now()}1000` },
    { key: 'null', value: 1, ttl: null },
    { key: 'fraction', value: 1, ttl: FUTURE + 0.5 },
  ]);
  const theirs = await storageOf(folder);
  const values = await Promise.all(['text', 'null', 'fraction'].map((key) => theirs.getItem(key)));
  assert.deepEqual(values, [1, 1, 1]);

  const { storage } = await initWarned(t, { dir: folder, expiredInterval: false });
  assert.deepEqual((await storage.keys()).sort(), ['fraction', 'null', 'text']);
  assert.equal(await storage.getDatumValue('past'), 1);
  assert.deepEqual(await storage.getDatum('text'), { key: 'text', value: 1 });
  assert.equal((await storage.getDatum('fraction')).ttl, FUTURE + 1);
  await storage.removeExpiredItems();
  assert.deepEqual(await storage.getDatum('past'), {});
});

test('items that a pair wrote are read by that pair', async (t) => {
  const folder = temporaryFolder(t);
  const stringify = (datum) => Buffer.from(JSON.stringify(datum)).toString('base64');
  const parse = (text) => JSON.parse(Buffer.from(text, 'base64').toString());
  const theirs = await storageOf(folder, { stringify, parse });
  await theirs.setItem('a', { b: [1, null] });
  await theirs.setItem('c', 'text', { ttl: 1e9 });
  const expected = await theirs.data();
  const { storage, warnings } = await initWarned(t, { dir: folder, stringify, parse });
  assert.deepEqual(warnings, []);
  assert.deepEqual(sorted(await storage.data()), sorted(expected));
  assert.equal(await storage.getRawDatum('a'), stringify({ key: 'a', value: { b: [1, null] } }));
});

test('files of another encoding are read in that encoding', async (t) => {
  const folder = temporaryFolder(t);
  const theirs = await storageOf(folder, { encoding: 'utf16le' });
  await theirs.setItem('ключ', 'значение');
  const { storage } = await initWarned(t, { dir: folder, encoding: 'utf16le' });
  assert.equal(await storage.getItem('ключ'), 'значение');
});

test('initSync returns at once, and later calls wait for the items', async (t) => {
  const folder = temporaryFolder(t);
  writeFiles(folder, manyItems(100));
  const storage = nodePersist.create({ dir: folder });
  storage.initSync();
  const [value, , keys] = await Promise.all([
    storage.getItem('key 7'),
    storage.setItem('key 7', 'mine'),
    storage.keys(),
  ]);
  assert.deepEqual(value, { at: 7 });
  assert.equal(keys.length, 100);
  assert.equal(await storage.getItem('key 7'), 'mine');
});

test('of several processes that start at once one takes over, and all have every item', async (t) => {
  const folder = temporaryFolder(t);
  const items = manyItems(500);
  writeFiles(folder, items);
  const takers = Array.from({ length: 4 }, () => start('taker.js', folder));
  await Promise.all(takers.map((taker) => once(taker, 'message')));
  for (const taker of takers) taker.send('go');
  const seen = await Promise.all(takers.map((taker) => once(taker, 'message')));
  for (const [data] of seen) assert.deepEqual(sorted(data), sorted(items));
  for (const taker of takers) assert.deepEqual(await taker.ended, { code: 0, signal: null });
  assert.deepEqual(commits(folder), [1]);
  const lines = fs.readFileSync(dataFile(folder), 'utf8').match(/^\{"key":/gm);
  assert.equal(lines.length, items.length);
});

test('a process killed while it takes over leaves all items or none', async (t) => {
  const random = seeded(t);
  const items = manyItems(500);
  for (let round = 0; round < 8; round++) {
    const folder = temporaryFolder(t);
    writeFiles(folder, items);
    const taker = start('taker.js', folder);
    await once(taker, 'message');
    taker.send('go');
    await new Promise((resolve) => setTimeout(resolve, random.below(80)));
    taker.kill('SIGKILL');
    await taker.ended;
    const store = new PersistLock(folder);
    assert.ok([0, items.length].includes(await store.length()));
    await store.close();
    const { storage } = await initWarned(t, { dir: folder });
    assert.equal(await storage.length(), items.length);
  }
});

test('items of a node-persist folder can be read, and imported over existing ones', async (t) => {
  const folder = temporaryFolder(t);
  writeFiles(folder, [
    { key: 'a', value: 1, ttl: FUTURE },
    { key: 'b', value: 2 },
  ]);
  fs.writeFileSync(path.join(folder, 'foreign'), '');
  const { items, skipped } = await readFolder(folder);
  assert.deepEqual(sorted(items), [
    { key: 'a', json: '1', expires: FUTURE },
    { key: 'b', json: '2', expires: undefined },
  ]);
  assert.deepEqual(
    skipped.map(({ file }) => file),
    ['foreign'],
  );

  const store = new PersistLock(temporaryFolder(t));
  t.after(() => store.close());
  await store.setItem('a', 'before');
  await store.setItem('other', 'stays');
  await importItems(store, [...items, { key: 'c', value: { three: 3 } }]);
  assert.deepEqual((await store.entries()).sort(), [
    ['a', 1],
    ['b', 2],
    ['c', { three: 3 }],
    ['other', 'stays'],
  ]);
  const [, , expires] = (await engineOf(store).list('items')).find(([key]) => key === 'a');
  assert.equal(expires, FUTURE);
});

test('an import waits for edits under way', async (t) => {
  const store = new PersistLock(temporaryFolder(t));
  t.after(() => store.close());
  const steps = [];
  const edit = store.editItem('a', async () => {
    await new Promise((resolve) => setImmediate(resolve));
    steps.push('edited');
    return 'edited';
  });
  const imported = importItems(store, [{ key: 'a', value: 'imported' }]);
  await Promise.all([edit, imported.then(() => steps.push('imported'))]);
  assert.deepEqual(steps, ['edited', 'imported']);
  assert.equal(await store.getItem('a'), 'imported');
});
