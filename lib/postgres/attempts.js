'use strict';

// Attempts to connect, one after the other: a server may be starting, or have too many connections.

const { isLost } = require('./errors');
const timers = require('../timers');

/** The first and the longest pause between attempts, in milliseconds. */
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 500;

/**
 * The codes of attempts that no other follows: connections that are refused for good, and poolers'
 * refusals.
 */
const FINAL = /^08(004|P01)$/;

/** The server has as many connections as it may have. */
const TOO_MANY = '53300';

/**
 * Attempts to connect until it succeeds. Rejects with the error of the last attempt.
 *
 * @template T
 * @param {() => Promise<T>} connect one attempt
 * @param {number} time the time after which no attempt begins, in milliseconds
 * @param {() => void} check throws if no further attempt is needed
 * @returns {Promise<T>}
 */
async function keepConnecting(connect, time, check) {
  const begun = timers.now();
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    try {
      return await connect();
    } catch (error) {
      if (!mayPass(error) || timers.now() - begun + pause > time) throw error;
    }
    await new Promise((resolve) => timers.setTimeout(resolve, pause));
    check();
  }
}

/** Returns true for the error of an attempt that another may follow. */
function mayPass(error) {
  return (isLost(error) && !FINAL.test(error.code)) || error.code === TOO_MANY;
}

module.exports = { keepConnecting };
