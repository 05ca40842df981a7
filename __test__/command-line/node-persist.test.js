'use strict';

// import --node-persist: the items of a folder that node-persist wrote, into a store.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { command, succeed, withStore } = require('../support/command');
const { temporaryFolder } = require('../support/folders');
const { commits } = require('../support/store-files');
const { filesOf, writeFiles } = require('../support/node-persist-folder');

test('node-persist’s items are imported and its files stay', async (t) => {
  const [from, to] = [temporaryFolder(t), temporaryFolder(t)];
  const ttl = Date.now() + 1_000_000;
  writeFiles(from, [
    { key: 'a', value: { b: ['ü'] } },
    { key: 'ends', value: 1, ttl },
    { key: 'ended', value: 1, ttl: 1 },
  ]);
  writeFiles(from, [{ key: 'older', value: null }], { version: 3 });
  fs.writeFileSync(path.join(from, 'README'), 'not an item');
  const before = filesOf(from);
  await withStore(to, async (store) => {
    await store.setItem('a', 'replaced');
    await store.setItem('kept', 1);
  });
  const { length } = commits(to);
  const report = JSON.parse(await succeed(['import', '--node-persist', from, '-d', to]));
  assert.deepEqual(report, {
    imported: 3,
    expired: 1,
    skipped: [{ file: 'README', reason: 'it is not named as node-persist names its files' }],
  });
  assert.equal(commits(to).length, length + 1);
  const lines = (await succeed(['cat', '-d', to])).trimEnd().split('\n');
  assert.deepEqual(
    lines.sort(),
    [
      '{"key":"a","value":{"b":["ü"]}}',
      '{"key":"kept","value":1}',
      `{"key":"ends","value":1,"expires":${ttl}}`,
      '{"key":"older","value":null}',
    ].sort(),
  );
  assert.deepEqual(filesOf(from), before);
});

test('a folder that was taken over before can be imported again', async (t) => {
  const folder = temporaryFolder(t);
  writeFiles(folder, [{ key: 'a', value: 1 }]);
  const again = () => succeed(['import', '--node-persist', folder, '-d', folder]);
  assert.equal(await again(), '{"imported":1,"expired":0,"skipped":[]}\n');
  writeFiles(folder, [{ key: 'a', value: 2 }]);
  await again();
  assert.equal(await succeed(['get', 'a', '-d', folder]), '2\n');
});

test('a folder is imported only with the option', async (t) => {
  const folder = temporaryFolder(t);
  const run = (...args) => command(['import', ...args, '-d', path.join(folder, 'store')]);
  const both = await run('file', '--node-persist', folder);
  assert.equal(both.code, 2);
  assert.match(
    both.stderr,
    /takes either FILE or --node-persist, not both\. See persist-lock import --help\n$/,
  );
  const asFile = await run(folder);
  assert.equal(asFile.code, 1);
  assert.match(asFile.stderr, /^persist-lock: [^\n]* is a folder\. [^\n]*--node-persist [^\n]*\n$/);
  const missing = await run('--node-persist', path.join(folder, 'none'));
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /^persist-lock: There is no folder [^\n]*none\n$/);
  assert.deepEqual(fs.readdirSync(folder), []);
});
