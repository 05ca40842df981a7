'use strict';

// The items as a storage of node-persist 2, 1 or 0 sees them: those of the store, and the storage's own changes that are not in the
// store yet. Such a change is seen at once, as in these versions, which have all items in memory. It is on its way, or it is queued:
// until the interval, or until the program persists it.
//
// A method whose name ends in `Now` works on the calling thread, as all reads do.

const { KeysCall } = require('../../calls/keys-call');
const { SetItem } = require('../../calls/changes');
const { parseJSON } = require('../../codec');

/** The key, JSON text and expiry of an item that was set, and its way into the store. */
class Change {
  /** True if it waits for `persist`. */
  isQueued;
  /** The promise of the write that is under way. */
  writing;
  /** The functions to call once it is stored, or dropped. */
  whenStored;

  constructor(key, json, expires, isQueued) {
    this.key = key;
    this.json = json;
    this.expires = expires;
    this.isQueued = isQueued;
    this.whenStored = [];
  }

  settle() {
    for (const settle of this.whenStored.splice(0)) settle();
  }
}

class Items {
  #folder;
  /** @type {Map<string, Change>} */
  #changes = new Map();

  /** @param {import('../open-folder').OpenFolder} folder */
  constructor(folder) {
    this.#folder = folder;
  }

  get #engine() {
    this.#folder.openNow();
    return this.#folder.engine;
  }

  /** The queued changes. */
  get queued() {
    return [...this.#changes.values()].filter(({ isQueued }) => isQueued);
  }

  /** Finds an item that has not expired at a time: its JSON text and expiry. */
  find(key, now) {
    const change = this.#changes.get(key);
    if (change === undefined) return this.#engine.blocking.item(key, now);
    return isThere(change, now) ? change : undefined;
  }

  /** Reads the value of an item that has not expired, as `JSON.parse` makes it of its text. */
  parsed(key) {
    const change = this.#changes.get(key);
    if (change === undefined) return this.#engine.blocking.value(key);
    return isThere(change, Date.now()) ? parseJSON(change.json, key) : undefined;
  }

  /** Lists the keys of the items that have not expired. */
  keys() {
    const stored = this.#engine.blocking.list('keys');
    if (this.#changes.size === 0) return stored;
    const now = Date.now();
    const keys = new Set(stored);
    for (const [key, change] of this.#changes) {
      if (isThere(change, now)) keys.add(key);
      else keys.delete(key);
    }
    return [...keys].sort();
  }

  /** Notes a change, which replaces an earlier one of its key. */
  set(key, json, expires, isQueued) {
    const change = new Change(key, json, expires, isQueued);
    const earlier = this.#changes.get(key);
    if (earlier?.isQueued) change.whenStored = earlier.whenStored;
    this.#changes.set(key, change);
    return change;
  }

  /** Resolves once a change is stored, or the item is removed. */
  stored(change) {
    return new Promise((resolve) => change.whenStored.push(resolve));
  }

  /** Writes a change. It stays queued if that fails. */
  write(change) {
    change.writing ??= this.#write(change);
    return change.writing;
  }

  async #write(change) {
    try {
      await this.#submit([change.key], (turn) => turn.change(itemOf(change)));
    } catch (error) {
      change.writing = undefined;
      if (!change.isQueued) this.#forget(change);
      throw error;
    }
    this.#forget(change);
    change.settle();
  }

  /** Writes changes in one commit. Those that are queued stay so if that fails. */
  writeNow(changes) {
    const keys = changes.map(({ key }) => key);
    try {
      this.#submitNow(keys, (turn) => {
        for (const change of changes) turn.change(itemOf(change));
      });
    } catch (error) {
      for (const change of changes) if (!change.isQueued) this.#forget(change);
      throw error;
    }
    for (const change of changes) {
      this.#forget(change);
      change.settle();
    }
  }

  /** Stores an item, in place of a change that was noted before. */
  putNow(key, json, expires) {
    this.#submitNow([key], (turn) => turn.change(new SetItem(key, json, expires)));
    this.#drop(key);
  }

  /** Removes an item; resolves with true if there was one. */
  async remove(key) {
    const change = this.#takeQueued(key);
    try {
      const existed = await this.#submit([key], (turn) => turn.remove(key));
      change?.settle();
      return existed || change !== undefined;
    } catch (error) {
      if (change !== undefined) this.#restore(change);
      throw error;
    }
  }

  removeNow(key) {
    const existed = this.#submitNow([key], (turn) => turn.remove(key));
    return this.#drop(key) || existed;
  }

  async clear() {
    const queued = this.queued;
    for (const change of queued) this.#forget(change);
    try {
      await this.#submit(null, (turn) => turn.clear());
    } catch (error) {
      for (const change of queued) this.#restore(change);
      throw error;
    }
    for (const change of queued) change.settle();
  }

  clearNow() {
    this.#submitNow(null, (turn) => turn.clear());
    const changes = [...this.#changes.values()];
    this.#changes.clear();
    for (const change of changes) change.settle();
  }

  removeExpired() {
    return this.#engine.removeExpired();
  }

  #submit(keys, run) {
    const engine = this.#engine;
    return engine.submit(new KeysCall(keys, run, { timeout: engine.lockTimeout }));
  }

  #submitNow(keys, run) {
    const engine = this.#engine;
    return engine.blocking.submit(new KeysCall(keys, run, { timeout: engine.lockTimeout }));
  }

  #takeQueued(key) {
    const change = this.#changes.get(key);
    if (!change?.isQueued) return undefined;
    this.#changes.delete(key);
    return change;
  }

  /** Drops the change of a key; returns true if there was one. */
  #drop(key) {
    const change = this.#changes.get(key);
    this.#changes.delete(key);
    change?.settle();
    return change !== undefined;
  }

  /** Queues a change again, unless a later one has replaced it. */
  #restore(change) {
    if (!this.#changes.has(change.key)) this.#changes.set(change.key, change);
  }

  #forget(change) {
    if (this.#changes.get(change.key) === change) this.#changes.delete(change.key);
  }
}

function itemOf({ key, json, expires }) {
  return new SetItem(key, json, expires);
}

function isThere({ expires }, now) {
  return expires === undefined || expires > now;
}

module.exports = { Items };
