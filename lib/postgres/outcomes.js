'use strict';

// Finds out what became of a transaction whose connection was lost before its answer.
//
// In this order: the session had ended before the transaction had a number: not stored. A row has the
// transaction's version: stored. The old session is gone, and a row has the version that was read:
// not stored. The server knows the transaction as aborted, or has not come to its number: not stored.
// It knows it as committed, in the same incarnation: stored. A number is used again after a crash or
// a promotion, so its status in another incarnation tells nothing: unknown.

const { arrayOf } = require('./arrays');
const { unknownOutcomeError, translate } = require('./errors');
const { incarnationStatement } = require('./incarnation');
const { read } = require('./retries');
const timers = require('../timers');

/** The time for which the outcome is asked for, in milliseconds. */
const TIME = 20_000;
/** The pause between two questions, in milliseconds. */
const PAUSE = 100;

/**
 * @typedef {object} Sent
 * @property {Error} error the error of the connection
 * @property {import('./writes').Written[]} written
 * @property {boolean} hasCleared
 * @property {string} token the version of the rows
 * @property {string | undefined} number the number of the transaction, if it was told
 * @property {import('./connection').Connection} connection
 */

class Outcomes {
  #connections;
  #names;

  /** @param {{ connections: import('./connections').Connections }} context */
  constructor({ connections, names }) {
    this.#connections = connections;
    this.#names = names;
  }

  /**
   * Resolves with `'committed'`, `'aborted'` or `'unknown'`.
   *
   * @param {Sent} sent
   */
  async find(sent) {
    // The server has ended the session while it waited for the number or before: it said so.
    if (sent.number === undefined && sent.error.severity !== undefined) return 'aborted';
    const end = timers.now() + TIME;
    while (timers.now() < end) {
      const outcome = await this.#ask(sent).catch(() => undefined);
      if (outcome !== undefined) return outcome;
      await new Promise((resolve) => timers.setTimeout(resolve, PAUSE));
    }
    return 'unknown';
  }

  /** Finds the ids of the rows that a transaction has written; none if the server does not tell. */
  async storedOf(ids, token) {
    try {
      const rows = await read(this.#connections, {
        text: `SELECT id FROM ${this.#names.table}
          WHERE id = ANY($1::bytea[]) AND version = $2::bigint`,
        values: [arrayOf('bytea', ids), token],
      });
      return new Set(rows.map(([id]) => id));
    } catch {
      return new Set();
    }
  }

  /** Asks the server once. Resolves with `undefined` if it cannot tell yet. */
  async #ask(sent) {
    const connection = await this.#connections.take();
    try {
      return await this.#askOn(connection, sent);
    } finally {
      this.#connections.giveBack(connection);
    }
  }

  async #askOn(connection, sent) {
    const { number, token, connection: lost } = sent;
    const [[[isStandby, isAlive]], rows] = await connection.run([
      {
        // A pooler may ask this over the same session, and has it serve others.
        text: `SELECT pg_catalog.pg_is_in_recovery(), EXISTS (SELECT FROM
          pg_catalog.pg_stat_activity WHERE pid = $1::int AND pid <> pg_catalog.pg_backend_pid()
            AND (NOT $2::bool OR xact_start IS NOT NULL))`,
        values: [lost.backend ?? '0', String(lost.isPooled)],
      },
      {
        text: `SELECT id, version FROM ${this.#names.table} WHERE id = $1::bytea`,
        values: [markOf(sent)?.id ?? '\\x'],
      },
    ]);
    // It cannot have what the new primary has.
    if (isStandby === 't') return undefined;
    const mark = markOf(sent);
    const version = mark === undefined ? undefined : (rows[0]?.[1] ?? null);
    if (version === token) return 'committed';
    // As long as the old session lives it may still commit.
    const isOver = isAlive !== 't';
    if (!isOver && !lost.isPooled) await this.#connections.terminate(lost.backend);
    // Where no row was read, and none is, others may have removed the one that was stored.
    if (isOver && typeof version === 'string' && version === mark.version) return 'aborted';
    if (number === undefined) return isOver ? 'unknown' : undefined;
    return this.#statusOf(connection, number, lost);
  }

  async #statusOf(connection, number, lost) {
    let status;
    let incarnation;
    try {
      const [[[found]], rows] = await connection.run([
        { text: 'SELECT pg_catalog.pg_xact_status($1::xid8)', values: [number] },
        // Through a pooler, a connection may be older than the server's present incarnation.
        incarnationStatement(this.#names),
      ]);
      status = found;
      incarnation = rows[0]?.[0];
    } catch (error) {
      // The server has not come to this number: the transaction was lost in a crash.
      if (error.code === '22023') return 'aborted';
      throw error;
    }
    if (status === 'in progress') return undefined;
    if (status === 'aborted') return 'aborted';
    const isSame = lost.incarnation !== undefined && lost.incarnation === incarnation;
    return status === 'committed' && isSame ? 'committed' : 'unknown';
  }

  /** Makes the error of the calls of a transaction that was not stored, or of which it is not known. */
  errorOf(outcome, key, error) {
    return outcome === 'unknown' ? unknownOutcomeError(key, error) : translate(error, key);
  }
}

/** Finds a row that tells: one that the transaction has written. */
function markOf({ written }) {
  return written.find(({ json }) => json !== undefined);
}

module.exports = { Outcomes };
