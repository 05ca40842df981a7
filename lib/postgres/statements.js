'use strict';

// The statements of a turn that take locks and read items, and those of the chain, which carry the
// locks of leases over the end of a transaction.
//
// A read is a statement of its own: in one with its locks it would see the items of the moment before
// they were granted. A transaction has W before its number: so watchers, who look for W, find every
// transaction that has a number and may still commit.

const { arrayOf } = require('./arrays');
const { isWatched } = require('./change-log');
const { NOW } = require('./clock');
const { rangeOf } = require('./ranges');

const LOCK = 'pg_catalog.pg_advisory_lock';
const LOCK_SHARED = 'pg_catalog.pg_advisory_lock_shared';
const UNLOCK = 'pg_catalog.pg_advisory_unlock';
const UNLOCK_SHARED = 'pg_catalog.pg_advisory_unlock_shared';
const HOLD = 'pg_catalog.pg_advisory_xact_lock';
const HOLD_SHARED = 'pg_catalog.pg_advisory_xact_lock_shared';
const TRY = 'pg_catalog.pg_try_advisory_xact_lock';
const TRY_SHARED = 'pg_catalog.pg_try_advisory_xact_lock_shared';
const NUMBER = 'pg_catalog.pg_current_xact_id()::text';

/**
 * The lock of a key: its number, and true if others may share it.
 *
 * @typedef {[string, boolean]} KeyLock
 */

class Statements {
  #names;
  #storeLock;
  #leasesLock;
  #clearLock;

  /**
   * @param {import('./names').Names} names
   * @param {import('./keys').Keys} keys
   */
  constructor(names, { storeLock, leasesLock, clearLock }) {
    this.#names = names;
    this.#storeLock = storeLock;
    this.#leasesLock = leasesLock;
    this.#clearLock = clearLock;
  }

  /**
   * Makes the statement that begins a turn's work: it takes W, waiting for it, and gives the columns
   * that are asked for.
   *
   * @param {object} asked
   * @param {boolean} [asked.leases] true to try L and C too: gives `t` if callbacks inside a lease may
   *   lease, and `t` if all may
   * @param {boolean} [asked.writes] true for the number of the transaction
   * @param {boolean} [asked.all] true to take W alone
   * @param {boolean} [asked.atOnce] true to fail (22012) instead of waiting for W: the transaction lets
   *   go of its locks then
   * @param {KeyLock} [key] a key whose lock is tried; gives `t` if it is granted
   */
  enter({ leases = false, writes = false, all = false, atOnce = false }, key) {
    const store = this.#storeLock;
    const columns = [
      atOnce
        ? `1 / (CASE WHEN ${TRY_SHARED}(${store}) THEN 1 ELSE 0 END)`
        : `${all ? HOLD : HOLD_SHARED}(${store})`,
    ];
    const isShared = key?.[1] === true;
    columns.push(key === undefined ? 'NULL' : `${isShared ? TRY_SHARED : TRY}($1::bigint)`);
    columns.push(leases ? `${TRY_SHARED}(${this.#leasesLock})` : 'NULL');
    columns.push(leases ? `${TRY_SHARED}(${this.#clearLock})` : 'NULL');
    columns.push(writes ? NUMBER : 'NULL');
    const form = `${all ? 'a' : ''}${atOnce ? 't' : ''}${key === undefined ? '' : isShared ? 's' : 'x'}`;
    return {
      name: `pl_enter_${form}${leases ? 'l' : ''}${writes ? 'w' : ''}`,
      text: `SELECT ${columns.join(', ')}`,
      values: key === undefined ? [] : [key[0]],
    };
  }

  /**
   * Makes the statement that tries the locks of several keys: gives a row for each, in their order.
   *
   * @param {KeyLock[]} keys
   */
  tryAll(keys) {
    return {
      name: 'pl_try',
      text: `SELECT CASE WHEN s THEN ${TRY_SHARED}(h) ELSE ${TRY}(h) END
        FROM unnest($1::bigint[], $2::bool[]) AS u(h, s)`,
      values: [
        arrayOf(
          'bigint',
          keys.map(([lock]) => lock),
        ),
        arrayOf(
          'bool',
          keys.map(([, isShared]) => isShared),
        ),
      ],
    };
  }

  /** Makes the statement that fails (22012) unless it gets the locks of all keys at once. */
  tryAllOrFail(keys) {
    const { values } = this.tryAll(keys);
    return {
      name: 'pl_try_or_fail',
      text: `SELECT 1 / min(CASE WHEN CASE WHEN s THEN ${TRY_SHARED}(h) ELSE ${TRY}(h) END
          THEN 1 ELSE 0 END) FROM unnest($1::bigint[], $2::bool[]) AS u(h, s)`,
      values,
    };
  }

  /** Makes the statement that waits for the lock of a key. */
  await([lock, isShared]) {
    return {
      name: `pl_await_${isShared ? 's' : 'x'}`,
      text: `SELECT ${isShared ? HOLD_SHARED : HOLD}($1::bigint)`,
      values: [lock],
    };
  }

  /** Makes the statement that waits until no `clear` is left. */
  get awaitClear() {
    return { name: 'pl_await_c', text: `SELECT ${HOLD_SHARED}(${this.#clearLock})` };
  }

  /**
   * Makes the statement that tries to exclude leases, new ones by C and those that are there by L:
   * gives `t` if there are none.
   */
  get tryExcludeLeases() {
    return {
      name: 'pl_try_all',
      text: `SELECT ${TRY}(${this.#clearLock}) AND ${TRY}(${this.#leasesLock})`,
    };
  }

  /** Makes the statement that lets new leases wait, and waits until there are none. */
  get excludeLeases() {
    return {
      name: 'pl_await_all',
      text: `SELECT ${HOLD}(${this.#clearLock}), ${HOLD}(${this.#leasesLock})`,
    };
  }

  /**
   * Makes the statement that reads items by their ids: gives a row with the time for each item that
   * has a row, and one with the time alone if none has. The last column is `t` if somebody watches.
   *
   * @param {string[]} ids
   */
  read(ids) {
    const isOne = ids.length === 1;
    return {
      name: isOne ? 'pl_load1' : 'pl_load',
      text: `SELECT ${NOW}, t.id, t.value, t.expires, t.version, ${isWatched(this.#names)}
        FROM (SELECT 1) AS one
        LEFT JOIN ${this.#names.table} AS t ON t.id = ${isOne ? '$1::bytea' : 'ANY($1::bytea[])'}`,
      values: [isOne ? ids[0] : arrayOf('bytea', ids)],
    };
  }

  /**
   * Makes the statement that reads the rows of keys with a prefix, without their values, in the order
   * of their ids: rows as those of `read`, with the column `key` for the value.
   *
   * @param {string} prefix
   * @param {string | undefined} after the last id of the part before
   * @param {number} most the number of rows
   */
  readPrefix(prefix, after, most) {
    const { text, values } = rangeOf({ prefix });
    const next = after === undefined ? '' : ` AND id > $${values.length + 1}::bytea`;
    return {
      text: `SELECT ${NOW}, t.* FROM (SELECT 1) AS one LEFT JOIN (
          SELECT id, key, expires, version FROM ${this.#names.table}
            WHERE true${text}${next} ORDER BY id LIMIT ${most}
        ) AS t ON true`,
      values: after === undefined ? values : [...values, after],
    };
  }

  /**
   * Makes the statements of the end of a transaction, after which the connection has the locks of
   * leases, in a new transaction, and nothing else. At no moment are these locks free, and none
   * belongs to the session when the batch has succeeded.
   *
   * @param {KeyLock[]} leases the locks that are kept
   * @param {object[]} begin the statements that begin a transaction
   */
  end(leases, begin) {
    const commit = { name: 'pl_commit', text: 'COMMIT' };
    if (leases.length === 0) return { before: [], commit, after: [] };
    const values = [
      arrayOf(
        'bigint',
        leases.map(([lock]) => lock),
      ),
      arrayOf(
        'bool',
        leases.map(([, isShared]) => isShared),
      ),
    ];
    const each = (name, shared, own, ownShared) => ({
      name,
      text: `SELECT ${ownShared}(${this.#leasesLock}),
        (SELECT count(CASE WHEN s THEN ${shared}(h)::text ELSE ${own}(h)::text END)
          FROM unnest($1::bigint[], $2::bool[]) AS u(h, s))`,
      values,
    });
    return {
      before: [each('pl_carry', LOCK_SHARED, LOCK, LOCK_SHARED)],
      commit,
      after: [
        ...begin,
        each('pl_keep', HOLD_SHARED, HOLD, HOLD_SHARED),
        each('pl_drop', UNLOCK_SHARED, UNLOCK, UNLOCK_SHARED),
      ],
    };
  }

  /** Makes the statement that finds which of some locks others hold: gives their numbers. */
  held(locks) {
    return {
      text: `SELECT h FROM (
          SELECT (classid::bigint << 32) | objid::bigint AS h FROM pg_catalog.pg_locks
            WHERE locktype = 'advisory' AND granted AND objsubid = 1
              AND pid <> pg_catalog.pg_backend_pid()
              AND database = (SELECT oid FROM pg_catalog.pg_database
                WHERE datname = pg_catalog.current_database())
        ) AS l WHERE h = ANY($1::bigint[]) LIMIT 1`,
      values: [arrayOf('bigint', locks)],
    };
  }
}

module.exports = { Statements };
