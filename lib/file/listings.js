'use strict';

// Listings: snapshots of many items, taken over from the native side part by part, so that the event loop has its turn in between.

const { parseKeys, parseList, parseTuples } = require('./joined-texts');
const { TimeSlice } = require('../time-slice');

/** How many bytes are taken over at once: what fits into the processor's caches is done sooner. */
const PART = 2 ** 16;
/** How long parts may follow on each other, in milliseconds, before the event loop gets its turn. */
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

  /** Lists those whose keys a function picks. Of the others no more is read than their keys. */
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
   * Counts the items that have expired and are still kept, some thousand at a time. Resolves with their number and with what `look`
   * returns, which is called at the moment as of which they are counted.
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

  /** Whether any item has expired that is still kept. */
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

/** Half of a surrogate pair is written as an escape in JSON, the pair as itself: no text begins both. */
function isCutPair(prefix) {
  return /[\ud800-\udbff]$/.test(prefix);
}

/** Counts the next keys; `null` when there are no more. */
function countKeys(listing) {
  return listing.next('keys', PART) === null ? null : listing.count;
}

/** Takes over parts until the slice is over; tells whether there may be more. */
function takeOver(listing, kind, slice, all) {
  do {
    const texts = listing.next(kind, PART);
    if (texts === null) return false;
    if (listing.count > 0) all.push(...PARSERS[kind](texts, listing.count));
  } while (!slice.isOver);
  return true;
}

/** The same of items whose keys a function picks. */
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
