'use strict';

// Bytes that are read, as text and in lines.

const { constants, isUtf8 } = require('node:buffer');

const LF = 0x0a;

const BYTE_ORDER_MARK = '\ufeff';

/** Why bytes are no text, as the end of a sentence that begins with their name. */
class BadEncoding extends Error {}

/**
 * The text of bytes. It must be UTF-8: other characters would be stored in the place of what is not.
 *
 * @param {Buffer} bytes
 * @param {boolean} isBeginning true if they may begin with a byte order mark, which is no part of the text
 */
function decode(bytes, isBeginning) {
  if (bytes.length > constants.MAX_STRING_LENGTH) throw new BadEncoding('is too long');
  if (isBeginning && isUtf16(bytes)) throw new BadEncoding('is UTF-16. Convert it to UTF-8');
  if (!isUtf8(bytes)) throw new BadEncoding('is not UTF-8');
  const text = bytes.toString();
  return isBeginning && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

/** True if bytes begin with the byte order mark of UTF-16, or with an ASCII character of two bytes. */
function isUtf16(bytes) {
  if (bytes.length < 2) return false;
  return [0xfeff, 0xfffe].includes(bytes.readUInt16BE()) || (bytes[0] === 0) !== (bytes[1] === 0);
}

/** Cuts what comes in chunks into lines, without their line feeds. */
class LineSplitter {
  /** The line that has begun, in the pieces that have come of it. */
  #pieces = [];
  #length = 0;

  /** How much has come of a line whose end has not. */
  get pending() {
    return this.#length;
  }

  /** The lines that end in a chunk. */
  *push(chunk) {
    let start = 0;
    for (let end; (end = chunk.indexOf(LF, start)) >= 0; start = end + 1) {
      this.#keep(chunk.subarray(start, end));
      yield this.#take();
    }
    this.#keep(chunk.subarray(start));
  }

  /** What stands behind the last line feed. */
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
