'use strict';

// Listings: the items of one moment, in the order of their keys. Between parts an awaited listing
// yields to the event loop; a blocking one takes all at once.

const { endsInHalfPair } = require('../half-pair');
const { UNSORTED } = require('./lifecycle');
const { TimeSlice } = require('../time-slice');
const { Walk } = require('./walk');

/**
 * The time for which parts may follow on each other before the event loop gets its turn, in
 * milliseconds.
 */
const BUDGET = 3;
/** The time slice of a blocking listing. */
const ENDLESS = { isOver: false };

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
    const walk = await this.#begin(choice, () => this.#walk(kind, choice));
    const all = [];
    const slice = new TimeSlice(BUDGET);
    while (await this.#goOn(() => walk.take(slice, all))) await slice.pause();
    return all;
  }

  /** Does what `list` does on the calling thread. */
  listNow(kind, choice) {
    const walk = this.#reads.runNow(() => this.#walk(kind, choice));
    const all = [];
    this.#lifecycle.useNow(() => walk.take(ENDLESS, all));
    return all;
  }

  /** Lists the items of a choice part by part: those of the moment at which the first is asked for. */
  async *parts(kind, choice) {
    const walk = await this.#begin(choice, () => this.#walk(kind, choice));
    const slice = new TimeSlice(BUDGET);
    try {
      for (;;) {
        if (slice.isOver) await slice.pause();
        const part = await this.#goOn(() => walk.next());
        if (part === null) return;
        if (part.length > 0) yield part;
      }
    } finally {
      walk.end();
    }
  }

  /** Counts the items of a choice. */
  async count(choice = {}) {
    if (testsKeys(choice)) return (await this.list('keys', choice)).length;
    if (isOfAll(choice)) {
      const count = await this.#reads.run(() => this.#countAtOnce());
      if (count !== null) return count;
    }
    const listing = await this.#begin(choice, () => listingOf(this.#native, choice, Date.now()));
    let total = 0;
    for await (const count of this.#counts(listing)) total += count;
    return total;
  }

  /** Does what `count` does on the calling thread. */
  countNow(choice = {}) {
    if (testsKeys(choice)) return this.listNow('keys', choice).length;
    if (isOfAll(choice)) {
      const count = this.#reads.runNow(() => this.#countAtOnce());
      if (count !== null) return count;
    }
    const listing = this.#reads.runNow(() => listingOf(this.#native, choice, Date.now()));
    const countOn = () => listing.countOn();
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
    for await (const count of this.#counts(listing)) expired += count;
    return { expired, seen };
  }

  /** Resolves with true if there is an expired item that is still kept. */
  async anyExpired() {
    const listing = await this.#reads.run(() => this.#native.listExpired(Date.now()));
    for await (const count of this.#counts(listing)) if (count > 0) return true;
    return false;
  }

  async *#counts(listing) {
    const slice = new TimeSlice(BUDGET);
    try {
      for (let count; (count = await this.#goOn(() => listing.countOn())) !== null;) {
        yield count;
        if (slice.isOver) await slice.pause();
      }
    } finally {
      listing.end();
    }
  }

  /** Begins a listing. Items of given keys need no order. */
  #begin(choice, make) {
    if (choice?.keys !== undefined) return this.#reads.run(make);
    return runOrdered(this.#reads, this.#native, make);
  }

  #walk(kind, choice) {
    return walkOf(this.#native, kind, choice, Date.now());
  }

  /** Goes on with a listing, also while the store is being closed. */
  #goOn(use) {
    return this.#lifecycle.readOn(use);
  }
}

/**
 * Runs a read that begins a listing once the keys are sorted: a thread may still sort those of a
 * large store that was just opened.
 */
function runOrdered(reads, native, read) {
  return reads.run(() => {
    if (!native.isOrdered()) throw UNSORTED;
    return read();
  });
}

/**
 * Lists the keys of a choice, as of the last look or turn, on the calling thread.
 *
 * @param {number} now in milliseconds since 1970
 */
function keysNow(native, choice, now) {
  const keys = [];
  walkOf(native, 'keys', choice, now).take(ENDLESS, keys);
  return keys;
}

/** Begins a walk through the items of a choice, as of the last look or turn. */
function walkOf(native, kind, choice = {}, now) {
  const { keys } = choice;
  if (keys !== undefined) return Walk.ofChosen(native.listKeys(now, keys.map(textOf)), kind);
  if (cutsPair(choice)) return walkOf(native, kind, withoutHalfPair(choice), now);
  // A test of the keys comes before the limit.
  const listed = choice.matches === undefined ? choice : { ...choice, limit: undefined };
  return new Walk(listingOf(native, listed, now), kind, choice);
}

/** Makes a native listing. */
function listingOf(native, { prefix, from, to, limit, reverse = false }, now) {
  return native.listItems(now, textOf(prefix), textOf(from), textOf(to), reverse, limit);
}

function textOf(bound) {
  return bound === undefined ? undefined : JSON.stringify(bound);
}

/** Returns true if the keys of a choice must be tested one by one. */
function testsKeys(choice) {
  return choice.matches !== undefined || cutsPair(choice);
}

/** Returns true if the prefix of a choice ends in half a surrogate pair. */
function cutsPair({ prefix = '' }) {
  return endsInHalfPair(prefix);
}

function isOfAll({ prefix = '', from = '', to, limit }) {
  return prefix === '' && from === '' && to === undefined && limit === undefined;
}

/** Makes the same choice with a test of the keys. */
function withoutHalfPair({ prefix, matches, ...choice }) {
  const begins = (key) => key.startsWith(prefix);
  const both = matches === undefined ? begins : (key) => begins(key) && matches(key);
  return { ...choice, prefix: prefix.slice(0, -1), matches: both };
}

module.exports = { Listings, keysNow, runOrdered, walkOf };
