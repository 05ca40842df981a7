'use strict';

// Processes with stores over PostgreSQL.

const { startActor } = require('../actor');
const { start } = require('../processes');
const { query, urlOf } = require('./places');

// The engine of `actor.js`, and of the other programs that open stores by `support/engine.js`.
process.env.PERSIST_LOCK_BACKEND = 'postgres';

const WAITING = `SELECT count(*)::int AS count FROM pg_locks JOIN pg_stat_activity USING (pid)
  WHERE locktype = 'advisory' AND NOT granted AND application_name LIKE $1`;

/** Counts the connections of a process that wait in the server's queues for locks. */
async function countWaiting(place, pid) {
  const [{ count }] = await query(urlOf(place), WAITING, [`persist-lock %:${pid}`]);
  return count;
}

/** Waits until so many connections of a process wait for locks. Rejects if the process has ended. */
async function untilWaiting(place, pid = process.pid, least = 1) {
  while ((await countWaiting(place, pid)) < least) process.kill(pid, 0);
}

/** Waits until no connection of a process waits for a lock. */
async function untilNoneWaits(place, pid = process.pid) {
  while ((await countWaiting(place, pid)) > 0);
}

module.exports = { start, startActor, untilNoneWaits, untilWaiting };
