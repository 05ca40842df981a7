'use strict';

// A store for express-rate-limit: an item for each client, whose value is its number of hits and whose
// expiry is the end of its window. Must not load express-rate-limit, nor know an engine.

const { checkOption } = require('../arguments');
const { Place } = require('./place');

class RateLimitStore {
  /** False: other instances and processes count the same clients. express-rate-limit reads this. */
  localKeys = false;
  /** The beginning of all keys. express-rate-limit compares it with those of its other stores. */
  prefix;
  #place;
  #items;
  /** The length of a window in milliseconds; that of express-rate-limit until `init` gives another. */
  #windowMs = 60_000;

  constructor(place, options = {}) {
    const { prefix = 'rl:', ...others } = options;
    checkOption(typeof prefix === 'string', 'prefix', 'a string', prefix);
    // Hits need not outlive a power cut. A store that is given has its own options.
    const opening = Place.isStore(place) ? others : { durability: 'os', ...others };
    this.prefix = prefix;
    this.#place = new Place(place, opening);
    this.#items = this.#place.items(prefix);
  }

  init({ windowMs }) {
    const isSpan = Number.isFinite(windowMs) && windowMs > 0;
    checkOption(isSpan, 'windowMs', 'a positive number of milliseconds', windowMs);
    this.#windowMs = windowMs;
  }

  async get(key) {
    const [totalHits, resetTime] = await Promise.all([
      this.#items.getItem(key),
      this.#items.getExpiry(key),
    ]);
    if (totalHits === undefined || resetTime === undefined) return undefined;
    return { totalHits, resetTime: resetTime ?? undefined };
  }

  /** Counts a hit. The first one of a client begins its window, which later ones do not move. */
  async increment(key) {
    let end;
    const count = (hits = 0, before = undefined) => {
      end = before?.expires;
      return hits + 1;
    };
    const ttl = (hits, before) => (before?.expires ? undefined : this.#windowMs);
    const totalHits = await this.#items.editItem(key, count, { ttl });
    // The clock of the engine decides when a window ends that begins here. It may have ended already.
    const resetTime = end ?? (await this.#items.getExpiry(key));
    return { totalHits, resetTime: resetTime ?? new Date(Date.now() + this.#windowMs) };
  }

  async decrement(key) {
    // The edit of a missing item may return nothing.
    await this.#items.editItem(key, (hits) => hits && Math.max(hits - 1, 0));
  }

  async resetKey(key) {
    await this.#items.removeItem(key);
  }

  /** Removes the hits of all clients in one commit. */
  async resetAll() {
    await this.#items.clear();
  }

  /** Closes the store, if it was opened here. */
  async shutdown() {
    await this.#place.close();
  }
}

module.exports = { RateLimitStore };
