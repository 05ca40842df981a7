'use strict';

// Processes with stores over PostgreSQL.

const { startActor } = require('../actor');
const { start } = require('../processes');
const { query, urlOf } = require('./places');

// The engine of `actor.js`, and of the other programs that open stores by `support/engine.js`.
process.env.PERSIST_LOCK_BACKEND = 'postgres';

const WAITING = `SELECT count(*)::int AS count FROM pg_locks JOIN pg_stat_activity USING (pid)
  WHERE locktype = 'advisory' AND NOT granted AND application_name LIKE $1`;

/** Waits until so many connections of a process wait in the server's queues for locks. */
async function untilWaiting(place, pid = process.pid, least = 1) {
  for (let count = 0; count < least;) {
    [{ count }] = await query(urlOf(place), WAITING, [`persist-lock %:${pid}`]);
  }
}

module.exports = { start, startActor, untilWaiting };
