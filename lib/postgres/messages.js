'use strict';

// The messages of PostgreSQL's protocol that a batch needs, written into one piece of bytes: the driver
// would write each message to the stream by itself. Must not know what the statements do.

/** The bytes that a batch has room for at first. */
const FIRST_SIZE = 1_024;

const EXECUTE = message('E', Buffer.alloc(5));
const FLUSH = message('H', Buffer.alloc(0));
const SYNC = message('S', Buffer.alloc(0));

function message(type, body) {
  const bytes = Buffer.alloc(5 + body.length);
  bytes.write(type, 'latin1');
  bytes.writeInt32BE(4 + body.length, 1);
  body.copy(bytes, 5);
  return bytes;
}

class Messages {
  #bytes = Buffer.allocUnsafe(FIRST_SIZE);
  #at = 0;

  /** All messages up to now. */
  get bytes() {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Parses a statement under a name, '' for none. */
  parse(name, text) {
    const start = this.#begin('P');
    this.#text(name);
    this.#text(text);
    this.#number16(0);
    this.#end(start);
  }

  /** Forgets the statement of a name, if there is one. */
  close(name) {
    const start = this.#begin('C');
    this.#reserve(1);
    this.#bytes[this.#at++] = 0x53;
    this.#text(name);
    this.#end(start);
  }

  /**
   * Gives a parsed statement its parameters.
   *
   * @param {string} name
   * @param {(string | Buffer | null)[]} values texts, or bytes in the binary form of their type
   */
  bind(name, values) {
    const start = this.#begin('B');
    this.#text('');
    this.#text(name);
    this.#number16(values.length);
    for (const value of values) this.#number16(Buffer.isBuffer(value) ? 1 : 0);
    this.#number16(values.length);
    for (const value of values) this.#value(value);
    // All results are texts.
    this.#number16(0);
    this.#end(start);
  }

  /** Runs the statement that was bound last. */
  execute() {
    this.#add(EXECUTE);
  }

  /** Lets the server send its answers up to here at once. */
  flush() {
    this.#add(FLUSH);
  }

  /** Ends the batch. */
  sync() {
    this.#add(SYNC);
  }

  #begin(type) {
    this.#reserve(5);
    const start = this.#at;
    this.#bytes[start] = type.charCodeAt(0);
    this.#at = start + 5;
    return start;
  }

  #end(start) {
    this.#bytes.writeInt32BE(this.#at - start - 1, start + 1);
  }

  #value(value) {
    if (value === null) {
      this.#number32(-1);
    } else if (Buffer.isBuffer(value)) {
      this.#number32(value.length);
      this.#add(value);
    } else {
      const length = Buffer.byteLength(value);
      this.#number32(length);
      this.#reserve(length);
      this.#at += this.#bytes.write(value, this.#at);
    }
  }

  #text(text) {
    this.#reserve(3 * text.length + 1);
    this.#at += this.#bytes.write(text, this.#at);
    this.#bytes[this.#at++] = 0;
  }

  #number16(number) {
    this.#reserve(2);
    this.#at = this.#bytes.writeUInt16BE(number, this.#at);
  }

  #number32(number) {
    this.#reserve(4);
    this.#at = this.#bytes.writeInt32BE(number, this.#at);
  }

  #add(bytes) {
    this.#reserve(bytes.length);
    bytes.copy(this.#bytes, this.#at);
    this.#at += bytes.length;
  }

  #reserve(length) {
    const least = this.#at + length;
    if (least <= this.#bytes.length) return;
    const bytes = Buffer.allocUnsafe(Math.max(least, 2 * this.#bytes.length));
    this.#bytes.copy(bytes, 0, 0, this.#at);
    this.#bytes = bytes;
  }
}

module.exports = { Messages };
