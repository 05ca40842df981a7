'use strict';

// The watchers of an instance. The native side reads the log; this module decides when: after a
// commit of its own, when the kernel tells of a change in the store's folder, and every few seconds,
// for file systems that tell nothing. It also wakes the watchers that a commit concerns.

const { AsyncResource } = require('node:async_hooks');
const fs = require('node:fs');
const { WatchState } = require('./addon');
const { fromNative } = require('./native-errors');
const { SharedSlice } = require('../shared-slice');
const { TimeSlice } = require('../time-slice');
const timers = require('../timers');
const { WatchSource } = require('./watch-source');

/**
 * The interval at which an instance with watchers looks at the files, in milliseconds: also if the
 * kernel has told nothing.
 */
const LOOK_INTERVAL = 2000;
/** The time for which commits are read before the event loop gets its turn, in milliseconds. */
const BUDGET = 3;
/** The most watchers that are woken in one turn of the event loop. */
const WOKEN_AT_ONCE = 512;

const NOTHING = () => {};

/** The asynchronous context in which work for all watchers runs: that of no caller. */
const nowhere = new AsyncResource('PersistLock');

class Watches {
  #native;
  #lifecycle;
  #reads;
  /** The watchers that have begun, by their numbers. @type {Map<number, WatchSource>} */
  #begun = new Map();
  /** The number of watchers that keep the process alive. */
  #keeping = 0;
  /** The watchers that have not ended, also those that have not begun. @type {Set<WatchSource>} */
  #all = new Set();
  /** The timer that looks at the files, while there are watchers. */
  #timer;
  /** The watcher of the kernel's messages, if it could be made. @type {fs.FSWatcher | undefined} */
  #folder;
  /** True if the files will be looked at in this turn of the event loop. */
  #isLooking = false;
  /** True if the commits of this tick will be read. */
  #isNoted = false;
  /** True if there may be commits that the reading under way has not seen. */
  #hasNews = false;
  /** The promise of the reading of new commits under way. */
  #reading;
  /** The time slice in which the watchers read what they are told. */
  #slice = new SharedSlice(BUDGET);

  constructor(native, lifecycle, reads) {
    this.#native = native;
    this.#lifecycle = lifecycle;
    this.#reads = reads;
  }

  /** The number of watchers. */
  get count() {
    return this.#all.size;
  }

  /**
   * Begins to watch: if the store is open, from this moment on.
   *
   * @param {import('../engine').WatchChoice} choice
   * @returns {import('../engine').ChangeSource}
   */
  watch(choice) {
    const source = new WatchSource(choice, {
      native: this.#native,
      lifecycle: this.#lifecycle,
      reads: this.#reads,
      begun: this.#add,
      ended: this.#remove,
      readNews: this.#readNews,
      slice: this.#slice,
    });
    this.#all.add(source);
    if (choice.keepAlive && this.#keeping++ === 0) this.#timer?.ref();
    this.#reads.news = this.#note;
    this.#timer ??= nowhere.runInAsyncScope(() => this.#startTimer());
    source.begin();
    return source;
  }

  #startTimer() {
    const timer = timers.setInterval(this.#lookAtAll, LOOK_INTERVAL);
    return this.#keeping > 0 ? timer : timer.unref();
  }

  #add = (id, source) => {
    this.#begun.set(id, source);
    this.#watchFolder();
  };

  #remove = (id, source) => {
    if (!this.#all.delete(source)) return;
    if (id !== undefined) {
      this.#begun.delete(id);
      this.#native.endWatch(id);
    }
    if (source.keepsAlive && --this.#keeping === 0) this.#timer.unref();
    if (this.#all.size > 0) return;
    timers.clearInterval(this.#timer);
    this.#timer = undefined;
    this.#reads.news = undefined;
    this.#unwatchFolder();
  };

  /** Ends all watchers, as when the store is closed. */
  end() {
    for (const source of [...this.#all]) source.end();
  }

  /** Notes that the store was opened or reopened: its folder may be another one. */
  opened() {
    if (this.#all.size === 0) return;
    this.#unwatchFolder();
    if (this.#begun.size > 0) this.#watchFolder();
    this.#note();
  }

  #watchFolder() {
    const { folder } = this.#lifecycle;
    if (this.#folder !== undefined || folder === undefined) return;
    try {
      this.#folder = nowhere.runInAsyncScope(() =>
        fs.watch(folder, { persistent: false }, this.#look),
      );
      this.#folder.on('error', () => this.#unwatchFolder());
    } catch {
      // The system has no such messages, or no more of them: the timer looks.
    }
  }

  #unwatchFolder() {
    this.#folder?.close();
    this.#folder = undefined;
  }

  /** Looks at the files, and reads what was left over: also the rest of files before a rewrite. */
  #lookAtAll = () => {
    this.#look();
    this.#note();
  };

  /** Looks at the files, once for all messages of the kernel that come at once. */
  #look = () => {
    if (this.#isLooking || this.#all.size === 0) return;
    this.#isLooking = true;
    timers.setImmediate(this.#lookNow);
  };

  #lookNow = () => {
    this.#isLooking = false;
    if (this.#all.size > 0) this.#reads.run(NOTHING).catch(this.#fail);
  };

  /** Notes that there are new commits, in whatever context. They are read after the present tick. */
  #note = () => {
    if (this.#isNoted) return;
    this.#isNoted = true;
    timers.nextTick(this.#readNoted);
  };

  #readNoted = () => {
    this.#isNoted = false;
    this.#readNews().catch(this.#fail);
  };

  /** Reads the new commits, and wakes the watchers that they concern. */
  #readNews = () => {
    this.#hasNews = true;
    this.#reading ??= this.#readAll();
    return this.#reading;
  };

  async #readAll() {
    // It must not end before its promise is kept.
    await undefined;
    try {
      const slice = new TimeSlice(BUDGET);
      while (this.#begun.size > 0 && (await this.#readSome())) {
        if (slice.isOver) await slice.pause();
      }
    } finally {
      this.#reading = undefined;
    }
  }

  /** Reads some of the new commits. Resolves with true if there are more. */
  async #readSome() {
    this.#hasNews = false;
    const { state, woken } = await this.#lifecycle.readOn(() => this.#native.passWatched());
    await this.#wake(woken);
    if (state === WatchState.NeedsKeys) await this.#native.findKeys();
    if (state === WatchState.NeedsComparison) await this.#native.compareWatched();
    return state !== WatchState.AtHead || this.#hasNews;
  }

  /** Wakes watchers. Each goes on in this turn of the event loop, so there are a few hundred in one. */
  async #wake(woken) {
    for (const [at, id] of woken.entries()) {
      if (at > 0 && at % WOKEN_AT_ONCE === 0) await timers.immediate();
      this.#begun.get(id)?.wake();
    }
  }

  /** Ends all watchers with an error of the store. */
  #fail = (error) => {
    for (const source of [...this.#all]) source.fail(fromNative(error));
  };
}

module.exports = { Watches };
