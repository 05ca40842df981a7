'use strict';

// The import of JSON Lines: turns chunks of bytes into items.

const { MAX_STRING_LENGTH } = require('node:buffer').constants;
const fs = require('node:fs');
const { Failure, isForeseen } = require('./failures');
const { standardInput, statsOf } = require('./input-file');
const { BadLine, parseItemLine } = require('./item-line');
const { LineSplitter } = require('./text');

const CHUNK_SIZE = 2 ** 20;

/** Opens a file or standard input: its chunks, and their total length, 0 if that is not known. */
function openInput(file) {
  if (file === '-') return { chunks: standardInput(), total: 0 };
  const stats = statsOf(file);
  if (stats.isDirectory()) {
    const message = `${file} is a folder. If node-persist wrote it, say --node-persist ${file}`;
    throw new Failure(message);
  }
  return { chunks: fs.createReadStream(file, { highWaterMark: CHUNK_SIZE }), total: stats.size };
}

class LineImport {
  /** The number of bytes read, and of all bytes. */
  done = 0;
  total;
  #commits;
  #chunks;
  #splitter = new LineSplitter();
  /** The number of lines read, and of those that are stored. */
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

  /** Imports all lines. Takes each chunk once the one before is done. */
  async run() {
    try {
      for await (const chunk of this.#chunks) {
        await this.#add(this.#splitter.push(chunk));
        this.done += chunk.length;
        // Without line feeds the input would fill the memory.
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

  /** Makes an error that names the wrong line, and the last line imported before. */
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
