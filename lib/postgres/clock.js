'use strict';

// The server's clock, by which items expire. All statements take the time from here, so that tests
// can stop it.

/**
 * The time in whole milliseconds since 1970, as an expression of SQL: that of the statement, so all of
 * its rows see one time, and a statement after a wait sees the time after it.
 */
const NOW = 'pg_catalog.floor(extract(epoch FROM pg_catalog.statement_timestamp()) * 1000)::bigint';

module.exports = { NOW };
