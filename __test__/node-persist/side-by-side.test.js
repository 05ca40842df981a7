'use strict';

// Random calls to node-persist and to the drop-in, in separate folders, get the same answers. Intended differences are left out here
// and are in `differences.test.js`.

const assert = require('node:assert/strict');
const test = require('node:test');
const { mockTimers } = require('../support/clock');
const { temporaryFolder } = require('../support/folders');
const { TIMES, seeded } = require('../support/random');
const { storageOf } = require('../support/node-persist-folder');
const nodePersist = require('../../node-persist');

const ROUNDS = 12 * TIMES;
const CALLS = 120;
const NOW = 1_800_000_000_000;
const DAY = 24 * 60 * 60 * 1000;

const toBase64 = (datum) => Buffer.from(JSON.stringify(datum) ?? '').toString('base64');
const fromBase64 = (text) => JSON.parse(Buffer.from(text, 'base64').toString());
const revive = (_, value) =>
  typeof value === 'string' && /^\d{4}-.*Z$/.test(value) ? new Date(value) : value;

/** The options that the two are made with. */
const OPTIONS = [
  {},
  { ttl: 1005 },
  { ttl: true, forgiveParseErrors: true },
  { ttl: '24h' },
  { ttl: -5 },
  { stringify: (datum) => JSON.stringify(datum, null, 2) },
  { parse: (text) => JSON.parse(text, revive) },
  { stringify: toBase64, parse: fromBase64 },
  // A pair that needs the complete datum, with an object as the value.
  {
    stringify: (datum) =>
      datum?.key ? `${datum.ttl ?? ''}|${JSON.stringify(datum)}` : JSON.stringify(datum),
    parse: (text) => JSON.parse(text.replace(/^\d*\|/, '')),
  },
];

const KEYS = ['a', 'b', 'item c', 'ключ', '__proto__', 'constructor', 'line\nbreak', '\ud800', '1'];

const VALUES = [
  0,
  -1.5,
  'text',
  '',
  null,
  true,
  NaN,
  Infinity,
  undefined,
  [],
  [1, [2, undefined], { three: 3 }],
  { deep: { er: [] }, none: undefined, not: () => {} },
  { toJSON: () => 'from toJSON' },
  { toJSON: () => undefined },
  new Date(NOW),
  new Map([[1, 2]]),
  /pattern/,
  Buffer.from('bytes'),
  { 'node-persist': '{"key":"a","value":"not mine"}' },
  { 'node-persist': 'text', more: 1 },
  { more: 1, 'node-persist': 'text' },
  JSON.parse('{"__proto__":{"own":1},"constructor":2}'),
  () => {},
  Symbol('none'),
];

// Time goes in steps of ten, so that none of these ends is met to the millisecond: there the two differ.
const STEP = 10;
const TTLS = [undefined, undefined, null, 0, false, NaN, '', 505, 10_005, new Date(NOW + DAY)];

const isText = ({ key }) => key.length > 1;

/** The calls that both answer alike. Each is a list: a method and its arguments. */
const CALLS_BY_NAME = {
  set: ({ pick }) => [pick(['setItem', 'set']), pick(KEYS), pick(VALUES), { ttl: pick(TTLS) }],
  setWithoutOptions: ({ pick }) => ['setItem', pick(KEYS), pick(VALUES)],
  get: ({ pick }) => [pick(['getItem', 'get']), pick(KEYS)],
  remove: ({ pick }) => [pick(['removeItem', 'del', 'rm']), pick(KEYS)],
  datum: ({ pick }) => [pick(['getDatum', 'getRawDatum', 'getDatumValue']), pick(KEYS)],
  list: ({ pick }) => [pick(['keys', 'values', 'length']), pick([undefined, isText])],
  data: () => ['data'],
  match: ({ pick }) => ['valuesWithKeyMatch', pick([undefined, 'item', '', /^[ab]$/, /т?ч$/i])],
  calcTTL: ({ pick }) => ['calcTTL', pick(TTLS)],
  copy: ({ pick }) => ['copy', pick(VALUES)],
  clear: ({ below }) => (below(8) === 0 ? ['clear'] : ['length']),
  sweep: () => ['removeExpiredItems'],
};

/** An answer as it is compared: without the file's name, and lists in an order. */
function comparable(name, answer) {
  if (answer?.file !== undefined) {
    const { file, ...rest } = answer;
    assert.equal(typeof file, 'string');
    return rest;
  }
  const isList = ['keys', 'values', 'data', 'valuesWithKeyMatch'].includes(name);
  if (!isList) return answer;
  const text = (value) => `${typeof value} ${JSON.stringify(value)}`;
  return [...answer].sort((one, other) => (text(one) < text(other) ? -1 : 1));
}

async function answerOf(storage, [name, ...args]) {
  return comparable(name, await storage[name](...args));
}

/** `updateItem` of an item that is there; of one that is not, the two differ. */
async function updateBoth(both, random) {
  const key = random.pick(KEYS);
  const call = [random.pick(['updateItem', 'update']), key, random.pick(VALUES)];
  if (random.below(3) === 0) call.push({ ttl: random.pick([505, 10_005]) });
  for (const storage of both) await storage.setItem(key, 'before', { ttl: 55 });
  await answerAlike(both, call);
}

/** A set of an item that has expired at once: node-persist lists it until its removal. */
async function setExpired(both, random) {
  const ttl = random.pick([-1, -Infinity, new Date(NOW - DAY)]);
  await answerAlike(both, ['setItem', random.pick(KEYS), random.pick(VALUES), { ttl }]);
  for (const storage of both) await storage.removeExpiredItems();
}

async function answerAlike([theirs, ours], call) {
  const expected = await answerOf(theirs, call);
  assert.deepEqual(await answerOf(ours, call), expected, `${call[0]}(${String(call[1])})`);
}

/** Iterates over both; the arguments of the callbacks must be the same. */
async function walkBoth([theirs, ours]) {
  const walk = async (storage) => {
    const seen = [];
    await storage.forEach(async (datum) => seen.push(datum));
    return comparable('data', seen);
  };
  assert.deepEqual(await walk(ours), await walk(theirs));
}

/** Lets time pass for both. Expired items are removed, since one of them lists them until then. */
async function letTimePass(both, random, clock) {
  clock.setTime(Date.now() + STEP * random.below(150));
  for (const storage of both) await storage.removeExpiredItems();
}

test('random calls are answered as node-persist answers them', async (t) => {
  const random = seeded(t);
  mockTimers(t, { apis: ['Date'], now: NOW });
  const clock = t.mock.timers;
  for (let round = 0; round < ROUNDS; round++) {
    clock.setTime(NOW);
    const options = random.pick(OPTIONS);
    const theirs = await storageOf(temporaryFolder(t), options);
    const ours = nodePersist.create();
    await ours.init({ dir: temporaryFolder(t), expiredInterval: 0, ...options });
    const both = [theirs, ours];
    for (let at = 0; at < CALLS; at++) {
      const kind = random.below(10);
      if (kind === 0) await letTimePass(both, random, clock);
      else if (kind === 1) await updateBoth(both, random);
      else if (kind === 3 && random.below(3) === 0) await setExpired(both, random);
      else if (kind === 2) await walkBoth(both);
      else {
        const name = random.pick(Object.keys(CALLS_BY_NAME));
        await answerAlike(both, CALLS_BY_NAME[name](random));
      }
    }
  }
});

test('an expiry that no Date can hold never comes, as in node-persist', async (t) => {
  const LAST = 8.64e15;
  let now = NOW;
  // Time passes between any two looks at the clock.
  t.mock.method(Date, 'now', () => now++);
  const dir = temporaryFolder(t);
  for (const ttl of [LAST, LAST - NOW - 10, `${LAST}`, Number.MAX_SAFE_INTEGER, 2 ** 60]) {
    const storage = nodePersist.create();
    await storage.init({ dir, expiredInterval: 0, ttl: LAST - now - 5 });
    now += 20;
    const calls = [
      storage.setItem('set', 1, { ttl }),
      storage.updateItem('set', 1, { ttl }),
      storage.editItem('edited', () => 1, { ttl }),
      storage.editItem('edited', async () => 1, { ttl }),
      storage.editItems(['edited'], () => [['edited', 1]], { ttl }),
      storage.setItem('by default', 1),
      storage.editItem(`new ${ttl}`, () => 1),
      storage.setItem('innocent', 1, { ttl: 1000 }),
    ];
    await Promise.all(calls);
    for (const { key, ttl: end } of await storage.data()) {
      assert.equal(end === undefined, key !== 'innocent', `${key} ends at ${end}`);
    }
  }
});
