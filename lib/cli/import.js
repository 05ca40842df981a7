'use strict';

// The command that stores many items.

const { MAX_STRING_LENGTH } = require('node:buffer').constants;
const fs = require('node:fs');
const { Failure, isForeseen } = require('./failures');
const { BadLine, parseItemLine } = require('./item-line');
const { withProgress } = require('./progress');
const { writing } = require('./store');
const { LineSplitter } = require('./text');

/** How many bytes of lines make one commit, which is built in memory. */
const COMMIT_SIZE = 64 * 2 ** 20;
const CHUNK_SIZE = 2 ** 20;

/** An import under way: chunks of bytes go in, commits come out. */
class Import {
  /** How many items have been stored, and how many left out. */
  imported = 0;
  expired = 0;
  /** How many bytes have been read, and of how many, if that is known. */
  done = 0;
  total;
  #store;
  #splitter = new LineSplitter();
  /** How many lines have been read, and how many of them are in a commit. */
  #lines = 0;
  #linesCommitted = 0;
  #batch = [];
  #size = 0;

  constructor(store, total) {
    this.#store = store;
    this.total = total;
  }

  /** Takes the next chunk when the last one has been dealt with. */
  async run(chunks) {
    try {
      for await (const chunk of chunks) {
        await this.#add(this.#splitter.push(chunk));
        this.done += chunk.length;
        // Else what has no line feeds would fill the memory.
        if (this.#splitter.pending > MAX_STRING_LENGTH) throw new BadLine('it is too long');
      }
      await this.#add(this.#splitter.end());
      await this.#commit();
    } catch (error) {
      throw this.#explained(error);
    }
  }

  async #add(lines) {
    for (const line of lines) {
      if (this.#size >= COMMIT_SIZE) await this.#commit();
      this.#addLine(line);
      this.#lines++;
    }
  }

  #addLine(line) {
    const item = parseItemLine(line);
    if (item === undefined) return;
    if (item.expires <= Date.now()) {
      this.expired++;
      return;
    }
    this.#batch.push(item);
    this.#size += line.length;
  }

  async #commit() {
    if (this.#batch.length > 0) await this.#store._importItems(this.#batch);
    this.imported += this.#batch.length;
    this.#linesCommitted = this.#lines;
    this.#batch = [];
    this.#size = 0;
  }

  /** An error that says which line is wrong, and what has been imported before. */
  #explained(error) {
    const { message } = error;
    if (error instanceof BadLine) {
      const text = `Line ${this.#lines + 1}: ${message}. ${this.#soFar}`;
      return new Failure(text, { cause: error });
    }
    if (this.#linesCommitted === 0 || !isForeseen(error)) return error;
    return new Failure(`${message}. ${this.#soFar}`, { cause: error });
  }

  get #soFar() {
    const lines = this.#linesCommitted;
    return lines === 0 ? 'Nothing is imported' : `The lines up to ${lines} are imported`;
  }
}

/** The chunks of the input, and their length together; 0 where it is not known. */
function openInput(file) {
  if (file === '-') return { chunks: process.stdin, total: 0 };
  const { size } = fs.statSync(file);
  return { chunks: fs.createReadStream(file, { highWaterMark: CHUNK_SIZE }), total: size };
}

module.exports = {
  import: {
    parameters: '[FILE]',
    fewest: 0,
    most: 1,
    summary: 'store items from JSON Lines',
    description: `
Stores items from a file of JSON Lines, or from standard input, as \`cat\` prints
them:

  {"key":"counter","value":100}
  {"key":"session","value":{"user":7},"expires":1795000000000}

They take the place of items with the same keys; other items stay. Of several
lines with one key the last one counts. Items that have expired are left out.
Makes the store if there is none. Prints {"imported":2,"expired":0}.

All is stored in one commit: a line that is no such item ends the import, and
nothing is changed. Only an input of more than 64 MB is stored in several
commits, of some 64 MB each; those that came before such a line stay.
`,
    options: ['lock-timeout'],
    run({ args: [file = '-'], options, output }) {
      return writing(options, async (store) => {
        const { chunks, total } = openInput(file);
        const importing = new Import(store, total);
        await withProgress('import', importing, importing.run(chunks));
        const { imported, expired } = importing;
        await output.report({ imported, expired });
      });
    },
  },
};
