'use strict';

// The store of an adapter: one that it was given, or one that it opens and closes. Must not know any
// host program, nor an engine.

const { inspect } = require('node:util');
const { misuse } = require('../errors');

class Place {
  /** The store, or a part of one. @type {import('../items').Items} */
  store;
  #isOwn;

  /**
   * @param {object | string | URL | undefined} place a store over any engine, a part of one, or the
   *   folder of a store to open
   * @param {object} options those of the store to open; none for a store that is given
   */
  constructor(place, options) {
    this.#isOwn = !Place.isStore(place);
    this.store = this.#isOwn ? open(place, options) : checkGiven(place, options);
  }

  /** Recognizes a store by its calls: it may be of another copy of this package, or a part. */
  static isStore(place) {
    return typeof place?.editItem === 'function' && typeof place.sub === 'function';
  }

  /** Gives the items of an adapter: those whose keys begin with a prefix, or all. */
  items(prefix) {
    return prefix === '' ? this.store : this.store.sub(prefix);
  }

  /** Closes the store if the adapter has opened it: a store that it was given is its owner's. */
  async close() {
    if (this.#isOwn) await this.store.close();
  }
}

function open(dir, options) {
  if (options?.ttl !== undefined) {
    const message =
      'There is no option "ttl" of the store here: the program that uses it gives expiries';
    throw misuse(TypeError, 'INVALID_OPTION', message);
  }
  // Loaded here, since an adapter over PostgreSQL needs no addon.
  const { PersistLock } = require('../persist-lock');
  return new PersistLock(dir, options);
}

/** Refuses options for a store that has its own: they would be ignored. */
function checkGiven(store, options) {
  const [name] = Object.keys(options);
  if (name === undefined) return store;
  const message = `There is no option ${inspect(name)} here. Options of the store are given to its constructor`;
  throw misuse(TypeError, 'INVALID_OPTION', message);
}

module.exports = { Place };
