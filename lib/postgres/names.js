'use strict';

// The names that a store has in the database: of its tables, and of the channel that wakes its
// watchers. All statements use these quoted names, which need no search path.

const { createHash } = require('node:crypto');

/** The most bytes of a name; the server cuts a longer one. */
const LONGEST = 63;

/** The longest ending that a name made from the table's has. */
const ENDING = '_watchers'.length;

/** The most bytes of a table's name, which leaves room for the endings of the other tables. */
const LONGEST_TABLE = LONGEST - ENDING;

function quote(name) {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * @typedef {object} Names
 * @property {string} schema the schema, not quoted
 * @property {Record<'table' | 'server' | 'watchers' | 'changes', string>} plain the names of the
 *   tables without the schema, not quoted
 * @property {string} table the table of the items
 * @property {string} server the table with the incarnation of the server
 * @property {string} watchers the table of the instances that watch
 * @property {string} changes the table of the changes that are told to them
 * @property {string} expiries the index of the expiries, without its schema
 * @property {string} channel the channel of LISTEN, not quoted
 */

/** @returns {Names} */
function namesOf(schema, table) {
  const plain = {
    table,
    server: `${table}_server`,
    watchers: `${table}_watchers`,
    changes: `${table}_changes`,
  };
  const quoted = (name) => `${quote(schema)}.${quote(name)}`;
  const hash = createHash('sha256').update(quoted(table)).digest('hex');
  return {
    schema,
    plain,
    table: quoted(plain.table),
    server: quoted(plain.server),
    watchers: quoted(plain.watchers),
    changes: quoted(plain.changes),
    expiries: quote(`${table}_expires`),
    channel: `persist_lock_${hash.slice(0, 32)}`,
  };
}

module.exports = { LONGEST, LONGEST_TABLE, namesOf };
