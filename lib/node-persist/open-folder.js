'use strict';

// A folder that a storage has opened: the store in it, and the items that node-persist left there taken over.

const { AsyncResource } = require('node:async_hooks');
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
  /** The uses that wait for it to open, in the order of their calls. */
  #waiting = [];

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
    this.ready.catch((error) => {
      this.hasFailed = true;
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    });
    return this.ready;
  }

  /** Calls a function with it: at once if it is open, and otherwise as soon as it is. */
  use(use) {
    if (this.isReady) return use(this);
    if (this.ready === undefined) this.open();
    return new Promise((resolve, reject) => {
      // The function belongs to the callback that this call is made in, and not to the opening.
      this.#waiting.push({ use: AsyncResource.bind(use), resolve, reject });
    });
  }

  /** Lets waiting uses begin, before a blocking call that opens the folder goes on: it was made later. */
  #begin() {
    this.isReady = true;
    for (const { use, resolve, reject } of this.#waiting.splice(0)) {
      try {
        resolve(use(this));
      } catch (error) {
        reject(error);
      }
    }
  }

  async #open() {
    await this.#makers.ensureDirectory(this.dir);
    await takeOver(this.engine, this.#reading);
    if (!this.isReady) this.#begin();
  }

  /** Opens it on the calling thread. */
  openNow() {
    if (this.isReady) return;
    this.#makers.ensureDirectorySync(this.dir);
    takeOverNow(this.engine, this.#reading);
    this.ready ??= Promise.resolve();
    this.#begin();
  }
}

module.exports = { OpenFolder };
