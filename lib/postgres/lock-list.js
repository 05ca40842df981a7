'use strict';

// Lists the locks of a store: those of this instance, which are known exactly, and those that the
// server knows of other sessions.
//
// The server knows locks by numbers, which are hashes. So the key of a lock is known only if this
// instance has, or waits for, a lock of the same key. Which numbers belong to the store shows by
// their sessions: each has the lock W in a turn, L while it has a lease, and C in a `clear`.

const { arrayOf } = require('./arrays');
const { translate } = require('./errors');
const { read } = require('./retries');
const { processOf } = require('./session-settings');
const { toldLocks } = require('../told-locks');

/** The session locks of this database, with their numbers. */
const HELD = `SELECT pid, granted, mode, (classid::bigint << 32 | objid::bigint) AS lock
FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/**
 * The columns of a lock and its session. The times are those of the transaction that took the lock,
 * and of the statement that waits. All but the process of the server is hidden from roles that may
 * not see the session.
 */
const COLUMNS = `lock::text, mode, granted, pid, application_name,
  floor(extract(epoch FROM CASE WHEN granted THEN xact_start ELSE query_start END) * 1000)::bigint`;

/** The mode of an exclusive lock. */
const EXCLUSIVE = 'ExclusiveLock';

/**
 * Lists the locks of all processes.
 *
 * @param {object} context that of the engine
 * @returns {Promise<import('../engine').Lock[]>}
 */
async function listLocks({ connections, lifecycle, keys, writer }) {
  try {
    return await lifecycle.read(async () => {
      const own = [...writer.locks()];
      const known = new Map();
      for (const { key } of own) if (typeof key === 'string') known.set(keys.lockOf(key), key);
      const others = await othersOf(connections, keys, known);
      return toldLocks([...own, ...others]);
    });
  } catch (error) {
    throw translate(error);
  }
}

/** Lists the locks that other instances have or wait for. */
async function othersOf(connections, keys, known) {
  const rows = await read(connections, {
    text: `WITH held AS MATERIALIZED (${HELD}),
stores AS (SELECT pid FROM held WHERE lock IN (${allLocksOf(keys).join()})),
found AS (
  SELECT lock FROM held WHERE pid IN (SELECT pid FROM stores) UNION SELECT unnest($1::bigint[])
)
SELECT ${COLUMNS} FROM held JOIN found USING (lock) LEFT JOIN pg_stat_activity USING (pid)`,
    values: [arrayOf('bigint', [...known.keys()])],
  });
  const own = connections.backends;
  return rows
    .filter(([, , , pid]) => !own.has(pid))
    .map((row) => lockOf(row, keys, known))
    .filter((lock) => lock !== undefined);
}

/** Makes a lock of its row; `undefined` for one that is shared by all who are in a turn. */
function lockOf([number, mode, granted, backend, name, since], keys, known) {
  const isExclusive = mode === EXCLUSIVE;
  const isOfAll = allLocksOf(keys).includes(number);
  // A `clear` has L besides C.
  if (isOfAll && (!isExclusive || number === keys.leasesLock)) return undefined;
  return {
    key: isOfAll ? null : known.get(number),
    kind: kindOf(number, isExclusive, keys),
    waiting: granted === 'f',
    process: processOf(name, backend),
    since: since === null ? undefined : Number(since),
  };
}

function kindOf(number, isExclusive, keys) {
  if (number === keys.clearLock) return 'clear';
  if (number === keys.storeLock) return 'turn';
  return isExclusive ? 'edit' : 'view';
}

/** Lists the numbers of the locks that are of no single key. */
function allLocksOf({ storeLock, leasesLock, clearLock }) {
  return [storeLock, leasesLock, clearLock];
}

/**
 * Finds the session that has had a lock for the longest time, for the error of a call that waited for it.
 *
 * @param {import('./connections').Connections} connections
 * @param {string} lock the number of the lock
 * @returns {Promise<import('../errors').Holder | undefined>}
 */
async function holderOf(connections, lock) {
  const [row] = await read(connections, {
    text: `WITH held AS MATERIALIZED (${HELD})
SELECT ${COLUMNS} FROM held LEFT JOIN pg_stat_activity USING (pid)
WHERE granted AND lock = $1::bigint ORDER BY xact_start LIMIT 1`,
    values: [lock],
  });
  if (row === undefined) return undefined;
  const [, , , backend, name, since] = row;
  return {
    ...processOf(name, backend),
    since: since === null ? undefined : new Date(Number(since)),
  };
}

module.exports = { holderOf, listLocks };
