'use strict';

// Data files that a stranger has written with correct checksums: a read gives an error or the right value, never a crash or another
// item's value.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { dataOf, writeData } = require('../support/data-file');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');
const { storeFiles } = require('../support/store-files');

const CORRUPT = { name: 'PersistLockError', code: 'ERR_PERSIST_LOCK_CORRUPT' };

/** An open store with a file of these item lines. */
function storeOf(t, ...lines) {
  const folder = temporaryFolder(t);
  writeData(folder, dataOf(lines));
  const store = new PersistLock(folder);
  t.after(() => store.close());
  return store;
}

/** Checks that every call that reads `a` reports its value, and that `b` is as before. */
async function refusesA(store, message, isUpdated = false) {
  const reads = {
    get: () => store.getItem('a'),
    edit: () => store.editItem('a', () => assert.fail('runs')),
    view: () => store.viewItem('a', () => assert.fail('runs')),
    several: () => store.editItems(['b', 'a'], () => assert.fail('runs')),
    update: () => store.updateItem('a', 1, { ttl: () => undefined }),
    touch: () => store.touch('a', () => undefined),
    values: () => store.values(),
    entries: () => store.entries(),
    matches: () => store.valuesWithKeyMatch('a'),
    each: () => store.forEach(() => assert.fail('runs')),
  };
  for (const [name, read] of Object.entries(reads)) {
    await assert.rejects(read, CORRUPT, `${message}: ${name}`);
  }
  assert.equal(await store.getItem('b'), 'of b', message);
  // A match reads the values that it has found, and no others.
  assert.deepEqual(await store.valuesWithKeyMatch('b'), ['of b'], message);
  assert.deepEqual(await store.keys(), ['a', 'b'], message);
  // A set, and an update without a rule for the expiry, replace a value that they need not read.
  const replace = isUpdated ? 'updateItem' : 'setItem';
  await store[replace]('a', 'replaced');
  assert.deepEqual(await store.values(), ['replaced', 'of b'], message);
}

const OF_B = '{"key":"b","value":"of b"}';

test('values that are no JSON are refused, and no others', async (t) => {
  const texts = [
    'nothing',
    '{',
    '"',
    '1],["b",2',
    '1,2',
    '1,"value":2',
    '1,"key":"b"',
    '1,"expires":"x"',
    '1,"expires":null',
    '1,"removed":true',
    'NaN',
    "'a'",
    '01',
    '"\\x"',
    '"tab\tin it"',
    '[1,]',
    '1//',
  ];
  for (const [place, text] of texts.entries()) {
    await refusesA(storeOf(t, `{"key":"a","value":${text}}`, OF_B), text, place % 2 === 0);
  }
});

test('lines that are no items are damage', async (t) => {
  const lines = [
    '{"key":"a"}',
    '{"key":"a","key":"b","value":1}',
    '{"key":"a","removed":false}',
    '{"key":"a","removed":true,"value":1}',
    '{"key":"a","value":1',
    '{"key":"a","value":}',
    '{"key":"a","value":1,"expires":99999999999999999999}',
    '{"key":"a","value":1,"expires":8640000000000001}',
    '{"key":"\\u0062","value":"of another"}',
    '{"key":"\\/","value":1}',
    '{"key":"a\tb","value":1}',
    '{ "key":"a","value":1}',
    '{"value":1,"key":"a"}',
    '{"key":1,"value":1}',
    '{"key":"a","value":1} ',
    '{"__proto__":{"a":1}}',
    '[]',
    '',
    '\0',
    Buffer.from([...Buffer.from('{"key":"'), 0xff, ...Buffer.from('","value":1}')]),
  ];
  for (const line of lines) {
    const folder = temporaryFolder(t);
    const data = dataOf([OF_B], [line], [OF_B]);
    writeData(folder, data);
    const store = new PersistLock(folder);
    for (const call of [
      () => store.getItem('b'),
      () => store.entries(),
      () => store.setItem('a', 1),
    ]) {
      await assert.rejects(call, { ...CORRUPT, message: /line 4/ }, String(line));
    }
    await store.close();
    const file = path.join(folder, '.persist-lock', 'data.1.jsonl');
    assert.deepEqual(fs.readFileSync(file), data, 'the file is left as it is');
  }
});

test('invalid UTF-8 in a value changes no other item', async (t) => {
  const bytes = [0x80, 0xff, 0xc0, 0xaf, 0xed, 0xa0, 0x80, 0xf5];
  const value = Buffer.concat([
    Buffer.from('{"key":"a","value":"'),
    Buffer.from(bytes),
    Buffer.from('"}'),
  ]);
  const store = storeOf(t, value, OF_B);
  const replaced = Buffer.from(bytes).toString();
  assert.deepEqual(await store.entries(), [
    ['a', replaced],
    ['b', 'of b'],
  ]);
  assert.equal(await store.getItem('a'), replaced);
  assert.equal(await store.editItem('a', (current) => current), replaced);
});

function canStringify(value) {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}

test('huge numbers and deep nesting are read as JSON.parse reads them', async (t) => {
  const depth = 100_000;
  const texts = {
    huge: `1${'0'.repeat(10_000)}`,
    tiny: '1e-999999999',
    exponent: '-1e999999999',
    digits: `0.${'3'.repeat(100_000)}`,
    nested: '['.repeat(depth) + ']'.repeat(depth),
    objects: '{"a":'.repeat(depth) + '0' + '}'.repeat(depth),
    duplicate: '{"a":1,"a":2}',
    prototype: '{"__proto__":{"polluted":true},"constructor":1}',
  };
  const lines = Object.entries(texts).map(([key, text]) => `{"key":"${key}","value":${text}}`);
  const store = storeOf(t, ...lines);
  const isAsParsed = (value, text) => {
    // Deep values cannot be compared recursively; their depth can.
    let [one, other] = [value, JSON.parse(text)];
    while (typeof one === 'object' && one !== null && Object.keys(one).length === 1) {
      [one, other] = [Object.values(one)[0], Object.values(other)[0]];
    }
    assert.deepEqual(one, other);
  };
  for (const [key, text] of Object.entries(texts)) isAsParsed(await store.getItem(key), text);
  for (const [key, value] of await store.entries()) isAsParsed(value, texts[key]);
  assert.equal({}.polluted, undefined);
  const prototype = await store.getItem('prototype');
  assert.ok(Object.hasOwn(prototype, '__proto__'));
  assert.equal(Object.getPrototypeOf(prototype), Object.prototype);
  // A value that the runtime's JSON.stringify cannot write again is an error of this item alone.
  const edit = store.editItem('nested', (nested) => nested);
  if (canStringify(JSON.parse(texts.nested))) isAsParsed(await edit, texts.nested);
  else await assert.rejects(edit, { code: 'ERR_PERSIST_LOCK_INVALID_VALUE', key: 'nested' });
  assert.equal(await store.editItem('duplicate', ({ a }) => a), 2);
});

test('a line of 100 MB is an item like any other', async (t) => {
  const length = 100 * 2 ** 20;
  const store = storeOf(t, `{"key":"a","value":"${'x'.repeat(length)}"}`, OF_B);
  assert.equal((await store.getItem('a')).length, length);
  assert.deepEqual(await store.keys(), ['a', 'b']);
  const [large, small] = await store.values();
  assert.deepEqual([large.length, small], [length, 'of b']);
  await store.removeItem('a');
  assert.equal(await store.getItem('b'), 'of b');
});

test('a file whose number has no successor is no data file', async (t) => {
  const highest = '18446744073709551615';
  const folder = temporaryFolder(t);
  writeData(folder, dataOf([OF_B]));
  writeData(folder, 'a file of somebody’s', `data.${highest}.jsonl`);
  const store = new PersistLock(folder);
  await store.setItem('c', 1);
  await store.compact();
  await store.setItem('d', 1);
  assert.deepEqual(await store.keys(), ['b', 'c', 'd']);
  await store.close();
  assert.ok(storeFiles(folder).includes(`data.${highest}.jsonl`));
});

test('the drop-in shows no item under another key', async (t) => {
  const folder = temporaryFolder(t);
  writeData(folder, dataOf(['{"key":"a","value":1,"key":"b"}']));
  const script = `
    const storage = require(${JSON.stringify(require.resolve('../../node-persist'))});
    storage.init({ dir: '.' }).then(async () => {
      for (const read of [() => storage.getItem('a'), () => storage.values(), () => storage.data()])
        await read().then(console.log, ({ code }) => console.log(code));
      console.log(await storage.getItem('b'));
    });`;
  const { stdout, stderr } = await runScript(['-e', script], { cwd: folder });
  assert.equal(stderr, '');
  assert.equal(stdout, `${'ERR_PERSIST_LOCK_CORRUPT\n'.repeat(3)}undefined\n`);
});
