'use strict';

// A walk through the items of a native listing, part by part. It must not know when the event loop
// gets its turn.

const { parseKeys, parseList, parseTuples } = require('./joined-texts');

/** The size of a part, in bytes: a part that fits into the processor's caches is parsed faster. */
const PART = 2 ** 16;

const NOTHING = () => false;

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

class Walk {
  #listing;
  #kind;
  /** The test of the keys; `undefined` if all items of the listing are wanted. */
  #matches;
  /** The number of items that may still be chosen by the test. */
  #left;

  /** @param {import('../engine').Choice} choice of which the native listing knows all but `matches` */
  constructor(listing, kind, { matches, limit = Infinity }) {
    this.#listing = listing;
    this.#kind = kind;
    this.#matches = matches;
    this.#left = limit;
  }

  /** Makes a walk through the items that are chosen already. */
  static ofChosen(listing, kind) {
    return new Walk(listing, kind, { matches: NOTHING, limit: 0 });
  }

  /**
   * Takes the next part: an array, or a text of lines. Some parts are empty. `null` after the last.
   *
   * @returns {unknown[] | string | null}
   */
  next() {
    if (this.#matches === undefined) return this.#parsed(this.#listing.next(this.#kind, PART));
    const chosen = this.#listing.nextChosen(this.#kind, PART);
    if (chosen !== null) return this.#parsed(chosen);
    return this.#choose() ? [] : null;
  }

  /** Ends the walk, and closes the files that only its listing has open. */
  end() {
    this.#listing.end();
  }

  /** Takes parts until a time slice is over. Returns true if there may be more. */
  take(slice, all) {
    do {
      const part = this.next();
      if (part === null) return false;
      all.push(...part);
    } while (!slice.isOver);
    return true;
  }

  /** Tests the next keys: of items that do not match only the keys are taken. */
  #choose() {
    if (this.#left === 0) {
      this.end();
      return false;
    }
    const texts = this.#listing.next('keys', PART);
    if (texts === null) return false;
    const places = [];
    for (const [at, key] of parseKeys(texts, this.#listing.count).entries()) {
      if (!this.#matches(key)) continue;
      places.push(at);
      if (--this.#left === 0) break;
    }
    if (places.length > 0) this.#listing.choose(places);
    return true;
  }

  #parsed(texts) {
    if (texts === null) return null;
    const { count } = this.#listing;
    return count === 0 ? [] : PARSERS[this.#kind](texts, count);
  }
}

module.exports = { Walk };
