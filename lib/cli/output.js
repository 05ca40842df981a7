'use strict';

// Writes texts and reports to standard output, as fast as their reader takes them, and messages to
// standard error. The reader may leave early.

const fs = require('node:fs');
const { isatty } = require('node:tty');
const { withoutPasswords } = require('./database-url');

const STDOUT = 1;

/**
 * Opens a stream to standard output. Node's own serves a terminal and a pipe. To a file it writes
 * with one call, which may write a part only, and takes that for success when the disk is full.
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
    // Each write rejects with its own error.
    this.#stream.on('error', () => {});
  }

  /** True if a person sees the output. */
  get isTerminal() {
    return this.#stream.isTTY === true;
  }

  /** Writes a text. Resolves once it is taken: a caller that waits keeps one text in memory. */
  write(text) {
    return new Promise((resolve, reject) => {
      this.#stream.write(textFor(this.#stream, text), (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }

  /** Writes a value as JSON: on one line, or indented on a terminal. */
  report(value) {
    return this.write(`${JSON.stringify(value, null, this.#stream.isTTY ? 2 : 0)}\n`);
  }
}

/** Writes a message to standard error, without the passwords of databases. */
function tell(message) {
  const text = `persist-lock: ${withoutPasswords(message)}\n`;
  process.stderr.write(textFor(process.stderr, text));
}

/**
 * Makes the text for a stream. A terminal would obey control characters, so it gets them as JSON
 * escapes. In JSON they mean the same.
 */
function textFor(stream, text) {
  if (!stream.isTTY) return text;
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** True if an error means that nobody reads the output any more, as with `| head`. */
function isReaderGone(error) {
  // Windows tells the end of the pipe to the writer too, as EOF.
  return error?.code === 'EPIPE' || error?.code === 'EOF';
}

module.exports = { Output, isReaderGone, tell, textFor };
