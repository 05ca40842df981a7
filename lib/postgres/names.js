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
 * @property {string} plain the table, not quoted
 * @property {string} table the table of the items
 * @property {string} server the table with the incarnation of the server
 * @property {string} watchers the table of the instances that watch
 * @property {string} changes the table of the changes that are told to them
 * @property {string} expiries the index of the expiries, without its schema
 * @property {string} channel the channel of LISTEN, not quoted
 */

/** @returns {Names} */
function namesOf(schema, table) {
  const named = (ending) => `${quote(schema)}.${quote(`${table}${ending}`)}`;
  const hash = createHash('sha256').update(named('')).digest('hex');
  return {
    schema,
    plain: table,
    table: named(''),
    server: named('_server'),
    watchers: named('_watchers'),
    changes: named('_changes'),
    expiries: quote(`${table}_expires`),
    channel: `persist_lock_${hash.slice(0, 32)}`,
  };
}

module.exports = { LONGEST, LONGEST_TABLE, namesOf, quote };
