'use strict';

// Who measures when. In each round every store has its turn, another one first each time, each in a process and a folder
// of its own: what the machine does beside falls on all of them alike, and ratios can be taken round by round.

const fs = require('node:fs');
const path = require('node:path');
const { needsPackages, storeNamed } = require('../stores');
const { runJob } = require('./jobs');

/** Rounds of a store that is so slow that nobody asks for the second digit. */
const ROUNDS_OF_SLOW = 3;

function roundsOf({ rounds }, name) {
  return storeNamed(name).slowness > 1 ? Math.min(rounds, ROUNDS_OF_SLOW) : rounds;
}

/** Why a store cannot take part, as an object that is empty if it can. */
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

  /** @param {string} folder is made, and is gone after `finish` */
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
   * Runs trials that take turns. Resolves to the samples of each: by store, by measure, one of each round (slow stores have
   * fewer). What cannot be measured has a reason instead.
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
   * Adds a round's numbers to what was measured of a store. What another store fails at is a result too, and does not end a run of
   * many minutes. Where our own fails, the others' numbers are of no use.
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

  /** A store of that many items, made once. No trial changes how many there are, nor their size. */
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
