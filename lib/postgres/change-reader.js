'use strict';

// Reads the log of changes. Rows are told in the order of their positions, each a commit and a number
// within the log. Positions up to the horizon are final: no row will come before them.

const { HORIZON, Snapshot, horizonStatement } = require('./horizon');
const { keyOfBytes } = require('./keys');
const { rangeOf } = require('./ranges');

/** The position after all rows of a commit. */
const LAST = Number.MAX_SAFE_INTEGER;

/** The most keys that are looked through in one step, and the most changes that are told in one. */
const MOST_KEYS = 2000;
const MOST_CHANGES = 512;

/** The size of the values from which on a step takes no more changes, in bytes. */
const MOST_BYTES = 2 ** 20;

/**
 * A position in the log.
 * @typedef {{ commit: number, n: number }} Position
 */

/** @param {Position} one @param {Position} other */
function isBefore(one, other) {
  return one.commit === other.commit ? one.n < other.n : one.commit < other.commit;
}

function later(one, other) {
  return isBefore(one, other) ? other : one;
}

/** Gives the position after a commit. */
function after(commit) {
  return { commit, n: LAST };
}

class ChangeReader {
  #names;
  #keys;
  #page;

  constructor({ names, keys }) {
    this.#names = names;
    this.#keys = keys;
    this.#page = `SELECT commit, n, encode(coalesce(key, id), 'hex') FROM ${names.changes}
WHERE (commit, n) > ($1::xid8, $2::bigint) AND commit < ${HORIZON}
ORDER BY commit, n LIMIT ${MOST_KEYS}`;
  }

  /**
   * Reads the keys that were changed after a position, up to the horizon; no position stands for the
   * horizon itself.
   *
   * @param {import('./connection').Connection} connection
   * @param {import('./registration').Registration} registration
   * @param {Position} [from]
   */
  async keys(connection, registration, from) {
    const page = {
      name: 'pl_changes',
      text: this.#page,
      values: from && [`${from.commit}`, `${from.n}`],
    };
    const beyond = {
      name: 'pl_beyond',
      text: `SELECT FROM ${this.#names.changes} WHERE commit >= ${HORIZON} LIMIT 1`,
    };
    const statements = [horizonStatement(this.#keys), registration.check(), beyond];
    if (from !== undefined) statements.push(page);
    const results = await transaction(connection, statements);
    const [[[horizon, snapshot]], [row], beyondHorizon, rows = []] = results;
    const last = rows.length === MOST_KEYS ? rows.at(-1) : undefined;
    return {
      /** The commit from which on the log is complete; `undefined` if the registration has lapsed. */
      since: row && Number(row[0]),
      newest: new Snapshot(snapshot).end - 1,
      start: after(horizon - 1),
      snapshot: new Snapshot(snapshot),
      keys: new Set(rows.map(([, , hex]) => keyOfBytes(Buffer.from(hex, 'hex')))),
      isMore: last !== undefined,
      /** True if there are changes beyond the horizon, which can be read soon. */
      isHeldBack: beyondHorizon.length > 0,
      to: last
        ? { commit: Number(last[0]), n: Number(last[1]) }
        : later(after(horizon - 1), from ?? after(0)),
    };
  }

  /**
   * Reads the changes of a choice after a position, with the newest items of their keys.
   *
   * @param {import('./connection').Connection} connection
   * @param {import('./registration').Registration} registration
   * @param {import('../engine').WatchChoice} choice
   * @param {Position} from
   * @param {Position} to
   */
  async changes(connection, registration, choice, from, to) {
    const told = this.#changesOf(choice, from, to);
    const [rows, [row]] = await transaction(connection, [told, registration.check()]);
    const isMore = rows.length > 0 && Number(rows[0].at(-1)) > rows.length;
    const isFull = isMore || rows.length === MOST_CHANGES;
    const last = rows.at(-1);
    return {
      since: row && Number(row[0]),
      rows,
      to: isFull ? { commit: Number(last[0]), n: Number(last[1]) } : later(to, from),
      isMore: isFull,
    };
  }

  #changesOf({ key, prefix }, from, to) {
    const { changes, table } = this.#names;
    const values = [from.commit, from.n, to.commit, to.n].map(String);
    const range =
      key === undefined
        ? rangeOf({ prefix }, values.length + 1)
        : { text: ` AND id = $${values.length + 1}::bytea`, values: [this.#keys.idOf(key)] };
    // The value comes once for each key. Its size, which is known without reading it, decides how
    // many changes are taken.
    const text = `WITH page AS (
  SELECT commit, n, id, key FROM ${changes}
  WHERE (commit, n) > ($1::xid8, $2::bigint) AND (commit, n) <= ($3::xid8, $4::bigint)${range.text}
  ORDER BY commit, n LIMIT ${MOST_CHANGES}
), sized AS (
  SELECT page.*, CASE WHEN row_number() OVER (PARTITION BY page.id ORDER BY commit, n) = 1
    THEN coalesce(pg_column_size(item.value), 0) ELSE 0 END AS size
  FROM page LEFT JOIN ${table} AS item ON item.id = page.id
), summed AS (
  SELECT *, sum(size) OVER (ORDER BY commit, n) - size AS before FROM sized
), told AS (
  SELECT *, lead(n) OVER (PARTITION BY id ORDER BY commit, n) IS NULL AS is_last
  FROM summed WHERE before < ${MOST_BYTES}
)
SELECT commit, n, encode(coalesce(told.key, told.id), 'hex'), is_last, item.value, item.expires,
  item.id IS NOT NULL, (SELECT count(*) FROM page)
FROM told LEFT JOIN ${table} AS item ON is_last AND item.id = told.id
ORDER BY commit, n`;
    return { text, values: [...values, ...range.values] };
  }
}

/** Runs statements in a transaction of their own; each sees what was committed before it. */
async function transaction(connection, statements) {
  const begin = connection.begin();
  const results = await connection.run([...begin, ...statements, { text: 'COMMIT' }]);
  return results.slice(begin.length, -1);
}

module.exports = { ChangeReader, after, isBefore, later };
