'use strict';

// Runs the JavaScript tests on every supported runtime, one after the other, and prints a table.
// npm installs the runtimes once, in a folder outside the repository. Does not run on Windows.
//
//   node scripts/runtimes.js                   runs all tests on all runtimes
//   node scripts/runtimes.js bun processes/    runs some: runtimes by name, tests by folder

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { readReport } = require('./junit');
const { printTable } = require('./table');

const root = path.resolve(__dirname, '..');
const cache = path.join(os.homedir(), '.cache', 'persist-lock-runtimes');
/** The time limit of a test file, in milliseconds. */
const LONGEST = 10 * 60_000;

/** The runtimes. Each runs a test file and writes a report in JUnit's format. */
const runtimes = [
  ...['20', '22', '24', '26'].map((version) => ({
    name: `node-${version}`,
    package: `node@${version}`,
    command: 'node',
    args: (file, report) => [
      ...['--test-reporter=junit', `--test-reporter-destination=${report}`, '--test', file],
    ],
  })),
  {
    name: 'bun',
    package: 'bun',
    command: 'bun',
    args: (file, report) => [
      // The default timeout of a test is five seconds.
      ...['test', `--timeout=${LONGEST}`, '--reporter=junit', `--reporter-outfile=${report}`],
      `./${file}`,
    ],
  },
  {
    name: 'deno',
    package: 'deno',
    command: 'deno',
    args: (file, report) => ['test', '--allow-all', '--no-check', `--junit-path=${report}`, file],
  },
];

/** Installs a runtime, unless it is installed; returns the folder of its executable. */
function install({ name, package: wanted, command }) {
  const folder = path.join(cache, name);
  const binaries = path.join(folder, 'node_modules', '.bin');
  if (!fs.existsSync(path.join(binaries, command))) {
    fs.mkdirSync(folder, { recursive: true });
    const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', wanted];
    const { status } = spawnSync('npm', args, { stdio: 'inherit' });
    if (status !== 0) throw new Error(`npm could not install ${wanted}`);
  }
  return binaries;
}

function versionOf({ command }, binaries) {
  const { stdout } = spawnSync(path.join(binaries, command), ['--version'], { encoding: 'utf8' });
  return /\d+\.\d+\.\d+/.exec(stdout)[0];
}

/** Runs a test file; counts the tests that passed and were skipped, and names those that failed. */
function runFile(runtime, binaries, file, report) {
  fs.rmSync(report, { force: true });
  const ended = spawnSync(path.join(binaries, runtime.command), runtime.args(file, report), {
    cwd: root,
    // Programs that the tests start by name must run on the same runtime.
    env: { ...process.env, PATH: `${binaries}${path.delimiter}${process.env.PATH}` },
    stdio: 'ignore',
    timeout: LONGEST,
    killSignal: 'SIGKILL',
  });
  const results = fs.existsSync(report) ? readReport(fs.readFileSync(report, 'utf8')) : [];
  const failed = results.filter(({ state }) => state === 'failed').map(({ name }) => name);
  if (ended.status !== 0 && failed.length === 0) {
    failed.push(ended.signal ? `ended by ${ended.signal}` : `ended with ${ended.status}`);
  }
  const count = (state) => results.filter((result) => result.state === state).length;
  return { passed: count('passed'), skipped: count('skipped'), failed };
}

function told({ passed, skipped, failed }) {
  const parts = [`${passed}`];
  if (skipped > 0) parts.push(`${skipped} skipped`);
  if (failed.length > 0) parts.push(`${failed.length} FAILED`);
  return parts.join(', ');
}

function main(wanted) {
  const named = runtimes.filter(({ name }) => wanted.some((word) => name.startsWith(word)));
  const beginnings = wanted.filter((word) => word.includes('/'));
  const chosen = named.length > 0 ? named : runtimes;
  const files = fs
    .readdirSync(path.join(root, '__test__'), { recursive: true })
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => name.replaceAll(path.sep, '/'))
    .filter((name) => beginnings.length === 0 || beginnings.some((one) => name.startsWith(one)));

  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'persist-lock-'));
  const columns = chosen.map((runtime) => {
    const binaries = install(runtime);
    const report = path.join(folder, 'report.xml');
    const results = files.map((name) => {
      const result = runFile(runtime, binaries, path.join('__test__', name), report);
      console.error(`${runtime.name}, ${name}: ${told(result)}`);
      return result;
    });
    return { name: `${runtime.command} ${versionOf(runtime, binaries)}`, results };
  });
  fs.rmSync(folder, { recursive: true });

  printTable([
    ['', ...columns.map(({ name }) => name)],
    ...files.map((file, at) => [file, ...columns.map(({ results }) => told(results[at]))]),
  ]);
  const failures = columns.flatMap(({ name, results }) =>
    results.flatMap(({ failed }, at) => failed.map((test) => `${name}, ${files[at]}: ${test}`)),
  );
  if (failures.length > 0) console.log(`\nFailed:\n${failures.join('\n')}`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

main(process.argv.slice(2));
