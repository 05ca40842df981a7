'use strict';

// The items of a LocalStorage: finds the store they are in, and makes of each what node-persist calls a datum, `{ key, value, ttl }`.
//
// A method whose name ends in `Now` works on the calling thread.

const { KeysCall } = require('../calls/keys-call');
const { SetItem } = require('../calls/changes');
const { Operations } = require('../calls/operations');
const { parseJSON } = require('../codec');
const timers = require('../timers');
const { DatumCodec } = require('./datum-codec');
const { OpenFolder } = require('./open-folder');
const { expiryOfTtl } = require('./ttl');

class Items {
  #options;
  #makers;
  #nameFile;
  /** @type {OpenFolder | undefined} */
  #folder;

  /**
   * @param {() => object} options gives the present options
   * @param {ConstructorParameters<typeof OpenFolder>[1]} makers
   * @param {(key: string) => string} nameFile gives the path that node-persist would keep an item in
   */
  constructor(options, makers, nameFile) {
    this.#options = options;
    this.#makers = makers;
    this.#nameFile = nameFile;
  }

  get codec() {
    return new DatumCodec(this.#options());
  }

  /** The operations of calls, with the present options. */
  get operations() {
    return new Operations(this.codec, this.#options().ttl, expiryOfTtl);
  }

  /** Opens the folder that the options name. */
  open() {
    this.#folder = this.#newFolder();
    return this.#folder.open();
  }

  openNow() {
    this.#folder = this.#newFolder();
    this.#folder.openNow();
  }

  #newFolder() {
    return new OpenFolder(this.#options(), this.#makers);
  }

  /** True if the present folder must be opened first: there is none, or another, or opening it failed. */
  get #mustOpen() {
    const folder = this.#folder;
    return folder?.dir !== this.#options().dir || (folder.hasFailed && !folder.isReady);
  }

  /** Uses the folder once it is open. */
  use(use) {
    if (this.#mustOpen) this.open();
    return this.#folder.use(use);
  }

  /** Gives the folder, which is open. */
  folderNow() {
    if (this.#mustOpen) this.openNow();
    this.#folder.openNow();
    return this.#folder;
  }

  /**
   * Reads from the folder, and then yields to the event loop, as every read of node-persist does: a loop
   * that reads until something has happened would otherwise keep it from happening.
   */
  async read(use) {
    const answer = await this.use(use);
    await timers.immediate();
    return answer;
  }

  /** Submits a call to the store's engine. */
  submit(keys, run, terms) {
    return this.use(({ engine }) => engine.submit(callOf(engine, keys, run, terms)));
  }

  submitNow(keys, run, terms) {
    const { engine } = this.folderNow();
    return engine.blocking.submit(callOf(engine, keys, run, terms));
  }

  /**
   * Makes the operation that puts an item. Its value is copied here.
   *
   * @param {(item: { expires?: number } | undefined) => number | undefined} expiry gives the expiry, from the item that is there
   */
  putOf(key, value, expiry) {
    const { json, copy } = this.#copied(key, value);
    const file = this.#nameFile(key);
    return (turn) => {
      const ttl = expiry(turn.item(key));
      turn.change(new SetItem(key, json, ttl));
      return { file, content: { key, value: copy, ttl } };
    };
  }

  /** Makes the operation that removes an item. */
  removalOf(key) {
    const file = this.#nameFile(key);
    return (turn) => {
      const existed = turn.remove(key);
      return { file, removed: existed, existed };
    };
  }

  /** Finds the datum of a key that has not expired at a time. */
  async find(key, now) {
    return this.#found(key, await this.read(({ engine }) => engine.item(key, now)));
  }

  findNow(key, now) {
    return this.#found(key, this.folderNow().engine.blocking.item(key, now));
  }

  /** Reads the value of an item that has not expired. */
  valueNow(key) {
    const parsed = this.folderNow().engine.blocking.value(key);
    return parsed === undefined ? undefined : this.#datum([key, parsed, null])?.value;
  }

  /** Lists the data of one moment: all, or those whose keys match. */
  async all(matches) {
    return this.#data(await this.read(({ engine }) => engine.list('items', { matches })));
  }

  allNow(matches) {
    return this.#data(this.folderNow().engine.blocking.list('items', { matches }));
  }

  /** Copies a value: as JSON text, and as it will be read. */
  #copied(key, value) {
    const { codec } = this;
    const json = codec.encode(value, key);
    return { json, copy: typeof value === 'object' ? codec.decode(json, key) : value };
  }

  #found(key, item) {
    if (item === undefined) return undefined;
    return this.#datum([key, parseJSON(item.json, key), item.expires ?? null]);
  }

  #data(items) {
    return items.map((item) => this.#datum(item)).filter((datum) => datum !== undefined);
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

function callOf(engine, keys, run, { timeout = engine.lockTimeout, ...terms } = {}) {
  return new KeysCall(keys, run, { ...terms, timeout });
}

module.exports = { Items };
