'use strict';

// Keys that look like something other than keys: paths, records, properties of objects.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { succeed } = require('../support/command');
const PersistLock = require('../..');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');
const { storeFiles } = require('../support/store-files');

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
  const keys = ['\0', '..', '../../x', '/etc/passwd', '__proto__', 'constructor', 'toString'];
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
