'use strict';

// The transaction of a turn: how it begins, and how it ends without its changes. Knows no calls.

const SAVEPOINT = { name: 'pl_savepoint', text: 'SAVEPOINT persist_lock' };
const ROLLBACK_TO = { text: 'ROLLBACK TO SAVEPOINT persist_lock' };
const ROLLBACK = { text: 'ROLLBACK' };
/** Lets go of the locks that the chain takes for the session: they outlive the rollback. */
const UNLOCK = { text: 'SELECT pg_catalog.pg_advisory_unlock_all()' };

/**
 * Lists the statements that open the transaction of a turn.
 *
 * @param {import('./session').Session} session
 * @param {boolean} holdsLeases true if the open transaction has the locks of leases. That of a call
 *   without keys has none
 */
function opening({ connection }, holdsLeases) {
  if (!connection.hasTransaction) return connection.begin();
  // A statement that fails must not end the transaction that holds leases.
  return holdsLeases ? [SAVEPOINT] : [];
}

/**
 * Ends the transaction without its changes, and keeps locks of leases in a new one. A return to the
 * savepoint alone would leave the number of the transaction without W: watchers would be told of
 * later commits, and overlook what the leases commit under this number. Ends the session if this
 * fails.
 *
 * @param {object} parts those of the scheduler
 * @param {import('./session').Session} session
 * @param {import('./statements').KeyLock[]} locks those that are kept
 */
async function abandon({ statements, connections }, { connection }, locks) {
  const { before, commit, after } = statements.end(locks, connection.begin());
  const goOn = [ROLLBACK_TO, UNLOCK, ...before, commit, ...after];
  try {
    await connection.run(locks.length > 0 ? goOn : [ROLLBACK, UNLOCK]);
  } catch {
    connections.destroy(connection);
  }
}

module.exports = { abandon, opening };
