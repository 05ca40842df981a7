'use strict';

// Parts of the engine over PostgreSQL for tests of them alone, without the class above them.

const { Connections } = require('../../../lib/postgres/connections');
const { newSchema, sharedServer } = require('./servers');

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

/** Makes the connections of a store in a schema of the test's own, on the server of all tests. */
async function newConnections(t, given = {}, context = {}) {
  const { url } = await sharedServer();
  const place = { connectionString: url, schema: await newSchema(t, url) };
  return connectionsTo(t, { ...place, ...given }, context);
}

/** Runs one statement on a connection; resolves with its rows. */
async function rowsOf(connection, text, values) {
  const [rows] = await connection.run([{ text, values }]);
  return rows;
}

/** Reads some settings of a session. */
async function settingsOf(connection, ...names) {
  const text = `SELECT ${names.map((name) => `current_setting('${name}')`)}`;
  const [row] = await rowsOf(connection, text);
  return row;
}

/** Reads the process of the server that serves a connection. */
async function backendOf(connection) {
  const [[backend]] = await rowsOf(connection, 'SELECT pg_backend_pid()');
  return backend;
}

module.exports = { backendOf, connectionsTo, newConnections, rowsOf, settingsOf };
