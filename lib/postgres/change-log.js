'use strict';

// The log of changes, which tells watchers of all processes what was committed. It is written only
// while somebody watches (`lib/postgres/registration.js`), by the transactions that commit the
// changes. This module makes their statements, and wakes the watchers after a commit.
//
// The messages that wake them are sent after the commit, over another connection. In the transaction
// itself NOTIFY would hold a lock of the whole database while the commit is flushed to disk, and all
// commits would wait for each other. If the process ends before it has sent the message, watchers see
// the change when they look next.

const { arrayOf, sparseArrayOf } = require('./arrays');

/**
 * The time for which a registration holds after it was renewed. The one who renews it gives up a
 * minute before: so a writer that looks at the time before a late renewal cannot overlook it.
 */
const REGISTERED_TIME = '5 minutes';
const RENEWABLE_TIME = '4 minutes';

/** Makes the condition that somebody watches. */
function isWatched({ watchers }) {
  return `EXISTS (SELECT FROM ${watchers}
  WHERE renewed > statement_timestamp() - interval '${REGISTERED_TIME}')`;
}

/** The watchers of this process in the instances of one store. */
class SharedWatchers {
  /** Those that are about to begin: all instances record all their commits meanwhile. */
  beginnings = new Set();
  /** The functions that look for changes, of the instances with watchers. @type {Set<() => void>} */
  looks = new Set();

  get isEmpty() {
    return this.beginnings.size === 0 && this.looks.size === 0;
  }

  /** Takes over others. */
  take({ beginnings, looks }) {
    for (const beginning of beginnings) this.beginnings.add(beginning);
    for (const look of looks) this.looks.add(look);
    beginnings.clear();
    looks.clear();
  }
}

/** @type {Map<string, SharedWatchers>} */
const stores = new Map();

class ChangeLog {
  #connections;
  #lifecycle;
  #names;
  #isRegistered;
  /** True if the last recorded changes were for somebody. */
  #isWatched = false;
  /** The watchers of this instance alone, until the store is open and has its name. */
  #own = new SharedWatchers();
  /** True if a message is to be sent once the one under way has arrived. */
  #mustNotify = false;
  /** The promise of the messages under way. */
  #notifying;

  constructor({ connections, lifecycle, names }) {
    this.#connections = connections;
    this.#lifecycle = lifecycle;
    this.#names = names;
    this.#isRegistered = isWatched(names);
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
    const values = [arrayOf('bytea', ids), sparseArrayOf('bytea', columns), String(this.isForced)];
    return this.#statement('pl_record', this.#insertOf(source, '$3::boolean'), values);
  }

  /** Makes the statement that records all keys, before they are removed. */
  recordAll() {
    const values = [String(this.isForced)];
    return this.#statement(undefined, this.#insertOf(this.#names.table, '$1::boolean'), values);
  }

  /**
   * Gives the INSERT that records the rows of a query of a larger statement, which must call
   * `recorded`. For the larger statement the same holds as for that of `record`.
   *
   * @param {string} source
   * @param {string} [isForced] a parameter of the larger statement with `isForced`
   */
  recordOf(source, isForced = String(this.isForced)) {
    return this.#insertOf(source, isForced);
  }

  /** Gives the watchers of this process, those of this instance among them. */
  get #watchers() {
    this.#share();
    return stores.get(this.#lifecycle.folder) ?? this.#own;
  }

  /** Shows the watchers of this instance to the others of the process, once the store has its name. */
  #share() {
    const { folder } = this.#lifecycle;
    if (folder === undefined || this.#own.isEmpty) return;
    if (!stores.has(folder)) stores.set(folder, new SharedWatchers());
    stores.get(folder).take(this.#own);
  }

  /** Forgets the watchers of the store, if there are none. */
  #tidy() {
    const { folder } = this.#lifecycle;
    if (stores.get(folder)?.isEmpty) stores.delete(folder);
  }

  /** True if changes are recorded also if nobody is registered. */
  get isForced() {
    return this.#watchers.beginnings.size > 0;
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

  #recorded = ([row]) => this.recorded(row?.[0]);

  /**
   * Notes that the changes of a transaction were recorded, or that nobody watches.
   *
   * @param {string | null | undefined} number that of the transaction, if there is a record
   */
  recorded(number) {
    this.#isWatched = typeof number === 'string';
    if (!this.#isWatched) return;
    for (const { own } of this.#watchers.beginnings) own.add(Number(number));
  }

  /** Notes a commit whose answer was lost: the server has told otherwise that it has ended. */
  found(number) {
    if (number !== undefined) this.recorded(number);
  }

  /**
   * Records all commits of this instance from now on, and of others of this process and store, and
   * notes their numbers: so watchers that are about to begin miss none, however long they take to
   * register.
   *
   * @param {import('./joining').Joining} beginning
   */
  expect(beginning) {
    this.#own.beginnings.add(beginning);
    this.#share();
  }

  /** Ends what `expect` has begun. */
  expectNoMore(beginning) {
    this.#watchers.beginnings.delete(beginning);
    this.#tidy();
  }

  /** Calls back after commits of this process, if somebody may watch. */
  whenCommitted(look) {
    this.#own.looks.add(look);
    this.#share();
  }

  /** Ends what `whenCommitted` has begun. */
  forget(look) {
    this.#watchers.looks.delete(look);
    this.#tidy();
  }

  /**
   * Lets watchers that are about to begin wait for a commit whose statements were just made: they may
   * see its end on the server before this process has its answer.
   *
   * @template {Promise<unknown>} T
   * @param {T} commit settles once the number of the commit is noted, if there is one
   * @returns {T}
   */
  underWay(commit) {
    const { beginnings } = this.#watchers;
    for (const beginning of beginnings) beginning.awaitCommit(commit);
    return commit;
  }

  /** Wakes the watchers, after a commit whose changes were recorded. */
  committed() {
    if (!this.#isWatched) return;
    for (const look of this.#watchers.looks) look();
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
      // Watchers look now and then without a message.
    }
  }

  /** Resolves once no message is under way. */
  async finish() {
    await this.#notifying;
  }
}

module.exports = { ChangeLog, REGISTERED_TIME, RENEWABLE_TIME, isWatched };
