'use strict';

// Folders of node-persist 0.0 and 1.0: their items are taken over, and their files stay.

const assert = require('node:assert/strict');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { temporaryFolder } = require('../support/folders');
const { freshModule } = require('../support/drop-in');
const { filesOf } = require('../support/node-persist-folder');
const { notNode: skip } = require('../support/runtime');
const { onWindows } = require('../support/system');

const PACKAGES = { '0.0.12': 'node-persist-0', '1.0.1': 'node-persist-1' };

// Version 0.0 names files by keys, and Windows has no names with a question mark.
const KEYS = ['AccessoryInfo.CC22.json', 'users', 'a b', 'x', onWindows ? 'list!' : 'list?'];
const VALUES = [1, 'text', null, { deep: [{ er: 'ä' }] }, []];

/** Makes a folder of items by an earlier version; resolves with its path. */
async function folderOf(t, name, keys, { ttl } = {}) {
  const dir = path.join(temporaryFolder(t), 'persist');
  const storage = require(name).create({ dir, ttl });
  storage.initSync();
  for (const [at, key] of keys.entries()) {
    await storage.setItem(key, VALUES[at % VALUES.length]);
  }
  return dir;
}

async function takenOver(t, dir) {
  const warn = t.mock.method(process, 'emitWarning', () => {});
  const storage = freshModule().create({ dir });
  await storage.init();
  warn.mock.restore();
  return { storage, warnings: warn.mock.calls.map((call) => call.arguments) };
}

for (const [version, name] of Object.entries(PACKAGES)) {
  test(
    `items and expiries of ${version} are taken over, and its files stay`,
    { skip },
    async (t) => {
      for (const ttl of [undefined, 1e9]) {
        const dir = await folderOf(t, name, KEYS, { ttl });
        const files = filesOf(dir);
        const { storage } = await takenOver(t, dir);
        assert.deepEqual((await storage.keys()).sort(), [...KEYS].sort());
        for (const [at, key] of KEYS.entries()) {
          assert.deepEqual(await storage.getItem(key), VALUES[at]);
          const { ttl: expiry } = await storage.getDatum(key);
          assert.equal(expiry === undefined, ttl === undefined);
          if (expiry) assert.ok(expiry > Date.now());
        }
        assert.deepEqual(filesOf(dir), files);
      }
    },
  );

  test(`blocking calls take over items of ${version} too`, { skip }, async (t) => {
    const dir = await folderOf(t, name, KEYS);
    t.mock.method(process, 'emitWarning', () => {});
    const storage = freshModule();
    storage.initSync({ dir });
    assert.deepEqual(storage.keysSync().sort(), [...KEYS].sort());
  });
}

test('a warning tells that files are taken for those of version 0.0', { skip }, async (t) => {
  const dir = await folderOf(t, 'node-persist-0', ['one', 'two']);
  const { warnings } = await takenOver(t, dir);
  const [[message, { code, detail }], ...more] = warnings;
  assert.deepEqual(more, []);
  const by = 'as items of node-persist 0.0, by their names';
  assert.equal(message, `Taken over from ${dir} ${by}: 2 files`);
  assert.deepEqual([code, detail.split('\n').sort()], ['PERSIST_LOCK_OLD_FILES', ['one', 'two']]);
});

test(
  'keys with slashes of version 0.0 are taken over, which it did not find itself',
  { skip },
  async (t) => {
    const dir = await folderOf(t, 'node-persist-0', ['a/b/c', 'a/d', 'e']);
    const { storage } = await takenOver(t, dir);
    assert.deepEqual(await storage.keys(), ['a/b/c', 'a/d', 'e']);
  },
);

test('a key that version 1 changed is taken over as it reads it', { skip }, async (t) => {
  // The slash in the base64 of question marks stays in the name on Windows, where it ends a folder's.
  const keys = ['é', 'ключ', ...(onWindows ? [] : ['???']), '>>>'];
  const dir = await folderOf(t, 'node-persist-1', keys);
  const theirs = require('node-persist-1').create({ dir });
  theirs.initSync();
  const { storage } = await takenOver(t, dir);
  assert.deepEqual((await storage.keys()).sort(), theirs.keys().sort());
});

/** Opens a folder by the drop-in of a version. */
function openedBy(t, version, options) {
  const warn = t.mock.method(process, 'emitWarning', () => {});
  const storage = require(`../../node-persist/${version}`).create(options);
  storage.initSync();
  warn.mock.restore();
  const details = warn.mock.calls.map(({ arguments: [, { detail }] }) => detail);
  return { storage, details };
}

test(
  'v0 takes over a folder beside a torn file, and keys that look like hashes',
  { skip },
  async (t) => {
    const keys = ['settings', createHash('md5').update('url').digest('hex')];
    const dir = await folderOf(t, 'node-persist-0', keys, { ttl: 1e9 });
    fs.writeFileSync(path.join(dir, 'torn'), '{"a":');
    const { storage, details } = openedBy(t, 'v0', { dir });
    assert.deepEqual(storage.keys().sort(), [...keys].sort());
    assert.equal(storage.isExpired(keys[1]), false);
    assert.match(details.join(), /^torn: [^\n]*$/);
    assert.equal(fs.readFileSync(path.join(dir, 'torn'), 'utf8'), '{"a":');
  },
);

test(
  'v1 takes over short keys, which other drop-ins cannot tell from names',
  { skip },
  async (t) => {
    const dir = await folderOf(t, 'node-persist-1', ['~!$']);
    assert.deepEqual(openedBy(t, 'v1', { dir }).storage.keys(), ['~!$']);
  },
);

test('items that a pair wrote are taken over by that pair', { skip }, async (t) => {
  const pair = {
    stringify: (value) => Buffer.from(JSON.stringify(value)).toString('base64'),
    parse: (text) => JSON.parse(Buffer.from(text, 'base64').toString()),
  };
  for (const version of [0, 1]) {
    const dir = path.join(temporaryFolder(t), 'persist');
    const theirs = require(`node-persist-${version}`).create({ dir, ...pair });
    theirs.initSync();
    theirs.setItemSync('a', { b: 1 });
    const { storage, details } = openedBy(t, `v${version}`, { dir, ...pair });
    assert.deepEqual([storage.getItemSync('a'), details], [{ b: 1 }, []]);
    storage.setItemSync('a', { b: 2 });
    assert.deepEqual(openedBy(t, `v${version}`, { dir, ...pair }).storage.getItemSync('a'), {
      b: 2,
    });
  }
});

test('a later drop-in goes on with the items of an earlier one', { skip }, async (t) => {
  const dir = await folderOf(t, 'node-persist-0', ['a', 'b']);
  openedBy(t, 'v0', { dir }).storage.setItemSync('c', 3);
  const { storage } = openedBy(t, 'v2', { dir });
  storage.setItemSync('d', 4);
  const main = freshModule().create({ dir });
  await main.init();
  assert.deepEqual(await main.keys(), ['a', 'b', 'c', 'd']);
});

test('one file that is no JSON makes all of them foreign', async (t) => {
  const dir = temporaryFolder(t);
  fs.writeFileSync(path.join(dir, 'settings.json'), '{"a":1}');
  fs.writeFileSync(path.join(dir, 'notes.txt'), 'not an item');
  const { storage, warnings } = await takenOver(t, dir);
  assert.deepEqual(await storage.keys(), []);
  assert.match(warnings[0][1].detail, /settings\.json: it is not named/);
});

test('v0 takes over files that another drop-in of the process has skipped', async (t) => {
  const dir = temporaryFolder(t);
  fs.writeFileSync(path.join(dir, 'a'), '1');
  fs.writeFileSync(path.join(dir, 'torn'), '{"a":');
  const { storage } = await takenOver(t, dir);
  assert.deepEqual(await storage.keys(), []);
  assert.deepEqual(openedBy(t, 'v0', { dir }).storage.keys(), ['a']);
});

test('v2 takes over files of any name, as 2.1.0 does, after those named by their keys', async (t) => {
  const dir = temporaryFolder(t);
  const name = createHash('md5').update('a').digest('hex');
  const write = (file, datum) => fs.writeFileSync(path.join(dir, file), JSON.stringify(datum));
  write('0-copy.json', { key: 'a', value: 'old' });
  write(name, { key: 'a', value: 'new' });
  write('0'.repeat(32), { key: 'b', value: 2 });
  write('c.json', { key: 'c', value: 3, ttl: Date.now() + 1e9 });
  const theirs = require('node-persist-2').create({ dir });
  theirs.initSync();
  const { storage, details } = openedBy(t, 'v2', { dir });
  assert.deepEqual(
    [storage.keys(), theirs.keys().sort()],
    [
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ],
  );
  assert.deepEqual([storage.values(), details], [['new', 2, 3], []]);
});

test('v2 takes values of version 0.0 that have a key for values', async (t) => {
  const dir = temporaryFolder(t);
  const value = { key: 'secret', value: 1, name: 'lamp' };
  fs.writeFileSync(path.join(dir, 'lamp!'), JSON.stringify(value));
  const { storage } = openedBy(t, 'v2', { dir });
  assert.deepEqual([storage.keys(), storage.getItemSync('lamp!')], [['lamp!'], value]);
});

test('v2 refuses foreign files that another drop-in of the process has skipped', async (t) => {
  const dir = temporaryFolder(t);
  fs.writeFileSync(path.join(dir, 'notes.txt'), 'not an item');
  await takenOver(t, dir);
  assert.throws(() => openedBy(t, 'v2', { dir }), /PARSE-ERROR/);
});

for (const version of [0, 1]) {
  test(
    `v${version} ignores expiries of a folder if it has no ttl, as its package does`,
    { skip },
    async (t) => {
      for (const ttl of [undefined, 1e9]) {
        const dir = await folderOf(t, `node-persist-${version}`, ['a'], { ttl: 1e9 });
        fs.writeFileSync(path.join(`${dir}-ttl`, fs.readdirSync(dir)[0]), '1');
        const theirs = require(`node-persist-${version}`).create({ dir, ttl });
        theirs.initSync();
        const { storage } = openedBy(t, `v${version}`, { dir, ttl });
        const expected = ttl === undefined ? VALUES[0] : undefined;
        assert.deepEqual([storage.getItemSync('a'), theirs.getItemSync('a')], [expected, expected]);
      }
    },
  );
}
