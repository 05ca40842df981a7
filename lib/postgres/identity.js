'use strict';

// The identity of a store, for those who must know that two stores are one, or that there is none yet.
// Opening would make the tables.

/**
 * Resolves with a text that only instances of the same store share, while the server runs;
 * `undefined` if its table is not there.
 *
 * @param {import('./connections').Connections} connections
 * @param {import('./names').Names} names
 */
async function identityOf(connections, names) {
  const connection = await connections.makeExtra();
  try {
    const [[[started, database, table]]] = await connection.run([
      {
        // The time in microseconds tells servers apart that are copies of each other.
        text: `SELECT extract(epoch FROM pg_catalog.pg_postmaster_start_time()), oid,
            pg_catalog.to_regclass($1)::oid
          FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()`,
        values: [names.table],
      },
    ]);
    return table === null ? undefined : `${started} ${database} ${table}`;
  } finally {
    await connections.destroy(connection);
  }
}

module.exports = { identityOf };
