'use strict';

// The clients of `pg` that a store makes: as the program's pool makes its own, or from a connection
// string.

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { before, test } = require('node:test');
const { Pool } = require('pg');
const { own, withoutServer } = require('../support/postgres/binaries');
const {
  backendOf,
  connectionsTo,
  newConnections,
  rowsOf,
  settingsOf,
} = require('../support/postgres/engine-parts');
const { ownServer, sharedServer } = require('../support/postgres/servers');
const { temporaryFolder } = require('../support/folders');
const { runScript } = require('../support/processes');

const root = path.resolve(__dirname, '..', '..');
const options = { skip: withoutServer };

let server;
before(async () => {
  if (!withoutServer) ({ url: server } = await sharedServer());
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
