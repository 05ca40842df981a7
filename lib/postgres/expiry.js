'use strict';

// The expiry of the items that calls store, for a clock that is the server's. A moment that the user
// names is a number, as in every engine. A span becomes a moment only when the server stores the
// item: the client's clock may be wrong, and a call may wait before it is sent.

const { isDate } = require('node:util/types');
const { expiryOf: momentOf } = require('../arguments');
const timers = require('../timers');

/** A span that has begun. As a number it is the moment at which it ends by the clock of its making. */
class Span {
  #moment;
  #end;

  /**
   * @param {number} length in milliseconds
   * @param {number} moment its end, in milliseconds since 1970
   */
  constructor(length, moment) {
    this.#moment = moment;
    this.#end = timers.now() + length;
  }

  /** The milliseconds that are left of it, by a clock that nobody sets. */
  get left() {
    return this.#end - timers.now();
  }

  valueOf() {
    return this.#moment;
  }
}

/**
 * Computes when an item expires: a number for a Date, a `Span` for a number of milliseconds,
 * `undefined` for never. Parameters and errors are those of `expiryOf` in `lib/arguments.js`.
 */
function expiryOf(ttl, byDefault, now) {
  const moment = momentOf(ttl, byDefault, now);
  const given = ttl === undefined ? byDefault : ttl;
  return moment === undefined || isDate(given) ? moment : new Span(moment - now, moment);
}

module.exports = { Span, expiryOf };
