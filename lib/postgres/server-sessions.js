'use strict';

// The sessions of this process as the server sees them: finds, cancels and ends them. Asks over a
// connection that is made for the question, since the one in question may not answer.

const { isLost } = require('./errors');
const timers = require('../timers');

/** The usual time limit of a question, in milliseconds. */
const QUESTION_TIME = 5_000;

class ServerSessions {
  #connect;
  #applicationName;
  #time;

  /**
   * @param {() => Promise<import('./connection').Connection>} connect makes a connection, at one attempt
   * @param {string} applicationName the name that the sessions of this process have
   * @param {number} [time] the time limit of a question, in milliseconds
   */
  constructor(connect, applicationName, time = QUESTION_TIME) {
    this.#connect = connect;
    this.#applicationName = applicationName;
    this.#time = time;
  }

  /** Returns true if a backend works at a request, or if the server cannot say. */
  async isWorking(backend) {
    try {
      const rows = await this.#ask(
        // Through a pooler this may be asked over the same session, which may serve others.
        `SELECT FROM pg_catalog.pg_stat_activity WHERE pid = $1::int
          AND pid <> pg_catalog.pg_backend_pid() AND application_name = $2
          AND (state = 'active' OR state IS NULL OR state_change > pg_catalog.now() - interval '1 s')`,
        backend,
        this.#applicationName,
      );
      return rows.length > 0;
    } catch (error) {
      // A server with too many connections is there; one that cannot be reached is not.
      return !isLost(error);
    }
  }

  /** Cancels the statement of a session. Resolves with true if there was a session. */
  async cancel(backend) {
    const rows = await this.#ask(
      `SELECT pg_catalog.pg_cancel_backend(pid) FROM pg_catalog.pg_stat_activity
        WHERE pid = $1::int AND application_name = $2`,
      backend,
      this.#applicationName,
    );
    return rows.length > 0;
  }

  /**
   * Ends a session if it does nothing: it may not have noticed that its connection was given up. One
   * that works may be about to commit, and wait for a standby: it is left alone.
   */
  async terminate(backend) {
    await this.#ask(
      `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
        WHERE pid = $1::int AND application_name = $2 AND state LIKE 'idle%'`,
      backend,
      this.#applicationName,
    );
  }

  async #ask(text, ...values) {
    let connection;
    let limit;
    const asking = async () => {
      connection = await this.#connect();
      const [rows] = await connection.run([{ text, values }]);
      return rows;
    };
    const tooLong = new Promise((resolve, reject) => {
      const error = Object.assign(new Error('the server does not answer'), { code: 'ETIMEDOUT' });
      limit = timers.setTimeout(() => reject(error), this.#time);
    });
    const answer = asking();
    try {
      return await Promise.race([answer, tooLong]);
    } finally {
      timers.clearTimeout(limit);
      // At once: an answer that never comes would keep the process alive.
      connection?.destroy();
      answer.catch(() => {}).finally(() => connection?.destroy());
    }
  }
}

module.exports = { ServerSessions };
