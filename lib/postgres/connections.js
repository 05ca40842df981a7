'use strict';

// The connections of a store: makes them when they are needed, gives each to one work at a time, and
// ends those that were idle for long. Finds out if a connection still has a server at its other end.

const { clientMaker } = require('./clients');
const { Connection } = require('./connection');
const { isLost, translate } = require('./errors');
const { incarnationStatement, nameIncarnation } = require('./incarnation');
const { makeTables } = require('./schema');
const { SessionSettings } = require('./session-settings');
const { closedError } = require('../errors');
const { everySoOften } = require('../periodic');
const timers = require('../timers');

/** The time for which it is tried to connect, in milliseconds. */
const CONNECTING_TIME = 10_000;

/** The first and the longest pause between attempts to connect, in milliseconds. */
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 500;

/** The time after which an idle connection is ended, in milliseconds. */
const IDLE_TIME = 10_000;

/** The longest time between looks at all connections, in milliseconds. */
const LONGEST_BEAT = 5_000;

/** The time without an answer after which it is asked for, where leases have no time limit. */
const LONGEST_SILENCE = 15_000;

/** The time limit of a question about a connection, in milliseconds. */
const QUESTION_TIME = 5_000;

class Connections {
  /** The most connections at once. */
  most;
  #names;
  #keys;
  #settings;
  #makeClient;
  #leaseTimeout;
  /** The statement that reads the incarnation, once the tables are there. */
  #incarnations = { statement: undefined };
  /** All connections, also those that are being made. */
  #count = 0;
  /** @type {Set<Connection>} */
  #all = new Set();
  /** The idle ones, with the time since which they are. @type {{ connection: Connection, since: number }[]} */
  #idle = [];
  #takers = [];
  #opening;
  #isOpen = false;
  #isClosed = false;
  #endBeats;

  /**
   * @param {{ pool?: object, connectionString?: string }} place
   * @param {object} options
   * @param {number} options.connections
   * @param {number} options.leaseTimeout
   * @param {'disk' | 'os'} options.durability
   * @param {import('./names').Names} names
   * @param {import('./keys').Keys} keys
   */
  constructor(place, { connections, leaseTimeout, durability }, names, keys) {
    this.most = connections;
    this.#names = names;
    this.#keys = keys;
    this.#leaseTimeout = leaseTimeout;
    this.#settings = new SessionSettings({ leaseTimeout, durability });
    this.#makeClient = clientMaker(place);
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
    const connection = await this.#take();
    try {
      await makeTables(connection, this.#names, this.#keys);
      this.#incarnations.statement = incarnationStatement(this.#names);
      connection.incarnation = await nameIncarnation(connection, this.#names);
      this.#isOpen = true;
    } finally {
      this.giveBack(connection);
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
    if (this.#isClosed) throw closedError();
    for (let last = this.#idle.pop(); last !== undefined; last = this.#idle.pop()) {
      if (last.connection.isIdle) return last.connection;
    }
    if (this.#count < this.most) return this.#make();
    return new Promise((resolve, reject) => this.#takers.push({ resolve, reject }));
  }

  /** Gives a connection back. It is ended if it is in a transaction, or lost. */
  giveBack(connection) {
    if (!this.#all.has(connection)) return;
    if (this.#isClosed || !connection.isIdle) {
      this.destroy(connection);
      return;
    }
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
    this.#free();
  }

  /** Lets another connection be made in the place of one that has gone. */
  #free() {
    this.#count--;
    if (this.#count === 0) {
      this.#endBeats?.();
      this.#endBeats = undefined;
    }
    const taker = this.#takers.shift();
    if (taker !== undefined) this.#make().then(taker.resolve, taker.reject);
  }

  async #make() {
    this.#count++;
    this.#endBeats ??= everySoOften(this, this.#beat, (connections) => connections.#look());
    try {
      const connection = await this.#connect();
      this.#all.add(connection);
      connection.onLost(() => this.#forget(connection));
      return connection;
    } catch (error) {
      this.#free();
      throw translate(error);
    }
  }

  async #connect() {
    const begun = timers.now();
    for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      try {
        const connection = await this.#makeOne();
        if (this.#isOpen) connection.incarnation ??= await nameIncarnation(connection, this.#names);
        return connection;
      } catch (error) {
        if (!mayPass(error) || timers.now() - begun + pause > CONNECTING_TIME) throw error;
      }
      await new Promise((resolve) => timers.setTimeout(resolve, pause));
      if (this.#isClosed) throw closedError();
    }
  }

  #makeOne() {
    return Connection.make(this.#makeClient, this.#settings, this.#incarnations);
  }

  /**
   * Returns true if the server has a session of this process with this backend. Asks over a new
   * connection. Rejects if the server does not answer.
   */
  async isAlive(backend) {
    const rows = await this.#ask(
      'SELECT pid FROM pg_catalog.pg_stat_activity WHERE pid = $1::int',
      backend,
    );
    return rows.length > 0;
  }

  /** Cancels the statement of a session of this process. Resolves with true if there was a session. */
  async cancel(backend) {
    const rows = await this.#ask(
      `SELECT pg_catalog.pg_cancel_backend(pid) FROM pg_catalog.pg_stat_activity
        WHERE pid = $1::int AND application_name = $2`,
      backend,
      this.#settings.applicationName,
    );
    return rows.length > 0;
  }

  /** Asks the server something over a connection that is made for it. */
  async #ask(text, ...values) {
    let connection;
    let limit;
    const asking = async () => {
      connection = await this.#makeOne();
      const [rows] = await connection.run([{ text, values }]);
      return rows;
    };
    const tooLong = new Promise((resolve, reject) => {
      const error = Object.assign(new Error('the server does not answer'), { code: 'ETIMEDOUT' });
      limit = timers.setTimeout(() => reject(error), QUESTION_TIME);
    });
    const answer = asking();
    try {
      return await Promise.race([answer, tooLong]);
    } finally {
      timers.clearTimeout(limit);
      answer.catch(() => {}).finally(() => connection?.destroy());
    }
  }

  /** The time between looks at all connections: leases are shown to be alive in each. */
  get #beat() {
    return Math.max(1, Math.min(LONGEST_BEAT, this.#leaseTimeout / 3));
  }

  #look() {
    const now = timers.now();
    for (const { connection, since } of this.#idle) {
      if (now - since > IDLE_TIME) this.destroy(connection);
    }
    for (const connection of this.#all) {
      // The server ends a transaction in which nothing happens for the time of a lease.
      if (connection.isInTransaction) connection.run([{ text: 'SELECT 1' }]).catch(() => {});
      else if (connection.silence > Math.min(this.#leaseTimeout, LONGEST_SILENCE))
        this.#doubt(connection);
    }
  }

  #doubted = new WeakSet();

  /** Asks the server about a request that it has not answered for long. */
  async #doubt(connection) {
    if (this.#doubted.has(connection)) return;
    this.#doubted.add(connection);
    const { silence } = connection;
    const isWorking = await this.#isWorking(connection.backend);
    this.#doubted.delete(connection);
    // It has answered meanwhile, if the silence is shorter.
    if (isWorking || connection.silence < silence) return;
    const error = new Error('the server does not know of the request that it has not answered');
    connection.giveUp(Object.assign(error, { code: 'ETIMEDOUT' }));
  }

  /** Returns true if a backend works at a request, or if the server cannot say. */
  async #isWorking(backend) {
    try {
      const rows = await this.#ask(
        `SELECT FROM pg_catalog.pg_stat_activity WHERE pid = $1::int
          AND (state = 'active' OR state IS NULL OR state_change > pg_catalog.now() - interval '1 s')`,
        backend,
      );
      return rows.length > 0;
    } catch (error) {
      // A server with too many connections is there; one that cannot be reached is not.
      return !isLost(error);
    }
  }

  /** Ends all connections, once the calls have settled. */
  async close() {
    this.#isClosed = true;
    for (const { reject } of this.#takers.splice(0)) reject(closedError());
    await Promise.all([...this.#all].map((connection) => this.destroy(connection)));
  }
}

/** Returns true for the error of an attempt to connect that another may follow: too many, too. */
function mayPass(error) {
  return isLost(error) || error.code === '53300';
}

module.exports = { Connections };
