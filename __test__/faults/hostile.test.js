'use strict';

// Data files that a stranger has written with correct checksums: a read gives an error or the right value, never a crash or another
// item's value. And keys that look like something other than keys.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { succeed } = require('../support/command');
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

/** Checks that what is wrong with the value of `a` is told by all that would read it, and that `b` is as it should be. */
async function refusesA(store, message) {
  const reads = {
    get: () => store.getItem('a'),
    edit: () => store.editItem('a', () => assert.fail('runs')),
    view: () => store.viewItem('a', () => assert.fail('runs')),
    several: () => store.editItems(['b', 'a'], () => assert.fail('runs')),
    update: () => store.updateItem('a', 1),
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
  await store.setItem('a', 'mended');
  assert.deepEqual(await store.values(), ['mended', 'of b'], message);
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
  for (const text of texts) {
    await refusesA(storeOf(t, `{"key":"a","value":${text}}`, OF_B), text);
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
    // Deep ones cannot be compared by what recurs; their depth can.
    let [one, other] = [value, JSON.parse(text)];
    while (typeof one === 'object' && one !== null && Object.keys(one).length === 1) {
      [one, other] = [Object.values(one)[0], Object.values(other)[0]];
    }
    assert.deepEqual(one, other);
  };
  for (const [key, text] of Object.entries(texts)) isAsParsed(await store.getItem(key), text);
  const values = await store.values();
  Object.values(texts).forEach((text, at) => isAsParsed(values[at], text));
  assert.equal({}.polluted, undefined);
  const prototype = await store.getItem('prototype');
  assert.ok(Object.hasOwn(prototype, '__proto__'));
  assert.equal(Object.getPrototypeOf(prototype), Object.prototype);
  // What JSON.stringify cannot write again, which is for the runtime to say, is an error of this item alone.
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

test('keys that look like records, paths or properties are ordinary keys', async (t) => {
  const keys = [
    '../../x',
    '..',
    '.',
    '',
    '/etc/passwd',
    'C:\\con',
    'a/b',
    '~',
    '-rf',
    '__proto__',
    'constructor',
    'prototype',
    'hasOwnProperty',
    'toString',
    'then',
    '\0',
    'a\0b',
    '\n',
    '"',
    '\\',
    '\ud800',
    '%00',
    '$&',
    'writer.lock',
    'data.1.jsonl',
  ];
  const outer = temporaryFolder(t);
  const folder = path.join(outer, 'inner', 'most');
  const store = new PersistLock(folder);
  for (const key of keys) await store.setItem(key, { of: key });
  for (const key of keys) {
    const value = { of: key };
    assert.deepEqual(await store.getItem(key), value);
    assert.equal(await store.hasItem(key), true);
    assert.equal(await store.hasItem(`${key} `), false);
    assert.deepEqual(await store.editItem(key, async (current) => current), value);
    assert.deepEqual(await store.viewItem(key, async (current) => current), value);
    await store.updateItem(key, value);
    const edited = await store.editItems([key, 'new'], (current) => [...current].slice(0, 1));
    assert.deepEqual([...edited], [[key, value]]);
    assert.ok((await store.keys({ prefix: key })).includes(key));
    assert.equal(await store.removeItem(key), true);
    assert.equal(await store.removeItem(key), false);
    await store.setItem(key, value);
  }
  const entries = keys.map((key) => [key, { of: key }]);
  const sorted = (pairs) => pairs.sort(([one], [other]) => (one < other ? -1 : 1));
  assert.deepEqual(sorted(await store.entries()), sorted([...entries]));
  const walked = [];
  await store.forEach(({ key, value }) => walked.push([key, value]));
  assert.deepEqual(sorted(walked), sorted([...entries]));
  assert.deepEqual(await store.valuesWithKeyMatch('__proto__'), [{ of: '__proto__' }]);
  const lines = await succeed(['cat', '-d', folder]);
  await store.clear();
  await store.close();
  await succeed(['import', '-d', folder], { input: lines });
  const again = new PersistLock(folder, { readOnly: true });
  assert.deepEqual(sorted(await again.entries()), sorted([...entries]));
  await again.close();

  assert.deepEqual(fs.readdirSync(outer), ['inner']);
  assert.deepEqual(fs.readdirSync(path.join(outer, 'inner')), ['most']);
  assert.deepEqual(fs.readdirSync(folder), ['.persist-lock']);
  const names = [/^data\.\d+\.jsonl$/, /^(writer|compact)\.lock$/, /^leases$/];
  for (const name of storeFiles(folder)) assert.ok(names.some((pattern) => pattern.test(name)));
  assert.equal({}.of, undefined);
});

test('the drop-in takes such keys as ordinary keys too', async (t) => {
  const keys = ['../../x', '__proto__', 'constructor', 'toString', '\0', '..', '/etc/passwd'];
  const script = `
    const storage = require(${JSON.stringify(require.resolve('../../node-persist'))});
    const keys = ${JSON.stringify(keys)};
    (async () => {
      await storage.init({ dir: 'inner/most' });
      for (const key of keys) await storage.setItem(key, { of: key });
      for (const key of keys) {
        const { of } = await storage.getItem(key);
        const datum = await storage.getDatum(key);
        if (of !== key || datum.key !== key || datum.value.of !== key) throw new Error(key);
      }
      const each = [];
      await storage.forEach(({ key, value }) => each.push(key, value.of));
      const listed = {
        keys: await storage.keys(),
        values: (await storage.values()).map(({ of }) => of),
        data: (await storage.data()).flatMap(({ key, value }) => [key, value.of]),
        each,
        length: await storage.length(),
        match: await storage.valuesWithKeyMatch('__proto__'),
      };
      for (const key of keys) await storage.removeItem(key);
      console.log(JSON.stringify({ ...listed, left: await storage.keys(), of: {}.of ?? 'unset' }));
    })();`;
  const folder = temporaryFolder(t);
  const { stdout, stderr, code } = await runScript(['-e', script], { cwd: folder });
  assert.deepEqual({ stderr, code }, { stderr: '', code: 0 });
  const twice = keys.flatMap((key) => [key, key]);
  assert.deepEqual(JSON.parse(stdout), {
    keys,
    values: keys,
    data: twice,
    each: twice,
    length: keys.length,
    match: [{ of: '__proto__' }],
    left: [],
    of: 'unset',
  });
  assert.deepEqual(fs.readdirSync(folder), ['inner']);
  assert.deepEqual(fs.readdirSync(path.join(folder, 'inner')), ['most']);
  assert.deepEqual(fs.readdirSync(path.join(folder, 'inner', 'most')), ['.persist-lock']);
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
