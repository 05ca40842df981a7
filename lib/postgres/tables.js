'use strict';

// Looks at the tables of a store before they are used: all are there, have the columns that the
// statements use, and the role may use them. So a store fails when it is opened, with advice, and not
// in the middle of its calls.

const { PersistLockError } = require('../errors');
const { arrayOf } = require('./arrays');
const { unsupported } = require('./errors');

/**
 * The shape of each table. A crash loses nothing of a table `p`. The server empties a table `u`
 * (unlogged) after a crash, which tells one incarnation from the next.
 */
const TABLES = {
  table: {
    persistence: 'p',
    columns: { id: 'bytea', key: 'bytea', value: 'json', expires: 'bigint', version: 'bigint' },
    unique: 'id',
    privileges: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  },
  server: {
    persistence: 'u',
    columns: { one: 'boolean', id: 'bigint' },
    unique: 'one',
    privileges: ['SELECT', 'INSERT'],
  },
  watchers: {
    persistence: 'p',
    columns: { id: 'bigint', renewed: 'timestamp with time zone', since: 'xid8' },
    unique: 'id',
    privileges: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  },
  changes: {
    persistence: 'p',
    columns: {
      commit: 'xid8',
      n: 'bigint',
      at: 'timestamp with time zone',
      id: 'bytea',
      key: 'bytea',
    },
    privileges: ['SELECT', 'INSERT', 'DELETE'],
  },
};

/** The kinds of relations that are tables, with or without partitions. */
const KINDS = ['r', 'p'];

const LOOK = `SELECT c.relname, c.oid, c.relkind, c.relpersistence,
    pg_catalog.row_security_active(c.oid),
    (SELECT json_agg(p) FROM unnest($3::text[]) AS p
      WHERE NOT pg_catalog.has_table_privilege(c.oid, p)),
    (SELECT json_object_agg(a.attname, pg_catalog.format_type(a.atttypid, NULL))
      FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
    (SELECT json_agg(a.attname) FROM pg_catalog.pg_index i
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
      WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate
        AND i.indnkeyatts = 1 AND i.indpred IS NULL)
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
  WHERE s.nspname = $1 AND c.relname = ANY ($2::text[])`;

const LOOK_AT_SCHEMA = `SELECT pg_catalog.has_schema_privilege(oid, 'USAGE'),
    pg_catalog.has_schema_privilege(oid, 'CREATE'), current_user
  FROM pg_catalog.pg_namespace WHERE nspname = $1`;

/**
 * Makes the statements that look at the tables; `findingOf` understands their rows.
 * @param {import('./names').Names} names
 */
function lookAtTables(names) {
  const tables = Object.keys(TABLES).map((table) => names.plain[table]);
  const privileges = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];
  return [
    { text: LOOK_AT_SCHEMA, values: [names.schema] },
    { text: LOOK, values: [names.schema, arrayOf('text', tables), arrayOf('text', privileges)] },
  ];
}

/**
 * The tables as they were found.
 *
 * @typedef {object} Finding
 * @property {string[]} missing the quoted names of the tables that are not there
 * @property {boolean} mayCreate true if the role may make tables in the schema
 * @property {string} role
 * @property {string | undefined} oid the number of the table of the items
 */

/**
 * Understands the rows of `lookAtTables`. Throws if a table that is there cannot be used.
 *
 * @returns {Finding}
 */
function findingOf(names, [[schema], rows]) {
  if (schema === undefined) {
    const message = `The database has no schema ${JSON.stringify(names.schema)}. Create it, or set the "schema" option`;
    throw new PersistLockError('3F000', message);
  }
  const [isUsable, mayCreate, role] = schema;
  if (isUsable !== 't') {
    const message = `The role ${role} may not use the schema ${JSON.stringify(names.schema)}. Grant it USAGE`;
    throw new PersistLockError('42501', message);
  }
  const found = new Map(rows.map(([name, ...rest]) => [name, rest]));
  const missing = [];
  for (const [table, expected] of Object.entries(TABLES)) {
    const row = found.get(names.plain[table]);
    if (row === undefined) missing.push(names[table]);
    else checkTable(names[table], expected, role, row);
  }
  return { missing, mayCreate: mayCreate === 't', role, oid: found.get(names.plain.table)?.[0] };
}

function checkTable(
  name,
  expected,
  role,
  [, kind, persistence, isSecured, lacking, columns, unique],
) {
  const isTable = KINDS.includes(kind);
  const fault = isTable
    ? faultOf(expected, JSON.parse(columns), JSON.parse(unique))
    : 'is no table';
  if (fault !== undefined) {
    throw unsupported(
      `${name} is not a table of persist-lock, or of another version: it ${fault}. Set the "table" option, or move that table away`,
    );
  }
  if (persistence !== expected.persistence) {
    throw unsupported(
      expected.persistence === 'p'
        ? `The table ${name} is unlogged: a crash of the server would empty it. Run ALTER TABLE ${name} SET LOGGED`
        : `The table ${name} must be unlogged, since the server empties such a table after a crash. Run ALTER TABLE ${name} SET UNLOGGED`,
    );
  }
  if (isSecured === 't') {
    throw unsupported(
      `Row security hides rows of ${name} from the role ${role}. Disable it, or use a role that it does not concern`,
    );
  }
  const refused = expected.privileges.filter((each) => JSON.parse(lacking)?.includes(each));
  if (refused.length > 0) {
    throw new PersistLockError(
      '42501',
      `The role ${role} may not use the table ${name}. Run GRANT ${refused.join(', ')} ON ${name} TO ${role}`,
    );
  }
}

/** Describes the first fault of a table. */
function faultOf(expected, columns, unique) {
  for (const [column, type] of Object.entries(expected.columns)) {
    const found = columns?.[column];
    if (found === undefined) return `has no column ${column}`;
    if (found !== type) return `has a column ${column} of type ${found}, not ${type}`;
  }
  const isUnique = expected.unique === undefined || unique?.includes(expected.unique);
  return isUnique ? undefined : `has no primary key ${expected.unique}`;
}

module.exports = { findingOf, lookAtTables };
