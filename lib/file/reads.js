'use strict';

// Reads of the present items: the one place that ensures that no read returns anything older than a
// commit of which anybody was told.
//
// All processes share a counter in a file; a commit counts it up before it is acknowledged. `fresh`
// reads it before every read of an item. If it has changed, the native side looks at the files for
// new commits; all native reads answer as of the last look or writer turn. Once in each turn of the
// event loop the native side looks anyway, since the files may have been replaced. Where there is
// no counter, it looks before every read.

const { Cache } = require('./cache');
const { itemOf } = require('./joined-texts');
const { UNREAD } = require('./lifecycle');
const timers = require('../timers');

/**
 * The number of blocking reads in one turn of the event loop after which the native side looks at
 * the files again.
 */
const MOST_BLOCKING_READS = 100;

class Reads {
  #native;
  #lifecycle;
  #codec;
  #cache;
  /**
   * Gives the JSON text of a key's value as of the last look or turn, `null` if there is none, or
   * `undefined` if it may expire or its key needs escapes. A native function, which costs less than
   * a method.
   * @type {(key: string) => string | null | undefined}
   */
  stored;
  /**
   * Does what `stored` does, with two differences. Given a counter, it returns `false` unless that
   * is the present one: one call takes less time than two. And it returns the text in an array if
   * the key is read often.
   * @type {(key: string, counter?: number) => string | [string] | null | undefined | false}
   */
  #textOf;
  /**
   * Gives the counter, an integer; `undefined` where there is none, and if the native side has read
   * commits of which it did not tell here.
   */
  #getCounter;
  /** The counter as it was before the last look, or as the last turn has set it. */
  #seen;
  /** True if the files were looked at in this turn of the event loop. */
  #hasLooked = false;
  /** True if a part of what is new was read in this turn of the event loop. */
  #isPausing = false;
  /** True if the next turn of the event loop will look again. */
  #looksAgain = false;
  /** The number of blocking reads since they last called for a look. */
  #blockingReads = 0;
  /** The native side's count of changes, as it was told last. */
  #changes;
  /** Is called when there are new commits, of this instance or others. @type {(() => void) | undefined} */
  news;

  constructor(native, lifecycle, codec) {
    this.#native = native;
    this.#lifecycle = lifecycle;
    this.#codec = codec;
    this.#cache = new Cache(codec);
    this.stored = native.textReader(false);
    this.#textOf = native.textReader(true);
    this.#getCounter = native.counterReader();
  }

  /**
   * Reads the value of a key: at once if the store is open, and otherwise with a promise.
   * `undefined` if there is none.
   */
  value(key) {
    if (!this.#lifecycle.isOpen) return this.#valueAgain(key);
    try {
      return this.#value(key);
    } catch (error) {
      return this.#valueAgain(key, error);
    }
  }

  /** Reads a value once the store is open, or after an error. */
  #valueAgain(key, error) {
    return this.#lifecycle.read(() => this.#value(key), key, error);
  }

  /** Does what `value` does on the calling thread, which opens the store if necessary. */
  valueNow(key) {
    if (!this.#lifecycle.isOpen) return this.#valueAgainNow(key);
    this.#countBlocking();
    try {
      return this.#value(key);
    } catch (error) {
      return this.#valueAgainNow(key, error);
    }
  }

  #valueAgainNow(key, error) {
    return this.#lifecycle.readNow(
      this.#withoutPauses(() => this.#value(key)),
      key,
      error,
    );
  }

  #value(key) {
    const cached = this.#cache.original(key);
    if (cached !== undefined) {
      const looked = this.fresh();
      if (!looked || cached === this.#cache.original(key)) return cached.copy();
    }
    let text = this.#hasLooked ? this.#textOf(key, this.#seen) : false;
    if (text === false) {
      this.fresh();
      text = this.#textOf(key);
    }
    if (typeof text === 'string') return this.#codec.decode(text, key);
    return this.#rare(text, key);
  }

  /** Makes the value of an answer of `textOf` that is not a text. */
  #rare(answer, key) {
    if (answer === null) return undefined;
    if (answer === undefined) return this.#uncached(key);
    const text = answer[0];
    const value = this.#codec.decode(text, key);
    this.#cache.add(key, value, text.length);
    return value;
  }

  /**
   * Reads a value that may expire, or whose key needs escapes. An item that expires is not cached:
   * every read would have to ask for the time.
   */
  #uncached(key) {
    const text = this.#native.readValue(JSON.stringify(key), Date.now());
    return text === null ? undefined : this.#codec.decode(text, key);
  }

  /** Tells if a key is there. */
  has(key) {
    return this.run(() => this.#has(key), key);
  }

  /** Does what `has` does on the calling thread. */
  hasNow(key) {
    return this.runNow(() => this.#has(key), key);
  }

  #has(key) {
    return this.#native.hasKey(JSON.stringify(key), Date.now());
  }

  /**
   * Reads when an item expires, in milliseconds since 1970: `null` for never, `undefined` without
   * an item.
   */
  expiry(key) {
    return this.run(() => this.#expiry(key), key);
  }

  /** Does what `expiry` does on the calling thread. */
  expiryNow(key) {
    return this.runNow(() => this.#expiry(key), key);
  }

  #expiry(key) {
    const expires = this.#native.expiryOf(JSON.stringify(key), Date.now());
    if (expires === null) return undefined;
    return expires === Infinity ? null : expires;
  }

  /** Reads an item as it is stored, `{ json, expires }`, if it is there at a time. */
  item(key, now) {
    return this.run(() => this.#item(key, now), key);
  }

  /** Does what `item` does on the calling thread. */
  itemNow(key, now) {
    return this.runNow(() => this.#item(key, now), key);
  }

  #item(key, now) {
    const texts = this.#native.readItem(JSON.stringify(key), now);
    return texts === null ? undefined : itemOf(texts);
  }

  /** Runs a read of the native side on the present items. `key` is for the message of an error. */
  run(read, key) {
    return this.#lifecycle.read(this.#afterLook(read), key);
  }

  /** Does what `run` does on the calling thread. Returns the result of `read`, or throws. */
  runNow(read, key) {
    this.#countBlocking();
    return this.#lifecycle.readNow(this.#withoutPauses(this.#afterLook(read)), key);
  }

  /** Makes a function that first has the native side read what is new. */
  #afterLook(read) {
    return () => {
      this.fresh();
      return read();
    };
  }

  /** Makes a function that reads what is new part after part, as it is tried again and again. */
  #withoutPauses(read) {
    return () => {
      this.#isPausing = false;
      return read();
    };
  }

  /**
   * Counts a blocking read: a program that makes only such reads has no turns of its event loop.
   */
  #countBlocking() {
    if (++this.#blockingReads < MOST_BLOCKING_READS) return;
    this.#blockingReads = 0;
    this.#hasLooked = false;
  }

  /**
   * Has the native side read what is new, if there may be anything. Returns true if so. Throws
   * `UNREAD` if there is so much that the event loop must get its turn in between.
   */
  fresh() {
    // Before the look: what is counted meanwhile calls for another look.
    const counter = this.#getCounter();
    if (this.#hasLooked && counter !== undefined && counter === this.#seen) return false;
    if (this.#isPausing) throw UNREAD;
    const changes = this.#native.look();
    if (changes === null) this.#pause();
    this.noticed(changes);
    this.#seen = counter;
    this.#hasLooked = true;
    if (!this.#looksAgain) this.#lookAgainLater();
    return true;
  }

  /** Lets the event loop have its turn before more is read. */
  #pause() {
    this.#isPausing = true;
    timers.setImmediate(() => {
      this.#isPausing = false;
    });
    throw UNREAD;
  }

  #lookAgainLater() {
    this.#looksAgain = true;
    timers.setImmediate(() => {
      this.#hasLooked = false;
      this.#looksAgain = false;
    });
  }

  /** Notes that the store was opened or reopened: the cache may be out of date. */
  opened() {
    this.#cache.clear();
    this.#seen = undefined;
    this.#changes = undefined;
  }

  /**
   * Notes the native side's count of changes, after a look or at the beginning of a turn: the cache
   * may be out of date.
   */
  noticed(changes) {
    if (changes === this.#changes) return;
    this.#changes = changes;
    this.#cache.clear();
    this.news?.();
  }

  /** Notes that the turn's changes were committed. */
  committed(changes, hasCleared) {
    if (hasCleared) this.#cache.clear();
    for (const { key } of changes) this.#cache.delete(key);
  }

  /** Notes that the turn has ended. `counted` is what it set the counter to, if it did. */
  turnEnded(counted) {
    // `getCounter` gives a signed integer.
    if (typeof counted !== 'number') return;
    this.#seen = counted | 0;
    this.news?.();
  }
}

module.exports = { Reads };
