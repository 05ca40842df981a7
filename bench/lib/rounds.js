'use strict';

// The order of measurements. In each round every store has a turn, each time with another one
// first, in its own process and folder: so other work of the machine affects all stores alike, and
// ratios can be taken round by round.

const fs = require('node:fs');
const path = require('node:path');
const { needsPackages, storeNamed } = require('../stores');
const { runJob } = require('./jobs');

/** The number of rounds of a slow store, whose second digit does not matter. */
const ROUNDS_OF_SLOW = 3;

function roundsOf({ rounds }, name) {
  return storeNamed(name).slowness > 1 ? Math.min(rounds, ROUNDS_OF_SLOW) : rounds;
}

/** Gives the reason why a store cannot take part, in an object that is empty if it can. */
function reasonAgainst(name, workload) {
  const { noProcesses } = storeNamed(name);
  return workload === 'processes' && noProcesses ? { skipped: noProcesses } : {};
}

class Rounds {
  #folder;
  #isQuick;
  #progress;
  #filled = new Map();
  #folders = 0;

  /** @param {string} folder created here, removed by `finish` */
  constructor(folder, { isQuick, progress }) {
    this.#folder = folder;
    this.#isQuick = isQuick;
    this.#progress = progress;
    this.finish();
    fs.mkdirSync(folder, { recursive: true });
  }

  finish() {
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  /**
   * Runs trials that take turns. Resolves to the samples of each: by store, by measure, one for
   * each round (fewer for slow stores). A store that cannot be measured has a reason instead.
   */
  async run(trials) {
    const samples = trials.map(({ stores, workload }) =>
      Object.fromEntries(stores.map((name) => [name, reasonAgainst(name, workload)])),
    );
    const turns = trials.flatMap((trial, at) =>
      trial.stores
        .filter((name) => !samples[at][name].skipped)
        .map((name) => ({ trial, name, measured: samples[at][name] })),
    );
    const rounds = Math.max(...trials.map((trial) => trial.rounds));
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < turns.length; turn++) {
        const { trial, name, measured } = turns[(round + turn) % turns.length];
        if (measured.skipped || round >= roundsOf(trial, name)) continue;
        this.#progress.begin(`${trial.name}, round ${round + 1} of ${trial.rounds}: ${name}`);
        await this.#addRound(measured, trial, name);
      }
    }
    return samples;
  }

  /**
   * Adds the numbers of a round to a store's samples. The failure of another store is a result too,
   * and does not end a run of many minutes. After a failure of persist-lock the run is of no use.
   */
  async #addRound(measured, trial, name) {
    try {
      for (const [measure, number] of Object.entries(await this.#measure(trial, name))) {
        (measured[measure] ??= []).push(number);
      }
    } catch (error) {
      if (!needsPackages(name)) throw error;
      measured.skipped = error.message;
    }
  }

  async #measure(trial, name) {
    const isFilled = trial.items > 0 && !storeNamed(name).isVolatile;
    const folder = isFilled ? await this.#filledFolder(trial, name) : this.#newFolder();
    try {
      return await runJob({ task: 'measure', trial, name, folder, isQuick: this.#isQuick });
    } finally {
      if (!isFilled) fs.rmSync(folder, { recursive: true, force: true });
    }
  }

  /**
   * Gives a store of that many items, made once. No trial changes the number or size of its items.
   */
  async #filledFolder(trial, name) {
    const { adapter } = storeNamed(name);
    const what = `${adapter}-${trial.items}-${trial.valueBytes}`;
    if (!this.#filled.has(what)) {
      this.#progress.show(`${trial.name}: filling ${name}`);
      const folder = this.#newFolder();
      await runJob({ task: 'prepare', trial, name, folder });
      this.#filled.set(what, folder);
    }
    return this.#filled.get(what);
  }

  #newFolder() {
    const folder = path.join(this.#folder, String(++this.#folders));
    fs.mkdirSync(folder);
    return folder;
  }
}

module.exports = { Rounds };
