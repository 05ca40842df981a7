'use strict';

// Batches of statements: each is one trip, and statements stay prepared.

const assert = require('node:assert/strict');
const { before, test } = require('node:test');
const { isLost, isStalePlan } = require('../../lib/postgres/errors');
const { withoutServer } = require('../support/postgres/binaries');
const { backendOf, newConnections, rowsOf } = require('../support/postgres/engine-parts');
const { query, sharedServer, untilTrue } = require('../support/postgres/servers');

const options = { skip: withoutServer };

let server;
before(async () => {
  if (!withoutServer) ({ url: server } = await sharedServer());
});

test('a batch is one trip, whose statements see one another', options, async (t) => {
  const connection = await (await newConnections(t)).take();
  const results = await connection.run([
    { text: 'BEGIN' },
    { text: 'CREATE TEMPORARY TABLE a (b json, c bytea, d float8) ON COMMIT DROP' },
    { text: 'INSERT INTO a VALUES ($1, $2, 1e21)', values: ['{ "x" :  1.0}', '\\x00ff'] },
    { text: 'TABLE a' },
    { text: 'SELECT NULL, 7' },
  ]);
  // As the server sent them, whatever parsers of types there are.
  assert.deepEqual(results, [[], [], [], [['{ "x" :  1.0}', '\\x00ff', '1e+21']], [[null, '7']]]);
  assert.ok(connection.isInTransaction);
  await connection.run([{ text: 'ROLLBACK' }]);
  assert.ok(connection.isIdle);
});

test('batches run one after the other, also when one fails', options, async (t) => {
  const connection = await (await newConnections(t)).take();
  const order = [];
  const run = (text) =>
    connection.run([{ name: 'same', text: 'SELECT 1' }, { text }]).then(
      () => order.push(text),
      ({ code }) => order.push(code),
    );
  await Promise.all([run('SELECT pg_sleep(0.05)'), run('SELECT 1/0'), run('SELECT 3')]);
  assert.deepEqual(order, ['SELECT pg_sleep(0.05)', '22012', 'SELECT 3']);
});

test('an answer that is flushed comes before the next statement has run', options, async (t) => {
  const connections = await newConnections(t);
  const [holder, connection] = [await connections.take(), await connections.take()];
  await holder.run([{ text: 'SELECT pg_advisory_lock(1234567)' }]);
  let blocked;
  const number = await new Promise((resolve) => {
    blocked = connection.run([
      { text: 'SELECT 42', flush: true, got: ([[row]]) => resolve(row) },
      { text: 'SELECT pg_advisory_xact_lock(1234567)' },
    ]);
  });
  assert.equal(number, '42');
  await holder.run([{ text: 'SELECT pg_advisory_unlock(1234567)' }]);
  await blocked;
});

test('a session that ends in a statement rejects it and those that wait', options, async (t) => {
  const connections = await newConnections(t);
  const connection = await connections.take();
  const backend = await backendOf(connection);
  const running = [
    connection.run([{ text: 'SELECT pg_sleep(60)' }]),
    connection.run([{ text: 'SELECT 1' }]),
  ];
  const ends = Promise.allSettled(running);
  await untilTrue(
    server,
    "EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1 AND state = 'active')",
    [backend],
  );
  await query(server, 'SELECT pg_terminate_backend($1)', [backend]);
  for (const { reason } of await ends) assert.ok(isLost(reason), reason);
});

test('tables may be altered while statements are prepared', options, async (t) => {
  const connections = await newConnections(t);
  const connection = await connections.take();
  const { table } = connections.names;
  const read = { name: 'read', text: `SELECT * FROM ${table}` };
  await connection.run([read]);
  await query(server, `ALTER TABLE ${table} ADD COLUMN note text`);
  assert.deepEqual(await connection.run([...connection.begin(), read, { text: 'COMMIT' }]), [
    [],
    [],
    [],
  ]);
  // In the middle of a transaction the locks are lost with it: the caller must know.
  await query(server, `ALTER TABLE ${table} DROP COLUMN note`);
  await connection.run([{ text: 'BEGIN' }]);
  await assert.rejects(connection.run([read]), (error) => isStalePlan(error));
  await connection.run([{ text: 'ROLLBACK' }]);
  assert.deepEqual(await connection.run([read]), [[]]);
});

test('a batch that has committed is not sent again', options, async (t) => {
  const connections = await newConnections(t);
  const connection = await connections.take();
  const { table } = connections.names;
  const read = { name: 'read', text: `SELECT * FROM ${table}` };
  await connection.run([read]);
  await query(server, `ALTER TABLE ${table} ADD COLUMN note text`);
  const insert = `INSERT INTO ${table} (id, value, version) VALUES ('\\x01', '1', 1)`;
  const batch = [{ text: 'BEGIN' }, { text: insert }, { text: 'COMMIT' }, read];
  await assert.rejects(connection.run(batch), (error) => isStalePlan(error));
  assert.deepEqual(await rowsOf(connection, `SELECT count(*) FROM ${table}`), [['1']]);
});

test('a session that was reset is replaced: its settings are lost', options, async (t) => {
  const connections = await newConnections(t);
  const connection = await connections.take();
  const statement = { name: 'one', text: 'SELECT 1' };
  await connection.run([statement]);
  await connection.run([{ text: 'DISCARD ALL' }]);
  await assert.rejects(connection.run([statement]), (error) => isLost(error));
  assert.ok(isLost(connection.lost));
  connections.giveBack(connection);
  assert.deepEqual(await (await connections.take()).run([statement]), [[['1']]]);
});
