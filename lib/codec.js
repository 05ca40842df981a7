'use strict';

// Values as JSON text, and back. Knows neither how an engine stores the text nor what a call does
// with it.

const { MAX_STRING_LENGTH } = require('node:buffer').constants;
const { inspect } = require('node:util');
const { copyAgain, copyOf, lengthOfCopy } = require('./copy');
const { PersistLockError, messageOf, misuse } = require('./errors');
const { lossAfterError, lossOf, lossOfPromise } = require('./losses');

/**
 * The number of characters left for the record that an engine makes of a key and a value's JSON
 * text.
 */
const RECORD = 64;
/**
 * A key and a value of this length together fit in a string as JSON, even if each character of the
 * key needs an escape of six.
 */
const SURELY_FITS = MAX_STRING_LENGTH / 8;

/**
 * Checks that a record of the key and the value's JSON text, which has this length, fits in a
 * string.
 */
function checkLength(key, length) {
  if (key.length + length <= SURELY_FITS) return;
  const room = MAX_STRING_LENGTH - RECORD - length;
  if (room >= key.length + 2 && room >= JSON.stringify(key).length) return;
  throw cannotStore(key, `its record would be longer than ${MAX_STRING_LENGTH} characters`);
}

/**
 * Turns values into JSON text and back, by the user's `stringify` and `parse` if they are given.
 */
class Codec {
  #stringify;
  #parse;
  #lossOf = lossOf;

  /** A pair may make any string, which is stored as a JSON string. Without one, values are JSON. */
  constructor(stringify, parse) {
    this.#stringify = stringify;
    this.#parse = parse;
    if (stringify && stringify !== JSON.stringify) this.#lossOf = lossOfPromise;
  }

  /** True if the user's functions make the values. */
  get isCustom() {
    return this.#parse !== undefined;
  }

  /** Makes the JSON text of a value. */
  encode(value, key) {
    // Called without `this`: the codec is none of the user's business.
    const stringify = this.#stringify;
    const findLoss = this.#lossOf;
    let text;
    let loss;
    try {
      text = stringify ? stringify(value) : JSON.stringify(value);
      loss = findLoss(value, text);
    } catch (cause) {
      throw cannotStore(key, lossAfterError(value) ?? messageOf(cause), cause);
    }
    if (loss !== undefined) throw cannotStore(key, loss);
    if (typeof text !== 'string') {
      const reason = stringify
        ? `\`stringify\` returned ${inspect(text)}, which is no string`
        : `${inspect(value)} has no JSON form`;
      throw cannotStore(key, reason);
    }
    const json = stringify ? JSON.stringify(text) : text;
    checkLength(key, json.length);
    return json;
  }

  /** Makes the value of its JSON text. */
  decode(json, key) {
    if (this.#parse !== undefined) return this.revive(parseJSON(json, key), key);
    // Not by `parseJSON`: a call less, in the code of every read.
    try {
      return JSON.parse(json);
    } catch (cause) {
      throw corruptError(cause.message, { key, cause });
    }
  }

  /** Makes the value from the result of `JSON.parse` for its text. */
  revive(parsed, key) {
    const parse = this.#parse;
    if (!parse) return parsed;
    try {
      if (typeof parsed === 'string') return parse(parsed);
    } catch (cause) {
      throw notUnderstood(key, messageOf(cause), cause);
    }
    throw notUnderstood(key, 'it was stored without `stringify`');
  }

  /**
   * Copies a value as it will be read, without JSON; returns `undefined` if only its text can tell.
   */
  copyOf(value) {
    if (this.isCustom) return undefined;
    try {
      return copyOf(value);
    } catch {
      // A property throws when it is read. JSON tells of it with the key.
      return undefined;
    }
  }

  /**
   * Encodes a value: `value` as it will be read; `json`, unless it can be made of `value` later;
   * and about the text's `length`.
   */
  store(value, key) {
    const copy = key.length > SURELY_FITS / 2 ? undefined : this.copyOf(value);
    if (copy !== undefined) return { value: copy, json: undefined, length: lengthOfCopy() };
    const json = this.encode(value, key);
    return { value: this.decode(json, key), json, length: json.length };
  }

  /** Makes a value of a change that shares nothing with it. */
  copyFrom(change) {
    return change.isCopied ? copyAgain(change.value) : this.decode(change.json, change.key);
  }
}

/** Parses JSON text that was stored. If it is not JSON, another program has written it. */
function parseJSON(text, key) {
  try {
    return JSON.parse(text);
  } catch ({ message }) {
    throw corruptError(message, { key });
  }
}

/** Makes the error of a stored text that is not JSON. */
function corruptError(reason, details) {
  const item = details.key === undefined ? 'an item' : `item ${inspect(details.key)}`;
  const message = `The stored text of ${item} is not JSON: ${reason}. Another program wrote it: set or remove the item`;
  return new PersistLockError('ERR_PERSIST_LOCK_CORRUPT', message, details);
}

function cannotStore(key, reason, cause) {
  const message = `Cannot store the value of item ${inspect(key)}: ${reason}`;
  return misuse(TypeError, 'INVALID_VALUE', message, { key, cause });
}

function notUnderstood(key, reason, cause) {
  const message = `\`parse\` cannot read the value of item ${inspect(key)}: ${reason}`;
  return new PersistLockError('ERR_PERSIST_LOCK_PARSE', message, { key, cause });
}

module.exports = { Codec, checkLength, corruptError, parseJSON };
