'use strict';

// The log of changes, which tells watchers of all processes what was committed. It is written only
// while somebody watches (`lib/postgres/registration.js`), by the transactions that commit the
// changes. This module makes their statements, and wakes the watchers after a commit.
//
// The messages that wake them are sent after the commit, over another connection. In the transaction
// itself NOTIFY would hold a lock of the whole database while the commit is flushed to disk, and all
// commits would wait for each other. If the process ends before it has sent the message, watchers see
// the change when they look next, by themselves.

const { arrayOf } = require('./arrays');

/**
 * The time for which a registration holds after it was renewed. The one who renews it gives up a
 * minute before: so a writer that looks at the time before a late renewal cannot overlook it.
 */
const REGISTERED_TIME = '5 minutes';
const RENEWABLE_TIME = '4 minutes';

class ChangeLog {
  /** Is called after a commit of this instance, if somebody may watch. @type {(() => void) | undefined} */
  whenCommitted;
  #connections;
  #names;
  #isRegistered;
  /** True if the last recorded changes were for somebody. */
  #isWatched = false;
  /** Watchers of this instance that are about to begin: all of its commits are recorded meanwhile. */
  #beginnings = new Set();
  /** True if a message is to be sent once the one under way has arrived. */
  #mustNotify = false;
  /** The promise of the messages under way. */
  #notifying;

  constructor({ connections, names }) {
    this.#connections = connections;
    this.#names = names;
    this.#isRegistered = `EXISTS (SELECT FROM ${names.watchers}
  WHERE renewed > statement_timestamp() - interval '${REGISTERED_TIME}')`;
  }

  /**
   * Makes the statement that records the keys that a transaction has changed. It comes after the
   * transaction has the lock W and its number, and in a statement of its own, which sees all watchers
   * that have registered before the number was given.
   *
   * @param {string[]} ids
   * @param {(string | null)[]} columns the column `key` of each
   */
  record(ids, columns) {
    const source = 'unnest($1::bytea[], $2::bytea[]) AS changed (id, key)';
    const values = [arrayOf(ids), arrayOf(columns), String(this.#beginnings.size > 0)];
    return this.#statement('pl_record', this.#insertOf(source, '$3::boolean'), values);
  }

  /** Makes the statement that records those keys whose rows a transaction has written. */
  recordSet(ids, token) {
    const source = `${this.#names.table} WHERE id = ANY($1::bytea[]) AND version = $2::bigint`;
    const values = [arrayOf(ids), token, String(this.#beginnings.size > 0)];
    return this.#statement('pl_record_set', this.#insertOf(source, '$3::boolean'), values);
  }

  /** Makes the statement that records all keys, before they are removed. */
  recordAll() {
    const values = [String(this.#beginnings.size > 0)];
    return this.#statement(undefined, this.#insertOf(this.#names.table, '$1::boolean'), values);
  }

  /** Gives the INSERT that records the rows of a query of a larger statement. */
  recordOf(source) {
    return this.#insertOf(source, String(this.#beginnings.size > 0));
  }

  #insertOf(source, isForced) {
    const and = source.includes(' WHERE ') ? 'AND' : 'WHERE';
    return `INSERT INTO ${this.#names.changes} (id, key) SELECT id, key FROM ${source}
${and} (${isForced} OR ${this.#isRegistered}) RETURNING commit`;
  }

  #statement(name, insert, values) {
    const text = `WITH recorded AS (${insert}) SELECT commit FROM recorded LIMIT 1`;
    return { name, text, values, got: this.#recorded };
  }

  #recorded = ([row]) => {
    this.#isWatched = row !== undefined;
    if (!this.#isWatched) return;
    for (const beginning of this.#beginnings) beginning.own.add(Number(row[0]));
  };

  /**
   * Records all commits of this instance from now on, and notes their numbers: so watchers that are
   * about to begin miss none, however long they take to register.
   *
   * @param {{ own: Set<number> }} beginning
   */
  expect(beginning) {
    this.#beginnings.add(beginning);
  }

  /** Ends what `expect` has begun. */
  expectNoMore(beginning) {
    this.#beginnings.delete(beginning);
  }

  /** Wakes the watchers, after a commit whose changes were recorded. */
  committed() {
    if (!this.#isWatched) return;
    this.whenCommitted?.();
    this.#mustNotify = true;
    this.#notifying ??= this.#notify();
  }

  async #notify() {
    // Once for all commits up to now, and never two at once.
    while (this.#mustNotify) {
      this.#mustNotify = false;
      await this.#notifyOnce();
    }
    this.#notifying = undefined;
  }

  async #notifyOnce() {
    try {
      const connection = await this.#connections.take();
      try {
        const text = `SELECT pg_notify('${this.#names.channel}', '')`;
        await connection.run([{ name: 'pl_notify', text }]);
      } finally {
        this.#connections.giveBack(connection);
      }
    } catch {
      // Watchers look by themselves now and then.
    }
  }

  /** Resolves once no message is under way. */
  async finish() {
    await this.#notifying;
  }
}

module.exports = { ChangeLog, REGISTERED_TIME, RENEWABLE_TIME };
