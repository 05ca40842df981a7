'use strict';

// Checks the arguments of the constructor over PostgreSQL. A message must not show a connection
// string, which may have a password.

const { checkNames, checkOption } = require('../arguments');
const { invalid, misuse } = require('../errors');
const { LONGEST, LONGEST_TABLE } = require('./names');
const { checkSharedOptions } = require('../options');
const { LONGEST_TIMER } = require('../timers');

const PLACE_NAMES = ['pool', 'connectionString', 'schema', 'table'];

/** The fewest connections: a call may wait for a lock on one, and its holder ends on another. */
const FEWEST_CONNECTIONS = 2;

/** The shortest `leaseTimeout`, in milliseconds: the connection is asked each third of it. */
const SHORTEST_LEASE = 100;

/** Checks the constructor's arguments; returns the place and the options with their defaults. */
function checkOptions(place, options) {
  checkPlace(place);
  const { pool, connectionString } = place;
  const { schema, table } = checkTableNames(place);
  const shared = checkSharedOptions(options, ['connections', 'leaseTimeout']);
  const { connections = 4, leaseTimeout = 15_000 } = options;
  const isNumber = Number.isInteger(connections) && connections >= FEWEST_CONNECTIONS;
  checkOption(isNumber, 'connections', `a whole number from ${FEWEST_CONNECTIONS} on`, connections);
  const isFinite = leaseTimeout >= SHORTEST_LEASE && leaseTimeout <= LONGEST_TIMER;
  checkOption(
    typeof leaseTimeout === 'number' && (isFinite || leaseTimeout === Infinity),
    'leaseTimeout',
    `a number of milliseconds from ${SHORTEST_LEASE} to ${LONGEST_TIMER}, or Infinity`,
    leaseTimeout,
  );
  return { ...shared, pool, connectionString, schema, table, connections, leaseTimeout };
}

/** Checks the names of the schema and the table; returns them with their defaults. */
function checkTableNames({ schema = 'public', table = 'persist_lock' }) {
  checkName('schema', schema, LONGEST);
  checkName('table', table, LONGEST_TABLE);
  return { schema, table };
}

/** Checks the object that says where the items are: it has a pool or a connection string. */
function checkPlace(place) {
  if (typeof place !== 'object' || place === null) {
    const message =
      'The "place" argument must be an object with a "pool" of the package pg, or a "connectionString"';
    throw misuse(
      TypeError,
      'INVALID_OPTION',
      `${message}. Received a value of type ${typeof place}`,
    );
  }
  checkNames(place, PLACE_NAMES);
  const { pool, connectionString } = place;
  if ((pool === undefined) === (connectionString === undefined)) {
    const message = 'Give either a "pool" of the package pg or a "connectionString"';
    const given = pool === undefined ? 'neither' : 'both';
    throw misuse(TypeError, 'INVALID_OPTION', `${message}. Received ${given}`);
  }
  checkOption(pool === undefined || isPool(pool), 'pool', 'a Pool of the package pg', pool);
  if (connectionString === undefined) return;
  if (typeof connectionString === 'string' && connectionString !== '') return;
  const expectation = 'The "connectionString" option must be a string that is not empty';
  throw invalid('INVALID_OPTION', expectation, connectionString);
}

/**
 * Recognizes a pool by the members that are used of it: a program may have several copies of pg, or
 * a class that extends its pool.
 */
function isPool(value) {
  return typeof value?.connect === 'function' && typeof value.options === 'object';
}

/** Checks the name of a schema or table. It is quoted in statements, so any character may be in it. */
function checkName(name, value, longest) {
  const isName =
    typeof value === 'string' &&
    value !== '' &&
    !value.includes('\0') &&
    value.isWellFormed() &&
    Buffer.byteLength(value) <= longest;
  checkOption(isName, name, `a name of 1 to ${longest} bytes in UTF-8`, value);
}

module.exports = { checkOptions, checkTableNames };
