'use strict';

// Texts of JSON laid out for an editor, and back.

const assert = require('node:assert/strict');
const test = require('node:test');
const { compact, indented } = require('../../lib/cli/json-layout');
const { seeded } = require('../support/random');

/** Makes a random value. */
function randomValue({ pick }, depth = 0) {
  const leaves = [0, -1.5e300, true, null, '', 'a "b" \\', '{[,:]}', ' \n', 'ü😀', '\ud83d'];
  const kind = pick(depth < 4 ? ['leaf', 'list', 'object'] : ['leaf']);
  if (kind === 'leaf') return pick(leaves);
  const values = Array.from({ length: pick([0, 1, 3]) }, () => randomValue({ pick }, depth + 1));
  if (kind === 'list') return values;
  return Object.fromEntries(values.map((value, at) => [`${pick(['', ' ', '"'])}${at}`, value]));
}

test('the layout is that of JSON.stringify', (t) => {
  const random = seeded(t);
  for (let round = 0; round < 2000; round++) {
    const value = randomValue(random);
    const json = JSON.stringify(value);
    assert.equal(indented(json), JSON.stringify(value, null, 2));
    assert.equal(compact(JSON.stringify(value, null, '\t ')), json);
  }
});

test('numbers and escapes keep their characters', () => {
  const json = '[-0,1.0,1E5,12345678901234567890,"\\u0061\\/"]';
  assert.equal(compact(indented(json)), json);
  assert.equal(indented(' -0 '), '-0');
});
