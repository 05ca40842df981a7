'use strict';

// pgbouncer in front of a server, for tests. It is gone after its test, or with the process that has
// started it.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { setTimeout: wait } = require('node:timers/promises');
const binaries = require('./binaries');
const { endWithThis, lastingFolder } = require('./cleaning');
const { freePort, query } = require('./servers');

/**
 * Starts pgbouncer in front of a server; it passes all databases on.
 *
 * @param {object | undefined} t the test after which it ends
 * @param {{ host: string, port: number }} server
 * @param {object} [options]
 * @param {'transaction' | 'session' | 'statement'} [options.mode]
 * @param {number} [options.size] the most sessions with the server
 * @returns {Promise<{ url: string, pid: number, urlOf: (database: string) => string, remove: () => Promise<void> }>}
 */
async function bouncer(t, { host, port }, { mode = 'transaction', size = 300 } = {}) {
  const { folder, remove: removeFolder } = lastingFolder();
  const own = await freePort();
  const file = path.join(folder, 'pgbouncer.ini');
  const users = path.join(folder, 'users');
  fs.writeFileSync(users, '"postgres" ""\n');
  fs.writeFileSync(
    file,
    `[databases]
* = host=${host} port=${port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = ${mode}
default_pool_size = ${size}
max_client_conn = 1000
logfile = ${path.join(folder, 'log')}
`,
  );
  for (const each of [folder, file, users]) binaries.own(each);
  const child = spawn(binaries.bouncer, ['-q', file], {
    ...binaries.user,
    cwd: folder,
    stdio: 'ignore',
    detached: true,
  });
  const running = endWithThis(child, folder);
  const urlOf = (database, user = 'postgres') => `postgres://${user}@127.0.0.1:${own}/${database}`;
  const remove = async () => {
    await running.end();
    removeFolder();
  };
  t?.after(remove);
  await isUp(urlOf('postgres'), child, path.join(folder, 'log'));
  return { url: urlOf('postgres'), port: own, pid: child.pid, urlOf, remove };
}

async function isUp(url, child, log) {
  const ended = once(child, 'exit').then(() => {
    throw new Error(`pgbouncer has ended:\n${fs.readFileSync(log, 'utf8')}`);
  });
  const answering = async () => {
    for (;;) {
      try {
        return await query(url, 'SELECT 1');
      } catch {
        await wait(20);
      }
    }
  };
  ended.catch(() => {});
  await Promise.race([answering(), ended]);
}

module.exports = { bouncer };
