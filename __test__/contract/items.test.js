'use strict';

// What each call does and resolves to, one instance at a time.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { commits, dataFile } = require('../support/store-files');
const { temporaryStore } = require('../support/stores');

test('init resolves to the instance, and may be called again or left out', async (t) => {
  const store = temporaryStore(t);
  assert.equal(await store.init(), store);
  assert.equal(await store.init(), store);
  const uninitialised = temporaryStore(t);
  assert.equal(await uninitialised.getItem('a'), undefined);
});

test('values come back as JSON has them', async (t) => {
  const store = temporaryStore(t);
  const values = [
    0,
    -1.5e300,
    '',
    'text "quoted" \\ \n \u2028 \u0000 €',
    '\ud800',
    true,
    false,
    null,
    [],
    {},
    [[[1]]],
    { a: { b: [null] }, __proto__x: 1 },
    JSON.parse('{"__proto__":1,"expires":7}'),
    { expires: 7 },
    ',"expires":7',
  ];
  for (const [at, value] of values.entries()) {
    await store.setItem(`key ${at}`, value);
    assert.deepEqual(await store.getItem(`key ${at}`), value);
  }
  assert.deepEqual(await store.values(), values);
  await store.setItem('date', new Date(0));
  assert.equal(await store.getItem('date'), '1970-01-01T00:00:00.000Z');
  await store.setItem('nan', NaN);
  assert.equal(await store.getItem('nan'), null);
});

test('values are copied at the call', async (t) => {
  const store = temporaryStore(t);
  const value = { count: 1 };
  const set = store.setItem('a', value);
  value.count = 2;
  await set;
  assert.deepEqual(await store.getItem('a'), { count: 1 });
  (await store.getItem('a')).count = 3;
  assert.deepEqual(await store.getItem('a'), { count: 1 });
  const edited = await store.editItem('a', () => value);
  assert.deepEqual(edited, value);
  edited.count = 4;
  assert.deepEqual(await store.getItem('a'), { count: 2 });
});

test('keys may be any strings and finite numbers', async (t) => {
  const store = temporaryStore(t);
  const keys = [
    '',
    ' ',
    '__proto__',
    'constructor',
    '../../etc/passwd',
    'line\nbreak',
    '"quoted"',
    '\\',
    '\ud800',
    '\udc00\ud800',
    '😀',
    '\u0000',
    'x'.repeat(2 ** 20),
  ];
  for (const [at, key] of keys.entries()) await store.setItem(key, at);
  for (const [at, key] of keys.entries()) assert.equal(await store.getItem(key), at);
  assert.deepEqual(await store.keys(), keys);
  assert.equal(await store.length(), keys.length);

  for (const number of [42, -0, 1.5, 1e21]) {
    await store.setItem(number, number);
    assert.equal(await store.getItem(String(number)), number + 0);
    assert.equal(await store.hasItem(number), true);
  }
  for (const key of keys) assert.equal(await store.removeItem(key), true);
  assert.deepEqual(await store.keys(), ['42', '0', '1.5', '1e+21']);
});

test('set, update, remove and has', async (t) => {
  const store = temporaryStore(t);
  assert.equal(await store.setItem('a', 1), undefined);
  assert.equal(await store.updateItem('a', 2), undefined);
  assert.equal(await store.updateItem('new', 3), undefined);
  assert.equal(await store.hasItem('a'), true);
  assert.equal(await store.hasItem('b'), false);
  assert.equal(await store.getItem('b'), undefined);
  assert.deepEqual(await store.entries(), [
    ['a', 2],
    ['new', 3],
  ]);
  assert.equal(await store.removeItem('a'), true);
  assert.equal(await store.removeItem('a'), false);
  assert.equal(await store.clear(), undefined);
  assert.equal(await store.length(), 0);
  assert.equal(await store.clear(), undefined);
});

test('an edit stores what its callback returns, or what its promise resolves to', async (t) => {
  const store = temporaryStore(t);
  assert.equal(await store.editItem('a', (current) => (current ?? 10) + 1), 11);
  assert.equal(await store.editItem('a', async (current) => current + 1), 12);
  assert.deepEqual(await store.editItem('a', () => ({ gone: undefined, at: new Date(0) })), {
    at: '1970-01-01T00:00:00.000Z',
  });
  assert.equal(await store.editItem('a', () => PersistLock.REMOVE), undefined);
  assert.equal(await store.hasItem('a'), false);
  assert.equal(await store.editItem('a', async () => PersistLock.REMOVE), undefined);
  assert.equal(await store.editItem('a', () => undefined), undefined);
  assert.equal(await store.hasItem('a'), false);
});

test('an edit that returns undefined for an item that exists is an error', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('a', 1);
  for (const forgotten of [() => {}, async () => {}]) {
    await assert.rejects(store.editItem('a', forgotten), {
      name: 'TypeError',
      code: 'ERR_PERSIST_LOCK_INVALID_VALUE',
      key: 'a',
    });
  }
  assert.equal(await store.getItem('a'), 1);
});

test('an edit that throws rejects with that very error, and others go on', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('a', 1);
  const thrown = Object.assign(new Error('mine'), { code: 'ENOENT' });
  const edits = [
    () => {
      throw thrown;
    },
    async () => {
      throw thrown;
    },
  ];
  for (const edit of edits) {
    const failed = store.editItem('a', edit);
    const behind = store.editItem('a', (current) => current + 1);
    await assert.rejects(failed, (error) => error === thrown);
    await behind;
  }
  assert.equal(await store.getItem('a'), 3);
  await assert.rejects(
    store.editItem('a', () => Promise.reject(undefined)),
    (error) => error === undefined,
  );
});

test('writes of one key take effect in the order of the calls', async (t) => {
  const store = temporaryStore(t);
  const seen = [];
  const note = (mark) => (current) => {
    seen.push(`${mark}${current}`);
    return mark;
  };
  const pause = () => new Promise((resolve) => setImmediate(resolve));
  await Promise.all([
    store.setItem('a', 0),
    store.editItem('a', note(1)),
    store.editItem('a', async (current) => {
      await pause();
      return note(2)(current);
    }),
    store.setItem('b', 'other'),
    store.editItem('a', note(3)),
    store.updateItem('a', 4),
    store.editItem('a', async (current) => {
      await pause();
      return note(5)(current);
    }),
    store.editItem('a', note(6)),
    store.removeItem('a'),
    store.editItem('a', note(7)),
  ]);
  assert.deepEqual(seen, ['10', '21', '32', '54', '65', '7undefined']);
  assert.deepEqual(await store.entries({ prefix: 'a' }), [['a', 7]]);
});

test('a clear waits for the edits under way', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('kept', 1);
  let finish;
  const edit = store.editItem('a', () => new Promise((resolve) => (finish = resolve)));
  await store.setItem('b', 1);
  const order = [];
  const cleared = store.clear().then(() => order.push('cleared'));
  await store.setItem('c', 1);
  assert.equal(await store.getItem('kept'), 1);
  edit.then(() => order.push('edited'));
  finish('edited');
  await cleared;
  assert.deepEqual(order, ['edited', 'cleared']);
  assert.deepEqual(await store.entries(), []);
});

test('those who waited for an edit that failed come before those who came later', async (t) => {
  const store = temporaryStore(t);
  let fail;
  const edit = store.editItem('a', () => new Promise((_, reject) => (fail = reject)));
  await store.setItem('b', 1);
  const waiting = store.setItem('a', 'first');
  await store.setItem('b', 2);
  fail(new Error('mine'));
  const later = store.setItem('a', 'second');
  await assert.rejects(edit);
  await Promise.all([waiting, later]);
  assert.equal(await store.getItem('a'), 'second');
});

test('from inside an asynchronous edit, other keys can be read and written', async (t) => {
  const store = temporaryStore(t);
  await store.setItem('rate', 2);
  const result = await store.editItem('price', async () => {
    await store.editItem('asked', (count = 0) => count + 1);
    return 10 * (await store.getItem('rate'));
  });
  assert.equal(result, 20);
  assert.equal(await store.getItem('asked'), 1);
});

test('what is asked for in one tick shares a commit', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await store.init();
  await Promise.all(Array.from({ length: 100 }, () => store.editItem('a', (n = 0) => n + 1)));
  // One, but for a machine that is so busy that the event loop has to have its turn in between.
  const before = commits(folder).length;
  assert.ok(before <= 100 / 16 + 1, `${before} commits`);
  // While the sync of the next commit is under way, those that are asked for gather.
  const first = store.setItem('b', 1);
  const later = [];
  await new Promise((resolve) => process.nextTick(() => process.nextTick(resolve)));
  for (let count = 0; count < 10; count++) {
    later.push(store.setItem(`c${count}`, count));
    await null;
  }
  await Promise.all([first, ...later]);
  assert.equal(commits(folder).length, before + 2);
  await store.close();
});

test('a call that changes nothing writes nothing', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  assert.equal(await store.removeItem('a'), false);
  await store.editItem('a', () => undefined);
  await store.clear();
  assert.equal(await store.removeExpiredItems(), 0);
  await store.close();
  assert.equal(fs.readFileSync(dataFile(folder), 'utf8'), '{"persist-lock":1}\n');
});

test('the file can be read by a person', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  await Promise.all([store.setItem('counter', 99), store.setItem('counter', 100)]);
  await store.setItem('session', { user: 7 }, { ttl: new Date(4_000_000_000_000) });
  await store.removeItem('counter');
  await store.close();
  const lines = fs.readFileSync(dataFile(folder), 'utf8').split('\n');
  const withoutChecksums = lines.map((line) => line.replace(/"prev".*/, '…'));
  assert.deepEqual(withoutChecksums, [
    '{"persist-lock":1}',
    '{"key":"counter","value":100}',
    '{"commit":1,"bytes":30,"synced":0,…',
    '{"key":"session","value":{"user":7},"expires":4000000000000}',
    '{"commit":2,"bytes":61,"synced":1,…',
    '{"key":"counter","removed":true}',
    '{"commit":3,"bytes":33,"synced":2,…',
    '{"synced":3,…',
    '',
  ]);
  assert.deepEqual(fs.readdirSync(folder), ['.persist-lock']);
});

test(
  'files and folders are the owner’s alone, unless a mode says otherwise',
  { skip: process.platform === 'win32' },
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
      // Who may not write may not lock either.
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

test('a closed store rejects every call, and may be closed again', async (t) => {
  const folder = temporaryFolder(t);
  const store = new PersistLock(folder);
  const set = store.setItem('a', 1);
  const closed = store.close();
  const calls = {
    init: [],
    getItem: ['a'],
    hasItem: ['a'],
    setItem: ['a', 2],
    updateItem: ['a', 2],
    editItem: ['a', () => 2],
    removeItem: ['a'],
    clear: [],
    keys: [],
    values: [],
    entries: [],
    length: [],
    valuesWithKeyMatch: ['a'],
    forEach: [() => {}],
    removeExpiredItems: [],
  };
  for (const [name, args] of Object.entries(calls)) {
    await assert.rejects(store[name](...args), { code: 'ERR_PERSIST_LOCK_CLOSED' }, name);
  }
  await assert.rejects(store[Symbol.asyncIterator]().next(), { code: 'ERR_PERSIST_LOCK_CLOSED' });
  await Promise.all([set, closed, store.close(), store[Symbol.asyncDispose]()]);
  const again = new PersistLock(folder);
  assert.equal(await again.getItem('a'), 1);
  await again.close();
});

test('close waits for the reads under way', async (t) => {
  const folder = temporaryFolder(t);
  const writer = new PersistLock(folder);
  await writer.setItem('a', 1);
  await writer.close();
  const store = new PersistLock(folder);
  const reads = [store.init(), store.getItem('a'), store.keys(), store.length()];
  await store.close();
  assert.deepEqual(await Promise.all(reads), [store, 1, ['a'], 1]);
});
