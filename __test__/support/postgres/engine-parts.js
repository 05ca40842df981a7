'use strict';

// Parts of the engine over PostgreSQL for tests of them alone, without the class above them.

const { Connections } = require('../../../lib/postgres/connections');

/** The options of the class, as it hands them to its engine. */
const OPTIONS = {
  schema: 'public',
  table: 'persist_lock',
  connections: 4,
  leaseTimeout: 15_000,
  durability: 'disk',
};

/**
 * Makes the connections of a store; they are closed after the test.
 *
 * @param {object} options those that differ: `connectionString` or `pool`, and others
 * @param {object} [context] time limits that differ
 */
function connectionsTo(t, options, context) {
  const connections = new Connections({ options: { ...OPTIONS, ...options }, ...context });
  t.after(() => connections.close());
  return connections;
}

/** Runs one statement on a connection; resolves with its rows. */
async function rowsOf(connection, text, values) {
  const [rows] = await connection.run([{ text, values }]);
  return rows;
}

module.exports = { connectionsTo, rowsOf };
