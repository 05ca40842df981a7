'use strict';

// The watchers of an instance, by their keys and prefixes: finds those that a change concerns without a look
// at each. Knows nothing of the log.

class Group {
  /** @type {Set<import('./watch-source').WatchSource>} */
  sources = new Set();
  /** The reads under way, which watchers at the same position share. @type {Map<string, Promise>} */
  reads = new Map();
}

class WatchGroups {
  /** @type {Map<string, Group>} */
  #byKey = new Map();
  /** @type {Map<string, Group>} */
  #byPrefix = new Map();
  /** The number of prefixes of each length. @type {Map<number, number>} */
  #lengths = new Map();

  add(source) {
    const { key, prefix } = source.choice;
    const groups = key === undefined ? this.#byPrefix : this.#byKey;
    const name = key ?? prefix;
    let group = groups.get(name);
    if (group === undefined) {
      groups.set(name, (group = new Group()));
      if (key === undefined) this.#count(prefix.length, 1);
    }
    group.sources.add(source);
  }

  delete(source) {
    const { key, prefix } = source.choice;
    const groups = key === undefined ? this.#byPrefix : this.#byKey;
    const name = key ?? prefix;
    const group = groups.get(name);
    if (!group?.sources.delete(source) || group.sources.size > 0) return;
    groups.delete(name);
    if (key === undefined) this.#count(prefix.length, -1);
  }

  #count(length, change) {
    const count = (this.#lengths.get(length) ?? 0) + change;
    if (count === 0) this.#lengths.delete(length);
    else this.#lengths.set(length, count);
  }

  /** Gives the group of a watcher that was added. */
  of({ choice: { key, prefix } }) {
    return key === undefined ? this.#byPrefix.get(prefix) : this.#byKey.get(key);
  }

  /** Finds the groups that changes of some keys concern. */
  concerned(keys) {
    const found = new Set();
    for (const key of keys) {
      const group = this.#byKey.get(key);
      if (group !== undefined) found.add(group);
      for (const length of this.#lengths.keys()) {
        const prefixed = length <= key.length && this.#byPrefix.get(key.slice(0, length));
        if (prefixed) found.add(prefixed);
      }
    }
    return found;
  }
}

module.exports = { WatchGroups };
