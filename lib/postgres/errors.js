'use strict';

// Errors of the server and of the driver, as errors of this package. Messages have no passwords:
// the server and `pg` put none into theirs.

const { PersistLockError, isOurs } = require('../errors');

/** The errors of connections that were lost. @type {WeakSet<Error>} */
const lost = new WeakSet();

/**
 * The SQLSTATEs with which a session ends, or does not begin: connection exceptions, the end of a
 * server or session by its administrator, its start, a session idle for too long, and (26000) one
 * that somebody has reset by DISCARD ALL.
 */
const ENDED = /^(08...|57P0[12345]|25P0[34]|26000)$/;

/** The codes of Node for a connection that failed. */
const NETWORK = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|EAI_AGAIN|ERR_STREAM_|ERR_SOCKET_)/;

/** Notes that an error has ended a connection. */
function markLost(error) {
  lost.add(error);
  return error;
}

/** Returns true for an error of a connection that was lost, or not made. */
function isLost(error) {
  if (typeof error !== 'object' || error === null) return false;
  return lost.has(error) || ENDED.test(error.code) || NETWORK.test(error.code);
}

/**
 * The SQLSTATEs by which the server refuses an item, for its contents or by a check of this package:
 * data exceptions, constraints, triggers, limits of a program.
 */
const OF_ITEM = /^(22|23|27|38|39|42501|44|54|P0)/;

/** Returns true if the server has refused an item, and may take others. */
function isOfItem({ code }) {
  return OF_ITEM.test(code);
}

/** Returns true if the tables were altered since a statement was parsed, whose rows differ then. */
function isStalePlan({ code, routine }) {
  return code === '0A000' && routine === 'RevalidateCachedQuery';
}

/** Gives the message of an error of the network: one of several addresses has none of its own. */
function messageOf(error) {
  return error.message || error.errors?.[0]?.message || error.code || 'unknown error';
}

/** The advice for errors of the server whose message has none. */
const ADVICE = {
  28000: 'Check the role, and pg_hba.conf of the server',
  '28P01': 'Check the role and its password',
  '3D000': 'Create it, or name another database in the connection string',
  53100: 'Make room on the disk of the server',
  53200: 'Raise max_locks_per_transaction of the server',
  53300: 'Lower `connections` of the programs, or raise max_connections of the server',
  ENOTFOUND: 'Check the host in the connection string',
};

/** The errors of the driver while it connects that have no code, and the advice for them. */
const WITHOUT_CODE = [
  [
    /client password must be a/,
    'Give the password in the connection string, in PGPASSWORD or in ~/.pgpass',
  ],
  [/server does not support SSL/, 'Switch on ssl in the server, or connect without TLS'],
];

/**
 * Gives the error of this package for one of the server or the driver.
 *
 * @param {Error} error
 * @param {string} [key]
 * @param {string} [happening] the beginning of the message for a connection
 */
function translate(error, key, happening = 'The connection to PostgreSQL was lost') {
  if (isOurs(error) || typeof error !== 'object' || error === null) return error;
  if (isLost(error)) {
    const message = `${happening}: ${messageOf(error)}`;
    return new PersistLockError('ERR_PERSIST_LOCK_CONNECTION', message, { key, cause: error });
  }
  if (error.code === undefined) return withoutCode(error, key, happening);
  const advice = ADVICE[error.code] === undefined ? '' : `. ${ADVICE[error.code]}`;
  const message = `PostgreSQL: ${error.message}${advice}`;
  return new PersistLockError(error.code, message, { key, cause: error });
}

/** Gives the error of this package for one without a code; others, as of the program, stay. */
function withoutCode(error, key, happening) {
  const [, advice] = WITHOUT_CODE.find(([message]) => message.test(error.message)) ?? [];
  if (advice === undefined) return error;
  const message = `${happening}: ${error.message}. ${advice}`;
  return new PersistLockError('ERR_PERSIST_LOCK_CONNECTION', message, { key, cause: error });
}

/** Makes the error of a server that a store cannot use. */
function unsupported(message, cause) {
  return new PersistLockError('ERR_PERSIST_LOCK_UNSUPPORTED', message, { cause });
}

/** Makes the error of a commit that was refused: an item is not as the call has read it. */
function lockLostError(key, cause) {
  const message =
    'The items of this call were changed by somebody without their locks. Nothing of it was stored. Call again';
  return new PersistLockError('ERR_PERSIST_LOCK_LOCK_LOST', message, { key, cause });
}

/** Makes the error of a commit during which the connection was lost. */
function unknownOutcomeError(key, cause) {
  const message =
    'The connection to PostgreSQL was lost during the commit, which may be stored or not. Read the items before you call again';
  return new PersistLockError('ERR_PERSIST_LOCK_UNKNOWN_OUTCOME', message, { key, cause });
}

function noDriverError(cause) {
  const message =
    'The package pg, the driver of PostgreSQL, is not installed. Run npm install pg, or give a pool';
  return new PersistLockError('ERR_PERSIST_LOCK_NO_DRIVER', message, { cause });
}

module.exports = {
  isLost,
  isOfItem,
  isStalePlan,
  lockLostError,
  markLost,
  messageOf,
  noDriverError,
  translate,
  unknownOutcomeError,
  unsupported,
};
