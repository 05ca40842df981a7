'use strict';

// The form in which items of node-persist 1 and 0 are stored if the program has its own `stringify` or `parse`. These versions give the
// pair bare values, no datum. The text is stored in the envelope of `datum-codec.js`.

const { DatumCodec, envelope, enveloped } = require('../datum-codec');
const { misuse } = require('../../errors');

class BareCodec extends DatumCodec {
  #stringify;
  #parse;

  constructor(options) {
    super(options);
    this.#stringify = options.stringify;
    this.#parse = options.parse;
  }

  encode(value, key) {
    const stringify = this.#stringify;
    const text = stringify(value);
    if (typeof text === 'string') return envelope(text);
    const message = `[node-persist] The value for '${key}' cannot be stored: \`stringify\` returned no text`;
    throw misuse(TypeError, 'INVALID_VALUE', message, { key });
  }

  revive(parsed) {
    const parse = this.#parse;
    return parse(enveloped(parsed) ?? JSON.stringify(parsed));
  }
}

/** Gives the codec of options: without a pair, items are stored as those of later versions. */
function bareCodecOf(options) {
  const hasPair = options.stringify !== JSON.stringify || options.parse !== JSON.parse;
  return hasPair ? new BareCodec(options) : new DatumCodec(options);
}

module.exports = { bareCodecOf };
