'use strict';

// The connections of a store: made as the program's pool makes its own, with settings of their own,
// given to one work at a time, replaced when they are lost.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const process = require('node:process');
const { before, test } = require('node:test');
const { setTimeout: wait } = require('node:timers/promises');
const { Pool } = require('pg');
const { isLost, isStalePlan } = require('../../lib/postgres/errors');
const { own, withoutBouncer, withoutServer } = require('../support/postgres/binaries');
const { bouncer } = require('../support/postgres/bouncer');
const { connectionsTo, rowsOf } = require('../support/postgres/engine-parts');
const servers = require('../support/postgres/servers');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');

const { freePort, newRole, newSchema, ownServer, query } = servers;
const root = path.resolve(__dirname, '..', '..');
const options = { skip: withoutServer };

let server;
before(async () => {
  if (!withoutServer) ({ url: server } = await servers.sharedServer());
});

/** Makes the connections of a store in a schema of the test's own. */
async function newConnections(t, given = {}, context = {}) {
  const place = { connectionString: server, schema: await newSchema(t, server) };
  return connectionsTo(t, { ...place, ...given }, context);
}

/** Reads some settings of a session. */
async function settingsOf(connection, ...names) {
  const text = `SELECT ${names.map((name) => `current_setting('${name}')`)}`;
  const [row] = await rowsOf(connection, text);
  return row;
}

/** Resolves once some SQL gives true. */
async function until(url, text, values) {
  while (!(await query(url, `SELECT (${text}) AS is_so`, values))[0].is_so) await wait(10);
}

const backendOf = async (connection) => (await rowsOf(connection, 'SELECT pg_backend_pid()'))[0][0];

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

test('a pool whose clients are all in use holds nothing up', options, async (t) => {
  const pool = new Pool({ connectionString: server, max: 1 });
  t.after(() => pool.end());
  const client = await pool.connect();
  const connections = await newConnections(t, { connectionString: undefined, pool });
  assert.notEqual(await backendOf(await connections.take()), String(client.processID));
  client.release();
});

test("the pool's limits do not hold for the store", options, async (t) => {
  const limits = { statement_timeout: 50, query_timeout: 50, lock_timeout: 50 };
  const pool = new Pool({ connectionString: server, ...limits });
  const connection = await (await newConnections(t, { connectionString: undefined, pool })).take();
  await connection.run([{ text: 'SELECT pg_sleep(0.2)' }]);
});

test("the pool's class of clients and its preparation of them are used", options, async (t) => {
  const events = [];
  class Client extends require('pg').Client {
    async connect() {
      events.push('connect');
      await super.connect();
    }
  }
  const onConnect = async (client) => {
    await client.query("SET my.setting = 'prepared'");
  };
  const pool = new Pool({ connectionString: server, Client, onConnect });
  const connections = await newConnections(t, { connectionString: undefined, pool });
  const connection = await connections.makeExtra();
  assert.deepEqual(events, ['connect']);
  assert.deepEqual(await settingsOf(connection, 'my.setting'), ['prepared']);
});

test('a pool over libpq is refused', options, async (t) => {
  const pool = new Pool({ connectionString: server });
  pool.Client = class {};
  const connections = connectionsTo(t, { pool });
  await assert.rejects(connections.open(), { code: 'ERR_PERSIST_LOCK_UNSUPPORTED' });
});

test('passwords, functions of them, and TLS', options, async (t) => {
  const folder = temporaryFolder(t);
  const [key, certificate] = ['key', 'certificate'].map((name) => path.join(folder, name));
  const subject = ['-subj', '/CN=localhost', '-days', '2', '-nodes'];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-keyout', key, '-out', certificate];
  try {
    execFileSync('openssl', [...request, ...subject], { stdio: 'ignore' });
  } catch {
    t.skip('there is no openssl');
    return;
  }
  fs.chmodSync(folder, 0o755);
  fs.chmodSync(key, 0o600);
  own(key);
  const secured = await ownServer(t, {
    settings: { ssl: 'on', ssl_cert_file: certificate, ssl_key_file: key },
    hba: [
      'host all postgres 127.0.0.1/32 trust',
      'hostssl all app 127.0.0.1/32 scram-sha-256',
      'hostnossl all app 127.0.0.1/32 reject',
    ],
  });
  await secured.query("CREATE ROLE app LOGIN PASSWORD 'sesame'; GRANT ALL ON SCHEMA public TO app");
  const base = { host: '127.0.0.1', port: secured.port, user: 'app', database: 'postgres' };
  const ssl = { ca: fs.readFileSync(certificate), checkServerIdentity() {} };
  let asked = 0;
  const password = async () => `ses${++asked ? 'ame' : ''}`;
  for (const given of [{ password: 'sesame' }, { password }]) {
    const pool = new Pool({ ...base, ...given, ssl });
    const connection = await connectionsTo(t, { pool }).take();
    const text = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
    assert.deepEqual(await rowsOf(connection, text), [['t']]);
  }
  assert.ok(asked > 0);

  const wrong = `postgres://app:opensesame@127.0.0.1:${secured.port}/postgres?sslmode=no-verify`;
  const refused = await connectionsTo(t, { connectionString: wrong })
    .open()
    .catch((error) => error);
  assert.equal(refused.code, '28P01');
  assert.doesNotMatch(require('node:util').inspect(refused), /sesame/);
});

test('a connection string that pg cannot read shows no password', options, async (t) => {
  for (const connectionString of ['postgres://u:sesame@[', 'postgres://u:ses#ame@host/x']) {
    assert.throws(
      () => connectionsTo(t, { connectionString }),
      (error) => {
        assert.equal(error.code, 'ERR_PERSIST_LOCK_INVALID_OPTION');
        assert.doesNotMatch(require('node:util').inspect(error), /ses/);
        return true;
      },
    );
  }
});

test('a missing driver says what to install', async () => {
  const { stdout } = await runScript([
    '-e',
    `const Module = require('node:module');
    const resolve = Module._resolveFilename;
    Module._resolveFilename = (name, ...rest) => {
      if (name !== 'pg') return resolve.call(Module, name, ...rest);
      throw Object.assign(new Error("Cannot find module 'pg'"), { code: 'MODULE_NOT_FOUND' });
    };
    const { PersistLock } = require(${JSON.stringify(path.join(root, 'postgres.js'))});
    try {
      new PersistLock({ connectionString: 'postgres://127.0.0.1/x' });
    } catch ({ code, message }) {
      console.log(code, message);
    }`,
  ]);
  assert.match(stdout, /^ERR_PERSIST_LOCK_NO_DRIVER .*npm install pg/);
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
  await until(server, 'NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)', [backend]);
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
  await until(server, 'NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)', [backend]);
  assert.notEqual(await connections.take(), connection);
});

test('a session that the server ends is replaced', options, async (t) => {
  const connections = await newConnections(t, { connections: 2 });
  const connection = await connections.take();
  const backend = await backendOf(connection);
  const lost = new Promise((resolve) => connection.onLost(resolve));
  assert.equal(await connections.isAlive(backend), true);
  await query(server, 'SELECT pg_terminate_backend($1, 5000)', [backend]);
  const error = await lost;
  assert.equal(error.code, '57P01');
  assert.ok(isLost(error));
  assert.equal(connection.lost, error);
  await assert.rejects(connection.run([{ text: 'SELECT 1' }]), error);
  assert.equal(await connections.isAlive(backend), false);
  connections.giveBack(connection);
  assert.notEqual(await connections.take(), connection);
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
  await until(server, "EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1 AND state = 'active')", [
    backend,
  ]);
  await query(server, 'SELECT pg_terminate_backend($1)', [backend]);
  for (const { reason } of await ends) assert.ok(isLost(reason), reason);
});

test('a statement is cancelled only in a session of this process', options, async (t) => {
  const connections = await newConnections(t);
  const connection = await connections.take();
  const sleeping = connection.run([{ text: 'SELECT pg_sleep(60)' }]);
  const cancelled = assert.rejects(sleeping, { code: '57014' });
  const isActive = "EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1 AND state = 'active')";
  await until(server, isActive, [connection.backend]);
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
  await until(server, `coalesce(${began}, true)`, [connection.backend]);
  assert.equal(connection.lost, undefined);
  await connection.run([{ text: 'COMMIT' }]);
});

test('a long wait for a lock is not taken for a lost connection', options, async (t) => {
  const connections = await newConnections(t, { leaseTimeout: 300 });
  const [holder, waiting] = [await connections.take(), await connections.take()];
  await holder.run([{ text: 'SELECT pg_advisory_lock(424242)' }]);
  const granted = waiting.run([{ text: 'SELECT pg_advisory_xact_lock(424242)' }]);
  const waits = `(SELECT now() - query_start > interval '1500 ms' FROM pg_stat_activity WHERE pid = $1)`;
  await until(server, waits, [waiting.backend]);
  await holder.run([{ text: 'SELECT pg_advisory_unlock(424242)' }]);
  await granted;
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

test('close ends all sessions, and work that waits for one', options, async (t) => {
  const connections = await newConnections(t, { connections: 2 });
  const taken = [await connections.take(), await connections.take(), await connections.makeExtra()];
  const backends = taken.map(({ backend }) => backend);
  const waiting = assert.rejects(connections.take(), { code: 'ERR_PERSIST_LOCK_CLOSED' });
  await connections.close();
  await waiting;
  await until(server, 'NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = ANY ($1))', [backends]);
  await assert.rejects(connections.take(), { code: 'ERR_PERSIST_LOCK_CLOSED' });
});

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
