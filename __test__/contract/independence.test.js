'use strict';

// Calls made together, each with another odd key or value: none harms another.

const assert = require('node:assert/strict');
const test = require('node:test');
const { newPlace, open } = require('../support/engine');

test('odd keys and values harm no other call that is made with theirs', async (t) => {
  const texts = [
    '',
    '\n',
    '\r\n',
    '\u2028',
    '\ud800',
    '\udc00\ud800',
    '"',
    '\\',
    '\0',
    '__proto__',
  ];
  texts.push('{"key":"a","value":1}', '","value":1}\n{"key":"x', ',"expires":1', '\ufeff', 'é😀');
  const values = [-0, 1e308, 2 ** 53, 5e-324, [undefined], { toJSON: () => ',"expires":5' }];
  const odd = [
    { stringify: (value) => value, parse: (text) => text },
    { stringify: () => '\ud800\n{', parse: (text) => text },
  ];
  for (const options of [{}, ...odd]) {
    const place = newPlace(t);
    // The asynchronous edits of one key wait for each other: for long on a busy machine.
    const store = open(place, { lockTimeout: 60_000, ...options });
    const all = options.stringify ? texts : [...texts, ...values];
    const calls = [];
    for (const key of texts) {
      for (const value of all) {
        calls.push(store.setItem(key, value), store.updateItem(key, value, { ttl: 1e12 + 0.5 }));
        calls.push(
          store.editItem(key, () => value),
          store.editItem(key, async () => value),
        );
      }
    }
    await Promise.all(calls);
    assert.deepEqual((await store.keys()).sort(), texts.toSorted());
    await store.close();
    const again = open(place, options);
    assert.equal((await again.entries()).length, texts.length);
    await again.close();
  }
});
