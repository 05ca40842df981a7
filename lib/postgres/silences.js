'use strict';

// Keeps an eye on connections without an answer: keeps transactions that wait alive, and gives up a
// connection if the server does not know of the request that it has not answered. Must not know which
// work a connection is for.

/** The longest time between looks at all connections, in milliseconds. */
const LONGEST_INTERVAL = 5_000;

/** The time without an answer after which it is asked for, where leases have no time limit. */
const LONGEST_SILENCE = 15_000;

class Silences {
  #sessions;
  #leaseTimeout;
  /** The connections that the server is being asked about. */
  #doubted = new WeakSet();

  /**
   * @param {import('./server-sessions').ServerSessions} sessions
   * @param {number} leaseTimeout the time after which the server ends a session in whose transaction
   *   nothing happens, in milliseconds
   */
  constructor(sessions, leaseTimeout) {
    this.#sessions = sessions;
    this.#leaseTimeout = leaseTimeout;
  }

  /** The time between looks: leases are shown to be alive in each. */
  get interval() {
    return Math.max(1, Math.min(LONGEST_INTERVAL, this.#leaseTimeout / 3));
  }

  /** Looks at a connection. */
  look(connection) {
    // The server ends a transaction in which nothing happens for the time of a lease.
    if (connection.isInTransaction) connection.run([{ text: 'SELECT 1' }]).catch(() => {});
    else if (connection.silence > Math.min(this.#leaseTimeout, LONGEST_SILENCE))
      this.#doubt(connection);
  }

  /** Asks the server about a request that it has not answered for long. */
  async #doubt(connection) {
    if (this.#doubted.has(connection)) return;
    this.#doubted.add(connection);
    const { silence } = connection;
    const isWorking = await this.#sessions.isWorking(connection.backend);
    this.#doubted.delete(connection);
    // It has answered meanwhile, if the silence is shorter.
    if (isWorking || connection.silence < silence) return;
    const error = new Error('the server does not know of the request that it has not answered');
    connection.giveUp(Object.assign(error, { code: 'ETIMEDOUT' }));
  }
}

module.exports = { Silences };
