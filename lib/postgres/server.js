'use strict';

// The server as a connection finds it, and the reasons for which one cannot hold a store.

const { unsupported } = require('./errors');
const { FORMS } = require('./session-settings');

/** The oldest version of PostgreSQL that has all that the statements use, as it counts versions. */
const OLDEST = 130_000;

/** The statement whose row tells of the server, after the number of the backend. */
const INFORMATION = `SELECT pg_catalog.pg_backend_pid(), current_setting('server_version_num'),
  current_setting('server_encoding'), pg_catalog.pg_is_in_recovery(),
  current_setting('transaction_read_only'),
  ${Object.keys(FORMS)
    .map((name) => `current_setting('${name}')`)
    .join(', ')}`;

/**
 * @typedef {object} Server
 * @property {number} version
 * @property {string} encoding
 * @property {boolean} isStandby
 * @property {boolean} isReadOnly
 * @property {string | undefined} oddForm the name of a setting by which reads through a pooler, outside
 *   transactions of this package, would have another form than they need
 */

/**
 * Makes a server of its row.
 *
 * @param {string[]} row without the number of the backend
 * @returns {Server}
 */
function serverOf([version, encoding, isStandby, isReadOnly, ...forms], isPooled) {
  const isOdd = (name, at) => FORMS[name] !== forms[at];
  return {
    version: Number(version),
    encoding,
    isStandby: isStandby !== 'f',
    isReadOnly: isReadOnly !== 'off',
    oddForm: isPooled ? Object.keys(FORMS).find(isOdd) : undefined,
  };
}

/** Throws if a server cannot hold a store. */
function checkServer({ version, encoding, isStandby, isReadOnly, oddForm }) {
  if (version < OLDEST) {
    throw unsupported(`The server is older than PostgreSQL ${OLDEST / 10_000}. Upgrade it`);
  }
  if (encoding !== 'UTF8') {
    throw unsupported(
      `The encoding of the database is ${encoding}, which does not hold every text. Use a database with the encoding UTF8`,
    );
  }
  if (isStandby) {
    throw unsupported('The server is a standby, which takes no writes. Connect to the primary');
  }
  if (isReadOnly) {
    throw unsupported(
      'Transactions of this role are read-only. Connect to a primary, or set default_transaction_read_only to off',
    );
  }
  if (oddForm !== undefined) {
    throw unsupported(
      `The setting ${oddForm} of this role or database is not the server's default. Connect without a pooler, or run ALTER ROLE … SET ${oddForm} = ${FORMS[oddForm]}`,
    );
  }
}

module.exports = { INFORMATION, checkServer, serverOf };
