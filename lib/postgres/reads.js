'use strict';

// Reads of single items. All reads that are asked for while another statement is under way, or in
// one tick, are one statement. It begins after they were asked for: so a read sees every commit that
// anybody was told of before. The server decides which items have expired.

const { arrayOf } = require('./arrays');
const { NOW } = require('./clock');
const { translate } = require('./errors');
const { closedError } = require('../errors');
const { read } = require('./retries');
const { TimeSlice } = require('../time-slice');
const timers = require('../timers');

/** The most keys of one statement: so the first of many reads need not wait for all. */
const MOST = 2048;

/** The time for which answers are handed out before the event loop gets its turn, in milliseconds. */
const BUDGET = 3;

/**
 * The stored form of an item.
 *
 * @typedef {object} Row
 * @property {string} json the text of the value, if it was asked for
 * @property {number | null} expires in milliseconds since 1970
 * @property {boolean} hasExpired
 */

/** The reads of one key: those that wait for the same answer. */
class KeyReads {
  key;
  wantsValue = false;
  waiting = [];

  constructor(key) {
    this.key = key;
  }

  answer(row) {
    for (const { take, resolve, reject } of this.waiting) {
      try {
        resolve(take(row));
      } catch (error) {
        reject(error);
      }
    }
  }

  fail(error) {
    for (const { reject } of this.waiting) reject(error);
  }
}

class Reads {
  #connections;
  #lifecycle;
  #codec;
  #keys;
  #text;
  /** The reads of the next statement. @type {Map<string, KeyReads>} */
  #next = new Map();
  /** True if the reads of this tick will be sent, or a statement is under way. */
  #isReading = false;

  constructor({ connections, lifecycle, codec, names, keys }) {
    this.#connections = connections;
    this.#lifecycle = lifecycle;
    this.#codec = codec;
    this.#keys = keys;
    // Values come only for the first keys, so many as $2 says.
    this.#text = `SELECT n, CASE WHEN n <= $2::int THEN value END, expires, expires <= ${NOW}
FROM unnest($1::bytea[]) WITH ORDINALITY AS wanted (wanted, n)
JOIN ${names.table} ON id = wanted`;
  }

  /** Reads the value of an item, decoded; `undefined` if there is none. */
  value(key) {
    return this.#read(key, true, (row) => {
      return isThere(row) ? this.#codec.decode(row.json, key) : undefined;
    });
  }

  /** Tells if there is an item. */
  has(key) {
    return this.#read(key, false, isThere);
  }

  /** Reads when an item expires: `null` for never, `undefined` without an item. */
  expiry(key) {
    return this.#read(key, false, (row) => (isThere(row) ? row.expires : undefined));
  }

  /**
   * Reads an item as it was stored. 0 is a time at which nothing has expired; at any other time the
   * server's clock decides.
   */
  item(key, now) {
    return this.#read(key, true, (row) => {
      if (row === undefined || (now !== 0 && row.hasExpired)) return undefined;
      return { json: row.json, expires: row.expires ?? undefined };
    });
  }

  /** @param {(row: Row | undefined) => unknown} take makes the result of a read */
  #read(key, wantsValue, take) {
    if (this.#lifecycle.isClosing) return Promise.reject(closedError());
    if (!this.#isReading) this.#begin();
    let reads = this.#next.get(key);
    if (reads === undefined) this.#next.set(key, (reads = new KeyReads(key)));
    reads.wantsValue ||= wantsValue;
    return new Promise((resolve, reject) => reads.waiting.push({ take, resolve, reject }));
  }

  /** Begins a statement after this tick. A `close` that comes meanwhile waits for it. */
  #begin() {
    this.#isReading = true;
    this.#lifecycle
      .readOn(() => this.#readAll())
      .catch((error) => {
        this.#isReading = false;
        this.#fail([...this.#next.values()], error);
        this.#next.clear();
      });
  }

  #fail(reads, error) {
    const failure = translate(error);
    for (const each of reads) each.fail(failure);
  }

  async #readAll() {
    await new Promise((resolve) => timers.nextTick(resolve));
    while (this.#next.size > 0) {
      const reads = [...this.#next.values()];
      this.#next.clear();
      for (let at = 0; at < reads.length; at += MOST) {
        await this.#readSome(reads.slice(at, at + MOST));
      }
    }
    this.#isReading = false;
  }

  async #readSome(reads) {
    let found;
    try {
      found = await this.#find(reads);
    } catch (error) {
      this.#fail(reads, error);
      return;
    }
    const slice = new TimeSlice(BUDGET);
    for (const each of reads) {
      each.answer(found.get(each.key));
      if (slice.isOver) await slice.pause();
    }
  }

  /** Finds the rows of keys. */
  async #find(reads) {
    reads.sort((one, other) => Number(other.wantsValue) - Number(one.wantsValue));
    const ids = reads.map(({ key }) => this.#keys.idOf(key));
    const withValue = reads.filter(({ wantsValue }) => wantsValue).length;
    const values = [arrayOf('bytea', ids), String(withValue)];
    const rows = await read(this.#connections, { name: 'pl_read', text: this.#text, values });
    return new Map(rows.map(([n, ...row]) => [reads[n - 1].key, rowOf(row)]));
  }
}

/** @returns {Row} */
function rowOf([json, expires, hasExpired]) {
  return {
    json,
    expires: expires === null ? null : Number(expires),
    hasExpired: hasExpired === 't',
  };
}

function isThere(row) {
  return row !== undefined && !row.hasExpired;
}

module.exports = { Reads };
