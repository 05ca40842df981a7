'use strict';

// The lines of an import: checks each completely, and keeps the text of its value. And the lines that
// an engine makes, of which only the value may be wrong.

const { LAST_TIME } = require('../arguments');
const { parseJSON } = require('../codec');
const { BadText, checkJSON, endOfString, onOneLine } = require('./json-text');
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

const BEGINNING = '{"key":';
const BEFORE_VALUE = ',"value":';
/** The end of a line with an expiry. No value ends so: the last brace is that of the line. */
const EXPIRY = /,"expires":(\d+)\}$/;

/**
 * Makes the item of a line of an engine's own. Its value may have fields twice, and be nested as deep
 * as the program that stored it could go.
 */
function itemOfEngine(line) {
  const end = endOfString(line, BEGINNING.length);
  const key = JSON.parse(line.slice(BEGINNING.length, end));
  const expiry = EXPIRY.exec(line.slice(-40));
  const json = line.slice(end + BEFORE_VALUE.length, -(expiry?.[0].length ?? 1));
  // A file that another program has written may contain anything.
  parseJSON(json, key);
  return { key, json, expires: expiry === null ? undefined : Number(expiry[1]) };
}

module.exports = { BadLine, itemOf, itemOfEngine, parseItemLine };
