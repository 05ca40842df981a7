'use strict';

// The items of a LocalStorage: finds the store they are in, and makes of each what node-persist calls a datum, `{ key, value, ttl }`.

const { KeysCall } = require('../calls/call');
const { SetItem } = require('../calls/changes');
const { Operations } = require('../calls/operations');
const { PersistLockError } = require('../errors');
const { parseJSON } = require('../codec');
const { engineOf } = require('../store');
const timers = require('../timers');
const { DatumCodec } = require('./datum-codec');
const { sharedStore } = require('./stores');
const { takeOver } = require('./takeover');
const { expiryOfTtl } = require('./ttl');

class Items {
  #options;
  #makeDirectory;
  /** The open folder, and the promise of its store. */
  #opened;

  /**
   * @param {() => object} options gives the present options
   * @param {(dir: string) => Promise<unknown>} makeDirectory
   */
  constructor(options, makeDirectory) {
    this.#options = options;
    this.#makeDirectory = makeDirectory;
  }

  get codec() {
    return new DatumCodec(this.#options());
  }

  /** The operations of calls, with the present options. */
  get operations() {
    return new Operations(this.codec, this.#options().ttl, expiryOfTtl);
  }

  /** Opens the store of the folder that the options name. */
  open() {
    const options = this.#options();
    const store = this.#open(options);
    // Each call that needs the store rejects with the error.
    store.catch(() => {});
    this.#opened = { dir: options.dir, store };
    return store;
  }

  async #open(options) {
    await this.#makeDirectory(options.dir);
    const store = sharedStore(options);
    await takeOver(engineOf(store), options);
    return store;
  }

  /** Resolves with the open store. Calls that wait for it go on in their order. */
  async store() {
    if (this.#opened === undefined) throw notInitialized();
    const isElsewhere = this.#opened.dir !== this.#options().dir;
    return isElsewhere ? this.open() : this.#opened.store;
  }

  /**
   * Reads from the store by a function of the store and its engine, and then yields to the event
   * loop, as every read of node-persist does: a loop that reads until something has happened would
   * otherwise keep it from happening.
   */
  async read(use) {
    const store = await this.store();
    const answer = await use(store, engineOf(store));
    await timers.immediate();
    return answer;
  }

  /** Submits a call to the store's engine. `run` is called with the turn and the engine. */
  async submit(keys, run, terms = {}) {
    const engine = engineOf(await this.store());
    const { timeout = engine.lockTimeout } = terms;
    return engine.submit(new KeysCall(keys, (turn) => run(turn, engine), { ...terms, timeout }));
  }

  /**
   * Puts an item.
   *
   * @param {(item: { expires?: number } | undefined) => number | undefined} expiry gives the expiry, from the item that is there
   */
  async put(key, value, expiry) {
    const { json, copy } = this.#copied(key, value);
    return this.submit([key], (turn, engine) => {
      const ttl = expiry(turn.item(key));
      turn.change(new SetItem(key, json, ttl));
      return { file: engine.dataFile(), content: { key, value: copy, ttl } };
    });
  }

  async remove(key) {
    return this.submit([key], (turn, engine) => {
      const existed = turn.remove(key);
      return { file: engine.dataFile(), removed: existed, existed };
    });
  }

  /** Finds the datum of a key that has not expired at a time. */
  async find(key, now) {
    const item = await this.read((_, engine) => engine.item(key, now));
    if (item === undefined) return undefined;
    return this.#datum([key, parseJSON(item.json, key), item.expires ?? null]);
  }

  /** Lists the data of one moment: all, or those whose keys match. */
  async all(matches) {
    const items = await this.read((_, engine) => engine.list('items', { matches }));
    return items.map((item) => this.#datum(item)).filter((datum) => datum !== undefined);
  }

  /** Copies a value, at the call: as JSON text, and as it will be read. */
  #copied(key, value) {
    const { codec } = this;
    const json = codec.encode(value, key);
    return { json, copy: typeof value === 'object' ? codec.decode(json, key) : value };
  }

  /** Makes a datum; `undefined` if `parse` does not understand the value and the options forgive that. */
  #datum([key, value, expires]) {
    const datum = { key };
    try {
      const revived = this.codec.revive(value, key);
      if (revived !== undefined) datum.value = revived;
    } catch (error) {
      if (this.#options().forgiveParseErrors) return undefined;
      throw error;
    }
    if (expires !== null) datum.ttl = expires;
    return datum;
  }
}

function notInitialized() {
  const message = '[node-persist] Call init() first, or initSync()';
  return new PersistLockError('ERR_PERSIST_LOCK_NOT_INITIALIZED', message);
}

module.exports = { Items };
