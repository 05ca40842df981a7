'use strict';

// Reads over any connection, tried again if the connection is lost. Must not be used for statements
// that change anything: one whose answer was lost may have been run.

const { isLost } = require('./errors');
const timers = require('../timers');

/** The time after which a read is not tried again, in milliseconds. */
const RETRY_TIME = 10_000;

/** The first and the longest pause before another attempt, in milliseconds. */
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 500;

/**
 * Calls `attempt` again as long as it rejects because a connection was lost: at least once, since an
 * idle connection may have been cut long ago without a sign, and then up to a time limit.
 *
 * @template T
 * @param {() => Promise<T>} attempt
 * @returns {Promise<T>}
 */
async function retried(attempt) {
  const begun = timers.now();
  for (let pause = 0; ; pause = Math.min(2 * pause || FIRST_PAUSE, LONGEST_PAUSE)) {
    try {
      return await attempt();
    } catch (error) {
      const isLate = pause > 0 && timers.now() - begun + pause > RETRY_TIME;
      if (!isLost(error) || isLate) throw error;
    }
    if (pause > 0) await new Promise((resolve) => timers.setTimeout(resolve, pause));
  }
}

/**
 * Runs one statement that reads. Resolves with its rows.
 *
 * @param {import('./connections').Connections} connections
 * @param {import('./batch').Statement} statement
 */
function read(connections, statement) {
  return retried(async () => {
    const connection = await connections.take();
    try {
      const [rows] = await connection.run([statement]);
      return rows;
    } finally {
      connections.giveBack(connection);
    }
  });
}

module.exports = { read, retried };
