'use strict';

// Values of every kind, through edits that are made together and through reads: each caller gets
// its own copy of the value as JSON represents it.

const assert = require('node:assert/strict');
const { newPlace, slowness } = require('../support/engine');
const { open, test } = require('../support/kinds');
const { TIMES, seeded } = require('../support/random');

/** The reads of each value: enough for the cache to keep it in between. */
const READS = 4;

class Point {
  constructor(x) {
    this.x = x;
  }
}

/** Values that JSON represents exactly. */
const PLAIN = [0, 1, -1.5, 1e300, 5e-324, '', 'é', '\ud800', '\u2028"\\', true, false, null];
/** Values that JSON changes, or cannot represent. */
const OTHERS = [
  () => -0,
  () => [NaN, -Infinity],
  () => undefined,
  () => Symbol('s'),
  () => () => 1,
  () => new Date(0),
  () => new Point(1),
  () => ({ map: new Map([[1, 2]]) }),
  () => Object(1),
  () => Object('boxed'),
  () => Uint8Array.of(1, 2),
  () => Object.assign(Object.create(null), { a: 1 }),
  () => Object.assign([1], { more: 2 }),
  () => [1, , 2], // eslint-disable-line no-sparse-arrays
  () => ({ toJSON: () => 'by itself' }),
  () => ({ toJSON: 'no function', a: 1 }),
  () => JSON.parse('{"__proto__":{"a":1},"b":2}'),
  () => ({ [Symbol('s')]: 1, a: 2 }),
  () => Object.defineProperty({ a: 1 }, 'hidden', { value: 2 }),
  () => ({
    get computed() {
      return [1];
    },
  }),
  () => Object.freeze({ a: Object.freeze([1]) }),
  () => 'x'.repeat(2 ** 16 + 1),
  () => deep(63),
  () => deep(64),
  () => deep(1000),
];
const NAMES = ['b', 'a', '1', '0', '', 'é', '\ud800', 'constructor', 'length'];

function deep(levels) {
  return levels === 0 ? [] : [deep(levels - 1)];
}

function anyValue(source, depth) {
  const kind = source.below(8);
  if (kind === 0) return source.pick(OTHERS)();
  if (kind < 4 || depth === 0) return source.pick(PLAIN);
  const count = source.below(4);
  if (kind < 6) return Array.from({ length: count }, () => anyValue(source, depth - 1));
  return Object.fromEntries(
    Array.from({ length: count }, () => [source.pick(NAMES), anyValue(source, depth - 1)]),
  );
}

/** Changes every part of a value that can be changed. */
function spoil(value) {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  for (const inner of Object.values(value)) spoil(inner);
  if (Array.isArray(value)) value.push('spoilt');
  else if (!ArrayBuffer.isView(value)) value.spoilt = true;
}

test('every caller gets its own copy of a value, as JSON represents it', async (t) => {
  const source = seeded(t);
  const store = open(newPlace(t));
  const wanted = new Error('this edit changes nothing');
  const values = [
    ...OTHERS.map((make) => ({ value: make() })),
    ...Array.from({ length: (1000 * TIMES) / slowness }, () => ({ value: anyValue(source, 4) })),
  ];
  for (const value of values) {
    const expected = JSON.parse(JSON.stringify(value));
    const stored = store.editItem('a', () => value);
    const edit = store.editItem('a', (current) => {
      assert.deepEqual(current, expected);
      spoil(current);
      spoil(value);
      throw wanted;
    });
    const failed = assert.rejects(edit, (error) => error === wanted);
    const seenAgain = store.editItems(['a'], (items) => {
      assert.deepEqual(items.get('a'), expected);
      return items;
    });
    const result = await stored;
    assert.deepEqual(result, expected);
    spoil(result);
    await failed;
    assert.deepEqual(await seenAgain, new Map([['a', expected]]));
    for (let reads = 0; reads < READS; reads++) {
      const read = await store.getItem('a');
      assert.deepEqual(read, expected);
      spoil(read);
    }
  }
  await store.close();
});
