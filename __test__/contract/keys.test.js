'use strict';

// Keys of every kind and length, which a cached and an uncached read must tell apart alike.

const assert = require('node:assert/strict');
const { leaveNothing, newPlace } = require('../support/engine');
const { open, test } = require('../support/kinds');

/**
 * Makes a text of so many bytes: around 255, it may fill a buffer, or be cut off by the buffer's
 * end.
 */
function long(letter, bytes) {
  const { length } = Buffer.from(letter);
  return letter.repeat(bytes / length) + 'x'.repeat(bytes % length);
}

const LENGTHS = Array.from({ length: 16 }, (_, at) => 244 + at);
const LONG = ['x', 'é', '漢', '😀'].flatMap((letter) =>
  LENGTHS.map((bytes) => long(letter, bytes)),
);
const STRANGE = ['', '"', '\\', '\n', '\0', 'a\0b', '\x7f', '\u2028', 'é', '漢字', '😀'];
const SURROGATES = [
  '\ud800',
  '\udfff',
  '\udfff\ud800',
  'a\ud800',
  '\ud800\udc00',
  '\ufffd',
  'a\ufffd',
];
const KEYS = [...new Set([...LONG, ...STRANGE, ...SURROGATES, '__proto__', 'x'.repeat(1000)])];

test('keys of every kind and length are told apart', async (t) => {
  const place = newPlace(t);
  const writer = open(place);
  // Half of the keys: the others have no item.
  const isStored = (at) => at % 2 === 0;
  const valueOf = (at) => (isStored(at) ? { at, text: `é ${KEYS[at]}` } : undefined);
  await Promise.all(KEYS.map((key, at) => isStored(at) && writer.setItem(key, valueOf(at))));
  const reader = await open(place).init();
  for (const store of [writer, reader, reader]) {
    for (const [at, key] of KEYS.entries()) {
      assert.deepEqual(await store.getItem(key), valueOf(at), JSON.stringify(key));
    }
  }
  const seen = [];
  for (const store of [writer, reader]) {
    const edit = (key) => store.editItem(key, (value) => void seen.push([key, value]));
    await Promise.allSettled(KEYS.map(edit));
  }
  const all = KEYS.map((key, at) => [key, valueOf(at)]);
  assert.deepEqual(seen, [...all, ...all]);
  await writer.clear();
  for (const key of KEYS) assert.equal(await reader.getItem(key), undefined);
  await leaveNothing(place, writer, reader);
});
