'use strict';

// The command: sets up, runs the trials, and writes results, tables and pictures. `--help` lists
// its options.

const fs = require('node:fs');
const path = require('node:path');
const { USAGE, UsageError, readArguments } = require('./lib/arguments');
const { machine, versions } = require('./lib/machine');
const { pictures } = require('./lib/pictures');
const { Progress } = require('./lib/progress');
const results = require('./lib/results');
const { Rounds } = require('./lib/rounds');
const { installPackages } = require('./lib/setup');
const { figuresOf, figuresPage, ratiosPage, ratiosTable } = require('./lib/tables');
const { STORES, needsPackages } = require('./stores');
const { TRIALS, inSeries } = require('./trials');

function list() {
  for (const { name, title } of TRIALS) console.log(`${name.padEnd(20)} ${title}`);
  console.log(`\nStores: ${Object.keys(STORES).join(', ')}`);
}

/** Writes the two tables and the pictures of results. */
function draw(folder, measured) {
  fs.writeFileSync(path.join(folder, 'ratios.md'), ratiosPage(measured));
  fs.writeFileSync(path.join(folder, 'figures.md'), figuresPage(measured));
  for (const [name, content] of pictures(measured)) {
    fs.writeFileSync(path.join(folder, name), content);
  }
}

async function measure(given) {
  const total = given.trials.reduce((sum, { rounds, stores }) => sum + rounds * stores.length, 0);
  const progress = new Progress(total);
  const rounds = new Rounds(given.folder, { isQuick: given.quick, progress });
  process.once('SIGINT', () => {
    rounds.finish();
    process.exit(130);
  });
  const measured = {
    made: new Date().toISOString().slice(0, 10),
    isQuick: given.quick,
    machine: machine(given.folder),
    versions: versions(),
    trials: [],
  };
  if (measured.machine.fileSystem === 'tmpfs') {
    console.log(`${given.folder} is in memory. Measure durable writes on a disk: use --folder.`);
  }
  try {
    for (const trials of inSeries(given.trials)) {
      const samples = await rounds.run(trials);
      for (const [at, trial] of trials.entries()) {
        const entry = results.entryOf(trial, samples[at]);
        measured.trials.push(entry);
        progress.print(`\n${trial.name}: ${trial.title}\n\n${figuresOf(entry)}`);
      }
      // After each series, so that a run that is interrupted keeps its trials up to then.
      results.write(given.results, measured);
    }
  } finally {
    progress.clear();
    rounds.finish();
  }
  return measured;
}

async function main() {
  const given = readArguments(process.argv.slice(2));
  if (given.help) return console.log(USAGE);
  if (given.list) return list();
  if (!given.draw && given.trials.some(({ stores }) => stores.some(needsPackages))) {
    installPackages();
  }
  const measured = given.draw ? results.read(given.results) : await measure(given);
  draw(given.results, measured);
  console.log(`\n${ratiosTable(measured)}\nResults, tables and pictures are in ${given.results}`);
}

main().catch((error) => {
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error);
  process.exitCode = 1;
});
