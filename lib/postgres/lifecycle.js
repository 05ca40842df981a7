'use strict';

// The life of a store over PostgreSQL: opens it when it is first needed, and closes it. Connections
// that are lost are replaced by those who use them; the store stays open meanwhile.

const { closedError } = require('../errors');

class Lifecycle {
  /** A text that instances of the same store share, once the store has been open. */
  folder;
  /** True once `close` was called. */
  isClosing = false;
  #connections;
  /** `'unopened'`, `'open'`, or `'closed'`. */
  #state = 'unopened';
  #closing;
  #readsUnderWay = 0;
  #whenUnread = [];

  /** @param {{ connections: import('./connections').Connections }} context */
  constructor({ connections }) {
    this.#connections = connections;
  }

  /** True if the store is open, and is not being closed. */
  get isOpen() {
    return this.#state === 'open' && !this.isClosing;
  }

  get isClosed() {
    return this.#state === 'closed';
  }

  /** Opens the store, also for calls that were made before it was closed. */
  async open() {
    if (this.#state === 'open') return;
    await this.#connections.open();
    this.folder ??= this.#connections.identity;
    if (this.#state === 'unopened') this.#state = 'open';
  }

  /** Closes the store: refuses new calls, lets `finish` end those under way, and waits for reads. */
  close(finish) {
    this.isClosing = true;
    this.#closing ??= this.#close(finish);
    return this.#closing;
  }

  async #close(finish) {
    try {
      await finish();
    } finally {
      if (this.#readsUnderWay > 0) await new Promise((resolve) => this.#whenUnread.push(resolve));
      this.#state = 'closed';
      await this.#connections.close();
    }
  }

  /** Runs a read on the open store, which is not closed before the read has ended. */
  async read(use) {
    if (this.isClosing) throw closedError();
    return this.readOn(use);
  }

  /** Goes on with a read that was begun before, also while the store is being closed. */
  async readOn(use) {
    this.#readsUnderWay++;
    try {
      await this.open();
      return await use();
    } finally {
      if (--this.#readsUnderWay === 0) for (const resolve of this.#whenUnread.splice(0)) resolve();
    }
  }

  /** Runs `use` on the open store: at once if it is open, otherwise with a promise. */
  use(use) {
    return this.#state === 'open' ? use() : this.open().then(use);
  }
}

module.exports = { Lifecycle };
