'use strict';

// The statements that make the tables of a store.

const { namesOf } = require('./names');

/**
 * Lists the statements that make the tables, as far as they are not there.
 * @param {import('./names').Names} names
 */
function schemaOf(names) {
  return [
    `CREATE TABLE IF NOT EXISTS ${names.table} (
  id bytea PRIMARY KEY, -- the key in UTF-8; of one above 800 bytes, the first 800 and its SHA-256
  key bytea, -- the key, only where id is not it
  value json NOT NULL,
  expires bigint, -- milliseconds since 1970
  version bigint NOT NULL -- random, of the commit that wrote the row
) WITH (fillfactor = 80)`,
    `CREATE INDEX IF NOT EXISTS ${names.expiries} ON ${names.table} (expires)
  WHERE expires IS NOT NULL`,
    `CREATE UNLOGGED TABLE IF NOT EXISTS ${names.server} (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  id bigint NOT NULL
)`,
    `CREATE TABLE IF NOT EXISTS ${names.watchers} (
  id bigint PRIMARY KEY,
  renewed timestamptz NOT NULL,
  since xid8 NOT NULL -- the commit from which on the changes are complete
)`,
    `CREATE TABLE IF NOT EXISTS ${names.changes} (
  commit xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
  n bigint GENERATED ALWAYS AS IDENTITY,
  at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  id bytea NOT NULL,
  key bytea,
  PRIMARY KEY (commit, n)
)`,
  ];
}

/**
 * Gives the statements that make the tables as one text, for psql and for tools of migration.
 * @param {{ schema: string, table: string }} place
 */
function ddlOf({ schema, table }) {
  return schemaOf(namesOf(schema, table))
    .map((statement) => `${statement};\n`)
    .join('\n');
}

module.exports = { ddlOf, schemaOf };
