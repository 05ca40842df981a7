'use strict';

// The removal of expired items, some in each transaction of its own. Items whose locks somebody has,
// or waits for, are left for a later sweep: so a sweep waits for nobody. The locks are those of a
// turn, and the server checks under them that the items have expired.

const { Sweeps } = require('../calls/sweeps');
const { arrayOf } = require('./arrays');
const { NOW } = require('./clock');
const { keyOfBytes } = require('./keys');
const { read, retried } = require('./retries');
const timers = require('../timers');

/** The most items of one transaction, which has a lock for each. */
const PART = 64;

/** The keys that are listed at once. */
const LISTED = 16 * PART;

class PostgresSweeps extends Sweeps {
  #connections;
  #lifecycle;
  #changeLog;
  #observation;
  #names;
  #keys;

  constructor({ connections, lifecycle, changeLog, observation, names, keys }) {
    super();
    this.#connections = connections;
    this.#lifecycle = lifecycle;
    this.#changeLog = changeLog;
    this.#observation = observation;
    this.#names = names;
    this.#keys = keys;
  }

  sweep(isOver) {
    return this.#lifecycle.readOn(() => this.#sweep(isOver));
  }

  async #sweep(isOver) {
    let total = 0;
    // Those that were left out come before this moment and key, and are not listed again.
    let last = ['-9223372036854775808', '\\x'];
    for (;;) {
      const found = await this.#expired(last);
      for (let at = 0; at < found.length; at += PART) {
        if (isOver?.()) return total;
        if (at > 0 || total > 0) await pause(isOver === undefined);
        total += await this.#remove(found.slice(at, at + PART));
      }
      if (found.length < LISTED) return total;
      const { expires, id } = found.at(-1);
      last = [expires, id];
    }
  }

  /** Lists expired items after a moment and an id, in the order of both. */
  async #expired(last) {
    const rows = await read(this.#connections, {
      text: `SELECT expires, encode(id, 'hex'), encode(coalesce(key, id), 'hex')
FROM ${this.#names.table} WHERE expires <= ${NOW} AND (expires, id) > ($1::bigint, $2::bytea)
ORDER BY expires, id LIMIT ${LISTED}`,
      values: last,
    });
    return rows.map(([expires, id, key]) => ({
      expires,
      id: `\\x${id}`,
      key: keyOfBytes(Buffer.from(key, 'hex')),
    }));
  }

  /** Removes those of some items that have expired and that nobody has a lock of. */
  #remove(items) {
    // It may be run again without harm: items that are gone are not removed twice.
    return retried(async () => {
      const connection = await this.#connections.take();
      try {
        const statements = [...connection.begin(), ...this.#removal(items), { text: 'COMMIT' }];
        const removed = (await this.#changeLog.underWay(connection.run(statements))).at(-2);
        const ids = new Set(removed.map(([id]) => `\\x${id}`));
        if (ids.size > 0) this.#removed(items.filter(({ id }) => ids.has(id)));
        return ids.size;
      } finally {
        this.#connections.giveBack(connection);
      }
    });
  }

  /**
   * Makes the statements of a removal. A row that was changed since the statement began is looked at
   * again by the server before it is deleted.
   */
  #removal(items) {
    return [
      // A call that locks all items at once has this lock: then nothing is removed.
      {
        text: `SELECT CASE WHEN pg_try_advisory_xact_lock_shared(${this.#keys.storeLock})
THEN pg_current_xact_id() END`,
      },
      {
        text: `WITH gone AS (
  DELETE FROM ${this.#names.table} USING unnest($1::bytea[], $2::bigint[]) AS wanted (wanted, lock)
  WHERE id = wanted AND expires <= ${NOW} AND pg_current_xact_id_if_assigned() IS NOT NULL
    AND pg_try_advisory_xact_lock(lock)
  RETURNING id, key
), logged AS (${this.#changeLog.recordOf('gone')})
SELECT encode(id, 'hex'), (SELECT commit FROM logged LIMIT 1) FROM gone`,
        got: ([row]) => {
          if (row !== undefined) this.#changeLog.recorded(row[1]);
        },
        values: [
          arrayOf(
            'bytea',
            items.map(({ id }) => id),
          ),
          arrayOf(
            'bigint',
            items.map(({ key }) => this.#keys.lockOf(key)),
          ),
        ],
      },
    ];
  }

  /** Notes that items were removed. */
  #removed(items) {
    const changes = new Map(items.map(({ key }) => [key, { key }]));
    this.#observation.turnEnded({ commit: { changes, cleared: false } });
    this.#changeLog.committed();
  }
}

/** Lets others have a turn. */
function pause(keepsAlive) {
  return new Promise((resolve) => {
    const timer = timers.setTimeout(resolve, 1);
    if (!keepsAlive) timer.unref();
  });
}

module.exports = { PostgresSweeps };
