'use strict';

// The parts of the engine over PostgreSQL that read and watch, without the part that runs calls:
// for tests of them alone. `write` commits by the rules that every writer keeps.

const { Codec } = require('../../../lib/codec');
const { Observation } = require('../../../lib/observation');
const { makeContext } = require('../../../lib/postgres/context');
const { PostgresSweeps } = require('../../../lib/postgres/sweeps');
const { Watches } = require('../../../lib/postgres/watch');
const { Watch } = require('../../../lib/watch');
const { take } = require('../changes');
const { newSchema, query, sharedServer } = require('./servers');

/** Makes the options of a place in a schema of its own. */
async function newPlace(t) {
  const { url } = await sharedServer();
  return { connectionString: url, schema: await newSchema(t, url), table: 'items' };
}

/** Makes the parts of a store in a place, which is closed after the test. */
function open(t, place, options = {}) {
  const parts = makeParts({ ...place, ...options });
  t.after(() => close(parts));
  return parts;
}

function makeParts(options) {
  const checked = {
    connections: 4,
    leaseTimeout: 15_000,
    lockTimeout: 10_000,
    durability: 'disk',
    ...options,
  };
  const context = makeContext(checked, new Codec(), new Observation('test'));
  context.sweeps = new PostgresSweeps(context);
  context.watches = new Watches(context);
  return context;
}

function close({ lifecycle, sweeps, changeLog, watches }) {
  return lifecycle.close(async () => {
    watches.end();
    await sweeps.finish();
    await changeLog.finish();
    await watches.finish();
  });
}

/** Watches as the class does. */
function watch(parts, choice) {
  return iterate(watchSource(parts, choice));
}

/** Begins to watch; `iterate` makes an iterator of the source. */
function watchSource(parts, choice = {}) {
  return parts.watches.watch({ prefix: '', initial: false, keepAlive: true, ...choice });
}

function iterate(source) {
  return new Watch(source, undefined, (change) => change);
}

/**
 * Commits changes: entries of a key and its value, `undefined` for a removal. Resolves with the
 * number of the commit.
 *
 * @param {object} [options]
 * @param {number} [options.expires]
 * @param {(connection: object) => Promise<void>} [options.before] is called in the transaction
 *   before its last statements
 */
async function write(parts, entries, { expires = null, before } = {}) {
  const { connections, keys, names, changeLog } = parts;
  const connection = await connections.take();
  try {
    const ids = entries.map(([key]) => keys.idOf(key));
    const columns = entries.map(([key]) => keys.columnOf(key));
    const locks = entries.map(([key]) => keys.lockOf(key)).sort();
    const results = await connection.run([
      ...connection.begin(),
      ...locks.map((lock) => ({ text: `SELECT pg_advisory_xact_lock(${lock})` })),
      {
        text: `SELECT pg_advisory_xact_lock_shared(${keys.storeLock}), pg_current_xact_id()`,
      },
    ]);
    const writes = entries.map(([, value], at) => {
      if (value === undefined) {
        return { text: `DELETE FROM ${names.table} WHERE id = $1`, values: [ids[at]] };
      }
      return {
        text: `INSERT INTO ${names.table} (id, key, value, expires, version) VALUES ($1, $2, $3, $4, 1)
ON CONFLICT (id) DO UPDATE SET value = excluded.value, expires = excluded.expires`,
        values: [ids[at], columns[at], JSON.stringify(value), expires && String(expires)],
      };
    });
    await before?.(connection);
    const commit = [...writes, changeLog.record(ids, columns), { text: 'COMMIT' }];
    await changeLog.underWay(connection.run(commit));
    changeLog.committed();
    return Number(results.at(-1)[0][1]);
  } finally {
    connections.giveBack(connection);
  }
}

/** Resolves once a watcher has begun, whose changes are none yet. */
async function begun(parts, watcher) {
  const marks = await write(parts, [['mark', 0]]);
  let change;
  do [change] = await take(watcher, 1);
  while (change.commit < marks);
}

/** Runs SQL on the server of a place. */
function sql({ connectionString }, text, values) {
  return query(connectionString, text, values);
}

module.exports = {
  begun,
  close,
  iterate,
  makeParts,
  newPlace,
  open,
  sql,
  watch,
  watchSource,
  write,
};
