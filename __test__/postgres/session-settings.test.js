'use strict';

// The settings of a store's sessions, whatever the program, the role or the database has chosen.

const assert = require('node:assert/strict');
const process = require('node:process');
const { before, test } = require('node:test');
const { withoutServer } = require('../support/postgres/binaries');
const { newConnections, settingsOf } = require('../support/postgres/engine-parts');
const { newRole, query, sharedServer } = require('../support/postgres/servers');

const options = { skip: withoutServer };

let server;
before(async () => {
  if (!withoutServer) ({ url: server } = await sharedServer());
});

test('sessions have the settings of the store, whatever the role has', options, async (t) => {
  const { role, url } = await newRole(t, server);
  await query(
    server,
    `ALTER ROLE ${role} SET statement_timeout = 1000; ALTER ROLE ${role} SET lock_timeout = 1000;
    ALTER ROLE ${role} SET synchronous_commit = local;
    ALTER ROLE ${role} SET default_transaction_isolation = serializable;
    ALTER ROLE ${role} SET search_path = elsewhere`,
  );
  const connections = await newConnections(t, { connectionString: url, leaseTimeout: 4321 });
  const connection = await connections.makeExtra();
  const settings = await settingsOf(
    connection,
    'statement_timeout',
    'lock_timeout',
    'idle_in_transaction_session_timeout',
    'synchronous_commit',
    'default_transaction_isolation',
    'search_path',
    'tcp_keepalives_idle',
    'client_connection_check_interval',
  );
  assert.deepEqual(settings.slice(0, 3), ['0', '0', '4321ms']);
  assert.deepEqual(settings.slice(3, 5), ['on', 'read committed']);
  assert.deepEqual(settings.slice(5), ['pg_catalog, pg_temp', '5', '2s']);
  const [name] = await settingsOf(connection, 'application_name');
  assert.match(name, new RegExp(`^persist-lock .+:${process.pid}$`));
});

test('a lease without a time limit has none in the server', options, async (t) => {
  const connections = await newConnections(t, { leaseTimeout: Infinity });
  const setting = 'idle_in_transaction_session_timeout';
  assert.deepEqual(await settingsOf(await connections.take(), setting), ['0']);
});

test('durability chooses if a commit waits for the disk', options, async (t) => {
  const os = await (await newConnections(t, { durability: 'os' })).take();
  assert.deepEqual(await settingsOf(os, 'synchronous_commit'), ['off']);
  const { role, url } = await newRole(t, server);
  await query(server, `ALTER ROLE ${role} SET synchronous_commit = remote_apply`);
  const disk = await (await newConnections(t, { connectionString: url })).makeExtra();
  assert.deepEqual(await settingsOf(disk, 'synchronous_commit'), ['remote_apply']);
});
