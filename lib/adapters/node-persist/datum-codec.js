'use strict';

// How node-persist's items stand in the store.
//
// node-persist gives the whole datum, `{ key, value, ttl }`, to `stringify`, and what that returns is the item's file. A
// pair made for it may count on that. So here too it gets the datum, and its text is kept whole, in an envelope:
//
//     {"key":"a","value":{"node-persist":"<what stringify returned>"}}
//
// What JSON.stringify would make of the datum needs no text: its value stands there as JSON, as every persist-lock has it. A
// pair that is changed later finds what it would find with node-persist: `parse` gets the text that the file would hold.

const { inspect } = require('node:util');
const { PersistLockError, messageOf, misuse } = require('../../errors');
const { Codec } = require('../../codec');

const ENVELOPE = '{"node-persist":';

function envelope(text) {
  return `${ENVELOPE}${JSON.stringify(text)}}`;
}

/** The text in an envelope; `undefined` for what is none. */
function enveloped(parsed) {
  const text = parsed?.['node-persist'];
  return typeof text === 'string' && Object.keys(parsed).length === 1 ? text : undefined;
}

class DatumCodec extends Codec {
  #stringify;
  #parse;
  #encoding;
  #dir;

  constructor({ stringify = JSON.stringify, parse = JSON.parse, encoding = 'utf8', dir }) {
    super();
    this.#stringify = stringify;
    this.#parse = parse;
    this.#encoding = encoding;
    this.#dir = dir;
  }

  /** A value may stand in an envelope. */
  get isCustom() {
    return true;
  }

  /** The JSON text that a value is stored as. */
  encode(value, key) {
    try {
      const isJSON = this.#stringify === JSON.stringify;
      const json = isJSON ? JSON.stringify(value) : undefined;
      // No value at all, or one that would be taken for an envelope: that needs one itself.
      if (json === undefined || json.startsWith(ENVELOPE)) return this.#encodeDatum(key, value);
      return json;
    } catch (cause) {
      const message = `[node-persist] The value for ${inspect(key)} cannot be stored: ${messageOf(cause)}`;
      throw misuse(TypeError, 'INVALID_VALUE', message, { key, cause });
    }
  }

  #encodeDatum(key, value) {
    return envelope(this.fileText({ key, value, ttl: undefined }));
  }

  /** The text of the file that node-persist would write. */
  fileText(datum) {
    const text = this.#stringify(datum);
    if (typeof text === 'string') return text;
    // A file takes bytes too, and is read as text.
    if (ArrayBuffer.isView(text)) return Buffer.from(text).toString(this.#encoding);
    throw new TypeError(`\`stringify\` returned ${inspect(text)}`);
  }

  /** The JSON text that the value of a file is stored as. */
  encodeFile(text, { key, value }) {
    return this.#parse === JSON.parse ? new DatumCodec({}).encode(value, key) : envelope(text);
  }

  /** The value of an item, from what `JSON.parse` has made of the JSON text. */
  revive(parsed, key) {
    const text = enveloped(parsed);
    if (text === undefined && this.#parse === JSON.parse) return parsed;
    return this.parseFile(text ?? JSON.stringify({ key, value: parsed }), inspect(key), key).value;
  }

  /** The datum in the text of a file. */
  parseFile(text, name, key) {
    let cause;
    try {
      const datum = this.#parse(text);
      if (typeof datum === 'object' && datum?.key !== undefined) return datum;
    } catch (error) {
      cause = error;
    }
    const message = `[node-persist][readFile] ${name} in ${this.#dir} does not look like a valid storage file!`;
    throw new PersistLockError('ERR_PERSIST_LOCK_PARSE', message, { key, path: this.#dir, cause });
  }
}

module.exports = { DatumCodec };
