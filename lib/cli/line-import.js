'use strict';

// The import of JSON Lines: chunks of bytes go in, items come out.

const { MAX_STRING_LENGTH } = require('node:buffer').constants;
const fs = require('node:fs');
const { Failure, isForeseen } = require('./failures');
const { BadLine, parseItemLine } = require('./item-line');
const { LineSplitter } = require('./text');

const CHUNK_SIZE = 2 ** 20;

/** The chunks of a file or of standard input, and their length together; 0 where it is not known. */
function openInput(file) {
  if (file === '-') return { chunks: process.stdin, total: 0 };
  const stats = fs.statSync(file);
  if (stats.isDirectory()) {
    const message = `${file} is a folder. If node-persist wrote it, say --node-persist ${file}`;
    throw new Failure(message);
  }
  return { chunks: fs.createReadStream(file, { highWaterMark: CHUNK_SIZE }), total: stats.size };
}

class LineImport {
  /** How many bytes have been read, and of how many. */
  done = 0;
  total;
  #commits;
  #chunks;
  #splitter = new LineSplitter();
  /** How many lines have been dealt with, and how many of them are stored. */
  #lines = 0;
  #linesStored = 0;

  /**
   * @param {string} file `-` for standard input
   * @param {import('./commits').Commits} commits
   */
  constructor(file, commits) {
    const { chunks, total } = openInput(file);
    this.total = total;
    this.#chunks = chunks;
    this.#commits = commits;
  }

  /** Takes the next chunk when the last one has been dealt with. */
  async run() {
    try {
      for await (const chunk of this.#chunks) {
        await this.#add(this.#splitter.push(chunk));
        this.done += chunk.length;
        // Else what has no line feeds would fill the memory.
        if (this.#splitter.pending > MAX_STRING_LENGTH) throw new BadLine('it is too long');
      }
      await this.#add(this.#splitter.end());
      await this.#commits.commit();
    } catch (error) {
      throw this.#explained(error);
    }
  }

  async #add(lines) {
    for (const line of lines) {
      if (this.#commits.isFull) await this.#commit();
      const item = parseItemLine(line, this.#lines === 0);
      if (item !== undefined) this.#commits.add(item, line.length);
      this.#lines++;
    }
  }

  async #commit() {
    await this.#commits.commit();
    this.#linesStored = this.#lines;
  }

  /** An error that says which line is wrong, and what has been imported before. */
  #explained(error) {
    const { message } = error;
    if (error instanceof BadLine) {
      const text = `Line ${this.#lines + 1}: ${message}. ${this.#soFar}`;
      return new Failure(text, { cause: error });
    }
    if (this.#linesStored === 0 || !isForeseen(error)) return error;
    return new Failure(`${message}. ${this.#soFar}`, { cause: error });
  }

  get #soFar() {
    const lines = this.#linesStored;
    return lines === 0 ? 'Nothing is imported' : `The lines up to ${lines} are imported`;
  }
}

module.exports = { LineImport };
