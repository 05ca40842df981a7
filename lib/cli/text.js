'use strict';

// Bytes that are read, as text and in lines.

const { isUtf8 } = require('node:buffer');

const LF = 0x0a;

/** The text, or `undefined` where bytes are not UTF-8: other ones would be stored in their place. */
function decode(bytes) {
  return isUtf8(bytes) ? bytes.toString() : undefined;
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

module.exports = { LineSplitter, decode };
