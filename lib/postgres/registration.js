'use strict';

// The registration of an instance that watches. As long as it holds, all processes write the log of
// changes. It holds for some minutes after it was renewed last, also if the instance has ended: so a
// program that was killed can go on where it was.
//
// All instances that are registered share one log, and the commit from which on it is complete
// (`since`). Each must wait until all transactions with lower numbers have ended, which may not have
// seen the first one.

const { randomBytes } = require('node:crypto');
const { REGISTERED_TIME, RENEWABLE_TIME } = require('./change-log');
const { HORIZON, horizonStatement } = require('./horizon');
const { closedError } = require('../errors');
const timers = require('../timers');

/** The interval at which a registration is renewed, in milliseconds. */
const RENEWAL = 20_000;

/** The time for which changes are kept. */
const KEPT_TIME = '1 hour';

/** The pause between looks at the transactions that a registration waits for, in milliseconds. */
const FIRST_PAUSE = 2;
const LONGEST_PAUSE = 100;

/** A commit that there will never be: the log is not complete yet. */
const NEVER = '9223372036854775807';

class Registration {
  #id = (randomBytes(8).readBigInt64BE() >> 1n).toString();
  #names;
  #keys;
  #lifecycle;
  #renewedAt = timers.now();

  constructor({ names, keys, lifecycle }) {
    this.#names = names;
    this.#keys = keys;
    this.#lifecycle = lifecycle;
  }

  /** Registers the instance. Resolves once all commits that end from now on are in the log. */
  async make(connection) {
    const { watchers } = this.#names;
    // Under a lock of the other rows: none may be removed before this one is there.
    // Numbers that the server has not come to are of another one, whose dump was restored here.
    const [[since]] = await this.#inTransaction(connection, {
      text: `INSERT INTO ${watchers} (id, renewed, since)
SELECT $1::bigint, statement_timestamp(), coalesce(min(since), ${NEVER})::text::xid8 FROM (
  SELECT since::text::bigint AS since FROM ${watchers}
  WHERE renewed > statement_timestamp() - interval '${RENEWABLE_TIME}'
    AND since <= pg_snapshot_xmax(pg_current_snapshot()) FOR KEY SHARE
) AS others RETURNING since`,
      values: [this.#id],
    });
    // The first of the others may still wait for these transactions.
    await this.#pass(since === NEVER ? await this.#begin(connection) : since, connection);
  }

  /** Lets the log begin with the number of a transaction. Gives the number. */
  async #begin(connection) {
    const [[since]] = await this.#inTransaction(connection, {
      text: `UPDATE ${this.#names.watchers} SET since = pg_current_xact_id()
WHERE id = $1::bigint RETURNING since`,
      values: [this.#id],
    });
    return since;
  }

  /**
   * Waits for the transactions that may have overlooked the registration. All of them have lower
   * numbers than the one with which the log begins. Rejects if the store is closed meanwhile: a
   * process that is stopped may keep its transaction for long.
   */
  async #pass(since, connection) {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      const statement = horizonStatement(this.#keys);
      const [[horizon]] = await this.#inTransaction(connection, statement);
      if (BigInt(horizon) >= BigInt(since)) return;
      if (this.#lifecycle.isClosing) throw closedError();
      await new Promise((resolve) => timers.setTimeout(resolve, pause));
    }
  }

  async #inTransaction(connection, statement) {
    const begin = connection.begin();
    const results = await connection.run([...begin, statement, { text: 'COMMIT' }]);
    return results.at(-2);
  }

  /**
   * Makes the statement that gives the commit from which on the log is complete. It gives no row if
   * the registration does not hold.
   */
  check() {
    return {
      name: 'pl_registered',
      text: `SELECT since FROM ${this.#names.watchers}
WHERE id = $1::bigint AND renewed > statement_timestamp() - interval '${RENEWABLE_TIME}'`,
      values: [this.#id],
    };
  }

  /** Returns true if it is time to renew the registration. */
  isDue() {
    return timers.now() - this.#renewedAt > RENEWAL;
  }

  /** Renews the registration and trims the log, if it is time. */
  async renew(connection) {
    if (!this.isDue()) return;
    const { watchers } = this.#names;
    await connection.run([
      ...connection.begin(),
      {
        text: `UPDATE ${watchers} SET renewed = statement_timestamp()
WHERE id = $1::bigint AND renewed > statement_timestamp() - interval '${RENEWABLE_TIME}'`,
        values: [this.#id],
      },
      {
        text: `DELETE FROM ${watchers} WHERE renewed < statement_timestamp() - interval '${REGISTERED_TIME}'`,
      },
      { text: 'COMMIT' },
    ]);
    this.#renewedAt = timers.now();
    await this.#trim(connection);
  }

  /** Removes changes that are too old, and those before them. */
  async #trim(connection) {
    const { changes, watchers } = this.#names;
    const isOld = `at < clock_timestamp() - interval '${KEPT_TIME}'`;
    await connection.run([
      ...connection.begin(),
      horizonStatement(this.#keys),
      // All in one order: two that trim at once would wait for each other otherwise.
      { text: `SELECT FROM ${watchers} ORDER BY id FOR UPDATE` },
      {
        text: `WITH kept AS (
  SELECT least(${HORIZON}, coalesce(
    (SELECT commit FROM ${changes} WHERE NOT ${isOld} ORDER BY commit, n LIMIT 1), ${HORIZON}
  )) AS first
), gone AS (DELETE FROM ${changes} USING kept WHERE commit < first RETURNING commit::text::bigint),
complete AS (SELECT (max(commit) + 1)::text::xid8 AS since FROM gone)
UPDATE ${watchers} AS watcher SET since = complete.since FROM complete
WHERE watcher.since < complete.since`,
      },
      { text: 'COMMIT' },
    ]);
  }
}

module.exports = { Registration };
