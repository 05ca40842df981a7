'use strict';

// One writer turn as its callbacks see it: the newest items, and the changes that are to become one commit.

const { putLine, removalLine } = require('./item');

class Turn {
  #native;
  #isFree;
  /** The last line for each key that has changed, by the key's JSON text. */
  #changes = new Map();
  #cleared = false;

  /**
   * @param {(keyText: string) => boolean} isFree whether nobody leases a key
   */
  constructor(native, isFree) {
    this.#native = native;
    this.#isFree = isFree;
  }

  /** The item of a key as `{ value, expires }`, if there is one; a codec makes its value. */
  item(key, keyText, codec) {
    const now = Date.now();
    const changed = this.#changes.get(keyText);
    const line = changed ?? (this.#cleared ? null : this.#native._readLine(keyText, now));
    if (line === null || line === removalLine(keyText)) return undefined;
    const item = codec.decodeLine(line, key);
    return item.expires <= now ? undefined : item;
  }

  put(keyText, json, expires) {
    this.#changes.set(keyText, putLine(keyText, json, expires));
  }

  /** Removes an item; tells whether it was there. */
  remove(keyText) {
    const now = Date.now();
    const changed = this.#changes.get(keyText);
    const stored = !this.#cleared && this.#native._hasKey(keyText, now);
    if (changed === undefined && !stored) return false;
    // Also where this turn has put it there: an expired item may still be kept behind it.
    if (this.#cleared) this.#changes.delete(keyText);
    else this.#changes.set(keyText, removalLine(keyText));
    if (changed === undefined) return true;
    return changed !== removalLine(keyText) && !(JSON.parse(changed).expires <= now);
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
    for (let text; (text = listing.nextKeys(2 ** 20)) !== null;) {
      for (const key of JSON.parse(`[${text}]`)) {
        const keyText = JSON.stringify(key);
        if (this.#changes.has(keyText) || !this.#isFree(keyText)) continue;
        this.#changes.set(keyText, removalLine(keyText));
        count++;
      }
    }
    return count;
  }

  /** Commits all changes at once; none is no commit. */
  commit() {
    if (this.#cleared || this.#changes.size > 0) {
      this.#native._commit([...this.#changes.values()].join(''), this.#cleared);
    }
  }
}

module.exports = { Turn };
