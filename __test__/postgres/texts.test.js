'use strict';

// Keys and values that columns of other types refuse or change.

const assert = require('node:assert/strict');
const test = require('node:test');
const { newPlace, opened } = require('../support/postgres/places');

/** Values that `jsonb` refuses, or stores as other texts. */
const VALUES = {
  'a zero character': 'a\0b',
  'a lone surrogate': '\ud800',
  'the other half': 'text \udfff text',
  'a pair': '😀',
  'a large number': 1e21,
  'a small number': 1e-7,
  'a long fraction': 0.1 + 0.2,
  'the order of names': { b: 1, a: 2, 10: 3 },
  'odd names': { '\0': 1, '\ud800': 2, '': 3, __proto__x: 4 },
  'a backslash': '\\u0000 "{}" \\',
  'a separator of lines': '\u2028',
};

for (const [name, value] of Object.entries(VALUES)) {
  test(`${name} in a value and in a key comes back as it was`, async (t) => {
    const place = await newPlace(t);
    const [store, other] = [opened(t, place), opened(t, place)];
    await store.setItem('a', value);
    assert.deepEqual(await other.getItem('a'), value);
    assert.equal(JSON.stringify(await other.getItem('a')), JSON.stringify(value));
    await other.editItem('a', (current) => [current]);
    await other.editItem('a', async (current) => [current]);
    assert.deepEqual(await store.getItem('a'), [[value]]);
    const key = typeof value === 'string' ? value : JSON.stringify(value);
    assert.equal(await store.editItem(key, (current = 0) => current + 1), 1);
    assert.equal(await other.editItem(key, async (current) => current + 1), 2);
    await other.setItem(key, 3);
    assert.deepEqual(new Set(await store.keys()), new Set(['a', key]));
    assert.equal(await store.removeItem(key), true);
    assert.deepEqual(await other.keys(), ['a']);
  });
}

test('a value with 3 000 levels comes back', async (t) => {
  const store = opened(t, await newPlace(t));
  const text = '['.repeat(3_000) + ']'.repeat(3_000);
  await store.setItem('deep', JSON.parse(text));
  assert.equal(JSON.stringify(await store.getItem('deep')), text);
  await store.editItem('deep', (current) => [current]);
  assert.equal(JSON.stringify(await store.getItem('deep')), `[${text}]`);
});

// An index refuses entries above 2 704 bytes, unless they can be compressed.
test('long keys that differ in their last character are different items, in order', async (t) => {
  const place = await newPlace(t);
  const [store, other] = [opened(t, place), opened(t, place)];
  const lengths = [799, 800, 801, 832, 2_704, 2_705, 10_000];
  let state = 1;
  const noise = (length) => {
    const codes = Array.from({ length }, () => {
      state = (state * 48271) % 2147483647;
      return 97 + (state % 26);
    });
    return String.fromCharCode(...codes);
  };
  const text = noise(10_000);
  const keys = lengths.flatMap((length) => {
    const beginning = text.slice(0, length - 1);
    return [`${beginning}!`, `${beginning}~`, `${beginning.slice(0, -1)}é`];
  });
  await Promise.all(keys.map((key, at) => store.setItem(key, at)));
  for (const [at, key] of keys.entries()) {
    assert.equal(await other.editItem(key, (current) => current * 2), at * 2);
    assert.equal(await store.getItem(key), at * 2);
  }
  const bytes = (key) => Buffer.from(key);
  const ordered = [...keys].sort((one, another) => Buffer.compare(bytes(one), bytes(another)));
  assert.deepEqual(await other.keys(), ordered);
  assert.equal(await other.removeItems(keys.slice(1)), keys.length - 1);
  assert.deepEqual(await store.keys(), [keys[0]]);
});
