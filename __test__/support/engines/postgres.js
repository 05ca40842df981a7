'use strict';

// The engine over PostgreSQL for the contract tests: a place is a table, in a database of the test
// file's own. So the locks and sessions of the database are those of the file's tests.
//
// PERSIST_LOCK_POSTGRES is the URL of the server; without it the file starts one of its own.

const assert = require('node:assert/strict');
const path = require('node:path');
const test = require('node:test');
const clock = require('../../../lib/postgres/clock');

/** The setting of a session that stops the server's clock, as the store's statements see it. */
const SETTING = 'persist_lock_tests.now';
// Before any module takes it.
clock.NOW = `coalesce(nullif(current_setting('${SETTING}', true), '')::bigint, ${clock.NOW})`;

const { Connection } = require('../../../lib/postgres/connection');
const { Span } = require('../../../lib/postgres/expiry');
const PersistLock = require('../../../postgres');
const { mockTimers, stopTurnClock } = require('../clock');
const { query, sharedServer } = require('../postgres/servers');

/** The time for which sessions may take to end, in milliseconds. */
const PATIENCE = 10_000;

/** The database of this file's tests; in a program that a test has started, places name it. */
let database;
let places = 0;
let isStopped = false;

const NAME = `persist_lock_${process.pid}`;

/** Keeps the process alive: a test may wait for a watcher, which does not. */
let alive;

/** Makes a database for this file's tests. */
async function makeDatabase() {
  alive = setInterval(() => {}, 1_000);
  const { url } = await sharedServer();
  await query(url, `CREATE DATABASE ${NAME}`);
  database = new URL(url);
  database.pathname = NAME;
}

async function dropDatabase() {
  clearInterval(alive);
  const { url } = await sharedServer();
  await query(url, `DROP DATABASE ${NAME} WITH (FORCE)`);
}

if (path.basename(require.main?.filename ?? '').endsWith('.test.js')) {
  test.before(makeDatabase);
  test.after(dropDatabase);
}

function newPlace() {
  return JSON.stringify({ connectionString: database.href, table: `place_${++places}` });
}

function open(place, options) {
  return new PersistLock(JSON.parse(place), options);
}

/** Opens a store at a new place. */
function temporaryStore(t, options) {
  const store = open(newPlace(), options);
  t.after(() => store.close());
  return store;
}

/** Lists the locks that sessions have, and the transactions that wait for their programs. */
function left() {
  return query(
    database.href,
    `SELECT pid, l.mode, l.granted, a.state, a.query
       FROM pg_stat_activity a LEFT JOIN pg_locks l USING (pid)
      WHERE a.datname = current_database() AND pid <> pg_backend_pid()
        AND (l.locktype = 'advisory' OR a.state LIKE 'idle in transaction%')`,
  );
}

/** Closes stores of a place and checks that they leave no locks and no transactions. */
async function leaveNothing(place, ...stores) {
  for (const store of stores) await store.close();
  let found = await left();
  // The server notices the end of a process, or of a session, a moment later.
  const end = process.hrtime.bigint() + BigInt(PATIENCE) * 1_000_000n;
  while (found.length > 0 && process.hrtime.bigint() < end) found = await left();
  assert.deepEqual(found, []);
}

/** Stops `Date`, the server's clock with it, and the clock that ends a turn. */
function stopClock(t, now = 1_800_000_000_000) {
  mockTimers(t, { apis: ['Date'], now });
  stopTurnClock(t);
  // Another clock tells the rest of a span; it has stopped too.
  t.mock.getter(Span.prototype, 'left', function () {
    return this - Date.now();
  });
  isStopped = true;
  t.after(() => {
    isStopped = false;
  });
  return { now, moveTo: (time) => t.mock.timers.setTime(time) };
}

/**
 * Sets the server's clock, as long as it is stopped, in front of each batch of statements: for its
 * transaction alone, since a pooler gives the session to others.
 */
function settingTheClock(run) {
  return async function (statements) {
    // A transaction that has failed takes no other statement.
    if (!isStopped || statements[0].text.startsWith('ROLLBACK')) return run.call(this, statements);
    const text = `SELECT set_config('${SETTING}', $1, true)`;
    const [, ...rows] = await run.call(this, [
      { text, values: [String(Date.now())] },
      ...statements,
    ]);
    return rows;
  };
}
Connection.prototype.run = settingTheClock(Connection.prototype.run);

module.exports = {
  hasBlockingCalls: false,
  countsCommits: false,
  tellsEachCommit: false,
  slowness: 5,
  newPlace,
  open,
  temporaryStore,
  leaveNothing,
  stopClock,
};
