'use strict';

// Clients of `pg` for the store's own connections: made as the program's pool makes its own, or from
// a connection string. The pool itself is not used: if the program's code held all of its clients
// while it waited for a call of the store, neither would go on.

const { noDriverError, unsupported } = require('./errors');

/** The time limit of one attempt to connect, in milliseconds. */
const CONNECT_TIME = 10_000;

/** Returns a function that makes a client, which is not connected. */
function clientMaker({ pool, connectionString }) {
  const Client = pool === undefined ? loadDriver().Client : pool.Client;
  const { onConnect } = pool?.options ?? {};
  const options = optionsOf(pool, connectionString);
  return () => {
    const client = new Client(options());
    // The driver over libpq does not let others send several statements at once.
    if (typeof client.connection?.sync !== 'function') {
      throw unsupported('The pool is of pg-native. Make one of the pool class of pg itself');
    }
    // The driver's own limits would end a wait for a lock, or come as settings of the connection's
    // start, which a pooler refuses.
    Object.assign(client.connectionParameters ?? {}, {
      query_timeout: 0,
      statement_timeout: 0,
      lock_timeout: 0,
      idle_in_transaction_session_timeout: 0,
    });
    return { client, onConnect };
  };
}

function optionsOf(pool, connectionString) {
  if (pool === undefined)
    return () => ({ connectionString, connectionTimeoutMillis: CONNECT_TIME });
  return () => {
    const { options } = pool;
    const limit = options.connectionTimeoutMillis || CONNECT_TIME;
    return {
      ...options,
      // The pool hides its password from those who list its options.
      password: options.password,
      connectionTimeoutMillis: Math.min(limit, CONNECT_TIME),
      pipeline: false,
    };
  };
}

function loadDriver() {
  try {
    return require('pg');
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND' && /'pg'/.test(error.message)) throw noDriverError(error);
    throw error;
  }
}

module.exports = { CONNECT_TIME, clientMaker };
