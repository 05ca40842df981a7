'use strict';

// One turn as its calls see it: the newest items, and the changes that become one commit.

const { Removal, StoredItem, changesNothing } = require('../calls/changes');
const { lineOf } = require('./item-line');
const { keysNow } = require('./listings');
const { itemOf, parseKeys } = require('./joined-texts');
const { endsInHalfPair } = require('../half-pair');
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

/**
 * The characters of lines that cross to the native side as one string. V8 keeps all lines of a part
 * until the part is joined.
 */
const PART = 2 ** 20;

/**
 * The number of items from which a removal by prefix is left to the native side. Fewer are removed
 * one by one: then the cache keeps the other items.
 */
const MANY = 256;
/** The characters of the line of a removal, without its key. */
const REMOVAL = 24;

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
  /**
   * The prefixes of the stored items that the native side removes. Only changes made after that have
   * such keys.
   * @type {string[]}
   */
  #removed = [];
  /** True if it has cleared, or has such prefixes. */
  #hasRemoved = false;
  #observation;
  #length = 0;
  /** The commit that the turn has made, as `{ changes, cleared }`. */
  commit;

  /** @param {import('../observation').Observation} observation may want all changed keys in `commit` */
  constructor(native, reads, locks, observation) {
    this.#native = native;
    this.#reads = reads;
    this.#locks = locks;
    this.#observation = observation;
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
    const json = this.#hasRemoved && this.#isRemoved(key) ? null : this.#reads.stored(key);
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
    const stored = !this.#isRemoved(key) && this.#native.hasKey(JSON.stringify(key), this.now);
    return this.#remove(key, changed, stored);
  }

  /** Removes items. Returns the number of those that were there. */
  removeAll(keys) {
    const changed = keys.map((key) => this.#changes.get(key));
    const stored = this.#native.haveKeys(
      keys.map((key) => JSON.stringify(key)),
      this.now,
    );
    let count = 0;
    for (const [at, key] of keys.entries()) {
      const isStored = stored[at] && !this.#isRemoved(key);
      if (this.#remove(key, changed[at], isStored)) count++;
    }
    return count;
  }

  #remove(key, changed, isStored) {
    if (changed === undefined && !isStored) return false;
    // Also if this turn has set it: the file may still have an expired item of the key.
    if (this.#cleared) this.#changes.delete(key);
    else this.change(new Removal(key));
    return changed === undefined || this.#isThere(changed);
  }

  /** Lists the keys that begin with a prefix and have items, or had some before a `removeWith`. */
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

  /**
   * Removes the items whose keys begin with a prefix, if they are many and the native side can find
   * them: then their keys never become strings here. Returns their number, or `undefined` if it has
   * removed nothing.
   */
  removeWith(prefix) {
    if (this.#cleared || endsInHalfPair(prefix)) return undefined;
    if (this.#observation.tellsKeys) return undefined;
    const count = this.#native.countWith(this.now, JSON.stringify(prefix));
    if (count < MANY || this.#hasChanged(prefix)) return undefined;
    this.#removed.push(prefix);
    this.#hasRemoved = true;
    this.#length += count * (prefix.length + REMOVAL);
    return count;
  }

  /** True if the turn has changed a key with a prefix. */
  #hasChanged(prefix) {
    for (const other of this.#removed) {
      if (other.startsWith(prefix) || prefix.startsWith(other)) return true;
    }
    for (const key of this.#changes.keys()) if (key.startsWith(prefix)) return true;
    return false;
  }

  /** True if the turn has removed the stored item of a key without a change of its own. */
  #isRemoved(key) {
    return this.#cleared || this.#removed.some((prefix) => key.startsWith(prefix));
  }

  clear() {
    this.#changes.clear();
    this.#removed = [];
    this.#cleared = true;
    this.#hasRemoved = true;
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
    return { count, isLast: !listing.hasMore };
  }

  /**
   * Makes the commit of the changes: true if it clears, the JSON texts of the prefixes whose items it
   * removes, and the lines that follow, joined into texts that fit into a string each. Drops changes
   * that change nothing.
   */
  outcome() {
    const parts = [];
    let lines = [];
    let length = 0;
    for (const change of this.#changes.values()) {
      const { json } = change;
      if (changesNothing(change, json)) {
        this.#changes.delete(change.key);
        continue;
      }
      const line = lineOf(change, json);
      if (length + line.length > PART && length > 0) {
        parts.push(lines.join('\n'));
        lines = [];
        length = 0;
      }
      lines.push(line);
      length += line.length;
    }
    if (length > 0) parts.push(lines.length === 1 ? lines[0] : lines.join('\n'));
    const removed = this.#removed.map((prefix) => JSON.stringify(prefix));
    return { lines: parts, clear: this.#cleared, removed };
  }

  /** Notes that the changes have been committed. No changes are no commit. */
  committed() {
    const hasRemoved = this.#cleared || this.#removed.length > 0;
    if (!hasRemoved && this.#changes.size === 0) return;
    this.commit = { changes: this.#changes, cleared: this.#cleared };
    // To find the keys of a prefix in the cache would take as long as to read them again.
    this.#reads.committed(this.#changes.values(), hasRemoved);
  }

  /** Finds the keys whose lines cannot be committed. */
  refusedKeys() {
    const changes = [...this.#changes.values()];
    const isRefused = (change) => !this.#native.isItemLine(lineOf(change, change.json));
    return changes.filter(isRefused).map(({ key }) => key);
  }

  /** Drops the changes of some keys and prefixes, and a clear, which changes these keys too. */
  forget({ keys, prefixes }) {
    for (const key of keys) this.#changes.delete(key);
    this.#removed = this.#removed.filter((prefix) => !prefixes.includes(prefix));
    this.#cleared = false;
  }

  #isThere(change) {
    if (change instanceof Removal) return false;
    return change.expires === undefined || change.expires > this.now;
  }
}

module.exports = { Turn };
