'use strict';

// Clients of `pg` for the store's own connections: made as the program's pool makes its own, or from
// a connection string. The pool itself is not used: if the program's code held all of its clients
// while it waited for a call of the store, neither would go on.

const { misuse } = require('../errors');
const { noDriverError, unsupported } = require('./errors');

/** The time limit of one attempt to connect, in milliseconds. */
const CONNECT_TIME = 10_000;

/**
 * Returns a function that makes a client, which is not connected.
 *
 * @param {{ pool?: object, connectionString?: string }} place
 * @returns {() => { client: object, onConnect?: (client: object) => unknown }}
 */
function clientMaker({ pool, connectionString }) {
  if (pool === undefined) return byString(connectionString);
  const Client = pool.Client ?? loadDriver().Client;
  return () => {
    const { options } = pool;
    const limit = options.connectionTimeoutMillis || CONNECT_TIME;
    const client = new Client({
      ...options,
      // The pool hides its password from those who list its options.
      password: options.password,
      connectionTimeoutMillis: Math.min(limit, CONNECT_TIME),
      pipeline: false,
    });
    return { client: prepared(client), onConnect: options.onConnect };
  };
}

function byString(connectionString) {
  const { Client } = loadDriver();
  const make = () => new Client({ connectionString, connectionTimeoutMillis: CONNECT_TIME });
  try {
    make();
  } catch (error) {
    // A certificate that it names, which cannot be read.
    if (error.syscall !== undefined) throw error;
    // Any other error may have the string, and so the password.
    throw misuse(
      TypeError,
      'INVALID_OPTION',
      'pg cannot read the "connectionString" option. It must be like postgres://user:password@host:5432/database, in which special characters of the password are percent-encoded',
    );
  }
  return () => ({ client: prepared(make()) });
}

/** Frees a client of limits that are for other work. */
function prepared(client) {
  // The driver over libpq cannot send several statements at once.
  if (typeof client.connection?.sync !== 'function') {
    throw unsupported('The pool is of pg-native. Use the Pool that pg itself exports');
  }
  // These limits would end a wait for a lock. The driver sends some of them as settings of the
  // connection's start, which a pooler refuses.
  return Object.assign(client, {
    connectionParameters: Object.assign(client.connectionParameters, {
      query_timeout: 0,
      statement_timeout: 0,
      lock_timeout: 0,
      idle_in_transaction_session_timeout: 0,
    }),
  });
}

/** Loads `pg`, which a program with a pool has loaded already, perhaps from elsewhere. */
function loadDriver() {
  try {
    return require('pg');
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND' && /'pg'/.test(error.message)) throw noDriverError(error);
    throw error;
  }
}

module.exports = { clientMaker };
