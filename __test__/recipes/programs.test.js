'use strict';

// The recipes for programs that run: containers, shutdown, schedules, metrics, backups.

const assert = require('node:assert/strict');
const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const http = require('node:http');
const path = require('node:path');
const test = require('node:test');
const PersistLock = require('../..');
const { command } = require('../support/command');
const { withoutServer } = require('../support/postgres/binaries');
const { newPlace } = require('../support/postgres/places');
const { collected } = require('../support/processes');
const recipes = require('../support/recipes');
const { notNode } = require('../support/runtime');
const { onWindows } = require('../support/system');
const { held } = require('../support/waiting');

function start(folder, args, options) {
  const stdio = ['ignore', 'pipe', 'pipe'];
  return collected(spawn(process.execPath, args, { cwd: folder, stdio, ...options }));
}

/** Opens the project's store; it is closed after the test. */
function opened(t, folder) {
  const store = new PersistLock(path.join(folder, 'data'));
  t.after(() => store.close());
  return store;
}

/** The command that runs a program in process and mount namespaces of its own, as a container does. */
const CONTAINER = ['unshare', '--pid', '--fork', '--mount', '--mount-proc', '--kill-child'];
const noNamespaces =
  (process.platform !== 'linux' ||
    spawnSync(CONTAINER[0], [...CONTAINER.slice(1), 'true']).status !== 0) &&
  'no namespaces can be made here';

test(
  'containers share a store, and a lock ends with its container',
  { skip: noNamespaces },
  async (t) => {
    const folder = recipes.linked(t);
    const contain = (program) => {
      const args = [...CONTAINER.slice(1), process.execPath, '-e', program];
      return collected(
        spawn(CONTAINER[0], args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }),
      );
    };
    const counter = `
    const PersistLock = require('persist-lock');
    const store = new PersistLock('data');
    const add = (current = 0) => current + 1;
    Promise.all(Array.from({ length: 100 }, () => store.editItem('counter', add)))
      .then(() => console.log(process.pid));`;
    const ended = await Promise.all([1, 2, 3].map(() => contain(counter).ended));
    for (const { stdout, stderr } of ended)
      assert.deepEqual({ stdout, stderr }, { stdout: '1\n', stderr: '' });

    const holder = contain(`
    const PersistLock = require('persist-lock');
    new PersistLock('data').editItem('counter', () => {
      console.log('holds');
      return new Promise(() => setInterval(() => {}, 1_000));
    });`);
    await once(holder.stdout, 'data');
    const waits = contain(counter).ended;
    holder.kill('SIGKILL');
    assert.equal((await waits).stdout, '1\n');
    assert.equal(await opened(t, folder).getItem('counter'), 400);
  },
);

test(
  'a server that is told to end answers the requests under way',
  { skip: onWindows },
  async (t) => {
    const folder = recipes.linked(t, 'server.js');
    const server = start(folder, ['server.js'], { env: { ...process.env, PORT: '0' } });
    const [port] = await once(server.stdout, 'data');
    const agent = new http.Agent({ keepAlive: false });
    const store = opened(t, folder);
    // The lock of the item holds the request up until the server has its signal.
    const signalled = held();
    const edit = store.editItem('hits', signalled);
    await signalled.begun();
    const answered = once(http.get({ port: Number(port), agent }), 'response');
    while ((await store.locks()).every(({ waiting }) => !waiting)) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    server.kill('SIGTERM');
    signalled.finish(41);
    await edit;
    const [response] = await answered;
    let body = '';
    for await (const part of response) body += part;
    assert.equal(body, '42');
    const { code, signal, stderr } = await server.ended;
    assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' });
    assert.equal(await store.getItem('hits'), 42);
  },
);

test('process.exit loses calls that have not resolved, and no others', async (t) => {
  const folder = recipes.linked(t);
  const program = `
    const PersistLock = require('persist-lock');
    const store = new PersistLock('data');
    (async () => {
      for (let n = 1; ; n++) {
        const next = store.setItem('n', n);
        if (n === 50) process.exit();
        await next;
        require('node:fs').writeSync(1, n + '\\n');
      }
    })();`;
  const { stdout } = await start(folder, ['-e', program]).ended;
  assert.equal(stdout.trim().split('\n').at(-1), '49');
  assert.ok((await opened(t, folder).getItem('n')) >= 49);
});

test('of four processes with one schedule, one does the job', async (t) => {
  const folder = recipes.linked(t, 'job.js');
  const ended = await Promise.all([1, 2, 3, 4].map(() => start(folder, ['job.js']).ended));
  for (const { code, stderr } of ended) assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.equal(ended.map(({ stdout }) => stdout).join(''), 'made\n');
});

test('a job that still runs is left out', async (t) => {
  const folder = recipes.linked(t, 'overlap.js');
  const store = opened(t, folder);
  let finish;
  const begun = new Promise((begin) => {
    store
      .editItem('job', () => new Promise((resolve) => begin((finish = resolve))))
      .catch(() => {});
  });
  await begun;
  const left = await start(folder, ['overlap.js']).ended;
  assert.deepEqual(left, { stdout: 'still running\n', stderr: '', code: 0, signal: null });
  finish(6);
  assert.equal((await start(folder, ['overlap.js']).ended).stdout, 'run 7\n');
});

test('a slow or failed wait is logged', async (t) => {
  const folder = recipes.linked(t, 'slow-locks.js');
  const program = `
    require('./slow-locks.js');
    const PersistLock = require('persist-lock');
    const store = new PersistLock('data');
    const slow = store.editItem('a', () => new Promise((resolve) => setTimeout(resolve, 1_100, 1)));
    const late = store.editItem('a', () => 2, { timeout: 10 }).catch(() => {});
    Promise.all([slow, late, store.setItem('a', 3), store.setItem('b', 3)]);`;
  const { stderr } = await start(folder, ['-e', program]).ended;
  assert.match(
    stderr,
    /^Not acquired after \d+ ms: the lock of a\nAcquired after \d+ ms: the lock of a\n$/,
  );
});

test('the channels become metrics of OpenTelemetry', { skip: notNode }, async (t) => {
  const folder = recipes.linked(t, 'metrics.js');
  for (const name of ['@opentelemetry/api', '@opentelemetry/sdk-metrics']) {
    recipes.lend(folder, name);
  }
  const program = `
    const { metrics } = require('@opentelemetry/api');
    const sdk = require('@opentelemetry/sdk-metrics');
    const exporter = new sdk.InMemoryMetricExporter(sdk.AggregationTemporality.CUMULATIVE);
    const reader = new sdk.PeriodicExportingMetricReader({ exporter });
    metrics.setGlobalMeterProvider(new sdk.MeterProvider({ readers: [reader] }));
    require('./metrics.js');
    const PersistLock = require('persist-lock');
    const store = new PersistLock('data');
    (async () => {
      await Promise.all([
        store.editItem('a', async () => 1),
        store.editItem('a', (a) => a + 1),
      ]);
      await store.close();
      await reader.forceFlush();
      const [{ scopeMetrics: [{ metrics: found }] }] = exporter.getMetrics();
      for (const { descriptor, dataPoints } of found) {
        const count = dataPoints.reduce((sum, { value }) => sum + (value.count ?? value), 0);
        console.log(descriptor.name, count > 0);
      }
      await reader.shutdown();
    })();`;
  const { stdout, stderr } = await start(folder, ['-e', program]).ended;
  const names = ['commits', 'sync.duration', 'wait.duration'];
  assert.deepEqual(
    { stdout: stdout.trim().split('\n').sort(), stderr },
    { stdout: names.map((name) => `persist_lock.${name} true`), stderr: '' },
  );
});

test('a backup is verified, read and restored while a program uses the store', async (t) => {
  const folder = recipes.linked(t);
  const store = opened(t, folder);
  await store.setItem('counter', 1);
  const run = async (line, input) => {
    const [npx, name, ...args] = line.split(' ');
    assert.deepEqual([npx, name], ['npx', 'persist-lock']);
    const { code, stdout, stderr } = await command(args, { cwd: folder, input });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const [backup, verify, restore, get] = recipes.commandsOf('Restoring a backup');
  await run(backup);
  await store.setItems([
    ['counter', 2],
    ['later', 1],
  ]);
  await run(verify);
  await run(restore);
  assert.deepEqual(await store.entries(), [['counter', 1]]);
  assert.equal(await run(get), '1\n');
});

test('the items move to a database', { skip: notNode || withoutServer }, async (t) => {
  const folder = recipes.linked(t);
  const { connectionString, schema } = JSON.parse(await newPlace(t));
  const database = new URL(connectionString);
  database.searchParams.set('schema', schema);
  await opened(t, folder).setItem('a', 1);
  const [copy] = recipes.commandsOf('Several machines');
  assert.equal(copy, 'npx persist-lock copy --from data --to "$DATABASE_URL"');
  const args = copy.split(' ').slice(2, -1);
  const { code, stderr } = await command([...args, database.href], { cwd: folder });
  assert.equal(code, 0, stderr);
  const { PersistLock: Shared } = require('../../postgres');
  const shared = new Shared({ connectionString, schema });
  assert.equal(await shared.getItem('a'), 1);
  await shared.close();
});
