'use strict';

// Connections that are silent: those of transactions that wait are kept alive, and requests without an
// answer are asked about, or cancelled.

const assert = require('node:assert/strict');
const process = require('node:process');
const { before, test } = require('node:test');
const { Pool } = require('pg');
const { isLost } = require('../../lib/postgres/errors');
const { ServerSessions } = require('../../lib/postgres/server-sessions');
const { withoutServer } = require('../support/postgres/binaries');
const { connectionsTo, newConnections } = require('../support/postgres/engine-parts');
const { startProxy } = require('../support/postgres/proxy');
const { ownServer, sharedServer, untilTrue } = require('../support/postgres/servers');

const options = { skip: withoutServer };

let server;
before(async () => {
  if (!withoutServer) ({ url: server } = await sharedServer());
});

test('a statement is cancelled only in a session of this process', options, async (t) => {
  const connections = await newConnections(t);
  const connection = await connections.take();
  const sleeping = connection.run([{ text: 'SELECT pg_sleep(60)' }]);
  const cancelled = assert.rejects(sleeping, { code: '57014' });
  const isActive = "EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1 AND state = 'active')";
  await untilTrue(server, isActive, [connection.backend]);
  assert.equal(await connections.cancel(connection.backend), true);
  await cancelled;
  const pool = new Pool({ connectionString: server, max: 1 });
  t.after(() => pool.end());
  const [{ pid }] = (await pool.query('SELECT pg_backend_pid() AS pid')).rows;
  assert.equal(await connections.cancel(String(pid)), false);
});

test('a transaction that waits is kept alive', options, async (t) => {
  const connections = await newConnections(t, { leaseTimeout: 600 });
  const connection = await connections.take();
  await connection.run(connection.begin());
  const began = `(SELECT now() - xact_start > interval '1500 ms' FROM pg_stat_activity WHERE pid = $1)`;
  await untilTrue(server, `coalesce(${began}, true)`, [connection.backend]);
  assert.equal(connection.lost, undefined);
  await connection.run([{ text: 'COMMIT' }]);
});

test('a long wait for a lock is not taken for a lost connection', options, async (t) => {
  const connections = await newConnections(t, { leaseTimeout: 300 });
  const [holder, waiting] = [await connections.take(), await connections.take()];
  await holder.run([{ text: 'SELECT pg_advisory_lock(424242)' }]);
  const granted = waiting.run([{ text: 'SELECT pg_advisory_xact_lock(424242)' }]);
  const waits = `(SELECT now() - query_start > interval '1500 ms' FROM pg_stat_activity WHERE pid = $1)`;
  await untilTrue(server, waits, [waiting.backend]);
  await holder.run([{ text: 'SELECT pg_advisory_unlock(424242)' }]);
  await granted;
});

test('a server that is silent after its greeting is given up', options, async (t) => {
  const proxy = await startProxy(t, server);
  proxy.on('link', ({ toServer }) => {
    toServer.on('message', ({ type }) => type === 'P' && toServer.stop());
  });
  const connections = connectionsTo(t, { connectionString: proxy.url }, { connectingTime: 500 });
  await assert.rejects(connections.take(), { code: 'ERR_PERSIST_LOCK_CONNECTION' });
});

test('a question that is not answered leaves no connection', async () => {
  let isDestroyed = false;
  const connection = {
    run: () => new Promise(() => {}),
    destroy: () => (isDestroyed = true),
  };
  const sessions = new ServerSessions(async () => connection, 'persist-lock', 10);
  assert.equal(await sessions.isWorking('1'), false);
  assert.ok(isDestroyed);
});

test('a request that its server process does not know is given up', options, async (t) => {
  const stopped = await ownServer(t);
  const connections = connectionsTo(t, { connectionString: stopped.url, leaseTimeout: 300 });
  const connection = await connections.take();
  // It will answer nothing, and it says that it is idle.
  process.kill(Number(connection.backend), 'SIGSTOP');
  try {
    await assert.rejects(connection.run([{ text: 'SELECT 1' }]), { code: 'ETIMEDOUT' });
    assert.ok(isLost(connection.lost));
  } finally {
    process.kill(Number(connection.backend), 'SIGCONT');
  }
});
