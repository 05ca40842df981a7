'use strict';

// The settings of a session with the server, or, through a pooler, of each transaction. They protect
// the store from those that the program, the role or the database has chosen for other uses.

const os = require('node:os');
const process = require('node:process');

const { arrayOf } = require('./arrays');

/** The longest time that the server can be told, in milliseconds; 0 tells it none. */
const LONGEST = 2 ** 31 - 1;

/** The most bytes of a session's name. */
const LONGEST_NAME = 63;

/** Gives the name under which the sessions of this process are listed. */
function applicationName() {
  const ending = `:${process.pid}`;
  const host = os.hostname().replace(/[^\x20-\x7e]/g, '?');
  const beginning = `persist-lock ${host}`;
  return beginning.slice(0, LONGEST_NAME - ending.length) + ending;
}

/** The beginning of the names of this host's sessions. */
const OWN_NAME = applicationName();

/**
 * Gives the process of a session by its name, without the host if that is this one. A role may not
 * see the names of another's sessions: then only the server's own process is known.
 *
 * @param {string | null} name
 * @param {string} backend the process of the server
 * @returns {{ pid: number, host?: string }}
 */
function processOf(name, backend) {
  const [, host, pid] = /^persist-lock (.*):(\d+)$/.exec(name) ?? [];
  if (pid === undefined) return { pid: Number(backend), host: 'the database server' };
  const isOwn = `persist-lock ${host}:` === OWN_NAME.replace(/\d+$/, '');
  return isOwn ? { pid: Number(pid) } : { pid: Number(pid), host };
}

function milliseconds(time) {
  return String(Number.isFinite(time) ? Math.min(Math.max(1, Math.ceil(time)), LONGEST) : 0);
}

/**
 * Sets those of some settings that this server has: to the end of the session if its backend is the
 * one that has greeted the client, otherwise (through a pooler) to the end of the transaction.
 */
const SET = `SELECT count(CASE WHEN pg_catalog.current_setting(n, true) IS NOT NULL
  THEN pg_catalog.set_config(n, CASE WHEN n = 'synchronous_commit' AND v = 'on'
    AND pg_catalog.current_setting(n) = 'remote_apply' THEN 'remote_apply' ELSE v END,
    pg_catalog.pg_backend_pid() <> $3::int) END)
  FROM unnest($1::text[], $2::text[]) AS s(n, v)`;

/** The forms in which the server tells this package values. */
const FORMS = { bytea_output: 'hex' };

/** The settings of the sessions of one store. */
class SessionSettings {
  applicationName = applicationName();
  #ofTransactions;
  #ofSessions;

  /**
   * @param {object} options
   * @param {number} options.leaseTimeout the time after which the server ends a session in whose
   *   transaction nothing happens, in milliseconds
   * @param {'disk' | 'os'} options.durability
   */
  constructor({ leaseTimeout, durability }) {
    this.#ofTransactions = Object.entries({
      application_name: this.applicationName,
      idle_in_transaction_session_timeout: milliseconds(leaseTimeout),
      lock_timeout: '0',
      statement_timeout: '0',
      transaction_timeout: '0',
      // All names have their schema, but functions, types and operators.
      search_path: 'pg_catalog, pg_temp',
      // The types of columns are compared with names without quotes.
      quote_all_identifiers: 'off',
      ...FORMS,
      synchronous_commit: durability === 'os' ? 'off' : 'on',
    });
    this.#ofSessions = [
      ...this.#ofTransactions,
      ...Object.entries({
        default_transaction_isolation: 'read committed',
        // All statements find rows by their ids: to plan them for each key would cost more than to run them.
        plan_cache_mode: 'force_generic_plan',
        idle_session_timeout: '0',
        // A server finds out so that its client is gone, and frees its locks.
        client_connection_check_interval: '2000',
        tcp_keepalives_idle: '5',
        tcp_keepalives_interval: '3',
        tcp_keepalives_count: '3',
      }),
    ];
  }

  /** Makes the statement that sets up a session. */
  ofSession(backend) {
    return { text: SET, values: valuesOf(this.#ofSessions, backend) };
  }

  /** Makes the statement that sets up a transaction through a pooler. */
  ofTransaction() {
    return { text: SET, values: valuesOf(this.#ofTransactions, NO_BACKEND) };
  }
}

/** The number of no backend. */
const NO_BACKEND = '0';

function valuesOf(settings, backend) {
  return [
    arrayOf(
      'text',
      settings.map(([name]) => name),
    ),
    arrayOf(
      'text',
      settings.map(([, v]) => v),
    ),
    backend,
  ];
}

module.exports = { FORMS, NO_BACKEND, SessionSettings, processOf };
