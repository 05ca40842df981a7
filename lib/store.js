'use strict';

// The life of a store over any engine, and the calls on its items (`lib/items.js`): the base of the
// public classes, of `lib/persist-lock.js` over files and of `lib/postgres/persist-lock.js`. It must
// not know an engine, nor load anything that only one of them needs.
//
// As in `lib/items.js`, an instance has no members but those of the typings, and no method calls
// another through `this`, except that `[Symbol.asyncDispose]` calls a subclass's `close`.

const { attempt } = require('./attempt');
const { CheckedCalls } = require('./checked-calls');
const { Items } = require('./items');
const { checkCount } = require('./parameters');
const { Part } = require('./part');
const { checkFile } = require('./paths');
const { blockingCallsOf, checkSupport } = require('./support');

/**
 * Gives the engine of an instance: for modules of this package alone, where the public interface
 * does not suffice.
 * @type {(store: Store) => import('./engine').Engine}
 */
let engineOf;

class Store extends Items {
  static {
    engineOf = (store) => store.#engine;
  }

  /** @type {import('./engine').Engine} */
  #engine;

  /**
   * @param {import('./engine').Engine} engine
   * @param {import('./codec').Codec} codec
   * @param {object} options the checked ones of the class
   * @param {Function} [expiryOf] the engine's way to compute an expiry
   */
  constructor(engine, codec, { ttl, lockTimeout }, expiryOf) {
    super(engine, codec, new CheckedCalls(codec, ttl, lockTimeout, expiryOf));
    engine.instance = this;
    this.#engine = engine;
  }

  async init() {
    checkCount('init', arguments);
    await this.#engine.open();
    return this;
  }

  initSync() {
    checkCount('initSync', arguments);
    blockingCallsOf(this.#engine).open();
    return this;
  }

  sub(prefix) {
    checkCount('sub', arguments);
    return new Part(this, prefix);
  }

  removeExpiredItems() {
    return attempt('removeExpiredItems', arguments, () => this.#engine.removeExpired());
  }

  async compact() {
    checkCount('compact', arguments);
    checkSupport(this.#engine, 'compact');
    await this.#engine.compact();
  }

  async stats() {
    checkCount('stats', arguments);
    return this.#engine.stats();
  }

  async locks() {
    checkCount('locks', arguments);
    return this.#engine.locks();
  }

  async backup(file) {
    checkCount('backup', arguments);
    checkSupport(this.#engine, 'backup');
    await this.#engine.backup(checkFile(file));
  }

  close() {
    return attempt('close', arguments, () => this.#engine.close());
  }

  closeSync() {
    checkCount('closeSync', arguments);
    blockingCallsOf(this.#engine).close();
  }

  [Symbol.asyncDispose]() {
    return this.close();
  }
}

module.exports = { Store, engineOf };
