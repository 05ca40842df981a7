'use strict';

// Listings of a choice of items: by `prefix`, `from` and `to`, at most `limit`, in the order of keys
// or in `reverse`.

const assert = require('node:assert/strict');
const test = require('node:test');
const { slowness, temporaryStore: awaitedStore } = require('../support/engine');
const { ofPart, temporaryStore, test: testBothKinds } = require('../support/kinds');
const { TIMES, seeded } = require('../support/random');

/** Characters at the ends of the lengths that UTF-8 has, and halves of surrogate pairs. */
const CHARACTERS = [
  ...['\0', '\n', '"', '\\', '0', '1', '9', 'A', 'a', 'b', ':', '\x7f'],
  ...['\x80', 'é', '\u07ff', '\u0800', '\ud7ff', '\ue000', '\ufffd', '\uffff'],
  ...['\u{10000}', '😀', '\u{10ffff}', '\ud800', '\ud83d', '\udbff', '\udc00', '\ude00', '\udfff'],
];

/**
 * Compares keys by the bytes of their UTF-8. This is the order of their code points: a lone surrogate
 * is one of its own.
 */
function compare(one, other) {
  const [ones, others] = [one, other].map((key) => Array.from(key, (each) => each.codePointAt(0)));
  for (let at = 0; at < Math.min(ones.length, others.length); at++) {
    if (ones[at] !== others[at]) return ones[at] - others[at];
  }
  return ones.length - others.length;
}

/** Picks the items of a choice out of all, as pairs of key and value. */
function chosen(
  items,
  { prefix = '', from, to, limit = Infinity, reverse = false },
  matches = () => true,
) {
  const isChosen = ([key]) =>
    key.startsWith(prefix) &&
    (from === undefined || compare(key, String(from)) >= 0) &&
    (to === undefined || compare(key, String(to)) < 0) &&
    matches(key);
  const picked = [...items].filter(isChosen).sort(([one], [other]) => compare(one, other));
  if (reverse) picked.reverse();
  return picked.slice(0, limit);
}

function randomKey(random) {
  if (random.below(10) === 0) return String(random.below(200) - 100);
  return Array.from({ length: random.below(4) }, () => random.pick(CHARACTERS)).join('');
}

function randomChoice(random, keys) {
  const key = () => (random.below(2) === 0 ? random.pick(keys) : randomKey(random));
  const choice = {};
  if (random.below(2) === 0) choice.prefix = key().slice(0, random.below(3));
  if (random.below(2) === 0) choice.from = random.below(8) === 0 ? random.below(100) : key();
  if (random.below(2) === 0) choice.to = random.below(8) === 0 ? -random.below(100) : key();
  if (random.below(2) === 0) choice.limit = random.pick([0, 1, 2, 5, 1000, Infinity]);
  if (random.below(2) === 0) choice.reverse = random.below(2) === 0;
  return choice;
}

async function iterated(iteration) {
  const entries = [];
  for await (const entry of iteration) entries.push(entry);
  return entries;
}

/** Checks every listing of a choice. */
async function check(store, items, choice) {
  const expected = chosen(items, choice);
  const title = JSON.stringify(choice);
  assert.deepEqual(await store.entries(choice), expected, title);
  assert.deepEqual(await store.keys(choice), expected.map(([key]) => key), title); // prettier-ignore
  assert.deepEqual(await store.values(choice), expected.map(([, value]) => value), title); // prettier-ignore
  assert.equal(await store.length(choice), expected.length, title);
  assert.deepEqual(await iterated(store.iterate(choice)), expected, title);
  const called = [];
  await store.forEach(({ key, value }) => void called.push([key, value]), choice);
  assert.deepEqual(called, expected, title);
  const pattern = /[\ud83da1-9]/;
  const matching = chosen(items, choice, (key) => pattern.test(key));
  assert.deepEqual(await store.valuesWithKeyMatch(pattern, choice), matching.map(([, value]) => value), title); // prettier-ignore
}

for (const [codec, options] of Object.entries({
  'as JSON': {},
  'with a codec': { stringify: JSON.stringify, parse: JSON.parse },
})) {
  testBothKinds(
    `random choices list what the items sorted and filtered do, items ${codec}`,
    async (t) => {
      const random = seeded(t);
      const store = temporaryStore(t, options);
      const part = ofPart(store.sub(`${random.pick(['p', '😀', '\ude00', 'a:'])}`));
      const [items, ofThePart] = [new Map(), new Map()];
      for (let at = 0; at < (60 * TIMES) / slowness; at++) {
        const writes = [];
        for (let place = 0; place < 10; place++) {
          const [key, gone] = [randomKey(random), random.pick([...ofThePart.keys(), 'none'])];
          const isRemoval = random.below(3) === 0;
          writes.push(isRemoval ? part.removeItem(gone) : part.setItem(key, place));
          if (isRemoval) ofThePart.delete(gone);
          else ofThePart.set(key, place);
        }
        await Promise.all(writes);
        items.clear();
        for (const [key, value] of await store.entries()) items.set(key, value);
        assert.equal(items.size, ofThePart.size);
        for (const [listed, expected] of [
          [store, items],
          [part, ofThePart],
        ]) {
          // prettier-ignore
          await check(listed, expected, {});
          await check(listed, expected, randomChoice(random, [...expected.keys(), '']));
        }
      }
    },
  );
}

test('a choice of many items is walked in order, by one moment', async (t) => {
  const store = awaitedStore(t);
  const keys = Array.from(
    { length: 5000 },
    (_, at) => `k${String((at * 2017) % 5000).padStart(4, '0')}`,
  );
  await Promise.all(keys.map((key) => store.setItem(key, 'x'.repeat(100))));
  const choice = { from: 'k0100', to: 'k4000', reverse: true, limit: 3000 };
  const expected = keys.toSorted().reverse().slice(1000, 4000);
  const walked = [];
  for await (const [key] of store.iterate(choice)) {
    if (walked.push(key) === 1) await store.clear({ prefix: 'k3' });
  }
  assert.deepEqual(walked, expected);
  assert.equal(await store.length(choice), 2900);
  assert.deepEqual(await store.keys({ prefix: 'k3' }), []);
});

test('a limit beside a match counts the items that match', async (t) => {
  const store = awaitedStore(t);
  for (const key of ['a1', 'b1', 'a2', 'b2', 'a3']) await store.setItem(key, key);
  assert.deepEqual(await store.valuesWithKeyMatch('b', { limit: 1 }), ['b1']);
  assert.deepEqual(await store.valuesWithKeyMatch(/2$/, { reverse: true, limit: 5 }), ['b2', 'a2']);
  assert.deepEqual(await store.valuesWithKeyMatch('b', { limit: 0 }), []);
});

testBothKinds('wrong options of a listing are refused', async (t) => {
  const store = temporaryStore(t);
  const wrong = { name: 'TypeError', code: 'ERR_PERSIST_LOCK_INVALID_OPTION' };
  const cases = [
    ...[-1, 1.5, NaN, '5', null, {}, -Infinity].map((limit) => ({ limit })),
    ...[1, 'yes', null].map((reverse) => ({ reverse })),
    ...[null, {}, NaN, Infinity, ['a'], true].flatMap((bound) => [{ from: bound }, { to: bound }]),
  ];
  for (const options of cases) {
    await assert.rejects(store.keys(options), wrong);
    await assert.rejects(store.length(options), wrong);
    await assert.rejects(store.forEach(assert.fail, options), wrong);
    await assert.rejects(store.valuesWithKeyMatch('a', options), wrong);
    assert.throws(() => store.iterate(options), wrong);
  }
  const without = {
    prefix: undefined,
    from: undefined,
    to: undefined,
    limit: undefined,
    reverse: undefined,
  };
  assert.deepEqual(await store.keys(without), []);
});
