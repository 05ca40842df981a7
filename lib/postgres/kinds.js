'use strict';

// The kinds of listings: the columns that each needs of an item's row, and its form of the rows.

const { keyOfBytes } = require('./keys');
const { parseJSON } = require('../codec');

/** The key of every item, or of long keys alone, which decide on their order. */
const KEY = `encode(coalesce(key, id), 'hex')`;
const LONG_KEY = `encode(key, 'hex')`;

/** The columns of each kind. @type {Record<import('../engine').Kind, string>} */
const COLUMNS = {
  keys: KEY,
  values: `${LONG_KEY}, value`,
  entries: `${KEY}, value`,
  items: `${KEY}, value, expires`,
  lines: `${KEY}, value, expires`,
};

/** The columns of each kind where the keys must be tested. */
const TESTED = { ...COLUMNS, values: `${KEY}, value` };

/** The functions that make the form of each kind of rows. */
const FORMS = {
  keys: (rows) => rows.map(keyOf),
  values: valuesOf,
  entries: (rows) => {
    const values = valuesOf(rows);
    return rows.map((row, at) => [keyOf(row), values[at]]);
  },
  items: (rows) => {
    const values = valuesOf(rows);
    return rows.map((row, at) => [keyOf(row), values[at], expiryOf(row)]);
  },
  lines: (rows) => rows.map((row) => lineOf(keyOf(row), row[1], expiryOf(row))).join('\n'),
};

/** Gives the key of a row. */
function keyOf([hex]) {
  return keyOfBytes(Buffer.from(hex, 'hex'));
}

/** Parses the values of rows: in one go, which takes less time than one by one. */
function valuesOf(rows) {
  return parseJSON(`[${rows.map(([, json]) => json).join(',')}]`);
}

function expiryOf([, , expires]) {
  return expires === null ? null : Number(expires);
}

/** Makes the line of an item. The value may have line feeds, if another program has stored it. */
function lineOf(key, json, expires) {
  const end = expires === null ? '' : `,"expires":${expires}`;
  return `{"key":${JSON.stringify(key)},"value":${json.replace(/[\r\n]/g, ' ')}${end}}`;
}

module.exports = { COLUMNS, FORMS, TESTED, keyOf, lineOf, valuesOf };
