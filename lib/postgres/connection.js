'use strict';

// A session with the server, for one work at a time. Sends batches of statements one after the other,
// knows if it is in a transaction, and notes when it is lost. Must not know the work.

const { Batch } = require('./batch');
const { isLost, isStalePlan, markLost } = require('./errors');
const { INFORMATION, serverOf } = require('./server');
const { NO_BACKEND } = require('./session-settings');
const timers = require('../timers');

/** The time for which a connection may take to end before it is cut, in milliseconds. */
const END_TIME = 2_000;

/** The messages of `pg`, without a code, for a connection that was cut while it was made. */
const CUT = /^(Connection terminated|timeout expired)/;

const BEGIN = { name: 'pl_begin', text: 'BEGIN ISOLATION LEVEL READ COMMITTED' };

class Connection {
  /** The error by which the connection was lost. @type {Error | undefined} */
  lost;
  /** The process of the server; through a pooler, that of the last transaction. */
  backend;
  /** True if a pooler is between this process and the server, and may change the backend. */
  isPooled = true;
  /** The life of the server in which the connection was made; through a pooler, of the last
   *  transaction. `undefined` before the store's tables are known. @type {string | undefined} */
  incarnation;
  /** The server as it was found. @type {import('./server').Server} */
  server;
  /** The names of the statements that the server has parsed. */
  #prepared = new Set();
  #client;
  #settings;
  #incarnations;
  /** `I`: in no transaction; `T`: in one; `E`: in one that has failed. */
  #status = 'I';
  #statusBefore = 'I';
  #batch;
  #waiting = [];
  /** The time since which the server is to answer. */
  #since = 0;
  #whenLost = new Set();
  #whenNotified = [];
  #isEnding = false;
  #whenEnded;

  /**
   * Connects.
   *
   * @param {() => { client: object, onConnect?: Function }} makeClient
   * @param {import('./session-settings').SessionSettings} settings
   * @param {{ statement: object | undefined }} incarnations the statement that reads the server's
   *   incarnation, once there is a table of it
   * @param {number} time the time that the server may take to set the session up, in milliseconds
   */
  static async make(makeClient, settings, incarnations, time) {
    const { client, onConnect } = makeClient();
    const connection = new Connection(client, settings, incarnations);
    try {
      await connection.#connect();
      await onConnect?.(client);
      await connection.#setUp(time);
      return connection;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  constructor(client, settings, incarnations) {
    this.#client = client;
    this.#settings = settings;
    this.#incarnations = incarnations;
    // For life: without a listener an error would end the process.
    client.on('error', (error) => this.#died(error));
    client.on('end', () => this.#died(new Error('the connection has ended')));
    client.on('notification', ({ channel, payload }) => {
      for (const callback of this.#whenNotified) callback(channel, payload);
    });
  }

  async #connect() {
    try {
      await this.#client.connect();
    } catch (error) {
      throw CUT.test(error.message) ? markLost(error) : error;
    }
  }

  async #setUp(time) {
    // The driver's own limit ends with the server's greeting.
    const error = new Error('the server does not answer');
    const tooLong = () => this.giveUp(Object.assign(error, { code: 'ETIMEDOUT' }));
    const limit = timers.setTimeout(tooLong, time);
    try {
      await this.#introduce();
    } finally {
      timers.clearTimeout(limit);
    }
  }

  /** Learns of the server, and sets the session up. */
  async #introduce() {
    const client = this.#client;
    client.connection.on('readyForQuery', ({ status }) => this.#isReady(status));
    const greeted = client.processID ? String(client.processID) : NO_BACKEND;
    const [[information], , incarnation] = await this.run([
      { text: INFORMATION },
      this.#settings.ofSession(greeted),
      ...(this.#incarnations.statement ? [this.#incarnations.statement] : []),
    ]);
    const [backend, ...facts] = information;
    this.backend = backend;
    this.isPooled = backend !== greeted;
    this.server = serverOf(facts, this.isPooled);
    this.incarnation = incarnation?.[0]?.[0];
  }

  /** True if nothing is under way, and no transaction. */
  get isIdle() {
    return this.#batch === undefined && this.#status === 'I' && this.lost === undefined;
  }

  /** True if a transaction is open, as of the last answer. */
  get hasTransaction() {
    return this.#status !== 'I' && this.lost === undefined;
  }

  /** True if a transaction waits for its next statement. */
  get isInTransaction() {
    return this.#batch === undefined && this.#status !== 'I' && this.lost === undefined;
  }

  /**
   * Runs statements in one round trip, after those that are under way. Resolves with the rows of
   * each. Without a transaction around them, all of them are one.
   *
   * After ALTER TABLE, a statement that was parsed before may fail. If the batch had begun its
   * transaction itself, it is sent again, and `got` of its first statements is called again.
   *
   * @param {import('./batch').Statement[]} statements
   * @returns {Promise<import('./batch').Rows[]>}
   */
  run(statements) {
    if (this.lost !== undefined) return Promise.reject(this.lost);
    const batch = new Batch(statements, this.isPooled ? undefined : this.#prepared);
    if (this.#batch === undefined) this.#send(batch);
    else this.#waiting.push(batch);
    return batch.promise;
  }

  /** Lists the statements that begin a transaction. */
  begin() {
    if (!this.isPooled) return [BEGIN];
    const { statement } = this.#incarnations;
    const statements = [
      BEGIN,
      this.#settings.ofTransaction(),
      {
        text: 'SELECT pg_catalog.pg_backend_pid()',
        // The statements that follow may wait, and be asked about meanwhile.
        flush: true,
        got: ([[backend]]) => {
          this.backend = backend;
        },
      },
    ];
    if (statement === undefined) return statements;
    const got = ([row]) => {
      this.incarnation = row?.[0];
    };
    return [...statements, { ...statement, got }];
  }

  /**
   * Calls back when the connection is lost, at once if it is. Returns a function that ends this, for
   * works that are shorter than the connection.
   */
  onLost(callback) {
    if (this.lost !== undefined) callback(this.lost);
    else this.#whenLost.add(callback);
    return () => this.#whenLost.delete(callback);
  }

  /** Calls back with the channel and the payload of each notification. */
  onNotification(callback) {
    this.#whenNotified.push(callback);
  }

  /** The time for which the server has not answered, in milliseconds; 0 if it owes no answer. */
  get silence() {
    return this.#batch === undefined ? 0 : timers.now() - this.#since;
  }

  /** Gives the connection up: the server does not answer. */
  giveUp(error) {
    this.#died(error);
  }

  /** Ends the session. Resolves once it has ended. */
  destroy() {
    this.#isEnding = true;
    this.#whenEnded ??= this.#end();
    return this.#whenEnded;
  }

  #end() {
    const { connection } = this.#client;
    const isSilent = this.#batch !== undefined || this.lost !== undefined;
    this.#died(new Error('the connection was closed'));
    return new Promise((resolve) => {
      const { stream } = connection;
      if (stream.destroyed) {
        resolve();
        return;
      }
      // A `close` that waits for the end keeps the process alive.
      stream.ref?.();
      connection.once('end', resolve);
      if (isSilent) stream.destroy();
      else Promise.resolve(this.#client.end()).catch(() => {});
      timers.setTimeout(() => connection.stream.destroy(), END_TIME).unref();
    });
  }

  #send(batch) {
    try {
      batch.encode();
    } catch (error) {
      // A value is too long, for the protocol or for this process.
      batch.handleError(error);
      batch.end();
      this.#next();
      return;
    }
    this.#batch = batch;
    this.#since = timers.now();
    this.#statusBefore = this.#status;
    this.#client.connection.stream.ref?.();
    this.#client.query(batch);
  }

  #isReady(status) {
    this.#status = status;
    const batch = this.#batch;
    if (batch === undefined) return;
    this.#batch = undefined;
    if (batch.error !== undefined && this.#mustRepeat(batch)) {
      this.#repeat(batch);
      return;
    }
    if (isLost(batch.error)) {
      // A session that was reset has lost its settings and perhaps its locks.
      batch.end();
      this.#died(batch.error);
      return;
    }
    batch.end();
    this.#next();
  }

  #next() {
    const next = this.#waiting.shift();
    if (next !== undefined) this.#send(next);
    // An idle connection does not keep the process alive.
    else this.#client.connection.stream.unref?.();
  }

  #mustRepeat({ error, hasCommitted }) {
    if (!isStalePlan(error)) return false;
    this.#prepared.clear();
    return this.#statusBefore === 'I' && !hasCommitted;
  }

  #repeat(batch) {
    batch.reset();
    this.#waiting.unshift(batch);
    if (this.#status !== 'I') {
      const rollback = new Batch([{ text: 'ROLLBACK' }]);
      // A connection that is lost meanwhile ends all batches that wait.
      rollback.promise.catch(() => {});
      this.#waiting.unshift(rollback);
    }
    this.#next();
  }

  #died(error) {
    if (this.lost !== undefined) return;
    const batch = this.#batch;
    // The server may have said why before it ended the session.
    this.lost = markLost(batch?.error ?? error);
    this.#batch = undefined;
    for (const each of [batch, ...this.#waiting.splice(0)]) each?.end(this.lost);
    for (const callback of this.#whenLost) callback(this.lost);
    this.#whenLost.clear();
    if (!this.#isEnding) this.destroy();
  }
}

module.exports = { Connection };
