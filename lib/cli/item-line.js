'use strict';

// The lines of an import: checks each completely, and keeps the text of its value.

const { LAST_TIME } = require('../arguments');
const { BadText, checkJSON, onOneLine } = require('./json-text');
const { BadEncoding, decode } = require('./text');

const FIELDS = ['key', 'value', 'expires'];

/** The reason for which a line is refused. The import adds the number of the line. */
class BadLine extends Error {}

/**
 * Reads the item of a line, as `{ key, json, expires }`; `undefined` for an empty line.
 *
 * @param {Buffer} bytes
 * @param {boolean} isFirst
 *   true for the first line of the input, which may begin with a byte order mark
 */
function parseItemLine(bytes, isFirst) {
  try {
    const text = decode(bytes, isFirst);
    return /^[ \t\r]*$/.test(text) ? undefined : itemOf(text);
  } catch (error) {
    if (!(error instanceof BadText || error instanceof BadEncoding)) throw error;
    throw new BadLine(`it ${error.message}`, { cause: error });
  }
}

/** Makes the item of a line's text. */
function itemOf(text) {
  const { value: item, fields } = checkJSON(text);
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    throw new BadLine('it is no object with key and value');
  }
  for (const name of fields.keys()) {
    if (!FIELDS.includes(name)) throw new BadLine(`it has a field ${JSON.stringify(name)}`);
  }
  const { key, expires } = item;
  if (typeof key !== 'string') throw new BadLine('it has no key that is a string');
  if (!fields.has('value')) throw new BadLine('it has no value');
  if (
    fields.has('expires') &&
    !(Number.isInteger(expires) && expires >= 0 && expires <= LAST_TIME)
  ) {
    throw new BadLine(
      'its expires is no whole number of milliseconds since 1970 that a Date can hold',
    );
  }
  return { key, json: onOneLine(fields.get('value')), expires };
}

module.exports = { BadLine, itemOf, parseItemLine };
