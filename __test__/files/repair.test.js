'use strict';

// Repair of a store that others have open: everything intact is kept, the rest is set aside, and no instance goes on from lost items.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { Progress, repairStore, verifyStore } = require('../../binding.js');
const PersistLock = require('../..');
const { startActor } = require('../support/actor');
const { temporaryFolder } = require('../support/folders');
const { TIMES, seeded } = require('../support/random');
const { dataFile, dataFiles, currentFile, storeFiles } = require('../support/store-files');
const { cannotSeeStop, resume, stoppedInTurn } = require('../support/stopping');

const CORRUPT = { name: 'PersistLockError', code: 'ERR_PERSIST_LOCK_CORRUPT' };

function repair(folder, lockTimeout = 60_000) {
  return repairStore(folder, lockTimeout, new Progress());
}

function verify(folder) {
  return verifyStore(folder, new Progress());
}

/** Changes a part of the data file that holds. */
function damage(folder, from, to) {
  const text = fs.readFileSync(currentFile(folder), 'utf8');
  assert.ok(text.includes(from));
  fs.writeFileSync(currentFile(folder), text.replace(from, to));
}

/** A store with an item in each of its commits. */
async function fill(folder, keys, options) {
  const store = new PersistLock(folder, options);
  for (const key of keys) await store.setItem(key, `value of ${key}`);
  await store.close();
}

test('a repair keeps everything intact and sets the rest aside', async (t) => {
  const folder = temporaryFolder(t);
  await fill(folder, ['a', 'b', 'c']);
  damage(folder, 'value of b', 'value of x');
  const damaged = fs.readFileSync(currentFile(folder), 'utf8');
  const lines = damaged.split('\n');
  const bytes = lines[3].length + lines[4].length + 2;
  const stretch = { line: 4, offset: damaged.indexOf(lines[3]), bytes };
  const report = await verify(folder);
  assert.deepEqual(report.damaged, [stretch]);
  assert.deepEqual([report.items, report.commits, report.torn], [1, 2, 0]);
  await assert.rejects(new PersistLock(folder).keys(), { ...CORRUPT, path: dataFile(folder) });

  const inner = path.join(folder, '.persist-lock');
  assert.deepEqual(await repair(folder), {
    file: dataFile(folder),
    repaired: true,
    wrote: path.join(inner, 'data.2.jsonl'),
    aside: path.join(inner, 'damaged.1.jsonl'),
    items: 2,
    commits: 2,
    damaged: [stretch],
  });
  const aside = fs.readFileSync(path.join(inner, 'damaged.1.jsonl'), 'utf8');
  assert.equal(aside, `${lines[3]}\n${lines[4]}\n`);
  assert.deepEqual(dataFiles(folder), ['data.2.jsonl']);
  const store = new PersistLock(folder);
  assert.deepEqual(Object.fromEntries(await store.entries()), { a: 'value of a', c: 'value of c' });
  await store.setItem('b', 'again');
  await store.close();
  const { damaged: none, torn, items } = await verify(folder);
  assert.deepEqual([none, torn, items], [[], 0, 3]);
});

test('a repair leaves an undamaged or torn store unchanged', async (t) => {
  const folder = temporaryFolder(t);
  await fill(folder, ['a', 'b']);
  const untouched = { file: dataFile(folder), repaired: false, wrote: null, aside: null };
  assert.deepEqual(await repair(folder), { ...untouched, items: 2, commits: 2, damaged: [] });
  fs.appendFileSync(dataFile(folder), '{"key":"c","val');
  const text = fs.readFileSync(dataFile(folder), 'utf8');
  assert.equal((await repair(folder)).repaired, false);
  assert.equal((await verify(folder)).torn, 15);
  assert.equal(fs.readFileSync(dataFile(folder), 'utf8'), text);
  await assert.rejects(repair(path.join(folder, 'missing')), { code: 'ERR_PERSIST_LOCK_NO_STORE' });
  assert.ok(!fs.existsSync(path.join(folder, 'missing')));
});

test('a damaged checkpoint loses at most a piece', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  const large = 'x'.repeat(600_000);
  const keys = ['a', 'b', 'c', 'd'];
  for (const key of keys) await store.setItem(key, key + large);
  await store.compact();
  await store.setItem('e', 'e');
  await store.close();
  damage(folder, `"b${large}`, `"B${large}`);
  await assert.rejects(new PersistLock(folder).keys(), { ...CORRUPT, path: currentFile(folder) });
  const { items, repaired } = await repair(folder);
  assert.deepEqual({ items, repaired }, { items: 4, repaired: true });
  const again = new PersistLock(folder);
  assert.deepEqual(await again.keys(), ['a', 'c', 'd', 'e']);
  assert.equal(await again.getItem('d'), `d${large}`);
  await again.close();
});

test('open instances forget items that a repair lost', async (t) => {
  const folder = temporaryFolder(t);
  const [store, reader] = [new PersistLock(folder), new PersistLock(folder, { readOnly: true })];
  const actor = startActor(t, folder);
  for (const key of ['a', 'b', 'c']) await store.setItem(key, 1);
  assert.equal(await actor.call('get', 'b'), 1);
  assert.equal(await reader.getItem('b'), 1);
  damage(folder, '{"key":"b","value":1}', '{"key":"b","value":2}');
  assert.equal((await repair(folder)).repaired, true);

  // Each instance has read lost items, and must not go on from them.
  assert.equal(await store.getItem('b'), undefined);
  assert.equal(await reader.getItem('b'), undefined);
  assert.equal(await actor.call('append', 'b', '+'), '+');
  assert.equal(await store.editItem('b', (current) => `${current}+`), '++');
  assert.deepEqual(Object.fromEntries(await reader.entries()), { a: 1, b: '++', c: 1 });
  for (const instance of [store, reader]) await instance.close();
});

test('every open instance reports damage until the store is repaired', async (t) => {
  const folder = temporaryFolder(t);
  const early = new PersistLock(folder);
  await early.setItem('a', 'a');
  await fill(folder, ['b', 'c']);
  damage(folder, 'value of b', 'value of x');
  const expected = { ...CORRUPT, path: currentFile(folder), message: /repair/ };
  for (const call of [
    () => early.getItem('a'),
    () => early.keys(),
    () => early.setItem('a', 1),
    () => early.editItem('a', () => assert.fail('must not run')),
    () => early.removeItem('a'),
    () => early.compact(),
    () => early.backup(path.join(folder, 'backup')),
  ]) {
    await assert.rejects(call, expected);
  }
  assert.deepEqual(storeFiles(folder), ['data.1.jsonl', 'writer.lock']);
  await repair(folder);
  assert.equal(await early.editItem('a', (current) => `${current}, edited`), 'a, edited');
  assert.deepEqual(await early.keys(), ['a', 'c']);
  await early.close();
});

test('a running callback keeps its lock over a repair', async (t) => {
  const folder = temporaryFolder(t);
  const holder = startActor(t, folder);
  await fill(folder, ['a', 'b', 'c']);
  const edit = holder.hold('holdEdit', 'c');
  assert.equal(await edit.begun, 'value of c');
  damage(folder, 'value of b', 'value of x');
  await repair(folder);
  const store = new PersistLock(folder);
  assert.equal(await holder.call('get', 'a'), 'value of a');
  const append = (current) => `${current}, appended`;
  const timeout = { code: 'ERR_PERSIST_LOCK_TIMEOUT' };
  await assert.rejects(store.editItem('c', append, { timeout: 50 }), timeout);
  await edit.finish('edited');
  assert.equal(await store.editItem('c', append), 'edited, appended');
  await store.close();
});

test(
  'a repair waits for a stopped writer only until its time limit',
  { skip: cannotSeeStop },
  async (t) => {
    const folder = temporaryFolder(t);
    await fill(folder, ['a', 'b', 'c']);
    const text = fs.readFileSync(dataFile(folder), 'utf8');
    const writer = await stoppedInTurn(t, folder);
    damage(folder, 'value of b', 'value of x');
    await assert.rejects(repair(folder, 50), { code: 'ERR_PERSIST_LOCK_TIMEOUT' });
    assert.deepEqual(dataFiles(folder), ['data.1.jsonl']);
    fs.writeFileSync(dataFile(folder), text);
    resume(writer);
    assert.deepEqual(await writer.ended, { code: 0, signal: null });
    const store = new PersistLock(folder);
    assert.equal(await store.getItem('a'), 'set');
    await store.close();
  },
);

test('a repair keeps only values that were once stored', async (t) => {
  const { below, pick } = seeded(t);
  for (let round = 0; round < 40 * TIMES; round++) {
    const folder = temporaryFolder(t);
    const store = new PersistLock(folder, { durability: 'os' });
    const had = new Map();
    for (let write = 0; write < 30; write++) {
      const key = pick(['a', 'b', 'c', 'd']);
      const value = `${write}${'y'.repeat(below(50))}`;
      had.set(key, [...(had.get(key) ?? []), value]);
      await store.setItem(key, value);
      if (below(15) === 0) await store.compact();
    }
    await store.close();
    const file = currentFile(folder);
    const bytes = fs.readFileSync(file);
    for (let times = below(3); times >= 0; times--) {
      const at = below(bytes.length);
      bytes.fill(below(256), at, Math.min(at + 1 + below(20), bytes.length));
    }
    fs.writeFileSync(file, bytes);
    const before = await verify(folder).catch((error) => error);
    if (before instanceof Error) {
      assert.equal(before.code, 'ERR_PERSIST_LOCK_UNKNOWN_VERSION');
      continue;
    }
    await repair(folder);
    const again = new PersistLock(folder);
    for (const [key, value] of await again.entries()) assert.ok(had.get(key).includes(value));
    await again.setItem('last', 1);
    await again.close();
    const { damaged, torn } = await verify(folder);
    assert.deepEqual({ damaged, torn }, { damaged: [], torn: 0 });
  }
});
