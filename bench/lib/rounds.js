'use strict';

// The order of measurements. In each round every store has a turn, each time with another one
// first, in its own process and folder: so other work of the machine affects all stores alike, and
// ratios can be taken round by round.

const fs = require('node:fs');
const path = require('node:path');
const { isOurs, storeNamed } = require('../stores');
const { Database } = require('./database');
const { runJob } = require('./jobs');
const { LoopDevice } = require('./loop-device');
const { writePlace } = require('./schemas');

/** The number of rounds of a slow store, whose second digit does not matter. */
const ROUNDS_OF_SLOW = 3;

function roundsOf({ rounds }, name) {
  return storeNamed(name).slowness > 1 ? Math.min(rounds, ROUNDS_OF_SLOW) : rounds;
}

/** Gives the reason why a store cannot take part, if there is one. */
function reasonAgainst(name, workload) {
  const { missing, noProcesses } = storeNamed(name);
  return missing ?? (workload === 'processes' ? noProcesses : undefined);
}

class Rounds {
  #folder;
  #isQuick;
  #progress;
  #filled = new Map();
  #folders = 0;
  #devices = [];
  /** The database server, once a trial has needed it. @type {Promise<Database> | undefined} */
  #database;

  /** @param {string} folder created here, removed by `finish` */
  constructor(folder, { isQuick, progress }) {
    this.#folder = folder;
    this.#isQuick = isQuick;
    this.#progress = progress;
    this.finish();
    fs.mkdirSync(folder, { recursive: true });
  }

  /** Removes everything that the rounds made. A process that was interrupted may still write. */
  finish() {
    this.#database?.then((database) => database.remove()).catch(() => {});
    this.#database = undefined;
    for (const device of this.#devices.splice(0)) device.remove();
    fs.rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /**
   * Runs trials that take turns. Resolves to the samples of each: by store, by measure, one for
   * each round (fewer for slow stores). A store that cannot be measured has a reason instead.
   */
  async run(trials) {
    const places = [];
    for (const trial of trials) places.push(await this.#placeOf(trial));
    const samples = trials.map(({ stores, workload }, at) =>
      Object.fromEntries(
        stores.map((name) => {
          const reason = places[at].reason ?? reasonAgainst(name, workload);
          return [name, reason === undefined ? {} : { skipped: reason }];
        }),
      ),
    );
    const turns = trials.flatMap((trial, at) =>
      trial.stores
        .filter((name) => !samples[at][name].skipped)
        .map((name) => ({ trial, name, place: places[at], measured: samples[at][name] })),
    );
    const rounds = Math.max(...trials.map((trial) => trial.rounds));
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < turns.length; turn++) {
        const { trial, name, place, measured } = turns[(round + turn) % turns.length];
        if (measured.skipped || round >= roundsOf(trial, name)) continue;
        this.#progress.begin(`${trial.name}, round ${round + 1} of ${trial.rounds}: ${name}`);
        await this.#addRound(measured, trial, name, place);
      }
    }
    for (const device of this.#devices.splice(0)) device.remove();
    return samples;
  }

  /**
   * Adds the numbers of a round to a store's samples. The failure of another store is a result too,
   * and does not end a run of many minutes. After a failure of persist-lock the run is of no use.
   */
  async #addRound(measured, trial, name, place) {
    try {
      for (const [measure, number] of Object.entries(await this.#measure(trial, name, place))) {
        (measured[measure] ??= []).push(number);
      }
    } catch (error) {
      if (isOurs(name)) throw error;
      measured.skipped = error.message;
    }
  }

  async #measure(trial, name, place) {
    const isFilled = trial.items > 0 && !storeNamed(name).isVolatile;
    const folder = isFilled ? await this.#filledFolder(trial, name, place) : this.#newFolder(place);
    const { device } = place;
    try {
      return await runJob({ task: 'measure', trial, name, folder, device, isQuick: this.#isQuick });
    } finally {
      if (!isFilled) fs.rmSync(folder, { recursive: true, force: true });
    }
  }

  /**
   * Gives a store of that many items, made once. No trial changes the number or size of its items.
   */
  async #filledFolder(trial, name, place) {
    const { adapter } = storeNamed(name);
    const what = `${adapter}-${trial.items}-${trial.valueBytes}-${place.url}`;
    if (!this.#filled.has(what)) {
      this.#progress.show(`${trial.name}: filling ${name}`);
      const folder = this.#newFolder(place);
      await runJob({ task: 'prepare', trial, name, folder });
      this.#filled.set(what, folder);
    }
    return this.#filled.get(what);
  }

  /**
   * Gives the place of a trial's stores: the measured disk, a file system made for the trial, or a
   * database.
   */
  async #placeOf({ fileSystem, inDatabase, delay }) {
    const parent = this.#folder;
    if (fileSystem === undefined && !inDatabase) return { parent };
    try {
      if (inDatabase) return { parent, url: await (await this.#server()).url(delay) };
      this.#progress.show(`making a file system of ${fileSystem}`);
      const made = new LoopDevice(fileSystem);
      this.#devices.push(made);
      return { parent: made.folder, device: made.device };
    } catch (error) {
      return { reason: error.message };
    }
  }

  #server() {
    if (this.#database === undefined) {
      this.#progress.show('starting a PostgreSQL server');
      this.#database = Database.start();
    }
    return this.#database;
  }

  #newFolder({ parent, url }) {
    const folder = path.join(parent, String(++this.#folders));
    fs.mkdirSync(folder);
    if (url !== undefined) writePlace(folder, url);
    return folder;
  }
}

module.exports = { Rounds };
