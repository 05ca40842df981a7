'use strict';

// The bytes that a listing reads: returned items once, and of other items only the keys.

const assert = require('node:assert/strict');
const path = require('node:path');
const test = require('node:test');
const addon = require('../../lib/file/addon');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { entriesInOrder, inOrder } = require('../support/key-order');
const { seeded } = require('../support/random');
const { importItems, temporaryStore } = require('../support/stores');
const { skip, traced } = require('../support/strace');

const LONG = 35_000;
const COUNT = 200;

/** Makes a folder with long items of two kinds, and one with another key. */
async function longItems(t) {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder, { durability: 'os' });
  await importItems(store, [
    ...Array.from({ length: COUNT }, (_, at) => ({
      key: `${at % 2 ? 'odd' : 'even'}:${at}`,
      value: 'x'.repeat(LONG + 37 * at),
    })),
    { key: 'one of a kind', value: 'y'.repeat(LONG) },
  ]);
  await store.close();
  return folder;
}

/** Counts the bytes of the data file that a script reads, without those of the opening. */
function bytesRead(folder, script) {
  const marked = `await store.init(); try { fs.accessSync('/begins') } catch {} ${script}
    try { fs.accessSync('/ends') } catch {} await store.close();`;
  // Not every processor's Linux has `access`.
  const strace = ['-e', 'trace=pread64,?access,?faccessat,?faccessat2', '-e', 'signal=none'];
  const { stdout, calls } = traced(folder, strace, { expiredInterval: false }, marked);
  const begin = calls.findIndex((call) => call.includes('"/begins"'));
  const end = calls.findIndex((call) => call.includes('"/ends"'));
  assert.ok(begin >= 0 && end > begin);
  const reads = calls.slice(begin, end).flatMap((call) => {
    // A call that another thread interrupts takes two lines.
    const read = /^(?:pread64\(|<\.\.\. pread64 resumed>).*\) += (\d+)$/.exec(call);
    return read === null ? [] : [Number(read[1])];
  });
  return { shown: JSON.parse(stdout), bytes: reads.reduce((sum, bytes) => sum + bytes, 0) };
}

test('a listing reads every byte of long items once', { skip }, async (t) => {
  const folder = await longItems(t);
  const size = COUNT * (LONG + (37 * COUNT) / 2) + LONG;
  const all = bytesRead(folder, `show((await store.values()).length);`);
  assert.equal(all.shown, COUNT + 1);
  assert.ok(all.bytes >= size && all.bytes < size * 1.05, `${all.bytes} of ${size} bytes`);
  const half = bytesRead(folder, `show((await store.entries({ prefix: 'odd:' })).length);`);
  assert.equal(half.shown, COUNT / 2);
  assert.ok(half.bytes < size * 0.6, `${half.bytes} of ${size} bytes for a half`);
});

test('a listing reads only the keys of long items that it does not return', { skip }, async (t) => {
  const folder = await longItems(t);
  const scripts = {
    'none by a prefix': [`(await store.entries({ prefix: 'no such' })).length`, 0],
    'one by a prefix': [`(await store.values({ prefix: 'one of' })).length`, 1],
    'one by a pattern': [
      `(await store.valuesWithKeyMatch(/of a/)).map((value) => value[0])`,
      ['y'],
    ],
    keys: [`(await store.keys()).length`, COUNT + 1],
    length: [`await store.length({ prefix: 'even:' })`, COUNT / 2],
  };
  for (const [name, [script, expected]] of Object.entries(scripts)) {
    const { shown, bytes } = bytesRead(folder, `show(${script});`);
    assert.deepEqual(shown, expected, name);
    assert.ok(bytes < (COUNT * LONG) / 10, `${name}: ${bytes} bytes`);
  }
});

test('a match reads short items once, with their keys', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder, { durability: 'os' });
  const value = 'x'.repeat(1000);
  const items = Array.from({ length: 3000 }, (_, at) => ({ key: `item ${at}`, value }));
  await importItems(store, items);
  await store.close();
  const script = `show((await store.valuesWithKeyMatch(/[13579]$/)).length);`;
  const { shown, bytes } = bytesRead(folder, script);
  assert.equal(shown, items.length / 2);
  const size = items.length * value.length;
  assert.ok(bytes < size * 1.2, `${bytes} of ${size} bytes`);
});

test('a match parses only matching items', async (t) => {
  const store = temporaryStore(t, { durability: 'os' });
  const items = Array.from({ length: 5000 }, (_, at) => ({
    key: `item ${at} of many`,
    value: { text: 'some text', at },
  }));
  await importItems(store, items);
  let parsed = 0;
  const { parse } = JSON;
  t.mock.method(JSON, 'parse', (text) => {
    parsed += text.length;
    return parse(text);
  });
  assert.deepEqual(await store.valuesWithKeyMatch('4321'), [{ text: 'some text', at: 4321 }]);
  assert.ok(parsed < 1000, `${parsed} characters`);
  JSON.parse = parse;
  const odd = await store.valuesWithKeyMatch(/[13579] of/);
  assert.deepEqual(
    odd.map(({ at }) => at).sort((one, other) => one - other),
    items.flatMap(({ value: { at } }) => (at % 2 ? [at] : [])),
  );
});

test('a match passes only matching items to its codec', async (t) => {
  const asked = [];
  const store = temporaryStore(t, {
    stringify: (value) => `<${value}>`,
    parse: (text) => {
      asked.push(text);
      return text.slice(1, -1);
    },
  });
  const set = ['a', 'b\ud83d\ude00', 'b\ud83d\ude01', 'c'].map((key) => store.setItem(key, key));
  await Promise.all(set);
  asked.length = 0;
  assert.deepEqual(await store.valuesWithKeyMatch(/^b/), ['b\ud83d\ude00', 'b\ud83d\ude01']);
  assert.deepEqual(asked, ['<b\ud83d\ude00>', '<b\ud83d\ude01>']);
  // Half of a surrogate pair begins both.
  assert.equal(await store.length({ prefix: 'b\ud83d' }), 2);
  assert.deepEqual(await store.keys({ prefix: 'b\ud83d' }), ['b\ud83d\ude00', 'b\ud83d\ude01']);
  assert.deepEqual(await store.values({ prefix: 'b\ud83d' }), ['b\ud83d\ude00', 'b\ud83d\ude01']);
});

test('a key longer than one read is found', async (t) => {
  const store = temporaryStore(t);
  const long = 'k'.repeat(3000) + '\n"' + 'é'.repeat(3000);
  await store.setItem('a', 'x'.repeat(LONG));
  await store.setItem(long, 'y'.repeat(LONG));
  await store.setItem(`${long}!`, 1);
  assert.deepEqual(await store.keys(), ['a', long, `${long}!`]);
  assert.deepEqual(await store.keys({ prefix: long }), [long, `${long}!`]);
  const values = await store.valuesWithKeyMatch((long + '').slice(0, 20));
  assert.deepEqual(
    values.map((value) => value[0] ?? value),
    ['y', 1],
  );
});

test('a listing of values reports a key that was damaged under an open store', async (t) => {
  const fs = require('node:fs');
  const folder = await longItems(t);
  const store = new PersistLock(folder, { expiredInterval: false });
  await store.init();
  const file = path.join(folder, '.persist-lock', 'data.1.jsonl');
  const at = fs.readFileSync(file).indexOf('one of a kind');
  const handle = fs.openSync(file, 'r+');
  fs.writeSync(handle, 'X', at);
  fs.closeSync(handle);
  const code = 'ERR_PERSIST_LOCK_CORRUPT';
  // Keys come from memory.
  assert.ok((await store.keys()).includes('one of a kind'));
  await assert.rejects(store.values(), { code });
  await assert.rejects(store.valuesWithKeyMatch('one'), { code });
  await store.close();
});

test('a long listing has the items of one moment, in order, while keys come and go and the file is rewritten', async (t) => {
  const random = seeded(t);
  const folder = temporaryFolder(t);
  const open = () => new PersistLock(folder, { durability: 'os', expiredInterval: false });
  let store = open();
  const items = new Map();
  const odd = ['\ud800', '\udfff', '\ue000', '\u{10000}', '"', '\n', ''];
  const newKey = () => `${random.pick(['a', 'item:', ...odd])}${random.below(30_000)}`;
  const addSome = async () => {
    const added = Array.from({ length: 4000 }, () => [newKey(), random.below(1000)]);
    await importItems(
      store,
      added.map(([key, value]) => ({ key, value })),
    );
    for (const [key, value] of added) items.set(key, value);
  };
  const removeSome = async () => {
    const removed = [...items.keys()].filter(() => random.below(3) === 0);
    await store.removeItems(removed);
    for (const key of removed) items.delete(key);
  };
  for (let round = 0; round < 6; round++) {
    await addSome();
    const expected = [...items].sort(entriesInOrder);
    const walk = store.iterate();
    const listed = [(await walk.next()).value];
    await removeSome();
    await addSome();
    if (round % 3 === 1) await store.compact();
    for await (const entry of walk) listed.push(entry);
    assert.deepEqual(listed, expected);
    const descending = await store.entries({ reverse: true });
    assert.deepEqual(descending, [...items].sort(entriesInOrder).reverse());
    const after = descending.filter(([key]) => inOrder(key, 'b') >= 0);
    assert.equal(await store.length({ from: 'b' }), after.length);
    if (round % 3 === 2) {
      await store.close();
      store = open();
    }
  }
  await store.close();
});

test('a listing begins once a thread has sorted the keys, and the event loop does not wait', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('a', 1);
  const native = addon.PersistLock.prototype;
  const { listItems } = native;
  let times = 0;
  t.mock.method(native, 'isOrdered', () => ++times > 3);
  t.mock.method(native, 'listItems', function (...args) {
    assert.ok(times > 3, 'listed before the keys were sorted');
    return Reflect.apply(listItems, this, args);
  });
  const beginnings = {
    keys: () => store.keys(),
    length: () => store.length({ from: 'a' }),
    iterate: async () => (await store.iterate().next()).value,
    watch: async () => (await store.watch({ initial: true }).next()).value.key,
  };
  const found = {};
  for (const [name, begin] of Object.entries(beginnings)) {
    times = 0;
    found[name] = await begin();
    assert.equal(times, 4, name);
  }
  assert.deepEqual(found, { keys: ['a'], length: 1, iterate: ['a', 1], watch: 'a' });
});

test('items of given keys are read before the keys are sorted', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('a', 1);
  const unexpected = () => assert.fail('asked for the order');
  t.mock.method(addon.PersistLock.prototype, 'isOrdered', unexpected);
  assert.deepEqual(await store.getItems(['b', 'a']), new Map([['a', 1]]));
  const { value } = await store.watch({ key: 'a', initial: true }).next();
  assert.equal(value.value, 1);
});

test('a removal by prefix waits until the keys are sorted, and keeps its place among the calls', async (t) => {
  const store = temporaryStore(t);
  await store.setItems([
    ['a:1', 1],
    ['a:2', 2],
    ['b', 3],
  ]);
  const native = addon.PersistLock.prototype;
  const { listItems, countWith } = native;
  let times = 0;
  t.mock.method(native, 'isOrdered', () => ++times > 3);
  for (const [name, list] of Object.entries({ listItems, countWith })) {
    t.mock.method(native, name, function (...args) {
      assert.ok(times > 3, `${name} before the keys were sorted`);
      return Reflect.apply(list, this, args);
    });
  }
  const calls = [
    store.setItem('a:3', 3),
    store.removeItems({ prefix: 'a:' }),
    store.setItem('a:4', 4),
    store.editItem('a:1', (value) => ({ value })),
    store.clear({ prefix: 'b' }),
  ];
  const results = await Promise.all(calls);
  assert.equal(results[1], 3);
  assert.deepEqual(await store.entries(), [
    ['a:1', {}],
    ['a:4', 4],
  ]);
  t.mock.restoreAll();
  // A blocking call waits for the thread.
  t.mock.method(native, 'isOrdered', () => false);
  assert.equal(store.removeItemsSync({ prefix: 'a' }), 2);
});

test('a store of many items is listed in order as soon as it is open', async (t) => {
  const folder = temporaryFolder(t);
  const count = 70_000;
  const keys = Array.from({ length: count }, (_, at) => `key:${(at * 7919) % count}`);
  const writer = new PersistLock(folder, { durability: 'os' });
  await writer.setItems(keys.map((key, at) => [key, at]));
  await writer.close();
  keys.sort();
  const store = new PersistLock(folder, { readOnly: true });
  t.after(() => store.close());
  await store.init();
  const listed = await Promise.all([store.keys(), store.keys({ limit: 3, reverse: true })]);
  assert.deepEqual(listed, [keys, keys.slice(-3).reverse()]);
  const blocking = new PersistLock(folder, { readOnly: true });
  t.after(() => blocking.close());
  assert.deepEqual(blocking.keysSync(), keys);
});
