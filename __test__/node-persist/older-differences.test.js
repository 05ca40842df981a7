'use strict';

// Intended differences of v2, v1 and v0 from node-persist 2.1.0, 1.0.1 and 0.0.12. Each side is tested for its own answers, and
// docs/MIGRATING.md lists the same.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { mockTimers } = require('../support/clock');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');
const { notNode } = require('../support/runtime');

const root = path.resolve(__dirname, '..', '..');
const NOW = 1_800_000_000_000;

const THEIRS = { v2: 'node-persist-2', v1: 'node-persist-1', v0: 'node-persist-0' };
const ALL = Object.keys(THEIRS);

/** Resolves with the result of a call, or with the name of its error. */
async function endOf(call) {
  try {
    return await call();
  } catch ({ code, name }) {
    return code ?? name;
  }
}

/** Makes an item that has expired and is not removed. */
function expired(storage, { clock }) {
  storage.setItemSync('a', 1);
  clock.setTime(NOW + 2000);
}

/**
 * `what` is the text in docs/MIGRATING.md. `run` is called with a storage of each of the versions, made with `options` in a new folder;
 * `theirs` and `ours` are the answers.
 */
const DIFFERENCES = [
  {
    what: 'Changes of other processes are seen',
    versions: ALL,
    run: (storage, { again }) => {
      again().setItemSync('a', 1);
      return storage.keys();
    },
    theirs: [],
    ours: ['a'],
  },
  {
    what: 'Items are listed in the order of their keys',
    versions: ALL,
    run: (storage) => {
      for (const key of ['c', 'a', 'b']) storage.setItemSync(key, 1);
      return storage.keys();
    },
    theirs: ['c', 'a', 'b'],
    ours: ['a', 'b', 'c'],
  },
  {
    what: 'Expired items are not listed',
    versions: ALL,
    options: { ttl: 1000 },
    run: (storage, context) => {
      expired(storage, context);
      return [storage.keys(), storage.length(), storage.values()];
    },
    theirs: [['a'], 1, [1]],
    ours: [[], 0, []],
  },
  {
    what: 'An expired item that is read stays until the periodic removal, which each version has here',
    versions: ALL,
    options: { ttl: 1000 },
    run: (storage, context) => {
      expired(storage, context);
      return [storage.getItemSync('a'), Boolean(storage.isExpired('a'))];
    },
    theirs: [undefined, false],
    ours: [undefined, true],
  },
  {
    what: 'A value of version 2 is what JSON makes of it',
    versions: ['v2'],
    run: (storage) => {
      storage.setItemSync('a', NaN);
      return storage.getItemSync('a');
    },
    theirs: NaN,
    ours: null,
  },
  {
    what: 'A set that fails is not seen',
    versions: ALL,
    run: async (storage, { folder, again }) => {
      fs.rmSync(folder, { recursive: true });
      fs.writeFileSync(folder, 'no folder');
      const failed = await endOf(() => storage.setItemSync('a', 1));
      fs.rmSync(folder);
      fs.mkdirSync(folder);
      again();
      return [failed !== undefined, storage.getItemSync('a')];
    },
    theirs: [true, 1],
    ours: [true, undefined],
  },
  {
    what: '`persistKey` of a missing item stores nothing',
    versions: ['v2'],
    run: async (storage, { again }) => {
      await storage.persistKey('a');
      return again().keys();
    },
    theirs: ['a'],
    ours: [],
  },
  {
    what: '`removePersistedKey` removes the item',
    versions: ['v2'],
    run: (storage) => {
      storage.setItemSync('a', 1);
      storage.removePersistedKeySync('a');
      return storage.getItemSync('a');
    },
    theirs: 1,
    ours: undefined,
  },
  {
    what: 'A file that is no item matters until the first commit',
    versions: ['v2'],
    run: (storage, { folder, again }) => {
      storage.setItemSync('a', 1);
      fs.writeFileSync(path.join(folder, 'notes.txt'), 'not an item');
      return endOf(() => again().getItemSync('a'));
    },
    theirs: 'Error',
    ours: 1,
  },
  {
    what: 'A failure that nothing handles ends the process',
    versions: ALL,
    run: async (storage, { module, folder }) => {
      fs.writeFileSync(path.join(folder, 'file'), '');
      const script = `require(${JSON.stringify(module)}).create({ dir: process.cwd() + '/file' }).init()`;
      return (await runScript(['--no-deprecation', '-e', script], { cwd: folder })).code;
    },
    // Version 0 and 1 throw the error where nothing catches it.
    theirs: { v2: 0, v1: 1, v0: 1 },
    ours: 1,
  },
  {
    what: 'Calls of the module before `init` throw `ERR_PERSIST_LOCK_NOT_INITIALIZED`',
    versions: ALL,
    run: (storage, { module }) => {
      delete require.cache[require.resolve(module)];
      return endOf(() => require(module).getItem('a'));
    },
    theirs: 'TypeError',
    ours: 'ERR_PERSIST_LOCK_NOT_INITIALIZED',
  },
  {
    what: 'Internals that work on files do not exist, such as `parseFile` and `parseStorageDir`',
    versions: ALL,
    run: (storage) => typeof storage.parseFile,
    theirs: 'function',
    ours: 'undefined',
  },
];

async function answerOf(t, module, row) {
  const folder = temporaryFolder(t);
  const again = () => {
    const storage = require(module).create({ dir: folder, expiredInterval: 0, ...row.options });
    storage.initSync();
    return storage;
  };
  const storage = again();
  return row.run(storage, { folder, again, module, clock: t.mock.timers });
}

for (const row of DIFFERENCES) {
  for (const version of row.versions) {
    test(`${version}: ${row.what}`, async (t) => {
      mockTimers(t, { apis: ['Date'], now: NOW });
      if (!notNode) {
        const their = await answerOf(t, require.resolve(THEIRS[version]), row);
        assert.deepEqual(their, row.theirs[version] ?? row.theirs, 'node-persist');
      }
      t.mock.timers.setTime(NOW);
      const ours = path.join(root, 'node-persist', `${version}.js`);
      assert.deepEqual(await answerOf(t, ours, row), row.ours, 'persist-lock');
    });
  }
}

test('docs/MIGRATING.md lists these differences and no others', () => {
  const text = fs.readFileSync(path.join(root, 'docs', 'MIGRATING.md'), 'utf8');
  const [, section] = text.match(/^## Differences of the earlier versions$(.*?)^## /ms);
  const listed = [...section.matchAll(/^- (.*(?:\n {2}.*)*)$/gm)].map(([, item]) =>
    item
      .replace(/\n {2}/g, ' ')
      .split('. ')[0]
      .replace(/\.$/, ''),
  );
  assert.deepEqual(
    listed,
    DIFFERENCES.map(({ what }) => what),
  );
});
