'use strict';

// Random calls to node-persist 2.1.0, 1.0.1 and 0.0.12 and to the drop-ins for them, in separate folders, get the same answers.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { mockTimers } = require('../support/clock');
const { temporaryFolder } = require('../support/folders');
const { TIMES, seeded } = require('../support/random');
const { notNode: skip } = require('../support/runtime');

const ROUNDS = 5 * TIMES;
const CALLS = 60;
const NOW = 1_800_000_000_000;

// A name of `Object.prototype` is an item of each of these versions. The letters of the last one are no latin1: version 1 changes them.
const KEYS = ['a', 'b', 'item c', '1', 'line.break', 'é', 'ключ'];

// Version 2 keeps other values in memory until the process ends: NaN, functions.
const VALUES = [0, -1.5, 'text', '', null, true, [], [1, { two: 2 }], { deep: { er: [] } }];

const pair = {
  stringify: (value) => Buffer.from(JSON.stringify(value) ?? '').toString('base64'),
  parse: (text) => JSON.parse(Buffer.from(text, 'base64').toString()),
};

const MATCHES = [undefined, 'item', '', /^[ab]$/];

/** The calls that all versions answer as their drop-in does: each a method and its arguments. */
const COMMON = {
  set: ({ pick }) => ['setItem', pick(KEYS), pick(VALUES)],
  setNow: ({ pick }) => ['setItemSync', pick(KEYS), pick(VALUES)],
  get: ({ pick }) => ['getItem', pick(KEYS)],
  getNow: ({ pick }) => ['getItemSync', pick(KEYS)],
  remove: ({ pick }) => ['removeItem', pick(KEYS)],
  removeNow: ({ pick }) => ['removeItemSync', pick(KEYS)],
  list: ({ pick }) => [pick(['keys', 'values', 'length'])],
  match: ({ pick }) => ['valuesWithKeyMatch', pick(MATCHES)],
  persist: ({ pick }) => [pick(['persist', 'persistSync'])],
  clear: ({ below, pick }) => (below(9) === 0 ? [pick(['clear', 'clearSync'])] : ['length']),
};

const TTLS = [undefined, null, 0, false, 505, 10_005, true, '24h', -5];

const VERSIONS = {
  v2: {
    theirs: 'node-persist-2',
    options: [{}, { ttl: 1005 }, { ttl: true }, pair],
    keys: KEYS,
    calls: {
      ...COMMON,
      setWithTtl: ({ pick }) => [
        pick(['setItem', 'set', 'setItemSync']),
        ...[pick(KEYS), pick(VALUES), { ttl: pick(TTLS) }],
      ],
      alias: ({ pick }) => [pick(['get', 'del', 'rm', 'getDataValue']), pick(KEYS)],
      removeKey: ({ pick }) => ['removePersistedKey', pick(['none', 'neither'])],
      calcTTL: ({ pick }) => ['calcTTL', pick(TTLS)],
      copy: ({ pick }) => ['copy', pick(VALUES)],
      hash: ({ pick }) => ['md5', pick(KEYS)],
      sweep: () => ['removeExpiredItems'],
    },
  },
  v1: {
    theirs: 'node-persist-1',
    options: [{}, { ttl: 1005 }, { ttl: '24h' }, pair],
    keys: KEYS.slice(0, -1),
    calls: {
      ...COMMON,
      alias: ({ pick }) => [pick(['get', 'del', 'rm']), pick(KEYS.slice(0, -1))],
      name: ({ pick }) => ['sanitize', pick(KEYS)],
    },
  },
  v0: {
    theirs: 'node-persist-0',
    options: [{}, { ttl: 1005 }, pair],
    keys: KEYS,
    calls: { ...COMMON, missing: () => ['key', 1e9] },
  },
};

/** Calls a method, with a callback if it takes one; resolves with its answer and with what the callback got. */
async function answerOf(storage, [name, ...args], takesCallback) {
  const told = [];
  const all = takesCallback ? [...args, (...got) => told.push(got)] : args;
  const answer = await storage[name](...all);
  return {
    answer: comparable(answer),
    told: told.map(([error, got]) => [error ?? null, comparable(got)]),
  };
}

/** Removes from an answer what is deliberately different: folders and the order of lists. */
function comparable(answer) {
  if (answer?.file !== undefined) return { ...answer, file: path.basename(answer.file) };
  if (!Array.isArray(answer)) return answer && JSON.parse(JSON.stringify(answer));
  const text = (value) => `${typeof value} ${JSON.stringify(value)}`;
  return answer.map(comparable).sort((one, other) => (text(one) < text(other) ? -1 : 1));
}

const WITH_CALLBACK = [
  'setItem',
  'getItem',
  'removeItem',
  'clear',
  'persist',
  'removeExpiredItems',
];

async function compare([theirs, ours], call, random) {
  const takesCallback = WITH_CALLBACK.includes(call[0]) && random.below(2) === 0;
  const expected = await answerOf(theirs, call, takesCallback);
  const answered = await answerOf(ours, call, takesCallback);
  assert.deepEqual(answered, expected, JSON.stringify(call));
}

/** Lets time pass, and removes what has expired: version 0 and 1 do so when they read an item. */
function letTimePass([theirs, ours], keys, random, clock) {
  clock.setTime(Date.now() + 10 * random.below(150));
  for (const key of keys) assert.deepEqual(ours.getItemSync(key), theirs.getItemSync(key), key);
  return ours.removeExpiredItems();
}

/** Iterates over both; the arguments of the callbacks must be the same. */
function walkBoth(both) {
  const [expected, seen] = both.map((storage) => {
    const walked = [];
    storage.forEach((key, value) => walked.push([key, value]));
    return comparable(walked);
  });
  assert.deepEqual(seen, expected);
}

/** Changes a value that a read gave: in version 2 that is a copy, in version 1 and 0 the value itself. */
async function changeRead(both, key, random) {
  const isStored = random.below(2) === 0;
  for (const storage of both) {
    const value = storage.getItemSync(key);
    if (typeof value === 'object' && value !== null) value.changed = [1];
    if (isStored && value !== undefined) await storage.persistKey(key);
  }
}

for (const [version, { theirs, options, keys, calls }] of Object.entries(VERSIONS)) {
  test(`random calls are answered as ${theirs} answers them`, { skip }, async (t) => {
    const random = seeded(t);
    const modules = [require(theirs), require(`../../node-persist/${version}`)];
    mockTimers(t, { apis: ['Date'], now: NOW });
    const clock = t.mock.timers;
    for (let round = 0; round < ROUNDS; round++) {
      clock.setTime(NOW);
      const given = { expiredInterval: 0, ...random.pick(options) };
      const folders = modules.map(() => temporaryFolder(t));
      const open = () =>
        modules.map(({ create }, at) => {
          const storage = create({ dir: folders[at], ...given });
          storage.initSync();
          return storage;
        });
      let both = open();
      for (let at = 0; at < CALLS; at++) {
        const kind = random.below(12);
        if (kind === 0) await letTimePass(both, keys, random, clock);
        else if (kind === 1) walkBoth(both);
        else if (kind === 2) await changeRead(both, random.pick(keys), random);
        else if (kind === 3 && random.below(4) === 0) both = open();
        else {
          const call = calls[random.pick(Object.keys(calls))](random);
          if (keys.includes(call[1]) || !KEYS.includes(call[1])) await compare(both, call, random);
        }
      }
    }
  });

  test(`init of ${version} answers as that of ${theirs}`, { skip }, async (t) => {
    const modules = [require(theirs), require(`../../node-persist/${version}`)];
    for (const ttl of [undefined, 1000]) {
      const answers = [];
      for (const { create } of modules) {
        const dir = path.join(temporaryFolder(t), 'storage');
        const folder = JSON.stringify(path.dirname(dir)).slice(1, -1);
        const withoutFolder = (result) => JSON.stringify(result).replaceAll(folder, '');
        const told = new Promise((resolve) => {
          const callback = (error, result) => resolve([error ?? null, withoutFolder(result)]);
          const settled = create({ dir, ttl, expiredInterval: 0 }).init(callback);
          answers.push(settled.then(withoutFolder));
        });
        answers.push(told);
        await told;
        assert.ok(fs.existsSync(dir));
      }
      const [theirResult, theirTold, ourResult, ourTold] = await Promise.all(answers);
      assert.deepEqual([ourResult, ourTold], [theirResult, theirTold]);
    }
  });
}
