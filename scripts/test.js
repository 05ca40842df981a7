'use strict';

// Runs the tests: the core as plain Rust, then the package as users install it. Ends with one line
// that counts both.
//
//   node scripts/test.js                        runs everything
//   node scripts/test.js rust                   runs the tests of the core
//   node scripts/test.js javascript             runs the JavaScript tests on the last build of the
//                                               addon; needs no Rust
//   node scripts/test.js javascript contract    runs those of some folders of `__test__`
//   node scripts/test.js postgres               runs the contract on Debian's server, and on it
//                                               through pgbouncer; and the tests of PostgreSQL there,
//                                               through pgbouncer those that can
//
// Tests over PostgreSQL share one server, which is started for the run.

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { stripVTControlCharacters } = require('node:util');
const { rustCounts } = require('./rust-counts');

const root = path.resolve(__dirname, '..');

/**
 * Runs a command and passes its output on; resolves to its exit code. Calls `watch` with each line of
 * its standard output.
 */
function run(command, args, { watch, variables = {} }) {
  const shown = Object.entries(variables).map(([name, value]) => `${name}=${value} `);
  console.log(`> ${shown.join('')}${command} ${args.join(' ')}`);
  const stdio = ['inherit', watch ? 'pipe' : 'inherit', 'inherit'];
  const env = { ...process.env, ...variables };
  const child = spawn(command, args, { cwd: root, stdio, env });
  if (watch) passOn(child.stdout, watch);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

function passOn(output, watch) {
  let rest = '';
  output.setEncoding('utf8').on('data', (text) => {
    process.stdout.write(text);
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) watch(stripVTControlCharacters(line));
  });
}

/** Runs Cargo's tests, and adds up the counts of all test programs. */
async function runRust() {
  const { counts, add } = rustCounts();
  const args = ['test', '--no-default-features', '--no-fail-fast'];
  if (process.stdout.isTTY) args.push('--color=always', '--', '--color=always');
  const code = await run('cargo', args, { watch: add });
  return { ...counts, code };
}

/** The time limit of a test file, in milliseconds: one that hangs fails by its name. */
const LONGEST_FILE = 600_000;

/** Runs JavaScript tests; a reporter writes their results to a file. */
async function runJavaScript(files, variables) {
  const results = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'persist-lock-')), 'results');
  const args = [
    '--test',
    // One file for each core. Node leaves a core free, but most tests wait most of the time.
    `--test-concurrency=${os.availableParallelism()}`,
    `--test-timeout=${LONGEST_FILE}`,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=./scripts/test-reporter.js`,
    `--test-reporter-destination=${results}`,
    ...files,
  ];
  const code = await run(process.execPath, args, { variables });
  const tests = fs.readFileSync(results, 'utf8').split('\n').filter(Boolean).map(JSON.parse);
  fs.rmSync(path.dirname(results), { recursive: true });
  const having = (state) => tests.filter((test) => test.state === state);
  const [passed, failed] = [having('passed').length, having('failed').length];
  return { passed, failed, skipped: having('skipped'), code };
}

/** The folder of tests that crash servers of their own, and take long. */
const SERVERS = path.join('postgres', 'servers');

/**
 * The tests that cannot run through a pooler: they make roles, which it does not know, and look at
 * their own sessions. `poolers` starts poolers by itself.
 */
const DIRECT = [
  'batches',
  'clients',
  'connections',
  'few-connections',
  'poolers',
  'schema',
  'session-settings',
  'silence',
];

/** Lists the test files of some folders of `__test__`; of all but `SERVERS` without any. */
function testFiles(folders) {
  const isChosen = (name) =>
    folders.length === 0
      ? !name.startsWith(SERVERS)
      : folders.some((folder) => name.startsWith(folder + path.sep));
  const files = fs
    .readdirSync(path.join(root, '__test__'), { recursive: true })
    .filter((name) => name.endsWith('.test.js') && isChosen(name))
    .sort();
  if (files.length === 0) throw new Error(`no tests in ${folders.join(', ')}`);
  return files.map((name) => path.join('__test__', name));
}

/** The tests that any engine must pass. */
const OF_ANY_ENGINE = ['contract', 'adapters'];

/** Runs the tests of some folders, or of all, and those of any engine once more over PostgreSQL. */
async function runAll(folders) {
  const server = await startServer({});
  const variables = server ? { PERSIST_LOCK_POSTGRES: server.url } : {};
  const runs = [await measured('JavaScript', runJavaScript(testFiles(folders), variables))];
  const again = OF_ANY_ENGINE.filter((name) => folders.length === 0 || folders.includes(name));
  if (server && again.length > 0 && !process.env.PERSIST_LOCK_BACKEND) {
    runs.push(await measured('PostgreSQL', runJavaScript(testFiles(again), over(server))));
  }
  await server?.remove();
  return runs;
}

/** Runs the tests over PostgreSQL on Debian's server, as far as they can through pgbouncer. */
async function runPostgres() {
  const { withoutBouncer, withoutDebian } = require('../__test__/support/postgres/binaries');
  const { bouncer } = require('../__test__/support/postgres/bouncer');
  for (const reason of [withoutDebian, withoutBouncer]) if (reason) throw new Error(reason);
  const server = await startServer({ version: 'debian' });
  const pooler = await bouncer(undefined, server);
  const contract = testFiles(['contract']);
  const notPooled = [SERVERS, ...DIRECT.map((name) => path.join('postgres', `${name}.test.js`))];
  const isDirect = (file) => notPooled.some((name) => file.startsWith(path.join('__test__', name)));
  const own = testFiles(['postgres']);
  const direct = own.filter(isDirect);
  const pooled = own.filter((file) => !isDirect(file));
  const runs = [
    await measured('Debian', runJavaScript([...contract, ...direct], over(server))),
    await measured('pgbouncer', runJavaScript([...contract, ...pooled], over(pooler))),
  ];
  await pooler.remove();
  await server.remove();
  return runs;
}

/**
 * Starts a server for a run; resolves with `undefined` where there is none to start. A server that
 * PERSIST_LOCK_POSTGRES names already is left as it is.
 */
async function startServer(options) {
  const url = process.env.PERSIST_LOCK_POSTGRES;
  if (url && !options.version) return { url, remove() {} };
  // Loaded here alone: the tests of the core need no JavaScript packages.
  const { withoutServer } = require('../__test__/support/postgres/binaries');
  if (withoutServer) return undefined;
  return require('../__test__/support/postgres/servers').ownServer(undefined, options);
}

/** The variables of a run whose engine is over PostgreSQL. */
function over({ url }) {
  return { PERSIST_LOCK_BACKEND: 'postgres', PERSIST_LOCK_POSTGRES: url };
}

/** Measures the time of a run, and describes its counts. */
async function measured(language, running) {
  const started = performance.now();
  const counts = await running;
  const seconds = Math.round((performance.now() - started) / 1000);
  const { passed, failed, skipped } = counts;
  // Without a failed test, an error means that a program did not build or did not start.
  const broken = counts.code !== 0 && failed === 0 ? ', ended with an error' : '';
  const text = `${language}: ${passed} passed, ${failed} failed, ${skipped.length} skipped${broken}, ${seconds} s`;
  return { ...counts, language, text };
}

async function main([language, ...folders]) {
  const runs = [];
  if (language === 'postgres') {
    runs.push(...(await runPostgres()));
  } else {
    if (language !== 'javascript') runs.push(await measured('Rust', runRust()));
    if (language !== 'rust') runs.push(...(await runAll(folders)));
  }

  const skipped = runs.flatMap((each) => each.skipped.map((test) => ({ ...each, ...test })));
  if (skipped.length > 0) console.log('\nSkipped:');
  for (const { language: side, name, reason = 'without a reason' } of skipped) {
    console.log(`  ${side}: ${name}: ${reason}`);
  }
  const isGood = runs.every(({ code }) => code === 0);
  console.log(`\n${isGood ? 'PASSED' : 'FAILED'}. ${runs.map(({ text }) => text).join('. ')}.`);
  process.exitCode = isGood ? 0 : 1;
}

main(process.argv.slice(2));
