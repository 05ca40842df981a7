'use strict';

// The first trip of a turn: it tries the locks of the calls, and reads their items. No callback has
// run yet, so all of it may be done again.

const { partsOf } = require('./owners');
const timers = require('../timers');
const { keysOf } = require('./turn-keys');

/**
 * The time after which calls count as waiting although only the store's lock may be in the way, in
 * milliseconds: a `clear` or a call of many keys has it for a moment.
 */
const LATE = 1_000;

/**
 * The answer of the server to the first trip: which keys the turn has, and what they hold.
 *
 * @typedef {object} Granted
 * @property {Set<string>} keyTexts the keys, by their JSON texts
 * @property {boolean} leases true if callbacks inside a lease may lease
 * @property {boolean} noClear true if others may lease too, since no `clear` waits
 * @property {string | undefined} number that of the transaction
 * @property {boolean} [isWatched] true if somebody watches, as of a moment after the transaction had
 *   its number: one who has registered since is told of no transaction with such a number
 * @property {number} now
 * @property {Map<string, import('./turn').Row | undefined>} rows by the keys
 */

/**
 * The calls of the trips under way, with the times at which these began; and the timer that looks at
 * them, one for all: a timer for each trip would cost as much as its statements.
 */
const begun = new Map();
let timer;

/** Starts the time limits of calls whose trip takes long. */
function look() {
  const now = timers.now();
  for (const [calls, since] of begun) {
    if (now - since < LATE) continue;
    for (const call of calls) partsOf(call).deadlines.watch(call);
  }
  timer = begun.size > 0 ? timers.setTimeout(look, LATE).unref() : undefined;
}

/**
 * Makes the trip.
 *
 * @param {object} parts those of the scheduler
 * @param {import('./session').Session} session
 * @param {import('../calls/call').Call[]} calls
 * @param {import('./batch').Statement[]} open the statements that open the transaction
 * @returns {Promise<Granted>}
 */
async function firstTrip({ statements, keys }, session, calls, open) {
  const wanted = keysOf(calls, keys);
  const locks = wanted.map(({ lock, isShared }) => [lock, isShared]);
  const ids = wanted.filter(({ isRead }) => isRead).map(({ id }) => id);
  const one = locks.length === 1 ? locks[0] : undefined;
  const asked = {
    leases: calls.some((call) => call.mayLease),
    writes: calls.some((call) => !call.shared),
  };
  begun.set(calls, timers.now());
  timer ??= timers.setTimeout(look, LATE).unref();
  try {
    const results = await session.connection.run([
      ...open,
      statements.enter(asked, one),
      ...(one === undefined && locks.length > 0 ? [statements.tryAll(locks)] : []),
      statements.read(ids),
    ]);
    const [[, isGranted, leases, noClear, number]] = results[open.length];
    const tried = one === undefined ? results[open.length + 1] : [[isGranted]];
    const granted = wanted.filter((_, at) => tried[at][0] === 't');
    return {
      keyTexts: new Set(granted.map(({ keyText }) => keyText)),
      leases: leases === 't',
      noClear: noClear === 't',
      number: number ?? undefined,
      ...rowsOf(results.at(-1), wanted),
    };
  } finally {
    begun.delete(calls);
  }
}

/**
 * Reads the rows of the server.
 *
 * @param {(string | null)[][]} found
 * @param {import('./turn-keys').TurnKey[]} wanted
 */
function rowsOf(found, wanted) {
  const rows = new Map();
  const keyOf = new Map();
  for (const { key, id, isRead } of wanted) {
    if (!isRead) continue;
    rows.set(key, undefined);
    keyOf.set(id, key);
  }
  for (const [, id, json, expires, version] of found) {
    if (id === null) continue;
    const moment = expires === null ? undefined : Number(expires);
    rows.set(keyOf.get(id), { json, expires: moment, version });
  }
  return { now: Number(found[0][0]), rows, isWatched: found[0][5] !== 'f' };
}

module.exports = { firstTrip, rowsOf };
