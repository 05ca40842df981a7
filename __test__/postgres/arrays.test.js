'use strict';

// The texts of arrays that the server is sent. Needs no server.

const assert = require('node:assert/strict');
const test = require('node:test');
const { arrayOf } = require('../../lib/postgres/arrays');

test('elements are quoted, and nulls are not', () => {
  const elements = ['a', null, 'NULL', '', '{,}', 'a"b', '\\'];
  assert.equal(arrayOf(elements), '{"a",NULL,"NULL","","{,}","a\\"b","\\\\"}');
});

// V8 ends the process if one replacement has so many matches.
test('an element may have many millions of quotes', () => {
  const element = '"'.repeat(45_000_000);
  const array = arrayOf([element]);
  assert.equal(array.length, 2 * element.length + 4);
  assert.ok(array.startsWith('{"\\"\\"') && array.endsWith('\\"\\""}'));
});

test('an element of several parts is one again', () => {
  const element = 'é😀"'.repeat(2_000_000);
  assert.equal(arrayOf([element]), `{"${'é😀\\"'.repeat(2_000_000)}"}`);
});
