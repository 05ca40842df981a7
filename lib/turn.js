'use strict';

// One writer turn as its callbacks see it: the newest items, and the changes that are to become one commit.

const { ChangedItem, Removal } = require('./changes');
const { parseKeys } = require('./item');

class Turn {
  #native;
  #reads;
  #isFree;
  /**
   * What each key that has changed is to have.
   * @type {Map<string, ChangedItem | Removal | import('./changes').EncodedItem>}
   */
  #changes = new Map();
  #cleared = false;
  /** What has been committed: the changes, and whether all else was removed. */
  committed;

  /**
   * @param {(keyText: string) => boolean} isFree whether nobody leases a key
   */
  constructor(native, reads, isFree) {
    this.#native = native;
    this.#reads = reads;
    this.#isFree = isFree;
  }

  /** The item of a key as `{ value, expires }`, if there is one; a codec makes its value. */
  item(key, codec) {
    const changed = this.#changes.get(key);
    if (changed !== undefined) {
      if (!isThere(changed)) return undefined;
      return { value: codec.copyFrom(changed), expires: changed.expires };
    }
    const json = this.#cleared ? null : this.#reads.stored(key);
    if (json === null) return undefined;
    if (json !== undefined) return { value: codec.decode(json, key), expires: undefined };
    const texts = this.#native._readItem(JSON.stringify(key), Date.now());
    return texts === null ? undefined : codec.decodeItem(texts, key);
  }

  put(key, json, expires) {
    this.change(new ChangedItem(key, json, expires));
  }

  /** Lets a key have what a change says. */
  change(change) {
    this.#changes.set(change.key, change);
  }

  /** Removes an item; tells whether it was there. */
  remove(key) {
    const changed = this.#changes.get(key);
    const stored = !this.#cleared && this.#native._hasKey(JSON.stringify(key), Date.now());
    if (changed === undefined && !stored) return false;
    // Also where this turn has put it there: an expired item may still be kept behind it.
    if (this.#cleared) this.#changes.delete(key);
    else this.change(new Removal(key));
    return changed === undefined || isThere(changed);
  }

  clear() {
    this.#changes.clear();
    this.#cleared = true;
  }

  /** Removes what has expired and is neither changed in this turn nor leased; tells how many items that is. */
  removeExpired() {
    if (this.#cleared) return 0;
    let count = 0;
    const listing = this.#native._listExpired(Date.now());
    for (let texts; (texts = listing.next('keys', 2 ** 20)) !== null;) {
      for (const key of parseKeys(texts, listing.count)) {
        if (this.#changes.has(key) || !this.#isFree(JSON.stringify(key))) continue;
        this.change(new Removal(key));
        count++;
      }
    }
    return count;
  }

  /** Commits all changes at once; none is no commit. */
  commit() {
    if (!this.#cleared && this.#changes.size === 0) return;
    const lines = [];
    this.#changes.forEach(({ line }) => lines.push(line));
    lines.push('');
    this.#native._commit(lines.join('\n'), this.#cleared);
    this.committed = { changes: this.#changes, cleared: this.#cleared };
    this.#reads.committed(this.#changes.values(), this.#cleared);
  }
}

function isThere(change) {
  if (change instanceof Removal) return false;
  return change.expires === undefined || change.expires > Date.now();
}

module.exports = { Turn };
