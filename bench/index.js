'use strict';

// The command: sets up, runs the trials, and writes results, tables and pictures. `--help` lists
// its options.

const fs = require('node:fs');
const path = require('node:path');
const { isDeepStrictEqual } = require('node:util');
const { USAGE, UsageError, readArguments } = require('./lib/arguments');
const { machine, versions } = require('./lib/machine');
const { pictures } = require('./lib/pictures');
const { Progress } = require('./lib/progress');
const readme = require('./lib/readme');
const results = require('./lib/results');
const { Rounds } = require('./lib/rounds');
const { installPackages } = require('./lib/setup');
const { figuresOf, figuresPage, ratiosPage, ratiosTable } = require('./lib/tables');
const { STORES, needsPackages } = require('./stores');
const { GROUPS, TRIALS, inSeries } = require('./trials');

const SMOKE_RUN = 'This is a smoke run: it checks that everything runs. Its figures mean nothing.';

function list() {
  for (const group of GROUPS) {
    console.log(`\n${group}`);
    for (const { name, title } of TRIALS.filter((trial) => trial.group === group)) {
      console.log(`  ${name.padEnd(22)} ${title}`);
    }
  }
  console.log(`\nStores: ${Object.keys(STORES).join(', ')}`);
}

/** Writes the tables and the pictures of results. */
function draw({ results: folder, isPublished }, measured) {
  fs.writeFileSync(path.join(folder, 'ratios.md'), ratiosPage(measured));
  fs.writeFileSync(path.join(folder, 'figures.md'), figuresPage(measured));
  for (const [name, content] of pictures(measured)) {
    fs.writeFileSync(path.join(folder, name), content);
  }
  if (isPublished && !measured.isQuick) readme.write(measured);
}

/** Gives the results that this run adds to: new ones, or with `--add` those of the folder. */
function resultsToAddTo(given) {
  const fresh = {
    made: new Date().toISOString().slice(0, 10),
    isQuick: given.quick,
    machine: machine(given.folder),
    versions: versions(),
    trials: [],
  };
  if (!given.add) return fresh;
  const earlier = results.read(given.results);
  const conditions = ({ isQuick, machine: where, versions: packages }) => [
    isQuick,
    where,
    packages,
  ];
  if (!isDeepStrictEqual(conditions(earlier), conditions(fresh))) {
    throw new UsageError('--add needs results of the same machine and the same versions');
  }
  return { ...fresh, trials: earlier.trials };
}

async function measure(given) {
  const total = given.trials.reduce((sum, { rounds, stores }) => sum + rounds * stores.length, 0);
  const progress = new Progress(total);
  const rounds = new Rounds(given.folder, { isQuick: given.quick, progress });
  process.once('exit', () => rounds.finish());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
  const measured = resultsToAddTo(given);
  if (measured.machine.fileSystem === 'tmpfs') {
    console.log(`${given.folder} is in memory. Measure durable writes on a disk: use --folder.`);
  }
  try {
    for (const trials of inSeries(given.trials)) {
      const samples = await rounds.run(trials);
      for (const [at, trial] of trials.entries()) {
        const entry = results.entryOf(trial, samples[at]);
        results.replace(measured, entry);
        progress.print(`\n${trial.name}: ${trial.title}\n\n${figuresOf(entry)}`);
      }
      // After each series, so that a run that is interrupted keeps its trials up to then.
      results.write(given.results, measured);
    }
  } finally {
    progress.clear();
    // A server of it would keep the process alive.
    rounds.finish();
  }
  return measured;
}

async function main() {
  const given = readArguments(process.argv.slice(2));
  if (given.help) return console.log(USAGE);
  if (given.list) return list();
  if (given.quick) console.log(SMOKE_RUN);
  if (!given.draw && given.trials.some(({ stores }) => stores.some(needsPackages))) {
    installPackages();
  }
  const measured = given.draw ? results.read(given.results) : await measure(given);
  draw(given, measured);
  console.log(`\n${ratiosTable(measured)}\nResults, tables and pictures are in ${given.results}`);
  if (measured.isQuick) console.log(`\n${SMOKE_RUN}`);
}

main().catch((error) => {
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error);
  process.exitCode = 1;
});
