'use strict';

// Standard output: text as fast as it is taken, and reports. Whoever reads it may leave early.

const fs = require('node:fs');
const { isatty } = require('node:tty');

const STDOUT = 1;

/**
 * A stream for what standard output leads to. Node's own does for a terminal and a pipe; to a file it writes with one call
 * that may write a part only, and takes that for success when the disk is full.
 */
function openStdout() {
  const stats = fs.fstatSync(STDOUT);
  if (isatty(STDOUT) || stats.isFIFO() || stats.isSocket()) return process.stdout;
  return fs.createWriteStream('', { fd: STDOUT, autoClose: false });
}

class Output {
  #stream;

  constructor() {
    this.#stream = openStdout();
    // Each write tells of its own error.
    this.#stream.on('error', () => {});
  }

  /** Resolves when the text has been taken: who awaits it keeps no more than one text in memory. */
  write(text) {
    return new Promise((resolve, reject) => {
      this.#stream.write(text, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** A value as JSON: on one line, or for the eye on a terminal. */
  report(value) {
    return this.write(`${JSON.stringify(value, null, this.#stream.isTTY ? 2 : 0)}\n`);
  }
}

/** Whether an error says that nobody reads the output any more, as of `| head`. */
function isReaderGone(error) {
  return error?.code === 'EPIPE';
}

module.exports = { Output, isReaderGone };
