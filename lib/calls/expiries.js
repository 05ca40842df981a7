'use strict';

// The expiry of the items that calls store, in milliseconds since 1970; `undefined` for never. Knows
// nothing of turns.
//
// A `ttl` may be a function of the new value and of the item before: a rule. It is called under the
// lock of the item, by calls that know the item.

const { isDate, isPromise } = require('node:util/types');
const { expiryOf } = require('../arguments');
const { misuse } = require('../errors');

const NOTHING = () => {};

/**
 * The expiry that a call was given: `expires`, a `span` that begins when the item is made, or a `rule`
 * that computes it in the turn.
 *
 * @typedef {object} Given
 * @property {number} [expires]
 * @property {number | true} [span]
 * @property {(value: unknown, before: unknown, key: string) => unknown} [rule]
 */

class Expiries {
  #default;
  #expiryOf;

  /**
   * @param {number | boolean | Date | null} [defaultTtl]
   * @param {typeof expiryOf} [compute] computes the expiry of a ttl
   */
  constructor(defaultTtl, compute = expiryOf) {
    this.#default = defaultTtl;
    this.#expiryOf = compute;
  }

  /**
   * Computes the expiry of an item that replaces whatever is there. `turn` is missing outside a turn.
   */
  ofSet(ttl, turn) {
    if (ttl === undefined && this.#default === null) return undefined;
    return this.#expiryOf(ttl, this.#default, timeOf(turn));
  }

  /**
   * Computes the expiry that a call was given; `undefined` for none, since an edit keeps the item's
   * expiry then.
   *
   * @returns {Given | undefined}
   */
  given(ttl) {
    if (ttl === undefined) return undefined;
    if (typeof ttl === 'function') return { rule: ttl };
    return { expires: this.#expiryOf(ttl, null, Date.now()) };
  }

  /**
   * Computes the expiry that a getOrSet was given. A span begins when the item has been made:
   * otherwise an item that takes longer to make would expire before it is stored, and each call that
   * waits for it would make it again.
   *
   * @returns {Given | undefined}
   */
  ofMade(ttl) {
    const given = this.given(ttl);
    const isSpan = typeof ttl === 'number' || ttl === true;
    return isSpan && given.expires !== undefined ? { span: ttl } : given;
  }

  /**
   * Computes the expiry that a touch was given.
   *
   * @returns {Given}
   */
  ofTouch(ttl) {
    if (ttl !== undefined) return this.given(ttl);
    if (this.#default !== null) return this.given(this.#default);
    const message =
      'The "ttl" argument is missing. Give the new expiry, null for never, or the constructor a "ttl" to renew by';
    throw misuse(TypeError, 'INVALID_TTL', message);
  }

  /** Gives the expiry of an item without a rule: the one given, the item's own, or the default. */
  plain(item, given, turn) {
    if (given?.span !== undefined) return this.#expiryOf(given.span, null, timeOf(turn));
    if (given !== undefined) return given.expires;
    return item === undefined ? this.ofSet(undefined, turn) : item.expires;
  }

  /**
   * Computes an expiry by a rule.
   *
   * @param {{ expires?: number } | undefined} item the item before
   * @param {Required<Given>['rule']} rule
   * @param {unknown} value the new value: the rule may change it
   * @param {{ value: unknown, expires: Date | null } | undefined} before the item before, as the
   *   rule gets it
   * @param {string} key the key as the caller knows it
   * @param {{ now: number } | undefined} turn missing outside a turn
   */
  byRule(item, rule, value, before, key, turn) {
    const ttl = rule(value, before, key);
    if (ttl === undefined) return this.plain(item, undefined, turn);
    if (typeof ttl?.then === 'function') throw promiseError(ttl);
    // The item's own expiry may have passed since its lock was taken.
    if (isDate(ttl) && item !== undefined && Number(ttl) === item.expires) return item.expires;
    return this.#expiryOf(ttl, null, timeOf(turn));
  }
}

/** Gives the present time; in a turn the one time of all its calls, so that they see the same items. */
function timeOf(turn) {
  return turn === undefined ? Date.now() : turn.now;
}

function promiseError(ttl) {
  // Nobody else handles it.
  if (isPromise(ttl)) ttl.catch(NOTHING);
  const message =
    'The function given as "ttl" must not return a promise. Nothing was stored. Await in the callback of the call instead';
  return misuse(TypeError, 'INVALID_TTL', message);
}

module.exports = { Expiries };
