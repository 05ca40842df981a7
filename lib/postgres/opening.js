'use strict';

// Opens a store: checks that the server can hold one, that its locks lock, and that the tables are
// there; makes them if they are not. Many processes may do this at the same time.

const { randomUUID } = require('node:crypto');
const { PersistLockError } = require('../errors');
const { unsupported } = require('./errors');
const { schemaOf } = require('./schema');
const { checkServer } = require('./server');
const { findingOf, lookAtTables } = require('./tables');
const timers = require('../timers');

/** The usual time that a second session may take to try a lock, in milliseconds. */
const PROBE_TIME = 10_000;

/**
 * Opens a store over two connections. Resolves with the number of the table of the items.
 *
 * @param {import('./connection').Connection} first
 * @param {import('./connection').Connection} second
 * @param {import('./names').Names} names
 * @param {import('./keys').Keys} keys
 * @param {number} [probeTime] the time that a second session may take to try a lock, in milliseconds
 */
async function openStore(first, second, names, keys, probeTime = PROBE_TIME) {
  checkServer(first.server);
  const lock = keys.probeLock(randomUUID());
  const results = await first
    .run([
      ...first.begin(),
      { text: `SELECT pg_catalog.pg_advisory_xact_lock(${lock})` },
      ...lookAtTables(names),
    ])
    .catch((error) => {
      throw isStatementPooler(error) ? unsupported(WITHOUT_TRANSACTIONS, error) : error;
    });
  const isRefused = await probe(second, lock, probeTime);
  // This fails if the first session has ended meanwhile, and its lock with it.
  await first.run([{ text: 'ROLLBACK' }]);
  if (!isRefused) throw unsupported('Advisory locks of this server do not exclude each other');
  const finding = findingOf(names, results.slice(-2));
  if (finding.missing.length === 0) return finding.oid;
  return makeTables(first, finding, names, keys);
}

const WITHOUT_TRANSACTIONS =
  'The pooler gives a session for one statement. Let it do so for a transaction: pool_mode = transaction';

/** Recognizes the refusal of a pooler that has no transactions. */
function isStatementPooler({ message }) {
  return /statement pooling/.test(message);
}

/**
 * Resolves with true if a second session is refused a lock that the first one has. Some servers have
 * the functions, and they do nothing.
 */
async function probe(second, lock, time) {
  const trying = second.run([
    ...second.begin(),
    { text: `SELECT pg_catalog.pg_try_advisory_xact_lock(${lock})` },
    { text: 'ROLLBACK' },
  ]);
  let limit;
  const tooLong = new Promise((resolve, reject) => {
    const message =
      'A second session was not served while the first one was in a transaction. Let the pooler have more sessions with the server';
    limit = timers.setTimeout(() => reject(unsupported(message)), time);
  });
  try {
    const results = await Promise.race([trying, tooLong]);
    const [[isGranted]] = results.at(-2);
    return isGranted === 'f';
  } finally {
    timers.clearTimeout(limit);
    trying.catch(() => {});
  }
}

/** Makes the tables that are missing. */
async function makeTables(connection, { missing, mayCreate, role }, names, keys) {
  if (!mayCreate) {
    throw new PersistLockError(
      '42501',
      `There is no table ${missing.join(', ')}, and the role ${role} may not make tables in the schema ${names.schema}. ` +
        'Run the output of npx persist-lock schema as its owner, or GRANT CREATE ON SCHEMA to the role',
    );
  }
  const results = await connection.run([
    ...connection.begin(),
    { text: `SELECT pg_catalog.pg_advisory_xact_lock(${keys.schemaLock})` },
    ...schemaOf(names).map((text) => ({ text })),
    ...lookAtTables(names),
    { text: 'COMMIT' },
  ]);
  return findingOf(names, results.slice(-3, -1)).oid;
}

module.exports = { openStore };
