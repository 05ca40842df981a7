'use strict';

// Repeats the long random tests, larger than in `npm test` and from new seeds, until the time is
// over or one fails.
//
//   PERSIST_LOCK_SOAK=60 npm run test:soak    for 60 minutes; 10 by default
//
// The random tests have these variables, also in `npm test`:
//
//   PERSIST_LOCK_SEED=…          the seed, which a failure prints: repeats that failure, except for
//                                the timing of processes and threads
//   PERSIST_LOCK_FIRST_SEED=…    the first of the seeds that a Rust test runs; 0 by default
//   PERSIST_LOCK_TIMES=…         the factor by which they are larger; 1 by default

const { spawnSync } = require('node:child_process');
const path = require('node:path');

const root = path.resolve(__dirname, '..');
const minutes = Number(process.env.PERSIST_LOCK_SOAK ?? 10);

/** Each runs for some ten seconds. `filter` names a module of the Rust tests. */
const TESTS = [
  { filter: 'power_cuts', times: 10, about: 'power cuts on a simulated disk' },
  { filter: 'rooms', times: 30, about: 'torn writes into rooms' },
  { filter: 'model', times: 30, about: 'two stores against a map' },
  { filter: 'leases::interleavings', times: 30, about: 'leases of several stores against a model' },
  { filter: 'change_counter', times: 50, about: 'readers that look only at news' },
  { filter: 'writer_lock::changes', times: 10, about: 'turns after any change in the folder' },
  { filter: 'repair::mixtures', times: 15, about: 'repair of mixtures of damaged files' },
  { filter: 'fuzz_seeds', times: 40, about: 'fuzzing' },
  { file: 'processes/kills.test.js', times: 3, about: 'processes killed while they write' },
  {
    file: 'files/constant-compactions.test.js',
    times: 5,
    about: 'edits under constant compaction',
  },
  { file: 'contract/bank.test.js', times: 10, about: 'transfers by processes, some killed' },
  { file: 'contract/mix.test.js', times: 5, about: 'any calls by processes and threads' },
  { file: 'contract/crowd.test.js', times: 3, about: 'many calls at once by processes' },
  { file: 'contract/processes.test.js', times: 3, about: 'counting processes, some killed' },
  { file: 'contract/model.test.js', times: 3, about: 'any calls against a map' },
  { file: 'contract/many.test.js', times: 5, about: 'the order of many calls' },
  { file: 'contract/values.test.js', times: 5, about: 'copies of values' },
  { file: 'program/pending.test.js', times: 3, about: 'the order of waiting calls' },
  { file: 'files/rooms.test.js', times: 10, about: 'readers beside commits into a room' },
  { file: 'files/watch-model.test.js', times: 10, about: 'watchers against a history' },
  { file: 'processes/watching.test.js', times: 5, about: 'watchers beside processes, some killed' },
  { file: 'files/repair.test.js', times: 5, about: 'repair of damaged files' },
  { file: 'node-persist/side-by-side.test.js', times: 3, about: 'node-persist beside the drop-in' },
];

/** The command that runs a test, and the variable that its seed goes into. */
function commandOf({ filter, file }) {
  if (file) return ['PERSIST_LOCK_SEED', process.execPath, '--test', path.join('__test__', file)];
  const args = ['test', '--no-default-features', '--test', 'core', '--', `${filter}::`];
  return ['PERSIST_LOCK_FIRST_SEED', 'cargo', ...args];
}

/** Runs a test from a seed; prints its output if it fails. */
function passes(test, seed) {
  const [variable, command, ...args] = commandOf(test);
  const variables = { [variable]: String(seed), PERSIST_LOCK_TIMES: String(test.times) };
  const started = performance.now();
  const ended = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...variables },
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  const seconds = Math.round((performance.now() - started) / 1000);
  // Cargo passes with a filter that names no test.
  const isGood = ended.status === 0 && !ended.stdout.includes('test result: ok. 0 passed');
  const settings = Object.entries(variables).map((entry) => entry.join('='));
  console.log(`${isGood ? 'passed' : 'FAILED'} after ${seconds} s: ${test.about}, seed ${seed}`);
  if (isGood) return true;
  console.log(`${ended.stdout}${ended.stderr}${ended.error ?? ''}`);
  console.log(`Run it again: ${[...settings, command, ...args].join(' ')}`);
  return false;
}

function soak() {
  const end = performance.now() + minutes * 60_000;
  for (let runs = 0; ; runs++) {
    if (performance.now() >= end) return console.log(`PASSED. ${runs} runs in ${minutes} minutes.`);
    const seed = Math.floor(Math.random() * 2 ** 32);
    if (!passes(TESTS[runs % TESTS.length], seed)) break;
  }
  process.exitCode = 1;
}

soak();
