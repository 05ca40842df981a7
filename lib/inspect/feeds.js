'use strict';

// Tells each browser of all that goes on in the store: changes as they are committed, and what a look
// finds, several times a second: locks, figures, the work that an action does.

const { withoutPasswords } = require('../cli/database-url');
const { tellChanges } = require('./changes');
const { EventStream } = require('./event-stream');
const { Measures } = require('./measures');
const { Processes } = require('./processes');
const timers = require('../timers');

/** The time between two looks, in milliseconds, and the number of looks at locks to one at figures. */
const INTERVAL = 250;
const LOOKS_PER_FIGURES = 4;
/** The most locks that the page is told of. */
const MOST_LOCKS = 1000;
/** The time after which a watcher that has failed begins again, in milliseconds. */
const PAUSE = 1000;
/** The time without an answer after which it is told that there is none, in milliseconds. */
const SILENCE = 2000;

class Feeds {
  #inspected;
  #jobs;
  #measures;
  #processes = new Processes();

  /**
   * @param {import('./inspected').Inspected} inspected
   * @param {import('./jobs').JobRoutes} jobs
   */
  constructor(inspected, jobs) {
    this.#inspected = inspected;
    this.#jobs = jobs;
    this.#measures = new Measures(inspected);
  }

  /** Begins to tell a browser, until it goes. */
  begin({ response }) {
    const stream = new EventStream(response);
    const troubles = {};
    this.#watch(stream, troubles);
    this.#look(stream, troubles);
  }

  async #watch(stream, troubles) {
    while (stream.isOpen) {
      try {
        // A store that cannot be read is told by its banner alone, not by each list of keys too.
        await this.#inspected.store.hasItem('');
        // The page lists the keys after this: so it misses no change between the two.
        await stream.send('watching', true);
        await tellChanges(this.#inspected.engine, stream);
      } catch (error) {
        if (error.code === 'ERR_PERSIST_LOCK_UNSUPPORTED') {
          // A backup does not change.
          await stream.send('still', true);
          return;
        }
        await tellTrouble(stream, troubles, { watch: error });
      }
      if (stream.isOpen) await pause(PAUSE);
      troubles.watch = undefined;
    }
  }

  async #look(stream, troubles) {
    for (let looks = 0; stream.isOpen; looks++) {
      const silence = timers.setTimeout(tellSilence, SILENCE, stream, troubles);
      try {
        // First, since the looks at a damaged store fail.
        await stream.sendNew('job', this.#jobs.present());
        await stream.sendNew('locks', await this.#locks());
        if (looks % LOOKS_PER_FIGURES === 0)
          await stream.send('figures', await this.#measures.read());
        await tellTrouble(stream, troubles, { look: undefined });
      } catch (error) {
        await tellTrouble(stream, troubles, { look: error });
      } finally {
        timers.clearTimeout(silence);
      }
      await pause(INTERVAL);
    }
  }

  /**
   * Counts the locks, and lists the first, each with the command line of its process if that is of this
   * machine.
   */
  async #locks() {
    const locks = await this.#inspected.store.locks();
    const waiting = locks.filter((lock) => lock.waiting).length;
    const list = await this.#described(locks.slice(0, MOST_LOCKS));
    return { held: locks.length - waiting, waiting, list };
  }

  #described(locks) {
    return Promise.all(
      locks.map(async ({ key, kind, waiting, process: { pid, host }, since }) => ({
        ...{ kind, waiting, pid, host },
        // Three cases: a key, none, and one that is not known.
        ...(key === undefined ? {} : { key }),
        since: since?.getTime(),
        isOwn: pid === process.pid && host === undefined,
        command: host === undefined ? await this.#processes.commandOf(pid) : undefined,
      })),
    );
  }
}

/** Tells the error of the watcher or of the looks at the store, or that neither has one any more. */
async function tellTrouble(stream, troubles, news) {
  const { look, watch } = Object.assign(troubles, news);
  const error = look ?? watch;
  await stream.sendNew('trouble', error === undefined ? null : withoutPasswords(error.message));
}

/** Tells that the store has not answered, as a database whose connection is half open. */
function tellSilence(stream, troubles) {
  const look = new Error(`The store has not answered for ${SILENCE / 1000} seconds`);
  tellTrouble(stream, troubles, { look });
}

function pause(time) {
  return new Promise((resolve) => timers.setTimeout(resolve, time));
}

module.exports = { Feeds };
