'use strict';

// Servers of PostgreSQL for tests. Each has a temporary folder and a free port of 127.0.0.1, and is
// gone after its test, or with the process that has started it.
//
// `npm test` starts one server for all files and tells them its URL by PERSIST_LOCK_POSTGRES; a file
// that is run alone starts one itself.

const { execFile, spawn } = require('node:child_process');
const { randomBytes, randomInt } = require('node:crypto');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const process = require('node:process');
const { setTimeout: wait } = require('node:timers/promises');
const { promisify } = require('node:util');
const { Client } = require('pg');
const binaries = require('./binaries');
const { endWithThis, lastingFolder } = require('./cleaning');
const { processesIn } = require('./janitor');

const execute = promisify(execFile);

/** The settings of every server. What a killed server has written stays there without fsync too. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 400,
  fsync: 'off',
  autovacuum_naptime: '10s',
};

/** The time within which a server must have started, in milliseconds. */
const START_TIME = 60_000;

/** The ports that are chosen from: systems take those of outgoing connections from other ranges. */
const [FIRST_PORT, PORTS] = [20_000, 12_000];

/** Finds a port that nobody listens to. */
async function freePort() {
  for (;;) {
    const port = FIRST_PORT + randomInt(PORTS);
    const server = net.createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch {
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** Runs some SQL, and resolves with its rows. */
async function query(url, text, values) {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query(text, values);
    return rows;
  } finally {
    await client.end().catch(() => {});
  }
}

const templates = new Map();

/** The code of an error by which a server ends a deadlock. */
const DEADLOCK = '40P01';

/** Makes the folder of an empty server, once for each version; servers begin with copies of it. */
function templateOf(version) {
  if (!templates.has(version)) templates.set(version, makeTemplate(version));
  return templates.get(version);
}

async function makeTemplate(version) {
  const found = binaries[version];
  if (found === undefined) throw new Error(`There is no PostgreSQL of the kind ${version}`);
  const programs = binaries.readable(found, () => {
    const { folder } = lastingFolder();
    fs.chmodSync(folder, 0o755);
    return folder;
  });
  const { folder } = lastingFolder();
  binaries.own(folder);
  await execute(
    programs.program('initdb'),
    ['-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--locale=C', '--no-sync', '-D', folder],
    { ...binaries.user, env: programs.environment, cwd: folder },
  );
  return { folder, programs };
}

class Server {
  host = '127.0.0.1';
  port;
  folder;
  /** The process id of the postmaster, while the server runs. */
  postmaster;
  #programs;
  #settings;
  #remove;
  #child;
  #running;

  constructor(programs, { folder, remove }, port, settings) {
    this.#programs = programs;
    this.folder = folder;
    this.#remove = remove;
    this.port = port;
    this.#settings = settings;
  }

  /** The URL of its database `postgres`, as the superuser of that name. */
  get url() {
    return this.urlOf('postgres');
  }

  /** The URL of a database, with a user and perhaps a password before an `@`. */
  urlOf(database, user = 'postgres') {
    return `postgres://${user}@${this.host}:${this.port}/${database}`;
  }

  /** The version of its programs. */
  get version() {
    return this.#programs.version;
  }

  /** Runs some SQL as its superuser; resolves with the rows. */
  query(text, values) {
    return query(this.url, text, values);
  }

  /** Starts the server, and resolves once it accepts connections. */
  async start(settings = {}) {
    Object.assign(this.#settings, settings);
    const { program, environment } = this.#programs;
    const all = Object.entries({ ...SETTINGS, ...this.#settings, port: this.port });
    const args = ['-D', this.folder, ...all.flatMap(([name, value]) => ['-c', `${name}=${value}`])];
    const log = fs.openSync(path.join(this.folder, 'log'), 'a', 0o666);
    this.#child = spawn(program('postgres'), args, {
      ...binaries.user,
      cwd: this.folder,
      env: environment,
      stdio: ['ignore', log, log],
      // A signal for the tests' whole group, as Ctrl+C sends it, is not for the server.
      detached: true,
    });
    fs.closeSync(log);
    this.postmaster = this.#child.pid;
    this.#running = endWithThis(this.#child, this.folder);
    this.#child.once('exit', () => (this.postmaster = undefined));
    await this.#isUp();
  }

  async #isUp() {
    const until = Date.now() + START_TIME;
    for (;;) {
      try {
        await this.query('SELECT');
        return;
      } catch (error) {
        if (this.postmaster === undefined || Date.now() > until) {
          const log = fs.readFileSync(path.join(this.folder, 'log'), 'utf8');
          throw new Error(`The server does not start:\n${log.slice(-2000)}`, { cause: error });
        }
      }
      await wait(20);
    }
  }

  /** Stops the server, and ends the sessions (`SIGINT`), or waits for their end (`SIGTERM`). */
  async stop(signal = 'SIGINT') {
    await this.#end(signal);
  }

  /** Kills the postmaster, as a crash does. Resolves once the processes of its sessions are gone. */
  async kill() {
    await this.#end('SIGKILL');
    const until = Date.now() + 5_000;
    while (processesIn(this.folder).length > 0) {
      if (Date.now() > until) {
        for (const pid of processesIn(this.folder)) process.kill(Number(pid), 'SIGKILL');
      }
      await wait(5);
    }
  }

  async #end(signal) {
    if (this.postmaster === undefined) return;
    const exit = once(this.#child, 'exit');
    this.#child.ref();
    this.#child.kill(signal);
    await exit;
  }

  /** Makes a standby the primary. */
  async promote() {
    await this.query('SELECT pg_promote(true, 60)');
  }

  /** Ends the server at once, and removes its folder. */
  async remove() {
    if (this.postmaster !== undefined) await this.#running.end();
    this.#remove();
  }

  /** Copies this running server: resolves with another that has its programs and port of its own. */
  async standby(settings) {
    const place = lastingFolder();
    binaries.own(place.folder);
    fs.chmodSync(place.folder, 0o700);
    const args = ['-D', place.folder, '-R', '-X', 'stream', '-c', 'fast', '--no-sync'];
    const connection = `host=${this.host} port=${this.port} user=postgres application_name=standby`;
    await execute(this.#programs.program('pg_basebackup'), [...args, '-d', connection], {
      ...binaries.user,
      env: this.#programs.environment,
      cwd: place.folder,
    });
    return new Server(this.#programs, place, await freePort(), settings);
  }
}

/**
 * Starts a server.
 *
 * @param {{ after(callback: () => Promise<void>): void } | undefined} t the test after which it is
 *   removed; without it, it ends with this process, or by `remove`
 * @param {object} [options]
 * @param {'embedded' | 'debian'} [options.version] the embedded one where there is one
 * @param {Record<string, string | number>} [options.settings]
 * @param {string[]} [options.hba] the lines of `pg_hba.conf`, in place of those that trust all
 * @param {string} [options.encoding] the encoding of another database, `other`, that is made
 * @returns {Promise<Server>}
 */
async function ownServer(t, options = {}) {
  const { version = binaries.embedded ? 'embedded' : 'debian', settings = {}, hba } = options;
  const template = await templateOf(version);
  const place = lastingFolder();
  fs.cpSync(template.folder, place.folder, { recursive: true });
  await execute('chown', ['-R', ownerOf(), place.folder]);
  fs.chmodSync(place.folder, 0o700);
  if (hba) fs.writeFileSync(path.join(place.folder, 'pg_hba.conf'), `${hba.join('\n')}\n`);
  const server = new Server(template.programs, place, await freePort(), { ...settings });
  t?.after(() => server.remove());
  await server.start();
  return server;
}

function ownerOf() {
  const { uid = process.getuid(), gid = process.getgid() } = binaries.user;
  return `${uid}:${gid}`;
}

/**
 * Starts a synchronous standby of a server: the primary tells no commit before the standby has it.
 */
async function standbyOf(t, primary, { settings = {} } = {}) {
  const server = await primary.standby({ hot_standby: 'on', ...settings });
  t?.after(() => server.remove());
  await server.start();
  await primary.query("ALTER SYSTEM SET synchronous_standby_names = '*'");
  await primary.query('SELECT pg_reload_conf()');
  for (;;) {
    const [row] = await primary.query("SELECT FROM pg_stat_replication WHERE sync_state = 'sync'");
    if (row !== undefined) return server;
    await wait(20);
  }
}

let shared;

/**
 * Gives the server that tests share: that of the whole run, or one that this process starts at its
 * first call, and that ends with it.
 *
 * @returns {Promise<{ url: string }>}
 */
function sharedServer() {
  const url = process.env.PERSIST_LOCK_POSTGRES;
  shared ??= url === undefined ? ownServer() : Promise.resolve({ url });
  return shared;
}

/** Makes an empty schema on a server; it is gone after the test. Resolves with its name. */
async function newSchema(t, url) {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await query(url, `CREATE SCHEMA ${name}`);
  t.after(() => dropSchema(url, name));
  return name;
}

/** Drops a schema, again if it was the victim of a deadlock with a store that is still open. */
async function dropSchema(url, name) {
  for (;;) {
    try {
      return await query(url, `DROP SCHEMA ${name} CASCADE`);
    } catch (error) {
      if (error.code !== DEADLOCK) throw error;
    }
  }
}

/**
 * Makes a database on a server; it is gone after the test. Resolves with its URL.
 *
 * @param {string} [options] of CREATE DATABASE
 */
async function newDatabase(t, url, options = '') {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await query(url, `CREATE DATABASE ${name} ${options}`);
  t.after(() => query(url, `DROP DATABASE ${name} WITH (FORCE)`));
  return Object.assign(new URL(url), { pathname: name }).href;
}

/**
 * Makes a role that may connect to a database and nothing else; it is gone after the test. Resolves
 * with its name and with the database's URL for it.
 */
async function newRole(t, url) {
  const role = `test_${randomBytes(6).toString('hex')}`;
  await query(url, `CREATE ROLE ${role} LOGIN`);
  t.after(async () => {
    await query(url, `DROP OWNED BY ${role}`);
    await query(url, `DROP ROLE ${role}`);
  });
  return { role, url: Object.assign(new URL(url), { username: role }).href };
}

/** Resolves once an expression of SQL is true. */
async function untilTrue(url, expression, values) {
  while (!(await query(url, `SELECT (${expression}) AS is`, values))[0].is) await wait(10);
}

module.exports = {
  newDatabase,
  newRole,
  Server,
  freePort,
  newSchema,
  ownServer,
  query,
  sharedServer,
  standbyOf,
  untilTrue,
};
