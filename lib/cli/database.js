'use strict';

// A PostgreSQL database as the place of a store. Loads no addon.

const { engineOf } = require('../store');
const { expiryOf } = require('../postgres/expiry');
const { PersistLock } = require('../postgres/persist-lock');
const { nameOfDatabase, parseDatabaseURL } = require('./database-url');
const { Failure } = require('./failures');

/** The connections of a command: it does one thing at a time. */
const CONNECTIONS = 2;

class Database {
  #options;

  /**
   * @param {string} text the URL as it was given
   * @param {string} name the name of the option or variable that it comes from
   */
  constructor(text, name) {
    this.#options = parseDatabaseURL(text, name);
  }

  /** The name of the place in messages. */
  get name() {
    return nameOfDatabase(this.#options);
  }

  /** The server tells at the first change whether the role may make it. */
  mayChange() {
    return true;
  }

  reading(use) {
    return this.#existing({}, use);
  }

  changing(lockTimeout, use) {
    return this.#existing({ lockTimeout }, use);
  }

  storing(lockTimeout, use) {
    return this.#with({ lockTimeout }, use);
  }

  async count(choice) {
    return this.#with({}, async (store, engine) => {
      return (await engine.identity()) === undefined ? 0 : store.length(choice);
    });
  }

  stat() {
    return this.reading(async (store) => {
      const { items, expired } = await store.stats();
      return { store: this.name, items, expired };
    });
  }

  locks() {
    return this.reading((store) => store.locks());
  }

  identity() {
    return this.#with({}, (store, engine) => engine.identity());
  }

  /** Runs `use` on a store that must be there: opening would make its tables. */
  #existing(settings, use) {
    return this.#with(settings, async (store, engine, expiryHere) => {
      if ((await engine.identity()) === undefined) {
        throw new Failure(
          `There is no store in ${this.name}. Name its schema and table in the URL: ?schema=NAME&table=NAME`,
        );
      }
      return use(store, engine, expiryHere);
    });
  }

  async #with(settings, use) {
    const behaviour = { ...settings, connections: CONNECTIONS, expiredInterval: false };
    const store = new PersistLock(this.#options, behaviour);
    try {
      return await use(store, engineOf(store), (ttl) => expiryOf(ttl, null, Date.now()));
    } finally {
      await store.close();
    }
  }
}

module.exports = { Database };
