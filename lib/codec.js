'use strict';

// An item as one line of JSON: the form in which items cross to the native side and stand in the file.
// Keys are JSON text throughout, since a lone surrogate would not survive as UTF-8.

const { MAX_STRING_LENGTH } = require('node:buffer').constants;
const { inspect } = require('node:util');
const { copyOf, lengthOfCopy } = require('./copy');
const { PersistLockError, messageOf, misuse } = require('./errors');

function itemLine(keyText, json, expires) {
  return `{"key":${keyText},"value":${json}${endOf(expires)}`;
}

function endOf(expires) {
  return expires === undefined ? '}' : `,"expires":${expires}}`;
}

/** The value's JSON text in an item's line. */
function valueOf(line, keyText, expires) {
  return line.slice('{"key":,"value":'.length + keyText.length, -endOf(expires).length);
}

function removalLine(keyText) {
  return `{"key":${keyText},"removed":true}`;
}

/** An item whose key and value are together no longer than this has a line that V8 can hold, however much of the key is escaped. */
const SURELY_FITS = MAX_STRING_LENGTH / 8;
const LONGEST_FRAME = itemLine('', '', 8.64e15).length;

/** Checks that the line of an item is not longer than a string can be. */
function checkLength(key, length) {
  if (key.length + length <= SURELY_FITS) return;
  const room = MAX_STRING_LENGTH - LONGEST_FRAME - length;
  if (room >= key.length + 2 && room >= JSON.stringify(key).length) return;
  throw cannotStore(key, `its line would be longer than ${MAX_STRING_LENGTH} characters`);
}

/** Turns values into JSON text and back, by the user's `stringify` and `parse` where they are given. */
class Codec {
  #stringify;
  #parse;

  constructor(stringify, parse) {
    if (!stringify && !parse) return;
    // Whatever string such a pair understands is stored whole, as a JSON string.
    this.#stringify = stringify ?? JSON.stringify;
    this.#parse = parse ?? JSON.parse;
  }

  /** Whether values are more than what `JSON.parse` makes of them. */
  get isCustom() {
    return this.#parse !== undefined;
  }

  /** The JSON text of a value. */
  encode(value, key) {
    let text;
    try {
      text = this.#stringify ? this.#stringify(value) : JSON.stringify(value);
    } catch (cause) {
      throw cannotStore(key, messageOf(cause), cause);
    }
    if (typeof text !== 'string') throw cannotStore(key, `${inspect(value)} has no JSON form`);
    const json = this.#stringify ? JSON.stringify(text) : text;
    checkLength(key, json.length);
    return json;
  }

  /** The line of an item. */
  encodeItem(key, value, expires) {
    return itemLine(JSON.stringify(key), this.encode(value, key), expires);
  }

  /** The value of its JSON text. */
  decode(json, key) {
    return this.revive(parseJSON(json, key), key);
  }

  /** A copy of a value as it will be read, made without JSON; `undefined` where only its text can tell. */
  copyOf(value) {
    return this.isCustom ? undefined : copyOf(value);
  }

  /**
   * What is stored of a value: `value` as it will be read, its text as `json`, unless that is to be made of `value`, and about its
   * length.
   */
  store(value, key) {
    const copy = key.length > SURELY_FITS / 2 ? undefined : this.copyOf(value);
    if (copy !== undefined) return { value: copy, json: undefined, length: lengthOfCopy() };
    const json = this.encode(value, key);
    return { value: this.decode(json, key), json, length: json.length };
  }

  /** A changed item's value, not shared with it. */
  copyFrom(change) {
    const copy = this.copyOf(change.value);
    return copy === undefined ? this.decode(change.json, change.key) : copy;
  }

  /** The value, from what `JSON.parse` has made of its text. */
  revive(parsed, key) {
    if (!this.#parse) return parsed;
    try {
      if (typeof parsed === 'string') return this.#parse(parsed);
    } catch (cause) {
      throw notUnderstood(key, messageOf(cause), cause);
    }
    throw notUnderstood(key, 'it was stored without `stringify`');
  }

  /** An item, from the JSON texts of its value and its expiry, joined by a comma. */
  decodeItem(texts, key) {
    const [value, expires] = parseList(texts, 2, key);
    return { value: this.revive(value, key), expires: expires ?? undefined };
  }
}

/** Text of the file is JSON; if it is not, somebody else has written it. */
function parseJSON(text, key) {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notJSON(cause.message, { key, cause });
  }
}

/** What so many JSON texts say that are joined by commas. */
function parseList(texts, count, key) {
  const list = parseJSON(`[${texts}]`, key);
  if (list.length === count) return list;
  throw notJSON('there is a comma between no values', { key });
}

/** The same of arrays that are of one length. */
function parseTuples(texts, count, length) {
  const list = parseList(texts, count);
  if (list.every((tuple) => tuple.length === length)) return list;
  throw notJSON('there is a comma between no values', {});
}

/** The same of keys, which is mostly no more than to part them: the native side has seen that they are keys. */
function parseKeys(texts, count) {
  if (count === 0) return [];
  return texts.includes('\\') ? parseList(texts, count) : texts.slice(1, -1).split('","');
}

function notJSON(reason, details) {
  const item = details.key === undefined ? 'An item' : `Item ${inspect(details.key)}`;
  const message = `${item} is not JSON: ${reason}`;
  return new PersistLockError('ERR_PERSIST_LOCK_CORRUPT', message, details);
}

function cannotStore(key, reason, cause) {
  const message = `The value for ${inspect(key)} cannot be stored: ${reason}`;
  return misuse(TypeError, 'INVALID_VALUE', message, { key, cause });
}

function notUnderstood(key, reason, cause) {
  const message = `The value of ${inspect(key)} was not understood by \`parse\`: ${reason}`;
  return new PersistLockError('ERR_PERSIST_LOCK_PARSE', message, { key, cause });
}

module.exports = {
  Codec,
  checkLength,
  itemLine,
  parseJSON,
  parseKeys,
  parseList,
  parseTuples,
  removalLine,
  valueOf,
};
