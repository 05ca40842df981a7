'use strict';

// The arrays that the server is sent, as it reads them.

const assert = require('node:assert/strict');
const test = require('node:test');
const { arrayOf, sparseArrayOf } = require('../../lib/postgres/arrays');
const { withoutServer: skip } = require('../support/postgres/binaries');
const { newPlace, open } = require('../support/postgres/parts');

/** The elements of each type, with the texts that the server makes of them. */
const ARRAYS = {
  text: [
    ['a', null, 'NULL', '', '{,}', 'a"b', '\\', 'é😀'],
    ['a', null, 'NULL', '', '{,}', 'a"b', '\\', 'é😀'],
  ],
  json: [
    ['{"a": "\\u0000"}', '[1e21]', null],
    ['{"a": "\\u0000"}', '[1e21]', null],
  ],
  bytea: [
    ['\\x', '\\x00ff27', null],
    ['\\x', '\\x00ff27', null],
  ],
  bigint: [
    ['9223372036854775807', -1, 0n, null],
    ['9223372036854775807', '-1', '0', null],
  ],
  float8: [
    [0.5, -1e21, null],
    ['0.5', '-1e+21', null],
  ],
  bool: [
    [true, false, null],
    ['t', 'f', null],
  ],
};

for (const [type, [elements, texts]] of Object.entries(ARRAYS)) {
  test(`the server reads arrays of ${type}, and empty ones`, { skip }, async (t) => {
    const { connections } = open(t, await newPlace(t));
    const connection = await connections.take();
    const text = `SELECT * FROM unnest($1::${type}[])`;
    const [full, empty] = await connection.run([
      { text, values: [arrayOf(type, elements)] },
      { text, values: [arrayOf(type, [])] },
    ]);
    connections.giveBack(connection);
    assert.deepEqual(full.flat(), texts);
    assert.deepEqual(empty, []);
  });
}

test('an array of nulls alone is not sent', () => {
  assert.equal(sparseArrayOf('bigint', [null, null]), null);
  assert.deepEqual(sparseArrayOf('bigint', [null, '1']), arrayOf('bigint', [null, '1']));
});
