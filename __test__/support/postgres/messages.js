'use strict';

// The messages of PostgreSQL's protocol in a stream of bytes, as far as tests choose among them.

/**
 * A message. `text` is that of the statement which it parses, binds or runs, or the tag of a command
 * that the server has completed. A client's first message has no type.
 *
 * @typedef {{ type: string, text: string, data: Buffer }} Message
 */

class Messages {
  #bytes = Buffer.alloc(0);
  #hasType;
  #textOf;

  constructor(hasType, textOf) {
    this.#hasType = hasType;
    this.#textOf = textOf;
  }

  static ofClient() {
    const statements = new Map();
    return new Messages(false, (type, body) => {
      const [first, second] = textsOf(body);
      if (type === 'Q') return first;
      if (type === 'P') {
        statements.set(first, second);
        return second;
      }
      return type === 'B' ? (statements.get(second) ?? '') : '';
    });
  }

  static ofServer() {
    return new Messages(true, (type, body) => (type === 'C' ? textsOf(body)[0] : ''));
  }

  /**
   * Takes some bytes, and gives the messages that they complete.
   * @returns {Message[]}
   */
  split(data) {
    this.#bytes = Buffer.concat([this.#bytes, data]);
    const messages = [];
    for (let message; (message = this.#next()) !== undefined;) messages.push(message);
    return messages;
  }

  #next() {
    const start = this.#hasType ? 1 : 0;
    if (this.#bytes.length < start + 4) return undefined;
    const end = start + this.#bytes.readInt32BE(start);
    if (this.#bytes.length < end) return undefined;
    const data = this.#bytes.subarray(0, end);
    this.#bytes = this.#bytes.subarray(end);
    const type = this.#hasType ? String.fromCharCode(data[0]) : '';
    this.#hasType = true;
    return { type, text: this.#textOf(type, data.subarray(start + 4)), data };
  }
}

/** Gives the first two texts of a message, each of which ends in a zero. */
function textsOf(body) {
  const end = body.indexOf(0);
  if (end < 0) return ['', ''];
  const next = body.indexOf(0, end + 1);
  const second = next < 0 ? '' : body.toString('utf8', end + 1, next);
  return [body.toString('utf8', 0, end), second];
}

module.exports = { Messages };
