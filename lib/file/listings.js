'use strict';

// Listings: snapshots of many items, taken over from the native side part by part, so that the event loop has its turn in between.

const { parseKeys, parseList, parseTuples } = require('../codec');
const { TimeSlice } = require('../time-slice');

/** How many bytes are taken over at once: what fits into the processor's caches is done sooner. */
const PART = 2 ** 16;
/** How long parts may follow on each other, in milliseconds, before the event loop gets its turn. */
const BUDGET = 3;

/** What a listing can be of: what the native side calls that, and what makes values of its texts. */
const KEYS = { part: 'keys', parse: parseKeys };
const VALUES = { part: 'values', parse: parseList };
const ENTRIES = { part: 'entries', parse: tuples(2) };
/** Entries with their expiry, of all items alone. */
const ITEMS = { part: 'items', parse: tuples(3) };

function tuples(length) {
  return (texts, count) => parseTuples(texts, count, length);
}

class Listings {
  #native;
  #begin;
  #goOn;

  /**
   * @param {(use: () => unknown) => Promise<unknown>} begin runs the read that begins a listing
   * @param {(use: () => unknown) => Promise<unknown>} goOn runs those that follow, also when the store is being closed
   */
  constructor(native, begin, goOn) {
    this.#native = native;
    this.#begin = begin;
    this.#goOn = goOn;
  }

  /** All of a kind whose keys begin with a prefix. */
  async all(kind, prefix) {
    if (isCutPair(prefix)) {
      return this.matching(kind, prefix.slice(0, -1), (key) => key.startsWith(prefix));
    }
    const listing = await this.#list(prefix);
    const all = [];
    const slice = new TimeSlice(BUDGET);
    while (await this.#goOn(() => takeOver(listing, kind, slice, all))) await slice.pause();
    return all;
  }

  /** Those of a kind whose keys a function picks. Of the others no more is read than their keys. */
  async matching(kind, prefix, matches) {
    const listing = await this.#list(prefix);
    const all = [];
    const slice = new TimeSlice(BUDGET);
    const takeOn = () => takeMatching(listing, kind, matches, slice, all);
    while (await this.#goOn(takeOn)) await slice.pause();
    return all;
  }

  /** How many items there are whose keys begin with a prefix. */
  async count(prefix) {
    if (isCutPair(prefix)) return (await this.all(KEYS, prefix)).length;
    if (prefix === '') {
      const count = await this.#begin(() => this.#native._countItems(Date.now()));
      if (count !== null) return count;
    }
    const listing = await this.#list(prefix);
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
    const { listing, seen } = await this.#begin(() => ({
      listing: this.#native._listExpired(Date.now()),
      seen: look(),
    }));
    let expired = 0;
    for await (const count of this.#counts(() => listing.countOn())) expired += count;
    return { expired, seen };
  }

  /** Whether any item has expired that is still kept. */
  async anyExpired() {
    const listing = await this.#begin(() => this.#native._listExpired(Date.now()));
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

  /** The same part by part: one snapshot, taken when the first part is asked for. */
  async *parts({ part, parse }, prefix) {
    for await (const { texts, count } of this.#texts(part, prefix)) yield parse(texts, count);
  }

  /** The items' lines as they stand in the file, part by part, joined by line feeds. */
  async *lines(prefix) {
    for await (const { texts } of this.#texts('lines', prefix)) yield texts;
  }

  /**
   * One snapshot, as `[key, value, expires]`, which may be `null`; the values as `JSON.parse` has made them.
   *
   * @param {(key: string) => boolean} [matches] picks some by their keys
   */
  items(matches) {
    return matches === undefined ? this.all(ITEMS, '') : this.matching(ITEMS, '', matches);
  }

  /** The texts of such parts, and how many items each is of. */
  async *#texts(part, prefix) {
    const listing = await this.#list(prefix);
    const slice = new TimeSlice(BUDGET);
    for (;;) {
      if (slice.isOver) await slice.pause();
      const texts = await this.#goOn(() => listing.next(part, PART));
      if (texts === null) return;
      if (listing.count > 0) yield { texts, count: listing.count };
    }
  }

  /** The native listing of one snapshot. */
  #list(prefix) {
    const beginning = JSON.stringify(prefix).slice(0, -1);
    return this.#begin(() => this.#native._listItems(Date.now(), beginning));
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
function takeOver(listing, { part, parse }, slice, all) {
  do {
    const texts = listing.next(part, PART);
    if (texts === null) return false;
    if (listing.count > 0) all.push(...parse(texts, listing.count));
  } while (!slice.isOver);
  return true;
}

/** The same of items whose keys a function picks. */
function takeMatching(listing, { part, parse }, matches, slice, all) {
  do {
    const texts = listing.nextChosen(part, PART);
    if (texts !== null) {
      all.push(...parse(texts, listing.count));
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

module.exports = { ENTRIES, KEYS, Listings, VALUES };
