'use strict';

// Several statements in one round trip. `pg` takes any object with a `submit` for a query, and hands
// it the server's messages: so rows arrive as the server sent them, whatever type parsers the
// program has set.
//
// The server stops at the first statement that fails, and skips the others.

const { Messages } = require('./messages');

/**
 * @typedef {object} Statement
 * @property {string} text
 * @property {(string | Buffer | null)[]} [values] the parameters: texts, or bytes in the binary form of
 *   their type
 * @property {string} [name] the name under which the server keeps the parsed statement. One name
 *   stands for one text
 * @property {boolean} [flush] true if the server sends the answer at once, before it goes on
 * @property {(rows: Rows) => void} [got] is called when the statement has succeeded
 *
 * @typedef {(string | null)[][]} Rows
 */

class Batch {
  /** The rows of each statement that has succeeded. @type {Rows[]} */
  results = [];
  /** The error of the statement that has failed. */
  error;
  /** True once a transaction has been committed. */
  hasCommitted = false;
  #statements;
  #prepared;
  #bytes;
  #rows = [];
  #resolve;
  #reject;
  /** Resolves with the rows of each statement. */
  promise = new Promise((resolve, reject) => {
    this.#resolve = resolve;
    this.#reject = reject;
  });

  /**
   * @param {Statement[]} statements
   * @param {Set<string> | undefined} prepared the names of the statements that the session has
   *   parsed; `undefined` if it must not keep any
   */
  constructor(statements, prepared) {
    this.#statements = statements;
    this.#prepared = prepared;
  }

  /** Makes the bytes that are sent, once it is known what the batches before it have prepared. */
  encode() {
    const messages = new Messages();
    for (const statement of this.#statements) this.#encode(messages, statement);
    messages.sync();
    this.#bytes = messages.bytes;
  }

  #encode(messages, { text, values = [], name, flush }) {
    const kept = this.#prepared === undefined || name === undefined ? '' : name;
    if (kept === '' || !this.#prepared.has(kept)) {
      // A statement of this name may be there: of a batch that failed, which does not tell.
      if (kept !== '') messages.close(kept);
      messages.parse(kept, text);
      this.#prepared?.add(kept);
    }
    messages.bind(kept, values);
    messages.execute();
    if (flush) messages.flush();
  }

  /** Sends the bytes. `pg` calls this. */
  submit({ stream }) {
    stream.write(this.#bytes);
    this.#bytes = undefined;
  }

  handleRowDescription() {}

  handleDataRow({ fields }) {
    this.#rows.push(fields);
  }

  handleCommandComplete({ text }) {
    const rows = this.#rows;
    this.#rows = [];
    if (text === 'COMMIT') this.hasCommitted = true;
    const { got } = this.#statements[this.results.push(rows) - 1];
    try {
      got?.(rows);
    } catch (error) {
      this.error ??= error;
    }
  }

  handleEmptyQuery() {
    this.handleCommandComplete({ text: '' });
  }

  /** Takes the error of a statement. */
  handleError(error) {
    this.error ??= error;
    if (this.#prepared === undefined) return;
    for (const { name } of this.#statements.slice(this.results.length)) this.#prepared.delete(name);
  }

  /** Does nothing: `pg` does not call this after an error. The connection calls `end`. */
  handleReadyForQuery() {}

  /** Makes the batch ready to be sent again. */
  reset() {
    this.results = [];
    this.error = undefined;
    this.#rows = [];
  }

  /** Ends the batch: the server is ready for the next one, or the connection is lost. */
  end(error = this.error) {
    if (error === undefined) this.#resolve(this.results);
    else this.#reject(error);
  }
}

module.exports = { Batch };
