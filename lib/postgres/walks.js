'use strict';

// Walks through the rows of one moment, some rows at a time. All walks of an instance share one
// connection of their own, so no number of them takes the connections that calls need.
//
// Each walk is a cursor. In a READ COMMITTED transaction a cursor keeps the moment at which it was
// declared, so cursors of different moments can be in one transaction. It ends with the last walk.
// The server keeps what a cursor may still show from vacuum: a walk that was abandoned is ended.

const timers = require('../timers');

/** The time after which the connection is ended if there are no walks, in milliseconds. */
const IDLE_TIME = 10_000;

/** The size of a part, in characters of its rows. */
const PART = 2 ** 16;

/** The rows of the first part, and the most of any. */
const FIRST_ROWS = 64;
const MOST_ROWS = 4096;

class Walks {
  #connections;
  /** @type {Promise<import('./connection').Connection> | undefined} */
  #connection;
  /** The walks of the transaction. @type {Set<Walk>} */
  #walks = new Set();
  #count = 0;
  #idling;

  constructor({ connections }) {
    this.#connections = connections;
  }

  /**
   * Begins a walk.
   *
   * @param {string} text a SELECT
   * @param {string[]} values
   * @param {number} [most] the number of rows that may suffice
   * @returns {Promise<Walk>} with its first rows
   */
  async begin(text, values, most = Infinity) {
    timers.clearTimeout(this.#idling);
    const name = `walk_${++this.#count}`;
    const walk = new Walk(name, this.#end);
    const isFirst = this.#walks.size === 0;
    // Before the connection is there: another walk must not end the transaction meanwhile.
    this.#walks.add(walk);
    try {
      this.#connection ??= this.#connections.makeExtra();
      const connection = await this.#connection;
      if (connection.lost !== undefined) throw connection.lost;
      const declare = { text: `DECLARE ${name} NO SCROLL CURSOR FOR ${text}`, values };
      const begin = isFirst ? connection.begin() : [];
      await walk.begin(connection, [...begin, declare], Math.min(FIRST_ROWS, most + 1));
      return walk;
    } catch (error) {
      this.#end(walk, error);
      throw error;
    }
  }

  /** Ends a walk, and with the last the transaction. */
  #end = (walk, error) => {
    if (!this.#walks.delete(walk)) return;
    const { connection } = walk;
    // A statement that failed has ended the transaction for all walks.
    if (error !== undefined || connection === undefined) {
      this.#drop();
      return;
    }
    const close = { text: `CLOSE ${walk.name}` };
    const isLast = this.#walks.size === 0;
    const closed = connection.run(isLast ? [close, { text: 'COMMIT' }] : [close]);
    closed.catch(() => this.#drop());
    if (isLast) this.#idling = timers.setTimeout(() => this.#drop(), IDLE_TIME).unref();
  };

  /** Ends the connection. Walks on it reject. */
  #drop() {
    const made = this.#connection;
    this.#connection = undefined;
    this.#walks.clear();
    made?.then(
      (connection) => this.#connections.destroy(connection),
      () => {},
    );
  }
}

class Walk {
  name;
  /** @type {import('./connection').Connection | undefined} */
  connection;
  #end;
  /** The first rows, until they are taken. */
  #rows;
  /** The number of rows that were asked for last. */
  #count;
  /** The number of rows to ask for next. */
  #size = FIRST_ROWS;
  #isDone = false;

  constructor(name, end) {
    this.name = name;
    this.#end = end;
  }

  async begin(connection, statements, count) {
    this.connection = connection;
    this.#rows = await this.#fetch(statements, count);
  }

  async #fetch(statements, count) {
    this.#count = count;
    const fetch = { text: `FETCH ${count} FROM ${this.name}` };
    const results = await this.connection.run([...statements, fetch]);
    return results.at(-1);
  }

  /**
   * Takes the next rows; `undefined` after the last, which ends the walk.
   *
   * @returns {Promise<(string | null)[][] | undefined>}
   */
  async next() {
    if (this.#isDone) return undefined;
    const rows = this.#rows ?? (await this.#fetchNext());
    this.#rows = undefined;
    if (rows.length < this.#count) this.end();
    this.#measure(rows);
    return rows.length === 0 ? undefined : rows;
  }

  async #fetchNext() {
    try {
      return await this.#fetch([], this.#size);
    } catch (error) {
      this.#isDone = true;
      this.#end(this, error);
      throw error;
    }
  }

  /** Sets the number of the next rows, by the size of these. */
  #measure(rows) {
    let length = 0;
    for (const row of rows) for (const text of row) length += text?.length ?? 0;
    const wanted = Math.round((PART * rows.length) / (length + 1));
    this.#size = Math.max(1, Math.min(wanted, MOST_ROWS, 4 * this.#size));
  }

  /** Ends the walk, if it has not ended. */
  end() {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#end(this);
  }
}

module.exports = { Walks };
