'use strict';

// Intended differences from node-persist. Each side is tested for its own answers, and docs/MIGRATING.md lists the same.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const theirs = require('node-persist');
const ours = require('../../node-persist');
const { mockTimers } = require('../support/clock');
const { temporaryFolder } = require('../support/folders');
const { nameOf } = require('../support/node-persist-folder');
const { notNode } = require('../support/runtime');

const NOW = 1_800_000_000_000;
const DAY = 24 * 60 * 60 * 1000;

const rejected = (code) => ({ rejected: code });
const notAFile = 'does not look like a valid storage file!';

/** The end that an item of a ttl is stored with. */
const endOf = (ttl) => async (storage) => (await storage.setItem('a', 1, { ttl })).content.ttl;

/** Makes an item that has expired and is not removed. */
async function expired(storage, { clock }) {
  await storage.setItem('a', 1, { ttl: 10 });
  clock.setTime(NOW + 20);
}

/** Returns the way in which a call ends: it throws, rejects or resolves. */
async function waysToFail(call) {
  try {
    const promise = call();
    return await promise.then(
      () => 'resolves',
      () => 'rejects',
    );
  } catch {
    return 'throws';
  }
}

/**
 * `what` is the text in docs/MIGRATING.md. `run` is called with a storage of each, made with `options` in a new folder;
 * `theirs` and `ours` are the answers: the result, or `rejected` with a code or with the end of a message.
 */
const DIFFERENCES = [
  {
    what: 'A finite number is a key and becomes a string',
    run: async (storage) => {
      await storage.setItem(42, 'answer');
      return [await storage.getItem(42), await storage.keys()];
    },
    theirs: rejected('ERR_INVALID_ARG_TYPE'),
    ours: ['answer', ['42']],
  },
  {
    what: 'The empty string is a key',
    run: async (storage) => {
      await storage.setItem('', 1);
      return storage.getItem('');
    },
    theirs: rejected(notAFile),
    ours: 1,
  },
  {
    what: 'A `Buffer` is not a key',
    run: async (storage) => {
      await storage.setItem(Buffer.from('a'), 1);
      return storage.keys();
    },
    theirs: [{ type: 'Buffer', data: [97] }],
    ours: rejected('ERR_PERSIST_LOCK_INVALID_KEY'),
  },
  {
    what: 'A wrong argument rejects and does not throw',
    run: async (storage) => [
      await waysToFail(() => storage.setItem('a', 1n)),
      await waysToFail(() => storage.setItem({}, 1)),
      await waysToFail(() => storage.removeItem({})),
    ],
    theirs: ['throws', 'throws', 'throws'],
    ours: ['rejects', 'rejects', 'rejects'],
  },
  {
    what: 'Calls of the module before `init` reject with `ERR_PERSIST_LOCK_NOT_INITIALIZED`',
    isBare: true,
    run: (storage, { module }) => module.getItem('a'),
    theirs: rejected('module.getItem is not a function'),
    ours: rejected('ERR_PERSIST_LOCK_NOT_INITIALIZED'),
  },
  {
    what: 'An instance that `create` made needs no `init`',
    isBare: true,
    run: async (storage) => [
      await waysToFail(() => storage.setItem('a', 1)),
      await storage.getItem('a'),
    ],
    theirs: ['rejects', undefined],
    ours: ['resolves', 1],
  },
  {
    what: 'Expired items are not listed',
    run: async (storage, context) => {
      await expired(storage, context);
      return [await storage.keys(), await storage.values(), await storage.length()];
    },
    theirs: [['a'], [1], 1],
    ours: [[], [], 0],
  },
  {
    what: '`removeItem` treats an expired item as missing',
    run: async (storage, context) => {
      await expired(storage, context);
      return (await storage.removeItem('a')).existed;
    },
    theirs: true,
    ours: false,
  },
  {
    what: '`getItem` does not remove an expired item',
    run: async (storage, context) => {
      await expired(storage, context);
      return [await storage.getItem('a'), await storage.getDatumValue('a')];
    },
    theirs: [undefined, undefined],
    ours: [undefined, 1],
  },
  {
    what: 'An item expires at its expiry, not one millisecond later',
    run: async (storage, { clock }) => {
      await storage.setItem('a', 1, { ttl: 10 });
      clock.setTime(NOW + 10);
      return storage.getItem('a');
    },
    theirs: 1,
    ours: undefined,
  },
  {
    what: '`updateItem` gives a missing item the default `ttl`',
    options: { ttl: 1000 },
    run: async (storage) => (await storage.updateItem('a', 1)).content.ttl,
    theirs: undefined,
    ours: NOW + 1000,
  },
  {
    what: '`updateItem` with a `ttl` of `null` or `0` ends the expiry',
    run: async (storage) => {
      await storage.setItem('a', 1, { ttl: 1000 });
      return (await storage.updateItem('a', 2, { ttl: null })).content.ttl;
    },
    theirs: NOW + 1000,
    ours: undefined,
  },
  {
    what: 'A `ttl` of `true` means 24 hours in each call',
    run: endOf(true),
    theirs: DAY,
    ours: NOW + DAY,
  },
  { what: 'A `ttl` of `Infinity` means never', run: endOf(Infinity), theirs: DAY, ours: undefined },
  {
    what: 'A `ttl` too large for a `Date` means never',
    run: endOf(Number.MAX_SAFE_INTEGER),
    theirs: NOW + Number.MAX_SAFE_INTEGER,
    ours: undefined,
  },
  {
    what: 'A `ttl` that is a numeric string counts as the number',
    run: endOf('1000'),
    theirs: `${NOW}1000`,
    ours: NOW + 1000,
  },
  {
    what: 'Expiry times are whole milliseconds',
    run: endOf(0.5),
    theirs: NOW + 0.5,
    ours: NOW + 1,
  },
  {
    what: 'A `ttl` of any other kind rejects with a `TypeError`',
    run: endOf({}),
    theirs: DAY,
    ours: rejected('ERR_PERSIST_LOCK_INVALID_TTL'),
  },
  {
    what: 'The option `ttl` may be a `Date`',
    options: { ttl: new Date(NOW + 5000) },
    run: endOf(undefined),
    theirs: NOW + DAY,
    ours: NOW + 5000,
  },
  {
    what: 'Each write resolves to its own result',
    options: { writeQueue: true },
    run: async (storage) => {
      const sets = [1, 2, 3].map((value) => storage.setItem('a', value));
      return (await Promise.all(sets)).map(({ content }) => content.value);
    },
    theirs: [3, 3, 3],
    ours: [1, 2, 3],
  },
  {
    what: 'A pattern with the flag `g` matches every key that fits it',
    run: async (storage) => {
      for (const key of ['item 1', 'item 2', 'item 3']) await storage.setItem(key, 1);
      return (await storage.valuesWithKeyMatch(/item/g)).length;
    },
    theirs: 2,
    ours: 3,
  },
  {
    what: 'Items are listed in the order of their keys',
    run: async (storage) => {
      for (const key of ['3', '1', '4', '2']) await storage.setItem(key, 1);
      return storage.keys();
    },
    theirs: ['1', '2', '3', '4'].sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1)),
    ours: ['1', '2', '3', '4'],
  },
  {
    what: 'A foreign file in the folder does no harm',
    run: async (storage, { folder }) => {
      await storage.setItem('a', 1);
      fs.writeFileSync(path.join(folder, 'notes.txt'), 'not an item');
      return storage.keys();
    },
    theirs: rejected(notAFile),
    ours: ['a'],
  },
  {
    what: 'An item forgiven by `forgiveParseErrors` is not listed',
    options: { forgiveParseErrors: true, parse: () => undefined },
    run: async (storage) => {
      await storage.setItem('a', 1);
      return [await storage.getItem('a'), await storage.values()];
    },
    theirs: [undefined, [undefined]],
    ours: [undefined, []],
  },
  {
    what: 'A deleted folder is created again, without items',
    run: async (storage, { folder }) => {
      fs.rmSync(folder, { recursive: true });
      await storage.setItem('a', 1);
      return storage.keys();
    },
    theirs: rejected('ENOENT'),
    ours: ['a'],
  },
  {
    what: 'No file is where `getDatumPath`, and `file` in a result, say',
    run: async (storage) => {
      const { file } = await storage.setItem('a', 1);
      assert.equal(storage.getDatumPath('a'), file);
      return [path.basename(file), fs.existsSync(file)];
    },
    theirs: [nameOf('a'), true],
    ours: [nameOf('a'), false],
  },
  {
    what: 'A program that lists the folder finds no items',
    run: async (storage, { folder }) => {
      await storage.setItem('a', 1);
      return fs.readdirSync(folder);
    },
    theirs: [nameOf('a')],
    ours: ['.persist-lock'],
  },
  {
    what: '`writeFile` and `deleteFile` reject, because items have no files',
    run: async (storage) => {
      const { file } = await storage.setItem('a', 1);
      return (await storage.deleteFile(file)).removed;
    },
    theirs: true,
    ours: rejected('ERR_PERSIST_LOCK_NO_ITEM_FILES'),
  },
  {
    what: '`init` resolves to a copy of the options',
    run: async (storage) => (await storage.init()) === storage.options,
    theirs: true,
    ours: false,
  },
  {
    what: 'An option that is `undefined` counts as not given',
    options: { expiredInterval: undefined },
    run: async (storage) => storage.options.expiredInterval,
    theirs: undefined,
    ours: 120_000,
  },
  {
    what: 'The options may be an object without a prototype',
    run: async (storage) => {
      storage.setOptions(Object.assign(Object.create(null), { ttl: 5 }));
      return storage.options.ttl;
    },
    theirs: rejected('userOptions.hasOwnProperty is not a function'),
    ours: 5,
  },
  {
    what: 'Invalid options are a `TypeError`',
    run: async (storage) => storage.setOptions({ parse: 'JSON' }),
    theirs: undefined,
    ours: rejected('ERR_PERSIST_LOCK_INVALID_OPTION'),
  },
  {
    what: 'The folder is absolute without options too',
    isBare: true,
    run: async (storage) => {
      storage.setOptions();
      return path.isAbsolute(storage.options.dir);
    },
    theirs: false,
    ours: true,
  },
];

async function answerOf(module, row, t) {
  const folder = temporaryFolder(t);
  const storage = module.create({ dir: folder });
  try {
    if (!row.isBare) {
      await storage.init({ dir: folder, expiredInterval: 0, writeQueue: false, ...row.options });
    }
    return await row.run(storage, { folder, module, clock: t.mock.timers });
  } catch ({ code, message }) {
    return rejected(code ?? (message.endsWith(notAFile) ? notAFile : message));
  } finally {
    storage.stopExpiredKeysInterval();
    storage.stopWriteQueueInterval();
  }
}

for (const row of DIFFERENCES) {
  test(row.what, async (t) => {
    mockTimers(t, { apis: ['Date'], now: NOW });
    const their = await answerOf(theirs, row, t);
    if (!notNode) assert.deepEqual(their, row.theirs, 'node-persist');
    t.mock.timers.setTime(NOW);
    assert.deepEqual(await answerOf(ours, row, t), row.ours, 'persist-lock');
  });
}

test('docs/MIGRATING.md lists these differences and no others', () => {
  const text = fs.readFileSync(path.resolve(__dirname, '../../docs/MIGRATING.md'), 'utf8');
  const section = text.match(/^## Deliberate differences$(.*?)^## /ms)[1];
  const listed = [...section.matchAll(/^- (.*(?:\n {2}.*)*)$/gm)].map(([, item]) =>
    item.replace(/\n {2}/g, ' '),
  );
  const expected = DIFFERENCES.map(({ what }) => what);
  assert.deepEqual(
    listed.map((item) => item.split('. ')[0].replace(/\.$/, '')),
    expected,
  );
});
