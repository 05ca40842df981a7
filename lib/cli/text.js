'use strict';

// Decodes the bytes of an input as text, and cuts them into lines.

const { constants, isUtf8 } = require('node:buffer');

const LF = 0x0a;

const BYTE_ORDER_MARK = '\ufeff';

/** The reason for which bytes are no text: the end of a sentence that begins with their name. */
class BadEncoding extends Error {}

/**
 * Decodes bytes. They must be UTF-8: other bytes would be stored as replacement characters.
 *
 * @param {Buffer} bytes
 * @param {boolean} isBeginning true if they may begin with a byte order mark, which is left out
 */
function decode(bytes, isBeginning) {
  if (bytes.length > constants.MAX_STRING_LENGTH) throw new BadEncoding('is too long');
  if (isBeginning && isUtf16(bytes)) throw new BadEncoding('is UTF-16. Convert it to UTF-8');
  if (!isUtf8(bytes)) throw new BadEncoding('is not UTF-8');
  const text = bytes.toString();
  return isBeginning && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

/** True if bytes begin with the byte order mark of UTF-16, or an ASCII character of two bytes. */
function isUtf16(bytes) {
  if (bytes.length < 2) return false;
  return [0xfeff, 0xfffe].includes(bytes.readUInt16BE()) || (bytes[0] === 0) !== (bytes[1] === 0);
}

/** Cuts chunks of bytes into lines, without their line feeds. */
class LineSplitter {
  /** The pieces of the line that has begun. */
  #pieces = [];
  #length = 0;

  /** The length of the line that has begun, as far as it has come. */
  get pending() {
    return this.#length;
  }

  /** Gives the lines that end in a chunk. */
  *push(chunk) {
    let start = 0;
    for (let end; (end = chunk.indexOf(LF, start)) >= 0; start = end + 1) {
      this.#keep(chunk.subarray(start, end));
      yield this.#take();
    }
    this.#keep(chunk.subarray(start));
  }

  /** Gives the rest after the last line feed. */
  *end() {
    if (this.#length > 0) yield this.#take();
  }

  #keep(piece) {
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  #take() {
    const line = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#length = 0;
    return line;
  }
}

module.exports = { BadEncoding, LineSplitter, decode };
