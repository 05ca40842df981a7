'use strict';

// The public class: the calls on items (`lib/items.js`), and the life of the store that has them. It
// knows nothing of files or locks.
//
// As in `lib/items.js`, an instance has no members but those of `index.d.ts`, and no method calls
// another through `this`, except that `[Symbol.asyncDispose]` calls a subclass's `close`.

const { checkOptions } = require('./arguments');
const { REMOVE } = require('./calls/operations');
const { CheckedCalls } = require('./checked-calls');
const { Codec } = require('./codec');
const { PersistLockError } = require('./errors');
const { FileEngine } = require('./file/engine');
const { Items, attempt, blockingCallsOf } = require('./items');
const { checkCount } = require('./parameters');
const { Part } = require('./part');
const { checkFile } = require('./paths');

/**
 * Gives the engine of an instance: for modules of this package alone, where the public interface
 * does not suffice.
 * @type {(store: PersistLock) => import('./engine').Engine}
 */
let engineOf;

class PersistLock extends Items {
  static REMOVE = REMOVE;

  static {
    engineOf = (store) => store.#engine;
  }

  /** @type {import('./engine').Engine} */
  #engine;

  constructor(dir = process.cwd(), options = {}) {
    checkCount('constructor', arguments);
    const checked = checkOptions(dir, options);
    const { lockTimeout, stringify, parse, ttl } = checked;
    const codec = new Codec(stringify, parse);
    const engine = new FileEngine(checked, codec);
    super(engine, codec, new CheckedCalls(codec, ttl, lockTimeout));
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

module.exports = { PersistLock, PersistLockError, engineOf };
