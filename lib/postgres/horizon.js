'use strict';

// The horizon of the commits: all transactions of the store with a lower number have ended, so their
// changes can be told in the order of their numbers, and no other will come between them.
//
// The numbers come from the server, in the order in which transactions began to write, and not in
// that of their ends. The horizon is the lowest number of a transaction of the store that is still
// under way. Those of other programs do not count: an import of theirs may take an hour.

/** The name of the horizon in the transaction that has asked for it. */
const SETTING = 'persist_lock.horizon';

/** The horizon, as SQL, for later statements of the same transaction. */
const HORIZON = `current_setting('${SETTING}')::xid8`;

/**
 * Makes the statement that finds the horizon, sets it for its transaction, and gives it with a
 * snapshot as of the same moment. A later statement sees everything below the horizon.
 *
 * A transaction of the store has the lock W before it gets its number. So one that is not seen here
 * gets a number above all that have ended by now.
 *
 * @param {import('./keys').Keys} keys
 */
function horizonStatement(keys) {
  const underWay = `WITH held AS MATERIALIZED (
  SELECT pid, locktype, transactionid, classid, objid, objsubid, database FROM pg_locks
  WHERE granted AND locktype IN ('advisory', 'transactionid')
)
SELECT min(newest - age) FROM (
  SELECT (newest - number.transactionid::text::bigint) & 4294967295 AS age
  FROM held AS number JOIN held AS store USING (pid)
  WHERE number.locktype = 'transactionid' AND store.locktype = 'advisory' AND store.objsubid = 1
    AND store.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (store.classid::bigint << 32 | store.objid::bigint) = ${keys.storeLock}::bigint
) AS writers WHERE age < 2147483648`;
  const text = `SELECT set_config('${SETTING}', horizon::text, true), snapshot::text FROM (
  SELECT snapshot, CASE WHEN pg_snapshot_xmin(snapshot) = pg_snapshot_xmax(snapshot) THEN newest
    ELSE least(newest, (${underWay})) END AS horizon
  FROM (SELECT snapshot, pg_snapshot_xmax(snapshot)::text::bigint AS newest
    FROM (SELECT pg_current_snapshot() AS snapshot) AS one) AS two
) AS three`;
  return { name: 'pl_horizon', text };
}

/** A moment of the database: tells which transactions had ended by then. */
class Snapshot {
  /** The lowest number that no transaction had that had ended. */
  end;
  #begin;
  #underWay;

  /** @param {string} text as the server writes it, `begin:end:under,way` */
  constructor(text) {
    const [begin, end, underWay] = text.split(':');
    this.#begin = Number(begin);
    this.end = Number(end);
    this.#underWay = new Set(underWay === '' ? [] : underWay.split(',').map(Number));
  }

  /** Returns true if a transaction had ended. */
  has(number) {
    if (number < this.#begin) return true;
    return number < this.end && !this.#underWay.has(number);
  }
}

module.exports = { HORIZON, Snapshot, horizonStatement };
