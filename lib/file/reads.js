'use strict';

// Reads of single items: of what is known, as long as nothing is new, else of the file.
//
// Whether anything is new is asked at every read, of a counter in a file that all processes share; whoever commits counts it up
// before the commit is acknowledged. Whether the files themselves are still there is asked once in each turn of the event
// loop. Where there is no counter, the files are asked at every read.

const { Cache } = require('./cache');
const timers = require('../timers');

class Reads {
  #native;
  #lifecycle;
  /** The JSON text of a key's value, or `null`; `undefined` where the native methods know more. */
  #getText;
  #codec;
  #cache;
  /** The counter, an integer, or `undefined` where there is none. */
  #getCounter;
  /** What it was when all that was new had been read. */
  #seen;
  /** Whether the files have been looked at in this turn of the event loop. */
  #hasLooked = false;
  /** What the native side said last when it was asked for news. */
  #news;

  constructor(native, lifecycle, codec) {
    this.#native = native;
    this.#lifecycle = lifecycle;
    this.#codec = codec;
    this.#cache = new Cache(codec);
    this.#getText = native._textReader();
    this.#getCounter = native._counterReader();
  }

  /** The store has been opened, perhaps anew: nothing is known of it. */
  opened() {
    this.#cache.clear();
    this.#seen = undefined;
    this.#news = undefined;
  }

  /** Reads the value of a key: at once if the store is open, or else with a promise. `undefined` if there is none. */
  value(key) {
    const lifecycle = this.#lifecycle;
    if (!lifecycle.isOpen) return lifecycle.read(() => this.#value(key), key);
    try {
      return this.#value(key);
    } catch (error) {
      return lifecycle.read(() => this.#value(key), key, error);
    }
  }

  #value(key) {
    if (!this.#isFresh) this.#look();
    const known = this.#cache.value(key);
    if (known !== undefined) return known;
    let text = this.stored(key);
    // What expires is not kept: it would have to be asked for the time at every read.
    if (text === undefined) text = this.#native._readValue(JSON.stringify(key), Date.now());
    else if (text !== null) this.#cache.add(key, text);
    return text === null ? undefined : this.#codec.decode(text, key);
  }

  has(key) {
    return this.run(() => this.#native._hasKey(JSON.stringify(key), Date.now()), key);
  }

  async item(key, now) {
    const texts = await this.run(() => this.#native._readItem(JSON.stringify(key), now), key);
    if (texts === null) return undefined;
    const comma = texts.lastIndexOf(',');
    const expires = texts.slice(comma + 1);
    return {
      json: texts.slice(0, comma),
      expires: expires === 'null' ? undefined : Number(expires),
    };
  }

  /** Runs a read of the native side. */
  run(read, key) {
    const use = () => {
      this.#overtaken();
      return read();
    };
    return this.#lifecycle.read(use, key);
  }

  /** The JSON text of a key's value as the last look or turn has found it, `null`, or `undefined` where it may expire. */
  stored(key) {
    return this.#getText(key);
  }

  /** The native side is to look at the files by itself: what it sees must not be followed by anything older. */
  #overtaken() {
    this.#seen = undefined;
  }

  /** A writer turn has begun, and with it all that others have committed has been read. */
  turnBegun(news) {
    this.#noticed(news);
  }

  /** The turn's changes have been committed. */
  committed(changes, hasCleared) {
    if (hasCleared) this.#cache.clear();
    if (this.#cache.isEmpty) return;
    for (const { key } of changes) this.#cache.delete(key);
  }

  /** The turn has ended, and has set the counter, if it had to. */
  turnEnded(counted) {
    // As `getCounter` has it.
    if (typeof counted === 'number') this.#seen = counted | 0;
  }

  get #isFresh() {
    return this.#hasLooked && this.#seen !== undefined && this.#getCounter() === this.#seen;
  }

  #look() {
    // Before the look: what is counted meanwhile calls for another.
    const seen = this.#getCounter();
    this.#noticed(this.#native._look());
    this.#seen = seen;
    if (this.#hasLooked) return;
    this.#hasLooked = true;
    timers.setImmediate(() => (this.#hasLooked = false));
  }

  #noticed(news) {
    if (news !== this.#news) this.#cache.clear();
    this.#news = news;
  }
}

module.exports = { Reads };
