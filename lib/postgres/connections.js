'use strict';

// The connections of a store: makes them when they are needed, gives each to one work at a time, and
// ends those that were idle for long.

const { keepConnecting } = require('./attempts');
const { clientMaker } = require('./clients');
const { Connection } = require('./connection');
const { isLost, translate } = require('./errors');
const { incarnationStatement, nameIncarnation } = require('./incarnation');
const { Keys } = require('./keys');
const { namesOf } = require('./names');
const { openStore } = require('./opening');
const { ServerSessions } = require('./server-sessions');
const { SessionSettings } = require('./session-settings');
const { Silences } = require('./silences');
const { closedError } = require('../errors');
const { everySoOften } = require('../periodic');
const timers = require('../timers');

/** The time for which it is tried to connect, in milliseconds. */
const CONNECTING_TIME = 10_000;

/** The time after which an idle connection is ended, in milliseconds. */
const IDLE_TIME = 10_000;

class Connections {
  /** The most connections at once. */
  most;
  /** @type {import('./names').Names} */
  names;
  /** @type {Keys} */
  keys;
  #settings;
  #makeClient;
  #sessions;
  #silences;
  #connectingTime;
  #idleTime;
  #probeTime;
  /** The statement that reads the incarnation, once the tables are there. */
  #incarnations = { statement: undefined };
  /** The number of connections but the extra ones, with those that are being made. */
  #count = 0;
  /** @type {Set<Connection>} */
  #extra = new Set();
  /** @type {Set<Connection>} */
  #all = new Set();
  /** The idle ones, with the time since which they are. @type {{ connection: Connection, since: number }[]} */
  #idle = [];
  #takers = [];
  /** The attempts to make one that are under way; none rejects. @type {Set<Promise<void>>} */
  #making = new Set();
  /** A text that instances of the same store share, once the store has been open. */
  identity;
  #opening;
  #isOpen = false;
  #isClosed = false;
  #endLooks;

  /**
   * @param {object} context
   * @param {object} context.options
   * @param {object} [context.options.pool] the program's pool, or a connection string
   * @param {string} [context.options.connectionString]
   * @param {string} context.options.schema
   * @param {string} context.options.table
   * @param {number} context.options.connections
   * @param {number} context.options.leaseTimeout
   * @param {'disk' | 'os'} context.options.durability
   * @param {number} [context.connectingTime] the time for which it is tried to connect, in milliseconds
   * @param {number} [context.idleTime] the time after which an idle connection is ended
   * @param {number} [context.probeTime] the time that a second session may take to try a lock
   */
  constructor({ options, connectingTime = CONNECTING_TIME, idleTime = IDLE_TIME, probeTime }) {
    this.#connectingTime = connectingTime;
    this.#idleTime = idleTime;
    this.#probeTime = probeTime;
    this.most = options.connections;
    this.names = namesOf(options.schema, options.table);
    this.keys = new Keys(this.names);
    this.#settings = new SessionSettings(options);
    this.#makeClient = clientMaker(options);
    this.#sessions = new ServerSessions(() => this.#makeOne(), this.#settings.applicationName);
    this.#silences = new Silences(this.#sessions, options.leaseTimeout);
  }

  /** Makes sure that the server can hold the store and has its tables. */
  open() {
    if (this.#isClosed) return Promise.reject(closedError());
    this.#opening ??= this.#open().catch((error) => {
      this.#opening = undefined;
      throw translate(error);
    });
    return this.#opening;
  }

  async #open() {
    const begun = timers.now();
    for (;;) {
      try {
        await this.#openOnce();
        return;
      } catch (error) {
        if (!isLost(error) || timers.now() - begun > this.#connectingTime) throw error;
      }
    }
  }

  async #openOnce() {
    const both = await Promise.allSettled([this.#take(), this.#take()]);
    const taken = both.filter(({ status }) => status === 'fulfilled').map(({ value }) => value);
    try {
      for (const { reason } of both) if (reason !== undefined) throw reason;
      const table = await openStore(...taken, this.names, this.keys, this.#probeTime);
      this.#incarnations.statement = incarnationStatement(this.names);
      for (const connection of taken) {
        connection.incarnation = await nameIncarnation(connection, this.names);
      }
      this.identity = `PostgreSQL ${taken[0].incarnation}, table ${table}`;
      this.#isOpen = true;
    } finally {
      for (const connection of taken) this.giveBack(connection);
    }
  }

  /**
   * Takes a connection for one work, once the store is open: an idle one, a new one, or, if there are
   * as many as may be, the next that is given back. Rejects with `ERR_PERSIST_LOCK_CONNECTION` if
   * none can be made for 10 seconds.
   *
   * @returns {Promise<Connection>}
   */
  async take() {
    if (!this.#isOpen) await this.open();
    return this.#take();
  }

  async #take() {
    this.#checkOpen();
    for (let last = this.#idle.pop(); last !== undefined; last = this.#idle.pop()) {
      if (last.connection.isIdle) return last.connection;
    }
    return new Promise((resolve, reject) => {
      const taker = { resolve, reject, isMaking: false };
      this.#takers.push(taker);
      if (this.#count < this.most) this.#makeFor(taker);
    });
  }

  /**
   * Makes a connection beyond the others, for one work that lasts, which `destroy` ends. Makes no
   * tables.
   *
   * @returns {Promise<Connection>}
   */
  async makeExtra() {
    this.#checkOpen();
    return this.#make(this.#extra);
  }

  /** The numbers of connections, and of those that are idle. */
  get sizes() {
    return { open: this.#all.size, idle: this.#idle.length };
  }

  /**
   * The processes of the server that work for this instance. A pooler gives those of idle
   * connections to others.
   */
  get backends() {
    const working = [...this.#all].filter(({ isPooled, isIdle }) => !isPooled || !isIdle);
    return new Set(working.map(({ backend }) => backend));
  }

  /** Gives a connection back. It is ended if it is in a transaction, or lost. */
  giveBack(connection) {
    if (!this.#all.has(connection)) return;
    // A pooler may have gone over to a server that has crashed: a new connection notes its incarnation.
    const isStale = this.#isOpen && connection.incarnation === undefined;
    if (this.#isClosed || !connection.isIdle || isStale) {
      this.destroy(connection);
      return;
    }
    this.#offer(connection);
  }

  /** Gives a connection to the first who waits for one, or keeps it. */
  #offer(connection) {
    const taker = this.#takers.shift();
    if (taker !== undefined) taker.resolve(connection);
    else this.#idle.push({ connection, since: timers.now() });
  }

  /** Ends a connection, with its transaction and its locks. Resolves once it has ended. */
  async destroy(connection) {
    this.#forget(connection);
    await connection.destroy();
  }

  #forget(connection) {
    if (!this.#all.delete(connection)) return;
    this.#idle = this.#idle.filter((each) => each.connection !== connection);
    if (this.#all.size === 0) {
      this.#endLooks?.();
      this.#endLooks = undefined;
    }
    if (this.#extra.delete(connection)) return;
    this.#count--;
    this.#makeForTaker();
  }

  /** Makes a connection for the next who waits for one, in the place of one that has gone. */
  #makeForTaker() {
    const taker = this.#takers.find(({ isMaking }) => !isMaking);
    if (taker !== undefined && this.#count < this.most) this.#makeFor(taker);
  }

  /**
   * Makes a connection for one who waits, who takes one that is given back meanwhile: where the server
   * has too many connections, this one may never be made.
   */
  #makeFor(taker) {
    taker.isMaking = true;
    this.#count++;
    const making = this.#makeAndOffer(taker);
    this.#making.add(making);
    making.then(() => this.#making.delete(making));
  }

  async #makeAndOffer(taker) {
    try {
      this.#offer(await this.#make());
    } catch (error) {
      this.#count--;
      this.#takers = this.#takers.filter((each) => each !== taker);
      taker.reject(error);
      this.#makeForTaker();
    }
  }

  /** @param {Set<Connection>} [kind] the set of its kind */
  async #make(kind) {
    try {
      const connection = await keepConnecting(
        () => this.#connect(),
        this.#connectingTime,
        () => this.#checkOpen(),
      );
      if (this.#isClosed) {
        await connection.destroy();
        throw closedError();
      }
      this.#all.add(connection);
      kind?.add(connection);
      this.#endLooks ??= everySoOften(this, this.#silences.interval, (all) => all.#look());
      connection.onLost(() => this.#forget(connection));
      return connection;
    } catch (error) {
      throw translate(error, undefined, 'PostgreSQL cannot be reached');
    }
  }

  /** Makes a connection that knows the server's incarnation, at one attempt. */
  async #connect() {
    const connection = await this.#makeOne();
    try {
      if (this.#isOpen) connection.incarnation ??= await nameIncarnation(connection, this.names);
      return connection;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  #checkOpen() {
    if (this.#isClosed) throw closedError();
  }

  #makeOne() {
    const time = this.#connectingTime;
    return Connection.make(this.#makeClient, this.#settings, this.#incarnations, time);
  }

  /** Cancels the statement of a session of this process. Resolves with true if there was a session. */
  cancel(backend) {
    return this.#sessions.cancel(backend);
  }

  /** Ends a session of this process whose connection was given up, if it does nothing. */
  async terminate(backend) {
    if (!this.backends.has(backend)) await this.#sessions.terminate(backend);
  }

  #look() {
    const now = timers.now();
    for (const { connection, since } of this.#idle) {
      if (now - since > this.#idleTime) this.destroy(connection);
    }
    for (const connection of this.#all) this.#silences.look(connection);
  }

  /** Ends all connections, once the calls have settled. */
  async close() {
    this.#isClosed = true;
    for (const { reject } of this.#takers.splice(0)) reject(closedError());
    const ended = [...this.#all].map((connection) => this.destroy(connection));
    await Promise.all([...ended, ...this.#making]);
  }
}

module.exports = { Connections };
