'use strict';

// The rows of a choice of keys, as conditions of SQL on the columns `id` and `key`, and the order of
// keys among rows. An id is the key itself up to 800 bytes; of a longer key, its first 800 bytes and
// a hash. So the order of ids is that of keys, except among long keys that share 800 bytes.

const { LONGEST_ID, bytesOf, textOf } = require('./keys');
const { endsInHalfPair } = require('../half-pair');

/** More than the hash in any id. */
const BEYOND_HASH = Buffer.alloc(33, 0xff);

/** The length of the longest key that is an id, in hexadecimal digits. */
const LONGEST_HEX = 2 * LONGEST_ID;

/**
 * Makes the condition that chooses the rows with the keys of a range.
 *
 * @param {import('../engine').Choice} choice whose `keys`, `matches` and `limit` are not looked at
 * @param {number} first the number of the first parameter
 * @returns {{ text: string, values: string[] }}
 */
function rangeOf({ prefix = '', from, to }, first = 1) {
  const texts = [];
  const values = [];
  const add = (left, operator, bytes) => {
    values.push(textOf(bytes));
    texts.push(`${left} ${operator} $${first + values.length - 1}::bytea`);
  };
  const atLeast = (bytes) => {
    add('id', '>=', bytes.subarray(0, LONGEST_ID));
    if (bytes.length > LONGEST_ID) add('coalesce(key, id)', '>=', bytes);
  };
  const below = (bytes) => {
    if (bytes.length <= LONGEST_ID) return add('id', '<', bytes);
    add('id', '<', Buffer.concat([bytes.subarray(0, LONGEST_ID), BEYOND_HASH]));
    return add('coalesce(key, id)', '<', bytes);
  };
  const beginning = bytesOf(wholePrefix(prefix));
  if (beginning.length > 0) {
    atLeast(beginning);
    below(successorOf(beginning));
  }
  if (from !== undefined && from !== '') atLeast(bytesOf(from));
  if (to !== undefined) below(bytesOf(to));
  return { text: texts.map((text) => ` AND ${text}`).join(''), values };
}

/** Gives the least bytes that are greater than all that begin with these. No byte of a key is 255. */
function successorOf(bytes) {
  const next = Buffer.from(bytes);
  next[next.length - 1]++;
  return next;
}

/** Gives a prefix without half a surrogate pair at its end, which begins pairs in JavaScript alone. */
function wholePrefix(prefix) {
  return endsInHalfPair(prefix) ? prefix.slice(0, -1) : prefix;
}

/** Gives the test that the keys in a range must pass; `undefined` if all are chosen. */
function testOf({ prefix = '', matches }) {
  if (!endsInHalfPair(prefix)) return matches;
  const begins = (key) => key.startsWith(prefix);
  return matches === undefined ? begins : (key) => begins(key) && matches(key);
}

/**
 * Puts rows in the order of their keys, which come in the order of their ids: their first column is
 * the key in hexadecimal digits, or `null` for one that is an id.
 *
 * Rows at the end may belong to a group of keys that goes on. They are left out if `mayGoOn`.
 *
 * @param {(string | null)[][]} rows is put in order in place, and shortened
 * @returns {(string | null)[][]} the rows that were left out
 */
function arrange(rows, isReverse, mayGoOn) {
  for (let at = 0; at < rows.length;) {
    let end = at + 1;
    if (isLong(rows[at])) {
      while (end < rows.length && sharesId(rows[at], rows[end])) end++;
      if (end === rows.length && mayGoOn) return rows.splice(at);
      if (end - at > 1) sortGroup(rows, at, end, isReverse);
    }
    at = end;
  }
  return [];
}

function sortGroup(rows, at, end, isReverse) {
  // Digits are in the order of their bytes.
  const group = rows.slice(at, end).sort(([one], [other]) => (one < other ? -1 : 1));
  if (isReverse) group.reverse();
  for (const [place, row] of group.entries()) rows[at + place] = row;
}

function isLong([hex]) {
  return hex !== null && hex.length > LONGEST_HEX;
}

function sharesId([one], [other]) {
  return isLong([other]) && one.slice(0, LONGEST_HEX) === other.slice(0, LONGEST_HEX);
}

module.exports = { arrange, isLong, rangeOf, testOf };
