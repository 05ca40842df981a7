'use strict';

// One turn as its calls see it: the items that it has read, and the changes that become one commit.
// Sends nothing.

const { Removal, StoredItem, changesNothing } = require('../calls/changes');
const { faultError } = require('../errors');
const { Span } = require('./expiry');

/** The characters of changes at which a turn is full. */
const FULL = 2 ** 24;

/**
 * The row of a key as a turn has read it.
 *
 * @typedef {object} Row
 * @property {string | undefined} json `undefined` if it was not asked for
 * @property {number | undefined} expires
 * @property {string} version
 * @property {boolean} [isChanged] true if an earlier commit of the same lease has made it
 */

/** @implements {import('../engine').Turn} */
class Turn {
  /** The server's time at which the items were read: what has expired by then is not there. */
  now;
  /** The rows of the keys that are known, `undefined` where there is none. @type {Map<string, Row | undefined>} */
  #rows;
  /** @type {Map<string, import('../calls/changes').Change>} */
  #changes = new Map();
  #cleared = false;
  #length = 0;
  /** The commit that the turn has made, as `{ changes, cleared }`. */
  commit;

  constructor(now, rows) {
    this.now = now;
    this.#rows = rows;
  }

  /** True if the turn should take no more calls. */
  get isFull() {
    return this.#length >= FULL;
  }

  /** True if the turn has removed all items. */
  get hasCleared() {
    return this.#cleared;
  }

  item(key) {
    const changed = this.#changes.get(key);
    if (changed !== undefined) return this.#isThere(changed) ? changed : undefined;
    const row = this.#rowOf(key);
    if (row === undefined || !this.#isThere(row)) return undefined;
    return new StoredItem(key, row.json, row.expires);
  }

  #rowOf(key) {
    if (this.#cleared) return undefined;
    if (!this.#rows.has(key)) throw faultError('a turn was asked for an item that it has not read');
    return this.#rows.get(key);
  }

  change(change) {
    this.#changes.set(change.key, change);
    this.#length += change.length;
  }

  remove(key) {
    const changed = this.#changes.get(key);
    const isThere = this.item(key) !== undefined;
    // The row of an item that has expired is left to a sweep, which counts it.
    if (changed === undefined && !isThere) return false;
    if (this.#cleared) this.#changes.delete(key);
    else this.change(new Removal(key));
    return isThere;
  }

  keysWith(prefix) {
    const keys = new Set();
    if (!this.#cleared) {
      for (const [key, row] of this.#rows) {
        if (row !== undefined && key.startsWith(prefix) && this.#isThere(row)) keys.add(key);
      }
    }
    for (const change of this.#changes.values()) {
      if (!change.key.startsWith(prefix)) continue;
      if (this.#isThere(change)) keys.add(change.key);
      else keys.delete(change.key);
    }
    return [...keys];
  }

  /** Removes the items of keys, each of which is named once. Returns the number of items. */
  removeAll(keys) {
    let count = 0;
    for (const key of keys) if (this.remove(key)) count++;
    return count;
  }

  clear() {
    this.#changes.clear();
    this.#cleared = true;
  }

  /**
   * Makes the changes as they are written: drops those that change nothing.
   *
   * @param {import('./keys').Keys} keys
   * @returns {import('./writes').Written[]}
   */
  written(keys) {
    const written = [];
    for (const change of this.#changes.values()) {
      const { key, json, expires } = change;
      if (json !== undefined && changesNothing(change, json)) {
        this.#changes.delete(key);
        continue;
      }
      const version = this.#versionOf(key);
      if (json === undefined && version === null) {
        this.#changes.delete(key);
        continue;
      }
      written.push({ id: keys.idOf(key), column: keys.columnOf(key), json, expires, version });
    }
    return written;
  }

  /** Gives the version of a key's row: `null` if there is none, `undefined` if it was not read. */
  #versionOf(key) {
    if (this.#cleared) return null;
    if (!this.#rows.has(key)) return undefined;
    return this.#rows.get(key)?.version ?? null;
  }

  /** Makes a turn of the changes of some keys alone, for a commit of their own. */
  part(keys) {
    const part = new Turn(this.now, this.#rows);
    for (const key of new Set(keys)) {
      const change = this.#changes.get(key);
      if (change !== undefined) part.change(change);
    }
    return part;
  }

  /** Notes that the changes have been committed. No changes are no commit. */
  committed() {
    if (!this.#cleared && this.#changes.size === 0) return;
    this.commit = { changes: this.#changes, cleared: this.#cleared };
  }

  /**
   * Gives the row that a key has after the commit, as a later turn under the same lock needs it.
   *
   * @param {string} token the version of the commit
   */
  rowAfter(key, token) {
    const change = this.#changes.get(key);
    if (change === undefined) return this.#cleared ? undefined : this.#rows.get(key);
    if (change instanceof Removal) return undefined;
    return { json: change.json, expires: change.expires, version: token };
  }

  #isThere(item) {
    if (item instanceof Removal) return false;
    const { expires } = item;
    if (expires instanceof Span) return expires.left > 0;
    return expires === undefined || expires > this.now;
  }
}

module.exports = { Turn };
