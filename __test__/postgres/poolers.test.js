'use strict';

// Sessions through a pooler: their settings, their incarnation, and poolers that are refused.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { withoutBouncer, withoutServer } = require('../support/postgres/binaries');
const { bouncer } = require('../support/postgres/bouncer');
const {
  backendOf,
  connectionsTo,
  rowsOf,
  settingsOf,
} = require('../support/postgres/engine-parts');
const { ownServer } = require('../support/postgres/servers');

const throughPooler = { skip: withoutServer || withoutBouncer };

test('through a pooler settings last for a transaction', throughPooler, async (t) => {
  const direct = await ownServer(t);
  // A second transaction at the same time needs a second session.
  const pooler = await bouncer(t, direct, { size: 2 });
  const place = { connectionString: pooler.url, leaseTimeout: 4321, durability: 'os' };
  const connections = connectionsTo(t, place);
  const connection = await connections.take();
  assert.ok(connection.isPooled);
  assert.match(connection.incarnation, /^-?\d+$/);
  await connection.run(connection.begin());
  const names = ['idle_in_transaction_session_timeout', 'synchronous_commit', 'search_path'];
  assert.deepEqual(await settingsOf(connection, ...names), [
    '4321ms',
    'off',
    'pg_catalog, pg_temp',
  ]);
  assert.equal(await backendOf(connection), connection.backend);
  await connection.run([{ text: 'COMMIT' }]);
  const left = await settingsOf(connection, ...names);
  assert.deepEqual(left, ['0', 'on', '"$user", public']);

  // A statement has a name only where the next transaction finds it in the same session.
  const statement = { name: 'one', text: 'SELECT 1' };
  const other = await connections.take();
  for (let n = 0; n < 3; n++) {
    await Promise.all([connection, other].map((each) => each.run([statement])));
  }
  const prepared = await rowsOf(connection, 'SELECT count(*) FROM pg_prepared_statements');
  assert.deepEqual(prepared, [['0']]);
});

test('through a pooler the incarnation is that of the transaction', throughPooler, async (t) => {
  const direct = await ownServer(t);
  const pooler = await bouncer(t, direct);
  const connections = connectionsTo(t, { connectionString: pooler.url });
  const connection = await connections.take();
  const { incarnation } = connection;
  await direct.query('UPDATE persist_lock_server SET id = 42');
  await connection.run([...connection.begin(), { text: 'COMMIT' }]);
  assert.notEqual(incarnation, '42');
  assert.equal(connection.incarnation, '42');
  // A crash empties the table; a new connection writes the next number.
  await direct.query('DELETE FROM persist_lock_server');
  await connection.run([...connection.begin(), { text: 'COMMIT' }]);
  assert.equal(connection.incarnation, undefined);
  connections.giveBack(connection);
  assert.match((await connections.take()).incarnation, /^-?\d+$/);
});

test('a pooler that ends each statement is refused', throughPooler, async (t) => {
  const direct = await ownServer(t);
  const pooler = await bouncer(t, direct, { mode: 'statement' });
  const connections = connectionsTo(t, { connectionString: pooler.url });
  await assert.rejects(connections.open(), { code: 'ERR_PERSIST_LOCK_UNSUPPORTED' });
});

test('a pooler with one session is refused', throughPooler, async (t) => {
  const direct = await ownServer(t);
  const pooler = await bouncer(t, direct, { size: 1 });
  const connections = connectionsTo(t, { connectionString: pooler.url }, { probeTime: 300 });
  await assert.rejects(connections.open(), {
    code: 'ERR_PERSIST_LOCK_UNSUPPORTED',
    message: /pooler/,
  });
});
