'use strict';

// One turn as its calls see it: the newest items, and the changes that become one commit.

const { Removal, StoredItem, changesNothing } = require('../calls/changes');
const { lineOf } = require('./item-line');
const { keysNow } = require('./listings');
const { itemOf, parseKeys } = require('./joined-texts');
const { TimeSlice } = require('../time-slice');

/**
 * The time for which a turn may look for expired items, in milliseconds: its commit takes as long
 * again.
 */
const SWEEP = 2;
/** The bytes of the file between two looks at the clock. */
const SWEPT_AT_ONCE = 2 ** 14;

/**
 * The characters of lines at which a turn is full. They are in memory, and the lock is held until
 * they are written.
 */
const FULL = 2 ** 24;

/** @implements {import('../engine').Turn} */
class Turn {
  #now;
  #native;
  #reads;
  #locks;
  /**
   * The change of each key that the turn changes.
   * @type {Map<string, import('../calls/changes').Change>}
   */
  #changes = new Map();
  #cleared = false;
  #length = 0;
  /** The commit that the turn has made, as `{ changes, cleared }`. */
  commit;

  constructor(native, reads, locks) {
    this.#native = native;
    this.#reads = reads;
    this.#locks = locks;
  }

  /**
   * The time at which the turn first asked for it: an item that has expired by then is not there
   * for any of its calls.
   */
  get now() {
    return (this.#now ??= Date.now());
  }

  /** True if the turn should take no more calls. */
  get isFull() {
    return this.#length >= FULL;
  }

  /** Reads the item of a key, as it is stored or as this turn has changed it. */
  item(key) {
    const changed = this.#changes.get(key);
    if (changed !== undefined) return this.#isThere(changed) ? changed : undefined;
    const json = this.#cleared ? null : this.#reads.stored(key);
    if (json === null) return undefined;
    if (json !== undefined) return new StoredItem(key, json, undefined);
    const texts = this.#native.readItem(JSON.stringify(key), this.now);
    if (texts === null) return undefined;
    const item = itemOf(texts);
    return new StoredItem(key, item.json, item.expires);
  }

  /** Changes a key. */
  change(change) {
    this.#changes.set(change.key, change);
    this.#length += change.length;
  }

  /** Removes an item. Returns true if it was there. */
  remove(key) {
    const changed = this.#changes.get(key);
    const stored = !this.#cleared && this.#native.hasKey(JSON.stringify(key), this.now);
    if (changed === undefined && !stored) return false;
    // Also if this turn has set it: the file may still have an expired item of the key.
    if (this.#cleared) this.#changes.delete(key);
    else this.change(new Removal(key));
    return changed === undefined || this.#isThere(changed);
  }

  /** Lists the keys that begin with a prefix and have items. */
  keysWith(prefix) {
    const stored = this.#cleared ? [] : keysNow(this.#native, { prefix }, this.now);
    if (this.#changes.size === 0) return stored;
    const keys = new Set(stored);
    for (const change of this.#changes.values()) {
      if (!change.key.startsWith(prefix)) continue;
      if (this.#isThere(change)) keys.add(change.key);
      else keys.delete(change.key);
    }
    return [...keys];
  }

  /** Removes the items of keys that all have one. */
  removeAll(keys) {
    for (const key of keys) {
      if (this.#cleared) this.#changes.delete(key);
      else this.change(new Removal(key));
    }
  }

  clear() {
    this.#changes.clear();
    this.#cleared = true;
  }

  /**
   * Removes, for some milliseconds, the items of a listing that have still expired, and are neither
   * changed in this turn nor leased. Returns their number, and true if the listing has ended.
   */
  removeExpired(listing) {
    if (this.#cleared) return { count: 0, isLast: true };
    let count = 0;
    const slice = new TimeSlice(SWEEP);
    do {
      const texts = this.#native.nextExpired(listing, this.now, SWEPT_AT_ONCE);
      if (texts === null) return { count, isLast: true };
      for (const key of parseKeys(texts, listing.count)) {
        if (this.#changes.has(key) || !this.#locks.isFree(JSON.stringify(key))) continue;
        this.change(new Removal(key));
        count++;
      }
    } while (!slice.isOver);
    return { count, isLast: false };
  }

  /**
   * Makes the commit of the changes: true if it clears, and its lines, joined into texts that fit
   * into a string each. Drops changes that change nothing.
   */
  outcome() {
    const parts = [];
    let text = '';
    for (const change of this.#changes.values()) {
      const { json } = change;
      if (changesNothing(change, json)) {
        this.#changes.delete(change.key);
        continue;
      }
      const line = lineOf(change, json);
      if (text.length + line.length > FULL && text !== '') {
        parts.push(text);
        text = '';
      }
      // Takes as long as `join` for many lines, and half as long for one.
      text = text === '' ? line : `${text}\n${line}`;
    }
    if (text !== '') parts.push(text);
    return { lines: parts, clear: this.#cleared };
  }

  /** Notes that the changes have been committed. No changes are no commit. */
  committed() {
    if (!this.#cleared && this.#changes.size === 0) return;
    this.commit = { changes: this.#changes, cleared: this.#cleared };
    this.#reads.committed(this.#changes.values(), this.#cleared);
  }

  /** Finds the keys whose lines cannot be committed. */
  refusedKeys() {
    const changes = [...this.#changes.values()];
    const isRefused = (change) => !this.#native.isItemLine(lineOf(change, change.json));
    return changes.filter(isRefused).map(({ key }) => key);
  }

  /** Drops the changes of some keys, and a clear, which changes these keys too. */
  forget(keys) {
    for (const key of keys) this.#changes.delete(key);
    this.#cleared = false;
  }

  #isThere(change) {
    if (change instanceof Removal) return false;
    return change.expires === undefined || change.expires > this.now;
  }
}

module.exports = { Turn };
