'use strict';

// The public class: checks arguments, makes a write or a read of each call, and hands it on.
// Files and locks are the native side's, the order of writes is the writer's.

const { setImmediate: immediate } = require('node:timers/promises');
const binding = require('./binding.js');
const {
  checkFunction,
  checkKey,
  checkMatch,
  checkOptions,
  checkPrefix,
  checkWriteOptions,
  expiryOf,
} = require('./lib/arguments');
const { PersistLockError, misuse } = require('./lib/errors');
const { Codec, parseJSON } = require('./lib/item');
const { Opening, closedError } = require('./lib/opening');
const { Suspended, Writer } = require('./lib/writer');

/** What an edit returns to remove its item. */
const REMOVE = Symbol('PersistLock.REMOVE');
/** How many bytes of a listing are taken over at once, before the event loop gets its turn. */
const LISTING_PART = 2 ** 20;

/** What a listing can be of: the native method that hands it out, and the same from an entry. */
const KEYS = { method: 'nextKeys', ofEntry: ([key]) => key };
const VALUES = { method: 'nextValues', ofEntry: ([, value]) => value };
const ENTRIES = { method: 'nextEntries', ofEntry: (entry) => entry };

/** What a write is of that waits for every key, or for none. */
const EVERY_KEY = { keyText: null };
const NO_KEY = { keyText: undefined };

class PersistLock extends binding.PersistLock {
  static REMOVE = REMOVE;

  #options;
  #codec;
  #opening;
  #writer;
  #sweep;
  #closing;

  constructor(dir = process.cwd(), options = {}) {
    const checked = checkOptions(dir, options);
    super(checked.dir, checked.mode);
    this.#options = checked;
    this.#codec = new Codec(checked.stringify, checked.parse);
    this.#opening = new Opening(this);
    this.#writer = new Writer(this, this.#opening, this.#codec, checked.durability);
    if (checked.expiredInterval !== false) {
      this.#sweep = setInterval(() => this.#sweepExpired(), checked.expiredInterval).unref();
    }
  }

  async init() {
    await this.#read(() => undefined);
    return this;
  }

  async getItem(key) {
    const name = checkKey(key);
    const keyText = JSON.stringify(name);
    const json = await this.#read(() => this._readValue(keyText, Date.now()), name);
    return json === null ? undefined : this.#codec.decode(json, name);
  }

  async hasItem(key) {
    const name = checkKey(key);
    return this.#read(() => this._hasKey(JSON.stringify(name), Date.now()), name);
  }

  async setItem(key, value, options) {
    const { ttl } = checkWriteOptions(options);
    const name = checkKey(key);
    const json = this.#codec.encode(value, name);
    const expires = expiryOf(ttl, this.#options.ttl, Date.now());
    await this.#write(name, (turn, keyText) => turn.put(keyText, json, expires));
  }

  async updateItem(key, value, options) {
    const { ttl } = checkWriteOptions(options);
    const name = checkKey(key);
    const json = this.#codec.encode(value, name);
    const given = this.#givenExpiry(ttl);
    await this.#write(name, (turn, keyText) => {
      turn.put(keyText, json, this.#keptExpiry(turn.item(name, keyText), given));
    });
  }

  async editItem(key, edit, options) {
    const { ttl } = checkWriteOptions(options);
    const name = checkKey(key);
    checkFunction(edit, 'The edit');
    const given = this.#givenExpiry(ttl);
    return this.#write(name, (turn, keyText) => {
      const item = turn.item(name, keyText);
      const store = (into, result) => this.#storeEdited(into, name, keyText, item, result, given);
      const result = edit(item?.value);
      if (typeof result?.then !== 'function') return store(turn, result);
      return new Suspended(Promise.resolve(result), store);
    });
  }

  async removeItem(key) {
    return this.#write(checkKey(key), (turn, keyText) => turn.remove(keyText));
  }

  async clear() {
    return this.#submit((turn) => turn.clear(), EVERY_KEY);
  }

  async removeExpiredItems() {
    return this.#submit((turn) => turn.removeExpired(), NO_KEY);
  }

  async keys(options) {
    return this.#list(KEYS, checkPrefix(options));
  }

  async values(options) {
    const prefix = checkPrefix(options);
    if (!this.#codec.isCustom) return this.#list(VALUES, prefix);
    // With their keys, so that an error can name the one that was not understood.
    return (await this.entries({ prefix })).map(VALUES.ofEntry);
  }

  async entries(options) {
    const entries = await this.#list(ENTRIES, checkPrefix(options));
    return entries.map((entry) => this.#reviveEntry(entry));
  }

  async length(options) {
    const prefix = checkPrefix(options);
    if (prefix !== '') return (await this.keys({ prefix })).length;
    return this.#read(() => this._countItems(Date.now()));
  }

  async valuesWithKeyMatch(match) {
    const matches = checkMatch(match);
    const entries = await this.#list(ENTRIES, '');
    return entries
      .filter(([key]) => matches(key))
      .map(([key, value]) => this.#codec.revive(value, key));
  }

  async forEach(callback) {
    checkFunction(callback, 'The callback');
    for await (const [key, value] of this) await callback({ key, value });
  }

  async *[Symbol.asyncIterator]() {
    for await (const part of this.#parts(ENTRIES, '')) {
      for (const entry of part) yield this.#reviveEntry(entry);
    }
  }

  close() {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose]() {
    return this.close();
  }

  async #close() {
    clearInterval(this.#sweep);
    try {
      await this.#writer.finish();
    } finally {
      await this.#opening.close();
    }
  }

  #read(read, key) {
    if (this.#closing) throw closedError();
    return this.#opening.withStore(read, key);
  }

  #write(key, run) {
    const keyText = JSON.stringify(key);
    return this.#submit((turn) => run(turn, keyText), { key, keyText });
  }

  #submit(run, of) {
    if (this.#closing) throw closedError();
    return this.#writer.submit(run, of);
  }

  /** The expiry that a call was given, if it was given one: an edit else keeps the item's. */
  #givenExpiry(ttl) {
    return ttl === undefined ? undefined : { expires: expiryOf(ttl, null, Date.now()) };
  }

  #keptExpiry(item, given) {
    if (given) return given.expires;
    return item ? item.expires : expiryOf(undefined, this.#options.ttl, Date.now());
  }

  #storeEdited(turn, key, keyText, item, result, given) {
    if (result === REMOVE) {
      turn.remove(keyText);
      return undefined;
    }
    if (result === undefined) {
      if (!item) return undefined;
      const message = `The edit of ${JSON.stringify(key)} returned undefined. Return the new value, or PersistLock.REMOVE to remove the item`;
      throw misuse(TypeError, 'INVALID_VALUE', message, { key });
    }
    const json = this.#codec.encode(result, key);
    turn.put(keyText, json, this.#keptExpiry(item, given));
    // As it is stored: what JSON.stringify leaves out is gone, and changing it later changes nothing.
    return this.#codec.decode(json, key);
  }

  #reviveEntry([key, value]) {
    return [key, this.#codec.revive(value, key)];
  }

  async #list(kind, prefix) {
    // Half of a surrogate pair is written as an escape in JSON, the pair as itself: no text begins both.
    if (/[\ud800-\udbff]$/.test(prefix)) {
      const entries = await this.#list(ENTRIES, prefix.slice(0, -1));
      return entries.filter(([key]) => key.startsWith(prefix)).map(kind.ofEntry);
    }
    const parts = [];
    for await (const part of this.#parts(kind, prefix)) parts.push(part);
    return parts.flat(1);
  }

  /** A listing, part by part: one snapshot, taken when the first part is asked for. */
  async *#parts({ method }, prefix) {
    const text = JSON.stringify(prefix).slice(0, -1);
    const listing = await this.#read(() => this._listItems(Date.now(), text));
    for (let first = true; ; first = false) {
      if (!first) await immediate();
      const part = await this.#opening.withStore(() => listing[method](LISTING_PART));
      if (part === null) return;
      yield parseJSON(`[${part}]`);
    }
  }

  async #sweepExpired() {
    try {
      const expired = await this.#read(() => this._listExpired(Date.now()).nextKeys(1));
      if (expired !== null) await this.removeExpiredItems();
    } catch {
      // Whatever is wrong, the next call that somebody made will say so.
    }
  }
}

module.exports = PersistLock;
module.exports.PersistLock = PersistLock;
module.exports.PersistLockError = PersistLockError;
