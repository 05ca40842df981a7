'use strict';

// The form in which the items of node-persist are stored.
//
// node-persist gives the whole datum, `{ key, value, ttl }`, to `stringify`, and writes the result to the item's file. A pair of
// functions made for node-persist may rely on that. So `stringify` gets the datum here too, and its text is stored in an envelope:
//
//     {"key":"a","value":{"node-persist":"<text>"}}
//
// With JSON.stringify no envelope is needed: the value is stored as JSON, as in every store. If the pair is changed later, `parse` gets
// the text that node-persist's file would contain.

const { inspect } = require('node:util');
const { PersistLockError, messageOf, misuse } = require('../errors');
const { Codec, parseJSON } = require('../codec');

const ENVELOPE = '{"node-persist":';

function envelope(text) {
  return `${ENVELOPE}${JSON.stringify(text)}}`;
}

/** Gives the text in an envelope; `undefined` for any other value. */
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

  /** True, since a value may be in an envelope. */
  get isCustom() {
    return true;
  }

  /** Makes the JSON text that a value is stored as. */
  encode(value, key) {
    try {
      const isJSON = this.#stringify === JSON.stringify;
      const json = isJSON ? JSON.stringify(value) : undefined;
      // A missing value, and a value that would be taken for an envelope, need an envelope.
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

  /** Makes the text of the file that node-persist would write. */
  fileText(datum) {
    const stringify = this.#stringify;
    const text = stringify(datum);
    if (typeof text === 'string') return text;
    // node-persist writes bytes too, and reads them as text.
    if (ArrayBuffer.isView(text)) return Buffer.from(text).toString(this.#encoding);
    throw new TypeError(`\`stringify\` returned ${inspect(text)}`);
  }

  /** Makes the JSON text that the value of a file of node-persist is stored as. */
  encodeFile(text, { key, value }) {
    return this.#parse === JSON.parse ? new DatumCodec({}).encode(value, key) : envelope(text);
  }

  /** Makes the value of its JSON text. */
  decode(json, key) {
    return this.revive(parseJSON(json, key), key);
  }

  /** Gives the value of an item, from the result of `JSON.parse`. */
  revive(parsed, key) {
    const text = enveloped(parsed);
    if (text === undefined && this.#parse === JSON.parse) return parsed;
    return this.parseFile(text ?? JSON.stringify({ key, value: parsed }), inspect(key), key).value;
  }

  /** Reads the datum in the text of a file. */
  parseFile(text, name, key) {
    const parse = this.#parse;
    let cause;
    try {
      const datum = parse(text);
      if (typeof datum === 'object' && datum?.key !== undefined) return datum;
    } catch (error) {
      cause = error;
    }
    const message = `[node-persist][readFile] ${name} in ${this.#dir} does not look like a valid storage file!`;
    throw new PersistLockError('ERR_PERSIST_LOCK_PARSE', message, { key, path: this.#dir, cause });
  }
}

module.exports = { DatumCodec, envelope, enveloped };
