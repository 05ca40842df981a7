'use strict';

// The connections of a store: made when they are needed, each for one work at a time, replaced when they
// are lost, and ended with the store.

const assert = require('node:assert/strict');
const path = require('node:path');
const { before, test } = require('node:test');
const { isLost } = require('../../lib/postgres/errors');
const { withoutServer } = require('../support/postgres/binaries');
const { backendOf, connectionsTo, newConnections } = require('../support/postgres/engine-parts');
const {
  freePort,
  newSchema,
  ownServer,
  query,
  sharedServer,
  untilTrue,
} = require('../support/postgres/servers');
const { runScript } = require('../support/processes');

const root = path.resolve(__dirname, '..', '..');
const options = { skip: withoutServer };

let server;
before(async () => {
  if (!withoutServer) ({ url: server } = await sharedServer());
});

test('work waits for a connection in its order while all are in use', options, async (t) => {
  const connections = await newConnections(t, { connections: 2 });
  const [first, second] = [await connections.take(), await connections.take()];
  const order = [];
  const takers = [1, 2, 3].map(async (name) => {
    const connection = await connections.take();
    order.push(name);
    return connection;
  });
  assert.deepEqual(connections.sizes, { open: 2, idle: 0 });
  connections.giveBack(first);
  connections.giveBack(await takers[0]);
  assert.equal(await takers[1], first);
  // Another is made in the place of one that was ended.
  await connections.destroy(second);
  const replaced = await takers[2];
  assert.notEqual(replaced, second);
  assert.deepEqual(order, [1, 2, 3]);
  assert.deepEqual(connections.sizes, { open: 2, idle: 0 });
});

test('a connection in a transaction is not given to others', options, async (t) => {
  const connections = await newConnections(t, { connections: 2 });
  const connection = await connections.take();
  const backend = await backendOf(connection);
  await connection.run([{ text: 'BEGIN' }, { text: 'SELECT pg_advisory_xact_lock(7654321)' }]);
  connections.giveBack(connection);
  await untilTrue(server, 'NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)', [backend]);
  assert.notEqual(await connections.take(), connection);
});

test('an idle connection does not keep the process alive', options, async (t) => {
  const schema = await newSchema(t, server);
  const place = { connectionString: server, schema };
  const { code, stdout } = await runScript(
    [
      '-e',
      `const { Connections } = require(${JSON.stringify(path.join(root, 'lib/postgres/connections.js'))});
      const options = { table: 'a', connections: 2, leaseTimeout: Infinity, durability: 'disk', ...${JSON.stringify(place)} };
      (async () => {
        const connections = new Connections({ options, idleTime: Infinity });
        const connection = await connections.take();
        // A request that is under way does keep it alive.
        await connection.run([{ text: 'SELECT pg_sleep(0.2)' }]);
        connections.giveBack(connection);
        console.log('idle');
      })();`,
    ],
    { timeout: 30_000, killSignal: 'SIGKILL' },
  );
  assert.deepEqual([code, stdout], [0, 'idle\n']);
});

test('an idle connection is ended after some time', options, async (t) => {
  const connections = await newConnections(t, { leaseTimeout: 60 }, { idleTime: 20 });
  const connection = await connections.take();
  const backend = await backendOf(connection);
  connections.giveBack(connection);
  await untilTrue(server, 'NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)', [backend]);
  assert.notEqual(await connections.take(), connection);
});

test('a session that the server ends is replaced', options, async (t) => {
  const connections = await newConnections(t, { connections: 2 });
  const connection = await connections.take();
  const backend = await backendOf(connection);
  const lost = new Promise((resolve) => connection.onLost(resolve));
  await query(server, 'SELECT pg_terminate_backend($1, 5000)', [backend]);
  const error = await lost;
  assert.equal(error.code, '57P01');
  assert.ok(isLost(error));
  assert.equal(connection.lost, error);
  await assert.rejects(connection.run([{ text: 'SELECT 1' }]), error);
  connections.giveBack(connection);
  assert.notEqual(await connections.take(), connection);
});

test('a server that starts late is waited for', options, async (t) => {
  const late = await ownServer(t);
  await late.stop();
  const connections = connectionsTo(t, { connectionString: late.url });
  const taking = connections.take();
  await late.start();
  assert.equal((await taking).lost, undefined);
});

test('a server that cannot be reached is an error after some time', options, async (t) => {
  const connectionString = `postgres://u:sesame@127.0.0.1:${await freePort()}/x`;
  const connections = connectionsTo(t, { connectionString }, { connectingTime: 300 });
  await assert.rejects(connections.take(), (error) => {
    assert.equal(error.code, 'ERR_PERSIST_LOCK_CONNECTION');
    assert.match(error.message, /^PostgreSQL cannot be reached: .*ECONNREFUSED/);
    assert.doesNotMatch(require('node:util').inspect(error), /sesame/);
    return true;
  });
});

test('a database that is not there is an error at once', options, async (t) => {
  const connectionString = Object.assign(new URL(server), { pathname: 'nowhere' }).href;
  await assert.rejects(connectionsTo(t, { connectionString }).take(), { code: '3D000' });
});

test('close ends all sessions, and work that waits for one', options, async (t) => {
  const connections = await newConnections(t, { connections: 2 });
  const taken = [await connections.take(), await connections.take(), await connections.makeExtra()];
  const backends = taken.map(({ backend }) => backend);
  const waiting = assert.rejects(connections.take(), { code: 'ERR_PERSIST_LOCK_CLOSED' });
  await connections.close();
  await waiting;
  await untilTrue(server, 'NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = ANY ($1))', [
    backends,
  ]);
  await assert.rejects(connections.take(), { code: 'ERR_PERSIST_LOCK_CLOSED' });
});
