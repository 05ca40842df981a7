'use strict';

// The forms of keys in the database: every string has its bytes, their order is that of listings, and
// none is too long for an index.

const assert = require('node:assert/strict');
const test = require('node:test');
const { Keys, LONGEST_ID, bytesOf, keyOfBytes } = require('../../lib/postgres/keys');
const { namesOf } = require('../../lib/postgres/names');
const { random } = require('../support/random');

const keys = new Keys(namesOf('public', 'items'));

const ALL = [
  ...['a', '\0', 'é', '\ud7ff', '\ud800', '\udbff', '\udc00', '\udfff', '\ue000', '\uffff'],
  ...['😀', '€', '힣', '\u0080', '\\', '"', "'", '%', '_'],
];

/** Lists strings of some pieces, and all pairs of these. */
const strings = ['', ...ALL, ...ALL.flatMap((a) => ALL.map((b) => a + b))];

test('a key comes back from its bytes', () => {
  for (const key of strings) assert.equal(keyOfBytes(bytesOf(key)), key);
  const { below } = random(1);
  for (let n = 0; n < 2000; n++) {
    const units = Array.from({ length: below(12) }, () =>
      // Half of them near the surrogates.
      below(2) === 0 ? 0xd7f0 + below(0x820) : below(0x10000),
    );
    const key = String.fromCharCode(...units);
    assert.equal(keyOfBytes(bytesOf(key)), key);
  }
});

test('a lone surrogate has three bytes, and a pair its four', () => {
  assert.equal(bytesOf('\ud800').toString('hex'), 'eda080');
  assert.equal(bytesOf('a\udfffb').toString('hex'), '61edbfbf62');
  assert.equal(bytesOf('😀').toString('hex'), 'f09f9880');
});

test('a row has its key as its id, up to the length that an index takes', () => {
  const longest = 'x'.repeat(LONGEST_ID);
  for (const key of [...strings, longest]) {
    assert.equal(keys.columnOf(key), null);
    assert.equal(keys.keyOf(keys.idOf(key), null), key);
  }
  // It ends within a character.
  const longer = `${'x'.repeat(LONGEST_ID - 1)}é${'y'.repeat(5000)}`;
  const id = keys.idOf(longer);
  assert.equal(id.length, 2 + 2 * (LONGEST_ID + 32));
  assert.ok(id.startsWith(keys.boundOf(longer)));
  assert.equal(keys.keyOf(id, keys.columnOf(longer)), longer);
  assert.notEqual(keys.idOf(`${longer}!`), id);
});

test('locks are numbers that the store, the key and the kind of lock make', () => {
  const other = new Keys(namesOf('public', 'item'));
  const quoted = new Keys(namesOf('public"."items', 'x'));
  const all = [keys, other, quoted].flatMap((each) => [
    each.storeLock,
    each.leasesLock,
    each.schemaLock,
    ...['', 'store', 'leases', 's'].map((key) => each.lockOf(key)),
  ]);
  assert.equal(new Set(all).size, all.length);
  for (const lock of all) {
    assert.equal(BigInt.asIntN(64, BigInt(lock)), BigInt(lock));
  }
  assert.equal(keys.lockOf('a'), new Keys(namesOf('public', 'items')).lockOf('a'));
});
