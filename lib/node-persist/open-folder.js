'use strict';

// A folder that a storage has opened: the store in it, and the items that node-persist left there taken over.

const { engineOf } = require('../store');
const { sharedStore } = require('./stores');
const { takeOver, takeOverNow } = require('./takeover');

class OpenFolder {
  dir;
  store;
  /** @type {import('../file/engine').FileEngine} */
  engine;
  /** The promise of `open`. */
  ready;
  isReady = false;
  hasFailed = false;
  #reading;
  #makers;

  /**
   * @param {object} options those of the storage, complete
   * @param {object} makers the functions that make a folder
   * @param {(dir: string) => Promise<unknown>} makers.ensureDirectory
   * @param {(dir: string) => unknown} makers.ensureDirectorySync
   * @param {object} [reading] how files are read, beyond the options: see `takeover.js`
   */
  constructor(options, makers, reading) {
    this.dir = options.dir;
    this.store = sharedStore(options);
    this.engine = engineOf(this.store);
    this.#makers = makers;
    this.#reading = {
      dir: options.dir,
      parse: options.parse,
      encoding: options.encoding,
      ...reading,
    };
  }

  /** Opens it. Calls that wait for it meet an error too. */
  open() {
    this.ready = this.#open();
    this.ready.catch(() => {
      this.hasFailed = true;
    });
    return this.ready;
  }

  async #open() {
    await this.#makers.ensureDirectory(this.dir);
    await takeOver(this.engine, this.#reading);
    this.isReady = true;
  }

  /** Opens it on the calling thread. */
  openNow() {
    if (this.isReady) return;
    this.#makers.ensureDirectorySync(this.dir);
    takeOverNow(this.engine, this.#reading);
    this.isReady = true;
    this.ready ??= Promise.resolve();
  }
}

module.exports = { OpenFolder };
