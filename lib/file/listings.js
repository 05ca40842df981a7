'use strict';

// Listings: the items of one moment. They are taken from the native side part by part. Between
// parts an awaited listing yields to the event loop; a blocking one takes all at once.

const { parseKeys, parseList, parseTuples } = require('./joined-texts');
const { TimeSlice } = require('../time-slice');

/** The size of a part, in bytes: a part that fits into the processor's caches is parsed faster. */
const PART = 2 ** 16;
/**
 * The time for which parts may follow on each other before the event loop gets its turn, in
 * milliseconds.
 */
const BUDGET = 3;
/** The time slice of a blocking listing. */
const ENDLESS = { isOver: false };

/** The functions that make values of the texts of each kind. */
const PARSERS = {
  keys: parseKeys,
  values: parseList,
  entries: tuples(2),
  items: tuples(3),
  // Texts stay as they are.
  lines: (texts) => texts,
};

function tuples(length) {
  return (texts, count) => parseTuples(texts, count, length);
}

class Listings {
  #native;
  #lifecycle;
  #reads;

  /**
   * @param {import('./lifecycle').Lifecycle} lifecycle runs the reads that go on with a listing
   * @param {import('./reads').Reads} reads runs the read that begins one
   */
  constructor(native, lifecycle, reads) {
    this.#native = native;
    this.#lifecycle = lifecycle;
    this.#reads = reads;
  }

  /** Lists the items of a choice. */
  async list(kind, choice) {
    const { prefix, take } = taking(kind, choice);
    const listing = await this.#begin(prefix);
    const all = [];
    const slice = new TimeSlice(BUDGET);
    while (await this.#goOn(() => take(listing, slice, all))) await slice.pause();
    return all;
  }

  /** Does what `list` does on the calling thread. */
  listNow(kind, choice) {
    const { prefix, take } = taking(kind, choice);
    const listing = this.#reads.runNow(() => this.#listing(prefix));
    const all = [];
    this.#lifecycle.useNow(() => take(listing, ENDLESS, all));
    return all;
  }

  /** Counts the items whose keys begin with a prefix. */
  async count({ prefix = '' } = {}) {
    if (isCutPair(prefix)) return (await this.list('keys', { prefix })).length;
    if (prefix === '') {
      const count = await this.#reads.run(() => this.#countAtOnce());
      if (count !== null) return count;
    }
    const listing = await this.#begin(prefix);
    let total = 0;
    for await (const count of this.#counts(counting(listing, prefix))) total += count;
    return total;
  }

  /** Does what `count` does on the calling thread. */
  countNow({ prefix = '' } = {}) {
    if (isCutPair(prefix)) return this.listNow('keys', { prefix }).length;
    if (prefix === '') {
      const count = this.#reads.runNow(() => this.#countAtOnce());
      if (count !== null) return count;
    }
    const listing = this.#reads.runNow(() => this.#listing(prefix));
    const countOn = counting(listing, prefix);
    let total = 0;
    for (let count; (count = this.#lifecycle.useNow(countOn)) !== null;) total += count;
    return total;
  }

  /** Counts all items; `null` if that takes long. */
  #countAtOnce() {
    return this.#native.countItems(Date.now());
  }

  /**
   * Counts the expired items that are still kept, some thousand at a time. Resolves with their
   * number, and with the result of `look`, which is called at the moment of the listing.
   */
  async countExpired(look) {
    const { listing, seen } = await this.#reads.run(() => ({
      listing: this.#native.listExpired(Date.now()),
      seen: look(),
    }));
    let expired = 0;
    for await (const count of this.#counts(() => listing.countOn())) expired += count;
    return { expired, seen };
  }

  /** Resolves with true if there is an expired item that is still kept. */
  async anyExpired() {
    const listing = await this.#reads.run(() => this.#native.listExpired(Date.now()));
    for await (const count of this.#counts(() => listing.countOn())) if (count > 0) return true;
    return false;
  }

  async *#counts(countOn) {
    const slice = new TimeSlice(BUDGET);
    for (let count; (count = await this.#goOn(countOn)) !== null;) {
      yield count;
      if (slice.isOver) await slice.pause();
    }
  }

  /**
   * Lists all of a kind part by part: the items of the moment at which the first part is asked for.
   */
  async *parts(kind, { prefix = '' } = {}) {
    const listing = await this.#begin(prefix);
    const slice = new TimeSlice(BUDGET);
    for (;;) {
      if (slice.isOver) await slice.pause();
      const texts = await this.#goOn(() => listing.next(kind, PART));
      if (texts === null) return;
      if (listing.count > 0) yield PARSERS[kind](texts, listing.count);
    }
  }

  /** Begins a listing of the items as they are now. */
  #begin(prefix) {
    return this.#reads.run(() => this.#listing(prefix));
  }

  /** Makes a native listing of the items as of the last look. */
  #listing(prefix) {
    return this.#native.listItems(Date.now(), JSON.stringify(prefix).slice(0, -1));
  }

  /** Goes on with a listing, also while the store is being closed. */
  #goOn(use) {
    return this.#lifecycle.readOn(use);
  }
}

/**
 * Lists the keys that begin with a prefix, as of the last look or turn, on the calling thread.
 *
 * @param {number} now in milliseconds since 1970
 */
function keysNow(native, prefix, now) {
  const isCut = isCutPair(prefix);
  const listed = isCut ? prefix.slice(0, -1) : prefix;
  const listing = native.listItems(now, JSON.stringify(listed).slice(0, -1));
  const keys = [];
  takeAll(listing, 'keys', ENDLESS, keys);
  return isCut ? keys.filter((key) => key.startsWith(prefix)) : keys;
}

/**
 * Decides how a choice of items is taken: the `prefix` of the native listing, and the function that
 * takes them from it until a time slice is over.
 *
 * @returns {{ prefix: string, take: (listing: object, slice: { isOver: boolean }, all: unknown[]) => boolean }}
 */
function taking(kind, { prefix = '', matches } = {}) {
  if (!isCutPair(prefix)) {
    const take =
      matches === undefined
        ? (listing, slice, all) => takeAll(listing, kind, slice, all)
        : (listing, slice, all) => takeMatching(listing, kind, matches, slice, all);
    return { prefix, take };
  }
  const begins = (key) => key.startsWith(prefix);
  const both = matches === undefined ? begins : (key) => begins(key) && matches(key);
  return taking(kind, { prefix: prefix.slice(0, -1), matches: both });
}

/**
 * Returns true if a prefix ends in half a surrogate pair. JSON escapes the half and not the pair:
 * so its text begins neither.
 */
function isCutPair(prefix) {
  return /[\ud800-\udbff]$/.test(prefix);
}

/** Makes the function that counts the next items of a listing; `null` when there are no more. */
function counting(listing, prefix) {
  return prefix === '' ? () => listing.countOn() : () => countKeys(listing);
}

/** Counts the next keys; `null` when there are no more. */
function countKeys(listing) {
  return listing.next('keys', PART) === null ? null : listing.count;
}

/** Takes parts until the slice is over. Returns true if there may be more. */
function takeAll(listing, kind, slice, all) {
  do {
    const texts = listing.next(kind, PART);
    if (texts === null) return false;
    if (listing.count > 0) all.push(...PARSERS[kind](texts, listing.count));
  } while (!slice.isOver);
  return true;
}

/**
 * Takes, until the slice is over, items whose keys a function picks: of the other items only the
 * keys are read. Returns true if there may be more.
 */
function takeMatching(listing, kind, matches, slice, all) {
  do {
    const texts = listing.nextChosen(kind, PART);
    if (texts !== null) {
      all.push(...PARSERS[kind](texts, listing.count));
      continue;
    }
    const keys = listing.next('keys', PART);
    if (keys === null) return false;
    const places = [];
    parseKeys(keys, listing.count).forEach((key, at) => matches(key) && places.push(at));
    if (places.length > 0) listing.choose(places);
  } while (!slice.isOver);
  return true;
}

module.exports = { Listings, keysNow };
