'use strict';

// Listings: the items of one moment. They are taken from the native side part by part, and the event loop gets its turn in between.

const { parseKeys, parseList, parseTuples } = require('./joined-texts');
const { TimeSlice } = require('../time-slice');

/** The size of a part, in bytes: a part that fits into the processor's caches is parsed faster. */
const PART = 2 ** 16;
/** The time for which parts may follow on each other before the event loop gets its turn, in milliseconds. */
const BUDGET = 3;

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

  /** Lists all of a kind, or those whose keys begin with a prefix, or those whose keys a function picks. */
  list(kind, { prefix = '', matches } = {}) {
    if (!isCutPair(prefix)) {
      return matches === undefined
        ? this.#all(kind, prefix)
        : this.#matching(kind, prefix, matches);
    }
    const begins = (key) => key.startsWith(prefix);
    const both = matches === undefined ? begins : (key) => begins(key) && matches(key);
    return this.#matching(kind, prefix.slice(0, -1), both);
  }

  async #all(kind, prefix) {
    const listing = await this.#begin(prefix);
    const all = [];
    const slice = new TimeSlice(BUDGET);
    while (await this.#goOn(() => takeOver(listing, kind, slice, all))) await slice.pause();
    return all;
  }

  /** Lists those whose keys a function picks. Of the other items only the keys are read. */
  async #matching(kind, prefix, matches) {
    const listing = await this.#begin(prefix);
    const all = [];
    const slice = new TimeSlice(BUDGET);
    const takeOn = () => takeMatching(listing, kind, matches, slice, all);
    while (await this.#goOn(takeOn)) await slice.pause();
    return all;
  }

  /** Counts the items whose keys begin with a prefix. */
  async count({ prefix = '' } = {}) {
    if (isCutPair(prefix)) return (await this.list('keys', { prefix })).length;
    if (prefix === '') {
      const count = await this.#reads.run(() => this.#native.countItems(Date.now()));
      if (count !== null) return count;
    }
    const listing = await this.#begin(prefix);
    const countOn = prefix === '' ? () => listing.countOn() : () => countKeys(listing);
    let total = 0;
    for await (const count of this.#counts(countOn)) total += count;
    return total;
  }

  /**
   * Counts the expired items that are still kept, some thousand at a time. Resolves with their number, and with the result of `look`,
   * which is called at the moment of the listing.
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

  /** Tells whether there is an expired item that is still kept. */
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

  /** Lists all of a kind part by part: the items of the moment at which the first part is asked for. */
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

  /** Begins a native listing, of the items as they are now. */
  #begin(prefix) {
    const beginning = JSON.stringify(prefix).slice(0, -1);
    return this.#reads.run(() => this.#native.listItems(Date.now(), beginning));
  }

  /** Goes on with a listing, also while the store is being closed. */
  #goOn(use) {
    return this.#lifecycle.readOn(use);
  }
}

/** True if a prefix ends in half a surrogate pair. JSON escapes the half and not the pair: so its text begins neither. */
function isCutPair(prefix) {
  return /[\ud800-\udbff]$/.test(prefix);
}

/** Counts the next keys; `null` when there are no more. */
function countKeys(listing) {
  return listing.next('keys', PART) === null ? null : listing.count;
}

/** Takes parts until the slice is over. Returns true if there may be more. */
function takeOver(listing, kind, slice, all) {
  do {
    const texts = listing.next(kind, PART);
    if (texts === null) return false;
    if (listing.count > 0) all.push(...PARSERS[kind](texts, listing.count));
  } while (!slice.isOver);
  return true;
}

/** Takes, until the slice is over, items whose keys a function picks. Returns true if there may be more. */
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

module.exports = { Listings };
