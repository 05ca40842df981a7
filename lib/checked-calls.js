'use strict';

// Makes the calls that need locks: checks the arguments of a method, and makes its call. An awaited
// method and its blocking twin get their calls here, so that both take the same arguments. Throws
// for a wrong argument, and knows nothing of the engine that runs the call.
//
// Keys in arguments lack the prefix of the part that they belong to; the keys of a call have it.

const {
  checkCallOptions,
  checkEntries,
  checkFunction,
  checkKey,
  checkKeys,
} = require('./arguments');
const { checkCleared, checkRemoved } = require('./choices');
const { KeysCall } = require('./calls/keys-call');
const { Operations } = require('./calls/operations');
const { PrefixCall } = require('./calls/prefix-call');

class CheckedCalls {
  /** The prefix of all keys: '' for a whole store. */
  prefix;
  #codec;
  #ttl;
  #expiryOf;
  #operations;
  #timeout;
  /**
   * The terms of a call without a callback, of one that only has a function for its ttl, and of one
   * with a callback and no options.
   */
  #plainTerms;
  #ruleTerms;
  #callbackTerms;

  /**
   * @param {import('./codec').Codec} codec
   * @param {number | boolean | Date | null} ttl the expiry of new items
   * @param {number} timeout the time limit of calls without one, in milliseconds
   * @param {Function} [expiryOf] the engine's way to compute an expiry: see `Operations`
   * @param {string} [prefix]
   */
  constructor(codec, ttl, timeout, expiryOf, prefix = '') {
    this.prefix = prefix;
    this.#codec = codec;
    this.#ttl = ttl;
    this.#expiryOf = expiryOf;
    this.#operations = new Operations(codec, ttl, expiryOf, prefix);
    this.#timeout = timeout;
    this.#plainTerms = { timeout };
    this.#ruleTerms = { hasFunctions: true, timeout };
    this.#callbackTerms = { hasCallback: true, timeout };
  }

  /** Makes such calls for the keys with another prefix. */
  within(prefix) {
    return new CheckedCalls(this.#codec, this.#ttl, this.#timeout, this.#expiryOf, prefix);
  }

  /** Makes the change of a set, which many sets can share a call for. */
  change(key, value, options) {
    const ttl = options === undefined ? undefined : checkCallOptions(options, ['ttl']).ttl;
    return this.#operations.set(checkKey(key, this.prefix), value, ttl);
  }

  set(key, value, options) {
    const change = this.change(key, value, options);
    return new KeysCall([change.key], (turn) => turn.change(change), this.#plainTerms);
  }

  update(key, value, options) {
    const { ttl } = checkCallOptions(options, ['ttl']);
    const name = checkKey(key, this.prefix);
    return new KeysCall([name], this.#operations.update(name, value, ttl), this.#termsOfTtl(ttl));
  }

  edit(key, edit, options) {
    // Without options a call of a function less, for each of many edits at once.
    const terms =
      options === undefined
        ? this.#callbackTerms
        : this.#termsOf(options, ['ttl', 'timeout', 'signal']);
    const name = checkKey(key, this.prefix);
    checkFunction(edit, 'edit');
    return this.#operations.edit(name, edit, options?.ttl, terms);
  }

  editAll(keys, edit, options) {
    const terms = this.#termsOf(options, ['ttl', 'timeout', 'signal']);
    const names = checkKeys(keys);
    checkFunction(edit, 'edit');
    const run = this.#operations.editAll(names, edit, options?.ttl);
    return new KeysCall(this.#fullKeys(names), run, terms);
  }

  view(key, view, options) {
    const terms = this.#termsOf(options, ['timeout', 'signal']);
    const name = checkKey(key, this.prefix);
    checkFunction(view, 'view');
    const run = this.#operations.view(name, view);
    return new KeysCall([name], run, { ...terms, shared: true });
  }

  remove(key) {
    const name = checkKey(key, this.prefix);
    return new KeysCall([name], (turn) => turn.remove(name), this.#plainTerms);
  }

  removeAll(given) {
    const { keys, prefix } = checkRemoved(given);
    if (keys === undefined) return new PrefixCall(this.prefix + prefix, this.#plainTerms);
    const names = this.#fullKeys(keys);
    return new KeysCall(names, (turn) => turn.removeAll(names), this.#plainTerms);
  }

  clear(options) {
    const prefix = this.prefix + checkCleared(options);
    if (prefix !== '') return new PrefixCall(prefix, this.#plainTerms);
    return new KeysCall(null, (turn) => turn.clear(), this.#plainTerms);
  }

  /** Makes the call that stores several items. There may be none. */
  setAll(entries, options) {
    const { ttl } = checkCallOptions(options, ['ttl']);
    const changes = this.#operations.setAll(checkEntries(entries, this.prefix), ttl);
    const run = (turn) => {
      for (const change of changes) turn.change(change);
    };
    const keys = changes.map(({ key }) => key);
    return new KeysCall(keys, run, this.#plainTerms);
  }

  /** Checks the arguments of a getOrSet; returns its key. An item that is there needs no call. */
  checkGetOrSet(key, make, options) {
    checkFunction(make, 'make');
    if (options !== undefined) {
      const { ttl } = checkCallOptions(options, ['ttl', 'timeout', 'signal']);
      if (ttl !== undefined) this.#operations.checkTtl(ttl);
    }
    return checkKey(key, this.prefix);
  }

  /** Makes the call that gives an item's value, or makes the item if there is none. */
  getOrSet(name, make, options) {
    const terms = this.#termsOf(options, ['ttl', 'timeout', 'signal']);
    return new KeysCall([name], this.#operations.getOrSet(name, make, options?.ttl), terms);
  }

  touch(key, ttl) {
    const name = checkKey(key, this.prefix);
    return new KeysCall([name], this.#operations.touch(name, ttl), this.#termsOfTtl(ttl));
  }

  /** Picks the terms of a call whose only function of the user's may be its ttl. */
  #termsOfTtl(ttl) {
    return typeof ttl === 'function' ? this.#ruleTerms : this.#plainTerms;
  }

  #fullKeys(names) {
    return this.prefix === '' ? names : names.map((name) => this.prefix + name);
  }

  /** Makes the terms of a call with a callback. */
  #termsOf(options, names) {
    if (options === undefined) return this.#callbackTerms;
    const { timeout = this.#timeout, signal } = checkCallOptions(options, names);
    return { hasCallback: true, timeout, signal };
  }
}

module.exports = { CheckedCalls };
