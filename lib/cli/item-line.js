'use strict';

// A line of an import, checked: nothing that it says is passed over.

const { decode } = require('./text');

const FIELDS = ['key', 'value', 'expires'];

/** What is wrong with a line. Which line it is, the import knows. */
class BadLine extends Error {}

/** The item of a line, as `{ key, json, expires }`; `undefined` for an empty line. */
function parseItemLine(bytes) {
  const text = decode(bytes);
  if (text === undefined) throw new BadLine('it is not UTF-8');
  if (text.trim() === '') return undefined;
  const { key, value, expires } = checkItem(withJSON(() => JSON.parse(text)));
  return { key, json: withJSON(() => JSON.stringify(value)), expires };
}

function withJSON(use) {
  try {
    return use();
  } catch (cause) {
    throw new BadLine(`it is not JSON: ${cause.message}`, { cause });
  }
}

function checkItem(item) {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    throw new BadLine('it is no object with key and value');
  }
  for (const name of Object.keys(item)) {
    if (!FIELDS.includes(name)) throw new BadLine(`it has a field ${JSON.stringify(name)}`);
  }
  const { key, value, expires } = item;
  if (typeof key !== 'string') throw new BadLine('it has no key that is a string');
  if (value === undefined) throw new BadLine('it has no value');
  if (expires !== undefined && !(Number.isSafeInteger(expires) && expires >= 0)) {
    throw new BadLine('its expires is no whole number of milliseconds since 1970');
  }
  return item;
}

module.exports = { BadLine, parseItemLine };
