'use strict';

// Imported items, which bring their expiry along.

const assert = require('node:assert/strict');
const test = require('node:test');
const { importItems, temporaryStore } = require('../support/stores');

test('an imported expiry that no Date can hold is a RangeError of its import alone', async (t) => {
  const store = temporaryStore(t);
  const refused = { name: 'RangeError', code: 'ERR_PERSIST_LOCK_INVALID_TTL' };
  for (const expires of [-1, 1.5, NaN, '1', null, Infinity, 8.64e15 + 1, Number.MAX_VALUE]) {
    const innocent = store.setItem('a', 1);
    const imported = importItems(store, [{ key: 'x', value: 1, expires }]);
    await assert.rejects(imported, refused, String(expires));
    await innocent;
  }
  assert.equal(await store.hasItem('x'), false);
});
